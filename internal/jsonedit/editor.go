package jsonedit

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

// An Editor collects changes of one document. The values and members that its methods take are
// those of that document. Changes must not overlap, but several may add at one place; those
// stand in the order in which they were made.
type Editor struct {
	doc     *jsondoc.Document
	text    string
	changes []change
}

// A change puts text in the place of a span of the document.
type change struct {
	span
	text string
}

// New returns an Editor of a document without faults.
func New(doc *jsondoc.Document) *Editor {
	return &Editor{doc: doc, text: doc.Text()}
}

// Text returns the document's text with all changes made.
func (e *Editor) Text() string {
	slices.SortStableFunc(e.changes, func(a, b change) int { return cmp.Compare(a.start, b.start) })
	var b strings.Builder
	done := 0
	for _, c := range e.changes {
		b.WriteString(e.text[done:c.start])
		b.WriteString(c.text)
		done = c.end
	}
	b.WriteString(e.text[done:])
	return b.String()
}

func (e *Editor) change(start, end int, text string) {
	e.changes = append(e.changes, change{span{start, end}, text})
}

// Set gives the member m of an object another name and value. The name may be the same, and a
// list in the place of a list is laid out like that.
func (e *Editor) Set(in jsondoc.Value, m jsondoc.Member, name string, v Value) {
	s := learn(e.text, in, e.doc.Root())
	start, nameEnd := m.NameSpan()
	if name != m.Name {
		e.change(start, nameEnd, quote(name))
	}
	old := openContainer(e.text, m.Value)
	if len(old.items) > 0 && e.text[old.start] == v.open {
		e.change(old.start, old.end, string(s.appendFramed(nil, v, s.frameOf(&old))))
		return
	}
	around := openContainer(e.text, in)
	_, isSpread := afterNewline(around.lead())
	at := place{indentAt(e.text, start), isSpread}
	e.change(old.start, old.end, string(s.append(nil, v, name, at)))
}

// Append adds items at the end of a list or an object that is the value of the member m of
// another object.
func (e *Editor) Append(in jsondoc.Value, m jsondoc.Member, items ...Item) {
	n := m.Len()
	if n == 0 {
		e.Set(in, m, m.Name, Value{open: m.Raw()[0], items: items})
		return
	}
	e.Insert(m.Value, n, items...)
}

// Insert adds items to a list or an object behind its first n, which are at least one. An object
// that joins a list is laid out like the one before it.
func (e *Editor) Insert(in jsondoc.Value, n int, items ...Item) {
	s := learn(e.text, in, e.doc.Root())
	c := openContainer(e.text, in)
	f := s.frameOf(&c)
	if i := min(n, len(c.items)-1); i > 0 {
		f.gap = bounded(c.gap(i), f.gap)
	}
	if inner, isSpread := afterNewline(f.gap); isSpread {
		f.inside.indent = leadingBlanks(inner)
	}
	before := c.items[n-1]
	model := e.model(in, before.start)
	var b []byte
	for _, item := range items {
		b = append(b, f.gap...)
		if model != nil && item.Value.open == '{' {
			b = s.appendFramed(b, item.Value, s.frameOf(model))
			continue
		}
		b = s.appendItem(b, e.text[c.start], item, f.inside)
	}
	e.change(before.end, before.end, string(b))
}

// model returns the object that stands at an offset in a list, nil if there is none with
// members.
func (e *Editor) model(list jsondoc.Value, offset int) *container {
	if list.Kind() != jsondoc.List {
		return nil
	}
	var found *container
	list.Elements(func(element jsondoc.Value) {
		if start, _ := element.Span(); start == offset && element.Kind() == jsondoc.Object && element.Len() > 0 {
			c := openContainer(e.text, element)
			found = &c
		}
	})
	return found
}

// Enclose makes a list of an object that has members, in which another object follows it. The
// lines of the first stay as they are.
func (e *Editor) Enclose(object jsondoc.Value, other Value) {
	s := learn(e.text, object, e.doc.Root())
	c := openContainer(e.text, object)
	pad := s.pads['[']
	e.change(c.start, c.start, "["+pad)
	b := s.appendFramed([]byte(s.commaText()), other, s.frameOf(&c))
	e.change(c.end, c.end, string(b)+pad+"]")
}

// Remove removes items from a list or an object: those with the given indexes, which ascend.
// Removing all leaves it empty, without the blanks that it had.
func (e *Editor) Remove(in jsondoc.Value, indexes ...int) {
	c := openContainer(e.text, in)
	if len(indexes) == len(c.items) {
		e.change(c.start+1, c.end-1, "")
		return
	}
	for n, i := range indexes {
		if n < i { // an item before it stays
			e.change(c.items[i-1].end, c.items[i].end, "")
		} else {
			e.change(c.items[i].start, c.items[i+1].start, "")
		}
	}
}
