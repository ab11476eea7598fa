package policy

import (
	"fmt"
	"strings"
	"testing"
)

// hostileRoutes are the ways on which patterns of a policy meet texts of a request. All lead to
// package wildcard, whose tests count the steps: here a matcher that tried every run of every '*'
// would not come to an end.
var hostileRoutes = []struct {
	name     string
	elements string // of a statement, %s where the pattern is
	matches  func(s *Statement, text string) bool
}{
	{"Resource", `"Resource":"%s"`, func(s *Statement, text string) bool {
		return s.MatchesResource(text, emptyContext)
	}},
	{"Resource behind a variable", `"Resource":"arn:aws:kms:us-east-1:111122223333:${aws:username}%s"`, func(s *Statement, text string) bool {
		ctx := contextOf("aws:username", strings.Repeat("a", 1000))
		return s.MatchesResource("arn:aws:kms:us-east-1:111122223333:"+strings.Repeat("a", 1000)+text, &ctx)
	}},
	{"StringLike", `"Condition":{"StringLike":{"aws:username":"%s"}}`, conditionHolds},
	{"StringLike behind a variable", `"Condition":{"StringLike":{"aws:username":"${aws:userid}%s"}}`, conditionHolds},
	{"ArnLike, in the account", `"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:%s:bucket"}}`, conditionHolds},
	{"ArnLike, in the resource", `"Condition":{"ArnLike":{"aws:SourceArn":"arn:*:*:*:*:%s"}}`, conditionHolds},
}

// conditionHolds puts text where the condition of a hostile route wants it.
func conditionHolds(s *Statement, text string) bool {
	ctx := contextOf("aws:username", text, "aws:userid", "a")
	if s.Condition().Holds(&ctx) {
		return true
	}
	for _, arn := range []string{"arn:aws:s3::" + text + ":bucket", "arn:aws:s3:::" + text} {
		ctx := contextOf("aws:SourceArn", arn)
		if s.Condition().Holds(&ctx) {
			return true
		}
	}
	return false
}

func TestHostilePatterns(t *testing.T) {
	const n = 4000
	text := strings.Repeat("a", n)
	for _, pattern := range []string{
		strings.Repeat("*a", n/2) + "*b",
		"*" + text[:n/2] + "b",
		strings.Repeat("*a", n/4) + "*" + text[:n/2] + "b",
		strings.Repeat("*?", n/2) + "b",
	} {
		for _, route := range hostileRoutes {
			s := parsed(t, `"Effect":"Allow",`+fmt.Sprintf(route.elements, pattern))
			if route.matches(s, text) {
				t.Errorf("%s: a text without b matches %.10s...b", route.name, pattern)
			}
			if !route.matches(s, text+"b") {
				t.Errorf("%s: a text with b at its end does not match %.10s...b", route.name, pattern)
			}
		}
		if s := parsed(t, `"Effect":"Allow","Action":"kms:`+pattern+`"`); s.Actions().Len() != 0 {
			t.Errorf("kms:%.10s... stands for %v", pattern, s.Actions())
		}
	}
}
