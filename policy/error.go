package policy

import (
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

// A Position is a place in a text.
type Position struct {
	File   string // empty if the text has no name
	Offset int    // in bytes, from 0
	Line   int    // from 1; 0 in the zero Position, which is no place
	Column int    // in bytes, from 1
}

// String returns file:line:column, without the file if there is none: "14:9". For the zero
// Position it returns "-".
func (p Position) String() string {
	if p.Line == 0 {
		if p.File == "" {
			return "-"
		}
		return p.File
	}
	s := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	if p.File != "" {
		s = p.File + ":" + s
	}
	return s
}

// A Code names a kind of error. Codes are stable, texts are not.
type Code string

// The kinds of errors in documents. Policies have all of them, other documents those that fit.
const (
	CodeSyntax          Code = "syntax"           // not JSON
	CodeNotUTF8         Code = "not-utf8"         // not Unicode text
	CodeTooLarge        Code = "too-large"        // more bytes than allowed
	CodeTooDeep         Code = "too-deep"         // nested too deeply
	CodeTooManyFaults   Code = "too-many-faults"  // more errors than are listed
	CodeDuplicateMember Code = "duplicate-member" // a name given twice in one object
	CodeUnknownMember   Code = "unknown-member"   // an element that does not exist
	CodeMissingMember   Code = "missing-member"   // an element that must be given
	CodeForbiddenMember Code = "forbidden-member" // an element that this kind of policy cannot have
	CodeContradiction   Code = "contradiction"    // an element together with its Not- form
	CodeWrongType       Code = "wrong-type"       // a value of another JSON type
	CodeBadValue        Code = "bad-value"        // a value that cannot be read
	CodeBadOperator     Code = "bad-operator"     // a name that is no condition operator
	CodeBadEdit         Code = "bad-edit"         // not what an edit needs to find there
)

// An Error is one thing that is wrong with a document.
type Error struct {
	Position        // where the faulty value or name starts
	Path     string // where it is in the tree: Statement[0].Action; empty at the root
	Code     Code
	Text     string
}

// Error returns position, path and text:
//
//	policy.json:14:9: Statement[0].Condition: unknown operator "StringEqual" (did you mean "StringEquals"?)
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Position.String() + ": " + e.Text
	}
	return e.Position.String() + ": " + e.Path + ": " + e.Text
}

// Errors are the errors of one document, in document order.
type Errors []*Error

// Error returns one line per error.
func (e Errors) Error() string {
	var b strings.Builder
	for i, err := range e {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(err.Error())
	}
	return b.String()
}

// Unwrap returns the errors one by one, for errors.Is and errors.As.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, err := range e {
		all[i] = err
	}
	return all
}

// errorsOf returns what was found in a document, nil if nothing was.
func errorsOf(faults []jsondoc.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	all := make(Errors, len(faults))
	for i, f := range faults {
		all[i] = &Error{Position: Position(f.Place), Path: f.Path, Code: Code(f.Code), Text: f.Text}
	}
	return all
}
