package lint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/policy"
)

// faulty is a key policy with something to find for several rules.
const faulty = `{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
    {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": ["kms:Decrypt",
      "kms:ReEncrypt"], "Resource": "*"},
    {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "AIDAEXAMPLE"}, "Action": "kms:Describe", "Resource": "*"}
  ]
}`

// lines returns findings as a user sees them.
func lines(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.String())
	}
	return all
}

func lintFaulty(t *testing.T, opts *Options) []Finding {
	t.Helper()
	p, err := policy.ParseKeyPolicy([]byte(faulty), &policy.ParseOptions{File: "key.json"})
	if err != nil {
		t.Fatal(err)
	}
	return KeyPolicy(p, opts)
}

func TestOptions(t *testing.T) {
	const (
		open     = `key.json:5:53: error: wildcard-principal: this allows kms:Decrypt to everyone in every AWS account, since no condition keeps strangers out`
		reEnc    = `key.json:6:7: error: unknown-action: KMS has no action "kms:ReEncrypt" (did you mean "kms:ReEncrypt*"?)`
		sid      = `key.json:7:13: info: duplicate-sid: statement 0 has the Sid "Root" already`
		orphan   = `key.json:7:61: warning: orphaned-principal: "AIDAEXAMPLE" is the id of a user or role that was deleted, and a new one of the same name has another`
		describe = `key.json:7:87: error: unknown-action: KMS has no action "kms:Describe" (did you mean "kms:DescribeKey"?)`
		options  = `key.json:1:1: error: options: `
	)
	own := Rule{ID: "own", Severity: Warning, AppliesTo: KeyPolicies, Check: func(p *Pass) {
		p.Report(Place{}, fmt.Sprintf("%v of %d statements", p.Kind(), p.Document().Len()))
		for s := range p.Statements() {
			p.Report(Place{Statement: s, Element: "Effect"}, "seen")
		}
	}}
	tests := []struct {
		name string
		opts *Options
		want []string
	}{
		{"nil", nil, []string{open, reEnc, sid, orphan, describe}},
		{"zero", &Options{}, []string{open, reEnc, sid, orphan, describe}},
		{"select", &Options{Select: []string{"unknown-action"}}, []string{reEnc, describe}},
		{"select several", &Options{Select: []string{"orphaned-principal", "duplicate-sid"}}, []string{sid, orphan}},
		{"silence a rule", &Options{Silence: []Silence{{Rule: "unknown-action"}}}, []string{open, sid, orphan}},
		{"silence a statement", &Options{Silence: []Silence{{Sid: "Open"}}}, []string{sid, orphan, describe}},
		{"silence a rule in a statement", &Options{Silence: []Silence{{"unknown-action", "Open"}}}, []string{open, sid, orphan, describe}},
		{"silence a rule in another statement", &Options{Silence: []Silence{{"orphaned-principal", "Open"}}}, []string{open, reEnc, sid, orphan, describe}},
		{"silence nothing", &Options{Silence: []Silence{{}}, Select: []string{"duplicate-sid"}},
			[]string{options + "Silence has neither a rule nor a Sid, so it silences nothing", sid}},
		{"add a rule", &Options{Rules: []Rule{own}, Select: []string{"own"}}, []string{
			"key.json:1:1: warning: own: key policy of 3 statements", "key.json:4:31: warning: own: seen",
			"key.json:5:31: warning: own: seen", "key.json:7:31: warning: own: seen",
		}},
		{"misspelt", &Options{Select: []string{"unknown-actions"}, Silence: []Silence{{Rule: "frobnicate"}}}, []string{
			options + `Select has the rule "unknown-actions", which does not exist (did you mean "unknown-action"?)`,
			options + `Silence has the rule "frobnicate", which does not exist`,
		}},
		{"bad rules", &Options{Select: []string{optionsRule}, Rules: []Rule{own, own, {ID: "Not an id"}, {ID: "a--b"}, {ID: "no-check", AppliesTo: AllPolicies}, {ID: "no-kinds", Check: own.Check}}}, []string{
			options + `Rules has the id "own", which another rule has already`,
			options + `Rules has the id "Not an id", which is not made of lower-case words with hyphens`,
			options + `Rules has the id "a--b", which is not made of lower-case words with hyphens`,
			options + `the rule "no-check" checks nothing: it needs Check and AppliesTo`,
			options + `the rule "no-kinds" checks nothing: it needs Check and AppliesTo`,
		}},
		{"not a key", &Options{Select: []string{optionsRule}, Key: policy.MustParseARN("arn:aws:kms:us-east-1:111122223333:alias/app")}, []string{
			options + `Key is "arn:aws:kms:us-east-1:111122223333:alias/app", which is not the ARN of a key`,
		}},
		{"silenced misspelling", &Options{Select: []string{"x"}, Silence: []Silence{{Rule: optionsRule}}}, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(lines(lintFaulty(t, tt.opts)), tt.want); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}

func TestFinding(t *testing.T) {
	got := lintFaulty(t, &Options{Select: []string{"unknown-action"}})[0]
	want := Finding{
		Rule:      "unknown-action",
		Severity:  Error,
		Position:  policy.Position{File: "key.json", Offset: strings.Index(faulty, `"kms:ReEncrypt"`), Line: 6, Column: 7},
		Path:      "Statement[1].Action[1]",
		Statement: 1,
		Sid:       "Open",
		Message:   `KMS has no action "kms:ReEncrypt" (did you mean "kms:ReEncrypt*"?)`,
		Edits: []policy.Edit{
			{Op: policy.AddValues, Statement: 1, Element: "Action", Values: []string{"kms:ReEncrypt*"}},
			{Op: policy.RemoveValues, Statement: 1, Element: "Action", Values: []string{"kms:ReEncrypt"}},
		},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	whole := KeyPolicy(&policy.KeyPolicy{}, nil)
	for _, f := range whole {
		if f.Statement != -1 || f.Path != "" || f.Position.String() != "1:1" {
			t.Errorf("of the policy without statements: %+v", f)
		}
	}
	if len(whole) != 2 {
		t.Errorf("of the policy without statements: %v", whole)
	}
}

func TestSeverity(t *testing.T) {
	for s, want := range map[Severity]string{Info: "info", Warning: "warning", Error: "error"} {
		text, err := json.Marshal(Finding{Severity: s}.Severity)
		if s.String() != want || string(text) != `"`+want+`"` || err != nil {
			t.Errorf("severity %d is %v, as JSON %s, %v", s, s, text, err)
		}
		read := Severity(3)
		if err := json.Unmarshal(text, &read); read != s || err != nil {
			t.Errorf("%s is read as %v, %v", text, read, err)
		}
	}
	if text, err := Severity(3).MarshalText(); err == nil || Severity(3).String() != "Severity(3)" {
		t.Errorf("no severity is %v, as text %q", Severity(3), text)
	}
	for word, want := range map[string]string{
		"":        `found "", expected info, warning or error`,
		"Error":   `found "Error", expected info, warning or error (did you mean "error"?)`,
		"warnin":  `found "warnin", expected info, warning or error (did you mean "warning"?)`,
		"serious": `found "serious", expected info, warning or error`,
	} {
		s := Warning
		if err := s.UnmarshalText([]byte(word)); err == nil || err.Error() != want || s != Warning {
			t.Errorf("%q is read as %v, %v; want %s", word, s, err, want)
		}
	}
}

func TestKinds(t *testing.T) {
	for k, want := range map[Kinds]string{
		0: "", KeyPolicies: "key policy", IAMPolicies | EndpointPolicies: "IAM policy, endpoint policy",
		AllPolicies: "key policy, IAM policy, service control policy, resource control policy, endpoint policy",
	} {
		if got := k.String(); got != want {
			t.Errorf("kinds %d: got %q, want %q", k, got, want)
		}
	}
}

// Rules are called for the kinds that they apply to, and nothing else.
func TestAppliesTo(t *testing.T) {
	for kind := KeyPolicies; kind <= EndpointPolicies; kind <<= 1 {
		l, err := parseKind(kind, `{"Statement":{"Effect":"Deny"}}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		var rules []Rule
		for k := KeyPolicies; k <= EndpointPolicies; k <<= 1 {
			rules = append(rules, Rule{ID: fmt.Sprintf("for-%d", k), AppliesTo: k, Check: func(p *Pass) {
				if p.Kind() != kind || p.Key() != testKey {
					t.Errorf("a pass over a %v says %v of %v", kind, p.Kind(), p.Key())
				}
				p.Report(Place{}, "here")
			}})
		}
		got := lines(l.findings(&Options{Key: testKey, Rules: rules, Select: []string{"for-1", "for-2", "for-4", "for-8", "for-16"}}))
		if want := []string{fmt.Sprintf("1:1: info: for-%d: here", kind)}; !slices.Equal(got, want) {
			t.Errorf("%v: got %q, want %q", kind, got, want)
		}
	}
}

// Statements about other services are not looked at, except in a key policy.
func TestStatementsOfOtherServices(t *testing.T) {
	text := `{"Statement":[{"Sid":"a","Effect":"Deny","Action":"s3:*"},{"Sid":"b","Effect":"Deny","Action":"KMS:frob"},
		{"Sid":"c","Effect":"Deny","Action":"*"},{"Sid":"d","Effect":"Deny","NotAction":"kms:*"},{"Sid":"e","Effect":"Deny","NotAction":"s3:*"},{"Sid":"f","Effect":"Deny"}]}`
	for kind, want := range map[Kinds]string{KeyPolicies: "abcdef", IAMPolicies: "bcde", ServiceControlPolicies: "bcde", ResourceControlPolicies: "bcde", EndpointPolicies: "bcde"} {
		l, err := parseKind(kind, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		l.findings(&Options{Select: []string{"spy"}, Rules: []Rule{{ID: "spy", AppliesTo: AllPolicies, Check: func(p *Pass) {
			for s := range p.Statements() {
				got += s.Sid()
			}
		}}}})
		if got != want {
			t.Errorf("%v: got %s, want %s", kind, got, want)
		}
	}
}

// What a rule finds is bounded, and says so.
func TestBoundedFindings(t *testing.T) {
	for _, n := range []int{maxFindings, maxFindings + 1, 3 * maxFindings} {
		text := `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["kms:*"` + strings.Repeat(`,"kms:Decript"`, n) + `],"Resource":"*"}]}`
		p, err := policy.ParseKeyPolicy([]byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := KeyPolicy(p, &Options{Select: []string{"unknown-action"}})
		if want := min(n, maxFindings+1); len(got) != want {
			t.Errorf("%d wrong actions: got %d findings, want %d", n, len(got), want)
		}
		talker := Rule{ID: "talker", AppliesTo: AllPolicies, Check: func(p *Pass) {
			for range n {
				p.Report(Place{}, "again")
			}
			for range p.Statements() {
				p.Report(Place{}, "and again")
			}
		}}
		if got, want := len(KeyPolicy(p, &Options{Select: []string{"talker"}, Rules: []Rule{talker}})), maxFindings+1; got != want {
			t.Errorf("a rule that talks %d times: got %d findings, want %d", n, got, want)
		}
		if last := got[0].String(); n > maxFindings && last != "1:1: error: unknown-action: there is more of this than is listed" {
			t.Errorf("%d wrong actions: got %s", n, last)
		}
	}
}
