package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/lint"
)

// A file is one that is linted.
type file struct {
	name string
	data []byte
	marks
}

// A result is a finding in a file.
type result struct {
	lint.Finding
	file *file
	at   int      // where in the file it is, in bytes; -1 if only its line is known
	doc  document // the policy that its edits mend; nil if the file does not have it word for word
}

// A document is a policy of any kind.
type document interface {
	Apply(edits ...policy.Edit) (*policy.Document, error)
	Position() policy.Position
	String() string
}

// kinds read and lint policies, by what -kind calls them.
var kinds = map[string]func(doc []byte, as *policy.ParseOptions, opts *lint.Options) (document, []lint.Finding, error){
	"key":      kind(policy.ParseKeyPolicy, lint.KeyPolicy),
	"iam":      kind(policy.ParseIAMPolicy, lint.IAMPolicy),
	"scp":      kind(policy.ParseServiceControlPolicy, lint.ServiceControlPolicy),
	"rcp":      kind(policy.ParseResourceControlPolicy, lint.ResourceControlPolicy),
	"endpoint": kind(policy.ParseEndpointPolicy, lint.EndpointPolicy),
}

// kind puts together what reads and what lints policies of a kind.
func kind[P document](
	parse func(doc []byte, as *policy.ParseOptions) (P, error), check func(p P, opts *lint.Options) []lint.Finding,
) func(doc []byte, as *policy.ParseOptions, opts *lint.Options) (document, []lint.Finding, error) {
	return func(doc []byte, as *policy.ParseOptions, opts *lint.Options) (document, []lint.Finding, error) {
		p, err := parse(doc, as)
		if err != nil {
			return nil, nil, err
		}
		return p, check(p, opts), nil
	}
}

// kindOf tells key policies from IAM policies.
func kindOf(data []byte) string {
	for _, statement := range gjson.GetBytes(data, "Statement").Array() {
		if statement.Get("Principal").Exists() || statement.Get("NotPrincipal").Exists() {
			return "key"
		}
	}
	return "iam"
}

// An adder adds a file to an inventory.
type adder func(inv *inventory.Inventory, r io.Reader, opts inventory.Options) (inventory.Report, error)

// forms are the forms of files that have policies in them, by what tells them.
var forms = map[string]adder{
	"AWSTemplateFormatVersion": (*inventory.Inventory).AddCloudFormation,
	"Resources":                (*inventory.Inventory).AddCloudFormation,
	"format_version":           (*inventory.Inventory).AddTerraform,
}

// formOf returns what reads a file that has policies in it, nil for one that is a policy.
func formOf(data []byte) (form adder) {
	gjson.ParseBytes(data).ForEach(func(name, _ gjson.Result) bool {
		form = forms[name.Str]
		return form == nil
	})
	return form
}

// lint lints a file.
func (l *linter) lint(f *file) {
	first := len(l.results)
	if form := formOf(f.data); form != nil {
		l.lintParts(f, form)
	} else {
		doc, found, err := kinds[cmp.Or(l.kind, kindOf(f.data))](f.data, &policy.ParseOptions{File: f.name}, nil)
		l.refused(f, err)
		l.found(f, inventory.Source{}, doc, found)
	}
	slices.SortStableFunc(l.results[first:], func(a, b result) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
}

// anywhere stands for the account and Region of what is yet to be made, for ARNs to be complete.
var anywhere = inventory.Options{Account: "000000000000", Region: "us-east-1"}

// lintParts lints the policies in a template or plan.
func (l *linter) lintParts(f *file, add adder) {
	var inv inventory.Inventory
	opts := anywhere
	opts.File = f.name
	report, err := add(&inv, bytes.NewReader(f.data), opts)
	l.refused(f, report.Problems)
	l.refused(f, err)
	for p := range inv.Policies() {
		switch {
		case p.KeyPolicy != nil:
			var opts lint.Options
			if key, err := policy.ParseARN(p.Key); err == nil && key.Account != anywhere.Account {
				opts.Key = key
			}
			l.found(f, p.Source, p.KeyPolicy, lint.KeyPolicy(p.KeyPolicy, &opts))
		case p.IAMPolicy != nil:
			l.found(f, p.Source, p.IAMPolicy, lint.IAMPolicy(p.IAMPolicy, nil))
		}
	}
}

// found adds what was found in a policy of a file, which an element of it has.
func (l *linter) found(f *file, element inventory.Source, doc document, findings []lint.Finding) {
	for _, finding := range findings {
		r := result{Finding: finding, file: f, at: finding.Position.Offset, doc: doc}
		start := doc.Position().Offset
		switch {
		case finding.Position.File != f.name: // the text in a string
			r.Message = fmt.Sprintf("%s: %s (line %d, column %d of the document)", element.Element, r.Message, r.Position.Line, r.Position.Column)
			r.Position, r.at, r.doc = element.Position, element.Offset, nil
		case start > len(f.data) || !bytes.HasPrefix(f.data[start:], []byte(doc.String())):
			r.at, r.doc = -1, nil // functions of the template have been put in
		}
		l.add(r)
	}
}

// refused adds what is wrong with a file, or left open by it.
func (l *linter) refused(f *file, err error) {
	var all policy.Errors
	if !errors.As(err, &all) && err != nil {
		l.fail(err)
	}
	for _, e := range all {
		r := result{file: f, at: e.Offset}
		r.Rule, r.Severity, r.Position = invalidDocument.ID, invalidDocument.Severity, e.Position
		r.Message = strings.TrimPrefix(e.Error(), e.Position.String()+": ")
		switch e.Code {
		case inventory.CodeUnknown, inventory.CodeUnsupported, inventory.CodeIncomplete, inventory.CodeMissing:
			r.Rule, r.Severity = notChecked.ID, notChecked.Severity
		}
		l.add(r)
	}
}

// add adds a result, if it is severe enough.
func (l *linter) add(r result) {
	if r.Severity >= l.min && !l.silenced[r.Rule] {
		l.results = append(l.results, r)
	}
}
