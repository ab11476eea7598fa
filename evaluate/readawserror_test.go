package evaluate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// summary writes a reading in one line, with what is empty left out.
func summary(r AWSErrorReading) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, strings.TrimPrefix(name+" "+value, " "))
		}
	}
	add("", r.Code)
	add("by", r.Caller)
	add("", joined(r.Actions, action.Action.Name))
	add("on", r.Key)
	add("in", r.Request.Region)
	add("id", r.Request.KeyID)
	add("alias", r.Request.Alias)
	add("via", r.Request.ViaService)
	add("for", r.Request.SourceARN)
	add("policy", r.Policy)
	if r.Denial != DenialOpen {
		add("", r.Denial.String())
	}
	add("", r.Reason.String())
	return strings.Join(parts, "; ") + ": " + joined(r.Layers, Layer.String)
}

// Abbreviations of the errors below.
var readingWords = strings.NewReplacer(
	"{user}", "arn:aws:iam::111122223333:user/alice",
	"{app}", "arn:aws:sts::111122223333:assumed-role/app/i-0abc",
	"{far}", "arn:aws:sts::444455556666:assumed-role/partner/build@example.com",
	"{key}", ownKy,
	"{alias}", alias,
	"{scp}", "arn:aws:organizations::999988887777:policy/o-example/service_control_policy/p-example",
	"{hidden}", "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
	"{legacy}", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
	"{open}", "scp, rcp, vpc-endpoint-policy, key-policy, iam-policy, grant, permissions-boundary, session-policy",
)

// Errors as users meet them: the wordings are those of AWS's documentation and
// of bug reports, with other accounts, keys and names.
func TestReadAWSError(t *testing.T) {
	const denied = "An error occurred (AccessDeniedException) when calling the Decrypt operation: "
	for _, r := range []struct{ text, want string }{
		// The sentence alone, each type of policy.
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action",
			"by {app}; Decrypt; on {key}; in us-east-1; implicit: iam-policy, grant"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no resource-based policy allows the kms:Decrypt action",
			"by {app}; Decrypt; on {key}; in us-east-1; implicit: key-policy, grant"},
		{"User: {user} is not authorized to perform: kms:Encrypt on resource: {key} because no permissions boundary allows the kms:Encrypt action",
			"by {user}; Encrypt; on {key}; in us-east-1; implicit: permissions-boundary"},
		{"User: {app} is not authorized to perform: kms:Encrypt on resource: {key} because no session policy allows the kms:Encrypt action",
			"by {app}; Encrypt; on {key}; in us-east-1; implicit: session-policy"},
		{"User: {app} is not authorized to perform: kms:CreateGrant on resource: {key} because no service control policy allows the kms:CreateGrant action",
			"by {app}; CreateGrant; on {key}; in us-east-1; implicit: scp"},
		{"User: {app} is not authorized to perform: kms:Encrypt on resource: {key} because no VPC endpoint policy allows the kms:Encrypt action",
			"by {app}; Encrypt; on {key}; in us-east-1; implicit: vpc-endpoint-policy"},
		{"User: {user} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/DenyKms",
			"by {user}; Decrypt; on {key}; in us-east-1; policy arn:aws:iam::111122223333:policy/DenyKms; explicit; explicit-deny: iam-policy"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a resource control policy: arn:aws:organizations::999988887777:policy/o-example/resource_control_policy/p-example.",
			"by {app}; Decrypt; on {key}; in us-east-1; policy arn:aws:organizations::999988887777:policy/o-example/resource_control_policy/p-example; explicit; explicit-deny: rcp"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a permissions boundary", "by {app}; Decrypt; on {key}; in us-east-1; explicit; explicit-deny: permissions-boundary"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a session policy", "by {app}; Decrypt; on {key}; in us-east-1; explicit; explicit-deny: session-policy"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a VPC endpoint policy", "by {app}; Decrypt; on {key}; in us-east-1; explicit; explicit-deny: vpc-endpoint-policy"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a service control policy", "by {app}; Decrypt; on {key}; in us-east-1: scp"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a service control policy: {scp}", "by {app}; Decrypt; on {key}; in us-east-1; policy {scp}; explicit; explicit-deny: scp"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a VPC endpoint policy transitively through a service control policy", "by {app}; Decrypt; on {key}; in us-east-1: scp"},
		// Without a cause, or with half of one.
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key}", "by {app}; Decrypt; on {key}; in us-east-1: {open}"},
		{"User: {user} is not authorized to perform: kms:PutKeyPolicy on resource: {key}",
			"by {user}; PutKeyPolicy; on {key}; in us-east-1: scp, rcp, vpc-endpoint-policy, key-policy, iam-policy, permissions-boundary"},
		{"User: {far} is not authorized to perform: kms:PutKeyPolicy on resource: {key}",
			"by {far}; PutKeyPolicy; on {key}; in us-east-1: cross-account, scp, rcp, vpc-endpoint-policy, key-policy, iam-policy, permissions-boundary, session-policy"},
		{"User: arn:aws:iam::111122223333:root is not authorized to perform: kms:Decrypt on resource: {key}", "by arn:aws:iam::111122223333:root; Decrypt; on {key}; in us-east-1: scp, rcp, vpc-endpoint-policy, key-policy, grant"},
		{"ERROR: glue.amazonaws.com is not authorized to perform: kms:Decrypt on resource", "by glue.amazonaws.com; Decrypt: rcp, key-policy, grant"},
		{"An error occurred (KMS.AccessDeniedException) when calling the SendMessage operation: User: {user} is not authorized to perform: kms:GenerateDataKey on resource: {key} with an explicit deny.",
			"KMS.AccessDeniedException; by {user}; GenerateDataKey; on {key}; in us-east-1; via sqs.us-east-1.amazonaws.com; explicit: scp, rcp, vpc-endpoint-policy, key-policy, iam-policy, permissions-boundary"},
		// Layers that cannot block such a request, and yet the text says that one does.
		{"User: s3.amazonaws.com is not authorized to perform: kms:RetireGrant on resource: {key} with an explicit deny.", "by s3.amazonaws.com; RetireGrant; on {key}; in us-east-1; explicit: " +
			"scp, rcp, vpc-endpoint-policy, key-policy, iam-policy, permissions-boundary, session-policy"},
		{"User: {app} is not authorized to perform: kms:CreateKey on resource: * because no resource-based policy allows the kms:CreateKey action", "by {app}; CreateKey; implicit: key-policy, grant"},
		{"User: {app} is not authorized to perform: kms:RetireGrant on resource: {key} because no resource-based policy allows the kms:RetireGrant action", "by {app}; RetireGrant; on {key}; in us-east-1; implicit: grant"},
		// What does not name the key.
		{denied + "User: {far} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext {hidden}", "AccessDeniedException; by {far}; Decrypt: region, rcp, key-policy, grant"},
		{denied + "User: {app} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action",
			"AccessDeniedException; by {app}; Decrypt; implicit: iam-policy, grant"},
		{`Failed to validate S3 destination: User: {far} is not authorized to perform: kms:GenerateDataKey on this resource {hidden}`, "by {far}; GenerateDataKey: region, rcp, key-policy, grant"},
		{"User: {far} is not authorized to perform: kms:EnableKey on this resource {hidden}", "by {far}; EnableKey: region, cross-account, rcp, key-policy"},
		{"... is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no permissions boundary allows the kms:Decrypt action", "Decrypt; implicit: permissions-boundary"},
		{denied + "{legacy}", "AccessDeniedException; Decrypt: region, {open}"},
		{"An error occurred (AccessDeniedException) when calling the ReEncrypt operation: {legacy}", "AccessDeniedException; ReEncryptFrom: region, {open}"},
		{"download failed: s3://bucket/config.json An error occurred (AccessDenied) when calling the GetObject operation: {legacy}", "AccessDenied; Decrypt, ReEncryptFrom: region, {open}"},
		{"[ERROR] KMSAccessDeniedException: {legacy}", "KMSAccessDeniedException; Decrypt, ReEncryptFrom: region, {open}"},
		// Keyless operations and aliases.
		{"An error occurred (AccessDeniedException) when calling the CreateKey operation: User: {app} is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action",
			"AccessDeniedException; by {app}; CreateKey; implicit: iam-policy"},
		{"Error: creating KMS Key: operation error KMS: CreateKey, https response error StatusCode: 400, \nRequestID: c533d3bb-1cc9-4388-a430-33236528c72f, api error AccessDeniedException: \nUser: {app} \nis not authorized to perform: " +
			"kms:TagResource because no identity-based policy allows the kms:TagResource action", "AccessDeniedException; by {app}; TagResource; implicit: iam-policy"},
		{"AccessDeniedException: User: {app} is not\n  authorized to perform: kms:CreateAlias on resource: {alias}\n  because no identity-based policy allows the kms:CreateAlias action",
			"AccessDeniedException; by {app}; CreateAlias; on {alias}; in us-east-1; alias {alias}; implicit: iam-policy"},
		{"User: {app} is not authorized to perform: kms:CreateKey on resource: *", "by {app}; CreateKey: scp, vpc-endpoint-policy, iam-policy, permissions-boundary, session-policy"},
		// The SDKs, JSON, XML.
		{"botocore.exceptions.ClientError: " + denied + "User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action",
			"AccessDeniedException; by {app}; Decrypt; on {key}; in us-east-1; implicit: iam-policy, grant"},
		{"software.amazon.awssdk.services.kms.model.KmsException: User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no resource-based policy allows the kms:Decrypt action " +
			"(Service: Kms, Status Code: 400, Request ID: d1)", "by {app}; Decrypt; on {key}; in us-east-1; implicit: key-policy, grant"},
		{"failed to decrypt sops data key with AWS KMS: operation\n      | error KMS: Decrypt, https response error StatusCode: 400,\n      | RequestID: d1, api error\n      | AccessDeniedException: The ciphertext refers to a customer\n" +
			"      | master key that does not exist, does not exist in this\n      | region, or you are not allowed to access.", "AccessDeniedException; Decrypt: region, {open}"},
		{"kms failed to decrypt keyset.Handle: decryption failed: AccessDeniedException: User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action status code: 400, request id: d1>",
			"AccessDeniedException; by {app}; Decrypt; on {key}; in us-east-1; implicit: iam-policy, grant"},
		{`{"__type":"AccessDeniedException","Message":"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a resource-based policy"}\nCould not read response from KMS\nCould not decrypt`,
			"AccessDeniedException; by {app}; Decrypt; on {key}; in us-east-1; explicit; explicit-deny: key-policy"},
		{`{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: {app} is not authorized to perform: kms:Decrypt on resource: {key}"}`, "AccessDeniedException; by {app}; Decrypt; on {key}; in us-east-1: {open}"},
		{"<Error><Code>AccessDenied</Code><Message>User: {app} is not authorized to perform: kms:GenerateDataKey on resource: {key} because no identity-based policy allows the kms:GenerateDataKey action</Message></Error>",
			"AccessDenied; by {app}; GenerateDataKey; on {key}; in us-east-1; implicit: iam-policy, grant"},
		{`"errorCode": "AccessDenied", "errorMessage": "User: {app} is not authorized to perform: kms:Decrypt on resource: \"{key}\" because no identity-based policy allows the kms:Decrypt action",`,
			"AccessDenied; by {app}; Decrypt; on {key}; in us-east-1; implicit: iam-policy, grant"},
		// Other errors of KMS.
		{"An error occurred (DisabledException) when calling the Encrypt operation: {key} is disabled.", "DisabledException; Encrypt; on {key}; in us-east-1; disabled: key-state"},
		{"com.amazonaws.services.kms.model.DisabledException: {key} is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: d1; Proxy: null)", "DisabledException; on {key}; in us-east-1; disabled: key-state"},
		{"Error: error scheduling deletion for KMS Key (orders): KMSInvalidStateException: {key} is pending deletion.", "KMSInvalidStateException; on {key}; in us-east-1; pending-deletion: key-state"},
		{"KMS.KMSInvalidStateException: arn:aws:kms:...:key/828a9c68... is pending deletion.", "KMS.KMSInvalidStateException; on arn:aws:kms:...:key/828a9c68; pending-deletion: key-state"},
		{"{key} is pending import.", "on {key}; in us-east-1; pending-import: key-state"},
		{"An error occurred (KMSInvalidStateException) when calling the ReEncrypt operation:", "KMSInvalidStateException; ReEncryptFrom, ReEncryptTo: key-state"},
		{"botocore.errorfactory.UnsupportedOperationException: An error occurred (UnsupportedOperationException) when calling the GetKeyRotationStatus operation: {key} origin is EXTERNAL which is not valid for this operation.",
			"UnsupportedOperationException; GetKeyRotationStatus; on {key}; in us-east-1; unsupported-operation: key-state"},
		{"An error occurred (UnsupportedOperationException) when calling the GetPublicKey operation:", "UnsupportedOperationException; GetPublicKey: key-usage, key-state"},
		{"InvalidKeyUsageException: {key} key usage is SIGN_VERIFY which is not valid for Encrypt.", "InvalidKeyUsageException; Encrypt; on {key}; in us-east-1; invalid-key-usage: key-usage"},
		{"com.amazonaws.services.kms.model.InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_4096.", "InvalidKeyUsageException; invalid-key-usage: key-usage"},
		{"KMS.InvalidKeyUsageException: You cannot generate a data key with an asymmetric CMK", "KMS.InvalidKeyUsageException; invalid-key-usage: key-usage"},
		{"secrets (code=NotFound): NotFoundException: Invalid arn us-east-1", "NotFoundException; wrong-region: region"},
		{"An error occurred (NotFoundException) when calling the DescribeKey operation: Invalid keyId 'fake-key-id'", "NotFoundException; DescribeKey; invalid-request: request"},
		{"A client error (KMS.NotFoundException) occurred when calling the PutObject operation: Key '{key}' does not exist", "KMS.NotFoundException; on {key}; in us-east-1; via s3.us-east-1.amazonaws.com: request, region"},
		{"KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Alias {alias} is not found. (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException)",
			"NotFoundException; on {alias}; in us-east-1; id {alias}: request, region"},
		{"An error occurred (InvalidArnException) when calling the Encrypt operation:", "InvalidArnException; Encrypt; invalid-request: request"},
		{"An error occurred (ValidationException) when calling the GenerateDataKey operation: 1 validation error detected: Value 'x' at 'keySpec' failed to satisfy constraint", "ValidationException; GenerateDataKey; invalid-request: request"},
		// Texts that somebody has made anonymous.
		{"User xxxxxxx is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action", "by xxxxxxx; Decrypt; implicit: iam-policy, grant"},
		{"User: arn:aws:sts::<ACCOUNT>:assumed-role/<name> is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:<REGION>:<ACCOUNT>:key/<id> because no identity-based policy allows the kms:GenerateDataKey action (Service: AWSKMS; Status Code: 400)",
			"by arn:aws:sts::<ACCOUNT>:assumed-role/<name>; GenerateDataKey; on arn:aws:kms:<REGION>:<ACCOUNT>:key/<id>; implicit: iam-policy, grant"},
		// Services that call KMS.
		{`{"notification": {"messageId": "054099fb", "topicArn": "arn:aws:sns:us-east-1:111122223333:orders", "timestamp": "2026-01-02 03:04:05.678"}, "delivery": {"deliveryId": "c894a538", "destination": "arn:aws:sqs:us-east-1:111122223333:orders", ` +
			`"providerResponse": "{\"ErrorCode\":\"KMS.AccessDeniedException\",\"ErrorMessage\":\"null (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: bb4fbbce; Proxy: null)\",\"sqsRequestId\":\"Unrecoverable\"}", "statusCode": 400}, "status": "FAILURE"}`,
			"KMS.AccessDeniedException; by sns.amazonaws.com; Decrypt, GenerateDataKey; for arn:aws:sns:us-east-1:111122223333:orders: rcp, key-policy, grant"},
		{`{"notification":{"topicArn":"[SNS ARN]"},"delivery":{"statusCode":403,"providerResponse":"{\"ErrorCode\":\"KMS.AccessDeniedException\",\"ErrorMessage\":\"User: sns.amazonaws.com is not authorized to perform: kms:GenerateDataKey on resource: {key} because no resource-based policy allows the kms:GenerateDataKey action\",\"sqsRequestId\":\"d1\"}"}}`,
			"KMS.AccessDeniedException; by sns.amazonaws.com; GenerateDataKey; on {key}; in us-east-1; implicit: key-policy, grant"},
		{`{"notification":{"topicArn":"arn:aws:sns:us-east-1:111122223333:orders"},"delivery":{"providerResponse":"{\"ErrorCode\":\"KMS.DisabledException\",\"ErrorMessage\":\"{key} is disabled.\",\"sqsRequestId\":\"d1\"}"}}`,
			"KMS.DisabledException; by sns.amazonaws.com; Decrypt, GenerateDataKey; on {key}; in us-east-1; for arn:aws:sns:us-east-1:111122223333:orders; disabled: key-state"},
		{"[ERROR] KMSAccessDeniedException: An error occurred (KMSAccessDenied) when calling the Publish operation: User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action " +
			"(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: d1; Proxy: null)", "KMSAccessDeniedException; by {app}; Decrypt; on {key}; in us-east-1; via sns.us-east-1.amazonaws.com; implicit: iam-policy, grant"},
		{"Calling the invoke API action failed with this message: Lambda was unable to decrypt the environment variables\nbecause KMS access was denied. Please check the function's KMS key settings. KMS Exception:\nAccessDeniedExceptionKMS Message: User: {app} is not authorized " +
			"to perform: kms:Decrypt on resource:\n{key} because no identity-based policy allows the kms:Decrypt action (Service: Kms, Status Code: 400,\nRequest ID: d1)", "AccessDeniedException; by {app}; Decrypt; on {key}; in us-east-1; implicit: iam-policy, grant"},
		{"Lambda was unable to decrypt the environment variables because KMS access was denied. KMS Exception: AccessDeniedExceptionKMS Message: {legacy}", "AccessDeniedException; Decrypt, ReEncryptFrom: region, {open}"},
		{"Lambda: KMSDisabledException", "KMSDisabledException: grant, key-state"},
		{"An error occurred (AccessDeniedException) when calling the PutItem operation: KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in an identity-based policy",
			"AccessDeniedException; by {app}; Decrypt; on {key}; in us-east-1; via dynamodb.us-east-1.amazonaws.com; explicit; explicit-deny: iam-policy"},
		{"ValidationException: KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: {key}", "DisabledException; on {key}; in us-east-1; disabled: key-state"},
		{"An error occurred (AccessDeniedException) when calling the GetSecretValue operation: Access to KMS is not allowed", "AccessDeniedException: region, {open}"},
		{"An error occurred (InvalidKeyId) when calling the PutParameter operation: {key} is disabled.", "InvalidKeyId; on {key}; in us-east-1; via ssm.us-east-1.amazonaws.com; disabled: key-state"},
		{"An error occurred (InvalidKeyId) when calling the GetParameter operation:", "InvalidKeyId: {open}, key-state"},
	} {
		got, err := ReadAWSError(readingWords.Replace(r.text))
		if want := readingWords.Replace(r.want); err != nil || summary(got) != want {
			t.Errorf("%s\n got %s, %v\nwant %s", r.text, summary(got), err, want)
		}
	}
}

// What is no denial by KMS, and what the error says was recognised.
func TestReadAWSErrorRefuses(t *testing.T) {
	const expected = `; expected a text such as "User: ... is not authorized to perform: kms:Decrypt on resource: ..."`
	for _, r := range []struct{ text, want string }{
		{"", "no part of the error's text is recognised" + expected}, {"Internal Server Error", "no part of the error's text is recognised" + expected}, {"the key is disabled", "no part of the error's text is recognised" + expected},
		{"An error occurred (AccessDenied) when calling the GetObject operation: Access Denied", "recognised the code AccessDenied, the operation GetObject" + expected},
		{"when calling the Decrypt operation:", "recognised the operation Decrypt, the action kms:Decrypt" + expected},
		{"User: {app} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::bucket/x because no identity-based policy allows", `"s3:GetObject" is no permission of AWS KMS: the error is about another service`},
		{"User: {app} is not authorized to perform: kms:Decrypted on resource: {key}", `unknown KMS action "kms:Decrypted" (did you mean "kms:Decrypt"?)`},
		{"AccessDeniedException: User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no role trust policy allows it",
			`recognised the code AccessDeniedException, the caller {app}, the action kms:Decrypt, the key {key}, but not which layer denies: "role trust policy allows it"`},
		{"is not authorized to perform: kms:Decrypt with an explicit deny in a", `recognised the action kms:Decrypt, but not which layer denies: ""`},
		{"An error occurred (InvalidCiphertextException) when calling the Decrypt operation:", "InvalidCiphertextException is no denial: the ciphertext or the encryption context is not the one of the encryption"},
		{"An error occurred (DryRunOperationException) when calling the Decrypt operation: The request would have succeeded, but the DryRun option is set.", "DryRunOperationException is no denial: without DryRun the request would have succeeded"},
		{"KMS Exception: UnrecognizedClientExceptionKMS Message: The security token included in the request is invalid. (Service: AWSLambda; Status Code: 502; Error Code: KMSAccessDeniedException)", "UnrecognizedClientException is no denial: the caller's credentials are not known"},
		{"An error occurred (ThrottlingException) when calling the Decrypt operation", "ThrottlingException is no denial: too many requests were made"},
		{"User: {app} is not authorized to perform: " + strings.Repeat("x", 100) + ":y", `"` + strings.Repeat("x", 80) + `..." is no permission of AWS KMS: the error is about another service`},
		{strings.Repeat("x", 100) + "Exception KMS", "no part of the error's text is recognised" + expected},
		{strings.Repeat("x", 64<<10+1), "the text of the error has 65537 bytes, at most 65536 are read"},
	} {
		got, err := ReadAWSError(readingWords.Replace(r.text))
		if want := readingWords.Replace(r.want); err == nil || err.Error() != want || summary(got) != ": " {
			t.Errorf("%.200s\n got %v, %v\nwant %v", r.text, summary(got), err, want)
		}
	}
}

// What a person sees of a reading.
func TestAWSErrorReadingString(t *testing.T) {
	for _, r := range []struct{ text, want string }{
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} because no resource-based policy allows the kms:Decrypt action",
			"kms:Decrypt by {app} on {key}\npossible layers: key-policy, grant (implicitly)\nnext: collect the key policy, the key's grants"},
		{"AccessDeniedException: User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/DenyKms",
			"kms:Decrypt by {app} on {key}\nAccessDeniedException\npossible layers: iam-policy (explicitly, by arn:aws:iam::111122223333:policy/DenyKms)\nnext: collect the caller's IAM policies"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a service control policy: {scp}",
			"kms:Decrypt by {app} on {key}\npossible layers: scp (explicitly, by {scp})\nnext: collect the SCPs of the caller's account"},
		{"User: {app} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a session policy",
			"kms:Decrypt by {app} on {key}\npossible layers: session-policy (explicitly)\nnext: collect the session policies"},
		{"{key} is disabled.", "a request on {key}\npossible layers: key-state (disabled)\nnext: collect the key's metadata"},
		{"UnsupportedOperationException when calling the GetPublicKey operation", "kms:GetPublicKey\nUnsupportedOperationException\npossible layers: key-usage, key-state\nnext: collect the key's metadata"},
		{"User: {far} is not authorized to perform: kms:EnableKey on this resource {hidden}",
			"kms:EnableKey by {far}\npossible layers: region, cross-account, rcp, key-policy\nnext: collect the Region that is called, the accounts of caller and key, the RCPs of the key's account, the key policy"},
		{"KMS: {legacy}\x1b[31m", "kms:Decrypt, kms:ReEncryptFrom\npossible layers: region, {open}\nnext: collect the Region that is called, the SCPs of the caller's account, the RCPs of the key's account, " +
			"the VPC endpoint's policy, the key policy, the caller's IAM policies, the key's grants, the permissions boundary, the session policies"},
	} {
		got, err := ReadAWSError(readingWords.Replace(r.text))
		if want := readingWords.Replace(r.want); err != nil || got.String() != want {
			t.Errorf("%s\n got %s, %v\nwant %s", r.text, got, err, want)
		}
	}
	if got := (AWSErrorReading{}).String(); got != "a request" {
		t.Errorf("the zero reading is %q", got)
	}
	if LayerNone.evidence() != "" {
		t.Error("LayerNone has something to collect")
	}
	for l := LayerRequest; l <= LayerKeyState; l++ {
		if l.evidence() == "" {
			t.Errorf("%v: nothing to collect", l)
		}
	}
	for d, want := range map[Denial]string{DenialOpen: "open", DenialImplicit: "implicit", DenialExplicit: "explicit", 9: "evaluate.Denial(9)"} {
		if d.String() != want {
			t.Errorf("got %v, want %v", d, want)
		}
	}
}

func TestReadingJSON(t *testing.T) {
	reading, err := ReadAWSError("User: arn:aws:sts::111122223333:assumed-role/app/s is not authorized to perform: kms:Decrypt on resource: " +
		"arn:aws:kms:us-east-1:111122223333:key/1234 because no identity-based policy allows the kms:Decrypt action")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(reading)
	want := `{"caller":"arn:aws:sts::111122223333:assumed-role/app/s","key":"arn:aws:kms:us-east-1:111122223333:key/1234",` +
		`"actions":["kms:Decrypt"],"request":{"action":"kms:Decrypt","region":"us-east-1"},"layers":["iam-policy","grant"],"denial":"implicit"}`
	if err != nil || string(got) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
	}
}
