package scenario_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

// FuzzParse reads anything. Faults lie inside the document, and a scenario that can be read is
// decided in one way only.
func FuzzParse(f *testing.F) {
	for _, file := range goldenFiles(f) {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Add([]byte(draft{key: `"policy": ` + quote(delegates)}.String()))
	f.Add([]byte(draft{request: `"context": {"aws:userid": 1}, "keyId": "x"`, root: `"expect": {"layer": "?"}`}.String()))
	f.Fuzz(func(t *testing.T, doc []byte) {
		s, err := scenario.Parse(doc, nil)
		if err != nil {
			checkErrors(t, doc, err)
			return
		}
		again, err := scenario.Parse(doc, nil)
		if err != nil {
			t.Fatalf("the second time: %v", err)
		}
		first, second := s.Decide(), again.Decide()
		if !first.Equal(second) {
			t.Errorf("got %v, then %v", first, second)
		}
		text := result(t, s)
		if got := result(t, again); got != text {
			t.Errorf("got %s, then %s", got, text)
		}
		var object struct{ Name, Decision string }
		if err := json.Unmarshal([]byte(text), &object); err != nil || object.Name != s.Name || (object.Decision == "allow") != first.Allowed() {
			t.Errorf("%s is not the result: %v", text, err)
		}
		if s.Expect.IsZero() && s.Check(first) != nil {
			t.Error("a difference, although nothing is expected")
		}
		for _, diff := range s.Check(first) {
			checkPosition(t, doc, diff.Position)
			if diff.Got == diff.Want {
				t.Errorf("no difference: %v", diff)
			}
		}
	})
}

// FuzzStory tells the whole story of what can be read: it never panics, agrees with the decision,
// and every fix does what it says.
func FuzzStory(f *testing.F) {
	for _, file := range goldenFiles(f) {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		const enough = 16 << 10 // a fix reads policies anew
		if len(doc) > enough {
			return
		}
		s, err := scenario.Parse(doc, nil)
		if err != nil {
			return
		}
		d := s.Decide()
		if text := d.Explain().FullText(); !strings.HasPrefix(text, d.String()) {
			t.Errorf("%v is explained by\n%s", d, text)
		}
		if full, err := (scenario.Result{Name: s.Name, Decision: d, Full: true}).MarshalJSON(); err != nil || !json.Valid(full) {
			t.Errorf("%s: %v", full, err)
		}
		fixes, why := d.Fixes()
		if d.Allowed() != (len(fixes) == 0 && why == "") {
			t.Errorf("%v: %d fixes, %q", d, len(fixes), why)
		}
		for _, fix := range fixes {
			if after := s.Apply(fix).Decide(); !after.Equal(fix.After()) {
				t.Errorf("%v\nleads to %v, not to %v", fix, after, fix.After())
			}
		}
	})
}

// checkErrors checks that err are faults, each at a place in the document.
func checkErrors(t *testing.T, doc []byte, err error) {
	t.Helper()
	var all policy.Errors
	if !errors.As(err, &all) || len(all) == 0 {
		t.Fatalf("got %T, want policy.Errors", err)
	}
	for _, e := range all {
		checkPosition(t, doc, e.Position)
		if e.Code == "" || e.Text == "" {
			t.Errorf("an empty error: %+v", e)
		}
	}
}

// checkPosition checks that a position can lie in the document, or in a text that it holds.
func checkPosition(t *testing.T, doc []byte, at policy.Position) {
	t.Helper()
	if at.Offset < 0 || at.Offset > len(doc) || at.Line < 1 || at.Column < 1 || at.Line+at.Column > at.Offset+2 {
		t.Errorf("position %+v is not inside %d bytes", at, len(doc))
	}
}
