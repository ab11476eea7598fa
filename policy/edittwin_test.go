package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
)

// A node is JSON as the slow twin of Apply sees it: a tree without blanks, in which edits are
// plain changes of lists.
type node struct {
	open  byte   // '[' or '{', 0 for others
	text  string // of others, as JSON in its shortest form
	items []item
}

// An item is an element of a list or a member of an object.
type item struct {
	name  string
	value *node
}

// readTree reads JSON that is known to be some.
func readTree(text string) *node {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return readNode(d)
}

func readNode(d *json.Decoder) *node {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch v := token.(type) {
	case json.Delim:
		n := &node{open: byte(v)}
		for d.More() {
			var it item
			if v == '{' {
				name, _ := d.Token()
				it.name = name.(string)
			}
			it.value = readNode(d)
			n.items = append(n.items, it)
		}
		_, _ = d.Token()
		return n
	case json.Number:
		return &node{text: string(v)}
	case string:
		return stringNode(v)
	case bool:
		return &node{text: strconv.FormatBool(v)}
	}
	return &node{text: "null"}
}

func stringNode(s string) *node { return &node{text: quoteJSON(s)} }

func quoteJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// value returns what a value of an element says.
func (n *node) value() string {
	var s string
	if json.Unmarshal([]byte(n.text), &s) == nil {
		return s
	}
	return n.text
}

func (n *node) find(same func(name string) bool) *node {
	for _, it := range n.items {
		if same(it.name) {
			return it.value
		}
	}
	return nil
}

func (n *node) get(name string) *node {
	return n.find(func(other string) bool { return other == name })
}

func (n *node) remove(child *node) {
	n.items = slices.DeleteFunc(n.items, func(it item) bool { return it.value == child })
}

// listNode returns one value as a string, others as a list.
func listNode(values []string) *node {
	if len(values) == 1 {
		return stringNode(values[0])
	}
	n := &node{open: '['}
	for _, v := range values {
		n.items = append(n.items, item{value: stringNode(v)})
	}
	return n
}

func objectNode(name string, value *node) *node {
	return &node{open: '{', items: []item{{name, value}}}
}

// values returns the values of an element.
func (n *node) values() []string {
	if n.open == 0 {
		return []string{n.value()}
	}
	var all []string
	for _, it := range n.items {
		all = append(all, it.value.value())
	}
	return all
}

// addValues adds what an element does not have.
func (n *node) addValues(values []string) {
	for _, v := range values {
		if slices.Contains(n.values(), v) {
			continue
		}
		if n.open == 0 {
			*n = node{open: '[', items: []item{{value: &node{text: n.text}}}}
		}
		n.items = append(n.items, item{value: stringNode(v)})
	}
}

// apply makes an edit and reports whether it can be made.
func (n *node) apply(e Edit) bool {
	statements := n.get("Statement")
	single := statements.open == '{'
	if single {
		statements.items = []item{{value: &node{open: '{', items: statements.items}}}
		statements.open = '['
	}
	if !statements.edit(e) {
		return false
	}
	if single && len(statements.items) == 1 {
		*statements = *statements.items[0].value
	}
	return true
}

// edit makes an edit of a list of statements.
func (n *node) edit(e Edit) bool {
	switch {
	case e.Op == AddStatement:
		config := *e.New
		for i := 2; config.Sid != "" && n.hasSid(config.Sid); i++ {
			config.Sid = e.New.Sid + strconv.Itoa(i)
		}
		text, err := json.Marshal(config)
		if err != nil {
			panic(err)
		}
		n.items = append(n.items, item{value: readTree(string(text))})
		return true
	case e.Statement < 0 || e.Statement >= len(n.items):
		return false
	}
	s := n.items[e.Statement].value
	switch e.Op {
	case RemoveStatement:
		n.remove(s)
		return true
	case AddValues:
		return len(e.Values) > 0 && s.addTo(e)
	case RemoveValues:
		return len(e.Values) > 0 && s.removeFrom(e)
	case ReplaceElement:
		return len(e.Values) > 0 && s.replace(e)
	case AddCondition, AddConditionValues:
		return len(e.Values) > 0 && s.editCondition(e)
	case RemoveCondition:
		return s.editCondition(e)
	}
	return false
}

func (n *node) hasSid(sid string) bool {
	return slices.ContainsFunc(n.items, func(it item) bool {
		s := it.value.get("Sid")
		return s != nil && s.value() == sid
	})
}

// twinElements are the elements in AWS's order, each with its other form.
var twinElements = [][2]string{
	{"Sid"}, {"Effect"}, {"Principal", "NotPrincipal"}, {"NotPrincipal", "Principal"}, {"Action", "NotAction"}, {"NotAction", "Action"},
	{"Resource", "NotResource"}, {"NotResource", "Resource"}, {"Condition"},
}

// twinOrder returns the place of an element in that order, -1 if it is none.
func twinOrder(name string) int {
	return slices.IndexFunc(twinElements, func(e [2]string) bool { return e[0] == name })
}

// insert adds an element where it belongs.
func (n *node) insert(name string, value *node) {
	at := 0
	for i, it := range n.items {
		if twinOrder(it.name) < twinOrder(name) {
			at = i + 1
		}
	}
	n.items = slices.Insert(n.items, at, item{name, value})
}

func (n *node) addTo(e Edit) bool {
	order := twinOrder(e.Element)
	if order < 2 || order > 7 {
		return false
	}
	element := n.get(e.Element)
	if order > 3 {
		if element == nil {
			if n.get(twinElements[order][1]) != nil {
				return false
			}
			element = &node{open: '['}
			n.insert(e.Element, element)
			element.addValues(e.Values)
			*element = *listNode(element.values())
			return true
		}
		element.addValues(e.Values)
		return true
	}
	switch {
	case element == nil && n.get(twinElements[order][1]) != nil:
		return false
	case element == nil:
		element = &node{open: '{'}
		n.insert(e.Element, element)
	case element.open == 0: // "*"
		if !slices.ContainsFunc(e.Values, func(v string) bool { return v != "*" }) {
			return true
		}
		*element = *objectNode("AWS", stringNode("*"))
	}
	for _, kind := range []string{"AWS", "Service"} {
		for _, v := range e.Values {
			if (ServicePrincipal(v).Kind() == Service) != (kind == "Service") {
				continue
			}
			if under := element.get(kind); under != nil {
				under.addValues([]string{v})
			} else {
				element.items = append(element.items, item{kind, stringNode(v)})
			}
		}
	}
	return true
}

func (n *node) removeFrom(e Edit) bool {
	order := twinOrder(e.Element)
	element := n.get(e.Element)
	isUnder := slices.Contains([]string{"AWS", "Service", "Federated", "CanonicalUser"}, e.Under)
	if order < 2 || order > 7 || element == nil || e.Under != "" && (order > 3 || !isUnder || element.open == 0) {
		return false
	}
	lists := []*node{element}
	var spared []string
	if element.open == '{' {
		lists = nil
		for _, it := range element.items {
			if e.Under == "" || e.Under == it.name {
				lists = append(lists, it.value)
			} else {
				spared = append(spared, it.value.values()...)
			}
		}
	}
	var all []string
	for _, list := range lists {
		all = append(all, list.values()...)
	}
	for _, v := range e.Values {
		if !slices.Contains(all, v) {
			return false
		}
	}
	if len(spared) == 0 && !slices.ContainsFunc(all, func(v string) bool { return !slices.Contains(e.Values, v) }) {
		return false
	}
	for _, list := range lists {
		before := len(list.values())
		if list.open == 0 && slices.Contains(e.Values, list.value()) {
			element.remove(list)
			continue
		}
		list.items = slices.DeleteFunc(list.items, func(it item) bool { return slices.Contains(e.Values, it.value.value()) })
		if list.open != 0 && len(list.items) == 0 && before > 0 {
			element.remove(list)
		}
	}
	return true
}

func (n *node) replace(e Edit) bool {
	order := twinOrder(e.Element)
	if order < 4 || order > 7 || e.As != e.Element && e.As != twinElements[order][1] || n.get(e.Element) == nil {
		return false
	}
	for i := range n.items {
		if n.items[i].name == e.Element {
			n.items[i] = item{e.As, listNode(e.Values)}
		}
	}
	return true
}

// A twinTest is a test with the block that it stands in.
type twinTest struct{ block, test *node }

// tests returns the tests with an operator and a key: those spelled like this, else others.
func (n *node) tests(e Edit) []twinTest {
	same := func(a, b string) bool { return a == b }
	for range 2 {
		var all []twinTest
		for _, block := range n.items {
			for _, test := range block.value.items {
				if same(block.name, e.Operator) && same(test.name, e.Key) {
					all = append(all, twinTest{block.value, test.value})
				}
			}
		}
		if len(all) > 0 {
			return all
		}
		lower := strings.ToLower // not EqualFold, which also takes the long s for an s
		same = func(a, b string) bool { return lower(a) == lower(b) }
	}
	return nil
}

func (n *node) editCondition(e Edit) bool {
	if _, err := conditions.ParseOperator(e.Operator); err != nil {
		return false
	}
	condition := n.get("Condition")
	var found []twinTest
	if condition != nil {
		found = condition.tests(e)
	}
	if e.Op == AddCondition {
		return e.Key != "" && len(found) == 0 && n.addCondition(e)
	}
	if len(found) != 1 {
		return false
	}
	f := found[0]
	if e.Op == AddConditionValues {
		f.test.addValues(e.Values)
		return true
	}
	if f.block.remove(f.test); len(f.block.items) > 0 {
		return true
	}
	if condition.remove(f.block); len(condition.items) == 0 {
		n.remove(condition)
	}
	return true
}

func (n *node) addCondition(e Edit) bool {
	condition := n.get("Condition")
	if condition == nil {
		condition = &node{open: '{'}
		n.insert("Condition", condition)
	}
	block := condition.get(e.Operator)
	if block == nil {
		block = condition.find(func(name string) bool { return strings.EqualFold(name, e.Operator) })
	}
	if block == nil {
		block = &node{open: '{'}
		condition.items = append(condition.items, item{e.Operator, block})
	}
	block.items = append(block.items, item{e.Key, listNode(e.Values)})
	return true
}
