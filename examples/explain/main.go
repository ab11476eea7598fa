// Explain says whether a KMS request would be allowed, and if not which layers block it.
//
//	explain                      explain a built-in scenario
//	explain file.json ...        explain the scenario in each file
//	explain -json file.json ...  print one decision object per scenario
//	explain -jsonl               read one scenario per line from standard input and write one
//	                             decision object per line, in the same order, as they come
//	explain -check file.json ... compare each decision with what its scenario expects and print
//	                             what differs, and nothing else; with -json or -jsonl the decision
//	                             objects go to standard output and the differences to standard error
//
// A scenario that cannot be read gives one line per fault on standard error, with file, line and
// column; under -jsonl it gives {"name": ..., "error": "..."} in its place, and the rest goes on.
// Blank lines are skipped there, and lines may have up to 16 MiB.
//
// The exit status is 2 if a scenario could not be read, else 1 if -check found a difference,
// else 0. Flags that contradict each other are an error with status 2.
package main

import (
	"bufio"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

// The exit statuses.
const (
	statusOK         = 0
	statusDifference = 1
	statusUnreadable = 2
)

// maxFile is more than the largest scenario that is read.
const maxFile = 64<<20 + 1

//go:embed builtin.json
var builtin []byte

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// A program is one run: its flags, where it writes, and the exit status so far.
type program struct {
	json, jsonl, check bool

	out    *bufio.Writer
	errOut io.Writer
	status int
	shown  int // scenarios explained so far
}

// run does all that main does and returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{out: bufio.NewWriter(stdout), errOut: stderr}
	files, err := p.parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusOK
	case err != nil:
		return statusUnreadable
	}
	switch {
	case p.jsonl:
		p.lines(stdin)
	case len(files) == 0:
		p.explain("builtin.json", builtin)
	default:
		p.files(files)
	}
	if err := p.out.Flush(); err != nil {
		p.fail(err)
	}
	return p.status
}

// parse reads the command line. Its errors have been printed.
func (p *program) parse(args []string) (files []string, err error) {
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	flags.SetOutput(p.errOut)
	flags.BoolVar(&p.json, "json", false, "print one decision object per scenario")
	flags.BoolVar(&p.jsonl, "jsonl", false, "read one scenario per line from standard input, write one decision object per line")
	flags.BoolVar(&p.check, "check", false, "compare with what the scenarios expect and print what differs")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case p.json && p.jsonl:
		err = errors.New("-json and -jsonl contradict each other: -jsonl prints decision objects already")
	case p.jsonl && flags.NArg() > 0:
		err = errors.New("-jsonl reads standard input and takes no files")
	}
	if err != nil {
		p.fail(err)
	}
	return flags.Args(), err
}

// fail reports that something could not be read or written.
func (p *program) fail(err error) {
	p.status = statusUnreadable
	fmt.Fprintf(p.errOut, "explain: %v\n", err)
}

// files explains the scenario in each file. Output comes before the faults of later files.
func (p *program) files(names []string) {
	for _, name := range names {
		doc, err := readFile(name)
		if err != nil {
			p.fail(err)
			continue
		}
		p.explain(name, doc)
		p.out.Flush()
	}
}

// readFile reads a file, of one that is too large only so much that this shows.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// explain prints what there is to say of one scenario.
func (p *program) explain(file string, doc []byte) {
	s, err := scenario.Parse(doc, &policy.ParseOptions{File: file, Name: file})
	if err != nil {
		p.status = statusUnreadable
		for _, fault := range faults(err) {
			fmt.Fprintln(p.errOut, fault)
		}
		return
	}
	d := s.Decide()
	switch {
	case p.json:
		p.print(scenario.Result{Name: s.Name, Decision: d}.MarshalJSON())
	case !p.check:
		if p.shown++; p.shown > 1 {
			fmt.Fprintln(p.out)
		}
		writeText(p.out, s.Name, d)
	}
	if p.check {
		p.compare(s, d)
	}
}

// print prints one line of JSON. Errors of writing stay with p.out until it is flushed.
func (p *program) print(line []byte, err error) {
	if err != nil {
		p.fail(err)
		return
	}
	p.out.Write(line)
	p.out.WriteByte('\n')
}
