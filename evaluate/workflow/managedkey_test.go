package workflow_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

const (
	home = "111122223333"
	away = "444455556666"
)

func managedKey(t *testing.T, service string) evaluate.KeyConfig {
	t.Helper()
	cfg, err := workflow.AWSManagedKey(service, home, "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// The policy of an AWS managed key, as the Amazon DynamoDB Developer Guide shows it
// ("DynamoDB encryption at rest: usage notes").
func TestManagedKeyOfDynamoDB(t *testing.T) {
	cfg, err := workflow.AWSManagedKey("dynamodb", home, "us-west-2")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Version": "2012-10-17", "Id": "auto-dynamodb", "Statement": [
		{"Sid": "Allow access through Amazon DynamoDB for all principals in the account that are authorized to use Amazon DynamoDB",
		 "Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*",
		 "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"],
		 "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "dynamodb.us-west-2.amazonaws.com"}}},
		{"Sid": "Allow direct access to key metadata to the account", "Effect": "Allow",
		 "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Resource": "*",
		 "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]},
		{"Sid": "Allow DynamoDB Service with service principal name dynamodb.amazonaws.com to describe the key directly", "Effect": "Allow",
		 "Principal": {"Service": "dynamodb.amazonaws.com"}, "Resource": "*", "Action": ["kms:Describe*", "kms:Get*", "kms:List*"]}]}`
	doc, err := json.Marshal(cfg.Policy)
	if err != nil {
		t.Fatal(err)
	}
	var got, wanted any
	if err := errors.Join(json.Unmarshal(doc, &got), json.Unmarshal([]byte(want), &wanted)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Error(diff)
	}
	if cfg.Manager != evaluate.AWSManaged || !slices.Equal(cfg.Aliases, []string{"alias/aws/dynamodb"}) || cfg.ARN != "arn:aws:kms:us-west-2:111122223333:key/aws-managed-dynamodb" {
		t.Errorf("got %v, %v, %s", cfg.Manager, cfg.Aliases, cfg.ARN)
	}
}

// Who may do what with an AWS managed key: everybody of the account through the
// service, without an IAM policy; nobody directly, nobody else; and the account's
// IAM policies may allow to look at it.
func TestManagedKeys(t *testing.T) {
	const alice, bob = "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::444455556666:user/bob"
	looks := iamWith(t, "* on *")
	via := map[string]string{"ebs": "ec2"} // of the others it is their own name
	for service := range workflow.ManagedServices() {
		own := service
		if via[service] != "" {
			own = via[service]
		}
		for _, tt := range []struct {
			caller  string
			iam     []*policy.IAMPolicy
			action  action.Action
			via     string
			allowed bool
		}{
			{alice, nil, action.Decrypt, own + ".us-east-1.amazonaws.com", true},
			{alice, nil, action.GenerateDataKey, own + ".us-east-1.amazonaws.com", true},
			{alice, nil, action.DescribeKey, own + ".us-east-1.amazonaws.com", true},
			{alice, nil, action.Encrypt, own + ".us-east-1.amazonaws.com", service != "sns"},
			{alice, nil, action.CreateGrant, own + ".us-east-1.amazonaws.com", service != "s3" && service != "ssm"},
			{alice, nil, action.ListGrants, own + ".us-east-1.amazonaws.com", service == "sns" || service == "rds"},
			{alice, nil, action.GenerateDataKey, own + ".us-west-2.amazonaws.com", service == "secretsmanager"},
			{alice, looks, action.Decrypt, own + ".us-west-2.amazonaws.com", false},
			{alice, looks, action.Decrypt, "glue.us-east-1.amazonaws.com", false},
			{alice, looks, action.Decrypt, "", false},
			{alice, looks, action.PutKeyPolicy, "", false},
			{alice, looks, action.ScheduleKeyDeletion, "", false},
			{alice, looks, action.DescribeKey, "", true},
			{alice, nil, action.DescribeKey, "", false},
			{alice, looks, action.RevokeGrant, "", service != "s3" && service != "ssm"},
			{bob, looks, action.Decrypt, own + ".us-east-1.amazonaws.com", false},
			{bob, looks, action.DescribeKey, "", false},
			{"sns.amazonaws.com", nil, action.GenerateDataKey, "", false},
			{"dynamodb.amazonaws.com", nil, action.DescribeKey, "", service == "dynamodb"},
		} {
			key, err := evaluate.NewKey(managedKey(t, service))
			if err != nil {
				t.Fatal(err)
			}
			caller, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: tt.caller, IAMPolicies: tt.iam})
			if err != nil {
				t.Fatal(err)
			}
			request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: tt.action, ViaService: tt.via})
			if err != nil {
				t.Fatal(err)
			}
			if d := evaluate.Decide(key, caller, request); d.Allowed() != tt.allowed {
				t.Errorf("aws/%s: %v by %s via %q: got %v", service, tt.action, tt.caller, tt.via, d)
			}
		}
	}
}

// What workflows say of AWS managed keys: they serve users of their own account
// without any IAM policy for KMS, and never a service that calls as itself.
func TestWorkflowsWithManagedKeys(t *testing.T) {
	caller := evaluate.CallerConfig{ARN: "arn:aws:iam::" + home + ":user/alice"}
	foreigner := evaluate.CallerConfig{ARN: "arn:aws:iam::" + away + ":user/bob", IAMPolicies: iamWith(t, "* on *")}
	volume, instance := "arn:aws:ec2:us-east-1:111122223333:volume/vol-0abc", "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc"
	for _, tt := range []struct {
		work    workflow.Name
		parties workflow.Parties
		step    int // 0: allowed
	}{
		{workflow.SQSSend, workflow.Parties{Key: managedKey(t, "sqs"), Caller: caller, Resource: queueARN}, 0},
		{workflow.SQSSend, workflow.Parties{Key: managedKey(t, "sqs"), Caller: foreigner, Resource: queueARN}, 1},
		{workflow.SNSToSQS, workflow.Parties{Key: managedKey(t, "sqs"), Resource: queueARN, Source: topicARN}, 1},
		{workflow.SNSPublish, workflow.Parties{Key: managedKey(t, "sns"), Caller: caller, Resource: topicARN}, 0},
		{workflow.CloudWatchAlarmToSNS, workflow.Parties{Key: managedKey(t, "sns"), Resource: topicARN, Source: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:slow"}, 1},
		{workflow.LambdaPollsSQS, workflow.Parties{Key: managedKey(t, "sqs"), Role: caller, Resource: queueARN}, 0},
		{workflow.S3Read, workflow.Parties{Key: managedKey(t, "s3"), Caller: caller, Resource: "arn:aws:s3:::amzn-s3-demo-bucket/a"}, 0},
		{workflow.S3Read, workflow.Parties{Key: managedKey(t, "s3"), Caller: foreigner, Resource: "arn:aws:s3:::amzn-s3-demo-bucket/a"}, 1},
		{workflow.EBSAttachVolume, workflow.Parties{Key: managedKey(t, "ebs"), Caller: caller, Resource: volume, Source: instance}, 0},
		{workflow.RDSCreate, workflow.Parties{Key: managedKey(t, "rds"), Caller: caller}, 0},
		{workflow.ParameterPut, workflow.Parties{Key: managedKey(t, "ssm"), Caller: caller, Resource: "arn:aws:ssm:us-east-1:111122223333:parameter/a"}, 0},
		{workflow.SecretRead, workflow.Parties{Key: managedKey(t, "secretsmanager"), Caller: foreigner, Resource: "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf"}, 1},
		{workflow.DynamoDBCreateTable, workflow.Parties{Key: managedKey(t, "dynamodb"), Caller: caller, Resource: "arn:aws:dynamodb:us-east-1:111122223333:table/a"}, 0},
		{workflow.LambdaEnvironment, workflow.Parties{Key: managedKey(t, "lambda"), Caller: caller, Role: evaluate.CallerConfig{ARN: appARN},
			Resource: "arn:aws:lambda:us-east-1:111122223333:function:a"}, 0},
	} {
		result, err := tt.work.Check(tt.parties)
		if err != nil {
			t.Errorf("%s: %v", tt.work, err)
			continue
		}
		failed, denied := result.Failed()
		if failed.Number != tt.step || denied && failed.Decision.Reason() != evaluate.ReasonAWSManagedKey {
			t.Errorf("%s: want denied at step %d (0: allowed) by the key's fixed policy, got\n%v", tt.work, tt.step, result)
		}
	}
}

func TestManagedKeyErrors(t *testing.T) {
	for _, tt := range []struct{ service, account, region, want string }{
		{"sqss", home, "us-east-1", "AWSManagedKey.service: no AWS managed key of \"sqss\" is known (did you mean \"sqs\"?)"},
		{"", home, "us-east-1", "AWSManagedKey.service: no AWS managed key of \"\" is known"},
		{"sqs", "aws", "us-east-1", "AWSManagedKey.account, region: found \"aws\" and \"us-east-1\", expected an account id and a Region"},
		{"sqs", "1111222233334", "us-east-1", "AWSManagedKey.account, region: found \"1111222233334\" and \"us-east-1\", expected an account id and a Region"},
		{"sqs", home, "", "AWSManagedKey.account, region: found \"111122223333\" and \"\", expected an account id and a Region"},
		{"sqs", home, "us-east-1 ", "AWSManagedKey.account, region: found \"111122223333\" and \"us-east-1 \", expected an account id and a Region"},
	} {
		if _, err := workflow.AWSManagedKey(tt.service, tt.account, tt.region); err == nil || err.Error() != tt.want {
			t.Errorf("%q %q %q: got %v, want %s", tt.service, tt.account, tt.region, err, tt.want)
		}
	}
}

func TestManagedKeyPartitions(t *testing.T) {
	for _, tt := range []struct{ region, want string }{
		{"us-east-1", "aws"}, {"eu-central-1", "aws"}, {"cn-north-1", "aws-cn"}, {"us-gov-west-1", "aws-us-gov"},
		{"us-iso-east-1", "aws-iso"}, {"us-isob-east-1", "aws-iso-b"}, {"eu-isoe-west-1", "aws-iso-e"}, {"us-isof-south-1", "aws-iso-f"},
		{"eusc-de-east-1", "aws-eusc"},
	} {
		cfg, err := workflow.AWSManagedKey("sqs", home, tt.region)
		if err != nil {
			t.Fatal(err)
		}
		if want := "arn:" + tt.want + ":kms:" + tt.region + ":111122223333:key/aws-managed-sqs"; cfg.ARN != want {
			t.Errorf("got %s, want %s", cfg.ARN, want)
		}
	}
}
