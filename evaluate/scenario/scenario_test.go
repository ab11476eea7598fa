package scenario_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

const (
	keyARN    = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	delegates = `{"Version": "2012-10-17", "Statement": {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}}`
	allowsAll = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}`
	denies    = `{"Version": "2012-10-17", "Statement": {"Sid": "No", "Effect": "Deny", "Action": "kms:*", "Resource": "*"}}`
)

// A draft is a scenario in pieces: the members of its objects as JSON. A member that is given
// replaces the usual one.
type draft struct {
	root, key, metadata, caller, request string
}

// String puts the pieces together.
func (d draft) String() string {
	key := ""
	if d.key != "none" {
		key = `"key": {` + object(d.key, "metadata", "{"+object(d.metadata, "Arn", quote(keyARN))+"}", "policy", delegates) + `},
`
	}
	root := d.root
	if root != "" {
		root += ",\n"
	}
	return "{" + root + key +
		`"caller": {` + object(d.caller, "arn", `"arn:aws:iam::111122223333:role/app"`, "iamPolicies", "["+allowsAll+"]") + `},
"request": {` + object(d.request, "action", `"kms:Decrypt"`) + "}}"
}

// object puts usual members behind those that are given, unless they are given.
func object(members string, usual ...string) string {
	for i := 0; i < len(usual); i += 2 {
		if strings.Contains(members, `"`+usual[i]+`":`) {
			continue
		}
		if members != "" {
			members += ", "
		}
		members += `"` + usual[i] + `": ` + usual[i+1]
	}
	return members
}

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func parse(t *testing.T, doc string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte(doc), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return s
}

// TestFieldsReachTheDecision gives one field at a time. An IAM policy allows under a condition
// that holds with the field and does not without.
func TestFieldsReachTheDecision(t *testing.T) {
	for _, c := range []struct {
		draft
		condition string
	}{
		{draft{metadata: `"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"`}, `"StringEquals": {"kms:KeySpec": "RSA_2048"}`},
		{draft{metadata: `"CustomerMasterKeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"`}, `"StringEquals": {"kms:KeySpec": "RSA_2048"}`},
		{draft{metadata: `"KeySpec": "RSA_4096", "CustomerMasterKeySpec": "RSA_4096", "KeyUsage": "ENCRYPT_DECRYPT"`}, `"StringEquals": {"kms:KeySpec": "RSA_4096"}`},
		{draft{metadata: `"Origin": "EXTERNAL"`}, `"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}`},
		{draft{metadata: `"MultiRegion": true`}, `"Bool": {"kms:MultiRegion": "true"}`},
		{draft{metadata: `"MultiRegion": true, "MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA", "PrimaryKey": {}}`},
			`"StringEquals": {"kms:MultiRegionKeyType": "REPLICA"}`},
		{draft{key: `"aliases": ["alias/a", "alias/b"]`}, `"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/b"}`},
		{draft{key: `"tags": {"Owner": "platform"}`}, `"StringEquals": {"aws:ResourceTag/Owner": "platform"}`},
		{draft{key: `"organization": {"id": "o-1"}`}, `"StringEquals": {"aws:ResourceOrgID": "o-1"}`},
		{draft{key: `"organization": {"path": "o-1/r-1/"}`}, `"StringEquals": {"aws:ResourceOrgPaths": "o-1/r-1/"}`},
		{draft{request: `"context": {"aws:ResourceOrgID": "o-2"}`}, `"StringEquals": {"aws:ResourceOrgID": "o-2"}`},

		{draft{caller: `"uniqueId": "AROAX:s"`}, `"StringEquals": {"aws:userid": "AROAX:s"}`},
		{draft{caller: `"tags": {"team": "a"}`}, `"StringEquals": {"aws:PrincipalTag/team": "a"}`},
		{draft{caller: `"organization": {"id": "o-1"}`}, `"StringEquals": {"aws:PrincipalOrgID": "o-1"}`},
		{draft{caller: `"arn": "arn:aws:sts::111122223333:assumed-role/app/s", "roleArn": "arn:aws:iam::111122223333:role/p/app"`},
			`"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/p/app"}`},
		{draft{request: `"context": {"aws:userid": "AROAX:s"}`}, `"StringEquals": {"aws:userid": "AROAX:s"}`},

		{draft{key: `"aliases": ["alias/a"]`, request: `"keyId": "alias/a"`}, `"StringEquals": {"kms:RequestAlias": "alias/a"}`},
		{draft{request: `"viaService": "s3.us-east-1.amazonaws.com"`}, `"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}`},
		{draft{request: `"sourceArn": "arn:aws:s3:::b"`}, `"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::b"}`},
		{draft{request: `"sourceAccount": "444455556666"`}, `"StringEquals": {"aws:SourceAccount": "444455556666"}`},
		{draft{request: `"encryptionContext": {"a": "b"}`}, `"StringEquals": {"kms:EncryptionContext:a": "b"}`},
		{draft{request: `"time": "2026-01-02T03:04:05Z"`}, `"DateEquals": {"aws:CurrentTime": "2026-01-02T03:04:05Z"}`},
		{draft{request: `"time": "2026-01-02T04:04:05+01:00"`}, `"DateEquals": {"aws:CurrentTime": "2026-01-02T03:04:05Z"}`},
		{draft{request: `"vpcEndpoint": {"id": "vpce-1"}`}, `"StringEquals": {"aws:SourceVpce": "vpce-1"}`},
		{draft{request: `"context": {"AWS:MultiFactorAuthPresent": "true"}`}, `"Bool": {"aws:MultiFactorAuthPresent": "true"}`},
		{draft{request: `"context": {"custom:Key": ["a", "b"]}`}, `"ForAllValues:StringEquals": {"custom:Key": ["a", "b"]}, "Null": {"custom:key": "false"}`},
		{draft{request: `"context": {"custom:Key": ""}`}, `"StringEquals": {"custom:Key": ""}`},
		{draft{request: `"context": {"aws:SecureTransport": []}`}, `"Null": {"aws:SecureTransport": "true"}`},
	} {
		conditional := `"iamPolicies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {` + c.condition + `}}}]`
		with, without := c.draft, draft{caller: conditional}
		with.caller = conditional
		if c.caller != "" {
			with.caller = c.caller + ", " + conditional
		}
		if d := parse(t, with.String()).Decide(); !d.Allowed() {
			t.Errorf("%+v: got %v, want allow", c.draft, d)
		}
		if d := parse(t, without.String()).Decide(); d.Allowed() {
			t.Errorf("condition %s without the field: got allow, want deny", c.condition)
		}
	}
}

// TestOtherFields covers fields that show otherwise than in a condition key.
func TestOtherFields(t *testing.T) {
	const grant = `{"GrantId": "g", "KeyId": "` + keyARN + `", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": ["Decrypt"], "Status": "pending", "Token": "tok", "CreationDate": 1.5}`
	noIAM := `"iamPolicies": []`
	for name, c := range map[string]struct {
		draft
		want string
	}{
		"usual":             {draft{}, "allow: iam-policy"},
		"no IAM policy":     {draft{caller: noIAM}, "deny: iam-policy: no-allow: no identity-based policy is attached"},
		"state":             {draft{metadata: `"KeyState": "Disabled"`}, "deny: key-state: disabled"},
		"manager":           {draft{key: `"policy": {"Statement": []}`, metadata: `"KeyManager": "AWS"`}, "deny: key-policy: aws-managed-key"},
		"usage":             {draft{metadata: `"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"`}, "deny: key-usage: invalid-key-usage"},
		"whole metadata":    {draft{key: `"metadata": {"KeyMetadata": {"Arn": "` + keyARN + `", "KeyState": "Disabled", "CreationDate": 1.5}}`}, "deny: key-state: disabled"},
		"region":            {draft{request: `"region": "eu-west-1"`}, "deny: region: wrong-region"},
		"federated":         {draft{caller: `"arn": "arn:aws:sts::111122223333:federated-user/f", "userArn": "arn:aws:iam::111122223333:user/u", "sessionPolicies": [` + allowsAll + `]`}, "allow: iam-policy"},
		"parent named":      {draft{key: `"policy": ` + named("user/u"), caller: `"arn": "arn:aws:sts::111122223333:federated-user/f", "userArn": "arn:aws:iam::111122223333:user/u", "sessionPolicies": [` + allowsAll + `]`}, "allow: key-policy"},
		"boundary":          {draft{caller: `"permissionsBoundary": ` + denies}, "deny: permissions-boundary: explicit-deny: statement 0 (No) of #0 denies"},
		"no boundary":       {draft{caller: `"permissionsBoundary": null`}, "allow: iam-policy"},
		"empty boundary":    {draft{caller: `"permissionsBoundary": { }`}, "allow: iam-policy"},
		"named boundary":    {draft{caller: `"permissionsBoundary": {"name": "pb", "policy": ` + denies + `}`}, "deny: permissions-boundary: explicit-deny: statement 0 (No) of pb denies"},
		"session policy":    {draft{caller: `"sessionPolicies": [` + denies + `]`}, "deny: session-policy: explicit-deny"},
		"no session policy": {draft{caller: `"sessionPolicies": [{}, ""]`}, "allow: iam-policy"},
		"SCP":               {draft{caller: `"serviceControlPolicies": [[` + allowsAll + `], [` + allowsAll + `, ` + denies + `]]`}, "deny: scp: explicit-deny: statement 0 (No) of #2 denies"},
		"empty SCP levels":  {draft{caller: `"serviceControlPolicies": [[], [{}]]`}, "allow: iam-policy"},
		"numbers after {}":  {draft{caller: `"serviceControlPolicies": [[{}], [` + allowsAll + `, {}, ` + denies + `]]`}, "deny: scp: explicit-deny: statement 0 (No) of #3 denies"},
		"number after {}":   {draft{caller: `"iamPolicies": [{}, ` + denies + `]`}, "deny: iam-policy: explicit-deny: statement 0 (No) of #1 denies"},
		"level after {}":    {draft{caller: `"serviceControlPolicies": [[` + allowsAll + `, {}], [` + denies + `]]`}, "deny: scp: explicit-deny: statement 0 (No) of #2 denies"},
		"numbers kept":      {draft{caller: `"iamPolicies": [{}, ` + allowsAll + `, {"name": "n", "policy": ` + allowsAll + `}, ` + denies + `]`}, "deny: iam-policy: explicit-deny: statement 0 (No) of #3 denies"},
		"RCP": {draft{key: `"resourceControlPolicies": [[{"Version": "2012-10-17", "Statement": {"Sid": "R", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}]]`},
			"deny: rcp: explicit-deny: statement 0 (R) of #0 denies"},
		"endpoint policy":   {draft{request: `"vpcEndpoint": {"policy": {"Statement": []}}`}, "deny: vpc-endpoint-policy: no-allow"},
		"no endpoint":       {draft{request: `"viaService": "s3.us-east-1.amazonaws.com", "vpcEndpoint": {"id": "", "policy": {}}`}, "allow: iam-policy"},
		"grant token":       {draft{key: `"grants": [` + grant + `]`, caller: noIAM, request: `"grantTokens": ["tok"]`}, "allow: grant"},
		"no grant token":    {draft{key: `"grants": [` + grant + `]`, caller: noIAM}, "deny: grant: grant-not-effective"},
		"list-grants":       {draft{key: `"grants": {"Grants": [` + grant + `], "Truncated": false}`, caller: noIAM, request: `"grantTokens": ["tok"]`}, "allow: grant"},
		"no grants":         {draft{key: `"grants": null`}, "allow: iam-policy"},
		"grant id":          {draft{key: `"grants": [{"GrantId": "g", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": ["RetireGrant"]}]`, caller: noIAM, request: `"action": "kms:RetireGrant", "grantId": "g"`}, "allow: grant"},
		"alias":             {draft{key: "none", request: `"action": "kms:CreateAlias", "alias": "arn:aws:kms:us-east-1:111122223333:alias/x"`}, "allow: iam-policy"},
		"keyless":           {draft{key: "none", request: `"action": "KMS:listkeys"`}, "allow: iam-policy"},
		"no such action":    {draft{request: `"action": "kms:ReEncrypt"`}, "deny: request: invalid-request"},
		"misspelt action":   {draft{request: `"action": "kms:Decrpt"`}, "deny: request: invalid-request"},
		"other service":     {draft{request: `"action": "s3:GetObject"`}, "deny: request: invalid-request"},
		"anonymous":         {draft{caller: `"arn": "anonymous", ` + noIAM}, "deny: request: invalid-request"},
		"key parameters":    {draft{key: "none", caller: conditional(`"StringEquals": {"kms:KeySpec": "RSA_2048"}`), request: `"action": "kms:CreateKey", "context": {"kms:KeySpec": "RSA_2048"}`}, "allow: iam-policy"},
		"null fields":       {draft{root: `"name": null, "rules": null, "expect": null`, key: `"aliases": null, "tags": null, "organization": null, "resourceControlPolicies": null`, metadata: `"KeyState": null`, caller: `"roleArn": null, "tags": null, "serviceControlPolicies": null`, request: `"time": null, "vpcEndpoint": null, "context": {"aws:userid": null}`}, "allow: iam-policy"},
		"empty fields":      {draft{key: `"grants": ""`, metadata: `"KeyState": "", "MultiRegionConfiguration": {"MultiRegionKeyType": ""}`, caller: `"roleArn": "", "organization": {"id": ""}`, request: `"time": "", "keyId": "", "context": ""`}, "allow: iam-policy"},
		"policy text":       {draft{key: `"policy": ` + quote(delegates)}, "allow: iam-policy"},
		"policy and name":   {draft{key: `"policy": {"name": "n", "policy": ` + delegates + `}`}, "allow: iam-policy"},
		"name and text":     {draft{key: `"policy": {"policy": ` + quote(delegates) + `}`}, "allow: iam-policy"},
		"get-key-policy":    {draft{key: `"policy": {"Policy": ` + quote(delegates) + `, "PolicyName": "default"}`}, "allow: iam-policy"},
		"reversed":          {draft{key: `"policy": {"PolicyName": "default", "Policy": ` + quote(delegates) + `}`}, "allow: iam-policy"},
		"nothing delegated": {draft{key: `"policy": {"Version": "2012-10-17", "Statement": []}`}, "deny: key-policy: no-delegation"},
		"strict":            {draft{root: `"rules": "strict"`, key: `"policy": ` + named("role/app"), caller: noIAM}, "deny: iam-policy"},
		"lenient":           {draft{root: `"rules": "default"`, key: `"policy": ` + named("role/app"), caller: noIAM}, "allow: key-policy"},
		"strict as object":  {draft{root: `"rules": {"grantsStandAlone": null, "directAllowRequiresIAM": true}`, key: `"policy": ` + named("role/app"), caller: noIAM}, "deny: iam-policy"},
	} {
		t.Run(name, func(t *testing.T) {
			if d := parse(t, c.draft.String()).Decide(); !strings.HasPrefix(d.String(), c.want) {
				t.Errorf("got %v, want %s", d, c.want)
			}
		})
	}
}

// named is a key policy that names a principal of the key's account.
func named(principal string) string {
	return `{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:` + principal + `"}, "Action": "kms:*", "Resource": "*"}}`
}

// conditional is the iamPolicies of a caller whose one statement has a condition.
func conditional(condition string) string {
	return `"iamPolicies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {` + condition + `}}}]`
}

func TestRules(t *testing.T) {
	for text, want := range map[string]evaluate.Rules{
		`"default"`:                        evaluate.DefaultRules(),
		`"aws"`:                            evaluate.AWSRules(),
		`"strict"`:                         evaluate.StrictRules(),
		`""`:                               {},
		`null`:                             {},
		`{}`:                               {},
		`{"grantsStandAlone": true}`:       {GrantsStandAlone: true},
		`{"directAllowRequiresIAM": true}`: {DirectAllowRequiresIAM: true},
		`{"grantsStandAlone": true, "directAllowRequiresIAM": false}`: {GrantsStandAlone: true},
	} {
		if got := parse(t, draft{root: `"rules": ` + text}.String()).Rules; got != want {
			t.Errorf("rules %s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestParts(t *testing.T) {
	s := parse(t, draft{root: `"name": "orders"`}.String())
	if s.Name != "orders" || s.Key.ARN() != keyARN || s.Caller.ARN() != "arn:aws:iam::111122223333:role/app" || s.Request.Action().String() != "kms:Decrypt" {
		t.Errorf("got %q, %q, %q, %q", s.Name, s.Key.ARN(), s.Caller.ARN(), s.Request.Action())
	}
	if !s.Expect.IsZero() {
		t.Error("Expect is not zero")
	}
	if s := parse(t, draft{key: "none", request: `"action": "kms:ListKeys"`}.String()); s.Key != nil {
		t.Error("a scenario without a key has one")
	}
	if s := parse(t, draft{root: `"key": null`, key: "none", request: `"action": "kms:ListKeys"`}.String()); s.Key != nil {
		t.Error("a scenario with a null key has one")
	}
}

func TestOptions(t *testing.T) {
	doc := []byte("{}")
	for _, c := range []struct {
		opts *policy.ParseOptions
		want string
	}{
		{nil, `1:1: field "caller" is missing`},
		{&policy.ParseOptions{}, `1:1: field "caller" is missing`},
		{&policy.ParseOptions{File: "f.json"}, `f.json:1:1: field "caller" is missing`},
		{&policy.ParseOptions{At: policy.Position{File: "all.json", Line: 7, Column: 3}}, `all.json:7:3: field "caller" is missing`},
		{&policy.ParseOptions{File: "f.json", At: policy.Position{File: "all.json", Line: 7, Column: 3}}, `f.json:7:3: field "caller" is missing`},
		{&policy.ParseOptions{MaxBytes: 1}, `1:1: the document has 2 bytes, at most 1 are read`},
	} {
		s, err := scenario.Parse(doc, c.opts)
		if s != nil || err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: got %v, %v, want %s", c.opts, s, err, c.want)
		}
	}
	named := []byte(draft{root: `"name": "orders"`}.String())
	for _, c := range []struct{ doc, want string }{{draft{}.String(), "fallback"}, {string(named), "orders"}} {
		s, err := scenario.Parse([]byte(c.doc), &policy.ParseOptions{Name: "fallback"})
		if err != nil || s.Name != c.want {
			t.Errorf("got %+v, %v, want name %q", s, err, c.want)
		}
	}
}

// TestLargeDocument reads more than a policy may have, and refuses more than a scenario may have.
func TestLargeDocument(t *testing.T) {
	padded := draft{}.String() + strings.Repeat(" ", 2<<20)
	parse(t, padded)
	_, err := scenario.Parse(make([]byte, 64<<20+1), nil)
	if want := "1:1: the document has 67108865 bytes, at most 67108864 are read"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestInputUnchanged overwrites the document after reading it.
func TestInputUnchanged(t *testing.T) {
	doc := []byte(draft{root: `"name": "n", "expect": {"decision": "deny"}`}.String())
	before := string(doc)
	s, err := scenario.Parse(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(doc) != before {
		t.Error("Parse changed its input")
	}
	want := result(t, s)
	clear(doc)
	if got := result(t, s); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := s.Check(s.Decide()); len(got) != 1 || got[0].Want != `"deny"` {
		t.Errorf("got %v, want one difference", got)
	}
}

func result(t testing.TB, s *scenario.Scenario) string {
	t.Helper()
	b, err := json.Marshal(scenario.Result{Name: s.Name, Decision: s.Decide()})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestResult(t *testing.T) {
	s := parse(t, draft{root: `"name": "a \"b\" <c>"`, caller: `"iamPolicies": []`, request: `"keyId": "1234abcd-12ab-34cd-56ef-1234567890ab"`}.String())
	want := `{"name":"a \"b\" \u003cc\u003e","decision":"deny","layer":"iam-policy","reason":"no-allow",` +
		`"blockers":[{"layer":"iam-policy","reason":"no-allow","detail":"no identity-based policy is attached"}],` +
		`"awsError":{"code":"AccessDeniedException","message":"User: arn:aws:sts::111122223333:assumed-role/app/ROLE-SESSION-NAME is not authorized to perform: kms:Decrypt ` +
		`on resource: arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab because no identity-based policy allows the kms:Decrypt action"}}`
	if got := result(t, s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	b, err := scenario.Result{}.MarshalJSON()
	if got, want := string(b), `{"name":"","decision":"deny"}`; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// TestPositions looks up where statements stand: in the file, and for a policy that is a string
// in its text.
func TestPositions(t *testing.T) {
	for policyText, want := range map[string]string{
		"\n " + named("role/app"):                            "s.json:2:16",
		`{"name": "n", "policy": ` + named("role/app") + `}`: "s.json:1:58",
		quote("\n\n" + named("role/app")):                    "text of the policy:3:15",
		`{"Policy": ` + quote(named("role/app")) + `}`:       "text of the policy:1:15",
		`{"policy": ` + quote("\n"+named("role/app")) + `}`:  "text of the policy:2:15",
	} {
		doc := draft{key: `"policy": ` + policyText}.String()
		s, err := scenario.Parse([]byte(doc), &policy.ParseOptions{File: "s.json"})
		if err != nil {
			t.Fatal(err)
		}
		d := s.Decide()
		via, _ := d.Via()
		if at, _ := via.Position(); at.String() != want {
			t.Errorf("%s: got %v, want %s", doc, at, want)
		}
	}
}

// TestConcurrentUse shares a scenario among goroutines, for the race detector.
func TestConcurrentUse(t *testing.T) {
	s := parse(t, draft{root: `"expect": {"decision": "allow", "layer": "key-state"}`}.String())
	want := result(t, s)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 20 {
				if got := result(t, s); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				if got := len(s.Check(s.Decide())); got != 1 {
					t.Errorf("got %d differences, want 1", got)
				}
			}
		})
	}
	group.Wait()
}
