package evaluate

import (
	"maps"
	"slices"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A standing is what a layer that does not block comes to: its outcome, why, and
// the statement or grant that allows or, where it need not, what it lacks.
type standing struct {
	outcome Outcome
	code    Code
	finding finding
}

// doesNotApply is the standing of a layer that has no say.
func doesNotApply(c Code) standing { return standing{outcome: OutcomeDoesNotApply, code: c} }

// standing returns what a layer comes to that does not block.
func (b *builder) standing(l Layer) standing {
	none := standing{outcome: OutcomeDoesNotObject}
	switch l {
	case LayerRegion, LayerCrossAccount:
		if b.account == "" {
			return doesNotApply(CodeNoKey)
		}
	case LayerSCP:
		return guardrail(b.scpExemption(), b.caller.scps, OutcomeAllows)
	case LayerRCP:
		exemption := b.rcpExemption()
		if exemption == CodeNoKey {
			return doesNotApply(exemption)
		}
		return guardrail(exemption, b.key.rcps, OutcomeDoesNotObject)
	case LayerVPCEndpointPolicy:
		return guardrail(0, [][]*policy.Document{b.request.endpointPolicy()}, OutcomeAllows)
	case LayerKeyPolicy:
		return b.keyPolicyStanding()
	case LayerIAMPolicy:
		return b.identityStanding()
	case LayerGrant:
		return b.grantStanding()
	case LayerPermissionsBoundary:
		return b.limitStanding(b.caller.boundary, &b.boundary)
	case LayerSessionPolicy:
		return b.limitStanding(b.caller.sessions, &b.session)
	case LayerKeyUsage, LayerKeyState:
		if b.key == nil {
			return doesNotApply(CodeNoKey)
		}
	}
	return none
}

// guardrail returns the standing of a guardrail that does not block. It does not
// apply where there are no policies or an exemption.
func guardrail(exemption Code, levels [][]*policy.Document, o Outcome) standing {
	given := slices.ContainsFunc(levels, func(level []*policy.Document) bool { return len(level) > 0 })
	switch {
	case exemption != 0:
		return doesNotApply(exemption)
	case !given:
		return doesNotApply(CodeNoPolicy)
	default:
		return standing{outcome: o}
	}
}

// hasWayIn reports whether there is a way in, whatever else may block.
func (b *builder) hasWayIn() bool { return b.verdict.via.layer != LayerNone }

// keyPolicyStanding: the key policy allows by naming the caller, by delegating to
// its account, or by delegating to the key's own account so that grants count.
func (b *builder) keyPolicyStanding() standing {
	switch {
	case b.key == nil:
		return doesNotApply(CodeNoKey)
	case b.request.action == action.RetireGrant:
		return doesNotApply(CodeRetireGrant)
	case b.side.direct.found() && !(b.side.delegated.found() && b.needsIAM()):
		return standing{OutcomeAllows, CodeNamed, b.side.direct}
	case b.side.delegated.found():
		return standing{OutcomeAllows, CodeDelegated, b.side.delegated}
	case b.lent == delegates:
		return standing{outcome: OutcomeAllows, code: CodeLent}
	default:
		return standing{OutcomeNoPart, CodeGranted, b.side.missing}
	}
}

// identityStanding: IAM policies matter where the key policy has no say, where it
// delegates, and where both sides must allow.
func (b *builder) identityStanding() standing {
	onItsOwn := b.key == nil || b.request.action == action.RetireGrant
	letIn := onItsOwn || b.side.direct.found() || b.side.delegated.found()
	st := standing{OutcomeAllows, 0, b.identity.finding}
	if b.caller.isService() {
		return doesNotApply(CodeServicePrincipal)
	}
	if !b.identity.allowed {
		st.outcome = OutcomeNoPart
	}
	switch {
	case !onItsOwn && b.side.direct.found() && !b.needsIAM() && !b.caller.isRoot():
		st.code = CodeNamed
	case !onItsOwn && b.verdict.via.layer == LayerGrant:
		st.code = CodeGranted
	case !b.identity.allowed && b.hasWayIn():
		st.code = CodeNotNeeded
	case !b.identity.allowed:
		st.code = CodeNotAsked
	case !letIn:
		st.code = CodeNotEnough
	case b.caller.isRoot():
		st.code = CodeRootUser
	}
	return st
}

// limitStanding: a permissions boundary or session policy that does not allow
// need not where the caller's way in escapes it, and is not asked without one.
func (b *builder) limitStanding(docs []*policy.Document, a *answer) standing {
	switch {
	case len(docs) == 0:
		return doesNotApply(CodeNoPolicy)
	case a.allowed:
		return standing{OutcomeAllows, 0, a.finding}
	case b.hasWayIn():
		return standing{OutcomeNoPart, CodeNotLimited, a.finding}
	default:
		return standing{OutcomeNoPart, CodeNotAsked, a.finding}
	}
}

// grantStanding: a grant allows that names the caller and lacks nothing.
func (b *builder) grantStanding() standing {
	allows := standing{outcome: OutcomeAllows}
	switch {
	case b.key == nil:
		return doesNotApply(CodeNoKey)
	case b.request.action == action.RetireGrant:
		allows.finding.grant = b.grant + 1
		return allows
	case !b.request.info.Grantable:
		return doesNotApply(CodeNotGrantable)
	case len(b.key.grants) == 0:
		return doesNotApply(CodeNoGrants)
	case b.verdict.via.layer == LayerGrant:
		allows.finding = b.verdict.via
		return allows
	case len(b.granted) == 0:
		return standing{outcome: OutcomeNoPart, code: CodeNotForCaller}
	}
	return b.standingOfGranted()
}

// standingOfGranted is grantStanding where grants name the caller, and none of
// them is the way in or stands in it.
func (b *builder) standingOfGranted() standing {
	st := standing{outcome: OutcomeNoPart, code: CodeNotAsked}
	for _, i := range b.granted {
		lack := b.lackOf(i)
		switch {
		case lack == lacksLimits && b.caller.namedAs(b.key.grants[i].Grantee.String()) == asAccount:
			return standing{OutcomeAllows, CodeDelegated, finding{grant: i + 1}}
		case lack == lacksLimits && b.hasWayIn():
			return standing{OutcomeAllows, CodeNotNeeded, finding{grant: i + 1}}
		case lack == lacksLimits:
			return standing{OutcomeAllows, 0, finding{grant: i + 1}}
		case lack == lacksDelegation && st.code == CodeNotAsked:
			st.code, st.finding.grant = Code(ReasonGrantRequiresDelegation), i+1
		}
	}
	if b.hasWayIn() {
		return standing{outcome: OutcomeNoPart, code: CodeNotNeeded}
	}
	return st
}

// findGrants finds the grants that name the caller, and asks for the delegation
// that they need.
func (b *builder) findGrants() {
	if !b.request.info.Grantable {
		return
	}
	for _, name := range b.caller.names {
		b.granted = append(b.granted, b.key.byGrantee[name.text]...)
	}
	slices.Sort(b.granted)
	if len(b.granted) > 0 && b.grantNeedsDelegation() {
		b.lends()
	}
}

// needsLoan reports whether st delegates to the key's own account, or would, for
// the sake of a grant that names the caller.
func (b *builder) needsLoan(st *policy.Statement) bool {
	return b.lent != notAsked && b.key.delegatesBy(st)
}

// grants adds the grants that name the caller; of RetireGrant the one that it is
// about. The layer's node is at that index.
func (b *builder) grants(at int32) {
	listed := b.granted
	if b.request.action == action.RetireGrant {
		listed = []int{b.situation.grant}
	}
	b.nodes[at].unlisted = int32(len(b.key.grants) - len(listed))
	for _, i := range listed {
		b.grantNode(i)
	}
}

// grantNode adds a grant and, where its constraints fail, each that does.
func (b *builder) grantNode(i int) {
	f := finding{layer: LayerGrant, grant: i + 1}
	n := b.open(KindGrant, f)
	n.decides = b.named(&f)
	n.outcome = OutcomeAllows
	g := &b.key.grants[i]
	lack := b.grantLacks(i)
	switch {
	case b.request.action == action.RetireGrant:
		if blocks, _ := b.blocking(LayerGrant); blocks != nil {
			n.outcome, n.code = OutcomeMisses, Code(blocks.reason)
		}
		b.close(n.at)
		return
	case lack != lacksLimits:
		n.outcome, n.code = OutcomeMisses, Code(lackReasons[lack])
	case b.lackOf(i) == lacksDelegation:
		n.outcome, n.code = OutcomeMisses, Code(ReasonGrantRequiresDelegation)
	case b.caller.namedAs(g.Grantee.String()) == asAccount:
		n.code = CodeDelegated
	}
	at := n.at
	if lack == lacksConstraint {
		b.constraints(f, &g.Constraints)
	}
	b.close(at)
}

// A constraint is a part of a grant's constraints that a request does not
// satisfy.
type constraint uint8

const (
	noConstraint     constraint = iota
	sourceARN                   // SourceArn
	contextEquals               // a pair of EncryptionContextEquals
	contextSubset               // a pair of EncryptionContextSubset
	contextSurplus              // a pair that EncryptionContextEquals does not have
	childConstraints            // of CreateGrant: all of them, which the new grant must keep
)

var constraintNames = []string{sourceARN: "SourceArn", contextEquals: "EncryptionContextEquals", contextSubset: "EncryptionContextSubset",
	contextSurplus: "EncryptionContextEquals", childConstraints: "GrantConstraints"}

// constraints adds those constraints of a grant, which do not all hold, that the
// request does not satisfy, each asked for by itself.
func (b *builder) constraints(f finding, c *grants.Constraints) {
	add := func(which constraint, pair string) {
		n := b.leaf(KindTest, f)
		n.outcome, n.constraint, n.pair = OutcomeFails, which, int32(len(b.explanation.pairs))
		b.explanation.pairs = append(b.explanation.pairs, pair)
	}
	fromSource := c.SourceARNHolds(b.sourceARN())
	switch {
	case !fromSource:
		add(sourceARN, "")
	case b.request.action == action.CreateGrant:
		add(childConstraints, "")
	}
	if b.request.action == action.CreateGrant {
		return
	}
	for _, list := range []struct {
		which constraint
		pairs map[string]string
	}{{contextEquals, c.EncryptionContextEquals}, {contextSubset, c.EncryptionContextSubset}} {
		for _, name := range slices.Sorted(maps.Keys(list.pairs)) {
			if !b.holdsAlone(grants.Constraints{EncryptionContextSubset: map[string]string{name: list.pairs[name]}}) {
				add(list.which, name)
			}
		}
	}
	if c.EncryptionContextEquals == nil || b.holdsAlone(grants.Constraints{EncryptionContextEquals: c.EncryptionContextEquals}) {
		return
	}
	for _, name := range b.pairs().names(nil) {
		if _, wanted := c.EncryptionContextEquals[name]; !wanted {
			add(contextSurplus, name)
		}
	}
}

// holdsAlone reports whether the request satisfies one constraint on the
// encryption context by itself.
func (b *builder) holdsAlone(c grants.Constraints) bool {
	compiled := compileConstraints(&c)
	return b.contextHolds(&compiled)
}
