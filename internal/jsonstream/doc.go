// Package jsonstream reads JSON documents of any size from a stream: a reader walks down to
// the elements that it wants, takes them one by one as texts, and leaves the rest alone.
//
//	s := jsonstream.New(r, jsonstream.Options{File: "details.json"})
//	err := s.Object(func(m jsonstream.Member) error {
//		if m.Name != "RoleDetailList" {
//			return nil // what is left alone is skipped
//		}
//		return s.List(func(i int) error {
//			element, err := s.Take()
//			...
//		})
//	})
//
// No more is held than the element that is taken, and every element knows its place in the
// stream. All that is read is checked against the grammar of JSON, what is skipped too, so a
// document that was cut off or is broken anywhere before its end is an error with its place.
//
// Package jsondoc reads the elements: it refuses names given twice and text that is not UTF-8,
// which are not looked at here beyond the objects that are walked through.
package jsonstream
