package printable

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

type word string

type named struct{ name string }

func (n named) String() string { return n.name }

func TestShort(t *testing.T) {
	long := strings.Repeat("é", 101) // 202 bytes
	for text, want := range map[string]string{
		"": "", "a": "a", long[:200]: long[:200], long: long[:200] + "...",
		"a" + long: "a" + long[:198] + "...", // no character is cut in two
	} {
		if got := Short(text); got != want {
			t.Errorf("Short(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSprintf(t *testing.T) {
	long := strings.Repeat("x", 1000)
	cut := `"` + long[:200] + `..."`
	for _, c := range []struct {
		format string
		args   []any
		want   string
	}{
		{"%q %q %q", []any{long, word(long), named{long}}, cut + " " + cut + " " + cut},
		{"%s %v", []any{long, word(long)}, long + " " + long},
		{"%[1]q, %[1]d: %v", []any{7, nil}, "'\\a', 7: <nil>"},
		{"%q %5d|%-3s|%+v %t%%", []any{[]string{"a", "b"}, 42, "a", struct{ A int }{1}, true}, `["a" "b"]    42|a  |{A:1} true%`},
		{"%v: %q", []any{io.EOF, "a\n"}, `EOF: "a\n"`},
	} {
		if got := Sprintf(c.format, c.args...); got != c.want {
			t.Errorf("Sprintf(%q) = %s, want %s", c.format, got, c.want)
		}
	}
	if err := Errorf("%w: %q", io.EOF, long); !errors.Is(err, io.EOF) || err.Error() != "EOF: "+cut {
		t.Errorf("got %v", err)
	}
}

// Short texts are printed as package fmt prints them.
func TestSprintfOfShortTexts(t *testing.T) {
	args := []any{"a", word("b\x00"), named{"c"}, 3, 'd', true, 1.5, []string{"e"}, nil, struct{}{}}
	for _, arg := range args {
		for _, format := range []string{"%v", "%q", "%s", "%d", "%+v", "%#v", "%x", "%6v|", "%-6v|", "%06d"} {
			want := fmt.Sprintf(format, arg)
			if got := Sprintf(format, arg); got != want {
				t.Errorf("Sprintf(%q, %#v) = %s, want %s", format, arg, got, want)
			}
		}
	}
}
