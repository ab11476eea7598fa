package kmsauthz_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
)

// TestReadmeSnippet holds the README's Go snippet to the body of Example, which
// go test runs.
func TestReadmeSnippet(t *testing.T) {
	readme := read(t, "README.md")
	_, rest, _ := strings.Cut(readme, "```go\n")
	got, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("README.md has no Go snippet")
	}
	if want := exampleBody(t); got != want {
		t.Errorf("the README's snippet is not the body of Example\n got:\n%s\nwant:\n%s", got, want)
	}
}

// exampleBody returns the statements of Example without their indent, and
// without the comment on the output.
func exampleBody(t *testing.T) string {
	source := read(t, "example_test.go")
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "example_test.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Example" {
			continue
		}
		body := source[files.Position(f.Body.Lbrace).Offset+1 : files.Position(f.Body.Rbrace).Offset]
		body, _, _ = strings.Cut(body, "\n\t// Output:")
		return strings.TrimPrefix(strings.ReplaceAll(body, "\n\t", "\n"), "\n") + "\n"
	}
	t.Fatal("no Example")
	return ""
}

// TestReadmeNamesEveryLayer holds the README's table of layers to the
// vocabulary.
func TestReadmeNamesEveryLayer(t *testing.T) {
	readme := read(t, "README.md")
	at := 0
	for l := evaluate.LayerRequest; l <= evaluate.LayerKeyState; l++ {
		row := strings.Index(readme, "| `"+l.String()+"` |")
		if row < at {
			t.Errorf("README.md has no row for the layer %s, or not in its order", l)
		}
		at = row
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
