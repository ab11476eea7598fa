package jsondoc

import (
	"iter"
	"strings"
	"sync"

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

// usedNodes keeps the memory of nodes that are no longer needed, as *[]node: a reader of many
// small documents would otherwise make as much garbage as there is text.
var usedNodes sync.Pool

// maxUsedNodes bounds the nodes of one document whose memory is kept.
const maxUsedNodes = 1 << 16

// newNodes returns room for the nodes of a text of so many bytes.
func newNodes(size int) *[]node {
	const dense = 10 // bytes of text to a node, in policies without many blanks
	if used, ok := usedNodes.Get().(*[]node); ok {
		return used
	}
	nodes := make([]node, 0, size/dense+1)
	return &nodes
}

// Close gives back memory that is not needed once the document has been read and its faults have
// been asked for. Its values are of kind None from then on; texts that they returned stay as they
// are.
func (d *Document) Close() {
	if d.room != nil && cap(d.nodes) <= maxUsedNodes {
		*d.room = d.nodes[:0]
		usedNodes.Put(d.room)
	}
	d.nodes, d.room = nil, nil
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
