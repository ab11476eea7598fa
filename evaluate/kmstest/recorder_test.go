package kmstest_test

import (
	"fmt"
	"runtime"
	"strings"
)

// A recorder is a test that keeps what is reported to it.
type recorder struct {
	name     string
	only     string // the sub-test that is selected; "" selects all
	text     strings.Builder
	failed   bool
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	fmt.Fprintf(&r.text, "%s: %s\n", r.name, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf("fatal: "+format, args...)
	runtime.Goexit()
}

// Run runs a sub-test, and reports as *testing.T does.
func (r *recorder) Run(name string, f func(*recorder)) bool {
	if r.only != "" && r.only != name {
		return true
	}
	sub := record(r.name+"/"+name, f)
	r.text.WriteString(sub.text.String())
	r.failed = r.failed || sub.failed
	return !sub.failed
}

// record runs a test to its end and returns what it reported.
func record(name string, f func(*recorder)) *recorder {
	r := &recorder{name: name}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, cleanup := range r.cleanups {
				cleanup()
			}
		}()
		f(r)
	}()
	<-done
	return r
}
