package kmstest

import (
	"slices"
	"sync"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Plan is what a test is going to ask, declared beforehand, so that a loop over
// nothing, an early return or a branch that is not taken cannot make it pass.
//
// A Plan may be used by several goroutines and sub-tests.
type Plan struct {
	names   []string
	mu      sync.Mutex
	reached map[string]bool
}

// NewPlan declares what a test is going to ask, each expectation by a name. When the
// test and its sub-tests end, also by Fatal or Skip, each that was not asked is a
// failure. A name that stands there twice is one, too.
//
//	plan := kmstest.NewPlan(t, "the topic delivers", "workers decrypt")
//	kmstest.Works(plan.For(t, "the topic delivers"), workflow.SNSToSQS, parties)
//	for _, worker := range workers {
//		kmstest.Allowed(plan.For(t, "workers decrypt"), evaluate.Decide(key, worker, decrypt))
//	}
func NewPlan(t TB, expectations ...string) *Plan {
	t.Helper()
	p := &Plan{reached: map[string]bool{}}
	for _, name := range expectations {
		if slices.Contains(p.names, name) {
			t.Errorf("the plan has the expectation %q twice", name)
			continue
		}
		p.names = append(p.names, name)
	}
	if len(p.names) == 0 {
		t.Errorf("the plan has no expectations")
	}
	t.Cleanup(func() {
		t.Helper()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, name := range p.names {
			if !p.reached[name] {
				t.Errorf("%s: was never asked", printable.Lines(name))
			}
		}
	})
	return p
}

// For returns t, or a sub-test's, for the expectation of that name: what is asked
// with it counts as asked, once or often, and failures begin with the name. A name
// that was not declared ends the test.
func (p *Plan) For(t TB, name string) TB {
	t.Helper()
	if !slices.Contains(p.names, name) {
		t.Fatalf("the plan has no expectation %q, it has %q", name, p.names)
	}
	return &planned{TB: t, plan: p, name: name}
}

// A planned is a test for one expectation of a plan.
type planned struct {
	TB
	plan *Plan
	name string
}

// Errorf reports a failure of the expectation.
func (t *planned) Errorf(format string, args ...any) {
	t.Helper()
	t.TB.Errorf("%s: "+format, append([]any{printable.Lines(t.name)}, args...)...)
}

// Fatalf reports a failure of the expectation and ends the test.
func (t *planned) Fatalf(format string, args ...any) {
	t.Helper()
	t.TB.Fatalf("%s: "+format, append([]any{printable.Lines(t.name)}, args...)...)
}

// reach notes that something is asked now with t.
func reach(t TB) {
	if t, ok := t.(*planned); ok {
		t.plan.mu.Lock()
		t.plan.reached[t.name] = true
		t.plan.mu.Unlock()
		reach(t.TB) // which may be for another expectation
	}
}
