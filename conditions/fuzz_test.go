package conditions

import (
	"testing"
	"unicode/utf8"
)

// FuzzHolds: whatever an operator is given in the policy and in the request, of
// every type, the test agrees with its twin, and refuses the values that the
// twin cannot read.
func FuzzHolds(f *testing.F) {
	operators := operatorSpellings
	for i, name := range operators {
		for _, pair := range [][2]string{
			{"a*", "abc"}, {"${k}", "x"}, {"${other, 'a'}", "a"}, {"arn:aws:s3:::b/*", "arn:aws:s3:::b/k"},
			{"1.50", "15e-1"}, {"2026-01-02", "2026-01-02T00:00:00Z"}, {"1767312000", "2026-01-02"}, {"true", "TRUE"},
			{"AQID", "AQID"}, {"10.0.0.0/8", "::ffff:10.1.2.3"}, {"2001:db8::/32", "2001:db8::1"},
		} {
			if len(name)%3 == i%3 { // a third of all pairs is enough to start from
				f.Add(uint8(i), pair[0], pair[1], i%2 == 0)
			}
		}
	}
	f.Fuzz(func(t *testing.T, operator uint8, wanted, got string, variables bool) {
		if !utf8.ValidString(wanted) || !utf8.ValidString(got) || len(wanted)+len(got) > maxValues/100 {
			return // documents are UTF-8, and the twin has no bound
		}
		name := operators[int(operator)%len(operators)]
		op, err := ParseOperator(name)
		if err != nil {
			t.Fatal(err)
		}
		w := twin{operator: name, key: "k", values: []string{wanted}, variables: variables}
		test, faults := NewTest(op, "k", []Value{{Text: wanted}}, TestOptions{Variables: variables})
		if w.readable(wanted) != (len(faults) == 0) {
			t.Fatalf("%s %q: faults %v", name, wanted, faults)
		}
		if len(faults) > 0 {
			return
		}
		byName := map[string][]string{"K": {got}}
		c := NewContext(byName)
		if holds, want := test.Holds(&c), w.holds(newTwinContext(byName)); holds != want {
			t.Fatalf("%s %q with %q, variables %t: got %t, want %t", name, wanted, got, variables, holds, want)
		}
	})
}
