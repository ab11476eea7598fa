package action

import (
	"iter"
	"math/bits"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/wildcard"
)

// A Set is a set of actions. The zero Set is empty; sets are compared with ==.
type Set struct {
	bits uint64 // bit a stands for Action a
}

// every has the bit of each action.
const every = 1<<(last+1) - 1<<first

// SetOf returns the set of the actions given. Actions that are not valid are
// left out.
func SetOf(actions ...Action) Set {
	var s Set
	for _, a := range actions {
		s = s.With(a)
	}
	return s
}

// Every returns the set of all actions.
func Every() Set { return Set{every} }

// Has reports whether a is in the set.
func (s Set) Has(a Action) bool { return s.bits>>a&1 != 0 }

// Meets reports whether the sets have an action in common.
func (s Set) Meets(t Set) bool { return s.bits&t.bits != 0 }

// With returns the set with a added. An action that is not valid adds nothing.
func (s Set) With(a Action) Set { return Set{s.bits | 1<<a&every} }

// Union returns the actions that are in s or in t.
func (s Set) Union(t Set) Set { return Set{s.bits | t.bits} }

// Intersect returns the actions that are in both s and t.
func (s Set) Intersect(t Set) Set { return Set{s.bits & t.bits} }

// Complement returns the actions that are not in the set.
func (s Set) Complement() Set { return Set{every &^ s.bits} }

// Len returns the number of actions in the set.
func (s Set) Len() int { return bits.OnesCount64(s.bits) }

// First returns the first action in the set by the order of the constants; it is
// not valid if the set is empty.
func (s Set) First() Action { return Action(bits.TrailingZeros64(s.bits) % 64) }

// All returns the actions in the set, in the order of the constants.
func (s Set) All() iter.Seq[Action] {
	return func(yield func(Action) bool) {
		for rest := s.bits; rest != 0; rest &= rest - 1 {
			if !yield(Action(bits.TrailingZeros64(rest))) {
				return
			}
		}
	}
}

// String returns the actions in the set, separated by commas.
func (s Set) String() string { return join(s.All()) }

// Match returns the actions that pattern covers, where pattern is a string of
// a policy's Action or NotAction element: "*", or "kms:" and a name in which
// '*' stands for any run of characters and '?' for exactly one. Case does not
// matter (IAM User Guide, IAM JSON policy elements: Action). Any other text,
// such as an action of another service, covers nothing.
//
// UNDOCUMENTED: "*:*", which people write for everything, is read so; a wildcard in
// the name of the service has no meaning else.
func Match(pattern string) Set {
	prefix, name, found := strings.Cut(pattern, ":")
	switch {
	case isStars(prefix) && (!found || isStars(name)):
		return Every()
	case !found || !equalFold(prefix, vendor):
		return Set{}
	case isStars(name):
		return Every()
	}
	if a, ok := named(name); ok {
		return SetOf(a)
	}
	wild := strings.IndexAny(name, "*?")
	if wild < 0 {
		return Set{}
	}
	return matchNames(name[:wild], wildcard.Compile(lower(name[wild:])))
}

// isStars reports whether s consists of stars.
func isStars(s string) bool {
	return s != "" && strings.Trim(s, "*") == ""
}

// byInitial holds the actions whose names begin with a letter, in lower case.
var byInitial = groupByInitial()

func groupByInitial() (groups [256]Set) {
	for a := range All() {
		group := &groups[lowerNames[a][0]]
		*group = group.With(a)
	}
	return groups
}

// matchNames returns the actions whose names begin so, without regard to case,
// and then match p in lower case.
func matchNames(beginning string, p wildcard.Pattern) Set {
	candidates := Every()
	if beginning != "" {
		candidates = byInitial[lowerByte(beginning[0])]
	}
	var s Set
	for a := range candidates.All() {
		name := lowerNames[a]
		if n := len(beginning); n <= len(name) && equalFold(name[:n], beginning) && p.Match(name[n:]) {
			s = s.With(a)
		}
	}
	return s
}
