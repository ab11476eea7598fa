package main

// A mark is a place in a file as SARIF counts: lines from 1, columns in UTF-16 code units from 1.
type mark struct{ line, column int }

// marks are the places of every 4096th byte, so that none is far from the next: plans are written
// on a single line.
type marks []mark

const markEvery = 4096

// next returns the place behind a byte.
func (m mark) next(b byte) mark {
	switch {
	case b == '\n':
		return mark{m.line + 1, 1}
	case b >= 0xf0: // the first byte of a character that takes two units
		m.column += 2
	case b < 0x80 || b >= 0xc0:
		m.column++
	}
	return m
}

// mark returns the place of a byte, or of the end.
func (f *file) mark(offset int) mark {
	if f.marks == nil {
		at := mark{1, 1}
		for i, b := range f.data {
			if i%markEvery == 0 {
				f.marks = append(f.marks, at)
			}
			at = at.next(b)
		}
		f.marks = append(f.marks, at)
	}
	start := offset / markEvery
	at := f.marks[start]
	for _, b := range f.data[start*markEvery : offset] {
		at = at.next(b)
	}
	return at
}
