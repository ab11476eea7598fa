// Package arn compares Amazon Resource Names part by part, as IAM's ARN
// condition operators do, and knows the partitions.
package arn

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/wildcard"
)

// parts is the number of colon-separated parts of an ARN; the last one, the
// resource, may contain colons itself.
const parts = 6

// Like reports whether s is an ARN that matches pattern, which has '*' and '?'
// marked as wildcards. Each of the six parts is matched on its own, case
// sensitively. A pattern or a text that does not have six parts matches
// nothing.
//
// See IAM User Guide, "Amazon Resource Name (ARN) condition operators".
//
// UNDOCUMENTED: what a value of fewer than six parts, "*" for one, matches.
func Like(pattern wildcard.Pattern, s string) bool {
	for range parts - 1 {
		p, restPattern, ok := strings.Cut(string(pattern), ":")
		if !ok {
			return false
		}
		text, rest, ok := strings.Cut(s, ":")
		if !ok || !wildcard.Pattern(p).Match(text) {
			return false
		}
		pattern, s = wildcard.Pattern(restPattern), rest
	}
	return pattern.Match(s)
}
