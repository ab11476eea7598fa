package evaluate

import (
	"encoding/json"
	"iter"
	"slices"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A Way is a way in of an allowed request: it suffices if all others are closed.
type Way struct {
	by        finding // nothing for a request on which no key policy decides
	with      []finding
	situation *situation
}

// By returns the statement of the key policy or the grant that lets the caller
// in, or that delegates to its account. A request on which no key policy decides
// has none.
func (w Way) By() (Entry, bool) { return Entry{w.by, w.situation}, w.by.found() }

// With yields the statements of IAM policies of which one, whichever, must allow
// as well. It yields none where the way needs no IAM policy, or the root user
// counts as allowed by IAM.
func (w Way) With() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, f := range w.with {
			if !yield(Entry{f, w.situation}) {
				return
			}
		}
	}
}

// MarshalJSON returns the way as one JSON object: "by", an entry as in blockers,
// and "with", a list of entries of which one is needed as well.
func (w Way) MarshalJSON() ([]byte, error) {
	var out struct {
		By   *entryJSON  `json:"by,omitempty"`
		With []entryJSON `json:"with,omitempty"`
	}
	if by, ok := w.By(); ok {
		j := by.json()
		out.By = &j
	}
	for e := range w.With() {
		out.With = append(out.With, e.json())
	}
	return json.Marshal(out)
}

// Ways yields every way in of an allowed request: each statement of the key
// policy that lets the caller in by itself or together with an IAM policy, then
// each grant. A denied request has none.
func (d Decision) Ways() iter.Seq[Way] {
	return func(yield func(Way) bool) {
		if !d.allowed {
			return
		}
		s := d.situation()
		for _, w := range s.ways() {
			w.situation = s
			if !yield(w) {
				return
			}
		}
	}
}

// ways lists the ways in, in the order in which waysIn looks for them.
func (s *situation) ways() []Way {
	switch {
	case s.key == nil:
		return []Way{{with: s.identityStatements()}}
	case s.request.action == action.RetireGrant:
		return s.retiringWays()
	default:
		return append(s.policyWays(), s.grantWays()...)
	}
}

// policyWays lists the ways in by a statement of the key policy, or by a grant
// to the caller's account, which delegates like one.
func (s *situation) policyWays() []Way {
	var all []Way
	var scratch path
	limited, identity := s.limitsAllow(&scratch), s.identityAllows(&scratch)
	byIAM := func(by finding) {
		if limited && identity {
			all = append(all, Way{by: by, with: s.identityStatements()})
		}
	}
	for _, doc := range s.key.policy {
		for _, st := range doc.Statements() {
			named := s.caller.named(st)
			if st.Effect() != policy.Allow || named == 0 || s.reach(st, true) != atCondition {
				continue
			}
			by := finding{layer: LayerKeyPolicy, policy: doc, statement: st}
			switch {
			case s.needsIAM():
				byIAM(by)
			case named.direct() == 0:
				byIAM(by)
			case limited || named.unlimited():
				all = append(all, Way{by: by})
			}
		}
	}
	for i := range s.key.grants {
		if s.caller.forms(s.key.grants[i].Grantee) == asAccount && s.request.info.Grantable && s.lackOf(i) == lacksLimits {
			byIAM(finding{layer: LayerGrant, grant: i + 1})
		}
	}
	return all
}

// grantWays lists the grants to the caller that let it in.
func (s *situation) grantWays() []Way {
	if !s.request.info.Grantable {
		return nil
	}
	var all []Way
	for i := range s.key.grants {
		named := s.caller.forms(s.key.grants[i].Grantee)
		if named.direct() != 0 && named != asAnyone && s.grantAllows(i, named, new(grantPath)) {
			all = append(all, Way{by: finding{layer: LayerGrant, grant: i + 1}})
		}
	}
	return all
}

// retiringWays lists the ways to retire the grant: by IAM, and by being named in
// it. To the root user, who needs no IAM policy, the two are one.
func (s *situation) retiringWays() []Way {
	by := finding{layer: LayerGrant, grant: s.grant + 1}
	direct, identity := s.mayRetire()
	var scratch path
	limited := s.limitsAllow(&scratch)
	var all []Way
	if identity && limited && (direct == 0 || !s.caller.isRoot()) {
		all = append(all, Way{by: by, with: s.identityStatements()})
	}
	if direct != 0 && (limited || s.escapesLimits(direct)) {
		all = append(all, Way{by: by})
	}
	return all
}

// identityStatements lists the Allow statements of the caller's IAM policies that
// match. The root user needs none.
func (s *situation) identityStatements() []finding {
	var all []finding
	for i, doc := range s.caller.iam {
		for _, st := range doc.Statements() {
			if st.Effect() == policy.Allow && s.reach(st, false) == atCondition {
				all = append(all, finding{layer: LayerIAMPolicy, policy: doc, number: i, statement: st})
			}
		}
	}
	return all
}

// maxClosing bounds how many changes closing a request may take.
const maxClosing = 200

// Closing returns the removals that close all ways in of an allowed request:
// Allow statements of IAM policies where these are needed, else of the key
// policy, and grants. It reports false for a denied request, where more than 200
// things would have to go, and where only AWS can change what lets the caller in,
// such as the policy of an AWS managed key.
//
// Removals go from the last to the first, so that the places of statements are
// those in the policies as they are. What is removed may close more than this
// request; a statement of the key policy that names others as well only loses the
// caller. A policy may be left without statements, and a key policy with nobody who
// can change it: see [Fix.Commands].
func (d Decision) Closing() (Fix, bool) {
	p := plan{parts: d.parts(), decision: d}
	for n := 0; p.decision.allowed && n < maxClosing; n++ {
		ways := slices.Collect(p.decision.Ways())
		next, ok := ways[len(ways)-1].closed(&p)
		if !ok {
			return Fix{}, false
		}
		p = next
	}
	return p.fix(d), d.allowed && !p.decision.allowed
}

// closed returns the plan with something removed that the way needs: a statement
// of an IAM policy rather than of the key policy.
func (w Way) closed(p *plan) (plan, bool) {
	needed := append([]finding{w.by}, w.with...)
	for _, f := range slices.Backward(needed) {
		for _, c := range (&mender{Entry: Entry{f, w.situation}, parts: p.parts}).removals() {
			return p.with(c), true
		}
	}
	return plan{}, false
}

// removals returns the changes that take away what the entry allows by.
func (m *mender) removals() []change {
	switch {
	case m.statement != nil:
		whole := m.in(m.number, Opens{}, policy.Edit{Op: policy.RemoveStatement, Statement: m.statement.Index()})
		return append(m.withoutCaller(), whole...)
	case m.grant > 0:
		return []change{{edit: &RevokeGrant{Grant: m.Grant(), index: m.grant - 1}}}
	default:
		return nil
	}
}

// withoutCaller takes the caller out of the principals of the statement, if
// others are left.
func (m *mender) withoutCaller() []change {
	if m.layer != LayerKeyPolicy || m.statement.IsNotPrincipal() {
		return nil
	}
	var own []string
	for p := range m.statement.Principals() {
		if m.situation.caller.forms(p) != 0 {
			own = append(own, p.String())
		}
	}
	return m.in(m.number, Opens{}, policy.Edit{Op: policy.RemoveValues, Statement: m.statement.Index(), Element: "Principal", Values: own})
}
