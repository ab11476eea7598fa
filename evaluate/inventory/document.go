package inventory

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
)

// roomToGrow is by how much a document may grow when it is edited: an edited document is read with
// the options of the document that it was.
const roomToGrow = 1 << 20

// A parser reads policies of one kind.
type parser[P any] func(doc []byte, opts *policy.ParseOptions) (*P, error)

// readDocument reads a policy document that stands in an element at path: as an object, as a
// string, or URL-encoded, as the IAM API returns it. It is nil if the document cannot be read,
// which is a fault of the element.
//
// Statements in a string have positions in the text of the string, whose file is named after
// the file and the element.
func readDocument[P any](n *node, v jsondoc.Value, path, name string, parse parser[P]) *P {
	if v.Kind() == jsondoc.Object {
		p, err := parse(n.bytesOf(v.Raw()), &policy.ParseOptions{MaxBytes: len(v.Raw()) + roomToGrow, Name: name, At: policy.Position(v.Place())})
		docerrors.Add(v, err)
		return p
	}
	if v.Kind() != jsondoc.String {
		v.Mismatch("a policy document")
		return nil
	}
	text, _ := v.Text()
	text, err := decoded(text)
	if err != nil {
		v.Fault(codeBadValue, "%v", err)
		return nil
	}
	p, err := parseText(n.reading, text, innerFile(n.opts.File, elementName(jsondoc.JoinPath(n.path, path))), name, parse)
	docerrors.Add(v, relocated(err, policy.Position(v.Place()), ""))
	return p
}

// decoded returns a policy document without its URL encoding, if it has one. A document starts
// with a bracket, so that one that starts with "%7B" is encoded.
//
// See IAM API Reference, RoleDetail and PolicyVersion: documents are URL-encoded by RFC 3986.
func decoded(text string) (string, error) {
	if !strings.HasPrefix(text, "%") {
		return text, nil
	}
	return url.PathUnescape(text)
}

// parseText parses a policy document that is no part of a larger text.
func parseText[P any](r *reading, text, file, name string, parse parser[P]) (*P, error) {
	return parse(r.bytesOf(text), &policy.ParseOptions{MaxBytes: len(text) + roomToGrow, Name: name, File: file})
}

// bytesOf returns a text as bytes, until it is called again. Parsers make a copy.
func (r *reading) bytesOf(text string) []byte {
	r.room = append(r.room[:0], text...)
	return r.room
}

// innerFile names the text of a document that is a string in a file, for positions in it.
func innerFile(file, element string) string {
	if file == "" {
		return element
	}
	return file + "(" + element + ")"
}

// relocated makes errors in a document that is no text of the file into errors of the element
// that it comes from; the places in the document are told in words.
func relocated(err error, at policy.Position, path string) error {
	var all policy.Errors
	if !errors.As(err, &all) {
		return err
	}
	for _, e := range all {
		e.Text = fmt.Sprintf("%s (line %d, column %d of the document)", e.Text, e.Line, e.Column)
		e.Position, e.Path = at, jsondoc.JoinPath(path, e.Path)
	}
	return all
}
