package inventory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func addTerraform(inv *inventory.Inventory, doc string, opts inventory.Options) (inventory.Report, error) {
	return inv.AddTerraform(strings.NewReader(doc), opts)
}

func TestTerraformPlan(t *testing.T) {
	var inv inventory.Inventory
	report, err := addTerraform(&inv, string(testdata(t, "terraform/plan.json")), inventory.Options{File: "plan.json"})
	const encoded = `aws_kms_key.encoded.change.after_unknown.policy: policy: what it makes of aws_iam_role.app.arn is known only after apply; ` +
		`the JSON of a data source aws_iam_policy_document would be rebuilt`
	if got := told(report, err); !strings.HasPrefix(got, "plan.json:") || !strings.HasSuffix(got, ": "+encoded+" [unknown-value]") || strings.Contains(got, "\n") {
		t.Errorf("got %s", got)
	}
	if report.Resolved != 20 || report.Unresolved != 1 || report.Ignored != 3 {
		t.Errorf("got %d resolved, %d unresolved, %d ignored", report.Resolved, report.Unresolved, report.Ignored)
	}
	golden.Text(t, "testdata/terraform/plan.txt", rendered(&inv))
	via := evaluate.RequestConfig{Action: action.Decrypt, ViaService: "s3.us-east-1.amazonaws.com"}
	bare := evaluate.RequestConfig{Action: action.Decrypt}
	for _, c := range []struct {
		key, caller string
		request     evaluate.RequestConfig
		want        string
	}{
		{"aws_kms_key.orders", "aws_iam_role.app", via, "allow: key-policy: "},
		{"alias/orders", "aws_iam_role.app", bare, "deny: iam-policy: condition-not-met"},
		{"aws_kms_alias.orders", "aws_iam_user.ada", bare, "deny: iam-policy: no-allow"},
		{"aws_kms_key.orders", "aws_iam_user.ada", evaluate.RequestConfig{Action: action.Encrypt}, "allow: iam-policy: "},
		{"aws_kms_key.orders", `module.api.module.inner.aws_iam_role.this["blue"]`, bare, "allow: iam-policy: "},
		{"aws_kms_key.orders", "aws_iam_role.generated", bare, "allow: iam-policy: "},
		{"aws_kms_key.shared", "aws_iam_role.generated", bare, "deny: key-policy: no-delegation"},
		{"aws_kms_external_key.imported", "arn:aws:iam::111122223333:root", bare, "deny: key-policy: no-delegation"},
		{"aws_kms_replica_key.west", "aws_iam_role.generated", evaluate.RequestConfig{Action: action.Sign}, "allow: iam-policy: "},
		{"aws_kms_key.encoded", "aws_iam_role.app", bare, `error: "arn:aws:kms:us-east-1:111122223333:key/aws_kms_key.encoded" is not wholly known:`},
		{"aws_kms_key.old", "aws_iam_role.app", bare, `error: key "aws_kms_key.old" is not in the inventory`},
		{"aws_kms_key.order", "aws_iam_role.app", bare, `error: key "aws_kms_key.order" is not in the inventory (did you mean "aws_kms_key.orders"?)`},
	} {
		if got := decide(&inv, c.key, c.caller, c.request); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %v: got %s, want %s", c.key, c.caller, c.request.Action, got, c.want)
		}
	}
}

func TestTerraformState(t *testing.T) {
	var inv inventory.Inventory
	report := mustAdd(t, &inv, "terraform/state.json", addTerraform, inventory.Options{})
	checkDiff(t, "report", inventory.Report{Resolved: 10, Ignored: 1}, report)
	golden.Text(t, "testdata/terraform/state.txt", rendered(&inv))
	for _, c := range []struct {
		key, caller string
		action      action.Action
		want        string
	}{
		{`module.kms[0].aws_kms_key.this["orders"]`, "module.kms[0].module.roles.aws_iam_role.app", action.Decrypt, "allow: iam-policy: "},
		{"module.kms[0].aws_kms_alias.this", "AIDAEXAMPLEADA", action.DescribeKey, "allow: iam-policy: "},
		{"module.kms[0].aws_kms_external_key.imported", "arn:aws:iam::111122223333:root", action.Encrypt, "deny: key-policy: no-delegation"},
	} {
		if got := decide(&inv, c.key, c.caller, evaluate.RequestConfig{Action: c.action}); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %v: got %s, want %s", c.key, c.caller, c.action, got, c.want)
		}
	}
}

// TestPlanWithoutDelegation is a plan whose key policy lacks the statement that delegates to the
// account.
func TestPlanWithoutDelegation(t *testing.T) {
	var inv inventory.Inventory
	mustAdd(t, &inv, "terraform/small.json", addTerraform, inventory.Options{Account: account, Region: region})
	d, err := inv.Decide(evaluate.DefaultRules(), "aws_kms_key.orders", "aws_iam_role.app", evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		t.Fatal(err)
	}
	const want = "deny: key-policy: no-delegation: no statement names role/app or account 111122223333"
	if got := d.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPlanWithoutPlace: without account and Region nothing that is yet to be created has an ARN,
// and asking says so.
func TestPlanWithoutPlace(t *testing.T) {
	for _, c := range []struct {
		opts inventory.Options
		want string
	}{
		{inventory.Options{}, "arn: the account is known only after apply: it is for Options.Account to give"},
		{inventory.Options{Account: account}, "arn: the Region is known only after apply: it is for Options.Region to give"},
	} {
		var inv inventory.Inventory
		if _, err := addTerraform(&inv, string(testdata(t, "terraform/small.json")), c.opts); err != nil {
			t.Fatal(err)
		}
		_, err := inv.Key("aws_kms_key.orders")
		var unknown *inventory.UnknownError
		if !errors.As(err, &unknown) || len(unknown.Unknown) != 1 || unknown.Unknown[0].Text != c.want {
			t.Errorf("%+v: got %v", c.opts, err)
		}
	}
}

// A resourceChange is a resource of a plan, in a short notation.
type resourceChange struct {
	address, after, unknown, expressions string
}

// planOf returns a plan of resources, whose configuration is in the module that their addresses
// name. extra are further members of the plan.
func planOf(extra string, changes ...resourceChange) string {
	var resources, configs []string
	for _, c := range changes {
		last := c.address[strings.LastIndex(c.address, "aws_"):]
		mode, actions := "managed", `["create"]`
		if strings.Contains(c.address, "data.aws_") {
			mode, actions = "data", `["read"]`
		}
		kind, name, _ := strings.Cut(last, ".")
		name, _, _ = strings.Cut(name, "[")
		resources = append(resources, fmt.Sprintf(`{"address": %q, "mode": %q, "type": %q, "name": %q, "change": {"actions": %s, "after": {%s}, "after_unknown": {%s}}}`,
			c.address, mode, kind, name, actions, c.after, c.unknown))
		if !strings.HasPrefix(c.address, "module.") {
			configs = append(configs, fmt.Sprintf(`{"mode": %q, "type": %q, "name": %q, "provider_config_key": "aws", "expressions": {%s}}`, mode, kind, name, c.expressions))
		}
	}
	return fmt.Sprintf(`{"format_version": "1.2", "resource_changes": [%s], "configuration": {"provider_config": {"aws": {"expressions": {"region": {"constant_value": "us-east-1"}}}},
		"root_module": {"resources": [%s]}}%s}`, strings.Join(resources, ",\n"), strings.Join(configs, ",\n"), extra)
}

// TestReferences has a document of one statement, whose resources are unknown, for each way in
// which the configuration may tell them.
func TestReferences(t *testing.T) {
	const fixed = "arn:aws:kms:us-east-1:111122223333:key/fixed"
	key := resourceChange{"aws_kms_key.k", ``, `"arn": true, "policy": true`, ``}
	other := resourceChange{"aws_kms_key.other", ``, `"arn": true, "policy": true`, ``}
	const k, o = "arn:aws:kms:us-east-1:111122223333:key/aws_kms_key.k", "arn:aws:kms:us-east-1:111122223333:key/aws_kms_key.other"
	for _, c := range []struct {
		name, known, unknown, references string
		want                             []string
		err                              string
	}{
		{"one", `null`, `true`, `"aws_kms_key.k.arn", "aws_kms_key.k"`, []string{k}, ""},
		{"two", `null, null`, `true, true`, `"aws_kms_key.k.arn", "aws_kms_key.k", "aws_kms_key.other.arn", "aws_kms_key.other"`, []string{k, o}, ""},
		{"a set leaves out what is unknown", ``, `true`, `"aws_kms_key.k.arn", "aws_kms_key.k"`, []string{k}, ""},
		{"beside a constant", `null, "` + fixed + `"`, `true, false`, `"aws_kms_key.k.arn", "aws_kms_key.k"`, []string{fixed, k}, ""},
		{"a bare reference, as old versions have it", `null`, `true`, `"aws_kms_key.k"`, []string{k}, ""},
		{"a known value that stands elsewhere", `null, "` + fixed + `"`, `true, false`, `"aws_kms_key.k.arn", "aws_kms_key.k", "var.id"`, []string{fixed, k}, ""},
		{"a known value that stands nowhere", `null`, `true`, `"aws_kms_key.k.arn", "aws_kms_key.k", "var.id"`, nil, "what it makes of aws_kms_key.k.arn and var.id is known only after apply"},
		{"fewer than are unknown", `null, null`, `true, true`, `"aws_kms_key.k.arn", "aws_kms_key.k"`, nil, "what it makes of aws_kms_key.k.arn is known only after apply"},
		{"more than are unknown", `null`, `true`, `"aws_kms_key.k.arn", "aws_kms_key.k", "aws_kms_key.other.arn"`, nil, "what it makes of aws_kms_key.k.arn and aws_kms_key.other.arn is known only after apply"},
		{"a local value", `null`, `true`, `"local.arn"`, nil, "it refers to local.arn, which the plan does not have"},
		{"another attribute", `null`, `true`, `"aws_kms_key.k.key_id", "aws_kms_key.k"`, nil, "what it makes of aws_kms_key.k.key_id is known only after apply"},
		{"a part of an attribute", `null`, `true`, `"aws_kms_key.k.arn[0]", "aws_kms_key.k.arn", "aws_kms_key.k"`, nil, "it refers to aws_kms_key.k.arn[0], a part of a value"},
		{"a resource that is not there", `null`, `true`, `"aws_kms_key.none.arn", "aws_kms_key.none"`, nil, "it refers to aws_kms_key.none.arn, which is not resolved"},
		{"a resource of another service", `null`, `true`, `"aws_s3_bucket.b.arn", "aws_s3_bucket.b"`, nil, "it refers to aws_s3_bucket.b.arn, which is not resolved"},
		{"a variable that is not there", `null`, `true`, `"var.none"`, nil, "it refers to var.none, which the plan does not have as text"},
		{"a part of a variable", `null`, `true`, `"var.id.x", "var.id"`, nil, "it refers to var.id.x, a part of a value"},
		{"a module that is not there", `null`, `true`, `"module.none.arn", "module.none"`, nil, "it refers to module.none.arn, and the plan does not have the module"},
		{"each.key alone", `null`, `true`, `"each.key"`, nil, "it refers to each.key alone"},
		{"nothing", `null`, `true`, ``, nil, "the configuration does not say what it refers to"},
		{"half a reference", `null`, `true`, `"aws_kms_key"`, nil, "it refers to aws_kms_key"},
	} {
		document := resourceChange{
			"data.aws_iam_policy_document.d",
			`"statement": [{"actions": ["kms:Decrypt"], "resources": [` + c.known + `]}]`,
			`"json": true, "statement": [{"resources": [` + c.unknown + `]}]`,
			`"statement": [{"resources": {"references": [` + c.references + `]}}]`,
		}
		policy := resourceChange{"aws_iam_policy.p", `"name": "p"`, `"arn": true, "policy": true`,
			`"policy": {"references": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]}`}
		role := resourceChange{"aws_iam_role.r", `"name": "r"`, `"arn": true`, ``}
		attachment := resourceChange{"aws_iam_role_policy_attachment.a", `"role": "r"`, `"policy_arn": true`, `"policy_arn": {"references": ["aws_iam_policy.p.arn", "aws_iam_policy.p"]}`}
		var inv inventory.Inventory
		report, err := addTerraform(&inv, planOf(`, "variables": {"id": {"value": "key/fixed"}}`, key, other, document, policy, role, attachment), inventory.Options{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		caller := mustCaller(t, &inv, "aws_iam_role.r")
		if c.err == "" {
			if len(report.Problems) > 0 || len(caller.Config().IAMPolicies) != 1 {
				t.Errorf("%s: %v", c.name, report.Problems)
				continue
			}
			var got []string
			for resource := range caller.Config().IAMPolicies[0].Statement(0).Resources() {
				got = append(got, resource)
			}
			checkDiff(t, c.name, c.want, got)
			continue
		}
		want := "policy: data.aws_iam_policy_document.d: statement[0].resources: " + c.err
		if len(report.Problems) != 1 || report.Problems[0].Text != want {
			t.Errorf("%s: got %v, want %s", c.name, report.Problems, want)
		}
		if _, err := caller.Compile(); err == nil {
			t.Errorf("%s: the role can be decided about", c.name)
		}
	}
}

// TestPolicyDocument has data sources with all that they may have, most of it known.
func TestPolicyDocument(t *testing.T) {
	const role = `"arn:aws:iam::111122223333:role/r"`
	r := resourceChange{"aws_iam_role.r", `"name": "r"`, `"arn": true`, ``}
	references := func(names ...string) string {
		text, err := json.Marshal(map[string][]string{"references": names})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	toRole := references("aws_iam_role.r.arn", "aws_iam_role.r")
	for _, c := range []struct {
		name, after, unknown, expressions string
		want                              string // of the statements, or what is unknown
	}{
		{"everything", `"version": "2008-10-17", "policy_id": "id", "statement": [{"sid": "s", "effect": "Deny", "not_actions": ["kms:Decrypt"], "not_resources": ["*"],
			"not_principals": [{"type": "AWS", "identifiers": ["*"]}], "condition": [{"test": "Bool", "variable": "a", "values": ["true"]}, {"test": "StringLike", "variable": "b", "values": ["&{c}"]}, {"test": "Bool", "variable": "a", "values": ["false"]}]}]`, ``, ``,
			`{"Sid": "s", "Effect": "Deny", "NotPrincipal": {"AWS": ["*"]}, "NotAction": ["kms:Decrypt"], "NotResource": ["*"], "Condition": {"Bool": {"a": ["true","false"]}, "StringLike": {"b": ["${c}"]}}}`},
		{"anyone", `"statement": [{"principals": [{"type": "*", "identifiers": ["*"]}]}]`, ``, ``, `{"Effect": "Allow", "Principal": "*"}`},
		{"kinds of principals", `"statement": [{"principals": [{"type": "AWS", "identifiers": ["1"]}, {"type": "Service", "identifiers": ["2"]}, {"type": "AWS", "identifiers": ["3"]}]}]`, ``, ``,
			`{"Effect": "Allow", "Principal": {"AWS": ["1","3"], "Service": ["2"]}}`},
		{"sets in another order", `"statement": [{"principals": [{"type": "AWS", "identifiers": [null]}, {"type": "Service", "identifiers": ["x.amazonaws.com"]}]}]`,
			`"statement": [{"principals": [{"identifiers": [true]}, {"identifiers": [false]}]}]`,
			`"statement": [{"principals": [{"type": {"constant_value": "Service"}, "identifiers": {"constant_value": ["x.amazonaws.com"]}}, {"type": {"constant_value": "AWS"}, "identifiers": ` + toRole + `}]}]`,
			`{"Effect": "Allow", "Principal": {"AWS": [` + role + `], "Service": ["x.amazonaws.com"]}}`},
		{"sets that cannot be told apart", `"statement": [{"principals": [{"type": "AWS", "identifiers": [null]}, {"type": "AWS", "identifiers": ["x"]}]}]`,
			`"statement": [{"principals": [{"identifiers": [true]}, {"identifiers": [false]}]}]`,
			`"statement": [{"principals": [{"type": {"constant_value": "AWS"}}, {"type": {"constant_value": "AWS"}, "identifiers": ` + toRole + `}]}]`,
			`error: statement[0].principals[0].identifiers: the configuration does not say what it refers to`},
		{"dynamic blocks", `"statement": [{"principals": [{"type": "AWS", "identifiers": [null]}]}]`, `"statement": [{"principals": [{"identifiers": [true]}]}]`, `"statement": []`,
			`error: statement[0].principals[0].identifiers: the configuration does not say what it refers to`},
		{"unknown statements", ``, `"statement": true`, ``, `error: statement: it is known only after apply`},
		{"unknown conditions", `"statement": [{"actions": ["kms:*"]}]`, `"statement": [{"condition": true}]`, ``, `error: statement[0].condition: it is known only after apply`},
		{"an unknown effect", `"statement": [{"sid": "x"}]`, `"statement": [{"effect": true}]`, `"statement": [{"effect": {"references": ["local.x"]}}]`, `error: statement[0].effect: it is known only after apply`},
		{"a condition", `"statement": [{"condition": [{"test": "ArnEquals", "variable": "aws:PrincipalArn", "values": [null]}, {"test": "ArnEquals", "variable": "aws:SourceArn", "values": ["x"]}]}]`,
			`"statement": [{"condition": [{"values": [true]}, {"values": [false]}]}]`,
			`"statement": [{"condition": [{"test": {"constant_value": "ArnEquals"}, "variable": {"constant_value": "aws:SourceArn"}, "values": {}}, {"test": {"constant_value": "ArnEquals"}, "variable": {"constant_value": "aws:PrincipalArn"}, "values": ` + toRole + `}]}]`,
			`{"Effect": "Allow", "Condition": {"ArnEquals": {"aws:PrincipalArn": [` + role + `], "aws:SourceArn": ["x"]}}}`},
		{"another service", `"statement": [{"actions": ["s3:*"], "resources": [null]}]`, `"statement": [{"resources": [true]}]`, `"statement": [{"resources": {"references": ["local.x", "aws_s3_bucket.b.arn"]}}]`,
			`{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["${local.x} ${aws_s3_bucket.b.arn}"]}`},
		{"unknown actions may be KMS's", `"statement": [{"actions": ["s3:*", null], "resources": [null]}]`, `"statement": [{"actions": [false, true], "resources": [true]}]`, `"statement": [{"resources": {"references": ["local.x"]}, "actions": {"references": ["local.y"]}}]`,
			`error: statement[0].actions: it refers to local.y, which the plan does not have; statement[0].resources: it refers to local.x, which the plan does not have`},
		{"sources and overrides", `"source_policy_documents": ["{\"Version\":\"2012-10-17\",\"Id\":\"a\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\"},{\"Sid\":\"b\",\"Effect\":\"Allow\"}]}"],
			"override_policy_documents": ["{\"Statement\":{\"Sid\":\"a\",\"Effect\":\"Deny\"}}", "{\"Statement\":{\"Effect\":\"Deny\"}}"], "statement": [{"sid": "b", "effect": "Deny"}, {"sid": "c"}]`, ``, ``,
			`{"Sid":"a","Effect":"Deny"} {"Sid": "b", "Effect": "Deny"} {"Sid": "c", "Effect": "Allow"} {"Effect":"Deny"}`},
		{"an unknown source", `"source_policy_documents": [null]`, `"source_policy_documents": [true]`, `"source_policy_documents": ` + references("data.aws_iam_policy_document.other.json"),
			`{"Sid": "other", "Effect": "Allow", "Principal": {"AWS": [` + role + `]}}`},
		{"an unknown source of another kind", `"source_policy_documents": [null]`, `"source_policy_documents": [true]`, `"source_policy_documents": ` + references("local.x"),
			`error: source_policy_documents: it refers to local.x, which the plan does not have`},
		{"unknown sources", ``, `"source_policy_documents": true`, `"source_policy_documents": ` + references("data.aws_iam_policy_document.other.json", "data.aws_iam_policy_document.other.json.x"),
			`error: source_policy_documents: it refers to data.aws_iam_policy_document.other.json.x, a part of a value`},
		{"a source that is no JSON", `"source_json": "{"`, ``, ``, `error: source_json: it is not JSON`},
		{"itself", `"override_json": null`, `"override_json": true`, `"override_json": ` + references("data.aws_iam_policy_document.d.json"),
			`error: override_json: data.aws_iam_policy_document.d refers to itself`},
	} {
		other := resourceChange{"data.aws_iam_policy_document.other", `"statement": [{"sid": "other", "principals": [{"type": "AWS", "identifiers": [null]}]}]`,
			`"json": true, "statement": [{"principals": [{"identifiers": [true]}]}]`, `"statement": [{"principals": [{"type": {"constant_value": "AWS"}, "identifiers": ` + toRole + `}]}]`}
		unknown := `"json": true`
		if c.unknown != "" {
			unknown += ", " + c.unknown
		}
		document := resourceChange{"data.aws_iam_policy_document.d", c.after, unknown, c.expressions}
		key := resourceChange{"aws_kms_key.k", ``, `"arn": true, "policy": true`, `"policy": ` + references("data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d")}
		var inv inventory.Inventory
		report, err := addTerraform(&inv, planOf("", r, other, document, key), inventory.Options{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		if want, isOpen := strings.CutPrefix(c.want, "error: "); isOpen {
			want = "policy: data.aws_iam_policy_document.d: " + want
			if len(report.Problems) != 1 || report.Problems[0].Text != want {
				t.Errorf("%s: got %v, want %s", c.name, report.Problems, want)
			}
			continue
		}
		var got []string
		if p := mustKey(t, &inv, "aws_kms_key.k").Config().Policy; p != nil {
			for _, s := range p.Statements() {
				text, err := s.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(text))
			}
		}
		if text := strings.Join(got, " "); len(report.Problems) > 0 || text != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, text, report.Problems, c.want)
		}
	}
}

func TestTerraformFaults(t *testing.T) {
	one := func(address, after, unknown, expressions string) string {
		return planOf("", resourceChange{address, after, unknown, expressions})
	}
	const head = `{"format_version": "1.2", `
	for _, c := range []struct{ doc, want string }{
		{``, `error: f:1:1: found the end of the document, expected an object; a plan is read as "terraform show -json plan.out" prints it`},
		{`[]`, `error: f:1:1: found a list, expected an object; a plan is read as "terraform show -json plan.out" prints it`},
		{`{} {}`, `error: f:1:4: found '{', expected the end of the document`},
		{`{"version": 4, "resources": []}`, `f:1:1: field "format_version" is missing: expected what "terraform show -json" prints [missing-member]`},
		{`{"format_version": "2.0"}`, `error: f:1:2: format_version: found "2.0", expected a format of version 0 or 1`},
		{`{"format_version": 1}`, `error: f:1:2: format_version: found 1, expected a format of version 0 or 1`},
		{head + `"resource_changes": {}}`, `error: f:1:47: found an object, expected a list`},
		{head + `"errored": true}`, `f:1:27: making the plan ended in an error, so that a part of it may be missing [incomplete]`},
		{head + `"planned_values": {}, "configuration": {"root_module": {"resources": [{"type": "aws_kms_key", "name": "k"}]}}}`,
			`f:1:1: the plan has planned_values without resource_changes, which are what is read [incomplete]`},
		{head + `"planned_values": {}, "configuration": {"root_module": {}}}`, ``},
		{head + `"deferred_changes": [{"reason": "x", "resource_change": {"address": "aws_kms_key.k", "type": "aws_kms_key"}}]}`,
			`f:1:48: aws_kms_key.k: the plan defers it to a later one [unknown-value]`},
		{head + `"resource_changes": [{}]}`, ``},
		{head + `"resource_changes": [{"address": "aws_iam_service_linked_role.x", "type": "aws_iam_service_linked_role"}, {"address": "aws_kms_key.x", "type": "aws_kms_key"}]}`,
			`f:1:48: aws_iam_service_linked_role.x: resources of type aws_iam_service_linked_role are not read [unsupported]
f:1:133: aws_kms_key.x: field "change" is missing [missing-member]
f:1:133: aws_kms_key.x: arn: the Region is known only after apply: it is for Options.Region to give [unknown-value]`},
		{head + `"resource_changes": [{"address": "a", "type": "aws_iam_role", "change": {"after": {"arn": "x"}}}, {"address": "a", "type": "aws_iam_role", "change": {"after": {"arn": "arn:aws:iam::111122223333:user/u"}}}]}`,
			`f:1:117: a.change.after.arn: arn: "x" is not an ARN: expected arn:partition:service:region:account:resource [unknown-value]
f:1:125: a: "a" is given twice [duplicate-member]
f:1:194: a.change.after.arn: found "arn:aws:iam::111122223333:user/u", expected the ARN of a role [bad-value]`},
		{one("aws_kms_key.k", `"arn": "arn:aws:iam::111122223333:user/u", "policy": 1, "is_enabled": "x", "customer_master_key_spec": "RSA", "tags": 1`, ``, ``),
			`aws_kms_key.k.change.after.arn: found "arn:aws:iam::111122223333:user/u", expected the ARN of a key [bad-value]
aws_kms_key.k.change.after.policy: policy: aws_kms_key.k.policy is no text [unknown-value]
aws_kms_key.k.change.after.is_enabled: found a string, expected true or false [wrong-type]
aws_kms_key.k.change.after.customer_master_key_spec: unknown key spec "RSA" [bad-value]`},
		{one("aws_kms_key.k", `"policy": "{\"Statement\": 1}"`, `"arn": true, "multi_region": true, "is_enabled": true, "tags": true, "key_usage": true`,
			`"multi_region": {"references": ["local.x"]}, "is_enabled": {}, "tags": {}, "key_usage": {"references": ["local.y"]}`),
			`aws_kms_key.k.change.after.policy.Statement: found a number, expected a statement or a list of statements (line 1, column 15 of the document) [wrong-type]
aws_kms_key.k.change.after_unknown.arn: arn: whether aws_kms_key.k is a multi-Region key is known only after apply [unknown-value]
aws_kms_key.k.change.after_unknown.multi_region: multi_region: it is known only after apply [unknown-value]
aws_kms_key.k.change.after_unknown.is_enabled: is_enabled: it is known only after apply [unknown-value]
aws_kms_key.k.change.after_unknown.key_usage: key_usage: it refers to local.y, which the plan does not have [unknown-value]`},
		{one("aws_kms_key.k", ``, `"arn": true, "tags": {"x": true}, "policy": true`, `"tags": {"references": ["local.x"]}`),
			`aws_kms_key.k.change.after_unknown.tags: tags: it is known only after apply [unknown-value]`},
		{one("aws_kms_replica_key.k", ``, `"arn": true, "policy": true`, ``), `aws_kms_replica_key.k.change.after_unknown.arn: arn: the primary key of aws_kms_replica_key.k is not given [unknown-value]`},
		{one("aws_kms_key_policy.k", ``, `"key_id": true`, `"key_id": {"references": ["local.x"]}`),
			`aws_kms_key_policy.k: attribute "policy" is missing [missing-member]
aws_kms_key_policy.k.change.after_unknown.key_id: key_id: it refers to local.x, which the plan does not have [unknown-value]`},
		{one("aws_kms_alias.a", `"target_key_id": "arn:aws:iam::111122223333:user/u"`, `"arn": true`, ``),
			`aws_kms_alias.a.change.after.target_key_id: target_key_id: found "arn:aws:iam::111122223333:user/u", expected the ARN of a key [unknown-value]
aws_kms_alias.a.change.after_unknown.arn: arn: the name of aws_kms_alias.a is known only after apply [unknown-value]`},
		{one("aws_kms_alias.a", `"target_key_id": "k"`, `"arn": true, "name": true`, `"name": {"references": ["aws_iam_role.r.name", "aws_iam_role.r"]}`),
			`aws_kms_alias.a.change.after_unknown.arn: arn: it refers to aws_iam_role.r.name, which is not resolved [unknown-value]`},
		{planOf("", resourceChange{"aws_iam_role.r", `"name": "alias/r", "arn": "arn:aws:iam::111122223333:role/r"`, ``, ``},
			resourceChange{"aws_kms_alias.a", `"target_key_id": "k"`, `"arn": true, "name": true`, `"name": {"references": ["aws_iam_role.r.name", "aws_iam_role.r"]}`}),
			`aws_kms_alias.a.change.after_unknown.arn: arn: what it makes of aws_iam_role.r.name is known only after apply [unknown-value]`},
		{one("aws_kms_alias.a", `"name": "x", "target_key_id": "k"`, `"arn": true`, ``), `aws_kms_alias.a.change.after_unknown.arn: found "arn:aws:kms:us-east-1:111122223333:x", expected the ARN of an alias [bad-value]`},
		{one("aws_kms_grant.g", `"key_id": "k", "grantee_principal": "x", "operations": ["Sing"]`, `"constraints": true, "retiring_principal": true`, `"retiring_principal": {"references": ["local.x"]}`),
			`aws_kms_grant.g.GranteePrincipal: found "x", expected the ARN of an account, user, role, session or federated user (line 1, column 52 of the document) [bad-value]
aws_kms_grant.g.Operations[0]: unknown KMS action "Sing" (did you mean "Sign"?) (line 1, column 72 of the document) [bad-value]
aws_kms_grant.g.change.after_unknown.constraints: constraints: it is known only after apply [unknown-value]
aws_kms_grant.g.change.after_unknown.retiring_principal: retiring_principal: it refers to local.x, which the plan does not have [unknown-value]`},
		{one("aws_iam_role.r", `"name": "r", "inline_policy": [{"name": "x", "policy": "{}"}], "managed_policy_arns": ["x"]`, `"arn": true, "permissions_boundary": true`, `"permissions_boundary": {"references": ["aws_iam_role.r.arn"]}`),
			`aws_iam_role.r.change.after.inline_policy[0].policy: element "Statement" is missing (line 1, column 1 of the document) [missing-member]
aws_iam_role.r.change.after.managed_policy_arns: "x" is not an ARN: expected arn:partition:service:region:account:resource [bad-value]`},
		{one("aws_iam_role.r", `"name": "a b"`, `"arn": true`, ``), `aws_iam_role.r.change.after_unknown.arn: found "arn:aws:iam::111122223333:role/a b", expected the ARN of a role [bad-value]`},
		{one("aws_iam_role.r", `"name": "r"`, `"arn": true, "inline_policy": true, "managed_policy_arns": true`, `"inline_policy": [{}], "managed_policy_arns": {"references": ["local.x"]}`),
			`aws_iam_role.r.change.after_unknown.inline_policy: inline_policy: blocks: it is known only after apply [unknown-value]
aws_iam_role.r.change.after_unknown.managed_policy_arns: managed_policy_arns: it refers to local.x, which the plan does not have [unknown-value]`},
		{one("aws_iam_role_policy_attachment.a", `"role": "r"`, `"policy_arn": true`, `"policy_arn": {"references": ["local.x"]}`),
			`aws_iam_role_policy_attachment.a.change.after_unknown.policy_arn: policy_arn: it refers to local.x, which the plan does not have [unknown-value]`},
		{one("aws_iam_role_policy_attachment.a", `"policy_arn": "x"`, ``, ``), `aws_iam_role_policy_attachment.a: attribute "role" is missing [missing-member]`},
		{one("aws_iam_policy_attachment.a", `"policy_arn": "arn:aws:iam::aws:policy/x"`, `"roles": true`, `"roles": {"references": ["local.x"]}`),
			`aws_iam_policy_attachment.a.change.after_unknown.roles: roles: it refers to local.x, which the plan does not have [unknown-value]`},
		{one("aws_iam_user_group_membership.m", `"user": "u"`, `"groups": true`, `"groups": {"references": ["local.x"]}`),
			`aws_iam_user_group_membership.m.change.after_unknown.groups: groups: it refers to local.x, which the plan does not have [unknown-value]`},
		{one("aws_vpc_endpoint.kms", `"service_name": "com.amazonaws.us-east-1.kms"`, ``, ``), `aws_vpc_endpoint.kms: resources of type aws_vpc_endpoint are not read [unsupported]`},
		{one("aws_vpc_endpoint.kms", ``, `"service_name": true`, ``), `aws_vpc_endpoint.kms: resources of type aws_vpc_endpoint are not read [unsupported]`},
		{one("aws_vpc_endpoint.s3", `"service_name": "com.amazonaws.us-east-1.s3"`, ``, ``), ``},
		{one("aws_vpc_endpoint_policy.p", `"policy": "{}"`, ``, ``), `aws_vpc_endpoint_policy.p: resources of type aws_vpc_endpoint_policy are not read [unsupported]`},
		{"PK\x03\x04", `error: f:1:1: found 'P', expected an object; a plan is read as "terraform show -json plan.out" prints it`},
		{"{\"@level\": \"info\", \"@message\": \"Terraform 1.9.8\"}\n{}", `error: f:1:1: found a message of "terraform plan -json"; a plan is read as "terraform show -json plan.out" prints it`},
		{head + `"resource_changes": [{"address": "aws_vpc_endpoint.kms", "type": "aws_vpc_endpoint", "change": {"actions": ["delete"], "after": null}}]}`, ``},
		{head + `"values": {"root_module": {"resources": [{"address": "aws_vpc_endpoint.kms", "type": "aws_vpc_endpoint", "values": {"service_name": "com.amazonaws.us-east-1.kms-fips"}},
			{"address": "aws_vpc_endpoint.s3", "type": "aws_vpc_endpoint", "values": {"service_name": "com.amazonaws.us-east-1.s3"}}]}}}`,
			`f:1:68: aws_vpc_endpoint.kms: resources of type aws_vpc_endpoint are not read [unsupported]`},
	} {
		var inv inventory.Inventory
		report, err := addTerraform(&inv, c.doc, inventory.Options{File: "f", Account: account})
		got := told(report, err)
		if !strings.HasPrefix(c.want, "f:") && !strings.HasPrefix(c.want, "error:") {
			got = withoutPlaces(got)
		}
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.doc, got, c.want)
		}
	}
}

// withoutPlaces removes the positions at the start of the lines.
func withoutPlaces(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		_, told, _ := strings.Cut(line, ": ")
		lines = append(lines, told)
	}
	return strings.Join(lines, "")
}

// TestUnknownReachesWhoeverItConcerns: a policy or group that is not known leaves open what the
// user or role may do.
func TestUnknownReachesWhoeverItConcerns(t *testing.T) {
	role := resourceChange{"aws_iam_role.r", `"name": "r"`, `"arn": true`, ``}
	user := resourceChange{"aws_iam_user.u", `"name": "u"`, `"arn": true`, ``}
	for _, c := range []struct {
		caller string
		change resourceChange
	}{
		{"aws_iam_role.r", resourceChange{"aws_iam_role_policy_attachment.a", `"role": "r"`, `"policy_arn": true`, `"policy_arn": {"references": ["local.x"]}`}},
		{"aws_iam_role.r", resourceChange{"aws_iam_role_policy.p", `"role": "r", "name": "p"`, `"policy": true`, `"policy": {"references": ["local.x"]}`}},
		{"aws_iam_user.u", resourceChange{"aws_iam_user_group_membership.m", `"user": "u"`, `"groups": true`, `"groups": {"references": ["local.x"]}`}},
		{"aws_iam_user.u", resourceChange{"aws_iam_user_group_membership.m", `"user": "u", "groups": ["none"]`, ``, ``}},
		{"aws_iam_user.u", resourceChange{"aws_iam_user_policy_attachment.m", `"user": "u", "policy_arn": "arn:aws:iam::aws:policy/None"`, ``, ``}},
	} {
		var inv inventory.Inventory
		if _, err := addTerraform(&inv, planOf("", role, user, c.change), inventory.Options{Account: account}); err != nil {
			t.Fatal(err)
		}
		_, err := mustCaller(t, &inv, c.caller).Compile()
		var unknown *inventory.UnknownError
		if !errors.As(err, &unknown) || len(unknown.Unknown) != 1 || !strings.Contains(unknown.Unknown[0].Path, c.change.address) {
			t.Errorf("%s: got %v", c.change.address, err)
		}
	}
}

// TestTargetedPlan: what a plan leaves alone is as it was.
func TestTargetedPlan(t *testing.T) {
	const prior = `, "prior_state": {"values": {"root_module": {"resources": [
		{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "values": {"arn": "` + orders + `", "policy": "{\"Statement\": []}"}},
		{"address": "aws_iam_role.r", "mode": "managed", "type": "aws_iam_role", "name": "r", "values": {"arn": "arn:aws:iam::111122223333:role/before", "name": "before"}}]}}}`
	var inv inventory.Inventory
	report, err := addTerraform(&inv, planOf(prior, resourceChange{"aws_iam_role.r", `"name": "after", "arn": "arn:aws:iam::111122223333:role/after"`, ``, ``}), inventory.Options{})
	checkDiff(t, "report", inventory.Report{Resolved: 2}, report)
	if err != nil || mustKey(t, &inv, "aws_kms_key.k").ARN() != orders || mustCaller(t, &inv, "aws_iam_role.r").ARN() != "arn:aws:iam::111122223333:role/after" {
		t.Error(err)
	}
	if _, err := inv.Caller("arn:aws:iam::111122223333:role/before"); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// TestReferencesHaveABound has modules whose variables and outputs refer to each other in circles,
// or to twice as many others.
func TestReferencesHaveABound(t *testing.T) {
	expressions := func(i int) string {
		return fmt.Sprintf(`"a": {"references": ["module.m%d.out", "module.m%[1]d", "module.m%[1]d.other"]}`, i)
	}
	var calls []string
	for i := range 60 {
		calls = append(calls, fmt.Sprintf(`"m%d": {"expressions": {%s}, "module": {"outputs": {"out": {"expression": {"references": ["var.a"]}}, "other": {"expression": {"references": ["var.a"]}}}}}`, i, expressions((i+1)%60)))
	}
	doc := `{"format_version": "1.2", "resource_changes": [{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "change": {"after": {}, "after_unknown": {"arn": true, "policy": true}}}],
		"configuration": {"root_module": {"resources": [{"mode": "managed", "type": "aws_kms_key", "name": "k", "expressions": {"policy": {"references": ["module.m0.out"]}}}], "module_calls": {` + strings.Join(calls, ",") + `}}}}`
	var inv inventory.Inventory
	report, err := addTerraform(&inv, doc, inventory.Options{Account: account, Region: region})
	if err != nil || len(report.Problems) != 1 || report.Problems[0].Code != inventory.CodeUnknown || !strings.Contains(report.Problems[0].Text, "too many references") {
		t.Errorf("got %v, %v", report.Problems, err)
	}
}

func FuzzTerraform(f *testing.F) {
	seed(f, "terraform/*.json")
	f.Add(planOf("", resourceChange{"aws_kms_key.k", ``, `"arn": true, "policy": true`, `"policy": {"references": ["data.aws_iam_policy_document.d.json"]}`},
		resourceChange{"data.aws_iam_policy_document.d", `"statement": [{"actions": ["kms:*"], "resources": [null]}]`, `"json": true, "statement": [{"resources": [true]}]`, `"statement": [{"resources": {"references": ["aws_kms_key.k.arn"]}}]`}))
	f.Fuzz(func(t *testing.T, doc string) {
		checkReading(t, doc, addTerraform, inventory.Options{Account: account, Region: region})
		checkReading(t, doc, addTerraform, inventory.Options{})
	})
}

// TestPlanIsFixed: the key policy of a plan has room for what mends it.
func TestPlanIsFixed(t *testing.T) {
	var inv inventory.Inventory
	mustAdd(t, &inv, "terraform/small.json", addTerraform, inventory.Options{Account: account, Region: region})
	d, err := inv.Decide(evaluate.DefaultRules(), "aws_kms_key.orders", "aws_iam_role.app", evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil || d.Allowed() {
		t.Fatal(d, err)
	}
	fixes, why := d.Fixes()
	if len(fixes) == 0 || why != "" || !strings.HasPrefix(fixes[0].Text(), `in the key policy, add a statement "AllowDecrypt"`) {
		t.Errorf("got %v, %q", fixes, why)
	}
}

// TestUnknownOnce: what several parts of a key leave open is listed once.
func TestUnknownOnce(t *testing.T) {
	var inv inventory.Inventory
	open := func(expressions string) resourceChange {
		return resourceChange{"aws_kms_key.k", ``, `"arn": true, "policy": true`, expressions}
	}
	doc := planOf("", open(`"policy": {"references": ["local.p"]}`),
		resourceChange{"aws_kms_key_policy.p", `"policy": "{\"Statement\": []}"`, `"key_id": true`, `"key_id": {"references": ["local.x"]}`},
		resourceChange{"aws_kms_grant.g", `"operations": ["Decrypt"], "grantee_principal": "arn:aws:iam::111122223333:role/r"`, `"key_id": true`, `"key_id": {"references": ["local.x"]}`})
	if _, err := addTerraform(&inv, doc, inventory.Options{Account: account}); err != nil {
		t.Fatal(err)
	}
	_, err := mustKey(t, &inv, "aws_kms_key.k").Complete()
	var unknown *inventory.UnknownError
	if !errors.As(err, &unknown) || len(unknown.Unknown) < 2 {
		t.Fatalf("got %v", err)
	}
	seen := make(map[string]bool)
	for _, e := range unknown.Unknown {
		if seen[e.Error()] {
			t.Errorf("twice: %v", e)
		}
		seen[e.Error()] = true
	}
}
