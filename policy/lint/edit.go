package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// spellings returns how many tests with this operator and key, compared without case, a statement
// has.
func spellings(s *policy.Statement, operator, key string) int {
	wanted, n := conditions.ParseKey(key), 0
	for t := range s.Condition().Tests() {
		if t.ConditionKey() == wanted && strings.EqualFold(t.Operator().String(), operator) {
			n++
		}
	}
	return n
}

// hasTest reports whether a statement's condition has a test with this operator and key.
func hasTest(s *policy.Statement, operator, key string) bool { return spellings(s, operator, key) > 0 }

// addTest returns the edit that adds a test to a statement, none if it has one with the same
// operator and key.
func addTest(s *policy.Statement, operator, key string, values ...string) []policy.Edit {
	if hasTest(s, operator, key) {
		return nil
	}
	return []policy.Edit{{Op: policy.AddCondition, Statement: s.Index(), Operator: operator, Key: key, Values: values}}
}

// replaceTest returns the edits that put another test in the place of one, none if the statement
// has a test with that operator and key beside it, or if there are no values.
func replaceTest(s *policy.Statement, t *conditions.Test, operator, key string, values []string) []policy.Edit {
	others := spellings(s, operator, key)
	if strings.EqualFold(t.Operator().String(), operator) && t.ConditionKey() == conditions.ParseKey(key) {
		others--
	}
	if len(values) == 0 || others > 0 {
		return nil
	}
	return []policy.Edit{
		removeTest(s, t),
		{Op: policy.AddCondition, Statement: s.Index(), Operator: operator, Key: key, Values: values},
	}
}

// removeTest returns the edit that removes a test.
func removeTest(s *policy.Statement, t *conditions.Test) policy.Edit {
	return policy.Edit{Op: policy.RemoveCondition, Statement: s.Index(), Operator: t.Operator().String(), Key: t.Key()}
}

// removeStatement returns the edit that removes a statement.
func removeStatement(s *policy.Statement) policy.Edit {
	return policy.Edit{Op: policy.RemoveStatement, Statement: s.Index()}
}

// replaceValue returns the edits that put another value in the place of one.
func replaceValue(s *policy.Statement, element, old, replacement string) []policy.Edit {
	return []policy.Edit{
		{Op: policy.AddValues, Statement: s.Index(), Element: element, Values: []string{replacement}},
		{Op: policy.RemoveValues, Statement: s.Index(), Element: element, Values: []string{old}},
	}
}

// config returns a statement as one to be added. It cannot be said of one with NotAction or
// NotResource, or with a test that has no values.
func config(s *policy.Statement) (c policy.StatementConfig, ok bool) {
	c = policy.StatementConfig{
		Sid:        s.Sid(),
		Effect:     s.Effect(),
		Principals: slices.Collect(s.Principals()),
		Actions:    slices.Collect(s.ActionPatterns()),
		Resources:  slices.Collect(s.Resources()),
	}
	for t := range s.Condition().Tests() {
		c.Conditions = append(c.Conditions, policy.ConditionConfig{Operator: t.Operator().String(), Key: t.Key(), Values: valuesOf(t)})
		if len(valuesOf(t)) == 0 {
			return c, false
		}
	}
	return c, !s.IsNotAction() && !s.IsNotResource()
}

// valuesOf returns the values of a test as texts.
func valuesOf(t *conditions.Test) []string {
	var all []string
	for v := range t.Values() {
		all = append(all, v.Text)
	}
	return all
}

// some writes actions in a message, a few by name.
func some(actions action.Set) string {
	const named = 3
	if actions == action.Every() || actions == inKeyPolicies {
		return "kms:*"
	}
	var names []string
	for a := range actions.All() {
		names = append(names, a.String())
	}
	if more := len(names) - named; more > 0 {
		names = append(names[:named], fmt.Sprintf("%d more actions", more))
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// keyName writes the condition key of a test in a message, with quotes only if it needs them.
func keyName(t *conditions.Test) string {
	name := t.ConditionKey().String()
	isOdd := func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }
	if len(name) > maxQuoted || strings.ContainsFunc(name, isOdd) {
		return quote(name)
	}
	return name
}

// didYouMean is how a message ends that knows what was meant.
func didYouMean(meant string, ok bool) string {
	if !ok {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", meant)
}
