package evaluate

import (
	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Decide decides a request under the default rules. See [Rules.Decide].
func Decide(key *Key, caller *Caller, request *Request) Decision {
	return DefaultRules().Decide(key, caller, request)
}

// Decide says whether KMS would carry out the caller's request on the key, and
// if not which layers block it. The key is nil for an operation that uses none
// and for the alias half of an alias operation. Without a caller or a request it
// returns the zero Decision, which denies.
//
// The rules, in the order in which they are applied:
//
//  1. Request: KMS must have such a request.
//  2. Region: the key must be in the Region that is called. A multi-Region
//     replica is a key of its own (AWS KMS Developer Guide, "Multi-Region keys
//     in AWS KMS").
//  3. Cross-account: only some operations work on a key of another account
//     ("Allowing users in other accounts to use a KMS key").
//  4. Explicit denies: a matching Deny statement in any policy that applies
//     denies, whatever else allows (IAM User Guide, "Policy evaluation logic").
//  5. Guardrails: every level of service control policies and the VPC endpoint
//     policy must allow (AWS Organizations User Guide, "SCP evaluation"; AWS KMS
//     Developer Guide, "Connecting to AWS KMS through a VPC endpoint").
//  6. Ways in, in this order: the key policy names the caller; it delegates to
//     the caller's account and an IAM policy allows; a grant ("Determining
//     access to AWS KMS keys").
//  7. Limits of each way: permissions boundary and session policies must allow,
//     unless the form in which the caller is named escapes them (IAM User Guide,
//     "Policy evaluation for requests within a single account").
//  8. Key usage, then key state ("Key states of AWS KMS keys"). UNDOCUMENTED:
//     that authorization comes first.
//
// Decide is a pure function of its arguments.
func (r Rules) Decide(key *Key, caller *Caller, request *Request) Decision {
	if caller == nil || request == nil {
		return Decision{}
	}
	s := newSituation(r, key, caller, request)
	var v verdict
	s.judge(&v)
	d := Decision{rules: r, key: key, caller: caller, request: request, via: v.via}
	if v.blockers.n > 0 {
		first := &v.blockers.items[0]
		d.layer, d.reason = first.layer, first.reason
	} else {
		d.allowed, d.layer = true, v.via.layer
	}
	return d
}

// A situation is a key, a caller and a request that have met, and what was
// found out about them so far.
type situation struct {
	rules   Rules
	key     *Key // nil if the request uses none
	caller  *Caller
	request *Request

	context  conditions.Context
	resource string // ARN of the key or alias, "*" if there is none
	account  string // of the key or alias, "" if there is none
	foreign  bool   // the caller is in another account than the resource
	grant    int    // index of the grant that RetireGrant is about, -1 if none

	identity answer // what the identity-based policies say
	boundary answer
	session  answer
	lent     delegation // whether the key policy delegates to the key's own account
}

// newSituation brings the three together.
func newSituation(r Rules, key *Key, caller *Caller, request *Request) situation {
	s := situation{rules: r, key: key, caller: caller, request: request, resource: "*", grant: -1}
	s.context = request.context.Over(caller.context)
	switch {
	case key != nil:
		s.resource, s.account = key.text, key.arn.Account
		if request.action == action.RetireGrant {
			s.grant, _ = request.grantOf(key)
		}
		s.context = s.context.Over(s.keyContext())
	case request.aliasARN != "":
		s.resource, s.account = request.aliasARN, request.alias.Account
		if caller.account == s.account {
			s.context = s.context.Over(caller.resourceContext)
		}
	}
	s.context = s.context.Only(s.visible())
	s.foreign = s.account != "" && !caller.isService() && caller.account != s.account
	return s
}

// visible returns the condition keys that the request may carry. Only symmetric
// encryption keys work with an encryption context.
//
// See AWS KMS Developer Guide, "Encryption context".
func (s *situation) visible() conditions.KeySet {
	if s.key != nil && s.key.keyType != action.Symmetric {
		return s.request.visible.Without(known.encryptionContextKeys, encryptionContextFamily)
	}
	return s.request.visible
}

// encryptionContext returns the encryption context that the operation works
// with.
func (s *situation) encryptionContext() map[string]string {
	if !s.request.info.EncryptionContext || s.key.keyType != action.Symmetric {
		return nil
	}
	return s.request.encryptionContext
}

// keyContext returns what the key tells of itself, its organization and its
// grant included.
func (s *situation) keyContext() conditions.Context {
	c := s.key.context
	if s.key.organization.isZero() && s.caller.account == s.key.arn.Account {
		c = c.Over(s.caller.resourceContext)
	}
	if s.grant >= 0 {
		c = c.Over(s.key.grantContexts[s.grant])
	}
	return c
}

// judge applies the rules in their order.
func (s *situation) judge(v *verdict) {
	if s.invalidRequest(v) || s.wrongRegion(v) || s.notCrossAccount(v) {
		return
	}
	s.explicitDenies(v)
	s.guardrails(v)
	s.waysIn(v)
	s.keyUsage(v)
	s.keyState(v)
}

// A verdict is everything that a situation leads to.
type verdict struct {
	via      finding // the way in, if there is one
	blockers path    // empty: allowed
	other    path    // the way that failed too and is not in blockers
}

// A finding is one layer's part in a verdict: what blocks, or what allows.
type finding struct {
	layer     Layer
	reason    Reason
	note      note
	policy    *policy.Document
	number    int // of policy in its list
	statement *policy.Statement
	grant     int // index + 1 of the key's grant, 0 if none
}

// found reports whether f has a statement or a grant.
func (f *finding) found() bool { return f.statement != nil || f.grant > 0 }

// A path is the findings that stand in the way of a request, one per layer.
type path struct {
	items [LayerKeyState + 1]finding
	n     int
}

// add appends a finding, unless the path has one of its layer: an explicit
// deny, which comes first, keeps the place.
func (p *path) add(f finding) {
	for i := range p.n {
		if p.items[i].layer == f.layer {
			return
		}
	}
	p.items[p.n] = f
	p.n++
}

// addAll appends the findings of q.
func (p *path) addAll(q *path) {
	for i := range q.n {
		p.add(q.items[i])
	}
}

// block puts a finding in the way.
func (v *verdict) block(l Layer, r Reason, n note) bool {
	v.blockers.add(finding{layer: l, reason: r, note: n})
	return true
}
