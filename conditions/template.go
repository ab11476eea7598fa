package conditions

import (
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/wildcard"
)

// A Template is text of a policy that may hold wildcards and policy variables
// (IAM User Guide, IAM policy elements: Variables and tags). The zero Template
// is the empty text. A Template is immutable and safe for concurrent use by
// multiple goroutines.
type Template struct {
	// Without variables pattern is all; else it is empty.
	pattern wildcard.Pattern
	pieces  []piece
}

// A piece is text and then a variable. The last piece of a template may have
// no variable.
type piece struct {
	text     wildcard.Pattern
	variable *variable
}

// A variable is what ${key} or ${key, 'default'} says.
type variable struct {
	key         Key
	hasDefault  bool
	defaultText string
}

// NewTemplate reads text. With wild, * and ? are wildcards. With variables, as
// in policies of Version 2012-10-17, ${key} and ${key, 'default'} are
// variables and ${*}, ${?} and ${$} are these characters themselves; blanks
// around the key and the default do not count.
//
// UNDOCUMENTED: a "${" that begins none of these is literal text. Neither "$",
// "{", "}" nor quotes can be part of a key's name here, so variables do not
// nest.
func NewTemplate(text string, wild, variables bool) Template {
	compile := wildcard.Literal
	if wild {
		compile = wildcard.Compile
	}
	if !variables || !strings.Contains(text, "${") {
		return Template{pattern: compile(text)}
	}
	var t Template
	var before strings.Builder // read, and not yet in a piece
	for {
		dollar := strings.Index(text, "${")
		if dollar < 0 {
			break
		}
		before.WriteString(string(compile(text[:dollar])))
		text = text[dollar:]
		v, length := cutVariable(text)
		switch {
		case length == 0:
			before.WriteString("${")
			length = len("${")
		case v.isEscape():
			before.WriteString(v.key.name)
		default:
			t.pieces = append(t.pieces, piece{wildcard.Pattern(before.String()), &v})
			before.Reset()
		}
		text = text[length:]
	}
	before.WriteString(string(compile(text)))
	rest := wildcard.Pattern(before.String())
	if t.pieces == nil {
		t.pattern = rest
	} else {
		t.pieces = append(t.pieces, piece{text: rest})
	}
	return t
}

// isEscape reports whether v is ${*}, ${?} or ${$}.
func (v *variable) isEscape() bool {
	return !v.hasDefault && v.key.row == 0 && (v.key.name == "*" || v.key.name == "?" || v.key.name == "$")
}

// cutVariable reads the variable that text begins with and returns its length
// in bytes, 0 if there is none.
func cutVariable(text string) (v variable, length int) {
	const blanks = " \t"
	rest := strings.TrimLeft(text[len("${"):], blanks)
	end := strings.IndexAny(rest, "${},'\"")
	if strings.HasPrefix(rest, "$") {
		end = len("$") // the escape ${$}; other names do not have it
	}
	if end <= 0 {
		return variable{}, 0
	}
	name := strings.TrimRight(rest[:end], blanks)
	rest = strings.TrimLeft(rest[end:], blanks)
	if after, ok := strings.CutPrefix(rest, ","); ok && name != "$" {
		quoted, ok := strings.CutPrefix(strings.TrimLeft(after, blanks), "'")
		if !ok {
			return variable{}, 0
		}
		if v.defaultText, rest, v.hasDefault = strings.Cut(quoted, "'"); !v.hasDefault {
			return variable{}, 0
		}
		rest = strings.TrimLeft(rest, blanks)
	}
	if !strings.HasPrefix(rest, "}") {
		return variable{}, 0
	}
	v.key = ParseKey(name)
	return v, len(text) - len(rest) + len("}")
}

// maxValues bounds what the variables of one template may come to, so that many
// variables that stand for one long value do not make a huge text.
const maxValues = 16 << 10

// hasVariables reports whether Expand depends on the context.
func (t *Template) hasVariables() bool { return t.pieces != nil }

// Keys yields the condition keys of the variables.
func (t *Template) Keys() iter.Seq[Key] {
	return func(yield func(Key) bool) {
		for _, p := range t.pieces {
			if p.variable != nil && !yield(p.variable.key) {
				return
			}
		}
	}
}

// After returns the template with more text before it, in which wildcards count
// but nothing is a variable.
func (t Template) After(text string) Template {
	before := wildcard.Compile(text)
	if t.pieces == nil {
		return Template{pattern: before + t.pattern}
	}
	pieces := slices.Clone(t.pieces)
	pieces[0].text = before + pieces[0].text
	return Template{pieces: pieces}
}

// expand returns the text with its wildcards marked and its variables replaced
// by their values, and whether it could: false if a variable has neither a
// value nor a default. A key has a value for this purpose if the request
// carries exactly one for it and could not carry several.
//
// UNDOCUMENTED: * and ? in the value or the default of a variable are no
// wildcards; values that come to more than maxValues bytes, far beyond any tag
// or ARN, are as good as none.
func (t *Template) expand(c *Context) (wildcard.Pattern, bool) {
	if t.pieces == nil {
		return t.pattern, true
	}
	var expanded strings.Builder
	length := 0 // of the values
	for _, p := range t.pieces {
		expanded.WriteString(string(p.text))
		if p.variable == nil {
			continue
		}
		value, ok := p.variable.value(c)
		if length += len(value); !ok || length > maxValues {
			return "", false
		}
		expanded.WriteString(string(wildcard.Literal(value)))
	}
	return wildcard.Pattern(expanded.String()), true
}

// value returns what stands for the variable.
func (v *variable) value(c *Context) (string, bool) {
	info, _ := v.key.Info()
	if values := c.Lookup(v.key); len(values) == 1 && !info.MultiValued {
		return values[0], true
	}
	return v.defaultText, v.hasDefault
}

// Match reports whether the whole of s matches, and whether all variables had
// a value; without that nothing matches. It allocates nothing if there are no
// variables.
func (t *Template) Match(s string, c *Context) (matched, resolved bool) {
	pattern, resolved := t.expand(c)
	return resolved && pattern.Match(s), resolved
}
