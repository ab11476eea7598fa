package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy/lint"
)

// What is found beside the rules of package lint.
var (
	invalidDocument = lint.Rule{
		ID: "invalid-document", Severity: lint.Error, Title: "a document that AWS would refuse",
		Explanation: "The document is no JSON, or has something in it that IAM, KMS or AWS Organizations do not take.",
		Doc:         "https://pkg.go.dev/github.com/kmsauthz/kmsauthz/policy#Code",
	}
	notChecked = lint.Rule{
		ID: "not-checked", Severity: lint.Warning, Title: "something that could not be checked",
		Explanation: "The template or plan does not tell a value, or has a resource that is not read, so that a policy was not linted.",
		Doc:         "https://pkg.go.dev/github.com/kmsauthz/kmsauthz/evaluate/inventory#pkg-constants",
	}
)

// rules returns all rules by their ids.
func rules() map[string]lint.Rule {
	all := map[string]lint.Rule{invalidDocument.ID: invalidDocument, notChecked.ID: notChecked}
	for rule := range lint.Rules() {
		all[rule.ID] = rule
	}
	return all
}

// object is an object of JSON. Its members are written in alphabetical order.
type object map[string]any

// message returns a message of SARIF, in which braces are written twice.
//
// See SARIF 2.1.0, 3.11.5, "Messages with placeholders".
func message(text string) object {
	return object{"text": strings.NewReplacer("{", "{{", "}", "}}").Replace(text)}
}

// levels are the severities in SARIF's words.
var levels = map[lint.Severity]string{lint.Info: "note", lint.Warning: "warning", lint.Error: "error"}

// writeSARIF writes the results in the Static Analysis Results Interchange Format. Errors of
// writing stay with out.
func (l *linter) writeSARIF(out io.Writer) {
	all := rules()
	ids := slices.Sorted(maps.Keys(all))
	descriptors, results := []object{}, []object{}
	for _, id := range ids {
		rule := all[id]
		descriptors = append(descriptors, object{
			"id": rule.ID, "shortDescription": message(rule.Title), "help": message(rule.Explanation), "helpUri": rule.Doc,
			"defaultConfiguration": object{"level": levels[rule.Severity]},
		})
	}
	for _, r := range l.results {
		index, _ := slices.BinarySearch(ids, r.Rule)
		result := object{
			"ruleId": r.Rule, "ruleIndex": index, "level": levels[r.Severity], "message": message(r.Message),
			"locations": []object{{"physicalLocation": object{"artifactLocation": location(r.file.name), "region": r.region()}}},
		}
		if replacement, ok := r.replacement(); ok {
			change := object{"artifactLocation": location(r.file.name), "replacements": []object{replacement}}
			result["fixes"] = []object{{"description": message(r.suggestion()), "artifactChanges": []object{change}}}
		}
		results = append(results, result)
	}
	driver := object{"name": "kmsauthz-linter", "informationUri": "https://pkg.go.dev/github.com/kmsauthz/kmsauthz/examples/linter", "rules": descriptors}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	encoder.Encode(object{
		"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		"version": "2.1.0",
		"runs": []object{{
			"tool": object{"driver": driver}, "columnKind": "utf16CodeUnits", "results": results,
			"invocations": []object{{"executionSuccessful": !l.failed}},
		}},
	})
}

// location returns where a file is: relative to where the linter runs, unless its name is absolute.
func location(name string) object {
	uri := url.URL{Path: filepath.ToSlash(filepath.Clean(name))}
	if filepath.IsAbs(name) {
		uri.Scheme, uri.Path = "file", "/"+strings.TrimPrefix(uri.Path, "/")
	}
	return object{"uri": uri.String()}
}

// region returns where in its file a result is.
func (r *result) region() object {
	if r.at < 0 || r.at > len(r.file.data) {
		return object{"startLine": r.Position.Line}
	}
	at := r.file.mark(r.at)
	return object{"startLine": at.line, "startColumn": at.column}
}

// suggestion returns the edits of a result in words.
func (r *result) suggestion() string {
	var edits []string
	for _, edit := range r.Edits {
		edits = append(edits, edit.String())
	}
	return strings.Join(edits, "; ")
}

// maxEdited is more than the largest policy that AWS takes. Edits of larger ones are not worked out.
const maxEdited = 64 << 10

// replacement returns what the edits of a result change in its file: from the first line that
// changes to the last.
func (r *result) replacement() (object, bool) {
	if r.doc == nil || len(r.Edits) == 0 || len(r.doc.String()) > maxEdited {
		return nil, false
	}
	edited, err := r.doc.Apply(r.Edits...)
	if err != nil {
		return nil, false
	}
	start := r.doc.Position().Offset
	before, after := strings.SplitAfter(r.doc.String(), "\n"), strings.SplitAfter(edited.String(), "\n")
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		start += len(before[0])
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	from, to := r.file.mark(start), r.file.mark(start+len(strings.Join(before, "")))
	return object{
		"deletedRegion":   object{"startLine": from.line, "startColumn": from.column, "endLine": to.line, "endColumn": to.column},
		"insertedContent": object{"text": strings.Join(after, "")},
	}, true
}
