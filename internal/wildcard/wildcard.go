// Package wildcard matches text against patterns with the two wildcards of
// AWS policies: '*' stands for any run of characters, also none, and '?' for
// exactly one character (IAM User Guide, IAM JSON policy elements: Resource
// and Action; String condition operators).
//
// A pattern remembers which of its characters are wildcards, so text that is
// known to be literal (the value of a policy variable, or the '*' of ${*}) can
// be joined with text whose wildcards count.
//
// Left out: character classes, escapes, and any notion of case. Callers that
// compare without case fold both sides first.
package wildcard

import (
	"strings"
	"unicode/utf8"
)

// The marks that stand for wildcards within a Pattern. Neither byte occurs in
// valid UTF-8, so a mark is never mistaken for text, nor text for a mark.
const (
	anyRun = 0xFF // '*'
	anyOne = 0xFE // '?'
)

// anyText is the pattern "*".
const anyText Pattern = "\xff"

var marks = strings.NewReplacer("*", string([]byte{anyRun}), "?", string([]byte{anyOne}))

// A Pattern is text in which wildcards have been marked. Patterns made by
// Compile and Literal may be joined with +, and cut at any ASCII character.
// The zero Pattern matches the empty text only.
type Pattern string

// Compile returns a pattern for s in which '*' and '?' are wildcards. Bytes
// that are not valid UTF-8 are replaced as Literal does.
func Compile(s string) Pattern {
	if s == "*" {
		return anyText // the most frequent pattern needs no memory
	}
	return Pattern(marks.Replace(string(Literal(s))))
}

// Literal returns a pattern for exactly the text s. Each run of bytes that are
// not valid UTF-8 becomes one U+FFFD, so that no byte of s can act as a
// wildcard.
func Literal(s string) Pattern {
	if utf8.ValidString(s) {
		return Pattern(s)
	}
	return Pattern(strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// Match reports whether p matches the whole of s. A character is a code point;
// a byte of s that is not valid UTF-8 counts as one character, which only
// wildcards match. The cost is at most len(p) times len(s).
func (p Pattern) Match(s string) bool {
	matched, _ := p.match(s)
	return matched
}

// match is Match, and counts the characters and wildcards from which it went on.
func (p Pattern) match(s string) (matched bool, steps int) {
	n := commonPrefix(p, s)
	p, s = p[n:], s[n:]

	// Only the last '*' seen need ever take more characters: an earlier one
	// that took more would leave the later one a shorter rest to search.
	pi, si := 0, 0
	retryP, retryS := 0, 0 // after the last '*' (0: none yet), and where its run ends so far
	for steps = n; si < len(s); steps++ {
		switch {
		case pi < len(p) && p[pi] == anyRun:
			pi++
			if pi == len(p) {
				return true, steps
			}
			retryP, retryS = pi, si
		case pi < len(p) && p[pi] == anyOne:
			pi++
			si += width(s[si:])
		case pi < len(p) && p[pi] == s[si]:
			pi++
			si++
		case retryP > 0:
			retryS += width(s[retryS:])
			retryS += distance(s[retryS:], p[retryP])
			pi, si = retryP, retryS
		default:
			return false, steps
		}
	}
	for ; pi < len(p) && p[pi] == anyRun; steps++ {
		pi++
	}
	return pi == len(p), steps
}

// A Matcher is a Pattern that has been looked at once, to match many texts. The
// zero Matcher matches the empty text only.
type Matcher struct {
	pattern Pattern
	prefix  string // the text before the first wildcard
	isOpen  bool   // all that follows it is '*'
}

// Prepare returns a Matcher for p.
func (p Pattern) Prepare() Matcher {
	n := p.literal()
	return Matcher{pattern: p, prefix: string(p[:n]), isOpen: p[n:] == anyText}
}

// IsLiteral reports whether p has no wildcards, so that it matches one text only.
func (p Pattern) IsLiteral() bool { return p.literal() == len(p) }

// literal returns the length of the text before the first wildcard.
func (p Pattern) literal() int {
	n := 0
	for n < len(p) && p[n] < anyOne {
		n++
	}
	return n
}

// Pattern returns the pattern that m was made from.
func (m *Matcher) Pattern() Pattern { return m.pattern }

// Match reports what the pattern's Match does.
func (m *Matcher) Match(s string) bool {
	n := len(m.prefix)
	return strings.HasPrefix(s, m.prefix) && (m.isOpen || m.pattern[n:].Match(s[n:]))
}

// commonPrefix returns the length of the literal text that p and s begin with.
// Most patterns differ from most texts, or agree with them, right there.
func commonPrefix(p Pattern, s string) int {
	n := 0
	for n < len(p) && n < len(s) && p[n] == s[n] && p[n] < anyOne {
		n++
	}
	return n
}

// distance returns how far off the first place in s is where the mark or the
// first byte of a character c can match: at most the length of s. Such a byte
// never stands within a character.
func distance(s string, c byte) int {
	if c >= anyOne {
		return 0
	}
	if i := strings.IndexByte(s, c); i >= 0 {
		return i
	}
	return len(s)
}

// width returns the length in bytes of the first character of s.
func width(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
