package inventory

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A Caller is what an inventory knows of a caller.
//
// A Caller is immutable and safe for concurrent use by multiple goroutines.
type Caller struct {
	config evaluate.CallerConfig
	known
}

// ARN returns the caller's ARN or name, as CallerConfig has it.
func (c *Caller) ARN() string { return c.config.ARN }

// Config returns what is known of the caller. What a source leaves open is left out, and listed
// by Unknown. To decide with it, take Complete.
func (c *Caller) Config() evaluate.CallerConfig {
	out := c.config
	out.Tags = maps.Clone(out.Tags)
	out.IAMPolicies = slices.Clone(out.IAMPolicies)
	out.ServiceControlPolicies = cloneLevels(out.ServiceControlPolicies)
	return out
}

// Complete returns the config of a caller of which nothing is unknown, for what takes a config, such
// as workflow.Parties. The error is an *UnknownError.
func (c *Caller) Complete() (evaluate.CallerConfig, error) {
	if err := c.unknownError(c.ARN()); err != nil {
		return evaluate.CallerConfig{}, err
	}
	return c.Config(), nil
}

// Compile returns the caller, ready for decisions. The error is an *UnknownError if the sources
// leave something open, or else what evaluate.NewCaller finds wrong with the config.
func (c *Caller) Compile() (*evaluate.Caller, error) {
	if err := c.unknownError(c.ARN()); err != nil {
		return nil, err
	}
	built, err := evaluate.NewCaller(c.config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.ARN(), err)
	}
	return built, nil
}

// assembleCaller puts together what is known of a user or role, which calls by an ARN: its own,
// or that of a session.
func (inv *Inventory) assembleCaller(p *principal, arn string) *Caller {
	out := &Caller{config: evaluate.CallerConfig{ARN: arn}}
	c := &out.config
	if note(&out.known, &p.details, "ARN") {
		d := &p.details.value
		c.UniqueID = d.uniqueID
		c.Tags = maps.Clone(d.tags)
		if p.id.kind == roleKind && arn != d.arn {
			c.RoleARN = d.arn
		}
	}
	inv.addPolicies(out, p)
	for i := range p.groups.entries {
		inv.addGroup(out, p, &p.groups.entries[i].value)
	}
	if arn := p.details.value.boundary; arn != "" {
		c.PermissionsBoundary = inv.managedPolicy(out, arn, p.details.source, "PermissionsBoundary")
	}
	inv.addAccount(out, p.id.account)
	return out
}

// rootUser returns the root user of an account, which has no policies of its own.
func (inv *Inventory) rootUser(arn, account string) *Caller {
	out := &Caller{config: evaluate.CallerConfig{ARN: arn}}
	inv.addAccount(out, account)
	return out
}

// addAccount adds what the account of a caller brings.
func (inv *Inventory) addAccount(out *Caller, account string) {
	out.config.Organization = inv.organizations[account]
	out.config.ServiceControlPolicies = levelsOf(inv, &out.known, account, serviceControlPolicy)
}

// addPolicies adds the policies of a user, role or group: inline policies, then managed ones.
func (inv *Inventory) addPolicies(out *Caller, p *principal) {
	for i := range p.inline.entries {
		if e := &p.inline.entries[i]; note(&out.known, &e.value, out.nextPolicy()) {
			out.config.IAMPolicies = append(out.config.IAMPolicies, e.value.value)
		}
	}
	for i := range p.attached.entries {
		attached := &p.attached.entries[i].value
		if len(attached.unknown) > 0 {
			note(&out.known, attached, out.nextPolicy())
			continue
		}
		if policy := inv.managedPolicy(out, attached.value, attached.source, out.nextPolicy()); policy != nil {
			out.config.IAMPolicies = append(out.config.IAMPolicies, policy)
		}
	}
}

// nextPolicy names the next element of IAMPolicies.
func (c *Caller) nextPolicy() string {
	return fmt.Sprintf("IAMPolicies[%d]", len(c.config.IAMPolicies))
}

// managedPolicy returns a managed policy that an element refers to, nil if it is not known.
func (inv *Inventory) managedPolicy(out *Caller, arn string, at Source, field string) *policy.IAMPolicy {
	p, ok := inv.managed.get(arn)
	switch {
	case !ok:
		out.missing(at, "no source has the managed policy %s", arn)
		return nil
	case !note(&out.known, &p, field):
		return nil
	}
	return p.value
}

// addGroup adds the policies of a group that a user is in.
func (inv *Inventory) addGroup(out *Caller, user *principal, group *part[string]) {
	if len(group.unknown) > 0 {
		note(&out.known, group, "IAMPolicies")
		return
	}
	id := principalID{account: user.id.account, kind: groupKind, name: group.value}
	g, ok := inv.principals.get(id.String())
	if !ok || !g.details.isGiven() {
		out.missing(group.source, "no source has the group %q", group.value)
		return
	}
	out.leaveOpen(g.details.unknown...)
	inv.addPolicies(out, g)
}
