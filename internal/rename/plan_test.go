package rename

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// newPlan returns a plan for these texts.
func newPlan(t rapid.TB, texts ...string) *Plan {
	t.Helper()
	plan := NewNames().Plan()
	for _, text := range texts {
		plan.Note(text)
	}
	if err := plan.Finish(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestText renames one text after the other in one plan. The pseudonyms come in a fixed order.
func TestText(t *testing.T) {
	cases := []struct{ text, want string }{
		{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::777788889999:role/balan"},
		{"arn:aws:iam::444455556666:role/App", "arn:aws:iam::123456789012:role/Balan"},
		{"111122223333", "777788889999"},
		{"app", "balan"}, {"APP", "BALAN"}, {"aPp", "baLan"}, {"ApP", "BaLan"},
		{"prod*", "javix*"}, {"production", "javixralas"}, {"PROD", "JAVIX"}, {"Prod-uction", "Javix-ralas"},
		{"app-1", "balan-9"}, {"2026", "2048"}, {"app-2", "balan-0"}, {"007", "107"},
		{"", ""}, {"*", "*"}, {"true", "true"}, {"False", "False"}, {"us-east-1", "us-east-1"}, {"US-EAST-1", "US-EAST-1"},
		{"2026-01-02", "2026-01-02"}, {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"}, {"2026-01-0", "2048-17-4"},
		{"aws:s3:arn", "aws:s3:arn"}, {"SecretARN", "SecretARN"}, {"FullAWSAccess", "FullAWSAccess"},
		{"AROAEXAMPLE:app", "AROADEVIZ:balan"}, {"AROA1", "AROA9"},
		{"1234abcd-12ab-34cd-56ef-1234567890ab", "a000000d-a00d-c78e-b57d-a0000000000d"},
		{"12ab", "a00d"}, {"12AB", "A00D"},
		{"10.0.0.0/8", "198.0.0.0/8"}, {"10.1.2.3", "198.51.100.1"},
		{"kept app", "kept app"}, {"cmVk", "S2VsYXg="},
		{"${aws:PrincipalTag/app, 'App'}", "${aws:PrincipalTag/balan, 'Balan'}"},
	}
	plan := NewNames().Plan()
	plan.Keep("kept app")
	plan.KeepBase64("cmVk")
	for _, c := range cases {
		plan.Note(c.text)
	}
	if err := plan.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if got := plan.Text(c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// TestTextCounted renames where a '?' may count letters: words keep their length, and their case
// letter by letter.
func TestTextCounted(t *testing.T) {
	cases := []struct{ text, want string }{
		{"role/???-app", "role/???-ban"}, {"role/red-App", "role/bnc-Ban"}, {"aPP", "bAN"}, {"a1", "px"}, {"A1", "Px"}, {"re?", "bn?"}, {"Größe", "Baaan"},
		{"key/????????-*", "key/????????-*"}, {"key/1234abcd-12ab-34cd-56ef-1234567890ab", "key/a000000d-a00d-c78e-b57d-a0000000000d"},
		{"2026", "1007"},
	}
	plan := NewNames().Plan()
	for _, c := range cases {
		plan.Note(c.text)
	}
	if err := plan.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		got := plan.Text(c.text)
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
		if n, m := len([]rune(got)), len([]rune(c.text)); n != m {
			t.Errorf("%q: %q has %d letters, want %d", c.text, got, n, m)
		}
	}
}

// TestOwnWords has words of AWS of which patterns show parts.
func TestOwnWords(t *testing.T) {
	const role = "AWSReservedSSO_AdministratorAccess_x"
	for _, c := range []struct{ pattern, want string }{
		{"role/AWSReservedSSO_*", role[:len(role)-1] + "balan"},
		{"role/*AWSReserved*", role[:len(role)-1] + "balan"},
		{"role/*AdministratorAccess*", role[:len(role)-1] + "balan"},
		{"role/*Admin*", "AWSReservedSSO_Balanjavix_ralas"},
		{"role/*admin*", "AWSReservedSSO_Balanjavix_ralas"},
	} {
		plan := newPlan(t, c.pattern, role)
		if got := plan.Text(role); !strings.EqualFold(got, c.want) {
			t.Errorf("beside %q: got %q, want %q", c.pattern, got, c.want)
		}
	}
}

// TestKey renames what follows AWS's part of a condition key.
func TestKey(t *testing.T) {
	plan := newPlan(t, "app", "team")
	for _, c := range []struct{ name, want string }{
		{"aws:PrincipalTag/team", "aws:PrincipalTag/balan"}, {"AWS:RESOURCETAG/TEAM", "AWS:RESOURCETAG/BALAN"}, {"aws:RequestTag/aws:createdBy", "aws:RequestTag/aws:createdBy"},
		{"kms:EncryptionContext:app", "kms:EncryptionContext:javix"}, {"kms:EncryptionContext:aws:s3:arn", "kms:EncryptionContext:aws:s3:arn"},
		{"kms:ViaService", "kms:ViaService"}, {"sts:ExternalId", "sts:ExternalId"}, {"s3:ExistingObjectTag/team", "s3:ExistingObjectTag/balan"},
		{"acme:team", "ralas:balan"}, {"team", "balan"}, {"", ""}, {"aws:PrincipalTag/", "aws:PrincipalTag/"},
	} {
		if got := plan.Key(c.name); got != c.want {
			t.Errorf("%q: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestOpaque gives texts a pseudonym as a whole.
func TestOpaque(t *testing.T) {
	plan := newPlan(t)
	first, second := plan.Opaque("Prod of ACME"), plan.Opaque("prod of ACME")
	if first != "Balan" || second != "Javix" || plan.Opaque("Prod of ACME") != first || plan.Opaque("") != "" {
		t.Errorf("got %q and %q", first, second)
	}
}

// TestPseudonymsSpellNoWord has words in the document that pseudonyms would be or contain.
func TestPseudonymsSpellNoWord(t *testing.T) {
	plan := newPlan(t, "app", "balan", "avix", "ala", "444455556666", "1007")
	plan.NoteOpaque("the deviz")
	for _, c := range []struct{ text, want string }{{"app", "kelax"}, {"balan", "tevin"}, {"111122223333", "111122223333"}, {"2026", "2048"}} {
		if got := plan.Text(c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// TestManyCases has a word in more cases than its pseudonym.
func TestManyCases(t *testing.T) {
	var words []string
	for n := range 64 {
		words = append(words, withCase("abcdef", func(i int) bool { return n>>i&1 != 0 }))
	}
	for _, more := range []string{"", "?"} {
		plan := newPlan(t, append([]string{more}, words...)...)
		names, seen := make(map[string]string), make(map[string]bool)
		for _, word := range words {
			name := plan.Text(word)
			if seen[name] {
				t.Errorf("%q: got %q once more", word, name)
			}
			names[word], seen[name] = name, true
		}
		for _, word := range words {
			if got := plan.Text(word); got != names[word] {
				t.Errorf("%q: got %q, then %q", word, names[word], got)
			}
		}
	}
}

// TestManyWords goes beyond the codewords of the usual length, and has words that spell every
// codeword.
func TestManyWords(t *testing.T) {
	var words []string
	for _, a := range letters.start {
		for _, b := range letters.odd {
			for _, c := range letters.even {
				words = append(words, string([]rune{a, b, c}))
			}
		}
	}
	for n := range 5000 {
		words = append(words, fmt.Sprintf("word%dx", n))
	}
	plan := newPlan(t, words...)
	plan.names.patience = 10_000
	seen := make(map[string]bool)
	for _, word := range words {
		name := plan.Text(word)
		if seen[name] || name == word {
			t.Fatalf("%q: got %q", word, name)
		}
		seen[name] = true
	}
}

// TestSecondPlan checks that names stay the same from plan to plan.
func TestSecondPlan(t *testing.T) {
	names := NewNames()
	texts := []string{"arn:aws:iam::111122223333:role/App", "10.0.0.1", "1234abcd-12ab-34cd-56ef-1234567890ab"}
	var want []string
	for round := range 2 {
		plan := names.Plan()
		plan.Note(fmt.Sprintf("other-%d", round))
		for _, text := range texts {
			plan.Note(text)
		}
		if err := plan.Finish(); err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			got := plan.Text(text)
			if round == 0 {
				want = append(want, got)
			} else if got != want[i] {
				t.Errorf("%q: got %q, then %q", text, want[i], got)
			}
		}
	}
}

// TestFragmentsCutEachOther has fragments that overlap in words, directly and by way of others.
func TestFragmentsCutEachOther(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  map[string]string // words, cut
	}{
		{[]string{"prod*"}, map[string]string{"production": "prod-uction", "prod": "prod", "aprod": "aprod", "Production": "Prod-uction"}},
		{[]string{"*tion"}, map[string]string{"production": "produc-tion", "tions": "tions"}},
		{[]string{"*od*"}, map[string]string{"production": "pr-od-uction", "odod": "od-od"}},
		{[]string{"p*", "prod*", "product"}, map[string]string{"production": "p-rod-uction", "prod": "p-rod", "product": "p-rod-uct"}},
		{[]string{"prod*", "*duct", "product"}, map[string]string{"production": "pro-d-uction", "product": "pro-d-uct", "aqueduct": "aque-d-uct", "prod": "pro-d"}},
		{[]string{"*aa*", "aaa"}, map[string]string{"aa": "a-a", "baab": "b-a-a-b"}},
		{[]string{"abc*", "*cde", "abcde", "*ef*", "cdef", "fab*", "efab"}, map[string]string{"cde": "c-de", "abc": "ab-c"}},
		{[]string{"Größe*"}, map[string]string{"größen": "größe-n", "GRÖSSE": "GRÖSSE", "GRÖẞEN": "GRÖẞE-N"}},
		{[]string{"?ed", "r??"}, map[string]string{"red": "r-ed"}},
		{nil, map[string]string{"red": "red"}},
	} {
		plan := newPlan(t, append(c.texts, "unrelated")...)
		for word, want := range c.want {
			if got := strings.Join(piecesOf(word, plan.cutsOf(fold(word))), "-"); got != want {
				t.Errorf("%q: %q is cut %s, want %s", c.texts, word, got, want)
			}
		}
	}
}

// TestTooMuch has documents that would take too much time.
func TestTooMuch(t *testing.T) {
	var long []string
	for n := range 3000 {
		long = append(long, "*"+strings.Repeat("a", n+1)+"*")
	}
	plan := NewNames().Plan()
	for _, text := range long {
		plan.Note(text)
	}
	if err := plan.Finish(); err != errManyPatterns {
		t.Errorf("many patterns: got %v, want %v", err, errManyPatterns)
	}
	plan = NewNames().Plan()
	plan.room = 3
	for n := range 9 {
		plan.Note(fmt.Sprint("word", n))
		plan.NoteOpaque(fmt.Sprint("title", n))
	}
	if err := plan.Finish(); err != errManyWords {
		t.Errorf("many words: got %v, want %v", err, errManyWords)
	}
	if got, want := len(plan.words), 4; got != want {
		t.Errorf("%d words are noted, want %d", got, want)
	}
}

// TestBase64 checks that base64 text stays so.
func TestBase64(t *testing.T) {
	plan := NewNames().Plan()
	plan.KeepBase64("cHJvZA==")
	if err := plan.Finish(); err != nil {
		t.Fatal(err)
	}
	got := plan.Text("cHJvZA==")
	if b, err := base64.StdEncoding.Strict().DecodeString(got); err != nil || string(b) != "Balan" {
		t.Errorf("got %q: %q, %v", got, b, err)
	}
}
