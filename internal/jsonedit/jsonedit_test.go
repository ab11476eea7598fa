package jsonedit

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

// An edit changes the document with this root; a is its member "a".
type edit func(e *Editor, root jsondoc.Value, a jsondoc.Member)

// member returns the member of an object that has this name.
func member(in jsondoc.Value, name string) (found jsondoc.Member) {
	in.Members(func(m jsondoc.Member) {
		if m.Name == name {
			found = m
		}
	})
	return found
}

// apply returns text with an edit made.
func apply(t *testing.T, text string, change edit) string {
	t.Helper()
	doc := jsondoc.Read([]byte(text), jsondoc.Options{})
	e := New(doc)
	change(e, doc.Root(), member(doc.Root(), "a"))
	if faults := doc.Faults(); len(faults) > 0 {
		t.Fatalf("%s: %v", text, faults)
	}
	after := e.Text()
	if !json.Valid([]byte(after)) {
		t.Fatalf("no JSON: %s", after)
	}
	return after
}

// The edits of the tables.
var (
	x, y = String("x"), String("y")
	deep = Object(Member("l", List(x, y)), Member("o", Object(Member("k", x))))

	set = func(v Value) edit {
		return func(e *Editor, root jsondoc.Value, a jsondoc.Member) { e.Set(root, a, "a", v) }
	}
	rename = func(e *Editor, root jsondoc.Value, a jsondoc.Member) { e.Set(root, a, "b", x) }
	add    = func(all ...Value) edit {
		return func(e *Editor, root jsondoc.Value, a jsondoc.Member) { e.Append(root, a, Elements(all...)...) }
	}
	addMember = func(v Value) edit {
		return func(e *Editor, root jsondoc.Value, a jsondoc.Member) { e.Append(root, a, Member("new", v)) }
	}
	insert = func(at int) edit {
		return func(e *Editor, root jsondoc.Value, a jsondoc.Member) { e.Insert(a.Value, at, Elements(x)...) }
	}
	remove = func(indexes ...int) edit {
		return func(e *Editor, root jsondoc.Value, a jsondoc.Member) { e.Remove(a.Value, indexes...) }
	}
	enclose = func(e *Editor, root jsondoc.Value, a jsondoc.Member) {
		e.Enclose(a.Value, Object(Member("k", x), Member("l", y)))
	}
)

func TestAppend(t *testing.T) {
	tests := []struct {
		name, before string
		edit         edit
		want         string
	}{
		{"to a list on one line", `{"a": [1, 2]}`, add(x), `{"a": [1, 2, "x"]}`},
		{"without blanks", `{"a":[1,2]}`, add(x, y), `{"a":[1,2,"x","y"]}`},
		{"to one element, without blanks", `{"a":[1]}`, add(x), `{"a":[1,"x"]}`},
		{"to one element, blanks after colons", `{"a": [1]}`, add(x), `{"a": [1, "x"]}`},
		{"to one element, commas seen elsewhere", `{"a": [1],"b":2}`, add(x), `{"a": [1,"x"],"b":2}`},
		{"blanks before commas and within brackets", `{ "a" : [ 1 ] , "b" : 2 }`, add(x), `{ "a" : [ 1 , "x" ] , "b" : 2 }`},
		{"over several lines", "{\n  \"a\": [\n    1\n  ]\n}", add(x, y), "{\n  \"a\": [\n    1,\n    \"x\",\n    \"y\"\n  ]\n}"},
		{"carriage returns", "{\r\n\"a\":[\r\n1\r\n]\r\n}", add(x), "{\r\n\"a\":[\r\n1,\r\n\"x\"\r\n]\r\n}"},
		{"carriage returns alone are blanks", "{\r\"a\":[\r1,\r2]}", add(x), "{\r\"a\":[\r1,\r2,\r\"x\"]}"},
		{"line feed first", "\n{\"a\": [1]}", add(x), "\n{\"a\": [1, \"x\"]}"},
		{"tabs", "{\n\t\"a\": [\n\t\t1,\n\t\t2\n\t]\n}", add(x), "{\n\t\"a\": [\n\t\t1,\n\t\t2,\n\t\t\"x\"\n\t]\n}"},
		{"commas first", "{ \"a\": [ 1\n       , 2\n       ]\n}", add(x), "{ \"a\": [ 1\n       , 2\n       , \"x\"\n       ]\n}"},
		{"commas first, nested", "{ \"a\": {\"b\": 1\n       , \"c\": 2\n       }\n}", addMember(deep),
			"{ \"a\": {\"b\": 1\n       , \"c\": 2\n       , \"new\": {\"l\": [\"x\", \"y\"], \"o\": {\"k\": \"x\"}}\n       }\n}"},
		{"several on each line", "{\"a\": [\n  1, 2,\n  3, 4\n]}", add(x), "{\"a\": [\n  1, 2,\n  3, 4, \"x\"\n]}"},
		{"aligned with the bracket", "{\"a\": [1,\n       2]}", add(x), "{\"a\": [1,\n       2,\n       \"x\"]}"},
		{"blank lines between", "{\"a\": [\n  1,\n\n  2\n]}", add(x), "{\"a\": [\n  1,\n\n  2,\n\n  \"x\"\n]}"},

		{"to an empty list on one line", `{"a": []}`, add(x), `{"a": ["x"]}`},
		{"to an empty list with a blank", `{"a": [ ]}`, add(x), `{"a": ["x"]}`},
		{"to an empty list among lines", "{\n   \"a\": []\n}", add(x), "{\n   \"a\": [\n      \"x\"\n   ]\n}"},
		{"to an empty list beside one on one line", "{\n  \"a\": [],\n  \"b\": [1]\n}", add(x), "{\n  \"a\": [\"x\"],\n  \"b\": [1]\n}"},
		{"to an empty list over lines", "{\n  \"a\": [\n  ]\n}", add(x), "{\n  \"a\": [\n    \"x\"\n  ]\n}"},
		{"to an empty object", "{\n  \"a\": {}\n}", addMember(x), "{\n  \"a\": {\n    \"new\": \"x\"\n  }\n}"},
		{"to an empty object on one line", `{"a":{}}`, addMember(deep), `{"a":{"new":{"l":["x","y"],"o":{"k":"x"}}}}`},

		{"member", `{"a":{"b":1}}`, addMember(x), `{"a":{"b":1,"new":"x"}}`},
		{"member over several lines", "{\n \"a\":{\n  \"b\":1\n }\n}", addMember(deep),
			"{\n \"a\":{\n  \"b\":1,\n  \"new\":{\n   \"l\":[\n    \"x\",\n    \"y\"\n   ],\n   \"o\":{\n    \"k\":\"x\"\n   }\n  }\n }\n}"},
		{"blanks in this object count more than elsewhere", "{\"b\":1,\"a\": {\"b\": 1, \"c\": 2}}", addMember(x), "{\"b\":1,\"a\": {\"b\": 1, \"c\": 2, \"new\": \"x\"}}"},
		{"a colon at the end of a line is not repeated", "{\"a\":\n{\"b\":\n1}}", addMember(x), "{\"a\":\n{\"b\":\n1, \"new\": \"x\"}}"},

		{"object like the one before it", "{\"a\": [\n  {\"b\": 1,\n   \"c\": 2}\n]}", add(deep),
			"{\"a\": [\n  {\"b\": 1,\n   \"c\": 2},\n  {\"l\": [\"x\", \"y\"],\n   \"o\": {\"k\": \"x\"}}\n]}"},
		{"object between brackets on one line", "{\n  \"a\": [{\n    \"b\": 1\n  }]\n}", add(deep),
			"{\n  \"a\": [{\n    \"b\": 1\n  }, {\n    \"l\": [\n      \"x\",\n      \"y\"\n    ],\n    \"o\": {\n      \"k\": \"x\"\n    }\n  }]\n}"},
		{"object after an empty one", "{\n  \"a\": [\n    {}\n  ]\n}", add(Object(Member("k", x))), "{\n  \"a\": [\n    {},\n    {\n      \"k\": \"x\"\n    }\n  ]\n}"},
		{"lists as elsewhere", "{\n  \"a\": [\n    {\n      \"l\": [1],\n      \"m\": {\n        \"n\": 1\n      }\n    }\n  ]\n}", add(deep),
			"{\n  \"a\": [\n    {\n      \"l\": [1],\n      \"m\": {\n        \"n\": 1\n      }\n    },\n" +
				"    {\n      \"l\": [\"x\", \"y\"],\n      \"o\": {\n        \"k\": \"x\"\n      }\n    }\n  ]\n}"},
		{"in a part of a larger text", "{\n      \"a\": {\n        \"b\": []\n      }\n    }", addMember(List(x)),
			"{\n      \"a\": {\n        \"b\": [],\n        \"new\": [\n          \"x\"\n        ]\n      }\n    }"},
		{"first line of a part of a larger text", "{\"a\": [], \"b\": [\n        1\n      ]\n    }", add(x), "{\"a\": [\"x\"], \"b\": [\n        1\n      ]\n    }"},
		{"the only line of a part of a larger text", "{\n      \"a\": []\n    }", add(x), "{\n      \"a\": [\n        \"x\"\n      ]\n    }"},
		{"indented as a whole", "  {\n    \"a\": []\n  }\n", add(x), "  {\n    \"a\": [\n      \"x\"\n    ]\n  }\n"},
		{"indented by different steps", "{\n    \"a\": [],\n    \"b\": [\n      1\n    ]\n}", add(x), "{\n    \"a\": [\n        \"x\"\n    ],\n    \"b\": [\n      1\n    ]\n}"},
		{"blanks within brackets are no step", "{ \"a\": [ {\n  \"b\": 1\n} ] }", add(Object(Member("o", Object(Member("k", x))))),
			"{ \"a\": [ {\n  \"b\": 1\n}, {\n  \"o\": {\n    \"k\": \"x\"\n  }\n} ] }"},
		{"not indented", "{\n\"a\": [\n]\n}", add(x), "{\n\"a\": [\n\"x\"\n]\n}"},
		{"indented less than what is around it", "  {\n\"a\": []\n  }", add(x), "  {\n\"a\": [\n\"x\"\n]\n  }"},
		{"escaped names are found", `{"\u0061": [1,2]}`, add(x), `{"\u0061": [1,2,"x"]}`},
		{"brackets and commas in strings", `{"a": ["],", "\"[{"]}`, add(x), `{"a": ["],", "\"[{", "x"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := apply(t, tt.before, tt.edit); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestOtherChanges(t *testing.T) {
	tests := []struct {
		name, before string
		edit         edit
		want         string
	}{
		{"nothing", " { } ", func(*Editor, jsondoc.Value, jsondoc.Member) {}, " { } "},
		{"set a string", `{"a" :  1 ,"b": 2}`, set(x), `{"a" :  "x" ,"b": 2}`},
		{"set and rename", `{"a" :  1 ,"b": 2}`, rename, `{"b" :  "x" ,"b": 2}`},
		{"an escaped name stays if it is the same", `{"\u0061": 1}`, set(x), `{"\u0061": "x"}`},
		{"set a list in the place of a string", `{"a": 1}`, set(List(x, y)), `{"a": ["x", "y"]}`},
		{"set a list among lines", "{\n  \"a\": 1\n}", set(List(x, y)), "{\n  \"a\": [\n    \"x\",\n    \"y\"\n  ]\n}"},
		{"set a list among lines, others on one line", "{\n  \"a\": 1,\n  \"b\": [1,2]\n}", set(List(x, y)), "{\n  \"a\": [\"x\",\"y\"],\n  \"b\": [1,2]\n}"},
		{"objects on one line speak for lists", "{\n  \"a\": 1,\n  \"b\": {\"c\": 1}\n}", set(List(x)), "{\n  \"a\": [\"x\"],\n  \"b\": {\"c\": 1}\n}"},
		{"lists of the same name speak first", "{\n  \"a\": 1,\n  \"b\": [1],\n  \"c\": {\n    \"a\": [\n      1\n    ]\n  }\n}", set(List(x)),
			"{\n  \"a\": [\n    \"x\"\n  ],\n  \"b\": [1],\n  \"c\": {\n    \"a\": [\n      1\n    ]\n  }\n}"},
		{"set a list in the place of a list", "{\"a\": [ 1,\n  2]}", set(List(x, y)), "{\"a\": [ \"x\",\n  \"y\"]}"},
		{"set an empty list", "{\n  \"a\": [\n    1\n  ]\n}", set(List()), "{\n  \"a\": []\n}"},
		{"set an empty list in the place of an object", "{\n  \"a\": {\n    \"b\": 1\n  }\n}", set(List()), "{\n  \"a\": []\n}"},
		{"keep JSON as it is", `{"a": "\u0062"}`, set(List(Raw(`"\u0062"`), x)), `{"a": ["\u0062", "x"]}`},
		{"quote what JSON must have quoted and nothing else", `{"a": 1}`, set(String("\"\\\n<&>é\x7f")), "{\"a\": \"\\\"\\\\\\n<&>é\x7f\"}"},

		{"set in an inner object written with blanks", `{"b":[1,2],"a": {"c": 1, "d": [1, 2]}}`, func(e *Editor, _ jsondoc.Value, a jsondoc.Member) {
			e.Set(a.Value, member(a.Value, "c"), "c", List(x, y))
		}, `{"b":[1,2],"a": {"c": ["x", "y"], "d": [1, 2]}}`},

		{"insert in the middle", "{\"a\": [1,\n  2, 3]}", insert(1), "{\"a\": [1,\n  \"x\",\n  2, 3]}"},
		{"insert before the last", "{\"a\": [1,\n  2, 3]}", insert(2), "{\"a\": [1,\n  2, \"x\", 3]}"},

		{"remove the first", "{\"a\": [1,\n  2, 3]}", remove(0), `{"a": [2, 3]}`},
		{"remove in the middle", "{\"a\": [1,\n  2, 3]}", remove(1), `{"a": [1, 3]}`},
		{"remove the last", "{\"a\": [1,\n  2, 3 ]}", remove(2), "{\"a\": [1,\n  2 ]}"},
		{"remove the first two", "{\"a\": [\n  1,\n  2,\n  3\n]}", remove(0, 1), "{\"a\": [\n  3\n]}"},
		{"remove the last two", "{\"a\": [\n  1,\n  2,\n  3\n]}", remove(1, 2), "{\"a\": [\n  1\n]}"},
		{"remove around one", "{\"a\": [\n  1,\n  2,\n  3\n]}", remove(0, 2), "{\"a\": [\n  2\n]}"},
		{"remove all", "{\"a\": [\n  1,\n  2\n]}", remove(0, 1), `{"a": []}`},
		{"remove a member", "{\"a\": {\n  \"b\": 1,\n  \"c\": 2\n}}", remove(1), "{\"a\": {\n  \"b\": 1\n}}"},
		{"remove the first member", "{\"a\": { \"b\": 1, \"c\": 2 }}", remove(0), `{"a": { "c": 2 }}`},

		{"enclose", `{"a":{"b":1}}`, enclose, `{"a":[{"b":1},{"k":"x","l":"y"}]}`},
		{"enclose with blanks", `{"a": { "b": 1 }, "c": [ 1 ]}`, enclose, `{"a": [ { "b": 1 }, { "k": "x", "l": "y" } ], "c": [ 1 ]}`},
		{"enclose an object written with blanks", `{"b":1,"a": {"k": 1, "l": 2}}`, enclose, `{"b":1,"a": [{"k": 1, "l": 2}, {"k": "x", "l": "y"}]}`},
		{"enclose what goes over lines", "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}", enclose, "{\n\t\"a\": [{\n\t\t\"b\": 1\n\t}, {\n\t\t\"k\": \"x\",\n\t\t\"l\": \"y\"\n\t}]\n}"},

		{"several changes", `{"a":{"b":[1],"c":2}}`, func(e *Editor, _ jsondoc.Value, a jsondoc.Member) {
			e.Insert(a.Value, 2, Member("d", x))
			e.Insert(a.Value, 2, Member("e", y))
			e.Set(a.Value, member(a.Value, "c"), "c", x)
			e.Append(a.Value, member(a.Value, "b"), Elements(y)...)
		}, `{"a":{"b":[1,"y"],"c":"x","d":"x","e":"y"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := apply(t, tt.before, tt.edit); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	if got, want := deep.JSON(), `{"l": ["x", "y"], "o": {"k": "x"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := List().JSON()+Object().JSON()+Raw("1.0").JSON(), `[]{}1.0`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Blanks that a document has in one place are not written again and again if they are many.
func TestManyBlanks(t *testing.T) {
	const many = 100_000
	blanks := strings.Repeat(" ", many)
	values := make([]Value, 1000)
	for i := range values {
		values[i] = x
	}
	for name, before := range map[string]string{
		"indentation":  "{\n" + blanks + "\"a\": [\n" + blanks + "1\n]\n}",
		"commas":       `{"a": [1,` + blanks + `2]}`,
		"colons":       `{"a":` + blanks + `[1]}`,
		"brackets":     `{"a": [` + blanks + `1` + blanks + `]}`,
		"empty":        "{\n" + blanks + "\"a\": []}",
		"last line":    "{\"a\": [], \"b\": [\n1]\n" + blanks + "}",
		"line breaks":  "{\"a\": [" + strings.Repeat("\n", many) + "1]}",
		"several gaps": `{"a": [1,2,` + blanks + `3]}`,
	} {
		after := apply(t, before, add(values...))
		if grown := len(after) - len(before); grown > len(values)*(2*maxBlanks+len(`"x",`)) {
			t.Errorf("%s: %d bytes more", name, grown)
		}
	}
	for name, before := range map[string]string{
		"objects": "{\n" + blanks + "\"a\": [\n" + blanks + "{\"b\":" + blanks + "1" + blanks + "}]}",
		"pads":    `{"a": [` + blanks + `1]}`,
	} {
		after := apply(t, before, add(deep, deep, deep))
		if grown := len(after) - len(before); grown > 3*10*maxBlanks {
			t.Errorf("%s: %d bytes more", name, grown)
		}
	}
}
