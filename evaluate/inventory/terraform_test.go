package inventory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
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
	checkGolden(t, "terraform/plan.txt", rendered(&inv))
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
	checkGolden(t, "terraform/state.txt", rendered(&inv))
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
		{``, `error: f:1:1: found the end of the document, expected an object`},
		{`[]`, `error: f:1:1: found a list, expected an object`},
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
aws_kms_grant.g.Operations[0]: unknown KMS action "kms:Sing" (did you mean "kms:Sign"?) (line 1, column 72 of the document) [bad-value]
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

// TestUnknownReachesWhomeverItMayConcern: where a plan does not tell whose policy or grant something
// is, it may be that of anything that is yet to be created, and of nothing that is there.
func TestUnknownReachesWhomeverItMayConcern(t *testing.T) {
	const there = `"arn": "arn:aws:kms:us-east-1:111122223333:key/there", "key_id": "there", "policy": "{\"Statement\": []}"`
	toLocal := func(attribute string) string { return fmt.Sprintf(`%q: {"references": ["local.x"]}`, attribute) }
	isOpen := func(attribute string) string { return fmt.Sprintf(`%q: true`, attribute) }
	for _, c := range []struct {
		concerned string
		change    resourceChange
	}{
		{"aws_kms_key.new", resourceChange{"aws_kms_key_policy.p", `"policy": "{\"Statement\": []}"`, isOpen("key_id"), toLocal("key_id")}},
		{"aws_kms_key.new", resourceChange{"aws_kms_grant.g", `"grantee_principal": "arn:aws:iam::111122223333:role/r", "operations": ["Decrypt"]`, isOpen("key_id"), toLocal("key_id")}},
		{"aws_iam_role.new", resourceChange{"aws_iam_role_policy.p", `"name": "p", "policy": "{\"Statement\": []}"`, isOpen("role"), toLocal("role")}},
		{"aws_iam_role.new", resourceChange{"aws_iam_role_policy_attachment.a", `"policy_arn": "arn:aws:iam::aws:policy/x"`, isOpen("role"), toLocal("role")}},
		{"aws_iam_role.new", resourceChange{"aws_iam_role_policy_attachments_exclusive.a", `"policy_arns": ["arn:aws:iam::aws:policy/x"]`, isOpen("role_name"), toLocal("role_name")}},
		{"aws_iam_role.new", resourceChange{"aws_iam_policy_attachment.a", `"policy_arn": "arn:aws:iam::aws:policy/x"`, isOpen("roles"), toLocal("roles")}},
		{"aws_iam_user.new", resourceChange{"aws_iam_user_policy.p", `"name": "p", "policy": "{\"Statement\": []}"`, isOpen("user"), toLocal("user")}},
		{"aws_iam_user.new", resourceChange{"aws_iam_user_group_membership.m", `"groups": ["g"]`, isOpen("user"), toLocal("user")}},
		{"aws_iam_user.new", resourceChange{"aws_iam_group_membership.m", `"group": "g"`, isOpen("users"), toLocal("users")}},
		{"aws_iam_user.new", resourceChange{"aws_iam_group_membership.m", `"users": ["u"]`, isOpen("group"), toLocal("group")}},
		{"", resourceChange{"aws_kms_alias.a", `"name": "alias/a"`, isOpen("target_key_id"), toLocal("target_key_id")}},
	} {
		changes := []resourceChange{
			{"aws_kms_key.new", ``, `"arn": true, "policy": true`, ``}, {"aws_kms_key.there", there, ``, ``},
			{"aws_iam_role.new", `"name": "r"`, `"arn": true`, ``}, {"aws_iam_role.there", `"name": "r2", "arn": "arn:aws:iam::111122223333:role/r2"`, ``, ``},
			{"aws_iam_user.new", `"name": "u"`, `"arn": true`, ``}, {"aws_iam_user.there", `"name": "u2", "arn": "arn:aws:iam::111122223333:user/u2"`, ``, ``},
			c.change,
		}
		var inv inventory.Inventory
		report, err := addTerraform(&inv, planOf("", changes...), inventory.Options{Account: account})
		if err != nil || report.Unresolved != 1 {
			t.Fatal(c.change.address, report, err)
		}
		for _, change := range changes[:6] {
			var unknown policy.Errors
			if strings.HasPrefix(change.address, "aws_kms_key") {
				unknown = mustKey(t, &inv, change.address).Unknown()
			} else {
				unknown = mustCaller(t, &inv, change.address).Unknown()
			}
			isConcerned := len(unknown) > 0 && strings.HasPrefix(unknown[0].Path, c.change.address)
			if isConcerned != (change.address == c.concerned) || len(unknown) > 1 {
				t.Errorf("%s: of %s is unknown: %v", c.change.address, change.address, unknown)
			}
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

// TestRolePoliciesThatChange: what a role tells of its policies is from before the plan, and does
// not count where resources of the plan tell of them.
func TestRolePoliciesThatChange(t *testing.T) {
	document := func(sid string) string { return `"{\"Statement\": {\"Sid\": \"` + sid + `\", \"Effect\": \"Allow\"}}"` }
	change := func(address, actions, before, after string) string {
		kind, name, _ := strings.Cut(address[strings.LastIndex(address, "aws_"):], ".")
		return fmt.Sprintf(`{"address": %q, "mode": "managed", "type": %q, "name": %q, "change": {"actions": [%s], "before": %s, "after": %s, "after_unknown": {}}}`,
			address, kind, name, actions, before, after)
	}
	arn := func(name string) string { return "arn:aws:iam::111122223333:policy/" + name }
	attached := func(name string) string { return `{"role": "app", "policy_arn": "` + arn(name) + `"}` }
	role := `{"name": "app", "arn": "arn:aws:iam::111122223333:role/app", "managed_policy_arns": ["` + strings.Join([]string{arn("kept"), arn("removed"), arn("replaced"), arn("listed")}, `", "`) + `"],
		"inline_policy": [{"name": "kept", "policy": ` + document("kept") + `}, {"name": "removed", "policy": ` + document("removed") + `}, {"name": "changed", "policy": ` + document("before") + `}]}`
	doc := `{"format_version": "1.2", "resource_changes": [` + strings.Join([]string{
		change("aws_iam_policy_attachment.l", `"update"`, `{"roles": ["app", "other"], "policy_arn": "`+arn("listed")+`"}`, `{"roles": ["other"], "policy_arn": "`+arn("listed")+`"}`),
		change("aws_iam_role_policy.changed", `"update"`, `{"role": "app", "name": "changed", "policy": `+document("before")+`}`, `{"role": "app", "name": "changed", "policy": `+document("after")+`}`),
		change("aws_iam_role_policy.removed", `"delete"`, `{"role": "app", "name": "removed"}`, `null`),
		change("aws_iam_role_policy_attachment.removed", `"delete"`, attached("removed"), `null`),
		change("aws_iam_role_policy_attachment.replaced", `"delete", "create"`, attached("replaced"), attached("new")),
		change("module.z.aws_iam_role.app", `"no-op"`, role, role),
	}, ",\n") + `]%s}`
	const configured = `, "configuration": {"root_module": {"module_calls": {"z": {"module": {"resources": [
		{"mode": "managed", "type": "aws_iam_role", "name": "app", "expressions": {"managed_policy_arns": {}, "inline_policy": [{}, {}, {}]}}]}}}}}`
	for _, c := range []struct{ config, want string }{
		{"", "changed:after kept:kept new:new kept:kept"},
		{configured, "changed:after kept:kept removed:removed new:new kept:kept removed:removed replaced:replaced listed:listed"},
	} {
		var inv inventory.Inventory
		for _, name := range []string{"kept", "removed", "replaced", "listed", "new"} {
			if _, err := addManaged(arn(name))(&inv, `{"Statement": {"Sid": "`+name+`", "Effect": "Allow"}}`, inventory.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if report, err := addTerraform(&inv, fmt.Sprintf(doc, c.config), inventory.Options{Account: account}); told(report, err) != "" {
			t.Fatal(told(report, err))
		}
		var got []string
		for _, p := range mustCaller(t, &inv, "module.z.aws_iam_role.app").Config().IAMPolicies {
			got = append(got, p.Name()[strings.LastIndexByte(p.Name(), '/')+1:]+":"+p.Statement(0).Sid())
		}
		slices.Sort(got)
		want := strings.Fields(c.want)
		slices.Sort(want)
		checkDiff(t, "policies", want, got)
	}
}

// TestKeyPolicyThatGoes: a key whose policy is a resource that the plan deletes has another policy
// then, unless the configuration has one.
func TestKeyPolicyThatGoes(t *testing.T) {
	const doc = `{"format_version": "1.2", "resource_changes": [
		{"address": "aws_kms_key.k", "type": "aws_kms_key", "name": "k", "change": {"actions": ["no-op"], "after": {"key_id": "k-1", "arn": "arn:aws:kms:us-east-1:111122223333:key/k-1", "policy": "{\"Statement\": []}"}}},
		{"address": "aws_kms_key_policy.p", "type": "aws_kms_key_policy", "name": "p", "change": {"actions": [%s], "before": {"key_id": "%s", "policy": "{\"Statement\": []}"}, "after": %s}}],
		"configuration": {"root_module": {"resources": [{"mode": "managed", "type": "aws_kms_key", "name": "k", "expressions": {%s}}]}}}`
	const gone = `aws_kms_key.k.change.after.policy: policy: the plan deletes aws_kms_key_policy.p, and does not tell the policy that the key has then`
	const id, update = "k-1", `{"key_id": "k-1", "policy": "{\"Statement\": {\"Effect\": \"Deny\"}}"}`
	for _, c := range []struct{ actions, before, after, config, want string }{
		{`"delete"`, id, `null`, ``, gone},
		{`"delete"`, "arn:aws:kms:us-east-1:111122223333:key/k-1", `null`, ``, gone},
		{`"delete"`, "k-2", `null`, ``, ""},
		{`"delete"`, id, `null`, `"policy": {}`, ""},
		{`"update"`, id, update, ``, ""},
		{`"delete", "create"`, id, update, ``, ""},
	} {
		var inv inventory.Inventory
		report, err := addTerraform(&inv, fmt.Sprintf(doc, c.actions, c.before, c.after, c.config), inventory.Options{})
		if err != nil {
			t.Fatal(err)
		}
		k := mustKey(t, &inv, "aws_kms_key.k")
		unknown := withoutPlaces(k.Unknown().Error())
		if unknown != c.want || withoutPlaces(report.Problems.Error()) != c.want || (k.Config().Policy == nil) != (c.want != "") {
			t.Errorf("%v: %s is unknown, problems %v, policy %v", c, unknown, report.Problems, k.Config().Policy)
		}
	}
}

func TestTerraformKeyState(t *testing.T) {
	const is = `"arn": "arn:aws:kms:us-east-1:111122223333:key/k", "policy": "{\"Statement\": []}"`
	for _, c := range []struct {
		kind, after string
		want        evaluate.KeyState
	}{
		{"aws_kms_key", ``, evaluate.Enabled},
		{"aws_kms_key", `, "is_enabled": true`, evaluate.Enabled},
		{"aws_kms_key", `, "is_enabled": false`, evaluate.Disabled},
		{"aws_kms_replica_key", `, "enabled": false, "primary_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/k"`, evaluate.Disabled},
		{"aws_kms_external_key", ``, evaluate.PendingImport},
		{"aws_kms_external_key", `, "key_material_base64": "x"`, evaluate.Enabled},
		{"aws_kms_external_key", `, "key_material_base64": "x", "enabled": false`, evaluate.Disabled},
		{"aws_kms_external_key", `, "key_state": "Enabled"`, evaluate.Enabled},
		{"aws_kms_external_key", `, "key_state": "Disabled"`, evaluate.Disabled},
		{"aws_kms_external_key", `, "key_state": "Enabled", "enabled": false`, evaluate.Disabled},
		{"aws_kms_external_key", `, "key_state": "Disabled", "enabled": true`, evaluate.Enabled},
		{"aws_kms_external_key", `, "key_state": "PendingImport", "enabled": true`, evaluate.PendingImport},
		{"aws_kms_external_key", `, "key_state": "PendingDeletion"`, evaluate.PendingDeletion},
	} {
		var inv inventory.Inventory
		report, err := addTerraform(&inv, planOf("", resourceChange{c.kind + ".k", is + c.after, ``, ``}), inventory.Options{Account: account})
		if got := mustKey(t, &inv, c.kind+".k").Config().State; got != c.want || told(report, err) != "" {
			t.Errorf("%s%s: got %v %s, want %v", c.kind, c.after, got, told(report, err), c.want)
		}
	}
}

// TestInstances follows references to resources with count or for_each: one that is not there gives
// nothing, and one without an index means the only one.
func TestInstances(t *testing.T) {
	const other, k0 = `{"address": "module.kms.aws_kms_external_key.this[0]", "mode": "managed", "type": "aws_kms_external_key", "name": "this", "change": {"actions": ["create"], "after": {}, "after_unknown": {"arn": true}}}`,
		`{"address": "module.kms.aws_kms_key.this[0]", "mode": "managed", "type": "aws_kms_key", "name": "this", "change": {"actions": ["create"], "after": {}, "after_unknown": {"arn": true}}}`
	k1 := strings.Replace(k0, "[0]", "[1]", 1)
	const alias = `{"address": "aws_kms_alias.a", "mode": "managed", "type": "aws_kms_alias", "name": "a", "change": {"actions": ["create"], "after": {"name": "alias/a"}, "after_unknown": {"arn": true, "target_key_id": true}}}`
	const both = `"aws_kms_key.this[0].arn", "aws_kms_key.this[0]", "aws_kms_key.this", "aws_kms_external_key.this[0].arn", "aws_kms_external_key.this[0]", "aws_kms_external_key.this"`
	const first, imported = "arn:aws:kms:us-east-1:111122223333:key/module.kms.aws_kms_key.this%5B0%5D", "arn:aws:kms:us-east-1:111122223333:key/module.kms.aws_kms_external_key.this%5B0%5D"
	for _, c := range []struct {
		references string
		there      []string
		want       string
	}{
		{both, []string{k0}, first},
		{both, []string{other}, imported},
		{both, []string{other, k0}, "it refers to several values"},
		{both, nil, "it refers to aws_kms_key.this[0].arn and aws_kms_external_key.this[0].arn alone"},
		{`"aws_kms_key.this"`, []string{k0}, first},
		{`"aws_kms_key.this"`, []string{k0, k1}, "it refers to aws_kms_key.this, which is not resolved"},
		{`"aws_kms_key.this[1].arn", "aws_kms_key.this[1]", "aws_kms_key.this"`, []string{k0}, "it refers to aws_kms_key.this[1].arn alone"},
		{`"aws_kms_key.none[0].arn", "aws_kms_key.none[0]", "aws_kms_key.none"`, []string{k0}, "it refers to aws_kms_key.none[0].arn, which is not resolved"},
	} {
		doc := `{"format_version": "1.2", "resource_changes": [` + strings.Join(append(c.there, alias), ", ") + `], "configuration": {"root_module": {
			"resources": [{"mode": "managed", "type": "aws_kms_alias", "name": "a", "expressions": {"target_key_id": {"references": ["module.kms.key_arn", "module.kms"]}}}],
			"module_calls": {"kms": {"module": {"outputs": {"key_arn": {"expression": {"references": [` + c.references + `]}}}, "resources": [
				{"mode": "managed", "type": "aws_kms_key", "name": "this", "expressions": {}}, {"mode": "managed", "type": "aws_kms_external_key", "name": "this", "expressions": {}}]}}}}}}`
		var inv inventory.Inventory
		report, err := addTerraform(&inv, doc, inventory.Options{Account: account, Region: region})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimPrefix(withoutPlaces(report.Problems.Error()), "aws_kms_alias.a.change.after_unknown.target_key_id: target_key_id: ")
		if got == "" {
			got = mustKey(t, &inv, "alias/a").ARN()
		}
		if got != c.want {
			t.Errorf("%s of %d: got %s, want %s", c.references, len(c.there), got, c.want)
		}
	}
}

// TestInlineBlocks has roles of which an inline_policy block is known only after apply.
func TestInlineBlocks(t *testing.T) {
	const document, fixed = `{"references": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]}`, `"{\"Statement\": {\"Sid\": \"fixed\", \"Effect\": \"Allow\"}}"`
	const prefix = "aws_iam_role.r.change.after_unknown.inline_policy: inline_policy: "
	for _, c := range []struct{ after, unknown, expressions, want, err string }{
		{`{"name": "a"}`, `[{"policy": true}]`, `[{"name": {"constant_value": "a"}, "policy": ` + document + `}]`, "a:built", ""},
		{`{"name": "a", "policy": ` + fixed + `}, {"name": "b", "policy": null}`, `[{}, {"policy": true}]`,
			`[{"name": {"constant_value": "b"}, "policy": ` + document + `}, {"name": {"constant_value": "a"}, "policy": {}}]`, "a:fixed b:built", ""},
		{`{"name": "a"}`, `[{"policy": true}]`, `[{"name": {"constant_value": "a"}, "policy": {"references": ["local.x"]}}]`, "",
			prefix + "policy: it refers to local.x, which the plan does not have"},
		{`{"name": "a"}`, `[{"policy": true}]`, `[{"name": {"constant_value": "a"}, "policy": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}]`, "",
			prefix + "policy: what it makes of aws_kms_key.k.arn is known only after apply; the JSON of a data source aws_iam_policy_document would be rebuilt"},
		{`{"policy": ` + fixed + `}`, `[{"name": true}]`, `[{"name": {"references": ["local.x"]}, "policy": {}}]`, ":fixed", prefix + "inline_policy[0].name: it is known only after apply"},
		{``, `true`, `[{"name": {"constant_value": "a"}}]`, "", prefix + "blocks: it is known only after apply"},
	} {
		var inv inventory.Inventory
		report, err := addTerraform(&inv, planOf("",
			resourceChange{"aws_kms_key.k", ``, `"arn": true, "policy": true`, ``},
			resourceChange{"data.aws_iam_policy_document.d", `"statement": [{"sid": "built", "actions": ["kms:Decrypt"], "resources": [null]}]`, `"json": true, "statement": [{"resources": [true]}]`,
				`"statement": [{"resources": {"references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}]`},
			resourceChange{"aws_iam_role.r", `"name": "r", "inline_policy": [` + c.after + `]`, `"arn": true, "inline_policy": ` + c.unknown, `"inline_policy": ` + c.expressions},
		), inventory.Options{Account: account})
		if err != nil || withoutPlaces(report.Problems.Error()) != c.err {
			t.Errorf("%v: got %v %v", c, report.Problems, err)
		}
		var got []string
		for _, p := range mustCaller(t, &inv, "aws_iam_role.r").Config().IAMPolicies {
			got = append(got, p.Name()+":"+p.Statement(0).Sid())
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%v: got %s", c, text)
		}
	}
}

// TestDefaultTags: where tags_all is known only after apply, it is the tags of the provider's
// configuration and the resource's own.
func TestDefaultTags(t *testing.T) {
	const unknown = `"arn": true, "policy": true, "tags_all": true`
	const open = "aws_kms_key.k.change.after_unknown.tags_all: tags_all: the default_tags of provider aws are known only after apply"
	for _, c := range []struct {
		after, unknown, provider string
		want                     map[string]string
		err                      string
	}{
		{`"tags": {"a": "own"}`, unknown, ``, map[string]string{"a": "own"}, ""},
		{``, unknown, ``, nil, ""},
		{`"tags": {"a": "own"}, "tags_all": {"a": "own", "b": "all"}`, `"arn": true, "policy": true`, `"default_tags": [{"tags": {"references": ["local.x"]}}]`, map[string]string{"a": "own", "b": "all"}, ""},
		{`"tags": {"a": "own"}`, unknown, `"default_tags": [{"tags": {"constant_value": {"a": "default", "b": "default"}}}]`, map[string]string{"a": "own", "b": "default"}, ""},
		{``, unknown, `"default_tags": [{"tags": {"constant_value": {"b": "default"}}}]`, map[string]string{"b": "default"}, ""},
		{``, unknown, `"default_tags": [{}]`, nil, ""},
		{`"tags": {"a": "own"}`, unknown, `"default_tags": [{"tags": {"references": ["local.x"]}}]`, map[string]string{"a": "own"}, open},
	} {
		doc := planOf("", resourceChange{"aws_kms_key.k", c.after, c.unknown, ``})
		doc = strings.Replace(doc, `"expressions": {"region"`, `"expressions": {`+strings.TrimPrefix(c.provider+`, `, `, `)+`"region"`, 1)
		var inv inventory.Inventory
		report, err := addTerraform(&inv, doc, inventory.Options{Account: account})
		if err != nil || withoutPlaces(report.Problems.Error()) != c.err {
			t.Errorf("%v: got %v %v", c, report.Problems, err)
		}
		checkDiff(t, c.provider, c.want, mustKey(t, &inv, "aws_kms_key.k").Config().Tags)
	}
}

// TestProviderOfAnotherAccount: a provider that assumes a role makes its resources in the account of
// that role.
func TestProviderOfAnotherAccount(t *testing.T) {
	for role, want := range map[string]string{
		`{"constant_value": "arn:aws:iam::444455556666:role/deploy"}`: "444455556666",
		`{"references": ["var.deploy"]}`:                              "444455556666",
		`{"references": ["local.deploy"]}`:                            account,
		`{"constant_value": "deploy"}`:                                account,
	} {
		doc := planOf(`, "variables": {"deploy": {"value": "arn:aws:iam::444455556666:role/deploy"}}`,
			resourceChange{"aws_kms_key.k", ``, `"arn": true, "policy": true`, ``},
			resourceChange{"aws_iam_role_policy.p", `"role": "not-in-the-plan", "name": "p", "policy": "{\"Statement\": []}"`, ``, ``})
		doc = strings.Replace(doc, `"expressions": {"region"`, `"expressions": {"assume_role": [{"role_arn": `+role+`}], "region"`, 1)
		var inv inventory.Inventory
		report, err := addTerraform(&inv, doc, inventory.Options{Account: account})
		if told(report, err) != "" {
			t.Fatal(told(report, err))
		}
		if got := mustKey(t, &inv, "aws_kms_key.k").ARN(); got != "arn:aws:kms:us-east-1:"+want+":key/aws_kms_key.k" {
			t.Errorf("%s: got %s", role, got)
		}
		if got := inv.Missing().Error(); !strings.HasSuffix(got, `no source has the role "not-in-the-plan" of account `+want) {
			t.Errorf("%s: missing %s", role, got)
		}
	}
}

// TestRelatedKeys: the id that related multi-Region keys share means the one in the Region of the
// resource that has the id.
func TestRelatedKeys(t *testing.T) {
	key := func(region string) string {
		return `"arn": "arn:aws:kms:` + region + `:111122223333:key/mrk-1", "key_id": "mrk-1", "policy": "{\"Statement\": []}"`
	}
	var inv inventory.Inventory
	report, err := addTerraform(&inv, planOf("",
		resourceChange{"aws_kms_key.primary", key("us-east-1"), ``, ``},
		resourceChange{"aws_kms_replica_key.replica", key("eu-west-1"), ``, ``},
		resourceChange{"aws_kms_alias.primary", `"name": "alias/primary", "target_key_id": "mrk-1", "region": "us-east-1"`, `"arn": true`, ``},
		resourceChange{"aws_kms_alias.replica", `"name": "alias/replica", "target_key_id": "mrk-1", "region": "eu-west-1"`, `"arn": true`, ``},
	), inventory.Options{Account: account})
	if told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	for ref, want := range map[string]string{
		"aws_kms_alias.primary": "arn:aws:kms:us-east-1:111122223333:key/mrk-1", "alias/replica": "arn:aws:kms:eu-west-1:111122223333:key/mrk-1",
	} {
		if got := mustKey(t, &inv, ref).ARN(); got != want {
			t.Errorf("%s: got %s, want %s", ref, got, want)
		}
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
