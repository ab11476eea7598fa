package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kmsauthz/kmsauthz/internal/golden"
)

// cloudtrail runs the program.
func cloudtrail(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	status = run(args, strings.NewReader(stdin), &out, &errOut)
	return status, out.String(), errOut.String()
}

// sources are the built-in sources.
var sources = builtinArgs[2:]

// data reads a built-in file.
func data(t *testing.T, name string) string {
	t.Helper()
	text, err := builtin.ReadFile("data/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write puts a text into a file.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func zipped(t *testing.T, texts ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, text := range texts {
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// event returns an event that the policies explain, with anything in it replaced.
func event(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(`{"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "eventID": "x",
		"awsRegion": "us-east-1", "userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLEORDERS:s", "accountId": "111122223333",
		"arn": "arn:aws:sts::111122223333:assumed-role/orders/s", "sessionContext": {"sessionIssuer": {"type": "Role",
		"principalId": "AROAEXAMPLEORDERS", "arn": "arn:aws:iam::111122223333:role/service/orders"}}},
		"resources": [{"ARN": "arn:aws:kms:us-east-1:111122223333:key/1111aaaa-0000-4000-8000-000000000001"}], "errorCode": ""}`)
}

// Replacements that change what becomes of an event.
var (
	differs    = []string{`"errorCode": ""`, `"errorCode": "AccessDenied"`}
	throttled  = []string{`"errorCode": ""`, `"errorCode": "ThrottlingException"`}
	stranger   = []string{"orders", "stranger"}
	strangeKey = []string{"1111aaaa", "9999eeee"}
	noKey      = []string{"arn:aws:kms", "arn:aws:s3"}
)

func TestBuiltin(t *testing.T) {
	status, got, stderr := cloudtrail("")
	if status != statusOK || stderr != "" {
		t.Errorf("got status %d, %q, want 0", status, stderr)
	}
	golden.Text(t, "testdata/builtin.txt", got)
	_, again, _ := cloudtrail("", append([]string{"-progress=false"}, builtinArgs...)...)
	if again != got {
		t.Errorf("with the files of the built-in log: got\n%s\nwant\n%s", again, got)
	}
}

// TestStatus has one line per way to end.
func TestStatus(t *testing.T) {
	log := func(events ...string) string { return write(t, "log.json", strings.Join(events, "\n")) }
	broken := write(t, "broken.json", `{"KeyMetadata": {`)
	cut := write(t, "cut.json.gz", zipped(t, event())[:100])
	missing := filepath.Join(t.TempDir(), "missing.json")
	for _, c := range []struct {
		name   string
		args   []string // before the sources
		status int
		stdout string // must be in it; empty: it must be empty
		stderr string // likewise
	}{
		{"help", []string{"-h"}, 0, "", "Usage of cloudtrail"},
		{"unknown flag", []string{"-x"}, 2, "", "flag provided but not defined: -x"},
		{"no log", []string{}, 2, "", "name a log with -log"},
		{"unknown rules", []string{"-rules", "x", "-log", log(event())}, 2, "", `-rules: found "x", expected`},
		{"explained", []string{"-log", log(event())}, 0, "events: 1; explained by the policies: 1 (1 allowed, 0 denied); different: 0; undetermined: 0", ""},
		{"explained denial", []string{"-log", log(event("Decrypt", "Encrypt", `""`, `"AccessDenied"`))}, 0, "(0 allowed, 1 denied)", ""},
		{"different", []string{"-log", log(event(), event(differs...))}, 1, "different: 1;", ""},
		{"undetermined", []string{"-log", log(event(throttled...))}, 0, "undetermined: 1;", ""},
		{"nothing", []string{"-log", log(`{"Records": []}`)}, 0, "events: 0;", ""},
		{"standard input", []string{"-log", "-"}, 1, "different: 1;", ""},
		{"gzip", []string{"-log", write(t, "log.json.gz", zipped(t, event(), event(differs...)))}, 1, "different: 1;", ""},
		{"no gzip", []string{"-log", write(t, "plain.gz", event())}, 2, "events: 0;", "plain.gz: gzip: invalid header"},
		{"gzip cut off", []string{"-log", cut}, 2, "events: 0;", "unexpected EOF"},
		{"missing log", []string{"-log", missing}, 2, "events: 0;", "missing.json: no such file"},
		{"missing source", []string{"-log", log(event(differs...)), missing}, 2, "different: 1;", "missing.json: no such file"},
		{"broken source", []string{"-log", log(event()), broken}, 2, "(1 allowed, 0 denied)", "broken.json:1:18: found the end"},
		{"of what", []string{"-log", log(event()), write(t, "tags.json", `{"Tags": []}`)}, 2, "(1 allowed,", "does not tell the key that it is about"},
		{"of no key", []string{"-log", log(event()), "alias/x=" + write(t, "t.json", `{"Tags": []}`)}, 2, "(1 allowed,", `t.json: found "alias/x", expected the ARN or the id of a key`},
		{"problems of a source", []string{"-log", log(event()), write(t, "g.json", `{"Grants": [{}]}`)}, 0, "(1 allowed,", "g.json:1:13: Grants[0]: "},
		{"broken log", []string{"-log", log(event(), "{")}, 2, "(1 allowed,", "expected a member name"},
		{"unreadable record", []string{"-log", log(`{"Events": [{"CloudTrailEvent": 1}]}`, event())}, 2, "(1 allowed,", "records that could not be read, which are among the following: 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(c.args, sources...)
			t.Chdir(dataFolder(t))
			status, stdout, stderr := cloudtrail(event(differs...), args...)
			if status != c.status || !holds(stdout, c.stdout) || !holds(stderr, c.stderr) {
				t.Errorf("got status %d, %q, %q", status, stdout, stderr)
			}
		})
	}
	if status, _, stderr := cloudtrail("", "-log", "-"); status != statusUnreadable || !strings.Contains(stderr, "name a log with -log, and the files") {
		t.Errorf("without sources: status %d, %q", status, stderr)
	}
}

// dataFolder returns a folder with the built-in files in it.
func dataFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, builtin); err != nil {
		t.Fatal(err)
	}
	return folder
}

func holds(text, part string) bool {
	return text == "" && part == "" || part != "" && strings.Contains(text, part)
}

// replay replays events from standard input.
func replay(t *testing.T, events string, args ...string) string {
	t.Helper()
	t.Chdir(dataFolder(t))
	_, stdout, stderr := cloudtrail(events, append(append([]string{"-log", "-"}, args...), sources...)...)
	if stderr != "" {
		t.Errorf("got %s", stderr)
	}
	return stdout
}

// TestGroups: of a thousand alike events one is shown, with their number.
func TestGroups(t *testing.T) {
	for _, c := range []struct {
		name         string
		replacements []string
		want         string
	}{
		{"different", differs, "  1000x Decrypt by arn:aws:sts::111122223333:assumed-role/orders/s0 on arn:aws:kms:us-east-1:111122223333:key/1111aaaa-0000-4000-8000-000000000001\n        AWS answered AccessDenied: \n        the policies say allow: iam-policy: statement 0 (UseOrders) of orders-kms allows kms:Decrypt\n"},
		{"throttled", throttled, "  1000x AWS answered ThrottlingException, which does not tell whether the request was authorized\n        first at -:1:1, event x\n"},
		{"stranger", stranger, "  1000x arn:aws:iam::111122223333:role/service/stranger is not in the sources\n        first at -:1:1, event x\n"},
		{"key", strangeKey, "  1000x arn:aws:kms:us-east-1:111122223333:key/9999eeee-0000-4000-8000-000000000001 is not in the sources\n        first at -:1:1, event x\n"},
		{"no key", noKey, "  1000x the event does not tell all: the event does not tell which key it is about\n        first at -:1:1, event x\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var events strings.Builder
			for i := range 1000 {
				session := fmt.Sprintf(`/s%d"`, i)
				events.WriteString(strings.ReplaceAll(event(c.replacements...), `/s"`, session))
			}
			got := replay(t, events.String())
			if !strings.Contains(got, c.want) || strings.Count(got, "x ") > strings.Count(c.want, "x ") {
				t.Errorf("got\n%s\nwant in it\n%s", got, c.want)
			}
		})
	}
}

// TestUnlikeEvents: groups are told apart by operation, caller, key and answer, the largest comes
// first, and no more are remembered than can be read.
func TestUnlikeEvents(t *testing.T) {
	events := event(differs...) + event(`""`, `"DisabledException"`) + event("Decrypt", "GenerateDataKey", `""`, `"AccessDenied"`) +
		event("Decrypt", "GenerateDataKey", `""`, `"AccessDenied"`)
	got := replay(t, events)
	first, second, third := strings.Index(got, "     2x GenerateDataKey"), strings.Index(got, "     1x Decrypt"), strings.LastIndex(got, "     1x Decrypt")
	if first < 0 || second < first || third <= second {
		t.Errorf("got\n%s", got)
	}
	var many strings.Builder
	for i := range maxGroups + 5 {
		many.WriteString(event("role/service/orders", fmt.Sprintf("role/r%d", i), "assumed-role/orders", fmt.Sprintf("assumed-role/r%d", i)))
	}
	got = replay(t, many.String())
	if n := strings.Count(got, " is not in the sources\n"); n != maxGroups || !strings.Contains(got, "and 5 events of other kinds\n") {
		t.Errorf("got %d groups, and at last %s", n, got[len(got)-200:])
	}
}

// TestRules: under other rules other events are explained.
func TestRules(t *testing.T) {
	granted := event("orders", "payroll", "1111aaaa-0000-4000-8000-000000000001", "2222bbbb-0000-4000-8000-000000000002")
	for rules, want := range map[string]string{"default": "(1 allowed,", "aws": "(1 allowed,", "strict": "different: 1;"} {
		if got := replay(t, granted, "-rules", rules); !strings.Contains(got, want) {
			t.Errorf("%s: got\n%s", rules, got)
		}
	}
}

// TestHostileLog: nothing from a log ends a line or controls a terminal, or is shown in full length.
func TestHostileLog(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	got := replay(t, event(`"errorCode": ""`, `"errorCode": "AccessDenied", "errorMessage": "\u001b[2J\n`+long+`"`, `"x"`, `"\u001b]0;x\u0007"`)+
		event("Decrypt", `\u001b[2J`)+event(`""`, `"\u2028\u202e"`))
	if strings.ContainsAny(got, "\x1b\x07\u2028\u202e") || len(got) > 10000 || strings.Contains(got, "é\n") {
		t.Errorf("got %d bytes: %.3000q", len(got), got)
	}
}

// TestInputFails: what was read before counts, and the status tells.
func TestInputFails(t *testing.T) {
	t.Chdir(dataFolder(t))
	var out, errOut bytes.Buffer
	in := io.MultiReader(strings.NewReader(event()), iotest.ErrReader(errors.New("cable cut")))
	status := run(append([]string{"-log", "-"}, sources...), in, &out, &errOut)
	if status != statusUnreadable || !strings.Contains(out.String(), "(1 allowed,") || !strings.Contains(errOut.String(), "cable cut") {
		t.Errorf("got status %d, %q, %q", status, out.String(), errOut.String())
	}
}

// A brokenWriter cannot be written to.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestOutputFails(t *testing.T) {
	var errOut bytes.Buffer
	if status := run(nil, nil, brokenWriter{}, &errOut); status != statusUnreadable || errOut.String() != "cloudtrail: disk full\n" {
		t.Errorf("got status %d, %q", status, errOut.String())
	}
}

// TestProgress: it is told where it is asked for, and changes nothing.
func TestProgress(t *testing.T) {
	t.Chdir(dataFolder(t))
	var without, with, errOut bytes.Buffer
	run(append([]string{"-log", "-"}, sources...), strings.NewReader(event()), &without, io.Discard)
	run(append([]string{"-progress", "-log", "-"}, sources...), strings.NewReader(event()), &with, &errOut)
	if with.String() != without.String() || !strings.HasPrefix(errOut.String(), "cloudtrail: data/account.json: 0 MB read\n") {
		t.Errorf("got %q, %q", with.String(), errOut.String())
	}
}

// TestUnknown: what the sources leave open of a caller is said of its role, wherever it stands.
func TestUnknown(t *testing.T) {
	const attached = `"RoleName": "orders", "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/X"}],`
	account := strings.Replace(data(t, "account.json"), `"RoleName": "orders",`, attached, 1)
	t.Chdir(dataFolder(t))
	args := append(append([]string{"-log", "-"}, sources...), write(t, "later.json", account))
	_, got, _ := cloudtrail(event(), args...)
	want := "     1x arn:aws:iam::111122223333:role/service/orders is not wholly known: "
	if !strings.Contains(got, want) || !strings.Contains(got, "no source has the managed policy arn:aws:iam::aws:policy/X") {
		t.Errorf("got\n%s", got)
	}
}
