package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/policy"
)

// testKey is the key that policies of tests are for.
var testKey = policy.MustParseARN("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")

// notation shortens the statements of tests.
var notation = strings.NewReplacer(
	"ROOT", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`,
	"Allow", `"Effect":"Allow"`,
	"Deny", `"Effect":"Deny"`,
	"@any", `"Principal":"*"`,
	"@app", `"Principal":{"AWS":"arn:aws:iam::111122223333:role/app"}`,
	"@aws", `"Principal":{"AWS":`,
	"@sns", `"Principal":{"Service":"sns.amazonaws.com"}`,
	"@service", `"Principal":{"Service":`,
	"@does", `"Action":`,
	"@here", `"Resource":"*"`,
	"@if", `"Condition":`,
)

// What a case shows of its rule.
type shows uint8

const (
	found    shows = iota + 1 // what it is for
	clean                     // a policy as it should be
	nearMiss                  // a policy that looks as if, but is right
)

const (
	key  = KeyPolicies
	iam  = IAMPolicies
	scp  = ServiceControlPolicies
	rcp  = ResourceControlPolicies
	vpce = EndpointPolicies
)

// A ruleCase is a policy, and what one rule finds in it: path and message, a line for each.
type ruleCase struct {
	rule       string
	shows      shows
	kind       Kinds
	keyKnown   bool
	statements string
	want       string
}

const (
	unknown = false
	known   = true
)

func (c *ruleCase) text() string {
	return `{"Version":"2012-10-17","Statement":[` + notation.Replace(c.statements) + `]}`
}

func (c *ruleCase) options() *Options {
	opts := &Options{Select: []string{c.rule}}
	if c.keyKnown {
		opts.Key = testKey
	}
	return opts
}

func TestRules(t *testing.T) {
	for _, c := range ruleCases {
		l, err := parseKind(c.kind, c.text(), nil)
		if err != nil {
			t.Errorf("%s: %s: %v", c.rule, c.statements, err)
			continue
		}
		opts := c.options()
		findings := l.findings(opts)
		var got []string
		for _, f := range findings {
			got = append(got, strings.TrimPrefix(f.Path+": "+f.Message, ": "))
			for _, e := range f.Edits {
				got = append(got, "  "+brief(e))
			}
		}
		if diff := cmp.Diff(strings.Join(got, "\n"), c.want); diff != "" {
			t.Errorf("%s: %s:\n%s", c.rule, c.statements, diff)
		}
		if (c.want != "") != (c.shows == found) {
			t.Errorf("%s: %s: a case that shows %d wants %q", c.rule, c.statements, c.shows, c.want)
		}
		if err := l.brokenEdit(opts, findings); err != nil {
			t.Errorf("%s: %s: %v", c.rule, c.statements, err)
		}
	}
}

// Every rule is documented, and is shown at work, quiet, and quiet on what looks alike.
func TestTableOfRules(t *testing.T) {
	shown := map[string]bool{}
	for _, c := range ruleCases {
		shown[fmt.Sprint(c.rule, c.shows)] = true
	}
	ids := map[string]bool{}
	for rule := range Rules() {
		if !isRuleID(rule.ID) || ids[rule.ID] {
			t.Errorf("rule %q: not an id, or given twice", rule.ID)
		}
		ids[rule.ID] = true
		if rule.Title == "" || strings.HasSuffix(rule.Title, ".") {
			t.Errorf("rule %s: title %q", rule.ID, rule.Title)
		}
		if len(rule.Explanation) < 100 || !strings.HasSuffix(rule.Explanation, ".") || strings.Contains(rule.Explanation, "  ") {
			t.Errorf("rule %s: explanation %q", rule.ID, rule.Explanation)
		}
		if !strings.HasPrefix(rule.Doc, "https://") {
			t.Errorf("rule %s: page %q", rule.ID, rule.Doc)
		}
		if rule.AppliesTo == 0 || rule.AppliesTo&^AllPolicies != 0 || rule.Check == nil || rule.Severity > Error {
			t.Errorf("rule %s: blanks in the row", rule.ID)
		}
		for s := found; s <= nearMiss; s++ {
			if rule.ID != optionsRule && !shown[fmt.Sprint(rule.ID, s)] {
				t.Errorf("rule %s: no case that shows %d", rule.ID, s)
			}
		}
	}
	for _, c := range ruleCases {
		if !ids[c.rule] {
			t.Errorf("case of a rule %q that does not exist", c.rule)
		}
	}
}
