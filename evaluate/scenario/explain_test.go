package scenario_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

// TestGoldenExplanations explains every scenario under testdata: in 30 lines at most, the decision
// first, with all that blocks and the place of each statement that is told of.
func TestGoldenExplanations(t *testing.T) {
	for _, file := range goldenFiles(t) {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse(doc, &policy.ParseOptions{File: file})
		if err != nil {
			t.Fatal(err)
		}
		d := s.Decide()
		e := d.Explain()
		lines := strings.Split(e.Text(), "\n")
		if len(lines) > 30 || lines[0] != d.String() || !strings.HasPrefix(lines[1], "asked: ") {
			t.Errorf("%s: %d lines:\n%s", file, len(lines), e)
		}
		if n := strings.Count(e.FullText(), "\n"); n < len(lines) {
			t.Errorf("%s: the full text has %d lines:\n%s", file, n, e.FullText())
		}
		if text, err := json.Marshal(e); err != nil || !json.Valid(text) {
			t.Errorf("%s: %v: %s", file, err, text)
		}
		checkPlaces(t, file, e.Root(), lines)
	}
}

// checkPlaces checks that the statements that decide are told of with their places.
func checkPlaces(t *testing.T, file string, n *evaluate.Node, lines []string) {
	at, placed := n.Position()
	if n.Kind() == evaluate.KindStatement && n.Decides() {
		place := "[" + at.String() + "]"
		if !placed || !strings.Contains(strings.Join(lines, "\n"), place) {
			t.Errorf("%s: %s is missing:\n%s", file, place, strings.Join(lines, "\n"))
		}
	}
	for child := range n.Children() {
		checkPlaces(t, file, child, lines)
	}
}
