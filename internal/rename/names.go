package rename

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names are the pseudonyms that were handed out so far. They are not safe for concurrent use.
type Names struct {
	letters, counted, digits, hex pool

	renamed map[form]string // pseudonyms of words and pieces of words
	codes   map[form]*code  // by the same without case
	given   map[string]bool // codewords in use
	opaque  map[string]string

	accounts  int // of the documented ones, how many were looked at
	addresses addresses
	patience  int // words that may still be passed over because of what they spell
}

// A form is a piece of a word, and whether its pseudonym has its length.
type form struct {
	text  string
	exact bool
}

// A code is what pseudonyms of pieces have in common that differ in case alone.
type code struct {
	word  string
	cases []string // in use
}

// manyWords is how many codewords may be passed over in all, against documents that are made to
// spell every codeword.
const manyWords = 1 << 20

// NewNames returns names without any pseudonym.
func NewNames() *Names {
	return &Names{
		letters: newPool(&letters), counted: newPool(&counted), digits: newPool(&digits), hex: newPool(&hex),
		renamed:  make(map[form]string),
		codes:    make(map[form]*code),
		given:    make(map[string]bool),
		opaque:   make(map[string]string),
		patience: manyWords,
	}
}

// piece returns the pseudonym of a word, or of a piece of one. Pieces that differ in case have
// pseudonyms that differ in case.
func (p *Plan) piece(text string) string {
	of := form{text, p.exact}
	name, ok := p.names.renamed[of]
	if !ok {
		name = p.inCaseOf(text)
		p.names.renamed[of] = name
	}
	return name
}

// inCaseOf returns a new pseudonym for a piece, of which others may be known in another case.
func (p *Plan) inCaseOf(text string) string {
	of := form{fold(text), p.exact}
	known := p.names.codes[of]
	if known == nil {
		known = &code{word: p.newCode(of.text)}
		p.names.codes[of] = known
	}
	name := withCase(known.word, p.caseOf(text))
	// Pieces in several mixed cases take what is left, and then go on with a new codeword.
	for n := 0; slices.Contains(known.cases, name); n++ {
		if n == 1<<usualLength {
			*known = code{word: p.newCode(of.text)}
		}
		name = withCase(known.word, func(i int) bool { return n>>min(i, usualLength)&1 != 0 })
	}
	known.cases = append(known.cases, name)
	return name
}

// caseOf says which letters of the pseudonym of a piece should be in upper case.
func (p *Plan) caseOf(text string) func(i int) bool {
	if p.exact {
		return upperOf(text)
	}
	return shapeOf(text)
}

// newCode returns a codeword for a piece without case.
func (p *Plan) newCode(text string) string {
	n := p.names
	length := utf8.RuneCountInString(text)
	word := ""
	switch {
	case isDigits(text) && length == accountDigits:
		word = p.account()
	case isDigits(text):
		word = n.digits.take(length, p.suits)
	case p.hex[text]:
		word = n.hex.take(length, p.suits)
	case p.exact:
		word = n.counted.take(length, p.suits)
	default:
		word = n.letters.take(usualLength, p.suits)
	}
	n.given[word] = true
	return word
}

// suits reports whether a codeword may be handed out: it is new, no word of AWS, and does not
// spell a word of the document.
func (p *Plan) suits(code string) bool {
	if p.names.given[code] || awsWords[code] {
		return false
	}
	if p.names.patience > 0 && p.spells(code) {
		p.names.patience--
		return false
	}
	return true
}

// spells reports whether a codeword contains a word of the document that can be recognised. Long
// codewords do not look like words.
func (p *Plan) spells(code string) bool {
	if len(code) > accountDigits {
		return p.words[code]
	}
	for i := range code {
		for j := i + recognised; j <= len(code); j++ {
			if p.words[code[i:j]] {
				return true
			}
		}
	}
	return false
}

// recognised is the length from which on a word can be recognised in another.
const recognised = 3

const accountDigits = 12

// accounts are ids that AWS's documentation uses in examples, and others that look so.
var accounts = []string{"111122223333", "444455556666", "777788889999", "123456789012", "222233334444", "555566667777",
	"888899990000", "333344445555", "666677778888", "999900001111"}

// account returns a new account id: where patterns show parts of numbers, a codeword.
func (p *Plan) account() string {
	for n := p.names; n.accounts < len(accounts) && !p.fragments.digits; {
		id := accounts[n.accounts]
		n.accounts++
		if p.suits(id) {
			return id
		}
	}
	return p.names.digits.take(accountDigits, p.suits)
}

// Opaque returns the pseudonym of a text as a whole, such as a title.
func (p *Plan) Opaque(text string) string {
	if text == "" {
		return ""
	}
	name, ok := p.names.opaque[text]
	if !ok {
		name = withCase(p.names.letters.take(usualLength, p.suits), func(i int) bool { return i == 0 })
		p.names.opaque[text] = name
		p.names.given[strings.ToLower(name)] = true
	}
	return name
}

// binary returns the pseudonym of base64 text as a whole.
func (p *Plan) binary(text string) string {
	return base64.StdEncoding.EncodeToString([]byte(p.Opaque("base64 " + text)))
}

// fold returns text without case.
func fold(text string) string { return strings.Map(foldRune, text) }

// foldRune returns a letter without case, by Unicode's simple folding.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); r >= utf8.RuneSelf && next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}

// withCase returns a codeword with those letters in upper case.
func withCase(code string, upper func(i int) bool) string {
	b := []byte(code)
	for i, c := range b {
		if 'a' <= c && c <= 'z' && upper(i) {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// upperOf says which letters of text are in upper case.
func upperOf(text string) func(i int) bool {
	runes := []rune(text)
	return func(i int) bool { return i < len(runes) && unicode.IsUpper(runes[i]) }
}

// shapeOf says which letters of a codeword of another length are in upper case: all, the first, or
// some as in camelCase.
func shapeOf(text string) func(i int) bool {
	cased, upper, first := 0, 0, false
	for i, r := range text {
		switch {
		case unicode.IsUpper(r):
			cased, upper, first = cased+1, upper+1, first || i == 0
		case unicode.IsLower(r):
			cased++
		}
	}
	switch {
	case upper > 0 && upper == cased:
		return func(int) bool { return true }
	case first && upper == 1:
		return func(i int) bool { return i == 0 }
	default:
		return func(i int) bool { return upper > 0 && (i == 2 || first && i == 0) }
	}
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
