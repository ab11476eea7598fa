package reference

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A way is one way in: a statement or grant that allows, with its limits.
type way struct {
	entry   Entry
	limited bool // boundary and session policies must allow too
}

// authorize is rules 6 and 7: how the caller gets in, or the nearest path on
// which it does not, and the other path if there is one.
func (s *situation) authorize() (via Entry, path, other []Entry) {
	byPolicies, byGrants := s.waysIn()
	limits := s.limits()
	for _, w := range slices.Concat(byPolicies, byGrants) {
		if !w.limited || len(limits) == 0 {
			return w.entry, nil, nil
		}
	}
	switch {
	case s.key == nil:
		return Entry{}, append(s.iamBlocks(), limits...), nil
	case s.request.Action == action.RetireGrant:
		return Entry{}, s.retirePath(len(byGrants) > 0), nil
	case byPolicies != nil && byGrants != nil:
		return Entry{}, limits, nil
	case byGrants != nil:
		return Entry{}, limits, s.policyPath()
	case byPolicies != nil:
		other, _ = s.grantPath()
		return Entry{}, limits, other
	}
	policies := s.policyPath()
	grants, reason := s.grantPath()
	switch reason {
	case evaluate.ReasonGrantRequiresDelegation:
		return Entry{}, grants, policies
	case evaluate.ReasonGrantNotEffective, evaluate.ReasonConstraintNotMet:
		if gotNowhere(policies) {
			return Entry{}, grants, policies
		}
	}
	return Entry{}, policies, grants
}

// gotNowhere reports whether the path by policies is one on which the caller
// was not meant to get in.
func gotNowhere(path []Entry) bool {
	switch path[0].Reason {
	case evaluate.ReasonNoDelegation, evaluate.ReasonPrincipalNotNamed, evaluate.ReasonAWSManagedKey:
		return true
	case evaluate.ReasonNoAllow:
		return path[0].Layer == evaluate.LayerIAMPolicy
	}
	return false
}

// waysIn returns all ways in, whatever their limits, in the order of rule 6.
func (s *situation) waysIn() (byPolicies, byGrants []way) {
	iam, allowed := s.iamAllows()
	switch {
	case s.key == nil: // no key policy, no grants
		if allowed {
			byPolicies = []way{{iam, true}}
		}
		return byPolicies, nil
	case s.request.Action == action.RetireGrant:
		return nil, s.waysToRetire()
	}
	byPolicies = s.directly()
	if allowed && s.delegated() {
		byPolicies = append(byPolicies, way{iam, true})
	}
	toAccount, byGrants := s.byGrants()
	return append(byPolicies, toAccount...), byGrants
}

// bothSides reports whether the key policy and an IAM policy must allow, even
// where the key policy names the caller: always across accounts, and everywhere
// under DirectAllowRequiresIAM, which does not concern services, the root user
// and AWS managed keys.
func (s *situation) bothSides() bool {
	strict := s.rules.DirectAllowRequiresIAM && s.who.kind != service && s.who.kind != root && !s.awsManaged()
	return s.acrossAccounts() || strict
}

// directly returns the ways by Allow statements of the key policy that name the
// caller itself. Where IAM must allow as well there are none of them (see
// delegated).
func (s *situation) directly() []way {
	if s.bothSides() {
		return nil
	}
	var ways []way
	for _, m := range s.keyPolicyMatches() {
		unlimited, direct := false, false
		for _, f := range m.forms {
			direct = direct || f.direct()
			unlimited = unlimited || f.direct() && !f.limited()
		}
		if direct {
			ways = append(ways, way{m.entry, !unlimited})
		}
	}
	return ways
}

// delegated reports whether the key policy allows the caller's account, or
// where both sides must allow, the caller in any form.
func (s *situation) delegated() bool {
	for _, m := range s.keyPolicyMatches() {
		for _, f := range m.forms {
			if f == byAccount || s.bothSides() {
				return true
			}
		}
	}
	return false
}

// A keyPolicyMatch is an Allow statement of the key policy that matches.
type keyPolicyMatch struct {
	entry Entry
	forms []form // in which it names the caller
}

func (s *situation) keyPolicyMatches() []keyPolicyMatch {
	var found []keyPolicyMatch
	for _, d := range s.keyPolicy() {
		for _, st := range d.Statements() {
			if st.Effect() == policy.Allow && s.matches(d, st) {
				found = append(found, keyPolicyMatch{d.entry(st, evaluate.ReasonNone), s.forms(st)})
			}
		}
	}
	return found
}

// policyPath returns what must change for the caller to get in by policies. In
// the key's own account the IAM policies and the limits matter only once the
// key policy lets the caller in, for it could name the caller so that neither
// counts; where both sides must allow, they matter anyway. A grant to the
// caller's account lets it in as the key policy does.
func (s *situation) policyPath() []Entry {
	var path []Entry
	letsIn := len(s.keyPolicyMatches()) > 0 || s.accountGranted()
	if !letsIn {
		path = append(path, s.implicit(s.keyPolicy()))
	}
	if letsIn || s.bothSides() {
		path = append(path, s.iamBlocks()...)
		path = append(path, s.limits()...)
	}
	return path
}
