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

// delegation is the statement of plan.json that broken.json does not have, as it stands in both.
const delegation = `{\"Sid\": \"EnableIAMPolicies\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:root\"}, ` +
	`\"Action\": \"kms:*\", \"Resource\": \"*\"}, `

// infratest runs the program.
func infratest(args ...string) (status int, stdout, stderr string) {
	var out, errOut bytes.Buffer
	status = run(args, &out, &errOut)
	return status, out.String(), errOut.String()
}

// changed writes the built-in plan with replacements into a file.
func changed(t *testing.T, replacements ...string) string {
	t.Helper()
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(string(builtin), replacements[i]) {
			t.Fatalf("the plan has no %s", replacements[i])
		}
	}
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, []byte(strings.NewReplacer(replacements...).Replace(string(builtin))), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestOutput compares what is printed of the two plans with golden files.
func TestOutput(t *testing.T) {
	for _, c := range []struct {
		golden string
		args   []string
		status int
	}{
		{"testdata/plan.txt", nil, statusOK},
		{"testdata/broken.txt", []string{"testdata/broken.json"}, statusFailed},
	} {
		status, got, stderr := infratest(c.args...)
		if status != c.status || stderr != "" {
			t.Errorf("%s: got status %d, %q, want %d", c.golden, status, stderr, c.status)
		}
		golden.Text(t, c.golden, got)
	}
}

// TestBroken: the broken plan is the other one without the delegation.
func TestBroken(t *testing.T) {
	got, err := os.ReadFile("testdata/broken.json")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(string(builtin), delegation, "", 1); string(got) != want || want == string(builtin) {
		t.Error("broken.json is not plan.json without the delegation")
	}
}

// TestFailures breaks the plan in ways that every expectation is to notice.
func TestFailures(t *testing.T) {
	noticed := map[string]bool{}
	for _, c := range []struct {
		before, after string
		fails         string // the expectations, by a word of each
		text          string // of what is printed
	}{
		{delegation, "", "reads receives look", "no-delegation"},
		{`aws:SourceArn\": \"arn:aws:sns:us-east-1:111122223333:orders`, `aws:SourceArn\": \"arn:aws:sns:us-east-1:111122223333:order`, "delivers", "condition-not-met"},
		{`sqs.us-east-1.amazonaws.com`, `sqs.eu-west-1.amazonaws.com`, "receives", "condition-not-met"},
		{`"role": "consumer"`, `"role": "reports"`, "receives", "no-allow"},
		{`kms:DescribeKey\"`, `kms:DescribeKeys\"`, "look", `first fix: in the IAM policy reports-kms`},
		{`kms:DescribeKey\"`, `kms:Decrypt\"`, "look directly", `any of kms:Decrypt is allowed to ["arn:aws:iam::111122223333:role/reports"]`},
		{`kms:DescribeKey\"`, `kms:D*\"`, "directly alone", `role/reports`},
		{`arn:aws:iam::111122223333:root`, `*`, "another directly alone", "to close it:"},
		{`role/platform\"}, \"Action`, `role/reports\"}, \"Action`, "alone", "role/reports"},
		{`"address": "aws_kms_key.orders"`, `"address": "aws_kms_key.order"`, "reads delivers receives look another directly alone", `did you mean "aws_kms_key.order"?`},
	} {
		status, got, stderr := infratest(changed(t, c.before, c.after))
		if status != statusFailed || stderr != "" || !strings.Contains(got, c.text) {
			t.Errorf("%s: got status %d, %s\n%s\nwant %q", c.after, status, stderr, got, c.text)
		}
		for _, e := range expectations {
			wants := false
			for word := range strings.FieldsSeq(c.fails) {
				wants = wants || strings.Contains(e.what, word)
			}
			fails := strings.Contains(got, "FAIL "+e.what+"\n")
			if fails != wants {
				t.Errorf("%s: fails is %v: %s\n%s", c.after, fails, e.what, got)
			}
			noticed[e.what] = noticed[e.what] || fails
		}
	}
	for _, e := range expectations {
		if !noticed[e.what] {
			t.Errorf("nothing makes this fail: %s", e.what)
		}
	}
}

// TestOpen: what the plan leaves open is printed, and fails what depends on it.
func TestOpen(t *testing.T) {
	for _, c := range []struct {
		replacements []string
		open, fails  string
	}{
		{[]string{`"data.aws_iam_policy_document.orders.json"`, `"aws_s3_object.policy.body"`},
			"aws_iam_role_policy.orders.change.after_unknown.policy: policy: ", "the orders role reads"},
		{[]string{`"after": {"role": "consumer"}`, `"after": {"role": "consumer", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}`, `"policy_arn": true`, `"x": true`},
			"no source has the managed policy arn:aws:iam::aws:policy/ReadOnlyAccess", "the consumer receives"},
	} {
		file := changed(t, c.replacements...)
		status, got, stderr := infratest(file)
		if status != statusFailed || stderr != "" || !strings.HasPrefix(got, "note "+file+":") || !strings.Contains(got, c.open) ||
			!strings.Contains(got, "FAIL "+c.fails) || !strings.Contains(got, "is not wholly known") {
			t.Errorf("%s: got status %d, %s\n%s", c.fails, status, stderr, got)
		}
	}
}

// TestStatus has a line for each way to end.
func TestStatus(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.json")
	if err := os.WriteFile(garbage, []byte(`{"format_version": "1.2", "resource_changes": [}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{nil, 0, "ok   ", ""},
		{[]string{"-h"}, 0, "", "usage: infratest"},
		{[]string{"-x"}, 2, "", "flag provided but not defined"},
		{[]string{"a.json", "b.json"}, 2, "", "usage: infratest"},
		{[]string{"missing.json"}, 2, "", "missing.json: no such file"},
		{[]string{"testdata"}, 2, "", "is a directory"},
		{[]string{garbage}, 2, "", "garbage.json:1:48: "},
	} {
		status, stdout, stderr := infratest(c.args...)
		if status != c.status || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || (c.stderr == "") != (stderr == "") {
			t.Errorf("%q: got status %d, %q, %q", c.args, status, stdout, stderr)
		}
	}
}

// A brokenWriter cannot be written to.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestOutputFails(t *testing.T) {
	var stderr bytes.Buffer
	if status := run(nil, brokenWriter{}, &stderr); status != statusUnreadable || stderr.String() != "infratest: disk full\n" {
		t.Errorf("got status %d, %q", status, stderr.String())
	}
}
