package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/golden"
)

// runLinter runs the program.
func runLinter(args ...string) (status int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	status = run(args, &out, &errOut)
	return status, out.String(), errOut.String()
}

// write puts a document into a file.
func write(t testing.TB, name, doc string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	goodKeyPolicy = `{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]}`
	goodIAMPolicy = `{"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}`
	badIAMPolicy  = `{"Statement": [{"Effect": "Allow", "Action": "kms:Decrypted", "Resource": "*"}]}`
	infoIAMPolicy = `{"Statement": [{"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*"}]}`
)

// TestOutput compares what is printed with golden files.
func TestOutput(t *testing.T) {
	for _, c := range []struct {
		golden, args string
		status       int
	}{
		{"builtin.txt", "", statusOK},
		{"builtin.sarif", "-format sarif", statusOK},
		{"plan.txt", "testdata/plan.json", statusFindings},
	} {
		status, got, stderr := runLinter(strings.Fields(c.args)...)
		if status != c.status || stderr != "" {
			t.Errorf("%s: got status %d, %q, want %d", c.golden, status, stderr, c.status)
		}
		golden.Text(t, "testdata/"+c.golden, got)
	}
}

// TestStatus has a line for each way to end.
func TestStatus(t *testing.T) {
	good, bad, info := write(t, "good.json", goodIAMPolicy), write(t, "bad.json", badIAMPolicy), write(t, "info.json", infoIAMPolicy)
	for _, c := range []struct {
		args           string
		status         int
		stdout, stderr string // must be in it; empty: it must be empty
	}{
		{"-h", 0, "", "Usage of linter"},
		{good, 0, "", ""},
		{bad, 1, "unknown-action: ", ""},
		{good + " " + bad, 1, "unknown-action: ", ""},
		{info, 0, "", ""},
		{"-min info " + info, 1, "info: unconstrained-grants: ", ""},
		{"-min error " + bad, 1, "error: unknown-action: ", ""},
		{"-silence unknown-action " + bad, 0, "", ""},
		{"-silence unknown-action -silence no-action -min info " + bad + " " + info, 1, "unconstrained-grants", ""},
		{"-silence not-checked -min warning testdata/plan.json", 1, "wildcard-administrator: ", ""},
		{"-silence invalid-document " + write(t, "broken.json", "{"), 0, "", ""},
		{"-format sarif " + good, 0, `"results": []`, ""},
		{"-format text " + bad, 1, "unknown-action: ", ""},
		{write(t, "empty.json", ""), 1, "empty.json:1:1: error: invalid-document: found the end of the document, expected a value", ""},
		{write(t, "broken.json", `{"Statement": [`), 1, "broken.json:1:16: error: invalid-document: ", ""},
		{write(t, "broken.json", `{"Resources": {`), 1, "broken.json:1:16: error: invalid-document: ", ""},
		{write(t, "binary.json", "\xff\xfe"), 1, "binary.json:1:1: error: invalid-document: byte 0xff is not UTF-8", ""},
		{write(t, "deep.json", strings.Repeat("[", 100_000)), 1, "deep.json:1:129: error: invalid-document: ", ""},

		{"missing.json", 2, "", "linter: open missing.json: no such file"},
		{"testdata", 2, "", "linter: read testdata: is a directory"},
		{"missing.json " + bad, 2, "unknown-action: ", "missing.json: no such file"},
		{"-format sarif missing.json " + good, 2, `"executionSuccessful": false`, "missing.json: no such file"},
		{"-format sarf " + good, 2, "", `"sarf" for flag -format: expected one of sarif, text (did you mean "sarif"?)`},
		{"-format json " + good, 2, "", `"json" for flag -format: expected one of sarif, text` + "\n"},
		{"-min warnings " + good, 2, "", `expected info, warning or error (did you mean "warning"?)`},
		{"-kind keys " + good, 2, "", `expected one of endpoint, iam, key, rcp, scp (did you mean "key"?)`},
		{"-silence unknown-actions " + bad, 2, "", `(did you mean "unknown-action"?)`},
		{"-x", 2, "", "flag provided but not defined: -x"},
	} {
		status, stdout, stderr := runLinter(strings.Fields(c.args)...)
		if status != c.status {
			t.Errorf("%s: got status %d, want %d\n%s%s", c.args, status, c.status, stdout, stderr)
		}
		for _, s := range []struct{ stream, got, want string }{{"output", stdout, c.stdout}, {"errors", stderr, c.stderr}} {
			if !strings.Contains(s.got, s.want) || s.want == "" && s.got != "" {
				t.Errorf("%s: got %s\n%s\nwant %q", c.args, s.stream, s.got, s.want)
			}
		}
	}
}

// TestLargeFiles: what is too large to be read is not read.
func TestLargeFiles(t *testing.T) {
	policy := write(t, "policy.json", goodIAMPolicy+strings.Repeat(" ", 1<<20))
	if status, got, _ := runLinter(policy); status != statusFindings || !strings.Contains(got, ":1:1: error: invalid-document: the document has ") {
		t.Errorf("got status %d, %s", status, got)
	}
	huge := write(t, "huge.json", goodIAMPolicy)
	if err := os.Truncate(huge, maxFile+10); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := runLinter(huge); status != statusUnreadable || !strings.Contains(stderr, "huge.json: more than 67108864 bytes") {
		t.Errorf("got status %d, %s", status, stderr)
	}
}

// TestWhatAFileIs has files of each form and kind, each with something that is wrong with that
// kind alone.
func TestWhatAFileIs(t *testing.T) {
	const (
		role    = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/a*"}, "Action": "kms:Decrypt", "Resource": "*"}`
		alias   = `{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:alias/a"}`
		nobody  = `{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}`
		whole   = "no-delegation no-policy-administrator wildcard-in-principal"
		noBody  = `{"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "kms:Decrypt", "Resource": "*"}`
		keyPart = `"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [` + role + `]}}`
	)
	of := func(statement string) string { return `{"Statement": [` + statement + `]}` }
	for name, c := range map[string]struct{ kind, doc, want string }{
		"key policy":                {"", of(role), whole},
		"key policy, one statement": {"", `{"Statement": ` + role + `}`, whole},
		"key policy, NotPrincipal":  {"", of(noBody), "no-delegation no-policy-administrator not-principal"},
		"IAM policy":                {"", of(alias), "alias-resource"},
		"key policy by flag":        {"key", of(nobody), "no-delegation no-policy-administrator no-principal"},
		"key policy for an IAM one": {"iam", of(role), "invalid-document"},
		"SCP":                       {"scp", of(alias), "alias-resource"},
		"RCP":                       {"rcp", of(noBody), "invalid-document"},
		"endpoint policy":           {"endpoint", of(noBody), "not-principal"},
		"template":                  {"", `{"Resources": {"K": {` + keyPart + `}}}`, whole},
		"template, version first":   {"", `{"AWSTemplateFormatVersion": "2010-09-09", "Statement": [], "Resources": {"K": {` + keyPart + `}}}`, whole},
		"template, escaped":         {"", `{"\u0052esources": {"K": {` + keyPart + `}}}`, whole},
		"template in a template":    {"", `{"Resources": 5}`, "invalid-document"},
		"plan of another version":   {"", `{"format_version": "7.0"}`, "not-checked"},
		"anything":                  {"", `{"name": "linter"}`, "invalid-document invalid-document"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{write(t, "f.json", c.doc)}
			if c.kind != "" {
				args = append([]string{"-kind", c.kind}, args...)
			}
			_, got, stderr := runLinter(args...)
			var rules []string
			for line := range strings.Lines(got) {
				if !strings.HasPrefix(line, " ") {
					rules = append(rules, strings.Split(line, ": ")[2])
				}
			}
			if strings.Join(rules, " ") != c.want || stderr != "" {
				t.Errorf("got %q, %s\n%s\nwant %q", rules, stderr, got, c.want)
			}
		})
	}
}

// TestKnownKey: of a key that is there already the ARN counts.
func TestKnownKey(t *testing.T) {
	state := func(account string) string {
		return `{"format_version": "1.0", "values": {"root_module": {"resources": [{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k",
			"values": {"arn": "arn:aws:kms:us-east-1:` + account + `:key/k", "policy": ` +
			`"{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"111122223333\"}, \"Action\": \"kms:*\", \"Resource\": \"*\"}]}"}}]}}}`
	}
	if _, got, _ := runLinter(write(t, "same.json", state("111122223333"))); got != "" {
		t.Errorf("of the same account: got %s", got)
	}
	if _, got, _ := runLinter(write(t, "other.json", state("444455556666"))); !strings.Contains(got, "no-delegation: aws_kms_key.k: no statement has account 444455556666") {
		t.Errorf("of another account: got %s", got)
	}
}

// TestHostileNames: no name controls the terminal.
func TestHostileNames(t *testing.T) {
	plan := `{"format_version": "1.2", "resource_changes": [{"address": "aws_kms_key.a\u001b[2J\nb\u2028", "mode": "managed", "type": "aws_kms_key", "name": "b",
		"change": {"actions": ["create"], "after": {"policy": "{\"Statement\": []}"}, "after_unknown": {}}}]}`
	_, got, stderr := runLinter(write(t, "plan.json", plan))
	if strings.ContainsAny(got, "\x1b\r\u2028") || strings.Count(got, "\n") != 2 || stderr != "" {
		t.Errorf("got %q, %q", got, stderr)
	}
}

// A brokenWriter cannot be written to.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestOutputFails(t *testing.T) {
	for _, format := range []string{"text", "sarif"} {
		var stderr bytes.Buffer
		if status := run([]string{"-format", format}, brokenWriter{}, &stderr); status != statusUnreadable || stderr.String() != "linter: disk full\n" {
			t.Errorf("%s: got status %d, %q", format, status, stderr.String())
		}
	}
}
