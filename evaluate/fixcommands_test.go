package evaluate

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// commandsOf returns the commands of the first fix of a situation.
func commandsOf(t *testing.T, situation string) []string {
	t.Helper()
	fixes, why := decide(t, situation).Fixes()
	if len(fixes) == 0 {
		t.Fatalf("%s: no fix: %s", situation, why)
	}
	return fixes[0].Commands()
}

func TestCommands(t *testing.T) {
	const key = "--key-id arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab --region us-east-1"
	for _, c := range []struct {
		situation string
		want      []string
	}{
		{"caller app", []string{"aws kms put-key-policy " + key + " --policy-name default --policy file://key-policy.json"}},
		{"kp +root:*", []string{"aws iam put-role-policy --role-name app --policy-name kms-access --policy-document file://kms-access.json"}},
		{"kp +root:*; iam +Encrypt", []string{`aws iam put-role-policy --role-name app --policy-name "$POLICY_NAME" --policy-document file://iam-policy0.json`}},
		{"kp +root:*; iam=arn:aws:iam::111122223333:policy/team/app-kms +Encrypt", []string{
			"aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/team/app-kms --set-as-default --policy-document file://app-kms.json"}},
		{"kp +root:*; caller alice", []string{"aws iam put-user-policy --user-name alice --policy-name kms-access --policy-document file://kms-access.json"}},
		{"kp +root:*; caller fed user:alice; sp +*", []string{"aws iam put-user-policy --user-name alice --policy-name kms-access --policy-document file://kms-access.json"}},
		{"kp +root:*; caller fed; sp +*", []string{`aws iam put-user-policy --user-name "$USER_NAME" --policy-name kms-access --policy-document file://kms-access.json`}},
		{"kp +root:*; caller fed; iam +*; sp=edge +Encrypt", []string{"aws sts get-federation-token --name fred --policy file://edge.json"}},
		{"kp +app:*; sp +Encrypt", []string{`aws sts assume-role --role-arn arn:aws:iam::111122223333:role/app --role-session-name "$SESSION_NAME" --policy file://session-policy0.json`}},
		{"kp +app:*; pb=edge +Encrypt", []string{`aws iam create-policy-version --policy-arn "$BOUNDARY_ARN" --set-as-default --policy-document file://edge.json`}},
		{"kp +app:*; scp=p-abc +Encrypt", []string{"aws organizations update-policy --policy-id p-abc --content file://p-abc.json"}},
		{"kp +app:*; rcp=guard -anyone:*", []string{`aws organizations update-policy --policy-id "$POLICY_ID" --content file://guard.json`}},
		{"kp +app:*; vpce +alice:*", []string{"aws ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-0abc --policy-document file://endpoint-policy.json"}},
		{"kp +root:*; grant app:Decrypt pending tok:T'1", []string{`aws kms decrypt "$@" --grant-tokens 'T'\''1'`}},
		{"kp +root:*; grant app:Decrypt pending", []string{"aws kms list-grants " + key + " --grant-id g1"}},
		{"kp +root:*; grant app:Decrypt sub:a=b; ec a=it's", []string{
			"aws kms create-grant " + key + ` --grantee-principal arn:aws:iam::111122223333:role/app --operations Decrypt --constraints '{"EncryptionContextSubset":{"a":"it'\''s"}}'`}},
		{"kp +app:*; in eu-west-1; do GenerateDataKeyWithoutPlaintext", []string{`aws kms generate-data-key-without-plaintext "$@" --region us-east-1`}},
		{"kp +fapp:*; caller fapp; iam +*; id alias/orders; key alias/orders; do ReEncryptTo", []string{
			`aws kms re-encrypt "$@" --key-id arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`}},
		{"kp +app:*; key Disabled", []string{"aws kms enable-key " + key}},
		{"kp +app:*; key PendingDeletion", []string{"aws kms cancel-key-deletion " + key, "aws kms enable-key " + key}},
		{"kp +app:*; key Unavailable AWS_CLOUDHSM", []string{`aws kms connect-custom-key-store --custom-key-store-id "$CUSTOM_KEY_STORE_ID"`}},
		{"key AWS; caller svc2; do GenerateDataKey", []string{"aws kms create-key --policy file://key-policy.json --region us-east-1"}},
		{"caller fapp", []string{
			"aws kms put-key-policy " + key + " --policy-name default --policy file://key-policy.json",
			"aws iam put-role-policy --role-name app --policy-name kms-access --policy-document file://kms-access.json",
		}},
	} {
		if diff := gocmp.Diff(commandsOf(t, c.situation), c.want); diff != "" {
			t.Errorf("%s (got -, want +):\n%s", c.situation, diff)
		}
	}
}

// A text that a stranger wrote stays one word of a shell.
func TestShellQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"":              "''",
		"plain-1":       "plain-1",
		"two words":     "'two words'",
		"$(rm -rf /)":   "'$(rm -rf /)'",
		"a'b":           `'a'\''b'`,
		"a\nb":          `$'a\x0ab'`,
		"a\n'\\":        `$'a\x0a\x27\x5c'`,
		"\u009bcontrol": "$'\\xc2\\x9bcontrol'",
		"é":             "'é'",
	} {
		if got := shellQuoted(text); got != want {
			t.Errorf("shellQuoted(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestRevokeCommand(t *testing.T) {
	f, ok := decide(t, "kp +root:*; grant app:Decrypt").Closing()
	if want := "aws kms revoke-grant --key-id " + ownKy + " --region us-east-1 --grant-id g1"; !ok || !slices.Equal(f.Commands(), []string{want}) {
		t.Errorf("got %q, want %q", f.Commands(), want)
	}
}
