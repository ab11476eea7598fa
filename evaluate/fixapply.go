package evaluate

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
)

// parts returns the three that met in the decision.
func (d Decision) parts() parts { return parts{d.key, d.caller, d.request} }

// decide decides the situation.
func (p parts) decide(rules Rules) Decision { return rules.Decide(p.key, p.caller, p.request) }

// withKey returns the parts with a changed copy of the key.
func (p parts) withKey(change func(*Key)) parts {
	k := *p.key
	change(&k)
	k.indexGrants()
	p.key = &k
	return p
}

// withRequest returns the parts with a changed copy of the request.
func (p parts) withRequest(change func(*Request)) parts {
	r := *p.request
	change(&r)
	p.request = &r
	return p
}

// replaced returns the context with other values for a key, without values
// without it.
func replaced(c conditions.Context, key conditions.Key, values ...string) conditions.Context {
	entries := []conditions.Entry{{Key: key, Values: values}}
	for name, list := range c.All() {
		if k := conditions.ParseKey(name); k != key {
			entries = append(entries, conditions.Entry{Key: k, Values: list})
		}
	}
	return conditions.ContextOf(entries)
}

// documents returns the policies of a layer in the order of their numbers.
func (p parts) documents(l Layer) []*policy.Document {
	switch l {
	case LayerSCP:
		return slices.Concat(p.caller.scps...)
	case LayerRCP:
		return slices.Concat(p.key.rcps...)
	case LayerVPCEndpointPolicy:
		return p.request.endpoint
	case LayerKeyPolicy:
		return p.key.policy
	case LayerIAMPolicy:
		return p.caller.iam
	case LayerPermissionsBoundary:
		return p.caller.boundary
	case LayerSessionPolicy:
		return p.caller.sessions
	default:
		return nil
	}
}

// withDocument returns the parts with another document at a place in the list of
// a layer's policies, or behind them.
func (p parts) withDocument(l Layer, number int, doc *policy.Document) parts {
	p = p.copied(l)
	switch l {
	case LayerSCP:
		putAtLevel(p.caller.scps, number, doc)
	case LayerRCP:
		putAtLevel(p.key.rcps, number, doc)
	case LayerVPCEndpointPolicy:
		p.request.endpoint = put(p.request.endpoint, number, doc)
	case LayerKeyPolicy:
		p.key.policy = put(p.key.policy, number, doc)
	case LayerIAMPolicy:
		p.caller.iam = put(p.caller.iam, number, doc)
	case LayerPermissionsBoundary:
		p.caller.boundary = put(p.caller.boundary, number, doc)
	case LayerSessionPolicy:
		p.caller.sessions = put(p.caller.sessions, number, doc)
	}
	return p
}

// copied returns the parts with a copy of the one that holds a layer's policies.
func (p parts) copied(l Layer) parts {
	switch l {
	case LayerRCP, LayerKeyPolicy:
		k := *p.key
		k.rcps = copiedLevels(k.rcps)
		p.key = &k
	case LayerVPCEndpointPolicy:
		r := *p.request
		p.request = &r
	default:
		c := *p.caller
		c.scps = copiedLevels(c.scps)
		p.caller = &c
	}
	return p
}

// put returns a copy of the list with a document at a place in it, or behind it.
func put(list []*policy.Document, number int, doc *policy.Document) []*policy.Document {
	if number == len(list) {
		return append(slices.Clip(list), doc)
	}
	list = slices.Clone(list)
	list[number] = doc
	return list
}

// putAtLevel puts a document in the place that it has when all levels are
// counted through.
func putAtLevel(levels [][]*policy.Document, number int, doc *policy.Document) {
	for _, level := range levels {
		if number < len(level) {
			level[number] = doc
			return
		}
		number -= len(level)
	}
}

// copiedLevels returns levels that may be changed.
func copiedLevels(levels [][]*policy.Document) [][]*policy.Document {
	out := make([][]*policy.Document, len(levels))
	for i, level := range levels {
		out[i] = slices.Clone(level)
	}
	return out
}
