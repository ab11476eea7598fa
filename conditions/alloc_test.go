package conditions

import (
	"testing"
)

// sink keeps the compiler from leaving out what is measured.
var sink bool

// TestNoAllocation measures everything on the way of a decision; a Context
// that escaped would show here.
func TestNoAllocation(t *testing.T) {
	all := benchmarkContext()
	visible := KeySet{}
	for k := range Keys() {
		visible = visible.With(ParseKey(k.Name))
	}
	half := mustContext(t, "kms:KeySpec=a")
	lookups := []Key{ParseKey("kms:KeySpec"), ParseKey("aws:PrincipalTag/team"), ParseKey("foo:bar")}
	check := func(name string, f func()) {
		t.Helper()
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
	check("Over, Only and Lookup", func() {
		c := half.Over(all).Over(half).Only(visible)
		for _, k := range lookups {
			sink = c.Lookup(k) != nil
		}
	})
	var tests []Test
	for _, notation := range benchmarkTests {
		test := mustTest(t, notation)
		tests = append(tests, *test)
		check(notation, func() {
			c := half.Over(all).Only(visible)
			sink = test.Holds(&c)
		})
	}
	condition := NewCondition(NewBlock(Operator{}, tests...))
	check("Condition.Holds", func() {
		c := all
		sink = condition.Holds(&c)
	})
	template := NewTemplate("arn:aws:kms:*:111122223333:key/${*}", true, true)
	check("Template.Match", func() {
		c := all
		sink, _ = template.Match("arn:aws:kms:us-east-1:111122223333:key/*", &c)
	})
}
