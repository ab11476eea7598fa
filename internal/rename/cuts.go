package rename

import (
	"maps"
	"slices"
	"unicode/utf8"
)

// A fragment is a word that stands beside a wildcard, so that it may be a part of others.
type fragment struct {
	begins, ends, inside bool // words that it is the beginning of, the end of, any part of
	cuts                 []int
}

// Fragments are the fragments of a document by their text without case.
type fragments struct {
	byText  map[string]*fragment
	lengths [3][]int // that fragments have: of those that begin words, that end them, that are inside
	digits  bool     // one is a number
	steps   int      // comparisons so far
}

// maxSteps bounds the comparisons of words with fragments.
const maxSteps = 1 << 28

// maxRounds bounds how often the cuts of fragments in each other are worked out anew. A document
// needs as many as fragments overlap in a chain.
const maxRounds = 32

// add notes a word that is a fragment.
func (f *fragments) add(word string, t token) {
	if f.byText == nil {
		f.byText = make(map[string]*fragment)
	}
	g := f.byText[word]
	if g == nil {
		g = new(fragment)
		f.byText[word] = g
		f.digits = f.digits || isDigits(word)
	}
	switch {
	case t.openLeft && t.openRight:
		g.inside = true
	case t.openRight:
		g.begins = true
	default:
		g.ends = true
	}
}

// index fills in the lengths.
func (f *fragments) index() {
	var seen [3]map[int]bool
	for i := range seen {
		seen[i] = make(map[int]bool)
	}
	for text, g := range f.byText {
		for i, is := range [3]bool{g.begins, g.ends, g.inside} {
			if is {
				seen[i][len(text)] = true
			}
		}
	}
	for i := range seen {
		f.lengths[i] = slices.Sorted(maps.Keys(seen[i]))
	}
}

// An occurrence is a fragment in a word.
type occurrence struct {
	*fragment
	at, end int
}

// in returns the fragments in a word.
func (f *fragments) in(word string) []occurrence {
	var found []occurrence
	look := func(at, end int, is func(g *fragment) bool) {
		f.steps += end - at
		if g := f.byText[word[at:end]]; g != nil && is(g) {
			found = append(found, occurrence{g, at, end})
		}
	}
	for _, n := range f.lengths[0] {
		if n <= len(word) {
			look(0, n, func(g *fragment) bool { return g.begins })
		}
	}
	for _, n := range f.lengths[1] {
		if n <= len(word) {
			look(len(word)-n, len(word), func(g *fragment) bool { return g.ends })
		}
	}
	for _, n := range f.lengths[2] {
		for at := 0; at+n <= len(word) && f.steps <= maxSteps; at++ {
			look(at, at+n, func(g *fragment) bool { return g.inside })
		}
	}
	return found
}

// anyIn reports whether there is a fragment in a word.
func (f *fragments) anyIn(word string) bool { return len(f.byText) > 0 && len(f.in(word)) > 0 }

// cutsOf returns where a word is cut: at the ends of the fragments in it, and where these are cut
// themselves.
func (p *Plan) cutsOf(word string) []int {
	if cuts, ok := p.cuts[word]; ok || p.words[word] || len(p.fragments.byText) == 0 {
		return cuts
	}
	return cutsAt(p.fragments.in(word), len(word))
}

func cutsAt(found []occurrence, length int) []int {
	var cuts []int
	for _, o := range found {
		cuts = append(cuts, o.at, o.end)
		for _, c := range o.cuts {
			cuts = append(cuts, o.at+c)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	return slices.DeleteFunc(cuts, func(c int) bool { return c == 0 || c == length })
}

// cutWords works out where words are cut. Where fragments overlap in a word, each is cut where the
// other ends, and so in all other words.
func (p *Plan) cutWords() error {
	f := &p.fragments
	if len(f.byText) == 0 {
		return nil
	}
	f.index()
	overlapping := make(map[string][]occurrence)
	for word := range p.words {
		found := f.in(word)
		if f.steps > maxSteps {
			return errManyPatterns
		}
		switch len(found) {
		case 0:
		case 1:
			p.cuts[word] = nil
		default:
			overlapping[word] = found
		}
	}
	if !f.settle(overlapping) {
		return errManyPatterns
	}
	for word := range p.cuts {
		p.cuts[word] = cutsAt(f.in(word), len(word))
	}
	for word, found := range overlapping {
		p.cuts[word] = cutsAt(found, len(word))
	}
	return nil
}

// settle cuts the fragments until nothing changes, and reports whether that came to an end.
func (f *fragments) settle(overlapping map[string][]occurrence) bool {
	words := slices.Sorted(maps.Keys(overlapping))
	for range maxRounds {
		changed := false
		for _, word := range words {
			found := overlapping[word]
			cuts := cutsAt(found, len(word))
			if f.steps += len(cuts) * len(found); f.steps > maxSteps {
				return false
			}
			for _, o := range found {
				changed = o.cutAt(cuts) || changed
			}
		}
		if !changed {
			return true
		}
	}
	return false
}

// cutAt takes over the cuts of a word within the fragment.
func (o occurrence) cutAt(cuts []int) (changed bool) {
	for _, c := range cuts {
		if c <= o.at || c >= o.end {
			continue
		}
		if i, ok := slices.BinarySearch(o.cuts, c-o.at); !ok {
			o.fragment.cuts = slices.Insert(o.fragment.cuts, i, c-o.at)
			changed = true
		}
	}
	return changed
}

// piecesOf cuts a word at offsets into its form without case, which may have other letters of
// other lengths.
func piecesOf(word string, cuts []int) []string {
	if len(cuts) == 0 {
		return []string{word}
	}
	pieces := make([]string, 0, len(cuts)+1)
	start, folded := 0, 0
	for i, r := range word {
		if len(cuts) > 0 && folded == cuts[0] {
			pieces = append(pieces, word[start:i])
			start, cuts = i, cuts[1:]
		}
		folded += utf8.RuneLen(foldRune(r))
	}
	return append(pieces, word[start:])
}
