package policy

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonedit"
)

// valueText returns a value of an element or a test as text. Booleans and numbers may stand
// without quotes in tests.
func valueText(v jsondoc.Value) string {
	if v.Kind() == jsondoc.String {
		text, _ := v.Text()
		return text
	}
	return v.Raw()
}

// valuesOf returns the values of elements or tests, each of which is a value or a list of them.
func valuesOf(lists ...jsondoc.Member) []string {
	var all []string
	for _, m := range lists {
		if m.Kind() != jsondoc.List {
			all = append(all, valueText(m.Value))
			continue
		}
		m.Elements(func(element jsondoc.Value) { all = append(all, valueText(element)) })
	}
	return all
}

// addValues adds values to an element.
func (a *applier) addValues(statement jsondoc.Value) {
	name := a.edit.Element
	element, _, ok := find(statement, name)
	switch {
	case !ok:
		a.addElement(statement)
	case !isPrincipal(name):
		a.addTexts(statement, element, a.edit.Values)
	case element.Kind() == jsondoc.Object:
		a.addPrincipals(element.Value)
	default:
		a.addToAnyone(statement, element)
	}
}

// isPrincipal reports whether an element has principals.
func isPrincipal(element string) bool { return element == "Principal" || element == "NotPrincipal" }

// addToAnyone adds values to a Principal element that is "*", which is short for {"AWS": "*"}.
func (a *applier) addToAnyone(statement jsondoc.Value, element jsondoc.Member) {
	anyone := []string{"*"}
	if added := missing(anyone, a.edit.Values); len(added) > 0 {
		a.out.Set(statement, element, element.Name, principalsValue(principalsOf(append(anyone, added...))))
	}
}

// addElement adds the element that is not there. It stands where AWS's pages have it.
func (a *applier) addElement(statement jsondoc.Value) {
	name := a.edit.Element
	if other, _, ok := find(statement, otherForm(name)); ok {
		a.fault(other.Value, "found %s, expected %s or neither", other.Name, name)
		return
	}
	values := missing(nil, a.edit.Values)
	value := textsValue(values)
	if isPrincipal(name) {
		value = principalsValue(principalsOf(values))
	}
	a.insertElement(statement, name, value)
}

// insertElement adds a member to a statement, behind those that come before it in the order of
// statementShape. There always is one, since Effect is required.
func (a *applier) insertElement(statement jsondoc.Value, name string, value jsonedit.Value) {
	order := func(name string) int { return slices.Index(statementShape.Names, name) }
	i, at := 0, 0
	statement.Members(func(m jsondoc.Member) {
		i++
		if order(m.Name) < order(name) {
			at = i
		}
	})
	a.out.Insert(statement, at, jsonedit.Member(name, value))
}

// addTexts adds to the member m of an object, a value or a list of values, what it does not have
// yet.
func (a *applier) addTexts(in jsondoc.Value, m jsondoc.Member, values []string) {
	added := textValues(missing(valuesOf(m), values))
	switch {
	case len(added) == 0:
	case m.Kind() == jsondoc.List:
		a.out.Append(in, m, jsonedit.Elements(added...)...)
	default:
		a.out.Set(in, m, m.Name, jsonedit.List(append([]jsonedit.Value{jsonedit.Raw(m.Raw())}, added...)...))
	}
}

// missing returns the values that are not present, each once.
func missing(present, values []string) []string {
	known := setOf(present)
	var all []string
	for _, text := range values {
		if !known[text] {
			known[text] = true
			all = append(all, text)
		}
	}
	return all
}

func setOf(values []string) map[string]bool {
	set := make(map[string]bool, len(values))
	for _, text := range values {
		set[text] = true
	}
	return set
}

// addPrincipals adds values to the object of a Principal element, which has members.
func (a *applier) addPrincipals(object jsondoc.Value) {
	added := principalsOf(missing(nil, a.edit.Values))
	for _, name := range principalShape.Names {
		values := textsUnder(name, added)
		m, _, ok := find(object, name)
		switch {
		case len(values) == 0:
		case ok:
			a.addTexts(object, m, values)
		default:
			a.out.Insert(object, object.Len(), jsonedit.Member(name, textsValue(values)))
		}
	}
}

// removeValues removes values from an element.
func (a *applier) removeValues(statement jsondoc.Value) {
	element, _, ok := find(statement, a.edit.Element)
	if !ok {
		a.fault(statement, "found no %s, expected one to remove %s from", a.edit.Element, enumerate(a.edit.Values))
		return
	}
	in, lists := statement, []jsondoc.Member{element}
	if isPrincipal(element.Name) && element.Kind() == jsondoc.Object {
		in, lists = element.Value, nil
		in.Members(func(m jsondoc.Member) { lists = append(lists, m) })
	}
	if a.canRemove(element, lists) {
		a.removeTexts(in, lists)
	}
}

// canRemove reports whether the values of an element, which stand in these lists, have all that
// are to be removed, and others. It is a fault if not.
func (a *applier) canRemove(element jsondoc.Member, lists []jsondoc.Member) bool {
	var concerned, spared []jsondoc.Member
	for _, m := range lists {
		if a.concerns(m) {
			concerned = append(concerned, m)
		} else {
			spared = append(spared, m)
		}
	}
	where := ""
	if a.edit.Under != "" {
		where = " under " + a.edit.Under
	}
	present := valuesOf(concerned...)
	if absent := missing(present, a.edit.Values); len(absent) > 0 {
		a.fault(element.Value, "found %s%s, expected %s among the values", few(present), where, enumerate(absent))
		return false
	}
	if len(valuesOf(spared...)) == 0 && len(missing(a.edit.Values, present)) == 0 {
		a.fault(element.Value, "found no value but %s, expected one that stays (remove the statement instead)", few(present))
		return false
	}
	return true
}

// concerns reports whether the edit removes from a list of values: in a Principal element the
// list under a name.
func (a *applier) concerns(list jsondoc.Member) bool {
	return a.edit.Under == "" || list.Name == a.edit.Under
}

// maxShown is how many values a message lists.
const maxShown = 5

// few is enumerate for values that may be too many to list.
func few(values []string) string {
	if len(values) <= maxShown {
		return enumerate(values)
	}
	return join(append(quoteAll(values[:maxShown]), count(len(values)-maxShown, "other value")))
}

// removeTexts removes the edit's values from members of an object that have values, and those
// members that would be left without any.
func (a *applier) removeTexts(in jsondoc.Value, lists []jsondoc.Member) {
	gone := setOf(a.edit.Values)
	var emptied []int
	for i, m := range lists {
		if !a.concerns(m) {
			continue
		}
		values := valuesOf(m)
		var removed []int
		for n, text := range values {
			if gone[text] {
				removed = append(removed, n)
			}
		}
		switch {
		case len(removed) == 0:
		case len(removed) == len(values):
			emptied = append(emptied, i)
		default:
			a.out.Remove(m.Value, removed...)
		}
	}
	if len(emptied) > 0 {
		a.out.Remove(in, emptied...)
	}
}

// replaceElement gives an element another name or value.
func (a *applier) replaceElement(statement jsondoc.Value) {
	element, _, ok := find(statement, a.edit.Element)
	if !ok {
		a.fault(statement, "found no %s, expected one to replace", a.edit.Element)
		return
	}
	a.out.Set(statement, element, a.edit.As, textsValue(a.edit.Values))
}
