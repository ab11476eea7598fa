// Package printable makes text that may come from a document or a log fit to be
// printed: without the characters that could end a line, control a terminal or reorder
// what stands around them, and in messages no longer than is worth showing.
package printable

import (
	"strings"
	"unicode"
)

// Line returns text with a U+FFFD in the place of each such character.
func Line(text string) string { return replaced(text, unicode.IsGraphic) }

// Lines is Line for a text of several lines, which stay.
func Lines(text string) string {
	return replaced(text, func(r rune) bool { return r == '\n' || unicode.IsGraphic(r) })
}

func replaced(text string, stays func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if stays(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
