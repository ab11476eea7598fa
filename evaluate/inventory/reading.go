package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A reading is the reading of one source.
type reading struct {
	inv    *Inventory
	opts   Options
	scan   *jsonstream.Scanner
	report Report
	more   int    // problems that the report does not list
	room   []byte // of bytesOf
}

// read reads a source by a function that walks through it.
func (inv *Inventory) read(r io.Reader, opts Options, walk func(r *reading) error) (Report, error) {
	if err := opts.check(); err != nil {
		return Report{}, err
	}
	in := &reading{inv: inv, opts: opts, scan: scanner(r, opts)}
	err := asErrors(walk(in))
	inv.assembled.Clear()
	return in.finish(), err
}

// scanner returns a scanner for a source.
func scanner(r io.Reader, opts Options) *jsonstream.Scanner {
	return jsonstream.New(r, jsonstream.Options{File: opts.File, MaxElement: opts.MaxElement, Progress: opts.Progress})
}

// asErrors makes the fault that ended a reading into policy.Errors. What the reader of the
// stream reported stays as it is.
func asErrors(err error) error {
	var fault *jsonstream.Error
	if errors.As(err, &fault) {
		return policy.Errors{{Position: policy.Position(fault.Place), Code: policy.Code(fault.Code), Text: fault.Text}}
	}
	return err
}

// finish returns the report, its problems in document order.
func (r *reading) finish() Report {
	slices.SortStableFunc(r.report.Problems, func(a, b *policy.Error) int { return cmp.Compare(a.Offset, b.Offset) })
	if r.more > 0 {
		last := *r.report.Problems[len(r.report.Problems)-1]
		last.Path, last.Code, last.Text = "", policy.CodeTooManyFaults, fmt.Sprintf("%d more problems are not listed", r.more)
		r.report.Problems = append(r.report.Problems, &last)
	}
	return r.report
}

// addProblems adds problems to the report, as many as it lists.
func (r *reading) addProblems(problems policy.Errors) {
	room := min(maxProblems-len(r.report.Problems), len(problems))
	r.report.Problems = append(r.report.Problems, problems[:room]...)
	r.more += len(problems) - room
}

// count counts an element that has these problems.
func (r *reading) count(problems policy.Errors) {
	if len(problems) == 0 {
		r.report.Resolved++
		return
	}
	r.report.Unresolved++
	r.addProblems(problems)
}

// problem reports an element that could not be used.
func (r *reading) problem(at jsondoc.Place, path string, code policy.Code, format string, args ...any) {
	r.count(policy.Errors{{Position: policy.Position(at), Path: path, Code: code, Text: printable.Sprintf(format, args...)}})
}

// maxText bounds the names that are taken over into paths, and what is said of a value that
// something else refers to: it may be said of a thousand references.
const maxText = 512

// shortened returns a text within maxText.
func shortened(text string) string { return jsondoc.Shorten(text, maxText) }

// firstOf returns so many problems as are remembered of one part.
func firstOf(problems policy.Errors) policy.Errors {
	return slices.Clip(problems[:min(len(problems), maxUnknown)])
}

// A node is an element of a source while it is read.
type node struct {
	*reading
	doc  *jsondoc.Document
	root jsondoc.Value
	at   policy.Position
	path string // "UserDetailList[3]"

	ignored bool // it has no bearing on KMS authorization
}

// take cuts out the element that comes next and reads it.
func (r *reading) take(path string, read func(n *node)) error {
	n, err := r.cut(path)
	if err != nil || n == nil {
		return err
	}
	read(n)
	problems := n.problems()
	n.doc.Close()
	if n.ignored && len(problems) == 0 {
		r.report.Ignored++
	} else {
		r.count(problems)
	}
	return nil
}

// cut cuts out the element that comes next, nil if it is too large to be read.
func (r *reading) cut(path string) (*node, error) {
	return r.cutIf(path, func([]byte) bool { return true })
}

// cutIf is cut for elements whose text says whether they bear on KMS authorization; nil stands
// for those that do not as well.
func (r *reading) cutIf(path string, bears func(text []byte) bool) (*node, error) {
	e, err := r.scan.Take()
	var fault *jsonstream.Error
	if errors.As(err, &fault) && fault.Code == jsondoc.TooLarge {
		r.problem(fault.Place, path, policy.CodeTooLarge, "%s", fault.Text)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !bears(e.Data) {
		r.report.Ignored++
		return nil, nil
	}
	doc := jsondoc.Read(e.Data, jsondoc.Options{At: e.Place, MaxBytes: max(len(e.Data), 1)})
	return &node{reading: r, doc: doc, root: doc.Root(), at: policy.Position(e.Place), path: path}, nil
}

// problems returns what was found wrong with the element so far, once where a value was read
// twice.
func (n *node) problems() policy.Errors {
	all, _ := docerrors.Of(n.doc).(policy.Errors)
	all = slices.CompactFunc(all, func(a, b *policy.Error) bool { return *a == *b })
	for _, e := range all {
		e.Path = jsondoc.JoinPath(n.path, e.Path)
	}
	return all
}

// source returns the element as the source of a field.
func (n *node) source(field string) Source {
	return Source{Position: n.at, Element: elementName(n.path), Field: field}
}

// sourceAt returns a value in the element as the source of a field.
func (n *node) sourceAt(v jsondoc.Value, path, field string) Source {
	return Source{Position: policy.Position(v.Place()), Element: jsondoc.JoinPath(n.path, path), Field: field}
}

// elementName returns the name of the element at a path, which is the whole document if the path
// is empty.
func elementName(path string) string { return cmp.Or(path, "document") }

// partOf returns what the element says, together with what it leaves open.
func partOf[T any](n *node, field string, value T) part[T] {
	return part[T]{value: value, source: n.source(field), unknown: firstOf(n.problems())}
}

// isNotGiven reports whether v stands for a field that is left out.
func isNotGiven(v jsondoc.Value) bool { return v.IsNull() || v.Raw() == `""` }

// codeBadValue and codeContradiction are kinds of faults that the readers report beside those of
// package jsondoc.
const (
	codeBadValue      = jsondoc.Code(policy.CodeBadValue)
	codeContradiction = jsondoc.Code(policy.CodeContradiction)
)

// readWord reads a word of a closed set by the function that knows the set.
func readWord[T any](v jsondoc.Value, parse func(word string) (T, error)) T {
	var word T
	text, ok := v.Text()
	if !ok {
		return word
	}
	word, err := parse(text)
	if err != nil {
		v.Fault(codeBadValue, "%v", err)
	}
	return word
}

// ownText returns the value of a string as a text of its own. What is kept of an element must not
// be a part of the element's text: all of that would be kept with it.
func ownText(v jsondoc.Value) (string, bool) {
	text, ok := v.Text()
	return strings.Clone(text), ok
}

// readTexts reads a list of strings.
func readTexts(v jsondoc.Value) []string {
	var all []string
	v.Elements(func(element jsondoc.Value) {
		if text, ok := ownText(element); ok {
			all = append(all, text)
		}
	})
	return all
}

// readTags reads a list of tags, whose names are those of tag and value in the service's own
// spelling. A tag that is given twice is a fault.
func readTags(v jsondoc.Value, shape *jsondoc.Shape) map[string]string {
	tags := make(map[string]string)
	v.Elements(func(tag jsondoc.Value) {
		var name, value string
		tag.Fields(shape, func(m jsondoc.Member) {
			if m.Name == shape.Names[0] {
				name, _ = ownText(m.Value)
			} else {
				value, _ = ownText(m.Value)
			}
		})
		if _, twice := tags[name]; twice {
			tag.Fault(jsondoc.DuplicateMember, "tag %q is given twice", name)
		}
		tags[name] = value
	})
	return tags
}

// tagShape returns the shape of a tag.
func tagShape(name, value string) *jsondoc.Shape {
	return &jsondoc.Shape{Noun: "field", Names: []string{name, value}, Required: []string{name, value}}
}
