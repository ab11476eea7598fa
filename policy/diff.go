package policy

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/internal/linediff"
)

// Diff returns the difference between two documents in the unified format, with three lines of
// context, as people read it and patch and git apply take it; "" if their texts are equal. Its
// header has the documents' names; for one without a name its file if it is a whole file, else
// what kind of policy it is. A document that is nil is one that is not there.
//
// Lines are those of the documents themselves, also of documents that are part of a larger text.
// The time is linear in the size of the documents.
func Diff(before, after *Document) string {
	before, after = cmp.Or(before, &Document{}), cmp.Or(after, &Document{})
	return linediff.Unified(before.label(), after.label(), before.text, after.text)
}

// label returns what to call the document, on one line.
func (d *Document) label() string {
	label := d.opts.Name
	if label == "" && d.opts.At.Offset == 0 {
		label = d.opts.reading().At.File
	}
	if label == "" {
		_, label, _ = strings.Cut(d.dialect.noun, " ") // without its article
	}
	switch {
	case label == "":
		return "/dev/null" // the zero Document; so diff calls a file that is not there
	case strings.ContainsFunc(label, func(r rune) bool { return !unicode.IsPrint(r) }):
		return strconv.Quote(label)
	}
	return label
}
