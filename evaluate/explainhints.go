package evaluate

import (
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Hints say what makes a near miss: the one letter or digit, the wildcard that is
// none, the Region that is missing. They are given only where they are certain.

// wouldHold are operators that look alike, and what it means if the second holds
// where the first does not.
var wouldHold = func() []operatorHint {
	rows := []operatorHint{
		{is: "StringEquals", name: "StringLike", hint: "* and ? are no wildcards for StringEquals, but for StringLike"},
		{is: "StringEquals", name: "StringEqualsIgnoreCase", hint: "only upper and lower case differ"},
		{is: "StringEqualsIgnoreCase", name: "StringLike", hint: "* and ? are no wildcards for StringEqualsIgnoreCase, but for StringLike"},
	}
	for i := range rows {
		op, err := conditions.ParseOperator(rows[i].name)
		if err != nil {
			panic("evaluate: " + err.Error())
		}
		rows[i].would = op
	}
	return rows
}()

type operatorHint struct {
	is, name, hint string
	would          conditions.Operator
}

// valueHint says what is the matter with a test whose key the request has, "" if
// nothing but the values is known.
func (s *situation) valueHint(test *conditions.Test) string {
	op := test.Operator()
	switch {
	case op.Info().Name == "Null" && anyValue(test, func(text string) bool { return strings.EqualFold(text, "true") }):
		return "the test wants the key to be absent"
	case op.Info().Negated:
		return ""
	}
	for i := range wouldHold {
		row := &wouldHold[i]
		if op.Info().Name != row.is || op.Quantifier() != conditions.Plain {
			continue
		}
		if other := test.WithOperator(row.would); other.Holds(&s.context) {
			return row.hint
		}
	}
	key, hint := test.ConditionKey(), ""
	actual := s.context.Lookup(key)
	for _, got := range actual[:min(len(actual), maxListed)] {
		if anyValue(test, func(wanted string) bool { hint = textHint(key, wanted, got); return hint != "" }) {
			break
		}
	}
	return hint
}

// anyValue reports whether one of the values of a test is so.
func anyValue(test *conditions.Test, is func(text string) bool) bool {
	for v := range test.Values() {
		if is(v.Text) {
			return true
		}
	}
	return false
}

// textHint compares a wanted text with the one that is there.
func textHint(key conditions.Key, wanted, got string) string {
	switch {
	case oneDigitApart(wanted, got):
		return "the account ids differ in one digit"
	case key == known.viaService && plainServiceName(got) == wanted:
		return key.String() + " has the Region in it"
	case key == known.viaService && plainServiceName(got) == plainServiceName(wanted):
		return "only the Region differs"
	case (key == known.calledVia || key == known.calledViaFirst || key == known.calledViaLast) && plainServiceName(wanted) == got:
		return key.String() + " has no Region in it"
	default:
		return ""
	}
}

// oneDigitApart reports whether two texts differ in one digit of an account id
// and in nothing else.
func oneDigitApart(a, b string) bool {
	at := -1
	for i := range len(a) {
		if len(a) != len(b) || a[i] != b[i] && at >= 0 {
			return false
		}
		if a[i] != b[i] {
			at = i
		}
	}
	if at < 0 || !isDigit(a[at]) {
		return false
	}
	start, end := at, at
	for start > 0 && isDigit(a[start-1]) {
		start--
	}
	for end < len(a) && isDigit(a[end]) {
		end++
	}
	return isAccountID(a[start:end]) && isAccountID(b[start:end])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// principalHint says why a principal is not the caller although it looks like it,
// "" if it does not.
func (s *situation) principalHint(p policy.Principal) string {
	c, text := s.caller, p.String()
	for _, name := range c.names {
		switch {
		case oneDigitApart(text, name.text):
			return "one digit differs from the caller's account id"
		case strings.EqualFold(text, name.text):
			return "only upper and lower case differ from the caller"
		}
	}
	switch p.Kind() {
	case policy.Role, policy.User:
		return c.pathDifference(p)
	case policy.Session:
		if p.Account() == c.account && c.kind == roleCaller && p.Name() == c.name {
			return "one session of the caller's role"
		}
		if p.Account() == c.account && c.kind == sessionCaller && p.Name() == c.name {
			return "another session of the caller's role"
		}
	case policy.Service:
		if c.isService() && plainServiceName(text) == plainServiceName(c.name) {
			return "the same service, with another Region in its name"
		}
	case policy.UniqueID:
		return "the id of a deleted user or role, or of one whose unique id is not given here"
	case policy.NoOne:
		switch {
		case strings.ContainsAny(text, "*?"):
			return "a Principal takes no wildcard but \"*\" alone"
		case strings.Contains(text, ":group/"):
			return "a group is no principal"
		}
	}
	return ""
}

// pathDifference says so where a user or role has the caller's name and another
// path.
func (c *Caller) pathDifference(p policy.Principal) string {
	switch {
	case p.Account() != c.account || lastElement(p.Name()) != c.name, (p.Kind() == policy.User) != (c.kind == iamUser):
		return ""
	case c.guessed:
		return "the session's role is taken to have no path: state the role's ARN"
	default:
		return "another path than the caller's"
	}
}

// resourceHint says why a string of a Resource element does not cover the key,
// "" if that is plain.
func (s *situation) resourceHint(doc *policy.Document, pattern string) string {
	if s.resource == "*" {
		return s.request.action.String() + " has no resource: only \"*\" covers it"
	}
	if s.hasUnknownVariable(doc, pattern) {
		return "its policy variable has no value in this request"
	}
	arn, err := policy.ParseARN(pattern)
	own, _ := policy.ParseARN(s.resource)
	if err != nil || arn.Service != own.Service {
		return ""
	}
	for _, part := range []struct{ name, wanted, got string }{
		{"partition", arn.Partition, own.Partition}, {"Region", arn.Region, own.Region}, {"account", arn.Account, own.Account},
	} {
		switch {
		case part.wanted == part.got || strings.ContainsAny(part.wanted, "*?"):
		case oneDigitApart(part.wanted, part.got):
			return "one digit of the account id differs"
		default:
			return "another " + part.name
		}
	}
	if s.key != nil && strings.HasPrefix(arn.Resource, "alias/") {
		return "an alias stands for itself, not for its key"
	}
	if s.key != nil && arn.Resource != own.Resource && !strings.ContainsAny(arn.Resource, "*?") {
		return "another key"
	}
	return ""
}

// hasUnknownVariable reports whether a string of a Resource element has a policy
// variable, behind the fifth colon and in a policy of the version that has them,
// without a value.
//
// See IAM User Guide, "IAM policy elements: Variables and tags".
func (s *situation) hasUnknownVariable(doc *policy.Document, pattern string) bool {
	before, _, _ := strings.Cut(pattern, "${")
	if strings.Count(before, ":") < 5 {
		return false
	}
	template := conditions.NewTemplate(pattern[len(before):], true, doc.Version() == "2012-10-17")
	_, known := template.Match("", &s.context)
	return !known
}

// almostHas reports whether a statement has a string for the action that is none:
// a slip of the pen, or several actions in one string.
func almostHas(st *policy.Statement, asked action.Action) bool {
	if st.IsNotAction() {
		return false
	}
	for pattern := range st.ActionPatterns() {
		if actionHint(pattern, asked) != "" {
			return true
		}
	}
	return false
}

// actionHint says what is the matter with a string of an Action element that was
// meant to have the action but is no permission, "" if there is nothing.
func actionHint(pattern string, asked action.Action) string {
	const prefix, slip = "kms:", 2
	if len(pattern) < len(prefix) || !strings.EqualFold(pattern[:len(prefix)], prefix) {
		return ""
	}
	several := strings.ContainsAny(pattern, ", ")
	if !several && (strings.ContainsAny(pattern, "*?") || action.Match(pattern) != (action.Set{})) {
		return "" // one that means something
	}
	lower, name := strings.ToLower(pattern), strings.ToLower(asked.String())
	switch {
	case several && strings.Contains(lower, name[len(prefix):]):
		return "one string takes one action"
	case len(lower) > len(prefix) && strings.HasPrefix(name, lower), nearest.Distance(lower, name, slip) <= slip:
		return "no permission of KMS, unlike " + asked.String()
	default:
		return ""
	}
}

// hinted lists what the strings of an element say, first one that has a hint.
func hinted[T any](all []T, words, hint func(T) string) string {
	var list []string
	at := slices.IndexFunc(all, func(v T) bool { return hint(v) != "" })
	if at >= 0 {
		list = append(list, words(all[at])+" ("+hint(all[at])+")")
	}
	for i, v := range all {
		if i != at {
			list = append(list, words(v))
		}
	}
	return several(list)
}
