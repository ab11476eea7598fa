package evaluate

import (
	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
)

// An Explanation tells why a decision is what it is: what was asked, what each
// layer says and why, and what almost matched. It is a tree of nodes, built by
// the very evaluation that decides; the texts are worked out when asked for.
//
//	e := d.Explain()
//	fmt.Println(e) // some lines, the deciding one first
//	for layer := range e.Root().Children() {
//		fmt.Println(layer.Layer(), layer.Outcome(), layer.Code())
//	}
//
// An Explanation is immutable and safe for concurrent use by multiple goroutines.
type Explanation struct {
	decision  Decision
	situation situation
	nodes     []Node   // each before those beneath it, which end at its end
	pairs     []string // the names of pairs in grants' constraints that fail
	byGrant   bool     // a grant lets the caller in, if nothing blocks
}

// Explain returns the explanation of the decision.
//
// Beneath the root stand the layers, in the order of the Layer constants; beneath
// a layer its policies or grants. Of a policy the statements are listed that
// matched, and those that came near:
//
//   - an Allow statement that has the action or a misspelling of it, and in
//     policies with principals one that names the caller, or that would match but
//     for the principal;
//   - a Deny statement that stops only at its condition.
//
// All others have no part and are counted. A statement that stops at its
// condition has a node for each test that fails, one that matches for each test.
// Of the grants those are listed that name the caller.
func (d Decision) Explain() *Explanation {
	e := &Explanation{decision: d}
	if d.request == nil || d.caller == nil {
		e.nodes = []Node{{explanation: e, kind: KindRequest, end: 1}}
		return e
	}
	e.situation = newSituation(d.rules, d.key, d.caller, d.request)
	const usual = 32 // nodes
	b := builder{situation: &e.situation, explanation: e, nodes: make([]Node, 0, usual)}
	b.judge(&b.verdict)
	e.byGrant = b.verdict.via.layer == LayerGrant
	b.askAll()
	b.build()
	e.nodes = b.nodes
	return e
}

// Decision returns the decision that is explained.
func (e *Explanation) Decision() Decision { return e.decision }

// Root returns the root of the tree: the request.
func (e *Explanation) Root() *Node {
	if len(e.nodes) == 0 {
		return &Node{}
	}
	return &e.nodes[0]
}

// A builder builds the tree of an explanation.
type builder struct {
	*situation
	explanation *Explanation
	verdict     verdict
	stop        Layer   // where the evaluation stopped, LayerNone if it went through
	side        keySide // what the key policy says, if it applies
	granted     []int   // the indexes of the grants that name the caller, if grants matter
	nodes       []Node
}

// askAll asks what judge may have left unasked, so that nothing is worked out
// later: an explanation does not change.
func (b *builder) askAll() {
	if l := b.verdict.first.layer; l != LayerNone && l <= LayerCrossAccount {
		b.stop = l
		return
	}
	if b.keyPolicyApplies() {
		b.askKeyPolicy(&b.side)
		b.findGrants()
	}
	var scratch path
	b.identityAllows(&scratch)
	b.limitsAllow(&scratch)
}

// open appends a node. What is appended until it is closed stands beneath it.
func (b *builder) open(kind Kind, f finding) *Node {
	at := len(b.nodes)
	b.nodes = append(b.nodes, Node{finding: f, explanation: b.explanation, at: int32(at), kind: kind})
	return &b.nodes[at]
}

// close ends the node at that index and returns it.
func (b *builder) close(at int32) *Node {
	n := &b.nodes[at]
	n.end = int32(len(b.nodes))
	return n
}

// leaf appends a node with nothing beneath it.
func (b *builder) leaf(kind Kind, f finding) *Node { return b.close(b.open(kind, f).at) }

// build builds the whole tree.
func (b *builder) build() {
	b.open(KindRequest, finding{})
	decided := OutcomeAllows
	for l := LayerRequest; l <= LayerKeyState; l++ {
		outcome := b.layer(l)
		if b.verdict.first.layer == l {
			decided = outcome
		}
	}
	b.close(0).outcome = decided
}

// layer builds the node of a layer and returns its outcome.
func (b *builder) layer(l Layer) Outcome {
	blocks, more := b.blocking(l)
	var st standing
	switch {
	case blocks != nil && blocks.reason == ReasonExplicitDeny:
		st = standing{OutcomeDenies, Code(blocks.reason), *blocks}
	case blocks != nil:
		st = standing{OutcomeDoesNotAllow, Code(blocks.reason), *blocks}
	case b.stop != LayerNone && l > b.stop:
		st.outcome = OutcomeNotReached
	default:
		st = b.standing(l)
	}
	st.finding.layer = l
	n := b.open(KindLayer, st.finding)
	n.outcome, n.code = st.outcome, st.code
	n.decides = blocks != nil || !b.verdict.blocked() && b.verdict.via.layer == l
	n.alternative = blocks != nil && ofLayer(b.verdict.blockers, l) == nil
	at := n.at
	if b.stop == LayerNone && st.outcome != OutcomeDoesNotApply {
		b.moreFindings(l, st.finding, more)
		b.parts(l, at)
	}
	b.close(at)
	return st.outcome
}

// blocking returns the layer's finding in Blockers or else in Alternatives, and
// that in Alternatives if it is another; nil where there is none.
func (b *builder) blocking(l Layer) (first, second *finding) {
	first, second = ofLayer(b.verdict.blockers, l), ofLayer(b.verdict.other, l)
	if first == nil {
		return second, nil
	}
	if second != nil && *first == *second {
		return first, nil
	}
	return first, second
}

// ofLayer returns the finding of a layer, nil if there is none.
func ofLayer(findings []finding, l Layer) *finding {
	for i := range findings {
		if findings[i].layer == l {
			return &findings[i]
		}
	}
	return nil
}

// moreFindings adds what a layer that blocks lacks beside its first finding: what
// stands in the way of the other path, and what an explicit deny hides.
func (b *builder) moreFindings(l Layer, first finding, second *finding) {
	if first.reason == ReasonExplicitDeny {
		if hidden, lacks := b.lacking(l); lacks && (second == nil || *second != hidden) {
			b.moreFinding(hidden)
		}
	}
	if second != nil {
		b.moreFinding(*second)
	}
}

func (b *builder) moreFinding(f finding) {
	n := b.leaf(KindFinding, f)
	n.outcome, n.code = OutcomeDoesNotAllow, Code(f.reason)
}

// lacking returns why the Allow statements of a layer do not allow, and whether
// that is so.
func (b *builder) lacking(l Layer) (finding, bool) {
	switch l {
	case LayerKeyPolicy:
		return b.side.missing, !b.side.direct.found() && !b.side.delegated.found()
	case LayerIAMPolicy:
		return b.identity.finding, !b.identity.allowed
	case LayerPermissionsBoundary:
		return b.boundary.finding, !b.boundary.allowed
	case LayerSessionPolicy:
		return b.session.finding, !b.session.allowed
	case LayerSCP:
		return b.scpLevels()
	case LayerVPCEndpointPolicy:
		a := b.allow(b.request.endpoint)
		return a.finding, !a.allowed
	default:
		return finding{}, false
	}
}

// parts adds the policies or grants of a layer, whose node is at that index.
func (b *builder) parts(l Layer, at int32) {
	switch l {
	case LayerSCP:
		b.levels(b.caller.layers.scps)
	case LayerRCP:
		for i := range b.key.layers.rcps {
			b.policies(&b.key.layers.rcps[i])
		}
	case LayerVPCEndpointPolicy:
		b.policies(b.request.endpoint)
	case LayerKeyPolicy:
		b.policies(&b.key.layers.policy)
	case LayerIAMPolicy:
		b.policies(&b.caller.layers.iam)
	case LayerGrant:
		b.grants(at)
	case LayerPermissionsBoundary:
		b.policies(&b.caller.layers.boundary)
	case LayerSessionPolicy:
		b.policies(&b.caller.layers.sessions)
	}
}

// levels adds the levels of service control policies. At one without policies
// none applies.
func (b *builder) levels(levels []policies) {
	for i := range levels {
		p := &levels[i]
		if len(p.docs) == 0 {
			continue
		}
		n := b.open(KindLevel, finding{layer: LayerSCP, number: i})
		n.outcome = OutcomeAllows
		if a := b.allow(p); !a.allowed {
			n.outcome, n.code = OutcomeDoesNotAllow, Code(a.finding.reason)
		}
		if b.explicitDeny(p) != nil {
			n.outcome = OutcomeDenies
		}
		at := n.at
		b.policies(p)
		b.close(at)
	}
}

// policies adds the policies of a layer or level.
func (b *builder) policies(p *policies) {
	for i, doc := range p.docs {
		at := b.open(KindPolicy, finding{layer: p.layer, policy: doc, number: p.first + i}).at
		outcome, unlisted := OutcomeNoPart, 0
		for j := range doc.Len() {
			got := b.statement(p, finding{layer: p.layer, policy: doc, number: p.first + i, statement: doc.Statement(j)})
			switch {
			case got == OutcomeNone:
				unlisted++
			case got == OutcomeDenies, got == OutcomeAllows && outcome != OutcomeDenies:
				outcome = got
			}
		}
		n := b.close(at)
		n.outcome, n.unlisted = outcome, int32(unlisted)
	}
}

// statement adds a statement and returns its outcome; or, if it has no part, adds
// nothing and returns OutcomeNone.
func (b *builder) statement(p *policies, f finding) Outcome {
	st := f.statement
	deny := st.Effect() == policy.Deny
	named := !p.resourceBased || b.caller.named(st) != 0
	lends := !named && p.layer == LayerKeyPolicy && b.needsLoan(st)
	if deny && !named || !deny && p.layer == LayerRCP { // which asks for no Allow
		return OutcomeNone
	}
	got := b.reach(st, p.bars)
	switch {
	case deny && got < atResource,
		!named && !lends && got != atCondition,
		!p.resourceBased && got < atAction && !almostHas(st, b.request.action):
		return OutcomeNone
	}
	n := b.open(KindStatement, f)
	n.decides = b.named(&f)
	n.outcome, n.code = OutcomeMisses, CodeLent
	switch {
	case got == atCondition && deny:
		n.outcome, n.code = OutcomeDenies, Code(ReasonExplicitDeny)
	case got == atCondition && named:
		n.outcome, n.code = OutcomeAllows, 0
	case got == atCondition && lends:
		n.outcome = OutcomeAllows
	default:
		n.stage = stageAfter(got, named || lends)
		n.code = Code(stageReasons[n.stage])
	}
	outcome, at := n.outcome, n.at
	b.tests(p, &f, got)
	b.close(at)
	return outcome
}

// stageAfter returns the element at which a statement stopped that got so far.
func stageAfter(got stage, named bool) Stage {
	if !named {
		return StagePrincipal
	}
	return Stage(got) + StagePrincipal
}

// stageReasons are the codes of statements that miss.
var stageReasons = [...]Reason{
	StageNone:      ReasonNone,
	StagePrincipal: ReasonPrincipalNotNamed,
	StageAction:    ReasonActionNotAllowed,
	StageResource:  ReasonResourceNotMatched,
	StageCondition: ReasonConditionNotMet,
}

// tests adds the tests of a statement that got to its condition: all if it
// holds, else those that fail.
func (b *builder) tests(p *policies, f *finding, got stage) {
	if got < atResource {
		return
	}
	for test := range f.statement.Condition().Tests() {
		outcome := OutcomeHolds
		if p.bars && unusableThere(test) || !test.Holds(&b.context) {
			outcome = OutcomeFails
		}
		if got == atCondition || outcome == OutcomeFails {
			n := b.leaf(KindTest, *f)
			n.outcome, n.test = outcome, test
		}
	}
}

// unusableThere reports whether a test is on a key that only identity-based
// policies may use.
func unusableThere(test *conditions.Test) bool {
	info, known := test.ConditionKey().Info()
	return known && !info.KeyPolicy
}

// named reports whether the decision names the statement or grant of f.
func (b *builder) named(f *finding) bool {
	same := func(g *finding) bool {
		if f.statement == nil {
			return f.grant > 0 && g.grant == f.grant
		}
		return g.statement == f.statement && g.layer == f.layer && g.number == f.number
	}
	for _, findings := range [][]finding{b.verdict.blockers, b.verdict.other} {
		for i := range findings {
			if same(&findings[i]) {
				return true
			}
		}
	}
	return !b.verdict.blocked() && same(&b.verdict.via)
}
