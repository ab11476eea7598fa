package inventory_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

const (
	account  = "111122223333"
	region   = "us-east-1"
	ordersID = "1234abcd-12ab-34cd-56ef-1234567890ab"
	orders   = "arn:aws:kms:us-east-1:111122223333:key/" + ordersID
)

// comparing are the options for comparing configs: policies by name, text and the places of
// their statements.
var comparing = cmp.Options{
	cmp.Transformer("KeyPolicy", func(p *policy.KeyPolicy) string {
		return written(p == nil, func() *policy.Document { return &p.Document })
	}),
	cmp.Transformer("IAMPolicy", func(p *policy.IAMPolicy) string {
		return written(p == nil, func() *policy.Document { return &p.Document })
	}),
	cmp.Transformer("SCP", func(p *policy.ServiceControlPolicy) string {
		return written(p == nil, func() *policy.Document { return &p.Document })
	}),
	cmp.Transformer("RCP", func(p *policy.ResourceControlPolicy) string {
		return written(p == nil, func() *policy.Document { return &p.Document })
	}),
	cmp.AllowUnexported(policy.Principal{}, action.Set{}),
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(policy.Position{}, "Offset"), // which fuzzing checks
}

// written writes a policy down: its name, its text without blanks, and where its statements are.
func written(isNil bool, document func() *policy.Document) string {
	if isNil {
		return "none"
	}
	d := document()
	text, err := d.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	var places []string
	for _, s := range d.Statements() {
		places = append(places, s.Position().String())
	}
	return fmt.Sprintf("%s %s %s", d.Name(), compact(string(text)), strings.Join(places, " "))
}

// compact removes blanks and line breaks between the tokens of JSON whose strings have none.
func compact(text string) string { return strings.Join(strings.Fields(text), "") }

// checkDiff reports how two values differ.
func checkDiff(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, comparing); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// testdata reads a file of testdata.
func testdata(t testing.TB, name string) []byte {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// An adder adds a document to an inventory.
type adder func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error)

// mustAdd adds a file of testdata that has no problems.
func mustAdd(t testing.TB, inv *inventory.Inventory, file string, add adder, opts inventory.Options) inventory.Report {
	t.Helper()
	opts.File = filepath.Base(file)
	report, err := add(inv, string(testdata(t, file)), opts)
	if err != nil || len(report.Problems) > 0 {
		t.Fatalf("%s: %v %v", file, err, report.Problems)
	}
	return report
}

// told returns what was found wrong with a document: the error, and the problems line by line.
func told(report inventory.Report, err error) string {
	var lines []string
	if err != nil {
		lines = append(lines, "error: "+err.Error())
	}
	for _, p := range report.Problems {
		lines = append(lines, fmt.Sprintf("%s [%s]", p, p.Code))
	}
	return strings.Join(lines, "\n")
}

// mustKey returns the key behind a reference.
func mustKey(t testing.TB, inv *inventory.Inventory, ref string) *inventory.Key {
	t.Helper()
	k, err := inv.Key(ref)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// mustCaller returns the caller behind a reference.
func mustCaller(t testing.TB, inv *inventory.Inventory, ref string) *inventory.Caller {
	t.Helper()
	c, err := inv.Caller(ref)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// decide decides a request by the default rules and returns the decision, or the error, in one
// line.
func decide(inv *inventory.Inventory, key, caller string, request evaluate.RequestConfig) string {
	d, err := inv.Decide(evaluate.DefaultRules(), key, caller, request)
	if err != nil {
		return "error: " + err.Error()
	}
	return d.String()
}

// sourcesOf returns the sources of a key or caller, one per line.
func sourcesOf(sources []inventory.Source) string {
	var b bytes.Buffer
	for _, s := range sources {
		fmt.Fprintln(&b, s)
	}
	return b.String()
}

// TestFixes: policies of whatever source may be edited, as the fixes of a decision are.
func TestFixes(t *testing.T) {
	const document = `{"Statement": [{"Sid": "App", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:Encrypt", "Resource": "*"}]}`
	quoted := strings.ReplaceAll(document, `"`, `\"`)
	opts := inventory.Options{Account: account, Region: region}
	for _, c := range []struct {
		name     string
		add      adder
		doc, key string
	}{
		{"get-key-policy", addPolicy(orders), `{"Policy": "` + quoted + `"}`, orders},
		{"a document alone", addPolicy(orders), document, orders},
		{"a template", addStack, `{"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": ` + document + `}}}}`, "K"},
		{"a template with functions", addStack, `{"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": ` +
			strings.Replace(document, `"App"`, `{"Fn::Sub": "App"}`, 1) + `}}}}`, "K"},
		{"a plan", addTerraform, planOf("", resourceChange{"aws_kms_key.k", `"policy": "` + quoted + `"`, `"arn": true`, ``}), "aws_kms_key.k"},
	} {
		var inv inventory.Inventory
		if report, err := c.add(&inv, c.doc, opts); told(report, err) != "" {
			t.Fatal(told(report, err))
		}
		mustAdd(t, &inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
		d, err := inv.Decide(evaluate.DefaultRules(), c.key, "arn:aws:iam::111122223333:root", evaluate.RequestConfig{Action: action.Decrypt})
		if err != nil {
			t.Fatal(err)
		}
		fixes, why := d.Fixes()
		if why != "" || len(fixes) == 0 || !fixes[0].After().Allowed() {
			t.Errorf("%s: %v: %v, %s", c.name, d, fixes, why)
		}
	}
}
