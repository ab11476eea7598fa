package inventory

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

// What is said later takes the place of what was said before of the same thing: of the
// properties, the policy or the tags of a key, of a grant by its id, of an alias by its ARN, of
// an inline policy by its name. That is how AWS itself works, and how a plan changes what is.

// put stores a value in a map that may be nil yet.
func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}

// keyAt returns the key with this ARN.
func (inv *Inventory) keyAt(arn policy.ARN) *key {
	text := arn.String()
	if k, ok := inv.keys.get(text); ok {
		return k
	}
	k := &key{arn: arn}
	inv.keys.set(text, k)
	put(&inv.byID, keyIDOf(arn), append(inv.byID[keyIDOf(arn)], k))
	return k
}

// looseKey returns what is said of a key by its id alone.
func (inv *Inventory) looseKey(id string) *key {
	k, ok := inv.loose.get(id)
	if !ok {
		k = new(key)
		inv.loose.set(id, k)
	}
	return k
}

// keyIDOf returns the key id in a key's ARN.
func keyIDOf(arn policy.ARN) string { return strings.TrimPrefix(arn.Resource, "key/") }

// isAWSAlias reports whether an alias name is one of those reserved for AWS managed keys.
//
// See AWS KMS API Reference, CreateAlias.
func isAWSAlias(name string) bool { return strings.HasPrefix(name, "alias/aws/") }

// addAlias adds an alias, or associates it with another key. The target is that key's ARN.
func (inv *Inventory) addAlias(arn policy.ARN, target part[string]) {
	text := arn.String()
	if key, err := policy.ParseARN(target.value); err == nil {
		inv.keyAt(key)
	}
	a, ok := inv.aliases.get(text)
	if !ok {
		a = &alias{name: arn.Resource}
		inv.aliases.set(text, a)
		put(&inv.named, a.name, append(inv.named[a.name], a))
	}
	a.target = target
	list := inv.targets[target.value]
	if list == nil {
		list = new(ordered[*alias])
		put(&inv.targets, target.value, list)
	}
	list.set(text, a)
}

// addElement files what an element of a plan or template is under its name.
func (inv *Inventory) addElement(name string, e element) {
	put(&inv.elements, name, append(inv.elements[name], e))
}

// principalAt returns the user, role or group with this name.
func (inv *Inventory) principalAt(id principalID) *principal {
	p, ok := inv.principals.get(id.String())
	if !ok {
		p = &principal{id: id}
		inv.principals.set(id.String(), p)
	}
	return p
}

// describe says what a user, role or group is.
func (inv *Inventory) describe(p *principal, d part[details]) {
	p.details = d
	if d.value.uniqueID != "" {
		put(&inv.byUniqueID, d.value.uniqueID, p)
	}
}

// An attachment says that an SCP or RCP is attached to a target.
type attachment struct {
	policyID   string
	policyType string // "" if the source does not say
	source     Source
}

// A guardrail is an SCP or RCP.
type guardrail struct {
	policyType string
	scp        *policy.ServiceControlPolicy
	rcp        *policy.ResourceControlPolicy
	source     Source
	fault      policy.Errors
}

// attachTo attaches a policy to an organization's root, an organizational unit or an account.
func (inv *Inventory) attachTo(target string, a attachment) {
	list := inv.attachments[target]
	if list == nil {
		list = new(ordered[attachment])
		put(&inv.attachments, target, list)
	}
	if known, _ := list.get(a.policyID); a.policyType == "" {
		a.policyType = known.policyType
	}
	list.set(a.policyID, a)
}

// AddOrganization says where an account stands in its organization, for keys and callers of that
// account. The account is its id of 12 digits.
func (inv *Inventory) AddOrganization(account string, o evaluate.Organization) {
	put(&inv.organizations, account, o)
	inv.assembled.Clear()
}
