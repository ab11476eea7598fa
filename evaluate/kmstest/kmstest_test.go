package kmstest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/evaluate/kmstest"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/internal/golden"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

const (
	keyARN = "arn:aws:kms:us-east-1:111122223333:key/orders"

	delegation = `{"Sid": "Delegation", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}`
	topicMakes = `{"Sid": "Topic", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:GenerateDataKey*", "Resource": "*"}`
	topicReads = `{"Sid": "TopicReads", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*"}`
	aliceReads = `{"Sid": "Alice", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"}, "Action": "kms:Decrypt", "Resource": "*"}`
)

// key returns a key whose policy has these statements.
func key(statements ...string) evaluate.KeyConfig {
	doc := `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`
	keyPolicy, err := policy.ParseKeyPolicy([]byte(doc), nil)
	if err != nil {
		panic(err)
	}
	return evaluate.KeyConfig{ARN: keyARN, Policy: keyPolicy}
}

// alice decides whether a user without IAM policies may decrypt.
func alice(t kmstest.TB, statements ...string) evaluate.Decision {
	return kmstest.Decide(t, key(statements...),
		evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:user/alice"}, evaluate.RequestConfig{Action: action.Decrypt})
}

// delivery is a topic that delivers to a queue, encrypted under a key with these statements.
func delivery(statements ...string) workflow.Parties {
	return workflow.Parties{
		Key:      key(statements...),
		Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
		Source:   "arn:aws:sns:us-east-1:111122223333:orders",
	}
}

const (
	keyPolicy = evaluate.LayerKeyPolicy
	iamPolicy = evaluate.LayerIAMPolicy
)

// planned expects that a caller of a plan may decrypt with a key of it. The key policy has the
// first statements of these: for alice, for the account.
func planned(t *recorder, key, caller string, statements int) {
	keyPolicy := `{"Statement": [` + strings.Join([]string{aliceReads, delegation}[:statements], ",") + `]}`
	iamPolicy := `{"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}`
	resource := func(kind, name, after, unknown string) string {
		return fmt.Sprintf(`{"address": "%s.%s", "mode": "managed", "type": %[1]q, "name": %[2]q,
			"change": {"actions": ["create"], "after": {%[3]s}, "after_unknown": {%[4]s}}}`, kind, name, after, unknown)
	}
	plan := `{"format_version": "1.2", "resource_changes": [` + strings.Join([]string{
		resource("aws_kms_key", "orders", `"arn": "`+keyARN+`", "policy": `+strconv.Quote(keyPolicy), ""),
		resource("aws_kms_alias", "orders", `"name": "alias/orders", "target_key_id": "`+keyARN+`"`, ""),
		resource("aws_kms_key", "open", "", `"policy": true`),
		resource("aws_iam_role", "app", `"name": "app"`, ""),
		resource("aws_iam_role_policy", "app", `"role": "app", "name": "kms", "policy": `+strconv.Quote(iamPolicy), ""),
		resource("aws_iam_role", "open", `"name": "open"`, ""),
		resource("aws_iam_role_policy", "open", `"role": "open", "name": "kms"`, `"policy": true`),
	}, ",") + `]}`
	var inv inventory.Inventory
	_, err := inv.AddTerraform(strings.NewReader(plan), inventory.Options{File: "plan.json", Account: "111122223333", Region: "us-east-1"})
	if err != nil {
		t.Fatalf("%v", err)
	}
	kmstest.Allowed(t, kmstest.Decide(t, kmstest.Key(t, &inv, key), kmstest.Caller(t, &inv, caller), evaluate.RequestConfig{Action: action.Decrypt}))
}

// unchecked is a workflow that checks nothing.
type unchecked struct{}

func (unchecked) Check(workflow.Parties) (workflow.Result, error) { return workflow.Result{}, nil }

// cases are tests, by name, and whether they pass.
var cases = []struct {
	name   string
	passes bool
	test   func(t *recorder)
}{
	{"allowed", true, func(t *recorder) { kmstest.Allowed(t, alice(t, aliceReads)) }},
	{"allowed, found denied", false, func(t *recorder) { kmstest.Allowed(t, alice(t, delegation)) }},
	{"allowed, found denied for good", false, func(t *recorder) {
		managed, err := workflow.AWSManagedKey("sqs", "111122223333", "us-east-1")
		if err != nil {
			t.Fatalf("%v", err)
		}
		kmstest.Allowed(t, kmstest.Decide(t, managed, evaluate.CallerConfig{ARN: "sns.amazonaws.com"}, evaluate.RequestConfig{Action: action.Decrypt}))
	}},
	{"allowed, of nothing", false, func(t *recorder) { kmstest.Allowed(t, evaluate.Decision{}) }},

	{"denied", true, func(t *recorder) { kmstest.Denied(t, alice(t, delegation), iamPolicy) }},
	{"denied for a reason", true, func(t *recorder) { kmstest.Denied(t, alice(t, delegation), iamPolicy, evaluate.ReasonNoAllow) }},
	{"denied for one of two reasons", true, func(t *recorder) {
		kmstest.Denied(t, alice(t, delegation), iamPolicy, evaluate.ReasonExplicitDeny, evaluate.ReasonNoAllow)
	}},
	{"denied, found another layer", false, func(t *recorder) { kmstest.Denied(t, alice(t, delegation), keyPolicy) }},
	{"denied, found another reason", false, func(t *recorder) {
		kmstest.Denied(t, alice(t, delegation), iamPolicy, evaluate.ReasonExplicitDeny, evaluate.ReasonConditionNotMet)
	}},
	{"denied, found allowed", false, func(t *recorder) { kmstest.Denied(t, alice(t, aliceReads), keyPolicy) }},
	{"denied, of nothing", false, func(t *recorder) { kmstest.Denied(t, evaluate.Decision{}, keyPolicy) }},
	{"denied, by no layer", false, func(t *recorder) { kmstest.Denied(t, alice(t, delegation), evaluate.LayerNone) }},

	{"decide, with faults", false, func(t *recorder) {
		kmstest.Allowed(t, kmstest.Decide(t, evaluate.KeyConfig{ARN: "orders"}, evaluate.CallerConfig{ARN: "alice"}, evaluate.RequestConfig{}))
	}},
	{"decide, with a contradiction", false, func(t *recorder) {
		kmstest.Allowed(t, kmstest.Decide(t, key(delegation), evaluate.CallerConfig{ARN: "sns.amazonaws.com"},
			evaluate.RequestConfig{Action: action.Decrypt, KeyID: "arn:aws:kms:us-east-1:111122223333:key/other"}))
	}},

	{"a plan", true, func(t *recorder) { planned(t, "aws_kms_key.orders", "aws_iam_role.app", 2) }},
	{"a plan, found denied", false, func(t *recorder) { planned(t, "alias/orders", "aws_iam_role.app", 1) }},
	{"a plan without the key", false, func(t *recorder) { planned(t, "aws_kms_key.order", "aws_iam_role.app", 2) }},
	{"a plan without the caller", false, func(t *recorder) { planned(t, "aws_kms_key.orders", "aws_iam_role.ap", 2) }},
	{"a plan that leaves the key open", false, func(t *recorder) { planned(t, "aws_kms_key.open", "aws_iam_role.app", 2) }},
	{"a plan that leaves the caller open", false, func(t *recorder) { planned(t, "aws_kms_key.orders", "aws_iam_role.open", 2) }},

	{"works", true, func(t *recorder) { kmstest.Works(t, workflow.SNSToSQS, delivery(topicMakes, topicReads)) }},
	{"works, found the first step denied", false, func(t *recorder) { kmstest.Works(t, workflow.SNSToSQS, delivery(delegation)) }},
	{"works, found the second step denied", false, func(t *recorder) { kmstest.Works(t, workflow.SNSToSQS, delivery(topicMakes)) }},
	{"works, without parties", false, func(t *recorder) { kmstest.Works(t, workflow.SNSToSQS, workflow.Parties{}) }},
	{"works, with an unknown name", false, func(t *recorder) { kmstest.Works(t, workflow.Name("sns-to-sq"), delivery(topicMakes)) }},
	{"works, of no steps", false, func(t *recorder) { kmstest.Works(t, workflow.Workflow{Name: "own"}, workflow.Parties{}) }},
	{"works, of nothing", false, func(t *recorder) { kmstest.Works(t, unchecked{}, workflow.Parties{}) }},
	{"works, without a workflow", false, func(t *recorder) { kmstest.Works(t, nil, workflow.Parties{}) }},

	{"fails at step 1", true, func(t *recorder) {
		kmstest.FailsAt(t, workflow.SNSToSQS, delivery(delegation), 1, keyPolicy, evaluate.ReasonPrincipalNotNamed)
	}},
	{"fails at step 2", true, func(t *recorder) { kmstest.FailsAt(t, workflow.SNSToSQS, delivery(topicMakes), 2, keyPolicy) }},
	{"fails at step 2, which is never reached", false, func(t *recorder) { kmstest.FailsAt(t, workflow.SNSToSQS, delivery(delegation), 2, keyPolicy) }},
	{"fails at step 1, found the second denied", false, func(t *recorder) { kmstest.FailsAt(t, workflow.SNSToSQS, delivery(topicMakes), 1, keyPolicy) }},
	{"fails at step 1, found that it works", false, func(t *recorder) {
		kmstest.FailsAt(t, workflow.SNSToSQS, delivery(topicMakes, topicReads), 1, keyPolicy)
	}},
	{"fails at step 1, found another layer", false, func(t *recorder) { kmstest.FailsAt(t, workflow.SNSToSQS, delivery(delegation), 1, iamPolicy) }},
	{"fails at step 1, found another reason", false, func(t *recorder) {
		kmstest.FailsAt(t, workflow.SNSToSQS, delivery(delegation), 1, keyPolicy, evaluate.ReasonExplicitDeny)
	}},
	{"fails at step 3 of 2", false, func(t *recorder) { kmstest.FailsAt(t, workflow.SNSToSQS, delivery(topicMakes), 3, keyPolicy) }},
	{"fails at step 0", false, func(t *recorder) { kmstest.FailsAt(t, workflow.SNSToSQS, delivery(topicMakes), 0, keyPolicy) }},
	{"fails at no layer", false, func(t *recorder) {
		kmstest.FailsAt(t, workflow.SNSToSQS, delivery(delegation), 1, evaluate.LayerNone)
	}},
	{"fails, of nothing", false, func(t *recorder) { kmstest.FailsAt(t, unchecked{}, workflow.Parties{}, 1, keyPolicy) }},
	{"fails, without parties", false, func(t *recorder) { kmstest.FailsAt(t, workflow.SNSToSQS, workflow.Parties{}, 1, keyPolicy) }},
	{"fails, without a workflow", false, func(t *recorder) { kmstest.FailsAt(t, nil, workflow.Parties{}, 1, keyPolicy) }},

	{"scenario", true, func(t *recorder) { kmstest.Scenario(t, "testdata/keys/passes.json") }},
	{"run", false, func(t *recorder) { kmstest.Run(t, "testdata/keys/*.json") }},
	{"run, one selected", true, func(t *recorder) {
		t.only = "passes"
		kmstest.Run(t, "testdata/keys/*.json")
	}},
	{"run, of two folders", true, func(t *recorder) { kmstest.Run(t, "testdata/m*/*/*.json") }},
	{"run, of no file", false, func(t *recorder) { kmstest.Run(t, "testdata/keys/*.yaml") }},
	{"run, of a broken pattern", false, func(t *recorder) { kmstest.Run(t, "testdata/[.json") }},

	{"plan", true, func(t *recorder) {
		plan := kmstest.NewPlan(t, "alice decrypts", "the topic delivers")
		for range 2 {
			kmstest.Allowed(plan.For(t, "alice decrypts"), alice(t, aliceReads))
		}
		kmstest.Works(plan.For(t, "the topic delivers"), workflow.SNSToSQS, delivery(topicMakes, topicReads))
	}},
	{"plan, of each kind", true, func(t *recorder) {
		plan := kmstest.NewPlan(t, "allowed", "denied", "works", "fails", "scenario")
		kmstest.Allowed(plan.For(t, "allowed"), alice(t, aliceReads))
		kmstest.Denied(plan.For(t, "denied"), alice(t, delegation), iamPolicy)
		kmstest.Works(plan.For(t, "works"), workflow.SNSToSQS, delivery(topicMakes, topicReads))
		kmstest.FailsAt(plan.For(t, "fails"), workflow.SNSToSQS, delivery(delegation), 1, keyPolicy)
		kmstest.Scenario(plan.For(t, "scenario"), "testdata/keys/passes.json")
	}},
	{"plan, for two at once", true, func(t *recorder) {
		plan := kmstest.NewPlan(t, "alice decrypts", "somebody decrypts")
		kmstest.Allowed(plan.For(plan.For(t, "alice decrypts"), "somebody decrypts"), alice(t, aliceReads))
	}},
	{"plan, in a sub-test", true, func(t *recorder) {
		plan := kmstest.NewPlan(t, "alice decrypts")
		t.Run("alice", func(t *recorder) { kmstest.Allowed(plan.For(t, "alice decrypts"), alice(t, aliceReads)) })
	}},
	{"plan, failing", false, func(t *recorder) {
		plan := kmstest.NewPlan(t, "alice decrypts")
		kmstest.Allowed(plan.For(t, "alice decrypts"), evaluate.Decision{})
	}},
	{"plan, with a loop over nothing", false, func(t *recorder) {
		plan := kmstest.NewPlan(t, "alice decrypts", "workers decrypt")
		kmstest.Allowed(plan.For(t, "alice decrypts"), alice(t, aliceReads))
		for range []string(nil) {
			kmstest.Allowed(plan.For(t, "workers decrypt"), alice(t, aliceReads))
		}
	}},
	{"plan, stopped early", false, func(t *recorder) {
		plan := kmstest.NewPlan(t, "alice decrypts", "the topic delivers")
		kmstest.Allowed(plan.For(t, "alice decrypts"), kmstest.Decide(plan.For(t, "alice decrypts"), evaluate.KeyConfig{}, evaluate.CallerConfig{}, evaluate.RequestConfig{}))
	}},
	{"plan, taken up but not asked", false, func(t *recorder) { kmstest.NewPlan(t, "alice decrypts").For(t, "alice decrypts") }},
	{"plan, of something else", false, func(t *recorder) {
		plan := kmstest.NewPlan(t, "alice decrypts")
		kmstest.Allowed(plan.For(t, "alice encrypts"), alice(t, aliceReads))
	}},
	{"plan, of one thing twice", false, func(t *recorder) { kmstest.NewPlan(t, "alice decrypts", "bob decrypts", "alice decrypts") }},
	{"plan, of nothing", false, func(t *recorder) { kmstest.NewPlan(t) }},
}

// TestMessages runs each case and compares what it reports with the golden text.
func TestMessages(t *testing.T) {
	var got strings.Builder
	for _, c := range cases {
		r := record("Test", c.test)
		if r.failed == c.passes || r.failed == (r.text.Len() == 0) {
			t.Errorf("%s: failed is %v, want %v:\n%s", c.name, r.failed, !c.passes, r.text.String())
		}
		if !c.passes {
			got.WriteString("=== " + c.name + "\n" + r.text.String())
		}
	}
	golden.Text(t, "testdata/messages.txt", got.String())
}

// TestRun asks with a *testing.T, and in sub-tests with the names of the files.
func TestRun(t *testing.T) {
	kmstest.Run(t, "testdata/more/queues/*.json")
}

func TestSubTestNames(t *testing.T) {
	for _, c := range []struct{ pattern, want string }{
		{"testdata/more/queues/*.json", "topic user"},
		{"./testdata/more/queues/*.json", "topic user"},
		{"testdata/more/queues/u*.json", "user"},
		{"testdata/more/*/*.json", "queues/topic queues/user"},
		{"testdata/[m]ore/queues/*", "more/queues/topic more/queues/user"},
		{"testdata/more/queues/user.json", "user"},
		{"t*/more/queues/user.json", "testdata/more/queues/user"},
		{"../kmstest/testdata/more/queues/user.????", "user"},
	} {
		names := &namer{}
		kmstest.Run(names, c.pattern)
		if got := strings.Join(names.names, " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.pattern, got, c.want)
		}
	}
}

// A namer is a test that keeps the names of its sub-tests and does not run them.
type namer struct {
	recorder
	names []string
}

func (n *namer) Run(name string, _ func(*namer)) bool {
	n.names = append(n.names, name)
	return true
}

// TestFolderForAFile: a folder that matches is a failure, not passed over.
func TestFolderForAFile(t *testing.T) {
	r := record("Test", func(t *recorder) { kmstest.Run(t, "testdata/key?") })
	if !r.failed || !strings.Contains(r.text.String(), "Test/keys: the scenario cannot be read") {
		t.Errorf("got %q", r.text.String())
	}
}

// TestHostileNames: no name controls the terminal.
func TestHostileNames(t *testing.T) {
	r := record("Test", func(t *recorder) { kmstest.NewPlan(t, "a\x1b[31m\r") })
	if strings.ContainsAny(r.text.String(), "\x1b\r") || !r.failed {
		t.Errorf("got %q", r.text.String())
	}
}
