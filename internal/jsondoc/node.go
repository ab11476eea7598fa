package jsondoc

import (
	"iter"
	"strings"

	"github.com/tidwall/gjson"
)

// A node is a value in a document's text, or the name of a member. The nodes of a document are
// in document order: a list is followed by its elements, an object by the name and the value of
// each member. So the text is scanned once, however deeply its values are nested and however often
// they are asked for, and a walk goes from node to node. They take about as much memory as the
// text, and six times as much in the worst case, a list of digits.
type node struct {
	start, end uint32 // offsets of its text
	next       uint32 // the number of the node behind it and all that it holds
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
