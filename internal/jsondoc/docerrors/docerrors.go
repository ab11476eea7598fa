// Package docerrors joins package jsondoc, which finds faults in documents, with package
// policy, whose Errors are how all documents of this module report them.
//
// It is apart from jsondoc because policy itself is built on that.
package docerrors

import (
	"errors"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
)

// Of returns what was found in a document so far as policy.Errors, nil if nothing was.
func Of(doc *jsondoc.Document) error {
	faults := doc.Faults()
	if len(faults) == 0 {
		return nil
	}
	all := make(policy.Errors, len(faults))
	for i, f := range faults {
		all[i] = &policy.Error{Position: policy.Position(f.Place), Path: f.Path, Code: policy.Code(f.Code), Text: f.Text}
	}
	return all
}

// Add reports the errors of a document that lies inside of v, as a part of v's document or as a
// string. They keep their positions; their paths are put behind v's. A nil err adds nothing, and
// one that is not made of policy.Error is a fault of v.
func Add(v jsondoc.Value, err error) {
	if err == nil {
		return
	}
	var all policy.Errors
	if !errors.As(err, &all) {
		v.Fault(jsondoc.Code(policy.CodeBadValue), "%v", err)
	}
	for _, e := range all {
		v.Embed(jsondoc.Fault{Place: jsondoc.Place(e.Position), Path: e.Path, Code: jsondoc.Code(e.Code), Text: e.Text})
	}
}
