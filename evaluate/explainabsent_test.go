package evaluate

import (
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
)

// situationOf brings the world of a line together.
func situationOf(line string) *situation {
	w := read(line)
	k, c, r := w.build()
	s := newSituation(w.rules, k, c, r)
	return &s
}

// Why a request does not have a condition key.
func TestWhyAbsent(t *testing.T) {
	const direct = "it is set only when an AWS service calls on the caller's behalf; this call is direct"
	const itself = "it is set only when an AWS service calls on the caller's behalf; here the service calls as itself"
	const service = "the caller is an AWS service, which belongs to no account"
	for _, r := range []struct {
		line, key string
		code      Code
		want      string
	}{
		// Keys that nobody knows, and keys that the action never carries.
		{"", "kms:ViaServise", CodeUnknownKey, `AWS has no such key; did you mean "kms:ViaService"?`},
		{"", "s3:prefix", CodeUnknownKey, "no request to KMS is known to carry it"},
		{"do DescribeKey", "kms:EncryptionContext:app", CodeUncarriedKey, "kms:DescribeKey never carries kms:EncryptionContext:*"},
		{"do DescribeKey", "kms:EncryptionContextKeys", CodeUncarriedKey, "kms:DescribeKey never carries kms:EncryptionContextKeys"},
		{"do DescribeKey", "kms:granteePrincipal", CodeUncarriedKey, "kms:DescribeKey never carries kms:GranteePrincipal"},
		{"do ListKeys; nokey", "kms:ViaService", CodeUncarriedKey, "kms:ListKeys never carries kms:ViaService"},
		{"do DeleteAlias; nokey; alias " + alias, "kms:CallerAccount", CodeUncarriedKey, "an alias as the resource brings no keys of KMS and no tags"},
		{"do DeleteAlias; nokey; alias " + alias, "aws:ResourceTag/a", CodeUncarriedKey, "an alias as the resource brings no keys of KMS and no tags"},
		{"key RSA_2048 ENCRYPT_DECRYPT; ec app=a", "kms:EncryptionContext:app", CodeUncarriedKey,
			"only symmetric encryption keys work with an encryption context, and this key is of type asymmetric-encrypt"},

		// What a service does for a caller, or as itself.
		{"", "kms:ViaService", CodeAbsentKey, direct}, {"", "aws:CalledVia", CodeAbsentKey, direct}, {"", "aws:CalledViaFirst", CodeAbsentKey, direct}, {"", "aws:CalledViaLast", CodeAbsentKey, direct},
		{"caller svc", "kms:ViaService", CodeAbsentKey, itself}, {"caller svc", "aws:CalledVia", CodeAbsentKey, itself},
		{"", "aws:SourceArn", CodeAbsentKey, "it is set only when an AWS service calls as itself for a resource; this caller is role/app"},
		{"caller root", "aws:SourceAccount", CodeAbsentKey, "it is set only when an AWS service calls as itself for a resource; this caller is the root user"},
		{"caller svc", "aws:SourceArn", CodeAbsentKey, "the service states no resource for which it calls"},
		{"caller svc", "aws:SourceOrgID", CodeAbsentKey, "the service states no resource for which it calls"},
		{"caller sess", "aws:PrincipalServiceName", CodeAbsentKey, "it is set only when an AWS service calls as itself; this caller is assumed-role/app/i-0abc"},

		// The encryption context.
		{"", "kms:EncryptionContext:app", CodeAbsentKey, "the request passes no encryption context"},
		{"", "kms:EncryptionContextKeys", CodeAbsentKey, "the request passes no encryption context"},
		{"ec b=1 a=2", "kms:EncryptionContext:App", CodeAbsentKey, `the encryption context has no pair named "App"; it has "a", "b"`},
		{"ec a=1 b=1 c=1 d=1 e=1 f=1", "kms:EncryptionContext:app", CodeAbsentKey, `the encryption context has no pair named "app"; it has "a", "b", "c", "d" and 2 more`},
		{"ec " + strings.Repeat("a", 1) + manyPairs(21), "kms:EncryptionContext:app", CodeAbsentKey, `the encryption context has no pair named "app"`},
		{"do CreateGrant", "kms:EncryptionContext:app", CodeAbsentKey, "the grant to be made has no encryption context in its constraints"},
		{"do CreateGrant; ec a=1", "kms:EncryptionContext:app", CodeAbsentKey, `the constraint of the grant to be made has no pair named "app"; it has "a"`},
		{"do RetireGrant; gid g1; grant bob:Decrypt", "kms:EncryptionContext:app", CodeAbsentKey, "the grant has no encryption context in its constraints"},
		{"do RetireGrant; gid g1; grant bob:Decrypt eq:a=1", "kms:EncryptionContext:app", CodeAbsentKey, `the constraint of the grant has no pair named "app"; it has "a"`},
		{"do RetireGrant; gid g1; grant bob:Decrypt sub:a=1", "kms:EncryptionContext:app", CodeAbsentKey, `the constraint of the grant has no pair named "app"; it has "a"`},
		{"do RetireGrant", "kms:EncryptionContext:app", CodeAbsentKey, "the grant has no encryption context in its constraints"},

		// The way to KMS.
		{"", "aws:SourceVpce", CodeAbsentKey, "it is set only when the call comes through a VPC endpoint; this one does not"},
		{"via s3.us-east-1.amazonaws.com", "aws:VpcSourceIp", CodeAbsentKey, "it is set only when the call comes through a VPC endpoint; this one comes from a service"},
		{"vpce +anyone:*", "aws:SourceVpc", CodeAbsentKey, "it is not given for the VPC endpoint of the request"},
		{"key alias/a", "kms:RequestAlias", CodeAbsentKey, "it is set only when an alias names the key in the request; here its ARN or id does"},
		{"do CreateKey; nokey", "aws:RequestedRegion", CodeAbsentKey, "the Region that is called is not given"},
		{"", "aws:CurrentTime", CodeAbsentKey, "the time of the request is not given"}, {"", "aws:EpochTime", CodeAbsentKey, "the time of the request is not given"},

		// The caller.
		{"caller svc", "kms:CallerAccount", CodeAbsentKey, service}, {"caller svc", "aws:PrincipalAccount", CodeAbsentKey, service}, {"caller svc", "aws:PrincipalArn", CodeAbsentKey, service},
		{"caller svc", "aws:PrincipalOrgID", CodeAbsentKey, service},
		{"", "aws:PrincipalOrgID", CodeAbsentKey, "the organization of the caller's account is not given, or it is in none"},
		{"", "aws:PrincipalOrgPaths", CodeAbsentKey, "the organization of the caller's account is not given, or it is in none"},
		{"", "aws:PrincipalTag/Team", CodeAbsentKey, `the caller has no tag "Team"`},
		{"caller sess", "aws:username", CodeAbsentKey, "only an IAM user has one; this caller is assumed-role/app/i-0abc"},
		{"caller alice", "aws:userid", CodeAbsentKey, "the caller's unique id is not given"},
		{"", "aws:MultiFactorAuthPresent", CodeAbsentKey, "it is not given here; a request carries it with temporary credentials"},
		{"", "aws:SourceIp", CodeAbsentKey, "it is not given here; a request carries it unless the request comes through a VPC endpoint"},

		// The key.
		{"", "kms:ResourceAliases", CodeAbsentKey, "the key has no aliases"},
		{"", "aws:ResourceTag/team", CodeAbsentKey, `the key has no tag "team"`},
		{"do CreateKey; nokey", "aws:ResourceTag/team", CodeAbsentKey, `the request gives no tag "team"`},
		{"do CreateKey; nokey", "aws:RequestTag/team", CodeAbsentKey, "the request gives no such tag"},
		{"do CreateKey; nokey", "aws:ResourceAccount", CodeAbsentKey, "the request is not about a key or alias"},
		{"", "aws:ResourceOrgID", CodeAbsentKey, "the organization of the key's account is not given"},
		{"", "kms:MultiRegionKeyType", CodeAbsentKey, "the key is no multi-Region key"},
		{"key mr", "kms:MultiRegionKeyType", CodeAbsentKey, "whether the multi-Region key is the primary or a replica is not given"},
		{"do CreateKey; nokey", "kms:MultiRegionKeyType", CodeAbsentKey, "the key is no multi-Region key"},
	} {
		s := situationOf(r.line)
		key := conditions.ParseKey(r.key)
		if got := s.context.Lookup(key); len(got) > 0 {
			t.Errorf("%s: %s is there: %q", r.line, r.key, got)
		}
		if code, got := s.whyAbsent(key, r.key); got != r.want || code != r.code {
			t.Errorf("%s: %s:\n got %v: %s\nwant %v: %s", r.line, r.key, code, got, r.code, r.want)
		}
	}
}

// manyPairs are n pairs of an encryption context in the notation.
func manyPairs(n int) string {
	text := "=1"
	for i := range n {
		text += " x" + strings.Repeat("x", i) + "=1"
	}
	return text
}

// There is something to say of every condition key; those of the table are
// registered.
func TestAbsencesAreComplete(t *testing.T) {
	registered := map[string]bool{}
	for _, line := range []string{"", "caller svc", "do CreateKey; nokey", "do DescribeKey"} {
		s := situationOf(line)
		for info := range conditions.Keys() {
			prefix, member, family := strings.Cut(info.Name, "${")
			name := info.Name
			if family {
				name, member = prefix+"*", member[:1]
			}
			registered[name] = true
			if _, why := s.whyAbsent(conditions.ParseKey(prefix+member), prefix+member); why == "" || strings.HasSuffix(why, " ") {
				t.Errorf("%s: %s: %q", line, info.Name, why)
			}
		}
	}
	for name := range absences {
		if !registered[name] {
			t.Errorf("%s is no condition key", name)
		}
	}
}

// What a test of a condition compares, and what is the matter with it. Each row
// is a condition in the notation, in an IAM policy.
func TestExplainTests(t *testing.T) {
	const other = " is not met: the request has "
	for _, r := range []struct{ line, condition, want string }{
		{"", "StringEquals|kms:CallerAccount|444455556666", `StringEquals kms:CallerAccount "444455556666"` + other + `"111122223333"`},
		{"", "StringEquals|kms:CallerAccount|111122223334", `StringEquals kms:CallerAccount "111122223334"` + other + `"111122223333"; the account ids differ in one digit`},
		{"", "ArnLike|aws:PrincipalArn|arn:aws:iam::111122223334:role/app", `ArnLike aws:PrincipalArn "arn:aws:iam::111122223334:role/app"` + other + `"arn:aws:iam::111122223333:role/app"; the account ids differ in one digit`},
		{"ctx my:n=12345678901", "StringEquals|my:n|12345678902", `StringEquals my:n "12345678902"` + other + `"12345678901"`},
		{"ctx my:n=111122223333x", "StringEquals|my:n|111122223334y", `StringEquals my:n "111122223334y"` + other + `"111122223333x"`},
		{"ctx my:n=x111122223333", "StringEquals|my:n|y111122223333", `StringEquals my:n "y111122223333"` + other + `"x111122223333"`},
		{"ec app=Orders", "StringEquals|kms:EncryptionContext:app|orders", `StringEquals kms:EncryptionContext:app "orders"` + other + `"Orders"; only upper and lower case differ`},
		{"ec app=orders", "StringEquals|kms:EncryptionContext:app|ord*", `StringEquals kms:EncryptionContext:app "ord*"` + other + `"orders"; * and ? are no wildcards for StringEquals, but for StringLike`},
		{"ec app=Orders", "StringEqualsIgnoreCase|kms:EncryptionContext:app|*rders", `StringEqualsIgnoreCase kms:EncryptionContext:app "*rders"` + other + `"Orders"; * and ? are no wildcards for StringEqualsIgnoreCase, but for StringLike`},
		{"ec app=orders", "StringLike|kms:EncryptionContext:app|sales*", `StringLike kms:EncryptionContext:app "sales*"` + other + `"orders"`},
		{"ec app=orders", "StringNotEquals|kms:EncryptionContext:app|orders", `StringNotEquals kms:EncryptionContext:app "orders"` + other + `"orders"`},
		{"ec app=orders", "Null|kms:EncryptionContext:app|true", `Null kms:EncryptionContext:app "true"` + other + `"orders"; the test wants the key to be absent`},
		{"", "Null|kms:EncryptionContext:app|false", `Null kms:EncryptionContext:app "false" is not met: the request does not have the key: the request passes no encryption context`},
		{"ec a=1 b=2", "ForAllValues:StringEquals|kms:EncryptionContextKeys|A", `ForAllValues:StringEquals kms:EncryptionContextKeys "A"` + other + `["a" "b"]`},
		{"ec a=1 b=2 c=3 d=4 e=5", "StringEquals|kms:EncryptionContextKeys|x", `StringEquals kms:EncryptionContextKeys "x"` + other + `["a" "b" "c" "d"] and 1 more`},
		// Service names with and without a Region.
		{"via s3.us-east-1.amazonaws.com", "StringEquals|kms:ViaService|s3.amazonaws.com", `StringEquals kms:ViaService "s3.amazonaws.com"` + other + `"s3.us-east-1.amazonaws.com"; kms:ViaService has the Region in it`},
		{"via s3.us-east-1.amazonaws.com", "StringEquals|kms:ViaService|s3.eu-west-1.amazonaws.com", `StringEquals kms:ViaService "s3.eu-west-1.amazonaws.com"` + other + `"s3.us-east-1.amazonaws.com"; only the Region differs`},
		{"via s3.us-east-1.amazonaws.com", "StringEquals|kms:ViaService|sqs.us-east-1.amazonaws.com", `StringEquals kms:ViaService "sqs.us-east-1.amazonaws.com"` + other + `"s3.us-east-1.amazonaws.com"`},
		{"via s3.us-east-1.amazonaws.com", "StringEquals|aws:CalledVia|s3.us-east-1.amazonaws.com", `StringEquals aws:CalledVia "s3.us-east-1.amazonaws.com"` + other + `"s3.amazonaws.com"; aws:CalledVia has no Region in it`},
		{"via s3.us-east-1.amazonaws.com", "StringEquals|aws:CalledViaLast|s3.us-east-1.amazonaws.com", `StringEquals aws:CalledViaLast "s3.us-east-1.amazonaws.com"` + other + `"s3.amazonaws.com"; aws:CalledViaLast has no Region in it`},
		{"via s3.us-east-1.amazonaws.com", "StringEquals|aws:CalledViaFirst|s3.eu-west-1.amazonaws.com", `StringEquals aws:CalledViaFirst "s3.eu-west-1.amazonaws.com"` + other + `"s3.amazonaws.com"; aws:CalledViaFirst has no Region in it`},
		// Policy variables.
		{"ec app=orders; cctx aws:PrincipalTag/app=sales", "StringEquals|kms:EncryptionContext:app|${aws:PrincipalTag/app}", `StringEquals kms:EncryptionContext:app "${aws:PrincipalTag/app}" with ${aws:PrincipalTag/app} = "sales"` + other + `"orders"`},
		{"ec app=orders", "StringEquals|kms:EncryptionContext:app|${aws:PrincipalTag/App}", `StringEquals kms:EncryptionContext:app "${aws:PrincipalTag/App}"` + other + `"orders", but the policy variable ${aws:PrincipalTag/app} has no value: the caller has no tag "app"`},
		{"ec app=orders", "StringEquals|kms:EncryptionContext:app|${kms:EncryptionContextKeys}", `StringEquals kms:EncryptionContext:app "${kms:EncryptionContextKeys}"` + other + `"orders", but the policy variable ${kms:EncryptionContextKeys} has no value: the key may have several`},
		{"ec app=Sales; cctx aws:PrincipalTag/app=sales", "StringEquals|kms:EncryptionContext:app|${aws:PrincipalTag/app}", `StringEquals kms:EncryptionContext:app "${aws:PrincipalTag/app}" with ${aws:PrincipalTag/app} = "sales"` + other + `"Sales"; only upper and lower case differ`},
	} {
		e := explain(t, "kp +root:*; "+r.line+"; iam=x +*?"+r.condition)
		var got string
		for i := range e.nodes {
			if n := &e.nodes[i]; n.kind == KindTest {
				got = n.Text()
			}
		}
		if got != r.want {
			t.Errorf("%s; %s:\n got %s\nwant %s", r.line, r.condition, got, r.want)
		}
	}
}

// A test that holds is told of a Deny statement that matches.
func TestExplainTestsThatHold(t *testing.T) {
	for _, r := range []row{
		{"kp -anyone:*?StringNotEquals|aws:PrincipalOrgID|o-1", `StringNotEquals aws:PrincipalOrgID "o-1" holds without the key: the organization of the caller's account is not given, or it is in none`},
		{"kp -anyone:*?StringNotEquals|aws:PrincipalOrgID|o-1; corg o-2", `StringNotEquals aws:PrincipalOrgID "o-1" holds: the request has "o-2"`},
	} {
		e := explain(t, r.line)
		if last := strings.Split(told(e), "; "); len(last) < 2 || last[1] != "> "+r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.line, told(e), r.want)
		}
	}
}

// Comparison has all values, where Text cuts them.
func TestComparison(t *testing.T) {
	w := read("kp +root:*")
	long := strings.Repeat("é", 150)
	w.caller.IAMPolicies = []*policy.IAMPolicy{must(policy.ParseIAMPolicy([]byte(`{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {
		"StringEquals": {"KMS:calleraccount": ["1", "2", "3", "4", "5", "`+long+`"]}, "Bool": {"aws:SecureTransport": [false]}, "NumericEquals": {"my:n": []}}}}`), nil))}
	e := w.decide().Explain()
	var texts []string
	for i := range e.nodes {
		n := &e.nodes[i]
		c, ok := n.Comparison()
		if ok != (n.kind == KindTest) {
			t.Errorf("%v: a comparison: %v", n.kind, ok)
		}
		if ok {
			texts = append(texts, n.Text())
		}
		if ok && c.Key == "KMS:calleraccount" && (len(c.Wanted) != 6 || c.Wanted[5] != long || c.Actual[0] != home || c.Operator != "StringEquals" || c.Absent != "") {
			t.Errorf("got %+v", c)
		}
	}
	want := `StringEquals KMS:calleraccount ["1", "2", "3", "4" and 2 more] is not met: the request has "111122223333"` + "\n" +
		`Bool aws:SecureTransport false is not met: the request has "true"` + "\n" +
		`NumericEquals my:n [] is not met: the request does not have the key: no request to KMS is known to carry it`
	if got := strings.Join(texts, "\n"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestOneDigitApart(t *testing.T) {
	for _, r := range []struct {
		a, b string
		want bool
	}{
		{home, "111122223334", true}, {home, "211122223333", true}, {home, home, false}, {home, "111122223344", false}, {home, "11112222333", false}, {home, "11112222333x", false},
		{"a" + home, "a111122223334", true}, {"1" + home, "1111122223334", false}, {"", "", false}, {"a", "b", false}, {home + "a", home + "b", false},
		{"x" + home + "y", "y" + home + "x", false},
	} {
		if got := oneDigitApart(r.a, r.b); got != r.want {
			t.Errorf("%q, %q: got %v", r.a, r.b, got)
		}
	}
}
