package workflow

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Pages on AWS Secrets Manager and Systems Manager Parameter Store.
const (
	docSecrets         = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"
	docSecretsRotation = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html"
	docParameters      = "https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html"
)

const (
	secretForm    = "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME"
	parameterForm = "arn:aws:ssm:REGION:ACCOUNT:parameter/NAME"
)

// anyVersion stands for the id of a secret's version, which no policy can know.
// Parties.EncryptionContext may give another.
const anyVersion = "11111111-2222-3333-4444-555555555555"

var (
	secretContext       = map[string]string{"SecretARN": "{Resource}", "SecretVersionId": anyVersion}
	secretSourceContext = map[string]string{"SecretARN": "{Source}", "SecretVersionId": anyVersion}
	validationContext   = map[string]string{"SecretARN": "{Resource}", "SecretVersionId": "RequestToValidateKeyAccess"}
	parameterContext    = map[string]string{"PARAMETER_ARN": "{Resource}"}
)

var (
	secretNeeds = []Need{
		{Key, "the secret's key", ""},
		{Caller, "who asks Secrets Manager", ""},
		{Resource, "the secret", secretForm},
	}
	parameterNeeds = []Need{
		{Key, "the parameter's key", ""},
		{Caller, "who asks Systems Manager", ""},
		{Resource, "the parameter", parameterForm},
	}
	// keyValidation is how Secrets Manager makes sure of a key that a secret gets.
	keyValidation = via("secretsmanager", "{Caller}", Key, validationContext,
		ask{action.GenerateDataKey, "Secrets Manager tries whether the caller may encrypt under the key"},
		ask{action.Decrypt, "Secrets Manager tries whether the caller may decrypt under the key"})
)

// secretWorkflows are about secrets and SecureString parameters.
var secretWorkflows = []Workflow{
	{
		Name: SecretCreate, Title: "A user creates a secret", Doc: docSecrets,
		Needs: secretNeeds,
		Steps: slices.Concat(keyValidation,
			via("secretsmanager", "{Caller}", Key, secretContext, ask{action.GenerateDataKey, "Secrets Manager makes a data key for the value"})),
		Outside: []string{"secretsmanager:CreateSecret for the user"},
	},
	{
		Name: SecretPutValue, Title: "A user or role gives a secret a new value", Doc: docSecrets,
		Needs: secretNeeds,
		Steps: via("secretsmanager", "{Caller}", Key, secretContext,
			ask{action.GenerateDataKey, "Secrets Manager makes a data key for the value"},
			ask{action.Decrypt, "Secrets Manager compares the value with one that is there"}),
		Outside: []string{"secretsmanager:PutSecretValue or secretsmanager:UpdateSecret on the secret"},
	},
	{
		Name: SecretRead, Title: "A user or role reads a secret", Doc: docSecrets,
		Needs:   secretNeeds,
		Steps:   via("secretsmanager", "{Caller}", Key, secretContext, ask{action.Decrypt, "Secrets Manager decrypts the data key of the value"}),
		Outside: []string{"secretsmanager:GetSecretValue on the secret; of another account also in the secret's policy"},
	},
	{
		Name: SecretChangeKey, Title: "A user gives a secret another key", Doc: docSecrets,
		Needs: []Need{
			{Key, "the new key", ""},
			{SourceKey, "the key that the secret has", ""},
			{Caller, "who asks Secrets Manager", ""},
			{Resource, "the secret", secretForm},
		},
		Steps: slices.Concat(keyValidation,
			via("secretsmanager", "{Caller}", SourceKey, secretContext, ask{action.Decrypt, "Secrets Manager decrypts the data keys under the old key"}),
			via("secretsmanager", "{Caller}", Key, secretContext, ask{action.Encrypt, "Secrets Manager encrypts the data keys under the new key"})),
		Outside: []string{"secretsmanager:UpdateSecret on the secret"},
		Notes:   []string{"Without kms:Decrypt on the old key the call succeeds all the same, and existing versions stay under that key."},
	},
	{
		Name: SecretReplicate, Title: "A user replicates a secret to another Region", Doc: docSecrets,
		Needs: []Need{
			{Key, "the key of the replica, in its Region", ""},
			{SourceKey, "the key of the primary secret", ""},
			{Caller, "who asks Secrets Manager", ""},
			{Resource, "the replica", secretForm},
			{Source, "the primary secret", secretForm},
		},
		Steps: slices.Concat(
			via("secretsmanager", "{Caller}", SourceKey, secretSourceContext, ask{action.Decrypt, "Secrets Manager decrypts the primary secret's data key"}),
			via("secretsmanager", "{Caller}", Key, secretContext,
				ask{action.GenerateDataKey, "Secrets Manager makes a data key for the replica"},
				ask{action.Encrypt, "Secrets Manager encrypts the replica's data key"})),
		Outside: []string{"secretsmanager:ReplicateSecretToRegions on the secret"},
		Notes:   []string{"That the replica also needs kms:Encrypt is seen in logged calls, not in the page."},
	},
	{
		Name: SecretRotate, Title: "A rotation function gives a secret a new value", Doc: docSecretsRotation,
		Needs: []Need{
			{Key, "the secret's key", ""},
			{Role, "the function's execution role", ""},
			{Resource, "the secret", secretForm},
		},
		Steps: via("secretsmanager", "{Role}", Key, secretContext,
			ask{action.Decrypt, "Secrets Manager decrypts the value that the function reads"},
			ask{action.GenerateDataKey, "Secrets Manager makes a data key for the value that the function puts"}),
		Outside: []string{
			"secretsmanager:GetSecretValue, secretsmanager:PutSecretValue, secretsmanager:UpdateSecretVersionStage for the execution role",
			"lambda:InvokeFunction for secretsmanager.amazonaws.com in the function's policy",
		},
	},
	{
		Name: ParameterPut, Title: "A user writes a standard SecureString parameter", Doc: docParameters,
		Needs:   parameterNeeds,
		Steps:   via("ssm", "{Caller}", Key, parameterContext, ask{action.Encrypt, "Systems Manager encrypts the value"}),
		Outside: []string{"ssm:PutParameter on the parameter"},
	},
	{
		Name: ParameterPutAdvanced, Title: "A user writes an advanced SecureString parameter", Doc: docParameters,
		Needs:   parameterNeeds,
		Steps:   via("ssm", "{Caller}", Key, parameterContext, ask{action.GenerateDataKey, "Systems Manager makes a data key for the value"}),
		Outside: []string{"ssm:PutParameter on the parameter"},
	},
	{
		Name: ParameterRead, Title: "A user or role reads a SecureString parameter", Doc: docParameters,
		Needs:   parameterNeeds,
		Steps:   via("ssm", "{Caller}", Key, parameterContext, ask{action.Decrypt, "Systems Manager decrypts the value, or its data key"}),
		Outside: []string{"ssm:GetParameter on the parameter"},
		Notes:   []string{"Where KMS denies, Systems Manager reports InvalidKeyId with KMS's text."},
	},
}
