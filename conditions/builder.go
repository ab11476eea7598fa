package conditions

import "slices"

// values holds the values of keys. It never changes once a Context has it.
type values struct {
	// slots tells, by row of the registry, where a key that is registered under
	// its whole name has its values: n in 1 to maxTexts stands for the one value
	// texts[n-1], a higher n for lists[n-maxTexts-1], 0 for an absent key.
	slots [maxRows]uint8
	texts [maxTexts]string
	lists [][]string
	named []entry // members of families and unregistered keys, in their order
}

const (
	// maxRows is more than the number of rows that the registry has or a KeySet
	// can hold.
	maxRows = 192
	// maxTexts is as many keys as few contexts exceed. With maxRows it must fit
	// a slot.
	maxTexts = 16
)

// An entry is a condition key and its values.
type entry struct {
	key    Key
	values []string
}

// A Builder collects condition keys and their values for a Context. The zero
// Builder is empty. A Builder must not be copied.
//
// The Context lives in the Builder's memory: a Builder inside of what the Context
// is about saves an allocation.
type Builder struct {
	values
	n     uint8            // texts in use
	empty bool             // a key was added without values
	kept  []string         // the values in named
	index map[Key][]string // the same by key, once they are many
	room  struct {         // for the first of named and kept
		named [2]entry
		kept  [2]string
	}
}

// Add adds a key with its values, which are copied, and reports whether the key is
// new: the values of one that comes twice are joined. A key without values is
// absent from the Context.
func (b *Builder) Add(k Key, list ...string) (isNew bool) {
	if len(list) == 1 && k.isSingle() && b.slots[k.row] == 0 && b.n < maxTexts { // as most often
		b.texts[b.n] = list[0]
		b.n++
		b.slots[k.row] = b.n
		return true
	}
	isNew = !b.Has(k)
	b.empty = b.empty || len(list) == 0
	if k.isSingle() {
		b.addList(k.row, list)
	} else {
		b.addNamed(k, list)
	}
	return isNew
}

// addList adds the values of the key that is registered under the whole name of a
// row.
func (b *Builder) addList(row uint8, list []string) {
	slot := b.slots[row]
	if slot > maxTexts {
		have := &b.lists[slot-maxTexts-1]
		*have = append(*have, list...)
		return
	}
	b.lists = append(b.lists, slices.Concat(b.lookup(row), list))
	b.slots[row] = uint8(maxTexts + len(b.lists))
}

// addNamed adds the values of another key.
func (b *Builder) addNamed(k Key, list []string) {
	const few = 16
	if b.named == nil {
		b.named, b.kept = b.room.named[:0], b.room.kept[:0]
	}
	start := len(b.kept)
	b.kept = append(b.kept, list...)
	b.named = append(b.named, entry{k, b.kept[start:len(b.kept):len(b.kept)]})
	switch {
	case len(b.named) <= few:
		return
	case b.index == nil:
		b.index = map[Key][]string{}
		for _, e := range b.named {
			b.index[e.key] = append(b.index[e.key], e.values...)
		}
	default:
		b.index[k] = append(b.index[k], list...)
	}
}

// Has reports whether a key was added, even without values.
func (b *Builder) Has(k Key) bool {
	return b.slots[k.row] != 0 || !k.isSingle() && b.hasNamed(k)
}

func (b *Builder) hasNamed(k Key) bool {
	if b.index != nil {
		_, ok := b.index[k]
		return ok
	}
	return slices.ContainsFunc(b.named, func(e entry) bool { return e.key == k })
}

// Values returns the values that a key was added with. The caller must not modify
// them.
func (b *Builder) Values(k Key) []string {
	switch {
	case k.isSingle():
		return b.lookup(k.row)
	case b.index != nil:
		return b.index[k]
	}
	var list []string
	for _, e := range b.named {
		if e.key == k {
			list = append(list, e.values...)
		}
	}
	return list
}

// Context returns the context of what was added. The Builder must not be used any
// more.
func (b *Builder) Context() Context {
	if b.empty {
		b.dropEmpty()
	}
	b.joinNamed()
	for i := range b.lists {
		b.lists[i] = slices.Clip(b.lists[i]) // so that nobody appends to it
	}
	if b.slots == [maxRows]uint8{} && len(b.named) == 0 {
		return Context{}
	}
	return Context{parts: [maxParts]*values{&b.values}, n: 1}
}

// dropEmpty makes keys without values absent.
func (v *values) dropEmpty() {
	for row, slot := range v.slots {
		if slot != 0 && len(v.lookup(uint8(row))) == 0 {
			v.slots[row] = 0
		}
	}
	v.named = slices.DeleteFunc(v.named, func(e entry) bool { return len(e.values) == 0 })
}

// joinNamed sorts named and joins the values of a key that comes twice.
func (v *values) joinNamed() {
	if len(v.named) < 2 {
		return
	}
	slices.SortStableFunc(v.named, func(a, b entry) int { return a.key.compare(b.key) })
	kept := v.named[:0]
	for _, e := range v.named {
		if last := len(kept) - 1; last >= 0 && kept[last].key == e.key {
			kept[last].values = append(kept[last].values, e.values...) // which copies the first of them
		} else {
			kept = append(kept, e)
		}
	}
	for i := range kept {
		kept[i].values = slices.Clip(kept[i].values)
	}
	v.named = kept
}

// lookup returns the values of the key that is registered under the whole name of
// a row, nil if it is absent.
func (v *values) lookup(row uint8) []string {
	if slot := v.slots[row]; slot != 0 {
		return v.at(slot)
	}
	return nil
}

// at returns the values that a slot stands for.
func (v *values) at(slot uint8) []string {
	if slot > maxTexts {
		return v.lists[slot-maxTexts-1]
	}
	return v.texts[slot-1 : slot : slot]
}

// find returns the values of another key, nil if it is absent.
func (v *values) find(k Key) []string {
	const few = 4
	named := v.named
	for len(named) > few {
		if middle := len(named) / 2; named[middle].key.compare(k) <= 0 {
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
