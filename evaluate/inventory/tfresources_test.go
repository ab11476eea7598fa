package inventory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
)

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
