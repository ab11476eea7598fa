package rename

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// marked returns a text with < > around each word that is renamed; a word that is open to a side
// has no mark there.
func marked(text string, prose func(string) bool) string {
	var b strings.Builder
	lex(text, prose, func(t token) {
		if t.kind != aWord || t.own {
			b.WriteString(t.text)
			return
		}
		if !t.openLeft {
			b.WriteByte('<')
		}
		b.WriteString(t.text)
		if !t.openRight {
			b.WriteByte('>')
		}
	})
	return b.String()
}

// TestLex has one line per form of a text. Without any mark a text stays as it is.
func TestLex(t *testing.T) {
	for _, want := range []string{
		"", " ", "<app>", "<my>-<app>_<1>.<x>/<y>:<z>@<w>", "<Größe>", "<a>  <b>",

		// ARNs: what stands in them before the name.
		"arn:aws:iam::<111122223333>:root", "arn:aws:iam::<111122223333>:role/<app>", "arn:aws:iam::<111122223333>:role/<team>/<role>/<app>",
		"arn:aws:iam::<111122223333>:user/<root>", "arn:aws:iam::<111122223333>:policy/<app>", "arn:aws:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::aws:policy/service-role/AWSQuickSightListIAM", "arn:aws:sts::<111122223333>:assumed-role/<app>/<session>",
		"arn:aws:sts::<111122223333>:federated-user/<bob>", "arn:aws:kms:us-east-1:<111122223333>:key/mrk-<12ab>",
		"arn:aws-us-gov:kms:us-gov-west-1:<111122223333>:alias/<orders>", "arn:aws:kms:us-east-1:<111122223333>:alias/aws/s3",
		"arn:aws:s3:::<role>/<app>", "arn:aws:sqs:eu-west-1:<111122223333>:<queue>", "arn:aws:lambda:eu-west-1:<111122223333>:function:<app>",
		"arn:aws:logs:eu-west-1:<111122223333>:log-group:/<acme>/<app>:*", "arn:aws:dynamodb:*:*:table/<Orders>/<index>/<by>-<day>",
		"ARN:AWS:IAM::<111122223333>:ROLE/<APP>", "arn:<Acme>:<iam>::<1>:<x>", "arn:aws:<i>_<am>::<1>:<x>", "arn:aws:kms:<nowhere>-<1>:<1>:key/<x>",
		"arn:aws:iam::<111122223333>:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
		"arn:aws:iam::<111122223333>:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_<acme>",
		"arn:aws:iam::<111122223333>:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_<Acme>_<0123ab>",
		"arn:aws:iam::<111122223333>:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_<0123ab>",
		"arn:aws:iam::<111122223333>:role/aws-reserved/<acme>/<x>", "arn:aws:iam::<111122223333>:role/<aws>-<acme>/<x>",
		"arn:aws:sts::<111122223333>:assumed-role/aws:ec2-infrastructure/i-<0abc>",
		"arn:aws:organizations::<111122223333>:policy/o-<acme>/service_control_policy/p-<freeze>",
		"arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",

		// Patterns.
		"*", "arn:aws:iam::*:role/*", "arn:aws:kms:us-*:<111122223333>:key/*", "arn:aws:kms:*:<111122223333>:*", "arn:aws:kms", "arn:aws:kms:us-east-1",
		"arn:*:kms:*:*:key/<1>", "arn:aws-*:iam::*:user/<x>", "*:role/<app>-*", "*:us-east-1:*", "*/<app>", "<prod*", "*prod>", "*prod*", "?prod>", "<a*-<b>",
		"arn:aws:iam::*:role/aws-*", "arn:aws:iam::*:role/aws-service-role/*", "arn:aws:iam::*:role/aws-reserved/*/AWSReservedSSO_<Acme>_*",
		"<${aws:username}>", "role/<app>-${aws:username}", "role/<app${aws:username}app>", "<re>${*}<d>", "<re>${<x>", "<cost>$<12>",

		// Words that AWS puts before ids, and ids in other words.
		"o-<ours>/r-<ab12>/ou-<ab12>-<11111111>/", "vpce-<0abc>", "vpc-*", "i-<0abc>", "<mrk>", "VPC-<0ABC>", "<my>-i-<0abc>",
		"AROA<EXAMPLE>:<session>", "AIDA<1234>", "<AROAexample>", "<AROX1>", "AROA*", "AROA<EXA*",
		"<1234abcd>-<12ab>-<34cd>-<56ef>-<1234567890ab>", "<1234abcd>-<12ab>-<34cd>-<56ef>-<123456789012>",
		"<Allow><111122223333><Root>", "<111122223333><a><444455556666>", "<1111222233334>", "<11112222333>",

		// Texts that are AWS's by their beginning.
		"aws:s3:arn", "aws:ebs:*", "aws:<acme>:arn", "aws:cloudformation:stack-name", "<x>:<aws>:<s3>", "alias/<aws>-<x>", "alias/aws/*", "key/<x>", "<group>/<x>",
	} {
		text := strings.NewReplacer("<${", "${", "}>", "}", "<re>${<x>", "re${x", "<", "", ">", "").Replace(want)
		want = strings.NewReplacer("<${", "${", "}>", "}").Replace(want)
		if got := marked(text, nil); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestLexSentence has sentences of which the words stay that are not names.
func TestLexSentence(t *testing.T) {
	for _, want := range []string{
		"User: arn:aws:iam::<111122223333>:user/<key> is not authorized to perform: kms:Decrypt on resource: <orders>",
		"no identity-based policy allows the kms:Decrypt action", "<acme>-<policy> denies", "<acme>.", "found.", "(AccessDeniedException)",
		"StatusCode: 400, <4000>", "in us-east-1: sns.amazonaws.com", "alias/<key> is not found", "arn:aws:s3:::<the>/<key> the key",
	} {
		text := strings.NewReplacer("<", "", ">", "").Replace(want)
		prose := func(word string) bool { return messageWords[strings.ToLower(word)] || word == "Decrypt" }
		if got := marked(text, prose); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestLawLexKeepsAll puts the parts of any text together again.
func TestLawLexKeepsAll(t *testing.T) {
	parts := rapid.SampledFrom([]string{"arn:", "aws", ":", "iam", "role", "/", "*", "?", "$", "{", "}", "${", "'", ",", " ", "-", "_", "key", "alias/aws/",
		"aws-service-role/", "ecs.amazonaws.com", "111122223333", "1234abcd-12ab-34cd-56ef-1234567890ab", "AROA", "X", "é", "root", "aws:policy/", "us-east-1"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(parts).Draw(t, "text"), "")
		var b strings.Builder
		lex(text, nil, func(t token) { b.WriteString(t.text) })
		if got := b.String(); got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	})
}

// TestCutVariable has the forms of policy variables: the text, the name, the default.
func TestCutVariable(t *testing.T) {
	for _, c := range []struct {
		text, name, fallback string
		length               int
		escape               bool
	}{
		{text: "${a}b", name: "a", length: 4},
		{text: "${ a\t}", name: "a", length: 6},
		{text: "${a, 'b}c'}d", name: "a", fallback: "b}c", length: 11},
		{text: "${a,''}", name: "a", length: 7},
		{text: "${*}", name: "*", length: 4, escape: true},
		{text: "${?}", name: "?", length: 4, escape: true},
		{text: "${$}", name: "$", length: 4, escape: true},
		{text: "${*, 'x'}", name: "*", fallback: "x", length: 9},
		{text: "$a"}, {text: "${"}, {text: "${}"}, {text: "${ }"}, {text: "${a"}, {text: "${a b"}, {text: "${a${b}}"}, {text: "${a'}"},
		{text: "${a,b}"}, {text: "${a,'b}"}, {text: "${a,'b'"}, {text: "${a,'b' c}"}, {text: "${$, 'x'}"}, {text: "${$a}"},
	} {
		v := cutVariable(c.text)
		if v.length != c.length || v.length > 0 && (c.text[v.name:v.nameEnd] != c.name || c.text[v.fallback:v.fallbackEnd] != c.fallback || v.escape != c.escape) {
			t.Errorf("%q: got %+v, want %+v", c.text, v, c)
		}
	}
}
