package evaluate

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPairList holds lists of pairs against the maps that they are made of.
func TestPairList(t *testing.T) {
	texts := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 3, -1)
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.MapOfN(texts, texts, 0, 9).Draw(t, "pairs")
		list := pairsOf(m)
		if !maps.Equal(list.toMap(), m) {
			t.Fatalf("%v are the pairs of %v", list, m)
		}
		if names := list.names(nil); !slices.Equal(names, slices.Sorted(maps.Keys(m))) {
			t.Fatalf("%v are the names of %v", names, m)
		}
		some := rapid.MapOfN(texts, texts, 0, 3).Draw(t, "some")
		for name, value := range m {
			if rapid.IntRange(0, 3).Draw(t, "take") == 0 {
				some[name] = value
			}
		}
		want := true
		for name, value := range some {
			got, ok := m[name]
			want = want && ok && got == value
			if has := list.has(&pair{name, value}); has != (ok && got == value) {
				t.Fatalf("%v has %q: %q: %t", m, name, value, has)
			}
		}
		if got := list.hasAll(pairsOf(some)); got != want {
			t.Fatalf("%v has all of %v: %t", m, some, got)
		}
	})
	if pairsOf(nil) != nil || pairList(nil).toMap() != nil || pairsOf(map[string]string{}) == nil || (pairList{}).toMap() == nil {
		t.Error("pairs that are not there and none are not told apart")
	}
}
