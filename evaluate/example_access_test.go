package evaluate_test

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// ordersKey is a key whose policy has the given statements.
func ordersKey(statements string) *evaluate.Key {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": [`+statements+`]}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/orders", Policy: keyPolicy})
	if err != nil {
		panic(err)
	}
	return key
}

// role is a role with an IAM policy that allows the given actions.
func role(name, actions string) *evaluate.Caller {
	iamPolicy, err := policy.ParseIAMPolicy([]byte(`{"Version": "2012-10-17", "Statement":
		{"Effect": "Allow", "Action": `+actions+`, "Resource": "*"}}`), nil)
	if err != nil {
		panic(err)
	}
	caller, err := evaluate.NewCaller(evaluate.CallerConfig{
		ARN:         "arn:aws:iam::111122223333:role/" + name,
		IAMPolicies: []*policy.IAMPolicy{iamPolicy},
	})
	if err != nil {
		panic(err)
	}
	return caller
}

const (
	delegation = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}`
	onlyAudit  = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/audit"},
		"Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}`
)

// Who may decrypt with this key?
func ExampleAccessQuestion_Access() {
	q := evaluate.AccessQuestion{
		Keys:    []*evaluate.Key{ordersKey(delegation)},
		Callers: []*evaluate.Caller{role("app", `"kms:Decrypt"`), role("audit", `"kms:DescribeKey"`), role("web", `"s3:*"`)},
		Actions: action.SetOf(action.Decrypt, action.DescribeKey),
	}
	for access := range q.Access() {
		if access.Allowed().Has(action.Decrypt) {
			fmt.Println(access.Caller.ARN(), "may decrypt")
		} else {
			fmt.Println(access.Caller.ARN(), "may not:", access.Layer(action.Decrypt))
		}
	}
	// Output:
	// arn:aws:iam::111122223333:role/app may decrypt
	// arn:aws:iam::111122223333:role/audit may not: iam-policy
	// arn:aws:iam::111122223333:role/web may not: iam-policy
}

// What does this pull request change, which names one role in the key policy
// instead of delegating to the account?
func ExampleReview() {
	before := evaluate.AccessQuestion{
		Keys:    []*evaluate.Key{ordersKey(delegation)},
		Callers: []*evaluate.Caller{role("app", `"kms:Decrypt"`), role("audit", `"kms:DescribeKey"`), role("web", `"s3:*"`)},
	}
	after := before
	after.Keys = []*evaluate.Key{ordersKey(onlyAudit)}

	flips, err := evaluate.Review(before, after)
	if err != nil {
		panic(err)
	}
	for flip := range flips {
		fmt.Println(flip)
	}
	// Output:
	// lost kms:Decrypt: arn:aws:iam::111122223333:role/app on arn:aws:kms:us-east-1:111122223333:key/orders: deny: key-policy: no-delegation: no statement names role/app or account 111122223333
	// gained kms:Decrypt: arn:aws:iam::111122223333:role/audit on arn:aws:kms:us-east-1:111122223333:key/orders: allow: key-policy: statement 0 allows kms:Decrypt
}
