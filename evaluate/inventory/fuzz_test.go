package inventory_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
)

// seed adds the files of a folder of testdata to a fuzz target.
func seed(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", filepath.FromSlash(pattern)))
	if err != nil || len(files) == 0 {
		f.Fatalf("no files match %s: %v", pattern, err)
	}
	for _, file := range files {
		f.Add(string(testdata(f, filepath.ToSlash(strings.TrimPrefix(file, "testdata"+string(filepath.Separator))))))
	}
}

// checkReading reads any document: whatever is wrong with it has a place in it, nothing is
// counted twice or not at all, and a second reading finds the same.
func checkReading(t *testing.T, doc string, add adder, opts inventory.Options) {
	t.Helper()
	opts.File = "f"
	var inv, again inventory.Inventory
	report, err := add(&inv, doc, opts)
	checkErrors(t, doc, err)
	if (len(report.Problems) > 0) != (report.Unresolved > 0) || len(report.Problems) > 1001 {
		t.Errorf("%d problems with %d unresolved elements", len(report.Problems), report.Unresolved)
	}
	for i, p := range report.Problems {
		checkPosition(t, doc, p.Position)
		if p.Code == "" || p.Text == "" {
			t.Errorf("an empty problem: %+v", p)
		}
		if i > 0 && p.Offset < report.Problems[i-1].Offset {
			t.Errorf("problems out of order: %v", report.Problems)
		}
	}
	secondReport, secondErr := add(&again, doc, opts)
	if first, second := told(report, err), told(secondReport, secondErr); first != second {
		t.Errorf("got\n%s\nthen\n%s", first, second)
	}
	checkLookups(t, doc, &inv)
	if first, second := rendered(&inv), rendered(&again); first != second {
		t.Errorf("got\n%s\nthen\n%s", first, second)
	}
}

// checkErrors checks that what ended a reading has a place in the document.
func checkErrors(t *testing.T, doc string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var all policy.Errors
	if !errors.As(err, &all) || len(all) != 1 {
		t.Fatalf("got %T: %v", err, err)
	}
	checkPosition(t, doc, all[0].Position)
}

// checkPosition checks that a position is one in the document.
func checkPosition(t *testing.T, doc string, at policy.Position) {
	t.Helper()
	if at.File != "f" || at.Offset < 0 || at.Offset > len(doc) {
		t.Fatalf("position %+v is not inside %d bytes", at, len(doc))
	}
	line := 1 + strings.Count(doc[:at.Offset], "\n")
	column := at.Offset - strings.LastIndexByte(doc[:at.Offset], '\n')
	if at.Line != line || at.Column != column {
		t.Errorf("position %+v is in line %d, column %d", at, line, column)
	}
}

// checkLookups checks what can be found in an inventory: every key and caller under its ARN, with
// sources, and either compiled or with a reason.
func checkLookups(t *testing.T, doc string, inv *inventory.Inventory) {
	t.Helper()
	for k := range inv.Keys() {
		again, err := inv.Key(k.ARN())
		if err != nil {
			t.Fatal(err)
		}
		checkDiffExactly(t, k.Config(), again.Config())
		checkSources(t, doc, k.Sources())
		_, err = k.Compile()
		checkCompiled(t, err, k.Unknown())
	}
	for c := range inv.Callers() {
		again, err := inv.Caller(c.ARN())
		if err != nil {
			t.Fatal(err)
		}
		checkDiffExactly(t, c.Config(), again.Config())
		checkSources(t, doc, c.Sources())
		_, err = c.Compile()
		checkCompiled(t, err, c.Unknown())
	}
}

func checkDiffExactly(t *testing.T, a, b any) {
	t.Helper()
	if diff := cmp.Diff(a, b, comparing); diff != "" {
		t.Error(diff)
	}
}

// checkSources checks that sources are named and have places in the document.
func checkSources(t *testing.T, doc string, sources []inventory.Source) {
	t.Helper()
	for _, s := range sources {
		checkPosition(t, doc, s.Position)
		if s.Element == "" || s.Field == "" {
			t.Errorf("source %+v has no name", s)
		}
	}
}

// checkCompiled checks that compiling failed exactly where something is unknown, or where
// package evaluate has found a fault.
func checkCompiled(t *testing.T, err error, unknown policy.Errors) {
	t.Helper()
	var leftOpen *inventory.UnknownError
	if errors.As(err, &leftOpen) != (len(unknown) > 0) {
		t.Errorf("%d things are unknown, but got %v", len(unknown), err)
	}
	var config evaluate.ConfigErrors
	if err != nil && leftOpen == nil && !errors.As(err, &config) {
		t.Errorf("got %T: %v", err, err)
	}
}

// FuzzKMSOutputs reads anything as the output of each of the commands of "aws kms".
func FuzzKMSOutputs(f *testing.F) {
	seed(f, "awscli/*.json")
	f.Add(`[{"AliasArn": "arn:aws:kms:us-east-1:111122223333:alias/x", "TargetKeyId": "k"}]`)
	f.Add(`{"Policy": "%7B%22Statement%22:[]%7D"} {"Grants": [], "Truncated": true}`)
	f.Fuzz(func(t *testing.T, doc string) {
		for _, output := range kmsOutputs {
			checkReading(t, doc, output.add, inventory.Options{})
			checkReading(t, doc, output.add, inventory.Options{Account: account, Region: region, MaxElement: 100})
		}
	})
}
