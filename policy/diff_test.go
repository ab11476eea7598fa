package policy

import (
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	before := keyDocument(t, "{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": \"a\"\n  }\n}\n")
	after, err := before.Apply(addTest("Bool", "k", "true"))
	if err != nil {
		t.Fatal(err)
	}
	want := `--- key policy
+++ key policy
@@ -1,6 +1,11 @@
 {
   "Statement": {
     "Effect": "Allow",
-    "Action": "a"
+    "Action": "a",
+    "Condition": {
+      "Bool": {
+        "k": "true"
+      }
+    }
   }
 }
`
	if got := Diff(before, after); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, got := range []string{Diff(nil, before), Diff(before, nil)} {
		if !strings.Contains(got, "/dev/null") {
			t.Errorf("a document that is not there: got\n%s", got)
		}
	}
	if got := Diff(before, before); got != "" {
		t.Errorf("a document differs from itself: %s", got)
	}
	want = "--- /dev/null\n+++ key policy\n@@ -0,0 +1,6 @@\n+{\n"
	if got := Diff(&Document{}, before); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDiffNames(t *testing.T) {
	place := Position{File: "scenario.json", Offset: 70, Line: 3, Column: 5}
	tests := []struct {
		opts *ParseOptions
		want string
	}{
		{nil, "IAM policy"},
		{&ParseOptions{Name: "app-kms", File: "app.json"}, "app-kms"},
		{&ParseOptions{File: "policies/app kms.json"}, "policies/app kms.json"},
		{&ParseOptions{At: Position{File: "app.json"}}, "app.json"},
		{&ParseOptions{At: place}, "IAM policy"},
		{&ParseOptions{At: place, File: "app.json"}, "IAM policy"},
		{&ParseOptions{At: place, Name: "app-kms"}, "app-kms"},
		{&ParseOptions{Name: "x\n+++ y\x1b[2J"}, `"x\n+++ y\x1b[2J"`},
		{&ParseOptions{Name: "Schlüssel"}, "Schlüssel"},
	}
	for _, tt := range tests {
		p, err := ParseIAMPolicy([]byte(`{"Statement":[]}`), tt.opts)
		if err != nil {
			t.Fatal(err)
		}
		after, err := p.Apply(newStatement(""))
		if err != nil {
			t.Fatal(err)
		}
		want := "--- " + tt.want + "\n+++ " + tt.want + "\n@@ -1 +1 @@\n-{\"Statement\":[]}\n\\ No newline at end of file\n"
		if got := Diff(&p.Document, after); !strings.HasPrefix(got, want) {
			t.Errorf("%+v: got\n%s\nwant\n%s", tt.opts, got, want)
		}
	}
}

// String gives back every byte, the blanks around the document included.
func TestDocumentString(t *testing.T) {
	text := "\r\n\t{ \"Statement\" : [ ] }\n\n"
	if got := keyDocument(t, text).String(); got != text {
		t.Errorf("got %q, want %q", got, text)
	}
	if got := new(Document).String(); got != "" {
		t.Errorf("the zero Document is %q", got)
	}
}
