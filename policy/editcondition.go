package policy

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonedit"
)

// A foundTest is a test of a condition with the members that it stands in.
type foundTest struct {
	condition, block, test jsondoc.Member // Condition, the operator, the key
	blockAt, testAt        int            // their indexes in Condition and in the block
}

// findTests returns the tests that have the edit's operator and key, compared without case. One
// that is spelled exactly like the edit is the only one.
func (a *applier) findTests(statement jsondoc.Value) []foundTest {
	condition, _, ok := find(statement, "Condition")
	if !ok {
		return nil
	}
	key := conditions.ParseKey(a.edit.Key)
	var found, exact []foundTest
	blockAt := 0
	condition.Members(func(block jsondoc.Member) {
		testAt := 0
		block.Members(func(test jsondoc.Member) {
			f := foundTest{condition, block, test, blockAt, testAt}
			switch {
			case block.Name == a.edit.Operator && test.Name == a.edit.Key:
				exact = append(exact, f)
			case a.isOperator(block) && conditions.ParseKey(test.Name) == key:
				found = append(found, f)
			}
			testAt++
		})
		blockAt++
	})
	if len(exact) > 0 {
		return exact
	}
	return found
}

// isOperator reports whether a member of a Condition element has the edit's operator. Both are
// known to be operators, so they are ASCII.
func (a *applier) isOperator(block jsondoc.Member) bool {
	return strings.EqualFold(block.Name, a.edit.Operator)
}

// oneTest returns the test that changes. It is a fault if there is none, or no way to tell which.
func (a *applier) oneTest(statement jsondoc.Value) (foundTest, bool) {
	found := a.findTests(statement)
	switch len(found) {
	case 0:
		a.fault(statement, "found no condition %s %s, expected one", spelled(a.edit.Operator), spelled(a.edit.Key))
		return foundTest{}, false
	case 1:
		return found[0], true
	}
	a.fault(found[0].condition.Value, "found %s %s in several spellings, expected one, or one spelled like this", spelled(a.edit.Operator), spelled(a.edit.Key))
	return foundTest{}, false
}

// addCondition adds a test.
func (a *applier) addCondition(statement jsondoc.Value) {
	if found := a.findTests(statement); len(found) > 0 {
		f := found[0]
		a.fault(f.test.Value, "found a condition %s %s already, expected none (add values to it instead)", spelled(f.block.Name), spelled(f.test.Name))
		return
	}
	test := jsonedit.Member(a.edit.Key, textsValue(a.edit.Values))
	condition, _, ok := find(statement, "Condition")
	if !ok {
		block := jsonedit.Member(a.edit.Operator, jsonedit.Object(test))
		a.insertElement(statement, "Condition", jsonedit.Object(block))
		return
	}
	if block, ok := a.findBlock(condition); ok {
		a.out.Append(condition.Value, block, test)
		return
	}
	a.out.Append(statement, condition, jsonedit.Member(a.edit.Operator, jsonedit.Object(test)))
}

// findBlock returns the member of a Condition element that has the edit's operator: one that is
// spelled like it, else the first.
func (a *applier) findBlock(condition jsondoc.Member) (found jsondoc.Member, ok bool) {
	condition.Members(func(block jsondoc.Member) {
		if a.isOperator(block) && (!ok || block.Name == a.edit.Operator) {
			found, ok = block, true
		}
	})
	return found, ok
}

// addConditionValues adds values to a test.
func (a *applier) addConditionValues(statement jsondoc.Value) {
	if f, ok := a.oneTest(statement); ok {
		a.addTexts(f.block.Value, f.test, a.edit.Values)
	}
}

// removeCondition removes a test, and what it leaves empty.
func (a *applier) removeCondition(statement jsondoc.Value) {
	f, ok := a.oneTest(statement)
	switch {
	case !ok:
	case f.block.Len() > 1:
		a.out.Remove(f.block.Value, f.testAt)
	case f.condition.Len() > 1:
		a.out.Remove(f.condition.Value, f.blockAt)
	default:
		_, at, _ := find(statement, "Condition")
		a.out.Remove(statement, at)
	}
}
