package evaluate

import (
	"slices"

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
func (r Rules) Decide(key *Key, caller *Caller, request *Request) (d Decision) {
	if caller == nil || request == nil {
		return d
	}
	var s situation
	s.rules, s.key, s.caller, s.request = r, key, caller, request
	s.meet()
	var v verdict
	v.brief = true
	s.judge(&v)
	d.rules, d.key, d.caller, d.request = r, key, caller, request
	if v.blocked() {
		d.layer, d.reason = v.first.layer, v.first.reason
	} else {
		d.allowed, d.layer, d.via = true, v.via.layer, v.via
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

	delegatesHome bool // that it does is known, as that account is the caller's
}

// newSituation brings the three together.
func newSituation(r Rules, key *Key, caller *Caller, request *Request) situation {
	s := situation{rules: r, key: key, caller: caller, request: request}
	s.meet()
	return s
}

// meet works out what follows from the three alone. A condition key has the value
// that the request gives it, else the caller's, else the key's.
func (s *situation) meet() {
	key, caller, request := s.key, s.caller, s.request
	s.resource, s.grant = "*", -1
	home := false // the caller is in the account of the key or alias
	var room [5]*conditions.Context
	contexts := append(room[:0], &request.context, &caller.context)
	switch {
	case key != nil:
		s.resource, s.account = key.text, key.arn.Account
		home = caller.account == s.account
		contexts = append(contexts, &key.context)
		if key.homeless && home {
			contexts = append(contexts, &caller.resourceContext)
		}
		if request.action == action.RetireGrant {
			if s.grant, _ = request.grantOf(key); s.grant >= 0 {
				context := deriveGrantContext(&key.constraints[s.grant])
				contexts = append(contexts, &context)
			}
		}
	case request.aliasARN != "":
		s.resource, s.account = request.aliasARN, request.alias.Account
		home = caller.account == s.account
		if home {
			contexts = append(contexts, &caller.resourceContext)
		}
	}
	s.context.Stack(s.visible(), contexts...)
	s.foreign = s.account != "" && !caller.isService() && !home
}

// visible returns the condition keys that the request may carry.
func (s *situation) visible() *conditions.KeySet {
	if s.key != nil && s.key.keyType != action.Symmetric {
		return &s.request.visible.others
	}
	return &s.request.visible.symmetric
}

// encryptionContext returns the encryption context that the operation works
// with.
func (s *situation) encryptionContext() map[string]string { return s.pairs().toMap() }

// pairs returns the pairs of the encryption context that the operation works with.
func (s *situation) pairs() pairList {
	if !s.hasEncryptionContext() {
		return nil
	}
	return s.request.pairs
}

// hasEncryptionContext reports whether the operation works with an encryption
// context.
func (s *situation) hasEncryptionContext() bool {
	return s.request.info.EncryptionContext && s.key.keyType == action.Symmetric
}

// judge applies the rules in their order.
func (s *situation) judge(v *verdict) {
	if n := s.invalidity(); n != noteNone {
		v.block(LayerRequest, ReasonInvalidRequest, n)
		return
	}
	if s.wrongRegion(v) || s.notCrossAccount(v) {
		return
	}
	s.explicitDenies(v)
	if !v.settled() {
		s.guardrails(v)
	}
	if !v.settled() {
		s.waysIn(v)
	}
	if !v.settled() {
		s.keyUsage(v)
	}
	if !v.settled() {
		s.keyState(v)
	}
}

// A verdict is everything that a situation leads to. A brief one says only what
// Decide answers: the way in, or the first of the blockers.
type verdict struct {
	brief    bool
	via      finding   // the way in, if there is one
	first    finding   // the first of blockers, if there is one
	blockers []finding // one per layer; none: allowed
	other    []finding // the way that failed too and is not in blockers
}

// blocked reports whether something blocks.
func (v *verdict) blocked() bool { return v.first.layer != LayerNone }

// settled reports whether the verdict says all that it is to say.
func (v *verdict) settled() bool { return v.brief && v.blocked() }

// add appends a blocker, unless there is one of its layer: an explicit deny, which
// comes first, keeps the place.
func (v *verdict) add(f finding) {
	if !v.blocked() {
		v.first = f
	}
	if !v.brief && !slices.ContainsFunc(v.blockers, func(b finding) bool { return b.layer == f.layer }) {
		v.blockers = append(v.blockers, f)
	}
}

// A finding is one layer's part in a verdict: what blocks, or what allows.
type finding struct {
	policy    *policy.Document
	statement *policy.Statement
	number    int // of policy in its list
	grant     int // index + 1 of the key's grant, 0 if none
	layer     Layer
	reason    Reason
	note      note
}

// found reports whether f has a statement or a grant.
func (f *finding) found() bool { return f.statement != nil || f.grant > 0 }

// A path is the findings that stand in one way in, one per layer: of the key
// policy, the IAM policies, a grant, the permissions boundary, the session policies.
type path struct {
	items [5]finding
	n     int
}

// add appends a finding, unless the path has one of its layer.
func (p *path) add(f finding) {
	for i := range p.n {
		if p.items[i].layer == f.layer {
			return
		}
	}
	p.items[p.n] = f
	p.n++
}

// findings returns the findings of the path.
func (p *path) findings() []finding { return slices.Clone(p.items[:p.n]) }

// block puts a finding in the way.
func (v *verdict) block(l Layer, r Reason, n note) bool {
	v.add(finding{layer: l, reason: r, note: n})
	return true
}
