package jsonedit

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

// A style is how a document is written, as far as it has been seen. Of things that it writes in
// several ways the first one that is seen counts.
type style struct {
	newline string
	step    string          // how much further in the items of a container stand; "" if not seen
	colon   string          // with its blanks, likewise
	comma   string          // between items on one line, likewise
	pads    map[byte]string // by opening bracket: what stands inside of brackets on one line

	// spread says which containers are written over several lines: by opening bracket and name,
	// and for those without containers in them, which are alike, by bracket and for both ("").
	spread map[string]bool
}

// learn returns the style of the document with this text, in which what the samples show counts
// more the earlier the sample.
func learn(text string, samples ...jsondoc.Value) *style {
	s := &style{newline: "\n", pads: map[byte]string{}, spread: map[string]bool{}}
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		s.newline = "\r\n"
	}
	for _, v := range samples {
		s.see(text, v, "")
	}
	return s
}

// see notes how v is written, the value of the member with this name, or of none.
func (s *style) see(text string, v jsondoc.Value, name string) {
	c := openContainer(text, v)
	if len(c.items) == 0 {
		return
	}
	open, lead := text[c.start], c.lead()
	inner, isSpread := afterNewline(lead)
	if isSpread && s.step == "" {
		if step, ok := strings.CutPrefix(inner, indentAt(text, c.start)); ok {
			s.step = bounded(step, "")
		}
	}
	if len(c.items) > 1 {
		setFirst(&s.comma, c.gap(1))
	}
	if _, seen := s.pads[open]; !seen && !isSpread {
		s.pads[open] = bounded(lead, "")
	}
	isLeaf := true
	walk(v, func(child jsondoc.Member) {
		if open == '{' {
			_, nameEnd := child.NameSpan()
			start, _ := child.Span()
			setFirst(&s.colon, text[nameEnd:start])
		}
		isLeaf = isLeaf && child.Kind() != jsondoc.List && child.Kind() != jsondoc.Object
		s.see(text, child.Value, child.Name)
	})
	if name != "" {
		s.setSpread(isSpread, string(open)+name)
	}
	if isLeaf {
		s.setSpread(isSpread, string(open), "")
	}
}

// setSpread notes whether containers of these kinds are spread, of those not seen before.
func (s *style) setSpread(isSpread bool, kinds ...string) {
	for _, kind := range kinds {
		if _, seen := s.spread[kind]; !seen {
			s.spread[kind] = isSpread
		}
	}
}

// setFirst sets a separator that has not been seen before to text, if that is on one line.
func setFirst(separator *string, text string) {
	if *separator == "" && !strings.Contains(text, "\n") {
		*separator = bounded(text, "")
	}
}

// colonText returns what to write between a name and its value.
func (s *style) colonText() string {
	if s.colon == "" {
		return ": "
	}
	return s.colon
}

// commaText returns what to write between items on one line. A document that never does so is
// taken to have blanks there if it has them after colons.
func (s *style) commaText() string {
	if s.comma == "" {
		_, after, _ := strings.Cut(s.colonText(), ":")
		return "," + after
	}
	return s.comma
}

// isSpread reports whether to write a container that is the value of this member over several
// lines.
func (s *style) isSpread(open byte, name string) bool {
	for _, kind := range []string{string(open) + name, string(open), ""} {
		if spread, seen := s.spread[kind]; seen {
			return spread
		}
	}
	return true
}

// A place is where a value is written.
type place struct {
	indent string // of the line
	spread bool   // what surrounds it is written over several lines
}

// A frame is what stands around the items of a container.
type frame struct {
	lead, gap, tail string
	inside          place // of the items
}

// frame returns the frame of a new container at a place.
func (s *style) frame(open byte, at place) frame {
	if !at.spread {
		pad := s.pads[open]
		return frame{pad, s.commaText(), pad, at}
	}
	inner := at.indent + s.step
	return frame{s.newline + inner, "," + s.newline + inner, s.newline + at.indent, place{inner, true}}
}

// frameOf returns the frame of a container of the document that has items.
func (s *style) frameOf(c *container) frame {
	lead := bounded(c.lead(), "")
	inner, isSpread := afterNewline(lead)
	f := frame{lead: lead, gap: s.commaText(), tail: bounded(c.tail(), ""), inside: place{inner, isSpread}}
	switch {
	case len(c.items) > 1:
		f.gap = bounded(c.gap(1), f.gap)
	case isSpread:
		f.gap = "," + lead
	}
	if !isSpread {
		f.inside.indent = indentAt(c.text, c.start)
	}
	return f
}

// append appends v, the value of the member with this name or of none, as it is written at a
// place.
func (s *style) append(b []byte, v Value, name string, at place) []byte {
	if v.open == 0 {
		return append(b, v.json...)
	}
	at.spread = at.spread && s.isSpread(v.open, name)
	return s.appendFramed(b, v, s.frame(v.open, at))
}

// appendFramed appends v, a list or an object, in a frame.
func (s *style) appendFramed(b []byte, v Value, f frame) []byte {
	b = append(b, v.open)
	for i, item := range v.items {
		separator := f.gap
		if i == 0 {
			separator = f.lead
		}
		b = s.appendItem(append(b, separator...), v.open, item, f.inside)
	}
	if len(v.items) > 0 {
		b = append(b, f.tail...)
	}
	return append(b, v.open+2) // ']' and '}' stand two behind '[' and '{'
}

// appendItem appends an item of a list or an object that starts with open.
func (s *style) appendItem(b []byte, open byte, item Item, at place) []byte {
	if open == '{' {
		b = append(b, quote(item.Name)...)
		b = append(b, s.colonText()...)
	}
	return s.append(b, item.Value, item.Name, at)
}
