package evaluate

import (
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// explicitDenies blocks with the first matching Deny statement of each layer.
//
// See IAM User Guide, "Policy evaluation logic": an explicit deny overrides all
// allows. UNDOCUMENTED: whether "*" in a Deny reaches service principals; it
// does here, as AWS's own examples exempt them.
func (s *situation) explicitDenies(v *verdict) {
	if s.scpsApply() {
		s.denyAtLevels(v, LayerSCP, s.caller.scps)
	}
	if s.rcpsApply() {
		s.denyAtLevels(v, LayerRCP, s.key.rcps)
	}
	s.denyBy(v, &policies{layer: LayerVPCEndpointPolicy, docs: s.request.endpoint, resourceBased: true, bars: true})
	if s.keyPolicyApplies() {
		s.denyBy(v, &policies{layer: LayerKeyPolicy, docs: s.key.policy, resourceBased: true, bars: true})
	}
	s.denyBy(v, &policies{layer: LayerIAMPolicy, docs: s.caller.iam})
	s.denyBy(v, &policies{layer: LayerPermissionsBoundary, docs: s.caller.boundary})
	s.denyBy(v, &policies{layer: LayerSessionPolicy, docs: s.caller.sessions})
}

// denyBy blocks if a Deny statement of the layer matches.
func (s *situation) denyBy(v *verdict, p *policies) {
	if f, denied := s.explicitDeny(p); denied {
		v.blockers.add(f)
	}
}

// denyAtLevels blocks if a Deny statement of any level matches.
func (s *situation) denyAtLevels(v *verdict, l Layer, levels [][]*policy.Document) {
	first := 0
	for _, level := range levels {
		s.denyBy(v, &policies{layer: l, docs: level, first: first, resourceBased: l == LayerRCP})
		first += len(level)
	}
}

// guardrails blocks unless every level of service control policies and the VPC
// endpoint policy allow. Resource control policies need no Allow, as
// RCPFullAWSAccess is always attached.
//
// See AWS Organizations User Guide, "SCP evaluation" and "Resource control
// policies"; AWS KMS Developer Guide, "Controlling access to your VPC endpoint".
func (s *situation) guardrails(v *verdict) {
	if s.scpsApply() {
		s.scpLevels(v)
	}
	if len(s.request.endpoint) > 0 {
		a := s.allow(&policies{layer: LayerVPCEndpointPolicy, docs: s.request.endpoint, resourceBased: true, bars: true})
		if !a.allowed {
			v.blockers.add(a.finding)
		}
	}
}

// scpLevels blocks at the first level of service control policies that does not
// allow. At a level without policies none applies.
func (s *situation) scpLevels(v *verdict) {
	first := 0
	for _, level := range s.caller.scps {
		a := s.allow(&policies{layer: LayerSCP, docs: level, first: first})
		if len(level) > 0 && !a.allowed {
			if !anyAllow(level) {
				a.finding.note = noteLevelWithoutAllow
				a.finding.policy, a.finding.number = level[0], first
			}
			v.blockers.add(a.finding)
			return
		}
		first += len(level)
	}
}

// anyAllow reports whether a document has an Allow statement.
func anyAllow(docs []*policy.Document) bool {
	for _, doc := range docs {
		for i := range doc.Len() {
			if doc.Statement(i).Effect() == policy.Allow {
				return true
			}
		}
	}
	return false
}

// scpsApply reports whether service control policies restrict the caller: users,
// roles and the root user of member accounts, but no service-linked roles, no
// service principals and nobody of the management account.
//
// See AWS Organizations User Guide, "Service control policies (SCPs)".
func (s *situation) scpsApply() bool {
	return !s.caller.isService() && !s.caller.isServiceLinkedRole() && !s.caller.organization.ManagementAccount
}

// rcpsApply reports whether resource control policies restrict access to the
// key: not on AWS managed keys, not on keys of the management account, not for
// service-linked roles, not for kms:RetireGrant. They apply to resources, so
// not to operations without one.
//
// See AWS Organizations User Guide, "Resource control policies (RCPs)".
func (s *situation) rcpsApply() bool {
	return s.key != nil && s.key.manager == CustomerManaged && s.request.action != action.RetireGrant &&
		!s.caller.isServiceLinkedRole() && !s.key.organizationFor(s.caller).ManagementAccount
}

// keyPolicyApplies reports whether the key policy has a say. It has none on who
// may retire a grant.
//
// See AWS KMS Developer Guide, "Retiring and revoking grants".
func (s *situation) keyPolicyApplies() bool {
	return s.key != nil && s.request.action != action.RetireGrant
}
