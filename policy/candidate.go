package policy

import (
	"hash/maphash"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A Candidate is a statement with what tells at a glance that it does not speak of an action or
// of a caller, so that most statements need not be read for a decision.
type Candidate struct {
	Statement *Statement
	Actions   action.Set // those of the statement
	Names     NameSet    // of whom the statement can name; a statement without principals has "*"
}

// Candidates returns the statements of one effect in document order. The slice must not be
// modified.
func (d *Document) Candidates(e Effect) []Candidate {
	if e == Deny {
		return d.candidates[:d.denies]
	}
	return d.candidates[d.denies:]
}

// index lists the candidates, those that deny first.
func (d *Document) index() {
	d.candidates = make([]Candidate, 0, len(d.statements))
	for _, effect := range [...]Effect{Deny, Allow} {
		for i := range d.statements {
			if s := &d.statements[i]; s.effect == effect {
				d.candidates = append(d.candidates, Candidate{s, s.actions, s.names()})
			}
		}
		if effect == Deny {
			d.denies = len(d.candidates)
		}
	}
}

// names returns the names of callers that the statement can be about.
func (s *Statement) names() NameSet {
	if s.principalForm != plain {
		return NameSetOf("*")
	}
	var names NameSet
	for _, p := range s.principals {
		if p.kind != NoOne {
			names = names.With(p.text)
		}
	}
	return names
}

// A NameSet is a rough set of the texts that name principals, "*" among them: it may seem to have
// a text that was never added, but never lacks one that was. The zero NameSet is empty.
type NameSet struct{ bits uint64 }

var nameSeed = maphash.MakeSeed()

// NameSetOf returns the set of these texts.
func NameSetOf(texts ...string) NameSet {
	var s NameSet
	for _, text := range texts {
		s = s.With(text)
	}
	return s
}

// With returns the set with a text added.
func (s NameSet) With(text string) NameSet {
	return NameSet{s.bits | 1<<(maphash.String(nameSeed, text)%64)}
}

// Union returns the texts that are in s or in t.
func (s NameSet) Union(t NameSet) NameSet { return NameSet{s.bits | t.bits} }

// Meets reports whether the two sets seem to have a text in common.
func (s NameSet) Meets(t NameSet) bool { return s.bits&t.bits != 0 }
