package evaluate

import "github.com/kmsauthz/kmsauthz/policy/action"

// explicitDenies blocks with the first matching Deny statement of each layer.
//
// See IAM User Guide, "Policy evaluation logic": an explicit deny overrides all
// allows. UNDOCUMENTED: whether "*" in a Deny reaches service principals; it
// does here, as AWS's own examples exempt them.
func (s *situation) explicitDenies(v *verdict) {
	if s.scpsApply() {
		s.denyAtLevels(v, s.caller.layers.scps)
	}
	if s.rcpsApply() {
		s.denyAtLevels(v, s.key.layers.rcps)
	}
	if s.request.endpoint != nil {
		s.denyBy(v, s.request.endpoint)
	}
	if s.keyPolicyApplies() {
		s.denyBy(v, &s.key.layers.policy)
	}
	s.denyBy(v, &s.caller.layers.iam)
	s.denyBy(v, &s.caller.layers.boundary)
	s.denyBy(v, &s.caller.layers.sessions)
}

// denyBy blocks if a Deny statement of the layer matches.
func (s *situation) denyBy(v *verdict, p *policies) {
	if p.denied.Meets(s.request.only) {
		s.denyByAny(v, p)
	}
}

func (s *situation) denyByAny(v *verdict, p *policies) {
	if c := s.explicitDeny(p); c != nil {
		v.add(p.finding(c, ReasonExplicitDeny))
	}
}

// denyAtLevels blocks if a Deny statement of any level matches.
func (s *situation) denyAtLevels(v *verdict, levels []policies) {
	for i := range levels {
		s.denyBy(v, &levels[i])
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
		if f, lacks := s.scpLevels(); lacks {
			v.add(f)
		}
	}
	if s.request.endpoint != nil {
		if a := s.allow(s.request.endpoint); !a.allowed {
			v.add(a.finding)
		}
	}
}

// scpLevels returns why the first level of service control policies that does
// not allow does not, and whether there is one. At a level without policies none
// applies.
func (s *situation) scpLevels() (finding, bool) {
	for i := range s.caller.layers.scps {
		level := &s.caller.layers.scps[i]
		a := s.allow(level)
		if len(level.docs) > 0 && !a.allowed {
			if len(level.allows) == 0 {
				a.finding.note = noteLevelWithoutAllow
				a.finding.policy, a.finding.number = level.docs[0], level.first
			}
			return a.finding, true
		}
	}
	return finding{}, false
}

// scpsApply reports whether service control policies restrict the caller: users,
// roles and the root user of member accounts, but no service-linked roles, no
// service principals and nobody of the management account. Where there are none,
// they do not.
//
// See AWS Organizations User Guide, "Service control policies (SCPs)".
func (s *situation) scpsApply() bool { return len(s.caller.scps) > 0 && s.scpExemption() == 0 }

// scpExemption says why service control policies do not restrict the caller, 0
// if they do.
func (s *situation) scpExemption() Code {
	switch {
	case s.caller.isService():
		return CodeServicePrincipal
	case s.caller.serviceLinked:
		return CodeServiceLinkedRole
	case s.caller.organization.ManagementAccount:
		return CodeManagementAccount
	default:
		return 0
	}
}

// rcpsApply reports whether resource control policies restrict access to the
// key: not on AWS managed keys, not on keys of the management account, not for
// service-linked roles, not for kms:RetireGrant. They apply to resources, so
// not to operations without one. Where there are none, they do not.
//
// See AWS Organizations User Guide, "Resource control policies (RCPs)".
func (s *situation) rcpsApply() bool {
	return s.key != nil && len(s.key.rcps) > 0 && s.rcpExemption() == 0
}

// rcpExemption says why resource control policies do not restrict access to the
// key, 0 if they do.
func (s *situation) rcpExemption() Code {
	switch {
	case s.key == nil:
		return CodeNoKey
	case s.key.manager == AWSManaged:
		return Code(ReasonAWSManagedKey)
	case s.request.action == action.RetireGrant:
		return CodeRetireGrant
	case s.caller.serviceLinked:
		return CodeServiceLinkedRole
	case s.key.organizationFor(s.caller).ManagementAccount:
		return CodeManagementAccount
	default:
		return 0
	}
}

// keyPolicyApplies reports whether the key policy has a say. It has none on who
// may retire a grant.
//
// See AWS KMS Developer Guide, "Retiring and revoking grants".
func (s *situation) keyPolicyApplies() bool {
	return s.key != nil && s.request.action != action.RetireGrant
}
