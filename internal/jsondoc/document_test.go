package jsondoc

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// read opens text with the default options.
func read(text string) *Document { return Read([]byte(text), Options{}) }

// list writes the faults of a document one per line: line:column code path: text.
func list(d *Document) string {
	var b strings.Builder
	for _, f := range d.Faults() {
		fmt.Fprintf(&b, "%d:%d %s %s: %s\n", f.Line, f.Column, f.Code, f.Path, f.Text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestReadRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", ``, `1:1 syntax : found the end of the document, expected a value`},
		{"blanks", " \n\t", `2:2 syntax : found the end of the document, expected a value`},
		{"truncated object", `{"a":`, `1:6 syntax : found the end of the document, expected a value`},
		{"truncated name", `{"a`, `1:4 syntax : found the end of the document, expected the rest of the string`},
		{"truncated list", `[1,`, `1:4 syntax : found the end of the document, expected a value`},
		{"truncated word", `tru`, `1:4 syntax : found the end of the document, expected true`},
		{"wrong word", `[falze]`, `1:5 syntax : found 'z', expected false`},
		{"after a good string", `["a b\"\\\/\b\f\n\r\t\u09aF" x]`, `1:30 syntax : found 'x', expected ',' or ']'`},
		{"after a good number", `[-1029.0938e+19 x]`, `1:17 syntax : found 'x', expected ',' or ']'`},
		{"word with a blank", `tru e`, `1:4 syntax : found ' ', expected true`},
		{"null in capitals", `NULL`, `1:1 syntax : found 'N', expected a value`},
		{"shortened null", `nul1`, `1:4 syntax : found '1', expected null`},
		{"words and then nothing", `[true,false,null`, `1:17 syntax : found the end of the document, expected ',' or ']'`},
		{"trailing comma in list", `[1,]`, `1:4 syntax : found ']', expected a value`},
		{"trailing comma in object", `{"a":1,}`, `1:8 syntax : found '}', expected a member name`},
		{"empty list element", `[,]`, `1:2 syntax : found ',', expected a value or ']'`},
		{"no name", `{1:2}`, `1:2 syntax : found '1', expected a member name or '}'`},
		{"no colon", `{"a" 1}`, `1:6 syntax : found '1', expected ':'`},
		{"no comma in list", `[1 2]`, `1:4 syntax : found '2', expected ',' or ']'`},
		{"no comma in object", "{\"a\":1\n\"b\":2}", `2:1 syntax : found '"', expected ',' or '}'`},
		{"wrong bracket", `[1}`, `1:3 syntax : found '}', expected ',' or ']'`},
		{"trailing text", `{} x`, `1:4 syntax : found 'x', expected the end of the document`},
		{"two documents", `{}{}`, `1:3 syntax : found '{', expected the end of the document`},
		{"comment", "{\n  # no\n}", `2:3 syntax : found '#', expected a member name or '}'`},
		{"single quotes", `{'a':1}`, `1:2 syntax : found '\'', expected a member name or '}'`},
		{"byte order mark", "\uFEFF{}", `1:1 syntax : found a byte order mark, expected a value`},
		{"NUL after the value", "{}\x00", `1:3 syntax : found control character U+0000, expected the end of the document`},
		{"NUL for a value", "[\x00]", `1:2 syntax : found control character U+0000, expected a value or ']'`},
		{"NUL in a string", "\"a\x00\"", `1:3 syntax : found control character U+0000, expected the rest of the string`},
		{"DEL", "\x7F", `1:1 syntax : found control character U+007F, expected a value`},
		{"line break in a string", "\"a\nb\"", `1:3 syntax : found a line break, expected the rest of the string`},
		{"carriage return in a string", "\"a\rb\"", `1:3 syntax : found a line break, expected the rest of the string`},
		{"vertical tab between values", "[\v1]", `1:2 syntax : found control character U+000B, expected a value or ']'`},
		{"no-break space", "[\u00A01]", `1:2 syntax : found '\u00a0', expected a value or ']'`},
		{"unknown escape", `"\x41"`, `1:3 syntax : found 'x', expected an escape sequence of JSON`},
		{"escape at the end", `"\`, `1:3 syntax : found the end of the document, expected an escape sequence of JSON`},
		{"short hexadecimal escape", `"\u12"`, `1:6 syntax : found '"', expected a hexadecimal digit`},
		{"wrong hexadecimal escape", `"\u00fg"`, `1:7 syntax : found 'g', expected a hexadecimal digit`},
		{"at sign as hexadecimal digit", `"\u@"`, `1:4 syntax : found '@', expected a hexadecimal digit`},
		{"leading zero", `01`, `1:2 syntax : found '1', expected the end of the document`},
		{"leading plus", `+1`, `1:1 syntax : found '+', expected a value`},
		{"lone minus", `[-]`, `1:3 syntax : found ']', expected a digit`},
		{"no digit before the point", `.5`, `1:1 syntax : found '.', expected a value`},
		{"no digit after the point", `[1.]`, `1:4 syntax : found ']', expected a digit`},
		{"no exponent", `[1e]`, `1:4 syntax : found ']', expected a digit`},
		{"no digit in the exponent", `[1E+]`, `1:5 syntax : found ']', expected a digit`},
		{"no digit in a negative exponent", `[0e-x]`, `1:5 syntax : found 'x', expected a digit`},
		{"not a number", `NaN`, `1:1 syntax : found 'N', expected a value`},
		{"bad byte", "{\"a\":\n\"\xff\"}", `2:2 not-utf8 : byte 0xff is not UTF-8`},
		{"half a character at the end", "\"é\xc3", `1:4 not-utf8 : byte 0xc3 is not UTF-8`},
		{"a written U+FFFD before a bad byte", "\"\uFFFD\x80\"", `1:5 not-utf8 : byte 0x80 is not UTF-8`},
		{"surrogate as UTF-8", "\"\xed\xa0\x80\"", `1:2 not-utf8 : byte 0xed is not UTF-8`},
		{"lone high surrogate", `["\\\ud800"]`, `1:5 not-utf8 : \ud800 is half of a surrogate pair`},
		{"lone low surrogate", `"\uDFFF"`, `1:2 not-utf8 : \uDFFF is half of a surrogate pair`},
		{"high surrogate and a letter", `"\ud83d\u0041"`, `1:2 not-utf8 : \ud83d is half of a surrogate pair`},
		{"two high surrogates", `"\udbff\udbff"`, `1:2 not-utf8 : \udbff is half of a surrogate pair`},
		{"pair and a low surrogate", `"\ud83d\ude00\ude00"`, `1:14 not-utf8 : \ude00 is half of a surrogate pair`},
		{"surrogate after an escape", `"\n\ud800"`, `1:4 not-utf8 : \ud800 is half of a surrogate pair`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := read(tt.text)
			if got := list(d); got != tt.want {
				t.Errorf("Read(%q) found\n%s\nwant\n%s", tt.text, got, tt.want)
			}
			if got := d.Root().Kind(); got != None {
				t.Errorf("root of a broken document is %v", got)
			}
		})
	}
}

func TestReadAccepts(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, ` [ ] `, "\t{\r\n}\n", `0`, `-0`, `-12.50e+3`, `1E-2`, `1e5`, `true`, `false`, `null`, `""`,
		`"\u0000"`, `"\"\\\/\b\f\n\r\t"`, `"\uD83D\uDE00"`, `"\\ud800"`, `"\ud7ff\ue000"`, "\"\uFFFD\x7F\"",
		`"[[[{{{"`, `{"a":{"b":[1,2,{"c":null}]},"d":""}`,
		strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
		strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth),
		"[" + strings.Repeat("[],", 500) + "[]]",
		`["` + strings.Repeat(`\"[`, 500) + `"]`,
	} {
		if got := list(read(text)); got != "" {
			t.Errorf("Read(%.40q) found %s", text, got)
		}
	}
}

func TestRootIsTrimmed(t *testing.T) {
	for text, want := range map[string]string{" {} \r\n\t": "{}", "\n12 \n": "12", ` "a" `: `"a"`, "[ 1 ]\n": "[ 1 ]"} {
		if got := read(text).Root().Raw(); got != want {
			t.Errorf("root of %q is %q, want %q", text, got, want)
		}
	}
}

func TestReadTooDeep(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
		strings.Repeat("[", 100_000),
	} {
		want := "1:129 too-deep : lists and objects are nested more than 128 deep"
		if got := list(read(text)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := list(read(strings.Repeat(`{"a":`, 200))), "1:641 too-deep : lists and objects are nested more than 128 deep"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadTooLarge(t *testing.T) {
	tests := []struct {
		size, limit int
		want        string
	}{
		{10, 10, ""},
		{11, 10, "1:1 too-large : the document has 11 bytes, at most 10 are read"},
		{defaultMaxBytes, 0, ""},
		{defaultMaxBytes + 1, 0, "1:1 too-large : the document has 1048577 bytes, at most 1048576 are read"},
		{defaultMaxBytes + 1, -1, "1:1 too-large : the document has 1048577 bytes, at most 1048576 are read"},
		{10 << 20, 64 << 20, ""},
	}
	for _, tt := range tests {
		data := []byte(`"` + strings.Repeat("x", tt.size-2) + `"`)
		d := Read(data, Options{MaxBytes: tt.limit})
		if got := list(d); got != tt.want {
			t.Errorf("%d bytes with limit %d: got %q, want %q", tt.size, tt.limit, got, tt.want)
		}
	}
}

func TestReadCopies(t *testing.T) {
	data := []byte(`"abc"`)
	d := Read(data, Options{})
	copy(data, `"xyz"`)
	if got, _ := d.Root().Text(); got != "abc" {
		t.Errorf("text changed to %q with its source", got)
	}
}

func TestPlaceInLargerText(t *testing.T) {
	tests := []struct {
		name string
		at   Place
		want []Place // of the list, 1 and 2
	}{
		{"whole text", Place{}, []Place{{"", 1, 1, 2}, {"", 2, 1, 3}, {"", 6, 2, 2}}},
		{"named", Place{File: "f"}, []Place{{"f", 1, 1, 2}, {"f", 2, 1, 3}, {"f", 6, 2, 2}}},
		{"part", Place{File: "f", Offset: 100, Line: 7, Column: 11}, []Place{{"f", 101, 7, 12}, {"f", 102, 7, 13}, {"f", 106, 8, 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Read([]byte(" [1,\n 2]"), Options{At: tt.at})
			got := []Place{d.Root().Place()}
			d.Root().Elements(func(v Value) { got = append(got, v.Place()) })
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// slowPlace counts lines and columns byte by byte.
func slowPlace(text string, offset int) Place {
	p := Place{Offset: offset, Line: 1, Column: 1}
	for i := range offset {
		p.Column++
		if text[i] == '\n' {
			p.Line, p.Column = p.Line+1, 1
		}
	}
	return p
}

func TestPlaceIsCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("a\né\r"))).Draw(t, "text")
		d := &Document{text: text, start: Place{Line: 1, Column: 1}}
		for offset := range len(text) + 1 {
			if got, want := d.place(offset), slowPlace(text, offset); got != want {
				t.Fatalf("place of byte %d: got %v, want %v", offset, got, want)
			}
		}
	})
}

func TestFaultsAreBounded(t *testing.T) {
	for _, n := range []int{maxFaults, maxFaults + 1, 50_000} {
		d := read("[" + strings.Repeat("1,", n-1) + "1]")
		d.Root().Elements(func(v Value) { v.Text() })
		if n > maxFaults {
			d.Root().Fault("late", "not taken any more")
		}
		faults := d.Faults()
		if got, want := len(faults), min(n, maxFaults+1); got != want {
			t.Errorf("%d wrong elements: %d faults, want %d", n, got, want)
		}
		last := faults[len(faults)-1]
		if got, want := last.Code == TooManyFaults, n > maxFaults; got != want {
			t.Errorf("%d wrong elements: last fault is %v", n, last)
		}
		if n > maxFaults && last.Path != fmt.Sprintf("[%d]", maxFaults) {
			t.Errorf("the list of faults ends at %s", last.Path)
		}
	}
}

// A walk ends soon after the last fault that is listed.
func TestWalksEndWhenFull(t *testing.T) {
	const n = 10 * maxFaults
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"m%d":[],`, i)
	}
	walks := map[string]func(v Value, visit func(Value)){
		"[" + strings.Repeat("{},", n) + "{}]": func(v Value, visit func(Value)) { v.Elements(visit) },
		"{" + b.String() + `"z":0}`:            func(v Value, visit func(Value)) { v.Members(func(m Member) { visit(m.Value) }) },
	}
	for text, walk := range walks {
		visits := 0
		d := read(text)
		walk(d.Root(), func(v Value) {
			v.Text()
			visits++
		})
		if got, want := visits, maxFaults+1; got != want {
			t.Errorf("%.10s: %d visits, want %d", text, got, want)
		}
	}
}

func TestClose(t *testing.T) {
	first := read(`{"name": "orders", "list": [1, 2]}`)
	root := first.Root()
	var name string
	root.Members(func(m Member) {
		if m.Name == "name" {
			name, _ = m.Text()
		}
	})
	first.Close()
	first.Close()
	read(`[[[[]]], "another", "document"]`)
	if root.Kind() != None || root.Len() != 0 || root.Raw() != "" || name != "orders" || len(first.Faults()) > 0 {
		t.Errorf("closed: %v of %d members, %q, name %q, faults %v", root.Kind(), root.Len(), root.Raw(), name, first.Faults())
	}
}

func TestCloseKeepsFaults(t *testing.T) {
	d := read(`{"name": 1}`)
	d.Root().Members(func(m Member) { m.Text() })
	want := list(d)
	d.Close()
	if got := list(d); got != want || got == "" {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCloseReuses: documents that are closed cost no memory for nodes again.
func TestCloseReuses(t *testing.T) {
	text := []byte("[" + strings.Repeat("1,", 1000) + "1]")
	allocs := testing.AllocsPerRun(100, func() { Read(text, Options{}).Close() })
	if allocs > 3 { // the document, its text, and a few that the collector took away
		t.Errorf("%v allocations", allocs)
	}
}
