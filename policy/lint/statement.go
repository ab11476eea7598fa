package lint

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// isZero reports whether nothing is known of a key.
func isZero(key policy.ARN) bool { return key == policy.ARN{} }

// actionsThat returns the actions that pass a filter.
func actionsThat(is func(action.Info) bool) action.Set {
	var all action.Set
	for a := range action.All() {
		if is(a.Info()) {
			all = all.With(a)
		}
	}
	return all
}

// isKMSAction reports whether a pattern of an Action element begins like those of KMS.
func isKMSAction(pattern string) bool {
	const prefix = "kms:"
	return len(pattern) >= len(prefix) && strings.EqualFold(pattern[:len(prefix)], prefix)
}

// onlyKMS reports whether a statement speaks of no other service than KMS.
func onlyKMS(s *policy.Statement) bool {
	for pattern := range s.ActionPatterns() {
		if !isKMSAction(pattern) {
			return false
		}
	}
	return !s.IsNotAction()
}

// mayAllow reports whether a statement of a key policy could allow something.
func (p *Pass) mayAllow(s *policy.Statement) bool {
	_, unusable := s.UnusableKey()
	return s.Effect() == policy.Allow && p.coversKey(s) && !unusable
}

// isOwn reports whether an account is the key's, as far as is known.
func (p *Pass) isOwn(account string) bool { return isZero(p.Key()) || account == p.Key().Account }

// delegates reports whether a statement has the key's account among its principals.
func (p *Pass) delegates(s *policy.Statement) bool {
	if s.IsNotPrincipal() {
		return false
	}
	for principal := range s.Principals() {
		if principal.Kind() == policy.Account && p.isOwn(principal.Account()) {
			return true
		}
	}
	return false
}

// namesAnyone reports whether a statement names everybody: by "*", or by NotPrincipal, which names
// all but a few.
func namesAnyone(s *policy.Statement) bool {
	return s.IsNotPrincipal() || hasKind(s, policy.Anyone)
}

// hasKind reports whether a statement has a principal of this kind.
func hasKind(s *policy.Statement, kind policy.PrincipalKind) bool {
	for principal := range s.Principals() {
		if principal.Kind() == kind {
			return true
		}
	}
	return false
}

// onlyServices reports whether a statement names services and nobody else.
func onlyServices(s *policy.Statement) bool {
	for principal := range s.Principals() {
		if principal.Kind() != policy.Service {
			return false
		}
	}
	return s.NumPrincipals() > 0 && !s.IsNotPrincipal()
}

// coversKey reports whether the Resource of a key policy's statement could cover the key. What
// depends on a policy variable counts as if it did.
func (p *Pass) coversKey(s *policy.Statement) bool {
	if !s.HasResource() || !isZero(p.Key()) && s.MatchesResource(p.Key().String(), &conditions.Context{}) {
		return s.HasResource()
	}
	for pattern := range s.Resources() {
		switch {
		case s.IsNotResource():
			if !isZero(p.Key()) || strings.Trim(pattern, "*") == "" {
				return false
			}
		case couldBeKey(pattern) && (isZero(p.Key()) || strings.Contains(pattern, "${")):
			return true
		}
	}
	return s.IsNotResource()
}

// couldBeKey reports whether a pattern of a Resource could cover some key. It looks at what
// stands before the first wildcard or variable.
func couldBeKey(pattern string) bool {
	return couldBe(pattern, "key/") && !strings.Contains(pattern, ":alias/")
}

// isAlias reports whether a pattern of a Resource covers aliases and nothing else.
func isAlias(pattern string) bool {
	return couldBe(pattern, "alias/") && strings.Contains(pattern, ":alias/")
}

// couldBe reports whether a pattern of a Resource could cover something of KMS whose name begins
// with a word.
func couldBe(pattern, word string) bool {
	literal, open := pattern, false
	if i := strings.IndexAny(pattern, "*?$"); i >= 0 {
		literal, open = pattern[:i], true
	}
	shape := [...]string{"arn", "", "kms", "", "", word} // "": any text
	parts := strings.SplitN(literal, ":", len(shape))
	for i, part := range parts {
		want, isLast := shape[i], i == len(parts)-1
		switch {
		case i == len(shape)-1:
			return strings.HasPrefix(part, want) || open && strings.HasPrefix(want, part)
		case want == "" || isLast && open && strings.HasPrefix(want, part):
		case part != want:
			return false
		}
	}
	return open || len(parts) > 1 // an ARN that leaves out its last parts has any text there
}

// null is the operator that asks whether a condition key is absent.
const null = "Null"

// requires reports whether a test can only hold if the request carries its key.
func requires(t *conditions.Test) bool {
	op := t.Operator()
	switch {
	case op.Info().Name == null:
		for v := range t.Values() {
			if !strings.EqualFold(v.Text, "false") {
				return false
			}
		}
		return true
	case op.IfExists() || op.Quantifier() == conditions.ForAllValues:
		return false
	}
	return op.Quantifier() == conditions.ForAnyValue || !op.Info().Negated
}

// testsOf returns the tests of a statement's condition that pass a filter.
func testsOf(s *policy.Statement, is func(*conditions.Test) bool) []*conditions.Test {
	var all []*conditions.Test
	for t := range s.Condition().Tests() {
		if is(t) {
			all = append(all, t)
		}
	}
	return all
}

// anyTest reports whether a test of a statement's condition passes a filter.
func anyTest(s *policy.Statement, is func(*conditions.Test) bool) bool {
	for t := range s.Condition().Tests() {
		if is(t) {
			return true
		}
	}
	return false
}

// on returns a filter for the tests of these condition keys. A member of a family stands for the
// whole family.
func on(names ...string) func(*conditions.Test) bool {
	var keys conditions.KeySet
	for _, name := range names {
		keys = keys.With(conditions.ParseKey(name))
	}
	return func(t *conditions.Test) bool {
		_, known := t.ConditionKey().Info() // the set has every key that is not
		return known && keys.Has(t.ConditionKey())
	}
}
