package kmstest

import (
	"errors"
	"fmt"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Checker is a workflow to ask about: a [workflow.Name], such as
// workflow.SNSToSQS, or a [workflow.Workflow] of your own.
type Checker interface {
	Check(workflow.Parties) (workflow.Result, error)
}

// Works checks that every step of a workflow is allowed. If one is not, the message
// has what came of each step, the explanation of the first that is denied, and its
// first fix. Parties that are missing or do not fit are failures; the message says
// which the workflow needs.
func Works(t TB, w Checker, p workflow.Parties) {
	t.Helper()
	reach(t)
	result, err := checked(w, p)
	if err != nil {
		t.Errorf("%s", uncheckable(err))
		return
	}
	if !result.Allowed() {
		failed, _ := result.Failed() // none in the zero Result, which a Checker may give
		t.Errorf("expected to work, found\n%v%s", result, change(failed.Decision))
	}
}

// FailsAt checks that a workflow is denied: first at a step, which is numbered from
// 1, by the layer that [evaluate.Decision.Layer] tells of it; and, if reasons are
// given, for one of them. A step after one that is denied is never reached, which is
// a failure too.
func FailsAt(t TB, w Checker, p workflow.Parties, step int, by evaluate.Layer, reasons ...evaluate.Reason) {
	t.Helper()
	reach(t)
	if by == evaluate.LayerNone {
		t.Errorf("%s", noLayer)
		return
	}
	result, err := checked(w, p)
	if err != nil {
		t.Errorf("%s", uncheckable(err))
		return
	}
	if text := otherwise(result, step, expectation{by, reasons}); text != "" {
		t.Errorf("expected step %d to be %v, %s", step, expectation{by, reasons}, text)
	}
}

// checked checks a workflow, if there is one.
func checked(w Checker, p workflow.Parties) (workflow.Result, error) {
	if w == nil {
		return workflow.Result{}, errors.New("no workflow is given")
	}
	return w.Check(p)
}

// otherwise says in which way a workflow does not fail as it should; "" if it does.
func otherwise(result workflow.Result, step int, want expectation) string {
	asked, steps := workflow.Outcome{}, 0
	for o := range result.Outcomes() {
		if steps++; o.Number == step {
			asked = o
		}
	}
	failed, denied := result.Failed()
	switch {
	case asked.Number == 0:
		return fmt.Sprintf("but the number of steps is %d", steps)
	case denied && failed.Number < step:
		return fmt.Sprintf("but it is never reached: step %d is denied before it\n%v%s", failed.Number, result, change(failed.Decision))
	case !want.isMet(asked.Decision):
		return fmt.Sprintf("found\n%vof step %d:\n%s", result, step, change(asked.Decision))
	}
	return ""
}

// uncheckable is the message about a workflow that does not have what it needs.
func uncheckable(err error) string {
	return "the workflow cannot be checked:\n" + printable.Lines(err.Error())
}
