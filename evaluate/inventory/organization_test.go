package inventory_test

import (
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func addOrganizationPolicies(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddOrganizationPolicies(strings.NewReader(doc), opts)
}

func addAccounts(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddAccounts(strings.NewReader(doc), opts)
}

func addPoliciesFor(target string) adder {
	return func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
		return inv.AddPoliciesForTarget(strings.NewReader(doc), target, opts)
	}
}

func addTargetsFor(policyID string) adder {
	return func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
		return inv.AddTargetsForPolicy(strings.NewReader(doc), policyID, opts)
	}
}

// organizationOutputs are the outputs that make an organization.
var organizationOutputs = []struct {
	file string
	add  adder
}{
	{"organization/list-accounts.json", addAccounts},
	{"organization/policies-for-root.json", addPoliciesFor("r-ab12")},
	{"organization/policies-for-ou.json", addPoliciesFor("ou-ab12-11111111")},
	{"organization/policies-for-account.json", addPoliciesFor(account)},
	{"organization/targets-for-guardrail.json", addTargetsFor("p-guardrail1")},
	{"organization/describe-policy.json", addOrganizationPolicies},
}

// addOrganization adds the key, the callers and the organization of its account, but for the
// outputs left out.
func addOrganization(t *testing.T, inv *inventory.Inventory, leftOut ...string) {
	t.Helper()
	for _, output := range organizationOutputs {
		if !strings.Contains(strings.Join(leftOut, " "), output.file) {
			mustAdd(t, inv, output.file, output.add, inventory.Options{})
		}
	}
	mustAdd(t, inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
	mustAdd(t, inv, "awscli/get-key-policy.json", addPolicy(orders), inventory.Options{})
	mustAdd(t, inv, "authorization/account.json", addDetails, inventory.Options{})
}

func TestOrganization(t *testing.T) {
	var inv inventory.Inventory
	addOrganization(t, &inv)
	golden.Text(t, "testdata/organization/organization.txt", rendered(&inv))
	const (
		ada      = "arn:aws:iam::111122223333:user/people/ada"
		root     = "arn:aws:iam::111122223333:root"
		older    = "arn:aws:iam::444455556666:root"
		stranger = "arn:aws:iam::123456789012:root"
	)
	for _, c := range []struct {
		caller string
		action action.Action
		want   string
	}{
		{ada, action.Decrypt, "allow: iam-policy: "},
		{root, action.Decrypt, "allow: key-policy: "},
		{root, action.ScheduleKeyDeletion, "deny: scp: explicit-deny"},
		{stranger, action.Decrypt, "deny: rcp: explicit-deny"},
		{older, action.Decrypt, `error: "arn:aws:iam::444455556666:root" is not wholly known:`},
	} {
		if got := decide(&inv, orders, c.caller, evaluate.RequestConfig{Action: c.action}); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %v: got %s, want %s", c.caller, c.action, got, c.want)
		}
	}
	for caller, want := range map[string]evaluate.Organization{
		root:                             {ID: "o-example1234", Path: "o-example1234/r-ab12/ou-ab12-11111111/"},
		older:                            {ID: "o-example1234"},
		stranger:                         {},
		"arn:aws:iam::999988887777:root": {ID: "o-example1234", Path: "o-example1234/r-ab12/", ManagementAccount: true},
	} {
		checkDiff(t, caller, want, mustCaller(t, &inv, caller).Config().Organization)
	}
}

// TestOrganizationIsIncomplete leaves something out: what then is not known is told.
func TestOrganizationIsIncomplete(t *testing.T) {
	const root = "arn:aws:iam::111122223333:root"
	for _, c := range []struct{ leftOut, key, caller string }{
		{"organization/describe-policy.json",
			"policies-for-root.json:9:9: [1].Policies[1]: no source has the content of policy p-perimeter1\n" +
				"targets-for-guardrail.json:3:9: Targets[0]: no source has the content of policy p-guardrail1",
			"targets-for-guardrail.json:3:9: Targets[0]: no source has the content of policy p-guardrail1"},
		{"organization/policies-for-root.json", "",
			"policies-for-account.json:3:9: Policies[0]: no source has a service control policy of r-ab12"},
		{"organization/policies-for-account.json", "",
			"targets-for-guardrail.json:3:9: Targets[0]: no source has a service control policy of 111122223333"},
		{"organization/list-accounts.json", "", ""}, // the account itself has FullAWSAccess alone
	} {
		var inv inventory.Inventory
		addOrganization(t, &inv, c.leftOut)
		if got := mustKey(t, &inv, orders).Unknown().Error(); got != c.key {
			t.Errorf("without %s: of the key\n%s\nis unknown, want\n%s", c.leftOut, got, c.key)
		}
		if got := mustCaller(t, &inv, root).Unknown().Error(); got != c.caller {
			t.Errorf("without %s: of the caller\n%s\nis unknown, want\n%s", c.leftOut, got, c.caller)
		}
	}
}

// TestUnplacedAccount: policies that apply to an account, or may, are not left out where no source
// tells the account's place.
func TestUnplacedAccount(t *testing.T) {
	const root = "arn:aws:iam::111122223333:root"
	const scp, rcp = `{"Policies": [{"Id": "p-guardrail1", "Type": "SERVICE_CONTROL_POLICY"}]}`, `{"Policies": [{"Id": "p-perimeter1", "Type": "RESOURCE_CONTROL_POLICY"}]}`
	const all = `{"Policies": [{"Id": "p-FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"}, {"Id": "p-RCPFullAWSAccess", "Type": "RESOURCE_CONTROL_POLICY"}]}`
	const has = "f:1:15: Policies[0]: no source tells where account 111122223333 stands in its organization, which has a "
	known := evaluate.Organization{ID: "o-example1234"}
	management := evaluate.Organization{ID: "o-example1234", ManagementAccount: true}
	for _, c := range []struct {
		target, listing string
		organization    evaluate.Organization
		key, caller     string
	}{
		{account, scp, evaluate.Organization{}, "", has + "service control policy"},
		{account, rcp, evaluate.Organization{}, has + "resource control policy", ""},
		{account, all, evaluate.Organization{}, "", ""},
		{"r-ab12", scp, evaluate.Organization{}, "", ""}, // of an organization that it may not be in
		{"r-ab12", scp, known, "", has + "service control policy"},
		{"r-ab12", rcp, known, has + "resource control policy", ""},
		{"r-ab12", all, known, "", ""},
		{"r-ab12", scp, management, "", ""},
		{"r-ab12", rcp, management, "", ""},
	} {
		var inv inventory.Inventory
		mustAdd(t, &inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
		mustAdd(t, &inv, "awscli/get-key-policy.json", addPolicy(orders), inventory.Options{})
		if report, err := addPoliciesFor(c.target)(&inv, c.listing, inventory.Options{File: "f"}); told(report, err) != "" {
			t.Fatal(told(report, err))
		}
		inv.AddOrganization(account, c.organization)
		if got := mustKey(t, &inv, orders).Unknown().Error(); got != c.key {
			t.Errorf("%s of %s, %+v: of the key %s is unknown, want %s", c.listing, c.target, c.organization, got, c.key)
		}
		if got := mustCaller(t, &inv, root).Unknown().Error(); got != c.caller {
			t.Errorf("%s of %s, %+v: of the caller %s is unknown, want %s", c.listing, c.target, c.organization, got, c.caller)
		}
	}
}

// TestAddOrganization gives an account's path where the CLI does not print it.
func TestAddOrganization(t *testing.T) {
	var inv inventory.Inventory
	addOrganization(t, &inv, "organization/list-accounts.json")
	root := mustCaller(t, &inv, "arn:aws:iam::111122223333:root").Config()
	if root.ServiceControlPolicies != nil || root.Organization != (evaluate.Organization{}) {
		t.Errorf("got %+v", root)
	}
	inv.AddOrganization(account, evaluate.Organization{ID: "o-example1234", Path: "o-example1234/r-ab12/ou-ab12-11111111/"})
	if got := len(mustCaller(t, &inv, "arn:aws:iam::111122223333:root").Config().ServiceControlPolicies); got != 3 {
		t.Errorf("%d levels, want 3", got)
	}
	// What list-accounts does not tell is kept.
	report, err := addAccounts(&inv, `{"Account": {"Id": "111122223333", "Arn": "arn:aws:organizations::111122223333:account/o-example1234/111122223333", "Paths": null}}`, inventory.Options{})
	want := evaluate.Organization{ID: "o-example1234", Path: "o-example1234/r-ab12/ou-ab12-11111111/", ManagementAccount: true}
	if got := mustCaller(t, &inv, "arn:aws:iam::111122223333:root").Config().Organization; got != want || told(report, err) != "" {
		t.Errorf("got %+v, %s", got, told(report, err))
	}
}

func TestOrganizationFaults(t *testing.T) {
	for _, c := range []struct {
		add       adder
		doc, want string
	}{
		{addOrganizationPolicies, `{}`, `f:1:1: field "Policy" is missing [missing-member]`},
		{addOrganizationPolicies, `{"Policy": {"PolicySummary": {"Id": "p-1", "Type": "SERVICE_CONTROL_POLICY"}}}`, `f:1:12: Policy: field "Content" is missing [missing-member]`},
		{addOrganizationPolicies, `{"Policy": {"PolicySummary": {"Id": 1}, "Content": ""}}`,
			`f:1:30: Policy.PolicySummary: field "Type" is missing [missing-member]
f:1:37: Policy.PolicySummary.Id: found a number, expected a string [wrong-type]`},
		{addOrganizationPolicies, `{"Policy": {"PolicySummary": {"Id": "p-1", "Type": "SERVICE_CONTROL_POLICY"}, "Content": "{}"}}`,
			`f:1:90: Policy.Content: element "Statement" is missing (line 1, column 1 of the document) [missing-member]`},
		{addPoliciesFor("x"), `{}`, `error: found "x", expected the id of a root, an organizational unit or an account`},
		{addPoliciesFor("r-ab12"), `{"Policies": [{"Id": "p-1"}, {"Type": "x", "Id": "p-1"}]}`, `f:1:15: Policies[0]: field "Type" is missing [missing-member]`},
		{addTargetsFor("x"), `{}`, `error: found "x", expected the id of a policy, such as "p-examplepolicyid111"`},
		{addTargetsFor("p-1"), `{"Targets": [{}, {"TargetId": 1}, {"TargetId": "x"}]}`,
			`f:1:14: Targets[0]: field "TargetId" is missing [missing-member]
f:1:31: Targets[1].TargetId: found a number, expected a string [wrong-type]
f:1:48: Targets[2].TargetId: found "x", expected the id of a root, an organizational unit or an account [bad-value]`},
		{addAccounts, `{}`, `f:1:1: found neither Accounts nor Account [missing-member]`},
		{addAccounts, `{"Accounts": [{"Id": "x", "Arn": "arn:aws:iam::111122223333:root", "Paths": 1}], "NextToken": "y"}`,
			`f:1:22: Accounts[0].Id: found "x", expected an account id of 12 digits [bad-value]
f:1:34: Accounts[0].Arn: found "arn:aws:iam::111122223333:root", expected the ARN of an account in an organization [bad-value]
f:1:77: Accounts[0].Paths: found a number, expected a list [wrong-type]
f:1:82: NextToken says that the listing goes on, and the rest is not here [incomplete]`},
	} {
		var inv inventory.Inventory
		report, err := c.add(&inv, c.doc, inventory.Options{File: "f"})
		if got := told(report, err); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.doc, got, c.want)
		}
	}
	var inv inventory.Inventory
	report := mustAdd(t, &inv, "organization/describe-policy.json", addOrganizationPolicies, inventory.Options{})
	checkDiff(t, "report", inventory.Report{Resolved: 2, Ignored: 1}, report)
	report = mustAdd(t, &inv, "organization/policies-for-root.json", addPoliciesFor("r-ab12"), inventory.Options{})
	checkDiff(t, "report", inventory.Report{Resolved: 3, Ignored: 1}, report)
}

func FuzzOrganization(f *testing.F) {
	seed(f, "organization/*.json")
	f.Fuzz(func(t *testing.T, doc string) {
		for _, output := range organizationOutputs {
			checkReading(t, doc, output.add, inventory.Options{})
		}
	})
}
