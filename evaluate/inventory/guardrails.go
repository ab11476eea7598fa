package inventory

import (
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
)

// The types of policies of AWS Organizations that limit access, as its listings name them.
const (
	serviceControlPolicyType  = "SERVICE_CONTROL_POLICY"
	resourceControlPolicyType = "RESOURCE_CONTROL_POLICY"
)

// A guardrailKind is one of the two kinds of policies of AWS Organizations that limit access.
type guardrailKind[P any] struct {
	policyType string
	field      string // of KeyConfig or CallerConfig
	noun       string
	policy     func(g *guardrail) *P
	all        *P     // the policy that allows everything
	allID      string // its id
}

var serviceControlPolicy = guardrailKind[policy.ServiceControlPolicy]{
	policyType: serviceControlPolicyType,
	field:      "ServiceControlPolicies",
	noun:       "service control policy",
	policy:     func(g *guardrail) *policy.ServiceControlPolicy { return g.scp },
	allID:      "p-FullAWSAccess",
	all: must(policy.ParseServiceControlPolicy([]byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`),
		&policy.ParseOptions{Name: "FullAWSAccess", File: "FullAWSAccess"})),
}

var resourceControlPolicy = guardrailKind[policy.ResourceControlPolicy]{
	policyType: resourceControlPolicyType,
	field:      "ResourceControlPolicies",
	noun:       "resource control policy",
	policy:     func(g *guardrail) *policy.ResourceControlPolicy { return g.rcp },
	allID:      "p-RCPFullAWSAccess",
	all: must(policy.ParseResourceControlPolicy([]byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}`),
		&policy.ParseOptions{Name: "RCPFullAWSAccess", File: "RCPFullAWSAccess"})),
}

// must returns a policy of the two above.
func must[P any](p *P, err error) *P {
	if err != nil {
		panic("inventory: " + err.Error())
	}
	return p
}

// levelsOf returns the policies of one kind that apply to an account, by level. It is nil if no
// source has any for the account.
//
// Every level has at least one service control policy, so where other levels have some, a level
// without any is one that has not been read. Resource control policies only deny, and their
// levels may well have none but RCPFullAWSAccess, which need not be listed.
//
// See AWS Organizations User Guide, "SCP evaluation" and "RCP evaluation".
func levelsOf[P any](inv *Inventory, out *known, account string, kind guardrailKind[P]) [][]*P {
	targets := levelTargets(inv.organizations[account].Path, account)
	if targets == nil {
		noteUnplaced(inv, out, account, kind)
		return nil
	}
	var levels [][]*P
	var without []string // targets
	var last Source
	for _, target := range targets {
		var level []*P
		found := false
		if list := inv.attachments[target]; list != nil {
			for i := range list.entries {
				a := &list.entries[i].value
				if p, ok := attachedPolicy(inv, out, a, kind); ok {
					found, last = true, a.source
					if p != nil {
						level = append(level, p)
					}
				}
			}
		}
		if !found {
			without = append(without, target)
		}
		levels = append(levels, level)
	}
	if len(without) == len(levels) {
		return nil
	}
	if kind.policyType == serviceControlPolicyType {
		for _, target := range without {
			out.missing(last, "no source has a %s of %s", kind.noun, target)
		}
	}
	return levels
}

// noteUnplaced notes that policies of one kind apply to an account, or may, of which no source tells
// where it stands in its organization. They do not apply to the management account.
func noteUnplaced[P any](inv *Inventory, out *known, account string, kind guardrailKind[P]) {
	o := inv.organizations[account]
	targets := []string{account}
	switch {
	case o.ManagementAccount:
		return
	case o.ID != "":
		targets = slices.Sorted(maps.Keys(inv.attachments))
	}
	for _, target := range targets {
		list := inv.attachments[target]
		if list == nil {
			continue
		}
		for i := range list.entries {
			a := &list.entries[i].value
			if p, ok := attachedPolicy(inv, new(known), a, kind); ok && p != kind.all {
				out.missing(a.source, "no source tells where account %s stands in its organization, which has a %s", account, kind.noun)
				return
			}
		}
	}
}

// levelTargets returns what policies of AWS Organizations may be attached to, from the root of
// the organization down to the account. The path is that of Organization.
func levelTargets(path, account string) []string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 {
		return nil // the organization's id alone, or nothing
	}
	return append(parts[1:len(parts):len(parts)], account)
}

// attachedPolicy returns the policy that is attached to a target and reports whether it is of
// the kind. It is nil if it is not known.
func attachedPolicy[P any](inv *Inventory, out *known, a *attachment, kind guardrailKind[P]) (*P, bool) {
	if a.policyID == kind.allID {
		return kind.all, true
	}
	g, described := inv.guardrails[a.policyID]
	policyType := a.policyType
	if described {
		policyType = g.policyType
	}
	switch {
	case policyType != "" && policyType != kind.policyType:
		return nil, false
	case !described:
		out.missing(a.source, "no source has the content of policy %s", a.policyID)
		return nil, true
	}
	source := part[struct{}]{source: g.source, unknown: g.fault}
	note(out, &source, kind.field)
	return kind.policy(&g), true
}
