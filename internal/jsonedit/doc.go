// Package jsonedit changes JSON text that people wrote and leaves alone what it does not change.
//
// A change is a splice: the bytes around it stay as they are. What is new is written the way the
// document writes its own: its indentation and line ends, the blanks at its colons, commas and
// brackets, and lists and objects on one line or over several lines as others of that name, else
// of that kind, are.
//
//	doc := jsondoc.Read(data, jsondoc.Options{})
//	e := jsonedit.New(doc)
//	e.Append(doc.Root(), tags, jsonedit.Elements(jsonedit.String("new"))...)
//	text := e.Text()
//
// Every change costs at most the time to read the document once.
//
// Not here: finding the values to change, which package jsondoc does, and comments or any other
// extension of JSON.
package jsonedit
