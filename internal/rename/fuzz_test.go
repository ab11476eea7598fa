package rename

import (
	"strings"
	"testing"
)

// FuzzText renames any two texts, in a plan and in a sentence: nothing of a text is lost, and a text
// has one new form.
func FuzzText(f *testing.F) {
	f.Add("arn:aws:iam::111122223333:role/prod*", "production")
	f.Add("${aws:PrincipalTag/team, 'red'}?", "10.0.0.0/8")
	f.Add("1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:iam::aws:policy/x AROA1 o-1 alias/aws/s3 aws:s3:arn")
	f.Fuzz(func(t *testing.T, a, b string) {
		plan := newPlan(t, a, b)
		for _, text := range []string{a, b} {
			var whole strings.Builder
			lex(text, nil, func(t token) { whole.WriteString(t.text) })
			if got := whole.String(); got != text {
				t.Errorf("%q: the parts are %q", text, got)
			}
			if got, again := plan.Text(text), plan.Text(text); got != again {
				t.Errorf("%q: got %q, then %q", text, got, again)
			}
			plan.Message(text, func(string) bool { return false })
			plan.Opaque(text)
		}
		if (plan.Text(a) == "") != (a == "") {
			t.Errorf("%q: got %q", a, plan.Text(a))
		}
	})
}
