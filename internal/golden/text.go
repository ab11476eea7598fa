package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/linediff"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

// Text checks that a file has the text got. With the flag -update it writes the file.
func Text(t testing.TB, file, got string) {
	t.Helper()
	file = filepath.FromSlash(file)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := linediff.Unified("want", "got", string(want), got); diff != "" {
		t.Errorf("%s (rewrite it with -update):\n%s", file, diff)
	}
}
