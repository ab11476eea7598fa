// Linter finds what is probably wrong with KMS key policies and with what other policies say about
// KMS: for CI, for pre-commit hooks, for editors.
//
//	linter                     lint the built-in examples
//	linter file.json ...       lint policies, CloudFormation templates and Terraform plans
//	linter -format sarif ...   write SARIF 2.1.0, for code scanning, rather than lines of text
//	linter -min SEVERITY ...   report what is at least that severe: info, warning (the default) or error
//	linter -kind KIND ...      say what the files with a policy are: key, iam, scp, rcp or endpoint
//	linter -silence RULE ...   leave out the findings of a rule; may be given several times
//
// What a file is, its members tell: a template has Resources, a plan or a state has format_version,
// and anything else is a policy. Without -kind it is a key policy if a statement has Principal or
// NotPrincipal, else an IAM policy. Templates and plans are linted policy by policy. A policy that
// a plan has as a text in a string is reported where its resource starts. Of keys that are yet to be
// made, nothing is said that depends on their account or Region.
//
// Text has a line for each finding, and one for each edit that would mend it:
//
//	file:line:column: severity: rule: message
//	    suggestion: edit
//
// What IAM or KMS would refuse is an error of the rule invalid-document, what of a template or plan
// is not known or not read a warning of the rule not-checked.
//
// The exit status is 2 if a file could not be opened or is larger than 64 MiB and for wrong flags,
// else 1 if something was reported, else 0. The built-in examples are a demonstration: their
// findings are no failure. In .pre-commit-config.yaml, or with the same entry as a step of CI:
//
//	repos:
//	  - repo: local
//	    hooks:
//	      - id: kms-policies
//	        name: lint KMS policies
//	        language: system
//	        entry: go run github.com/kmsauthz/kmsauthz/examples/linter@latest
//	        files: policies/.*\.json$
package main

import (
	"bufio"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/policy/lint"
)

// The exit statuses.
const (
	statusOK = iota
	statusFindings
	statusUnreadable
)

// maxFile is the largest file that is read, in bytes.
const maxFile = 64 << 20

//go:embed builtin
var builtin embed.FS

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// A linter is one run: its flags, and what it found so far.
type linter struct {
	format, kind string
	min          lint.Severity
	silenced     map[string]bool // rules

	results []result
	failed  bool // to read or write something
	errOut  io.Writer
}

// run does all that main does and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	l := &linter{format: "text", silenced: map[string]bool{}, errOut: stderr}
	names, err := l.parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusOK
	case err != nil:
		return statusUnreadable // which has been printed
	}
	for _, name := range names {
		if data, err := read(name); err != nil {
			l.fail(err)
		} else {
			l.lint(&file{name: name, data: data})
		}
	}
	if len(names) == 0 {
		l.lintBuiltin()
	}
	out := bufio.NewWriter(stdout)
	formats[l.format](l, out)
	if err := out.Flush(); err != nil {
		l.fail(err)
	}
	switch {
	case l.failed:
		return statusUnreadable
	case len(l.results) > 0 && len(names) > 0:
		return statusFindings
	}
	return statusOK
}

// lintBuiltin lints the built-in examples.
func (l *linter) lintBuiltin() {
	names, _ := fs.Glob(builtin, "builtin/*") // the pattern has no faults
	for _, name := range names {
		data, err := builtin.ReadFile(name)
		if err != nil {
			l.fail(err)
		}
		l.lint(&file{name: name, data: data})
	}
}

// read reads a file.
func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(data) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", name, maxFile)
	}
	return data, err
}

// formats write the results.
var formats = map[string]func(l *linter, out io.Writer){
	"text":  (*linter).writeText,
	"sarif": (*linter).writeSARIF,
}

// parse reads the command line. Its errors have been printed.
func (l *linter) parse(args []string) (files []string, err error) {
	flags := flag.NewFlagSet("linter", flag.ContinueOnError)
	flags.SetOutput(l.errOut)
	flags.Func("format", "`format` of the output: text or sarif (default text)", oneOf(formats, func(name string) { l.format = name }))
	flags.TextVar(&l.min, "min", lint.Warning, "least `severity` that is reported: info, warning or error")
	flags.Func("kind", "`kind` of the policies: key, iam, scp, rcp or endpoint", oneOf(kinds, func(name string) { l.kind = name }))
	flags.Func("silence", "`rule` whose findings are left out", oneOf(rules(), func(id string) { l.silenced[id] = true }))
	err = flags.Parse(args)
	return flags.Args(), err
}

// oneOf returns what reads a flag whose values are the names in a table.
func oneOf[V any](table map[string]V, set func(name string)) func(word string) error {
	return func(word string) error {
		if _, ok := table[word]; ok {
			set(word)
			return nil
		}
		names, hint, most := slices.Sorted(maps.Keys(table)), "", 0
		for _, name := range names {
			same := 0
			for same < min(len(name), len(word)) && name[same] == word[same] {
				same++
			}
			if same > most {
				hint, most = fmt.Sprintf(" (did you mean %q?)", name), same
			}
		}
		return fmt.Errorf("expected one of %s%s", strings.Join(names, ", "), hint)
	}
}

// fail reports that something could not be read or written.
func (l *linter) fail(err error) {
	l.failed = true
	fmt.Fprintln(l.errOut, "linter:", err)
}

// writeText writes a line for each finding, and one for each edit that mends it.
func (l *linter) writeText(out io.Writer) {
	for _, r := range l.results {
		fmt.Fprintln(out, printable(r.Finding.String()))
		for _, edit := range r.Edits {
			fmt.Fprintln(out, "    suggestion:", printable(edit.String()))
		}
	}
}

// printable returns a text without what could control a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
