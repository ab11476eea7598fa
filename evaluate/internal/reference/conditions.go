package reference

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/conditions"
)

// A glyph is one character of a pattern: a wildcard or itself.
type glyph struct {
	char rune
	wild bool
}

// plain returns text without policy variables as glyphs.
func plain(text string, wild bool) []glyph {
	var glyphs []glyph
	for _, r := range text {
		glyphs = append(glyphs, glyph{r, wild && (r == '*' || r == '?')})
	}
	return glyphs
}

// match compares glyphs with the whole of a text: '*' stands for any run of
// characters, '?' for exactly one.
func match(glyphs []glyph, text string) bool {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for _, g := range glyphs {
		switch {
		case g.wild && g.char == '*':
			b.WriteString(`.*`)
		case g.wild:
			b.WriteString(`.`)
		default:
			b.WriteString(regexp.QuoteMeta(string(g.char)))
		}
	}
	b.WriteString(`$`)
	return regexp.MustCompile(b.String()).MatchString(text)
}

func wildcard(pattern, text string) bool { return match(plain(pattern, true), text) }

func literal(glyphs []glyph) string {
	var b strings.Builder
	for _, g := range glyphs {
		b.WriteRune(g.char)
	}
	return b.String()
}

// variable is a policy variable, ${key} or ${key, 'default'}, or one of the
// characters that are written ${*}, ${?} and ${$}.
var variable = regexp.MustCompile(`\$\{(?:([*?$])|[ \t]*([^ \t${}'"*?,][^${}'"*?,]*?)[ \t]*(?:,[ \t]*'([^']*)'[ \t]*)?)\}`)

// expand replaces policy variables, which policies of Version 2012-10-17 have
// (IAM User Guide, "IAM policy elements: Variables and tags"). It reports false
// if one has neither a value nor a default. Wildcards in values are none.
func (s *situation) expand(d document, text string, wild bool) ([]glyph, bool) {
	if d.Version() != "2012-10-17" {
		return plain(text, wild), true
	}
	var glyphs []glyph
	for {
		at := variable.FindStringSubmatchIndex(text)
		if at == nil {
			return append(glyphs, plain(text, wild)...), true
		}
		glyphs = append(glyphs, plain(text[:at[0]], wild)...)
		group := func(n int) (string, bool) {
			if at[2*n] < 0 {
				return "", false
			}
			return text[at[2*n]:at[2*n+1]], true
		}
		value, ok := group(1)
		if !ok {
			name, _ := group(2)
			if value, ok = s.single(name); !ok {
				value, ok = group(3)
			}
		}
		if !ok {
			return nil, false
		}
		glyphs = append(glyphs, plain(value, false)...)
		text = text[at[1]:]
	}
}

// single returns the value of a condition key that has exactly one and could
// not have several.
func (s *situation) single(name string) (string, bool) {
	name = strings.ToLower(name)
	got := s.context[name]
	if len(got) != 1 || multiValued[name] {
		return "", false
	}
	return got[0], true
}

// multiValued are the condition keys that may have several values.
var multiValued = map[string]bool{
	"kms:encryptioncontextkeys":     true,
	"kms:grantoperations":           true,
	"kms:resourcealiases":           true,
	"aws:principalorgpaths":         true,
	"aws:principalservicenameslist": true,
	"aws:vpceorgpaths":              true,
	"aws:resourceorgpaths":          true,
	"aws:tagkeys":                   true,
	"aws:calledvia":                 true,
	"aws:sourceorgpaths":            true,
}

// holds decides one test (IAM User Guide, "IAM JSON policy elements: Condition
// operators" and "Single-valued vs. multivalued context keys").
func (s *situation) holds(d document, test *conditions.Test) bool {
	got := s.context[strings.ToLower(test.Key())]
	operator := test.Operator()
	name := operator.Info().Name
	if name == "Null" {
		return isNull(test, len(got) == 0)
	}
	negated := strings.Contains(name, "Not")
	if len(got) == 0 {
		switch {
		case operator.IfExists():
			return true
		case operator.Quantifier() != conditions.Plain:
			return operator.Quantifier() == conditions.ForAllValues
		}
		return negated
	}
	passed := 0
	for _, value := range got {
		if s.matchesAny(d, name, test, value) != negated {
			passed++
		}
	}
	switch operator.Quantifier() {
	case conditions.ForAllValues:
		return passed == len(got)
	case conditions.ForAnyValue:
		return passed > 0
	}
	// UNDOCUMENTED: a plain operator where there are several values. One match
	// is enough; if negated, there must be none.
	if negated {
		return passed == len(got)
	}
	return passed > 0
}

func isNull(test *conditions.Test, absent bool) bool {
	for v := range test.Values() {
		if strings.EqualFold(v.Text, "true") == absent {
			return true
		}
	}
	return false
}

// matchesAny reports whether a value of the request matches a value of the
// policy.
func (s *situation) matchesAny(d document, name string, test *conditions.Test, got string) bool {
	for v := range test.Values() {
		if s.compares(d, name, got, v.Text) {
			return true
		}
	}
	return false
}

// compares is the operators without their negation. What cannot be read
// matches nothing.
func (s *situation) compares(d document, name, got, want string) bool {
	name = strings.Replace(name, "Not", "", 1)
	family, comparison := name, ""
	for _, f := range []string{"Numeric", "Date"} {
		if rest, ok := strings.CutPrefix(name, f); ok {
			family, comparison = f, rest
		}
	}
	switch family {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike":
		wild := family != "StringEquals" && family != "StringEqualsIgnoreCase"
		glyphs, ok := s.expand(d, want, wild)
		return ok && textMatches(family, glyphs, got)
	case "Numeric":
		return ordered(comparison, number, got, want, (*big.Rat).Cmp)
	case "Date":
		return ordered(comparison, date, got, want, time.Time.Compare)
	case "Bool":
		return truth(got) && strings.EqualFold(got, want)
	case "BinaryEquals":
		a, errA := base64.StdEncoding.DecodeString(got)
		b, errB := base64.StdEncoding.DecodeString(want)
		return errA == nil && errB == nil && string(a) == string(b)
	case "IpAddress":
		return inRange(got, want)
	}
	return false
}

func textMatches(family string, want []glyph, got string) bool {
	switch family {
	case "StringEquals":
		return literal(want) == got
	case "StringEqualsIgnoreCase":
		return strings.EqualFold(literal(want), got)
	case "StringLike":
		return match(want, got)
	}
	return arnMatches(want, got)
}

// arnMatches compares ARNs part by part. UNDOCUMENTED: text with fewer than six
// parts matches nothing.
func arnMatches(want []glyph, got string) bool {
	parts := [][]glyph{nil}
	for _, g := range want {
		if g.char == ':' && len(parts) < 6 {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], g)
	}
	theirs := strings.SplitN(got, ":", 6)
	if len(parts) != 6 || len(theirs) != 6 {
		return false
	}
	for i, part := range parts {
		if !match(part, theirs[i]) {
			return false
		}
	}
	return true
}

// ordered compares two values of the same type.
func ordered[T any](comparison string, read func(string) (T, bool), got, want string, compare func(T, T) int) bool {
	a, okA := read(got)
	b, okB := read(want)
	if !okA || !okB {
		return false
	}
	c := compare(a, b)
	switch comparison {
	case "Equals":
		return c == 0
	case "LessThan":
		return c < 0
	case "LessThanEquals":
		return c <= 0
	case "GreaterThan":
		return c > 0
	case "GreaterThanEquals":
		return c >= 0
	}
	return false
}

var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$`)

func number(text string) (*big.Rat, bool) {
	if !decimal.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

var epoch = regexp.MustCompile(`^[0-9]{5,12}(\.[0-9]{1,9})?$`)

// date reads the forms of ISO 8601 that W3C's note on date and time formats
// has, or seconds since 1970. UNDOCUMENTED: four digits are a year.
func date(text string) (time.Time, bool) {
	if epoch.MatchString(text) {
		seconds, _ := new(big.Rat).SetString(text)
		nanos := seconds.Mul(seconds, big.NewRat(1e9, 1))
		return time.Unix(0, nanos.Num().Int64()), true
	}
	for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func truth(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}

// inRange reports whether an address is in a CIDR range, or is the address that
// stands in its place. Bits behind the mask do not count.
func inRange(got, want string) bool {
	address, err := netip.ParseAddr(got)
	if err != nil {
		return false
	}
	if block, err := netip.ParsePrefix(want); err == nil {
		return block.Masked().Contains(address.Unmap())
	}
	single, err := netip.ParseAddr(want)
	return err == nil && single == address.Unmap()
}
