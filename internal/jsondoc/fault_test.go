package jsondoc

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPaths(t *testing.T) {
	d := read(`{"a": {"b": [0, {"c": 1}], "d.e": 2}, "": 3, "f": [[4]]}`)
	paths := map[string]string{ // by the value's text
		"0": "a.b[0]", "1": "a.b[1].c", "2": "a.d.e", "3": "", "4": "f[0][0]", `{"c": 1}`: "a.b[1]", "[[4]]": "f",
	}
	want := map[string]string{}
	for raw, path := range paths {
		want[path+"|"+raw] = path
	}
	visit(d.Root(), func(v Value) {
		if _, ok := paths[v.Raw()]; ok {
			v.Fault("x", "%s", v.Raw())
		}
	})
	for _, f := range d.Faults() {
		if _, ok := want[f.Path+"|"+f.Text]; !ok {
			t.Errorf("fault at %s has path %q", f.Text, f.Path)
		}
	}
	if got := len(d.Faults()); got != len(paths) {
		t.Errorf("%d faults, want %d", got, len(paths))
	}
}

// visit calls f for v and all values in it.
func visit(v Value, f func(Value)) {
	f(v)
	switch v.Kind() {
	case List:
		v.Elements(func(e Value) { visit(e, f) })
	case Object:
		v.Members(func(m Member) { visit(m.Value, f) })
	}
}

// slowPaths reports a fault for every value and every member name, and returns the paths that
// they should have, built on the way down.
func slowPaths(v Value, path string, want map[int]string) {
	v.Fault("value", "v")
	want[v.Place().Offset] = path
	switch v.Kind() {
	case List:
		i := 0
		v.Elements(func(e Value) {
			slowPaths(e, path+"["+strconv.Itoa(i)+"]", want)
			i++
		})
	case Object:
		v.Members(func(m Member) {
			m.FaultName("name", "n")
			want[m.nameOffset] = path
			if path == "" {
				slowPaths(m.Value, m.Name, want)
			} else {
				slowPaths(m.Value, path+"."+m.Name, want)
			}
		})
	}
}

// anyJSON draws the text of a JSON value.
func anyJSON(depth int) *rapid.Generator[string] {
	scalars := rapid.SampledFrom([]string{"null", "true", "-1.5e3", `"s"`, `"\"]\\"`, `""`, "{}", "[ ]"})
	if depth == 0 {
		return scalars
	}
	name := rapid.SampledFrom([]string{`"a"`, `"b"`, `"\u0063"`, `"d e"`, `"}"`})
	inner := anyJSON(depth - 1)
	blank := rapid.SampledFrom([]string{"", " ", "\n"})
	return rapid.OneOf(scalars,
		rapid.Custom(func(t *rapid.T) string {
			return "[" + strings.Join(rapid.SliceOfN(inner, 0, 4).Draw(t, "list"), blank.Draw(t, "blank")+",") + "]"
		}),
		rapid.Custom(func(t *rapid.T) string {
			names := rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, "names")
			for i := range names {
				names[i] += ":" + blank.Draw(t, "blank") + inner.Draw(t, "value")
			}
			return "{" + strings.Join(names, ", ") + "}"
		}))
}

func TestPathsAgreeWithTheWayDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := read(anyJSON(4).Draw(t, "text"))
		want := map[int]string{}
		slowPaths(d.Root(), "", want)
		for _, f := range d.Faults() {
			if f.Path != want[f.Offset] && f.Code != TooManyFaults {
				t.Fatalf("fault at %d has path %q, want %q", f.Offset, f.Path, want[f.Offset])
			}
		}
	})
}

func TestFaultsAreSorted(t *testing.T) {
	d := read(`{"a": 1, "b": [2, 3]}`)
	d.Root().Members(func(m Member) {
		if m.Name == "b" {
			m.Elements(func(e Value) { e.Text() })
		}
	})
	d.Root().Members(func(m Member) {
		if m.Name == "a" {
			m.Fault("first", "of two")
			m.Fault("second", "of %d", 2)
		}
	})
	want := strings.Join([]string{
		"1:7 first a: of two",
		"1:7 second a: of 2",
		"1:16 wrong-type b[0]: found a number, expected a string",
		"1:19 wrong-type b[1]: found a number, expected a string",
	}, "\n")
	for range 2 { // asking twice changes nothing
		if got := list(d); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestLongNamesInPaths(t *testing.T) {
	tests := []struct{ name, want string }{
		{"a\nb\x1b", `a\nb\x1b`},
		{"\n\"", `\n\"`},
		{"ä b", "ä b"},
		{strings.Repeat("n", maxPathName), strings.Repeat("n", maxPathName)},
		{strings.Repeat("n", maxPathName+1), strings.Repeat("n", maxPathName) + "..."},
		{strings.Repeat("n", maxPathName-1) + "é", strings.Repeat("n", maxPathName-1) + "..."},
	}
	for _, tt := range tests {
		name, err := json.Marshal(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		d := read(fmt.Sprintf(`{%s: [0]}`, name))
		d.Root().Members(func(m Member) { m.Elements(func(e Value) { e.Text() }) })
		if got, want := d.Faults()[0].Path, tt.want+"[0]"; got != want {
			t.Errorf("path below a name of %d bytes: got %q, want %q", len(tt.name), got, want)
		}
	}
}

func TestEmbed(t *testing.T) {
	d := read(`{"key": {"policy": "..."}, "list": [0]}`)
	d.Root().Members(func(m Member) {
		if m.Name == "list" {
			m.Fault("later", "x")
			m.Embed(Fault{Place: Place{"", 9, 1, 10}, Path: "[1]", Code: "c", Text: "t"})
			return
		}
		m.Members(func(m Member) {
			m.Embed(Fault{Place: Place{"inner", 5, 2, 3}, Path: "Statement[0]", Code: "c", Text: "first"})
			m.Embed(Fault{Place: Place{"inner", 1, 1, 2}, Code: "c", Text: "second"})
		})
	})
	var got []string
	for _, f := range d.Faults() {
		got = append(got, fmt.Sprint(f))
	}
	want := []string{
		"{{inner 5 2 3} key.policy.Statement[0] c first}",
		"{{inner 1 1 2} key.policy c second}",
		"{{ 35 1 36} list later x}",
		"{{ 9 1 10} list[1] c t}",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
