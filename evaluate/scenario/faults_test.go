package scenario_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

// faultsOf returns path, code and text of each fault, one per line.
func faultsOf(t *testing.T, doc string) string {
	t.Helper()
	s, err := scenario.Parse([]byte(doc), nil)
	var all policy.Errors
	if err == nil {
		return "none"
	}
	if s != nil || !errors.As(err, &all) {
		t.Fatalf("got %v, %v (%[2]T), want nil and policy.Errors", s, err)
	}
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = fmt.Sprintf("%s: %s: %s", e.Path, e.Code, e.Text)
	}
	return strings.Join(lines, "\n")
}

// TestFaults has one line per fault that a scenario can have; each is reported alone.
func TestFaults(t *testing.T) {
	const (
		user    = `"arn": "arn:aws:iam::111122223333:user/u"`
		session = `"arn": "arn:aws:sts::111122223333:assumed-role/app/s"`
		service = `"arn": "sns.amazonaws.com"`
		alien   = "arn:aws:kms:us-east-1:111122223333:key/other"
	)
	for _, c := range []struct {
		draft
		want string
	}{
		// Fields.
		{draft{root: `"rulez": "aws"`}, `: unknown-member: unknown field "rulez" (did you mean "rules"?)`},
		{draft{key: `"alias": []`}, `key: unknown-member: unknown field "alias" (did you mean "aliases"?)`},
		{draft{caller: `"role": ""`}, `caller: unknown-member: unknown field "role"`},
		{draft{request: `"grantID": ""`}, `request: unknown-member: unknown field "grantID" (did you mean "grantId"?)`},
		{draft{request: `"vpcEndpoint": {"ID": "vpce-1"}`}, `request.vpcEndpoint: unknown-member: unknown field "ID" (did you mean "id"?)`},
		{draft{key: `"organization": {"Id": "o-1"}`}, `key.organization: unknown-member: unknown field "Id" (did you mean "id"?)`},
		{draft{key: `"metadata": {}`}, `key.metadata: missing-member: field "Arn" is missing`},
		{draft{key: `"metadata": null`}, `key: missing-member: field "metadata" is missing`},
		{draft{key: `"metadata": {"KeyMetadata": {}}`}, `key.metadata.KeyMetadata: missing-member: field "Arn" is missing`},
		{draft{metadata: `"Arn": ""`}, `key.metadata: missing-member: field "Arn" is missing`},
		{draft{key: `"policy": null`}, `key: missing-member: field "policy" is missing`},
		{draft{key: `"policy": {}`}, `key: missing-member: field "policy" is missing`},
		{draft{key: `"policy": ""`}, `key: missing-member: field "policy" is missing`},
		{draft{key: `"policy": " { } "`}, `key: missing-member: field "policy" is missing`},
		{draft{key: `"policy": {"name": "n", "policy": {}}`}, `key: missing-member: field "policy" is missing`},
		{draft{key: `"policy": {"name": "n"}`}, `key.policy: missing-member: field "policy" is missing`},
		{draft{key: `"policy": {"PolicyName": "default"}`}, `key.policy: missing-member: field "Policy" is missing`},
		{draft{key: `"policy": {"Policy": null}`}, `key.policy: missing-member: field "Policy" is missing`},
		{draft{caller: `"arn": null`}, `caller: missing-member: field "arn" is missing`},
		{draft{request: `"action": ""`}, `request: missing-member: field "action" is missing`},

		// Types.
		{draft{root: `"name": 1`}, `name: wrong-type: found a number, expected a string`},
		{draft{root: `"rules": 1`}, `rules: wrong-type: found a number, expected the name of a rule set or an object of rules`},
		{draft{root: `"rules": {"grantsStandAlone": "yes"}`}, `rules.grantsStandAlone: wrong-type: found a string, expected true or false`},
		{draft{root: `"rules": {"grantStandAlone": true}`}, `rules: unknown-member: unknown rule "grantStandAlone" (did you mean "grantsStandAlone"?)`},
		{draft{root: `"rules": "AWS"`}, `rules: bad-value: found "AWS", expected "default", "aws", "strict" or an object such as {"grantsStandAlone": true}`},
		{draft{key: `"metadata": []`}, `key.metadata: wrong-type: found a list, expected an object`},
		{draft{key: `"policy": 5`}, `key.policy: wrong-type: found a number, expected a policy`},
		{draft{key: `"policy": []`}, `key.policy: wrong-type: found a list, expected a policy`},
		{draft{key: `"policy": {"name": "n", "policy": 5}`}, `key.policy.policy: wrong-type: found a number, expected a policy`},
		{draft{key: `"policy": {"PolicyName": 5, "Policy": ` + quote(delegates) + `}`}, `key.policy.PolicyName: wrong-type: found a number, expected a string`},
		{draft{key: `"aliases": "alias/a"`}, `key.aliases: wrong-type: found a string, expected a list`},
		{draft{key: `"aliases": [5]`}, `key.aliases[0]: wrong-type: found a number, expected a string`},
		{draft{key: `"tags": {"a": 5}`}, `key.tags.a: wrong-type: found a number, expected a string`},
		{draft{key: `"organization": {"managementAccount": "true"}`}, `key.organization.managementAccount: wrong-type: found a string, expected true or false`},
		{draft{metadata: `"KeyStat": "Disabled"`}, `key.metadata: unknown-member: unknown field "KeyStat" (did you mean "KeyState"?)`},
		{draft{metadata: `"KeyState": 5`}, `key.metadata.KeyState: wrong-type: found a number, expected a string`},
		{draft{metadata: `"MultiRegion": "true"`}, `key.metadata.MultiRegion: wrong-type: found a string, expected true or false`},
		{draft{metadata: `"MultiRegionConfiguration": []`}, `key.metadata.MultiRegionConfiguration: wrong-type: found a list, expected an object`},
		{draft{caller: `"arn": 5`}, `caller.arn: wrong-type: found a number, expected a string`},
		{draft{caller: `"iamPolicies": ` + allowsAll}, `caller.iamPolicies: wrong-type: found an object, expected a list`},
		{draft{caller: `"iamPolicies": [null]`}, `caller.iamPolicies[0]: wrong-type: found null, expected a policy`},
		{draft{caller: `"serviceControlPolicies": [` + allowsAll + `]`}, `caller.serviceControlPolicies[0]: wrong-type: found an object, expected a list: the policies of one level`},
		{draft{request: `"action": 5`}, `request.action: wrong-type: found a number, expected a string`},
		{draft{request: `"time": 5`}, `request.time: wrong-type: found a number, expected a string`},
		{draft{request: `"grantTokens": "t"`}, `request.grantTokens: wrong-type: found a string, expected a list`},
		{draft{request: `"context": []`}, `request.context: wrong-type: found a list, expected an object`},
		{draft{request: `"context": {"custom:k": true}`}, `request.context.custom:k: wrong-type: found a boolean, expected a string or a list of strings`},
		{draft{request: `"context": {"custom:k": ["a", 1]}`}, `request.context.custom:k[1]: wrong-type: found a number, expected a string`},

		// Values.
		{draft{metadata: `"Arn": "arn:aws:kms"`}, `key.metadata.Arn: bad-value: "arn:aws:kms" is not an ARN: expected arn:partition:service:region:account:resource`},
		{draft{metadata: `"KeyState": "enabled"`}, `key.metadata.KeyState: bad-value: unknown key state "enabled" (did you mean "Enabled"?)`},
		{draft{metadata: `"KeyManager": "customer"`}, `key.metadata.KeyManager: bad-value: unknown key manager "customer" (did you mean "CUSTOMER"?)`},
		{draft{metadata: `"Origin": "AWSKMS"`}, `key.metadata.Origin: bad-value: unknown key origin "AWSKMS" (did you mean "AWS_KMS"?)`},
		{draft{metadata: `"KeySpec": "RSA2048"`}, `key.metadata.KeySpec: bad-value: unknown key spec "RSA2048" (did you mean "RSA_2048"?)`},
		{draft{metadata: `"CustomerMasterKeySpec": "RSA2048"`}, `key.metadata.CustomerMasterKeySpec: bad-value: unknown key spec "RSA2048" (did you mean "RSA_2048"?)`},
		{draft{metadata: `"KeyUsage": "DECRYPT"`}, `key.metadata.KeyUsage: bad-value: unknown key usage "DECRYPT"`},
		{draft{metadata: `"MultiRegion": true, "MultiRegionConfiguration": {"MultiRegionKeyType": "Primary"}`},
			`key.metadata.MultiRegionConfiguration.MultiRegionKeyType: bad-value: unknown multi-Region key type "Primary" (did you mean "PRIMARY"?)`},
		{draft{metadata: `"Arn": "arn:aws:kms"`, key: `"grants": [{"KeyId": "k", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": []}]`},
			`key.metadata.Arn: bad-value: "arn:aws:kms" is not an ARN: expected arn:partition:service:region:account:resource`},
		{draft{key: `"aliases": ["alias/a", "b"]`}, `key.aliases[1]: bad-value: found "b", expected an alias name such as "alias/orders"`},
		{draft{caller: `"arn": "role/app"`}, `caller.arn: bad-value: found "role/app", expected the ARN of a user, role, session, federated user or root user, a service principal, or "anonymous"`},
		{draft{request: `"action": "Decrypt"`}, `request.action: bad-value: unknown KMS action "Decrypt" (did you mean "kms:Decrypt"?); an action is written as in "kms:Decrypt"`},
		{draft{request: `"action": "kms:"`}, `request.action: bad-value: unknown KMS action "kms:"; an action is written as in "kms:Decrypt"`},
		{draft{request: `"region": "us east"`}, `request.region: bad-value: found "us east", expected a Region such as "us-east-1"`},
		{draft{request: `"keyId": "alias/"`, key: `"aliases": []`}, `request.keyId: bad-value: found "alias/", expected an alias name such as "alias/orders"`},
		{draft{request: `"sourceArn": "topic"`}, `request.sourceArn: bad-value: "topic" is not an ARN: expected arn:partition:service:region:account:resource`},
		{draft{request: `"sourceAccount": "1"`}, `request.sourceAccount: bad-value: found "1", expected an account id of 12 digits`},
		{draft{request: `"time": "2026-01-02"`}, `request.time: bad-value: found "2026-01-02", expected a time such as "2026-01-02T03:04:05Z"`},
		{draft{request: `"context": {"kms:ViaServise": "s3.us-east-1.amazonaws.com"}`}, `request.context.kms:ViaServise: bad-value: unknown condition key "kms:ViaServise" (did you mean "kms:ViaService"?)`},
		{draft{request: `"context": {"aws:MultiFactorAuthPresant": "true"}`}, `request.context.aws:MultiFactorAuthPresant: bad-value: unknown condition key "aws:MultiFactorAuthPresant" (did you mean "aws:MultiFactorAuthPresent"?)`},

		// Policies and grants.
		{draft{key: `"policy": {"Statement": {"Effect": "allow"}}`}, `key.policy.Statement.Effect: bad-value: found "allow", expected "Allow" or "Deny"`},
		{draft{key: `"policy": {"Statment": []}`}, `key.policy: missing-member: element "Statement" is missing` + "\n" + `key.policy: unknown-member: unknown element "Statment" (did you mean "Statement"?)`},
		{draft{key: `"policy": "{\"Statement\": {\"Effect\": \"allow\"}}"`},
			`key.policy.Statement.Effect: bad-value: found "allow", expected "Allow" or "Deny"; the line and column are those of the text in the string`},
		{draft{key: `"policy": {"Policy": "{"}`}, `key.policy.Policy: syntax: found the end of the document, expected a member name or '}'; the line and column are those of the text in the string`},
		{draft{caller: `"iamPolicies": [{"name": "n", "policy": {"Statement": {"Effect": "Allow", "Principal": "*"}}}]`},
			`caller.iamPolicies[0].policy.Statement: forbidden-member: an IAM policy cannot have a Principal`},
		{draft{caller: `"permissionsBoundary": {"Policy": "{}", "Id": ""}`}, `caller.permissionsBoundary: missing-member: element "Statement" is missing` + "\n" + `caller.permissionsBoundary: unknown-member: unknown element "Policy"`},
		{draft{caller: `"iamPolicies": [{"name": "n", "policy": {}}, {"policy": ` + allowsAll + `, "nam": ""}]`}, `caller.iamPolicies[1]: unknown-member: unknown field "nam" (did you mean "name"?)`},
		{draft{caller: `"permissionsBoundary": {"Version": "2012-10-17", "Statement": 5}`}, `caller.permissionsBoundary.Statement: wrong-type: found a number, expected a statement or a list of statements`},
		{draft{key: `"grants": [{"GranteePrincipal": "arn:aws:iam::111122223333:role/app"}]`}, `key.grants[0]: missing-member: field "Operations" is missing`},
		{draft{key: `"grants": {}`}, `key.grants: missing-member: field "Grants" is missing`},

		// What does not fit together.
		{draft{metadata: `"KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY"`}, `key.metadata.KeyUsage: contradiction: key spec HMAC_256 cannot have key usage SIGN_VERIFY, only [GENERATE_VERIFY_MAC] (see key.metadata.KeySpec)`},
		{draft{metadata: `"KeySpec": "ECC_NIST_P256"`}, `key.metadata.KeySpec: contradiction: key spec ECC_NIST_P256 has several key usages, [SIGN_VERIFY KEY_AGREEMENT]: state one (see key.metadata.KeySpec)`},
		{draft{metadata: `"KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_4096"`}, `key.metadata.CustomerMasterKeySpec: contradiction: "RSA_4096" contradicts KeySpec, which is "RSA_2048"`},
		{draft{metadata: `"MultiRegionConfiguration": {"MultiRegionKeyType": "PRIMARY"}`},
			`key.metadata.MultiRegionConfiguration.MultiRegionKeyType: contradiction: found PRIMARY, but the key is no multi-Region key (see key.metadata.MultiRegion)`},
		{draft{key: `"grants": [{"KeyId": "` + alien + `", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": []}]`},
			`key.grants[0].KeyId: contradiction: the grant is on "` + alien + `", another key than "` + keyARN + `" (see key.metadata.Arn)`},
		{draft{key: `"grants": {"Grants": [{"GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": []}, {"KeyId": "k", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": []}]}`},
			`key.grants.Grants[1].KeyId: contradiction: the grant is on "k", another key than "` + keyARN + `" (see key.metadata.Arn)`},
		{draft{caller: user + `, "roleArn": "arn:aws:iam::111122223333:role/app"`}, `caller.roleArn: contradiction: only an assumed-role session has one, and the caller is "arn:aws:iam::111122223333:user/u" (see caller.arn)`},
		{draft{caller: session + `, "roleArn": "arn:aws:iam::111122223333:role/other"`}, `caller.roleArn: contradiction: "arn:aws:iam::111122223333:role/other" is not the role of the session "arn:aws:sts::111122223333:assumed-role/app/s" (see caller.arn)`},
		{draft{caller: user + `, "userArn": "arn:aws:iam::111122223333:user/u"`}, `caller.userArn: contradiction: only a federated user has one, and the caller is "arn:aws:iam::111122223333:user/u" (see caller.arn)`},
		{draft{caller: service}, `caller.iamPolicies: contradiction: "sns.amazonaws.com" cannot have identity-based policies (see caller.arn)`},
		{draft{caller: service + `, "iamPolicies": [], "permissionsBoundary": ` + allowsAll}, `caller.permissionsBoundary: contradiction: "sns.amazonaws.com" cannot have a permissions boundary (see caller.arn)`},
		{draft{caller: user + `, "sessionPolicies": [` + allowsAll + `]`}, `caller.sessionPolicies: contradiction: "arn:aws:iam::111122223333:user/u" is not a session (see caller.arn)`},
		{draft{request: `"keyId": "other"`}, `request.keyId: contradiction: "other" is another key than "` + keyARN + `" (see key.metadata.Arn)`},
		{draft{request: `"keyId": "alias/b"`, key: `"aliases": ["alias/a"]`}, `request.keyId: contradiction: "alias/b" is no alias of the key "` + keyARN + `", which has "alias/a" (see key.aliases)`},
		{draft{key: `"organization": {"id": "o-1"}`, caller: `"organization": {"id": "o-2"}`},
			`caller.organization: contradiction: account 111122223333 cannot be in two organizations: the key's is "o-1", the caller's "o-2" (see key.organization)`},
		{draft{request: `"viaService": "s3.us-east-1.amazonaws.com", "vpcEndpoint": {"id": "vpce-1"}`},
			`request.viaService: contradiction: a service that calls on the caller's behalf does not go through the caller's endpoint (see request.vpcEndpoint)`},
		{draft{request: `"context": {"kms:KeySpec": "RSA_2048"}`}, `request.context.kms:KeySpec: contradiction: found "RSA_2048", expected "SYMMETRIC_DEFAULT" (see key.metadata.KeySpec)`},
		{draft{request: `"context": {"aws:principalarn": "but ARN makes"}`}, `request.context.aws:principalarn: contradiction: found "but ARN makes", expected "arn:aws:iam::111122223333:role/app" (see caller.arn)`},
		{draft{request: `"region": "us-east-1", "context": {"aws:RequestedRegion": "eu-west-1"}`}, `request.context.aws:RequestedRegion: contradiction: found "eu-west-1", expected "us-east-1" (see request.region)`},
		{draft{request: `"context": {"aws:requestedregion": ["eu-west-1"]}`},
			`request.context.aws:requestedregion: contradiction: found "eu-west-1", expected the key's Region, "us-east-1", which is called (see request.region)`},
		{draft{request: `"context": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}`}, `request.context.kms:ViaService: contradiction: is not to be given here (see request.viaService)`},
		{draft{key: "none", request: `"context": {"kms:KeySpec": "RSA_2048"}`}, `request.context.kms:KeySpec: contradiction: is not to be given here (see key.metadata.KeySpec)`},
	} {
		if got := faultsOf(t, c.draft.String()); got != c.want {
			t.Errorf("%+v:\ngot  %s\nwant %s", c.draft, got, c.want)
		}
	}
}

// TestFaultsOfTheWhole has documents without any of the usual pieces.
func TestFaultsOfTheWhole(t *testing.T) {
	for doc, want := range map[string]string{
		``:                          `: syntax: found the end of the document, expected a value`,
		`[]`:                        `: wrong-type: found a list, expected an object`,
		`null`:                      `: wrong-type: found null, expected an object`,
		`{} x`:                      `: syntax: found 'x', expected the end of the document`,
		`{`:                         `: syntax: found the end of the document, expected a member name or '}'`,
		"\xff":                      `: not-utf8: byte 0xff is not UTF-8`,
		`"\ud800"`:                  `: not-utf8: \ud800 is half of a surrogate pair`,
		strings.Repeat("[", 100000): `: too-deep: lists and objects are nested more than 128 deep`,
		`{}`: `: missing-member: field "caller" is missing
: missing-member: field "request" is missing`,
		`{"caller": null, "request": ""}`: `: missing-member: field "caller" is missing
: missing-member: field "request" is missing`,
		`{"key": {}, "caller": {}, "request": {}}`: `key: missing-member: field "metadata" is missing
key: missing-member: field "policy" is missing
caller: missing-member: field "arn" is missing
request: missing-member: field "action" is missing`,
		`{"key": 1, "caller": [], "request": "x"}`: `key: wrong-type: found a number, expected an object
caller: wrong-type: found a list, expected an object
request: wrong-type: found a string, expected an object`,
		draft{root: `"name": "a", "n\u0061me": "b"`}.String(): `: duplicate-member: "name" is given twice`,
	} {
		if got := faultsOf(t, doc); got != want {
			t.Errorf("%.80s:\ngot  %s\nwant %s", doc, got, want)
		}
	}
}

// TestAllFaultsInOrder has faults of every kind in one document. They come in document order,
// with their places, and none that is only a consequence of another.
func TestAllFaultsInOrder(t *testing.T) {
	const doc = `{
  "request": {
    "action": "Decrypt",
    "keyId": "other",
    "region": "US",
    "context": {"kms:KeySpec": "RSA_2048", "kms:ViaServise": "x"}
  },
  "caller": {
    "arn": "sns.amazonaws.com",
    "roleArn": "arn:aws:iam::111122223333:role/app",
    "iamPolicies": [{"Statement": {"Effect": "Allow", "Actoin": "kms:*"}}]
  },
  "key": {
    "policy": {"Statement": [
      {"Effect": "allow", "Condition": {"StringEqual": {}}}
    ]},
    "metadata": {"Arn": "` + keyARN + `", "KeySpec": "RSA-2048", "KeyUsage": "SIGN_VERIFY"},
    "grants": [{"Operations": ["Sing"]}],
    "aliases": ["orders"]
  },
  "expect": {"decision": "no", "layers": 1}
}`
	_, err := scenario.Parse([]byte(doc), &policy.ParseOptions{File: "s.json"})
	want := `s.json:3:15: request.action: unknown KMS action "Decrypt" (did you mean "kms:Decrypt"?); an action is written as in "kms:Decrypt"
s.json:5:15: request.region: found "US", expected a Region such as "us-east-1"
s.json:6:62: request.context.kms:ViaServise: unknown condition key "kms:ViaServise" (did you mean "kms:ViaService"?)
s.json:10:16: caller.roleArn: only an assumed-role session has one, and the caller is "sns.amazonaws.com" (see caller.arn)
s.json:11:20: caller.iamPolicies: "sns.amazonaws.com" cannot have identity-based policies (see caller.arn)
s.json:11:55: caller.iamPolicies[0].Statement: unknown element "Actoin" (did you mean "Action"?)
s.json:15:18: key.policy.Statement[0].Effect: found "allow", expected "Allow" or "Deny"
s.json:15:41: key.policy.Statement[0].Condition: unknown operator "StringEqual" (did you mean "StringEquals"?)
s.json:17:115: key.metadata.KeySpec: unknown key spec "RSA-2048" (did you mean "RSA_2048"?)
s.json:18:16: key.grants[0]: no GranteePrincipal and no GranteeServicePrincipal
s.json:18:32: key.grants[0].Operations[0]: unknown KMS action "Sing" (did you mean "Sign"?)
s.json:19:17: key.aliases[0]: found "orders", expected an alias name such as "alias/orders"
s.json:21:26: expect.decision: unknown decision "no", expected "allow" or "deny"
s.json:21:32: expect: unknown field "layers" (did you mean "layer"?)`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestContradictionsBesideOtherFaults: a fault in a policy or in what is expected hides no
// contradiction, one that leaves the situation open does.
func TestContradictionsBesideOtherFaults(t *testing.T) {
	const (
		badPolicy     = `"policy": {"Statement": 5}`
		badUsage      = `"KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY"`
		contradiction = "HMAC_256 cannot have key usage"
	)
	for _, c := range []struct {
		draft
		want bool
	}{
		{draft{metadata: badUsage, key: badPolicy}, true},
		{draft{metadata: badUsage, root: `"expect": {"layer": "?"}`}, true},
		{draft{metadata: badUsage, root: `"rules": "?"`}, true},
		{draft{metadata: badUsage, request: `"vpcEndpoint": {"policy": {"Statement": 5}}`}, true},
		{draft{metadata: badUsage, caller: `"iamPolicies": [5]`}, true},
		{draft{metadata: badUsage, root: `"keys": 1`}, false},
		{draft{metadata: badUsage + `, "MultiRegion": "yes"`}, false},
		{draft{metadata: badUsage, key: `"policys": 5`}, false},
	} {
		got := faultsOf(t, c.draft.String())
		if strings.Contains(got, contradiction) != c.want || !strings.Contains(got, "\n") == c.want {
			t.Errorf("%+v: got\n%s\nwant the contradiction: %v", c.draft, got, c.want)
		}
	}
	for _, c := range []draft{
		{key: badPolicy, request: `"keyId": "other"`},
		{root: `"expect": {"layer": "?"}`, request: `"keyId": "other"`},
	} {
		if got := faultsOf(t, c.String()); !strings.Contains(got, "request.keyId: contradiction") {
			t.Errorf("%+v: got\n%s\nwant the contradiction", c, got)
		}
	}
}

// TestManyFaults has a fault in each of many grants, aliases and condition keys, which must not
// take time that grows with the square of their number.
func TestManyFaults(t *testing.T) {
	const n = 20000
	repeat := func(format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	start := time.Now()
	for _, d := range []draft{
		{key: `"grants": [` + repeat(`{"KeyId": "%d", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": ["Decrypt"]},`) + `]`},
		{key: `"aliases": [` + repeat(`"a%d",`) + `]`},
		{request: `"context": {` + repeat(`"kms:EncryptionContext:%d": "x",`) + `}`},
	} {
		_, err := scenario.Parse([]byte(d.String()), nil)
		var all policy.Errors
		if !errors.As(err, &all) || len(all) != 1001 || all[1000].Code != policy.CodeTooManyFaults {
			t.Errorf("%.80s: got %d faults, want 1000 and that there are more", d, len(all))
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
}
