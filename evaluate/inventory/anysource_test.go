package inventory_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
)

// addAny adds a document whose kind is told by its first member.
func addAny(of string) adder {
	return func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
		return inv.Add(iotest.OneByteReader(strings.NewReader(doc)), of, opts)
	}
}

const (
	managedARN = "arn:aws:iam::111122223333:policy/team/read"
	policyText = `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}`
	iamText    = `"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}`
)

// TestAdd adds every kind of source, and finds what the method for that kind finds.
func TestAdd(t *testing.T) {
	type source struct {
		doc, of string
		add     adder
	}
	file := func(name, of string, add adder) source { return source{string(testdata(t, name)), of, add} }
	for _, c := range []source{
		file("awscli/describe-key.json", "", addMetadata),
		file("awscli/get-key-policy.json", ordersID, addPolicy(ordersID)),
		file("awscli/get-key-policy.json", orders, addPolicy(orders)),
		file("awscli/list-grants.json", "", addGrants),
		file("awscli/list-resource-tags.json", ordersID, addTags(ordersID)),
		file("awscli/list-aliases.json", "", addAliases),
		file("authorization/account.json", "", addDetails),
		file("organization/describe-policy.json", "", addOrganizationPolicies),
		file("organization/list-accounts.json", "", addAccounts),
		file("organization/policies-for-root.json", "r-ab12", addPoliciesFor("r-ab12")),
		file("organization/targets-for-guardrail.json", "p-guardrail1", addTargetsFor("p-guardrail1")),
		file("cloudformation/stack.json", "", addStack),
		file("terraform/plan.json", "", addTerraform),
		file("terraform/state.json", "", addTerraform),
		{"\n\t " + policyText, ordersID, addPolicy(ordersID)},
		{`{"Policy": ` + policyText + `}`, ordersID, addPolicy(ordersID)},
		{`{` + iamText + `}`, managedARN, addManaged(managedARN)},
		{`{"Id": "x", ` + iamText + `}`, managedARN, addManaged(managedARN)},
		{`{"PolicyVersion": {"VersionId": "v2", "Document": {` + iamText + `}, "IsDefaultVersion": true}}`, managedARN, addManaged(managedARN)},
		{`{"RoleDetailList": [], "Policies": [], "IsTruncated": true}`, "", addDetails},
		{`{"Policies": [{"Arn": "x"}]}`, "", addDetails},
		{`{"TemplateBody": {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}}`, "", addStack},
		{`{"Grants": [{}]} {"Grants": 1}`, "", addGrants}, // faults are those of the kind as well
	} {
		opts := inventory.Options{File: "f", Account: account, Region: region}
		var got, want inventory.Inventory
		gotReport, gotErr := addAny(c.of)(&got, c.doc, opts)
		wantReport, wantErr := c.add(&want, c.doc, opts)
		if got, want := told(gotReport, gotErr), told(wantReport, wantErr); got != want || gotReport.Elements() != wantReport.Elements() {
			t.Errorf("%.60s of %q: got %d elements\n%s\nwant %d\n%s", c.doc, c.of, gotReport.Elements(), got, wantReport.Elements(), want)
		}
		if wantReport.Elements() == 0 && wantErr == nil && !strings.Contains(c.doc, "IsTruncated") {
			t.Errorf("%.60s: nothing was read", c.doc)
		}
		if got, want := rendered(&got), rendered(&want); got != want {
			t.Errorf("%.60s of %q: got\n%s\nwant\n%s", c.doc, c.of, got, want)
		}
	}
}

// TestAddTellsNot has documents of which the first member does not tell the kind.
func TestAddTellsNot(t *testing.T) {
	const unsupported, syntax, wrongType = inventory.CodeUnsupported, policy.CodeSyntax, policy.CodeWrongType
	for _, c := range []struct {
		doc, of string
		code    policy.Code
		want    string
	}{
		{``, "", syntax, `f:1:1: found the end of the document, expected an object`},
		{`x`, "", syntax, `f:1:1: found 'x', expected an object`},
		{`{"Grants"`, "", syntax, `f:1:10: found the end of the document, expected ':'`},
		{` [{"GrantId": "x"}]`, "", wrongType, `f:1:2: found a list, expected an object`},
		{` {}`, "", unsupported, `f:1:2: no kind of source is told by the first member ""`},
		{`{"Records": []}`, "", unsupported, `f:1:1: no kind of source is told by the first member "Records"`},
		{`{"grants": []}`, "", unsupported, `f:1:1: no kind of source is told by the first member "grants"`},
		{`{"Policy": "{}"}`, "", unsupported, `f:1:1: a source that starts with "Policy" does not tell the key that it is about, which must be named`},
		{`{"Tags": []}`, "", unsupported, `f:1:1: a source that starts with "Tags" does not tell the key that it is about, which must be named`},
		{`{"Targets": []}`, "", unsupported, `f:1:1: a source that starts with "Targets" does not tell the policy that it is about, which must be named`},
		{`{"PolicyVersion": {}}`, "", unsupported, `f:1:1: a source that starts with "PolicyVersion" does not tell the managed policy that it is about, which must be named`},
		{`{"Statement": []}`, "", unsupported, `f:1:1: a source that starts with "Statement" does not tell the key or the managed policy that it is about, which must be named`},
		{`{"Grants": []}`, "k", unsupported, `f:1:1: found "k", but a source that starts with "Grants" tells itself what it is about`},
		{strings.Repeat(" ", 4<<10) + `{"Grants": []}`, "", unsupported, `f:1:4097: no kind of source is told by the first member ""`},
	} {
		var inv inventory.Inventory
		report, err := addAny(c.of)(&inv, c.doc, inventory.Options{File: "f"})
		var faults policy.Errors
		if got, want := told(report, err), "error: "+c.want; got != want || !errors.As(err, &faults) || faults[0].Code != c.code {
			t.Errorf("%.60s of %q: got\n%s\n%v, want\n%s\n[%s]", c.doc, c.of, got, faults, want, c.code)
		}
		if text := rendered(&inv); text != "" {
			t.Errorf("%.60s: found %s", c.doc, text)
		}
	}
}

// TestAddReadFault: what the reader reports is reported.
func TestAddReadFault(t *testing.T) {
	for _, start := range []string{"", `{"Grants": [`} {
		var inv inventory.Inventory
		r := io.MultiReader(strings.NewReader(start), iotest.ErrReader(io.ErrClosedPipe))
		if _, err := inv.Add(r, "", inventory.Options{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after %q: got %v", start, err)
		}
	}
}

// FuzzAdd reads anything as a source of any kind.
func FuzzAdd(f *testing.F) {
	for _, folder := range []string{"awscli", "authorization", "organization", "cloudformation", "terraform"} {
		seed(f, folder+"/*.json")
	}
	f.Fuzz(func(t *testing.T, doc string) {
		checkReading(t, doc, addAny(""), inventory.Options{Account: account, Region: region})
		checkReading(t, doc, addAny(""), inventory.Options{MaxElement: 100})
	})
}
