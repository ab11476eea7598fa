package conditions

import (
	"slices"
)

// values holds the values of keys. It never changes once a Context has it.
type values struct {
	// slots tells, by row of the registry, where a key that is registered
	// under its whole name has its values: in the part of texts that spans
	// has at slot - 1; 0: it is absent.
	slots [maxRows]uint8
	spans []span
	texts []string
	named []entry // members of families and unregistered keys, in their order
}

// maxRows is more than the number of rows that the registry has or a KeySet can
// hold.
const maxRows = 192

// A span is a part of a list.
type span struct{ start, end uint32 }

// An entry is a condition key and its values.
type entry struct {
	key    Key
	values []string
}

// A Builder collects condition keys and their values for a Context. The zero
// Builder is empty. A Builder must not be copied.
type Builder struct {
	values *values
	empty  bool // a key was added without values
	// joined has the values of each registered key that came twice, byName those
	// of all other keys once they are many.
	joined map[uint8][]string
	byName map[Key][]string
}

// A roomyValues is values with what they usually need, in one piece of memory.
type roomyValues struct {
	values
	spans [usualRoom]span
	texts [usualRoom]string
	named [2]entry
}

const usualRoom = 24

// Grow makes room for that many keys and values in an empty Builder.
func (b *Builder) Grow(keys, texts int) {
	const many = 8 // from here on the larger piece of memory is worth it
	if keys < many || max(keys, texts) > usualRoom {
		b.init()
		b.values.spans, b.values.texts = make([]span, 0, keys), make([]string, 0, texts)
		return
	}
	room := &roomyValues{}
	b.values = &room.values
	b.values.spans, b.values.texts, b.values.named = room.spans[:0], room.texts[:0], room.named[:0]
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
	v := b.values
	if len(list) == 1 && k.isSingle() && v.slots[k.row] == 0 { // as most often
		n := uint32(len(v.texts))
		v.texts, v.spans = append(v.texts, list[0]), append(v.spans, span{n, n + 1})
		v.slots[k.row] = uint8(len(v.spans))
		return
	}
	b.empty = b.empty || len(list) == 0
	switch {
	case !k.isSingle():
		b.addNamed(entry{k, v.list(v.append(list))})
	case v.slots[k.row] == 0:
		v.spans = append(v.spans, v.append(list))
		v.slots[k.row] = uint8(len(v.spans))
	default:
		b.join(k.row, list)
	}
}

// join adds to the values of a registered key that has some.
func (b *Builder) join(row uint8, list []string) {
	if b.joined == nil {
		b.joined = map[uint8][]string{}
	}
	have, ok := b.joined[row]
	if !ok {
		have = slices.Clone(b.values.lookup(row))
	}
	b.joined[row] = append(have, list...)
}

// addNamed adds the values of another key.
func (b *Builder) addNamed(e entry) {
	const few = 16
	v := b.values
	v.named = append(v.named, e)
	switch {
	case len(v.named) <= few:
		return
	case b.byName == nil:
		b.byName = map[Key][]string{}
		for _, e := range v.named {
			b.byName[e.key] = append(b.byName[e.key], e.values...)
		}
	default:
		b.byName[e.key] = append(b.byName[e.key], e.values...)
	}
}

// append adds texts and returns where they are.
func (v *values) append(list []string) span {
	start := len(v.texts)
	v.texts = append(v.texts, list...)
	return span{uint32(start), uint32(len(v.texts))}
}

// list returns the texts at a span.
func (v *values) list(at span) []string { return v.texts[at.start:at.end:at.end] }

// Has reports whether a key was added, even without values.
func (b *Builder) Has(k Key) bool {
	if k.isSingle() {
		return b.values != nil && b.values.slots[k.row] != 0
	}
	return b.hasNamed(k)
}

func (b *Builder) hasNamed(k Key) bool {
	switch {
	case b.values == nil:
		return false
	case b.byName != nil:
		_, ok := b.byName[k]
		return ok
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
		if list, ok := b.joined[k.row]; ok {
			return list
		}
		return b.values.lookup(k.row)
	case b.byName != nil:
		return b.byName[k]
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
	for row, list := range b.joined {
		v.spans[v.slots[row]-1] = v.append(list)
	}
	if b.empty {
		v.dropEmpty()
	}
	v.joinNamed()
	if len(v.texts) == 0 {
		return Context{}
	}
	return Context{parts: [maxParts]*values{v}, n: 1}
}

// dropEmpty makes keys without values absent.
func (v *values) dropEmpty() {
	for row, slot := range v.slots {
		if slot != 0 && v.spans[slot-1].start == v.spans[slot-1].end {
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
	v.named = kept
}

// lookup returns the values of the key that is registered under the whole name of
// a row, nil if it is absent.
func (v *values) lookup(row uint8) []string {
	if slot := v.slots[row]; slot != 0 {
		return v.list(v.spans[slot-1])
	}
	return nil
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
