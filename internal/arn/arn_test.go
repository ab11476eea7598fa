package arn

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/wildcard"
	"pgregory.net/rapid"
)

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"arn:aws:sns:us-east-1:111122223333:alarms", "arn:aws:sns:us-east-1:111122223333:alarms", true},
		{"arn:aws:sns:us-east-1:111122223333:alarms", "arn:aws:sns:us-east-1:111122223333:alarm", false},
		{"arn:aws:sns:us-east-1:111122223333:Alarms", "arn:aws:sns:us-east-1:111122223333:alarms", false},
		{"arn:aws:sns:*:111122223333:*", "arn:aws:sns:eu-west-1:111122223333:alarms", true},
		{"arn:aws:sns:*:111122223333:*", "arn:aws:sns:eu-west-1:444455556666:alarms", false},
		// A wildcard stays within its part, but the resource may have colons.
		{"arn:aws:sns:*:alarms", "arn:aws:sns:us-east-1:111122223333:alarms", false},
		{"arn:*:111122223333:alarms", "arn:aws:sns:us-east-1:111122223333:alarms", false},
		{"arn:aws:logs:us-east-1:111122223333:*", "arn:aws:logs:us-east-1:111122223333:log-group:app:*", true},
		{"arn:aws:logs:us-east-1:111122223333:log-group:a?p", "arn:aws:logs:us-east-1:111122223333:log-group:app", true},
		{"arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b", true},
		{"arn:aws:s3:::bucket", "arn:aws:s3:us-east-1::bucket", false},
		{"a?n:aws:s3:::b", "arn:aws:s3:::b", true},
		// Fewer than six parts, on either side.
		{"*", "arn:aws:s3:::bucket", false},
		{"arn:aws:s3:*", "arn:aws:s3:::bucket", false},
		{"arn:aws:s3::*", "arn:aws:s3:::bucket", false},
		{"*:*:*:*:*:*", "arn:aws:s3:::bucket", true},
		{"*:*:*:*:*:*", "arn:aws:s3:bucket", false},
		{"*:*:*:*:*:*", "bucket", false},
		{"", "", false},
		{":::::", ":::::", true},
	} {
		if got := Like(wildcard.Compile(c.pattern), c.text); got != c.want {
			t.Errorf("Like(%q, %q): got %t, want %t", c.pattern, c.text, got, c.want)
		}
	}
}

// likeSlow splits both sides and matches each part by a regular expression.
func likeSlow(pattern, text string) bool {
	wanted, got := strings.SplitN(pattern, ":", parts), strings.SplitN(text, ":", parts)
	if len(wanted) != parts || len(got) != parts {
		return false
	}
	for i := range parts {
		expr := regexp.QuoteMeta(wanted[i])
		expr = strings.ReplaceAll(strings.ReplaceAll(expr, `\*`, `(?s:.*)`), `\?`, `(?s:.)`)
		if !regexp.MustCompile(`\A(?:` + expr + `)\z`).MatchString(got[i]) {
			return false
		}
	}
	return true
}

func TestLikeEqualsItsSlowTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab:*?")), 0, 16, -1).Draw(t, "pattern")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab::")), 0, 12, -1).Draw(t, "text")
		if got, want := Like(wildcard.Compile(pattern), text), likeSlow(pattern, text); got != want {
			t.Fatalf("Like(%q, %q): got %t, want %t", pattern, text, got, want)
		}
	})
}
