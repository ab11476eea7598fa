package scenario

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/tidwall/gjson"
)

// A use is what a string in a scenario is used for, as far as that bears on renaming it.
type use uint8

const (
	useName      use = iota // a name, an ARN, an id, or a pattern of them
	useTitle                // text for people
	useKey                  // the name of a condition key
	useService              // the host name of an AWS service, or else a name
	useIdentity             // a name of the caller, from which condition keys follow
	useCaller               // the same, a service, or "anonymous"
	useWord                 // a word of a closed set of AWS's, or else a name
	useMeasure              // a number or a date that a condition compares
	useBinary               // base64 text that a condition compares
	useReference            // what a decision calls a policy
	useSentence             // a sentence of this module
)

// A site is a string in a scenario that may be renamed.
type site struct {
	text string
	use  use
	key  conditions.Key // the condition key whose value it is, if any
	pair bool           // a value that the situation has, not one that a policy wants

	isNumber bool // written as a number
}

// A walker visits the strings of a scenario that may be renamed, and replaces them by what visit
// returns. It reads documents that Parse has read without errors; what is not where it expects it
// is renamed rather than left.
type walker struct {
	editor
	visit func(s site) string
}

// walk returns the text of a scenario with its strings replaced.
func walk(text string, visit func(s site) string) string {
	w := walker{editor: editor{text: text}, visit: visit}
	w.scenario(gjson.Parse(text))
	return w.finish()
}

// An editor replaces strings in a JSON text, from front to back.
type editor struct {
	text string
	done int // bytes of text that have been copied or replaced
	out  strings.Builder
}

// replace gives a string or a number another value of the same kind.
func (e *editor) replace(v gjson.Result, text string) {
	if v.Type == gjson.String {
		text = quoteJSON(text)
	}
	e.out.WriteString(e.text[e.done:v.Index])
	e.out.WriteString(text)
	e.done = v.Index + len(v.Raw)
}

// finish returns the new text.
func (e *editor) finish() string {
	if e.done == 0 {
		return e.text
	}
	e.out.WriteString(e.text[e.done:])
	return e.out.String()
}

// quoteJSON returns text as a JSON string, without escapes that JSON does not need.
func quoteJSON(text string) string {
	if !strings.ContainsFunc(text, needsEscape) {
		return `"` + text + `"`
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return `""` // every string has a JSON form
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// needsEscape reports whether a character may need an escape in a JSON string.
func needsEscape(r rune) bool { return r < ' ' || r >= utf8.RuneSelf || r == '"' || r == '\\' }

// A walkFunc walks the value of a member.
type walkFunc func(w *walker, v gjson.Result)

// stays leaves a value as it is.
func stays(*walker, gjson.Result) {}

// number leaves a number as it is, but not a name in its place.
func number(w *walker, v gjson.Result) {
	if v.Type != gjson.Number {
		w.strings(v, site{use: useName})
	}
}

// usedAs returns the walkFunc of strings, alone or in lists, that are used in one way.
func usedAs(u use) walkFunc {
	return func(w *walker, v gjson.Result) { w.strings(v, site{use: u}) }
}

// strings walks a string, a number that may stand for one, or a list of them. An object, of which
// nothing is known here, is renamed with all in it.
func (w *walker) strings(v gjson.Result, s site) {
	switch {
	case v.Type == gjson.String, v.Type == gjson.Number:
		s.text = v.Str
		if s.isNumber = v.Type == gjson.Number; s.isNumber {
			s.text = v.Raw
		}
		if text := w.visit(s); text != s.text {
			w.replace(v, text)
		}
	case v.IsArray():
		v.ForEach(func(_, element gjson.Result) bool {
			w.strings(element, s)
			return true
		})
	case v.IsObject():
		w.members(v, nil, func(w *walker, v gjson.Result) { w.strings(v, s) })
	}
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// fields are the members of an object that the format names.
type fields map[string]walkFunc

// members walks the members of an object: those that the format names as it says, and all others,
// with their names, as other says.
func (w *walker) members(v gjson.Result, known fields, other walkFunc) {
	if !v.IsObject() {
		other(w, v)
		return
	}
	v.ForEach(func(name, value gjson.Result) bool {
		walkValue, ok := known[name.Str]
		if !ok {
			w.strings(name, site{use: useName})
			walkValue = other
		}
		walkValue(w, value)
		return true
	})
}

// objectOf returns the walkFunc of an object.
func objectOf(known fields) walkFunc {
	return func(w *walker, v gjson.Result) { w.members(v, known, usedAs(useWord)) }
}

// listOf returns the walkFunc of a list of values, or of one such value.
func listOf(walkElement walkFunc) walkFunc {
	return func(w *walker, v gjson.Result) {
		if !v.IsArray() {
			walkElement(w, v)
			return
		}
		v.ForEach(func(_, element gjson.Result) bool {
			walkElement(w, element)
			return true
		})
	}
}

// pairsOf returns the walkFunc of names and values, of which each makes a condition key.
func pairsOf(family string) walkFunc {
	return func(w *walker, v gjson.Result) {
		v.ForEach(func(name, value gjson.Result) bool {
			w.strings(name, site{use: useName})
			key := conditions.ParseKey(family + name.Str)
			w.strings(value, site{use: useOf(key), key: key, pair: true})
			return true
		})
	}
}
