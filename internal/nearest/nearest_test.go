package nearest

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWord(t *testing.T) {
	tests := []struct {
		word       string
		candidates string
		want       string // empty: none
	}{
		{"StringEqual", "StringLike StringEquals NumericEquals", "StringEquals"},
		{"stringequals", "StringLike StringEquals", "StringEquals"},
		{"Efect", "Effect Action", "Effect"},
		{"Resouce", "Resource Principal", "Resource"},
		{"Actoin", "Action NotAction", "Action"},

		// Nothing to choose from, or nothing near.
		{"Effect", "", ""},
		{"", "Effect", ""},
		{"", "Id", ""},
		{"Condition", "Effect Action", ""},

		// One edit for every three bytes of the longer word.
		{"a", "b", ""},
		{"ab", "ac", ""},
		{"abc", "abd", "abd"},
		{"Si", "Sid", "Sid"},
		{"Sid", "Si", "Si"},
		{"Id", "ID", "ID"},
		{"abcde", "abcXY", ""},
		{"abcdef", "abcdXY", "abcdXY"},
		{"abcdef", "abcXYZ", ""},

		// Never more than three.
		{"abcdefghijkl", "abcdefghiXYZ", "abcdefghiXYZ"},
		{"abcdefghijkl", "abcdefghWXYZ", ""},
		{"abcdefghijklmnopqrst", "abcdefghijklmnopWXYZ", ""},

		// The closest wins, wherever it stands; of equals the first.
		{"abcdef", "abcdXY abcdeX", "abcdeX"},
		{"abcdef", "abcdeX abcdXY", "abcdeX"},
		{"abcdef", "abcdeX abcdeY", "abcdeX"},
		{"abcdef", "abcdeX abcdef", "abcdef"},
		{"abcdef", "ABCDEF abcdef", "ABCDEF"},
	}
	for _, tt := range tests {
		got, ok := Word(tt.word, slices.Values(strings.Fields(tt.candidates)))
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Word(%q, %s) = %q, %v, want %q", tt.word, tt.candidates, got, ok, tt.want)
		}
	}
}

func TestWordEqualToAnEmptyCandidate(t *testing.T) {
	if got, ok := Word("", slices.Values([]string{""})); got != "" || !ok {
		t.Errorf(`Word("", "") = %q, %v, want "", true`, got, ok)
	}
}

func TestDistance(t *testing.T) {
	long := strings.Repeat("a", 64)
	tests := []struct {
		a, b  string
		limit int
		want  int
	}{
		{"", "", 5, 0},
		{"", "abc", 5, 3},
		{"abc", "", 5, 3},
		{"abc", "abc", 5, 0},
		{"abc", "abd", 5, 1},
		{"abc", "ab", 5, 1},
		{"abc", "xabc", 5, 1},
		{"abc", "acb", 5, 2},
		{"kitten", "sitting", 5, 3},
		{"flaw", "lawn", 5, 2},

		// ASCII letters without case, and only letters.
		{"ABC", "abc", 5, 0},
		{"AZaz", "azAZ", 5, 0},
		{"@[", "`{", 5, 2},
		{"K", "\u212a", 5, 3}, // the Kelvin sign is no K here

		// The limit.
		{"kitten", "sitting", 3, 3},
		{"kitten", "sitting", 2, 3},
		{"kitten", "sitting", 0, 1},
		{"abc", "abc", 0, 0},

		// Long texts are beyond comparison.
		{long, long, 3, 0},
		{long, long[1:], 3, 1},
		{long + "a", long, 3, 4},
		{long, long + "a", 3, 4},
		{long + "a", long + "a", 3, 4},
	}
	for _, tt := range tests {
		if got := Distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("Distance(%q, %q, %d) = %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}

// slowDistance is the twin of Distance: its definition.
func slowDistance(a, b string) int {
	switch {
	case a == "":
		return len(b)
	case b == "":
		return len(a)
	case strings.EqualFold(a[:1], b[:1]):
		return slowDistance(a[1:], b[1:])
	}
	return 1 + min(slowDistance(a[1:], b), slowDistance(a, b[1:]), slowDistance(a[1:], b[1:]))
}

func TestDistanceAgreesWithDefinition(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("aAbBcC:@`")), 0, 7, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		limit := rapid.IntRange(0, 8).Draw(t, "limit")
		if got, want := Distance(a, b, limit), min(slowDistance(a, b), limit+1); got != want {
			t.Fatalf("Distance(%q, %q, %d) = %d, want %d", a, b, limit, got, want)
		}
	})
}

func TestWordAgreesWithSorting(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("aAbc")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		w := word.Draw(t, "word")
		candidates := rapid.SliceOfN(word, 0, 5).Draw(t, "candidates")
		near := slices.DeleteFunc(slices.Clone(candidates), func(c string) bool {
			return Distance(w, c, 64) > min(max(len(w), len(c))/3, 3)
		})
		slices.SortStableFunc(near, func(x, y string) int { return Distance(w, x, 64) - Distance(w, y, 64) })
		want := ""
		if len(near) > 0 {
			want = near[0]
		}
		got, ok := Word(w, slices.Values(candidates))
		if got != want || ok != (len(near) > 0) {
			t.Fatalf("Word(%q, %q) = %q, %v, want %q, %v", w, candidates, got, ok, want, len(near) > 0)
		}
	})
}

func TestDistanceDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Distance("StringEqual", "StringEquals", 3) }); n != 0 {
		t.Errorf("Distance allocates %v times, want 0", n)
	}
}
