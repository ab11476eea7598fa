package conditions

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The policy variables of a test, each once, with their values in a request.
func TestVariables(t *testing.T) {
	ctx := mustContext(t, "j=v two=a;b aws:TagKeys=a aws:PrincipalTag/Team=red empty=''")
	for _, c := range []struct{ test, want string }{
		{"StringEquals k a", ""},
		{"StringEquals k ${j}", "j=v"},
		{"StringEquals k ${j}${J}x${j}", "j=v"},
		{"StringEquals k ${missing} ${j}", "missing? j=v"},
		{"StringLike k ${missing,'d'}*", "missing=d"},
		{"ArnLike k ${aws:principaltag/team}", "aws:PrincipalTag/team=red"},
		{"StringEquals k ${two} ${aws:TagKeys} ${empty}", "two? aws:TagKeys? empty="},
		{"StringEquals k ${*}", ""},
		{"Bool k ${j}", ""},
	} {
		var got []string
		for _, v := range mustTest(t, c.test).Variables(&ctx) {
			text := v.Key.String() + "=" + v.Value
			if !v.Known {
				text = v.Key.String() + "?"
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q, want %q", c.test, got, c.want)
		}
	}
}

// A test under another operator is the test that has that operator written down.
func TestWithOperator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var names []string
		for o := range Operators() {
			names = append(names, o.Name)
		}
		from, to := rapid.SampledFrom(names).Draw(t, "from"), rapid.SampledFrom(names).Draw(t, "to")
		value := rapid.SampledFrom([]string{"a", "A", "a*", "1", "true", "${j}", "2026-01-01T00:00:00Z", "10.0.0.0/8", "arn:aws:kms:*:*:key/*"}).Draw(t, "value")
		got := rapid.SampledFrom([]string{"a", "A", "ab", "1", "true", "10.1.2.3", "arn:aws:kms:us-east-1:1:key/x"}).Draw(t, "got")
		variables := rapid.Bool().Draw(t, "variables")
		op := func(name string) Operator {
			o, err := ParseOperator(name)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		values, opts := []Value{{Text: value}}, TestOptions{Variables: variables}
		first, _ := NewTest(op(from), "k", values, opts)
		want, _ := NewTest(op(to), "k", values, opts)
		changed := first.WithOperator(op(to))
		ctx := NewContext(map[string][]string{"k": {got}, "j": {"a"}})
		if changed.String() != want.String() || changed.Holds(&ctx) != want.Holds(&ctx) {
			t.Fatalf("got %v, which holds: %v, want %v: %v", &changed, changed.Holds(&ctx), &want, want.Holds(&ctx))
		}
		if first.Operator() != op(from) {
			t.Fatalf("the test changed: %v", &first)
		}
	})
}
