package inventory

import (
	"iter"
	"maps"
	"slices"

	"github.com/kmsauthz/kmsauthz/policy"
)

// A Policy is a policy that a source has, and where. One of its policies is not nil.
type Policy struct {
	// Source is the element that has the policy. Where it has it as a text in a string, as plans
	// do, positions in the policy are those in that text, whose File is named after the source's
	// file and the element.
	Source

	Key                   string // of a key policy: the ARN of its key, "" if only the key's id is known
	KeyPolicy             *policy.KeyPolicy
	IAMPolicy             *policy.IAMPolicy
	ServiceControlPolicy  *policy.ServiceControlPolicy
	ResourceControlPolicy *policy.ResourceControlPolicy
}

// Policies yields the policies that have been read, whether anything uses them or not: key
// policies, inline policies and managed policies, each kind in the order in which what they
// belong to was first mentioned, then those of AWS Organizations by their ids. Left out are
// policies that cannot be read or are not known, of which the reports tell, those whose place
// another has taken, and the default policy of keys that are made without one.
func (inv *Inventory) Policies() iter.Seq[Policy] {
	return func(yield func(Policy) bool) {
		for _, e := range slices.Concat(inv.keys.entries, inv.loose.entries) {
			if p := e.value.policyOf(); p.KeyPolicy != nil && !yield(p) {
				return
			}
		}
		for _, p := range inv.iamPolicies() {
			if !yield(Policy{Source: p.source, IAMPolicy: p.value}) {
				return
			}
		}
		for _, id := range slices.Sorted(maps.Keys(inv.guardrails)) {
			g := inv.guardrails[id]
			p := Policy{Source: g.source, ServiceControlPolicy: g.scp, ResourceControlPolicy: g.rcp}
			if (g.scp != nil || g.rcp != nil) && !yield(p) {
				return
			}
		}
	}
}

// policyOf returns the key policy of a key, none if it was not read.
func (k *key) policyOf() Policy {
	p := Policy{Source: k.policy.source, KeyPolicy: k.policy.value}
	if k.arn.IsValid() {
		p.Key = k.arn.String()
	}
	if p.KeyPolicy != nil && p.KeyPolicy.Position().File == defaultPolicyFile {
		p.KeyPolicy = nil
	}
	return p
}

// iamPolicies returns the inline policies, then the managed policies. One that a template gives to
// several users, roles and groups is one policy.
func (inv *Inventory) iamPolicies() []part[*policy.IAMPolicy] {
	var all []part[*policy.IAMPolicy]
	seen := map[*policy.IAMPolicy]bool{nil: true}
	add := func(list ordered[part[*policy.IAMPolicy]]) {
		for _, e := range list.entries {
			if !seen[e.value.value] {
				seen[e.value.value] = true
				all = append(all, e.value)
			}
		}
	}
	for _, e := range inv.principals.entries {
		add(e.value.inline)
	}
	add(inv.managed)
	return all
}
