package rename_test

import (
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/internal/rename"
	"github.com/kmsauthz/kmsauthz/internal/wildcard"
	"pgregory.net/rapid"
)

// planned returns a plan for these texts and no others.
func planned(t rapid.TB, texts ...string) *rename.Plan {
	t.Helper()
	plan := rename.NewNames().Plan()
	for _, text := range texts {
		plan.Note(text)
	}
	if err := plan.Finish(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// checkComparisons holds what renamed texts are to each other against what the texts are: equal,
// equal but for case, matched by the other as a pattern, or part by part as an ARN.
func checkComparisons(t *rapid.T, all []string) {
	t.Helper()
	plan := planned(t, all...)
	for _, a := range all {
		for _, b := range all {
			newA, newB := plan.Text(a), plan.Text(b)
			if got, want := newA == newB, a == b; got != want {
				t.Errorf("%q and %q: %q == %q is %v, want %v", a, b, newA, newB, got, want)
			}
			if got, want := strings.EqualFold(newA, newB), strings.EqualFold(a, b); got != want {
				t.Errorf("%q and %q: EqualFold(%q, %q) is %v, want %v", a, b, newA, newB, got, want)
			}
			if got, want := wildcard.Compile(newA).Match(newB), wildcard.Compile(a).Match(b); got != want {
				t.Errorf("%q and %q: that %q matches %q is %v, want %v", a, b, newA, newB, got, want)
			}
			if got, want := arn.Like(wildcard.Compile(newA), newB), arn.Like(wildcard.Compile(a), b); got != want {
				t.Errorf("%q and %q: that %q matches %q as an ARN is %v, want %v", a, b, newA, newB, got, want)
			}
		}
	}
}

// TestLawComparisons takes texts of few letters, so that many are equal, differ in case, or are
// parts of others.
func TestLawComparisons(t *testing.T) {
	for _, letters := range []string{"abAB-", "abAB*-", "abcA*?", "ab1*?-", "1*?-", "aäÄkK*\u212a-", "xyz:/*", "abcdefghij?*", "aA1*?b2"} {
		t.Run(letters, func(t *testing.T) {
			text := rapid.StringOfN(rapid.SampledFrom([]rune(letters)), 0, 8, -1)
			rapid.Check(t, func(t *rapid.T) {
				checkComparisons(t, rapid.SliceOfN(text, 2, 8).Draw(t, "texts"))
			})
		})
	}
}

// TestLawARNs does the same with ARNs, ids and patterns of them.
func TestLawARNs(t *testing.T) {
	beginning := rapid.SampledFrom([]string{"", "*", "arn:aws:iam::111122223333:", "arn:aws:iam::444455556666:", "arn:aws:iam::*:", "arn:aws:kms:us-east-1:111122223333:",
		"arn:aws:kms:*:111122223333:", "arn:aws:kms:us-*:*:", "arn:aws:sts::111122223333:", "*:"})
	kind := rapid.SampledFrom([]string{"role/", "user/", "assumed-role/", "key/", "key/mrk-", "alias/", "role/aws-service-role/ecs.amazonaws.com/", "*", "", "ROLE/"})
	part := rapid.SampledFrom([]string{"app", "App", "prod", "production", "uction", "-", "-", "/", "*", "?", "1234abcd-12ab-34cd-56ef-1234567890ab",
		"x", "éa"})
	text := rapid.Custom(func(t *rapid.T) string {
		return beginning.Draw(t, "beginning") + kind.Draw(t, "kind") + strings.Join(rapid.SliceOfN(part, 0, 4).Draw(t, "parts"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		checkComparisons(t, rapid.SliceOfN(text, 2, 6).Draw(t, "texts"))
	})
}

// TestLawVariables fills in policy variables: a template with a value matches as before, with the
// value and the names of the condition keys renamed. A variable that stands in a word, or beside a
// wildcard, is not among them: its value may be any part of a word.
func TestLawVariables(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abA-*")), 0, 4, -1)
	before := rapid.Map(word, func(w string) string { return w + strings.Repeat("-", min(len(w), 1)) })
	after := rapid.Map(word, func(w string) string { return strings.Repeat("-", min(len(w), 1)) + w })
	variable := rapid.SampledFrom([]string{"${aws:PrincipalTag/Team}", "${ aws:principaltag/TEAM , 'ab' }", "${aws:PrincipalTag/other, 'b'}", "${aws:username}", "${*}", "${"})
	rapid.Check(t, func(t *rapid.T) {
		team, user := word.Draw(t, "team"), word.Draw(t, "user")
		template := before.Draw(t, "before") + variable.Draw(t, "variable") + after.Draw(t, "after")
		subject := rapid.OneOf(word, rapid.Just(team), rapid.Just(user+team), rapid.Just(template)).Draw(t, "subject")
		plan := planned(t, team, user, template, subject)

		context := conditions.NewContext(map[string][]string{"aws:PrincipalTag/team": {team}, "aws:username": {user}})
		renamed := conditions.NewContext(map[string][]string{plan.Key("aws:PrincipalTag/team"): {plan.Text(team)}, plan.Key("aws:username"): {plan.Text(user)}})
		for _, wild := range []bool{false, true} {
			before, after := conditions.NewTemplate(template, wild, true), conditions.NewTemplate(plan.Text(template), wild, true)
			want, wantResolved := before.Match(subject, &context)
			got, gotResolved := after.Match(plan.Text(subject), &renamed)
			if wantResolved != gotResolved || got != want {
				t.Errorf("%q matches %q: %v, %v; renamed %q and %q: %v, %v", template, subject, want, wantResolved, plan.Text(template), plan.Text(subject), got, gotResolved)
			}
		}
	})
}
