package workflow

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Result is what came of a workflow. The zero Result is not allowed.
//
// A Result is immutable and safe for concurrent use by multiple goroutines.
type Result struct {
	workflow Workflow
	outcomes []Outcome
}

// An Outcome is what came of one step.
type Outcome struct {
	Number   int                    // of the step, from 1
	Step     Step                   // as the workflow has it
	Caller   string                 // who calls: an ARN or a service
	Request  evaluate.RequestConfig // what is asked
	Decision evaluate.Decision
}

// Workflow returns the workflow.
func (r Result) Workflow() Workflow { return r.workflow.clone() }

// Allowed reports whether every step is allowed.
func (r Result) Allowed() bool {
	_, failed := r.Failed()
	return len(r.outcomes) > 0 && !failed
}

// Failed returns the first step that is denied; false if none is.
func (r Result) Failed() (Outcome, bool) {
	for o := range r.Outcomes() {
		if !o.Decision.Allowed() {
			return o, true
		}
	}
	return Outcome{}, false
}

// Outcomes yields what came of each step, in their order.
func (r Result) Outcomes() iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		for _, o := range r.outcomes {
			o.Step = o.Step.clone()
			o.Request.EncryptionContext = maps.Clone(o.Request.EncryptionContext)
			o.Request.Context = maps.Clone(o.Request.Context)
			for key, values := range o.Request.Context {
				o.Request.Context[key] = slices.Clone(values)
			}
			if !yield(o) {
				return
			}
		}
	}
}

// String says in plain words what came of the workflow: of each step whether it
// is allowed, by what, or what blocks it; then the explanation of the first that
// is denied; what the workflow needs besides KMS, what is assumed, and how long a
// change may take to show.
func (r Result) String() string {
	var b strings.Builder
	b.WriteString(r.workflow.Title + ": " + r.verdict() + "\n")
	for i := range r.outcomes {
		o := &r.outcomes[i]
		fmt.Fprintf(&b, "%d. %s\n   %s\n   %v\n", o.Number, o.Step.Title, printable.Line(o.asked()), o.Decision)
	}
	if failed, denied := r.Failed(); denied {
		fmt.Fprintf(&b, "Step %d:\n", failed.Number)
		for line := range strings.Lines(failed.Decision.Explain().Text()) {
			b.WriteString("   " + line)
		}
		fmt.Fprintf(&b, "\n   See %s\n", failed.Step.Doc)
	}
	writeList(&b, "Needed besides KMS, not checked:", r.workflow.Outside)
	writeList(&b, "Assumed:", r.workflow.Notes)
	if what := r.workflow.Cache.What; what != "" {
		b.WriteString("A change may not show at once: " + what + ".\n")
	}
	return b.String()
}

// verdict says in a few words what came of the workflow.
func (r Result) verdict() string {
	failed, denied := r.Failed()
	switch {
	case denied:
		return fmt.Sprintf("denied at step %d of %d, by %v (%v)", failed.Number, len(r.outcomes), failed.Decision.Layer(), failed.Decision.Reason())
	case len(r.outcomes) == 0:
		return "not checked"
	default:
		return "allowed"
	}
}

// asked says what is asked, by whom and in which circumstances.
func (o *Outcome) asked() string {
	parts := []string{fmt.Sprintf("%v by %s", o.Request.Action, o.Caller)}
	if o.Request.ViaService != "" {
		parts = append(parts, "via "+o.Request.ViaService)
	}
	if o.Request.SourceARN != "" {
		parts = append(parts, "for "+o.Request.SourceARN)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Request.EncryptionContext)) {
		parts = append(parts, name+"="+o.Request.EncryptionContext[name])
	}
	return strings.Join(parts, ", ")
}

// writeList writes a heading and the lines under it, nothing if there are none.
func writeList(b *strings.Builder, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	b.WriteString(heading + "\n")
	for _, line := range lines {
		b.WriteString("- " + line + "\n")
	}
}
