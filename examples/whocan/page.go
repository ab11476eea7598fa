package main

import (
	_ "embed"
	"html/template"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
)

//go:embed page.html
var pageText string

// page has three parts, which are written one after the other: the head, a row for each caller, the
// foot. Package html/template escapes all that is put into them.
var page = template.Must(template.New("page").Funcs(template.FuncMap{"groups": groupNames, "names": allNames}).Parse(pageText))

// A row is what one caller may do with each key.
type row struct {
	Caller string
	Cells  [][]access
	Any    bool // whether the caller may do anything
}

// writePage writes the matrix of keys and callers, row by row.
func (p *program) writePage() error {
	if err := page.ExecuteTemplate(p.out, "head", p.keys); err != nil {
		return err
	}
	var r row
	err := p.ask(p.keys, 0, func(i int, caller *evaluate.Caller, list []access) error {
		if i == 0 {
			r = row{Caller: caller.ARN()}
		}
		r.Cells = append(r.Cells, list)
		r.Any = r.Any || len(list) > 0
		if i < len(p.keys)-1 {
			return nil
		}
		return page.ExecuteTemplate(p.out, "row", r)
	})
	if err != nil {
		return err
	}
	return page.ExecuteTemplate(p.out, "foot", p.notes)
}

// groupNames returns what the actions of an access are for, in a few words.
func groupNames(a access) string {
	var present []string
	names := split(a.Actions)
	for _, group := range groups {
		if len(names[group]) > 0 {
			present = append(present, group)
		}
	}
	return strings.Join(present, ", ")
}

// allNames returns the names of the actions of an access.
func allNames(a access) string { return strings.ReplaceAll(a.Actions.String(), "kms:", "") }
