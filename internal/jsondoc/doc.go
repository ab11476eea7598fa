// Package jsondoc reads JSON documents that people wrote: it keeps the place of every value,
// refuses member names given twice, and collects all faults of a document in document order
// instead of stopping at the first.
//
// A reader opens a document, walks down from its root, and asks for the faults at the end:
//
//	doc := jsondoc.Read(data, jsondoc.Options{At: jsondoc.Place{File: "keys.json"}})
//	doc.Root().Fields(&keyShape, func(m jsondoc.Member) {
//		switch m.Name {
//		case "Name":
//			key.name, _ = m.Text()
//		case "Tags":
//			key.tags = m.TextMap()
//		}
//	})
//	faults := doc.Faults()
//
// Values that cannot be read as asked report a fault and yield nothing, so a reader needs no
// error handling of its own. Below a broken document there is nothing to read and no second
// fault.
//
// Paths such as Statement[0].Action are not kept while reading; they are found again for the
// few values that turn out to be at fault, in one walk for all of them.
//
// Not here: decoding into Go structs, writing JSON, numbers as anything but text.
package jsondoc
