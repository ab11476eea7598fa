package scenario_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy"
)

// goldenFiles returns the scenarios under testdata, which FuzzParse starts from as well.
func goldenFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir("testdata", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(filepath.ToSlash(path), "testdata/fuzz") {
			return filepath.SkipDir // inputs that the go command keeps
		}
		if !entry.IsDir() && filepath.Ext(path) == ".json" {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestGolden decides every scenario under testdata and compares it with what the file expects.
func TestGolden(t *testing.T) {
	files := goldenFiles(t)
	if len(files) == 0 {
		t.Fatal("testdata has no scenarios")
	}
	for _, file := range files {
		t.Run(filepath.ToSlash(strings.TrimSuffix(strings.TrimPrefix(file, "testdata"+string(filepath.Separator)), ".json")), func(t *testing.T) {
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := scenario.Parse(doc, &policy.ParseOptions{File: file})
			if err != nil {
				t.Fatal(err)
			}
			if s.Name == "" {
				t.Errorf("%s: the scenario has no name", file)
			}
			if s.Expect.IsZero() {
				t.Errorf("%s: the scenario expects nothing", file)
			}
			d := s.Decide()
			differences := s.Check(d)
			for _, diff := range differences {
				t.Error(diff)
			}
			if len(differences) > 0 {
				t.Log(d)
			}
		})
	}
}

// TestGoldenTexts compares what there is to say of every scenario with the text beside it.
func TestGoldenTexts(t *testing.T) {
	for _, file := range goldenFiles(t) {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse(doc, nil)
		if err != nil {
			t.Fatal(err)
		}
		golden.Text(t, strings.TrimSuffix(file, ".json")+".txt", story(s.Decide()))
	}
}

// story is the explanation of a decision, then the AWS error and the fixes of a denial, or the ways
// in of an allowed request and what closes them.
func story(d evaluate.Decision) string {
	var b strings.Builder
	fmt.Fprintln(&b, d.Explain().Text())
	if e, denied := d.AWSError(); denied {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSuffix(e.Code+": "+e.Message, ": "))
	}
	fixes, why := d.Fixes()
	for i, f := range fixes {
		fmt.Fprintf(&b, "\nfix %d: %s\n", i+1, f.Text())
	}
	if why != "" {
		fmt.Fprintf(&b, "\nno fix: %s\n", why)
	}
	for w := range d.Ways() {
		fmt.Fprint(&b, "\nway in:")
		if by, ok := w.By(); ok {
			fmt.Fprintf(&b, " %s", by.Detail())
		}
		for e := range w.With() {
			fmt.Fprintf(&b, "\n   with %s", e.Detail())
		}
		fmt.Fprintln(&b)
	}
	if closing, ok := d.Closing(); ok {
		fmt.Fprintf(&b, "\nto close: %s\n", closing.Text())
	}
	return b.String()
}
