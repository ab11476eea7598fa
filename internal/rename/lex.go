package rename

import (
	"regexp"
	"strings"
)

// A tokenKind says what a part of a text is.
type tokenKind uint8

const (
	aMark     tokenKind = iota // words of AWS, separators and wildcards, which stay
	aWord                      // a word that somebody chose
	aVariable                  // ${key} or ${key, 'default'}
)

// A token is a part of a text.
type token struct {
	kind tokenKind
	text string
	hex  bool // a word that is a part of a UUID
	own  bool // a word that AWS chose, which stays unless a pattern shows a part of it

	openLeft, openRight bool // a word with a wildcard or a variable beside it; a variable with a word as well
}

func (t token) open() bool { return t.openLeft || t.openRight }

// A lexer takes a text apart. What is a word of AWS depends on what stands around it, never on
// what the document says elsewhere.
type lexer struct {
	text     string
	at       int
	last     byte                   // what stands before at: 0 at the start, '*' for a variable
	typed    bool                   // type words such as "role" may stand before a name
	reserved bool                   // the text is a name in the namespace of AWS, such as "aws:s3:arn"
	inARN    bool                   // and not in a sentence
	prose    func(word string) bool // words of a sentence that stay; nil if the text is a name
	proseEnd int                    // of the words between blanks that were looked at last
	allProse bool                   // and whether they stay
	emit     func(t token)
}

// lex visits the parts of a text in order; together they are the text.
func lex(text string, prose func(word string) bool, emit func(t token)) {
	x := lexer{text: text, typed: true, prose: prose, emit: emit}
	if strings.HasPrefix(text, "aws:") {
		x.reserved = true
		x.mark(len("aws:"))
	}
	for x.at < len(text) {
		switch c := text[x.at]; {
		case c == '$':
			x.dollar()
		case isWordByte(c):
			x.word()
		default:
			if c == ' ' {
				x.typed, x.inARN = true, false
			}
			x.mark(1)
		}
	}
}

// mark emits the next n bytes, which stay.
func (x *lexer) mark(n int) {
	if n > 0 {
		x.emit(token{kind: aMark, text: x.text[x.at : x.at+n]})
		x.skip(n)
	}
}

func (x *lexer) skip(n int) {
	x.at += n
	x.last = x.text[x.at-1]
}

func (x *lexer) rest() string { return x.text[x.at:] }

// dollar reads a variable, or an escape such as ${*}, or what merely looks so.
func (x *lexer) dollar() {
	v := cutVariable(x.rest())
	switch {
	case v.length == 0:
		x.mark(1)
	case v.escape:
		x.mark(v.length)
	default:
		t := token{kind: aVariable, text: x.rest()[:v.length], openLeft: isWild(x.last) || isWordByte(x.last)}
		x.skip(v.length)
		x.last = '*'
		t.openRight = x.at < len(x.text) && (isWordByte(x.text[x.at]) || x.opens())
		x.emit(t)
	}
}

// opens reports whether the rest begins with a wildcard or a variable.
func (x *lexer) opens() bool {
	if x.at == len(x.text) {
		return false
	}
	c := x.text[x.at]
	return isWild(c) || c == '$' && x.beforeVariable()
}

// word reads what begins like a word: words of AWS, an ARN, a UUID, or a word that somebody chose.
func (x *lexer) word() {
	rest := x.rest()
	if n := x.ownWords(rest); n > 0 {
		x.mark(n)
		return
	}
	if hasPrefixFold(rest, "arn:") {
		x.arn()
		return
	}
	n := wordLen(rest)
	switch {
	case n == len("1234abcd") && uuidForm.MatchString(rest) && wordLen(rest[uuidLen-accountDigits:]) == accountDigits:
		x.uuid()
	case isOwnWord(rest[:n]):
		x.emitWord(token{text: rest[:n], own: true})
	case x.reserved && reservedWords[rest[:n]], x.prose != nil && !x.inARN && x.isProse(rest):
		x.mark(n)
	default:
		end := x.at + n
		x.mark(prefixLen(rest, n))
		x.chosen(end)
	}
}

// isProse reports whether the words between blanks stay that rest begins with, or goes on with: all
// of them, as those of names do not.
func (x *lexer) isProse(rest string) bool {
	const blanks = "\x00 \t\n\"'(),;[]{}<>"
	if x.at >= x.proseEnd {
		words := rest
		if n := strings.IndexAny(rest, blanks); n >= 0 {
			words = rest[:n]
		}
		x.proseEnd = x.at + len(words)
		words = strings.TrimRight(words, ".:")
		x.allProse = strings.IndexByte(blanks, x.last) >= 0 && (proseForm.MatchString(words) || hasOnly(words, x.prose))
	}
	return x.allProse
}

// chosen emits the word up to end, an account id in it as a word of its own: the ids of accounts
// stand within other words too.
func (x *lexer) chosen(end int) {
	for x.at < end {
		word := x.text[x.at:end]
		n := len(word)
		if at := findAccount(word); at == 0 {
			n = accountDigits
		} else if at > 0 {
			n = at
		}
		x.emitWord(token{text: word[:n]})
	}
}

// emitWord emits a word that the rest of the text begins with.
func (x *lexer) emitWord(t token) {
	t.kind, t.openLeft = aWord, isWild(x.last)
	x.skip(len(t.text))
	t.openRight = x.opens()
	x.emit(t)
}

func (x *lexer) beforeVariable() bool {
	v := cutVariable(x.rest())
	return v.length > 0 && !v.escape
}

// uuidForm is the form of a UUID, which most key ids have.
var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

const uuidLen = len("1234abcd-12ab-34cd-56ef-1234567890ab")

func (x *lexer) uuid() {
	for end := x.at + uuidLen; x.at < end; {
		if x.text[x.at] == '-' {
			x.mark(1)
			continue
		}
		rest := x.rest()
		x.emitWord(token{text: rest[:wordLen(rest)], hex: true})
	}
}

// arn reads the beginning of an ARN as far as it is AWS's: partition, service and Region.
func (x *lexer) arn() {
	x.mark(len("arn:"))
	x.inARN = true
	for field, isOwn := range [...]func(text string) bool{isPartition, isService, IsRegionPattern} {
		rest := x.rest()
		n := strings.IndexByte(rest, ':')
		if n < 0 {
			n = fieldLen(rest)
		}
		if !isOwn(rest[:n]) {
			return
		}
		if field == 1 {
			x.typed = !untyped[strings.ToLower(rest[:n])]
		}
		x.mark(min(n+1, len(rest)))
	}
	if rest := x.rest(); strings.HasPrefix(rest, "aws:policy/") { // managed by AWS
		x.mark(fieldLen(rest))
	}
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// fieldLen returns the length of what stands before the next blank or quote.
func fieldLen(text string) int {
	if n := strings.IndexAny(text, " \t\n\"'"); n >= 0 {
		return n
	}
	return len(text)
}

// findAccount returns where in a word the first run of exactly 12 digits is, -1 if nowhere.
func findAccount(word string) int {
	run := 0
	for i := 0; i <= len(word); i++ {
		if i < len(word) && '0' <= word[i] && word[i] <= '9' {
			run++
			continue
		}
		if run == accountDigits {
			return i - run
		}
		run = 0
	}
	return -1
}

// isWordByte reports whether a byte belongs to a word. All that is not ASCII does.
func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}

func isWild(c byte) bool { return c == '*' || c == '?' }

// wordLen returns the length of the word that text begins with.
func wordLen(text string) int {
	n := 0
	for n < len(text) && isWordByte(text[n]) {
		n++
	}
	return n
}

// A variable is where in a text the parts of the variable are that it begins with.
type variable struct {
	length                int // 0: it begins with none
	name, nameEnd         int
	fallback, fallbackEnd int // the default, empty if there is none
	escape                bool
}

// cutVariable finds the parts of a policy variable. See package conditions, which reads them.
func cutVariable(text string) variable {
	const blanks = " \t"
	if !strings.HasPrefix(text, "${") {
		return variable{}
	}
	skip := func(at int) int { return len(text) - len(strings.TrimLeft(text[at:], blanks)) }
	var v variable
	v.name = skip(len("${"))
	end := strings.IndexAny(text[v.name:], "${},'\"")
	if strings.HasPrefix(text[v.name:], "$") {
		end = len("$")
	}
	if end <= 0 {
		return variable{}
	}
	v.nameEnd = v.name + len(strings.TrimRight(text[v.name:v.name+end], blanks))
	at := skip(v.name + end)
	v.fallback, v.fallbackEnd = at, at
	name := text[v.name:v.nameEnd]
	v.escape = name == "*" || name == "?" || name == "$"
	if strings.HasPrefix(text[at:], ",") {
		at = skip(at + 1)
		if name == "$" || !strings.HasPrefix(text[at:], "'") {
			return variable{}
		}
		length := strings.IndexByte(text[at+1:], '\'')
		if length < 0 {
			return variable{}
		}
		v.fallback, v.fallbackEnd, v.escape = at+1, at+1+length, false
		at = skip(v.fallbackEnd + 1)
	}
	if !strings.HasPrefix(text[at:], "}") {
		return variable{}
	}
	v.length = at + 1
	return v
}
