package inventory_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
)

// rendered writes down all that an inventory has, for golden files: keys, then callers, each with
// its config, its sources and what is unknown of it; then what is missing.
func rendered(inv *inventory.Inventory) string {
	var p printer
	for k := range inv.Keys() {
		p.key(k)
	}
	for c := range inv.Callers() {
		p.caller(c)
	}
	for _, e := range inv.Missing() {
		p.line("missing: %v", e)
	}
	return p.String()
}

// A printer writes configs down, a line for each field that is not zero.
type printer struct{ strings.Builder }

func (p *printer) line(format string, args ...any) { fmt.Fprintf(&p.Builder, format+"\n", args...) }

// field writes a field unless its text is empty.
func (p *printer) field(name string, value any) {
	if text := fmt.Sprint(value); text != "" && text != "false" {
		p.line("  %s: %s", name, text)
	}
}

func (p *printer) key(k *inventory.Key) {
	c := k.Config()
	p.line("key %s", c.ARN)
	p.line("  %v, %v, %v, %v", c.State, c.Manager, c.Origin, c.Spec)
	p.field("Usage", c.Usage)
	p.field("MultiRegion", c.MultiRegion)
	p.field("MultiRegionKeyType", c.MultiRegionKeyType)
	if c.Policy != nil {
		p.document("Policy", &c.Policy.Document)
	}
	for i := range c.Grants {
		p.grant(i, &c.Grants[i])
	}
	p.field("Aliases", strings.Join(c.Aliases, ", "))
	p.pairs("Tags", c.Tags)
	p.organization(c.Organization)
	for i, level := range c.ResourceControlPolicies {
		for _, d := range level {
			p.document(fmt.Sprintf("ResourceControlPolicies[%d]", i), &d.Document)
		}
	}
	p.known(k.Sources(), k.Unknown())
}

func (p *printer) caller(caller *inventory.Caller) {
	c := caller.Config()
	p.line("caller %s", c.ARN)
	p.field("RoleARN", c.RoleARN)
	p.field("UserARN", c.UserARN)
	p.field("UniqueID", c.UniqueID)
	p.pairs("Tags", c.Tags)
	p.organization(c.Organization)
	for _, d := range c.IAMPolicies {
		p.document("IAMPolicy", &d.Document)
	}
	if c.PermissionsBoundary != nil {
		p.document("PermissionsBoundary", &c.PermissionsBoundary.Document)
	}
	for i, level := range c.ServiceControlPolicies {
		for _, d := range level {
			p.document(fmt.Sprintf("ServiceControlPolicies[%d]", i), &d.Document)
		}
	}
	p.known(caller.Sources(), caller.Unknown())
}

// document writes a policy: its name, where its statements are, and its text in one line.
func (p *printer) document(field string, d *policy.Document) {
	text, err := d.MarshalJSON()
	if err != nil {
		text = []byte(err.Error())
	}
	var places []string
	for _, s := range d.Statements() {
		places = append(places, s.Position().String())
	}
	p.line("  %s: %q at %s", field, d.Name(), strings.Join(places, ", "))
	p.line("    %s", strings.Join(strings.Fields(string(text)), " "))
}

func (p *printer) grant(i int, g *grants.Grant) {
	var operations []string
	for a := range g.Operations.All() {
		operations = append(operations, a.String())
	}
	p.line("  Grants[%d]: %q for %s: %s, %v, at %s", i, g.ID, g.Grantee, strings.Join(operations, " "), g.Status, g.Position)
	p.field("  Name", g.Name)
	p.field("  Retiring", g.Retiring)
	p.field("  IssuingAccount", g.IssuingAccount)
	p.pairs("  EncryptionContextEquals", g.Constraints.EncryptionContextEquals)
	p.pairs("  EncryptionContextSubset", g.Constraints.EncryptionContextSubset)
	p.field("  Token", g.Token)
}

func (p *printer) pairs(name string, pairs map[string]string) {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(pairs)) {
		all = append(all, fmt.Sprintf("%s=%q", k, pairs[k]))
	}
	p.field(name, strings.Join(all, " "))
}

func (p *printer) organization(o evaluate.Organization) {
	if o != (evaluate.Organization{}) {
		p.line("  Organization: %+v", o)
	}
}

func (p *printer) known(sources []inventory.Source, unknown policy.Errors) {
	for _, s := range sources {
		p.line("  from %s", s)
	}
	for _, e := range unknown {
		p.line("  unknown: %v", e)
	}
}
