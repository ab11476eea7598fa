package action

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	everything := Every()
	dataKeys := SetOf(GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext)
	tests := []struct {
		pattern string
		want    Set
	}{
		{"*", everything},
		{"**", everything},
		{"kms:*", everything},
		{"KMS:**", everything},
		{"kms:?*", everything},
		{"*:*", everything},
		{"**:*", everything},

		{"kms:Decrypt", SetOf(Decrypt)},
		{"KMS:dEcRyPt", SetOf(Decrypt)},
		{"kms:decryp?", SetOf(Decrypt)},
		{"kms:DECRYPT*", SetOf(Decrypt)},
		{"kms:?ecrypt", SetOf(Decrypt)},
		{"kms:*crypt", SetOf(Encrypt, Decrypt)},
		{"kms:??crypt", SetOf(Encrypt, Decrypt)},
		{"kms:ReEncrypt*", SetOf(ReEncryptFrom, ReEncryptTo)},
		{"kms:GenerateDataKey*", dataKeys},
		{"kms:GenerateDataKey?*", dataKeys.Intersect(SetOf(GenerateDataKey).Complement())},
		{"kms:Describe*", SetOf(DescribeKey, DescribeCustomKeyStores)},
		{"kms:List*", SetOf(ListAliases, ListGrants, ListKeyPolicies, ListKeyRotations, ListKeys, ListResourceTags, ListRetirableGrants)},
		{"kms:*Alias", SetOf(CreateAlias, DeleteAlias, UpdateAlias)},

		// What covers nothing.
		{"", Set{}},
		{"?", Set{}},
		{"*?", Set{}},
		{"?*", Set{}},
		{"*:Decrypt", Set{}},
		{"*:", Set{}},
		{"*:*:*", Set{}},
		{"*kms:Decrypt", Set{}},
		{"km?:Decrypt", Set{}},
		{"kms*", Set{}},
		{"kms", Set{}},
		{"kms:", Set{}},
		{":", Set{}},
		{":Decrypt", Set{}},
		{":*", Set{}},
		{"Decrypt", Set{}},
		{"kms:ReEncrypt", Set{}},
		{"kms:Decrypt?", Set{}},
		{"kms:Decrypt ", Set{}},
		{"kms: Decrypt", Set{}},
		{" kms:Decrypt", Set{}},
		{"kms:Get*,Put*", Set{}},
		{"kms:kms:Decrypt", Set{}},
		{"kms:Decrypt:", Set{}},
		{"kms:*:*", Set{}},
		{"s3:*", Set{}},
		{"kmsx:*", Set{}},
		{"iam:Decrypt", Set{}},

		// Letters beyond ASCII are never letters of a name.
		{"\u212ams:*", Set{}},           // Kelvin sign
		{"kms:*\u212aey", Set{}},        // Kelvin sign
		{"kms:De\u017fcribeKey", Set{}}, // long s
		{"kms:Decrypt\xff", Set{}},
		{"kms:\xff", Set{}},
		{"kms:Decryp\xfe", Set{}},

		{"kms:" + strings.Repeat("x", maxName), Set{}},
		{"kms:" + strings.Repeat("x", maxName+1), Set{}},
		{"kms:" + strings.Repeat("*", 1000) + "Decrypt", SetOf(Decrypt)},
	}
	for _, tt := range tests {
		if got := Match(tt.pattern); got != tt.want {
			t.Errorf("Match(%q) = %v, want %v", tt.pattern, got, tt.want)
		}
	}
}

// slowMatch is the twin of Match: a regular expression tried on every action.
func slowMatch(pattern string) Set {
	var s Set
	if regexp.MustCompile(`^\*+(:\*+)?$`).MatchString(pattern) {
		return Every()
	}
	if len(pattern) < 4 || !strings.Contains("kms KMS kMs kmS kMS Kms KmS KMs", pattern[:3]) || pattern[3] != ':' {
		return s
	}
	expr := regexp.QuoteMeta(asciiLower(pattern[4:]))
	expr = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(expr)
	re := regexp.MustCompile(`^` + expr + `$`)
	for a := range All() {
		if re.MatchString(strings.ToLower(a.Name())) {
			s = s.With(a)
		}
	}
	return s
}

func asciiLower(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// patterns generates texts that are close to actions.
func patterns(t *rapid.T) string {
	a := Action(rapid.IntRange(int(first), int(last)).Draw(t, "action"))
	text := []byte(anyCase(t, a.String()))
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		to := min(len(text), from+rapid.IntRange(0, 6).Draw(t, "length"))
		with := rapid.SampledFrom([]string{"*", "*", "*", "?", "?", "", ":", "x", "é", "\u212a", "\xff"}).Draw(t, "with")
		text = slices.Replace(text, from, to, []byte(with)...)
	}
	return string(text)
}

func TestMatchAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := patterns(t)
		if got, want := Match(pattern), slowMatch(pattern); got != want {
			t.Fatalf("Match(%q) = %v, want %v", pattern, got, want)
		}
	})
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"*", "kms:*", "kms:Decrypt", "KMS:re*", "kms:?ecrypt", "kms:", "s3:*", "*:*", "\u212ams:*", "kms:\xff*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if len(pattern) > 500 {
			return
		}
		if got, want := Match(pattern), slowMatch(pattern); got != want {
			t.Errorf("Match(%q) = %v, want %v", pattern, got, want)
		}
	})
}

func TestMatchOfLiteralDoesNotAllocate(t *testing.T) {
	for _, pattern := range []string{"*", "kms:Decrypt", "KMS:decrypt", "kms:Unknown", "s3:GetObject"} {
		if n := testing.AllocsPerRun(100, func() { Match(pattern) }); n != 0 {
			t.Errorf("Match(%q) allocates %v times, want 0", pattern, n)
		}
	}
}

func TestSet(t *testing.T) {
	s := SetOf(UpdateCustomKeyStore, Decrypt, Encrypt, Decrypt)
	if got, want := s.String(), "kms:Decrypt, kms:Encrypt, kms:UpdateCustomKeyStore"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got, want := s.Len(), 3; got != want {
		t.Errorf("Len() = %d, want %d", got, want)
	}
	if got, want := slices.Collect(s.All()), []Action{Decrypt, Encrypt, UpdateCustomKeyStore}; !slices.Equal(got, want) {
		t.Errorf("All() = %v, want %v", got, want)
	}
	if got, want := s, SetOf(Encrypt, Decrypt).With(UpdateCustomKeyStore); got != want {
		t.Errorf("With: %v, want %v", got, want)
	}
	if !s.Has(Decrypt) || s.Has(Sign) {
		t.Errorf("%v has kms:Decrypt: %v, kms:Sign: %v", s, s.Has(Decrypt), s.Has(Sign))
	}
	if got, want := s.First(), Decrypt; got != want {
		t.Errorf("First() = %v, want %v", got, want)
	}
	if got, want := SetOf(last).First(), Action(last); got != want {
		t.Errorf("First() = %v, want %v", got, want)
	}
	if zero := (Set{}); zero.Len() != 0 || zero.First().IsValid() || zero.String() != "" || zero.Has(Decrypt) {
		t.Errorf("the zero Set is not empty: %v", zero)
	}
	if got := slices.Collect(Every().All()); !slices.Equal(got, slices.Collect(All())) {
		t.Errorf("Every() = %v", got)
	}
	if got := (Set{}).Complement(); got != Every() {
		t.Errorf("complement of nothing = %v, want everything", got)
	}
}

func TestSetLeavesOutInvalidActions(t *testing.T) {
	for _, a := range []Action{0, last + 1, 63, 64, 65, 255} {
		if got := SetOf(a); got != (Set{}) {
			t.Errorf("SetOf(%d) = %v, want none", a, got)
		}
		if Every().Has(a) {
			t.Errorf("Every().Has(%d) = true", a)
		}
	}
}

// A Set does what a map does.
func TestSetAgreesWithMap(t *testing.T) {
	actions := rapid.SliceOf(rapid.Map(rapid.IntRange(0, 70), func(i int) Action { return Action(i) }))
	members := func(list []Action) map[Action]bool {
		m := map[Action]bool{}
		for _, a := range list {
			if a.IsValid() {
				m[a] = true
			}
		}
		return m
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := actions.Draw(t, "a"), actions.Draw(t, "b")
		s, inS := SetOf(a...), members(a)
		u, inU := SetOf(b...), members(b)
		if got, want := s.Len(), len(inS); got != want {
			t.Fatalf("Len() = %d, want %d", got, want)
		}
		for x := range All() {
			check := func(name string, got, want bool) {
				if got != want {
					t.Fatalf("%s has %v: %v, want %v", name, x, got, want)
				}
			}
			check("set", s.Has(x), inS[x])
			check("union", s.Union(u).Has(x), inS[x] || inU[x])
			check("intersection", s.Intersect(u).Has(x), inS[x] && inU[x])
			check("complement", s.Complement().Has(x), !inS[x])
		}
		if got, want := s.Meets(u), s.Intersect(u).Len() > 0; got != want {
			t.Fatalf("%v meets %v: %v, want %v", s, u, got, want)
		}
		if got := s.Complement().Complement(); got != s {
			t.Fatalf("complement of complement = %v, want %v", got, s)
		}
		if got := SetOf(slices.Collect(s.All())...); got != s {
			t.Fatalf("set of its own actions = %v, want %v", got, s)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, pattern := range []string{"kms:Decrypt", "kms:GenerateDataKey*", "*"} {
		b.Run(pattern, func(b *testing.B) {
			for b.Loop() {
				Match(pattern)
			}
		})
	}
}
