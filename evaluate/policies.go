package evaluate

import (
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A stage is how far a statement gets in matching a request.
type stage uint8

const (
	atNothing   stage = iota // it does not name the caller
	atPrincipal              // it names the caller, or need not name anybody
	atAction                 // and has the action
	atResource               // and the resource
	atCondition              // and its condition holds: it matches
)

// policies are the documents of one layer, or of one of its levels, that apply to a
// request.
type policies struct {
	layer Layer
	docs  []*policy.Document
	first int // number of the first document in the layer's list
	// resourceBased documents name principals.
	resourceBased bool
	// bars: a condition on a key that only identity-based policies may use
	// never holds. See AWS KMS Developer Guide, "kms:ResourceAliases" and "Using
	// tags to control access to KMS keys".
	bars bool

	denied action.Set // of what their Deny statements speak
}

// indexed returns p with the actions that its Deny statements speak of.
func (p policies) indexed() policies {
	for _, doc := range p.docs {
		for _, c := range doc.Candidates(policy.Deny) {
			p.denied = p.denied.Union(c.Actions)
		}
	}
	return p
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

// finding is what the layer has to say with a statement of the document at i.
func (p *policies) finding(i int, st *policy.Statement, r Reason) finding {
	return finding{layer: p.layer, reason: r, policy: p.docs[i], number: p.first + i, statement: st}
}

// explicitDeny returns the first Deny statement that matches.
func (s *situation) explicitDeny(p *policies) (finding, bool) {
	for i, doc := range p.docs {
		denies := doc.Candidates(policy.Deny)
		for j := range denies {
			c := &denies[j]
			if !c.Actions.Has(s.request.action) || p.resourceBased && s.namedBy(c) == 0 {
				continue
			}
			if s.reach(c.Statement, p.bars) == atCondition {
				return p.finding(i, c.Statement, ReasonExplicitDeny), true
			}
		}
	}
	return finding{}, false
}

// namedBy returns the forms in which a statement of a resource-based policy names
// the caller. Most that do not are passed over unread.
func (s *situation) namedBy(c *policy.Candidate) form {
	if !c.Names.Meets(s.caller.nameSet) {
		return 0
	}
	return s.caller.named(c.Statement)
}

// An answer is what a layer's Allow statements say of a request.
type answer struct {
	finding finding // the statement that allows, or why none does
	known   bool
	allowed bool
}

// allow returns the first Allow statement that matches, or else why none does:
// the furthest stage that one reached.
func (s *situation) allow(p *policies) answer {
	var a answer
	s.ask(&a, p)
	return a
}

// ask is allow for an answer that stays where it is.
func (s *situation) ask(a *answer, p *policies) {
	a.known = true
	a.finding = finding{layer: p.layer, reason: ReasonNoAllow}
	furthest := atPrincipal
	for i, doc := range p.docs {
		allows := doc.Candidates(policy.Allow)
		for j := range allows {
			c := &allows[j]
			if !c.Actions.Has(s.request.action) || p.resourceBased && s.namedBy(c) == 0 {
				continue
			}
			got := s.reach(c.Statement, p.bars)
			if got <= furthest {
				continue
			}
			furthest = got
			a.finding = p.finding(i, c.Statement, reasonAt[got])
			if got == atCondition {
				a.allowed = true
				return
			}
		}
	}
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

// byLevel returns the policies of a layer that has levels.
func byLevel(l Layer, levels [][]*policy.Document) []policies {
	out := make([]policies, len(levels))
	first := 0
	for i, docs := range levels {
		out[i] = policiesOf(l, docs, first).indexed()
		first += len(docs)
	}
	return out
}
