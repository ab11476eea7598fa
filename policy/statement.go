package policy

import (
	"iter"
	"slices"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// An Effect is what a statement does to the requests that it matches.
type Effect uint8

// The effects. The zero value denies.
const (
	Deny Effect = iota
	Allow
)

// String returns "Allow" or "Deny".
func (e Effect) String() string {
	if e == Allow {
		return "Allow"
	}
	return "Deny"
}

// A form says whether an element was given, and in which of its two forms.
type form uint8

const (
	absent  form = iota // neither Action nor NotAction
	plain               // Action
	negated             // NotAction
)

// A Statement is one statement of a policy.
//
// A Statement is immutable and safe for concurrent use by multiple goroutines. Everything that
// a decision asks of it was worked out when it was read.
type Statement struct {
	index    int
	position Position
	text     string // as it was read

	sid    string
	hasSid bool
	effect Effect

	principalForm form
	principals    []Principal
	anyone        bool            // one of them is "*"
	byText        map[string]bool // of many principals: whether such a text names somebody

	actionForm     form
	actionPatterns []string
	actions        action.Set

	resourceForm     form
	resources        []string
	resourcePatterns []resourcePattern
	everyResource    bool // Resource has "*"

	condition conditions.Condition
	unusable  *conditions.Test
}

// Index returns the statement's index in its document, from 0.
func (s *Statement) Index() int { return s.index }

// Position returns where the statement starts.
func (s *Statement) Position() Position { return s.position }

// Sid returns the statement's identifier, "" if it has none.
func (s *Statement) Sid() string { return s.sid }

// HasSid reports whether the statement has a Sid element, even an empty one.
func (s *Statement) HasSid() bool { return s.hasSid }

// Effect returns whether the statement allows or denies.
func (s *Statement) Effect() Effect { return s.effect }

// HasPrincipal reports whether the statement has a Principal or a NotPrincipal element.
func (s *Statement) HasPrincipal() bool { return s.principalForm != absent }

// IsNotPrincipal reports whether the principals are those of a NotPrincipal element.
func (s *Statement) IsNotPrincipal() bool { return s.principalForm == negated }

// NumPrincipals returns the number of principals in Principal or NotPrincipal.
func (s *Statement) NumPrincipals() int { return len(s.principals) }

// PrincipalAt returns the principal with this index; it panics if there is none.
func (s *Statement) PrincipalAt(i int) Principal { return s.principals[i] }

// Principals returns the principals of Principal or NotPrincipal in document order.
func (s *Statement) Principals() iter.Seq[Principal] { return slices.Values(s.principals) }

// ListsAnyone reports whether "*" is among the principals.
func (s *Statement) ListsAnyone() bool { return s.anyone }

// Lists reports whether one of the principals is written so and names a caller or an account.
func (s *Statement) Lists(text string) bool {
	if s.byText != nil {
		return s.byText[text]
	}
	for i := range s.principals {
		if s.principals[i].namesBy(text) {
			return true
		}
	}
	return false
}

// HasAction reports whether the statement has an Action or a NotAction element.
func (s *Statement) HasAction() bool { return s.actionForm != absent }

// IsNotAction reports whether the action patterns are those of a NotAction element.
func (s *Statement) IsNotAction() bool { return s.actionForm == negated }

// ActionPatterns returns the strings of Action or NotAction in document order.
func (s *Statement) ActionPatterns() iter.Seq[string] { return slices.Values(s.actionPatterns) }

// Actions returns the KMS permissions that the statement speaks of: those that Action matches,
// or those that NotAction does not. It is empty for a statement with neither.
func (s *Statement) Actions() action.Set { return s.actions }

// HasResource reports whether the statement has a Resource or a NotResource element.
func (s *Statement) HasResource() bool { return s.resourceForm != absent }

// IsNotResource reports whether the resources are those of a NotResource element.
func (s *Statement) IsNotResource() bool { return s.resourceForm == negated }

// Resources returns the strings of Resource or NotResource in document order.
func (s *Statement) Resources() iter.Seq[string] { return slices.Values(s.resources) }

// Condition returns the statement's Condition element; without one it always holds. The
// condition must not be modified.
func (s *Statement) Condition() *conditions.Condition { return &s.condition }

// Keys yields the condition keys on which it depends whether the statement matches a request:
// those of its condition and of policy variables. Some may come twice.
func (s *Statement) Keys() iter.Seq[conditions.Key] {
	return func(yield func(conditions.Key) bool) {
		for i := range s.resourcePatterns {
			template := s.resourcePatterns[i].template
			if template == nil {
				continue
			}
			for k := range template.Keys() {
				if !yield(k) {
					return
				}
			}
		}
		for t := range s.condition.Tests() {
			for k := range t.Keys() {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// UnusableKey returns the first test of the condition on a key that a key policy cannot use,
// such as kms:ResourceAliases. In a key policy and an endpoint policy it is never satisfied.
//
// See AWS KMS Developer Guide, "AWS KMS condition keys": keys that are effective only in IAM
// policies.
func (s *Statement) UnusableKey() (*conditions.Test, bool) {
	return s.unusable, s.unusable != nil
}

// MarshalJSON returns the statement as it was read, null for the zero Statement.
func (s *Statement) MarshalJSON() ([]byte, error) { return marshal(s.text) }
