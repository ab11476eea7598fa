package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// whocan runs the program.
func whocan(args ...string) (status int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	status = run(args, &out, &errOut)
	return status, out.String(), errOut.String()
}

const noted = "whocan: arn:aws:kms:us-east-1:111122223333:key/2222bbbb-0000-4000-8000-000000000002: its policy names " +
	"arn:aws:iam::444455556666:role/auditor, which is in no file\n"

// TestBuiltin has the built-in account in each format.
func TestBuiltin(t *testing.T) {
	for format, wantErr := range map[string]string{"table": noted, "csv": noted, "html": ""} {
		status, got, stderr := whocan("-format", format)
		if status != statusOK || stderr != wantErr {
			t.Errorf("%s: got status %d, %q, want 0, %q", format, status, stderr, wantErr)
		}
		golden.Text(t, "testdata/builtin."+strings.Replace(format, "table", "txt", 1), got)
		if _, again, _ := whocan(append([]string{"-format", format}, builtinArgs...)...); again != got {
			t.Errorf("%s: with the files of the built-in account: got\n%s", format, again)
		}
	}
	if _, byDefault, _ := whocan(); byDefault != textOf(t, "testdata/builtin.txt") {
		t.Errorf("without flags: got\n%s", byDefault)
	}
}

// textOf reads a file.
func textOf(t *testing.T, file string) string {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(want)
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

const (
	keyARN    = "arn:aws:kms:us-east-1:111122223333:key/k"
	delegates = `{"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}`
)

// keyFiles returns files with a key and its policy, of these statements.
func keyFiles(t *testing.T, metadata, statements string) []string {
	t.Helper()
	return []string{
		write(t, "key.json", `{"KeyMetadata": {"Arn": "`+keyARN+`"`+metadata+`}}`),
		"k=" + write(t, "policy.json", `{"Statement": [`+statements+`]}`),
	}
}

// roleFile returns a file with roles, each of which may do kms:Decrypt by a policy.
func roleFile(t *testing.T, condition string, names ...string) string {
	t.Helper()
	var roles []string
	for _, name := range names {
		roles = append(roles, `{"RoleName": "`+name+`", "Arn": "arn:aws:iam::111122223333:role/`+name+`", "RolePolicyList": [{"PolicyName": "p",
			"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"`+condition+`}}}]}`)
	}
	return write(t, "roles.json", `{"RoleDetailList": [`+strings.Join(roles, ",")+`]}`)
}

// TestStatus has one line per way to end.
func TestStatus(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.json")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		stdout string // must be in it; empty: it must be empty
		stderr string // likewise
	}{
		{"help", []string{"-h"}, 0, "", "Usage of whocan"},
		{"unknown flag", []string{"-x"}, 2, "", "flag provided but not defined: -x"},
		{"unknown format", []string{"-format", "xml"}, 2, "", `-format: found "xml", expected`},
		{"unknown action", []string{"-actions", "kms:Decrypt,kms:Decript"}, 2, "", `-actions: unknown KMS action "kms:Decript" (did you mean "kms:Decrypt"?)`},
		{"no action", []string{"-actions", "kms:Decrypt,"}, 2, "", `-actions: unknown KMS action ""`},
		{"one action", append([]string{"-actions", "kms:Decrypt"}, keyFiles(t, "", delegates)...), 0, "root  key-policy  use: Decrypt\nnothing: 0 of 1 callers\n", ""},
		{"pattern", append([]string{"-actions", "kms:*Grant*"}, keyFiles(t, "", delegates)...), 0, "root  key-policy  grants (all 3)\n", ""},
		{"keyless action", append([]string{"-actions", "kms:CreateKey"}, keyFiles(t, "", delegates)...), 0, "nothing: 1 of 1 callers\n", ""},
		{"missing file", append(keyFiles(t, "", delegates), missing), 2, "use (all 8)", "missing.json: no such file"},
		{"broken file", append(keyFiles(t, "", delegates), write(t, "b.json", `{"Grants": [`)), 2, "use (all 8)", "b.json:1:13: found the end"},
		{"of what", append(keyFiles(t, "", delegates), write(t, "t.json", `{"Tags": []}`)), 2, "use (all 8)", "t.json:1:1: a source that starts with \"Tags\" does not tell the key"},
		{"of an alias", append(keyFiles(t, "", delegates), "alias/x="+write(t, "t.json", `{"Tags": []}`)), 2, "use (all 8)", `t.json: found "alias/x"`},
		{"problems", append(keyFiles(t, "", delegates), write(t, "g.json", `{"Grants": [{"GrantId": 1}]}`)), 0, "use (all 8)", "g.json:1:25: Grants[0].GrantId: "},
		{"no key", []string{roleFile(t, "", "a")}, 0, "", "no file has a key of which all is known"},
		{"no policy", []string{keyFiles(t, "", "")[0]}, 0, "", "is left out: "},
		{"a plan", []string{"-account", "111122223333", "-region", "us-east-1", write(t, "t.json", `{"Resources": {"K": {"Type": "AWS::KMS::Key",
			"Properties": {"KeyPolicy": {"Statement": [`+delegates+`]}}}}}`)}, 0, "key/K\nCALLER", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := whocan(c.args...)
			if status != c.status || !holds(stdout, c.stdout) || !holds(stderr, c.stderr) {
				t.Errorf("got status %d, %q, %q", status, stdout, stderr)
			}
		})
	}
	args := append([]string{"-format", "html"}, append(keyFiles(t, "", delegates), missing, write(t, "b.json", `{"Grants": [`))...)
	status, page, _ := whocan(args...)
	if status != statusUnreadable || !strings.Contains(page, "missing.json: no such file") || !strings.Contains(page, "b.json:1:13: found the end") {
		t.Errorf("got status %d, and the page does not say what was not read: %s", status, page)
	}
}

func holds(text, part string) bool {
	return text == "" && part == "" || part != "" && strings.Contains(text, part)
}

// TestConditional: what only other circumstances allow is listed, with what is lacking.
func TestConditional(t *testing.T) {
	named := func(rest string) string {
		return `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/a"}, "Action": "kms:Decrypt", "Resource": "*"` + rest + `}`
	}
	const mfa, tag = `, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}`, `, "Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}`
	deny := strings.ReplaceAll(named(`, "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}`), "Allow", "Deny")
	grant := write(t, "g.json", `{"Grants": [{"KeyId": "`+keyARN+`", "GrantId": "g1", "GranteePrincipal": "arn:aws:iam::111122223333:role/a", "Operations": ["Decrypt"]}]}`)
	for _, c := range []struct {
		name string
		args []string
		want string // what is said of role a
	}{
		{"allowed", append(keyFiles(t, "", named("")), roleFile(t, "", "a")), `key-policy  use: Decrypt`},
		{"condition of the key policy", append(keyFiles(t, "", named(mfa)), roleFile(t, "", "a")), "conditional  use: Decrypt [1]"},
		{"condition of the IAM policy", append(keyFiles(t, "", delegates), roleFile(t, mfa, "a")), "conditional  use: Decrypt [1]"},
		{"condition on the caller", append(keyFiles(t, "", named(tag)), roleFile(t, "", "a")), ""},
		{"condition and nothing else", append(keyFiles(t, "", delegates), roleFile(t, tag, "a")), ""},
		{"conditional Deny", append(keyFiles(t, "", named("")+","+deny), roleFile(t, "", "a")), "conditional  use: Decrypt [1]"},
		{"disabled key", append(keyFiles(t, `, "KeyState": "Disabled"`, named("")), roleFile(t, "", "a")), "conditional  use: Decrypt [1]"},
		{"grant without delegation", append(keyFiles(t, "", strings.Replace(named(""), "role/a", "role/b", 1)), roleFile(t, "", "a", "b"), grant), "conditional  use: Decrypt [1]"},
		{"grant", append(keyFiles(t, "", delegates), write(t, "r.json", `{"RoleDetailList": [{"RoleName": "a", "Arn": "arn:aws:iam::111122223333:role/a"}]}`), grant), "grant       use: Decrypt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got, stderr := whocan(append([]string{"-actions", "kms:Decrypt"}, c.args...)...)
			said := ""
			for line := range strings.Lines(got) {
				if rest, ok := strings.CutPrefix(line, "arn:aws:iam::111122223333:role/a "); ok {
					said = strings.TrimSpace(rest)
				}
			}
			if said != c.want || stderr != "" || strings.Contains(c.want, "[1]") != strings.Contains(got, "\n[1] ") {
				t.Errorf("got %q, want %q\n%s%s", said, c.want, got, stderr)
			}
		})
	}
}

// TestNamed: whom a policy names is listed or, if nothing is known of it, noted.
func TestNamed(t *testing.T) {
	named := func(principal string) []string {
		return append(keyFiles(t, "", `{"Effect": "Allow", "Principal": `+principal+`, "Action": "kms:Decrypt", "Resource": "*"}`), roleFile(t, "", "a"))
	}
	for _, c := range []struct{ principal, listed, noted string }{
		{`{"Service": "sns.amazonaws.com"}`, "sns.amazonaws.com ", ""},
		{`{"AWS": "arn:aws:sts::111122223333:assumed-role/a/s"}`, "arn:aws:sts::111122223333:assumed-role/a/s ", ""},
		{`{"AWS": "arn:aws:iam::111122223333:role/other"}`, "", "its policy names arn:aws:iam::111122223333:role/other, which is in no file"},
		{`{"AWS": "arn:aws:iam::444455556666:user/x"}`, "", "its policy names arn:aws:iam::444455556666:user/x, which is in no file"},
		{`{"AWS": "444455556666"}`, "", "its policy names account 444455556666, of which those are listed whom the files have"},
		{`{"AWS": "AIDAEXAMPLE"}`, "", "its policy names AIDAEXAMPLE, which is in no file"},
		{`"*"`, "arn:aws:iam::111122223333:role/a ", "its policy names everyone (*), of whom only those are listed whom the files have"},
	} {
		_, got, stderr := whocan(named(c.principal)...)
		if !strings.Contains(got, "\n"+c.listed) || (stderr == "") != (c.noted == "") || !strings.Contains(stderr, c.noted) || strings.Count(stderr, "\n") > 1 {
			t.Errorf("%s: got\n%s%s", c.principal, got, stderr)
		}
	}
}

// TestAgreesWithDecide: the lines of the CSV that are not conditional are what Decide allows.
func TestAgreesWithDecide(t *testing.T) {
	_, text, _ := whocan("-format", "csv")
	listed := map[string]string{}
	for _, row := range readCSV(t, text)[1:] {
		listed[row[0]+row[2]+row[3]] = row[4]
	}
	p := &program{noted: map[string]bool{}, open: func(name string) (io.ReadCloser, error) { return builtin.Open(name) }}
	for _, arg := range builtinArgs {
		p.addSource(arg)
	}
	p.question.Requests, _ = evaluate.NewRequests(evaluate.RequestConfig{})
	p.gather()
	allowed := 0
	for _, k := range p.keys {
		for _, c := range p.question.Callers {
			for a := range action.All() {
				r, err := evaluate.NewRequest(evaluate.RequestConfig{Action: a})
				if err != nil {
					t.Fatal(err)
				}
				is := evaluate.Decide(k.Key, c, r).Allowed()
				if is {
					allowed++
				}
				if got := listed[k.ARN()+c.ARN()+a.String()]; (got == "allowed") != is {
					t.Errorf("%s, %s, %v: got %q, but Decide says %v", k.ARN(), c.ARN(), a, got, is)
				}
			}
		}
	}
	if allowed == 0 {
		t.Error("nothing is allowed")
	}
}

func readCSV(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// hostile are texts that mean something where they are written to, each after a mark.
var hostile = []string{
	`MARK<script>alert(1)</script>`, `MARK"><img src=x onerror=alert(1)>`, `MARK' onclick='alert(1)`, "MARK{{.}}", `MARK</th></table><h1>`,
	"MARK\u001b[2J", "MARK\r\nx,y", "=MARK()", "+MARK", "-MARK", "@MARK", "\tMARK", "MARK,\"\"", "MARK\u2028", "MARK&lt;",
}

// hostileFiles returns files in which a hostile text stands wherever one may stand.
func hostileFiles(t *testing.T, text string) []string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	q := string(quoted)
	inName := q[1 : len(q)-1]
	role := strings.ReplaceAll(`{"RoleName": NAME, "Arn": "arn:aws:iam::111122223333:role/TEXT", "Tags": [{"Key": NAME, "Value": NAME}],
		"RolePolicyList": [{"PolicyName": NAME, "PolicyDocument": {"Statement": [
			{"Sid": NAME, "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
			{"Sid": NAME, "Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": NAME}}}]}}]}`, "NAME", q)
	plain := strings.Replace(role, "TEXT", "plain", 1)
	key := `{"Sid": ` + q + `, "Effect": "Allow", "Principal": {"AWS": ["111122223333", ` + q + `, "arn:aws:iam::111122223333:role/TEXT"]}, "Action": "kms:*", "Resource": "*"}`
	return append(keyFiles(t, "", strings.ReplaceAll(key, "TEXT", inName)),
		write(t, "r.json", `{"RoleDetailList": [`+strings.Replace(role, "TEXT", inName, 1)+`,`+plain+`]}`),
		write(t, "a.json", `{"Aliases": [{"AliasName": `+q+`, "AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/`+inName+`", "TargetKeyId": "k"}]}`),
		write(t, "g.json", `{"Grants": [{"KeyId": "`+keyARN+`", "GrantId": `+q+`, "GranteePrincipal": `+q+`, "Operations": ["Decrypt"], "Name": `+q+`},
			{"KeyId": "`+keyARN+`", "GrantId": `+q+`, "GranteePrincipal": "arn:aws:iam::111122223333:role/plain", "Operations": ["Sign"]}]}`))
}

// TestHostileNames: whatever names and Sids say, a page has no element but its own, a table no line
// and no control character, and a CSV no formula.
func TestHostileNames(t *testing.T) {
	quiet, _ := elements(t, textOf(t, "testdata/builtin.html"))
	marks := 0
	for _, text := range hostile {
		files := hostileFiles(t, text)
		_, page, _ := whocan(append([]string{"-format", "html"}, files...)...)
		got, said := elements(t, page)
		marks += strings.Count(said, "MARK")
		for name := range got {
			if !quiet[name] && name != "ul" && name != "li" {
				t.Errorf("%q: the page has %s", text, name)
			}
		}
		_, table, stderr := whocan(files...)
		if regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f\x{2028}]`).MatchString(table + stderr) {
			t.Errorf("%q: a control character in\n%q", text, table+stderr)
		}
		for line := range strings.Lines(table) {
			if !regexp.MustCompile(`^(arn:aws:|CALLER|\[\d+\] |nothing: | )`).MatchString(line) {
				t.Errorf("%q: the table has a line %q", text, line)
			}
		}
		_, lines, _ := whocan(append([]string{"-format", "csv"}, files...)...)
		for _, row := range readCSV(t, lines) {
			for _, field := range row {
				if len(row) != 12 || field != "" && strings.ContainsAny(field[:1], "=+-@\t\r") {
					t.Errorf("%q: a CSV row %q", text, row)
				}
			}
		}
	}
	if marks < 20 {
		t.Errorf("the pages show %d of the hostile texts", marks)
	}
}

// elements returns the elements and attributes of a page that is well formed, and all of its text.
func elements(t *testing.T, page string) (names map[string]bool, text string) {
	t.Helper()
	script := regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`)
	page = script.ReplaceAllString(strings.Replace(page, "<!DOCTYPE html>", "", 1), "")
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict = true
	names = map[string]bool{}
	var all strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names, all.String()
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, page)
		}
		switch token := token.(type) {
		case xml.StartElement:
			names[token.Name.Local] = true
			for _, a := range token.Attr {
				names[token.Name.Local+" "+a.Name.Local] = true
			}
		case xml.CharData:
			all.Write(token)
		}
	}
}

// TestPage: the page needs nothing from elsewhere, and its table has headings for every cell.
func TestPage(t *testing.T) {
	page := textOf(t, "testdata/builtin.html")
	for _, forbidden := range []string{"http:", "https:", "//", "src=", "url(", "@import", "<link", "innerHTML"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	rows := strings.Count(page, "<tr ")
	if got, want := strings.Count(page, `<th scope="col">`), 4; got != want {
		t.Errorf("got %d columns, want %d", got, want)
	}
	if got := strings.Count(page, `<th scope="row">`); got != rows || rows != 8 {
		t.Errorf("got %d rows with %d headings, want 8", rows, got)
	}
	if got := strings.Count(page, "<td>"); got != rows*3 {
		t.Errorf("got %d cells, want %d", got, rows*3)
	}
	if strings.Count(page, "<caption>") != 1 || !strings.Contains(page, `<html lang="en">`) || !strings.Contains(page, "prefers-color-scheme: dark") || !strings.Contains(page, "@media print") {
		t.Error("the page lacks its caption, language, dark colours or print style")
	}
}

// A brokenWriter cannot be written to.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestOutputFails(t *testing.T) {
	for _, format := range []string{"table", "csv", "html"} {
		var errOut bytes.Buffer
		if status := run([]string{"-format", format}, brokenWriter{}, &errOut); status != statusUnreadable || !strings.Contains(errOut.String(), "whocan: disk full\n") {
			t.Errorf("%s: got status %d, %q", format, status, errOut.String())
		}
	}
}

// A largestWrite remembers how much was written at once, and how much in all.
type largestWrite struct{ largest, total int }

func (w *largestWrite) Write(b []byte) (int, error) {
	w.largest, w.total = max(w.largest, len(b)), w.total+len(b)
	return len(b), nil
}

// TestManyCallers: output comes as it is made, and progress is told on the way.
func TestManyCallers(t *testing.T) {
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf("r%04d", i))
	}
	files := append(keyFiles(t, "", delegates), roleFile(t, "", names...))
	for _, format := range []string{"csv", "html", "table"} {
		var out largestWrite
		var errOut bytes.Buffer
		if status := run(append([]string{"-progress", "-format", format}, files...), &out, &errOut); status != statusOK {
			t.Fatal(errOut.String())
		}
		if out.total < 100_000 || format != "table" && out.largest > 64<<10 {
			t.Errorf("%s: wrote up to %d of %d bytes at once", format, out.largest, out.total)
		}
		if !strings.HasPrefix(errOut.String(), "whocan: 49%\n") {
			t.Errorf("%s: got %q", format, errOut.String())
		}
	}
}
