// Package patch applies differences in the unified format, for tests. It is as strict as can be:
// every line, number and count must be what the text and the hunks before say.
//
// Not here: fuzz, offsets, several files.
package patch

import (
	"fmt"
	"strconv"
	"strings"
)

// Apply returns text with a difference made. The empty difference changes nothing.
func Apply(diff, text string) (string, error) {
	if diff == "" {
		return text, nil
	}
	p := patcher{diff: split(diff), old: split(text)}
	if len(p.diff) < 3 || !strings.HasPrefix(p.diff[0], "--- ") || !strings.HasPrefix(p.diff[1], "+++ ") {
		return "", fmt.Errorf("found %q, expected a header and hunks", diff)
	}
	p.diff = p.diff[2:]
	for len(p.diff) > 0 {
		if err := p.hunk(); err != nil {
			return "", err
		}
	}
	p.keep(len(p.old))
	return p.out.String(), nil
}

func split(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

// A patcher is in the middle of a text.
type patcher struct {
	diff    []string // what is left of it
	old     []string // the lines of the text
	done    int      // how many of them have been read
	out     strings.Builder
	written int // lines in out
}

// A lines is a range of lines; start counts from 0.
type lines struct{ start, n int }

// keep copies lines up to one.
func (p *patcher) keep(end int) {
	p.out.WriteString(strings.Join(p.old[p.done:end], ""))
	p.written += end - p.done
	p.done = end
}

// hunk makes the changes of one hunk.
func (p *patcher) hunk() error {
	before, after, err := readHeader(p.diff[0])
	if err != nil {
		return err
	}
	p.diff = p.diff[1:]
	if before.start < p.done || before.start > len(p.old) {
		return fmt.Errorf("found a hunk at line %d of %d, expected one behind line %d", before.start, len(p.old), p.done)
	}
	p.keep(before.start)
	if p.written != after.start {
		return fmt.Errorf("found a hunk that starts behind line %d of the new text, expected line %d", after.start, p.written)
	}
	oldEnd, newEnd := before.start+before.n, after.start+after.n
	for p.done < oldEnd || p.written < newEnd {
		if err := p.line(); err != nil {
			return err
		}
	}
	if p.done != oldEnd || p.written != newEnd {
		return fmt.Errorf("found more lines in a hunk than it says")
	}
	return nil
}

// line makes the change of one line.
func (p *patcher) line() error {
	if len(p.diff) == 0 {
		return fmt.Errorf("found the end of the difference, expected the rest of a hunk")
	}
	mark, line := p.diff[0][0], p.diff[0][1:]
	p.diff = p.diff[1:]
	if len(p.diff) > 0 && p.diff[0] == "\\ No newline at end of file\n" {
		line, p.diff = strings.TrimSuffix(line, "\n"), p.diff[1:]
	}
	if mark != '+' {
		if p.done == len(p.old) || p.old[p.done] != line {
			return fmt.Errorf("line %d is not %q", p.done+1, line)
		}
		p.done++
	}
	if mark != '-' {
		p.out.WriteString(line)
		p.written++
	}
	if strings.IndexByte(" +-", mark) < 0 {
		return fmt.Errorf("found %q before a line, expected a blank, '+' or '-'", mark)
	}
	return nil
}

// readHeader reads "@@ -1,2 +3,4 @@".
func readHeader(line string) (before, after lines, err error) {
	fields := strings.Fields(line)
	if len(fields) != 4 || fields[0] != "@@" || fields[3] != "@@" || line != strings.Join(fields, " ")+"\n" {
		return before, after, fmt.Errorf("found %q, expected the header of a hunk", line)
	}
	if before, err = readRange(fields[1], "-"); err != nil {
		return before, after, err
	}
	after, err = readRange(fields[2], "+")
	return before, after, err
}

// readRange reads a range behind its mark. That of no lines names the line before.
func readRange(field, mark string) (r lines, err error) {
	field, marked := strings.CutPrefix(field, mark)
	start, n, counted := strings.Cut(field, ",")
	if r.start, err = strconv.Atoi(start); err != nil || !marked {
		return r, fmt.Errorf("found %q, expected a range of lines behind %s", field, mark)
	}
	if r.n = 1; counted {
		if r.n, err = strconv.Atoi(n); err != nil {
			return r, err
		}
	}
	if r.n > 0 {
		r.start--
	}
	return r, nil
}
