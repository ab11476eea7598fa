package kmstest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// maxFile is more than the largest scenario that is read.
const maxFile = 64<<20 + 1

// A Runner is a [TB] that runs sub-tests: a *testing.T is a Runner[*testing.T].
type Runner[T any] interface {
	TB
	Run(name string, f func(T)) bool
}

// Run checks the scenario in each file that matches a pattern of [filepath.Glob], as
// [Scenario] does, in a sub-test of its own:
//
//	kmstest.Run(t, "testdata/*.json")
//
// The name of the sub-test is the file's, below the folder that the pattern starts
// with and without ".json". A pattern that matches nothing is a failure.
func Run[T Runner[T]](t T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Errorf("%q: %v", pattern, err)
		return
	}
	if len(files) == 0 {
		t.Errorf("no file matches %q", pattern)
	}
	slices.Sort(files)
	for _, file := range files {
		t.Run(subTest(pattern, file), func(t T) {
			t.Helper()
			Scenario(t, file)
		})
	}
}

// subTest returns the name of the sub-test of a file.
func subTest(pattern, file string) string {
	fixed := pattern
	if i := strings.IndexAny(pattern, "*?["); i >= 0 {
		fixed = pattern[:i]
	}
	dir, _ := filepath.Split(fixed)
	name, err := filepath.Rel(dir, file)
	if err != nil {
		name = file
	}
	return filepath.ToSlash(strings.TrimSuffix(name, ".json"))
}

// Scenario decides the scenario in a file and checks that the decision is what its
// "expect" says; see package scenario for the format. If it is not, the message has
// what differs, the explanation, and the first fix or the ways in. A file that cannot
// be read, with every fault in it, and a scenario that expects nothing are failures.
func Scenario(t TB, file string) {
	t.Helper()
	reach(t)
	s, err := read(file)
	if err != nil {
		t.Errorf("the scenario cannot be read:\n%s", printable.Lines(err.Error()))
		return
	}
	if s.Expect.IsZero() {
		t.Errorf("%s: the scenario expects nothing: add what it expects, such as \"expect\": {\"decision\": \"allow\"}", printable.Lines(file))
		return
	}
	d := s.Decide()
	var lines []string
	for _, difference := range s.Check(d) {
		lines = append(lines, difference.String())
	}
	if len(lines) > 0 {
		t.Errorf("%s\n%s\n%s", printable.Lines(s.Name), printable.Lines(strings.Join(lines, "\n")), explained(d))
	}
}

// read reads a scenario from a file.
func read(file string) (*scenario.Scenario, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return scenario.Parse(doc, &policy.ParseOptions{File: file, Name: filepath.Base(file)})
}
