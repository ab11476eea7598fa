package evaluate

import (
	"maps"
	"slices"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/grants"
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
	k.compile()
	p.key = &k
	return p
}

// withGrants returns the parts with a changed copy of the key's grants.
func (p parts) withGrants(change func([]grants.Grant) []grants.Grant) parts {
	k := *p.key
	k.grants = change(slices.Clone(k.grants))
	k.grantIndexes = indexGrants(k.grants)
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

// replaced returns the context with other values for some keys: without those of
// which gone reports true, and with the values of others.
func replaced(c conditions.Context, gone func(conditions.Key) bool, others map[string][]string) conditions.Context {
	all := maps.Clone(others)
	if all == nil {
		all = map[string][]string{}
	}
	for name, list := range c.All() {
		if !gone(conditions.ParseKey(name)) {
			all[name] = list
		}
	}
	return conditions.NewContext(all)
}

// is returns a function that tells one condition key from all others.
func is(key conditions.Key) func(conditions.Key) bool {
	return func(k conditions.Key) bool { return k == key }
}

// documents returns the policies of a layer in the order of their numbers.
func (p parts) documents(l Layer) []*policy.Document {
	switch l {
	case LayerSCP:
		return slices.Concat(p.caller.scps...)
	case LayerRCP:
		return slices.Concat(p.key.rcps...)
	case LayerVPCEndpointPolicy:
		return p.request.endpointPolicy()
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
		p.request.endpoint = &policies{docs: put(p.request.endpointPolicy(), number, doc)}
	case LayerKeyPolicy:
		p.key.policy = put(p.key.policy, number, doc)
	case LayerIAMPolicy:
		p.caller.iam = put(p.caller.iam, number, doc)
	case LayerPermissionsBoundary:
		p.caller.boundary = put(p.caller.boundary, number, doc)
	case LayerSessionPolicy:
		p.caller.sessions = put(p.caller.sessions, number, doc)
	}
	p.compile(l)
	return p
}

// compile compiles the one that holds a layer's policies.
func (p parts) compile(l Layer) {
	switch l {
	case LayerRCP, LayerKeyPolicy:
		p.key.compile()
	case LayerVPCEndpointPolicy:
		layer := policiesOf(l, p.request.endpointPolicy(), 0)
		p.request.endpoint = &layer
	default:
		p.caller.compile()
	}
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
