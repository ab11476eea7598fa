package workflow_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/internal/golden"
)

// Every row is without blanks, cites a page of AWS at every step, and is exercised
// in testdata/workflows.txt: as it works, without a statement, and with one that
// nearly fits. Every name that the package declares has a row.
func TestRows(t *testing.T) {
	exercised := map[workflow.Name][3]int{}
	for _, section := range readCases(t) {
		n := exercised[section.name]
		for _, c := range section.cases {
			switch {
			case c == "works":
				n[0]++
			case strings.Contains(c, ": without "):
				n[1]++
			case strings.Contains(c, " ->"):
				n[2]++
			}
		}
		exercised[section.name] = n
	}
	var names []workflow.Name
	titles := map[string]bool{}
	for w := range workflow.All() {
		names = append(names, w.Name)
		checkRow(t, &w)
		if titles[w.Title] {
			t.Errorf("%s: the title stands twice", w.Name)
		}
		titles[w.Title] = true
		if n := exercised[w.Name]; n[0] != 1 || n[1] == 0 || n[2] == 0 {
			t.Errorf("%s: %d cases that work, %d without a statement, %d near misses: expected 1, some, some", w.Name, n[0], n[1], n[2])
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(declaredNames(t), names); diff != "" {
		t.Errorf("names that are declared, and names of rows:\n%s", diff)
	}
}

// checkRow checks one row for blanks.
func checkRow(t *testing.T, w *workflow.Workflow) {
	t.Helper()
	blank := func(what, text string) {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s: %s is blank", w.Name, what)
		}
	}
	page := func(what, address string) {
		if !strings.HasPrefix(address, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: %s: found %q, expected the address of a page of AWS", w.Name, what, address)
		}
	}
	blank("title", w.Title)
	page("doc", w.Doc)
	for _, n := range w.Needs {
		blank("need "+string(n.Party), n.Text)
		if !uses(w, n.Party) {
			t.Errorf("%s: no step uses %s", w.Name, n.Party)
		}
		if (n.Party == workflow.Resource || n.Party == workflow.Source) && n.Form == "" {
			t.Errorf("%s: %s has no form", w.Name, n.Party)
		}
	}
	for i, s := range w.Steps {
		blank("title of step "+strconv.Itoa(i+1), s.Title)
		page("doc of step "+strconv.Itoa(i+1), s.Doc)
	}
	if strings.HasPrefix(string(w.Name), "kms-") {
		return // an operation of KMS may need nothing else
	}
	if len(w.Outside) == 0 {
		t.Errorf("%s: nothing outside KMS", w.Name)
	}
	for _, text := range slices.Concat(w.Outside, w.Notes) {
		blank("a line", text)
	}
	if w.Cache.What != "" {
		page("cache", w.Cache.Doc)
		if w.Cache.Max > 0 && w.Cache.Usual > w.Cache.Max {
			t.Errorf("%s: a usual time of %v, at most %v", w.Name, w.Cache.Usual, w.Cache.Max)
		}
	}
}

// uses reports whether a step has to do with a party.
func uses(w *workflow.Workflow, party workflow.Party) bool {
	for _, s := range w.Steps {
		texts := []string{s.Caller, s.Alias, s.SourceARN}
		for _, value := range s.EncryptionContext {
			texts = append(texts, value)
		}
		if s.Key == party || s.Action.Name() == "CreateKey" && party == workflow.Key ||
			party == workflow.SourceAccount && s.SourceARN != "" ||
			slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, "{"+string(party)) }) {
			return true
		}
	}
	return false
}

// declaredNames returns the constants of type Name, sorted.
func declaredNames(t *testing.T) []workflow.Name {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []workflow.Name
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Name" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, workflow.Name(name))
		}
		return false
	})
	slices.Sort(names)
	return names
}

// testdata/explained.txt shows what some workflows say when they work, and when
// their first case fails.
func TestExplained(t *testing.T) {
	var b strings.Builder
	shown := []workflow.Name{workflow.SNSToSQS, workflow.S3Replication, workflow.EBSAttachVolume, workflow.ReplicateKeyWithTags}
	for _, section := range readCases(t) {
		if !slices.Contains(shown, section.name) {
			continue
		}
		lines := section.lines
		for _, c := range section.cases[:2] {
			if _, edit, broken := strings.Cut(c, ": "); broken {
				lines = changed(t, lines, edit)
			}
			result, err := section.name.Check(partiesOf(t, section.name, lines))
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString("== " + string(section.name) + ": " + c + "\n\n" + result.String() + "\n")
		}
	}
	golden.Text(t, "testdata/explained.txt", b.String())
}
