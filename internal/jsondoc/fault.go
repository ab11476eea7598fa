package jsondoc

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Code names a kind of fault. Codes are stable, texts are not.
type Code string

// The kinds of faults that this package finds by itself.
const (
	Syntax          Code = "syntax"           // not JSON
	NotUTF8         Code = "not-utf8"         // bytes or escapes that are no Unicode text
	TooLarge        Code = "too-large"        // more bytes than allowed
	TooDeep         Code = "too-deep"         // lists and objects nested too deeply
	TooManyFaults   Code = "too-many-faults"  // faults beyond the number that is listed
	DuplicateMember Code = "duplicate-member" // a name given twice in one object
	UnknownMember   Code = "unknown-member"   // a name that the object does not have
	MissingMember   Code = "missing-member"   // a name that the object must have
	WrongType       Code = "wrong-type"       // a value of another JSON type
)

// A Fault is one thing that is wrong with a document.
type Fault struct {
	Place
	Path string // where in the tree: Statement[0].Action; empty at the root
	Code Code
	Text string
}

// A fault is a Fault of which only the offset is known yet.
type fault struct {
	offset   int // in the document's own text
	path     string
	code     Code
	text     string
	embedded *Fault // a fault of a document inside the value at offset; its path starts there
}

// maxPathName bounds what a single member name adds to a path: the same long name stands in
// the paths of all faults below it.
const maxPathName = 64

// findPaths fills in the paths of faults that all lie within a node; they are sorted by offset.
// A fault at the start of a value has that value's path, one at a member name the path of the
// object that has the member.
func (d *Document) findPaths(parent int, path string, faults []fault) {
	for i := range faults {
		faults[i].path = path
	}
	index := -1
	for child := range d.children(parent) {
		index++
		_, faults = splitAt(faults, int(d.nodes[child].start))
		var inside []fault
		inside, faults = splitAt(faults, int(d.nodes[child].end))
		if len(inside) > 0 {
			d.findPaths(child, d.childPath(path, parent, child, index), inside)
		}
		if len(faults) == 0 {
			return
		}
	}
}

// splitAt splits faults into those before offset and the rest.
func splitAt(faults []fault, offset int) (before, rest []fault) {
	n := 0
	for n < len(faults) && faults[n].offset < offset {
		n++
	}
	return faults[:n], faults[n:]
}

// childPath returns the path of a child that has this index in its parent.
func (d *Document) childPath(path string, parent, child, index int) string {
	if d.kind(parent) == List {
		return path + "[" + strconv.Itoa(index) + "]"
	}
	return JoinPath(path, Shorten(d.string(child-1), maxPathName))
}

// JoinPath puts two paths together: that of a value, and one that starts there.
func JoinPath(path, rest string) string {
	if path == "" || rest == "" || rest[0] == '[' {
		return path + rest
	}
	return path + "." + rest
}

// Shorten returns name without what goes beyond a number of bytes, and with escapes for what would
// not print in one line.
func Shorten(name string, limit int) string {
	name = printable.Cut(name, limit)
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		quoted := strconv.Quote(name)
		name = quoted[1 : len(quoted)-1]
	}
	return name
}
