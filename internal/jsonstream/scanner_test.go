package jsonstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"pgregory.net/rapid"
)

// walk takes the scalars of a document and every value of an object member called "take", and
// writes down what it passes: one line per element with its place.
func walk(s *Scanner) (string, error) {
	var b strings.Builder
	var value func(path string, take bool) error
	value = func(path string, take bool) error {
		kind := s.Kind()
		switch {
		case kind == jsondoc.Object && !take:
			return s.Object(func(m Member) error { return value(path+"."+m.Name, m.Name == "take") })
		case kind == jsondoc.List && !take:
			return s.List(func(i int) error { return value(fmt.Sprintf("%s[%d]", path, i), false) })
		}
		e, err := s.Take()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%d:%d@%d %s = %s\n", e.Line, e.Column, e.Offset, path, e.Data)
		return nil
	}
	if err := value("", false); err != nil {
		return b.String(), err
	}
	return b.String(), s.End()
}

func TestWalk(t *testing.T) {
	const doc = "\n{\"a\": [1, {\"take\" :\t{\"x\": [ ]}},\r\n  \"s\\\"\\u00e9\"],\n \"\\u0062\": {\n},\"c\":[\n]\n, \"d\": -0.5e+3}\n"
	const want = `2:8@8 .a[0] = 1
2:21@21 .a[1].take = {"x": [ ]}
3:3@37 .a[2] = "s\"\u00e9"
7:8@81 .d = -0.5e+3
`
	if got, err := walk(New(strings.NewReader(doc), Options{})); err != nil || got != want {
		t.Errorf("got\n%s%v, want\n%s", got, err, want)
	}
}

// TestFaults has documents that are cut off or broken, each with the one fault that is found,
// whether the values around it are taken or skipped.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{``, `f:1:1: found the end of the document, expected a value`},
		{" \n", `f:2:1: found the end of the document, expected a value`},
		{`{`, `f:1:2: found the end of the document, expected a member name`},
		{`{"a`, `f:1:4: found the end of the document, expected the rest of the string`},
		{"{\"a\n", `f:1:4: found a line break, expected the rest of the string`},
		{`{"a"`, `f:1:5: found the end of the document, expected ':'`},
		{`{"a" 1}`, `f:1:6: found '1', expected ':'`},
		{`{"a":`, `f:1:6: found the end of the document, expected a value`},
		{`{"a":1`, `f:1:7: found the end of the document, expected ',' or '}'`},
		{`{"a":1,`, `f:1:8: found the end of the document, expected a member name`},
		{`{"a":1,}`, `f:1:8: found '}', expected a member name`},
		{`{"a":1]`, `f:1:7: found ']', expected ',' or '}'`},
		{`{1:2}`, `f:1:2: found '1', expected a member name`},
		{`[1,]`, `f:1:4: found ']', expected a value`},
		{`[1 2]`, `f:1:4: found '2', expected ',' or ']'`},
		{"[\n\n  é]", `f:3:3: found 'é', expected a value`},
		{"[\x00]", `f:1:2: found control character U+0000, expected a value`},
		{`[tru]`, `f:1:5: found ']', expected true`},
		{`[falsy]`, `f:1:6: found 'y', expected false`},
		{`[nul`, `f:1:5: found the end of the document, expected null`},
		{`[01]`, `f:1:3: found '1', expected ',' or ']'`},
		{`[-]`, `f:1:3: found ']', expected a digit`},
		{`[1.]`, `f:1:4: found ']', expected a digit`},
		{`[1e]`, `f:1:4: found ']', expected a digit`},
		{`[1e+]`, `f:1:5: found ']', expected a digit`},
		{`["\x"]`, `f:1:4: found 'x', expected an escape sequence of JSON`},
		{`["\`, `f:1:4: found the end of the document, expected an escape sequence of JSON`},
		{`["\u12g4"]`, `f:1:7: found 'g', expected a hexadecimal digit`},
		{`["\u12@4"]`, `f:1:7: found '@', expected a hexadecimal digit`},
		{`{} {}`, `f:1:4: found '{', expected the end of the document`},
		{"\uFEFF{}", `f:1:1: found a byte order mark, expected a value`},
		{strings.Repeat("[", 129), `f:1:129: lists and objects are nested more than 128 deep`},
		{strings.Repeat(`{"a":`, 129), `f:1:641: lists and objects are nested more than 128 deep`},
	} {
		for name, read := range map[string]func(s *Scanner) error{
			"taken":   func(s *Scanner) error { _, err := walk(s); return err },
			"at once": func(s *Scanner) error { _, err := s.Take(); return errors.Join(err, s.End()) },
			"skipped": func(s *Scanner) error {
				return s.Values(func(i int) error {
					if i > 0 {
						return s.unexpected("the end of the document")
					}
					return nil
				})
			},
		} {
			s := New(iotest.OneByteReader(strings.NewReader(c.doc)), Options{File: "f"})
			got := read(s)
			if got == nil || strings.Split(got.Error(), "\n")[0] != c.want {
				t.Errorf("%q %s: got %v, want %s", c.doc, name, got, c.want)
				continue
			}
			// Nothing is read behind a fault.
			for _, again := range []error{s.End(), s.List(nil), s.Object(nil), s.Values(func(int) error { return nil })} {
				if again == nil || again.Error() != c.want {
					t.Errorf("%q %s, again: got %v, want %s", c.doc, name, again, c.want)
				}
			}
			if name := s.FirstName(); name != "" {
				t.Errorf("%q: first name %q behind a fault", c.doc, name)
			}
		}
	}
}

func TestObjectAndListRefuse(t *testing.T) {
	none := func(Member) error { return nil }
	for _, c := range []struct {
		doc, want string
		read      func(s *Scanner) error
	}{
		{`[]`, `1:1: found a list, expected an object`, func(s *Scanner) error { return s.Object(none) }},
		{`{}`, `1:1: found an object, expected a list`, func(s *Scanner) error { return s.List(nil) }},
		{`]`, `1:1: found ']', expected a list`, func(s *Scanner) error { return s.List(nil) }},
		{``, `1:1: found the end of the document, expected an object`, func(s *Scanner) error { return s.Object(none) }},
		{`{"a": 1, "\u0061": 2}`, `1:10: "a" is given twice`, func(s *Scanner) error { return s.Object(none) }},
		{`{"a": 1, "` + strings.Repeat("x", 3*chunk) + `": 2}`, `1:10: the name has more than 1000 bytes`, func(s *Scanner) error { return s.Object(none) }},
		{members(maxMembers + 1), fmt.Sprintf(`65537:1: the object has more than %d members`, maxMembers), func(s *Scanner) error { return s.Object(none) }},
	} {
		err := c.read(New(strings.NewReader(c.doc), Options{MaxElement: 1000}))
		if err == nil || err.Error() != c.want {
			t.Errorf("%.40s: got %v, want %s", c.doc, err, c.want)
		}
	}
	if err := New(strings.NewReader(members(maxMembers)), Options{}).Object(none); err != nil {
		t.Error(err)
	}
}

// members returns an object of n members, each on a line of its own.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%c\"%d\":0", "{,"[min(i, 1)], i)
		b.WriteByte('\n')
	}
	return strings.ReplaceAll(b.String(), "\n,", ",\n") + "}"
}

// TestElementTooLarge passes an element that is larger than the limit and goes on behind it.
func TestElementTooLarge(t *testing.T) {
	large := strings.Repeat("x", 5*chunk)
	doc := `["` + large[:998] + `",` + "\n" + `"` + large[:999] + `", "` + large + `", {"a": "` + large + `"}, 7]`
	s := New(strings.NewReader(doc), Options{MaxElement: 1000})
	var got []string
	err := s.List(func(int) error {
		e, err := s.Take()
		var fault *Error
		switch {
		case errors.As(err, &fault) && fault.Code == jsondoc.TooLarge:
			got = append(got, fault.Error())
		case err != nil:
			return err
		default:
			got = append(got, fmt.Sprint(len(e.Data)))
		}
		return nil
	})
	want := []string{"1000", "2:1: the element has more than 1000 bytes", "2:1004: the element has more than 1000 bytes",
		fmt.Sprintf("2:%d: the element has more than 1000 bytes", 1004+len(large)+4), "1"}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if len(s.buf) > 2*chunk {
		t.Errorf("the buffer grew to %d bytes for elements of 1000", len(s.buf))
	}
}

// TestSkippingHoldsNothing: the buffer does not grow with what is skipped.
func TestSkippingHoldsNothing(t *testing.T) {
	doc := `{"a": [` + strings.Repeat(`{"b": "`+strings.Repeat("x", 1000)+`"},`, 10000) + `1], "c": "` + strings.Repeat("x", 1<<20) + `"}`
	s := New(strings.NewReader(doc), Options{})
	if err := s.Values(func(int) error { return nil }); err != nil || len(s.buf) != chunk {
		t.Errorf("%v, and the buffer has %d bytes", err, len(s.buf))
	}
}

func TestReaderFails(t *testing.T) {
	broken := errors.New("connection lost")
	for _, doc := range []string{``, `{"a": `, `{"a": tr`, `{"a": "b`, `{"a": 1}`, `{"a": 1}  `} {
		s := New(io.MultiReader(strings.NewReader(doc), iotest.ErrReader(broken)), Options{File: "f"})
		_, err := walk(s)
		if want := fmt.Sprintf("f:1:%d: connection lost", len(doc)+1); !errors.Is(err, broken) || err.Error() != want {
			t.Errorf("%q: got %v, want %s", doc, err, want)
		}
	}
	_, err := walk(New(silent{}, Options{}))
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v, want %v", err, io.ErrNoProgress)
	}
}

// silent is a reader that never returns anything.
type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestFirstName(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`{"Records": []}`, "Records"},
		{" \n { \"\\u0052\" : 1}", "R"},
		{`{}`, ""},
		{`[1]`, ""},
		{`"x"`, ""},
		{`{"a": "` + strings.Repeat("x", 2*chunk) + `"}`, "a"},
		{`{` + strings.Repeat(" ", 2*chunk) + `"a": 1}`, "a"},
	} {
		s := New(iotest.HalfReader(strings.NewReader(c.doc)), Options{})
		if got := s.FirstName(); got != c.want {
			t.Errorf("%.40q: got %q, want %q", c.doc, got, c.want)
		}
		e, err := s.Take()
		if err != nil || string(e.Data) != strings.TrimSpace(c.doc) {
			t.Errorf("%.40q: took %.40q, %v", c.doc, e.Data, err)
		}
		if want := strings.Count(c.doc, "\n") + 1; e.Line != want {
			t.Errorf("%.40q: line %d, want %d", c.doc, e.Line, want)
		}
	}
	s := New(strings.NewReader(`{"`+strings.Repeat("x", 3*chunk)+`": 1}`), Options{MaxElement: 10})
	if name := s.FirstName(); name != "" || s.End() == nil {
		t.Errorf("got %.20q and %v, want a fault", name, s.End())
	}
}

func TestValues(t *testing.T) {
	s := New(strings.NewReader("{\"a\": 1}\n[2] 3\n"), Options{})
	var got []string
	err := s.Values(func(i int) error {
		e, err := s.Take()
		got = append(got, fmt.Sprintf("%d %d:%d %s", i, e.Line, e.Column, e.Data))
		return err
	})
	if want := `0 1:1 {"a": 1}|1 2:1 [2]|2 2:5 3`; err != nil || strings.Join(got, "|") != want {
		t.Errorf("got %q, %v, want %s", got, err, want)
	}
	stop := errors.New("stop")
	if err := New(strings.NewReader("1 2"), Options{}).Values(func(int) error { return stop }); err != stop {
		t.Errorf("got %v, want the visitor's error", err)
	}
}

func TestProgress(t *testing.T) {
	doc := "[" + strings.Repeat("1,", 2*chunk) + "1]"
	var told []int64
	s := New(strings.NewReader(doc), Options{Progress: func(read int64) { told = append(told, read) }})
	if _, err := s.Take(); err != nil {
		t.Fatal(err)
	}
	if err := s.End(); err != nil || len(told) < 3 || told[len(told)-1] != int64(len(doc)) {
		t.Errorf("told %v of %d bytes, %v", told, len(doc), err)
	}
	for i := 1; i < len(told); i++ {
		if told[i] <= told[i-1] {
			t.Errorf("told %v", told)
		}
	}
}

// checkAgainstJSON holds what the scanner makes of a document against package encoding/json.
func checkAgainstJSON(t interface{ Errorf(string, ...any) }, doc []byte) {
	_, err := walk(New(bytes.NewReader(doc), Options{}))
	var fault *Error
	isOurs := errors.As(err, &fault) && fault.Code != jsondoc.Syntax // too deep, or a name given twice
	if valid := json.Valid(doc); valid != (err == nil) && !isOurs {
		t.Errorf("%q: valid %v, but got %v", doc, valid, err)
	}
	if fault != nil && (fault.Offset < 0 || fault.Offset > len(doc)) {
		t.Errorf("%q: the fault %v is outside", doc, fault)
	}
	skipped := New(bytes.NewReader(doc), Options{})
	err = skipped.Values(func(int) error { return nil })
	values := 0
	decoder := json.NewDecoder(bytes.NewReader(doc))
	var want error
	for want == nil {
		var raw json.RawMessage
		if want = decoder.Decode(&raw); want == nil {
			values++
		}
	}
	if accepted := want == io.EOF && values > 0; accepted != (err == nil) && !(errors.As(err, &fault) && fault.Code == jsondoc.TooDeep) {
		t.Errorf("%q: %d values and %v, but got %v", doc, values, want, err)
	}
	// Elements are cut where they stand.
	s := New(bytes.NewReader(doc), Options{})
	_ = s.Values(func(int) error {
		e, err := s.Take()
		if err == nil && !bytes.HasPrefix(doc[e.Offset:], e.Data) {
			t.Errorf("%q: %q is not at offset %d", doc, e.Data, e.Offset)
		}
		if line := 1 + bytes.Count(doc[:e.Offset], []byte("\n")); err == nil && e.Line != line {
			t.Errorf("%q: %q is in line %d, not %d", doc, e.Data, line, e.Line)
		}
		if column := e.Offset - bytes.LastIndexByte(doc[:e.Offset], '\n'); err == nil && e.Column != column {
			t.Errorf("%q: %q is in column %d, not %d", doc, e.Data, column, e.Column)
		}
		return err
	})
}

// checkChunks reads a document in pieces of other sizes, which must change nothing.
func checkChunks(t interface{ Errorf(string, ...any) }, doc []byte) {
	want, wantErr := walk(New(bytes.NewReader(doc), Options{}))
	for _, r := range []io.Reader{
		iotest.OneByteReader(bytes.NewReader(doc)), iotest.HalfReader(bytes.NewReader(doc)), iotest.DataErrReader(bytes.NewReader(doc)),
	} {
		if got, err := walk(New(r, Options{})); got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%q: got %s, %v in pieces, %s, %v at once", doc, got, err, want, wantErr)
		}
	}
}

// TestTwin holds generated documents, whole and damaged, against package encoding/json.
func TestTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"{", "}", "[", "]", ",", ":", " ", "\n", `"a"`, `"take"`, `"\n\u00e9"`,
			"1", "-2.5e3", "true", "null", `{"a":[]}`, `[1,{"take":[2]}]`, `"`, "\\", "é", "0", "x"}), 0, 12).Draw(t, "pieces")
		doc := []byte(strings.Join(pieces, ""))
		checkAgainstJSON(t, doc)
		checkChunks(t, doc)
	})
}

func FuzzScanner(f *testing.F) {
	for _, doc := range []string{`{"a": [1, {"take": {"x": []}}], "b": "\u00e9"}`, "{}\n{}", `[tru`, `{"a" 1`, "[\"\xff\"]", `{"a":1,"a":2}`, "\uFEFF[]"} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		checkAgainstJSON(t, doc)
		checkChunks(t, doc)
	})
}

func BenchmarkScanner(b *testing.B) {
	element := `{"eventVersion": "1.08", "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/app/i-0abc"}, "n": [1, 2.5, true, null]},` + "\n"
	doc := "{\"Records\": [" + strings.Repeat(element, 5000) + "{}]}"
	for name, visit := range map[string]func(s *Scanner) error{
		"take": func(s *Scanner) error { _, err := s.Take(); return err },
		"skip": func(*Scanner) error { return nil },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				s := New(strings.NewReader(doc), Options{})
				err := s.Object(func(Member) error { return s.List(func(int) error { return visit(s) }) })
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
