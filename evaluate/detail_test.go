package evaluate

import (
	"strings"
	"testing"
)

// What people read. Each row is a situation and the first line of its decision.
func TestDecisionString(t *testing.T) {
	for _, r := range []row{
		// What allowed.
		{"kp +app:*", "allow: key-policy: statement 0 allows kms:Decrypt"},
		{"kp +root:*; iam=app-kms +Encrypt +*", "allow: iam-policy: statement 1 of app-kms allows kms:Decrypt"},
		{"kp +root:*; iam +*", "allow: iam-policy: statement 0 of #0 allows kms:Decrypt"},
		{"kp +root:*; grant app:Decrypt", "allow: grant: grant g1 allows kms:Decrypt"},
		{"caller root; kp +root:*", "allow: key-policy: statement 0 allows kms:Decrypt"},
		{"caller root; do CreateKey; nokey", "allow: iam-policy: the root user counts as allowed by IAM"},
		{"rules aws; grant root:Decrypt; iam +*", "allow: iam-policy: statement 0 of #0 allows kms:Decrypt, which grant g1 gives to the account"},
		{"do RetireGrant; gid g1; grant bob:Decrypt ret:app", "allow: grant: grant g1 allows kms:RetireGrant"},

		// No such request.
		{"do ReEncrypt", "deny: request: invalid-request: the action is no KMS permission"},
		{"caller anonymous", "deny: request: invalid-request: KMS refuses calls that are not signed"},
		{"do CreateAlias; alias " + alias, "deny: request: invalid-request: an alias is the resource of CreateAlias, UpdateAlias and DeleteAlias alone, and never together with a key; the request is kms:CreateAlias"},
		{"nokey", "deny: request: invalid-request: kms:Decrypt needs a key"},
		{"do CreateKey", "deny: request: invalid-request: kms:CreateKey is not about a key"},
		{"caller cn", "deny: request: invalid-request: caller and key are in different partitions: arn:aws-cn:iam::111122223333:role/app and " + ownKy},
		{"id alias/a; do EnableKey; key alias/a", "deny: request: invalid-request: kms:EnableKey does not accept an alias: alias/a"},
		{"id alias/a; caller fapp", "deny: request: invalid-request: a key of another account is named by its ARN or an alias ARN: KMS looks for alias/a in the caller's account"},
		{"id other", `deny: request: invalid-request: RequestConfig.KeyID: "other" is another key than "` + ownKy + `" (see KeyConfig.ARN)`},
		{"id alias/a", `deny: request: invalid-request: RequestConfig.KeyID: "alias/a" is no alias of the key "` + ownKy + `", which has none (see KeyConfig.Aliases)`},
		{"id alias/a; key alias/b", `deny: request: invalid-request: RequestConfig.KeyID: "alias/a" is no alias of the key "` + ownKy + `", which has "alias/b" (see KeyConfig.Aliases)`},
		{"do RetireGrant", "deny: request: invalid-request: RetireGrant names no grant of the key"},

		// Region and account.
		{"in eu-west-1", "deny: region: wrong-region: arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is not in the Region that is called, eu-west-1"},
		{"caller fapp; do PutKeyPolicy", "deny: cross-account: not-cross-account: kms:PutKeyPolicy does not work across accounts: the caller is in account 444455556666, the key in 111122223333"},

		// Policies.
		{"kp +app:* -alice:* -root:Decrypt", "deny: key-policy: explicit-deny: statement 2 denies kms:Decrypt"},
		{"kp +app:*; iam=app-kms -Decrypt", "deny: iam-policy: explicit-deny: statement 0 of app-kms denies kms:Decrypt"},
		{"kp +app:*; scp +*; scp +* -Decrypt", "deny: scp: explicit-deny: statement 1 of #1 denies kms:Decrypt"},
		{"kp +app:*; scp=root +*; scp=team -Encrypt", "deny: scp: no-allow: no statement allows anything at the level of team: was FullAWSAccess left out?"},
		{"kp +app:*; scp +Encrypt", "deny: scp: no-allow: no Allow statement has kms:Decrypt"},
		{"", "deny: key-policy: no-delegation: no statement names role/app or account 111122223333"},
		{"caller sess", "deny: key-policy: no-delegation: no statement names assumed-role/app/i-0abc or account 111122223333"},
		{"caller root", "deny: key-policy: no-delegation: no statement names account 111122223333"},
		{"caller fapp", "deny: key-policy: principal-not-named: no statement names role/app or account 444455556666"},
		{"caller svc", "deny: key-policy: principal-not-named: no statement names the service s3.amazonaws.com"},
		{"kp +alice:* +app:Encrypt", "deny: key-policy: action-not-allowed: statement 1 names the caller or its account, but not with kms:Decrypt"},
		{"kp +alice:* +app:Encrypt +root:Sign", "deny: key-policy: action-not-allowed: statement 1 names the caller or its account, but not with kms:Decrypt"},
		{"kp +app:*@other", "deny: key-policy: resource-not-matched: statement 0 has kms:Decrypt, but not on " + ownKy},
		{"kp +app:*?mfa", `deny: key-policy: condition-not-met: statement 0: Bool aws:MultiFactorAuthPresent "true" is not met: the request does not have the key`},
		{"kp +app:*?mfa; ctx aws:MultiFactorAuthPresent=false", `deny: key-policy: condition-not-met: statement 0: Bool aws:MultiFactorAuthPresent "true" is not met: the request has "false"`},
		{"kp +app:*?StringEquals|kms:EncryptionContextKeys|x; ec a=1 b=2", `deny: key-policy: condition-not-met: statement 0: StringEquals kms:EncryptionContextKeys "x" is not met: the request has ["a" "b"]`},
		{"kp +app:*?StringEquals|aws:ResourceTag/a|1; key a=1", `deny: key-policy: condition-not-met: statement 0: StringEquals aws:ResourceTag/a "1" never holds here: only IAM policies may use aws:ResourceTag/a`},
		{"kp +app:*?StringEquals|aws:ResourceTag/a|1; key a=2", `deny: key-policy: condition-not-met: statement 0: StringEquals aws:ResourceTag/a "1" is not met: the request has "2"`},
		{"kp +root:*", "deny: iam-policy: no-allow: no identity-based policy is attached"},
		{"kp +root:*; iam +Encrypt", "deny: iam-policy: no-allow: no Allow statement has kms:Decrypt"},
		{"kp +root:*; iam=app-kms +*@other", "deny: iam-policy: resource-not-matched: statement 0 of app-kms has kms:Decrypt, but not on " + ownKy},
		{"kp +root:*; caller fed; iam +*", "deny: iam-policy: no-allow: a federated user without a session policy has no permissions from identity-based policies"},
		{"kp +app:*; pb +Encrypt", "deny: permissions-boundary: no-allow: no Allow statement has kms:Decrypt"},
		{"kp +app:*; sp +Encrypt", "deny: session-policy: no-allow: no Allow statement has kms:Decrypt"},
		{"kp +app:*; pb", "deny: permissions-boundary: no-allow: no Allow statement has kms:Decrypt"},

		// AWS managed keys.
		{"key AWS", "deny: key-policy: aws-managed-key: the policy of an AWS managed key is fixed; no statement names role/app or account 111122223333"},
		{"key AWS; kp +app:Encrypt", "deny: key-policy: aws-managed-key: the policy of an AWS managed key is fixed; statement 0 does not have kms:Decrypt"},
		{"key AWS; kp +app:*@other", "deny: key-policy: aws-managed-key: the policy of an AWS managed key is fixed; statement 0 is not about " + ownKy},
		{"key AWS; kp +app:*?mfa", `deny: key-policy: aws-managed-key: the policy of an AWS managed key is fixed; statement 0: Bool aws:MultiFactorAuthPresent "true" is not met: the request does not have the key`},

		// Grants.
		{"grant app:Decrypt", "deny: key-policy: grant-requires-delegation: grant g1 allows kms:Decrypt, but the key policy does not delegate it to account 111122223333"},
		{"caller fapp; grant fapp:Decrypt", "deny: key-policy: grant-requires-delegation: grant g1 allows kms:Decrypt, but the key policy does not delegate it to account 111122223333"},
		{"rules aws; grant app:Decrypt pending", "deny: grant: grant-not-effective: grant g1 is pending, and its token is not in the request"},
		{"rules aws; grant app:Decrypt eq:a=1", "deny: grant: constraint-not-met: the request does not satisfy the constraint of grant g1"},
		{"do RetireGrant; gid g1; grant app:Decrypt,Encrypt", "deny: grant: operation-not-granted: grant g1 has kms:Decrypt, kms:Encrypt, not kms:RetireGrant for this caller"},

		// Usage and state.
		{"kp +app:*; do Sign", "deny: key-usage: invalid-key-usage: a key of type symmetric does not have kms:Sign, which is for asymmetric-sign"},
		{"kp +app:*; key Disabled", "deny: key-state: disabled: the key is Disabled, which does not permit kms:Decrypt"},
		{"kp +app:*; do CancelKeyDeletion", "deny: key-state: not-pending-deletion: the key is Enabled, there is no deletion to cancel"},
		{"kp +app:*; key EXTERNAL; do EnableKeyRotation", "deny: key-state: unsupported-operation: a key with origin EXTERNAL in state Enabled does not support kms:EnableKeyRotation"},
	} {
		if got := decide(t, r.line).String(); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.line, got, r.want)
		}
	}
}

// A retired grant is over: no token helps, and none is missing.
func TestDetailOfRetiredGrant(t *testing.T) {
	for _, line := range []string{"rules aws; grant app:Decrypt retired tok:t; tok t", "rules aws; grant app:Decrypt retired"} {
		d := decide(t, line)
		if text := d.String(); d.Reason() != ReasonGrantNotEffective || !strings.Contains(text, "retired") || strings.Contains(text, "token") {
			t.Errorf("%s: got %q", line, text)
		}
	}
}

// Where a session's role is taken to have no path, and that is why a statement
// missed, the detail says so.
func TestPathHint(t *testing.T) {
	const hint = " (the session's role is taken as arn:aws:iam::111122223333:role/app, without a path, which "
	const end = " may have; state the role's ARN)"
	const condition = "kp +anyone:*?ArnEquals|aws:PrincipalArn|arn:aws:iam::111122223333:role/service/app"
	for _, r := range []struct{ line, want string }{
		{"caller sess; kp +app/:*", hint + "arn:aws:iam::111122223333:role/service/app" + end},
		{"caller sess; kp +alice:*; kp +web,svc,app/:*", hint + "arn:aws:iam::111122223333:role/service/app" + end},
		{"caller sess; kp +app/:* +root:Encrypt", hint + "arn:aws:iam::111122223333:role/service/app" + end},
		{"caller sess; " + condition, hint + "aws:PrincipalArn" + end},
		{"caller sess; kp +root:*; iam +*?ArnEquals|AWS:principalarn|x", hint + "aws:PrincipalArn" + end},
		// Not where the role is known, another role is named, or something else failed.
		{"caller sess role:app; kp +app/:*", ""}, {"caller app; kp +app/:*", ""}, {"caller alice; kp +app/:*", ""}, {"caller sess role:app; " + condition, ""},
		{"caller sess; kp +web:*", ""}, {"caller sess; kp +app:Encrypt", ""}, {"caller sess; kp +app:*?mfa", ""}, {"caller sess; kp +fapp:*", ""}, {"caller sess", ""},
		{"caller sess; kp +arn:*", ""}, {"caller sess; kp +app/:* -app:*", ""}, {"caller sess; kp +app/:* +sess:*; scp", ""},
		{"caller sess; kp +app/:* +sess:*", ""}, {"caller sess; kp +root:*; iam +*?mfa", ""}, {"caller sess; " + condition + " -anyone:*", ""},
		{"caller sess; kp +app/:* +sess:*; key Disabled", ""}, {"caller sess; kp +app:*@other", ""},
	} {
		if got := decide(t, r.line).String(); r.want == "" && strings.Contains(got, "path") || !strings.HasSuffix(got, r.want) {
			t.Errorf("%s:\n got %s\nwant the hint %q", r.line, got, r.want)
		}
	}
	// A Deny that missed is no reason to state the role.
	if got := decide(t, "caller sess; kp -app/:*").String(); strings.Contains(got, "path") {
		t.Errorf("got %s", got)
	}
	// Also where the key policy delegates, so that the IAM policies are to blame.
	if got := decide(t, "caller sess; kp +app/:* +root:*").String(); !strings.Contains(got, "path") {
		t.Errorf("got %s, want the hint", got)
	}
}
