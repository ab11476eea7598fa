package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsonedit"
)

// A StatementConfig is a statement that is to be written. What is empty is left out.
type StatementConfig struct {
	Sid        string
	Effect     Effect
	Principals []Principal // each stands under the name that its Under returns
	Actions    []string
	Resources  []string
	Conditions []ConditionConfig
}

// A ConditionConfig is one test of a condition that is to be written.
type ConditionConfig struct {
	Operator, Key string
	Values        []string
}

// sentence describes the statement in a sentence: a statement "Use" that allows "kms:Decrypt"
// on "*" to "111122223333".
func (c *StatementConfig) sentence() string {
	if c == nil {
		return "no statement"
	}
	var b strings.Builder
	b.WriteString("a statement ")
	if c.Sid != "" {
		fmt.Fprintf(&b, "%q ", c.Sid)
	}
	verb, actions := "denies", "nothing"
	if c.Effect == Allow {
		verb = "allows"
	}
	if len(c.Actions) > 0 {
		actions = enumerate(c.Actions)
	}
	fmt.Fprintf(&b, "that %s %s", verb, actions)
	if len(c.Resources) > 0 {
		b.WriteString(" on " + enumerate(c.Resources))
	}
	if len(c.Principals) > 0 {
		b.WriteString(" to " + enumerate(texts(c.Principals)))
	}
	for i, test := range c.Conditions {
		b.WriteString([]string{" if ", " and "}[min(i, 1)])
		fmt.Fprintf(&b, "%s %s is %s", spelled(test.Operator), spelled(test.Key), enumerate(test.Values))
	}
	return b.String()
}

// texts returns principals as they are written.
func texts(principals []Principal) []string {
	all := make([]string, len(principals))
	for i, p := range principals {
		all[i] = p.String()
	}
	return all
}

// MarshalJSON returns the statement as a policy has it.
func (c StatementConfig) MarshalJSON() ([]byte, error) {
	return []byte(c.value().JSON()), nil
}

// value returns the statement as JSON to be written.
func (c *StatementConfig) value() jsonedit.Value {
	var members []jsonedit.Item
	if c.Sid != "" {
		members = append(members, jsonedit.Member("Sid", jsonedit.String(c.Sid)))
	}
	members = append(members, jsonedit.Member("Effect", jsonedit.String(c.Effect.String())))
	if len(c.Principals) > 0 {
		members = append(members, jsonedit.Member("Principal", principalsValue(c.Principals)))
	}
	if len(c.Actions) > 0 {
		members = append(members, jsonedit.Member("Action", textsValue(c.Actions)))
	}
	if len(c.Resources) > 0 {
		members = append(members, jsonedit.Member("Resource", textsValue(c.Resources)))
	}
	if len(c.Conditions) > 0 {
		members = append(members, jsonedit.Member("Condition", conditionsValue(c.Conditions)))
	}
	return jsonedit.Object(members...)
}

// textsValue returns one string as such, several as a list.
func textsValue(all []string) jsonedit.Value {
	if len(all) == 1 {
		return jsonedit.String(all[0])
	}
	return jsonedit.List(textValues(all)...)
}

// textValues returns each string by itself.
func textValues(all []string) []jsonedit.Value {
	values := make([]jsonedit.Value, len(all))
	for i, text := range all {
		values[i] = jsonedit.String(text)
	}
	return values
}

// principalsValue returns a Principal element.
func principalsValue(all []Principal) jsonedit.Value {
	var members []jsonedit.Item
	for _, name := range principalShape.Names {
		if under := textsUnder(name, all); len(under) > 0 {
			members = append(members, jsonedit.Member(name, textsValue(under)))
		}
	}
	return jsonedit.Object(members...)
}

// textsUnder returns those of the principals that stand under a name.
func textsUnder(name string, all []Principal) []string {
	var under []string
	for _, p := range all {
		if p.Under() == name {
			under = append(under, p.String())
		}
	}
	return under
}

// principalsOf reads principals of an edit, which do not say under which name they stand.
func principalsOf(values []string) []Principal {
	all := make([]Principal, len(values))
	for i, text := range values {
		if all[i] = ServicePrincipal(text); all[i].Kind() != Service {
			all[i] = ParsePrincipal(text)
		}
	}
	return all
}

// conditionsValue returns a Condition element: the tests in their order, those of an operator
// together where it first comes.
func conditionsValue(tests []ConditionConfig) jsonedit.Value {
	var operators []string
	blocks := map[string][]jsonedit.Item{}
	for _, test := range tests {
		if !slices.Contains(operators, test.Operator) {
			operators = append(operators, test.Operator)
		}
		blocks[test.Operator] = append(blocks[test.Operator], jsonedit.Member(test.Key, textsValue(test.Values)))
	}
	var members []jsonedit.Item
	for _, op := range operators {
		members = append(members, jsonedit.Member(op, jsonedit.Object(blocks[op]...)))
	}
	return jsonedit.Object(members...)
}
