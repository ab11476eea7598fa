package jsondoc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

const (
	// defaultMaxBytes is the size limit of a document whose Options name none.
	defaultMaxBytes = 1 << 20

	// maxDepth bounds the nesting of lists and objects. They are read recursively, and a stack
	// overflow cannot be recovered.
	maxDepth = 128

	// maxFaults bounds what is reported of one document; more helps nobody, and a list of a
	// million wrong elements would otherwise need a million texts.
	maxFaults = 1000
)

// Options say how a document is read.
type Options struct {
	// MaxBytes is the largest size that is read; zero means 1 MiB.
	MaxBytes int

	// At is where the document starts in a larger text. Its File is that of all positions; the
	// rest may be zero for a document that is the whole text.
	At Place
}

// A Place is a position in a text.
type Place struct {
	File   string
	Offset int // bytes, from 0
	Line   int // from 1
	Column int // bytes, from 1
}

// A Document is JSON text that is being read, with the faults found in it so far.
type Document struct {
	text   string
	start  Place
	nodes  []node  // none while the text is not known to be JSON
	room   *[]node // of nodes, for another document after this one
	lines  []int   // offsets at which lines start; made when a place is first asked for
	faults []fault
}

// Read checks that data is JSON and makes a document of it. The data is copied. What is wrong
// with the text as a whole is a fault like any other; the document has no root then.
func Read(data []byte, opts Options) *Document {
	d := &Document{start: opts.At}
	d.start.Line = max(d.start.Line, 1)
	d.start.Column = max(d.start.Column, 1)
	limit := opts.MaxBytes
	if limit <= 0 {
		limit = defaultMaxBytes
	}
	limit = min(limit, math.MaxInt32) // what a node can hold
	if len(data) > limit {
		d.report(fault{code: TooLarge, text: fmt.Sprintf("the document has %d bytes, at most %d are read", len(data), limit)})
		return d
	}
	d.text = string(data)
	d.check()
	return d
}

// Text returns the document's text, with the blanks around its root; "" if it was too large.
func (d *Document) Text() string { return d.text }

// Root returns the value that the document consists of.
func (d *Document) Root() Value {
	return Value{doc: d}
}

// place returns where an offset into the document's text lies in the larger text.
func (d *Document) place(offset int) Place {
	if d.lines == nil {
		d.lines = lineStarts(d.text)
	}
	line := sort.SearchInts(d.lines, offset+1) - 1
	p := Place{
		File:   d.start.File,
		Offset: d.start.Offset + offset,
		Line:   d.start.Line + line,
		Column: offset - d.lines[line] + 1,
	}
	if line == 0 {
		p.Column += d.start.Column - 1
	}
	return p
}

// lineStarts returns the offsets at which the lines of text start.
func lineStarts(text string) []int {
	starts := make([]int, 1, strings.Count(text, "\n")+1)
	for {
		start := starts[len(starts)-1]
		length := strings.IndexByte(text[start:], '\n')
		if length < 0 {
			return starts
		}
		starts = append(starts, start+length+1)
	}
}

// report adds a fault; past the limit it only says that there are more.
func (d *Document) report(f fault) {
	if d.full() {
		return
	}
	if len(d.faults) == maxFaults {
		f = fault{offset: f.offset, code: TooManyFaults, text: "the rest of the document is not read after so many faults"}
	}
	d.faults = append(d.faults, f)
}

// full reports whether no further faults are taken. Walks end then: finding a fault and the
// spelling that was meant costs far more than reading a value.
func (d *Document) full() bool {
	return len(d.faults) > maxFaults
}

// Faults returns what is wrong with the document, in document order.
func (d *Document) Faults() []Fault {
	slices.SortStableFunc(d.faults, func(a, b fault) int { return cmp.Compare(a.offset, b.offset) })
	if len(d.nodes) > 0 {
		d.findPaths(0, "", d.faults)
	}
	all := make([]Fault, 0, len(d.faults))
	for _, f := range d.faults {
		all = append(all, d.resolve(f))
	}
	return all
}

// resolve turns a fault as it was noted into one that can be shown.
func (d *Document) resolve(f fault) Fault {
	if f.embedded != nil {
		e := *f.embedded
		e.Path = JoinPath(f.path, e.Path)
		return e
	}
	return Fault{Place: d.place(f.offset), Path: f.path, Code: f.code, Text: f.text}
}
