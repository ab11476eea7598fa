package policy

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A reader reads the statements of one document. Faults go to the JSON document, so that its
// functions return what could be read and nothing more.
type reader struct {
	dialect   dialect
	variables bool // ${...} is a policy variable

	// Room to collect what package conditions copies.
	blocks []conditions.Block
	tests  []conditions.Test
	values []conditions.Value
	places []jsondoc.Value // of values
}

var statementShape = jsondoc.Shape{
	Noun: "element",
	Names: []string{
		"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
	},
	Required: []string{"Effect"},
}

var effects = []string{Allow.String(), Deny.String()}

// statements reads the Statement element: a statement or a list of statements.
func (r *reader) statements(v jsondoc.Value) []Statement {
	var all []Statement
	switch v.Kind() {
	case jsondoc.Object:
		all = append(all, r.statement(v, 0))
	case jsondoc.List:
		all = make([]Statement, 0, v.Len())
		v.Elements(func(element jsondoc.Value) {
			all = append(all, r.statement(element, len(all)))
		})
	default:
		v.Mismatch("a statement or a list of statements")
	}
	return all
}

// statement reads one statement.
func (r *reader) statement(v jsondoc.Value, index int) Statement {
	s := Statement{index: index, position: Position(v.Place()), text: v.Raw()}
	v.Fields(&statementShape, func(m jsondoc.Member) {
		switch m.Name {
		case "Sid":
			s.sid, s.hasSid = m.Text()
		case "Effect":
			if readWord(m.Value, effects) == Allow.String() {
				s.effect = Allow
			}
		case "Principal", "NotPrincipal":
			if s.principalForm = choose(m, s.principalForm, "NotPrincipal"); r.allowed(m) {
				s.principals = readPrincipals(m.Value)
			}
		case "Action", "NotAction":
			s.actionForm = choose(m, s.actionForm, "NotAction")
			s.actionPatterns = readTexts(m.Value)
		case "Resource", "NotResource":
			s.resourceForm = choose(m, s.resourceForm, "NotResource")
			s.resources = readTexts(m.Value)
		case "Condition":
			s.condition = r.condition(m.Value)
		}
	})
	r.compile(&s)
	return s
}

// choose returns the form of an element that was given by m, and reports a fault if the other
// form was given before.
func choose(m jsondoc.Member, before form, negatedName string) form {
	chosen := plain
	if m.Name == negatedName {
		chosen = negated
	}
	if before != absent {
		m.FaultName(jsondoc.Code(CodeContradiction), fmt.Sprintf("%s and Not%[1]s exclude each other", negatedName[len("Not"):]))
	}
	return chosen
}

// allowed reports whether the dialect has the principal element m; if not, that is a fault.
func (r *reader) allowed(m jsondoc.Member) bool {
	forbidden := r.dialect.noPrincipal
	if m.Name == "NotPrincipal" {
		forbidden = r.dialect.noNotPrincipal
	}
	if forbidden {
		m.FaultName(jsondoc.Code(CodeForbiddenMember), r.dialect.noun+" cannot have a "+m.Name)
	}
	return !forbidden
}

// compile works out what decisions ask of the statement.
func (r *reader) compile(s *Statement) {
	for _, pattern := range s.actionPatterns {
		s.actions = s.actions.Union(action.Match(pattern))
	}
	if s.actionForm == negated {
		s.actions = s.actions.Complement()
	}
	s.resourcePatterns = make([]resourcePattern, len(s.resources))
	for i, text := range s.resources {
		s.resourcePatterns[i] = newResourcePattern(text, r.variables)
		s.everyResource = s.everyResource || s.resourceForm == plain && text == "*"
	}
	s.listPrincipals()
	for test := range s.condition.Tests() {
		if info, ok := test.ConditionKey().Info(); ok && !info.KeyPolicy {
			s.unusable = test
			break
		}
	}
}

// manyPrincipals is the number of principals from which on looking one up is faster than
// reading them all.
const manyPrincipals = 8

// listPrincipals prepares looking up principals.
func (s *Statement) listPrincipals() {
	for _, p := range s.principals {
		s.anyone = s.anyone || p.kind == Anyone
	}
	if len(s.principals) < manyPrincipals {
		return
	}
	s.byText = make(map[string]bool, len(s.principals))
	for i := range s.principals {
		p := &s.principals[i]
		s.byText[p.text] = s.byText[p.text] || p.namesBy(p.text)
	}
}

// readTexts reads a string or a list of strings.
func readTexts(v jsondoc.Value) []string {
	all := make([]string, 0, max(v.Len(), 1))
	v.Texts(func(text string, _ jsondoc.Value) {
		all = append(all, text)
	})
	return all
}

var principalShape = jsondoc.Shape{
	Noun:  "kind of principal",
	Names: []string{"AWS", "Service", "Federated", "CanonicalUser"},
}

// readPrincipals reads a Principal element: "*", or principals by kind.
func readPrincipals(v jsondoc.Value) []Principal {
	if v.Kind() == jsondoc.String {
		text, _ := v.Text()
		if text != "*" {
			v.Fault(jsondoc.Code(CodeBadValue), `found %q, expected "*" or an object such as {"AWS": %[1]q}`, text)
		}
		return []Principal{ParsePrincipal(text)}
	}
	if v.Kind() != jsondoc.Object {
		v.Mismatch(`"*" or an object`)
		return nil
	}
	if v.Len() == 0 {
		v.Fault(jsondoc.Code(CodeBadValue), `found no principals, expected an object such as {"AWS": "111122223333"}`)
	}
	var all []Principal
	v.Fields(&principalShape, func(m jsondoc.Member) {
		parse := principalParsers[m.Name]
		m.Texts(func(text string, _ jsondoc.Value) {
			all = append(all, parse(text))
		})
	})
	return all
}

// principalParsers read the strings under each of principalShape's names.
var principalParsers = map[string]func(text string) Principal{
	"AWS":           ParsePrincipal,
	"Service":       ServicePrincipal,
	"Federated":     federatedPrincipal,
	"CanonicalUser": canonicalUser,
}

// condition reads a Condition element: operators, under each the keys, under each the values.
func (r *reader) condition(v jsondoc.Value) conditions.Condition {
	r.blocks = r.blocks[:0]
	v.Members(func(m jsondoc.Member) {
		op, err := conditions.ParseOperator(m.Name)
		if err != nil {
			m.FaultName(jsondoc.Code(CodeBadOperator), err.Error())
			return
		}
		r.tests = r.tests[:0]
		m.Members(func(key jsondoc.Member) {
			r.tests = append(r.tests, r.test(op, key))
		})
		r.blocks = append(r.blocks, conditions.NewBlock(op, r.tests...))
	})
	return conditions.NewCondition(r.blocks...)
}

// test reads a condition key with its values.
func (r *reader) test(op conditions.Operator, key jsondoc.Member) conditions.Test {
	r.values, r.places = r.values[:0], r.places[:0]
	single := key.Kind() != jsondoc.List
	if single {
		r.value(key.Value)
	} else {
		key.Elements(r.value)
	}
	test, faults := conditions.NewTest(op, key.Name, r.values, conditions.TestOptions{Variables: r.variables, Single: single})
	for _, f := range faults {
		r.places[f.Index].Fault(jsondoc.Code(CodeBadValue), "%v", f.Err)
	}
	return test
}

// value reads a value of a condition key. Booleans and numbers may be given without quotes
// (IAM User Guide, "IAM JSON policy elements: Condition operators").
func (r *reader) value(v jsondoc.Value) {
	value := conditions.Value{Text: v.Raw()}
	switch v.Kind() {
	case jsondoc.String:
		value.Text, _ = v.Text()
		value.Kind = conditions.String
	case jsondoc.Bool:
		value.Kind = conditions.Bool
	case jsondoc.Number:
		value.Kind = conditions.Number
	default:
		v.Mismatch("a string, a boolean or a number")
		return
	}
	r.values = append(r.values, value)
	r.places = append(r.places, v)
}
