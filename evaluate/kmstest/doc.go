// Package kmstest asks in a test whether KMS would allow something, and on failure
// prints the explanation and the first fix.
//
// My topic delivers to my encrypted queue: the key policy is the one that the
// infrastructure code deploys, the rest is who takes part.
//
//	import (
//		"os"
//		"testing"
//
//		"github.com/kmsauthz/kmsauthz/evaluate"
//		"github.com/kmsauthz/kmsauthz/evaluate/kmstest"
//		"github.com/kmsauthz/kmsauthz/evaluate/workflow"
//		"github.com/kmsauthz/kmsauthz/policy"
//	)
//
//	func TestTopicDelivers(t *testing.T) {
//		doc, err := os.ReadFile("key-policy.json")
//		if err != nil {
//			t.Fatal(err)
//		}
//		keyPolicy, err := policy.ParseKeyPolicy(doc, &policy.ParseOptions{File: "key-policy.json"})
//		if err != nil {
//			t.Fatal(err)
//		}
//		kmstest.Works(t, workflow.SNSToSQS, workflow.Parties{
//			Key:      evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/orders", Policy: keyPolicy},
//			Resource: "arn:aws:sqs:us-east-1:111122223333:orders", // the queue
//			Source:   "arn:aws:sns:us-east-1:111122223333:orders", // the topic
//		})
//	}
//
// With a key policy that only delegates to the account it fails: SNS calls as
// itself, and IAM policies do not count for it. The message says so, and what to
// add for the first step that is denied. With this statement all steps pass:
//
//	{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
//	 "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*",
//	 "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders"}}}
//
// [workflow.All] lists what else can be asked so; which parties a workflow needs,
// the message of a test without them says. [FailsAt] asks the contrary: that
// a workflow is denied, at this step and by this layer.
//
// [Key] and [Caller] take both from a Terraform plan or a template, as package inventory
// reads it; what the plan leaves open ends the test:
//
//	key, app := kmstest.Key(t, inv, "aws_kms_key.orders"), kmstest.Caller(t, inv, "aws_iam_role.app")
//	kmstest.Allowed(t, kmstest.Decide(t, key, app, evaluate.RequestConfig{Action: action.Decrypt}))
//
// [Run] takes situations from files instead, see package scenario for their format;
// each says in "expect" what is to come out:
//
//	func TestKeys(t *testing.T) { kmstest.Run(t, "testdata/*.json") }
//
// [Allowed] and [Denied] take a single decision, which [Decide] makes of a key, a
// caller and a request.
//
// # Expectations that are never reached
//
// A test that asks nothing is no passing test. [Run] fails where no file matches,
// where a file cannot be read and where a scenario expects nothing; one scenario
// that fails keeps none of the others from being asked. [FailsAt] fails where an
// earlier step is denied, so that the step in question would never be tried, and
// where there is no such step. The zero Decision, for which nothing was asked, is
// neither allowed nor denied. A test that asks in loops and branches declares with
// [NewPlan] what it is going to ask; what was not asked when it ends is a failure.
//
// Sub-tests that the user deselects (go test -run, -skip) are no failures.
//
// Left out: what a test needs besides KMS, such as queue policies. The text of a
// failed workflow names it.
package kmstest
