package policy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/golden"
	"pgregory.net/rapid"
)

const (
	keyARN   = "arn:aws:kms:us-east-1:111122223333:key/1234"
	aliasARN = "arn:aws:kms:us-east-1:111122223333:alias/team:x"
)

func TestResource(t *testing.T) {
	ctx := contextOf("aws:username", "ana", "aws:PrincipalTag/key", "1234", "aws:PrincipalTag/star", "*", "aws:PrincipalAccount", "111122223333")
	tests := []struct {
		resource, arn string
		want          bool
	}{
		{`"*"`, keyARN, true},
		{`"*"`, aliasARN, true},
		{`"` + keyARN + `"`, keyARN, true},
		{`"` + keyARN + `"`, aliasARN, false},
		{`"` + keyARN + `5"`, keyARN, false},
		{`["` + aliasARN + `","` + keyARN + `"]`, keyARN, true},
		{`["` + aliasARN + `"]`, keyARN, false},
		{`[]`, keyARN, false},
		{`""`, keyARN, false},
		{`"arn:aws:kms:*:*:key/*"`, keyARN, true},
		{`"arn:aws:kms:us-east-?:111122223333:key/????"`, keyARN, true},
		{`"arn:aws:kms:us-east-?:111122223333:key/???"`, keyARN, false},
		{`"arn:aws:kms:*:key/*"`, keyARN, false}, // completed: wants a colon after key/
		{`"arn:aws:kms:*/1234"`, keyARN, false},
		{`"arn:aws:kms:*/team"`, aliasARN, true},
		{`"*/1234"`, keyARN, true}, // no ARN: '*' runs over colons
		{`"*:key/1234"`, keyARN, true},
		{`"arn*:key/1234"`, keyARN, true}, // does not begin with "arn:"
		{`"ARN:aws:kms:us-east-1:111122223333:key/1234"`, keyARN, false},
		{`"arn:aws:KMS:us-east-1:111122223333:key/1234"`, keyARN, false},
		{`"arn:aws:kms:us-east-1:111122223333:*:x"`, aliasARN, true},
		{`"arn:aws:kms:us-east-1:111122223333:alias*x"`, aliasARN, true},

		// Missing parts.
		{`"arn:aws:kms:us-east-1:111122223333"`, keyARN, true},
		{`"arn:aws:kms:us-east-1"`, keyARN, true},
		{`"arn:aws:kms"`, keyARN, true},
		{`"arn:aws:s3"`, keyARN, false},
		{`"arn:aws"`, keyARN, true},
		{`"arn:"`, keyARN, false},
		{`"arn:*"`, keyARN, true},
		{`"arn"`, keyARN, false},
		{`"arn:aws:kms:us-east-1:111122223333:"`, keyARN, false},
		{`"arn:aws:kms:us-east-1:11112222333"`, keyARN, false},

		// Operations without a resource.
		{`"*"`, "*", true},
		{`"**"`, "*", true},
		{`"?"`, "*", true},
		{`"a*"`, "*", false},
		{`""`, "*", false},
		{`"arn:aws:kms:*:*:key/*"`, "*", false},
		{`"arn:*"`, "*", false},
		{`"arn:aws:kms:us-east-1:111122223333:${*}"`, "*", false},

		// Variables.
		{`"arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key}"`, keyARN, true},
		{`"arn:aws:kms:us-east-1:111122223333:key/${AWS:principaltag/KEY}*"`, keyARN, true},
		{`"arn:aws:kms:us-east-1:111122223333:*/${aws:PrincipalTag/key}"`, keyARN, true},
		{`"arn:*:kms:*:*:${aws:PrincipalTag/none, 'key'}/?234"`, keyARN, true},
		{`"arn:aws:kms:us-east-1:111122223333:key/${aws:username}"`, keyARN, false},
		{`"arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/none}"`, keyARN, false},
		{`["arn:aws:kms:us-east-1:111122223333:${aws:PrincipalTag/none}","` + keyARN + `"]`, keyARN, true},
		{`"arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/star}"`, keyARN, false},
		{`"arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/star}"`, "arn:aws:kms:us-east-1:111122223333:key/*", true},
		{`"arn:aws:kms:us-east-1:111122223333:key/${*}"`, keyARN, false},
		{`"arn:aws:kms:us-east-1:111122223333:key/${?}${$}"`, "arn:aws:kms:us-east-1:111122223333:key/?$", true},
		{`"arn:aws:kms:us-east-1:111122223333:key/$1"`, "arn:aws:kms:us-east-1:111122223333:key/$1", true},

		// No variables before the fifth colon, and none in what is no ARN.
		{`"arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/1234"`, keyARN, false},
		{`"arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/1234"`, "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/1234", true},
		{`"arn:aws:kms:us-east-1:${aws:PrincipalAccount}:${aws:username}"`, "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:ana", true},
		{`"arn:aws:kms:us-east-1:${aws:PrincipalAccount}"`, "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/1234", true},
		{`"arn:aws:${a}${b:c:d}:us-east-1:${aws:username}:key"`, "arn:aws:${a}${b:c:d}:us-east-1:ana:key", false},
		{`"arn:aws:${a}${b:c:d}:us-east-1:${aws:username}:key"`, "arn:aws:${a}${b:c:d}:us-east-1:${aws:username}:key", true},
		{`"${aws:username}"`, "ana", false},
		{`"${aws:username}"`, "${aws:username}", true},
		{`"a:b:c:d:e:${aws:username}"`, "a:b:c:d:e:ana", true},
		{`"arn:aws:kms:${a:b:us-east-1"`, "arn:aws:kms:${a:b:us-east-1", true},
		{`"arn:aws:kms:us-east-1:1111$2222:${aws:username}"`, "arn:aws:kms:us-east-1:1111$2222:ana", true},
	}
	for _, tt := range tests {
		s := parsed(t, `"Effect":"Allow","Resource":`+tt.resource)
		if got := s.MatchesResource(tt.arn, &ctx); got != tt.want {
			t.Errorf("Resource %s covers %s: got %v", tt.resource, tt.arn, got)
		}
		s = parsed(t, `"Effect":"Allow","NotResource":`+tt.resource)
		if got := s.MatchesResource(tt.arn, &ctx); got == tt.want {
			t.Errorf("NotResource %s covers %s: got %v", tt.resource, tt.arn, got)
		}
	}
	if parsed(t, `"Effect":"Allow"`).MatchesResource("*", &ctx) {
		t.Error(`a statement without Resource covers "*"`)
	}
}

// Looking for the end of each variable that has none would take an hour here.
func TestManyVariablesWithoutEnd(t *testing.T) {
	const n = 8 << 20
	if colons, resource := arnShape("}:" + strings.Repeat("${", n)); colons != 1 || resource != 2*n+2 {
		t.Errorf("got %d colons and the resource at %d", colons, resource)
	}
}

// slowMatch is the rule for resources without variables, by regular expression.
func slowMatch(pattern, arn string) bool {
	if strings.HasPrefix(pattern, "arn:") && strings.Count(pattern, ":") < 5 {
		pattern += ":*"
	}
	expr := regexp.QuoteMeta(pattern)
	expr = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(expr)
	return regexp.MustCompile(`^(?s:` + expr + `)$`).MatchString(arn)
}

func TestResourceAgreesWithRegexp(t *testing.T) {
	part := rapid.StringOfN(rapid.SampledFrom([]rune("ab*?é")), 0, 3, -1)
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom([]string{"", "arn:"}).Draw(t, "prefix") + strings.Join(rapid.SliceOfN(part, 1, 7).Draw(t, "pattern"), ":")
		arn := "arn:" + strings.Join(rapid.SliceOfN(part, 5, 5).Draw(t, "arn"), ":")
		if got, want := matchOne(pattern, arn), slowMatch(pattern, arn); got != want {
			t.Fatalf("%q covers %q: got %v, want %v", pattern, arn, got, want)
		}
	})
}

func matchOne(pattern, arn string) bool {
	p := newResourcePattern(pattern, true)
	return p.match(arn, emptyContext)
}

// Parsing and printing agree, and what is printed is equal JSON.
func FuzzParseKeyPolicy(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"s","Effect":"Allow","Principal":{"AWS":["*","111122223333"]},` +
		`"NotAction":"kms:De*","Resource":["*","arn:aws:kms"],"Condition":{"ForAnyValue:StringLike":{"a":["${b}",true,1]}}}]}`)
	f.Add(`{"Statement":{"Effect":"Deny","NotPrincipal":"*","Action":[],"NotResource":"arn:aws:kms:r:a:${aws:username}"}}`)
	f.Add(`{"Statement":[{"Effect":"Nein","Condition":{"Bul":{"a":null}}},1]`)
	f.Add(`{"Statement":[{"Effect":"Nein","Condition":{"Null":{"a":null}}},1,{"Principal":"x"}]}`)
	seeds, err := golden.Parts("key.policy")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("%d golden key policies: %v", len(seeds), err)
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		p, err := ParseKeyPolicy([]byte(doc), nil)
		if err != nil {
			checkErrors(t, err.(Errors), doc)
			return
		}
		printed, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseKeyPolicy(printed, nil)
		if err != nil {
			t.Fatalf("printed as %s: %v", printed, err)
		}
		if got, want := describe(again), describe(p); got != want {
			t.Fatalf("printed and read again:\n%s\nwant\n%s", got, want)
		}
	})
}

// checkErrors checks that errors lie within their document, in order, and say something.
func checkErrors(t *testing.T, errs Errors, doc string) {
	last := 0
	for _, e := range errs {
		if e.Offset < last || e.Offset > len(doc) || e.Line < 1 || e.Column < 1 || e.Text == "" || e.Code == "" {
			t.Fatalf("error out of place: %+v", e)
		}
		last = e.Offset
	}
	if len(errs) == 0 {
		t.Fatal("an error without errors")
	}
}

// describe writes down what is known of a policy but for positions.
func describe(p *KeyPolicy) string {
	var b strings.Builder
	fmt.Fprintln(&b, p.Version(), p.ID(), p.Len())
	for _, s := range p.Statements() {
		fmt.Fprintln(&b, s.Index(), s.Sid(), s.HasSid(), s.Effect(), s.principalForm, s.principals, s.actionForm, s.actionPatterns,
			s.actions, s.resourceForm, s.resources, string(s.condition.AppendJSON(nil)))
		fmt.Fprintln(&b, s.MatchesResource(keyARN, emptyContext), s.MatchesResource("*", emptyContext), s.condition.Holds(emptyContext))
	}
	return b.String()
}
