package evaluate

import (
	"slices"
	"strings"
)

// A pair is a name and a value: of an encryption context, or a tag.
type pair struct{ name, value string }

// A pairList is a map of names to values, in the order of the names.
type pairList []pair

// pairsOf returns the pairs of m, nil for nil alone.
func pairsOf(m map[string]string) pairList { return appendPairs(make(pairList, 0, len(m)), m) }

// appendPairs is pairsOf with memory for the pairs, an empty list.
func appendPairs(list pairList, m map[string]string) pairList {
	if m == nil {
		return nil
	}
	list = slices.Grow(list, len(m))
	for name, value := range m {
		list = append(list, pair{name, value})
	}
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	}
	return list
}

// toMap returns the map that the pairs are of.
func (list pairList) toMap() map[string]string {
	if list == nil {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, p := range list {
		m[p.name] = p.value
	}
	return m
}

// names appends the names of the pairs to names.
func (list pairList) names(names []string) []string {
	for i := range list {
		names = append(names, list[i].name)
	}
	return names
}

// has reports whether p is one of the pairs. It is a binary search that calls no
// function, since decisions by grants turn on it.
func (list pairList) has(p *pair) bool {
	first, end := 0, len(list)
	for end-first > 1 {
		if middle := (first + end) / 2; list[middle].name <= p.name {
			first = middle
		} else {
			end = middle
		}
	}
	return first < end && list[first] == *p
}

// hasAll reports whether all pairs of part are in the list.
func (list pairList) hasAll(part pairList) bool {
	for i := range part {
		if !list.has(&part[i]) {
			return false
		}
	}
	return true
}
