package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
)

// TestLongTexts: no message has all of a long text that a document or a reference has.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	statement := func(members string) string {
		return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", ` + members + `}]}`
	}
	policies := []string{
		statement(`"` + long + `": 1`), `{"Statement": [{"Effect": "` + long + `"}]}`, `{"Statement": [{"Principal": "` + long + `"}]}`,
	}
	for _, condition := range []string{`"%s": {"a": "b"}`, `"Bool": {"a": "%s"}`, `"IpAddress": {"a": "%s"}`, `"DateEquals": {"a": "%s"}`, `"NumericEquals": {"a": "%s"}`, `"BinaryEquals": {"a": "%s"}`} {
		policies = append(policies, statement(`"Condition": {`+fmt.Sprintf(condition, long[1:])+`}`))
	}
	check := func(err error) {
		t.Helper()
		if err == nil || len(err.Error()) > 3000 {
			t.Errorf("got %.300s", err)
		}
	}
	for _, doc := range policies {
		_, err := policy.ParseKeyPolicy([]byte(doc), &policy.ParseOptions{MaxBytes: len(doc)})
		check(err)
	}
	for _, member := range []string{"GranteePrincipal", "IssuingAccount", "Status", "RetiringServicePrincipal", long} {
		doc := fmt.Sprintf(`{%q: %q, "Operations": [%[2]q]}`, member, long)
		_, err := grants.ParseGrant([]byte(doc), &policy.ParseOptions{MaxBytes: len(doc)})
		check(err)
	}
	var inv inventory.Inventory
	for _, ref := range []string{long, "alias/" + long, "arn:aws:kms:us-east-1:111122223333:key/" + long} {
		_, err := inv.Key(ref)
		check(err)
		_, err = inv.Caller(ref)
		check(err)
	}
	opts := inventory.Options{Account: account, Region: region, Parameters: map[string]string{long: ""}}
	_, err := addStack(&inv, `{"Resources": {}}`, opts)
	check(err)
	_, err = inv.AddTargetsForPolicy(strings.NewReader("{}"), long, opts)
	check(err)
	_, err = inv.AddPoliciesForTarget(strings.NewReader("{}"), long, opts)
	check(err)
	_, err = inv.AddKeyPolicy(strings.NewReader("{}"), "alias/"+long, opts)
	check(err)
	_, err = inv.Add(strings.NewReader(`{"Grants": []}`), long, opts)
	check(err)
	report, err := addMetadata(&inv, `{"Arn": "`+long+`", "KeySpec": "`+long+`", "KeyState": "`+long+`"}`, inventory.Options{})
	if err != nil || len(report.Problems) == 0 {
		t.Errorf("got %v", err)
	}
	check(report.Problems)
}
