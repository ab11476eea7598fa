package jsondoc

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// firstError returns where text stops being JSON, and what was expected there. It is only
// asked about text that gjson found invalid, whose nesting is bounded.
func firstError(text string) (offset int, expected string) {
	s := scanner{text: text}
	if s.value("a value") {
		s.space()
		s.expected = "the end of the document"
	}
	return s.pos, s.expected
}

// Describe says in words with what text starts.
func Describe(text string) string {
	if text == "" {
		return "the end of the document"
	}
	r, _ := utf8.DecodeRuneInString(text)
	switch {
	case r == '\uFEFF':
		return "a byte order mark"
	case r == '\n' || r == '\r':
		return "a line break"
	case r < ' ' || r == 0x7F:
		return fmt.Sprintf("control character U+%04X", r)
	}
	return strconv.QuoteRune(r)
}

// A scanner reads JSON by the grammar of RFC 8259. Its functions report whether what they are
// named after was there; if not, pos is where reading failed and expected says why.
type scanner struct {
	text     string
	pos      int
	expected string
}

// peek returns the next byte, zero at the end. A zero byte in the text fits nowhere either.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.peek() != 0 && strings.IndexByte(" \t\r\n", s.peek()) >= 0 {
		s.pos++
	}
}

func (s *scanner) fail(expected string) bool {
	s.expected = expected
	return false
}

func (s *scanner) value(expected string) bool {
	s.space()
	switch c := s.peek(); {
	case c == '{':
		return s.list('}', "a member name or '}'", s.member)
	case c == '[':
		return s.list(']', "a value or ']'", s.value)
	case c == '"':
		return s.string()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-' || isDigit(c):
		return s.number()
	}
	return s.fail(expected)
}

// list reads what stands between brackets: items with commas between them.
func (s *scanner) list(end byte, first string, item func(expected string) bool) bool {
	s.pos++
	s.space()
	if s.peek() == end {
		s.pos++
		return true
	}
	for expected := first; ; expected = first[:strings.LastIndex(first, " or ")] {
		if !item(expected) {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
		case end:
			s.pos++
			return true
		default:
			return s.fail(fmt.Sprintf("',' or '%c'", end))
		}
	}
}

func (s *scanner) member(expected string) bool {
	s.space()
	if s.peek() != '"' {
		return s.fail(expected)
	}
	if !s.string() {
		return false
	}
	s.space()
	if s.peek() != ':' {
		return s.fail("':'")
	}
	s.pos++
	return s.value("a value")
}

func (s *scanner) word(word string) bool {
	for i := range len(word) {
		if s.peek() != word[i] {
			return s.fail(word)
		}
		s.pos++
	}
	return true
}

func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if s.peek() == 'e' || s.peek() == 'E' {
		s.pos++
		if s.peek() == '+' || s.peek() == '-' {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	if !isDigit(s.peek()) {
		return s.fail("a digit")
	}
	for isDigit(s.peek()) {
		s.pos++
	}
	return true
}

func (s *scanner) string() bool {
	for s.pos++; ; s.pos++ {
		switch c := s.peek(); {
		case c == '"':
			s.pos++
			return true
		case c == '\\':
			if !s.escape() {
				return false
			}
		case c < ' ':
			return s.fail("the rest of the string")
		}
	}
}

// escape reads an escape sequence but for its last byte.
func (s *scanner) escape() bool {
	s.pos++
	c := s.peek()
	if c == 0 || strings.IndexByte(`"\/bfnrtu`, c) < 0 {
		return s.fail("an escape sequence of JSON")
	}
	if c != 'u' {
		return true
	}
	for range 4 {
		s.pos++
		if c := s.peek(); !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return s.fail("a hexadecimal digit")
		}
	}
	return true
}

func isDigit(c byte) bool {
	return '0' <= c && c <= '9'
}
