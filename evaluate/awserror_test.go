package evaluate

import (
	"slices"
	"strings"
	"testing"
)

// errorWords are the abbreviations of the tests of messages.
var errorWords = strings.NewReplacer(
	"{app}", "User: arn:aws:sts::111122223333:assumed-role/app/ROLE-SESSION-NAME is not authorized to perform: ",
	"{fapp}", "User: arn:aws:sts::444455556666:assumed-role/app/ROLE-SESSION-NAME is not authorized to perform: ",
	"{decrypt}", "User: arn:aws:sts::111122223333:assumed-role/app/ROLE-SESSION-NAME is not authorized to perform: kms:Decrypt on resource: "+ownKy+" ",
	"{allows}", "allows the kms:Decrypt action",
	"{key}", ownKy,
	"{alias}", alias,
	"{hidden}", "on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
	"{policy}", "arn:aws:iam::111122223333:policy/guard",
)

// What KMS says of each layer: IAM User Guide, "Troubleshoot access denied error
// messages". The requests name the key, so that there is one wording only.
func TestAccessDeniedMessages(t *testing.T) {
	for _, r := range []struct{ line, want string }{
		// One type of policy, implicit and explicit.
		{"kp", "{decrypt}because no resource-based policy {allows}"}, {"kp +app:* -app:*", "{decrypt}with an explicit deny in a resource-based policy"},
		{"kp +app:Encrypt", "{decrypt}because no resource-based policy {allows}"}, {"kp +app:*?mfa", "{decrypt}because no resource-based policy {allows}"},
		{"kp +root:*", "{decrypt}because no identity-based policy {allows}"}, {"kp +root:*; iam +* -Decrypt", "{decrypt}with an explicit deny in an identity-based policy"},
		{"kp +app:*; pb +Encrypt", "{decrypt}because no permissions boundary {allows}"}, {"kp +app:*; pb +* -*", "{decrypt}with an explicit deny in a permissions boundary"},
		{"kp +app:*; sp +Encrypt", "{decrypt}because no session policy {allows}"}, {"kp +app:*; sp +* -*", "{decrypt}with an explicit deny in a session policy"},
		{"kp +app:*; scp +Encrypt", "{decrypt}because no service control policy {allows}"}, {"kp +app:*; scp +* -*", "{decrypt}with an explicit deny in a service control policy"},
		{"kp +app:*; rcp -anyone:*", "{decrypt}with an explicit deny in a resource control policy"},
		{"kp +app:*; vpce +anyone:Encrypt", "{decrypt}because no VPC endpoint policy {allows}"}, {"kp +app:*; vpce -anyone:*", "{decrypt}with an explicit deny in a VPC endpoint policy"},
		// The policy that denies, where its name is an ARN.
		{"kp +app:*; iam={policy} -*", "{decrypt}with an explicit deny in an identity-based policy: {policy}"}, {"kp +app:*; pb={policy} -*", "{decrypt}with an explicit deny in a permissions boundary: {policy}"},
		{"kp +app:*; sp={policy} -*", "{decrypt}with an explicit deny in a session policy: {policy}"}, {"kp +app:*; scp={policy} -*", "{decrypt}with an explicit deny in a service control policy: {policy}"},
		{"kp +app:*; rcp={policy} -anyone:*", "{decrypt}with an explicit deny in a resource control policy: {policy}"}, {"kp +app:*; iam=inline -*", "{decrypt}with an explicit deny in an identity-based policy"},
		{"kp +app:*; pb={policy} +Encrypt", "{decrypt}because no permissions boundary {allows}"},
		// The first of several, explicit ones before implicit ones.
		{"kp; iam -*; sp +Encrypt", "{decrypt}with an explicit deny in an identity-based policy"}, {"kp; scp +Encrypt", "{decrypt}because no service control policy {allows}"},
		{"kp -app:*; iam -*", "{decrypt}with an explicit deny in a resource-based policy"}, {"kp; key Disabled", "{decrypt}because no resource-based policy {allows}"},
		// A grant is not told of: only what else there is.
		{"kp; grant app:Decrypt", "{decrypt}because no resource-based policy {allows}"}, {"kp; grant app:Decrypt eq:a=1; rules aws", "{decrypt}because no resource-based policy {allows}"},
		{"kp +root:*; grant app:Decrypt retired", "{decrypt}because no identity-based policy {allows}"}, {"kp +root:*; grant app:Decrypt eq:a=1; pb +Encrypt", "{decrypt}because no identity-based policy {allows}"},
		{"kp +root:*; iam -Decrypt; grant app:Decrypt retired", "{decrypt}with an explicit deny in an identity-based policy"},
		{"kp; scp +Encrypt; grant app:Decrypt retired; rules aws", "{decrypt}because no service control policy {allows}"},
		{"kp; grant app:Decrypt; rules aws; pb +Encrypt", "{decrypt}because no permissions boundary {allows}"},
		{"do RetireGrant; gid g1; grant web:Decrypt acct:444455556666", "{app}kms:RetireGrant on resource: {key} because no resource-based policy allows the kms:RetireGrant action"},
		{"rules strict; kp +app:*", "{decrypt}because no identity-based policy {allows}"}, {"key AWS; kp", "{decrypt}because no resource-based policy {allows}"},
		// The callers.
		{"caller alice; kp +root:*", "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy {allows}"},
		{"caller app/; kp +root:*", "{decrypt}because no identity-based policy {allows}"},
		{"caller sess; kp +root:*", "User: arn:aws:sts::111122223333:assumed-role/app/i-0abc is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy {allows}"},
		{"caller fed; kp +root:*", "User: arn:aws:sts::111122223333:federated-user/fred is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy {allows}"},
		{"caller root; kp", "User: arn:aws:iam::111122223333:root is not authorized to perform: kms:Decrypt on resource: {key} because no resource-based policy {allows}"},
		{"caller svc; kp +root:*", "User: s3.amazonaws.com is not authorized to perform: kms:Decrypt on resource: {key} because no resource-based policy {allows}"},
		// Other resources.
		{"nokey; do CreateKey", "{app}kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action"},
		{"nokey; do CreateAlias; alias {alias}", "{app}kms:CreateAlias on resource: {alias} because no identity-based policy allows the kms:CreateAlias action"},
		// Across accounts: the caller's side first, and nothing of the key's.
		{"caller fapp; iam +*", "{fapp}kms:Decrypt {hidden}"}, {"caller fapp; iam +*; kp +far:* -anyone:*", "{fapp}kms:Decrypt {hidden}"},
		{"caller fapp; kp +far:*", "{fapp}kms:Decrypt on resource: {key} because no identity-based policy {allows}"}, {"caller fapp", "{fapp}kms:Decrypt on resource: {key} because no identity-based policy {allows}"},
		{"caller fapp; kp -anyone:*", "{fapp}kms:Decrypt on resource: {key} because no identity-based policy {allows}"},
		{"caller fapp; kp -anyone:*; iam +*; pb +Encrypt", "{fapp}kms:Decrypt on resource: {key} because no permissions boundary {allows}"},
		{"caller fapp; kp -anyone:*; iam +*; scp -*", "{fapp}kms:Decrypt on resource: {key} with an explicit deny in a service control policy"},
		{"caller fapp; kp; iam +*; vpce +anyone:Encrypt", "{fapp}kms:Decrypt on resource: {key} because no VPC endpoint policy {allows}"},
		{"caller fapp; iam +*; grant fapp:Decrypt eq:a=1", "{fapp}kms:Decrypt {hidden}"}, {"caller fapp; kp +far:*; grant fapp:Decrypt eq:a=1; rules aws", "{fapp}kms:Decrypt on resource: {key} because no identity-based policy {allows}"},
		{"caller fapp; iam +*; key AWS", "{fapp}kms:Decrypt {hidden}"}, {"caller fapp; do PutKeyPolicy; iam +*", "{fapp}kms:PutKeyPolicy {hidden}"},
		{"caller fapp; nokey; do CreateAlias; alias {alias}", "{fapp}kms:CreateAlias {hidden}"}, {"caller fapp; do RetireGrant; gid g1; grant web:Decrypt", "{fapp}kms:RetireGrant {hidden}"},
	} {
		line := "id {key};" + r.line
		if strings.Contains(r.line, "nokey") {
			line = r.line
		}
		got, ok := decide(t, errorWords.Replace(line)).AWSError()
		if want := errorWords.Replace(r.want); !ok || got.Code != "AccessDeniedException" || got.Message != want {
			t.Errorf("%s:\n got %s: %s\nwant %s", r.line, got.Code, got.Message, want)
		}
	}
}

// Another wording for the same denial: of older messages, and where the key is
// named by the ciphertext alone.
func TestAWSErrorVariants(t *testing.T) {
	const legacy = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
	for _, r := range []struct {
		line string
		want []string
	}{
		{"kp +root:*", []string{"{app}kms:Decrypt on the resource associated with this ciphertext because no identity-based policy {allows}", legacy}},
		{"kp +root:*; do ReEncryptFrom", []string{"{app}kms:ReEncryptFrom on the resource associated with this ciphertext because no identity-based policy allows the kms:ReEncryptFrom action", legacy}},
		{"kp +root:*; id {key}", nil}, {"kp +root:*; id alias/a; key alias/a", nil}, {"kp +root:*; do Encrypt", nil}, {"kp +root:*; do ReEncryptTo", nil}, {"kp +root:*; key RSA_2048 ENCRYPT_DECRYPT", nil},
		{"caller fapp; iam +*", []string{strings.Replace("{fapp}kms:Decrypt {hidden}", "{hidden}", strings.Replace(errorWords.Replace("{hidden}"), "this resource", "the resource associated with this ciphertext", 1), 1), legacy}},
		{"kp +app:*; scp +Encrypt; id {key}", []string{"{decrypt}with an explicit deny in a service control policy"}}, {"kp +app:*; scp +* -*; id {key}", nil},
		{"caller fapp; iam +*; kp +far:*; rcp -anyone:*; id {key}", []string{"{fapp}kms:Decrypt on resource: {key} with an explicit deny in a resource control policy"}},
		{"kp +app:*; key Disabled", nil},
	} {
		got, _ := decide(t, errorWords.Replace(r.line)).AWSError()
		var want []string
		for _, text := range r.want {
			want = append(want, errorWords.Replace(text))
		}
		if !slices.Equal(got.Variants, want) {
			t.Errorf("%s:\n got %q\nwant %q", r.line, got.Variants, want)
		}
	}
}

// The errors that are no denials of access: AWS KMS Developer Guide, "Key states
// of AWS KMS keys", and answers of KMS to requests for keys that are not there.
func TestOtherAWSErrors(t *testing.T) {
	const state, missing, unsupported, usage = "KMSInvalidStateException", "NotFoundException", "UnsupportedOperationException", "InvalidKeyUsageException"
	for _, r := range []struct{ line, code, want string }{
		{"key Disabled", "DisabledException", "{key} is disabled."}, {"key PendingDeletion", state, "{key} is pending deletion."}, {"key PendingReplicaDeletion", state, "{key} is pending replica deletion."},
		{"key PendingImport EXTERNAL", state, "{key} is pending import."}, {"key Unavailable AWS_CLOUDHSM", state, "{key} is unavailable."}, {"key Creating", state, "{key} is creating."},
		{"key Updating; do DisableKey", state, "{key} is updating."}, {"do CancelKeyDeletion", state, "{key} is not pending deletion."},
		{"key EXTERNAL; do EnableKeyRotation", unsupported, "{key} origin is EXTERNAL which is not valid for this operation."}, {"do GetParametersForImport", unsupported, "{key} origin is AWS_KMS which is not valid for this operation."},
		{"key AWS_CLOUDHSM; do GetKeyRotationStatus", unsupported, "{key} origin is AWS_CLOUDHSM which is not valid for this operation."},
		{"do Sign", usage, "{key} key usage is ENCRYPT_DECRYPT which is not valid for Sign."}, {"key HMAC_256; do Encrypt", usage, "{key} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt."},
		{"key RSA_2048 SIGN_VERIFY; do ReEncryptTo", usage, "{key} key usage is SIGN_VERIFY which is not valid for ReEncrypt."}, {"key ML_KEM_768; do Encrypt", usage, "{key} key usage is ENCAPSULATE_DECAPSULATE which is not valid for Encrypt."},
		{"key ECC_NIST_P256 KEY_AGREEMENT; do Sign", usage, "{key} key usage is KEY_AGREEMENT which is not valid for Sign."},
		{"key RSA_2048 ENCRYPT_DECRYPT; do GenerateDataKey", usage, "You cannot generate a data key with an asymmetric CMK"}, {"key RSA_2048 SIGN_VERIFY; do GenerateDataKey", usage, "{key} key usage is SIGN_VERIFY which is not valid for GenerateDataKey."},
		{"do GetPublicKey", unsupported, "{key} key spec is SYMMETRIC_DEFAULT which is not valid for GetPublicKey."}, {"key RSA_2048 SIGN_VERIFY; do EnableKeyRotation", unsupported, "{key} key spec is RSA_2048 which is not valid for EnableKeyRotation."},
		{"in eu-west-1", missing, "Invalid arn us-east-1"}, {"in eu-west-1; id {key}", missing, "Invalid arn us-east-1"}, {"in eu-west-1; id {alias}; key alias/orders", missing, "Invalid arn us-east-1"},
		{"in eu-west-1; id 1234abcd-12ab-34cd-56ef-1234567890ab", missing, "Key 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist"},
		{"in eu-west-1; id alias/orders; key alias/orders", missing, "Alias arn:aws:kms:eu-west-1:111122223333:alias/orders is not found."},
		{"in eu-west-1; nokey; do CreateAlias; alias {alias}", missing, "Alias arn:aws:kms:eu-west-1:111122223333:alias/orders is not found."},
		{"caller fapp; id 1234abcd-12ab-34cd-56ef-1234567890ab", missing, "Key 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist"},
		{"caller fapp; id alias/orders; key alias/orders", missing, "Alias arn:aws:kms:us-east-1:444455556666:alias/orders is not found."},
		{"caller fapp; id alias/orders; key alias/orders; in eu-west-1", missing, "Alias arn:aws:kms:eu-west-1:444455556666:alias/orders is not found."},
		{"id alias/orders; key alias/orders; do EnableKey", missing, "Invalid keyId 'alias/orders'"}, {"caller anonymous", "MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"do ReEncrypt", "ValidationException", ""}, {"nokey", "ValidationException", ""},
	} {
		got, ok := decide(t, errorWords.Replace("kp +anyone:*;"+r.line)).AWSError()
		if want := errorWords.Replace(r.want); !ok || got.Code != r.code || got.Message != want || got.Variants != nil {
			t.Errorf("%s:\n got %+v\nwant %s: %s", r.line, got, r.code, want)
		}
	}
}

// A caller as messages name it is a caller.
func TestPlaceholderSession(t *testing.T) {
	w := read("caller app/")
	_, c, _ := w.build()
	named, err := NewCaller(CallerConfig{ARN: c.asUser(), RoleARN: who("app/")})
	if err != nil || named.kind != sessionCaller || named.session != placeholderSession {
		t.Errorf("got %+v, %v", named, err)
	}
}
