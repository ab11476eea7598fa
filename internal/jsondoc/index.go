package jsondoc

import (
	"iter"
	"strings"

	"github.com/tidwall/gjson"
)

// A node is a value in a document's text, or the name of a member.
type node struct {
	start, end uint32 // offsets of its text
	next       uint32 // the number of the node behind it and all that it holds
}

// index returns the nodes of text in document order: a list is followed by its elements, an
// object by the name and the value of each member. So the text is scanned once, however deeply
// its values are nested, and a walk goes from node to node.
//
// The grammar is left to gjson: nodes of what is no JSON mean nothing. Where brackets nest
// deeper than maxDepth or do not balance, ok is false.
func index(text string) (nodes []node, ok bool) {
	const dense = 10 // bytes of text to a node, in policies without many blanks
	nodes = make([]node, 0, len(text)/dense+1)
	var open [maxDepth]int // the nodes whose closing brackets are still to come
	depth := 0
	for i := 0; i < len(text); {
		start := i
		c := text[i]
		if c <= ' ' || c == ',' || c == ':' {
			i++
			continue
		}
		switch c {
		case ']', '}':
			if depth == 0 {
				return nil, false
			}
			i++
			depth--
			n := &nodes[open[depth]]
			n.end, n.next = uint32(i), uint32(len(nodes))
			continue
		case '[', '{':
			if depth == maxDepth {
				return nil, false
			}
			i++
			open[depth] = len(nodes)
			depth++
		case '"':
			i = stringEnd(text, i)
		default:
			i = wordEnd(text, i)
		}
		nodes = append(nodes, node{uint32(start), uint32(i), uint32(len(nodes) + 1)})
	}
	return nodes, depth == 0
}

// stringEnd returns the offset behind the string that starts at start.
func stringEnd(text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(text)
}

// wordEnd returns the offset behind the word or number that starts at start.
func wordEnd(text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\r', '\n', ',', ':', ']', '}', '[', '{', '"':
			return i
		}
	}
	return len(text)
}

// kind returns the kind of the value at a node.
func (d *Document) kind(at int) Kind {
	switch d.text[d.nodes[at].start] {
	case '{':
		return Object
	case '[':
		return List
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

// children yields the nodes of a list's elements, or of the values of an object's members: the
// name of a member is the node before its value. Other nodes have none.
func (d *Document) children(parent int) iter.Seq[int] {
	return func(yield func(int) bool) {
		name := 0 // nodes to a name
		if d.kind(parent) == Object {
			name = 1
		}
		end := int(d.nodes[parent].next)
		for at := parent + 1 + name; at < end; at = int(d.nodes[at].next) + name {
			if !yield(at) {
				return
			}
		}
	}
}

// raw returns the text of a node.
func (d *Document) raw(at int) string {
	return d.text[d.nodes[at].start:d.nodes[at].end]
}

// string returns what a node that is a string says.
func (d *Document) string(at int) string {
	quoted := d.raw(at)
	if strings.IndexByte(quoted, '\\') >= 0 {
		return gjson.Parse(quoted).Str
	}
	return quoted[1 : len(quoted)-1]
}
