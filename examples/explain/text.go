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

// writeText explains a decision to a person: the explanation, and then what to
// change.
func writeText(w io.Writer, name string, d evaluate.Decision, full bool) {
	e := d.Explain()
	text := e.Text()
	if full {
		text = e.FullText()
	}
	first, rest, _ := strings.Cut(text, "\n")
	fmt.Fprintf(w, "%s\ncase: %s\n%s\n", first, oneLine(name), rest)
	if awsError, denied := d.AWSError(); denied {
		fmt.Fprintf(w, "AWS says: %s\n", strings.TrimSuffix(awsError.Code+": "+oneLine(awsError.Message), ": "))
		for _, variant := range awsError.Variants {
			if full {
				fmt.Fprintf(w, "or: %s\n", oneLine(variant))
			}
		}
	}
	if d.Allowed() {
		writeWays(w, d, full)
	} else {
		writeFixes(w, d, full)
	}
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

// oneLine returns text from a document without what could end a line or control a terminal or reorder its text.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
