package conditions

import (
	"slices"
	"strings"
)

// values holds the values of keys. It never changes once a Context has it.
type values struct {
	// slots tells, by row of the registry, where a key that is registered
	// under its whole name has its values in single: at slot - 1; 0: it is
	// absent.
	slots  [maxRows]uint8
	single [][]string
	named  []entry // members of families and unregistered keys, sorted by name
}

// maxRows is more than the number of rows that the registry has or a KeySet can
// hold.
const maxRows = 192

// An entry is a condition key and its values.
type entry struct {
	key    Key
	values []string
}

// A Builder collects condition keys and their values for a Context. The zero
// Builder is empty. A Builder must not be copied.
type Builder struct {
	values *values
	texts  []string // what the values are parts of
	empty  bool     // a key was added without values
}

// Grow makes room for that many keys that are registered under their whole name
// and that many values.
func (b *Builder) Grow(keys, texts int) {
	b.init()
	b.values.single = slices.Grow(b.values.single, keys)
	b.texts = slices.Grow(b.texts, texts)
}

func (b *Builder) init() {
	if b.values == nil {
		b.values = &values{}
	}
}

// Add adds a key with its values, which are copied. The values of a key that
// comes twice are joined. A key without values is absent from the Context.
func (b *Builder) Add(k Key, list ...string) {
	b.init()
	start := len(b.texts)
	b.texts = append(b.texts, list...)
	copied := b.texts[start:len(b.texts):len(b.texts)]
	b.empty = b.empty || len(list) == 0
	v := b.values
	switch {
	case !k.isSingle():
		v.named = append(v.named, entry{k, copied})
	case v.slots[k.row] == 0:
		v.single = append(v.single, copied)
		v.slots[k.row] = uint8(len(v.single))
	default:
		have := &v.single[v.slots[k.row]-1]
		*have = slices.Concat(*have, list)
	}
}

// Has reports whether a key was added, even without values.
func (b *Builder) Has(k Key) bool {
	switch {
	case b.values == nil:
		return false
	case k.isSingle():
		return b.values.slots[k.row] != 0
	default:
		return slices.ContainsFunc(b.values.named, func(e entry) bool { return e.key == k })
	}
}

// Values returns the values that a key was added with. The caller must not modify
// them.
func (b *Builder) Values(k Key) []string {
	switch {
	case !b.Has(k):
		return nil
	case k.isSingle():
		return b.values.single[b.values.slots[k.row]-1]
	}
	var list []string
	for _, e := range b.values.named {
		if e.key == k {
			list = append(list, e.values...)
		}
	}
	return list
}

// Context returns the context of what was added. The Builder must not be used any
// more.
func (b *Builder) Context() Context {
	v := b.values
	if v == nil {
		return Context{}
	}
	if b.empty {
		v.dropEmpty()
	}
	v.joinNamed()
	if len(v.single) == 0 && len(v.named) == 0 {
		return Context{}
	}
	return Context{parts: [maxParts]*values{v}, n: 1}
}

// dropEmpty makes keys without values absent.
func (v *values) dropEmpty() {
	var kept [][]string
	for row, slot := range v.slots {
		if slot == 0 {
			continue
		}
		v.slots[row] = 0
		if list := v.single[slot-1]; len(list) > 0 {
			kept = append(kept, list)
			v.slots[row] = uint8(len(kept))
		}
	}
	v.single = kept
	v.named = slices.DeleteFunc(v.named, func(e entry) bool { return len(e.values) == 0 })
}

// joinNamed sorts named and joins the values of a key that comes twice.
func (v *values) joinNamed() {
	slices.SortStableFunc(v.named, func(a, b entry) int { return strings.Compare(a.key.name, b.key.name) })
	kept := v.named[:0]
	for _, e := range v.named {
		if last := len(kept) - 1; last >= 0 && kept[last].key == e.key {
			kept[last].values = slices.Concat(kept[last].values, e.values)
		} else {
			kept = append(kept, e)
		}
	}
	v.named = kept
}

// lookup returns the values of a key that is registered under its whole name, nil
// if it is absent.
func (v *values) lookup(k Key) []string {
	if slot := v.slots[k.row]; slot != 0 {
		return v.single[slot-1]
	}
	return nil
}

// find returns the values of another key, nil if it is absent.
func (v *values) find(k Key) []string {
	const few = 4
	named := v.named
	for len(named) > few {
		if middle := len(named) / 2; named[middle].key.name <= k.name {
			named = named[middle:]
		} else {
			named = named[:middle]
		}
	}
	for i := range named {
		if named[i].key == k {
			return named[i].values
		}
	}
	return nil
}
