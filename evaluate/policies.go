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

	// What a decision reads instead of docs.
	denies, allows []candidate // the statements of all documents by effect, in their order
	denied         action.Set  // of what denies speak
}

// A candidate is a statement with what tells at a glance that it does not speak of
// an action or of a caller, so that most statements are not read for a decision.
type candidate struct {
	actions   action.Set // those of the statement
	names     nameSet    // of whom it can name
	statement *policy.Statement
	doc       int  // index of its document
	toAll     bool // it names anyone, as "*"
}

// policiesOf compiles the documents of a layer, of which the first has that number
// in its list.
func policiesOf(l Layer, docs []*policy.Document, first int) policies {
	p := policies{layer: l, docs: docs, first: first, resourceBased: l.namesPrincipals(), bars: l.bars()}
	for i, doc := range docs {
		for _, st := range doc.Statements() {
			c := candidateOf(st, i)
			if st.Effect() == policy.Deny {
				p.denies = append(p.denies, c)
				p.denied = p.denied.Union(c.actions)
			} else {
				p.allows = append(p.allows, c)
			}
		}
	}
	return p
}

// candidateOf returns the candidate of a statement of the document with that index.
func candidateOf(st *policy.Statement, doc int) candidate {
	return candidate{st.Actions(), namesIn(st), st, doc, toAll(st)}
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
	if !st.Actions().Meets(s.request.only) {
		return atPrincipal
	}
	return s.reachFromAction(st, bars)
}

// reachFromAction returns how far st gets, given that it names the caller and has
// the action.
func (s *situation) reachFromAction(st *policy.Statement, bars bool) stage {
	switch {
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

// finding is what the layer has to say with one of its statements.
func (p *policies) finding(c *candidate, r Reason) finding {
	return finding{layer: p.layer, reason: r, policy: p.docs[c.doc], number: p.first + c.doc, statement: c.statement}
}

// explicitDeny returns the first Deny statement that matches, nil if there is none.
func (s *situation) explicitDeny(p *policies) *candidate {
	for i := range p.denies {
		c := &p.denies[i]
		if !c.actions.Meets(s.request.only) || p.resourceBased && s.caller.namedBy(c) == 0 {
			continue
		}
		if s.reachFromAction(c.statement, p.bars) == atCondition {
			return c
		}
	}
	return nil
}

// namedBy returns the forms in which a statement of a resource-based policy names
// the caller. Most that do not are passed over unread.
func (c *Caller) namedBy(st *candidate) form {
	switch {
	case st.toAll:
		return asAnyone
	case !st.names.meets(c.nameSet):
		return 0
	case st.statement.IsNotPrincipal():
		return c.named(st.statement)
	default:
		return c.listedAmong(st.statement, st.names)
	}
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

// ask is allow for an answer, empty so far, that stays where it is.
func (s *situation) ask(a *answer, p *policies) {
	furthest, at := atPrincipal, (*candidate)(nil)
	for i := range p.allows {
		c := &p.allows[i]
		if !c.actions.Meets(s.request.only) || p.resourceBased && s.caller.namedBy(c) == 0 {
			continue
		}
		if got := s.reachFromAction(c.statement, p.bars); got > furthest {
			furthest, at = got, c
			if got == atCondition {
				break
			}
		}
	}
	a.known, a.allowed = true, furthest == atCondition
	a.finding.layer, a.finding.reason = p.layer, reasonAt[furthest]
	if at != nil {
		a.finding.policy, a.finding.number, a.finding.statement = p.docs[at.doc], p.first+at.doc, at.statement
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
		out[i] = policiesOf(l, docs, first)
		first += len(docs)
	}
	return out
}
