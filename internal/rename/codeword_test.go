package rename

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var alphabets = map[string]*alphabet{"letters": &letters, "counted": &counted, "digits": &digits, "hex": &hex}

// TestAlphabets checks that the letters at the ends of codewords stand nowhere else in them, which
// is what tells joined codewords apart.
func TestAlphabets(t *testing.T) {
	for name, a := range alphabets {
		for _, ends := range []string{a.start, a.end} {
			for _, c := range ends {
				if n := strings.Count(a.single+a.start+a.odd+a.end, string(c)); n != 1 {
					t.Errorf("%s: %q stands %d times, want once", name, c, n)
				}
				if strings.ContainsRune(a.even, c) {
					t.Errorf("%s: %q is a letter of the ends and in the middle", name, c)
				}
			}
		}
		if strings.ContainsAny(a.single, a.odd+a.even) {
			t.Errorf("%s: a codeword of one letter looks like the middle of another", name)
		}
	}
}

// TestCodewordsAreDifferent goes through all codewords of small lengths.
func TestCodewordsAreDifferent(t *testing.T) {
	for name, a := range alphabets {
		for n := 1; n <= 5; n++ {
			seen := make(map[string]bool)
			for k := range min(a.count(n), 20000) {
				word := a.codeword(n, k)
				if len(word) != n || seen[word] || !a.isCodeword([]byte(word)) {
					t.Fatalf("%s: codeword(%d, %d) = %q", name, n, k, word)
				}
				seen[word] = true
			}
			for k := 0; a.all != "" && n <= 3; k++ {
				word, ok := a.word(n, k)
				if !ok {
					break
				}
				if word == "" {
					continue
				}
				if len(word) != n || seen[word] || n > 1 && word[0] == '0' {
					t.Fatalf("%s: word(%d, %d) = %q", name, n, k, word)
				}
				seen[word] = true
			}
		}
	}
}

// TestLongCodewords asks for lengths of which there are more codewords than numbers.
func TestLongCodewords(t *testing.T) {
	for name, a := range alphabets {
		seen := make(map[string]bool)
		for k := range 5000 {
			seen[a.codeword(80, k)] = true
		}
		if len(seen) != 5000 {
			t.Errorf("%s: %d of 5000 codewords are different", name, len(seen))
		}
	}
}

// TestLawCodewordsStayApart joins codewords: a codeword is found in them at the places where it
// was put, and nowhere else.
func TestLawCodewordsStayApart(t *testing.T) {
	for name, a := range alphabets {
		t.Run(name, func(t *testing.T) {
			word := rapid.Custom(func(t *rapid.T) string {
				n := rapid.IntRange(1, 7).Filter(func(n int) bool { return a.count(n) > 0 }).Draw(t, "length")
				return a.codeword(n, rapid.IntRange(0, min(a.count(n), 40)-1).Draw(t, "which"))
			})
			rapid.Check(t, func(t *rapid.T) {
				words := rapid.SliceOfN(word, 1, 6).Draw(t, "words")
				part := word.Draw(t, "part")
				joined := strings.Join(words, "")
				if got, want := strings.Count(joined, part), count(words, part); got != want {
					t.Fatalf("%q is %d times in %q, want %d", part, got, words, want)
				}
			})
		})
	}
}

func count(words []string, word string) int {
	n := 0
	for _, w := range words {
		if w == word {
			n++
		}
	}
	return n
}

// TestPool takes more words than there are of a length.
func TestPool(t *testing.T) {
	for _, c := range []struct {
		alphabet *alphabet
		length   int
		take     int
		longer   int // of those taken
	}{
		{&letters, 5, 3200, 0},
		{&letters, 5, 3201, 1},
		{&counted, 1, 26, 0},
		{&counted, 1, 27, 1},
		{&counted, 2, 26 * 26, 0},
		{&digits, 1, 10, 0},
		{&digits, 1, 12, 2},
		{&digits, 2, 90, 0},
		{&hex, 4, 15 * 16 * 16 * 16, 0}, // without those that begin with 0
	} {
		t.Run(fmt.Sprintf("%d of %d", c.take, c.length), func(t *testing.T) {
			p := newPool(c.alphabet)
			seen := make(map[string]bool)
			longer := 0
			for range c.take {
				word := p.take(c.length, func(string) bool { return true })
				if seen[word] {
					t.Fatalf("%q comes twice", word)
				}
				seen[word] = true
				if len(word) > c.length {
					longer++
				}
			}
			if longer != c.longer {
				t.Errorf("%d words are longer, want %d", longer, c.longer)
			}
		})
	}
}

// TestPoolLeavesOut checks that words that do not suit are passed over for good.
func TestPoolLeavesOut(t *testing.T) {
	p := newPool(&digits)
	var got []string
	for range 6 {
		got = append(got, p.take(1, func(word string) bool { return word != "0" && word != "6" }))
	}
	if want := []string{"9", "4", "5", "7", "8", "1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
