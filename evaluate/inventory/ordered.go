package inventory

// An ordered holds values by name, in the order in which the names were first set. The zero
// value is empty.
type ordered[V any] struct {
	entries []entry[V]
	index   map[string]int // of entries; once there are more than fewEntries
}

type entry[V any] struct {
	name  string
	value V
}

// fewEntries is the number of entries up to which a linear search does. Most users and roles
// have no more policies than that.
const fewEntries = 8

// set sets the value of a name.
func (o *ordered[V]) set(name string, v V) {
	if i, ok := o.find(name); ok {
		o.entries[i].value = v
		return
	}
	o.entries = append(o.entries, entry[V]{name, v})
	switch {
	case o.index != nil:
		o.index[name] = len(o.entries) - 1
	case len(o.entries) > fewEntries:
		o.index = make(map[string]int, 4*fewEntries)
		for i, e := range o.entries {
			o.index[e.name] = i
		}
	}
}

// find returns the index of a name.
func (o *ordered[V]) find(name string) (int, bool) {
	if o.index != nil {
		i, ok := o.index[name]
		return i, ok
	}
	for i := range o.entries {
		if o.entries[i].name == name {
			return i, true
		}
	}
	return 0, false
}

// get returns the value of a name, the zero value if there is none.
func (o *ordered[V]) get(name string) (v V, ok bool) {
	i, ok := o.find(name)
	if !ok {
		return v, false
	}
	return o.entries[i].value, true
}
