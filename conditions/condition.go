package conditions

import (
	"encoding/json"
	"iter"
	"slices"
)

// A Block is an operator with its tests: one member of a Condition element. It
// may have no tests. A Block is immutable and safe for concurrent use by
// multiple goroutines.
type Block struct {
	operator Operator
	tests    []Test
}

// NewBlock returns a block of these tests, which are copied. They should have
// been made with the same operator.
func NewBlock(op Operator, tests ...Test) Block {
	return Block{op, slices.Clone(tests)}
}

// Operator returns the operator.
func (b Block) Operator() Operator { return b.operator }

// Tests yields the tests in document order.
func (b Block) Tests() iter.Seq[*Test] {
	return func(yield func(*Test) bool) {
		for i := range b.tests {
			if !yield(&b.tests[i]) {
				return
			}
		}
	}
}

// A Condition is the Condition element of a statement. The zero Condition is
// that of a statement without one: it always holds. A Condition is immutable
// and safe for concurrent use by multiple goroutines.
type Condition struct {
	present bool
	blocks  []Block
	tests   []Test // of all blocks
}

// NewCondition returns the Condition element with these blocks, which are
// copied. It may have none.
func NewCondition(blocks ...Block) Condition {
	c := Condition{present: true, blocks: slices.Clone(blocks)}
	n := 0
	for i := range blocks {
		n += len(blocks[i].tests)
	}
	c.tests = make([]Test, 0, n)
	for i := range blocks {
		start := len(c.tests)
		c.tests = append(c.tests, blocks[i].tests...)
		c.blocks[i].tests = c.tests[start:]
	}
	return c
}

// IsZero reports whether there is no Condition element.
func (c *Condition) IsZero() bool { return !c.present }

// Blocks yields the blocks in document order.
func (c *Condition) Blocks() iter.Seq[Block] { return slices.Values(c.blocks) }

// Tests yields the tests of all blocks in document order.
func (c *Condition) Tests() iter.Seq[*Test] {
	return func(yield func(*Test) bool) {
		for i := range c.tests {
			if !yield(&c.tests[i]) {
				return
			}
		}
	}
}

// Holds reports whether every test holds for a request. It does not keep ctx.
func (c *Condition) Holds(ctx *Context) bool {
	for i := range c.tests {
		if !c.tests[i].Holds(ctx) {
			return false
		}
	}
	return true
}

// Failing returns the first test in document order that does not hold for a
// request, and whether there is one. It does not keep ctx.
func (c *Condition) Failing(ctx *Context) (*Test, bool) {
	for i := range c.tests {
		if !c.tests[i].Holds(ctx) {
			return &c.tests[i], true
		}
	}
	return nil, false
}

// MarshalJSON returns the Condition element: JSON equal to what was read, in
// the same order. Of the zero Condition that is an empty object.
func (c *Condition) MarshalJSON() ([]byte, error) {
	return c.AppendJSON(nil), nil
}

// AppendJSON appends what MarshalJSON returns to b.
func (c *Condition) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i := range c.blocks {
		block := &c.blocks[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, block.operator.String()), ":{"...)
		for j := range block.tests {
			t := &block.tests[j]
			if j > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, t.name), ':')
			b = appendValues(b, t.values, t.opts.Single && len(t.values) == 1, ",")
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendValues appends values as JSON: as a list, or bare if there is a single
// one.
func appendValues(b []byte, values []Value, bare bool, separator string) []byte {
	if bare {
		return appendValue(b, values[0])
	}
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, separator...)
		}
		b = appendValue(b, v)
	}
	return append(b, ']')
}

func appendValue(b []byte, v Value) []byte {
	if v.Kind == String {
		return appendString(b, v.Text)
	}
	return append(b, v.Text...)
}

func appendString(b []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // every string has a JSON form
	return append(b, quoted...)
}
