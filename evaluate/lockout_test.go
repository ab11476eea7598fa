package evaluate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

const (
	adminARN = "arn:aws:iam::111122223333:role/admin"
	newKey   = "arn:aws:kms:us-east-1:111122223333:key/new"
)

// statements wraps statements in a key policy that is otherwise acceptable.
func statements(list ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(list, ",\n") + `]}`
}

const (
	delegates = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}`
	namesHer  = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": "kms:PutKeyPolicy", "Resource": "*"}`
	all       = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}`
)

// changeBy returns the change of a key's policy by a role with an IAM policy, or
// with none.
func changeBy(t *testing.T, arn, keyPolicy, iamPolicy string) evaluate.PolicyChange {
	t.Helper()
	kp, err := policy.ParseKeyPolicy([]byte(keyPolicy), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: arn, Policy: kp})
	if err != nil {
		t.Fatal(err)
	}
	cfg := evaluate.CallerConfig{ARN: adminARN}
	if iamPolicy != "" {
		p, err := policy.ParseIAMPolicy([]byte(iamPolicy), nil)
		if err != nil {
			t.Fatal(err)
		}
		cfg.IAMPolicies = []*policy.IAMPolicy{p}
	}
	caller, err := evaluate.NewCaller(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return evaluate.PolicyChange{Key: key, Caller: caller}
}

// codesOf returns place and code of each refusal: "1:lockout".
func codesOf(t *testing.T, c evaluate.PolicyChange) []string {
	t.Helper()
	refusals, err := c.Refusals()
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range refusals {
		codes = append(codes, fmt.Sprintf("%d:%s", r.Statement, r.Code))
		if r.Text == "" || r.Error.Code == "" || r.Error.Message == "" {
			t.Errorf("a refusal with blanks: %#v", r)
		}
		if inStatement := r.Statement >= 0; inStatement != (r.Position.Line > 0) {
			t.Errorf("%v: position %v of statement %d", r.Code, r.Position, r.Statement)
		}
	}
	return codes
}

// The safety check (AWS KMS API Reference, PutKeyPolicy): the caller must be able
// to call PutKeyPolicy under the new policy.
func TestLockout(t *testing.T) {
	const (
		locked = "-1:lockout"
		byMFA  = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}`
		other  = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/other"}, "Action": "kms:*", "Resource": "*"}`
		reader = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": ["kms:Describe*", "kms:Get*", "kms:List*"], "Resource": "*"}`
		denial = `{"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}`
		wrong  = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*"}`
		unruly = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}`
	)
	for _, tt := range []struct {
		name, keyPolicy, iamPolicy string
		want                       string // without the bypass
	}{
		{"the policy names the caller", statements(namesHer), "", ""},
		{"it delegates and an IAM policy allows", statements(delegates), all, ""},
		{"it delegates and no IAM policy allows", statements(delegates), "", locked},
		{"it names another role", statements(other), all, locked},
		{"it delegates other actions", statements(reader), all, locked},
		{"it names the caller and denies", statements(namesHer, denial), all, locked},
		{"it delegates to another account", statements(wrong), all, locked},
		{"its statement has no Resource", statements(unruly), all, locked},
		{"its condition is not met", statements(byMFA), all, locked},
		{"it has no statement", statements(), all, locked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := changeBy(t, newKey, tt.keyPolicy, tt.iamPolicy)
			got := strings.Join(codesOf(t, c), " ")
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			c.BypassPolicyLockoutSafetyCheck = true
			if got := codesOf(t, c); got != nil {
				t.Errorf("with the bypass: got %q, want none", got)
			}
		})
	}
}

// The check sees the condition keys of the request, and what KMS answers names
// no layer; the text does.
func TestLockoutDetail(t *testing.T) {
	c := changeBy(t, newKey, statements(`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"},
		"Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}`), "")
	got, err := c.Refusals()
	want := []evaluate.PolicyRefusal{{
		Code: evaluate.RefusedLockout, Statement: -1,
		Text: adminARN + ` could not call kms:PutKeyPolicy: key-policy: condition-not-met: statement 0: Bool aws:MultiFactorAuthPresent "true" is not met: the request does not have the key`,
		Error: evaluate.AWSError{Code: "MalformedPolicyDocumentException",
			Message: "The new key policy will not allow you to update the key policy in the future."},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	c.Context = map[string][]string{"aws:MultiFactorAuthPresent": {"true"}}
	if got := codesOf(t, c); got != nil {
		t.Errorf("with MFA: got %q, want none", got)
	}
}

// A key that is being made, or that is about to be deleted, is no lockout.
func TestLockoutIgnoresKeyState(t *testing.T) {
	c := changeBy(t, newKey, statements(namesHer), "")
	kp, err := policy.ParseKeyPolicy([]byte(statements(namesHer)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []evaluate.KeyState{evaluate.Enabled, evaluate.Disabled, evaluate.PendingDeletion, evaluate.PendingImport,
		evaluate.PendingReplicaDeletion, evaluate.Unavailable, evaluate.Creating, evaluate.Updating} {
		if c.Key, err = evaluate.NewKey(evaluate.KeyConfig{ARN: newKey, Policy: kp, State: state}); err != nil {
			t.Fatal(err)
		}
		if got := codesOf(t, c); got != nil {
			t.Errorf("%v: got %q, want none", state, got)
		}
	}
}

// What KMS refuses in a statement, whoever asks (IAM User Guide, AWS JSON policy
// elements: Principal; AWS KMS Developer Guide, AWS KMS condition keys).
func TestRefusedStatements(t *testing.T) {
	const (
		principal = "1:invalid-principal"
		key       = "1:condition-key-not-permitted"
		lax       = "1:overly-permissive-condition"
	)
	for _, tt := range []struct{ partition, principal, condition, want string }{
		{"aws", `"*"`, ``, ""},
		{"aws", `{"AWS": "*"}`, ``, ""},
		{"aws", `{"AWS": "444455556666"}`, ``, ""},
		{"aws", `{"AWS": "arn:aws:iam::444455556666:root"}`, ``, ""},
		{"aws", `{"AWS": "arn:aws:iam::444455556666:user/alice"}`, ``, ""},
		{"aws", `{"AWS": "arn:aws:sts::444455556666:assumed-role/app/session"}`, ``, ""},
		{"aws", `{"Service": "sns.amazonaws.com"}`, ``, ""},
		{"aws", `{"Service": "logs.us-east-1.amazonaws.com"}`, ``, ""},
		{"aws-cn", `{"Service": "logs.cn-north-1.amazonaws.com.cn"}`, ``, ""},
		{"aws-iso", `{"Service": "ec2.c2s.ic.gov"}`, ``, ""},

		{"aws", `{"AWS": "arn:aws:iam::444455556666:role/*"}`, ``, principal},
		{"aws", `{"AWS": "arn:aws:iam::*:root"}`, ``, principal},
		{"aws", `{"AWS": "arn:aws:sts::444455556666:assumed-role/app/*"}`, ``, principal},
		{"aws", `{"AWS": "arn:aws:iam::444455556666:group/admins"}`, ``, principal},
		{"aws", `{"AWS": "alice"}`, ``, principal},
		{"aws", `{"AWS": "AIDACKCEVSQ6C2EXAMPLE"}`, ``, principal},
		{"aws", `{"AWS": "AROACKCEVSQ6C2EXAMPLE"}`, ``, principal},
		{"aws", `{"AWS": "arn:aws-cn:iam::444455556666:root"}`, ``, principal},
		{"aws-cn", `{"AWS": "arn:aws:iam::444455556666:root"}`, ``, principal},
		{"aws", `{"Service": "*"}`, ``, principal},
		{"aws", `{"Service": "sns"}`, ``, principal},
		{"aws", `{"Service": "logs.REGION.amazonaws.com"}`, ``, principal},
		{"aws", `{"Service": "sns.amazon.com"}`, ``, principal},
		{"aws", `{"Service": "logs.cn-north-1.amazonaws.com.cn"}`, ``, principal},
		{"aws", `{"Federated": "cognito-identity.amazonaws.com"}`, ``, principal},
		{"aws", `{"AWS": ["*", "nobody", "AIDACKCEVSQ6C2EXAMPLE"]}`, ``, principal + " " + principal},

		{"aws", `"*"`, `{"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}`, ""},
		{"aws", `"*"`, `{"StringEquals": {"kms:ResourceAliases": "alias/orders"}}`, key},
		{"aws", `"*"`, `{"StringEquals": {"aws:ResourceTag/team": "orders"}}`, key},
		{"aws", `"*"`, `{"StringEquals": {"KMS:ResourceTag/team": "orders"}}`, key},
		{"aws", `"*"`, `{"StringEquals": {"aws:PrincipalTag/team": "orders"}}`, ""},
		{"aws", `"*"`, `{"ForAllValues:StringEquals": {"kms:ResourceAliases": "alias/orders"}}`, key},
		{"aws", `"*"`, `{"ForAllValues:StringEquals": {"kms:EncryptionContext:app": "orders"}}`, lax},
		{"aws", `"*"`, `{"ForAllValues:StringLike": {"aws:RequestTag/team": "*"}}`, lax},
		{"aws", `"*"`, `{"ForAnyValue:StringEquals": {"kms:EncryptionContext:app": "orders"}}`, ""},
		{"aws", `"*"`, `{"StringEquals": {"kms:EncryptionContext:app": "orders"}}`, ""},
		{"aws", `"*"`, `{"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "app"}}`, ""},
		{"aws", `"*"`, `{"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}`, ""},
		{"aws", `"*"`, `{"StringEquals": {"kms:ResourceAliases": "alias/a", "aws:ResourceTag/team": "orders"}}`, key + " " + key},
	} {
		condition := ""
		if tt.condition != "" {
			condition = `, "Condition": ` + tt.condition
		}
		arn := strings.Replace(newKey, "arn:aws:", "arn:"+tt.partition+":", 1)
		c := changeBy(t, arn, statements(strings.ReplaceAll(delegates, "arn:aws:", "arn:"+tt.partition+":"),
			`{"Effect": "Allow", "Principal": `+tt.principal+`, "Action": "kms:Decrypt", "Resource": "*"`+condition+`}`), all)
		c.BypassPolicyLockoutSafetyCheck = true
		if got := strings.Join(codesOf(t, c), " "); got != tt.want {
			t.Errorf("%s %s %s: got %q, want %q", tt.partition, tt.principal, tt.condition, got, tt.want)
		}
	}
}

func TestRefusedDocuments(t *testing.T) {
	for _, tt := range []struct{ name, keyPolicy, want string }{
		{"a statement without Principal", statements(namesHer, `{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}`), "1:missing-principal"},
		{"Latin-1", statements(namesHer, strings.Replace(delegates, `{`, `{"Sid": "Zugriff für alle",`, 1)), ""},
		{"a typographic quote", statements(namesHer, strings.Replace(delegates, `{`, `{"Sid": "the team’s",`, 1)), "1:character-not-permitted"},
		{"an escaped typographic quote", statements(namesHer, strings.Replace(delegates, `{`, `{"Sid": "the team\u2019s",`, 1)), ""},
		{"all of these", statements(delegates, `{"Sid": "’", "Effect": "Allow", "Action": "kms:*", "Resource": "*"}`, `{"Effect": "Allow",
			"Principal": {"AWS": "x"}, "Action": "kms:*", "Resource": "*", "Condition": {"Null": {"kms:ResourceAliases": "true"}}}`),
			"1:character-not-permitted 1:missing-principal 2:invalid-principal 2:condition-key-not-permitted -1:lockout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := changeBy(t, newKey, tt.keyPolicy, "")
			if got := strings.Join(codesOf(t, c), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// The quota counts the bytes of the document as it is sent.
func TestRefusedTooLarge(t *testing.T) {
	grown := func(n int) string {
		s := statements(namesHer)
		return strings.Replace(s, "[", "["+strings.Repeat(" ", n-len(s)), 1)
	}
	if got := codesOf(t, changeBy(t, newKey, grown(evaluate.MaxKeyPolicyBytes), "")); got != nil {
		t.Errorf("%d bytes: got %q, want none", evaluate.MaxKeyPolicyBytes, got)
	}
	refusals, err := changeBy(t, newKey, grown(evaluate.MaxKeyPolicyBytes+1), "").Refusals()
	if err != nil || len(refusals) != 1 || refusals[0].Code != evaluate.RefusedTooLarge || refusals[0].Error.Code != "LimitExceededException" {
		t.Errorf("%d bytes: got %v, %v", evaluate.MaxKeyPolicyBytes+1, refusals, err)
	}
}

// The texts of KMS, to the letter.
func TestRefusalMessages(t *testing.T) {
	c := changeBy(t, newKey, statements(namesHer, `{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}, "Action": "kms:*",
		"Resource": "*", "Condition": {"Null": {"kms:ResourceAliases": "true"}, "ForAllValues:StringEquals": {"kms:EncryptionContext:app": "x", "aws:RequestTag/team": "x"}}}`), "")
	refusals, err := c.Refusals()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range refusals {
		got = append(got, r.String())
	}
	at := refusals[0].Position.String() + ": "
	const malformed = " (MalformedPolicyDocumentException: "
	want := []string{
		at + `"arn:aws:iam::111122223333:role/*" has a wildcard: a principal is named in full, or all are by "*"` + malformed + "Policy contains a statement with one or more invalid principals.)",
		at + `only IAM policies may use "kms:ResourceAliases"` + malformed + "These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases)",
		at + `"kms:EncryptionContext:app" has one value, for which ForAllValues is not permitted` + malformed +
			"OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests without the specified encryption context or with an unspecified encryption context. To fix, remove ForAllValues.)",
		at + `"aws:RequestTag/team" has one value, for which ForAllValues is not permitted` + malformed +
			"OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests without the specified tag or with an unspecified tag. To fix, remove ForAllValues.)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPolicyChangeErrors(t *testing.T) {
	good := changeBy(t, newKey, statements(namesHer), "")
	for _, tt := range []struct {
		change evaluate.PolicyChange
		want   string
	}{
		{evaluate.PolicyChange{}, "PolicyChange.Key: missing\nPolicyChange.Caller: missing"},
		{evaluate.PolicyChange{Key: good.Key}, "PolicyChange.Caller: missing"},
		{evaluate.PolicyChange{Key: good.Key, Caller: good.Caller, Context: map[string][]string{"aws:MultiFactorAuthPresnt": {"true"}}},
			`RequestConfig.Context["aws:MultiFactorAuthPresnt"]: unknown condition key "aws:MultiFactorAuthPresnt" (did you mean "aws:MultiFactorAuthPresent"?)`},
	} {
		_, err := tt.change.Refusals()
		var faults evaluate.ConfigErrors
		if !errors.As(err, &faults) || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
