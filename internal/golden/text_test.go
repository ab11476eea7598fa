package golden

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A recorder is a test that notes what it is told and goes on.
type recorder struct {
	testing.TB
	told string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Fatal(args ...any)                 { r.told += fmt.Sprint(args...) }
func (r *recorder) Errorf(format string, args ...any) { r.told += fmt.Sprintf(format, args...) }

func TestText(t *testing.T) {
	file := filepath.Join(t.TempDir(), "golden.txt")
	for _, c := range []struct {
		got     string
		rewrite bool
		want    string // what the test is told, in part; empty: nothing
	}{
		{"one\n", false, "no such file"},
		{"one\n", true, ""},
		{"one\n", false, ""},
		{"two\n", false, "(rewrite it with -update):\n--- want\n+++ got\n@@ -1 +1 @@\n-one\n+two\n"},
		{"", false, "-one\n"},
	} {
		r := &recorder{}
		*update = c.rewrite
		Text(r, file, c.got)
		*update = false
		if c.want == "" && r.told != "" || !strings.Contains(r.told, c.want) {
			t.Errorf("%q: got %q, want %q", c.got, r.told, c.want)
		}
	}
}
