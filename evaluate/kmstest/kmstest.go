package kmstest

import (
	"errors"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A TB is what this package needs of a test. Every [testing.TB] has it: a
// *testing.T, a *testing.B, a *testing.F.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Decide decides a request under the default rules, as [evaluate.Decide] does, and
// ends the test if one of the three is not what it should be; the message has every
// fault. For other rules, and for requests that are about no key, make the three
// with package evaluate and pass the decision on.
func Decide(t TB, key evaluate.KeyConfig, caller evaluate.CallerConfig, request evaluate.RequestConfig) evaluate.Decision {
	t.Helper()
	k, keyErr := evaluate.NewKey(key)
	c, callerErr := evaluate.NewCaller(caller)
	r, requestErr := evaluate.NewRequest(request)
	err := errors.Join(keyErr, callerErr, requestErr)
	if err == nil {
		err = evaluate.Check(k, c, r)
	}
	if err != nil {
		t.Fatalf("cannot be decided:\n%s", printable.Lines(err.Error()))
		return evaluate.Decision{} // where Fatalf does return
	}
	return evaluate.Decide(k, c, r)
}

// Allowed checks that a request is allowed. If it is not, the message has the
// explanation and the first fix.
func Allowed(t TB, d evaluate.Decision) {
	t.Helper()
	reach(t)
	switch {
	case isZero(d):
		t.Errorf("%s", nothingDecided)
	case !d.Allowed():
		t.Errorf("expected to be allowed, found\n%s", explained(d))
	}
}

// Denied checks that a request is denied by a layer: the first that blocks, which
// is [evaluate.Decision.Layer]; and, if reasons are given, for one of them. If it is
// not, the message has the explanation and the first fix, or, of an allowed request,
// its ways in and what closes them.
func Denied(t TB, d evaluate.Decision, by evaluate.Layer, reasons ...evaluate.Reason) {
	t.Helper()
	reach(t)
	want := expectation{by, reasons}
	switch {
	case by == evaluate.LayerNone:
		t.Errorf("%s", noLayer)
	case isZero(d):
		t.Errorf("%s", nothingDecided)
	case !want.isMet(d):
		t.Errorf("expected to be %v, found\n%s", want, explained(d))
	}
}

const (
	nothingDecided = "nothing was asked: this is the zero Decision"
	noLayer        = "a denial is expected by no layer: name the one that is to block, such as evaluate.LayerKeyPolicy"
)

// isZero reports whether d is the zero Decision, which no question leads to.
func isZero(d evaluate.Decision) bool {
	return !d.Allowed() && d.Layer() == evaluate.LayerNone
}
