package workflow

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// docLambdaEnvironment is the page on encrypted environment variables.
const docLambdaEnvironment = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"

const functionForm = "arn:aws:lambda:REGION:ACCOUNT:function:NAME"

var lambdaContext = map[string]string{"aws:lambda:FunctionArn": "{Resource}"}

// UNDOCUMENTED: the encryption context, and the grantee of Lambda's grant.
const lambdaNote = "That the encryption context is the function's ARN under aws:lambda:FunctionArn is seen in logged calls, not in the pages of Lambda."

// lambdaWorkflows are about environment variables under a customer managed key.
var lambdaWorkflows = []Workflow{
	{
		Name: LambdaEnvironment, Title: "A user sets a function's encrypted environment variables, and the function starts", Doc: docLambdaEnvironment,
		Needs: []Need{
			{Key, "the key of the environment variables", ""},
			{Caller, "who creates or updates the function", ""},
			{Role, "the function's execution role", ""},
			{Resource, "the function", functionForm},
		},
		Steps: slices.Concat(
			[]Step{{
				Title:  "Lambda makes a grant for the execution role's session of the function",
				Action: action.CreateGrant, Caller: "{Caller}", Key: Key, ViaService: "lambda.{Region}.amazonaws.com",
				Grant: &Grant{
					Grantee:                 "{Role}/{ResourceID}",
					Operations:              action.SetOf(action.Decrypt, action.RetireGrant),
					EncryptionContextEquals: lambdaContext,
				},
			}},
			via("lambda", "{Caller}", Key, lambdaContext, ask{action.Encrypt, "Lambda encrypts the variables"}),
			via("lambda", "{Role}/{ResourceID}", Key, lambdaContext, ask{action.Decrypt, "Lambda decrypts the variables when the function starts, by the grant"})),
		Outside: []string{"lambda:CreateFunction or lambda:UpdateFunctionConfiguration for the user", "iam:PassRole for the user on the execution role"},
		Notes: []string{
			lambdaNote,
			"Who gets the grant and what for is seen in list-grants, not in the pages of Lambda.",
			"Where the grant is missing or was revoked, Lambda reports KMSDisabledException.",
		},
	},
	{
		Name: LambdaReadEnvironment, Title: "A user views a function's encrypted environment variables", Doc: docLambdaEnvironment,
		Needs: []Need{
			{Key, "the key of the environment variables", ""},
			{Caller, "who views them", ""},
			{Resource, "the function", functionForm},
		},
		Steps:   via("lambda", "{Caller}", Key, lambdaContext, ask{action.Decrypt, "Lambda decrypts the variables"}),
		Outside: []string{"lambda:GetFunctionConfiguration for the user"},
		Notes:   []string{lambdaNote},
	},
}
