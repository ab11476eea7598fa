package main

import (
	"io"
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/evaluate/kmstest"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// readPlan reads what "terraform show -json" prints. Beside the inventory it returns what the plan
// leaves open; an expectation that depends on any of that fails.
func readPlan(plan io.Reader, file string) (*inventory.Inventory, policy.Errors, error) {
	var inv inventory.Inventory
	report, err := inv.AddTerraform(plan, inventory.Options{File: file, Account: "111122223333", Region: "us-east-1"})
	return &inv, append(report.Problems, inv.Missing()...), err
}

// An expectation is something that a plan must bring about.
type expectation struct {
	what string
	test func(t kmstest.TB, inv *inventory.Inventory)
}

// expectations are what the orders service needs of its key, and what must not be.
var expectations = []expectation{
	{"the orders role reads the objects of its bucket", func(t kmstest.TB, inv *inventory.Inventory) {
		kmstest.Works(t, workflow.S3Read, workflow.Parties{
			Key:      kmstest.Key(t, inv, "aws_kms_key.orders"),
			Caller:   kmstest.Caller(t, inv, "aws_iam_role.orders"),
			Resource: "arn:aws:s3:::example-orders/2026/01.json",
		})
	}},
	{"the orders topic delivers to the orders queue", func(t kmstest.TB, inv *inventory.Inventory) {
		kmstest.Works(t, workflow.SNSToSQS, workflow.Parties{
			Key:      kmstest.Key(t, inv, "aws_kms_key.orders"),
			Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
			Source:   "arn:aws:sns:us-east-1:111122223333:orders",
		})
	}},
	{"the consumer receives from the orders queue", func(t kmstest.TB, inv *inventory.Inventory) {
		kmstest.Works(t, workflow.SQSReceive, workflow.Parties{
			Key:      kmstest.Key(t, inv, "alias/orders"),
			Caller:   kmstest.Caller(t, inv, "aws_iam_role.consumer"),
			Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
		})
	}},
	{"the reports role may look at the key", func(t kmstest.TB, inv *inventory.Inventory) {
		key, reports := kmstest.Key(t, inv, "aws_kms_key.orders"), kmstest.Caller(t, inv, "aws_iam_role.reports")
		kmstest.Allowed(t, kmstest.Decide(t, key, reports, evaluate.RequestConfig{Action: action.DescribeKey}))
	}},
	{"the root user of another account may not decrypt", func(t kmstest.TB, inv *inventory.Inventory) {
		key, root := kmstest.Key(t, inv, "aws_kms_key.orders"), kmstest.Caller(t, inv, "arn:aws:iam::444455556666:root")
		kmstest.Denied(t, kmstest.Decide(t, key, root, evaluate.RequestConfig{Action: action.Decrypt}), evaluate.LayerKeyPolicy)
	}},
	{"nobody decrypts directly, past S3 and SQS", func(t kmstest.TB, inv *inventory.Inventory) {
		only(t, inv, action.SetOf(action.Decrypt))
	}},
	{"the platform role alone administers the key", func(t kmstest.TB, inv *inventory.Inventory) {
		only(t, inv, action.SetOf(action.PutKeyPolicy, action.CreateGrant, action.DisableKey, action.ScheduleKeyDeletion),
			"arn:aws:iam::111122223333:role/platform")
	}},
}

// only checks who of all users and roles of the plan may do any of these actions with the key.
func only(t kmstest.TB, inv *inventory.Inventory, actions action.Set, want ...string) {
	t.Helper()
	key := kmstest.Key(t, inv, "aws_kms_key.orders")
	var got []string
	for caller := range inv.Callers() {
		for a := range actions.All() {
			d := kmstest.Decide(t, key, kmstest.Caller(t, inv, caller.ARN()), evaluate.RequestConfig{Action: a})
			if d.Allowed() && !slices.Contains(got, caller.ARN()) {
				got = append(got, caller.ARN())
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("any of %v is allowed to %q, want %q", actions, got, want)
	}
}
