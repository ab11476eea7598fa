package jsondoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"pgregory.net/rapid"
)

// outline writes down all values in v: where each starts, its name and its text.
func outline(v Value) string {
	var b strings.Builder
	fmt.Fprintln(&b, v.offset(), v.Raw())
	switch v.Kind() {
	case List:
		v.Elements(func(e Value) { b.WriteString(outline(e)) })
	case Object:
		v.Members(func(m Member) { fmt.Fprint(&b, m.nameOffset, m.Name, ": ", outline(m.Value)) })
	}
	return b.String()
}

// slowOutline is the twin of outline. It has gjson scan the text again at each level.
func slowOutline(v gjson.Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, v.Index, strings.TrimRight(v.Raw, " \n"))
	if v.Type == gjson.JSON {
		v.ForEach(func(name, value gjson.Result) bool {
			if v.IsObject() {
				fmt.Fprint(&b, name.Index, name.Str, ": ")
			}
			b.WriteString(slowOutline(value))
			return true
		})
	}
	return b.String()
}

func TestNodesAgreeWithGjson(t *testing.T) {
	blank := rapid.SampledFrom([]string{"", " ", "\n"})
	rapid.Check(t, func(t *rapid.T) {
		text := blank.Draw(t, "before") + anyJSON(4).Draw(t, "text") + blank.Draw(t, "behind")
		if got, want := outline(read(text).Root()), slowOutline(gjson.Parse(text)); got != want {
			t.Fatalf("%s was read as\n%s\nwant\n%s", text, got, want)
		}
	})
}
