package jsondoc

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// tree reads a value the way encoding/json would.
func tree(v Value) any {
	switch v.Kind() {
	case Bool:
		value, _ := v.Bool()
		return value
	case Number:
		return json.Number(v.Raw())
	case String:
		text, _ := v.Text()
		return text
	case List:
		all := []any{}
		v.Elements(func(e Value) { all = append(all, tree(e)) })
		return all
	case Object:
		all := map[string]any{}
		v.Members(func(m Member) { all[m.Name] = tree(m.Value) })
		return all
	}
	return nil
}

// FuzzRead holds the reader against encoding/json: what is JSON, where it breaks, and what it
// says.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+3,true,null,"\u00e9\ud83d\ude00\\\""],"":{}}`, `{"a":1,"\u0061":2}`, `[1,]`, `{"a":}`, `"\ud800"`, "\uFEFF{}",
		`[[[[`, "\"\xff\"", "{}\x00", `01`, `-`, `1.e`, "\"\t\"", `tru`, ` `, `{"a":"b"`, strings.Repeat("[", 200),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := read(text)
		if len(d.Faults()) == 0 {
			agreeOnValue(t, d, text)
			return
		}
		fault := d.Faults()[0]
		if fault.Offset > len(text) || fault.Line < 1 || fault.Column < 1 {
			t.Fatalf("fault lies outside of the text: %v", fault)
		}
		if fault.Code == Syntax {
			agreeOnFault(t, fault, text)
		}
	})
}

// agreeOnValue checks a document without faults.
func agreeOnValue(t *testing.T, d *Document, text string) {
	if !utf8.ValidString(text) {
		t.Fatal("invalid UTF-8 was accepted")
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var want any
	if err := decoder.Decode(&want); err != nil {
		t.Fatalf("encoding/json does not accept it: %v", err)
	}
	got := tree(d.Root())
	if len(d.Faults()) > 0 {
		return // names given twice
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("read %v, want %v", got, want)
	}
}

// agreeOnFault checks the place of a syntax error.
func agreeOnFault(t *testing.T, fault Fault, text string) {
	var syntax *json.SyntaxError
	if err := json.Unmarshal([]byte(text), new(any)); !errors.As(err, &syntax) {
		t.Fatalf("encoding/json says %v to what has %v", err, fault)
	}
	want := int(syntax.Offset) - 1
	if fault.Offset == len(text) {
		want = int(syntax.Offset) // at the end it counts no further byte
	}
	if fault.Offset != want {
		t.Fatalf("%v at %d, encoding/json says %v at %d", fault.Text, fault.Offset, syntax, want)
	}
}

// FuzzScanner holds the scanner that finds errors against encoding/json, which judges valid
// text as well.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{}]}`, `[-0.5e1,"\n\u12aF"]`, `nul`, `{"a":1,}`, `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, deep := tooDeep(text); deep {
			return
		}
		s := scanner{text: text}
		if valid := s.document(); valid != json.Valid([]byte(text)) {
			t.Fatalf("stops at %d of %d, expecting %s", s.pos, len(text), s.expected)
		}
	})
}
