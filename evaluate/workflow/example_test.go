package workflow_test

import (
	"fmt"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/workflow"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// My topic delivers to my encrypted queue. It does not: the key policy names SQS,
// but SNS is the service that calls KMS.
func ExampleName_Check() {
	keyPolicy, err := policy.ParseKeyPolicy([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Sid": "Admin", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
		{"Sid": "Queue", "Effect": "Allow", "Principal": {"Service": "sqs.amazonaws.com"},
		 "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"}]}`), nil)
	if err != nil {
		panic(err)
	}

	result, err := workflow.SNSToSQS.Check(workflow.Parties{
		Key:      evaluate.KeyConfig{ARN: "arn:aws:kms:us-east-1:111122223333:key/orders", Policy: keyPolicy},
		Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
		Source:   "arn:aws:sns:us-east-1:111122223333:orders",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Allowed())
	if step, denied := result.Failed(); denied {
		fmt.Println(step.Number, step.Step.Title)
		fmt.Println(step.Decision)
	}
	for _, permission := range result.Workflow().Outside {
		fmt.Println("also:", permission)
	}
	// Output:
	// false
	// 1 A data key is made for the message
	// deny: key-policy: principal-not-named: no statement names the service sns.amazonaws.com
	// also: the queue policy allows sqs:SendMessage to sns.amazonaws.com for the topic
	// also: the queue is subscribed to the topic
}

// An AWS managed key serves users of its account, but its policy lets no service in
// that calls as itself.
func ExampleAWSManagedKey() {
	key, err := workflow.AWSManagedKey("sqs", "111122223333", "us-east-1")
	if err != nil {
		panic(err)
	}
	const queue = "arn:aws:sqs:us-east-1:111122223333:orders"

	byUser, err := workflow.SQSSend.Check(workflow.Parties{
		Key: key, Caller: evaluate.CallerConfig{ARN: "arn:aws:iam::111122223333:user/alice"}, Resource: queue,
	})
	if err != nil {
		panic(err)
	}
	byTopic, err := workflow.SNSToSQS.Check(workflow.Parties{
		Key: key, Resource: queue, Source: "arn:aws:sns:us-east-1:111122223333:orders",
	})
	if err != nil {
		panic(err)
	}
	failed, _ := byTopic.Failed()
	fmt.Println(byUser.Allowed(), byTopic.Allowed())
	fmt.Println(failed.Decision.Layer(), failed.Decision.Reason())
	// Output:
	// true false
	// key-policy aws-managed-key
}

// A workflow that is not built in.
func ExampleWorkflow_Check() {
	putRecords := workflow.Workflow{
		Name: "kinesis-put", Title: "A role writes to an encrypted stream",
		Needs: []workflow.Need{
			{Party: workflow.Key, Text: "the stream's key"},
			{Party: workflow.Caller, Text: "the producer"},
			{Party: workflow.Resource, Text: "the stream", Form: "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME"},
		},
		Steps: []workflow.Step{{
			Title: "Kinesis makes a data key", Action: action.GenerateDataKey, Caller: "{Caller}", Key: workflow.Key,
			ViaService:        "kinesis.{Region}.amazonaws.com",
			EncryptionContext: map[string]string{"aws:kinesis:arn": "{Resource}"},
			Doc:               "https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html",
		}},
	}
	_, err := putRecords.Check(workflow.Parties{Resource: "orders"})
	fmt.Println(err)
	// Output:
	// Parties.Key: missing: the stream's key
	// Parties.Caller: missing: the producer
	// Parties.Resource: found "orders", expected the stream, arn:aws:kinesis:REGION:ACCOUNT:stream/NAME
}

// What a workflow needs, before anything is at hand.
func ExampleName_Workflow() {
	w, err := workflow.LambdaPollsSQS.Workflow()
	if err != nil {
		panic(err)
	}
	fmt.Println(w.Title)
	for _, need := range w.Needs {
		fmt.Printf("%s: %s\n", need.Party, need.Text)
	}
	for _, step := range w.Steps {
		fmt.Printf("%v via %s: %s\n", step.Action, step.ViaService, step.Title)
	}
	fmt.Println(w.Cache.Max)
	// Output:
	// A Lambda function is invoked with messages of an encrypted SQS queue
	// Key: the queue's key
	// Role: the function's execution role
	// Resource: the queue
	// kms:Decrypt via sqs.{Region}.amazonaws.com: Lambda receives messages as the execution role, and SQS decrypts their data key
	// 24h0m0s
}

// What two encrypted queues cost in a billing period of 28 days.
func ExampleSQSRequests() {
	requests, err := workflow.SQSRequests(28*24*time.Hour,
		workflow.SQSQueue{Producers: 3, Consumers: 1, DataKeyReuse: 24 * time.Hour},
		workflow.SQSQueue{Producers: 5, Consumers: 2, DataKeyReuse: 24 * time.Hour})
	fmt.Println(requests, err)
	// Output: 532 <nil>
}
