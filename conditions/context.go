package conditions

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// A Context is what is known of a request: condition keys and their values.
// The zero Context is empty. A Context is immutable and safe for concurrent
// use by multiple goroutines. It is a value of some words that is copied
// cheaply, laid over another (Over) and cut down (Only) without allocation;
// methods on the hot path take it by pointer and keep no reference to it.
type Context struct {
	parts  [maxParts]*values
	n      int    // parts in use; the first one that has a key decides
	hidden KeySet // registered keys that are absent, whatever the parts have
}

// maxParts is the number of contexts that Over keeps apart: the request, the
// caller, the key, and what two more circumstances tell of the key.
const maxParts = 5

// NewContext returns a context with these values, which it copies. A key with
// no values is absent; an empty string is a value like any other. Names that
// differ only in case are one key, whose values are joined in the order of the
// names.
func NewContext(byName map[string][]string) Context {
	var b Builder
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		b.Add(ParseKey(name), byName[name]...)
	}
	return b.Context()
}

// Over returns a context in which a key has the values of c or, where it is
// absent from c, those of under. It allocates nothing as long as no more than
// five contexts made by NewContext come together, and Only has not cut c and
// under down differently.
func (c Context) Over(under Context) Context {
	switch {
	case c.n == 0:
		return under
	case under.n == 0:
		return c
	case c.n+under.n > maxParts || c.hidden != under.hidden:
		var b Builder
		for _, e := range append(c.entries(), under.entriesWithout(&c)...) {
			b.Add(e.key, e.values...)
		}
		return b.Context()
	}
	c.n += copy(c.parts[c.n:], under.parts[:under.n])
	return c
}

// Stack makes c, which must be the zero Context, of contexts laid over one another,
// the first on top, in which registered keys outside visible are absent: what Over
// and Only do, in one step and without a copy.
func (c *Context) Stack(visible *KeySet, contexts ...*Context) {
	for i, under := range contexts {
		n := c.n
		if n == maxParts || under.n > 1 || !under.hidden.isEmpty() {
			for _, under := range contexts[i:] {
				*c = c.Over(*under)
			}
			break
		}
		c.parts[n] = under.parts[0]
		c.n = n + under.n
	}
	c.hide(visible)
}

// Only returns a context in which registered keys outside visible are absent.
// Keys that are not registered stay.
func (c Context) Only(visible KeySet) Context {
	c.hide(&visible)
	return c
}

// hide makes registered keys outside visible absent.
func (c *Context) hide(visible *KeySet) {
	for i := range c.hidden.words {
		c.hidden.words[i] |= ^visible.words[i]
	}
}

// Lookup returns the values of a key, nil if it is absent. The caller must not
// modify them.
func (c *Context) Lookup(k Key) []string {
	if k.isSingle() {
		return c.lookup(k.row)
	}
	return c.find(k)
}

func (c *Context) lookup(row uint8) []string {
	if c.hidden.has(row) {
		return nil
	}
	for _, v := range c.parts[:c.n] {
		if slot := v.slots[row]; slot != 0 {
			return v.at(slot)
		}
	}
	return nil
}

// find is Lookup for a key that is not registered under its whole name.
func (c *Context) find(k Key) []string {
	if k.row != 0 && c.hidden.has(k.row) {
		return nil
	}
	for _, v := range c.parts[:c.n] {
		if found := v.find(k); found != nil {
			return found
		}
	}
	return nil
}

// All yields the name and the values of each key that Lookup finds, sorted by
// the name in lower case. The caller must not modify the values.
func (c *Context) All() iter.Seq2[string, []string] {
	// Collected first: a function that held on to c would move every
	// context to the heap.
	all := c.entries()
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.key.lower(), b.key.lower()) })
	return func(yield func(string, []string) bool) {
		for _, e := range all {
			if !yield(e.key.String(), e.values) {
				return
			}
		}
	}
}

// entries returns the keys that Lookup finds, in no particular order.
func (c *Context) entries() []entry { return c.entriesWithout(&Context{}) }

// entriesWithout returns the keys that Lookup finds in c but not in over.
func (c *Context) entriesWithout(over *Context) []entry {
	var found []entry
	add := func(k Key, above *Context) {
		if v := c.Lookup(k); v != nil && above.Lookup(k) == nil && over.Lookup(k) == nil {
			found = append(found, entry{k, v})
		}
	}
	for i, v := range c.parts[:c.n] {
		above := Context{parts: c.parts, n: i} // whose keys have been added
		for row, slot := range v.slots {
			if slot != 0 {
				add(Key{row: uint8(row)}, &above)
			}
		}
		for _, e := range v.named {
			add(e.key, &above)
		}
	}
	return found
}
