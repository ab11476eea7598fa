package evaluate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
)

// A Comparison is what a test of a condition, or a constraint of a grant,
// compares.
type Comparison struct {
	Operator string   // as the policy has it, or the name of the constraint
	Key      string   // the condition key, or the name of a pair of the encryption context
	Wanted   []string // the values in the policy or grant
	Actual   []string // the values of the request, nil if it has none
	Absent   string   // why the request has none
}

// Comparison returns what a test compares, and whether the node is a test.
func (n *Node) Comparison() (Comparison, bool) {
	switch {
	case n.kind != KindTest:
		return Comparison{}, false
	case n.test == nil:
		return n.situation().constraintComparison(n), true
	}
	s := n.situation()
	c := Comparison{Operator: n.test.Operator().String(), Key: n.test.Key(), Actual: slices.Clone(s.context.Lookup(n.test.ConditionKey()))}
	for v := range n.test.Values() {
		c.Wanted = append(c.Wanted, v.Text)
	}
	if len(c.Actual) == 0 {
		_, c.Absent = s.whyAbsent(n.test.ConditionKey(), n.test.Key())
	}
	return c, true
}

// pairName returns the name of the pair that a constraint of a grant is about.
func (n *Node) pairName() string {
	if n.constraint == noConstraint {
		return ""
	}
	return n.explanation.pairs[n.pair]
}

// constraintComparison returns what a constraint of a grant compares.
func (s *situation) constraintComparison(n *Node) Comparison {
	wanted := &s.key.grants[n.grant-1].Constraints
	c := Comparison{Operator: constraintNames[n.constraint], Key: n.pairName()}
	switch n.constraint {
	case sourceARN:
		c.Key, c.Wanted = "aws:SourceArn", []string{wanted.SourceARN}
		c.Actual = slices.Clone(s.context.Lookup(known.sourceARN))
	case contextEquals, contextSubset, contextSurplus:
		pairs := wanted.EncryptionContextEquals
		if n.constraint == contextSubset {
			pairs = wanted.EncryptionContextSubset
		}
		c.Wanted, c.Actual = valueOf(pairs, n.pairName()), valueOf(s.encryptionContext(), n.pairName())
	}
	if len(c.Actual) == 0 && n.constraint != childConstraints {
		c.Absent = s.whyWithout(n)
	}
	return c
}

// valueOf returns the value of a pair as a list, nil if there is none.
func valueOf(pairs map[string]string, name string) []string {
	if value, ok := pairs[name]; ok {
		return []string{value}
	}
	return nil
}

// whyWithout says why a request has nothing for a constraint of a grant.
func (s *situation) whyWithout(n *Node) string {
	name := known.sourceARN.String()
	if n.constraint != sourceARN {
		name = encryptionContextPrefix + n.pairName()
	}
	_, why := s.whyAbsent(conditions.ParseKey(name), name)
	return why
}

// failure returns the code of a test that fails and why it does.
func (n *Node) failure() (Code, string) {
	s := n.situation()
	if n.test == nil {
		return s.constraintFailure(n)
	}
	key := n.test.ConditionKey()
	actual := s.context.Lookup(key)
	if n.layer.bars() && unusableThere(n.test) {
		return CodeUnusableKey, "only IAM policies may use " + n.test.Key()
	}
	if len(actual) == 0 {
		code, why := s.whyAbsent(key, n.test.Key())
		return code, "the request does not have the key: " + why
	}
	text := actualWords(actual)
	for _, v := range n.test.Variables(&s.context) {
		if !v.Known {
			return CodeUnknownVariable, text + ", but the policy variable ${" + v.Key.String() + "} has no value" + s.whyNoValue(v.Key)
		}
	}
	if hint := s.valueHint(n.test); hint != "" {
		text += "; " + hint
	}
	return CodeOtherValue, text
}

// constraintFailure is failure for a constraint of a grant.
func (s *situation) constraintFailure(n *Node) (Code, string) {
	c := s.constraintComparison(n)
	switch {
	case n.constraint == childConstraints:
		return Code(ReasonConstraintNotMet), "the new grant must keep the constraints of the grant under which it is made, or have stricter ones"
	case c.Absent != "" && n.constraint == sourceARN:
		return CodeAbsentKey, "the request does not have " + c.Key + ": " + c.Absent
	case c.Absent != "":
		return CodeAbsentKey, c.Absent + caseHint(n.pairName(), s.request.pairs.toMap())
	default:
		return CodeOtherValue, "the request has " + quotedShort(c.Actual[0])
	}
}

// caseHint says so where a pair is there under a name in another case, which a
// condition would not mind.
func caseHint(name string, pairs map[string]string) string {
	for other := range pairs {
		if len(pairs) <= fewPairs && strings.EqualFold(other, name) {
			return " (in a grant upper and lower case count)"
		}
	}
	return ""
}

// whyNoValue says why a condition key gives a policy variable no value.
func (s *situation) whyNoValue(key conditions.Key) string {
	if len(s.context.Lookup(key)) > 0 {
		return ": the key may have several"
	}
	_, why := s.whyAbsent(key, key.String())
	return ": " + why
}

// testText says what a test or a constraint compares, and what came of it.
func (n *Node) testText() string {
	if n.test == nil {
		return n.constraintText()
	}
	s := n.situation()
	text := testWords(n.test)
	for _, v := range n.test.Variables(&s.context) {
		if v.Known {
			text += " with ${" + v.Key.String() + "} = " + quotedShort(v.Value)
		}
	}
	if n.outcome == OutcomeFails {
		code, why := n.failure()
		if code == CodeUnusableKey {
			return text + " never holds here: " + why
		}
		return text + " is not met: " + why
	}
	if actual := s.context.Lookup(n.test.ConditionKey()); len(actual) > 0 {
		return text + " holds: " + actualWords(actual)
	}
	_, why := s.whyAbsent(n.test.ConditionKey(), n.test.Key())
	return text + " holds without the key: " + why
}

// constraintText says which constraint of a grant fails, and why.
func (n *Node) constraintText() string {
	c := n.situation().constraintComparison(n)
	_, why := n.failure()
	switch n.constraint {
	case childConstraints:
		return why
	case contextSurplus:
		return fmt.Sprintf("%s does not have the pair %s, which the request has", c.Operator, quotedShort(c.Key))
	case sourceARN:
		return c.Operator + " " + quotedShort(c.Wanted[0]) + " is not met: " + why
	default:
		return c.Operator + " " + quotedShort(c.Key) + " " + quotedShort(c.Wanted[0]) + " is not met: " + why
	}
}
