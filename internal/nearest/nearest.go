// Package nearest finds the word that was probably meant by a misspelt one,
// for messages that end in "did you mean ...?".
//
// Left out: transpositions as one edit, keyboard layouts, and any alphabet
// beyond bytes. The words compared are AWS's names, which are ASCII.
package nearest

import "iter"

const (
	// maxLength bounds the cost of one comparison. AWS's longest names are
	// about 45 bytes long.
	maxLength = 64

	// maxSlips bounds what still passes for a slip of the pen.
	maxSlips = 3
)

// Word returns the candidate closest to word, compared without case, and
// whether there is one close enough to have been meant: at most one edit for
// every three bytes of the longer word, and never more than three. Of several
// equally close the first wins.
func Word(word string, candidates iter.Seq[string]) (string, bool) {
	best, distance := "", maxSlips+1
	for c := range candidates {
		limit := min(distance-1, max(len(word), len(c))/3)
		if d := Distance(word, c, limit); d <= limit {
			best, distance = c, d
		}
	}
	return best, distance <= maxSlips
}

// Distance returns how many bytes must be inserted, deleted or replaced to
// turn a into b, where upper and lower case ASCII letters are the same. More
// than limit is reported as limit+1, as is any text longer than 64 bytes.
func Distance(a, b string, limit int) int {
	tooFar := limit + 1
	if len(a) > maxLength || len(b) > maxLength || max(len(a), len(b))-min(len(a), len(b)) > limit {
		return tooFar
	}
	// row[j] is the distance between a[:i] and b[:j] (Wagner and Fischer).
	var row [maxLength + 1]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if lower(a[i]) != lower(b[j]) {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], tooFar)
}

// lower returns the lower-case form of an ASCII letter, and any other byte as
// it is.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
