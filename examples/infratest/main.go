// Infratest puts a Terraform plan under test: who may use the keys that it makes, who must not,
// and whether what AWS services do with them will work, before anything is applied.
//
//	infratest             check the built-in plan, which is as it should be
//	infratest plan.json   check another plan: what "terraform show -json" prints
//
// It prints one line for each expectation, and for one that fails what blocks, what almost matched
// and the first fix. What the plan leaves open comes first, as notes. For a plan in which the key
// policy does not delegate to its account:
//
//	go run ./examples/infratest examples/infratest/testdata/broken.json
//
// The same expectations are a test: go test ./examples/infratest. To have one for a plan of your
// own, copy expectations.go and TestPlan into a _test.go file, change the account, the Region and
// the expectations, and run
//
//	terraform plan -out plan.out && terraform show -json plan.out > testdata/plan.json && go test
//
// The exit status is 2 if the plan could not be read, else 1 if an expectation fails, else 0.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit statuses.
const (
	statusOK = iota
	statusFailed
	statusUnreadable
)

//go:embed testdata/plan.json
var builtin []byte

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run does all that main does and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("infratest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprintln(stderr, "usage: infratest [plan.json]") }
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return statusOK
	case err != nil:
		return statusUnreadable
	case flags.NArg() > 1:
		flags.Usage()
		return statusUnreadable
	}
	out := bufio.NewWriter(stdout)
	status, err := check(flags.Arg(0), out)
	if err = errors.Join(err, out.Flush()); err != nil {
		fmt.Fprintln(stderr, "infratest:", err)
		return statusUnreadable
	}
	return status
}

// check checks the plan in a file, or the built-in one, and writes what comes of it.
func check(file string, out io.Writer) (status int, err error) {
	plan := io.Reader(bytes.NewReader(builtin))
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		plan = f
	}
	inv, open, err := readPlan(plan, cmp.Or(file, "plan.json"))
	if err != nil {
		return 0, err
	}
	for _, problem := range open {
		fmt.Fprintf(out, "note %v\n", problem)
	}
	for _, e := range expectations {
		var t console
		if e.test(&t, inv); t.failure == "" {
			fmt.Fprintf(out, "ok   %s\n", e.what)
			continue
		}
		status = statusFailed
		fmt.Fprintf(out, "FAIL %s\n     %s\n", e.what, strings.ReplaceAll(t.failure, "\n", "\n     "))
	}
	return status, nil
}

// A console stands for the *testing.T of a test and keeps the first failure.
type console struct{ failure string }

func (c *console) Helper()        {}
func (c *console) Cleanup(func()) {}

func (c *console) Errorf(format string, args ...any) {
	if c.failure == "" {
		c.failure = fmt.Sprintf(format, args...)
	}
}

// Fatalf returns, as it may: what the test goes on to ask fails as well.
func (c *console) Fatalf(format string, args ...any) { c.Errorf(format, args...) }
