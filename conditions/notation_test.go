package conditions

import (
	"strings"

	"pgregory.net/rapid"
)

// mustTest reads a test in the notation of the tables here:
//
//	operator key value value...
//
// with blanks between; ” is an empty value, ~ within a value a blank, and
// [] stands for no values. Policy variables are on.
func mustTest(t rapid.TB, notation string) *Test {
	t.Helper()
	test, faults := parseTest(t, notation, TestOptions{Variables: true})
	if len(faults) != 0 {
		t.Fatalf("%s: %v", notation, faults)
	}
	return test
}

func parseTest(t rapid.TB, notation string, opts TestOptions) (*Test, []ValueError) {
	t.Helper()
	words := strings.Fields(notation)
	op, err := ParseOperator(words[0])
	if err != nil {
		t.Fatal(err)
	}
	var values []Value
	for _, w := range words[2:] {
		if w != "[]" {
			values = append(values, Value{Text: readWord(w)})
		}
	}
	test, faults := NewTest(op, words[1], values, opts)
	return &test, faults
}

func readWord(w string) string {
	if w == "''" {
		return ""
	}
	return strings.ReplaceAll(w, "~", " ")
}

// mustContext reads a context in the notation "key=value;value key=value",
// words as in mustTest.
func mustContext(t rapid.TB, notation string) Context {
	t.Helper()
	byName := map[string][]string{}
	for _, w := range strings.Fields(notation) {
		name, list, ok := strings.Cut(w, "=")
		if !ok {
			t.Fatalf("context %q: no = in %q", notation, w)
		}
		for v := range strings.SplitSeq(list, ";") {
			byName[readWord(name)] = append(byName[readWord(name)], readWord(v))
		}
	}
	return NewContext(byName)
}
