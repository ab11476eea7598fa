package evaluate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
)

// maxEdits bounds how many changes a fix may have.
const maxEdits = 24

// Fixes returns the smallest changes that would allow a denied request, the one
// that opens least first: fewest principals, then fewest actions, then fewest
// keys, then those that a condition bounds, ties in the order of the layers.
// Where something stands in the way that no change mends, why says what, in one
// sentence, and the fixes (if any) lead to that layer. For an allowed request
// there is nothing to fix.
//
// Each fix has been applied and decided under the decision's own rules. None
// names everyone ("*") as a principal.
func (d Decision) Fixes() (fixes []Fix, why string) {
	if d.allowed || d.request == nil || d.caller == nil {
		return nil, ""
	}
	s := search{origin: d, seen: map[string]bool{}}
	s.explore(plan{parts: d.parts(), decision: d}, true)
	slices.SortStableFunc(s.found, compareFixes)
	for _, f := range s.found {
		if f.after.allowed {
			s.why = ""
		}
	}
	return s.found, s.why
}

// compareFixes orders fixes: those that lead to allow first, then by what they
// open, then those that take nothing out of a policy, then by layer, then the one
// with fewer changes.
func compareFixes(a, b Fix) int {
	return cmp.Or(
		compareBool(b.after.allowed, a.after.allowed),
		a.opens.compare(b.opens),
		compareBool(lift(a.edits), lift(b.edits)),
		cmp.Compare(layerOf(a.edits[0]), layerOf(b.edits[0])),
		cmp.Compare(len(a.edits), len(b.edits)),
	)
}

// lift reports whether an edit takes a condition or a statement out of a policy.
func lift(edits []Edit) bool {
	return slices.ContainsFunc(edits, func(e Edit) bool {
		p, ok := e.(*PolicyEdit)
		return ok && slices.ContainsFunc(p.Changes, func(c policy.Edit) bool {
			return c.Op == policy.RemoveCondition || c.Op == policy.RemoveStatement
		})
	})
}

// layerOf returns the layer that an edit concerns.
func layerOf(e Edit) Layer {
	switch e := e.(type) {
	case *PolicyEdit:
		return e.Layer
	case *CallRegion:
		return LayerRegion
	case *NameKeyByARN:
		return LayerRequest
	case *ChangeKeyState:
		return LayerKeyState
	case *UseCustomerKey:
		return LayerKeyPolicy
	default:
		return LayerGrant
	}
}

// A change is an edit and what it opens.
type change struct {
	edit  Edit
	opens Opens
}

// A plan is a fix in the making.
type plan struct {
	parts    parts
	decision Decision
	changes  []change
}

// opens returns what the changes of a plan open together.
func (p *plan) opens() Opens {
	var all Opens
	for _, c := range p.changes {
		all = all.and(c.opens)
	}
	return all
}

// edits returns the edits of a plan.
func (p *plan) edits() []Edit {
	all := make([]Edit, len(p.changes))
	for i, c := range p.changes {
		all[i] = c.edit
	}
	return all
}

// fix returns the plan as a fix of a decision.
func (p *plan) fix(before Decision) Fix {
	return Fix{edits: p.edits(), opens: p.opens(), before: before, after: p.decision}
}

// A search looks for the fixes of a denial.
type search struct {
	origin Decision
	found  []Fix
	why    string          // why the first plan that ended before allow did
	seen   map[string]bool // the edits of the fixes found
}

// explore takes a plan on, blocker by blocker. At each it takes the change that
// opens least; once in a plan it may take another one instead.
func (s *search) explore(p plan, other bool) {
	if p.decision.allowed {
		s.keep(p)
		return
	}
	options := p.options()
	if len(options) == 0 || len(p.changes) >= maxEdits {
		s.stopAt(p)
		return
	}
	for i, o := range options {
		if i > 0 && !other {
			return
		}
		s.explore(o, other && i == 0)
	}
}

// stopAt ends a plan before the request is allowed.
func (s *search) stopAt(p plan) {
	for first := range p.decision.Blockers() {
		if s.why == "" {
			s.why = first.obstacle()
		}
		break
	}
	if len(p.changes) > 0 {
		s.keep(p)
	}
}

// keep adds a finished plan to the fixes, without the changes that it can do
// without, unless another plan led to the same.
func (s *search) keep(p plan) {
	f := s.smallest(p).fix(s.origin)
	var texts []string
	for _, e := range f.edits {
		texts = append(texts, e.String())
	}
	slices.Sort(texts)
	if all := strings.Join(texts, "\n"); !s.seen[all] {
		s.seen[all] = true
		s.found = append(s.found, f)
	}
}

// smallest leaves out the changes without which a plan gets as far.
func (s *search) smallest(p plan) *plan {
	for i := 0; i < len(p.changes); {
		if _, ok := p.changes[i].edit.(*UseCustomerKey); ok {
			i++ // what follows is about the new key
			continue
		}
		less := plan{parts: s.origin.parts(), changes: slices.Delete(slices.Clone(p.changes), i, i+1)}
		for _, c := range less.changes {
			less.parts = c.edit.apply(less.parts)
		}
		less.decision = less.parts.decide(s.origin.rules)
		if !less.decision.allowed && p.isFurtherThan(&less) {
			i++
			continue
		}
		p = less
	}
	return &p
}

// options returns the plans that a plan can become by mending its first blocker,
// at the start also by mending the first entry of the other path, the one that
// opens least first. Changes that turn out not to mend are left out.
func (p *plan) options() []plan {
	var options []plan
	add := func(e Entry) {
		for _, c := range e.changes(p.parts) {
			if next := p.with(c); next.isFurtherThan(p) {
				options = append(options, next)
			}
		}
	}
	for e := range p.decision.Blockers() {
		add(e)
		break
	}
	for e := range p.decision.Alternatives() {
		if len(p.changes) == 0 {
			add(e)
		}
		break
	}
	slices.SortStableFunc(options, func(a, b plan) int {
		return cmp.Or(a.opens().compare(b.opens()), compareBool(lift(a.edits()), lift(b.edits())))
	})
	return options
}

// with returns the plan with a change added.
func (p *plan) with(c change) plan {
	next := plan{parts: c.edit.apply(p.parts), changes: appendChange(slices.Clone(p.changes), c)}
	next.decision = next.parts.decide(p.decision.rules)
	return next
}

// appendChange appends a change. One of a policy that was changed before becomes
// a part of that change.
func appendChange(changes []change, c change) []change {
	second, isPolicy := c.edit.(*PolicyEdit)
	for i := range changes {
		first, ok := changes[i].edit.(*PolicyEdit)
		if isPolicy && ok && first.After == second.Before {
			whole := *first
			whole.After, whole.Changes = second.After, slices.Concat(first.Changes, second.Changes)
			changes[i] = change{&whole, changes[i].opens.and(c.opens)}
			return changes
		}
	}
	return append(changes, c)
}

// isFurtherThan reports whether a plan's request gets further than before: it is
// allowed, or stopped later, or at the same place by less.
func (p *plan) isFurtherThan(before *plan) bool {
	now, then := p.decision.stop(), before.decision.stop()
	return p.decision.allowed || cmp.Or(cmp.Compare(now.rank, then.rank), cmp.Compare(then.left, now.left)) > 0
}

// A stop is where a denied request is stopped.
type stop struct {
	rank int // place in the order of evaluation
	left int // how much at this place would have to change
}

// stop returns where the request is stopped first.
func (d Decision) stop() stop {
	for first := range d.Blockers() {
		return stop{first.rank(), first.situation.left(&first.finding)}
	}
	return stop{}
}

// rank returns an entry's place in the order of evaluation: what ends it, then
// explicit denies, then what does not allow, each in the order of the layers.
func (e Entry) rank() int {
	switch {
	case e.layer <= LayerCrossAccount:
		return int(e.layer)
	case e.reason == ReasonExplicitDeny:
		return int(LayerKeyState) + int(e.layer)
	default:
		return 2*int(LayerKeyState) + int(e.layer)
	}
}

// left counts what must change at the place of a finding: Deny statements that
// match, levels of service control policies that do not allow; for a grant that
// only lacks the delegation one thing less than for none, for a federated user
// without a session policy one thing more.
func (s *situation) left(f *finding) int {
	switch {
	case f.reason == ReasonExplicitDeny:
		return s.matchingDenies(f.layer)
	case f.layer == LayerSCP:
		return s.levelsNotAllowing()
	case f.reason == ReasonGrantRequiresDelegation:
		return 1
	case f.note == noteNoSessionPolicy:
		return 3
	default:
		return 2
	}
}

// matchingDenies counts the Deny statements of a layer that match.
func (s *situation) matchingDenies(l Layer) int {
	n := 0
	for _, doc := range (parts{s.key, s.caller, s.request}).documents(l) {
		for _, st := range doc.Statements() {
			if st.Effect() == policy.Deny && (!l.isResourceBased() || s.caller.named(st) != 0) && s.reach(st, l.barsIAMKeys()) == atCondition {
				n++
			}
		}
	}
	return n
}

// levelsNotAllowing counts the levels of service control policies that do not
// allow.
func (s *situation) levelsNotAllowing() int {
	n := 0
	for _, level := range s.caller.scps {
		if len(level) > 0 && !s.allow(&policies{layer: LayerSCP, docs: level}).allowed {
			n++
		}
	}
	return n
}
