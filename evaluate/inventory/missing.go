package inventory

import (
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// Missing returns what the sources refer to and none of them has: the policy of a key that only
// an alias names, a managed policy that is attached and was not read, the user of an inline
// policy, what was said of a key id whose ARN is not known. Each stands where the reference does.
// It is worth asking when all sources have been added.
func (inv *Inventory) Missing() policy.Errors {
	m := missing{seen: make(map[policy.Error]bool)}
	for k := range inv.Keys() {
		m.add(k.unknown)
	}
	for _, e := range inv.loose.entries {
		if len(inv.byID[e.name]) == 0 {
			m.addAt(e.value.sources(), "no source has the ARN of key %q", e.name)
		}
	}
	for _, e := range inv.principals.entries {
		switch p := e.value; {
		case p.isCaller():
			m.add(inv.assembleCaller(p, p.details.value.arn).unknown)
		case !p.details.isGiven():
			m.addAt(p.sources(), "no source has the %s %q of account %s", p.id.kind, p.id.name, p.id.account)
		default:
			var group Caller
			inv.addPolicies(&group, p)
			m.add(group.unknown)
		}
	}
	return m.found
}

// sources returns where the parts of a principal come from.
func (p *principal) sources() []Source {
	var all known
	for i := range p.inline.entries {
		note(&all, &p.inline.entries[i].value, "")
	}
	for i := range p.attached.entries {
		note(&all, &p.attached.entries[i].value, "")
	}
	for i := range p.groups.entries {
		note(&all, &p.groups.entries[i].value, "")
	}
	return all.sources
}

// missing collects what is missing, each thing once.
type missing struct {
	found policy.Errors
	seen  map[policy.Error]bool
}

// add adds those of the errors that are about something missing.
func (m *missing) add(unknown policy.Errors) {
	for _, e := range unknown {
		if e.Code == CodeMissing && !m.seen[*e] {
			m.seen[*e] = true
			m.found = append(m.found, e)
		}
	}
}

// addAt adds that something is missing to which these sources refer.
func (m *missing) addAt(sources []Source, format string, args ...any) {
	var k known
	for _, at := range sources {
		k.missing(at, "%s", printable.Sprintf(format, args...))
	}
	m.add(k.unknown)
}
