package linediff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/linediff/patch"
	"pgregory.net/rapid"
)

// numbered returns the lines first to last, each its own number.
func numbered(first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintln(&b, i)
	}
	return b.String()
}

func TestUnified(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"equal", "a\nb\n", "a\nb\n", ""},
		{"both empty", "", "", ""},
		{"from nothing", "", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
		{"to nothing", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
		{"one line for another", "a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"},
		{"in the middle", "a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"line added", "a\nc\n", "a\nb\nc\n", "@@ -1,2 +1,3 @@\n a\n+b\n c\n"},
		{"line removed", "a\nb\nc\n", "a\nc\n", "@@ -1,3 +1,2 @@\n a\n-b\n c\n"},
		{"blank lines", "\n\n", "\n", "@@ -1,2 +1 @@\n \n-\n"},
		{"three lines of context", numbered(1, 9), strings.Replace(numbered(1, 9), "5\n", "x\n", 1),
			"@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
		{"six lines between changes", numbered(1, 8), "x\n" + numbered(2, 7) + "y\n",
			"@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"},
		{"seven lines between changes", numbered(1, 9), "x\n" + numbered(2, 8) + "y\n",
			"@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n"},
		{"lines moved on by the hunk before", numbered(1, 20), "x\n" + numbered(1, 19) + "y\n",
			"@@ -1,3 +1,4 @@\n+x\n 1\n 2\n 3\n@@ -17,4 +18,4 @@\n 17\n 18\n 19\n-20\n+y\n"},
		{"no line feed at the end of either", "a\nb", "a\nc", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"},
		{"line feed lost", "a\n", "a", "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n"},
		{"line feed gained", "a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		{"no line feed at the end of the context", "a\nb", "x\nb", "@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n"},
		{"carriage returns are content", "a\r\nb\r\n", "a\r\nb\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+b\n"},
		{"carriage return within a line", "a\rb\n", "a\rc\n", "@@ -1 +1 @@\n-a\rb\n+a\rc\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want != "" {
				want = "--- x.json\n+++ y.json\n" + want
			}
			if got := Unified("x.json", "y.json", tt.old, tt.new); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// text draws a text of few different lines, so that many are equal.
func text(t *rapid.T, label string) string {
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "", "\r", "-x", "@@"}), 0, 30).Draw(t, label)
	end := rapid.SampledFrom([]string{"\n", ""}).Draw(t, label+" ends with")
	return strings.Join(lines, "\n") + end
}

// A difference turns the old text into the new one, and backwards.
func TestPatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := text(t, "before"), text(t, "after")
		diff := Unified("x", "y", before, after)
		if got, err := patch.Apply(diff, before); err != nil || got != after {
			t.Fatalf("applied to the old text gives %q, %v, want %q\n%s", got, err, after, diff)
		}
		if got, err := patch.Apply(Unified("y", "x", after, before), after); err != nil || got != before {
			t.Fatalf("applied to the new text gives %q, %v, want %q", got, err, before)
		}
	})
}

// No line is shown as changed that could stay: as many stay as the slow twin finds, and each
// hunk has up to three lines around its changes.
func TestShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := text(t, "before"), text(t, "after")
		a, b := split(before), split(after)
		changed := 0
		for line := range strings.Lines(strings.TrimPrefix(Unified("x", "y", before, after), "--- x\n+++ y\n")) {
			if line[0] == '-' || line[0] == '+' {
				changed++
			}
		}
		if want := len(a) + len(b) - 2*commonSlow(a, b); changed != want {
			t.Fatalf("%d lines changed, want %d", changed, want)
		}
	})
}

// commonSlow returns the length of the longest common subsequence by its definition, with what
// is known remembered.
func commonSlow(a, b []string) int {
	known := map[[2]int]int{}
	var longest func(i, j int) int
	longest = func(i, j int) int {
		if i == len(a) || j == len(b) {
			return 0
		}
		if n, ok := known[[2]int{i, j}]; ok {
			return n
		}
		n := max(longest(i+1, j), longest(i, j+1))
		if a[i] == b[j] {
			n = max(n, 1+longest(i+1, j+1))
		}
		known[[2]int{i, j}] = n
		return n
	}
	return longest(0, 0)
}

// What would take too long to match is replaced as a whole.
func TestLargeMiddle(t *testing.T) {
	const n = 2000 // n*n is beyond maxCells
	before := "first\n" + strings.Repeat("a\nb\n", n/2) + "last\n"
	after := "first\n" + strings.Repeat("b\nc\n", n/2) + "last\n"
	diff := Unified("x", "y", before, after)
	if got, want := strings.Count(diff, "\n-"), n; got != want {
		t.Errorf("%d lines removed, want %d", got, want)
	}
	if got, err := patch.Apply(diff, before); err != nil || got != after {
		t.Errorf("the difference does not give the new text: %v", err)
	}
}

// Many long lines that are nearly equal, and many short ones with a single change, for which a
// table would not fit into memory.
func TestLargeTexts(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	var before, after strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&before, "%s%d\n", long, i)
		fmt.Fprintf(&after, "%s%d\n", long, i+1000)
	}
	if got := strings.Count(Unified("x", "y", before.String(), after.String()), "\n+x"); got != 1000 {
		t.Errorf("%d lines added, want 1000", got)
	}
	many := strings.Repeat("a\n", 1<<20)
	want := "--- x\n+++ y\n@@ -1048574,3 +1048574,4 @@\n a\n a\n a\n+b\n"
	if got := Unified("x", "y", many, many+"b\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzUnified(f *testing.F) {
	f.Add("a\nb\n", "b\nc")
	f.Add("", "\r\n\r")
	f.Fuzz(func(t *testing.T, before, after string) {
		diff := Unified("x", "y", before, after)
		if (diff == "") != (before == after) {
			t.Fatalf("the difference between %q and %q is %q", before, after, diff)
		}
		if got, err := patch.Apply(diff, before); err != nil || got != after {
			t.Fatalf("the difference gives %q, %v, want %q\n%s", got, err, after, diff)
		}
	})
}
