package conditions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNewContext(t *testing.T) {
	for _, c := range []struct{ context, key, want string }{
		{"kms:ViaService=a", "KMS:viaservice", `["a"]`},
		{"KMS:viaservice=a", "kms:ViaService", `["a"]`},
		{"kms:ViaService=''", "kms:ViaService", `[""]`},
		{"kms:ViaService=a;b", "kms:ViaService", `["a" "b"]`},
		{"kms:ViaService=a", "kms:KeySpec", `[]`},
		// Names that differ only in case, in bytewise order: K, V before v.
		{"kms:viaService=3;4 kms:ViaService=2 KMS:ViaService=1", "kms:ViaService", `["1" "2" "3" "4"]`},
		{"aws:PrincipalTag/b=2 aws:PrincipalTag/B=1", "aws:principaltag/b", `["1" "2"]`},
		{"s3:prefix=2 S3:prefix=1", "s3:PREFIX", `["1" "2"]`},
		// Neighbours in the sorted lists.
		{"kms:EncryptionContext:b=2 kms:EncryptionContext:a=1 kms:EncryptionContext:c=3", "kms:EncryptionContext:a", `["1"]`},
		{"kms:EncryptionContext:b=2 kms:EncryptionContext:a=1 kms:EncryptionContext:c=3", "kms:EncryptionContext:b", `["2"]`},
		{"kms:EncryptionContext:b=2 kms:EncryptionContext:a=1 kms:EncryptionContext:c=3", "kms:EncryptionContext:c", `["3"]`},
		{"kms:EncryptionContext:b=2 kms:EncryptionContext:a=1 kms:EncryptionContext:c=3", "kms:EncryptionContext:", `[]`},
		{"kms:EncryptionContext:b=2 kms:EncryptionContext:a=1 kms:EncryptionContext:c=3", "kms:EncryptionContext:bb", `[]`},
		{"kms:EncryptionContext:b=2 kms:EncryptionContext:a=1 kms:EncryptionContext:c=3", "kms:EncryptionContext:d", `[]`},
	} {
		ctx := mustContext(t, c.context)
		if got := fmt.Sprintf("%q", ctx.Lookup(ParseKey(c.key))); got != c.want {
			t.Errorf("%s: %s = %s, want %s", c.context, c.key, got, c.want)
		}
	}
}

func TestNewContextDropsKeysWithoutValues(t *testing.T) {
	c := NewContext(map[string][]string{"kms:ViaService": {}, "kms:KeySpec": nil, "aws:PrincipalTag/a": {}})
	if got := c.Lookup(ParseKey("kms:ViaService")); got != nil {
		t.Errorf("an empty list: got %q, want nil", got)
	}
	if c != (Context{}) {
		t.Error("a context without values is not the zero Context")
	}
}

func TestNewContextCopies(t *testing.T) {
	values := []string{"a", "b"}
	byName := map[string][]string{"kms:ViaService": values}
	c := NewContext(byName)
	values[0] = "changed"
	byName["kms:KeySpec"] = values
	if got, want := listing(&c), `kms:ViaService=["a" "b"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got := c.Lookup(ParseKey("kms:ViaService"))
	if cap(got) != len(got) {
		t.Error("appending to the values would write into the context")
	}
}

func TestBuilder(t *testing.T) {
	type add struct {
		key    string
		values []string
	}
	spare := []string{"2", "not ours"}
	for _, c := range []struct {
		adds []add
		want string
	}{
		{nil, ``},
		{[]add{{"kms:ViaService", nil}, {"aws:PrincipalTag/a", []string{}}}, ``},
		{[]add{{"s3:prefix", []string{"o"}}, {"kms:ViaService", []string{"1"}}, {"aws:PrincipalTag/a", []string{"f"}}},
			`aws:PrincipalTag/a=["f"] kms:ViaService=["1"] s3:prefix=["o"]`},
		{[]add{{"kms:ViaService", spare[:1]}, {"aws:PrincipalTag/a", nil}, {"KMS:viaservice", []string{"1"}}, {"kms:ViaService", []string{"3"}}},
			`kms:ViaService=["2" "1" "3"]`},
		{[]add{{"aws:PrincipalTag/a", []string{"2"}}, {"kms:ViaService", []string{"k"}}, {"aws:principaltag/A", []string{"1"}}},
			`aws:PrincipalTag/a=["2" "1"] kms:ViaService=["k"]`},
		{[]add{{"", []string{"e"}}, {"kms:KeySpec", nil}, {"kms:ViaService", []string{"k"}}}, `=["e"] kms:ViaService=["k"]`},
		{[]add{{"kms:KeySpec", nil}, {"kms:ViaService", []string{"k"}}}, `kms:ViaService=["k"]`},
	} {
		var b Builder
		want := map[Key][]string{}
		for _, a := range c.adds {
			k := ParseKey(a.key)
			b.Add(k, a.values...)
			want[k] = append(want[k], a.values...)
			if !b.Has(k) || !slices.Equal(b.Values(k), want[k]) {
				t.Errorf("%v: has %q = %t, %q", c.adds, a.key, b.Has(k), b.Values(k))
			}
		}
		if k := ParseKey("kms:KeyUsage"); b.Has(k) || b.Values(k) != nil {
			t.Errorf("%v: has a key that was not added", c.adds)
		}
		ctx := b.Context()
		if got := listing(&ctx); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		if c.want == "" && ctx != (Context{}) {
			t.Error("a context without values is not the zero Context")
		}
	}
	if spare[1] != "not ours" {
		t.Error("joining values writes behind the list that was given")
	}
}

// TestBuilderAsMap compares a Builder with a map, with few keys and with many, some
// of which come often.
func TestBuilderAsMap(t *testing.T) {
	var registered []string // more than maxTexts
	for info := range Keys() {
		registered = append(registered, info.Name)
	}
	genName := rapid.OneOf(genName, rapid.SampledFrom(registered))
	rapid.Check(t, func(t *rapid.T) {
		var b Builder
		want := map[Key][]string{}
		for range rapid.IntRange(0, 60).Draw(t, "adds") {
			k := ParseKey(genName.Draw(t, "name"))
			list := rapid.SliceOfN(rapid.SampledFrom([]string{"", "1", "2"}), 0, 3).Draw(t, "values")
			_, has := want[k]
			if b.Has(k) != has || !slices.Equal(b.Values(k), want[k]) {
				t.Fatalf("%v: has %t, %q, want %t, %q", k, b.Has(k), b.Values(k), has, want[k])
			}
			if isNew := b.Add(k, list...); isNew == has {
				t.Fatalf("%v: new %t", k, isNew)
			}
			want[k] = append(want[k], list...)
		}
		for k, list := range want {
			if !b.Has(k) || !slices.Equal(b.Values(k), list) {
				t.Fatalf("%v: has %t, %q, want %q", k, b.Has(k), b.Values(k), list)
			}
		}
		c := b.Context()
		for k, list := range want {
			if got := c.Lookup(k); !slices.Equal(got, list) || (got == nil) != (len(list) == 0) {
				t.Fatalf("%v: got %q, want %q", k, got, list)
			} else if cap(got) != len(got) {
				t.Fatalf("%v: appending to %q would write into the context", k, got)
			}
		}
	})
}

func TestOver(t *testing.T) {
	ctx := func(notation string) Context { return mustContext(t, notation) }
	only := func(names ...string) (s KeySet) {
		for _, n := range names {
			s = s.With(ParseKey(n))
		}
		return s
	}
	upper, lower := ctx("kms:KeySpec=1 zz=1"), ctx("kms:KeySpec=2 kms:KeyUsage=2 zz=2 aws:PrincipalTag/a=2")
	for i, c := range []struct {
		got  Context
		want string
	}{
		{upper.Over(lower), "aws:PrincipalTag/a=2 kms:KeySpec=1 kms:KeyUsage=2 zz=1"},
		{lower.Over(upper), "aws:PrincipalTag/a=2 kms:KeySpec=2 kms:KeyUsage=2 zz=2"},
		{Context{}.Over(lower), "aws:PrincipalTag/a=2 kms:KeySpec=2 kms:KeyUsage=2 zz=2"},
		{upper.Over(Context{}), "kms:KeySpec=1 zz=1"},
		{Context{}.Over(Context{}), ""},
		{upper.Over(lower).Only(only("kms:KeyUsage")), "kms:KeyUsage=2 zz=1"},
		{upper.Over(lower).Only(only("aws:PrincipalTag/other")), "aws:PrincipalTag/a=2 zz=1"},
		{upper.Over(lower).Only(only()), "zz=1"},
		// A key that Only took from the upper context shows through from below.
		{upper.Only(only()).Over(lower), "aws:PrincipalTag/a=2 kms:KeySpec=2 kms:KeyUsage=2 zz=1"},
		{upper.Over(lower.Only(only("kms:KeyUsage"))), "kms:KeySpec=1 kms:KeyUsage=2 zz=1"},
		{Context{}.Only(only()).Over(lower), "aws:PrincipalTag/a=2 kms:KeySpec=2 kms:KeyUsage=2 zz=2"},
		{upper.Only(only("kms:KeySpec")).Only(only("kms:KeyUsage")), "zz=1"},
	} {
		if got := listing(&c.got); got != listing2(c.want) {
			t.Errorf("%d: got %s, want %s", i, got, c.want)
		}
	}
}

// TestEveryKey looks up each registered key among all others and among those
// with an odd or even row.
func TestEveryKey(t *testing.T) {
	for _, step := range []int{1, 2} {
		byName, i := map[string][]string{}, 0
		for k := range Keys() {
			if i%step == 0 {
				byName[k.Name] = []string{k.Name}
			}
			i++
		}
		c := NewContext(byName)
		for k := range Keys() {
			if got, want := c.Lookup(ParseKey(k.Name)), byName[k.Name]; !slices.Equal(got, want) {
				t.Errorf("every %d: %s = %q, want %q", step, k.Name, got, want)
			}
			only := c.Only(KeySet{}.With(ParseKey(k.Name)))
			for other, got := range only.All() {
				if other != ParseKey(k.Name).String() {
					t.Errorf("every %d: only %s shows %s = %q", step, k.Name, other, got)
				}
			}
		}
	}
}

// listing prints a context as All has it; listing2 makes the same of the
// notation for single values.
func listing(c *Context) string {
	var all []string
	for name, values := range c.All() {
		all = append(all, fmt.Sprintf("%s=%q", name, values))
	}
	return strings.Join(all, " ")
}

func listing2(notation string) string {
	var all []string
	for _, w := range strings.Fields(notation) {
		name, value, _ := strings.Cut(w, "=")
		all = append(all, fmt.Sprintf("%s=[%q]", name, value))
	}
	return strings.Join(all, " ")
}

func TestAllIsAnIterator(t *testing.T) {
	c := mustContext(t, "zz=1 kms:KeySpec=1 aws:userid=1")
	for name := range c.All() {
		if got, want := name, "aws:userid"; got != want {
			t.Errorf("first key %s, want %s", got, want)
		}
		break
	}
}

// twinContext is a Context as a map from names in lower case.
type twinContext map[string][]string

var genContextMap = rapid.MapOfN(genName, rapid.SliceOfN(rapid.SampledFrom([]string{"", "1", "2"}), 0, 2), 0, 8)

func newTwinContext(byName map[string][]string) twinContext {
	c := twinContext{}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if len(byName[name]) > 0 {
			c[strings.ToLower(name)] = slices.Concat(c[strings.ToLower(name)], byName[name])
		}
	}
	return c
}

// only returns the keys that are in visible.
func (c twinContext) only(visible KeySet) twinContext {
	c = maps.Clone(c)
	maps.DeleteFunc(c, func(name string, _ []string) bool { return !visible.Has(ParseKey(name)) })
	return c
}

func drawKeySet(t *rapid.T) KeySet {
	var s KeySet
	for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 9).Draw(t, "visible") {
		s = s.With(ParseKey(name))
	}
	return s
}

// TestContext compares Context with a map under NewContext, Over, Only and
// Stack in any order and to any depth.
func TestContext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var draw func(depth int) (Context, twinContext)
		draw = func(depth int) (Context, twinContext) {
			op := "new"
			if depth > 0 {
				op = rapid.SampledFrom([]string{"new", "over", "over", "only", "stack"}).Draw(t, "op")
			}
			switch op {
			case "over":
				upper, wantUpper := draw(depth - 1)
				under, wantUnder := draw(depth - 1)
				want := maps.Clone(wantUnder)
				maps.Copy(want, wantUpper)
				return upper.Over(under), want
			case "only":
				c, w := draw(depth - 1)
				visible := drawKeySet(t)
				return c.Only(visible), w.only(visible)
			case "stack":
				var contexts []*Context
				want := twinContext{}
				for range rapid.IntRange(0, 7).Draw(t, "contexts") {
					c, w := draw(depth - 1)
					contexts = append(contexts, &c)
					w = maps.Clone(w)
					maps.Copy(w, want)
					want = w
				}
				visible := drawKeySet(t)
				var c Context
				c.Stack(&visible, contexts...)
				return c, want.only(visible)
			}
			byName := genContextMap.Draw(t, "values")
			return NewContext(byName), newTwinContext(byName)
		}
		got, want := draw(4)
		for _, name := range append(slices.Collect(maps.Keys(want)), names...) {
			if g, w := got.Lookup(ParseKey(name)), want[strings.ToLower(name)]; !slices.Equal(g, w) || (g == nil) != (w == nil) {
				t.Errorf("Lookup(%q) = %q, want %q", name, g, w)
			}
		}
		var lower []string
		for name, values := range got.All() {
			lower = append(lower, strings.ToLower(name))
			if w := want[strings.ToLower(name)]; !slices.Equal(values, w) {
				t.Errorf("All has %q = %q, want %q", name, values, w)
			}
			if name != ParseKey(name).String() {
				t.Errorf("All spells %q, want %q", name, ParseKey(name))
			}
		}
		if w := slices.Sorted(maps.Keys(want)); !slices.Equal(lower, w) {
			t.Errorf("All has %q, want %q", lower, w)
		}
	})
}
