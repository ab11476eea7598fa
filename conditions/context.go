package conditions

import (
	"cmp"
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

// values holds the values of keys, packed for looking up. It never changes.
type values struct {
	present ranked     // the keys of single, and nothing else
	single  [][]string // values of keys registered under their whole name, by rank in present
	named   []Entry    // members of families and unregistered keys, sorted by name
}

// An Entry is a condition key and its values.
type Entry struct {
	Key    Key
	Values []string
}

// NewContext returns a context with these values, which it copies. A key with
// no values is absent; an empty string is a value like any other. Names that
// differ only in case are one key, whose values are joined in the order of the
// names.
func NewContext(byName map[string][]string) Context {
	entries := make([]Entry, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		entries = append(entries, Entry{ParseKey(name), slices.Clone(byName[name])})
	}
	return ContextOf(entries)
}

// ContextOf is NewContext for keys that are parsed already. The values of a key
// that comes twice are joined in the order of the entries. It takes over the
// entries and their values: neither may be changed afterwards.
func ContextOf(entries []Entry) Context {
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return len(e.Values) == 0 })
	if len(entries) == 0 {
		return Context{}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Key.rank(), b.Key.rank()), strings.Compare(a.Key.name, b.Key.name))
	})
	v := &values{}
	for len(entries) > 0 {
		e := entries[0]
		e.Values = slices.Clip(e.Values) // what append adds goes elsewhere
		for entries = entries[1:]; len(entries) > 0 && entries[0].Key == e.Key; entries = entries[1:] {
			e.Values = append(e.Values, entries[0].Values...)
		}
		e.Values = slices.Clip(e.Values)
		if e.Key.isSingle() {
			v.present.add(e.Key.row)
			v.single = append(v.single, e.Values)
		} else {
			v.named = append(v.named, e)
		}
	}
	v.present.count()
	return Context{parts: [maxParts]*values{v}, n: 1}
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
		return ContextOf(append(c.entries(), under.entriesWithout(&c)...))
	}
	c.n += copy(c.parts[c.n:], under.parts[:under.n])
	return c
}

// Stack lays contexts over one another, the first on top, and hides the
// registered keys outside visible: what Over and Only do, in one step and without
// copies.
func Stack(visible KeySet, contexts ...*Context) Context {
	var c Context
	for _, under := range contexts {
		if c.n+under.n > maxParts || under.hidden != (KeySet{}) {
			return stackSlowly(visible, contexts)
		}
		c.n += copy(c.parts[c.n:], under.parts[:under.n])
	}
	for i := range c.hidden.words {
		c.hidden.words[i] = ^visible.words[i]
	}
	return c
}

// stackSlowly is Stack for contexts that cannot be kept apart.
func stackSlowly(visible KeySet, contexts []*Context) Context {
	var c Context
	for _, under := range contexts {
		c = c.Over(*under)
	}
	return c.Only(visible)
}

// Only returns a context in which registered keys outside visible are absent.
// Keys that are not registered stay.
func (c Context) Only(visible KeySet) Context {
	for i := range c.hidden.words {
		c.hidden.words[i] |= ^visible.words[i]
	}
	return c
}

// Lookup returns the values of a key, nil if it is absent. The caller must not
// modify them.
func (c *Context) Lookup(k Key) []string {
	if k.row != 0 && c.hidden.has(k.row) {
		return nil
	}
	for _, v := range c.parts[:c.n] {
		if found := v.lookup(k); found != nil {
			return found
		}
	}
	return nil
}

func (v *values) lookup(k Key) []string {
	if !k.isSingle() {
		return v.find(k)
	}
	if !v.present.has(k.row) {
		return nil
	}
	return v.single[v.present.rank(k.row)]
}

// find returns the values of a key that is not registered under its whole
// name, nil if it is absent.
func (v *values) find(k Key) []string {
	low, high := 0, len(v.named)
	for low < high {
		middle := int(uint(low+high) / 2)
		if v.named[middle].Key.name < k.name {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(v.named) && v.named[low].Key == k {
		return v.named[low].Values
	}
	return nil
}

// All yields the name and the values of each key that Lookup finds, sorted by
// the name in lower case. The caller must not modify the values.
func (c *Context) All() iter.Seq2[string, []string] {
	// Collected first: a function that held on to c would move every
	// context to the heap.
	all := c.entries()
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Key.lower(), b.Key.lower()) })
	return func(yield func(string, []string) bool) {
		for _, e := range all {
			if !yield(e.Key.String(), e.Values) {
				return
			}
		}
	}
}

// entries returns the keys that Lookup finds, in no particular order.
func (c *Context) entries() []Entry { return c.entriesWithout(&Context{}) }

// entriesWithout returns the keys that Lookup finds in c but not in over.
func (c *Context) entriesWithout(over *Context) []Entry {
	var found []Entry
	add := func(k Key, above *Context) {
		if v := c.Lookup(k); v != nil && above.Lookup(k) == nil && over.Lookup(k) == nil {
			found = append(found, Entry{k, v})
		}
	}
	for i, v := range c.parts[:c.n] {
		above := Context{parts: c.parts, n: i} // whose keys have been added
		for _, r := range keyRows {
			if v.present.has(r.row) {
				add(Key{row: r.row}, &above)
			}
		}
		for _, e := range v.named {
			add(e.Key, &above)
		}
	}
	return found
}
