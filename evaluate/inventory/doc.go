// Package inventory reads what people have (the output of AWS CLI commands, Terraform plans,
// CloudFormation templates, CloudTrail logs) and makes of it the keys, callers and requests that
// package evaluate decides about.
//
//	var inv inventory.Inventory
//	report, err := inv.AddKeyMetadata(file, inventory.Options{File: "describe-key.json"})
//	...
//	for _, problem := range report.Problems {
//		fmt.Println(problem) // file, line, element, and what of it could not be used
//	}
//	d, err := inv.Decide(evaluate.DefaultRules(), "alias/orders", "arn:aws:iam::111122223333:role/app",
//		evaluate.RequestConfig{Action: action.Decrypt})
//
// # Building an inventory
//
// An [Inventory] is built by adding sources, in any order and of as many accounts as there are:
//
//	AddKeyMetadata           aws kms describe-key
//	AddKeyPolicy             aws kms get-key-policy
//	AddGrants                aws kms list-grants
//	AddResourceTags          aws kms list-resource-tags
//	AddAliases               aws kms list-aliases
//	AddAuthorizationDetails  aws iam get-account-authorization-details
//	AddManagedPolicy         aws iam get-policy-version
//	AddAccounts              aws organizations list-accounts, describe-account
//	AddOrganizationPolicies  aws organizations describe-policy
//	AddPoliciesForTarget     aws organizations list-policies-for-target
//	AddTargetsForPolicy      aws organizations list-targets-for-policy
//	AddCloudFormation        CloudFormation templates in JSON, aws cloudformation get-template
//	AddTerraform             terraform show -json, of a plan or a state
//	Add                      any of these, told by what it starts with
//
// Each returns a [Report]: how many elements were taken, how many of them not wholly, how many
// have no bearing on KMS authorization, and a problem for everything that is unknown or could not
// be used, in the shape of policy.Errors. Nothing is left out silently. The error beside it is for
// a document that could not be read to its end; what stands before the fault has been added. For
// [Options] that mean nothing it is an evaluate.ConfigErrors, and nothing has been added.
//
// Sources complete each other, and what is added later takes the place of what was said before of
// the same thing. [Inventory.Missing] tells in the end what the sources refer to and none of them
// has.
//
// # Asking it
//
// [Inventory.Key] finds the key behind an ARN, a key id, an alias, a Terraform address or a
// logical id; [Inventory.Caller] a user, a role, a session of one, a service. Both give the
// config, where each part of it came from, and what of it is unknown; Compile makes the
// evaluate.Key or evaluate.Caller. What is unknown is never guessed: compiling is then an
// [UnknownError] that lists it. [Inventory.Keys] and [Inventory.Callers] yield all there are, in
// the order in which the sources mention them, [Inventory.Policies] all policies, for package
// policy/lint.
//
// # In a test
//
// What a Terraform plan is going to make, asked before it is applied; package evaluate/kmstest
// explains what fails:
//
//	func TestAppDecrypts(t *testing.T) {
//		plan, err := os.Open("plan.json") // terraform show -json plan.out > plan.json
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer plan.Close()
//		var inv inventory.Inventory
//		opts := inventory.Options{File: "plan.json", Account: "111122223333", Region: "us-east-1"}
//		report, err := inv.AddTerraform(plan, opts)
//		if err != nil {
//			t.Fatal(err)
//		}
//		for _, problem := range report.Problems {
//			t.Log(problem) // what is unknown, or not read; asking about it is an error
//		}
//		d, err := inv.Decide(evaluate.DefaultRules(), "aws_kms_key.orders", "aws_iam_role.app",
//			evaluate.RequestConfig{Action: action.Decrypt})
//		if err != nil {
//			t.Fatal(err)
//		}
//		kmstest.Allowed(t, d)
//	}
//
// Managed policies of AWS that a plan or template only attaches are added by AddManagedPolicy, and
// keys that it only names by AddKeyMetadata and AddKeyPolicy. For a workflow, kmstest.Key and
// kmstest.Caller take the key and the caller, and end the test if not all of them is known (outside
// of tests: Key.Complete and Caller.Complete):
//
//	kmstest.Works(t, workflow.S3Read, workflow.Parties{
//		Key:      kmstest.Key(t, &inv, "aws_kms_key.orders"),
//		Caller:   kmstest.Caller(t, &inv, "aws_iam_role.app"),
//		Resource: "arn:aws:s3:::orders/object",
//	})
//
// # Replaying a log
//
// [ReadEvents] reads the KMS events of CloudTrail, each with its caller, what had to be allowed,
// and AWS's answer; [Inventory.Replay] decides them again:
//
//	report, err := inventory.ReadEvents(log, opts, func(e *inventory.Event) error {
//		replay, err := inv.Replay(evaluate.DefaultRules(), e)
//		if err == nil && replay.Agreement() == inventory.Different {
//			fmt.Println(e.Source, replay)
//		}
//		return nil
//	})
//
// # Large files
//
// Files are streamed: a reader holds one element (a user, a role, a record) and what it
// returns. Options bound the size of an element and report progress.
//
// Left out: calling AWS, writing any of these formats, and files that are compressed.
package inventory
