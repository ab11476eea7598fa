package conditions

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// An Operator is what stands before the keys in a Condition element: one of
// AWS's condition operators with its set operator and IfExists. The zero
// Operator is none; a test with it never holds.
type Operator struct {
	row        uint8
	quantifier Quantifier
	ifExists   bool
	negated    bool // that of the row
	text       string
}

// A Quantifier says how an operator deals with the several values that a
// request may carry for one key.
type Quantifier uint8

// The quantifiers.
const (
	Plain        Quantifier = iota // no set operator
	ForAllValues                   // every value of the request passes
	ForAnyValue                    // at least one value of the request passes
)

var quantifierNames = [...]string{Plain: "Plain", ForAllValues: "ForAllValues", ForAnyValue: "ForAnyValue"}

// String returns the set operator in AWS's spelling, or "Plain".
func (q Quantifier) String() string {
	if int(q) < len(quantifierNames) {
		return quantifierNames[q]
	}
	return fmt.Sprintf("Quantifier(%d)", uint8(q))
}

// OperatorInfo is what AWS documents of a condition operator.
type OperatorInfo struct {
	Name      string // in AWS's spelling, without set operator and IfExists
	Type      Type   // what it compares; TypeAny: Null looks at no values
	Negated   bool   // holds when no value matches
	Wildcards bool   // * and ? in its values are wildcards
	Variables bool   // its values may have policy variables
	Doc       string // the page of AWS that describes it
}

// An operatorRow is a row of the table of operators. A policy's values are
// read once, when a Test is made: those of operators without variables by
// read, the others as a Template that gives the operand its pattern.
type operatorRow struct {
	OperatorInfo
	read func(text string) (operand, error)
	// match reports whether a value of the request is one of those wanted,
	// before negation.
	match func(wanted []operand, got string) bool
}

// docOperators is the page that describes all operators.
const docOperators = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"

// operatorRows are the operators of the IAM User Guide, IAM JSON policy
// elements: Condition operators. Row 0 is that of the zero Operator.
var operatorRows = [...]operatorRow{
	{match: matchNothing},

	stringRow("StringEquals", positive, matchText),
	stringRow("StringNotEquals", negated, matchText),
	stringRow("StringEqualsIgnoreCase", positive, matchFold),
	stringRow("StringNotEqualsIgnoreCase", negated, matchFold),
	wildcardRow("StringLike", TypeString, positive, matchPattern),
	wildcardRow("StringNotLike", TypeString, negated, matchPattern),

	numericRow("NumericEquals", positive, equal),
	numericRow("NumericNotEquals", negated, equal),
	numericRow("NumericLessThan", positive, less),
	numericRow("NumericLessThanEquals", positive, lessOrEqual),
	numericRow("NumericGreaterThan", positive, greater),
	numericRow("NumericGreaterThanEquals", positive, greaterOrEqual),

	dateRow("DateEquals", positive, equal),
	dateRow("DateNotEquals", negated, equal),
	dateRow("DateLessThan", positive, less),
	dateRow("DateLessThanEquals", positive, lessOrEqual),
	dateRow("DateGreaterThan", positive, greater),
	dateRow("DateGreaterThanEquals", positive, greaterOrEqual),

	valueRow("Bool", TypeBool, positive, readBool, matchBool),
	valueRow("BinaryEquals", TypeBinary, positive, readBinary, matchText),
	valueRow("IpAddress", TypeIPAddress, positive, readPrefix, matchAddress),
	valueRow("NotIpAddress", TypeIPAddress, negated, readPrefix, matchAddress),

	wildcardRow("ArnEquals", TypeARN, positive, matchARN),
	wildcardRow("ArnLike", TypeARN, positive, matchARN),
	wildcardRow("ArnNotEquals", TypeARN, negated, matchARN),
	wildcardRow("ArnNotLike", TypeARN, negated, matchARN),

	valueRow(nullName, TypeAny, positive, readBool, matchBool),
}

// nullName is the operator that asks whether the key is absent, nullRow its row,
// the last one.
const (
	nullName = "Null"
	nullRow  = uint8(len(operatorRows) - 1)
)

// Whether a row is negated.
const (
	positive = false
	negated  = true
)

// What a comparison (of the request's value with the policy's) must give.
func equal(c int) bool          { return c == 0 }
func less(c int) bool           { return c < 0 }
func lessOrEqual(c int) bool    { return c <= 0 }
func greater(c int) bool        { return c > 0 }
func greaterOrEqual(c int) bool { return c >= 0 }

func stringRow(name string, negated bool, match func([]operand, string) bool) operatorRow {
	return operatorRow{OperatorInfo{name, TypeString, negated, false, true, docOperators}, nil, match}
}

func wildcardRow(name string, compares Type, negated bool, match func([]operand, string) bool) operatorRow {
	return operatorRow{OperatorInfo{name, compares, negated, true, true, docOperators}, nil, match}
}

func numericRow(name string, negated bool, wanted func(int) bool) operatorRow {
	return valueRow(name, TypeNumeric, negated, readNumber, matchNumber(wanted))
}

func dateRow(name string, negated bool, wanted func(int) bool) operatorRow {
	return valueRow(name, TypeDate, negated, readDate, matchDate(wanted))
}

func valueRow(name string, compares Type, negated bool, read func(string) (operand, error), match func([]operand, string) bool) operatorRow {
	return operatorRow{OperatorInfo{name, compares, negated, false, false, docOperators}, read, match}
}

// Operators yields what is known of each operator, those of a type together.
func Operators() iter.Seq[OperatorInfo] {
	return func(yield func(OperatorInfo) bool) {
		for _, r := range operatorRows[1:] {
			if !yield(r.OperatorInfo) {
				return
			}
		}
	}
}

const ifExistsSuffix = "IfExists"

// ParseOperator reads the name of an operator, with its set operator and
// IfExists, without regard to case. The error for an unknown name gives the
// nearest known one.
func ParseOperator(name string) (Operator, error) {
	if o, ok := operatorsBySpelling[name]; ok {
		return o, nil
	}
	return readOperator(name)
}

// operatorsBySpelling finds the operators that are spelt as in AWS's
// documentation.
var operatorsBySpelling = readOperators()

func readOperators() map[string]Operator {
	all := make(map[string]Operator, len(operatorSpellings))
	for _, name := range operatorSpellings {
		all[name], _ = readOperator(name)
	}
	return all
}

// readOperator reads the name of an operator part by part.
func readOperator(name string) (Operator, error) {
	base, o := name, Operator{text: name}
	if prefix, rest, found := strings.Cut(name, ":"); found {
		switch {
		case sameWord(prefix, ForAllValues.String()):
			o.quantifier = ForAllValues
		case sameWord(prefix, ForAnyValue.String()):
			o.quantifier = ForAnyValue
		default:
			return Operator{}, unknownOperator(name)
		}
		base = rest
	}
	if n := len(base) - len(ifExistsSuffix); n >= 0 && sameWord(base[n:], ifExistsSuffix) {
		base, o.ifExists = base[:n], true
	}
	for i := 1; i < len(operatorRows); i++ {
		if sameWord(base, operatorRows[i].Name) {
			o.row = uint8(i)
			break
		}
	}
	switch {
	case o.row == 0:
		return Operator{}, unknownOperator(name)
	case o.isNull() && (o.ifExists || o.quantifier != Plain):
		return Operator{}, errors.New("operator Null takes neither IfExists nor a set operator")
	}
	o.negated = operatorRows[o.row].Negated
	return o, nil
}

// sameWord compares text with an ASCII word without case. The lengths keep
// out letters beyond ASCII that fold to one within it, like the Kelvin sign.
func sameWord(text, word string) bool {
	return len(text) == len(word) && strings.EqualFold(text, word)
}

func unknownOperator(name string) error {
	if near, ok := nearest.Word(name, slices.Values(operatorSpellings)); ok {
		return printable.Errorf("unknown operator %q (did you mean %q?)", name, near)
	}
	return printable.Errorf("unknown operator %q", name)
}

// operatorSpellings are all names that ParseOperator knows.
var operatorSpellings = spellOperators()

func spellOperators() []string {
	var all []string
	for _, prefix := range []string{"", "ForAllValues:", "ForAnyValue:"} {
		for _, suffix := range []string{"", ifExistsSuffix} {
			for o := range Operators() {
				if o.Name != nullName || prefix+suffix == "" {
					all = append(all, prefix+o.Name+suffix)
				}
			}
		}
	}
	return all
}

// String returns the operator as it was written.
func (o Operator) String() string { return o.text }

// Info returns what is known of the operator, apart from its set operator and
// IfExists. Of the zero Operator nothing is.
func (o Operator) Info() OperatorInfo { return operatorRows[o.row].OperatorInfo }

// Quantifier returns the set operator.
func (o Operator) Quantifier() Quantifier { return o.quantifier }

// IfExists reports whether the operator is written with IfExists.
func (o Operator) IfExists() bool { return o.ifExists }

func (o *Operator) isNull() bool { return o.row == nullRow }

// holdsWithoutKey reports whether a test holds if the request does not carry
// its key (IAM User Guide, Condition operators: ...IfExists; Single-valued vs.
// multivalued context keys).
//
// UNDOCUMENTED: ForAnyValue with IfExists holds without the key.
func (o *Operator) holdsWithoutKey() bool {
	switch {
	case o.ifExists || o.quantifier == ForAllValues:
		return true
	case o.quantifier == ForAnyValue:
		return false
	}
	return o.negated
}
