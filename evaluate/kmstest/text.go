package kmstest

import (
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// An expectation is the denial that is expected.
type expectation struct {
	layer   evaluate.Layer
	reasons []evaluate.Reason // any of them; none: any reason
}

// isMet reports whether a decision is the denial that is expected.
func (e expectation) isMet(d evaluate.Decision) bool {
	return !d.Allowed() && d.Layer() == e.layer && (len(e.reasons) == 0 || slices.Contains(e.reasons, d.Reason()))
}

// String returns "denied by key-policy (no-delegation or explicit-deny)".
func (e expectation) String() string {
	text := "denied by " + e.layer.String()
	if len(e.reasons) == 0 {
		return text
	}
	words := make([]string, len(e.reasons))
	for i, r := range e.reasons {
		words[i] = r.String()
	}
	return text + " (" + strings.Join(words, " or ") + ")"
}

// explained returns the explanation of a decision, and what would make it another.
func explained(d evaluate.Decision) string {
	return d.Explain().Text() + "\n" + change(d)
}

// change says what would let a denied request in, or what lets an allowed one in
// and closes it.
func change(d evaluate.Decision) string {
	if d.Allowed() {
		return waysIn(d)
	}
	fixes, why := d.Fixes()
	var lines []string
	if why != "" {
		lines = append(lines, "no change allows it: "+printable.Lines(why))
	}
	if len(fixes) > 0 {
		lines = append(lines, "first fix: "+hanging(fixes[0].Text()))
	}
	return strings.Join(lines, "\n")
}

// maxWays is how many ways in are listed.
const maxWays = 10

// waysIn lists the ways in of an allowed request, and what closes them.
func waysIn(d evaluate.Decision) string {
	var lines []string
	for way := range d.Ways() {
		if len(lines) == maxWays {
			lines = append(lines, "and more")
			break
		}
		lines = append(lines, "way in: "+wayText(way))
	}
	if closing, ok := d.Closing(); ok {
		lines = append(lines, "to close it: "+hanging(closing.Text()))
	}
	return strings.Join(lines, "\n")
}

// wayText says what a way in consists of.
func wayText(way evaluate.Way) string {
	var with []string
	for e := range way.With() {
		with = append(with, e.Detail())
	}
	by, ok := way.By()
	switch {
	case !ok:
		return strings.Join(with, ", or ")
	case len(with) == 0:
		return by.Detail()
	default:
		return by.Detail() + ", together with: " + strings.Join(with, ", or ")
	}
}

// hanging returns text with its lines after the first indented.
func hanging(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }
