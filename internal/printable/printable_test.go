package printable

import "testing"

func Test(t *testing.T) {
	for text, want := range map[string]struct{ line, lines string }{
		"":                      {"", ""},
		"Aé 世界 «»":              {"Aé 世界 «»", "Aé 世界 «»"},
		"a\nb":                  {"a�b", "a\nb"},
		"a\r\nb\tc":             {"a��b�c", "a�\nb�c"},
		"\x1b[2J\x07\x00\x7f":   {"�[2J���", "�[2J���"},
		"\u2028\u2029\u0085":    {"���", "���"},
		"a\u202eb\u2066c\u200f": {"a�b�c�", "a�b�c�"},
		"\xff":                  {"�", "�"},
	} {
		if got := Line(text); got != want.line {
			t.Errorf("Line(%q) = %q, want %q", text, got, want.line)
		}
		if got := Lines(text); got != want.lines {
			t.Errorf("Lines(%q) = %q, want %q", text, got, want.lines)
		}
	}
}
