// Cloudtrail replays a CloudTrail log against the policies that you have, and says which of AWS's
// answers they explain and which they do not.
//
//	cloudtrail                       replay a small built-in log
//	cloudtrail -log LOG SOURCE ...   replay a log file of CloudTrail, or what "aws cloudtrail
//	                                 lookup-events" prints; a name that ends in .gz is
//	                                 decompressed, "-" for LOG reads standard input:
//	                                 gunzip -c *.json.gz | cloudtrail -log - SOURCE ...
//
// A SOURCE is a file with what you have: the outputs of "aws iam get-account-authorization-details",
// "aws kms describe-key", get-key-policy and list-grants, a Terraform plan, and whatever else
// inventory.Inventory.Add reads; what kind of file it is, it tells itself. An output that does not
// tell what it is about is given as OF=FILE:
//
//	aws iam get-account-authorization-details > account.json
//	aws kms describe-key --key-id $KEY > key.json
//	aws kms get-key-policy --key-id $KEY --policy-name default > policy.json
//	cloudtrail -log events.json.gz account.json key.json $KEY=policy.json
//
// The other flags:
//
//	-rules R     decide by "default", "aws" or "strict" rules, see evaluate.Rules
//	-account A   the account of what a template or plan creates
//	-region R    its Region
//	-progress    tell on standard error how far the reading is
//
// Events that are alike (the same operation, caller, key and outcome) are shown once, with their
// number. What could not be used of a source is listed on standard error, and so is every record
// of a log that could not be read.
//
// The exit status is 2 if something could not be read or the command line is wrong, else 1 if AWS
// answered anything otherwise than the policies do, else 0. The built-in log, which has such an
// event, is a demonstration: its status is 0.
package main

import (
	"bufio"
	"compress/gzip"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
)

// The exit statuses.
const (
	statusOK         = 0
	statusDifferent  = 1
	statusUnreadable = 2
)

//go:embed data
var builtin embed.FS

// builtinArgs is the command line whose files are those of builtin.
var builtinArgs = []string{"-log", "data/events.json", "data/account.json", "data/keys.json", "data/grants.json",
	"1111aaaa-0000-4000-8000-000000000001=data/orders-policy.json", "2222bbbb-0000-4000-8000-000000000002=data/payroll-policy.json"}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// A program is one run.
type program struct {
	log   string
	opts  inventory.Options // of the sources
	rules evaluate.Rules
	open  func(name string) (io.ReadCloser, error)

	inv    inventory.Inventory
	tally  tally
	errOut io.Writer
	status int

	progress bool
	told     time.Time // when progress was told last
}

// run does all that main does and returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{tally: newTally(), errOut: stderr, open: func(name string) (io.ReadCloser, error) {
		if name == "-" {
			return io.NopCloser(stdin), nil
		}
		return os.Open(name)
	}}
	demonstration := len(args) == 0
	if demonstration {
		args, p.open = builtinArgs, func(name string) (io.ReadCloser, error) { return builtin.Open(name) }
	}
	sources, err := p.parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return statusOK
	case err != nil:
		return statusUnreadable
	}
	for _, s := range sources {
		p.addSource(s)
	}
	p.replay(p.log)
	out := bufio.NewWriter(stdout)
	p.tally.write(out)
	if err := out.Flush(); err != nil {
		p.fail(err)
	}
	if len(p.tally.different.list) > 0 && !demonstration {
		p.status = max(p.status, statusDifferent)
	}
	return p.status
}

// rules are the rules by their names.
var rules = map[string]evaluate.Rules{"default": evaluate.DefaultRules(), "aws": evaluate.AWSRules(), "strict": evaluate.StrictRules()}

// parse reads the command line. Its errors have been printed.
func (p *program) parse(args []string) (sources []string, err error) {
	flags := flag.NewFlagSet("cloudtrail", flag.ContinueOnError)
	flags.SetOutput(p.errOut)
	flags.StringVar(&p.log, "log", "", "the log `file`")
	ruleSet := flags.String("rules", "default", "decide by \"default\", \"aws\" or \"strict\" `rules`")
	flags.StringVar(&p.opts.Account, "account", "", "the `account` of what a template or plan creates")
	flags.StringVar(&p.opts.Region, "region", "", "its `Region`")
	flags.BoolVar(&p.progress, "progress", false, "tell on standard error how far the reading is")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var known bool
	switch p.rules, known = rules[*ruleSet]; {
	case !known:
		err = fmt.Errorf(`-rules: found %q, expected "default", "aws" or "strict"`, *ruleSet)
	case p.log == "" || flags.NArg() == 0:
		err = errors.New("name a log with -log, and the files to hold it against (-h for help)")
	}
	if err != nil {
		p.fail(err)
	}
	return flags.Args(), err
}

// fail reports that something could not be read or written.
func (p *program) fail(err error) {
	p.status = statusUnreadable
	fmt.Fprintf(p.errOut, "cloudtrail: %v\n", err)
}

// addSource adds a file to the inventory.
func (p *program) addSource(arg string) {
	of, name, found := strings.Cut(arg, "=")
	if !found {
		of, name = "", arg
	}
	p.read(name, p.opts, func(in io.Reader, opts inventory.Options) error {
		report, err := p.inv.Add(in, of, opts)
		for _, problem := range report.Problems {
			fmt.Fprintln(p.errOut, oneLine(problem.Error()))
		}
		return err
	})
}

// replay replays a log.
func (p *program) replay(name string) {
	p.read(name, inventory.Options{}, func(in io.Reader, opts inventory.Options) (err error) {
		if strings.HasSuffix(name, ".gz") {
			if in, err = gzip.NewReader(in); err != nil {
				return err
			}
		}
		unclear := 0
		report, err := inventory.ReadEvents(in, opts, func(e *inventory.Event) error {
			if len(e.Unknown) > 0 {
				unclear++
			}
			replay, err := p.inv.Replay(p.rules, e)
			p.tally.add(e, replay, err)
			return nil
		})
		p.tally.ignored += report.Ignored
		if unread := report.Unresolved - unclear; unread > 0 {
			p.fail(fmt.Errorf("%s: records that could not be read, which are among the following: %d", name, unread))
			for _, problem := range report.Problems {
				fmt.Fprintln(p.errOut, oneLine(problem.Error()))
			}
		}
		return err
	})
}

// read opens a file and reads it, with options that name it and tell of the progress.
func (p *program) read(name string, opts inventory.Options, read func(in io.Reader, opts inventory.Options) error) {
	f, err := p.open(name)
	if err != nil {
		p.fail(err)
		return
	}
	defer f.Close()
	opts.File = name
	opts.Progress = func(read int64) { // which is called far too often
		if p.progress && time.Since(p.told) > time.Second/10 {
			p.told = time.Now()
			fmt.Fprintf(p.errOut, "cloudtrail: %s: %d MB read\n", name, read>>20)
		}
	}
	var placed policy.Errors // which name the file
	if err := read(f, opts); errors.As(err, &placed) {
		p.fail(placed)
	} else if err != nil {
		p.fail(fmt.Errorf("%s: %w", name, err))
	}
}
