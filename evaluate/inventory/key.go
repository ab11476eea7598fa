package inventory

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A Key is what an inventory knows of a KMS key.
//
// A Key is immutable and safe for concurrent use by multiple goroutines.
type Key struct {
	config evaluate.KeyConfig
	known

	once     sync.Once // for what Compile returns
	compiled *evaluate.Key
	err      error
}

// known is what keys and callers have in common.
type known struct {
	sources []Source
	unknown policy.Errors
	listed  map[policy.Error]bool // what unknown has, while it grows
}

// Sources returns where what is known comes from, in the order of the config's fields.
func (k *known) Sources() []Source { return slices.Clone(k.sources) }

// Unknown returns what the sources leave open, nil if nothing.
func (k *known) Unknown() policy.Errors { return slices.Clone(k.unknown) }

// unknownError returns an error that lists what the sources leave open, nil if nothing.
func (k *known) unknownError(name string) error {
	if len(k.unknown) == 0 {
		return nil
	}
	return &UnknownError{Name: name, Unknown: k.Unknown()}
}

// leaveOpen lists what is unknown, each thing once: several parts may leave the same open.
func (k *known) leaveOpen(unknown ...*policy.Error) {
	for _, e := range unknown {
		if !k.listed[*e] {
			put(&k.listed, *e, true)
			k.unknown = append(k.unknown, e)
		}
	}
}

// note takes over where a part comes from and what it leaves open, and reports whether it counts.
func note[T any](k *known, p *part[T], field string) bool {
	if !p.isGiven() {
		return false
	}
	source := p.source
	if field != "" {
		source.Field = field
	}
	k.sources = append(k.sources, source)
	k.leaveOpen(p.unknown...)
	return len(p.unknown) == 0
}

// missing notes that what an element of a source refers to has not been read.
func (k *known) missing(at Source, format string, args ...any) {
	k.leaveOpen(&policy.Error{Position: at.Position, Path: at.Element, Code: CodeMissing, Text: printable.Sprintf(format, args...)})
}

// ARN returns the key's ARN. That of a key yet to be created is a placeholder: it has the
// element's name in the place of the key id.
func (k *Key) ARN() string { return k.config.ARN }

// Config returns what is known of the key. What no source tells has its zero value, which is what
// most keys have; what a source leaves open has it too, and is listed by Unknown. To decide with it,
// take Complete.
func (k *Key) Config() evaluate.KeyConfig {
	c := k.config
	c.Grants = slices.Clone(c.Grants)
	c.Aliases = slices.Clone(c.Aliases)
	c.Tags = maps.Clone(c.Tags)
	c.ResourceControlPolicies = cloneLevels(c.ResourceControlPolicies)
	return c
}

// Complete returns the config of a key of which nothing is unknown, for what takes a config, such as
// workflow.Parties. The error is an *UnknownError.
func (k *Key) Complete() (evaluate.KeyConfig, error) {
	if err := k.unknownError(k.ARN()); err != nil {
		return evaluate.KeyConfig{}, err
	}
	return k.Config(), nil
}

func cloneLevels[P any](levels [][]*P) [][]*P {
	levels = slices.Clone(levels)
	for i := range levels {
		levels[i] = slices.Clone(levels[i])
	}
	return levels
}

// Compile returns the key, ready for decisions. The error is an *UnknownError if the sources
// leave something open, or else what evaluate.NewKey finds wrong with the config.
func (k *Key) Compile() (*evaluate.Key, error) {
	k.once.Do(func() {
		if k.err = k.unknownError(k.ARN()); k.err != nil {
			return
		}
		if k.compiled, k.err = evaluate.NewKey(k.config); k.err != nil {
			k.err = fmt.Errorf("%s: %w", k.ARN(), k.err)
		}
	})
	return k.compiled, k.err
}

// withAlias returns the key with one more alias.
func (k *Key) withAlias(name string) *Key {
	out := &Key{config: k.Config(), known: k.known}
	out.config.Aliases = append(out.config.Aliases, name)
	return out
}

// assembleKey puts together what is known of a key.
func (inv *Inventory) assembleKey(k *key) *Key {
	out := &Key{}
	c := &out.config
	if note(&out.known, &k.properties, "") {
		*c = k.properties.value.config
		inv.likePrimary(out, k)
	}
	c.ARN = k.arn.String()
	parts := inv.partsOf(k, &out.known)
	out.addPolicy(parts)
	for _, part := range parts {
		for i := range part.grants.entries {
			out.addGrant(&part.grants.entries[i].value)
		}
	}
	inv.addAliases(out, k)
	for _, part := range parts {
		if !part.tags.isGiven() {
			continue
		}
		if len(part.tags.value)+len(part.tags.unknown) > 0 && note(&out.known, &part.tags, "Tags") {
			c.Tags = maps.Clone(part.tags.value)
		}
		break
	}
	c.Organization = inv.organizations[k.arn.Account]
	c.ResourceControlPolicies = levelsOf(inv, &out.known, k.arn.Account, resourceControlPolicy)
	return out
}

// likePrimary takes over from the primary key of a replica what related keys have in common.
//
// See AWS KMS Developer Guide, "Multi-Region keys in AWS KMS", shared properties.
func (inv *Inventory) likePrimary(out *Key, k *key) {
	arn := k.properties.value.primary
	if arn == "" {
		return
	}
	primary, ok := inv.keys.get(arn)
	if !ok || !primary.properties.isGiven() {
		out.missing(k.properties.source, "no source has the primary key %s, whose key spec the replica has", arn)
		return
	}
	if like := &primary.properties; note(&out.known, like, "Spec") {
		c := &out.config
		c.Spec, c.Usage, c.Origin = like.value.config.Spec, like.value.config.Usage, like.value.config.Origin
	}
}

// partsOf returns what is said of a key by its ARN, and by its id if that is the id of no other
// key: related multi-Region keys share it.
func (inv *Inventory) partsOf(k *key, out *known) []*key {
	loose, ok := inv.loose.get(keyIDOf(k.arn))
	if !ok {
		return []*key{k}
	}
	if same := inv.byID[keyIDOf(k.arn)]; len(same) > 1 {
		for _, at := range loose.sources() {
			out.missing(at, "is of key id %q, which %s and %s share", keyIDOf(k.arn), same[0].arn, same[1].arn)
		}
		return []*key{k}
	}
	return []*key{k, loose}
}

// sources returns where the parts of a key come from.
func (k *key) sources() []Source {
	var all known
	note(&all, &k.properties, "")
	note(&all, &k.policy, "")
	for i := range k.grants.entries {
		note(&all, &k.grants.entries[i].value, "")
	}
	note(&all, &k.tags, "")
	return all.sources
}

// addPolicy takes the key policy from the first part that has it.
func (out *Key) addPolicy(parts []*key) {
	for _, part := range parts {
		if part.policy.isGiven() {
			if note(&out.known, &part.policy, "Policy") {
				out.config.Policy = part.policy.value
			}
			return
		}
	}
	at := Source{Element: out.config.ARN}
	if len(out.sources) > 0 {
		at = out.sources[0]
	}
	out.missing(at, "no source has the policy of key %s", out.config.ARN)
}

// addGrant adds a grant.
func (out *Key) addGrant(g *part[grants.Grant]) {
	if note(&out.known, g, fmt.Sprintf("Grants[%d]", len(out.config.Grants))) {
		out.config.Grants = append(out.config.Grants, g.value)
	}
}

// addAliases adds the aliases of a key. One that is reserved for AWS managed keys tells whose key
// it is where nothing else does.
func (inv *Inventory) addAliases(out *Key, k *key) {
	c := &out.config
	list := inv.targets[c.ARN]
	if list == nil {
		return
	}
	for _, e := range list.entries {
		a := e.value
		if a.target.value != c.ARN {
			continue // it was associated with another key later
		}
		if note(&out.known, &a.target, fmt.Sprintf("Aliases[%d]", len(c.Aliases))) {
			c.Aliases = append(c.Aliases, a.name)
		}
		if isAWSAlias(a.name) && !k.properties.isGiven() {
			c.Manager = evaluate.AWSManaged
		}
	}
}
