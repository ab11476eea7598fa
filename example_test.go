package kmsauthz_test

import (
	"fmt"
	"log"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

const keyPolicyJSON = `{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "Administrators",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"},
    "Action": "kms:*",
    "Resource": "*"
  }]
}`

const iamPolicyJSON = `{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]
}`

// The IAM policy allows, but the key policy neither names the role nor
// delegates to its account.
func Example() {
	keyPolicy := must(policy.ParseKeyPolicy([]byte(keyPolicyJSON), nil))
	iamPolicy := must(policy.ParseIAMPolicy([]byte(iamPolicyJSON), nil))
	key := must(evaluate.NewKey(evaluate.KeyConfig{
		ARN:    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		Policy: keyPolicy,
	}))
	role := must(evaluate.NewCaller(evaluate.CallerConfig{
		ARN:         "arn:aws:iam::111122223333:role/app",
		IAMPolicies: []*policy.IAMPolicy{iamPolicy},
	}))
	request := must(evaluate.NewRequest(evaluate.RequestConfig{Action: action.Decrypt}))

	fmt.Println(evaluate.Decide(key, role, request))
	// Output:
	// deny: key-policy: no-delegation: no statement names role/app or account 111122223333
}

// must returns v. The examples' documents are known to be right.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
