package lint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A locator finds the values in a policy's text that places stand for.
type locator struct {
	text       *jsondoc.Document
	statements []jsondoc.Value

	// What was looked for last, which many findings of a rule have in common.
	statement *policy.Statement
	tests     []jsondoc.Value // of its condition
	part      Place           // without Value
	values    []jsondoc.Value // the part as a whole, then its values
}

// batch is how many faults a text takes.
const batch = 1000

// locate returns the findings of problems, with their positions and paths.
//
// A text already knows how to tell the place and the path of many values in a single walk: it
// does so for its faults. So each problem is made a fault, whose code is the problem's index.
func locate(doc *policy.Document, problems []problem) []Finding {
	all := make([]Finding, 0, len(problems))
	for chunk := range slices.Chunk(problems, batch) {
		l := newLocator(doc)
		for i := range chunk {
			l.value(chunk[i].at).Fault(jsondoc.Code(strconv.Itoa(i)), "")
		}
		for _, fault := range l.text.Faults() {
			i, _ := strconv.Atoi(string(fault.Code))
			all = append(all, chunk[i].finding(policy.Position(fault.Place), fault.Path))
		}
	}
	return all
}

// finding returns a problem with everything that a user wants to know of it.
func (p *problem) finding(at policy.Position, path string) Finding {
	f := Finding{
		Rule:      p.rule.ID,
		Severity:  p.rule.Severity,
		Position:  at,
		Path:      path,
		Statement: -1,
		Message:   p.message,
		Edits:     p.edits,
	}
	if s := p.at.Statement; s != nil {
		f.Statement, f.Sid = s.Index(), s.Sid()
	}
	return f
}

// newLocator reads a policy's text again, which was read without faults before.
func newLocator(doc *policy.Document) *locator {
	text := cmp.Or(doc.String(), "null") // the zero Document has no text
	l := &locator{text: jsondoc.Read([]byte(text), jsondoc.Options{MaxBytes: len(text), At: jsondoc.Place(doc.Position())})}
	if statements, ok := member(l.text.Root(), "Statement"); ok {
		l.statements = elements(statements)
	}
	return l
}

// value returns the value that a place stands for; if there is none, what surrounds it.
func (l *locator) value(at Place) jsondoc.Value {
	if at.Statement == nil || at.Statement.Index() >= len(l.statements) {
		return l.text.Root()
	}
	if at.Statement != l.statement {
		l.statement, l.tests = at.Statement, tests(l.statements[at.Statement.Index()])
	}
	whole := at
	whole.Value = 0
	if whole != l.part {
		l.part, l.values = whole, l.valuesOf(whole)
	}
	if at.Value > 0 && at.Value < len(l.values) {
		return l.values[at.Value]
	}
	return l.values[0]
}

// valuesOf returns the value of an element or a test of the statement, or the statement itself, and
// behind it the values that it has.
func (l *locator) valuesOf(at Place) []jsondoc.Value {
	statement := l.statements[at.Statement.Index()]
	switch {
	case at.Test > 0 && at.Test <= len(l.tests):
		test := l.tests[at.Test-1]
		return slices.Concat([]jsondoc.Value{test}, elements(test))
	case at.Element != "":
		element, ok := member(statement, at.Element)
		if !ok {
			element, ok = member(statement, "Not"+at.Element)
		}
		if ok {
			return slices.Concat([]jsondoc.Value{element}, texts(element))
		}
	}
	return []jsondoc.Value{statement}
}

// texts returns the strings of an element: of Principal those under all its names.
func texts(element jsondoc.Value) []jsondoc.Value {
	if element.Kind() != jsondoc.Object {
		return elements(element)
	}
	var all []jsondoc.Value
	element.Members(func(m jsondoc.Member) { all = append(all, elements(m.Value)...) })
	return all
}

// tests returns the values of the tests of a statement's condition.
func tests(statement jsondoc.Value) []jsondoc.Value {
	var all []jsondoc.Value
	if condition, ok := member(statement, "Condition"); ok {
		condition.Members(func(block jsondoc.Member) {
			block.Members(func(test jsondoc.Member) { all = append(all, test.Value) })
		})
	}
	return all
}

// elements returns the elements of a list, or a value that is none.
func elements(v jsondoc.Value) []jsondoc.Value {
	if v.Kind() != jsondoc.List {
		return []jsondoc.Value{v}
	}
	var all []jsondoc.Value
	v.Elements(func(element jsondoc.Value) { all = append(all, element) })
	return all
}

// member returns the member of an object with this name.
func member(object jsondoc.Value, name string) (found jsondoc.Value, ok bool) {
	if object.Kind() != jsondoc.Object {
		return jsondoc.Value{}, false
	}
	object.Members(func(m jsondoc.Member) {
		if m.Name == name {
			found, ok = m.Value, true
		}
	})
	return found, ok
}

// maxQuoted is how many bytes of a text a message quotes.
const maxQuoted = 100

// quote writes a text of a policy in a message: in quotes, what does not print escaped, and cut
// off if it is long.
func quote(text string) string {
	if len(text) > maxQuoted {
		return strconv.Quote(strings.ToValidUTF8(text[:maxQuoted], "")) + "..."
	}
	return strconv.Quote(text)
}
