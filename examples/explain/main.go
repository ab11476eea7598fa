// Explain says whether a KMS request would be allowed and why, and if not which
// layers block it and what to change.
//
//	explain                      explain a built-in scenario
//	explain file.json ...        explain the scenario in each file, and propose fixes
//	explain -full file.json ...  say everything: all layers, all fixes
//	explain -json file.json ...  print one decision object per scenario, with the explanation as
//	                             a tree and the fixes, each with its diff and complete document
//	explain -jsonl               read one scenario per line from standard input and write one
//	                             decision object per line, in the same order, as they come; the
//	                             explanation and the fixes are left out
//	explain -check file.json ... compare each decision with what its scenario expects and print
//	                             what differs, and nothing else; with -json or -jsonl the decision
//	                             objects go to standard output and the differences to standard error
//	explain -fix N file.json     print the Nth fix: the policies that it changes as unified diffs,
//	                             and the commands that apply it; with -json as an object; with
//	                             -document the corrected policies, complete
//	explain -error TEXT          read an error message of AWS: what was asked, and the layers that
//	                             it leaves possible; "-" for TEXT reads standard input
//	explain -redact ...          rename accounts, names and ids consistently in all that is printed
//
// A scenario that cannot be read gives one line per fault on standard error, with file, line and
// column; under -jsonl it gives {"name": ..., "error": "..."} in its place, and the rest goes on.
// Blank lines are skipped there, and lines may have up to 16 MiB.
//
// The exit status is 2 if a scenario or message could not be read or does not have the fix that is
// asked for, else 1 if -check found a difference, else 0. Flags that contradict each other are an
// error with status 2.
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
	full, json, jsonl, check bool
	fix                      int  // the number of the fix to print, from 1
	document                 bool // print policies rather than diffs
	message                  string
	redactor                 *scenario.Redactor // nil: print names as they are
	numbered                 int                // files read with the redactor

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
	case p.message != "":
		p.readMessage(stdin)
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
	redact := false
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	flags.SetOutput(p.errOut)
	flags.BoolVar(&p.full, "full", false, "say everything")
	flags.BoolVar(&p.json, "json", false, "print one decision object per scenario")
	flags.BoolVar(&p.jsonl, "jsonl", false, "read one scenario per line from standard input, write one decision object per line")
	flags.BoolVar(&p.check, "check", false, "compare with what the scenarios expect and print what differs")
	flags.IntVar(&p.fix, "fix", 0, "print the fix with this `number`, from 1")
	flags.BoolVar(&p.document, "document", false, "with -fix, print the corrected policies rather than diffs")
	flags.StringVar(&p.message, "error", "", "read an error message of AWS; \"-\" reads it from standard input")
	flags.BoolVar(&redact, "redact", false, "rename accounts, names and ids")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if err := contradiction(given, flags.NArg(), p.fix); err != nil {
		p.fail(err)
		return nil, err
	}
	if redact {
		p.redactor = scenario.NewRedactor()
	}
	return flags.Args(), nil
}

// excluding are flags that contradict each other.
var excluding = [][2]string{
	{"json", "jsonl"}, {"json", "full"}, {"jsonl", "full"}, {"check", "full"},
	{"fix", "jsonl"}, {"fix", "check"}, {"fix", "full"}, {"document", "json"},
	{"error", "jsonl"}, {"error", "check"}, {"error", "full"}, {"error", "fix"},
}

// contradiction returns what is wrong with the flags that are given together with
// a number of files.
func contradiction(given map[string]bool, files, fix int) error {
	for _, pair := range excluding {
		if given[pair[0]] && given[pair[1]] {
			return fmt.Errorf("-%s and -%s exclude each other", pair[0], pair[1])
		}
	}
	switch {
	case given["jsonl"] && files > 0:
		return errors.New("-jsonl reads standard input and takes no files")
	case given["error"] && files > 0:
		return errors.New("-error takes a message, in quotes, and no files")
	case given["fix"] && fix < 1:
		return fmt.Errorf("-fix %d: fixes are counted from 1", fix)
	case given["document"] && !given["fix"]:
		return errors.New("-document goes with -fix")
	default:
		return nil
	}
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
	if p.redactor != nil {
		p.numbered++
		file = fmt.Sprintf("file %d", p.numbered) // whose name somebody chose
	}
	s, err := p.read(doc, &policy.ParseOptions{File: file, Name: file})
	if err != nil {
		p.status = statusUnreadable
		for _, fault := range faults(err) {
			fmt.Fprintln(p.errOut, fault)
		}
		return
	}
	d := s.Decide()
	switch {
	case p.fix > 0:
		p.printFix(s.Name, d)
	case p.json:
		p.print(scenario.Result{Name: s.Name, Decision: d, Full: true}.MarshalJSON())
	case !p.check:
		if p.shown++; p.shown > 1 {
			fmt.Fprintln(p.out)
		}
		writeText(p.out, s.Name, d, p.full)
	}
	if p.check {
		p.compare(s, d)
	}
}

// read reads a scenario, with other names if that is asked for.
func (p *program) read(doc []byte, opts *policy.ParseOptions) (*scenario.Scenario, error) {
	if p.redactor != nil {
		redacted, err := p.redactor.Scenario(doc, opts)
		if err != nil {
			return nil, scenario.RedactErrors(err)
		}
		doc = redacted
	}
	return scenario.Parse(doc, opts)
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
