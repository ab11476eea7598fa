package jsondoc

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// check scans the text. If it is JSON that can be walked without danger, its nodes are kept, else
// the first thing that is wrong with it is reported.
func (d *Document) check() {
	room := newNodes(len(d.text))
	s := scanner{text: d.text, nodes: *room}
	valid := s.document()
	if !valid {
		if at, ok := tooDeep(d.text); ok {
			d.report(fault{offset: at, code: TooDeep, text: fmt.Sprintf("lists and objects are nested more than %d deep", maxDepth)})
			return
		}
	}
	if !utf8.ValidString(d.text) {
		at := invalidUTF8(d.text)
		d.report(fault{offset: at, code: NotUTF8, text: fmt.Sprintf("byte 0x%02x is not UTF-8", d.text[at])})
		return
	}
	if !valid {
		d.report(fault{offset: s.pos, code: Syntax, text: "found " + Describe(d.text[s.pos:]) + ", expected " + s.expected})
		return
	}
	if at, ok := loneSurrogate(d.text); ok {
		d.report(fault{offset: at, code: NotUTF8, text: d.text[at:at+6] + " is half of a surrogate pair"})
		return
	}
	d.nodes, d.room = s.nodes, room
}

// tooDeep returns the offset of the first bracket that nests deeper than maxDepth.
func tooDeep(text string) (int, bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
		case '[', '{':
			if depth++; depth > maxDepth {
				return i, true
			}
		case ']', '}':
			depth--
		}
	}
	return 0, false
}

// stringEnd returns the offset of the quote that ends the string starting at an offset, or where
// text ends.
func stringEnd(text string, start int) int {
	i := start + 1
	for i < len(text) && text[i] != '"' {
		if text[i] == '\\' {
			i++
		}
		i++
	}
	return i
}

// invalidUTF8 returns the offset of the first byte of text that is not UTF-8; there is one.
func invalidUTF8(text string) int {
	for i := 0; ; {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

// loneSurrogate returns the offset of the first \u escape in valid JSON that is half of a
// surrogate pair. Such a string has no form in UTF-8.
func loneSurrogate(text string) (int, bool) {
	for i := 0; ; {
		next := strings.IndexByte(text[i:], '\\')
		if next < 0 {
			return 0, false
		}
		i += next
		switch high, low := surrogates(text[i:]); {
		case high && low:
			i += len(`\ud800\udc00`)
		case high || low:
			return i, true
		default:
			i += len(`\n`)
		}
	}
}

// surrogates reports whether text starts with the escape of a high surrogate, and whether with
// that of a low one, after the high one if there is one.
func surrogates(text string) (high, low bool) {
	high = escaped(text, 0xD8)
	if high {
		text = text[len(`\ud800`):]
	}
	return high, escaped(text, 0xDC)
}

// escaped reports whether text starts with a \u escape whose first byte is one of the four
// from first on.
func escaped(text string, first uint64) bool {
	if !strings.HasPrefix(text, `\u`) {
		return false
	}
	b, err := strconv.ParseUint(text[2:4], 16, 8)
	return err == nil && b&^3 == first
}
