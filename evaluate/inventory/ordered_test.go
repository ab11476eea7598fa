package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestOrderedTwin holds an ordered against a map and the list of its names.
func TestOrderedTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o ordered[int]
		values := make(map[string]int)
		var names []string
		for i, name := range rapid.SliceOfN(rapid.StringMatching(`[a-z]`), 0, 60).Draw(t, "names") {
			if _, known := values[name]; !known {
				names = append(names, name)
			}
			values[name] = i
			o.set(name, i)
		}
		var got []string
		for _, e := range o.entries {
			got = append(got, e.name)
			if v, ok := o.get(e.name); !ok || v != values[e.name] || v != e.value {
				t.Errorf("%q: got %d, %v, want %d", e.name, v, ok, values[e.name])
			}
		}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Error(diff)
		}
		if v, ok := o.get("A"); ok || v != 0 {
			t.Errorf("got %d, %v for a name that was not set", v, ok)
		}
	})
}
