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
func (s *Sweep) Allowed() action.Set { return s.allowed }

// Layer returns what Decision's Layer returns: the first layer that blocks the
// action or, if it is allowed, what allowed it. For an action that is not valid it
// returns LayerNone.
func (s *Sweep) Layer(a action.Action) Layer {
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
	for left := actions; left.Len() > 0; {
		a := left.First()
		d := r.Decide(key, caller, requests.byAction[a])
		alike := requests.alike(a, left, key, caller)
		if key != nil && (d.allowed || d.layer == LayerKeyUsage || d.layer == LayerKeyState) {
			alike = key.splits.narrow(alike, a)
		}
		sweep.byLayer[d.layer] = sweep.byLayer[d.layer].Union(alike)
		if d.allowed {
			sweep.allowed = sweep.allowed.Union(alike)
		}
		left = left.Intersect(alike.Complement())
	}
	return sweep
}

// alike returns the actions among those left that nothing tells from a before the
// key's usage and state: no statement that could be about the caller, no condition
// key that such a statement asks for, no grant, and no table. Requests that carry a
// condition key have the same values for it; RetireGrant's do not, which are those
// of the grant.
func (rs *Requests) alike(a action.Action, left action.Set, key *Key, caller *Caller) action.Set {
	if alone := action.SetOf(a); a == action.RetireGrant || left == alone {
		return alone
	}
	set := left.Intersect(notRetireGrant)
	set = rs.splits.narrow(set, a)
	set = caller.splits.narrow(set, a)
	account := rs.byAction[a].alias.Account
	if key != nil {
		account = key.arn.Account
		set = key.narrow(set, a, caller)
	}
	if account != "" && !caller.isService() && caller.account != account {
		set = tellsApart.accounts.narrow(set, a)
	}
	return set
}

var notRetireGrant = action.SetOf(action.RetireGrant).Complement()

// narrow returns the actions of set that nothing the key says of the caller tells
// from a.
func (k *Key) narrow(set action.Set, a action.Action, c *Caller) action.Set {
	granted := false // a grant to the caller has a; where none has, grants have no say
	for i := range c.names {
		if !k.grantees.meets(c.names[i].set) {
			continue
		}
		grantee := c.names[i].text
		if many := k.byManyGrants[grantee]; many != nil {
			operations := many.byOperations.seen
			if operations.Has(a) {
				return action.SetOf(a)
			}
			set = set.Intersect(operations.Complement())
			continue
		}
		for _, i := range k.byGrantee[grantee] {
			operations := k.grants[i].Operations
			set = splits{operations}.narrow(set, a)
			granted = granted || operations.Has(a)
		}
	}
	if granted {
		set = tellsApart.grants.narrow(set, a)
	}
	for i := range k.policySplits {
		st := &k.policySplits[i]
		if c.namedBy(&st.candidate) != 0 || granted && k.delegatesBy(st.statement) { // which a grant may need
			set = st.splits.narrow(set, a)
		}
	}
	return k.rcpSplits.narrow(set, a)
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
