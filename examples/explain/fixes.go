package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

// fewFixes is how many fixes are shown where not everything is asked for.
const fewFixes = 3

// writeFixes says what would allow a denied request, or why nothing does.
func writeFixes(w io.Writer, d evaluate.Decision, full bool) {
	fixes, why := d.Fixes()
	shown := fixes
	if !full {
		shown = fixes[:min(len(fixes), fewFixes)]
	}
	if why != "" {
		fmt.Fprintln(w, "no change allows it: "+oneLine(why))
	}
	switch {
	case len(fixes) > 0 && why != "":
		fmt.Fprintln(w, "to get further:")
	case len(fixes) > 0:
		fmt.Fprintln(w, "to allow it (the first opens least; -fix N prints the Nth as a diff):")
	}
	for i, f := range shown {
		fmt.Fprintf(w, "%3d. %s\n", i+1, strings.ReplaceAll(f.Text(), "\n", "\n     "))
	}
	if more := len(fixes) - len(shown); more > 0 {
		fmt.Fprintf(w, "     and %d more (-full)\n", more)
	}
}

// writeWays says what lets an allowed request in, each thing that suffices by
// itself, and what closes it.
func writeWays(w io.Writer, d evaluate.Decision, full bool) {
	fmt.Fprintln(w, "each of these alone suffices:")
	n := 0
	for way := range d.Ways() {
		if n++; n > fewFixes && !full {
			fmt.Fprintln(w, "     and more (-full)")
			break
		}
		var with []string
		for e := range way.With() {
			with = append(with, e.Detail())
		}
		text := strings.Join(with, ", or ")
		if by, ok := way.By(); ok && text != "" {
			text = by.Detail() + ", together with: " + text
		} else if ok {
			text = by.Detail()
		}
		fmt.Fprintf(w, "%3d. %s\n", n, oneLine(text))
	}
	if closing, ok := d.Closing(); ok {
		fmt.Fprintf(w, "to close it: %s\n", oneLine(closing.String()))
	}
}

// printFix prints one fix of a decision.
func (p *program) printFix(name string, d evaluate.Decision) {
	fixes, why := d.Fixes()
	switch {
	case d.Allowed():
		p.fail(fmt.Errorf("%s: the request is allowed, there is nothing to fix", oneLine(name)))
		return
	case len(fixes) == 0:
		p.fail(fmt.Errorf("%s: there is no fix: %s", oneLine(name), oneLine(why)))
		return
	case p.fix > len(fixes):
		p.fail(fmt.Errorf("%s: there are %d fixes, found -fix %d", oneLine(name), len(fixes), p.fix))
		return
	}
	f := fixes[p.fix-1]
	switch {
	case p.json:
		p.print(json.Marshal(f))
	case p.document:
		for _, doc := range documents(f) {
			fmt.Fprintln(p.out, doc.after)
		}
	default:
		p.writeFix(f)
	}
}

// writeFix prints a fix in a form that the patch program reads: what is no diff
// is a comment.
func (p *program) writeFix(f evaluate.Fix) {
	fmt.Fprintln(p.out, "# "+strings.ReplaceAll(f.Text(), "\n", "\n# "))
	for _, doc := range documents(f) {
		fmt.Fprint(p.out, policy.Diff(doc.before, doc.after))
	}
}

// A version is a policy before and after a fix.
type version struct{ before, after *policy.Document }

// documents returns the policies that a fix changes or makes.
func documents(f evaluate.Fix) []version {
	var all []version
	for _, e := range slices.Collect(f.Edits()) {
		switch e := e.(type) {
		case *evaluate.PolicyEdit:
			all = append(all, version{e.Before, e.After})
		case *evaluate.UseCustomerKey:
			all = append(all, version{nil, &e.Policy.Document})
		}
	}
	for i := range all {
		if all[i].before == nil {
			all[i].before = new(policy.Document)
		}
	}
	return all
}
