package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

// writeText explains a decision to a person: what was decided, by which layer, what is missing
// and where, one line each.
func writeText(w io.Writer, name string, d evaluate.Decision) {
	fmt.Fprintln(w, oneLine(name))
	if via, ok := d.Via(); ok {
		fmt.Fprintln(w, "decision: allow")
		fmt.Fprintln(w, "allowed by "+entryText(via))
	} else {
		fmt.Fprintln(w, "decision: deny")
	}
	for e := range d.Blockers() {
		fmt.Fprintln(w, "blocked by "+entryText(e))
	}
	for e := range d.Alternatives() {
		fmt.Fprintln(w, "another way in, blocked by "+entryText(e))
	}
	if reported, ok := d.AWSError(); ok {
		fmt.Fprintln(w, oneLine("AWS reports: "+reported.Code+": "+reported.Message))
	}
	if divergence := d.Divergence(); divergence != "" {
		fmt.Fprintln(w, "note: "+divergence)
	}
}

// entryText says in one line what a layer does, why, and where that stands:
//
//	key-policy: explicit-deny: statement 1 denies kms:Decrypt [key policy, orders.json:14:9]
//
// The place is that of the statement or else that of the grant.
func entryText(e evaluate.Entry) string {
	text := e.Layer().String()
	if reason := e.Reason(); reason != evaluate.ReasonNone {
		text += ": " + reason.String()
	}
	if detail := e.Detail(); detail != "" {
		text += ": " + detail
	}
	var where []string
	if name := e.Policy(); name != "" {
		where = append(where, name)
	}
	if at, ok := e.Position(); ok {
		place := at.String()
		if _, inStatement := e.Statement(); !inStatement {
			place = "grant at " + place
		}
		where = append(where, place)
	}
	if len(where) > 0 {
		text += " [" + strings.Join(where, ", ") + "]"
	}
	return oneLine(text)
}

// faults returns the faults of a scenario that could not be read.
func faults(err error) []string {
	var all policy.Errors
	if !errors.As(err, &all) {
		return []string{err.Error()}
	}
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = oneLine(e.Error())
	}
	return lines
}

// compare prints the differences between a decision and what its scenario expects. They go where
// no decision objects go.
func (p *program) compare(s *scenario.Scenario, d evaluate.Decision) {
	w := io.Writer(p.out)
	if p.json || p.jsonl {
		w = p.errOut
	}
	if s.Expect.IsZero() {
		fmt.Fprintf(p.errOut, "explain: %s: nothing is expected, so nothing was compared\n", oneLine(s.Name))
	}
	for _, diff := range s.Check(d) {
		p.status = max(p.status, statusDifference)
		fmt.Fprintln(w, oneLine(fmt.Sprintf("%v (%s)", diff, s.Name)))
	}
}

// oneLine returns text from a document without what could end a line or control a terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
