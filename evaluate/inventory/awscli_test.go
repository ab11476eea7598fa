package inventory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func addMetadata(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddKeyMetadata(strings.NewReader(doc), opts)
}

func addPolicy(key string) adder {
	return func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
		return inv.AddKeyPolicy(strings.NewReader(doc), key, opts)
	}
}

func addGrants(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddGrants(strings.NewReader(doc), opts)
}

func addTags(key string) adder {
	return func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
		return inv.AddResourceTags(strings.NewReader(doc), key, opts)
	}
}

func addAliases(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddAliases(strings.NewReader(doc), opts)
}

// kmsOutputs adds the outputs of all commands of "aws kms", whatever their order.
var kmsOutputs = []struct {
	file string
	add  adder
}{
	{"awscli/describe-key.json", addMetadata},
	{"awscli/get-key-policy.json", addPolicy(ordersID)},
	{"awscli/list-grants.json", addGrants},
	{"awscli/list-resource-tags.json", addTags(ordersID)},
	{"awscli/list-aliases.json", addAliases},
}

func TestKMSOutputs(t *testing.T) {
	var forwards, backwards inventory.Inventory
	for i := range kmsOutputs {
		mustAdd(t, &forwards, kmsOutputs[i].file, kmsOutputs[i].add, inventory.Options{})
		last := kmsOutputs[len(kmsOutputs)-1-i]
		mustAdd(t, &backwards, last.file, last.add, inventory.Options{})
	}
	statement := policy.Position{File: "get-key-policy.json(Policy)", Line: 3, Column: 19}
	want := evaluate.KeyConfig{
		ARN:    orders,
		Policy: keyPolicyAt(t, rootStatement, statement),
		Grants: []grants.Grant{
			{
				ID: "g1", Grantee: policy.ParsePrincipal("arn:aws:iam::444455556666:role/reader"), IssuingAccount: account,
				Operations:  action.SetOf(action.Decrypt),
				Constraints: grants.Constraints{EncryptionContextSubset: map[string]string{"app": "orders"}},
				Position:    policy.Position{File: "list-grants.json", Line: 3, Column: 9},
			},
			{
				ID: "g2", Grantee: policy.ServicePrincipal("dynamodb.us-east-1.amazonaws.com"),
				Operations: action.SetOf(action.Encrypt, action.Decrypt),
				Position:   policy.Position{File: "list-grants.json", Line: 12, Column: 9},
			},
		},
		Usage:   evaluate.EncryptDecrypt,
		Aliases: []string{"alias/orders"},
		Tags:    map[string]string{"Owner": "platform", "Stage": ""},
	}
	for _, inv := range []*inventory.Inventory{&forwards, &backwards} {
		for _, ref := range []string{orders, ordersID, "alias/orders", "arn:aws:kms:us-east-1:111122223333:alias/orders"} {
			k := mustKey(t, inv, ref)
			checkDiff(t, ref, want, k.Config())
			if len(k.Unknown()) > 0 {
				t.Errorf("%s: %v", ref, k.Unknown())
			}
		}
		const wantSources = `describe-key.json:1:1: document: ARN
get-key-policy.json:1:1: document: Policy
list-grants.json:3:9: Grants[0]: Grants[0]
list-grants.json:12:9: Grants[1]: Grants[1]
list-aliases.json:12:9: Aliases[2]: Aliases[0]
list-resource-tags.json:1:1: document: Tags
`
		if got := sourcesOf(mustKey(t, inv, orders).Sources()); got != wantSources {
			t.Errorf("got\n%s\nwant\n%s", got, wantSources)
		}
		signing := mustKey(t, inv, "alias/signing")
		checkDiff(t, "signing", evaluate.KeyConfig{
			ARN:   "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
			State: evaluate.Disabled, Spec: evaluate.RSA4096, Usage: evaluate.SignVerify,
			MultiRegion: true, MultiRegionKeyType: evaluate.Replica, Aliases: []string{"alias/signing"},
		}, signing.Config())
		if got := mustKey(t, inv, "alias/aws/s3").Config().Manager; got != evaluate.AWSManaged {
			t.Errorf("the manager of alias/aws/s3 is %v", got)
		}
		const wantMissing = `no source has the policy of key arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab`
		if _, err := signing.Compile(); err == nil || !strings.Contains(err.Error(), wantMissing) {
			t.Errorf("got %v", err)
		}
		if got := len(inv.Missing()); got != 2 {
			t.Errorf("%v are missing, want the policies of two keys", inv.Missing())
		}
		const reader = "arn:aws:sts::111122223333:assumed-role/x/y"
		if _, err := inv.Caller(reader); err == nil {
			t.Error("a role that was not read is a caller")
		}
		got := decide(inv, "alias/orders", "arn:aws:iam::111122223333:root", evaluate.RequestConfig{Action: action.Decrypt})
		if !strings.HasPrefix(got, "allow: key-policy: ") {
			t.Errorf("got %s", got)
		}
	}
}

// rootStatement is a key policy that delegates to the account.
const rootStatement = `{"Version":"2012-10-17","Statement":[{"Sid":"Enable IAM policies","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`

// keyPolicyAt returns a key policy whose one statement stands at a place.
func keyPolicyAt(t *testing.T, text string, at policy.Position) *policy.KeyPolicy {
	t.Helper()
	// The document is laid out so that its statement comes to stand there.
	start := strings.Index(text, "[{") + 1
	before := strings.Repeat("\n", at.Line-1) + strings.Repeat(" ", at.Column-1)
	p, err := policy.ParseKeyPolicy([]byte(text[:start]+before+text[start:]), &policy.ParseOptions{File: at.File})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestKMSFaults has one fault or two per document.
func TestKMSFaults(t *testing.T) {
	const (
		alien   = `"arn:aws:iam::111122223333:role/app"`
		grantee = `"GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": ["Decrypt"]`
	)
	for _, c := range []struct {
		add       adder
		doc, want string
	}{
		{addMetadata, ``, `error: f:1:1: found the end of the document, expected a value`},
		{addMetadata, `{"KeyMetadata": {"Arn": "` + orders + `"}} x`, `error: f:1:105: found 'x', expected a value`},
		{addMetadata, `{"Arn": "` + orders + `", "keyState": "Disabled"}`, `f:1:88: unknown field "keyState" (did you mean "KeyState"?) [unknown-member]`},
		{addMetadata, `[]`, `f:1:1: found a list, expected an object [wrong-type]`},
		{addMetadata, `{"KeyMetadata": {}}`, `f:1:17: KeyMetadata: field "Arn" is missing [missing-member]`},
		{addMetadata, `{"Arn": "x"}`, `f:1:9: Arn: "x" is not an ARN: expected arn:partition:service:region:account:resource [bad-value]`},
		{addMetadata, `{"Arn": ` + alien + `}`, `f:1:9: Arn: found "arn:aws:iam::111122223333:role/app", expected the ARN of a key [bad-value]`},
		{addMetadata, `{"Arn": "arn:aws:kms:us-east-1:aws:key/x"}`, `f:1:9: Arn: found "arn:aws:kms:us-east-1:aws:key/x", expected the ARN of a key [bad-value]`},
		{addMetadata, "{\"Arn\": \"" + orders + "\"}\n{\"Arn\": \"" + orders + "\", \"KeyState\": \"On\", \"MultiRegion\": \"no\"}",
			`f:2:100: [1].KeyState: unknown key state "On" [bad-value]` + "\n" + `f:2:121: [1].MultiRegion: found a string, expected true or false [wrong-type]`},
		{addMetadata, `{"Arn": "` + orders + `", "KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_4096"}`,
			`f:1:136: CustomerMasterKeySpec: "RSA_4096" contradicts KeySpec, which is "RSA_2048" [contradiction]`},
		{addMetadata, `{"Arn": "` + orders + `", "Arn": 1}`, `f:1:88: "Arn" is given twice [duplicate-member]`},

		{addPolicy("alias/x"), `{}`, `error: found "alias/x", expected the ARN or the id of a key`},
		{addPolicy(""), `{}`, `error: found "", expected the ARN or the id of a key`},
		{addPolicy("arn:aws:kms:us-east-1:111122223333:alias/x"), `{}`, `error: found "arn:aws:kms:us-east-1:111122223333:alias/x", expected the ARN or the id of a key`},
		{addPolicy(ordersID), `{} {}`, `error: f:1:4: found '{', expected the end of the document
f:1:1: element "Statement" is missing [missing-member]`},
		{addPolicy(ordersID), `{"Policy": 1}`, `f:1:12: Policy: found a number, expected a policy document [wrong-type]`},
		{addPolicy(ordersID), `{"Policy": "{\n\"Statement\": 5}"}`,
			`f:1:12: Policy.Statement: found a number, expected a statement or a list of statements (line 2, column 14 of the document) [wrong-type]`},
		{addPolicy(ordersID), `{"Statement": 5}`, `f:1:15: Statement: found a number, expected a statement or a list of statements [wrong-type]`},
		{addPolicy(ordersID), `"%7B%22Statement%22: 5}"`,
			`f:1:1: Statement: found a number, expected a statement or a list of statements (line 1, column 15 of the document) [wrong-type]`},
		{addPolicy(ordersID), `"%7"`, `f:1:1: invalid URL escape "%7" [bad-value]`},
		{addPolicy(ordersID), `""`, `f:1:1: found the end of the document, expected a value (line 1, column 1 of the document) [syntax]`},

		{addGrants, `{"Grants": {}}`, `error: f:1:12: found an object, expected a list`},
		{addGrants, `{}`, `f:1:1: field "Grants" is missing [missing-member]`},
		{addGrants, `{"Grants": [], "Truncated": true}`, `f:1:16: Truncated says that the listing goes on, and the rest is not here [incomplete]`},
		{addGrants, `{"Grants": [], "NextToken": "x"}`, `f:1:16: NextToken says that the listing goes on, and the rest is not here [incomplete]`},
		{addGrants, `{"Grants": [], "NextToken": null, "IsTruncated": false}`, ``},
		{addGrants, `{"Grants": [], "Grants": []}`, `error: f:1:16: "Grants" is given twice`},
		{addGrants, `[{` + grantee + `}]`, `f:1:2: [0]: KeyId: found "", expected the ARN or the id of a key [bad-value]`},
		{addGrants, `[{"KeyId": ` + alien + `, ` + grantee + `}]`, `f:1:2: [0]: KeyId: found "arn:aws:iam::111122223333:role/app", expected the ARN of a key [bad-value]`},
		{addGrants, `[{"KeyId": "k", ` + grantee + `}, {"KeyId": "k", "GranteePrincipal": 1, "Operations": ["Sing"]}]`,
			`f:1:138: [1].GranteePrincipal: found a number, expected a string [wrong-type]
f:1:156: [1].Operations[0]: unknown KMS action "Sing" (did you mean "Sign"?) [bad-value]`},

		{addTags("arn:aws:iam::111122223333:role/app"), `{}`, `error: found "arn:aws:iam::111122223333:role/app", expected the ARN of a key`},
		{addTags(ordersID), `{}`, `f:1:1: field "Tags" is missing [missing-member]`},
		{addTags(ordersID), `{"Tags": [{"TagKey": "a"}, {"TagKey": "b", "TagValue": ""}, {"TagKey": "b", "TagValue": ""}], "Truncated": true}`,
			`f:1:11: Tags[0]: field "TagValue" is missing [missing-member]
f:1:61: Tags[2]: tag "b" is given twice [duplicate-member]
f:1:95: Truncated says that the listing goes on, and the rest is not here [incomplete]`},
		{addTags(ordersID), `{"Tags": [], "NextToken": "x"}`, `f:1:14: NextToken says that the listing goes on, and the rest is not here [incomplete]`},
		{addTags(ordersID), `{"Tags": [], "NextToken": null, "Truncated": false}`, ``},

		{addAliases, `[{}]`, `f:1:2: [0]: field "AliasArn" is missing [missing-member]`},
		{addAliases, `[{"AliasArn": "` + orders + `"}]`, `f:1:15: [0].AliasArn: found "` + orders + `", expected the ARN of an alias [bad-value]`},
		{addAliases, `[{"AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/x", "TargetKeyId": "\u0000"}]`,
			`f:1:76: [0].TargetKeyId: found "\x00", expected the id or the ARN of a key [bad-value]`},
		{addAliases, `[{"AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/x", "TargetKeyId": 1}]`,
			`f:1:76: [0].TargetKeyId: found a number, expected a string [wrong-type]`},
	} {
		var inv inventory.Inventory
		report, err := c.add(&inv, c.doc, inventory.Options{File: "f"})
		if got := told(report, err); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.doc, got, c.want)
		}
	}
}

// TestFaultyPartsAreUnknown: what could not be read of a key is no reason to take it for
// something else.
func TestFaultyPartsAreUnknown(t *testing.T) {
	for _, c := range []struct {
		add       adder
		doc, want string
	}{
		{addMetadata, `{"Arn": "` + orders + `", "KeyState": "On"}`, `f:1:100: KeyState: unknown key state "On"`},
		{addPolicy(orders), `{"Policy": "{}"}`, `f:1:12: Policy: element "Statement" is missing (line 1, column 1 of the document)`},
		{addGrants, `[{"KeyId": "` + ordersID + `", "Operations": 1}]`, `f:1:2: [0]: no GranteePrincipal and no GranteeServicePrincipal`},
		{addTags(ordersID), `{"Tags": {}}`, `f:1:10: Tags: found an object, expected a list`},
	} {
		var inv inventory.Inventory
		mustAdd(t, &inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
		mustAdd(t, &inv, "awscli/get-key-policy.json", addPolicy(ordersID), inventory.Options{})
		if got := decide(&inv, orders, "anonymous", evaluate.RequestConfig{Action: action.Decrypt}); !strings.HasPrefix(got, "deny: ") {
			t.Fatal(got)
		}
		if _, err := c.add(&inv, c.doc, inventory.Options{File: "f"}); err != nil {
			t.Fatal(err)
		}
		_, err := mustKey(t, &inv, orders).Compile()
		var unknown *inventory.UnknownError
		if !errors.As(err, &unknown) || unknown.Name != orders || !strings.HasPrefix(unknown.Unknown.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.doc, err, c.want)
		}
	}
}

// TestLaterIsNow: what is added later takes the place of what was said before.
func TestLaterIsNow(t *testing.T) {
	var inv inventory.Inventory
	for _, output := range kmsOutputs {
		mustAdd(t, &inv, output.file, output.add, inventory.Options{})
	}
	before := mustKey(t, &inv, orders)
	for _, c := range []struct {
		add adder
		doc string
	}{
		{addMetadata, `{"Arn": "` + orders + `", "KeyState": "Disabled"}`},
		{addPolicy(orders), `{"Statement": []}`},
		{addGrants, `[{"KeyId": "` + ordersID + `", "GrantId": "g2", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": []}]`},
		{addTags(orders), `{"Tags": []}`},
		{addAliases, `[{"AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/orders", "TargetKeyId": "other"},
			{"AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/new", "TargetKeyId": "` + orders + `"}]`},
	} {
		if report, err := c.add(&inv, c.doc, inventory.Options{}); told(report, err) != "" {
			t.Fatal(told(report, err))
		}
	}
	c := mustKey(t, &inv, orders).Config()
	if c.State != evaluate.Disabled || c.Policy.Len() != 0 || len(c.Grants) != 2 || c.Grants[1].Operations.Len() != 0 || len(c.Tags) != 0 {
		t.Errorf("got %+v", c)
	}
	checkDiff(t, "aliases", []string{"alias/new"}, c.Aliases)
	if got := mustKey(t, &inv, "alias/orders").ARN(); !strings.HasSuffix(got, ":key/other") {
		t.Errorf("alias/orders is of %s", got)
	}
	// What was looked up before is as it was.
	if c := before.Config(); c.State != evaluate.Enabled || c.Policy.Len() != 1 || len(c.Tags) != 2 || len(c.Aliases) != 1 {
		t.Errorf("a key changed: %+v", c)
	}
}
