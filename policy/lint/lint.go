package lint

import (
	"cmp"
	"slices"

	"github.com/kmsauthz/kmsauthz/policy"
)

// Options say what to look for. The zero value, like nil, looks for everything.
//
// An option that means nothing, such as a rule that does not exist, is a finding of the rule
// "options", so that a slip of the pen does not silently switch something off.
type Options struct {
	// Key is the key that a key policy is of, or is meant for. Without it, what depends on the
	// key's account, Region or id is not looked for.
	Key policy.ARN

	Rules   []Rule    // further rules, beside those of this package
	Select  []string  // the ids of the rules to look for; if empty, all
	Silence []Silence // findings to leave out
}

// A Silence leaves out the findings of a rule in the statement with a Sid. Without Sid it is those
// in the whole policy, without Rule it is those of all rules.
type Silence struct{ Rule, Sid string }

// KeyPolicy returns what it finds in a key policy, in document order. The options may be nil.
func KeyPolicy(p *policy.KeyPolicy, opts *Options) []Finding {
	return lint(&p.Document, KeyPolicies, opts)
}

// IAMPolicy returns what it finds in an IAM policy, like [KeyPolicy].
func IAMPolicy(p *policy.IAMPolicy, opts *Options) []Finding {
	return lint(&p.Document, IAMPolicies, opts)
}

// ServiceControlPolicy returns what it finds in a service control policy, like [KeyPolicy].
func ServiceControlPolicy(p *policy.ServiceControlPolicy, opts *Options) []Finding {
	return lint(&p.Document, ServiceControlPolicies, opts)
}

// ResourceControlPolicy returns what it finds in a resource control policy, like [KeyPolicy].
func ResourceControlPolicy(p *policy.ResourceControlPolicy, opts *Options) []Finding {
	return lint(&p.Document, ResourceControlPolicies, opts)
}

// EndpointPolicy returns what it finds in the policy of a VPC endpoint, like [KeyPolicy].
func EndpointPolicy(p *policy.EndpointPolicy, opts *Options) []Finding {
	return lint(&p.Document, EndpointPolicies, opts)
}

// lint checks a policy by all rules that are selected for its kind.
func lint(doc *policy.Document, kind Kinds, opts *Options) []Finding {
	if opts == nil {
		opts = &Options{}
	}
	var problems []problem
	all := slices.Concat(rules, opts.Rules)
	for i := range all {
		rule := &all[i]
		if rule.AppliesTo&kind == 0 || rule.Check == nil || !opts.selects(rule.ID) {
			continue
		}
		pass := &Pass{doc: doc, kind: kind, key: opts.key(), opts: opts, rules: all, rule: rule}
		rule.Check(pass)
		problems = append(problems, pass.found...)
	}
	problems = slices.DeleteFunc(problems, opts.silences)
	findings := locate(doc, problems)
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Position.Offset, b.Position.Offset) })
	return findings
}
