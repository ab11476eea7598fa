// Whocan lists who may do what with which KMS key: all users and roles of your accounts against all
// keys, and whoever else the keys' policies and grants name.
//
//	whocan                      list a small built-in account
//	whocan SOURCE ...           as a table for each key
//	whocan -format csv ...      one line for each key, caller and action, with the statement or
//	                            grant that allows it
//	whocan -format html ...     one page to look at, which needs nothing else
//
// A SOURCE is a file with what you have: the outputs of "aws iam get-account-authorization-details",
// "aws kms describe-key", get-key-policy, list-grants and list-aliases, a Terraform plan, and
// whatever else inventory.Inventory.Add reads; what kind of file it is, it tells itself. An output
// that does not tell what it is about is given as OF=FILE:
//
//	aws iam get-account-authorization-details > account.json
//	aws kms describe-key --key-id $KEY > key.json
//	aws kms get-key-policy --key-id $KEY --policy-name default > policy.json
//	whocan account.json key.json $KEY=policy.json
//
// The question is asked of plain calls: directly, from nowhere in particular, without an encryption
// context. What a caller may do in other circumstances only is listed as conditional, with what the
// plain call lacks. So is what an AWS managed key allows through its service, what waits for the
// key's state, and what AWS's documentation allows and this library's default rules do not.
//
//	-actions A,B    list these actions only, patterns such as kms:Generate* included
//	-account A      the account of what a template or plan creates
//	-region R       its Region
//	-progress       tell on standard error how far the listing is
//
// What is not known (a policy that no file has, a principal of another account) is never guessed
// but listed, on standard error or at the end of the page. The exit status is 2 if a file could
// not be read or the command line is wrong, else 0.
package main

import (
	"bufio"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// The exit statuses.
const (
	statusOK         = 0
	statusUnreadable = 2
)

//go:embed data
var builtin embed.FS

// builtinArgs is the command line whose files are those of builtin.
var builtinArgs = []string{"data/account.json", "data/keys.json", "data/aliases.json", "data/grants.json",
	"1111aaaa-0000-4000-8000-000000000001=data/orders-policy.json", "2222bbbb-0000-4000-8000-000000000002=data/payroll-policy.json",
	"3333cccc-0000-4000-8000-000000000003=data/s3-policy.json"}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// A program is one run.
type program struct {
	format   string
	opts     inventory.Options
	question evaluate.AccessQuestion
	progress bool
	open     func(name string) (io.ReadCloser, error)

	inv    inventory.Inventory
	keys   []*key
	notes  []string // what is not known
	noted  map[string]bool
	out    *bufio.Writer
	errOut io.Writer
	status int
}

// run does all that main does and returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	p := &program{noted: map[string]bool{}, out: bufio.NewWriter(stdout), errOut: stderr}
	p.open = func(name string) (io.ReadCloser, error) { return os.Open(name) }
	sources, err := p.parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusOK
	case err != nil:
		return statusUnreadable
	}
	if len(sources) == 0 {
		sources, p.open = builtinArgs, func(name string) (io.ReadCloser, error) { return builtin.Open(name) }
	}
	for _, s := range sources {
		p.addSource(s)
	}
	p.gather()
	write := map[string]func() error{"table": p.writeTables, "csv": p.writeCSV, "html": p.writePage}[p.format]
	if err := errors.Join(write(), p.out.Flush()); err != nil {
		p.fail(err)
	}
	if p.format != "html" {
		for _, note := range p.notes {
			fmt.Fprintf(p.errOut, "whocan: %s\n", note)
		}
	}
	return p.status
}

// parse reads the command line. Its errors have been printed.
func (p *program) parse(args []string) (sources []string, err error) {
	flags := flag.NewFlagSet("whocan", flag.ContinueOnError)
	flags.SetOutput(p.errOut)
	flags.StringVar(&p.format, "format", "table", "`table`, csv or html")
	patterns := flags.String("actions", "", "a `list` of actions or patterns, with commas")
	flags.StringVar(&p.opts.Account, "account", "", "the `account` of what a template or plan creates")
	flags.StringVar(&p.opts.Region, "region", "", "its `Region`")
	flags.BoolVar(&p.progress, "progress", false, "tell on standard error how far the listing is")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if p.question.Actions, err = parseActions(*patterns); err == nil && !slices.Contains([]string{"table", "csv", "html"}, p.format) {
		err = fmt.Errorf(`-format: found %q, expected "table", "csv" or "html"`, p.format)
	}
	if err == nil {
		p.question.Requests, err = evaluate.NewRequests(evaluate.RequestConfig{})
	}
	if err != nil {
		p.fail(err)
	}
	return flags.Args(), err
}

// parseActions reads a list of actions, by default of all that are about a key.
func parseActions(list string) (set action.Set, err error) {
	for a := range action.All() {
		if list == "" && a.Info().Resource != action.ResourceNone {
			set = set.With(a)
		}
	}
	for pattern := range strings.SplitSeq(list, ",") {
		matched := action.Match(pattern)
		if list != "" && matched.Len() == 0 {
			_, err = action.Parse(pattern)
			return set, fmt.Errorf("-actions: %w", err)
		}
		set = set.Union(matched)
	}
	return set, nil
}

// fail reports that something could not be read or written.
func (p *program) fail(err error) {
	p.status = statusUnreadable
	fmt.Fprintf(p.errOut, "whocan: %v\n", err)
}

// note remembers what is not known, once.
func (p *program) note(format string, args ...any) {
	text := oneLine(fmt.Sprintf(format, args...))
	if !p.noted[text] {
		p.noted[text] = true
		p.notes = append(p.notes, text)
	}
}

// addSource adds a file to the inventory.
func (p *program) addSource(arg string) {
	of, name, found := strings.Cut(arg, "=")
	if !found {
		of, name = "", arg
	}
	f, err := p.open(name)
	if err != nil {
		p.lack(err)
		return
	}
	defer f.Close()
	p.opts.File = name
	report, err := p.inv.Add(f, of, p.opts)
	for _, problem := range report.Problems {
		p.note("%v", problem)
	}
	var placed policy.Errors // which name the file
	if err != nil && !errors.As(err, &placed) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	if err != nil {
		p.lack(err)
	}
}

// lack reports that a file could not be read, on the page as well if there is one.
func (p *program) lack(err error) {
	p.fail(err)
	if p.format == "html" {
		p.note("%v", err)
	}
}

// oneLine returns text from a file without what could end a line or control a terminal or reorder its text.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
