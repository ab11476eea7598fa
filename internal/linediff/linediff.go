// Package linediff writes the difference between two texts the way that diff -u does, so that
// people can read it and patch and git apply can use it.
//
// Texts are compared line by line; a line ends with a line feed, and all its other characters,
// carriage returns included, are its content. The time is linear in the size of the texts: the
// lines that they have in common at their beginning and end are set aside, and what is left is
// matched line by line only where that is not too much, else replaced as a whole.
//
// Not here: reading or applying differences, words within lines, and ignoring blanks.
package linediff

import (
	"fmt"
	"strings"
)

const (
	// context is how many equal lines are shown around a change.
	context = 3

	// maxCells bounds the lines of one text times those of the other that are matched.
	maxCells = 1 << 20
)

// Unified returns the difference between two texts in the unified format, "" if they are equal.
// The names stand in its header as they are.
func Unified(oldName, newName, oldText, newText string) string {
	if oldText == newText {
		return ""
	}
	a, b := split(oldText), split(newText)
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", oldName, newName)
	numbers := map[string]int{}
	for _, hunk := range hunks(changes(number(numbers, a), number(numbers, b))) {
		writeHunk(&out, a, b, hunk)
	}
	return out.String()
}

// split cuts text into lines, each with the line feed that ends it.
func split(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// number returns numbers that are equal where lines are, so that long lines are not compared
// again and again. It takes those of known lines from numbers and adds the others.
func number(numbers map[string]int, lines []string) []int {
	all := make([]int, len(lines))
	for i, line := range lines {
		n, ok := numbers[line]
		if !ok {
			n = len(numbers)
			numbers[line] = n
		}
		all[i] = n
	}
	return all
}

// A change replaces the lines a0 to a1 of the old text, a1 not included, by the lines b0 to b1
// of the new one. One of the two may be no lines.
type change struct{ a0, a1, b0, b1 int }

// changes returns what turns the lines a into b, in order. Between two changes are lines that
// stay. Lines are given as numbers.
func changes(a, b []int) []change {
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	aEnd, bEnd := len(a), len(b)
	for aEnd > start && bEnd > start && a[aEnd-1] == b[bEnd-1] {
		aEnd--
		bEnd--
	}
	if (aEnd-start)*(bEnd-start) > maxCells {
		return []change{{start, aEnd, start, bEnd}}
	}
	all := match(a[start:aEnd], b[start:bEnd])
	for i, c := range all {
		all[i] = change{c.a0 + start, c.a1 + start, c.b0 + start, c.b1 + start}
	}
	return all
}

// match is changes for few lines: it keeps as many as can be kept.
func match(a, b []int) []change {
	common := commonLines(a, b)
	var all []change
	for i, j := 0, 0; i < len(a) || j < len(b); {
		c := change{a0: i, b0: j}
		for i < len(a) && j < len(b) && a[i] != b[j] {
			if common[i+1][j] >= common[i][j+1] {
				i++
			} else {
				j++
			}
		}
		if i == len(a) || j == len(b) {
			i, j = len(a), len(b)
		}
		if c.a1, c.b1 = i, j; c.a0 < i || c.b0 < j {
			all = append(all, c)
		}
		for i < len(a) && j < len(b) && a[i] == b[j] {
			i++
			j++
		}
	}
	return all
}

// commonLines returns a table of how many lines a[i:] and b[j:] have in common, in the same
// order: the length of their longest common subsequence.
func commonLines(a, b []int) [][]int32 {
	cells := make([]int32, (len(a)+1)*(len(b)+1))
	table := make([][]int32, len(a)+1)
	for i := range table {
		table[i] = cells[i*(len(b)+1):][:len(b)+1]
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// hunks groups changes whose surrounding lines would meet.
func hunks(all []change) [][]change {
	var grouped [][]change
	for i, c := range all {
		if i > 0 && c.a0-all[i-1].a1 <= 2*context {
			last := &grouped[len(grouped)-1]
			*last = append(*last, c)
			continue
		}
		grouped = append(grouped, []change{c})
	}
	return grouped
}

// writeHunk writes changes with the lines around and between them.
func writeHunk(out *strings.Builder, a, b []string, hunk []change) {
	first, last := hunk[0], hunk[len(hunk)-1]
	before := min(context, first.a0)
	after := min(context, len(a)-last.a1)
	aStart, bStart := first.a0-before, first.b0-before
	fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(aStart, last.a1+after), lineRange(bStart, last.b1+after))
	kept := aStart
	for _, c := range hunk {
		writeLines(out, ' ', a[kept:c.a0])
		writeLines(out, '-', a[c.a0:c.a1])
		writeLines(out, '+', b[c.b0:c.b1])
		kept = c.a1
	}
	writeLines(out, ' ', a[kept:kept+after])
}

// lineRange returns the lines from start to before end, counted from 0, as a hunk's header has
// them: the number of the first, counted from 1, and how many they are unless that is one. Of no
// lines it is the number of the line before.
func lineRange(start, end int) string {
	switch end - start {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, end-start)
}

// writeLines writes lines with a mark in front of each.
func writeLines(out *strings.Builder, mark byte, lines []string) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
