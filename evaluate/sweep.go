package evaluate

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Requests are a request for each action under the same circumstances: by the same
// route, in the same Region, with the same encryption context, time, tokens and
// given condition keys. Each carries the condition keys that its action has and
// the defaults of its own parameters, exactly as NewRequest makes it.
//
// Requests are immutable and safe for concurrent use by multiple goroutines.
type Requests struct {
	byAction []*Request // by action
	splits   splits
}

// NewRequests checks cfg and compiles a request for each action; cfg's own Action
// does not count. It takes as long as NewRequest for each action and is made for
// many decisions. The error is that of NewRequest for the first action that
// cannot have such a request. The Context may have parameters that only some
// actions carry.
func NewRequests(cfg RequestConfig) (*Requests, error) {
	rs := &Requests{byAction: make([]*Request, 1, action.Every().Len()+1)}
	for a := range action.All() {
		cfg.Action = a
		r, err := NewRequest(cfg)
		if err != nil {
			return nil, err
		}
		rs.byAction = append(rs.byAction, r)
	}
	rs.indexSplits()
	return rs, nil
}

// For returns the request for a, nil for an action that is not valid.
func (rs *Requests) For(a action.Action) *Request {
	if !a.IsValid() {
		return nil
	}
	return rs.byAction[a]
}

// A Sweep says of every action whether it is allowed, and by or in spite of which
// layer. The zero Sweep allows nothing.
type Sweep struct {
	allowed action.Set
	byLayer [LayerKeyState + 1]action.Set
}

// Allowed returns the actions that KMS would carry out.
func (s Sweep) Allowed() action.Set { return s.allowed }

// Layer returns what Decision's Layer returns: the first layer that blocks the
// action or, if it is allowed, what allowed it. For an action that is not valid it
// returns LayerNone.
func (s Sweep) Layer(a action.Action) Layer {
	for l, actions := range s.byLayer {
		if actions.Has(a) {
			return Layer(l)
		}
	}
	return LayerNone
}

// DecideAll decides every action under the default rules. See [Rules.DecideAll].
func DecideAll(key *Key, caller *Caller, requests *Requests) Sweep {
	return DefaultRules().DecideAll(key, caller, requests)
}

// DecideAll says of every action whether the caller may do it with the key, and
// else which layer blocks first. The answer for an action is that of
//
//	r.Decide(key, caller, requests.For(a))
//
// so that with a key the actions that use none are requests that KMS does not
// have, and without one those that do. It decides once for all actions that
// nothing in the situation tells apart.
func (r Rules) DecideAll(key *Key, caller *Caller, requests *Requests) Sweep {
	return r.sweep(action.Every(), key, caller, requests)
}

// sweep says of these actions what DecideAll says of all.
func (r Rules) sweep(actions action.Set, key *Key, caller *Caller, requests *Requests) Sweep {
	var sweep Sweep
	if caller == nil || requests == nil {
		return sweep
	}
	var room struct{ splits, grants [32]action.Set } // for most
	d := distinctions{splits: room.splits[:0], grants: room.grants[:0]}.of(key, caller, requests)
	for left := actions; left.Len() > 0; {
		a := left.First()
		decision := r.Decide(key, caller, requests.byAction[a])
		alike := d.alike(a, left)
		if key != nil && (decision.allowed || decision.layer == LayerKeyUsage || decision.layer == LayerKeyState) {
			alike = key.splits.narrow(alike, a)
		}
		sweep.byLayer[decision.layer] = sweep.byLayer[decision.layer].Union(alike)
		if decision.allowed {
			sweep.allowed = sweep.allowed.Union(alike)
		}
		left = left.Intersect(alike.Complement())
	}
	return sweep
}

// distinctions are what tells actions apart before the key's usage and state: a
// statement that could be about the caller, a condition key that such a statement
// asks for, a grant, a table. Requests that carry a condition key have the same
// values for it; RetireGrant's do not, which are those of the grant.
type distinctions struct {
	alone  action.Set // each of them from all others
	splits splits

	// A grant has a say on its operations only. These are those of all grants to
	// the caller, and what tells them apart besides.
	granted action.Set
	grants  splits
}

// of returns the distinctions that there are, in the memory of d, which has none.
func (d distinctions) of(key *Key, caller *Caller, rs *Requests) distinctions {
	d.alone = action.SetOf(action.RetireGrant)
	d.splits = append(append(d.splits, rs.splits...), caller.splits...)
	account := rs.byAction[action.Decrypt].alias.Account
	if key != nil {
		account = key.arn.Account
		d = d.withGrants(key, caller).withPolicies(key, caller)
	}
	if account != "" && !caller.isService() && caller.account != account {
		d.splits = append(d.splits, tellsApart.accounts...)
	}
	return d
}

// withGrants adds what the key's grants to the caller tell apart. Of many grants
// each operation is taken by itself.
func (d distinctions) withGrants(k *Key, c *Caller) distinctions {
	for i := range c.names {
		if !k.grantees.meets(c.names[i].set) {
			continue
		}
		grantee := c.names[i].text
		if many := k.byManyGrants[grantee]; many != nil {
			d.alone = d.alone.Union(many.byOperations.seen)
			continue
		}
		for _, i := range k.byGrantee[grantee] {
			operations := k.grants[i].Operations
			d.splits = append(d.splits, operations)
			d.granted = d.granted.Union(operations)
		}
	}
	if d.granted.Len() > 0 {
		d.grants = append(d.grants, tellsApart.grants...)
	}
	return d
}

// withPolicies adds what the key policy and the RCPs tell apart.
func (d distinctions) withPolicies(k *Key, c *Caller) distinctions {
	for i := range k.policySplits {
		st := &k.policySplits[i]
		if c.namedBy(&st.candidate) != 0 {
			d.splits = append(d.splits, st.splits...)
		} else if d.granted.Len() > 0 && k.delegatesBy(st.statement) { // which a grant may need
			d.grants = append(d.grants, st.splits...)
		}
	}
	d.splits = append(d.splits, k.rcpSplits...)
	return d
}

// alike returns the actions among those left that nothing tells from a.
func (d *distinctions) alike(a action.Action, left action.Set) action.Set {
	if d.alone.Has(a) {
		return action.SetOf(a)
	}
	set := d.splits.narrow(left.Intersect(d.alone.Complement()), a)
	if d.granted.Has(a) {
		set = d.grants.narrow(set, a)
	}
	return set
}

// splits are sets of actions that may be treated differently from those outside.
type splits []action.Set

// narrow returns the actions of set that no split tells from a.
func (x splits) narrow(set action.Set, a action.Action) action.Set {
	for _, s := range x {
		if !s.Has(a) {
			s = s.Complement()
		}
		set = set.Intersect(s)
	}
	return set
}

// add adds a split, unless it tells no actions apart that others do not.
func (x *splits) add(s action.Set) {
	if s != (action.Set{}) && s != action.Every() && !slices.Contains(*x, s) && !slices.Contains(*x, s.Complement()) {
		*x = append(*x, s)
	}
}

// addStatement adds what a statement tells apart: the actions that it has from
// others, and among these the carriers of the condition keys on which it depends.
func (x *splits) addStatement(st *policy.Statement) {
	x.add(st.Actions())
	for k := range st.Keys() {
		x.add(st.Actions().Intersect(k.Carriers()))
	}
}

func (x *splits) addDocuments(docs []*policy.Document) {
	for _, doc := range docs {
		for _, st := range doc.Statements() {
			x.addStatement(st)
		}
	}
}

// statementSplits are the splits of a statement that names principals.
type statementSplits struct {
	candidate
	splits splits
}

// indexSplits works out what the key and its policies tell apart.
func (k *Key) indexSplits() {
	k.splits, k.rcpSplits, k.policySplits = nil, nil, nil
	k.splits.add(k.blocked)
	k.splits.add(usable[k.keyType])
	for _, level := range k.rcps {
		k.rcpSplits.addDocuments(level)
	}
	for _, st := range k.policy[0].Statements() {
		s := statementSplits{candidate: candidateOf(st, 0)}
		if s.splits.addStatement(st); len(s.splits) > 0 {
			k.policySplits = append(k.policySplits, s)
		}
	}
}

// indexSplits works out what the caller's policies tell apart.
func (c *Caller) indexSplits() {
	c.splits = nil
	for _, docs := range slices.Concat([][]*policy.Document{c.iam, c.boundary, c.sessions}, c.scps) {
		c.splits.addDocuments(docs)
	}
}

// tellsApart are the actions that the rules and tables of KMS treat differently:
// always, where a request is about an alias, where an identifier names the key,
// across accounts, and where there are grants.
var tellsApart = struct{ always, alias, keyID, accounts, grants splits }{
	always:   splits{actionsWith(func(i action.Info) bool { return i.Resource == action.ResourceNone })},
	alias:    splits{actionsWith(func(i action.Info) bool { return i.Resource == action.ResourceAliasAndKey })},
	keyID:    splits{actionsWith(func(i action.Info) bool { return i.AcceptsAlias }), action.SetOf(action.ListAliases)},
	accounts: splits{actionsWith(func(i action.Info) bool { return i.CrossAccount })},
	grants: splits{grantable, actionsWith(func(i action.Info) bool { return i.EncryptionContext }),
		action.SetOf(action.DescribeKey), action.SetOf(action.CreateGrant)},
}

// grantable are the actions that a grant may have.
var grantable = actionsWith(func(i action.Info) bool { return i.Grantable })

// actionsWith returns the actions of which something holds.
func actionsWith(has func(action.Info) bool) action.Set {
	var set action.Set
	for a := range action.All() {
		if has(a.Info()) {
			set = set.With(a)
		}
	}
	return set
}

// indexSplits works out what tells requests with the same condition keys apart: what
// their actions are about, how the key is named, and the endpoint's policy.
func (rs *Requests) indexSplits() {
	one := rs.byAction[action.Decrypt]
	rs.splits = slices.Clone(tellsApart.always)
	if one.aliasARN != "" {
		rs.splits = append(rs.splits, tellsApart.alias...)
	}
	if one.keyID.form != noKeyID {
		rs.splits = append(rs.splits, tellsApart.keyID...)
	}
	rs.splits.addDocuments(one.endpointPolicy())
}
