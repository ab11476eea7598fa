package evaluate

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/kmsauthz/kmsauthz/policy/action"
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
			`aws kms re-encrypt "$@" --destination-key-id arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`}},
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
	d := decide(t, "kp +app:*")
	f := Fix{before: d, after: d}
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

// Two policies that a fix makes are kept in two files.
func TestCommandsOfTwoNewPolicies(t *testing.T) {
	want := []string{
		"aws sts get-federation-token --name fred --policy file://kms-session.json",
		`aws iam put-user-policy --user-name "$USER_NAME" --policy-name kms-access --policy-document file://kms-access.json`,
	}
	fixes, _ := decide(t, "kp +root:*; caller fed").Fixes()
	found := slices.ContainsFunc(fixes, func(f Fix) bool { return slices.Equal(f.Commands(), want) })
	if !found {
		t.Errorf("no fix of %v has the commands %q", fixes, want)
	}
}

// A grant is made on the new key that takes the place of an AWS managed key.
func TestCommandsOfGrantOnNewKey(t *testing.T) {
	const situation = "key AWS; kp +anyone:Decrypt?StringEquals|kms:ViaService|ssm.us-east-1.amazonaws.com; caller fapp"
	want := []string{
		"aws kms create-key --policy file://key-policy.json --region us-east-1",
		"aws kms create-grant --key-id arn:aws:kms:us-east-1:111122223333:key/NEW-KEY-ID --region us-east-1 --grantee-principal arn:aws:iam::444455556666:role/app --operations Decrypt",
	}
	fixes, _ := decide(t, situation).Fixes()
	var got [][]string
	for _, f := range fixes {
		got = append(got, f.Commands())
	}
	if !slices.ContainsFunc(got, func(commands []string) bool { return slices.Equal(commands, want) }) {
		t.Errorf("got %q, want %q among them", got, want)
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

// The commands and options are those of the AWS CLI Command Reference, kms. Of
// ListAliases the key is no more than a filter.
func TestOptionsOfCalls(t *testing.T) {
	covered := action.Set{}
	for _, c := range []struct {
		action                                  action.Action
		command, key, encryptionContext, tokens string
	}{
		{action.Decrypt, "decrypt", "--key-id", "--encryption-context", "--grant-tokens"},
		{action.Encrypt, "encrypt", "--key-id", "--encryption-context", "--grant-tokens"},
		{action.GenerateDataKey, "generate-data-key", "--key-id", "--encryption-context", "--grant-tokens"},
		{action.GenerateDataKeyWithoutPlaintext, "generate-data-key-without-plaintext", "--key-id", "--encryption-context", "--grant-tokens"},
		{action.GenerateDataKeyPair, "generate-data-key-pair", "--key-id", "--encryption-context", "--grant-tokens"},
		{action.GenerateDataKeyPairWithoutPlaintext, "generate-data-key-pair-without-plaintext", "--key-id", "--encryption-context", "--grant-tokens"},
		{action.ReEncryptFrom, "re-encrypt", "--source-key-id", "--source-encryption-context", "--grant-tokens"},
		{action.ReEncryptTo, "re-encrypt", "--destination-key-id", "--destination-encryption-context", "--grant-tokens"},
		{action.Sign, "sign", "--key-id", "", "--grant-tokens"},
		{action.Verify, "verify", "--key-id", "", "--grant-tokens"},
		{action.GenerateMac, "generate-mac", "--key-id", "", "--grant-tokens"},
		{action.VerifyMac, "verify-mac", "--key-id", "", "--grant-tokens"},
		{action.DeriveSharedSecret, "derive-shared-secret", "--key-id", "", "--grant-tokens"},
		{action.Encapsulate, "encapsulate", "--key-id", "", "--grant-tokens"},
		{action.Decapsulate, "decapsulate", "--key-id", "", "--grant-tokens"},
		{action.GenerateRandom, "generate-random", "", "", ""},
		{action.DescribeKey, "describe-key", "--key-id", "", "--grant-tokens"},
		{action.GetPublicKey, "get-public-key", "--key-id", "", "--grant-tokens"},
		{action.GetKeyRotationStatus, "get-key-rotation-status", "--key-id", "", ""},
		{action.GetKeyPolicy, "get-key-policy", "--key-id", "", ""},
		{action.ListKeyPolicies, "list-key-policies", "--key-id", "", ""},
		{action.GetKeyLastUsage, "get-key-last-usage", "--key-id", "", ""},
		{action.ListKeys, "list-keys", "", "", ""},
		{action.ListAliases, "list-aliases", "", "", ""},
		{action.ListResourceTags, "list-resource-tags", "--key-id", "", ""},
		{action.ListKeyRotations, "list-key-rotations", "--key-id", "", ""},
		{action.CreateKey, "create-key", "", "", ""},
		{action.EnableKey, "enable-key", "--key-id", "", ""},
		{action.DisableKey, "disable-key", "--key-id", "", ""},
		{action.ScheduleKeyDeletion, "schedule-key-deletion", "--key-id", "", ""},
		{action.CancelKeyDeletion, "cancel-key-deletion", "--key-id", "", ""},
		{action.UpdateKeyDescription, "update-key-description", "--key-id", "", ""},
		{action.PutKeyPolicy, "put-key-policy", "--key-id", "", ""},
		{action.EnableKeyRotation, "enable-key-rotation", "--key-id", "", ""},
		{action.DisableKeyRotation, "disable-key-rotation", "--key-id", "", ""},
		{action.RotateKeyOnDemand, "rotate-key-on-demand", "--key-id", "", ""},
		{action.GetParametersForImport, "get-parameters-for-import", "--key-id", "", ""},
		{action.ImportKeyMaterial, "import-key-material", "--key-id", "", ""},
		{action.DeleteImportedKeyMaterial, "delete-imported-key-material", "--key-id", "", ""},
		{action.CreateAlias, "create-alias", "--target-key-id", "", ""},
		{action.DeleteAlias, "delete-alias", "", "", ""},
		{action.UpdateAlias, "update-alias", "--target-key-id", "", ""},
		{action.TagResource, "tag-resource", "--key-id", "", ""},
		{action.UntagResource, "untag-resource", "--key-id", "", ""},
		{action.CreateGrant, "create-grant", "--key-id", "", "--grant-tokens"},
		{action.ListGrants, "list-grants", "--key-id", "", ""},
		{action.RevokeGrant, "revoke-grant", "--key-id", "", ""},
		{action.RetireGrant, "retire-grant", "--key-id", "", ""},
		{action.ListRetirableGrants, "list-retirable-grants", "", "", ""},
		{action.ReplicateKey, "replicate-key", "--key-id", "", ""},
		{action.UpdatePrimaryRegion, "update-primary-region", "--key-id", "", ""},
		{action.SynchronizeMultiRegionKey, "", "", "", ""},
		{action.ConnectCustomKeyStore, "connect-custom-key-store", "", "", ""},
		{action.CreateCustomKeyStore, "create-custom-key-store", "", "", ""},
		{action.DeleteCustomKeyStore, "delete-custom-key-store", "", "", ""},
		{action.DescribeCustomKeyStores, "describe-custom-key-stores", "", "", ""},
		{action.DisconnectCustomKeyStore, "disconnect-custom-key-store", "", "", ""},
		{action.UpdateCustomKeyStore, "update-custom-key-store", "", "", ""},
	} {
		covered = covered.With(c.action)
		info := c.action.Info()
		f := Fix{before: Decision{request: &Request{action: c.action, info: &info}}}
		check := func(e Edit, option, value string) {
			t.Helper()
			want := "aws kms " + c.command + ` "$@" ` + option + " " + value
			switch {
			case c.command == "":
				want = "# no command: only KMS itself calls " + c.action.Name()
			case option == "":
				want = "# no command: " + c.action.Name() + " has no option for it"
			}
			if got := f.commandsOf(e); !slices.Equal(got, []string{want}) {
				t.Errorf("%v: got %q, want %q", c.action, got, want)
			}
		}
		check(&CallRegion{Region: "eu-west-1"}, "--region", "eu-west-1")
		check(&NameKeyByARN{ARN: ownKy}, c.key, ownKy)
		check(&PassEncryptionContext{Pairs: map[string]string{"a": "b"}}, c.encryptionContext, `'{"a":"b"}'`)
		if c.tokens != "" {
			check(&PassGrantToken{Token: "T"}, c.tokens, "T")
		}
		if canPass := info.Grantable && c.action != action.RetireGrant; canPass != (c.tokens != "") {
			t.Errorf("%v: a fix passes a grant token: %v, the command takes one: %q", c.action, canPass, c.tokens)
		}
	}
	if covered != action.Every() {
		t.Errorf("no line for %s", covered.Complement())
	}
}
