package scenario

import "github.com/tidwall/gjson"

// An expectation is what a redacted scenario expects, to be filled in.
type expectation struct {
	edit *editor
}

// fill walks through what is expected, in the redacted scenario and in the original, and through
// the decision objects of both. Where the original's decision is what is expected, the redacted
// one's is to be expected.
func (x *expectation) fill(want, original, met, got gjson.Result) {
	switch {
	case original.IsObject():
		x.fillMembers(want, membersOf(original), membersOf(met), membersOf(got))
	case original.IsArray():
		originals, allMet, allGot := original.Array(), met.Array(), got.Array()
		if len(originals) != len(allMet) || len(allMet) != len(allGot) {
			return // not met
		}
		i := 0
		want.ForEach(func(_, element gjson.Result) bool {
			x.fill(element, originals[i], allMet[i], allGot[i])
			i++
			return true
		})
	case original.Type == met.Type && original.Type == got.Type && original.String() == met.String() && want.String() != got.String():
		x.edit.replace(want, got.String())
	}
}

// fillMembers fills in the members of an object, whose names may be those of a policy in a fix.
func (x *expectation) fillMembers(want gjson.Result, originals, allMet, allGot []member) {
	places := make(map[string]int, len(allMet))
	for i, m := range allMet {
		places[m.name] = i
	}
	i := 0
	want.ForEach(func(name, value gjson.Result) bool {
		original := originals[i]
		i++
		at, isMet := places[original.name]
		if !isMet || at >= len(allGot) {
			return true
		}
		if got := allGot[at].name; got != name.Str {
			x.edit.replace(name, got)
		}
		x.fill(value, original.value, allMet[at].value, allGot[at].value)
		return true
	})
}

// A member is a member of an object.
type member struct {
	name  string
	value gjson.Result
}

// membersOf returns the members of an object in order, none of another value.
func membersOf(v gjson.Result) []member {
	var all []member
	if v.IsObject() {
		v.ForEach(func(name, value gjson.Result) bool {
			all = append(all, member{name.Str, value})
			return true
		})
	}
	return all
}

// memberOf returns the member of an object that has this name.
func memberOf(v gjson.Result, name string) gjson.Result {
	for _, m := range membersOf(v) {
		if m.name == name {
			return m.value
		}
	}
	return gjson.Result{}
}
