package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// list writes the errors of a document one per line: line:column code path: text.
func list(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var errs Errors
	if !errors.As(err, &errs) || len(errs) == 0 {
		t.Fatalf("got %T, want Errors", err)
	}
	var lines []string
	for _, e := range errs {
		lines = append(lines, fmt.Sprintf("%d:%d %s %s: %s", e.Line, e.Column, e.Code, e.Path, e.Text))
	}
	return strings.Join(lines, "\n")
}

// keyPolicyWith returns a key policy with one statement that has the given elements.
func keyPolicyWith(elements string) string {
	return "{\"Version\":\"2012-10-17\",\"Statement\":[\n{" + elements + "}]}"
}

// parsed returns the statement of keyPolicyWith(elements).
func parsed(t *testing.T, elements string) *Statement {
	t.Helper()
	p, err := ParseKeyPolicy([]byte(keyPolicyWith(elements)), nil)
	if err != nil {
		t.Fatalf("%s: %v", elements, err)
	}
	return p.Statement(0)
}

func TestParseRefusesDocuments(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"nothing", ``, "1:1 syntax : found the end of the document, expected a value"},
		{"truncated", `{"Statement":[{"Effect":"Allow"`, "1:32 syntax : found the end of the document, expected ',' or '}'"},
		{"list", `[]`, "1:1 wrong-type : found a list, expected an object"},
		{"null", `null`, "1:1 wrong-type : found null, expected an object"},
		{"string", `"{}"`, "1:1 wrong-type : found a string, expected an object"},
		{"empty object", `{}`, `1:1 missing-member : element "Statement" is missing`},
		{"no Statement", `{"Version":"2012-10-17","Id":"x"}`, `1:1 missing-member : element "Statement" is missing`},
		{"Statement null", `{"Statement":null}`, "1:14 wrong-type Statement: found null, expected a statement or a list of statements"},
		{"Statement string", `{"Statement":"x"}`, "1:14 wrong-type Statement: found a string, expected a statement or a list of statements"},
		{"Statement with a list in its list", `{"Statement":[[]]}`, "1:15 wrong-type Statement[0]: found a list, expected an object"},
		{"Statement with null in its list", `{"Statement":[null]}`, "1:15 wrong-type Statement[0]: found null, expected an object"},
		{"empty statement", `{"Statement":{}}`, `1:14 missing-member Statement: element "Effect" is missing`},
		{"unknown Version", `{"Version":"2012-10-18","Statement":[]}`, `1:12 bad-value Version: found "2012-10-18", expected "2008-10-17" or "2012-10-17"`},
		{"empty Version", `{"Version":"","Statement":[]}`, `1:12 bad-value Version: found "", expected "2008-10-17" or "2012-10-17"`},
		{"Version as a number", `{"Version":2012,"Statement":[]}`, "1:12 wrong-type Version: found a number, expected a string"},
		{"Version null", `{"Version":null,"Statement":[]}`, "1:12 wrong-type Version: found null, expected a string"},
		{"Id list", `{"Id":["x"],"Statement":[]}`, "1:7 wrong-type Id: found a list, expected a string"},
		{"element in lower case", `{"version":"2012-10-17","Statement":[]}`, `1:2 unknown-member : unknown element "version" (did you mean "Version"?)`},
		{"plural", `{"Statements":[]}`, "1:1 missing-member : element \"Statement\" is missing\n" +
			`1:2 unknown-member : unknown element "Statements" (did you mean "Statement"?)`},
		{"far from any element", `{"Metadata":{"Effect":1},"Statement":[]}`, `1:2 unknown-member : unknown element "Metadata"`},
		{"element twice", `{"Statement":[],"Statement":[{}]}`, `1:17 duplicate-member : "Statement" is given twice`},
		{"element twice by an escape", `{"Statement":[],"Statem\u0065nt":[{}]}`, `1:17 duplicate-member : "Statement" is given twice`},
		{"byte order mark", "\uFEFF" + `{"Statement":[]}`, "1:1 syntax : found a byte order mark, expected a value"},
		{"bad UTF-8", "{\"Id\":\"\xc0\",\"Statement\":[]}", "1:8 not-utf8 : byte 0xc0 is not UTF-8"},
		{"lone surrogate", `{"Id":"\udc00","Statement":[]}`, `1:8 not-utf8 : \udc00 is half of a surrogate pair`},
		{"NUL", "{\"Id\":\"\x00\",\"Statement\":[]}", "1:8 syntax : found control character U+0000, expected the rest of the string"},
		{"trailing garbage", "{\"Statement\":[]}\n;", "2:1 syntax : found ';', expected the end of the document"},
		{"100,000 lists", strings.Repeat("[", 100_000), "1:129 too-deep : lists and objects are nested more than 128 deep"},
		{"10 MB", `{"Id":"` + strings.Repeat("x", 10<<20) + `","Statement":[]}`,
			"1:1 too-large : the document has 10485784 bytes, at most 1048576 are read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParseKeyPolicy([]byte(tt.doc), nil)
			if got := list(t, err); got != tt.want || p != nil {
				t.Errorf("got %v and\n%s\nwant\n%s", p, got, tt.want)
			}
		})
	}
}

func TestParseRefusesStatements(t *testing.T) {
	tests := []struct{ name, elements, want string }{
		{"no Effect", `"Action":"kms:*"`, `2:1 missing-member Statement[0]: element "Effect" is missing`},
		{"Effect in lower case", `"Effect":"allow"`, `2:11 bad-value Statement[0].Effect: found "allow", expected "Allow" or "Deny"`},
		{"Effect true", `"Effect":true`, "2:11 wrong-type Statement[0].Effect: found a boolean, expected a string"},
		{"unknown element", `"Effect":"Deny","Actions":"kms:*"`, `2:18 unknown-member Statement[0]: unknown element "Actions" (did you mean "Action"?)`},
		{"element in lower case", `"Effect":"Deny","action":"kms:*"`, `2:18 unknown-member Statement[0]: unknown element "action" (did you mean "Action"?)`},
		{"element twice", `"Effect":"Deny","Action":"a","Action":"b"`, `2:31 duplicate-member Statement[0]: "Action" is given twice`},
		{"Sid null", `"Effect":"Deny","Sid":null`, "2:24 wrong-type Statement[0].Sid: found null, expected a string"},

		{"Action and NotAction", `"Effect":"Deny","Action":"a","NotAction":"b"`, "2:31 contradiction Statement[0]: Action and NotAction exclude each other"},
		{"NotResource and Resource", `"Effect":"Deny","NotResource":"a","Resource":"b"`,
			"2:36 contradiction Statement[0]: Resource and NotResource exclude each other"},
		{"Principal and NotPrincipal", `"Effect":"Deny","Principal":"*","NotPrincipal":"*"`,
			"2:34 contradiction Statement[0]: Principal and NotPrincipal exclude each other"},
		{"Action number", `"Effect":"Deny","Action":1`, "2:27 wrong-type Statement[0].Action: found a number, expected a string or a list of strings"},
		{"Action null", `"Effect":"Deny","Action":null`, "2:27 wrong-type Statement[0].Action: found null, expected a string or a list of strings"},
		{"number among actions", `"Effect":"Deny","NotAction":["a",1,null]`,
			"2:35 wrong-type Statement[0].NotAction[1]: found a number, expected a string\n" +
				"2:37 wrong-type Statement[0].NotAction[2]: found null, expected a string"},
		{"nested list of actions", `"Effect":"Deny","Action":[["a"]]`, "2:28 wrong-type Statement[0].Action[0]: found a list, expected a string"},
		{"Resource object", `"Effect":"Deny","Resource":{}`, "2:29 wrong-type Statement[0].Resource: found an object, expected a string or a list of strings"},
		{"Resource with a boolean", `"Effect":"Deny","NotResource":[true]`, "2:33 wrong-type Statement[0].NotResource[0]: found a boolean, expected a string"},

		{"Principal string", `"Effect":"Deny","Principal":"111122223333"`,
			`2:30 bad-value Statement[0].Principal: found "111122223333", expected "*" or an object such as {"AWS": "111122223333"}`},
		{"NotPrincipal string", `"Effect":"Deny","NotPrincipal":"a"`, `2:33 bad-value Statement[0].NotPrincipal: found "a", expected "*" or an object such as {"AWS": "a"}`},
		{"Principal list", `"Effect":"Deny","Principal":["*"]`, `2:30 wrong-type Statement[0].Principal: found a list, expected "*" or an object`},
		{"Principal null", `"Effect":"Deny","Principal":null`, `2:30 wrong-type Statement[0].Principal: found null, expected "*" or an object`},
		{"Principal without kinds", `"Effect":"Deny","Principal":{}`,
			`2:30 bad-value Statement[0].Principal: found no principals, expected an object such as {"AWS": "111122223333"}`},
		{"unknown kind of principal", `"Effect":"Deny","Principal":{"Aws":"*"}`,
			`2:31 unknown-member Statement[0].Principal: unknown kind of principal "Aws" (did you mean "AWS"?)`},
		{"kind of principal twice", `"Effect":"Deny","Principal":{"AWS":"*","AWS":"*"}`, `2:41 duplicate-member Statement[0].Principal: "AWS" is given twice`},
		{"principal null", `"Effect":"Deny","Principal":{"AWS":null}`,
			"2:37 wrong-type Statement[0].Principal.AWS: found null, expected a string or a list of strings"},
		{"principal number", `"Effect":"Deny","Principal":{"AWS":["*",111122223333]}`,
			"2:42 wrong-type Statement[0].Principal.AWS[1]: found a number, expected a string"},

		{"Condition null", `"Effect":"Deny","Condition":null`, "2:30 wrong-type Statement[0].Condition: found null, expected an object"},
		{"Condition list", `"Effect":"Deny","Condition":[]`, "2:30 wrong-type Statement[0].Condition: found a list, expected an object"},
		{"operator with a string", `"Effect":"Deny","Condition":{"Bool":"x"}`, "2:38 wrong-type Statement[0].Condition.Bool: found a string, expected an object"},
		{"unknown operator", `"Effect":"Deny","Condition":{"StringEqual":{"a":"b"}}`,
			`2:31 bad-operator Statement[0].Condition: unknown operator "StringEqual" (did you mean "StringEquals"?)`},
		{"operator twice", `"Effect":"Deny","Condition":{"Bool":{},"Bool":{}}`, `2:41 duplicate-member Statement[0].Condition: "Bool" is given twice`},
		{"key twice", `"Effect":"Deny","Condition":{"StringLike":{"a":"1","\u0061":"2"}}`,
			`2:53 duplicate-member Statement[0].Condition.StringLike: "a" is given twice`},
		{"value null", `"Effect":"Deny","Condition":{"StringLike":{"a":null}}`,
			"2:49 wrong-type Statement[0].Condition.StringLike.a: found null, expected a string, a boolean or a number"},
		{"value object", `"Effect":"Deny","Condition":{"StringLike":{"a":["b",{}]}}`,
			"2:54 wrong-type Statement[0].Condition.StringLike.a[1]: found an object, expected a string, a boolean or a number"},
		{"nested list of values", `"Effect":"Deny","Condition":{"StringLike":{"a":[["b"]]}}`,
			"2:50 wrong-type Statement[0].Condition.StringLike.a[0]: found a list, expected a string, a boolean or a number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseKeyPolicy([]byte(keyPolicyWith(tt.elements)), nil)
			if got := list(t, err); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// What a value must look like is the business of package conditions; here only the place of
// the error counts, and that it is the element's own.
func TestParseRefusesConditionValues(t *testing.T) {
	tests := []struct{ condition, wantPlaces string }{
		{`{"IpAddress":{"aws:SourceIp":"10.0.0.0/40"}}`, "2:60 bad-value Statement[0].Condition.IpAddress.aws:SourceIp"},
		{`{"NumericEquals":{"a":["1","x",2,"y"]}}`,
			"2:58 bad-value Statement[0].Condition.NumericEquals.a[1]\n2:64 bad-value Statement[0].Condition.NumericEquals.a[3]"},
		{`{"NumericEquals":{"a":[null,"x"]}}`,
			"2:54 wrong-type Statement[0].Condition.NumericEquals.a[0]\n2:59 bad-value Statement[0].Condition.NumericEquals.a[1]"},
		{`{"DateLessThan":{"a":"yesterday"}}`, "2:52 bad-value Statement[0].Condition.DateLessThan.a"},
		{`{"Null":{"a":"maybe"}}`, "2:44 bad-value Statement[0].Condition.Null.a"},
		{`{"NullIfExists":{"a":"true"}}`, "2:32 bad-operator Statement[0].Condition"},
		{`{"ForAnyValue:Null":{"a":"true"}}`, "2:32 bad-operator Statement[0].Condition"},
		{`{"NumericEquals":{"a":"${aws:EpochTime}"}}`, "2:53 bad-value Statement[0].Condition.NumericEquals.a"},
		{`{"Bool":{"a":"${aws:SecureTransport}","b":true},"numericequals":{"c":12,"d":[]}}`, ""},
	}
	for _, tt := range tests {
		_, err := ParseKeyPolicy([]byte(keyPolicyWith(`"Effect":"Allow","Condition":`+tt.condition)), nil)
		var places []string
		for line := range strings.SplitSeq(list(t, err), "\n") {
			place, _, _ := strings.Cut(line, ": ")
			places = append(places, place)
		}
		if got := strings.Join(places, "\n"); got != tt.wantPlaces {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.condition, got, tt.wantPlaces)
		}
	}
}

// A variable is one only in Version 2012-10-17, wherever that stands in the document.
func TestVersionDecidesAboutVariables(t *testing.T) {
	statement := `"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:us-east-1:111122223333:${aws:username}*",` +
		`"Condition":{"StringEquals":{"a":"${b}"}}}`
	tests := []struct {
		doc      string
		variable bool
	}{
		{`{"Version":"2012-10-17",` + statement + `}`, true},
		{`{` + statement + `,"Version":"2012-10-17"}`, true},
		{`{"Version":"2008-10-17",` + statement + `}`, false},
		{`{` + statement + `}`, false},
	}
	for _, tt := range tests {
		p, err := ParseKeyPolicy([]byte(tt.doc), nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.doc, err)
		}
		literal := "arn:aws:kms:us-east-1:111122223333:${aws:username}"
		if got, want := p.Statement(0).MatchesResource(literal, emptyContext), !tt.variable; got != want {
			t.Errorf("%s: matches the literal text: %v", tt.doc, got)
		}
		ctx := contextOf("a", "${b}")
		if got, want := p.Statement(0).Condition().Holds(&ctx), !tt.variable; got != want {
			t.Errorf("%s: condition holds for the literal text: %v", tt.doc, got)
		}
	}
}

func TestAllErrorsInDocumentOrder(t *testing.T) {
	doc := `{
  "Statement": [
    {"Effect": "allow", "Action": 1},
    {"Action": "kms:*", "Condition": {"IpAdress": {"aws:SourceIp": 1}}},
    {"Effect": "Deny", "Principal": "x", "Sid": 2}
  ],
  "Version": "2013",
  "ID": "x"
}`
	_, err := ParseKeyPolicy([]byte(doc), &ParseOptions{File: "policy.json"})
	want := `policy.json:3:16: Statement[0].Effect: found "allow", expected "Allow" or "Deny"
policy.json:3:35: Statement[0].Action: found a number, expected a string or a list of strings
policy.json:4:5: Statement[1]: element "Effect" is missing
policy.json:4:39: Statement[1].Condition: unknown operator "IpAdress" (did you mean "IpAddress"?)
policy.json:5:37: Statement[2].Principal: found "x", expected "*" or an object such as {"AWS": "x"}
policy.json:5:49: Statement[2].Sid: found a number, expected a string
policy.json:7:14: Version: found "2013", expected "2008-10-17" or "2012-10-17"
policy.json:8:3: unknown element "ID" (did you mean "Id"?)`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// What is legal but without effect is kept.
func TestParseKeeps(t *testing.T) {
	for _, elements := range []string{
		`"Effect":"Allow"`,
		`"Effect":"Allow","Sid":""`,
		`"Effect":"Allow","Sid":"with blanks, and\n more"`,
		`"Effect":"Allow","Action":"kms:","Resource":"","Principal":{"AWS":""}`,
		`"Effect":"Allow","Action":"kms:Get*,Put*","Resource":"key"`,
		`"Effect":"Allow","Action":[],"Resource":[],"Principal":{"AWS":[]}`,
		`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::*:root","Service":"*","Federated":"x","CanonicalUser":["y"]}`,
		`"Effect":"Allow","Condition":{}`,
		`"Effect":"Allow","Condition":{"StringEquals":{}}`,
		`"Effect":"Allow","Condition":{"StringEquals":{"":[]}}`,
		`"Effect":"Allow","Condition":{"Bool":{"a":true},"NumericEquals":{"b":[1,"2"]}}`,
		`"Effect":"Allow","Condition":{"stringequals":{"a":"b"},"StringEquals":{"A":"b"}}`,
	} {
		s := parsed(t, elements)
		if s.Actions().Len() != 0 || s.MatchesResource("*", emptyContext) {
			t.Errorf("%s matches %v", elements, s.Actions())
		}
	}
}

func TestDialects(t *testing.T) {
	parsers := []struct {
		name                  string
		parse                 func(doc string) error
		principal, notAllowed bool
	}{
		{"a key policy", func(doc string) error { _, err := ParseKeyPolicy([]byte(doc), nil); return err }, true, true},
		{"an endpoint policy", func(doc string) error { _, err := ParseEndpointPolicy([]byte(doc), nil); return err }, true, true},
		{"a resource control policy", func(doc string) error { _, err := ParseResourceControlPolicy([]byte(doc), nil); return err }, true, false},
		{"an IAM policy", func(doc string) error { _, err := ParseIAMPolicy([]byte(doc), nil); return err }, false, false},
		{"a service control policy", func(doc string) error { _, err := ParseServiceControlPolicy([]byte(doc), nil); return err }, false, false},
	}
	for _, tt := range parsers {
		t.Run(tt.name, func(t *testing.T) {
			want := map[string]string{
				`"Principal":"*"`:    "2:18 forbidden-member Statement[0]: " + tt.name + " cannot have a Principal",
				`"NotPrincipal":"*"`: "2:18 forbidden-member Statement[0]: " + tt.name + " cannot have a NotPrincipal",
				`"NotAction":"a"`:    "",
			}
			if tt.principal {
				want[`"Principal":"*"`] = ""
			}
			if tt.notAllowed {
				want[`"NotPrincipal":"*"`] = ""
			}
			for elements, want := range want {
				if got := list(t, tt.parse(keyPolicyWith(`"Effect":"Deny",`+elements))); got != want {
					t.Errorf("%s:\ngot  %s\nwant %s", elements, got, want)
				}
			}
			if got, want := list(t, tt.parse("?")), "1:1 syntax : found '?', expected a value"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestParseAllKinds(t *testing.T) {
	doc, opts := []byte(`{"Id":"i","Statement":[]}`), &ParseOptions{Name: "n"}
	key, err1 := ParseKeyPolicy(doc, opts)
	iam, err2 := ParseIAMPolicy(doc, opts)
	scp, err3 := ParseServiceControlPolicy(doc, opts)
	rcp, err4 := ParseResourceControlPolicy(doc, opts)
	vpce, err5 := ParseEndpointPolicy(doc, opts)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Document{&key.Document, &iam.Document, &scp.Document, &rcp.Document, &vpce.Document} {
		if d.Name() != "n" || d.ID() != "i" || d.Version() != "" || d.Len() != 0 {
			t.Errorf("got name %q, id %q, version %q, %d statements", d.Name(), d.ID(), d.Version(), d.Len())
		}
	}
}

func TestParseInLargerText(t *testing.T) {
	doc := []byte("{\"Statement\": [{\"Effect\": \"Allow\"},\n  {\"Effect\": \"Allow\"}]}")
	opts := &ParseOptions{At: Position{File: "scenario.json", Offset: 1000, Line: 20, Column: 15}}
	p, err := ParseKeyPolicy(doc, opts)
	if err != nil {
		t.Fatal(err)
	}
	var got []Position
	for _, s := range p.Statements() {
		got = append(got, s.Position())
	}
	want := []Position{{"scenario.json", 1015, 20, 30}, {"scenario.json", 1038, 21, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	opts.File = "other.json"
	if p, _ = ParseKeyPolicy(doc, opts); p.Statement(0).Position().File != "other.json" {
		t.Errorf("File does not win over At.File: %v", p.Statement(0).Position())
	}
	_, err = ParseKeyPolicy(doc[:20], opts)
	if got, want := err.Error(), "other.json:20:35: found the end of the document, expected the rest of the string"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMaxBytes(t *testing.T) {
	doc := []byte(`{"Statement":[]}`)
	if _, err := ParseKeyPolicy(doc, &ParseOptions{MaxBytes: len(doc)}); err != nil {
		t.Error(err)
	}
	_, err := ParseKeyPolicy(doc, &ParseOptions{MaxBytes: len(doc) - 1})
	if got, want := list(t, err), "1:1 too-large : the document has 16 bytes, at most 15 are read"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseCopiesTheDocument(t *testing.T) {
	doc := []byte(`{"Statement":{"Sid":"abc","Effect":"Allow","Action":"kms:Decrypt"}}`)
	p, err := ParseKeyPolicy(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range doc {
		doc[i] = 'x'
	}
	if s := p.Statement(0); s.Sid() != "abc" || s.Actions() != action.SetOf(action.Decrypt) {
		t.Errorf("statement changed with its source: %q", s.Sid())
	}
}
