package conditions

import (
	"cmp"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A number is a decimal number, exactly: its size is limited by the text that
// it was read from alone. It is sign * 0.DDD... * 10^point, where DDD... are
// the digits of whole and then those of fraction.
type number struct {
	sign            int    // -1, 0 or 1
	point           int    // 0 if sign is
	whole, fraction string // what the first digit that is not 0 begins
}

// maxExponent bounds the exponent of a number (1e9999).
//
// UNDOCUMENTED: a number with a larger exponent cannot be read.
const maxExponent = 9999

// parseNumber reads a decimal number: an optional sign, digits, optionally a
// point and more digits, optionally an exponent as in JSON.
//
// UNDOCUMENTED: the exponent, a leading plus sign and leading zeros are
// allowed, blanks and a point without digits on both sides are not.
func parseNumber(text string) (number, bool) {
	n := number{sign: 1}
	rest := text
	switch {
	case strings.HasPrefix(rest, "-"):
		n.sign, rest = -1, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	n.whole, rest = cutDigits(rest)
	if n.whole == "" {
		return number{}, false
	}
	if strings.HasPrefix(rest, ".") {
		if n.fraction, rest = cutDigits(rest[1:]); n.fraction == "" {
			return number{}, false
		}
	}
	exponent, ok := parseExponent(rest)
	if !ok {
		return number{}, false
	}
	n.normalize(exponent)
	return n, true
}

// normalize drops leading zeros and sets the point; what has no other digit is
// zero, which has no sign.
func (n *number) normalize(exponent int) {
	n.whole = strings.TrimLeft(n.whole, "0")
	n.point = len(n.whole) + exponent
	if n.whole == "" {
		significant := strings.TrimLeft(n.fraction, "0")
		n.point -= len(n.fraction) - len(significant)
		n.fraction = significant
	}
	if n.whole == "" && n.fraction == "" {
		*n = number{}
	}
}

// parseExponent reads the end of a number: nothing, or an exponent.
func parseExponent(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false
	}
	text = text[1:]
	negative := strings.HasPrefix(text, "-")
	if negative || strings.HasPrefix(text, "+") {
		text = text[1:]
	}
	digits, rest := cutDigits(text)
	if digits == "" || rest != "" {
		return 0, false
	}
	exponent := 0
	for i := range len(digits) {
		exponent = exponent*10 + int(digits[i]-'0')
		if exponent > maxExponent {
			return 0, false
		}
	}
	if negative {
		exponent = -exponent
	}
	return exponent, true
}

// cutDigits splits text behind the ASCII digits that it begins with.
func cutDigits(text string) (digits, rest string) {
	n := 0
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return text[:n], text[n:]
}

// compare returns -1, 0 or +1 as n is less than, equal to or greater than m.
func (n *number) compare(m *number) int {
	if n.sign != m.sign {
		return cmp.Compare(n.sign, m.sign)
	}
	if n.point != m.point {
		return n.sign * cmp.Compare(n.point, m.point)
	}
	for i := range max(n.digits(), m.digits()) {
		if a, b := n.digit(i), m.digit(i); a != b {
			return n.sign * cmp.Compare(a, b)
		}
	}
	return 0
}

func (n *number) digits() int { return len(n.whole) + len(n.fraction) }

// digit returns the i-th digit, '0' beyond the last one.
func (n *number) digit(i int) byte {
	if i < len(n.whole) {
		return n.whole[i]
	}
	if i -= len(n.whole); i < len(n.fraction) {
		return n.fraction[i]
	}
	return '0'
}

func readNumber(text string) (operand, error) {
	n, ok := parseNumber(text)
	if !ok {
		return operand{}, printable.Errorf("%q is no decimal number", text)
	}
	return operand{number: n}, nil
}

// matchNumber returns the matching function of an operator that wants this of
// a comparison.
func matchNumber(wants func(int) bool) func([]operand, string) bool {
	return func(wanted []operand, got string) bool {
		n, ok := parseNumber(got)
		if !ok {
			return false
		}
		for i := range wanted {
			if wants(n.compare(&wanted[i].number)) {
				return true
			}
		}
		return false
	}
}
