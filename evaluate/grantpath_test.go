package evaluate

import (
	"testing"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A grant as the way in: under the default rules it needs the key policy's
// delegation, under AWSRules it stands alone.
func TestGrantPath(t *testing.T) {
	const miss = "deny key-policy/grant-requires-delegation | "
	run(t, "", []row{
		// Delegation, as an IAM policy would need it.
		{"kp +root:*; grant app:Decrypt", "allow grant"}, {"kp +rootid:Decrypt; grant app:Decrypt", "allow grant"}, {"grant app:Decrypt", miss + "key-policy/no-delegation"},
		{"kp +root:Encrypt; grant app:Decrypt", miss + "key-policy/action-not-allowed"}, {"kp +root:*@other; grant app:Decrypt", miss + "key-policy/resource-not-matched"},
		{"kp +root:*?mfa; grant app:Decrypt", miss + "key-policy/condition-not-met"}, {"kp +root:*?mfa; grant app:Decrypt; ctx aws:MultiFactorAuthPresent=true", "allow grant"},
		{"kp +root:*?StringEquals|aws:ResourceTag/a|1; key a=1; grant app:Decrypt", miss + "key-policy/condition-not-met"},
		{"kp +anyone:Encrypt; grant app:Decrypt", miss + "key-policy/action-not-allowed"}, {"kp +far:*; grant app:Decrypt", miss + "key-policy/no-delegation"},
		{"kp +alice:*; grant app:Decrypt", miss + "key-policy/no-delegation"}, {"kp -root:Encrypt; grant app:Decrypt", miss + "key-policy/no-delegation"},
		{"kp +!root:*; grant app:Decrypt", miss + "key-policy/no-delegation"}, {"kp +app:*; grant app:Decrypt", "allow key-policy"},
		{"kp +alice,root:*; grant app:Decrypt", "allow grant"}, {"grant app:Decrypt; key AWS", "allow grant"},
		{"rules aws; grant app:Decrypt", "allow grant"}, {"rules strict; kp +root:*; grant app:Decrypt", "allow grant"},
		{"rules strict; grant app:Decrypt", miss + "key-policy/no-delegation iam-policy/no-allow"}, {"rules both; grant app:Decrypt", "allow grant"},
		// Across accounts the key's own account must be delegated to.
		{"caller fapp; kp +root:*; grant fapp:Decrypt", "allow grant"}, {"caller fapp; kp +far:*; grant fapp:Decrypt; iam +*", "allow iam-policy"},
		{"caller fapp; kp +far:*; grant fapp:Decrypt", miss + "iam-policy/no-allow"}, {"caller fapp; grant fapp:Decrypt", miss + "key-policy/principal-not-named iam-policy/no-allow"},
		{"rules aws; caller fapp; grant fapp:Decrypt", "allow grant"},
		{"rules aws; caller fapp; grant fapp:PutKeyPolicy; do PutKeyPolicy", "deny cross-account/not-cross-account"},
	})
	// Whom a grant names.
	run(t, "kp +root:*", []row{
		{"caller sess; grant app:Decrypt", "allow grant"}, {"caller sess; grant sess:Decrypt", "allow grant"}, {"caller sess; grant sess2:Decrypt", "deny iam-policy/no-allow"},
		{"caller app; grant sess:Decrypt", "deny iam-policy/no-allow"}, {"caller sess role:app/; grant app:Decrypt", "deny iam-policy/no-allow"}, {"caller sess role:app/; grant app/:Decrypt", "allow grant"},
		{"caller alice; grant alice:Decrypt", "allow grant"}, {"caller alice; grant bob:Decrypt", "deny iam-policy/no-allow"}, {"caller fed; grant fed:Decrypt", "allow grant"},
		{"caller fed user:alice; grant alice:Decrypt", "allow grant"}, {"caller fed; grant alice:Decrypt", "deny iam-policy/no-allow"}, {"caller svc; grant svc:Decrypt", "allow grant"},
		{"caller svc; grant svc2:Decrypt", "deny key-policy/principal-not-named"}, {"caller app; grant anyone:Decrypt", "deny iam-policy/no-allow"}, {"caller app; grant group:Decrypt", "deny iam-policy/no-allow"},
		{"caller app uid:AROAAAAAAAAAAAAAAAAAA; grant aroa:Decrypt", "allow grant"},
	})
	// A grant to an account delegates to it.
	run(t, "rules aws", []row{
		{"grant root:Decrypt; iam +Decrypt", "allow iam-policy"}, {"grant rootid:Decrypt; iam +Decrypt", "allow iam-policy"}, {"grant root:Decrypt", "deny iam-policy/no-allow"},
		{"grant root:Decrypt; iam +*; pb +Encrypt", "deny permissions-boundary/no-allow"}, {"grant root:Decrypt; caller root", "allow grant"},
		{"grant far:Decrypt; caller fapp; iam +*", "allow iam-policy"}, {"grant far:Decrypt; iam +*", "deny key-policy/no-delegation"}, {"grant far:Decrypt; caller far", "allow grant"},
		{"grant root:Encrypt; iam +*", "deny key-policy/no-delegation"}, {"grant root:Decrypt eq:a=1; iam +*", "deny key-policy/no-delegation"},
		{"grant root:Decrypt retired; iam +*", "deny key-policy/no-delegation"}, {"rules default; grant root:Decrypt; iam +*", "deny key-policy/no-delegation"},
		{"kp +root:*; rules default; grant root:Decrypt; iam +*", "allow iam-policy"}, {"grant root:PutKeyPolicy; do PutKeyPolicy; iam +*", "deny key-policy/no-delegation"},
		{"key AWS; rules default; grant root:Decrypt; iam +*", "allow iam-policy"}, {"caller svc; grant root:Decrypt", "deny key-policy/principal-not-named"},
		{"grant root:Decrypt id:g0 eq:a=1; grant root:Decrypt; iam +*", "allow iam-policy"},
	})
	// What the grant itself needs.
	run(t, "kp +root:*", []row{
		{"grant app:Encrypt", "deny iam-policy/no-allow | grant/operation-not-granted"}, {"grant app:Encrypt,Decrypt", "allow grant"},
		{"grant app:PutKeyPolicy; do PutKeyPolicy", "deny iam-policy/no-allow"}, {"grant app:Decrypt; do PutKeyPolicy", "deny iam-policy/no-allow"},
		{"grant app:Decrypt pending tok:t", "deny grant/grant-not-effective | iam-policy/no-allow"}, {"grant app:Decrypt pending tok:t; tok u t", "allow grant"},
		{"grant app:Decrypt pending; tok t", "deny grant/grant-not-effective | iam-policy/no-allow"}, {"grant app:Decrypt retired tok:t; tok t", "deny grant/grant-not-effective | iam-policy/no-allow"},
		{"grant app:Decrypt tok:t", "allow grant"}, {"grant alice:Decrypt pending tok:t; tok t", "deny iam-policy/no-allow"},
		{"grant app:Decrypt eq:a=1", "deny grant/constraint-not-met | iam-policy/no-allow"}, {"grant app:Decrypt eq:a=1; ec a=1", "allow grant"},
		{"grant app:Decrypt eq:a=1; ec a=1 b=2", "deny grant/constraint-not-met | iam-policy/no-allow"}, {"grant app:Decrypt eq:a=1; ec A=1", "deny grant/constraint-not-met | iam-policy/no-allow"},
		{"grant app:Decrypt sub:a=1; ec a=1 b=2", "allow grant"}, {"grant app:Decrypt sub:a=1; ec b=2", "deny grant/constraint-not-met | iam-policy/no-allow"},
		{"grant app:Decrypt sub:a=1", "deny grant/constraint-not-met | iam-policy/no-allow"},
		{"grant app:DescribeKey eq:a=1; do DescribeKey", "allow grant"}, {"grant app:DescribeKey sub:a=1; do DescribeKey; ec b=1", "allow grant"},
		{"grant app:Sign eq:a=1; do Sign; key RSA_2048 SIGN_VERIFY; ec a=1", "deny grant/constraint-not-met | iam-policy/no-allow"}, {"grant app:Sign; do Sign; key RSA_2048 SIGN_VERIFY", "allow grant"},
		{"grant app:Decrypt src:arn:aws:sns:us-east-1:111122223333:*", "deny grant/constraint-not-met | iam-policy/no-allow"},
		{"grant app:Decrypt src:arn:aws:sns:us-east-1:111122223333:*; src arn:aws:sns:us-east-1:111122223333:t", "allow grant"},
		{"grant app:Decrypt src:arn:aws:sns:us-east-1:111122223333:*; ctx aws:SourceArn=arn:aws:sns:us-east-1:111122223333:t", "allow grant"},
		{"grant app:Decrypt src:arn:aws:sns:us-east-1:111122223333:*; src arn:aws:sqs:us-east-1:111122223333:t", "deny grant/constraint-not-met | iam-policy/no-allow"},
		{"grant svc:Decrypt src:arn:aws:sns:us-east-1:111122223333:t; caller svc; src arn:aws:sns:us-east-1:111122223333:t", "allow grant"},
		{"grant app:DescribeKey src:arn:aws:sns:us-east-1:111122223333:t eq:a=1; do DescribeKey; src arn:aws:sns:us-east-1:111122223333:u", "deny grant/constraint-not-met | iam-policy/no-allow"},
	})
}

// Which near miss is the nearest, and whether it takes the place of the policies.
func TestNearMisses(t *testing.T) {
	run(t, "rules aws", []row{
		// Effect before constraint before operation, whatever the order.
		{"grant app:Encrypt id:o; grant app:Decrypt id:c eq:a=1; grant app:Decrypt id:e retired", "deny grant/grant-not-effective | key-policy/no-delegation"},
		{"grant app:Decrypt id:e retired; grant app:Decrypt id:c eq:a=1; grant app:Encrypt id:o", "deny grant/grant-not-effective | key-policy/no-delegation"},
		{"grant app:Encrypt id:o; grant app:Decrypt id:c eq:a=1", "deny grant/constraint-not-met | key-policy/no-delegation"},
		{"grant app:Decrypt id:c eq:a=1; grant app:Encrypt id:o", "deny grant/constraint-not-met | key-policy/no-delegation"},
		{"grant app:Encrypt", "deny key-policy/no-delegation | grant/operation-not-granted"},
		// A grant that only the limits stop is the nearest of all.
		{"pb +Encrypt; grant app:Decrypt retired; grant app:Decrypt", "deny permissions-boundary/no-allow | key-policy/no-delegation"},
		{"pb +Encrypt; sp; grant app:Decrypt retired", "deny grant/grant-not-effective permissions-boundary/no-allow session-policy/no-allow | key-policy/no-delegation"},
		{"pb +Encrypt; grant sess:Decrypt retired; caller sess", "deny grant/grant-not-effective | key-policy/no-delegation"},
		// Of two that lack the same, the one that needs fewer changes; then the first.
		{"pb +Encrypt; caller sess; grant app:Decrypt retired; grant sess:Decrypt retired", "deny grant/grant-not-effective | key-policy/no-delegation"},
		{"pb +Encrypt; caller sess; grant sess:Decrypt retired; grant app:Decrypt retired", "deny grant/grant-not-effective | key-policy/no-delegation"},
		// The policies come first where they got somewhere.
		{"kp +app:Encrypt; grant app:Decrypt retired", "deny key-policy/action-not-allowed | grant/grant-not-effective"}, {"kp +app:*@other; grant app:Decrypt retired", "deny key-policy/resource-not-matched | grant/grant-not-effective"},
		{"kp +app:*?mfa; grant app:Decrypt retired", "deny key-policy/condition-not-met | grant/grant-not-effective"}, {"kp +root:*; grant app:Decrypt retired", "deny grant/grant-not-effective | iam-policy/no-allow"},
		{"kp +root:*; iam +*@other; grant app:Decrypt retired", "deny iam-policy/resource-not-matched | grant/grant-not-effective"}, {"kp +app:*; pb +Encrypt; grant app:Decrypt retired", "deny permissions-boundary/no-allow | grant/grant-not-effective permissions-boundary/no-allow"},
		{"kp +root:*; iam +*?mfa; grant app:Decrypt retired", "deny iam-policy/condition-not-met | grant/grant-not-effective"},
		{"key AWS; grant app:Decrypt eq:a=1", "deny grant/constraint-not-met | key-policy/aws-managed-key"}, {"key AWS; grant app:Encrypt", "deny key-policy/aws-managed-key | grant/operation-not-granted"},
		{"caller fapp; grant fapp:Decrypt eq:a=1", "deny grant/constraint-not-met | key-policy/principal-not-named iam-policy/no-allow"}, {"caller svc; grant svc:Decrypt eq:a=1", "deny grant/constraint-not-met | key-policy/principal-not-named"},
		{"caller fapp; iam +*; grant fapp:Encrypt", "deny key-policy/principal-not-named | grant/operation-not-granted"},
		// Account principals are never near misses.
		{"grant root:Decrypt eq:a=1", "deny key-policy/no-delegation"}, {"grant far:Decrypt; iam +*", "deny key-policy/no-delegation"},
		// Key usage and state follow.
		{"key Disabled HMAC_256; grant app:Decrypt eq:a=1", "deny grant/constraint-not-met key-usage/invalid-key-usage key-state/disabled | key-policy/no-delegation"},
		{"scp +Encrypt; grant app:Decrypt eq:a=1", "deny scp/no-allow grant/constraint-not-met | key-policy/no-delegation"},
	})
	// Without the delegation only a grant that lacks nothing else counts.
	run(t, "", []row{
		{"grant app:Decrypt retired", "deny key-policy/no-delegation"}, {"grant app:Decrypt eq:a=1", "deny key-policy/no-delegation"}, {"grant app:Encrypt", "deny key-policy/no-delegation"},
		{"grant app:Decrypt; pb +Encrypt; sp", "deny key-policy/grant-requires-delegation permissions-boundary/no-allow session-policy/no-allow | key-policy/no-delegation"},
		{"grant app:Decrypt id:a; grant sess:Decrypt id:b; pb +Encrypt; caller sess", "deny key-policy/grant-requires-delegation | key-policy/no-delegation"},
		{"key AWS; grant app:Decrypt retired", "deny grant/grant-not-effective | key-policy/aws-managed-key"},
		{"caller sess; grant app:Decrypt; kp -anyone:*", "deny key-policy/explicit-deny | key-policy/no-delegation"},
	})
	for _, r := range []struct{ line, want string }{
		{"rules aws; grant app:Decrypt id:a eq:a=1; grant app:Decrypt id:b eq:a=2", "a"},
		{"rules aws; caller sess; grant app:Decrypt id:a eq:a=1; grant sess:Decrypt id:b eq:a=2", "a"},
		{"rules aws; caller sess; grant sess:Decrypt id:a eq:a=1; grant app:Decrypt id:b eq:a=2", "a"},
		{"rules aws; caller sess; pb +Encrypt; grant app:Decrypt id:a eq:a=1; grant sess:Decrypt id:b eq:a=2", "b"},
		{"rules aws; caller sess; pb +Encrypt; grant sess:Decrypt id:a eq:a=1; grant app:Decrypt id:b eq:a=2", "a"},
		{"rules aws; caller sess; grant app:Decrypt id:a; grant sess:Decrypt id:b", "a"},
		{"rules aws; caller sess; grant sess:Decrypt id:a; grant app:Decrypt id:b", "a"},
		{"rules aws; caller sess; grant alice:Decrypt id:z; grant app:Decrypt id:a eq:a=1; grant app:Decrypt id:b; grant sess:Decrypt id:c", "b"},
		{"kp +root:*; grant root:Decrypt id:a; grant app:Decrypt id:b", "b"},
		{"rules aws; caller fapp; iam +*; grant farid:Decrypt id:b; grant far:Decrypt id:a", "b"},
		{"rules aws; caller fapp; iam +*; grant far:Decrypt id:a; grant farid:Decrypt id:b", "a"},
	} {
		d := decide(t, r.line)
		got := ""
		if via, ok := d.Via(); ok {
			got = via.Grant()
		}
		for e := range d.Blockers() {
			got += e.Grant()
		}
		if got != r.want {
			t.Errorf("%s: grant %q, want %q: %v", r.line, got, r.want, d)
		}
	}
}

// CreateGrant by way of a grant: no more operations, no laxer constraint.
func TestCreateGrantByGrant(t *testing.T) {
	const allow, operations, constraint = "allow grant", "deny iam-policy/no-allow | grant/operation-not-granted", "deny grant/constraint-not-met | iam-policy/no-allow"
	const equals, subset = " kms:GrantConstraintType=EncryptionContextEquals", " kms:GrantConstraintType=EncryptionContextSubset"
	run(t, "kp +root:*; do CreateGrant", []row{
		{"grant app:CreateGrant,Decrypt", allow}, {"grant app:Decrypt", operations},
		{"grant app:CreateGrant,Decrypt; ctx kms:GrantOperations=Decrypt", allow}, {"grant app:CreateGrant,Decrypt; ctx kms:GrantOperations=Decrypt,CreateGrant", allow},
		{"grant app:CreateGrant,Decrypt; ctx kms:GrantOperations=Decrypt,Encrypt", operations}, {"grant app:CreateGrant,Decrypt; ctx kms:GrantOperations=Encrypt", operations},
		{"grant app:CreateGrant,Decrypt; ctx kms:GrantOperations=Nonsense", operations}, {"grant app:CreateGrant,Decrypt; ctx kms:GrantOperations=Nonsense,Decrypt", operations},
		{"grant app:CreateGrant,Decrypt; iam +CreateGrant; ctx kms:GrantOperations=Encrypt", "allow iam-policy"},
		{"grant app:CreateGrant eq:a=1", constraint}, {"grant app:CreateGrant eq:a=1; ec a=1; ctx x=y" + equals, allow}, {"grant app:CreateGrant eq:a=1; ec a=1; ctx x=y" + subset, constraint},
		{"grant app:CreateGrant eq:a=1; ec a=1", constraint}, {"grant app:CreateGrant eq:a=1; ec a=1 b=2; ctx x=y" + equals, constraint}, {"grant app:CreateGrant eq:a=1; ec a=2; ctx x=y" + equals, constraint},
		{"grant app:CreateGrant sub:a=1", constraint}, {"grant app:CreateGrant sub:a=1; ec a=1; ctx x=y" + subset, allow}, {"grant app:CreateGrant sub:a=1; ec a=1", allow},
		{"grant app:CreateGrant sub:a=1; ec a=1 b=2; ctx x=y" + subset, allow}, {"grant app:CreateGrant sub:a=1; ec a=1 b=2; ctx x=y" + equals, allow}, {"grant app:CreateGrant sub:a=1; ec b=2; ctx x=y" + equals, constraint},
		{"grant app:CreateGrant; ec a=1; ctx x=y" + equals, allow}, {"grant app:CreateGrant eq:; ctx x=y" + equals, allow}, {"grant app:CreateGrant eq:; ec a=1; ctx x=y" + equals, constraint},
		{"grant app:CreateGrant eq:; ctx x=y" + subset, constraint}, {"grant app:CreateGrant sub:; ctx x=y" + equals, allow},
		// Keys of other types do not work with an encryption context.
		{"grant app:CreateGrant sub:a=1; ec a=1; key RSA_2048 SIGN_VERIFY; ctx x=y" + subset, constraint}, {"grant app:CreateGrant eq:; ec a=1; key RSA_2048 SIGN_VERIFY; ctx x=y" + equals, allow},
		// Its source ARN holds for the call, and must go on to the child.
		{"grant app:CreateGrant src:arn:aws:s3:::b; src arn:aws:s3:::b", constraint}, {"grant app:CreateGrant src:arn:aws:s3:::b; src arn:aws:s3:::b; ctx kms:GrantConstraintSourceArn=arn:aws:s3:::b", allow},
		{"grant app:CreateGrant src:arn:aws:s3:::b; ctx kms:GrantConstraintSourceArn=arn:aws:s3:::b", constraint},
		{"grant app:CreateGrant src:arn:aws:s3:::b*; src arn:aws:s3:::b; ctx kms:GrantConstraintSourceArn=arn:aws:s3:::c", constraint},
		{"grant app:CreateGrant pending tok:t", "deny grant/grant-not-effective | iam-policy/no-allow"},
	})
}

// RetireGrant: the retiring principal, the grantee with RetireGrant, and IAM in
// the issuing or the retiring account.
func TestRetireGrant(t *testing.T) {
	const allow, no = "allow grant", "deny grant/operation-not-granted"
	run(t, "do RetireGrant; gid g1", []row{
		{"grant bob:Decrypt ret:app", allow}, {"grant bob:Decrypt ret:app; caller sess", allow}, {"grant bob:Decrypt ret:app; caller alice", no}, {"grant bob:Decrypt", no},
		{"grant app:Decrypt", no}, {"grant app:RetireGrant", allow}, {"grant app:Decrypt,RetireGrant; caller sess", allow}, {"grant app:Decrypt,RetireGrant; caller alice", no},
		{"grant svc:RetireGrant; caller svc", allow}, {"grant bob:Decrypt ret:svc; caller svc", allow}, {"grant bob:Decrypt; caller svc", no},
		// By IAM.
		{"grant bob:Decrypt; iam +RetireGrant", allow}, {"grant bob:Decrypt; iam +Decrypt", no}, {"grant bob:Decrypt; iam +*@other", no}, {"grant bob:Decrypt acct:444455556666; iam +*", no},
		{"grant bob:Decrypt acct:444455556666; iam +*; caller fapp", allow}, {"grant bob:Decrypt acct:444455556666; caller fapp", no}, {"grant bob:Decrypt acct:111122223333; iam +*; caller fapp", no},
		{"grant bob:Decrypt; iam +*; caller fapp", no}, {"grant bob:Decrypt ret:far; iam +*; caller fapp", allow}, {"grant bob:Decrypt ret:far; caller fapp", no}, {"grant bob:Decrypt ret:farid; caller far", allow},
		{"grant bob:Decrypt ret:fapp; iam +*; caller falice", no}, {"grant bob:Decrypt ret:root acct:444455556666; iam +*", allow}, {"grant far:RetireGrant; iam +*; caller fapp", allow}, {"grant far:Decrypt; iam +*; caller fapp", no},
		{"grant bob:Decrypt; caller root", allow}, {"grant bob:Decrypt; caller far", no},
		// Neither the key policy nor constraints count.
		{"grant bob:Decrypt; kp +app:*", no}, {"grant bob:Decrypt ret:app; kp -app:*", allow}, {"grant bob:Decrypt ret:app eq:a=1", allow}, {"grant app:RetireGrant src:arn:aws:s3:::b eq:a=1", allow},
		{"grant bob:Decrypt ret:app; rules strict", allow}, {"grant bob:Decrypt ret:app; key AWS", allow}, {"grant bob:Decrypt ret:app; key Disabled", allow},
		// A Deny of the caller's own does.
		{"grant bob:Decrypt ret:app; iam -RetireGrant", "deny iam-policy/explicit-deny"}, {"grant bob:Decrypt ret:app; scp +* -RetireGrant", "deny scp/explicit-deny"},
		{"grant bob:Decrypt ret:app; pb +* -RetireGrant", "deny permissions-boundary/explicit-deny"}, {"grant bob:Decrypt ret:sess; caller sess; sp -RetireGrant", "deny session-policy/explicit-deny"},
		{"grant bob:Decrypt; iam -RetireGrant", "deny iam-policy/explicit-deny grant/operation-not-granted"}, {"grant bob:Decrypt; scp +Decrypt; iam +*", "deny scp/no-allow"},
		{"grant bob:Decrypt ret:app; pb +Decrypt; sp", "deny permissions-boundary/no-allow session-policy/no-allow"}, {"grant bob:Decrypt; iam +*; pb +Decrypt", "deny permissions-boundary/no-allow"},
		{"grant bob:Decrypt; pb +Decrypt", no},
		{"grant bob:Decrypt eq:a=1; iam +RetireGrant?StringEquals|kms:EncryptionContext:a|1", allow}, {"grant bob:Decrypt eq:a=2; iam +RetireGrant?StringEquals|kms:EncryptionContext:a|1", no},
		// Which grant.
		{"grant bob:Decrypt id:g0 ret:alice; grant bob:Decrypt ret:app", allow}, {"grant bob:Decrypt id:g0 ret:app; grant bob:Decrypt ret:alice", no},
		{"grant bob:Decrypt id:g0 ret:alice tok:t; grant bob:Decrypt ret:app; tok t", allow},
	})
	run(t, "do RetireGrant; tok t u", []row{
		{"grant bob:Decrypt id:g0 ret:alice; grant bob:Decrypt ret:app tok:u", allow}, {"grant bob:Decrypt id:g0 ret:alice tok:t; grant bob:Decrypt ret:app tok:u", "deny request/invalid-request"},
		{"grant bob:Decrypt id:g0 ret:app tok:t; grant bob:Decrypt id:g0 ret:app tok:u", allow}, {"grant bob:Decrypt ret:app retired tok:t", "deny request/invalid-request"},
	})
	// Which index.
	d := decide(t, "do RetireGrant; gid g1; grant bob:Decrypt id:g0 ret:app; grant bob:Decrypt ret:app")
	if via, ok := d.Via(); !ok || via.Grant() != "g1" {
		t.Errorf("got %v", d)
	}
}

// Which operations work across accounts: AWS KMS Developer Guide, "Allowing
// users in other accounts to use a KMS key".
func TestCrossAccountOperations(t *testing.T) {
	across := action.SetOf(action.CreateGrant, action.Decrypt, action.Decapsulate, action.DeriveSharedSecret, action.DescribeKey, action.Encapsulate, action.Encrypt,
		action.GenerateDataKey, action.GenerateDataKeyWithoutPlaintext, action.GenerateDataKeyPair, action.GenerateDataKeyPairWithoutPlaintext, action.GenerateMac,
		action.GetKeyRotationStatus, action.GetPublicKey, action.ListGrants, action.ReEncryptFrom, action.ReEncryptTo, action.RetireGrant, action.RevokeGrant,
		action.Sign, action.Verify, action.VerifyMac)
	for a := range action.All() {
		d := decide(t, "kp +anyone:*; caller fapp; iam +*; gid g1; grant fapp:RetireGrant; do "+a.Name())
		stopped := d.Layer() == LayerCrossAccount || d.Layer() == LayerRequest // keyless operations have no key
		if stopped == across.Has(a) {
			t.Errorf("%v: got %v", a, d)
		}
	}
}
