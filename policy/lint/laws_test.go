package lint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// Pieces of policies, right ones and wrong ones, for what the rules look at.
var (
	somePrincipals = []string{
		`"*"`, `{"AWS":"*"}`, `{"AWS":"111122223333"}`, `{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/app"]}`,
		`{"AWS":"arn:aws:iam::111122223333:role/app-*"}`, `{"AWS":["AIDAEXAMPLE","AIDAEXAMPLE"]}`, `{"AWS":["AROAEXAMPLE","x","444455556666"]}`,
		`{"Service":"sns.amazonaws.com"}`, `{"Service":["logs.region.amazonaws.com","sns.amazonaws.com"],"AWS":"*"}`, `{"Service":"*"}`,
		`{"AWS":"sns.amazonaws.com","Federated":"x"}`, `{"AWS":[]}`,
	}
	someActions = []string{
		`"*"`, `"kms:*"`, `["kms:Decrypt","kms:CreateGrant"]`, `"kms:CreateGrant"`, `["kms:ReEncrypt","kms:ReEncrypt"]`, `"kms:Describe"`,
		`["kms:Put*","s3:GetObject"]`, `["kms:CreateAlias","kms:DescribeKey"]`, `[]`, `"kms: Decrypt"`, `["kms:Encrypt","kms:Frob","frob"]`, `"kms:Get*"`,
	}
	someResources = []string{
		`"*"`, `"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"`, `"arn:aws:kms:us-east-1:111122223333:alias/app"`,
		`["arn:aws:kms:*:*:alias/app-*","arn:aws:s3:::bucket"]`, `[]`, `"1234abcd"`, `"arn:aws:kms:*:*:key/${aws:PrincipalTag/a}"`,
	}
	someOperators = []string{
		"StringEquals", "stringequals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "ForAllValues:StringEquals", "ForAnyValue:StringLike",
		"ForAllValues:StringNotLike", "StringEqualsIgnoreCase", "ArnLike", "ArnNotEquals",
	}
	someKeys = []string{
		"kms:ViaService", "KMS:viaservice", "kms:CallerAccount", "aws:SourceArn", "aws:SourceAccount", "aws:PrincipalArn", "aws:PrincipalOrgID",
		"kms:EncryptionContextKeys", "kms:EncryptionContext:a", "kms:GrantOperations", "kms:GrantIsForAWSResource", "kms:ResourceAliases",
		"aws:ResourceTag/a", "aws:SourceVpce", "aws:ViaAWSService", "kms:RecipientAttestation:PCR0", "kms:ViaServce", "SourceArn", "aws:Frob", "aws:TagKeys",
	}
	someValues = []string{
		`"111122223333"`, `"s3.amazonaws.com"`, `["s3.us-east-1.amazonaws.com","s3.region.amazonaws.com"]`, `"alias/a-*"`, `["*","a"]`, `[]`,
		`"arn:aws:iam::*:role/a"`, `"arn:aws:sns:us-east-1:111122223333:a"`, `"o-example"`, `"${aws:PrincipalTag/a}"`, `"true"`,
	}
	someNullKeys = []string{"aws:SourceVpce", "kms:EncryptionContextKeys", "kms:ViaService", "kms:RecipientAttestation:PCR0"}
)

// principals draws the value of a Principal element: one from somePrincipals, or texts under any
// names, some of them under the wrong one or under several.
func principals(t *rapid.T) string {
	if rapid.Bool().Draw(t, "written") {
		return rapid.SampledFrom(somePrincipals).Draw(t, "principals")
	}
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"AWS", "Service", "Federated", "CanonicalUser"}), 1, 3, rapid.ID).Draw(t, "names")
	under := make(map[string][]string, len(names))
	for _, name := range names {
		texts := rapid.SampledFrom([]string{"arn:aws:iam::111122223333:role/app", "sns.amazonaws.com", "444455556666", "AIDAEXAMPLE", "x"})
		under[name] = rapid.SliceOfN(texts, 1, 3).Draw(t, name)
	}
	text, _ := json.Marshal(under)
	return string(text)
}

// statements draws the statements of a policy of a kind.
func statements(t *rapid.T, kind Kinds) string {
	one := rapid.Custom(func(t *rapid.T) string {
		maybe := func(label, name, negated string, from []string) string {
			switch rapid.IntRange(0, 9).Draw(t, label+"Form") {
			case 0:
				return ""
			case 1:
				name = negated
			}
			return fmt.Sprintf(`,%q:%s`, name, rapid.SampledFrom(from).Draw(t, label))
		}
		text := `{"Effect":` + rapid.SampledFrom([]string{`"Allow"`, `"Allow"`, `"Deny"`}).Draw(t, "effect")
		text += rapid.SampledFrom([]string{"", "", `,"Sid":"a"`, `,"Sid":"b"`}).Draw(t, "sid")
		switch kind {
		case KeyPolicies, EndpointPolicies:
			text += maybe("principal", "Principal", "NotPrincipal", []string{principals(t)})
		case ResourceControlPolicies:
			text += maybe("principal", "Principal", "Principal", []string{principals(t)})
		}
		text += maybe("action", "Action", "NotAction", someActions) + maybe("resource", "Resource", "NotResource", someResources)
		return text + condition(t) + "}"
	})
	return strings.Join(rapid.SliceOfN(one, 0, 4).Draw(t, "statements"), ",\n")
}

// condition draws the Condition element of a statement, if it gets one.
func condition(t *rapid.T) string {
	var operators []string
	tests := map[string][]string{}
	add := func(operator, key, value string) {
		if tests[operator] == nil {
			operators = append(operators, operator)
		}
		if test := fmt.Sprintf("%q:", key); !slices.ContainsFunc(tests[operator], func(s string) bool { return strings.HasPrefix(s, test) }) {
			tests[operator] = append(tests[operator], test+value)
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "tests") {
		add(rapid.SampledFrom(someOperators).Draw(t, "operator"), rapid.SampledFrom(someKeys).Draw(t, "key"), rapid.SampledFrom(someValues).Draw(t, "value"))
	}
	if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		add(null, rapid.SampledFrom(someNullKeys).Draw(t, "key"), rapid.SampledFrom([]string{`"true"`, `false`}).Draw(t, "absent"))
	}
	if len(operators) == 0 {
		return ""
	}
	var blocks []string
	for _, op := range operators {
		blocks = append(blocks, fmt.Sprintf("%q:{%s}", op, strings.Join(tests[op], ",")))
	}
	return `,"Condition":{` + strings.Join(blocks, ",") + "}"
}

// drawn draws a policy of some kind, and options for it.
func drawn(t *rapid.T) (linted, *Options) {
	kind := Kinds(1 << rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3, 4}).Draw(t, "kind"))
	text := `{"Version":"2012-10-17","Statement":[` + statements(t, kind) + `]}`
	l, err := parseKind(kind, text, &policy.ParseOptions{At: policy.Position{File: "all.json", Offset: 100, Line: 7, Column: 3}})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	opts := &Options{}
	if rapid.Bool().Draw(t, "known") {
		opts.Key = testKey
	}
	return l, opts
}

// Linting twice gives the same, in document order, and each edit mends its finding.
func TestFindingsAreStableAndMended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, opts := drawn(t)
		findings := l.findings(opts)
		if diff := cmp.Diff(l.findings(opts), findings, cmp.AllowUnexported(policy.Principal{})); diff != "" {
			t.Fatal(diff)
		}
		if !slices.IsSortedFunc(findings, func(a, b Finding) int { return a.Position.Offset - b.Position.Offset }) {
			t.Fatal(lines(findings))
		}
		if err := l.brokenEdit(opts, findings); err != nil {
			t.Fatal(err)
		}
	})
}

// Edits that take away what nobody can be, or what is about nobody and nothing, keep what the policy
// says to everybody: all but the ids of deleted users and roles, which are among what goes.
func TestEditsKeepWhatWorks(t *testing.T) {
	keep := []string{"no-principal", "no-action", "orphaned-principal", "unmatchable-principal"}
	rapid.Check(t, func(t *rapid.T) {
		l, opts := drawn(t)
		opts.Select = keep
		for _, f := range l.findings(opts) {
			after, err := l.doc.Apply(f.Edits...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(said(t, l.kind, after), said(t, l.kind, l.doc)); diff != "" {
				t.Fatalf("%v: %v of\n%v\nsays something else:\n%s", f, f.Edits, l.doc, diff)
			}
		}
	})
}

// said lists what the statements say that somebody can match, without principals that nobody can be.
func said(t rapid.TB, kind Kinds, doc *policy.Document) []string {
	var all []string
	for _, s := range doc.Statements() {
		names := working(s)
		isDead := (KeyPolicies|ResourceControlPolicies|EndpointPolicies)&kind != 0 && len(names) == 0 && !s.IsNotPrincipal() || isEmptySeq(s.ActionPatterns()) && !s.IsNotAction()
		if isDead {
			continue
		}
		var rest map[string]json.RawMessage
		text, err := s.MarshalJSON()
		if err == nil {
			err = json.Unmarshal(text, &rest)
		}
		if err != nil {
			t.Fatal(err)
		}
		delete(rest, "Principal")
		delete(rest, "NotPrincipal")
		others, _ := json.Marshal(rest)
		all = append(all, fmt.Sprintf("%q, not these: %v, %s", names, s.IsNotPrincipal(), others))
	}
	return all
}

// working lists the principals of a statement that somebody can be, each once.
func working(s *policy.Statement) []string {
	var names []string
	for principal := range s.Principals() {
		if kind := principal.Kind(); kind != policy.NoOne && kind != policy.UniqueID {
			names = append(names, principal.String())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// The edits that bound grants allow the same actions to the same callers as before: nobody can make
// grants who could not, and what else a statement allows stays.
func TestEditsOfGrantsKeepCallers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom([]string{"Principal", "NotPrincipal"}).Draw(t, "form")
		text := fmt.Sprintf(`{"Statement":{"Effect":"Allow",%q:%s,"Action":["kms:Decrypt","kms:CreateGrant"],"Resource":"*"%s}}`, form, principals(t), condition(t))
		l, err := parseKind(KeyPolicies, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range l.findings(&Options{Select: []string{"unconstrained-grants"}}) {
			after, err := l.doc.Apply(f.Edits...)
			if err != nil {
				t.Fatal(err)
			}
			for a := range action.All() {
				if diff := cmp.Diff(allowed(after, a), allowed(l.doc, a)); diff != "" {
					t.Fatalf("%v: %v of\n%v\nallows %v to others:\n%s", f, f.Edits, l.doc, a, diff)
				}
			}
		}
	})
}

// allowed lists whom the statements of a policy allow an action, conditions apart.
func allowed(doc *policy.Document, a action.Action) []string {
	var all []string
	for _, s := range doc.Statements() {
		if s.Effect() == policy.Allow && s.Actions().Has(a) {
			for _, name := range working(s) {
				all = append(all, fmt.Sprint(name, s.IsNotPrincipal()))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Selecting a rule gives its findings among all, and silencing it the others.
func TestSelectAndSilencePartFindings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, opts := drawn(t)
		all := l.findings(opts)
		rule := rapid.SampledFrom(rules).Draw(t, "rule").ID
		of := func(f Finding) bool { return f.Rule == rule }
		selected, silenced := *opts, *opts
		selected.Select = []string{rule}
		silenced.Silence = []Silence{{Rule: rule}}
		if diff := cmp.Diff(lines(l.findings(&selected)), lines(slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return !of(f) }))); diff != "" {
			t.Errorf("%s selected:\n%s", rule, diff)
		}
		if diff := cmp.Diff(lines(l.findings(&silenced)), lines(slices.DeleteFunc(slices.Clone(all), of))); diff != "" {
			t.Errorf("%s silenced:\n%s", rule, diff)
		}
	})
}

// At the position of a place stands what the place is of, and its path leads there.
func TestPlacesHoldWhatTheyName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, _ := drawn(t)
		text := l.doc.String()
		for _, p := range places(l.doc) {
			f := locate(l.doc, []problem{{rule: &Rule{}, at: p.at}})[0]
			rest := text[f.Position.Offset-l.doc.Position().Offset:]
			var got any
			if err := json.NewDecoder(strings.NewReader(rest)).Decode(&got); err != nil {
				t.Fatalf("%+v: %v", p.at, err)
			}
			if fmt.Sprint(got) != p.text || f.Path != p.path {
				t.Errorf("got %v at %s, want %v at %s", got, f.Path, p.text, p.path)
			}
			before := text[:len(text)-len(rest)]
			line, column := 7+strings.Count(before, "\n"), len(before)-strings.LastIndexByte(before, '\n')
			if line == 7 {
				column += 2
			}
			if f.Position.Line != line || f.Position.Column != column {
				t.Errorf("got %v, want %d:%d", f.Position, line, column)
			}
		}
	})
}

// A named is a place, and what it should hold.
type named struct {
	at         Place
	text, path string
}

// places returns the places of all actions, resources and condition values of a policy.
func places(doc *policy.Document) []named {
	var all []named
	for i, s := range doc.Statements() {
		statement := fmt.Sprintf("Statement[%d]", i)
		list := func(at Place, path string, single bool, texts []string) {
			for n, text := range texts {
				at.Value = n + 1
				in := path
				if !single {
					in += fmt.Sprintf("[%d]", n)
				}
				all = append(all, named{at, text, in})
			}
		}
		form := func(negated bool, name string) string {
			if negated {
				return statement + ".Not" + name
			}
			return statement + "." + name
		}
		actions := slices.Collect(s.ActionPatterns())
		list(Place{Statement: s, Element: "Action"}, form(s.IsNotAction(), "Action"), isSingle(someActions, actions), actions)
		resources := slices.Collect(s.Resources())
		list(Place{Statement: s, Element: "Resource"}, form(s.IsNotResource(), "Resource"), isSingle(someResources, resources), resources)
		n := 0
		for t := range s.Condition().Tests() {
			n++
			list(Place{Statement: s, Test: n}, fmt.Sprintf("%s.Condition.%v.%s", statement, t.Operator(), t.Key()), t.Single(), valuesOf(t))
		}
	}
	return all
}

// isSingle reports whether texts stand in no list, among the pieces that they were drawn from.
func isSingle(pieces, texts []string) bool {
	return len(texts) == 1 && slices.Contains(pieces, fmt.Sprintf("%q", texts[0]))
}

// FuzzLint lints whatever package policy reads, and makes the edits that are suggested.
func FuzzLint(f *testing.F) {
	for i := range ruleCases {
		if c := &ruleCases[i]; len(c.statements) < 4<<10 {
			f.Add(uint8(c.kind), c.keyKnown, c.text())
		}
	}
	f.Add(uint8(KeyPolicies), true, faulty)
	f.Fuzz(func(t *testing.T, kind uint8, keyKnown bool, text string) {
		l, err := parseKind(Kinds(kind), text, nil)
		if err != nil || len(text) > 64<<10 {
			return
		}
		opts := &Options{}
		if keyKnown {
			opts.Key = testKey
		}
		findings := l.findings(opts)
		if err := l.brokenEdit(opts, findings); err != nil {
			t.Fatal(err)
		}
		for _, finding := range findings {
			if s := finding.String(); strings.ContainsAny(s, "\n\r\x1b") {
				t.Errorf("a finding of more than a line: %q", s)
			}
		}
	})
}
