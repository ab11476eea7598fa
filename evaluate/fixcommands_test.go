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
		{"kp +root:*; grant app:Decrypt sub:a=it's", []string{`aws kms decrypt "$@" --encryption-context '{"a":"it'\''s"}'`}},
		{"kp +app:*; in eu-west-1; do GenerateDataKeyWithoutPlaintext", []string{`aws kms generate-data-key-without-plaintext "$@" --region us-east-1`}},
		{"kp +fapp:*; caller fapp; iam +*; id alias/orders; key alias/orders; do ReEncryptTo", []string{
			`aws kms re-encrypt "$@" --key-id arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`}},
		{"kp +app:*; key Disabled", []string{"aws kms enable-key " + key}},
		{"kp +app:*; key PendingDeletion", []string{"aws kms cancel-key-deletion " + key, "aws kms enable-key " + key}},
		{"kp +app:*; key Unavailable AWS_CLOUDHSM", []string{`aws kms connect-custom-key-store --custom-key-store-id "$CUSTOM_KEY_STORE_ID"`}},
		{"key AWS; caller svc2; do GenerateDataKey", []string{"aws kms create-key --policy file://key-policy.json --region us-east-1"}},
		{"kp +root:*; caller alice; iam=group/admins/a +Encrypt", []string{
			"aws iam put-group-policy --group-name admins --policy-name a --policy-document file://a.json"}},
		{"kp +app:*; iam=a -Decrypt@key", []string{"aws iam delete-role-policy --role-name app --policy-name a"}},
		{"kp +app:*; iam=a -Encrypt,Decrypt@key", []string{"aws iam put-role-policy --role-name app --policy-name a --policy-document file://a.json"}},
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

// closingCommandsOf returns the commands that close a situation.
func closingCommandsOf(t *testing.T, situation string) []string {
	t.Helper()
	f, ok := decide(t, situation).Closing()
	if !ok {
		t.Fatalf("%s: not closed", situation)
	}
	return f.Commands()
}

func TestClosingCommands(t *testing.T) {
	const key = "--key-id " + ownKy + " --region us-east-1"
	put := []string{"aws kms put-key-policy " + key + " --policy-name default --policy file://key-policy.json"}
	locked := []string{"# KMS refuses a key policy that nobody can change: leave somebody kms:PutKeyPolicy"}
	for _, c := range []struct {
		situation string
		want      []string
	}{
		{"kp +root:*; grant app:Decrypt", []string{"aws kms revoke-grant " + key + " --grant-id g1"}},

		{"kp +app:*", locked},
		{"kp +app:Decrypt", locked},
		{"kp +root:*; caller root", locked},
		{"kp +app:* +alice:Decrypt", locked},
		{"kp +app:* -alice:*", locked},
		{"kp +app:* +group:*", locked},
		{"kp +app:Decrypt +alice:*", put},
		{"kp +app,alice:*", put},
		{"kp +app:* +!alice:PutKeyPolicy", put},
		{"kp +app:Decrypt +alice:Decrypt", put}, // as much of a key policy as it was

		{"kp +root:*; iam +Decrypt +Encrypt", []string{`aws iam put-role-policy --role-name app --policy-name "$POLICY_NAME" --policy-document file://iam-policy0.json`}},
		{"kp +root:*; iam +Decrypt", []string{`aws iam delete-role-policy --role-name app --policy-name "$POLICY_NAME"`}},
		{"kp +root:*; iam=it's +Decrypt +*", []string{`aws iam delete-role-policy --role-name app --policy-name 'it'\''s'`}},
		{"kp +root:*; iam=a +Decrypt; iam=b +Decrypt", []string{"aws iam delete-role-policy --role-name app --policy-name b", "aws iam delete-role-policy --role-name app --policy-name a"}},
		{"kp +root:*; caller alice; iam=a +Decrypt", []string{"aws iam delete-user-policy --user-name alice --policy-name a"}},
		{"kp +root:*; caller alice; iam=group/admins/a +Decrypt", []string{"aws iam delete-group-policy --group-name admins --policy-name a"}},
		{"kp +root:*; caller fed user:alice; iam=a +Decrypt; sp +*", []string{"aws iam delete-user-policy --user-name alice --policy-name a"}},
		{"kp +root:*; iam=arn:aws:iam::111122223333:policy/team/app-kms +Decrypt", []string{
			"aws iam detach-role-policy --role-name app --policy-arn arn:aws:iam::111122223333:policy/team/app-kms"}},
		{"kp +root:*; caller alice; iam=arn:aws:iam::111122223333:policy/app-kms +Decrypt", []string{
			"aws iam detach-user-policy --user-name alice --policy-arn arn:aws:iam::111122223333:policy/app-kms"}},
	} {
		if diff := gocmp.Diff(closingCommandsOf(t, c.situation), c.want); diff != "" {
			t.Errorf("%s (got -, want +):\n%s", c.situation, diff)
		}
	}
}

// A policy of any layer that is left without statements is stored by no command.
func TestCommandsOfEmptiedPolicies(t *testing.T) {
	const limits = "# no command: a policy without statements is refused, and one that is taken away limits nothing"
	f := Fix{before: decide(t, "kp +app:*")}
	for _, c := range []struct {
		layer  Layer
		policy string
		want   string
	}{
		{LayerSCP, "p-abc", `aws organizations detach-policy --policy-id p-abc --target-id "$TARGET_ID"`},
		{LayerSCP, "#0", `aws organizations detach-policy --policy-id "$POLICY_ID" --target-id "$TARGET_ID"`},
		{LayerRCP, "p-abc", `aws organizations detach-policy --policy-id p-abc --target-id "$TARGET_ID"`},
		{LayerVPCEndpointPolicy, "endpoint policy", limits},
		{LayerKeyPolicy, "key policy", "# KMS refuses a key policy that nobody can change: leave somebody kms:PutKeyPolicy"},
		{LayerIAMPolicy, "a", "aws iam delete-role-policy --role-name app --policy-name a"},
		{LayerPermissionsBoundary, "arn:aws:iam::111122223333:policy/a", limits},
		{LayerSessionPolicy, "a", limits},
	} {
		emptied := &PolicyEdit{Layer: c.layer, Policy: c.policy, Before: emptyPolicy, After: emptyPolicy}
		if got := f.commandsOf(emptied); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%v %s: got %q, want %q", c.layer, c.policy, got, c.want)
		}
	}
}

// A comment stands in the text of a fix as it is, and not as a command.
func TestTextOfClosing(t *testing.T) {
	f, _ := decide(t, "kp +app:*").Closing()
	want := "in the key policy, remove statement 0\n# KMS refuses a key policy that nobody can change: leave somebody kms:PutKeyPolicy"
	if got := f.Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
