package evaluate

import "github.com/kmsauthz/kmsauthz/policy"

// A stage is how far a statement gets in matching a request.
type stage uint8

const (
	atNothing   stage = iota // it does not name the caller
	atPrincipal              // it names the caller, or need not name anybody
	atAction                 // and has the action
	atResource               // and the resource
	atCondition              // and its condition holds: it matches
)

// policies are the documents of one layer that apply to a request.
type policies struct {
	layer Layer
	docs  []*policy.Document
	first int // number of the first document in its list
	// resourceBased documents name principals.
	resourceBased bool
	// bars: a condition on a key that only identity-based policies may use
	// never holds. See AWS KMS Developer Guide, "kms:ResourceAliases" and "Using
	// tags to control access to KMS keys".
	bars bool
}

// policiesOf returns the documents of a layer, of which the first has that number
// in its list.
func policiesOf(l Layer, docs []*policy.Document, first int) policies {
	return policies{layer: l, docs: docs, first: first, resourceBased: l.namesPrincipals(), bars: l.bars()}
}

// namesPrincipals reports whether the policies of the layer name principals.
func (l Layer) namesPrincipals() bool {
	return l == LayerKeyPolicy || l == LayerVPCEndpointPolicy || l == LayerRCP
}

// bars reports whether the policies of the layer cannot use the condition keys
// that only IAM policies may use.
func (l Layer) bars() bool { return l == LayerKeyPolicy || l == LayerVPCEndpointPolicy }

// reach returns how far st gets, given that it names the caller.
func (s *situation) reach(st *policy.Statement, bars bool) stage {
	switch {
	case !st.Actions().Has(s.request.action):
		return atPrincipal
	case !st.MatchesResource(s.resource, &s.context):
		return atAction
	case !st.Condition().Holds(&s.context):
		return atResource
	}
	if bars {
		if _, barred := st.UnusableKey(); barred {
			return atResource
		}
	}
	return atCondition
}

// explicitDeny returns the first Deny statement that matches.
func (s *situation) explicitDeny(p *policies) (finding, bool) {
	for i, doc := range p.docs {
		for j := range doc.Len() {
			st := doc.Statement(j)
			if st.Effect() != policy.Deny || p.resourceBased && s.caller.named(st) == 0 {
				continue
			}
			if s.reach(st, p.bars) == atCondition {
				return finding{layer: p.layer, reason: ReasonExplicitDeny, policy: doc, number: p.first + i, statement: st}, true
			}
		}
	}
	return finding{}, false
}

// An answer is what a layer's Allow statements say of a request.
type answer struct {
	known   bool
	allowed bool
	finding finding // the statement that allows, or why none does
}

// allow returns the first Allow statement that matches, or else why none does:
// the furthest stage that one reached.
func (s *situation) allow(p *policies) answer {
	best := answer{known: true, finding: finding{layer: p.layer, reason: ReasonNoAllow}}
	furthest := atPrincipal
	for i, doc := range p.docs {
		for j := range doc.Len() {
			st := doc.Statement(j)
			if st.Effect() != policy.Allow || p.resourceBased && s.caller.named(st) == 0 {
				continue
			}
			got := s.reach(st, p.bars)
			if got <= furthest {
				continue
			}
			furthest = got
			best.finding = finding{layer: p.layer, reason: reasonAt[got], policy: doc, number: p.first + i, statement: st}
			if got == atCondition {
				best.allowed = true
				return best
			}
		}
	}
	return best
}

// reasonAt is the reason of an implicit denial by the furthest stage that an
// Allow statement reached.
var reasonAt = [...]Reason{
	atNothing:   ReasonNoAllow,
	atPrincipal: ReasonNoAllow,
	atAction:    ReasonResourceNotMatched,
	atResource:  ReasonConditionNotMet,
	atCondition: ReasonNone,
}

// documents returns the part of each policy that all kinds have in common.
func documents[P any](list []*P, common func(*P) *policy.Document) []*policy.Document {
	docs := make([]*policy.Document, len(list))
	for i, p := range list {
		docs[i] = common(p)
	}
	return docs
}

// levels does the same level by level.
func levels[P any](list [][]*P, common func(*P) *policy.Document) [][]*policy.Document {
	out := make([][]*policy.Document, len(list))
	for i, level := range list {
		out[i] = documents(level, common)
	}
	return out
}
