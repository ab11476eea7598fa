package jsonedit

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

// A span is a part of the text, from start to before end.
type span struct{ start, end int }

// A container is a list or an object of the document, with the spans of its items: of members
// with their names.
type container struct {
	span
	text  string // the document's
	items []span
}

// openContainer finds the items of v, which are none for a value that is no container.
func openContainer(text string, v jsondoc.Value) container {
	c := container{text: text}
	c.start, c.end = v.Span()
	walk(v, func(child jsondoc.Member) {
		start, end := child.Span()
		if v.Kind() == jsondoc.Object {
			start, _ = child.NameSpan()
		}
		c.items = append(c.items, span{start, end})
	})
	return c
}

// walk visits the items of a list or an object. Elements of a list are visited as members
// without a name.
func walk(v jsondoc.Value, visit func(child jsondoc.Member)) {
	switch v.Kind() {
	case jsondoc.Object:
		v.Members(visit)
	case jsondoc.List:
		v.Elements(func(element jsondoc.Value) { visit(jsondoc.Member{Value: element}) })
	}
}

// lead returns what stands between the opening bracket and the first item; there is one.
func (c *container) lead() string { return c.text[c.start+1 : c.items[0].start] }

// tail returns what stands between the last item and the closing bracket; there is one.
func (c *container) tail() string { return c.text[c.items[len(c.items)-1].end : c.end-1] }

// gap returns what stands between item i and the one before it.
func (c *container) gap(i int) string { return c.text[c.items[i-1].end:c.items[i].start] }

// indentAt returns the indentation of the line that offset is on. Of a document inside a larger
// text the first line does not show it, but the last one does: that of the closing bracket.
func indentAt(text string, offset int) string {
	line := strings.LastIndexByte(text[:offset], '\n') + 1
	if line == 0 {
		text = strings.TrimRight(text, blanks)
		line = strings.LastIndexByte(text, '\n') + 1
	}
	return leadingBlanks(text[line:])
}

// blanks are what may stand between the tokens of JSON.
const blanks = " \t\r\n"

// leadingBlanks returns the blanks that line starts with. So many that no one would have typed
// them are none: what a document has once would otherwise be written many times.
func leadingBlanks(line string) string {
	return bounded(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "")
}

// maxBlanks is how many bytes of blanks are taken over from the document in one place.
const maxBlanks = 256

// bounded returns text, or otherwise if text is too long to be repeated.
func bounded(text, otherwise string) string {
	if len(text) > maxBlanks {
		return otherwise
	}
	return text
}

// afterNewline returns what follows the last line break of text, and whether there is one.
func afterNewline(text string) (rest string, ok bool) {
	i := strings.LastIndexByte(text, '\n')
	return text[i+1:], i >= 0
}
