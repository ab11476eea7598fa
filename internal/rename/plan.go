package rename

import (
	"errors"
	"strings"
)

// A Plan renames the texts of one document. Notes come first, then Finish, then the texts. It is
// not safe for concurrent use, nor is it together with other plans of the same Names.
type Plan struct {
	names *Names
	room  int // for words

	kept   map[string]bool // texts that stay as a whole
	base64 map[string]bool // texts that are base64
	words  map[string]bool // words that can be recognised, without case
	hex    map[string]bool // words of UUIDs

	exact     bool // a '?' may count the letters of a word
	fragments fragments
	open      map[string]bool  // condition keys of variables that stand in a word, or beside a wildcard
	cuts      map[string][]int // where words are cut, of those that are
	firsts    map[string]bool  // what addresses begin with
}

// maxWords bounds the words of a document, and so the memory that they take.
const maxWords = 2 << 20

// What Finish may find.
var (
	errManyWords    = errors.New("too many different words")
	errManyPatterns = errors.New("too many different patterns")
)

// Plan returns a plan for one document.
func (n *Names) Plan() *Plan {
	return &Plan{
		names:  n,
		room:   maxWords,
		kept:   make(map[string]bool),
		base64: make(map[string]bool),
		words:  make(map[string]bool),
		hex:    make(map[string]bool),
		cuts:   make(map[string][]int),
		open:   make(map[string]bool),
		firsts: make(map[string]bool),
	}
}

// Keep says that a text stays as it is wherever it is the whole text. All texts that are kept
// must be known before the first is noted.
func (p *Plan) Keep(text string) { p.kept[text] = true }

// KeepBase64 says the same of base64 text, of which only this form stays.
func (p *Plan) KeepBase64(text string) { p.base64[text] = true }

// Note says that a text will be renamed.
func (p *Plan) Note(text string) {
	switch p.kindOf(text) {
	case ofKept, ofBase64:
	case ofAddress:
		p.firsts[firstOf(text)] = true
	default:
		p.noteWords(text)
	}
}

func (p *Plan) noteWords(text string) {
	if len(p.words) > p.room {
		return // Finish refuses
	}
	lex(text, nil, func(t token) {
		switch {
		case t.kind == aVariable:
			p.noteVariable(t)
		case t.kind == aWord:
			p.noteWord(fold(t.text), t)
		case t.text == "?":
			p.exact = true
		}
	})
}

func (p *Plan) noteVariable(t token) {
	v := cutVariable(t.text)
	name, fallback := t.text[v.name:v.nameEnd], t.text[v.fallback:v.fallbackEnd]
	p.NoteKey(name)
	p.Note(fallback)
	if t.open() {
		p.open[strings.ToLower(name)] = true
		p.NotePart(fallback)
	}
}

// HasParts reports whether there are condition keys of which the values may be parts of words.
func (p *Plan) HasParts() bool { return len(p.open) > 0 }

// IsPart reports whether the values of a condition key may be parts of words: a variable stands
// for them in a word, or beside a wildcard.
func (p *Plan) IsPart(key string) bool { return p.open[strings.ToLower(key)] }

// NotePart says of a text that was noted that it may be a part of words.
func (p *Plan) NotePart(text string) {
	if p.kindOf(text) != ofWords {
		return
	}
	lex(text, nil, func(t token) {
		if t.kind == aWord && !t.own {
			t.openLeft, t.openRight = true, true
			p.noteWord(fold(t.text), t)
		}
	})
}

func (p *Plan) noteWord(word string, t token) {
	if len(word) >= recognised || t.open() {
		p.words[word] = true
	}
	if t.hex {
		p.hex[word] = true
	}
	if t.open() && !t.own {
		p.fragments.add(word, t)
	}
}

// NoteKey says that the name of a condition key will be renamed.
func (p *Plan) NoteKey(name string) { p.Note(name[ownPart(name):]) }

// NoteOpaque says that a text will be renamed as a whole.
func (p *Plan) NoteOpaque(text string) {
	lex(text, nil, func(t token) {
		if t.kind == aWord && len(p.words) <= p.room {
			p.words[fold(t.text)] = true
		}
	})
}

// Finish ends the notes and works out where words are cut. It reports what would take too much
// time or memory.
func (p *Plan) Finish() error {
	if len(p.words) > p.room {
		return errManyWords
	}
	p.names.addresses.avoid(p.firsts)
	return p.cutWords()
}

// Text returns the new form of a text.
func (p *Plan) Text(text string) string {
	switch p.kindOf(text) {
	case ofKept:
		return text
	case ofBase64:
		return p.binary(text)
	case ofAddress:
		return p.names.addresses.rename(text)
	default:
		return p.renameWords(text, nil)
	}
}

// Key returns the new name of a condition key. What AWS defines of it stays.
func (p *Plan) Key(name string) string {
	own := ownPart(name)
	return name[:own] + p.Text(name[own:])
}

// Message returns the new form of a sentence that has names in it, such as an error message. The
// words stay that AWS has in such sentences, and those that keep reports. No new name is a word of
// the sentence.
func (p *Plan) Message(text string, keep func(word string) bool) string {
	p.noteWords(text)
	return p.renameWords(text, func(word string) bool { return messageWords[strings.ToLower(word)] || keep(word) })
}

func (p *Plan) renameWords(text string, prose func(word string) bool) string {
	var b strings.Builder
	b.Grow(len(text))
	lex(text, prose, func(t token) {
		switch t.kind {
		case aVariable:
			v := cutVariable(t.text)
			b.WriteString(t.text[:v.name])
			b.WriteString(p.Key(t.text[v.name:v.nameEnd]))
			b.WriteString(t.text[v.nameEnd:v.fallback])
			b.WriteString(p.Text(t.text[v.fallback:v.fallbackEnd]))
			b.WriteString(t.text[v.fallbackEnd:])
		case aWord:
			p.renameWord(&b, t)
		default:
			b.WriteString(t.text)
		}
	})
	return b.String()
}

// renameWord writes the pseudonyms of the pieces of a word.
func (p *Plan) renameWord(b *strings.Builder, t token) {
	word := fold(t.text)
	if t.own && !p.fragments.anyIn(word) {
		b.WriteString(t.text)
		return
	}
	if t.hex {
		p.hex[word] = true
	}
	for _, piece := range piecesOf(t.text, p.cutsOf(word)) {
		b.WriteString(p.piece(piece))
	}
}

// A textKind says how a text is renamed.
type textKind uint8

const (
	ofWords textKind = iota
	ofKept
	ofBase64
	ofAddress
)

func (p *Plan) kindOf(text string) textKind {
	switch {
	case text == "" || p.kept[text] || isAWSText(text):
		return ofKept
	case p.base64[text]:
		return ofBase64
	case isAddress(text):
		return ofAddress
	default:
		return ofWords
	}
}
