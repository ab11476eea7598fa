package lint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy"
)

// The key policies that AWS documents, written down in the shapes of its pages, are correct: nothing
// about them is more than information, whether the key is known or not.
func TestQuietOnDocumentedPolicies(t *testing.T) {
	files, err := filepath.Glob("testdata/quiet/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no policies: %v", err)
	}
	for _, file := range files {
		p := documented(t, file)
		for _, opts := range []*Options{nil, {Key: testKey}} {
			for _, f := range KeyPolicy(p, opts) {
				if f.Severity > Info {
					t.Error(f)
				}
			}
		}
	}
}

// documented reads a key policy with what it is and the page that has its like.
func documented(t testing.TB, file string) *policy.KeyPolicy {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Title, Source string
		Policy        json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.Title == "" || doc.Source == "" {
		t.Fatalf("%s: title %q, source %q, %v", file, doc.Title, doc.Source, err)
	}
	p, err := policy.ParseKeyPolicy(doc.Policy, &policy.ParseOptions{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
