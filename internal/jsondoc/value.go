package jsondoc

import "github.com/kmsauthz/kmsauthz/internal/printable"

// A Kind is a JSON type.
type Kind uint8

// The JSON types. A value of kind None is not there: the zero Value, and the root of a document
// that is not JSON. Reading it yields nothing and reports nothing.
const (
	None Kind = iota
	Null
	Bool
	Number
	String
	List
	Object
)

var kindWords = [...]string{
	None:   "nothing",
	Null:   "null",
	Bool:   "a boolean",
	Number: "a number",
	String: "a string",
	List:   "a list",
	Object: "an object",
}

// String returns the kind in words, as messages have it: "a number".
func (k Kind) String() string {
	if int(k) < len(kindWords) {
		return kindWords[k]
	}
	return kindWords[None]
}

// A Value is one JSON value in a document.
type Value struct {
	doc *Document
	at  int // the number of its node
}

// Kind returns the value's JSON type.
func (v Value) Kind() Kind {
	if v.doc == nil || len(v.doc.nodes) == 0 {
		return None
	}
	return v.doc.kind(v.at)
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool {
	return v.Kind() == Null
}

// Len returns the number of elements of a list or members of an object, 0 for other values.
func (v Value) Len() int {
	if v.Kind() == None {
		return 0
	}
	n := 0
	for range v.doc.children(v.at) {
		n++
	}
	return n
}

// Raw returns the value's JSON text as it stands in the document.
func (v Value) Raw() string {
	if v.Kind() == None {
		return ""
	}
	return v.doc.raw(v.at)
}

// offset returns where the value starts in the document's own text.
func (v Value) offset() int {
	if v.Kind() == None {
		return 0
	}
	return int(v.doc.nodes[v.at].start)
}

// Place returns where the value starts.
func (v Value) Place() Place {
	return v.doc.place(v.offset())
}

// Span returns the offsets in the document's own text between which the value stands.
func (v Value) Span() (start, end int) {
	start = v.offset()
	return start, start + len(v.Raw())
}

// Fault reports that something is wrong with the value.
func (v Value) Fault(code Code, format string, args ...any) {
	v.doc.report(fault{offset: v.offset(), code: code, text: printable.Sprintf(format, args...)})
}

// Mismatch reports that the value is not of the kind that was expected: "found a number,
// expected a string".
func (v Value) Mismatch(expected string) {
	if v.Kind() != None {
		v.Fault(WrongType, "found %v, expected %s", v.Kind(), expected)
	}
}

// Embed reports a fault of a document that the value holds, as text or as a part of this
// document. The fault keeps its place; its path is put behind the value's.
func (v Value) Embed(f Fault) {
	v.doc.report(fault{offset: v.offset(), embedded: &f})
}

// Text returns the value of a string. Anything else is a fault.
func (v Value) Text() (string, bool) {
	if v.Kind() != String {
		v.Mismatch("a string")
		return "", false
	}
	return v.doc.string(v.at), true
}

// Bool returns the value of a boolean. Anything else is a fault.
func (v Value) Bool() (value, ok bool) {
	if v.Kind() != Bool {
		v.Mismatch("true or false")
		return false, false
	}
	return v.Raw() == "true", true
}

// Texts visits the strings of a string or a list of strings. Anything else is a fault, which
// does not keep the list's other elements from being visited.
func (v Value) Texts(visit func(text string, at Value)) {
	switch v.Kind() {
	case String:
		visit(v.doc.string(v.at), v)
	case List:
		v.Elements(func(element Value) {
			if text, ok := element.Text(); ok {
				visit(text, element)
			}
		})
	default:
		v.Mismatch("a string or a list of strings")
	}
}

// Elements visits the elements of a list in order. Anything but a list is a fault.
func (v Value) Elements(visit func(element Value)) {
	if v.Kind() != List {
		v.Mismatch("a list")
		return
	}
	for at := range v.doc.children(v.at) {
		if v.doc.full() {
			return
		}
		visit(Value{v.doc, at})
	}
}
