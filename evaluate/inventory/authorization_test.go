package inventory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func addDetails(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddAuthorizationDetails(strings.NewReader(doc), opts)
}

func addManaged(arn string) adder {
	return func(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
		return inv.AddManagedPolicy(strings.NewReader(doc), arn, opts)
	}
}

func TestAuthorizationDetails(t *testing.T) {
	var inv inventory.Inventory
	report := mustAdd(t, &inv, "authorization/account.json", addDetails, inventory.Options{})
	checkDiff(t, "report", inventory.Report{Resolved: 6}, report)
	golden.Text(t, "testdata/authorization/account.txt", rendered(&inv))
}

// TestDetailsDecide has decisions that depend on each part of the details.
func TestDetailsDecide(t *testing.T) {
	var inv inventory.Inventory
	mustAdd(t, &inv, "authorization/account.json", addDetails, inventory.Options{})
	mustAdd(t, &inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
	mustAdd(t, &inv, "awscli/get-key-policy.json", addPolicy(orders), inventory.Options{})
	const (
		ada = "arn:aws:iam::111122223333:user/people/ada"
		app = "arn:aws:iam::111122223333:role/service/app"
	)
	for _, c := range []struct {
		caller string
		action action.Action
		want   string
	}{
		{ada, action.Decrypt, "allow: iam-policy: statement 0"},
		{ada, action.DescribeKey, "allow: iam-policy: statement 0"},
		{ada, action.Encrypt, "deny: iam-policy: explicit-deny"}, // by her tag; her group would allow
		{ada, action.Sign, "deny: iam-policy: no-allow"},
		{app, action.DescribeKey, "allow: iam-policy: statement 0"},
		{app, action.Decrypt, "deny: iam-policy: no-allow"},
		{"arn:aws:sts::111122223333:assumed-role/app/i-0abc", action.DescribeKey, "allow: iam-policy: statement 0"},
		{"AROAEXAMPLEAPP:i-0abc", action.DescribeKey, "allow: iam-policy: statement 0"},
		{"AIDAEXAMPLEADA", action.Decrypt, "allow: iam-policy: statement 0"},
		{"arn:aws:iam::111122223333:root", action.Decrypt, "allow: key-policy: "},
		{"sns.amazonaws.com", action.Decrypt, "deny: key-policy: principal-not-named"},
		{"arn:aws:iam::111122223333:role/orphan", action.Decrypt, `error: "arn:aws:iam::111122223333:role/orphan" is not wholly known:` + "\n" +
			`account.json:59:9: RoleDetailList[1]: no source has the managed policy arn:aws:iam::111122223333:policy/gone`},
		{"arn:aws:iam::111122223333:role/app", action.Decrypt, `error: caller "arn:aws:iam::111122223333:role/app" is not in the inventory (did you mean "arn:aws:iam::111122223333:role/service/app"?)`},
		{"arn:aws:iam::111122223333:role/other", action.Decrypt, `error: caller "arn:aws:iam::111122223333:role/other" is not in the inventory`},
		{"arn:aws:iam::111122223333:group/admins", action.Decrypt, `error: caller "arn:aws:iam::111122223333:group/admins" is not in the inventory`},
		{"arn:aws:sts::111122223333:federated-user/x", action.Decrypt, `error: caller "arn:aws:sts::111122223333:federated-user/x" is not in the inventory: its ARN does not tell whose`},
	} {
		if got := decide(&inv, orders, c.caller, evaluate.RequestConfig{Action: c.action}); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %v: got %s, want %s", c.caller, c.action, got, c.want)
		}
	}
	session := mustCaller(t, &inv, "AROAEXAMPLEAPP:i-0abc").Config()
	if session.ARN != "arn:aws:sts::111122223333:assumed-role/app/i-0abc" || session.RoleARN != app || session.UniqueID != "AROAEXAMPLEAPP" {
		t.Errorf("got %+v", session)
	}
	if _, err := inv.Caller("arn:aws:iam::111122223333:role/other"); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// TestManagedPolicyOfAnotherSource completes a role with a policy that its own source does not
// have.
func TestManagedPolicyOfAnotherSource(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:policy/gone"
	for _, doc := range []string{
		`{"Version": "2012-10-17", "Statement": []}`,
		`{"PolicyVersion": {"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Statement": []}}}`,
	} {
		var inv inventory.Inventory
		mustAdd(t, &inv, "authorization/account.json", addDetails, inventory.Options{})
		if got := len(inv.Missing()); got != 1 {
			t.Errorf("%d are missing, want 1", got)
		}
		if report, err := addManaged(arn)(&inv, doc, inventory.Options{}); told(report, err) != "" {
			t.Fatal(told(report, err))
		}
		orphan := mustCaller(t, &inv, "arn:aws:iam::111122223333:role/orphan")
		if c := orphan.Config(); len(orphan.Unknown()) > 0 || len(c.IAMPolicies) != 1 || c.IAMPolicies[0].Name() != arn {
			t.Errorf("got %+v, %v", c, orphan.Unknown())
		}
		if got := inv.Missing(); got != nil {
			t.Errorf("%v is missing", got)
		}
	}
}

func TestDetailsFaults(t *testing.T) {
	const role = `"Arn": "arn:aws:iam::111122223333:role/app"`
	roles := func(fields string) string { return `{"RoleDetailList": [{` + fields + `}]}` }
	for _, c := range []struct {
		add       adder
		doc, want string
	}{
		{addDetails, `[]`, `error: f:1:1: found a list, expected an object`},
		{addDetails, `{"x": 1}`, `f:1:1: found none of the lists UserDetailList, GroupDetailList, RoleDetailList and Policies [missing-member]`},
		{addDetails, `{"RoleDetailList": [], "IsTruncated": true}`, `f:1:24: IsTruncated says that the listing goes on, and the rest is not here [incomplete]`},
		{addDetails, `{"RoleDetailList": [` + "\n{}\n", `error: f:3:1: found the end of the document, expected ',' or ']'` + "\n" +
			`f:2:1: RoleDetailList[0]: field "Arn" is missing [missing-member]`},
		{addDetails, roles(`"Arn": null`), `f:1:29: RoleDetailList[0].Arn: found null, expected a string [wrong-type]`},
		{addDetails, `{"RoleDetailList": [1]}`, `f:1:21: RoleDetailList[0]: found a number, expected an object [wrong-type]`},
		{addDetails, `{"UserDetailList": [{` + role + `}]}`, `f:1:29: UserDetailList[0].Arn: found "arn:aws:iam::111122223333:role/app", expected the ARN of a user [bad-value]`},
		{addDetails, roles(`"Arn": "arn:aws:iam::111122223333:role/"`), `f:1:29: RoleDetailList[0].Arn: found "arn:aws:iam::111122223333:role/", expected the ARN of a role [bad-value]`},
		{addDetails, roles(`"Arn": "arn:aws:iam::111122223333:role/a b"`), `f:1:29: RoleDetailList[0].Arn: found "arn:aws:iam::111122223333:role/a b", expected the ARN of a role [bad-value]`},
		{addDetails, `{"GroupDetailList": [{"Arn": "arn:aws:iam::111122223333:group/a b"}]}`, `f:1:30: GroupDetailList[0].Arn: found "arn:aws:iam::111122223333:group/a b", expected the ARN of a group [bad-value]`},
		{addDetails, `{"GroupDetailList": [{"Arn": "arn:aws:iam::111122223333:role/a"}]}`, `f:1:30: GroupDetailList[0].Arn: found "arn:aws:iam::111122223333:role/a", expected the ARN of a group [bad-value]`},
		{addDetails, roles(role + `, "RolePolicyList": [{"PolicyName": "x"}, {"PolicyName": "x", "PolicyDocument": 1}]`),
			`f:1:86: RoleDetailList[0].RolePolicyList[0]: field "PolicyDocument" is missing [missing-member]
f:1:145: RoleDetailList[0].RolePolicyList[1].PolicyDocument: found a number, expected a policy document [wrong-type]`},
		{addDetails, roles(role + `, "RolePolicyList": [{"PolicyName": "x", "PolicyDocument": {"Statement": []}}, {"PolicyName": "x", "PolicyDocument": {"Statement": []}}]`),
			`f:1:144: RoleDetailList[0].RolePolicyList[1]: policy "x" is given twice [duplicate-member]`},
		{addDetails, roles(role + `, "RolePolicyList": [{"PolicyName": "x", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": "*"}]}}]`),
			`f:1:159: RoleDetailList[0].RolePolicyList[0].PolicyDocument.Statement[0]: an IAM policy cannot have a Principal [forbidden-member]`},
		{addDetails, roles(role + `, "AttachedManagedPolicies": [{}, {"PolicyArn": "x"}], "PermissionsBoundary": {}, "Tags": [{"Key": "a"}], "GroupList": 1`),
			`f:1:95: RoleDetailList[0].AttachedManagedPolicies[0]: field "PolicyArn" is missing [missing-member]
f:1:113: RoleDetailList[0].AttachedManagedPolicies[1].PolicyArn: "x" is not an ARN: expected arn:partition:service:region:account:resource [bad-value]
f:1:143: RoleDetailList[0].PermissionsBoundary: field "PermissionsBoundaryArn" is missing [missing-member]
f:1:156: RoleDetailList[0].Tags[0]: field "Value" is missing [missing-member]
f:1:184: RoleDetailList[0].GroupList: found a number, expected a list [wrong-type]`},
		{addDetails, `{"Policies": [{"Arn": "arn:aws:iam::aws:policy/x"}, {"Arn": "arn:aws:iam::aws:role/x", "PolicyVersionList": [{"VersionId": "v1", "Document": {}}]}]}`,
			`f:1:15: Policies[0]: field "PolicyVersionList" is missing [missing-member]
f:1:61: Policies[1].Arn: found "arn:aws:iam::aws:role/x", expected the ARN of a managed policy [bad-value]
f:1:109: Policies[1].PolicyVersionList: the default version is missing [missing-member]`},
		{addManaged("arn:aws:iam::aws:role/x"), `{}`, `error: found "arn:aws:iam::aws:role/x", expected the ARN of a managed policy`},
		{addManaged("x"), `{}`, `error: "x" is not an ARN: expected arn:partition:service:region:account:resource`},
		{addManaged("arn:aws:iam::aws:policy/x"), `{"PolicyVersion": {}}`, `f:1:19: PolicyVersion: field "Document" is missing [missing-member]`},
		{addManaged("arn:aws:iam::aws:policy/x"), `{"Statement": 1}`, `f:1:15: Statement: found a number, expected a statement or a list of statements [wrong-type]`},
	} {
		var inv inventory.Inventory
		report, err := c.add(&inv, c.doc, inventory.Options{File: "f"})
		if got := told(report, err); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.doc, got, c.want)
		}
		for caller := range inv.Callers() {
			if _, err := caller.Compile(); err == nil {
				t.Errorf("%s: %s can be decided about", c.doc, caller.ARN())
			}
		}
	}
}

// TestDetailsWithNulls: other tools than the CLI write null for what is not there.
func TestDetailsWithNulls(t *testing.T) {
	var inv inventory.Inventory
	report, err := addDetails(&inv, `{"UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/u", "UserId": null, "GroupList": null, "UserPolicyList": null,
		"AttachedManagedPolicies": null, "PermissionsBoundary": null, "Tags": null}]}`, inventory.Options{})
	if got := told(report, err); got != "" {
		t.Error(got)
	}
	if _, err := mustCaller(t, &inv, "arn:aws:iam::111122223333:user/u").Compile(); err != nil {
		t.Error(err)
	}
}

// TestDetailsReplace: authorization details are all there is of a role.
func TestDetailsReplace(t *testing.T) {
	var inv inventory.Inventory
	mustAdd(t, &inv, "authorization/account.json", addDetails, inventory.Options{})
	report, err := addDetails(&inv, `{"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/moved/app", "RoleId": "AROANEW"}]}`, inventory.Options{})
	if told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	if c := mustCaller(t, &inv, "arn:aws:sts::111122223333:assumed-role/app/x").Config(); c.RoleARN != "arn:aws:iam::111122223333:role/moved/app" || len(c.IAMPolicies) != 0 {
		t.Errorf("got %+v", c)
	}
}

func FuzzAuthorizationDetails(f *testing.F) {
	seed(f, "authorization/*.json")
	f.Add(`{"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/app", "RolePolicyList": [{"PolicyName": "x", "PolicyDocument": "%7B%22Statement%22:5%7D"}]}]}`)
	f.Fuzz(func(t *testing.T, doc string) {
		checkReading(t, doc, addDetails, inventory.Options{})
		checkReading(t, doc, addManaged("arn:aws:iam::aws:policy/x"), inventory.Options{MaxElement: 1000})
	})
}
