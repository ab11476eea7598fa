package inventory

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"github.com/tidwall/gjson"
)

// stackDocument reads a policy document of a template: an object in which functions may stand
// anywhere, or a text. It is nil if the document cannot be read or is not wholly known.
func stackDocument[P any](t *template, res *resource, v jsondoc.Value, path, name string, parse parser[P]) *P {
	path = jsondoc.JoinPath("Properties", path)
	if f, _ := function(gjson.Parse(v.Raw())); f != "" {
		text, ok := t.text(v)
		if !ok {
			return nil
		}
		p, err := parseText(t.reading, text, innerFile(t.opts.File, jsondoc.JoinPath(res.path, path)), name, parse)
		docerrors.Add(v, relocated(err, policy.Position(v.Place()), ""))
		return p
	}
	if !strings.Contains(v.Raw(), `"Ref"`) && !strings.Contains(v.Raw(), `"Fn::`) {
		return readDocument(res.node, v, path, name, parse)
	}
	w := rewriter{template: t}
	w.document(v)
	if w.failed {
		return nil
	}
	text := w.b.Bytes()
	at := policy.Position(v.Place())
	p, err := parse(text, &policy.ParseOptions{MaxBytes: len(text) + roomToGrow, Name: name, At: at})
	docerrors.Add(v, relocated(err, at, ""))
	return p
}

// A rewriter writes a document down with its functions resolved. It keeps the lines: what takes
// the place of a function has as many line breaks.
type rewriter struct {
	*template
	b        bytes.Buffer
	tolerant bool // what cannot be resolved does not matter
	failed   bool
}

// document writes a policy document.
func (w *rewriter) document(v jsondoc.Value) {
	w.members(v, func(m jsondoc.Member) {
		statements, given := w.pick(m.Value)
		switch {
		case m.Name != "Statement" || !given:
			w.value(m.Value)
		case statements.Kind() == jsondoc.List:
			w.elements(statements, w.statement)
		default:
			w.statement(statements)
		}
	})
}

// statement writes a statement. One that has no KMS action plays no part in any decision, so
// that it does not matter what cannot be resolved in it.
func (w *rewriter) statement(v jsondoc.Value) {
	w.tolerant = isOfOtherServices(gjson.Parse(v.Raw()))
	w.value(v)
	w.tolerant = false
}

// isOfOtherServices reports whether a statement has no KMS action for certain.
func isOfOtherServices(statement gjson.Result) bool {
	actions := statement.Get("Action")
	list := elementsOf(actions)
	if actions.Type == gjson.String {
		list = []gjson.Result{actions}
	}
	for _, pattern := range list {
		if pattern.Type != gjson.String || action.Match(pattern.Str).Len() > 0 {
			return false
		}
	}
	return len(list) > 0 && !statement.Get("NotAction").Exists()
}

// value writes a value.
func (w *rewriter) value(v jsondoc.Value) {
	v, _ = w.pick(v)
	name, arg := function(gjson.Parse(v.Raw()))
	switch {
	case name != "":
		w.resolved(v, name, arg)
	case v.Kind() == jsondoc.Object:
		w.members(v, func(m jsondoc.Member) { w.value(m.Value) })
	case v.Kind() == jsondoc.List:
		w.elements(v, w.value)
	default:
		w.b.WriteString(v.Raw())
	}
}

// resolved writes what takes the place of a function.
func (w *rewriter) resolved(v jsondoc.Value, name string, arg gjson.Result) {
	r, err := w.resolve(gjson.Parse(v.Raw()))
	switch {
	case err == nil:
	case w.tolerant:
		r = resolved{text: notation(name, arg)}
	default:
		unknown(v, err)
		w.failed = true
		return
	}
	var value any = r.text
	if r.isList {
		value = r.list
	}
	w.b.WriteString(jsonText(value))
	w.breaks(v.Raw())
}

// breaks writes the line breaks of a text.
func (w *rewriter) breaks(text string) {
	w.b.WriteString(strings.Repeat("\n", strings.Count(text, "\n")))
}

// notation returns how Fn::Sub would write a function, for texts that cannot be resolved.
func notation(name string, arg gjson.Result) string {
	switch list := elementsOf(arg); {
	case name == "Ref":
		return "${" + arg.Str + "}"
	case name == "Fn::GetAtt" && len(list) == 2:
		return "${" + list[0].Str + "." + list[1].Str + "}"
	}
	return "${" + name + "}"
}

// jsonText returns a string, or a list of strings, as JSON.
func jsonText(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("inventory: " + err.Error()) // strings are always encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// members writes an object, whose members' values are written by write.
func (w *rewriter) members(v jsondoc.Value, write func(m jsondoc.Member)) {
	c := w.children(v)
	v.Members(func(m jsondoc.Member) { c.next(m.Value, func() { write(m) }) })
	c.end()
}

// elements writes a list, whose elements are written by write.
func (w *rewriter) elements(v jsondoc.Value, write func(element jsondoc.Value)) {
	c := w.children(v)
	v.Elements(func(element jsondoc.Value) { c.next(element, func() { write(element) }) })
	c.end()
}

// children writes the parts of an object or list, and what stands between them.
type children struct {
	*rewriter
	raw         string
	start, last int // offsets: of the whole, and in raw of the end of what has been written
	isFirst     bool
}

func (w *rewriter) children(v jsondoc.Value) *children {
	w.b.WriteByte(v.Raw()[0])
	return &children{rewriter: w, raw: v.Raw(), start: v.Place().Offset, last: 1, isFirst: true}
}

// next writes the next part with what stands before it, or leaves both out if it is AWS::NoValue.
func (c *children) next(v jsondoc.Value, write func()) {
	start := v.Place().Offset - c.start
	before := c.raw[c.last:start]
	c.last = start + len(v.Raw())
	if _, given := c.pick(v); !given && !v.IsNull() {
		c.breaks(before + v.Raw())
		return
	}
	if trimmed := strings.TrimLeft(before, " \t\r\n"); strings.HasPrefix(trimmed, ",") {
		before = before[:len(before)-len(trimmed)] + trimmed[1:]
	}
	if !c.isFirst {
		c.b.WriteByte(',')
	}
	c.isFirst = false
	c.b.WriteString(before)
	write()
}

// end writes what stands behind the last part.
func (c *children) end() { c.b.WriteString(c.raw[c.last:]) }
