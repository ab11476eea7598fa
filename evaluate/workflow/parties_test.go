package workflow_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/policy"
)

const (
	queueARN = "arn:aws:sqs:us-east-1:111122223333:orders"
	topicARN = "arn:aws:sns:us-east-1:111122223333:orders"
	appARN   = "arn:aws:iam::111122223333:role/app"
	keyARN   = "arn:aws:kms:us-east-1:111122223333:key/orders"
)

// keyWith returns a key whose policy has these statements, in the notation of
// testdata/workflows.txt.
func keyWith(t *testing.T, statements ...string) evaluate.KeyConfig {
	t.Helper()
	var lines []line
	for i, s := range statements {
		lines = append(lines, line{"key", s, i + 1})
	}
	return notation{"key": keyARN}.keyConfig(t, "key", lines)
}

// iamWith returns an IAM policy of one statement.
func iamWith(t *testing.T, statement string) []*policy.IAMPolicy {
	t.Helper()
	return notation{"key": keyARN}.iamPolicies(t, "iam", []line{{"iam", statement, 1}})
}

// A party that is missing, of the wrong kind or in the wrong account is named.
func TestParties(t *testing.T) {
	key := keyWith(t, "root: *")
	caller := evaluate.CallerConfig{ARN: appARN}
	for _, tt := range []struct {
		name    string
		work    workflow.Name
		parties workflow.Parties
		want    string
	}{
		{"nothing", workflow.SNSToSQS, workflow.Parties{},
			"Parties.Key: missing: the queue's key\n" +
				"Parties.Resource: missing: the queue, arn:aws:sqs:REGION:ACCOUNT:QUEUE\n" +
				"Parties.Source: missing: the topic, arn:aws:sns:REGION:ACCOUNT:TOPIC"},
		{"no topic", workflow.SNSToSQS, workflow.Parties{Key: key, Resource: queueARN},
			"Parties.Source: missing: the topic, arn:aws:sns:REGION:ACCOUNT:TOPIC"},
		{"topic and queue the wrong way round", workflow.SNSToSQS, workflow.Parties{Key: key, Resource: topicARN, Source: queueARN},
			"Parties.Resource: found \"" + topicARN + "\", expected the queue, arn:aws:sqs:REGION:ACCOUNT:QUEUE\n" +
				"Parties.Source: found \"" + queueARN + "\", expected the topic, arn:aws:sns:REGION:ACCOUNT:TOPIC"},
		{"a caller that nobody asks for", workflow.SNSToSQS, workflow.Parties{Key: key, Resource: queueARN, Source: topicARN, Caller: caller},
			"Parties.Caller: workflow sns-to-sqs does not use it"},
		{"a name in the place of an ARN", workflow.SQSSend, workflow.Parties{Key: key, Caller: caller, Resource: "orders"},
			"Parties.Resource: found \"orders\", expected the queue, arn:aws:sqs:REGION:ACCOUNT:QUEUE"},
		{"a bucket in the place of an object", workflow.S3Read, workflow.Parties{Key: key, Caller: caller, Resource: "arn:aws:s3:::amzn-s3-demo-bucket"},
			"Parties.Resource: found \"arn:aws:s3:::amzn-s3-demo-bucket\", expected the object, arn:aws:s3:::BUCKET/KEY"},
		{"an object in the place of a bucket", workflow.S3ReadBucketKey, workflow.Parties{Key: key, Caller: caller, Resource: "arn:aws:s3:::amzn-s3-demo-bucket/a"},
			"Parties.Resource: found \"arn:aws:s3:::amzn-s3-demo-bucket/a\", expected the bucket, whose S3 Bucket Key is used, arn:aws:s3:::BUCKET"},
		{"a layer in the place of a function", workflow.LambdaReadEnvironment,
			workflow.Parties{Key: key, Caller: caller, Resource: "arn:aws:lambda:us-east-1:111122223333:layer:orders"},
			"Parties.Resource: found \"arn:aws:lambda:us-east-1:111122223333:layer:orders\", expected the function, arn:aws:lambda:REGION:ACCOUNT:function:NAME"},
		{"a function without a name", workflow.LambdaReadEnvironment,
			workflow.Parties{Key: key, Caller: caller, Resource: "arn:aws:lambda:us-east-1:111122223333:function:"},
			"Parties.Resource: found \"arn:aws:lambda:us-east-1:111122223333:function:\", expected the function, arn:aws:lambda:REGION:ACCOUNT:function:NAME"},
		{"a topic of the queue's own account", workflow.SNSToSQSOtherAccount, workflow.Parties{Key: key, Resource: queueARN, Source: topicARN},
			"Parties.Source: is in account 111122223333, as Resource is: in workflow sns-to-sqs-other-account they are in two accounts"},
		{"a topic of another account", workflow.SNSToSQS, workflow.Parties{Key: key, Resource: queueARN, Source: "arn:aws:sns:us-east-1:444455556666:orders"},
			"Parties.Source: is in account 444455556666, but Resource is in 111122223333: in workflow sns-to-sqs they are in one account"},
		{"a group of another account", workflow.AutoScaling, workflow.Parties{Key: key, Role: evaluate.CallerConfig{ARN: "arn:aws:iam::444455556666:role/scaling"},
			Resource: "arn:aws:ec2:us-east-1:444455556666:volume/vol-0abc", Source: "arn:aws:ec2:us-east-1:444455556666:instance/i-0abc"},
			"Parties.Role: is in account 444455556666, but Key is in 111122223333: in workflow auto-scaling they are in one account"},
		{"a key without a policy", workflow.SNSToSQS, workflow.Parties{Key: evaluate.KeyConfig{ARN: keyARN}, Resource: queueARN, Source: topicARN},
			"Parties.Key.Policy: missing: every KMS key has a key policy"},
		{"a caller of no caller's form", workflow.SQSSend,
			workflow.Parties{Key: key, Caller: evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:group/app"}, Resource: queueARN},
			"Parties.Caller.ARN: found \"arn:aws:iam::111122223333:group/app\", expected the ARN of a user, role, session, federated user or root user"},
		{"a key and a caller that are none", workflow.SQSSend,
			workflow.Parties{Key: evaluate.KeyConfig{ARN: keyARN}, Caller: evaluate.CallerConfig{ARN: "app"}, Resource: "orders"},
			"Parties.Key.Policy: missing: every KMS key has a key policy\n" +
				"Parties.Caller.ARN: found \"app\", expected the ARN of a user, role, session, federated user or root user, a service principal, or \"anonymous\"\n" +
				"Parties.Resource: found \"orders\", expected the queue, arn:aws:sqs:REGION:ACCOUNT:QUEUE"},
		{"two keys that are none", workflow.ReEncrypt, workflow.Parties{Key: evaluate.KeyConfig{ARN: keyARN}, SourceKey: evaluate.KeyConfig{ARN: keyARN}, Caller: caller},
			"Parties.Key.Policy: missing: every KMS key has a key policy\nParties.SourceKey.Policy: missing: every KMS key has a key policy"},
		{"a key to be made that is none, and has no policy", workflow.CreateKeyWithTags, workflow.Parties{Key: evaluate.KeyConfig{ARN: queueARN}, Caller: caller},
			"Parties.Key.ARN: found \"" + queueARN + "\", expected arn:PARTITION:kms:REGION:ACCOUNT:key/..."},
		{"a service that asks a service", workflow.SQSSend, workflow.Parties{Key: key, Caller: evaluate.CallerConfig{ARN: "lambda.amazonaws.com"}, Resource: queueARN},
			"Parties.Caller: must not be a service, found \"lambda.amazonaws.com\": in workflow sqs-send a service calls on its behalf"},
		{"a service in the place of a role", workflow.LambdaPollsSQS, workflow.Parties{Key: key, Role: evaluate.CallerConfig{ARN: "lambda.amazonaws.com"}, Resource: queueARN},
			"Parties.Role: must not be a service, found \"lambda.amazonaws.com\": in workflow lambda-polls-sqs a service calls on its behalf"},
		{"a condition key that the workflow sets", workflow.ReEncrypt, workflow.Parties{Key: key, SourceKey: key, Caller: caller,
			Context: map[string][]string{"kms:ReEncryptOnSameKey": {"false"}}},
			"Parties.Context[\"kms:ReEncryptOnSameKey\"]: follows from the workflow"},
		{"a misspelt condition key", workflow.SQSSend, workflow.Parties{Key: key, Caller: caller, Resource: queueARN,
			Context: map[string][]string{"aws:SourceIpp": {"203.0.113.7"}}},
			"Parties.Context[\"aws:SourceIpp\"]: unknown condition key \"aws:SourceIpp\" (did you mean \"aws:SourceIp\"?)"},
		{"a key of no spec's usage that is to be made", workflow.CreateKeyWithTags,
			workflow.Parties{Key: evaluate.KeyConfig{ARN: keyARN, Policy: key.Policy, Spec: evaluate.HMAC256}, Caller: caller},
			"Parties.Key.Usage: missing: CreateKey needs it for a key of spec HMAC_256"},
		{"an unknown workflow", "sns-to-sqss", workflow.Parties{}, "Workflow.Name: unknown workflow \"sns-to-sqss\" (did you mean \"sns-to-sqs\"?)"},
		{"no workflow at all", "", workflow.Parties{}, "Workflow.Name: unknown workflow \"\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result, err := tt.work.Check(tt.parties)
			var faults evaluate.ConfigErrors
			if !errors.As(err, &faults) || err.Error() != tt.want {
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
			if result.Allowed() {
				t.Error("allowed")
			}
		})
	}
}

// Whose key it is does not matter to a topic and a queue: each of the two workflows is about their
// own accounts.
func TestKeyOfThirdAccount(t *testing.T) {
	for name, topic := range map[workflow.Name]string{
		workflow.SNSToSQS:             topicARN,
		workflow.SNSToSQSOtherAccount: "arn:aws:sns:us-east-1:444455556666:orders",
	} {
		key := keyWith(t, "root: *")
		key.ARN = "arn:aws:kms:us-east-1:444455556666:key/orders"
		if _, err := name.Check(workflow.Parties{Key: key, Resource: queueARN, Source: topic}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The pairs and condition keys that the user gives are in the requests that they
// are about, and in no others.
func TestPartiesAddToRequests(t *testing.T) {
	parties := workflow.Parties{
		Key:               keyWith(t, "root: *"),
		Caller:            evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:user/alice"},
		Role:              evaluate.CallerConfig{ARN: appARN},
		Resource:          "arn:aws:lambda:us-east-1:111122223333:function:orders",
		EncryptionContext: map[string]string{"app": "orders", "aws:lambda:FunctionArn": "other"},
		Context:           map[string][]string{"aws:MultiFactorAuthPresent": {"true"}},
	}
	result, err := workflow.LambdaEnvironment.Check(parties)
	if err != nil {
		t.Fatal(err)
	}
	wants := []struct {
		function, app string
		mfa           bool
	}{
		{parties.Resource, "", true},  // CreateGrant by the caller: what the grant says
		{"other", "orders", true},     // Encrypt by the caller
		{parties.Resource, "", false}, // Decrypt by the function
	}
	for o := range result.Outcomes() {
		want := wants[o.Number-1]
		ec := o.Request.EncryptionContext
		_, mfa := o.Request.Context["aws:MultiFactorAuthPresent"]
		if ec["aws:lambda:FunctionArn"] != want.function || ec["app"] != want.app || mfa != want.mfa {
			t.Errorf("step %d: got %v, MFA %v, want %+v", o.Number, ec, mfa, want)
		}
	}
}

// A role session in the place of a role stays what it is.
func TestSessionOfRole(t *testing.T) {
	for _, tt := range []struct{ role, want string }{
		{"arn:aws:iam::111122223333:role/service/worker", "arn:aws:sts::111122223333:assumed-role/worker/orders"},
		{"arn:aws:sts::111122223333:assumed-role/worker/other", "arn:aws:sts::111122223333:assumed-role/worker/other"},
	} {
		result, err := workflow.LambdaEnvironment.Check(workflow.Parties{
			Key:      keyWith(t, "root: *"),
			Caller:   evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:user/alice"},
			Role:     evaluate.CallerConfig{ARN: tt.role},
			Resource: "arn:aws:lambda:us-east-1:111122223333:function:orders",
		})
		if err != nil {
			t.Fatal(err)
		}
		for o := range result.Outcomes() {
			if o.Number == 3 && (o.Caller != tt.want || !o.Decision.Allowed()) {
				t.Errorf("%s: got %s, %v, want %s, allowed", tt.role, o.Caller, o.Decision, tt.want)
			}
		}
	}
}

// The session that an instance uses has no policies of its own, but the SCPs of
// its account bind it.
func TestInstanceUnderSCPs(t *testing.T) {
	deny, err := policy.ParseServiceControlPolicy([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "*", "Resource": "*"},
		{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	parties := workflow.Parties{
		Key: keyWith(t, "root: *"),
		Caller: evaluate.CallerConfig{
			ARN: "arn:aws:iam::111122223333:role/admin", IAMPolicies: iamWith(t, "CreateGrant on key"),
			ServiceControlPolicies: [][]*policy.ServiceControlPolicy{{deny}},
		},
		Resource: "arn:aws:ec2:us-east-1:111122223333:volume/vol-0abc",
		Source:   "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc",
	}
	result, err := workflow.EBSAttachVolume.Check(parties)
	if err != nil {
		t.Fatal(err)
	}
	failed, denied := result.Failed()
	if !denied || failed.Number != 2 || failed.Decision.Layer() != evaluate.LayerSCP {
		t.Errorf("got\n%v\nwant step 2 denied by scp", result)
	}
}

// Under the rules of AWS a grant needs no delegation, and the result says so.
func TestRules(t *testing.T) {
	parties := workflow.Parties{
		Key:      keyWith(t, appARN+": CreateGrant"),
		Caller:   evaluate.CallerConfig{ARN: appARN},
		Resource: "arn:aws:ec2:us-east-1:111122223333:volume/vol-0abc",
		Source:   "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc",
	}
	byDefault, err := workflow.EBSAttachVolume.Check(parties)
	if err != nil {
		t.Fatal(err)
	}
	failed, _ := byDefault.Failed()
	if failed.Number != 2 || failed.Decision.Reason() != evaluate.ReasonGrantRequiresDelegation || !strings.Contains(byDefault.String(), "AWS's documentation allows this") {
		t.Errorf("default rules: got\n%v", byDefault)
	}
	parties.Rules = evaluate.AWSRules()
	byAWS, err := workflow.EBSAttachVolume.Check(parties)
	if err != nil || !byAWS.Allowed() {
		t.Errorf("AWS's rules: got\n%v, %v", byAWS, err)
	}
}

// Text that a user gives cannot end a line of the result or control a terminal.
func TestResultIsPrintable(t *testing.T) {
	result, err := workflow.ReEncrypt.Check(workflow.Parties{
		Key: keyWith(t, "root: *"), SourceKey: keyWith(t, "root: *"), Caller: evaluate.CallerConfig{ARN: appARN},
		EncryptionContext: map[string]string{"a": "line\nbreak", "b\x1b[31m": "red"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := result.String(); strings.Contains(text, "line\n") || strings.Contains(text, "\x1b") || !strings.Contains(text, "line\ufffdbreak") {
		t.Errorf("got %q", text)
	}
}

// CreateKey shows conditions the key as it will be.
func TestNewKey(t *testing.T) {
	parties := workflow.Parties{
		Key:    keyWith(t, "root: *"),
		Caller: evaluate.CallerConfig{ARN: appARN, IAMPolicies: iamWith(t, "CreateKey on * if StringEquals kms:KeySpec HMAC_256 if StringEquals kms:KeyUsage GENERATE_VERIFY_MAC if StringEquals kms:MultiRegionKeyType PRIMARY if Null aws:TagKeys true")},
	}
	parties.Key.Spec, parties.Key.Usage = evaluate.HMAC256, evaluate.GenerateVerifyMAC
	parties.Key.MultiRegion, parties.Key.MultiRegionKeyType = true, evaluate.Primary
	parties.Caller.IAMPolicies = append(parties.Caller.IAMPolicies, iamWith(t, "TagResource on *")...)
	result, err := workflow.CreateKeyWithTags.Check(parties)
	if err != nil || !result.Allowed() {
		t.Errorf("got %v, %v, want allowed", result, err)
	}
	parties.Key.Spec = evaluate.HMAC384
	if result, err = workflow.CreateKeyWithTags.Check(parties); err != nil || result.Allowed() {
		t.Errorf("another spec: got %v, %v, want denied", result, err)
	}
}

// An alias may leave a key that is to be deleted, for one in the same Region.
func TestUpdateAlias(t *testing.T) {
	parties := workflow.Parties{
		Key: keyWith(t, "root: *"), SourceKey: keyWith(t, "root: *"), Resource: "arn:aws:kms:us-east-1:111122223333:alias/orders",
		Caller: evaluate.CallerConfig{ARN: appARN, IAMPolicies: iamWith(t, "UpdateAlias on *")},
	}
	old := parties.SourceKey
	parties.SourceKey.State = evaluate.PendingDeletion
	if result, err := workflow.UpdateAlias.Check(parties); err != nil || !result.Allowed() {
		t.Errorf("from a key to be deleted: got %v, %v, want allowed", result, err)
	}
	parties.SourceKey = old
	parties.SourceKey.ARN = strings.Replace(old.ARN, "us-east-1", "eu-west-1", 1)
	if result, err := workflow.UpdateAlias.Check(parties); err != nil || result.Allowed() {
		t.Errorf("from a key of another Region: got %v, %v, want denied", result, err)
	}
	parties.SourceKey, parties.Key.State = old, evaluate.PendingDeletion
	if result, err := workflow.UpdateAlias.Check(parties); err != nil || result.Allowed() {
		t.Errorf("to a key to be deleted: got %v, %v, want denied", result, err)
	}
}
