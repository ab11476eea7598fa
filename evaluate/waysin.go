package evaluate

import (
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// waysIn looks for a way in: the key policy, alone or with an IAM policy, then a
// grant. Where there is none, it blocks with the nearest path.
//
// See AWS KMS Developer Guide, "Determining access to AWS KMS keys".
func (s *situation) waysIn(v *verdict) {
	var byPolicy path
	switch {
	case s.key == nil:
		s.byIAMAlone(v, &byPolicy)
	case s.request.action == action.RetireGrant:
		s.byRetiring(v, &byPolicy)
	case !s.byPolicies(v, &byPolicy):
		var byGrant grantPath
		if s.byGrants(v, &byGrant) {
			return
		}
		if byGrant.replaces(&byPolicy) {
			byPolicy, byGrant.path = byGrant.path, byPolicy
		}
		if !v.brief && byGrant.path != byPolicy {
			v.other = byGrant.findings()
		}
	}
	for _, f := range byPolicy.items[:byPolicy.n] {
		v.add(f)
	}
}

// byIAMAlone decides operations on which no key policy has a say, such as
// CreateKey and the alias half of CreateAlias.
//
// See AWS KMS Developer Guide, "Using IAM policies with AWS KMS" and
// "Controlling access to aliases".
func (s *situation) byIAMAlone(v *verdict, p *path) bool {
	allowed := s.identityAllows(p)
	if !s.limitsAllow(p) || !allowed {
		return false
	}
	v.via = s.identity.finding
	return true
}

// byPolicies decides whether the policies let the caller in (dual
// authorization): the key policy by naming it, or by delegating to its account
// together with an IAM policy. Where they do not, it fills p with what is
// missing.
func (s *situation) byPolicies(v *verdict, p *path) bool {
	var side keySide
	s.askKeyPolicy(&side)
	switch {
	case s.needsIAM():
		return s.byBothSides(v, p, &side)
	case side.direct.found():
		return s.byNaming(v, p, &side)
	case side.delegated.found():
		allowed := s.byIAMAlone(v, p)
		v.via.grant = side.delegated.grant
		return allowed
	default:
		p.add(side.missing)
		return false
	}
}

// byNaming decides a request that the key policy of the caller's own account
// allows by naming the caller. Each matching statement carries its own limits.
func (s *situation) byNaming(v *verdict, p *path, side *keySide) bool {
	if s.limitsAllow(p) {
		v.via = side.direct
		return true
	}
	if !side.unlimited.found() {
		return false
	}
	*p = path{}
	v.via = side.unlimited
	return true
}

// byBothSides decides a request that needs the key policy and an IAM policy,
// however the key policy names the caller. The root user of another account
// counts as allowed by IAM.
func (s *situation) byBothSides(v *verdict, p *path, side *keySide) bool {
	named := side.direct
	if !named.found() {
		named = side.delegated
	}
	if !named.found() {
		p.add(side.missing)
	}
	allowed := s.identityAllows(p)
	if !s.limitsAllow(p) || !allowed || !named.found() {
		return false
	}
	v.via = s.identity.finding
	v.via.grant = named.grant
	return true
}

// needsIAM reports whether an IAM policy must allow even a caller that the key
// policy names: across accounts always, and under DirectAllowRequiresIAM.
//
// See AWS KMS Developer Guide, "Allowing users in other accounts to use a KMS
// key".
func (s *situation) needsIAM() bool {
	if s.foreign {
		return true
	}
	return s.rules.DirectAllowRequiresIAM && !s.caller.isService() && !s.caller.isRoot() && s.key.manager != AWSManaged
}

// identityAllows reports whether the caller's identity-based policies allow the
// request; if not it adds the finding to p.
func (s *situation) identityAllows(p *path) bool {
	if !s.identity.known {
		s.askIdentity(&s.identity)
	}
	if !s.identity.allowed {
		p.add(s.identity.finding)
	}
	return s.identity.allowed
}

// askIdentity asks the identity-based policies. The root user needs none. A
// federated user whose session was made without a session policy has no
// permissions from them.
//
// See IAM User Guide, "AWS account root user" and "Permissions for
// GetFederationToken".
func (s *situation) askIdentity(a *answer) {
	switch {
	case s.caller.isRoot():
		*a = answer{known: true, allowed: true, finding: finding{layer: LayerIAMPolicy}}
	case s.caller.kind == federatedUser && len(s.caller.sessions) == 0:
		*a = answer{known: true, finding: finding{layer: LayerIAMPolicy, reason: ReasonNoAllow, note: noteNoSessionPolicy}}
	default:
		s.ask(a, &s.caller.layers.iam)
	}
}

// limitsAllow reports whether the permissions boundary and the session policies
// allow the request, where there are any; if not it adds the findings to p. Of
// several session policies one that allows suffices.
//
// See IAM User Guide, "Permissions boundaries for IAM entities" and "Session
// policies".
func (s *situation) limitsAllow(p *path) bool {
	allowed := true
	if len(s.caller.boundary) > 0 {
		if !s.boundary.known {
			s.ask(&s.boundary, &s.caller.layers.boundary)
		}
		if !s.boundary.allowed {
			p.add(s.boundary.finding)
			allowed = false
		}
	}
	if len(s.caller.sessions) > 0 {
		if !s.session.known {
			s.ask(&s.session, &s.caller.layers.sessions)
		}
		if !s.session.allowed {
			p.add(s.session.finding)
			allowed = false
		}
	}
	return allowed
}

// A keySide is what the key policy's Allow statements say of a request, and
// grants to accounts.
type keySide struct {
	direct    finding // the first that matches and names the caller
	unlimited finding // the first of those whose form escapes boundary and session policies
	delegated finding // the first that matches and names the caller's account, or a grant to it
	missing   finding // why none matches
}

// askKeyPolicy asks the key policy, and then the grants to the caller's account.
//
// See AWS KMS Developer Guide, "Key policies in AWS KMS" and "Default key
// policy".
//
// UNDOCUMENTED: a grant to an account delegates to it, as a key policy would, so
// its principals need an IAM allow.
func (s *situation) askKeyPolicy(side *keySide) {
	furthest, at := atNothing, (*policy.Statement)(nil)
	doc := s.key.policy[0]
	allows := s.key.layers.policy.allows
	for i := range allows {
		c := &allows[i]
		if !c.actions.Meets(s.request.only) {
			continue
		}
		form := s.caller.namedBy(c)
		if form == 0 {
			continue
		}
		got := s.reachFromAction(c.statement, true)
		if got > furthest {
			furthest, at = got, c.statement
		}
		if got == atCondition {
			side.record(doc, c.statement, form)
		}
	}
	s.delegatesHome = side.delegated.found() && !s.foreign
	if !side.delegated.found() {
		side.delegated = s.grantToAccount()
	}
	if !side.direct.found() && !side.delegated.found() {
		if furthest == atNothing {
			furthest, at = s.furthestWithoutAction()
		}
		side.missing = finding{layer: LayerKeyPolicy, reason: s.keyPolicyReason(furthest), note: noteAtStage(furthest), policy: doc, statement: at}
	}
}

// furthestWithoutAction returns how far the Allow statements get if none that
// names the caller has the action, and the first that gets there.
func (s *situation) furthestWithoutAction() (stage, *policy.Statement) {
	allows := s.key.layers.policy.allows
	for i := range allows {
		if s.caller.namedBy(&allows[i]) != 0 {
			return atPrincipal, allows[i].statement
		}
	}
	return atNothing, nil
}

// record files a matching statement under the forms in which it names the
// caller.
func (side *keySide) record(doc *policy.Document, st *policy.Statement, named form) {
	file := func(f *finding) {
		if !f.found() {
			f.layer, f.policy, f.statement = LayerKeyPolicy, doc, st
		}
	}
	if named.direct() != 0 {
		file(&side.direct)
	}
	if named.unlimited() {
		file(&side.unlimited)
	}
	if named&asAccount != 0 {
		file(&side.delegated)
	}
}

// keyPolicyReason is the reason of an implicit denial by the key policy, by the
// furthest stage that an Allow statement reached.
func (s *situation) keyPolicyReason(furthest stage) Reason {
	switch {
	case s.key.manager == AWSManaged:
		return ReasonAWSManagedKey
	case furthest == atPrincipal:
		return ReasonActionNotAllowed
	case furthest != atNothing:
		return reasonAt[furthest]
	case s.foreign || s.caller.isService():
		return ReasonPrincipalNotNamed
	default:
		return ReasonNoDelegation
	}
}
