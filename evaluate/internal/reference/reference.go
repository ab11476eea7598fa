// Package reference decides requests to KMS a second time, by a literal reading
// of the rules, so that tests can hold package evaluate against it.
//
// It is written to be checked against AWS's pages by a reader, not to be fast:
// nothing is compiled or indexed, each rule is one function, and they stand in
// the order in which they are applied. It takes the configs of evaluate and
// reads policies as they were written; wildcards, condition operators, policy
// variables, ARNs, principals, condition keys, key types and key states are
// worked out here once more. From other packages it has data only: statements
// and conditions as parsed, the table of actions, the names of layers and
// reasons.
//
// Left out: details, error codes and everything else that only explains.
package reference

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// An Entry is one layer's part in an answer, or the way in.
type Entry struct {
	Layer     evaluate.Layer
	Reason    evaluate.Reason
	Policy    string
	Statement int // -1: none
	Sid       string
	Grant     string
}

// An Answer is what evaluate.Decision says, in plain fields.
type Answer struct {
	Allowed      bool
	Layer        evaluate.Layer
	Reason       evaluate.Reason
	Via          []Entry // one if allowed, else none
	Blockers     []Entry
	Alternatives []Entry
}

// A situation is everything that the rules look at.
type situation struct {
	rules   evaluate.Rules
	key     *evaluate.KeyConfig // nil for operations without a key and alias halves
	caller  evaluate.CallerConfig
	request evaluate.RequestConfig

	who      identity
	at       arn         // the key's ARN or the alias's; zero if there is neither
	resource string      // the same as text, "*" if there is neither
	info     action.Info // the table's row on the action
	grant    *grant      // the grant that RetireGrant is about
	context  values
}

// Decide applies the rules 1 to 8 of evaluate.Rules.Decide. The key is nil for
// operations without one.
func Decide(key *evaluate.KeyConfig, caller evaluate.CallerConfig, request evaluate.RequestConfig, rules evaluate.Rules) Answer {
	s := newSituation(key, caller, request, rules)
	switch {
	case s.noSuchRequest(): // rule 1
		return stop(evaluate.LayerRequest, evaluate.ReasonInvalidRequest)
	case s.wrongRegion(): // rule 2
		return stop(evaluate.LayerRegion, evaluate.ReasonWrongRegion)
	case s.acrossAccounts() && !s.info.CrossAccount: // rule 3
		return stop(evaluate.LayerCrossAccount, evaluate.ReasonNotCrossAccount)
	}
	denies := s.explicitDenies()                     // rule 4
	guardrails := s.guardrails()                     // rule 5
	via, path, other := s.authorize()                // rules 6 and 7
	unfit := append(s.wrongUsage(), s.badState()...) // rule 8

	blockers := slices.Clone(denies)
	for _, e := range slices.Concat(guardrails, path, unfit) {
		sameLayer := func(denied Entry) bool { return denied.Layer == e.Layer }
		if !slices.ContainsFunc(denies, sameLayer) {
			blockers = append(blockers, e)
		}
	}
	if len(blockers) == 0 {
		return Answer{Allowed: true, Layer: via.Layer, Via: []Entry{via}}
	}
	return Answer{Layer: blockers[0].Layer, Reason: blockers[0].Reason, Blockers: blockers, Alternatives: other}
}

// stop is the answer where a rule ends the evaluation: its entry is the only one.
func stop(layer evaluate.Layer, reason evaluate.Reason) Answer {
	only := Entry{Layer: layer, Reason: reason, Statement: -1}
	return Answer{Layer: layer, Reason: reason, Blockers: []Entry{only}}
}

func newSituation(key *evaluate.KeyConfig, caller evaluate.CallerConfig, request evaluate.RequestConfig, rules evaluate.Rules) *situation {
	s := &situation{rules: rules, key: key, caller: caller, request: request}
	s.who = identify(caller)
	s.info = request.Action.Info()
	s.resource = "*"
	switch {
	case key != nil:
		s.resource = key.ARN
	case request.Alias != "":
		s.resource = request.Alias
	}
	s.at, _ = splitARN(s.resource)
	if key != nil && request.Action == action.RetireGrant {
		s.grant = s.namedGrant()
	}
	s.context = s.deriveContext()
	return s
}

// acrossAccounts reports whether caller and key, or alias, are in different
// accounts. A service principal has no account.
func (s *situation) acrossAccounts() bool {
	return s.who.account != "" && s.at.account != "" && s.who.account != s.at.account
}

// awsManaged reports whether the key is an AWS managed key, whose policy
// nobody can edit.
func (s *situation) awsManaged() bool {
	return s.key != nil && s.key.Manager == evaluate.AWSManaged
}
