package evaluate

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/internal/wildcard"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A nearness says how little a grant that names the caller lacks.
type nearness uint8

const (
	noNearMiss nearness = iota
	lacksOperation
	lacksConstraint
	lacksEffect
	lacksDelegation
	lacksLimits // only a permissions boundary or session policy stands in the way
)

// lackReasons are the reasons for what a grant lacks in itself.
var lackReasons = [...]Reason{
	lacksOperation:  ReasonOperationNotGranted,
	lacksConstraint: ReasonConstraintNotMet,
	lacksEffect:     ReasonGrantNotEffective,
}

// A grantPath is what stands in the way of the grant that almost allows.
type grantPath struct {
	path
	nearness nearness
	grant    int
}

// replaces reports whether the path by a grant is the one to mend rather than
// the path by policies: it is nearer, or the policies got nowhere and the grant
// is how this caller was meant to get in.
func (g *grantPath) replaces(byPolicy *path) bool {
	first := &byPolicy.items[0]
	switch g.nearness {
	case noNearMiss, lacksOperation:
		return false
	case lacksDelegation:
		return !first.layer.limits()
	case lacksLimits:
		return true
	}
	switch first.reason {
	case ReasonNoDelegation, ReasonPrincipalNotNamed, ReasonAWSManagedKey:
		return true
	case ReasonNoAllow:
		return first.layer == LayerIAMPolicy
	default:
		return false
	}
}

// limits reports whether the layer only limits what others allow to a caller.
func (l Layer) limits() bool { return l == LayerPermissionsBoundary || l == LayerSessionPolicy }

// keep takes got if it is nearer than what is there: it lacks less, or has
// fewer findings, or stands first.
func (g *grantPath) keep(got *grantPath) {
	switch {
	case got.nearness != g.nearness:
		if got.nearness < g.nearness {
			return
		}
	case got.n != g.n:
		if got.n > g.n {
			return
		}
	case got.grant > g.grant:
		return
	}
	*g = *got
}

// byGrants looks for the first grant that allows the request. Where there is
// none, it fills near with the one that lacks least.
//
// See AWS KMS Developer Guide, "Grants in AWS KMS".
func (s *situation) byGrants(v *verdict, near *grantPath) bool {
	if !s.request.info.Grantable {
		return false
	}
	allows := len(s.key.grants)
	for n := range s.caller.names {
		name := &s.caller.names[n]
		if name.form == asAccount || !s.key.grantees.meets(name.set) {
			continue
		}
		for i := range s.grantsTo(name.text) {
			if i < allows && s.grantAllows(i, name.form, near) {
				allows = i
			}
		}
	}
	if allows < len(s.key.grants) {
		v.via = finding{layer: LayerGrant, grant: allows + 1}
		return true
	}
	for _, name := range s.caller.names {
		if i, ok := s.nearestGrantTo(name.text); ok && name.form != asAccount {
			s.grantAllows(i, name.form, near)
		}
	}
	return false
}

// grantToAccount returns the first grant to the caller's account that has what
// the request needs. It delegates to the account and is never a near miss.
func (s *situation) grantToAccount() finding {
	first := len(s.key.grants)
	for n := range s.caller.names {
		name := &s.caller.names[n]
		if name.form != asAccount || !s.request.info.Grantable || !s.key.grantees.meets(name.set) {
			continue
		}
		for i := range s.grantsTo(name.text) {
			if i < first && s.lackOf(i) == lacksLimits {
				first = i
			}
		}
	}
	if first == len(s.key.grants) {
		return finding{}
	}
	return finding{layer: LayerKeyPolicy, grant: first + 1}
}

// grantAllows reports whether one grant, which names the caller in the given
// form, allows the request; if not it lets near keep what is missing. A grant to
// an account, which names the root user, is never a near miss.
func (s *situation) grantAllows(i int, named form, near *grantPath) bool {
	lack := s.lackOf(i)
	if lack == noNearMiss || named == asRootUser {
		return lack == lacksLimits
	}
	got := grantPath{nearness: lack, grant: i}
	switch lack {
	case lacksDelegation:
		got.add(finding{layer: LayerKeyPolicy, reason: ReasonGrantRequiresDelegation, policy: s.key.policy[0], grant: i + 1})
	case lacksEffect, lacksConstraint, lacksOperation:
		got.add(finding{layer: LayerGrant, reason: lackReasons[lack], grant: i + 1})
	}
	if s.escapesLimits(named) || s.limitsAllow(&got.path) {
		if lack == lacksLimits {
			return true
		}
	}
	near.keep(&got)
	return false
}

// lackOf returns what a grant lacks, the key policy's delegation included where
// grants need it. A grant that needs the delegation and something more is as
// good as none.
func (s *situation) lackOf(i int) nearness {
	lack := s.grantLacks(i)
	switch {
	case !s.grantNeedsDelegation() || s.lends():
		return lack
	case lack == lacksLimits:
		return lacksDelegation
	default:
		return noNearMiss
	}
}

// escapesLimits reports whether boundary and session policies need not allow
// what a grant gives to a caller that it names in that form: as in a key policy,
// and in the key's own account only.
//
// UNDOCUMENTED: how a boundary or a session policy bears on a grant.
func (s *situation) escapesLimits(named form) bool { return named.unlimited() && !s.foreign }

// grantLacks returns what one grant that names the caller lacks in itself,
// lacksLimits if nothing.
func (s *situation) grantLacks(i int) nearness {
	g := &s.key.grants[i]
	switch {
	case !g.Operations.Meets(s.request.only):
		return lacksOperation
	case s.request.action == action.CreateGrant && !s.request.child.within(g.Operations):
		return lacksOperation
	case !s.constraintsHold(i):
		return lacksConstraint
	case !g.Effective(s.request.tokens):
		return lacksEffect
	default:
		return lacksLimits
	}
}

// constraintsHold reports whether the request satisfies a grant's constraints.
//
// See AWS KMS Developer Guide, "Using grant constraints".
func (s *situation) constraintsHold(i int) bool {
	c := &s.key.constraints[i]
	return (c.source == "" || arn.Like(c.source, s.sourceARN())) && s.contextHolds(c)
}

// contextHolds reports whether the request satisfies a constraint on the
// encryption context. DescribeKey has none, and the constraint is ignored for it;
// CreateGrant must pass all constraints on to the new grant.
func (s *situation) contextHolds(c *compiledConstraints) bool {
	switch s.request.action {
	case action.DescribeKey:
		return true
	case action.CreateGrant:
		child := s.request.child.constraints(s.hasEncryptionContext())
		return child.AtLeastAsStrictAs(c.all)
	default:
		return c.encryptionContextHolds(s.pairs())
	}
}

// compiledConstraints are the constraints of a grant, compiled.
type compiledConstraints struct {
	all    *grants.Constraints
	source wildcard.Pattern // of the source ARN, empty if there is none
	equals bool             // there is an EncryptionContextEquals
	whole  pairList         // of EncryptionContextEquals
	part   pairList         // of EncryptionContextSubset
}

func compileConstraints(c *grants.Constraints) compiledConstraints {
	return compiledConstraints{
		all:    c,
		source: wildcard.Compile(c.SourceARN),
		equals: c.EncryptionContextEquals != nil,
		whole:  pairsOf(c.EncryptionContextEquals),
		part:   pairsOf(c.EncryptionContextSubset),
	}
}

// encryptionContextHolds is that of grants.Constraints.
func (c *compiledConstraints) encryptionContextHolds(encryptionContext pairList) bool {
	return (!c.equals || slices.Equal(c.whole, encryptionContext)) && encryptionContext.hasAll(c.part)
}

// same reports whether two constraints hold for the same requests.
func (c *compiledConstraints) same(d *compiledConstraints) bool {
	return c.source == d.source && c.equals == d.equals && slices.Equal(c.whole, d.whole) && slices.Equal(c.part, d.part)
}

// sourceARN returns the value of aws:SourceArn, "" if the request has none.
func (s *situation) sourceARN() string {
	if v := s.context.Lookup(known.sourceARN); len(v) > 0 {
		return v[0]
	}
	return ""
}

// grantNeedsDelegation reports whether grant-requires-delegation applies. It
// does not to AWS managed keys, whose policies cannot be edited and whose
// services work through grants.
func (s *situation) grantNeedsDelegation() bool {
	return !s.rules.GrantsStandAlone && s.key.manager != AWSManaged
}

// delegation says whether the key policy delegates a request to the key's own
// account.
type delegation uint8

const (
	notAsked delegation = iota
	delegates
	doesNotDelegate
)

// lends reports whether an Allow statement of the key policy matches the
// request and names the key's own account.
func (s *situation) lends() bool {
	if s.lent == notAsked {
		s.lent = doesNotDelegate
		if s.delegatesHome || s.hasDelegation() {
			s.lent = delegates
		}
	}
	return s.lent == delegates
}

// hasDelegation looks for the statement.
func (s *situation) hasDelegation() bool {
	allows := s.key.layers.policy.allows
	for i := range allows {
		c := &allows[i]
		if c.actions.Meets(s.request.only) && c.names.meets(s.key.accountSet) && s.key.delegatesBy(c.statement) &&
			s.reachFromAction(c.statement, true) == atCondition {
			return true
		}
	}
	return false
}

// delegatesBy reports whether st is an Allow statement that names the key's own
// account.
func (k *Key) delegatesBy(st *policy.Statement) bool {
	if st.Effect() != policy.Allow || st.IsNotPrincipal() {
		return false
	}
	return st.Lists(k.accountNames[0]) || st.Lists(k.accountNames[1])
}

// byRetiring decides kms:RetireGrant: it is open to the grant's retiring
// principal, to its grantee if the grant has the operation, and to principals
// with an IAM allow in the account that issued the grant or is its retiring
// principal. Constraints are ignored, and the key policy has no say.
//
// See AWS KMS Developer Guide, "Retiring and revoking grants".
func (s *situation) byRetiring(v *verdict, p *path) bool {
	via := finding{layer: LayerGrant, grant: s.grant + 1}
	direct, identity := s.mayRetire()
	switch {
	case direct != 0:
		if !s.escapesLimits(direct) && !s.limitsAllow(p) {
			return false
		}
	case identity:
		if !s.limitsAllow(p) {
			return false
		}
	default:
		via.reason = ReasonOperationNotGranted
		p.add(via)
		if s.foreign { // where no form of naming escapes them
			s.limitsAllow(p)
		}
		return false
	}
	v.via = via
	return true
}

// mayRetire returns the forms, other than through its account, in which the grant
// that is to be retired names the caller as one who may, and whether IAM may let
// the caller retire it and does.
func (s *situation) mayRetire() (direct form, identity bool) {
	g := &s.key.grants[s.grant]
	named := s.caller.forms(g.Retiring)
	if g.Operations.Has(action.RetireGrant) {
		named |= s.caller.forms(g.Grantee)
	}
	var scratch path
	concerned := named != 0 || s.caller.account == g.IssuingAccountOf(s.key.arn.Account)
	return named.direct(), concerned && s.identityAllows(&scratch)
}
