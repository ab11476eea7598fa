package conditions

// A Variable is a policy variable in the values of a test, and what stands for
// it in a request.
type Variable struct {
	Key   Key
	Value string // the request's value or the default
	Known bool   // whether there is one
}

// Variables returns the policy variables in the test's values in the order in
// which they are written, each key once. It does not keep c.
func (t *Test) Variables(c *Context) []Variable {
	var found []Variable
	seen := map[Key]bool{}
	for i := range t.templates {
		for _, p := range t.templates[i].pieces {
			if p.variable == nil || seen[p.variable.key] {
				continue
			}
			seen[p.variable.key] = true
			value, known := p.variable.value(c)
			found = append(found, Variable{p.variable.key, value, known})
		}
	}
	return found
}

// WithOperator returns the test of the same key and values under another
// operator, for those who want to say what would have held. The values that the
// operator cannot read match nothing.
func (t *Test) WithOperator(op Operator) Test {
	changed, _ := NewTest(op, t.name, t.values, t.opts)
	return changed
}
