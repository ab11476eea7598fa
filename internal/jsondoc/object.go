package jsondoc

import (
	"fmt"
	"slices"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Member is one member of an object: a value that has a name.
type Member struct {
	Value
	Name string

	nameOffset, nameEnd int
}

// NameSpan returns the offsets in the document's own text between which the name stands, its
// quotes included.
func (m Member) NameSpan() (start, end int) {
	return m.nameOffset, m.nameEnd
}

// FaultName is like Fault, but points at the member's name instead of its value.
func (m Member) FaultName(code Code, text string) {
	m.doc.report(fault{offset: m.nameOffset, code: code, text: text})
}

// members visits all members, those with a repeated name as well.
func (v Value) members(visit func(m Member)) {
	for at := range v.doc.children(v.at) {
		if v.doc.full() {
			return
		}
		name := at - 1
		n := v.doc.nodes[name]
		visit(Member{Value{v.doc, at}, v.doc.string(name), int(n.start), int(n.end)})
	}
}

// Members visits the members of an object in order. A name that was given before is a fault
// and is not visited again; anything but an object is a fault.
func (v Value) Members(visit func(m Member)) {
	if v.Kind() != Object {
		v.Mismatch("an object")
		return
	}
	var seen nameSet
	v.members(func(m Member) {
		if seen.add(m.Name) {
			visit(m)
			return
		}
		m.faultDuplicate()
	})
}

// TextMap returns an object whose values are strings as a map. It is nil for an object without
// members.
func (v Value) TextMap() map[string]string {
	var all map[string]string
	v.Members(func(m Member) {
		text, ok := m.Text()
		if !ok {
			return
		}
		if all == nil {
			all = make(map[string]string)
		}
		all[m.Name] = text
	})
	return all
}

// A Shape says which members an object may have.
type Shape struct {
	Noun     string   // what a member is called in messages: "element", "field"
	Names    []string // at most 64
	Required []string // those of Names that must be given
	Open     bool     // other members are ignored instead of reported
	Slips    bool     // but not one that differs from one of Names in a letter or two: it was meant
}

// Fields visits those members of an object that the shape names, in document order. Members
// that are unknown, given twice or missing are faults, and so is anything but an object.
func (v Value) Fields(shape *Shape, visit func(m Member)) {
	if v.Kind() != Object {
		v.Mismatch("an object")
		return
	}
	var known uint64 // bit i: Names[i] was given
	var others nameSet
	v.members(func(m Member) {
		switch i := slices.Index(shape.Names, m.Name); {
		case i >= 0 && known&(1<<i) == 0:
			known |= 1 << i
			visit(m)
		case i >= 0 || !others.add(m.Name):
			m.faultDuplicate()
		case !shape.Open, shape.Slips && isSlip(m.Name, shape.Names):
			m.faultUnknown(shape)
		}
	})
	for _, name := range shape.Required {
		if known&(1<<slices.Index(shape.Names, name)) == 0 {
			v.Fault(MissingMember, "%s %q is missing", shape.Noun, name)
		}
	}
}

func (m Member) faultDuplicate() {
	m.FaultName(DuplicateMember, printable.Sprintf("%q is given twice", m.Name))
}

func (m Member) faultUnknown(shape *Shape) {
	hint := ""
	if near, ok := nearest.Word(m.Name, slices.Values(shape.Names)); ok {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	m.FaultName(UnknownMember, printable.Sprintf("unknown %s %q%s", shape.Noun, m.Name, hint))
}

// isSlip reports whether name differs from one of names in a letter or two, or in case.
func isSlip(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		limit := min(2, max(len(name), len(n))/3)
		return nearest.Distance(name, n, limit) <= limit
	})
}

// smallObject is the number of names up to which a linear search is faster than a map.
const smallObject = 8

// A nameSet remembers the names of an object's members. The zero value is empty.
type nameSet struct {
	few  [smallObject]string
	n    int
	many map[string]bool // all names, once there are more than fit in few
}

// add reports whether name is new, and remembers it.
func (s *nameSet) add(name string) bool {
	if s.many != nil {
		known := s.many[name]
		s.many[name] = true
		return !known
	}
	if slices.Contains(s.few[:s.n], name) {
		return false
	}
	if s.n < smallObject {
		s.few[s.n] = name
		s.n++
		return true
	}
	s.many = make(map[string]bool, 4*smallObject)
	for _, known := range s.few {
		s.many[known] = true
	}
	s.many[name] = true
	return true
}
