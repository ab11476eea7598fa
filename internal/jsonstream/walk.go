package jsonstream

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/tidwall/gjson"
)

// An Element is a value that was cut from a stream.
type Element struct {
	jsondoc.Place        // where it starts
	Data          []byte // its text, until the scanner is used again
}

// A Member is the name of an object's member whose value comes next.
type Member struct {
	Name string
	At   jsondoc.Place // of the name
}

// Kind returns the type of the value that comes next, None if there is none.
func (s *Scanner) Kind() jsondoc.Kind {
	switch c := s.next(); {
	case c == '{':
		return jsondoc.Object
	case c == '[':
		return jsondoc.List
	case c == '"':
		return jsondoc.String
	case c == 't' || c == 'f':
		return jsondoc.Bool
	case c == 'n':
		return jsondoc.Null
	case c == '-' || '0' <= c && c <= '9':
		return jsondoc.Number
	}
	return jsondoc.None
}

// Object walks through the object that comes next: visit is called with each member's name, and
// may read the value. What it leaves alone is skipped. Anything but an object is an error, and so
// is a name that is given twice.
func (s *Scanner) Object(visit func(m Member) error) error {
	seen := make(map[string]bool)
	return s.object(func() error {
		m, err := s.name()
		switch {
		case err != nil:
			return err
		case seen[m.Name]:
			return s.fail(m.At, jsondoc.DuplicateMember, "%q is given twice", m.Name)
		case len(seen) == maxMembers:
			return s.fail(m.At, jsondoc.TooLarge, "the object has more than %d members", maxMembers)
		}
		seen[m.Name] = true
		return s.value(func() error { return visit(m) })
	})
}

// List walks through the list that comes next: visit is called for each element, counted from 0,
// and may read it. What it leaves alone is skipped. Anything but a list is an error.
func (s *Scanner) List(visit func(index int) error) error {
	index := -1
	return s.list(func() error {
		index++
		return s.value(func() error { return visit(index) })
	})
}

// Values walks through all that is left of the stream, value by value, as List does. A stream
// without any value is an error.
func (s *Scanner) Values(visit func(index int) error) error {
	for index := 0; index == 0 || s.more(); index++ {
		if err := s.value(func() error { return visit(index) }); err != nil {
			return err
		}
	}
	return s.finish()
}

// more reports whether anything but blanks is left of the stream.
func (s *Scanner) more() bool {
	s.space()
	_, ok := s.peek()
	return ok
}

// End checks that nothing is left of the stream.
func (s *Scanner) End() error {
	if s.fault == nil && s.more() {
		return s.unexpected("the end of the document")
	}
	return s.finish()
}

// FirstName returns the name of the first member of the object that comes next, without moving
// past anything. It is "" if the object has none, or is no object.
func (s *Scanner) FirstName() string {
	if s.fault != nil || s.next() != '{' {
		return ""
	}
	line, lineStart := s.line, s.lineStart
	s.mark = s.pos
	s.pos++
	var first Member
	if s.next() == '"' {
		first, _ = s.name() // what is wrong there is found again when it is read
	}
	if s.mark < 0 {
		return "" // a name that is too large to hold
	}
	s.pos, s.mark, s.fault = s.mark, -1, nil
	s.line, s.lineStart = line, lineStart
	return first.Name
}

// Take cuts out the value that comes next. One that is too large is passed and reported as an
// *Error of code TooLarge; reading goes on behind it.
func (s *Scanner) Take() (Element, error) {
	s.space()
	at := s.place()
	s.mark = s.pos
	err := s.skip()
	start := s.mark
	s.mark = -1
	switch {
	case err != nil:
		return Element{}, err
	case start < 0 || s.pos-start > s.opts.MaxElement:
		return Element{}, &Error{Place: at, Code: jsondoc.TooLarge, Text: fmt.Sprintf("the element has more than %d bytes", s.opts.MaxElement)}
	}
	return Element{Place: at, Data: s.buf[start:s.pos]}, nil
}

// value calls read, which may read the value that comes next, and skips it if it did not.
func (s *Scanner) value(read func() error) error {
	s.space()
	before := s.base + s.pos
	if err := read(); err != nil {
		return err
	}
	if s.base+s.pos == before {
		return s.skip()
	}
	return s.fault
}

// skip passes a value.
func (s *Scanner) skip() error {
	if s.fault != nil {
		return s.fault
	}
	switch c := s.next(); {
	case c == '{':
		return s.object(s.skipMember)
	case c == '[':
		return s.list(s.skip)
	case c == '"':
		return s.string()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	}
	return s.unexpected("a value")
}

// skipMember passes a member of an object.
func (s *Scanner) skipMember() error {
	if s.next() != '"' {
		return s.unexpected("a member name")
	}
	if err := s.string(); err != nil {
		return err
	}
	if err := s.colon(); err != nil {
		return err
	}
	return s.skip()
}

// name reads a member's name and passes the colon.
func (s *Scanner) name() (Member, error) {
	if s.next() != '"' {
		return Member{}, s.unexpected("a member name")
	}
	m := Member{At: s.place()}
	kept := s.mark
	if kept < 0 {
		s.mark = s.pos
	}
	if err := s.string(); err != nil {
		return Member{}, err
	}
	if s.mark < 0 {
		return Member{}, s.fail(m.At, jsondoc.TooLarge, "the name has more than %d bytes", s.opts.MaxElement)
	}
	m.Name = gjson.ParseBytes(s.buf[m.At.Offset-s.base : s.pos]).Str
	if kept < 0 {
		s.mark = -1
	}
	return m, s.colon()
}

// colon passes the colon behind a name.
func (s *Scanner) colon() error {
	if s.next() != ':' {
		return s.unexpected("':'")
	}
	s.pos++
	return nil
}

// object passes an object, whose members are left to member.
func (s *Scanner) object(member func() error) error {
	return s.items('{', '}', "an object", member)
}

// list passes a list, whose elements are left to element.
func (s *Scanner) list(element func() error) error {
	return s.items('[', ']', "a list", element)
}

// items passes what stands between two brackets: items with commas between them.
func (s *Scanner) items(open, end byte, what string, item func() error) error {
	if s.fault != nil {
		return s.fault
	}
	if s.next() != open {
		if kind := s.Kind(); kind != jsondoc.None {
			return s.fail(s.place(), jsondoc.WrongType, "found %v, expected %s", kind, what)
		}
		return s.unexpected(what)
	}
	if s.depth == maxDepth {
		return s.fail(s.place(), jsondoc.TooDeep, "lists and objects are nested more than %d deep", maxDepth)
	}
	s.depth++
	s.pos++
	if s.next() == end {
		s.pos++
		s.depth--
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.pos++
		case end:
			s.pos++
			s.depth--
			return nil
		default:
			return s.unexpected(fmt.Sprintf("',' or '%c'", end))
		}
	}
}
