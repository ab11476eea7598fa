package policy

import (
	"encoding/json"
	"iter"
	"strings"
)

// A Document is what the five kinds of policies have in common. The zero Document has no
// statements.
//
// A Document is immutable and safe for concurrent use by multiple goroutines.
type Document struct {
	version    string
	id         string
	statements []Statement
	text       string // as it was read

	// How it was read, for an edited document to be read the same way.
	opts    ParseOptions
	dialect dialect
}

// The policies by where they are attached. Each is immutable and safe for concurrent use by
// multiple goroutines.
type (
	// A KeyPolicy is the resource-based policy of a KMS key.
	KeyPolicy struct{ Document }

	// An IAMPolicy is an identity-based policy, a permissions boundary or a session policy.
	IAMPolicy struct{ Document }

	// A ServiceControlPolicy limits the principals of an organization's accounts.
	ServiceControlPolicy struct{ Document }

	// A ResourceControlPolicy limits access to the resources of an organization's accounts.
	ResourceControlPolicy struct{ Document }

	// An EndpointPolicy is the policy of a VPC endpoint.
	EndpointPolicy struct{ Document }
)

// Name returns the name that ParseOptions gave the policy.
func (d *Document) Name() string { return d.opts.Name }

// Version returns the Version element, "" if it was not given.
func (d *Document) Version() string { return d.version }

// ID returns the Id element, "" if it was not given.
func (d *Document) ID() string { return d.id }

// Len returns the number of statements.
func (d *Document) Len() int { return len(d.statements) }

// Statement returns the statement with this index; it panics if there is none.
func (d *Document) Statement(i int) *Statement { return &d.statements[i] }

// Statements returns the statements in document order.
func (d *Document) Statements() iter.Seq2[int, *Statement] {
	return func(yield func(int, *Statement) bool) {
		for i := range d.statements {
			if !yield(i, &d.statements[i]) {
				return
			}
		}
	}
}

// String returns the document as it was read, to the byte; "" for the zero Document.
func (d *Document) String() string { return d.text }

// Position returns where the text of the document starts. It is 1:1, but for a document that is
// part of a larger text.
func (d *Document) Position() Position {
	at := Position(d.opts.reading().At)
	at.Line, at.Column = max(at.Line, 1), max(at.Column, 1)
	return at
}

// MarshalJSON returns the document as it was read, without the blanks around it; null for the
// zero Document.
func (d *Document) MarshalJSON() ([]byte, error) { return marshal(strings.Trim(d.text, " \t\r\n")) }

// marshal returns JSON text that was read earlier.
func marshal(text string) ([]byte, error) {
	if text == "" {
		text = "null"
	}
	return json.RawMessage(text), nil
}
