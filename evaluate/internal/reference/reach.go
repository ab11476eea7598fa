package reference

import (
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A Reach is how far one statement of a policy gets.
type Reach struct {
	Layer     evaluate.Layer
	Statement *policy.Statement
	Named     bool  // the policy names no principals, or the statement names the caller
	Action    bool  // it has the action
	Resource  bool  // and covers the resource
	Condition bool  // and its condition holds
	Failing   []int // the tests of its condition that fail, counted from 0
}

// Reaches returns how far each statement gets of each policy that applies, in the
// order of the layers and in document order.
func Reaches(key *evaluate.KeyConfig, caller evaluate.CallerConfig, request evaluate.RequestConfig, rules evaluate.Rules) []Reach {
	s := newSituation(key, caller, request, rules)
	var all []Reach
	for _, docs := range [][]document{
		slices.Concat(s.scpLevels()...), slices.Concat(s.rcpLevels()...), s.endpointPolicy(), s.keyPolicy(),
		s.iamPolicies(), s.boundary(), s.sessionPolicies(),
	} {
		for _, d := range docs {
			for _, st := range d.Statements() {
				all = append(all, s.reachOf(d, st))
			}
		}
	}
	return all
}

func (s *situation) reachOf(d document, st *policy.Statement) Reach {
	r := Reach{Layer: d.layer, Statement: st}
	r.Named = !d.resourceBased() || s.principalMatches(st)
	r.Action = s.actionMatches(st)
	r.Resource = r.Action && s.resourceMatches(d, st)
	r.Condition = r.Resource && s.conditionMatches(d, st)
	number := 0
	for test := range st.Condition().Tests() {
		if s.unusable(d, test.Key()) || !s.holds(d, test) {
			r.Failing = append(r.Failing, number)
		}
		number++
	}
	return r
}

// unusable reports whether a condition key is one that only IAM policies may use,
// in a policy of another kind.
func (s *situation) unusable(d document, name string) bool {
	name = strings.ToLower(name)
	keyPolicyLike := d.layer == evaluate.LayerKeyPolicy || d.layer == evaluate.LayerVPCEndpointPolicy
	return keyPolicyLike && (name == "kms:resourcealiases" || strings.HasPrefix(name, "aws:resourcetag/"))
}
