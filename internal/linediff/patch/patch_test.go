package patch

import "testing"

func TestApply(t *testing.T) {
	const header = "--- a\n+++ b\n"
	tests := []struct {
		name, diff, text, want string // want "" is an error
	}{
		{"nothing", "", "a\n", "a\n"},
		{"changed line", header + "@@ -2 +2 @@\n-b\n+B\n", "a\nb\nc\n", "a\nB\nc\n"},
		{"added line", header + "@@ -1,0 +2 @@\n+b\n", "a\nc\n", "a\nb\nc\n"},
		{"context and two hunks", header + "@@ -1,2 +1 @@\n a\n-b\n@@ -4 +3,2 @@\n d\n+e\n", "a\nb\nc\nd\n", "a\nc\nd\ne\n"},
		{"no line feed at the end", header + "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n", "a\n", "a"},

		{"no header", "@@ -1 +1 @@\n-a\n+b\n", "a\n", ""},
		{"no hunk", header, "a\n", ""},
		{"other text", header + "@@ -1 +1 @@\n-a\n+b\n", "x\n", ""},
		{"line feed where there is none", header + "@@ -1 +1 @@\n-a\n+b\n", "a", ""},
		{"wrong start", header + "@@ -2 +2 @@\n-a\n+b\n", "a\n", ""},
		{"start beyond the end", header + "@@ -9 +9 @@\n-a\n+b\n", "a\n", ""},
		{"wrong new start", header + "@@ -1 +2 @@\n-a\n+b\n", "a\n", ""},
		{"too few lines", header + "@@ -1,2 +1,2 @@\n-a\n+b\n", "a\nb\n", ""},
		{"too many lines", header + "@@ -1 +1 @@\n-a\n+b\n+c\n", "a\n", ""},
		{"more new lines than said", header + "@@ -1,2 +1 @@\n-a\n+b\n c\n", "a\nc\n", ""},
		{"bad mark", header + "@@ -1 +1 @@\n*a\n", "a\n", ""},
		{"mark missing in the header", header + "@@ 1 +1 @@\n-a\n+b\n", "a\n", ""},
		{"no number", header + "@@ -x +1 @@\n-a\n+b\n", "a\n", ""},
		{"no count", header + "@@ -1,x +1 @@\n-a\n+b\n", "a\n", ""},
		{"hunks in the wrong order", header + "@@ -2 +2 @@\n-b\n+c\n@@ -1 +1 @@\n-a\n+b\n", "a\nb\n", ""},
	}
	for _, tt := range tests {
		got, err := Apply(tt.diff, tt.text)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}
