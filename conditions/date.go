package conditions

import (
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// parseDate reads a date of the W3C profile of ISO 8601 (2026,
// 2026-01, 2026-01-02, 2026-01-02T03:04Z, 2026-01-02T03:04:05.6+07:00) or a
// number of seconds since 1970, as AWS's date operators do.
//
// UNDOCUMENTED: a date means its first moment, in UTC where it has no time;
// four digits are a year, other numbers are seconds; fractions of seconds have
// at most nine digits.
func parseDate(text string) (time.Time, bool) {
	digits, rest := cutDigits(text)
	if len(digits) == len("2026") && (rest == "" || rest[0] == '-') {
		return parseISODate(text)
	}
	return parseEpoch(text)
}

// parseEpoch reads seconds since 1970, with an optional fraction. The bound on
// the digits is far beyond the year 9999.
func parseEpoch(text string) (time.Time, bool) {
	const maxDigits = 15
	text, negative := strings.CutPrefix(text, "-")
	digits, rest := cutDigits(text)
	if digits == "" || len(digits) > maxDigits {
		return time.Time{}, false
	}
	s := dateScanner{rest: rest}
	nanoseconds := s.fraction()
	if !s.done() {
		return time.Time{}, false
	}
	seconds := int64(0)
	for i := range len(digits) {
		seconds = seconds*10 + int64(digits[i]-'0')
	}
	if negative {
		seconds, nanoseconds = -seconds, -nanoseconds
	}
	return time.Unix(seconds, int64(nanoseconds)), true
}

// parseISODate reads the W3C profile of ISO 8601.
func parseISODate(text string) (time.Time, bool) {
	s := dateScanner{rest: text}
	month, day, hour, minute, second, nanosecond, zone := 1, 1, 0, 0, 0, 0, time.Duration(0)
	year := s.number("", 4, 0, 9999)
	if s.more() {
		month = s.number("-", 2, 1, 12)
	}
	if s.more() {
		day = s.number("-", 2, 1, 31)
	}
	if s.more() {
		hour = s.number("T", 2, 0, 23)
		minute = s.number(":", 2, 0, 59)
		if s.at(":") {
			second = s.number(":", 2, 0, 59)
			nanosecond = s.fraction()
		}
		zone = s.zone()
	}
	if !s.done() {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, time.UTC)
	if t.Day() != day {
		return time.Time{}, false // the month has no such day
	}
	return t.Add(-zone), true
}

// A dateScanner takes the parts of a date from the front of a text. Once
// something is not as it should be, it has failed.
type dateScanner struct {
	rest   string
	failed bool
}

func (s *dateScanner) at(mark string) bool { return strings.HasPrefix(s.rest, mark) }
func (s *dateScanner) more() bool          { return !s.failed && s.rest != "" }
func (s *dateScanner) done() bool          { return !s.failed && s.rest == "" }

// number takes a mark and then a number of that many digits.
func (s *dateScanner) number(mark string, digits, low, high int) int {
	end := len(mark) + digits
	if !s.at(mark) || len(s.rest) < end {
		s.failed = true
		return 0
	}
	n := 0
	for _, c := range []byte(s.rest[len(mark):end]) {
		if c < '0' || c > '9' {
			s.failed = true
		}
		n = n*10 + int(c) - '0'
	}
	if n < low || n > high {
		s.failed = true
	}
	s.rest = s.rest[end:]
	return n
}

// fraction takes an optional fraction of a second and returns nanoseconds.
func (s *dateScanner) fraction() int {
	if !s.at(".") {
		return 0
	}
	const maxDigits = 9
	digits, rest := cutDigits(s.rest[len("."):])
	s.failed = s.failed || digits == "" || len(digits) > maxDigits
	s.rest = rest
	n := 0
	for i := range maxDigits {
		n *= 10
		if i < len(digits) {
			n += int(digits[i] - '0')
		}
	}
	return n
}

// zone takes "Z" or the difference from UTC, which it returns.
func (s *dateScanner) zone() time.Duration {
	if s.at("Z") {
		s.rest = s.rest[len("Z"):]
		return 0
	}
	sign, unit := "+", time.Minute
	if s.at("-") {
		sign, unit = "-", -time.Minute
	}
	hours := s.number(sign, 2, 0, 23)
	minutes := s.number(":", 2, 0, 59)
	return time.Duration(60*hours+minutes) * unit
}

func readDate(text string) (operand, error) {
	date, ok := parseDate(text)
	if !ok {
		return operand{}, printable.Errorf("%q is no date: neither a day nor a time with its zone, such as 2026-01-02T03:04:05Z, nor epoch seconds", text)
	}
	return operand{date: date}, nil
}

// matchDate returns the matching function of an operator that wants this of a
// comparison.
func matchDate(wants func(int) bool) func([]operand, string) bool {
	return func(wanted []operand, got string) bool {
		date, ok := parseDate(got)
		if !ok {
			return false
		}
		for i := range wanted {
			if wants(date.Compare(wanted[i].date)) {
				return true
			}
		}
		return false
	}
}
