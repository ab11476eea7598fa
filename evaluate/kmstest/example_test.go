package kmstest_test

import (
	"fmt"
	"log"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/kmstest"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A console stands in these examples for the *testing.T of a test, and prints what
// that would report.
type console struct{}

func (console) Helper()                           {}
func (console) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (console) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
func (console) Cleanup(f func())                  {}

var t console

// statements returns a key with a key policy of these statements.
func statements(list string) evaluate.KeyConfig {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": [`+list+`]}`), nil)
	if err != nil {
		log.Fatal(err)
	}
	return evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/orders", Policy: keyPolicy}
}

// The key policy delegates to the account, which is enough for its users and roles,
// but not for a service.
func ExampleAllowed() {
	key := statements(`{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}`)
	topic := evaluate.CallerConfig{ARN: "sns.amazonaws.com"}

	kmstest.Allowed(t, kmstest.Decide(t, key, topic, evaluate.RequestConfig{Action: action.GenerateDataKey}))
	// Output:
	// expected to be allowed, found
	// deny: key-policy: principal-not-named: no statement names the service sns.amazonaws.com
	// asked: the service sns.amazonaws.com calls kms:GenerateDataKey on key orders of account 111122223333 in us-east-1, as itself
	// key-policy  does not allow: no statement names the caller
	//     statement 0 would allow this, but names account 111122223333 [1:41]
	// no objection: key-usage, key-state
	// does not apply: scp, iam-policy (the caller is an AWS service)
	// none given: rcp, vpc-endpoint-policy, grant, permissions-boundary, session-policy
	// first fix: in the key policy, add a statement "AllowGenerateDataKey" that allows "kms:GenerateDataKey" on "*" to "sns.amazonaws.com"
	//     It lets the service sns.amazonaws.com call kms:GenerateDataKey on this key, in any circumstances.
	//     $ aws kms put-key-policy --key-id arn:aws:kms:us-east-1:111122223333:key/orders --region us-east-1 --policy-name default --policy file://key-policy.json
}

// Nobody but the administrator may delete the key: a test that passes, and
// so reports nothing.
func ExampleDenied() {
	key := statements(`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": "kms:*", "Resource": "*"}`)
	worker := evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:role/worker"}

	kmstest.Denied(t, kmstest.Decide(t, key, worker, evaluate.RequestConfig{Action: action.ScheduleKeyDeletion}),
		evaluate.LayerKeyPolicy, evaluate.ReasonNoDelegation)
	// Output:
}

// My topic delivers to my encrypted queue. The test passes, and reports nothing.
func ExampleWorks() {
	key := statements(`{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
		"Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*",
		"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders"}}}`)

	kmstest.Works(t, workflow.SNSToSQS, workflow.Parties{
		Key:      key,
		Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
		Source:   "arn:aws:sns:us-east-1:111122223333:orders",
	})
	// Output:
}

// My topic does not deliver to my encrypted queue: the key policy delegates to the
// account, but SNS calls KMS as itself.
func ExampleWorks_failing() {
	key := statements(`{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}`)

	kmstest.Works(t, workflow.SNSToSQS, workflow.Parties{
		Key:      key,
		Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
		Source:   "arn:aws:sns:us-east-1:111122223333:orders",
	})
	// Output:
	// expected to work, found
	// An SNS topic delivers to an encrypted SQS queue of its own account: denied at step 1 of 2, by key-policy (principal-not-named)
	// 1. A data key is made for the message
	//    kms:GenerateDataKey by sns.amazonaws.com, for arn:aws:sns:us-east-1:111122223333:orders, aws:sqs:arn=arn:aws:sqs:us-east-1:111122223333:orders
	//    deny: key-policy: principal-not-named: no statement names the service sns.amazonaws.com
	// 2. A data key that is there already is decrypted
	//    kms:Decrypt by sns.amazonaws.com, for arn:aws:sns:us-east-1:111122223333:orders, aws:sqs:arn=arn:aws:sqs:us-east-1:111122223333:orders
	//    deny: key-policy: principal-not-named: no statement names the service sns.amazonaws.com
	// Step 1:
	//    deny: key-policy: principal-not-named: no statement names the service sns.amazonaws.com
	//    asked: the service sns.amazonaws.com calls kms:GenerateDataKey on key orders of account 111122223333 in us-east-1, for arn:aws:sns:us-east-1:111122223333:orders
	//    key-policy  does not allow: no statement names the caller
	//        statement 0 would allow this, but names account 111122223333 [1:41]
	//    no objection: key-usage, key-state
	//    does not apply: scp, iam-policy (the caller is an AWS service)
	//    none given: rcp, vpc-endpoint-policy, grant, permissions-boundary, session-policy
	//    See https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
	// Needed besides KMS, not checked:
	// - the queue policy allows sqs:SendMessage to sns.amazonaws.com for the topic
	// - the queue is subscribed to the topic
	// Assumed:
	// - That the encryption context is the queue's ARN under aws:sqs:arn is seen in public code, not in the pages of SQS.
	// - From a topic in a Region that must be enabled to a queue in another Region, SNS calls as sns.REGION.amazonaws.com; it is taken to call as sns.amazonaws.com.
	// A change may not show at once: SQS uses a data key again for the queue's KmsDataKeyReusePeriodSeconds, 5 minutes unless set and 24 hours at most, for each principal.
	// first fix: in the key policy, add a statement "AllowGenerateDataKey" that allows "kms:GenerateDataKey" on "*" to "sns.amazonaws.com" if ArnEquals aws:SourceArn is "arn:aws:sns:us-east-1:111122223333:orders" and StringEquals aws:SourceAccount is "111122223333"
	//     It lets the service sns.amazonaws.com call kms:GenerateDataKey on this key, where its conditions hold.
	//     $ aws kms put-key-policy --key-id arn:aws:kms:us-east-1:111122223333:key/orders --region us-east-1 --policy-name default --policy file://key-policy.json
}

// Something that the workflow needs is missing.
func ExampleWorks_missing() {
	kmstest.Works(t, workflow.SNSToSQS, workflow.Parties{})
	// Output:
	// the workflow cannot be checked:
	// Parties.Key: missing: the queue's key
	// Parties.Resource: missing: the queue, arn:aws:sqs:REGION:ACCOUNT:QUEUE
	// Parties.Source: missing: the topic, arn:aws:sns:REGION:ACCOUNT:TOPIC
}

// The topic may make data keys, but not decrypt those that it uses again: delivery
// starts, and fails at its second step.
func ExampleFailsAt() {
	key := statements(`{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:GenerateDataKey*", "Resource": "*"}`)

	kmstest.FailsAt(t, workflow.SNSToSQS, workflow.Parties{
		Key:      key,
		Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
		Source:   "arn:aws:sns:us-east-1:111122223333:orders",
	}, 2, evaluate.LayerKeyPolicy, evaluate.ReasonActionNotAllowed)
	// Output:
}

// A scenario that passes, and reports nothing.
func ExampleScenario() {
	kmstest.Scenario(t, "testdata/keys/passes.json")
	// Output:
}
