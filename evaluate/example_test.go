package evaluate_test

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A grant on a key whose policy does not delegate to the account: AWS's
// documentation knows no such condition (grant-requires-delegation).
func ExampleAWSRules() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": []}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{
		ARN:    "arn:aws:kms:us-east-1:111122223333:key/orders",
		Policy: keyPolicy,
		Grants: []grants.Grant{{
			ID:         "g-1",
			Grantee:    policy.ParsePrincipal("arn:aws:iam::111122223333:role/worker"),
			Operations: action.SetOf(action.Decrypt),
		}},
	})
	if err != nil {
		panic(err)
	}
	worker, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:role/worker"})
	if err != nil {
		panic(err)
	}
	request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		panic(err)
	}

	d := evaluate.Decide(key, worker, request)
	fmt.Println(d)
	fmt.Println(d.Divergence())
	fmt.Println(evaluate.AWSRules().Decide(key, worker, request))
	// Output:
	// deny: key-policy: grant-requires-delegation: grant g-1 allows kms:Decrypt, but the key policy does not delegate it to account 111122223333
	// AWS's documentation allows this: there a grant needs no delegation by the key policy (grant-requires-delegation).
	// allow: grant: grant g-1 allows kms:Decrypt
}

// Across accounts both sides must change, and so must the key's state.
func ExampleDecision_Blockers() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{
		ARN:    "arn:aws:kms:us-east-1:111122223333:key/orders",
		Policy: keyPolicy,
		State:  evaluate.Disabled,
	})
	if err != nil {
		panic(err)
	}
	partner, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: "arn:aws:iam::444455556666:role/partner"})
	if err != nil {
		panic(err)
	}
	request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		panic(err)
	}

	for e := range evaluate.Decide(key, partner, request).Blockers() {
		fmt.Printf("%v: %v: %s\n", e.Layer(), e.Reason(), e.Detail())
	}
	// Output:
	// key-policy: principal-not-named: no statement names role/partner or account 444455556666
	// iam-policy: no-allow: no identity-based policy is attached
	// key-state: disabled: the key is Disabled, which does not permit kms:Decrypt
}

// What AWS says of a denial. The key policy delegates to the account, so it is an
// IAM policy that is missing.
func ExampleDecision_AWSError() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/orders", Policy: keyPolicy})
	if err != nil {
		panic(err)
	}
	alice, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:user/alice"})
	if err != nil {
		panic(err)
	}
	request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: action.Encrypt})
	if err != nil {
		panic(err)
	}

	if reported, denied := evaluate.Decide(key, alice, request).AWSError(); denied {
		fmt.Println(reported.Code)
		fmt.Println(reported.Message)
	}
	// Output:
	// AccessDeniedException
	// User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:111122223333:key/orders because no identity-based policy allows the kms:Encrypt action
}

// From the text of an error to the question, and to the layers among which the
// answer is. The text hides the key.
func ExampleReadAWSError() {
	reading, err := evaluate.ReadAWSError(`An error occurred (AccessDeniedException) when calling the Decrypt operation:
		User: arn:aws:sts::444455556666:assumed-role/partner/build is not authorized to perform: kms:Decrypt on this resource
		because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based
		policy explicitly denies access`)
	if err != nil {
		panic(err)
	}
	fmt.Println(reading)
	fmt.Println(reading.Request.Action == action.Decrypt, reading.Key == "")

	_, err = evaluate.ReadAWSError("An error occurred (AccessDenied) when calling the GetObject operation: Access Denied")
	fmt.Println(err)
	// Output:
	// kms:Decrypt by arn:aws:sts::444455556666:assumed-role/partner/build
	// AccessDeniedException
	// possible layers: region, rcp, key-policy, grant
	// next: collect the Region that is called, the RCPs of the key's account, the key policy, the key's grants
	// true true
	// recognised the code AccessDenied, the operation GetObject; expected a text such as "User: ... is not authorized to perform: kms:Decrypt on resource: ..."
}

// An explanation tells what almost matched, too.
func ExampleDecision_Explain() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": {"Sid": "Orders", "Effect": "Allow",
		"Principal": {"AWS": "arn:aws:iam::111122223333:role/orders"}, "Action": "kms:Decrypt", "Resource": "*"}}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/1234", Policy: keyPolicy})
	if err != nil {
		panic(err)
	}
	reports, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:role/reports"})
	if err != nil {
		panic(err)
	}
	request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		panic(err)
	}

	e := evaluate.Decide(key, reports, request).Explain()
	fmt.Println(e)
	for layer := range e.Root().Children() {
		if layer.Outcome().Blocks() {
			fmt.Println("look at", layer.Layer(), layer.Code())
		}
	}
	// Output:
	// deny: key-policy: no-delegation: no statement names role/reports or account 111122223333
	// asked: role/reports of account 111122223333 calls kms:Decrypt on key 1234 in us-east-1, directly
	// key-policy  does not allow: no statement names the caller or its account
	//     statement 0 (Orders) would allow this, but names role/orders [1:40]
	// iam-policy  would not allow either: no identity-based policy is attached
	// no objection: key-usage, key-state
	// none given: scp, rcp, vpc-endpoint-policy, grant, permissions-boundary, session-policy
	// look at key-policy no-delegation
}

// A key policy for a role that is yet to come: whoever creates the key cannot
// change it any more, so KMS refuses.
func ExamplePolicyChange_Refusals() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Principal": {"AWS": "arn:aws:iam::111122223333:role/key-admin"}, "Action": "kms:*", "Resource": "*"}}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/new", Policy: keyPolicy})
	if err != nil {
		panic(err)
	}
	deployer, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:role/deployer"})
	if err != nil {
		panic(err)
	}

	refusals, err := evaluate.PolicyChange{Key: key, Caller: deployer}.Refusals()
	if err != nil {
		panic(err)
	}
	for _, r := range refusals {
		fmt.Println(r.Code)
		fmt.Println(r.Text)
		fmt.Println(r.Error.Code, r.Error.Message)
	}
	// Output:
	// lockout
	// arn:aws:iam::111122223333:role/deployer could not call kms:PutKeyPolicy: key-policy: no-delegation: no statement names role/deployer or account 111122223333
	// MalformedPolicyDocumentException The new key policy will not allow you to update the key policy in the future.
}

// A fix says what to do, what that opens, and how: here as a diff of the user's
// own key policy.
func ExampleDecision_Fixes() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/reports"},
      "Action": ["kms:Encrypt"],
      "Resource": "*"
    }
  ]
}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/1234", Policy: keyPolicy})
	if err != nil {
		panic(err)
	}
	reports, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:role/reports"})
	if err != nil {
		panic(err)
	}
	request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		panic(err)
	}

	fixes, _ := evaluate.Decide(key, reports, request).Fixes()
	first := fixes[0]
	fmt.Println(first.Text())
	for edit := range first.Edits() {
		if e, ok := edit.(*evaluate.PolicyEdit); ok {
			fmt.Print(e.Diff())
		}
	}
	fmt.Println(evaluate.Decide(first.Apply()))
	// Output:
	// in the key policy, add "kms:Decrypt" to Action of statement 0
	// It lets every session of role/reports call kms:Decrypt on this key, in any circumstances.
	// $ aws kms put-key-policy --key-id arn:aws:kms:us-east-1:111122223333:key/1234 --region us-east-1 --policy-name default --policy file://key-policy.json
	// --- key policy
	// +++ key policy
	// @@ -4,7 +4,7 @@
	//      {
	//        "Effect": "Allow",
	//        "Principal": {"AWS": "arn:aws:iam::111122223333:role/reports"},
	// -      "Action": ["kms:Encrypt"],
	// +      "Action": ["kms:Encrypt", "kms:Decrypt"],
	//        "Resource": "*"
	//      }
	//    ]
	// allow: key-policy: statement 0 allows kms:Decrypt
}

// What lets a request in, and what closes it.
func ExampleDecision_Closing() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Principal": {"AWS": ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"]}, "Action": "kms:Decrypt", "Resource": "*"}}`), nil)
	if err != nil {
		panic(err)
	}
	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/1234", Policy: keyPolicy})
	if err != nil {
		panic(err)
	}
	alice, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:user/alice"})
	if err != nil {
		panic(err)
	}
	request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		panic(err)
	}

	d := evaluate.Decide(key, alice, request)
	for way := range d.Ways() {
		by, _ := way.By()
		fmt.Println(by.Detail())
	}
	if closing, ok := d.Closing(); ok {
		fmt.Println(closing)
		fmt.Println(closing.After())
	}
	// Output:
	// statement 0 allows kms:Decrypt
	// in the key policy, remove "arn:aws:iam::111122223333:user/alice" from Principal of statement 0
	// deny: key-policy: no-delegation: no statement names user/alice or account 111122223333
}
