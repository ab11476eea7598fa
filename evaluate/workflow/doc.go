// Package workflow knows what AWS services ask of KMS on a user's behalf: "my
// topic delivers to my encrypted queue" and "my function polls it", as the
// requests that follow from them.
//
// A [Workflow] is a row of data: the requests, step by step, with their callers,
// encryption contexts and source keys, each with the page of AWS that says so;
// what the workflow needs besides KMS; and how long a cached data key can hide a
// change of policy. [All] lists the rows that are built in. A row of your own is
// checked like those.
//
//	result, err := workflow.SNSToSQS.Check(workflow.Parties{
//		Key:      evaluate.KeyConfig{ARN: keyARN, Policy: keyPolicy},
//		Resource: "arn:aws:sqs:us-east-1:111122223333:orders",
//		Source:   "arn:aws:sns:us-east-1:111122223333:orders",
//	})
//	fmt.Println(result)
//
// [Parties] says who and what takes part. A workflow lists in its Needs which of
// them it uses, and what each means there; one that is missing is an error that
// names it. The [Result] has a decision for each step.
//
// [AWSManagedKey] makes the key of a service with its fixed policy (aws/sqs), and
// [SQSQueue] answers how many requests to KMS an encrypted queue costs.
//
// Everything here is a pure function of its inputs. Workflows and results that
// the package hands out are copies: changing one changes no other.
//
// Left out: whether the service itself allows what the user does. A workflow
// names such permissions, unchecked, in its Outside.
package workflow
