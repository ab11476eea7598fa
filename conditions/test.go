package conditions

import (
	"iter"
	"slices"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Value is one value of a condition in a policy.
type Value struct {
	Text string // of a String what it says, else the JSON text itself
	Kind Kind
}

// Kind says how a Value is written: policies may have booleans and numbers
// without quotes.
type Kind uint8

// The kinds of values in a policy.
const (
	String Kind = iota
	Bool
	Number
)

// A ValueError is a value that its operator cannot read.
type ValueError struct {
	Index int // of the value
	Err   error
}

// TestOptions say how a test was written. The zero value is a list of values
// in a policy without policy variables.
type TestOptions struct {
	Variables bool // the policy's Version is 2012-10-17, which has policy variables
	Single    bool // the value is written without a list
}

// A Test is a condition on one key: an operator and the values that it accepts
// (or, if negated, refuses). The zero Test never holds. A Test is immutable and
// safe for concurrent use by multiple goroutines.
type Test struct {
	operator Operator
	name     string
	key      Key
	values   []Value
	opts     TestOptions
	// match compares a single value with the operands, which is all there is to do
	// whatever the quantifier; nil if there is more.
	match func([]operand, string) bool
	// operands are the values as the operator compares them. If any value
	// has a variable there are templates instead, to be expanded for each
	// request.
	operands  []operand
	templates []Template
}

// NewTest returns a test and the values that its operator cannot read, which
// match nothing. The values are copied.
func NewTest(op Operator, key string, values []Value, opts TestOptions) (Test, []ValueError) {
	t := Test{operator: op, name: key, key: ParseKey(key), values: slices.Clone(values), opts: opts}
	var faults []ValueError
	if op.Info().Variables {
		t.readTemplates(opts)
	} else {
		faults = t.readOperands(opts)
	}
	if t.templates == nil && !op.isNull() {
		t.match = operatorRows[op.row].match
	}
	return t, faults
}

// readTemplates reads the values of an operator that takes policy variables.
func (t *Test) readTemplates(opts TestOptions) {
	wild := t.operator.Info().Wildcards
	t.operands = make([]operand, len(t.values))
	for i, v := range t.values {
		template := NewTemplate(v.Text, wild, opts.Variables)
		if template.hasVariables() {
			t.operands, t.templates = nil, newTemplates(t.values, wild)
			return
		}
		t.operands[i].pattern = template.pattern.Prepare()
	}
}

// newTemplates returns a template for each value of a policy that has
// variables.
func newTemplates(values []Value, wild bool) []Template {
	templates := make([]Template, len(values))
	for i, v := range values {
		templates[i] = NewTemplate(v.Text, wild, true)
	}
	return templates
}

// readOperands reads the values of an operator that takes no policy variables.
//
// UNDOCUMENTED: AWS's pages disagree whether Bool takes variables; a value of
// Bool that has one is no error but matches nothing.
func (t *Test) readOperands(opts TestOptions) (faults []ValueError) {
	row := &operatorRows[t.operator.row]
	if row.read == nil {
		return nil // the zero Operator
	}
	t.operands = make([]operand, 0, len(t.values))
	for i, v := range t.values {
		template := NewTemplate(v.Text, false, opts.Variables)
		if template.hasVariables() {
			if row.Type != TypeBool {
				faults = append(faults, ValueError{i, printable.Errorf("%s takes no policy variables, found %q", row.Name, v.Text)})
			}
			continue
		}
		o, err := row.read(v.Text)
		if err != nil {
			faults = append(faults, ValueError{i, err})
			continue
		}
		t.operands = append(t.operands, o)
	}
	return faults
}

// matches reports whether a value of the request matches any of the test's. One
// template is expanded at a time, since together they could be much text.
func (t *Test) matches(got string, c *Context) bool {
	row := &operatorRows[t.operator.row]
	if t.templates == nil {
		return row.match(t.operands, got)
	}
	for i := range t.templates {
		pattern, ok := t.templates[i].expand(c)
		if ok && row.match([]operand{{pattern: pattern.Prepare()}}, got) {
			return true
		}
	}
	return false
}

// Operator returns the operator.
func (t *Test) Operator() Operator { return t.operator }

// Key returns the name of the condition key as it was written.
func (t *Test) Key() string { return t.name }

// ConditionKey returns the condition key.
func (t *Test) ConditionKey() Key { return t.key }

// Values yields the values in the order in which they were written.
func (t *Test) Values() iter.Seq[Value] { return slices.Values(t.values) }

// Keys yields the condition keys on which it depends whether the test holds: its
// own and those of the policy variables in its values.
func (t *Test) Keys() iter.Seq[Key] {
	return func(yield func(Key) bool) {
		if !yield(t.key) {
			return
		}
		for i := range t.templates {
			for k := range t.templates[i].Keys() {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// Single reports whether the value was written without a list.
func (t *Test) Single() bool { return t.opts.Single }

// Holds reports whether the test holds for a request. The rules (IAM User
// Guide, Condition operators; Conditions with multiple context keys or values;
// Single-valued vs. multivalued context keys):
//
//  1. Null compares its values with true if the key is absent and with false
//     if it is there.
//  2. Where the key is absent, IfExists and ForAllValues hold, ForAnyValue does
//     not, and of the others the negated ones hold.
//  3. A value of the request matches if it matches any value of the policy.
//     One that the operator cannot read matches none, nor does a value of the
//     policy with a variable that the request does not give.
//  4. ForAllValues holds if each value of the request passes, ForAnyValue if
//     at least one does: matches or, for a negated operator, does not.
//  5. UNDOCUMENTED: without a set operator, one match among several values
//     of the request is enough, and enough for a negated operator to fail.
//
// Holds does not keep c, and allocates nothing unless a value has a policy
// variable.
func (t *Test) Holds(c *Context) bool {
	var got []string
	if t.key.isSingle() {
		got = c.lookup(t.key.row)
	} else {
		got = c.find(t.key)
	}
	if len(got) == 1 && t.match != nil {
		return t.match(t.operands, got[0]) != t.operator.negated
	}
	negated := t.operator.negated
	switch {
	case t.operator.isNull():
		return matchFlag(t.operands, len(got) == 0)
	case len(got) == 0:
		return t.operator.holdsWithoutKey()
	case t.operator.quantifier == ForAllValues:
		for _, value := range got {
			if t.matches(value, c) == negated {
				return false
			}
		}
		return true
	case t.operator.quantifier == ForAnyValue:
		for _, value := range got {
			if t.matches(value, c) != negated {
				return true
			}
		}
		return false
	}
	for _, value := range got {
		if t.matches(value, c) {
			return !negated
		}
	}
	return negated
}

// String returns the test in a form for messages: the operator, the key and
// the values as in JSON, a single one without a list.
func (t *Test) String() string {
	b := append([]byte(t.operator.String()), ' ')
	b = append(append(b, t.name...), ' ')
	return string(appendValues(b, t.values, len(t.values) == 1, ", "))
}
