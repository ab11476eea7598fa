package lint

import (
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
)

// Kinds is a set of kinds of policies.
type Kinds uint8

// The kinds of policies, which package policy has as types. [AllPolicies] is all of them.
const (
	KeyPolicies Kinds = 1 << iota
	IAMPolicies
	ServiceControlPolicies
	ResourceControlPolicies
	EndpointPolicies

	AllPolicies = KeyPolicies | IAMPolicies | ServiceControlPolicies | ResourceControlPolicies | EndpointPolicies
)

var kindNames = [...]string{
	"key policy", "IAM policy", "service control policy", "resource control policy", "endpoint policy",
}

// String returns the kinds in words, separated by commas: "key policy, IAM policy".
func (k Kinds) String() string {
	var names []string
	for i, name := range kindNames {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// A Rule is something to look for in policies.
type Rule struct {
	ID          string      // words with hyphens: "wildcard-principal"; stable
	Severity    Severity    // of its findings
	Title       string      // what it finds, in a few words
	Explanation string      // a paragraph: what goes wrong, when it does not, what to do
	Doc         string      // address of the page that it comes from
	AppliesTo   Kinds       // the policies that Check is called for
	Check       func(*Pass) // reports what it finds; it must be safe for concurrent use
}

// Rules yields the rules of this package, by subject.
func Rules() iter.Seq[Rule] { return slices.Values(rules) }

// A Pass is one rule at work on one policy.
type Pass struct {
	doc   *policy.Document
	kind  Kinds
	key   policy.ARN
	opts  *Options
	rules []Rule // all there are
	rule  *Rule  // the one at work
	found []problem
}

// A problem is a finding as a rule reports it.
type problem struct {
	rule    *Rule
	at      Place
	message string
	edits   []policy.Edit
}

// A Place is the part of a policy that a finding is about: that which its fields name. The zero
// Place is the policy as a whole.
type Place struct {
	Statement *policy.Statement
	Element   string // of the statement: "Principal", "Action" or "Resource", which stand for their Not- forms too, or "Sid"
	Test      int    // of the statement's condition: which of its tests, from 1
	Value     int    // of the element or the test: which of its values, from 1
}

// maxFindings bounds what a rule finds in a policy.
const maxFindings = 100

// Kind returns what kind of policy it is.
func (p *Pass) Kind() Kinds { return p.kind }

// Document returns the policy.
func (p *Pass) Document() *policy.Document { return p.doc }

// Key returns the key that the policy is for, the zero ARN if that is not known.
func (p *Pass) Key() policy.ARN { return p.key }

// Statements yields the statements that speak of KMS, in document order: all of a key policy, and
// in other policies those that name a permission of KMS, even a misspelt one.
func (p *Pass) Statements() iter.Seq[*policy.Statement] {
	return func(yield func(*policy.Statement) bool) {
		for _, s := range p.doc.Statements() {
			if p.full() {
				return
			}
			if (p.kind == KeyPolicies || speaksOfKMS(s)) && !yield(s) {
				return
			}
		}
	}
}

// speaksOfKMS reports whether a statement has something to say of KMS.
func speaksOfKMS(s *policy.Statement) bool {
	if s.Actions().Len() > 0 {
		return true
	}
	for pattern := range s.ActionPatterns() {
		if isKMSAction(pattern) {
			return true
		}
	}
	return false
}

// Report adds a finding: its place, one sentence, and edits of the policy that mend it if there
// are any. Of one rule and one policy the first 100 are kept, and a last one says that there are
// more.
func (p *Pass) Report(at Place, message string, edits ...policy.Edit) {
	switch {
	case p.full():
		return
	case len(p.found) == maxFindings:
		at, message, edits = Place{}, "there is more of this than is listed", nil
	}
	p.found = append(p.found, problem{p.rule, at, message, edits})
}

// full reports whether further findings would be ignored.
func (p *Pass) full() bool { return len(p.found) > maxFindings }
