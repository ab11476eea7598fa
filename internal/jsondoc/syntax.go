package jsondoc

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

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

// A scanner reads JSON by the grammar of RFC 8259 and notes where its values are. Its functions
// report whether what they are named after was there; if not, pos is where reading failed and
// expected says why.
type scanner struct {
	text     string
	pos      int
	depth    int // of the lists and objects around pos
	nodes    []node
	expected string
}

// document reads the whole text, unless it nests deeper than maxDepth.
func (s *scanner) document() bool {
	if !s.value() {
		return false
	}
	s.space()
	return s.pos == len(s.text) || s.fail("the end of the document")
}

// peek returns the next byte, zero at the end. A zero byte in the text fits nowhere either.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.text) && isSpace(s.text[s.pos]) {
		s.pos++
	}
}

func (s *scanner) fail(expected string) bool {
	s.expected = expected
	return false
}

func (s *scanner) value() bool {
	s.space()
	n := len(s.nodes)
	s.nodes = append(s.nodes, node{start: uint32(s.pos)})
	if !s.content() {
		return false
	}
	s.nodes[n].end, s.nodes[n].next = uint32(s.pos), uint32(len(s.nodes))
	return true
}

func (s *scanner) content() bool {
	switch c := s.peek(); {
	case c == '"':
		return s.string()
	case c == '{':
		return s.list('}')
	case c == '[':
		return s.list(']')
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-' || isDigit(c):
		return s.number()
	}
	return s.fail("a value")
}

// list reads what stands between brackets, up to the bracket end: items with commas between them.
func (s *scanner) list(end byte) bool {
	if s.depth == maxDepth {
		return false // check finds the bracket that is too deep
	}
	s.depth++
	s.pos++
	s.space()
	if s.peek() == end {
		return s.close()
	}
	first := s.pos
	for {
		if !s.item(end) {
			if s.pos == first {
				s.expected += fmt.Sprintf(" or '%c'", end)
			}
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
		case end:
			return s.close()
		default:
			return s.fail(fmt.Sprintf("',' or '%c'", end))
		}
	}
}

// item reads an element of a list or a member of an object, depending on the bracket at its end.
func (s *scanner) item(end byte) bool {
	if end == '}' {
		return s.member()
	}
	return s.value()
}

// close reads the bracket at the end of a list or object.
func (s *scanner) close() bool {
	s.pos++
	s.depth--
	return true
}

func (s *scanner) member() bool {
	s.space()
	if s.peek() != '"' {
		return s.fail("a member name")
	}
	if !s.value() {
		return false
	}
	s.space()
	if s.peek() != ':' {
		return s.fail("':'")
	}
	s.pos++
	return s.value()
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
		s.pos += plainLen(s.text[s.pos:])
		switch s.peek() {
		case '"':
			s.pos++
			return true
		case '\\':
			if !s.escape() {
				return false
			}
		default:
			return s.fail("the rest of the string")
		}
	}
}

// plainLen returns how many bytes at the beginning of text stand for themselves in a string.
func plainLen(text string) int {
	for i := range len(text) {
		if !plain[text[i]] {
			return i
		}
	}
	return len(text)
}

// plain has the bytes that stand for themselves in a string.
var plain = func() (set [256]bool) {
	for c := range set {
		set[c] = c != '"' && c != '\\' && c >= ' '
	}
	return set
}()

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

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t'
}

func isDigit(c byte) bool {
	return '0' <= c && c <= '9'
}
