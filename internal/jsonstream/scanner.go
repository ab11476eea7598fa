package jsonstream

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

const (
	// defaultMaxElement is the size limit of an element whose Options name none.
	defaultMaxElement = 64 << 20
	// maxDepth bounds the nesting of lists and objects, as in package jsondoc: all walks are
	// recursive.
	maxDepth = 128
	// maxMembers bounds the members of an object that is walked through. Their names are
	// remembered to find those that are given twice.
	maxMembers = 1 << 16
	// chunk is how much is asked of the reader at a time.
	chunk = 64 << 10
	// maxEmptyReads is how often in a row a reader may return nothing.
	maxEmptyReads = 100
)

// Options say how a stream is read.
type Options struct {
	File       string           // the file in places
	MaxElement int              // the largest element in bytes; zero means 64 MiB
	Progress   func(read int64) // if not nil, told now and then how many bytes have been read
}

// An Error is what keeps a stream from being read any further, or an element from being taken.
type Error struct {
	jsondoc.Place
	Code jsondoc.Code
	Text string
}

// Error returns the place and what is wrong there.
func (e *Error) Error() string { return prefix(e.Place) + e.Text }

// prefix returns a place as it stands before a message.
func prefix(at jsondoc.Place) string {
	text := fmt.Sprintf("%d:%d: ", at.Line, at.Column)
	if at.File != "" {
		text = at.File + ":" + text
	}
	return text
}

// A Scanner reads one stream from its start to its end. It is not safe for concurrent use.
type Scanner struct {
	r    io.Reader
	opts Options

	// buf[pos:end] has been read and is yet to be scanned. buf[mark:pos] is scanned and kept,
	// for the element that is being taken; without one mark is -1.
	buf            []byte
	pos, end, mark int
	base           int // offset in the stream of buf[0]

	line      int // of pos, from 1
	lineStart int // offset in the stream at which that line starts

	depth int
	err   error // what ended the reading: io.EOF, or what the reader reported
	fault error // what is wrong with the document; all that comes after it is not read
}

// New returns a scanner at the start of a stream.
func New(r io.Reader, opts Options) *Scanner {
	if opts.MaxElement <= 0 {
		opts.MaxElement = defaultMaxElement
	}
	return &Scanner{r: r, opts: opts, buf: make([]byte, chunk), mark: -1, line: 1}
}

// peek returns the next byte; at the end of the stream ok is false.
func (s *Scanner) peek() (c byte, ok bool) {
	if s.pos == s.end && !s.fill() {
		return 0, false
	}
	return s.buf[s.pos], true
}

// fill reads more of the stream and reports whether there was more.
func (s *Scanner) fill() bool {
	if s.err != nil {
		return false
	}
	s.makeRoom()
	for range maxEmptyReads {
		n, err := s.r.Read(s.buf[s.end:])
		n = min(max(n, 0), len(s.buf)-s.end)
		s.end += n
		s.err = err
		if n > 0 && s.opts.Progress != nil {
			s.opts.Progress(int64(s.base + s.end))
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// makeRoom drops what is no longer needed from the buffer and makes it larger if it is still
// full. An element that grows beyond the limit is dropped too: it is scanned to its end, but not
// kept.
func (s *Scanner) makeRoom() {
	if s.mark >= 0 && s.pos-s.mark > s.opts.MaxElement {
		s.mark = -1
	}
	from := s.pos
	if s.mark >= 0 {
		from, s.mark = s.mark, 0
	}
	if from > 0 {
		copy(s.buf, s.buf[from:s.end])
		s.base += from
		s.pos -= from
		s.end -= from
	}
	if len(s.buf)-s.end < chunk/2 {
		larger := make([]byte, 2*len(s.buf))
		copy(larger, s.buf[:s.end])
		s.buf = larger
	}
}

// place returns where the next byte stands.
func (s *Scanner) place() jsondoc.Place {
	offset := s.base + s.pos
	return jsondoc.Place{File: s.opts.File, Offset: offset, Line: s.line, Column: offset - s.lineStart + 1}
}

// Place returns where the next value starts.
func (s *Scanner) Place() jsondoc.Place {
	s.space()
	return s.place()
}

// fail ends the reading: the document has a fault.
func (s *Scanner) fail(at jsondoc.Place, code jsondoc.Code, format string, args ...any) error {
	s.fault = &Error{Place: at, Code: code, Text: fmt.Sprintf(format, args...)}
	return s.fault
}

// unexpected ends the reading at a byte that does not fit the grammar, or at the end of what the
// reader gave.
func (s *Scanner) unexpected(expected string) error {
	for s.end-s.pos < utf8.UTFMax && s.fill() {
		// A character may be cut in two by the end of the buffer.
	}
	if s.pos == s.end && s.err != io.EOF {
		s.fault = s.finish()
		return s.fault
	}
	found := string(s.buf[s.pos:min(s.end, s.pos+utf8.UTFMax)])
	return s.fail(s.place(), jsondoc.Syntax, "found %s, expected %s", jsondoc.Describe(found), expected)
}

// finish returns what ended the reading, nil if it was the end of the stream.
func (s *Scanner) finish() error {
	switch {
	case s.fault != nil:
		return s.fault
	case s.err == io.EOF:
		return nil
	}
	return fmt.Errorf("%s%w", prefix(s.place()), s.err)
}

// space passes blanks, and keeps count of the lines: strings have no line breaks.
func (s *Scanner) space() {
	for {
		for i, c := range s.buf[s.pos:s.end] {
			switch c {
			case ' ', '\t', '\r':
			case '\n':
				s.line++
				s.lineStart = s.base + s.pos + i + 1
			default:
				s.pos += i
				return
			}
		}
		s.pos = s.end
		if !s.fill() {
			return
		}
	}
}

// next passes blanks and returns the byte behind them; 0 stands for the end, and fits nowhere in
// JSON either. Most often there are no blanks.
func (s *Scanner) next() byte {
	if s.pos < s.end && s.buf[s.pos] > ' ' {
		return s.buf[s.pos]
	}
	s.space()
	c, _ := s.peek()
	return c
}

// word passes a literal name such as "true".
func (s *Scanner) word(word string) error {
	for i := range len(word) {
		if c, ok := s.peek(); !ok || c != word[i] {
			return s.unexpected(word)
		}
		s.pos++
	}
	return nil
}

// number passes a number.
func (s *Scanner) number() error {
	if c, _ := s.peek(); c == '-' {
		s.pos++
	}
	if c, _ := s.peek(); c == '0' {
		s.pos++
	} else if err := s.digits(); err != nil {
		return err
	}
	if c, _ := s.peek(); c == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c, _ := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c, _ := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		return s.digits()
	}
	return nil
}

// digits passes one digit or more.
func (s *Scanner) digits() error {
	if c, _ := s.peek(); c < '0' || c > '9' {
		return s.unexpected("a digit")
	}
	for {
		if c, _ := s.peek(); c < '0' || c > '9' {
			return nil
		}
		s.pos++
	}
}

// string passes a string, from its opening quote to the closing one.
func (s *Scanner) string() error {
	s.pos++
	for {
		i := plainLen(s.buf[s.pos:s.end])
		s.pos += i
		c, ok := s.peek()
		switch {
		case ok && c == '"':
			s.pos++
			return nil
		case ok && c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case !ok || c < ' ':
			return s.unexpected("the rest of the string")
		}
	}
}

// plainLen returns how many bytes at the start of b are the plain text of a string.
func plainLen(b []byte) int {
	for i, c := range b {
		if c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return len(b)
}

// escape passes an escape sequence.
func (s *Scanner) escape() error {
	s.pos++
	c, ok := s.peek()
	if !ok || bytes.IndexByte([]byte(`"\/bfnrtu`), c) < 0 {
		return s.unexpected("an escape sequence of JSON")
	}
	s.pos++
	if c != 'u' {
		return nil
	}
	for range 4 {
		c, _ := s.peek()
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
			return s.unexpected("a hexadecimal digit")
		}
		s.pos++
	}
	return nil
}
