package rename

import "strings"

// An alphabet makes codewords of any length: a letter of start, letters of odd and even in turn,
// and a letter of end. Since no other place has letters of start and end, joined codewords are
// read in one way only, and none is a part of others that are joined.
type alphabet struct {
	single           string // codewords of one letter
	start, odd, even string
	end              string
	all              string // for words that are no codewords; empty: there are none
}

// The alphabets. Words of letters can be pronounced; those whose length matters are often of one
// letter. Words of digits do not begin with 0, so that they are numbers in JSON. The letters of
// words that are no codewords are in an order in which the first are least like codewords.
var (
	letters = alphabet{"", "bdgjkprt", "aeiou", "lmvw", "nsxz", ""}
	counted = alphabet{"cfhlmqrtvwy", "bdgjkp", "aeiou", "aeiou", "nsxz", "aeioucfhlmqrtvwynsxzbdgjkp"}
	digits  = alphabet{"9", "123", "0456", "0456", "78", "0456978123"}
	hex     = alphabet{"", "abc", "0123456789", "0123456789", "def", "0123456789abcdef"}
)

// enough is a number of codewords that is never used up.
const enough = 1 << 40

// place returns the letters that a codeword of n letters may have at i.
func (a *alphabet) place(i, n int) string {
	switch {
	case n == 1:
		return a.single
	case i == 0:
		return a.start
	case i == n-1:
		return a.end
	case i%2 == 1:
		return a.odd
	default:
		return a.even
	}
}

// count returns the number of codewords of n letters, at most enough.
func (a *alphabet) count(n int) int {
	c := 1
	for i := range n {
		if c *= len(a.place(i, n)); c >= enough || c == 0 {
			return min(c, enough)
		}
	}
	return c
}

// codeword returns the k-th codeword of n letters. Neighbours look unlike each other.
func (a *alphabet) codeword(n, k int) string {
	count := a.count(n)
	k = k * stride(count) % count
	word := make([]byte, n)
	for i := range word {
		place := a.place(i, n)
		word[i] = place[k%len(place)]
		k /= len(place)
	}
	return string(word)
}

// stride returns a number that has no divisor in common with the count of codewords, whose prime
// factors are 2, 3 and 5, so that its multiples reach every codeword.
func stride(count int) int {
	s := count*5/8 | 1
	for s%3 == 0 || s%5 == 0 {
		s += 2
	}
	return s % max(count, 1)
}

// word returns the k-th word of n letters that is no codeword, false if there are no more. Some
// are the empty text: these are to be left out.
func (a *alphabet) word(n, k int) (string, bool) {
	word := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		word[i] = a.all[k%len(a.all)]
		k /= len(a.all)
	}
	if k > 0 {
		return "", false
	}
	if a.isCodeword(word) || word[0] == '0' && n > 1 {
		return "", true
	}
	return string(word), true
}

func (a *alphabet) isCodeword(word []byte) bool {
	for i, c := range word {
		if strings.IndexByte(a.place(i, len(word)), c) < 0 {
			return false
		}
	}
	return true
}

// usualLength is that of most codewords where the length does not matter.
const usualLength = 5

// A pool hands out codewords, each once.
type pool struct {
	*alphabet
	next map[int]int // by length: the codewords handed out, and the other words
}

func newPool(a *alphabet) pool { return pool{a, make(map[int]int)} }

// take returns the next word of n letters that suits: a codeword and, where there are no more, any
// other word that the alphabet can spell, or else a longer one.
func (p pool) take(n int, suits func(word string) bool) string {
	for {
		word, ok := p.candidate(n, p.next[n])
		if !ok {
			n += 2
			continue
		}
		p.next[n]++
		if word != "" && suits(word) {
			return word
		}
	}
}

func (p pool) candidate(n, k int) (string, bool) {
	if count := p.count(n); k < count {
		return p.codeword(n, k), true
	} else if p.all != "" {
		return p.word(n, k-count)
	}
	return "", false
}
