package wildcard

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		// No wildcard: equal, byte for byte.
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"a", "a", true},
		{"a", "A", false},
		{"ab", "a", false},
		{"a", "ab", false},
		{"key/[a-z]\\.$", "key/[a-z]\\.$", true},

		// '*' stands for any run, also none.
		{"*", "", true},
		{"*", "a", true},
		{"*", "a:b/c\nd", true},
		{"**", "", true},
		{"**", "ab", true},
		{"a*", "a", true},
		{"a*", "abc", true},
		{"a*", "ba", false},
		{"*a", "a", true},
		{"*a", "ba", true},
		{"*a", "ab", false},
		{"a*c", "ac", true},
		{"a*c", "abbc", true},
		{"a*c", "abcb", false},
		{"a*c", "abcbc", true},
		{"*ab*", "aab", true},
		{"*ab*ab", "abab", true},
		{"*ab*ab", "ab", false},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXcYb", false},
		{"a*b*", "acb", true},
		{"a*b*", "ac", false},

		// '?' stands for exactly one character.
		{"?", "", false},
		{"?", "a", true},
		{"?", "*", true},
		{"?", "ab", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"??", "ab", true},
		{"a?", "a", false},
		{"?*", "", false},
		{"?*", "a", true},
		{"*?", "", false},
		{"*?", "abc", true},
		{"*?b", "b", false},
		{"*?b", "bb", true},

		// A character is a code point, however many bytes it has.
		{"?", "é", true},
		{"??", "é", false},
		{"*??", "€", false},
		{"?€", "€€", true},
		{"*€", "é€", true},
		{"?", "🔑", true},
		{"????", "🔑", false},
		{"e?", "e\u0301", true},
		{"?", "e\u0301", false},
		{"é", "è", false},
		{"*\u00a9", "é", false}, // é ends in the byte of ©'s last

		// A byte of broken text is one character that only wildcards match.
		{"?", "\xff", true},
		{"?", "\xfe", true},
		{"??", "\xff", false},
		{"??", "\xc3\xc3", true},
		{"*", "\xff\xfe", true},
		{"\ufffd", "\xff", false},
		{"\xff", "a", false},
		{"\xfe", "a", false},
		{"\xff", "\xff", false},
		{"\xff", "\ufffd", true},

		{"arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:111122223333:key/mrk-1", true},
		{"arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:444455556666:key/mrk-1", false},
	}
	for _, tt := range tests {
		if got := Compile(tt.pattern).Match(tt.text); got != tt.want {
			t.Errorf("Compile(%q).Match(%q) = %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestLiteral(t *testing.T) {
	tests := []struct {
		literal, text string
		want          bool
	}{
		{"*", "*", true},
		{"*", "a", false},
		{"?", "?", true},
		{"?", "a", false},
		{"a*b?c", "a*b?c", true},
		{"a*b?c", "aXbYc", false},
		{"\xff", "a", false},
		{"\xfe", "a", false},
		{"\xff\xfe", "\ufffd", true},
		{"a\xffb", "a\ufffdb", true},
	}
	for _, tt := range tests {
		p := Literal(tt.literal)
		if got := p.Match(tt.text); got != tt.want {
			t.Errorf("Literal(%q).Match(%q) = %v, want %v", tt.literal, tt.text, got, tt.want)
		}
	}
}

func TestJoinAndCut(t *testing.T) {
	p := Compile("arn:aws:s3:::") + Literal("a*b") + Compile("/*")
	for text, want := range map[string]bool{
		"arn:aws:s3:::a*b/c": true,
		"arn:aws:s3:::aXb/c": false,
		"arn:aws:s3:::a*b":   false,
	} {
		if got := p.Match(text); got != want {
			t.Errorf("joined pattern matches %q: %v, want %v", text, got, want)
		}
	}
	parts := strings.Split("a?:b*", ":")
	cut := strings.Split(string(Compile("a?:b*")), ":")
	for i := range parts {
		if got, want := Pattern(cut[i]), Compile(parts[i]); got != want {
			t.Errorf("part %d of the cut pattern is %q, want %q", i, got, want)
		}
	}
}

// hostile are patterns and texts that bring matchers to a halt which try every
// run of every '*'. Each is about n bytes long.
var hostile = map[string]func(n int) (pattern, text string){
	"a star before every letter": func(n int) (string, string) {
		return strings.Repeat("*a", n/2) + "*b", strings.Repeat("a", n)
	},
	"a star before every letter, matching": func(n int) (string, string) {
		return strings.Repeat("*a", n/2), strings.Repeat("a", n)
	},
	"half the text again and again": func(n int) (string, string) {
		return "*" + strings.Repeat("a", n/2) + "b", strings.Repeat("a", n)
	},
	"half the text after many stars": func(n int) (string, string) {
		return strings.Repeat("*a", n/4) + "*" + strings.Repeat("a", n/2) + "b", strings.Repeat("a", n)
	},
	"any characters again and again": func(n int) (string, string) {
		return "*" + strings.Repeat("?", n/4) + "b", strings.Repeat("é", n/2)
	},
	"any characters after stars": func(n int) (string, string) {
		return strings.Repeat("*?", n/2) + "b", strings.Repeat("a", n)
	},
	"nothing but stars": func(n int) (string, string) {
		return strings.Repeat("*", n) + "b", strings.Repeat("a", n)
	},
	"long words that end differently": func(n int) (string, string) {
		return strings.Repeat("*"+strings.Repeat("a", 31)+"b", n/33), strings.Repeat("a", n)
	},
	"no wildcard": func(n int) (string, string) {
		return strings.Repeat("a", n), strings.Repeat("a", n)
	},
}

// checkSteps fails if matching took more steps than pattern times text, the
// ends of both counted.
func checkSteps(t interface{ Errorf(string, ...any) }, pattern, text string) {
	_, steps := Compile(pattern).match(text)
	if limit := (len(pattern) + 1) * (len(text) + 1); steps > limit {
		t.Errorf("%.20q on %.20q, %d and %d bytes: %d steps, want at most %d", pattern, text, len(pattern), len(text), steps, limit)
	}
}

func TestStepsAreBounded(t *testing.T) {
	for name, pair := range hostile {
		for _, n := range []int{100, 1000, 4000} {
			pattern, text := pair(n)
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) { checkSteps(t, pattern, text) })
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		checkSteps(t, words("*", "*", "*", "?").Draw(t, "pattern"), words().Draw(t, "text"))
	})
}

// The steps counted are those that are taken.
func TestSteps(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          int
	}{
		{"", "", 0},
		{"abc", "abc", 3},
		{"abc", "abd", 2},
		{"*", "abc", 0},
		{"a*", "abc", 1},
		{"a?c", "abc", 3},
		{"*c", "abc", 3},      // the star, past a and b at once, c
		{"*bc", "abbc", 6},    // the star, past a, b, past it, b, c
		{"a***", "a", 4},      // with the stars that stand for nothing
		{"*b*b", "abab", 6},   // the star, past a, b, the star, past a, b
		{"*aab", "aaaaa", 12}, // the star, two letters and past one at three places, two letters
	}
	for _, tt := range tests {
		if _, got := Compile(tt.pattern).match(tt.text); got != tt.want {
			t.Errorf("%q on %q: %d steps, want %d", tt.pattern, tt.text, got, tt.want)
		}
	}
}

// What matches must also be found among many stars.
func TestMatchManyStars(t *testing.T) {
	p := Compile(strings.Repeat("*a", 500) + "*b")
	if text := strings.Repeat("a", 5000); p.Match(text) {
		t.Error("pattern that ends in b matches text without b")
	}
	if text := strings.Repeat("a", 5000) + "b"; !p.Match(text) {
		t.Error("pattern that ends in b does not match text that does")
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	p := Compile("arn:aws:kms:*:111122223333:key/????-*")
	text := "arn:aws:kms:us-east-1:111122223333:key/1234-é"
	if n := testing.AllocsPerRun(100, func() { p.Match(text) }); n != 0 {
		t.Errorf("Match allocates %v times, want 0", n)
	}
}

// slowMatch is the twin of Compile and Match: a regular expression.
func slowMatch(pattern, text string) bool {
	expr := regexp.QuoteMeta(strings.ToValidUTF8(pattern, "\ufffd"))
	expr = strings.ReplaceAll(expr, `\*`, `.*`)
	expr = strings.ReplaceAll(expr, `\?`, `.`)
	return regexp.MustCompile(`(?s)^` + expr + `$`).MatchString(brokenBytes(text))
}

// broken stands for a byte that is not valid UTF-8, which regexp would take
// for U+FFFD. Tests do not use it otherwise.
const broken = "\U0010ffff"

func brokenBytes(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteString(broken)
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// alphabet is small, so that patterns and texts often meet.
var alphabet = []string{"a", "b", ":", "é", "€", "\ufffd", "\xff", "\xfe", "\xc3"}

func words(more ...string) *rapid.Generator[string] {
	letter := rapid.SampledFrom(append(append([]string(nil), alphabet...), more...))
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(letter, 0, 8).Draw(t, "letters"), "")
	})
}

func TestMatchAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := words("*", "*", "*", "?", "?").Draw(t, "pattern")
		text := words("*", "?").Draw(t, "text")
		if got, want := Compile(pattern).Match(text), slowMatch(pattern, text); got != want {
			t.Fatalf("Compile(%q).Match(%q) = %v, want %v", pattern, text, got, want)
		}
	})
}

// A prepared pattern matches what the pattern does.
func TestMatcher(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := words("*", "?").Draw(t, "literal")
		p := Literal(literal) + Compile(words("*", "*", "?").Draw(t, "pattern"))
		m := p.Prepare()
		text := words("*", "?").Draw(t, "text")
		for _, s := range []string{text, literal + text, literal} {
			if got, want := m.Match(s), p.Match(s); got != want {
				t.Fatalf("Matcher of %q matches %q: %v, want %v", p, s, got, want)
			}
		}
		if m.Pattern() != p {
			t.Fatalf("Matcher of %q is one of %q", p, m.Pattern())
		}
	})
	for pattern, want := range map[string]bool{"": true, "a:b": true, "é": true, "*": false, "a?": false, "a*b": false} {
		if got := Compile(pattern).IsLiteral(); got != want {
			t.Errorf("Compile(%q).IsLiteral() = %t, want %t", pattern, got, want)
		}
	}
	if !Literal("*?").IsLiteral() {
		t.Error("literal text has wildcards")
	}
	var zero Matcher
	if !zero.Match("") || zero.Match("a") {
		t.Error("the zero Matcher does not match the empty text alone")
	}
}

// Replacing parts of a text by wildcards gives a pattern for that text, which
// random patterns and texts seldom do.
func TestMatchOwnText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pattern, text strings.Builder
		for range rapid.IntRange(0, 8).Draw(t, "parts") {
			part := words("*", "?").Filter(utf8.ValidString).Draw(t, "part")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				pattern.WriteString("*")
			case 1:
				pattern.WriteString(strings.Repeat("?", utf8.RuneCountInString(part)))
			default:
				pattern.WriteString(part)
			}
			text.WriteString(part)
		}
		if !Compile(pattern.String()).Match(text.String()) {
			t.Fatalf("Compile(%q).Match(%q) = false, want true", pattern.String(), text.String())
		}
	})
}

// Cutting a text anywhere between characters and joining patterns of the
// pieces is the same as a pattern of the whole.
func TestJoinedPatterns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := words("*", "?").Filter(utf8.ValidString).Draw(t, "a")
		b := words("*", "?").Filter(utf8.ValidString).Draw(t, "b")
		if got, want := Compile(a)+Compile(b), Compile(a+b); got != want {
			t.Fatalf("Compile(%q) + Compile(%q) = %q, want %q", a, b, got, want)
		}
		if got, want := Literal(a)+Literal(b), Literal(a+b); got != want {
			t.Fatalf("Literal(%q) + Literal(%q) = %q, want %q", a, b, got, want)
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*", "a"}, {"a?c", "abc"}, {"*a*b", "xaxb"}, {"*??", "€"}, {"\xff", "\xfe"}, {"é*", "é\xff"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || strings.Contains(pattern+text, broken) {
			return
		}
		p := Compile(pattern)
		if got, want := p.Match(text), slowMatch(pattern, text); got != want {
			t.Errorf("Compile(%q).Match(%q) = %v, want %v", pattern, text, got, want)
		}
		valid := strings.ToValidUTF8(text, "\ufffd")
		if !Literal(text).Match(valid) || Literal(text).Match(valid+"x") {
			t.Errorf("Literal(%q) does not match exactly itself", text)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	text := "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	for _, bb := range []struct{ name, pattern string }{
		{"literal", text},
		{"star", "*"},
		{"arn", "arn:aws:kms:*:111122223333:key/*"},
	} {
		p := Compile(bb.pattern)
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				p.Match(text)
			}
		})
		m := p.Prepare()
		b.Run(bb.name+"/prepared", func(b *testing.B) {
			for b.Loop() {
				m.Match(text)
			}
		})
	}
}
