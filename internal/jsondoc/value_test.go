package jsondoc

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestKind(t *testing.T) {
	tests := map[string]struct {
		kind  Kind
		words string
	}{
		"null": {Null, "null"}, "true": {Bool, "a boolean"}, "false": {Bool, "a boolean"}, "-1": {Number, "a number"},
		`""`: {String, "a string"}, "[]": {List, "a list"}, "{}": {Object, "an object"}, "": {None, "nothing"},
	}
	for text, want := range tests {
		v := read(text).Root()
		if got := v.Kind(); got != want.kind || got.String() != want.words {
			t.Errorf("kind of %s: got %v, want %s", text, got, want.words)
		}
		if got, want := v.IsNull(), text == "null"; got != want {
			t.Errorf("IsNull of %s: got %v", text, got)
		}
	}
	for _, k := range []Kind{Object + 1, 255} {
		if got, want := k.String(), "nothing"; got != want {
			t.Errorf("unknown kind: got %q, want %q", got, want)
		}
	}
}

func TestLen(t *testing.T) {
	for text, want := range map[string]int{
		"{}": 0, "[ ]": 0, "{\n}": 0, `{"a":[1,2]}`: 1, `{"a":1,"b":2,"a":3}`: 3, "[0]": 1, "[[1, 2], {}]": 2,
		`"ab"`: 0, "null": 0, "12": 0, "": 0,
	} {
		if got := read(text).Root().Len(); got != want {
			t.Errorf("Len of %q: got %d, want %d", text, got, want)
		}
	}
}

// readings read a value in every way and write down what came of it.
var readings = map[string]func(v Value) string{
	"Text": func(v Value) string {
		text, ok := v.Text()
		return fmt.Sprintf("%q %v", text, ok)
	},
	"Bool": func(v Value) string {
		value, ok := v.Bool()
		return fmt.Sprint(value, ok)
	},
	"Texts": func(v Value) string {
		var all []string
		v.Texts(func(text string, at Value) { all = append(all, fmt.Sprintf("%s@%d", text, at.Place().Column)) })
		return strings.Join(all, " ")
	},
	"Elements": func(v Value) string {
		var all []string
		v.Elements(func(e Value) { all = append(all, e.Raw()) })
		return strings.Join(all, " ")
	},
	"Members": func(v Value) string {
		var all []string
		v.Members(func(m Member) {
			all = append(all, fmt.Sprintf("%s@%d=%s@%d", m.Name, m.doc.place(m.nameOffset).Column, m.Raw(), m.Place().Column))
		})
		return strings.Join(all, " ")
	},
	"TextMap": func(v Value) string { return fmt.Sprint(v.TextMap()) },
	"Fields": func(v Value) string {
		var all []string
		shape := Shape{Noun: "field", Names: []string{"name", "kind", "Action"}, Required: []string{"name", "kind"}}
		v.Fields(&shape, func(m Member) { all = append(all, m.Name+"="+m.Raw()) })
		return strings.Join(all, " ")
	},
	"SlipFields": func(v Value) string {
		var all []string
		v.Fields(&Shape{Noun: "field", Names: []string{"KeyState", "Tag"}, Open: true, Slips: true}, func(m Member) { all = append(all, m.Name+"="+m.Raw()) })
		return strings.Join(all, ",")
	},
	"OpenFields": func(v Value) string {
		var all []string
		v.Fields(&Shape{Names: []string{"a"}, Open: true}, func(m Member) { all = append(all, m.Name+"="+m.Raw()) })
		return strings.Join(all, " ")
	},
}

func TestReading(t *testing.T) {
	tests := []struct{ how, text, want, faults string }{
		{"Text", `"a\n\u00e9\ud83d\ude00"`, `"a\né😀" true`, ""},
		{"Text", `"\u0000"`, `"\x00" true`, ""},
		{"Text", `""`, `"" true`, ""},
		{"Text", `1`, `"" false`, "1:1 wrong-type : found a number, expected a string"},
		{"Text", ` null`, `"" false`, "1:2 wrong-type : found null, expected a string"},
		{"Text", `!`, `"" false`, "1:1 syntax : found '!', expected a value"},
		{"Bool", `true`, "true true", ""},
		{"Bool", `false`, "false true", ""},
		{"Bool", `"true"`, "false false", "1:1 wrong-type : found a string, expected true or false"},
		{"Bool", `!`, "false false", "1:1 syntax : found '!', expected a value"},
		{"Texts", `"a"`, "a@1", ""},
		{"Texts", `["a", "b"]`, "a@2 b@7", ""},
		{"Texts", `[]`, "", ""},
		{"Texts", `["a", 1, ["b"], "c"]`, "a@2 c@17",
			"1:7 wrong-type [1]: found a number, expected a string\n1:10 wrong-type [2]: found a list, expected a string"},
		{"Texts", `{}`, "", "1:1 wrong-type : found an object, expected a string or a list of strings"},
		{"Texts", `!`, "", "1:1 syntax : found '!', expected a value"},
		{"Elements", `[1, "a", [2, 3], {"b": 4}, null]`, `1 "a" [2, 3] {"b": 4} null`, ""},
		{"Elements", `{"a": 1}`, "", "1:1 wrong-type : found an object, expected a list"},
		{"Elements", `!`, "", "1:1 syntax : found '!', expected a value"},
		{"Members", `{}`, "", ""},
		{"Members", `{"a": 1, "": [2]}`, "a@2=1@7 @10=[2]@14", ""},
		{"Members", `{"a": 1, "\u0061": 2, "A": 3}`, "a@2=1@7 A@23=3@28", `1:10 duplicate-member : "a" is given twice`},
		{"Members", `{"a":1,"b":2,"a":3,"a":4}`, "a@2=1@6 b@8=2@12",
			"1:14 duplicate-member : \"a\" is given twice\n1:20 duplicate-member : \"a\" is given twice"},
		{"Members", `[]`, "", "1:1 wrong-type : found a list, expected an object"},
		{"Members", `!`, "", "1:1 syntax : found '!', expected a value"},
		{"TextMap", `{"b":"1","a":"2"}`, "map[a:2 b:1]", ""},
		{"TextMap", `{}`, "map[]", ""},
		{"TextMap", `{"a":"1","b":2,"a":"3"}`, "map[a:1]",
			"1:14 wrong-type b: found a number, expected a string\n1:16 duplicate-member : \"a\" is given twice"},
		{"TextMap", `"a"`, "map[]", "1:1 wrong-type : found a string, expected an object"},
		{"Fields", `{"kind":1,"name":2}`, "kind=1 name=2", ""},
		{"Fields", `{"kind":1,"name":2,"Action":3}`, "kind=1 name=2 Action=3", ""},
		{"Fields", `{}`, "", "1:1 missing-member : field \"name\" is missing\n1:1 missing-member : field \"kind\" is missing"},
		{"Fields", `{"name":1,"Kind":2}`, "name=1",
			"1:1 missing-member : field \"kind\" is missing\n1:11 unknown-member : unknown field \"Kind\" (did you mean \"kind\"?)"},
		{"Fields", `{"name":1,"kind":2,"other":{"name":3}}`, "name=1 kind=2", `1:20 unknown-member : unknown field "other"`},
		{"Fields", `{"Actoin":1,"name":1,"kind":2,"name":3}`, "name=1 kind=2",
			"1:2 unknown-member : unknown field \"Actoin\" (did you mean \"Action\"?)\n1:31 duplicate-member : \"name\" is given twice"},
		{"Fields", `{"x":1,"x":1,"name":1,"kind":2}`, "name=1 kind=2",
			"1:2 unknown-member : unknown field \"x\"\n1:8 duplicate-member : \"x\" is given twice"},
		{"Fields", `null`, "", "1:1 wrong-type : found null, expected an object"},
		{"Fields", `!`, "", "1:1 syntax : found '!', expected a value"},
		{"SlipFields", `{"KeyStatus":1,"KeyState":2,"KeyStateOfAll":3,"Tab":4,"T":5}`, "KeyState=2", `1:2 unknown-member : unknown field "KeyStatus" (did you mean "KeyState"?)` + "\n" + `1:47 unknown-member : unknown field "Tab" (did you mean "Tag"?)`},
		{"SlipFields", `{"keyState":1}`, "", `1:2 unknown-member : unknown field "keyState" (did you mean "KeyState"?)`},
		{"OpenFields", `{"b":1,"a":2,"c":{"a":3}}`, "a=2", ""},
		{"OpenFields", `{"b":1,"b":2}`, "", `1:8 duplicate-member : "b" is given twice`},
	}
	for _, tt := range tests {
		t.Run(tt.how+" "+tt.text, func(t *testing.T) {
			d := read(tt.text)
			if got := readings[tt.how](d.Root()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := list(d); got != tt.faults {
				t.Errorf("faults:\n%s\nwant\n%s", got, tt.faults)
			}
		})
	}
}

// The spans of values and names cut out what they are of, quotes and escapes included.
func TestSpans(t *testing.T) {
	text := " {\"a\" : [1, \"x\\ny\" ,{ }],\n\"\\u0062\":null }\n"
	d := read(text)
	if d.Text() != text {
		t.Errorf("got text %q, want %q", d.Text(), text)
	}
	var got []string
	note := func(start, end int) { got = append(got, text[start:end]) }
	note(d.Root().Span())
	d.Root().Members(func(m Member) {
		note(m.NameSpan())
		note(m.Span())
		if m.Kind() == List {
			m.Elements(func(v Value) { note(v.Span()) })
		}
	})
	want := []string{strings.TrimSpace(text), `"a"`, `[1, "x\ny" ,{ }]`, `1`, `"x\ny"`, `{ }`, `"\u0062"`, `null`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Duplicates must be found in small objects and in those that need a map.
func TestDuplicatesInObjectsOfEverySize(t *testing.T) {
	for n := range 4 * smallObject {
		for twice := range n {
			var members []string
			for i := range n {
				members = append(members, fmt.Sprintf(`"m%d":"x"`, i))
			}
			members = append(members, fmt.Sprintf(`"m%d":"y"`, twice), `"last":"z"`)
			d := read("{" + strings.Join(members, ",") + "}")
			visited := map[string]string{}
			d.Root().Members(func(m Member) { visited[m.Name], _ = m.Text() })
			want := map[string]string{"last": "z"}
			for i := range n {
				want[fmt.Sprintf("m%d", i)] = "x"
			}
			if !maps.Equal(visited, want) {
				t.Fatalf("%d members, number %d twice: visited %v", n, twice, visited)
			}
			if got, want := len(d.Faults()), 1; got != want {
				t.Fatalf("%d members, number %d twice: %d faults", n, twice, got)
			}
		}
	}
}

func TestManyMembers(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, `"m%d":0,`, i)
	}
	d := Read([]byte("{"+b.String()+`"m77":1}`), Options{MaxBytes: 64 << 20})
	n := 0
	d.Root().Members(func(Member) { n++ })
	if n != 20_000 || len(d.Faults()) != 1 {
		t.Errorf("%d members visited, %d faults", n, len(d.Faults()))
	}
}

func TestReadingDoesNotAllocate(t *testing.T) {
	d := read(`{"name": "a", "list": ["a", "b"], "on": true, "tags": {"a": "b", "c": "d"}}`)
	shape := Shape{Noun: "field", Names: []string{"name", "list", "on", "tags"}, Required: []string{"name"}}
	n := 0
	allocs := testing.AllocsPerRun(100, func() {
		d.Root().Fields(&shape, func(m Member) {
			switch m.Name {
			case "name":
				m.Text()
			case "list":
				m.Texts(func(text string, _ Value) { n += len(text) })
			case "on":
				m.Bool()
			case "tags":
				m.Members(func(m Member) { n += len(m.Name) })
			}
		})
	})
	if allocs != 0 {
		t.Errorf("reading allocates %v times", allocs)
	}
}
