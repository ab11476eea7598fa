package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
)

// maxLine is the length of the longest line that is read.
const maxLine = 16 << 20

// lines answers each line of in with one line.
func (p *program) lines(in io.Reader) {
	r := lineReader{in: bufio.NewReaderSize(flushingReader{in, p.out}, 64<<10)}
	for {
		line, tooLong, err := r.next()
		if len(bytes.TrimSpace(line)) > 0 {
			p.answer(line, tooLong)
		}
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			p.fail(err)
			return
		}
	}
}

// answer writes the answer to one line.
func (p *program) answer(line []byte, tooLong bool) {
	if tooLong {
		p.refuse(line, fmt.Sprintf("the line is longer than %d bytes", maxLine))
		return
	}
	s, err := p.read(line, nil)
	if err != nil {
		p.refuse(line, strings.Join(faults(err), "; "))
		return
	}
	d := s.Decide()
	p.print(scenario.Result{Name: s.Name, Decision: d}.MarshalJSON())
	if p.check {
		p.compare(s, d)
	}
}

// refuse writes what is wrong with a line in the place of its decision object.
func (p *program) refuse(line []byte, text string) {
	p.status = statusUnreadable
	p.print(json.Marshal(struct {
		Name  string `json:"name"`
		Error string `json:"error"`
	}{p.nameOf(line), text}))
}

// A flushingReader writes out what is waiting before it reads, which may take until somebody
// sends the next line.
type flushingReader struct {
	in  io.Reader
	out *bufio.Writer
}

func (r flushingReader) Read(b []byte) (int, error) {
	if r.out.Flush() != nil {
		return 0, io.EOF // nobody gets the answers any more; run reports why
	}
	return r.in.Read(b)
}

// A lineReader reads lines in memory that does not grow with their number, nor beyond maxLine.
type lineReader struct {
	in   *bufio.Reader
	line []byte
}

// next returns the next line, valid until the next call, and with io.EOF the last one. Of a line
// longer than maxLine it returns the beginning.
func (r *lineReader) next() (line []byte, tooLong bool, err error) {
	r.line = r.line[:0]
	for {
		chunk, err := r.in.ReadSlice('\n')
		content := bytes.TrimSuffix(chunk, []byte("\n"))
		room := maxLine - len(r.line)
		if len(content) > room {
			content, tooLong = content[:room], true
		}
		r.line = append(r.line, content...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return r.line, tooLong, err
		}
	}
}

// nameOf returns the name of a scenario that cannot be read, "" if reading does not get so far or
// names are not to be told.
func (p *program) nameOf(doc []byte) string {
	if p.redactor != nil {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return ""
	}
	for {
		field, err := d.Token()
		if err != nil || field == json.Delim('}') {
			return ""
		}
		value, err := nextValue(d)
		if err != nil {
			return ""
		}
		if name, ok := value.(string); ok && field == "name" {
			return name
		}
	}
}

// nextValue reads a value and returns its first token.
func nextValue(d *json.Decoder) (first json.Token, err error) {
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = token
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return first, nil
		}
	}
}
