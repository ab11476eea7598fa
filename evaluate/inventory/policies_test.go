package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy"
)

// documentOf returns a policy as what all kinds have in common, and its kind.
func documentOf(p inventory.Policy) (doc *policy.Document, kind string) {
	switch {
	case p.KeyPolicy != nil:
		return &p.KeyPolicy.Document, "key policy"
	case p.IAMPolicy != nil:
		return &p.IAMPolicy.Document, "IAM policy"
	case p.ServiceControlPolicy != nil:
		return &p.ServiceControlPolicy.Document, "SCP"
	}
	return &p.ResourceControlPolicy.Document, "RCP"
}

// TestPolicies reads all kinds of sources and lists their policies. Each can be edited, with room
// for what is added.
func TestPolicies(t *testing.T) {
	var inv inventory.Inventory
	addOrganization(t, &inv)
	for _, source := range []struct {
		file string
		add  adder
	}{
		{"terraform/plan.json", addTerraform},
		{"cloudformation/stack.json", addStack},
		{"awscli/get-key-policy.json", addPolicy("loose")},
	} {
		opts := inventory.Options{File: source.file, Account: account, Region: region}
		if _, err := source.add(&inv, string(testdata(t, source.file)), opts); err != nil {
			t.Fatal(source.file, err)
		}
	}
	statement := policy.Edit{Op: policy.AddStatement, New: &policy.StatementConfig{Sid: "More", Actions: []string{"kms:Decrypt"}, Resources: []string{"*"}}}
	var got strings.Builder
	for p := range inv.Policies() {
		doc, kind := documentOf(p)
		fmt.Fprintf(&got, "%v: %s %q of %q, at %v\n", p.Source, kind, doc.Name(), p.Key, doc.Position())
		edited, err := doc.Apply(statement)
		if err != nil || edited.Len() != doc.Len()+1 {
			t.Errorf("%v: %v", p.Source, err)
		}
	}
	golden.Text(t, "testdata/policies.txt", got.String())
}

// TestPoliciesLeave leaves the loop at each policy.
func TestPoliciesLeave(t *testing.T) {
	var inv inventory.Inventory
	addOrganization(t, &inv)
	total := 0
	for range inv.Policies() {
		total++
	}
	for stop := 1; stop <= total; stop++ {
		n := 0
		for range inv.Policies() {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("left after %d, want %d of %d", n, stop, total)
		}
	}
	if total < 4 {
		t.Errorf("got %d policies", total)
	}
}
