package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonedit"
	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// Apply returns the document with edits made, one after the other, each to what the one before
// left. The result is read again as the document itself was, under the same options, so that it
// is a policy of the same kind; its statements' positions are those in the new text. To have it
// as the type of its kind, write for example &KeyPolicy{Document: *doc}. d stays as it is.
//
// What no edit touches stays as it was written, to the byte, and what is new is written like
// what stands around it. A single value is written as a string, several as a list. Values are
// compared as texts, condition keys and operators without case.
//
//   - AddStatement writes the statement behind the others. If its Sid is taken it gets a number
//     behind it, since Sids are unique in a document.
//   - RemoveStatement leaves an empty list where there was a single statement.
//   - AddValues adds nothing that is there already. It makes the element if there is none.
//   - RemoveValues removes every occurrence of a value, of principals those under the name in
//     Under if there is one. That a value is not there is an error, and that the element would
//     have none: remove the statement instead.
//   - AddCondition joins the test to those that have the operator. It is an error if there is one
//     with the key already.
//   - RemoveCondition also removes the operator and the Condition element if nothing is left in
//     them. A test is taken whose operator and key are spelled exactly as in the edit, else the
//     only one that differs in case.
//
// An edit that does not fit the document is an error. Where it lies in the document it is Errors,
// with code CodeBadEdit and the position in the text that the edit met, or with what is wrong
// with the text that the edit would have made.
func (d *Document) Apply(edits ...Edit) (*Document, error) {
	for _, e := range edits {
		next, err := d.apply(&e)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", e, err)
		}
		d = next
	}
	return d, nil
}

// apply makes one edit.
func (d *Document) apply(e *Edit) (*Document, error) {
	if err := d.check(e); err != nil {
		return nil, err
	}
	text := jsondoc.Read([]byte(d.text), d.opts.reading())
	a := applier{edit: e, root: text.Root(), out: jsonedit.New(text)}
	a.apply(d)
	if err := errorsOf(text.Faults()); err != nil {
		return nil, err
	}
	next, err := parse([]byte(a.out.Text()), &d.opts, d.dialect)
	if err != nil {
		return nil, err
	}
	return &next, nil
}

// editedElements are the elements that edits take.
var editedElements = []string{"Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal"}

// replacedElements are those that ReplaceElement takes.
var replacedElements = editedElements[:4]

// otherForm returns the element that an element excludes: NotAction of Action, and Action of
// NotAction.
func otherForm(element string) string {
	if plain, negated := strings.CutPrefix(element, "Not"); negated {
		return plain
	}
	return "Not" + element
}

// check returns what is wrong with an edit, whatever it is applied to.
func (d *Document) check(e *Edit) error {
	if !e.Op.isKnown() {
		return fmt.Errorf("found operation %d, expected one such as %v", uint8(e.Op), AddStatement)
	}
	switch e.Op {
	case AddStatement:
		return d.checkNew(e.New)
	case RemoveStatement:
		return nil
	case AddValues, RemoveValues:
		if err := checkName("Element", e.Element, editedElements); err != nil {
			return err
		}
		if e.Op == RemoveValues {
			if err := checkUnder(e); err != nil {
				return err
			}
		}
	case ReplaceElement:
		if err := checkName("Element", e.Element, replacedElements); err != nil {
			return err
		}
		if err := checkName("As", e.As, []string{e.Element, otherForm(e.Element)}); err != nil {
			return err
		}
	case AddCondition:
		return checkTest(ConditionConfig{e.Operator, e.Key, e.Values})
	default:
		if _, err := conditions.ParseOperator(e.Operator); err != nil || e.Op == RemoveCondition {
			return err
		}
	}
	return checkValues(e.Values)
}

// checkUnder returns an error if the element of an edit can have nothing under the edit's name.
func checkUnder(e *Edit) error {
	switch {
	case e.Under == "":
		return nil
	case !isPrincipal(e.Element):
		return fmt.Errorf("Under: found %q, expected none in %s", e.Under, e.Element)
	default:
		return checkName("Under", e.Under, principalShape.Names)
	}
}

// checkName returns an error if the name in a field of an edit is not one of names.
func checkName(field, name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	hint := ""
	if near, ok := nearest.Word(name, slices.Values(names)); ok {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return printable.Errorf("%s: found %q, expected one of %q%s", field, name, names, hint)
}

// checkTest returns what is wrong with a test that is to be written.
func checkTest(c ConditionConfig) error {
	if _, err := conditions.ParseOperator(c.Operator); err != nil {
		return err
	}
	if c.Key == "" {
		return errors.New("found no condition key, expected one such as kms:ViaService")
	}
	if err := checkText("condition key", c.Key); err != nil {
		return err
	}
	return checkValues(c.Values)
}

// checkValues returns an error if there are no values, or one that is no text.
func checkValues(values []string) error {
	if len(values) == 0 {
		return errors.New("found no values, expected at least one")
	}
	for _, v := range values {
		if err := checkText("value", v); err != nil {
			return err
		}
	}
	return nil
}

// checkText returns an error if text is none that JSON can have.
func checkText(what, text string) error {
	if !utf8.ValidString(text) {
		return printable.Errorf("%s: found %q, expected UTF-8", what, text)
	}
	return nil
}

// checkNew returns what is wrong with a statement that is to be written.
func (d *Document) checkNew(c *StatementConfig) error {
	if c == nil {
		return errors.New("found no statement in New, expected the one to add")
	}
	isPlain := onlyBytes(c.Sid, func(b byte) bool { return isUpper(b) || isLower(b) || isDigit(b) })
	if d.dialect.plainSid && !isPlain {
		return printable.Errorf("Sid: found %q, expected only ASCII letters and digits in %s", c.Sid, d.dialect.noun)
	}
	for _, values := range [][]string{{c.Sid}, c.Actions, c.Resources, texts(c.Principals)} {
		for _, v := range values {
			if err := checkText("New", v); err != nil {
				return err
			}
		}
	}
	for _, test := range c.Conditions {
		if err := checkTest(test); err != nil {
			return fmt.Errorf("%s %s: %w", spelled(test.Operator), spelled(test.Key), err)
		}
	}
	return nil
}

// An applier makes one edit. What does not fit is a fault of the document's text.
type applier struct {
	edit *Edit
	root jsondoc.Value
	out  *jsonedit.Editor
}

// apply makes the edit of a document.
func (a *applier) apply(d *Document) {
	statements, _, ok := find(a.root, "Statement")
	if !ok {
		return // the zero Document, in which there is no JSON: a fault already
	}
	if a.edit.Op == AddStatement {
		a.addStatement(statements, d.freeSid(a.edit.New.Sid))
		return
	}
	statement, ok := a.statement(statements)
	if !ok {
		return
	}
	switch a.edit.Op {
	case RemoveStatement:
		a.removeStatement(statements)
	case AddValues:
		a.addValues(statement)
	case RemoveValues:
		a.removeValues(statement)
	case ReplaceElement:
		a.replaceElement(statement)
	case AddCondition:
		a.addCondition(statement)
	case AddConditionValues:
		a.addConditionValues(statement)
	case RemoveCondition:
		a.removeCondition(statement)
	}
}

// fault reports that v is not what the edit needs.
func (a *applier) fault(v jsondoc.Value, format string, args ...any) {
	v.Fault(jsondoc.Code(CodeBadEdit), format, args...)
}

// find returns the member with this name of an object, and its index.
func find(in jsondoc.Value, name string) (found jsondoc.Member, index int, ok bool) {
	i := 0
	in.Members(func(m jsondoc.Member) {
		if m.Name == name {
			found, index, ok = m, i, true
		}
		i++
	})
	return found, index, ok
}

// statement returns the statement that changes.
func (a *applier) statement(statements jsondoc.Member) (found jsondoc.Value, ok bool) {
	if statements.Kind() == jsondoc.Object {
		found, ok = statements.Value, a.edit.Statement == 0
	} else {
		i := 0
		statements.Elements(func(element jsondoc.Value) {
			if i == a.edit.Statement {
				found, ok = element, true
			}
			i++
		})
	}
	if !ok {
		n := 1
		if statements.Kind() == jsondoc.List {
			n = statements.Len()
		}
		a.fault(statements.Value, "found %s, expected one with index %d", count(n, "statement"), a.edit.Statement)
	}
	return found, ok
}

// count writes a number of things: "1 statement".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// freeSid returns sid, with a number behind it if a statement has it already. No Sid stays none.
func (d *Document) freeSid(sid string) string {
	taken := map[string]bool{}
	for _, s := range d.Statements() {
		taken[s.Sid()] = true
	}
	free := sid
	for n := 2; sid != "" && taken[free]; n++ {
		free = sid + strconv.Itoa(n)
	}
	return free
}

// addStatement adds the edit's statement, with this Sid.
func (a *applier) addStatement(statements jsondoc.Member, sid string) {
	statement := *a.edit.New
	statement.Sid = sid
	if statements.Kind() == jsondoc.Object {
		a.out.Enclose(statements.Value, statement.value())
		return
	}
	a.out.Append(a.root, statements, jsonedit.Elements(statement.value())...)
}

func (a *applier) removeStatement(statements jsondoc.Member) {
	if statements.Kind() == jsondoc.Object {
		a.out.Set(a.root, statements, statements.Name, jsonedit.List())
		return
	}
	a.out.Remove(statements.Value, a.edit.Statement)
}
