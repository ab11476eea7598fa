package policy

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// An EditOp says what an [Edit] does. Its zero value is no edit, and an error wherever one is
// wanted.
type EditOp uint8

// The operations, each with the fields of Edit that it needs.
const (
	_                  EditOp = iota
	AddStatement              // New: add a statement behind the others
	RemoveStatement           // Statement
	AddValues                 // Statement, Element, Values: add what the element does not have yet
	RemoveValues              // Statement, Element, Values: of which the element must have each, and another one
	ReplaceElement            // Statement, Element, As, Values: give an element another value, and perhaps its other form
	AddCondition              // Statement, Operator, Key, Values: add a test
	AddConditionValues        // Statement, Operator, Key, Values: add values to a test
	RemoveCondition           // Statement, Operator, Key: remove a test
)

var editOps = [...]string{
	AddStatement:       "add-statement",
	RemoveStatement:    "remove-statement",
	AddValues:          "add-values",
	RemoveValues:       "remove-values",
	ReplaceElement:     "replace-element",
	AddCondition:       "add-condition",
	AddConditionValues: "add-condition-values",
	RemoveCondition:    "remove-condition",
}

// isKnown reports whether op is one of the operations.
func (op EditOp) isKnown() bool { return op > 0 && int(op) < len(editOps) }

// String returns the operation's name, such as "add-values", "" for the zero EditOp.
func (op EditOp) String() string {
	if int(op) < len(editOps) {
		return editOps[op]
	}
	return fmt.Sprintf("EditOp(%d)", uint8(op))
}

// MarshalText returns the operation's name. What is no operation is an error.
func (op EditOp) MarshalText() ([]byte, error) {
	if !op.isKnown() {
		return nil, fmt.Errorf("%d is no operation of an edit", uint8(op))
	}
	return []byte(op.String()), nil
}

// An Edit is one change of a policy document; [Document.Apply] makes it. Fields that the
// operation does not need are ignored. The zero Edit is no edit, and an error to apply.
type Edit struct {
	Op        EditOp
	Statement int              // the index of the statement that changes, from 0
	New       *StatementConfig // the statement to add

	// Element is the element that changes: Action, NotAction, Resource or NotResource, and to
	// add or remove values also Principal or NotPrincipal, whose values stand under Service if
	// they are the name of a service and else under AWS.
	Element string

	// Under is where in Principal or NotPrincipal RemoveValues removes: under "AWS", "Service",
	// "Federated" or "CanonicalUser", as Principal.Under says it. "" is all of them, and the one
	// for other elements.
	Under string

	// As is what takes the element's place: the element itself for another value, or its other
	// form (NotAction for Action).
	As string

	Operator string // of a condition, compared without case: "StringEquals"
	Key      string // of a condition, compared without case: "kms:ViaService"
	Values   []string
}

// String returns the edit as one sentence: add "kms:Decrypt" to Action of statement 2.
func (e Edit) String() string {
	of := fmt.Sprintf("statement %d", e.Statement)
	test := "condition " + spelled(e.Operator) + " " + spelled(e.Key)
	switch e.Op {
	case AddStatement:
		return "add " + e.New.sentence()
	case RemoveStatement:
		return "remove " + of
	case AddValues:
		return fmt.Sprintf("add %s to %s of %s", enumerate(e.Values), spelled(e.Element), of)
	case RemoveValues:
		return fmt.Sprintf("remove %s from %s of %s", enumerate(e.Values), e.place(), of)
	case ReplaceElement:
		if e.As == e.Element {
			return fmt.Sprintf("set %s of %s to %s", spelled(e.Element), of, enumerate(e.Values))
		}
		return fmt.Sprintf("replace %s of %s by %s %s", spelled(e.Element), of, spelled(e.As), enumerate(e.Values))
	case AddCondition:
		return fmt.Sprintf("add %s with %s to %s", test, enumerate(e.Values), of)
	case AddConditionValues:
		return fmt.Sprintf("add %s to %s of %s", enumerate(e.Values), test, of)
	case RemoveCondition:
		return fmt.Sprintf("remove %s from %s", test, of)
	}
	return "no edit"
}

// place is where RemoveValues removes: Principal or Principal.Service.
func (e *Edit) place() string {
	if e.Under == "" {
		return spelled(e.Element)
	}
	return spelled(e.Element) + "." + spelled(e.Under)
}

// enumerate writes values in a sentence: "a", "b" and "c".
func enumerate(values []string) string {
	if len(values) == 0 {
		return "no values"
	}
	return join(quoteAll(values))
}

// quoteAll quotes each of the values.
func quoteAll(values []string) []string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return quoted
}

// join writes words, of which there is at least one, with commas and a last "and".
func join(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// spelled returns a name as it stands in a sentence: with quotes only if it needs them.
func spelled(name string) string {
	isWord := name != "" && onlyBytes(name, func(c byte) bool { return c > ' ' && c < 0x7F && c != '"' })
	if isWord {
		return name
	}
	return strconv.Quote(name)
}

// editJSON is the JSON form of an Edit.
type editJSON struct {
	Op        EditOp           `json:"op"`
	Statement *int             `json:"statement,omitempty"`
	New       *StatementConfig `json:"new,omitempty"`
	Element   string           `json:"element,omitempty"`
	Under     string           `json:"under,omitempty"`
	As        string           `json:"as,omitempty"`
	Operator  string           `json:"operator,omitempty"`
	Key       string           `json:"key,omitempty"`
	Values    []string         `json:"values,omitempty"`
}

// MarshalJSON returns the edit as an object:
//
//	{"op":"add-values","statement":2,"element":"Action","values":["kms:Decrypt"]}
//
// "new" is a statement as a policy has it. It is an error if the edit has no operation.
func (e Edit) MarshalJSON() ([]byte, error) {
	out := editJSON{e.Op, &e.Statement, e.New, e.Element, e.Under, e.As, e.Operator, e.Key, e.Values}
	if e.Op == AddStatement {
		out.Statement = nil
	}
	return json.Marshal(out)
}
