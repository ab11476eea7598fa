package reference

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func documents[P any](layer evaluate.Layer, before int, list []P, base func(P) *policy.Document) []document {
	var out []document
	for i, p := range list {
		out = append(out, document{base(p), layer, before + i})
	}
	return out
}

// levelled puts the levels of an organization into the same form. Policies are
// counted through all levels. An empty level is one that was not given.
func levelled[P any](layer evaluate.Layer, given [][]P, base func(P) *policy.Document) [][]document {
	var levels [][]document
	before := 0
	for _, level := range given {
		if len(level) > 0 {
			levels = append(levels, documents(layer, before, level, base))
		}
		before += len(level)
	}
	return levels
}

func iamDocument(p *policy.IAMPolicy) *policy.Document { return &p.Document }

func (s *situation) iamPolicies() []document {
	return documents(evaluate.LayerIAMPolicy, 0, s.caller.IAMPolicies, iamDocument)
}

func (s *situation) sessionPolicies() []document {
	return documents(evaluate.LayerSessionPolicy, 0, s.caller.SessionPolicies, iamDocument)
}

func (s *situation) boundary() []document {
	if s.caller.PermissionsBoundary == nil {
		return nil
	}
	return []document{{&s.caller.PermissionsBoundary.Document, evaluate.LayerPermissionsBoundary, 0}}
}

// scpLevels returns the service control policies that apply. They bind users,
// roles and the root user, but not the organization's management account, not
// service-linked roles and no services (AWS Organizations User Guide, "Service
// control policies").
func (s *situation) scpLevels() [][]document {
	if s.caller.Organization.ManagementAccount || s.who.serviceLinked() || s.who.kind == service {
		return nil
	}
	return levelled(evaluate.LayerSCP, s.caller.ServiceControlPolicies, func(p *policy.ServiceControlPolicy) *policy.Document { return &p.Document })
}

// rcpLevels returns the resource control policies that apply. They bind all who
// use a customer's key, but not in the management account, not service-linked
// roles and not RetireGrant (AWS Organizations User Guide, "Resource control
// policies").
func (s *situation) rcpLevels() [][]document {
	if s.key == nil || s.awsManaged() || s.resourceOrganization().ManagementAccount || s.who.serviceLinked() || s.request.Action == action.RetireGrant {
		return nil
	}
	return levelled(evaluate.LayerRCP, s.key.ResourceControlPolicies, func(p *policy.ResourceControlPolicy) *policy.Document { return &p.Document })
}

func (s *situation) endpointPolicy() []document {
	if s.request.VPCEndpoint == nil || s.request.VPCEndpoint.Policy == nil {
		return nil
	}
	return []document{{&s.request.VPCEndpoint.Policy.Document, evaluate.LayerVPCEndpointPolicy, 0}}
}

// keyPolicy returns the key policy. It has no say in RetireGrant (AWS KMS
// Developer Guide, "Retiring and revoking grants").
func (s *situation) keyPolicy() []document {
	if s.key == nil || s.request.Action == action.RetireGrant {
		return nil
	}
	return []document{{&s.key.Policy.Document, evaluate.LayerKeyPolicy, 0}}
}

// explicitDenies is rule 4: one entry for each layer in which a Deny statement
// matches, the first in document order.
func (s *situation) explicitDenies() []Entry {
	var entries []Entry
	for _, layer := range [][]document{
		slices.Concat(s.scpLevels()...), slices.Concat(s.rcpLevels()...), s.endpointPolicy(), s.keyPolicy(), s.iamPolicies(), s.boundary(), s.sessionPolicies(),
	} {
		if d, st := s.first(policy.Deny, layer); st != nil {
			entries = append(entries, d.entry(st, evaluate.ReasonExplicitDeny))
		}
	}
	return entries
}

// first returns the first statement of that effect that matches.
func (s *situation) first(effect policy.Effect, docs []document) (document, *policy.Statement) {
	for _, d := range docs {
		for _, st := range d.Statements() {
			if st.Effect() == effect && s.matches(d, st) {
				return d, st
			}
		}
	}
	return document{}, nil
}

// guardrails is rule 5: every level of SCPs and the endpoint policy must allow.
// RCPs can only deny explicitly, since RCPFullAWSAccess is always attached. Of
// the levels that do not allow, the first is reported.
func (s *situation) guardrails() []Entry {
	var entries []Entry
	for _, level := range s.scpLevels() {
		if blocked := s.mustAllow(level); blocked != nil {
			entries = blocked
			break
		}
	}
	if docs := s.endpointPolicy(); docs != nil {
		entries = append(entries, s.mustAllow(docs)...)
	}
	return entries
}

// mustAllow returns the entry of a layer none of whose policies allows.
func (s *situation) mustAllow(docs []document) []Entry {
	if _, st := s.first(policy.Allow, docs); st != nil {
		return nil
	}
	return []Entry{s.implicit(docs)}
}

// implicit returns the entry of a layer that does not allow. The reason is the
// furthest stage that any of its Allow statements reached, and the statement
// the first that reached it.
func (s *situation) implicit(docs []document) Entry {
	best, reached := Entry{Layer: docs[0].layer, Statement: -1}, missed
	if best.Layer == evaluate.LayerKeyPolicy {
		best.Policy = docs[0].name()
	}
	for _, d := range docs {
		for _, st := range d.Statements() {
			if st.Effect() != policy.Allow {
				continue
			}
			if at := s.reach(d, st); at > reached && (at > principal || d.layer == evaluate.LayerKeyPolicy) {
				best, reached = d.entry(st, evaluate.ReasonNone), at
			}
		}
	}
	best.Reason = s.reasonFor(best.Layer, reached)
	return best
}

func (s *situation) reasonFor(layer evaluate.Layer, reached stage) evaluate.Reason {
	switch {
	case layer == evaluate.LayerKeyPolicy && s.awsManaged():
		return evaluate.ReasonAWSManagedKey
	case reached == resources:
		return evaluate.ReasonConditionNotMet
	case reached == actions:
		return evaluate.ReasonResourceNotMatched
	case layer != evaluate.LayerKeyPolicy:
		return evaluate.ReasonNoAllow
	case reached == principal:
		return evaluate.ReasonActionNotAllowed
	case s.acrossAccounts() || s.who.kind == service:
		return evaluate.ReasonPrincipalNotNamed
	}
	return evaluate.ReasonNoDelegation
}

// limits is rule 7: the entries of the permissions boundary and the session
// policies, where there are any and they do not allow. Of several session
// policies one that allows suffices.
func (s *situation) limits() []Entry {
	var entries []Entry
	for _, docs := range [][]document{s.boundary(), s.sessionPolicies()} {
		if docs != nil {
			entries = append(entries, s.mustAllow(docs)...)
		}
	}
	return entries
}

// iamAllows returns the entry of the IAM statement that allows. The root user,
// who cannot have IAM policies, counts as allowed by IAM.
func (s *situation) iamAllows() (Entry, bool) {
	switch {
	case s.who.kind == root:
		return Entry{Layer: evaluate.LayerIAMPolicy, Statement: -1}, true
	case s.withoutSession():
		return Entry{}, false
	}
	d, st := s.first(policy.Allow, s.iamPolicies())
	if st == nil {
		return Entry{}, false
	}
	return d.entry(st, evaluate.ReasonNone), true
}

// iamBlocks returns the entry of IAM policies that do not allow.
func (s *situation) iamBlocks() []Entry {
	if _, ok := s.iamAllows(); ok {
		return nil
	}
	docs := s.iamPolicies()
	if len(docs) == 0 || s.withoutSession() {
		return []Entry{{Layer: evaluate.LayerIAMPolicy, Reason: evaluate.ReasonNoAllow, Statement: -1}}
	}
	return []Entry{s.implicit(docs)}
}

// withoutSession reports whether the caller is a federated user without session
// policies, who has no permissions from IAM policies (IAM User Guide,
// "Permissions for GetFederationToken").
func (s *situation) withoutSession() bool {
	return s.who.kind == federated && len(s.caller.SessionPolicies) == 0
}
