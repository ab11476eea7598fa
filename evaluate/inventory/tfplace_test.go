package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy"
)

// TestRegions says where a key is made: by its own Region, its provider's, or the options'.
func TestRegions(t *testing.T) {
	const doc = `{"format_version": "1.2", "variables": {"r": {"value": "eu-west-1"}}, "resource_changes": [{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k",
		"change": {"after": {%s}, "after_unknown": {"arn": true, "policy": true}}}], "configuration": {"provider_config": {"p": %s}, "root_module": {"resources": [
		{"mode": "managed", "type": "aws_kms_key", "name": "k", "provider_config_key": "p", "expressions": {}}]}}}`
	for _, c := range []struct{ after, provider, option, want string }{
		{``, `{"expressions": {"region": {"constant_value": "us-west-2"}}}`, "us-east-1", "us-west-2"},
		{`"region": "sa-east-1"`, `{"expressions": {"region": {"constant_value": "us-west-2"}}}`, "us-east-1", "sa-east-1"},
		{``, `{"expressions": {"region": {"references": ["var.r"]}}}`, "us-east-1", "eu-west-1"},
		{``, `{"expressions": {"region": {"references": ["local.r"]}}}`, "us-east-1", "us-east-1"},
		{``, `{}`, "us-east-1", "us-east-1"},
		{``, `{}`, "", "error: the Region is known only after apply: it is for Options.Region to give"},
		{``, `{"alias": "a", "expressions": {"region": {"references": ["local.r"]}}}`, "us-east-1", "error: the Region of provider p is not in the plan"},
	} {
		var inv inventory.Inventory
		report, err := addTerraform(&inv, fmt.Sprintf(doc, c.after, c.provider), inventory.Options{Account: account, Region: c.option})
		if err != nil {
			t.Fatal(err)
		}
		got := "nothing"
		if k, err := inv.Key("aws_kms_key.k"); err == nil {
			got = strings.Split(k.ARN(), ":")[3]
		} else if len(report.Problems) == 1 {
			got = "error: " + strings.TrimPrefix(report.Problems[0].Text, "arn: ")
		}
		if got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

// TestModules follows references through variables and outputs of modules with instances.
func TestModules(t *testing.T) {
	const doc = `{"format_version": "1.2", "resource_changes": [
		{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "change": {"after": {}, "after_unknown": {"arn": true, "policy": true}}},
		{"address": "aws_kms_key.each[\"a\"]", "mode": "managed", "type": "aws_kms_key", "name": "each", "index": "a", "change": {"after": {}, "after_unknown": {"arn": true, "policy": true}}},
		{"address": "module.m[\"a\"].aws_kms_alias.x", "mode": "managed", "type": "aws_kms_alias", "name": "x", "change": {"after": {"name": "alias/x"}, "after_unknown": {"arn": true, "target_key_id": true, "target_key_arn": true}}},
		{"address": "aws_kms_alias.y", "mode": "managed", "type": "aws_kms_alias", "name": "y", "change": {"after": {"name": "alias/y"}, "after_unknown": {"arn": true, "target_key_id": true}}},
		{"address": "aws_iam_role.r", "mode": "managed", "type": "aws_iam_role", "name": "r", "change": {"after": {}, "after_unknown": {"name": true, "arn": true, "path": true}}}],
		"configuration": {"root_module": {
			"resources": [{"mode": "managed", "type": "aws_kms_alias", "name": "y", "expressions": {"target_key_id": {"references": [%[2]s]}}},
				{"mode": "managed", "type": "aws_iam_role", "name": "r", "expressions": {"name": {"references": ["local.x"]}}}],
			"module_calls": {"m": {"expressions": {"key": {"references": [%[1]s]}, "text": {"constant_value": "arn:aws:kms:us-east-1:111122223333:key/constant"}},
				"module": {"resources": [{"mode": "managed", "type": "aws_kms_alias", "name": "x", "expressions": {"target_key_id": {"references": ["var.key"]}}}],
					"outputs": {"o": {"expression": {"references": ["var.text"]}}, "x": {"expression": {"references": ["aws_kms_alias.x.target_key_arn", "aws_kms_alias.x"]}}}}}}}}}`
	const prefix = "arn:aws:kms:us-east-1:111122223333:key/"
	for _, c := range []struct{ variable, target, wantX, wantY string }{
		{`"aws_kms_key.k.key_id", "aws_kms_key.k"`, `"aws_kms_key.k.arn", "aws_kms_key.k"`, "aws_kms_key.k", "aws_kms_key.k"},
		{`"aws_kms_key.k.id", "aws_kms_key.k"`, `"aws_kms_key.k"`, "aws_kms_key.k", "aws_kms_key.k"},
		{`"aws_kms_key.each", "each.key"`, `"module.m[\"a\"].o", "module.m[\"a\"]", "module.m"`, "aws_kms_key.each%5B%22a%22%5D", "constant"},
		{`"aws_kms_key.each[\"a\"].arn", "aws_kms_key.each[\"a\"]", "aws_kms_key.each"`, `"module.m[\"a\"].x.y"`, "aws_kms_key.each%5B%22a%22%5D", "it refers to module.m[\"a\"].x.y, a part of a value"},
		{`"local.x"`, `"module.m[\"a\"].none"`, "it refers to local.x, which the plan does not have", "it refers to module.m[\"a\"].none, which the module does not have"},
		{`"each.value"`, `"aws_kms_key.k.arn", "aws_kms_key.k", "aws_kms_key.each[\"a\"].arn"`, "it refers to each.value alone", "it refers to several values"},
		{`"aws_iam_role.r.name"`, `"aws_kms_key.k.description"`, "what it makes of aws_iam_role.r.name is known only after apply", "what it makes of aws_kms_key.k.description is known only after apply"},
		{`"aws_iam_role.r.arn"`, `"aws_kms_alias.none"`, "it refers to local.x, which the plan does not have", "it refers to aws_kms_alias.none, which is not resolved"},
		{`"data.aws_kms_key.none.arn"`, `"data"`, "it refers to data.aws_kms_key.none.arn, which is not resolved", "it refers to data"},
	} {
		var inv inventory.Inventory
		report, err := addTerraform(&inv, fmt.Sprintf(doc, c.variable, c.target), inventory.Options{Account: account, Region: region})
		if err != nil {
			t.Fatal(err)
		}
		for ref, want := range map[string]string{`module.m["a"].aws_kms_alias.x`: c.wantX, "aws_kms_alias.y": c.wantY} {
			got := ""
			if k, err := inv.Key(ref); err == nil {
				got = strings.TrimPrefix(k.ARN(), prefix)
			}
			for _, p := range report.Problems {
				if strings.HasPrefix(p.Path, ref) {
					got = strings.TrimPrefix(p.Text, "target_key_id: ")
				}
			}
			if got != want {
				t.Errorf("%s with %s and %s: got %s, want %s", ref, c.variable, c.target, got, want)
			}
		}
	}
}

// TestPlanElementTooLarge passes what is too large wherever it stands.
func TestPlanElementTooLarge(t *testing.T) {
	large := `{"address": "aws_kms_key.k", "type": "aws_kms_key", "x": "` + strings.Repeat("x", 500) + `"}`
	doc := `{"format_version": "1.2", "resource_changes": [` + large + `], "deferred_changes": [` + large + `],
		"prior_state": {"values": {"root_module": {"resources": [` + large + `]}}}, "configuration": {"root_module": {"resources": [` + large + `]}}}`
	var inv inventory.Inventory
	report, err := addTerraform(&inv, doc, inventory.Options{File: "f", MaxElement: 400})
	got := told(report, err)
	if strings.Count(got, "the element has more than 400 bytes [too-large]") != 4 || strings.Count(got, "\n") != 3 {
		t.Errorf("got %s", got)
	}
}

// TestManyProblems has more problems than a report lists.
func TestManyProblems(t *testing.T) {
	doc := `{"Grants": [` + strings.Repeat(`{"KeyId": "k"},`, 1500) + `{}]}`
	var inv inventory.Inventory
	report, err := addGrants(&inv, doc, inventory.Options{})
	last := report.Problems[len(report.Problems)-1]
	if err != nil || len(report.Problems) != 1001 || last.Text != "2003 more problems are not listed" || report.Unresolved != 1501 || report.Elements() != 1501 {
		t.Errorf("got %d problems of %d elements, the last %v, %v", len(report.Problems), report.Elements(), last, err)
	}
}

// TestMissingPrincipal: a policy of a role that no source has is told.
func TestMissingPrincipal(t *testing.T) {
	var inv inventory.Inventory
	report, err := addTerraform(&inv, planOf("", resourceChange{"aws_iam_role_policy.p", `"role": "legacy", "name": "p", "policy": "{\"Statement\": []}"`, ``, ``},
		resourceChange{"aws_iam_user_group_membership.m", `"user": "legacy", "groups": ["g"]`, ``, ``},
		resourceChange{"aws_iam_role_policy_attachment.a", `"role": "legacy", "policy_arn": "arn:aws:iam::aws:policy/x"`, ``, ``}), inventory.Options{Account: account, File: "f"})
	if told(report, err) != "" {
		t.Fatal(told(report, err))
	}
	const want = `aws_iam_role_policy.p: no source has the role "legacy" of account 111122223333
aws_iam_role_policy_attachment.a: no source has the role "legacy" of account 111122223333
aws_iam_user_group_membership.m: no source has the user "legacy" of account 111122223333`
	if got := withoutPlaces(inv.Missing().Error()); got != want {
		t.Errorf("got %s", got)
	}
}

// TestAccountOfPrincipals: attachments name principals without their account, which is that of the
// plan's own principal, or of the one caller's identity that the plan has.
func TestAccountOfPrincipals(t *testing.T) {
	resource := func(address, kind, values string) string {
		mode := "managed"
		if strings.HasPrefix(address, "data.") {
			mode = "data"
		}
		return fmt.Sprintf(`{"address": %q, "mode": %q, "type": %q, "name": "x", "values": {%s}}`, address, mode, kind, values)
	}
	role := resource("aws_iam_role.x", "aws_iam_role", `"arn": "arn:aws:iam::444455556666:role/app", "name": "app"`)
	inline := resource("aws_iam_role_policy.x", "aws_iam_role_policy", `"role": "app", "name": "p", "policy": "{\"Statement\": []}"`)
	other := resource("aws_iam_role_policy.y", "aws_iam_role_policy", `"role": "other", "name": "p", "policy": "{\"Statement\": []}"`)
	me := resource("data.aws_caller_identity.x", "aws_caller_identity", `"account_id": "111122223333"`)
	you := resource("data.aws_caller_identity.y", "aws_caller_identity", `"account_id": "444455556666"`)
	for _, c := range []struct {
		resources []string
		want      string
	}{
		{[]string{role, inline}, ``},
		{[]string{me, role, inline}, ``},
		{[]string{other}, `aws_iam_role_policy.y: the account of role "other" is not in the plan: it is for Options.Account to give`},
		{[]string{me, other}, `aws_iam_role_policy.y: no source has the role "other" of account 111122223333`},
		{[]string{me, me, other}, `data.aws_caller_identity.x: "data.aws_caller_identity.x" is given twice` +
			`aws_iam_role_policy.y: no source has the role "other" of account 111122223333`},
		{[]string{me, you, other}, `aws_iam_role_policy.y: the account of role "other" is not in the plan: it is for Options.Account to give`},
	} {
		var inv inventory.Inventory
		report, err := addTerraform(&inv, `{"format_version": "1.0", "values": {"root_module": {"resources": [`+strings.Join(c.resources, ",")+`]}}}`, inventory.Options{File: "f"})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, e := range append(report.Problems, inv.Missing()...) {
			got += withoutPlaces(e.Error())
		}
		if got != c.want {
			t.Errorf("%d resources: got %s, want %s", len(c.resources), got, c.want)
		}
	}
}

// TestUnknownIsToldOnce: what leaves several parts of a key open is listed once, and stays unknown
// when another source tells the rest.
func TestUnknownIsToldOnce(t *testing.T) {
	for _, add := range []func(inv *inventory.Inventory) (inventory.Report, error){
		func(inv *inventory.Inventory) (inventory.Report, error) {
			return addTerraform(inv, planOf("", resourceChange{"aws_kms_key.k", `"arn": "` + orders + `", "policy": "{}"`, ``, ``}), inventory.Options{})
		},
		func(inv *inventory.Inventory) (inventory.Report, error) {
			return addStack(inv, `{"Resources": {"`+ordersID+`": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}}}}}`, inventory.Options{Account: account, Region: region})
		},
	} {
		var inv inventory.Inventory
		report, err := add(&inv)
		if err != nil || len(report.Problems) != 1 {
			t.Fatal(told(report, err))
		}
		for range 2 {
			k := mustKey(t, &inv, orders)
			if _, err := k.Compile(); err == nil || len(k.Unknown()) != 1 || k.Unknown()[0].Code != policy.CodeMissingMember {
				t.Errorf("got %v", k.Unknown())
			}
			mustAdd(t, &inv, "awscli/describe-key.json", addMetadata, inventory.Options{})
		}
	}
}
