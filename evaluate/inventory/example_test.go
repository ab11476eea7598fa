package inventory_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A plan of a new key, a new role and a policy for it. The key's policy does not delegate to the
// account, so the role's policy has no effect.
func ExampleInventory_AddTerraform() {
	plan, err := os.Open("testdata/terraform/small.json") // terraform show -json plan.out
	if err != nil {
		log.Fatal(err)
	}
	defer plan.Close()
	var inv inventory.Inventory
	report, err := inv.AddTerraform(plan, inventory.Options{File: "small.json", Account: "111122223333", Region: "us-east-1"})
	if err != nil {
		log.Fatal(err)
	}
	for _, problem := range report.Problems {
		fmt.Println(problem)
	}
	d, err := inv.Decide(evaluate.DefaultRules(), "aws_kms_key.orders", "aws_iam_role.app", evaluate.RequestConfig{Action: action.Decrypt})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d)
	key, err := inv.Key("aws_kms_key.orders")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Sources()[0])
	// Output:
	// deny: key-policy: no-delegation: no statement names role/app or account 111122223333
	// small.json:29:5: aws_kms_key.orders: ARN
}

// What a template leaves open is listed, in the report and where it is asked for.
func ExampleInventory_AddCloudFormation() {
	const template = `{
  "Parameters": {"Reader": {"Type": "String"}},
  "Resources": {
    "Key": {
      "Type": "AWS::KMS::Key",
      "Properties": {"KeyPolicy": {"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": {"Ref": "Reader"}}, "Action": "kms:Decrypt", "Resource": "*"}
      ]}}
    }
  }
}`
	var inv inventory.Inventory
	opts := inventory.Options{File: "key.json", Account: "111122223333", Region: "us-east-1"}
	report, err := inv.AddCloudFormation(strings.NewReader(template), opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Problems)

	opts.Parameters = map[string]string{"Reader": "arn:aws:iam::444455556666:root"}
	if report, err = inv.AddCloudFormation(strings.NewReader(template), opts); err != nil {
		log.Fatal(err)
	}
	key, err := inv.Key("Key")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(report.Problems), key.ARN(), len(key.Unknown()))
	// Output:
	// key.json:7:50: Resources.Key.Properties.KeyPolicy.Statement[0].Principal.AWS: parameter Reader is not given
	// 0 arn:aws:kms:us-east-1:111122223333:key/Key 0
}

// Every caller of an account, and who of them may decrypt.
func ExampleInventory_Callers() {
	var inv inventory.Inventory
	for _, source := range []struct {
		file string
		add  func(f *os.File) (inventory.Report, error)
	}{
		{"authorization/account.json", func(f *os.File) (inventory.Report, error) {
			return inv.AddAuthorizationDetails(f, inventory.Options{})
		}},
		{"awscli/describe-key.json", func(f *os.File) (inventory.Report, error) { return inv.AddKeyMetadata(f, inventory.Options{}) }},
		{"awscli/get-key-policy.json", func(f *os.File) (inventory.Report, error) {
			return inv.AddKeyPolicy(f, "1234abcd-12ab-34cd-56ef-1234567890ab", inventory.Options{})
		}},
	} {
		f, err := os.Open("testdata/" + source.file)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := source.add(f); err != nil {
			log.Fatal(err)
		}
		f.Close()
	}
	for caller := range inv.Callers() {
		d, err := inv.Decide(evaluate.DefaultRules(), "1234abcd-12ab-34cd-56ef-1234567890ab", caller.ARN(), evaluate.RequestConfig{Action: action.Decrypt})
		switch {
		case err != nil:
			fmt.Println(caller.ARN(), "is not wholly known")
		default:
			fmt.Println(caller.ARN(), d.Allowed())
		}
	}
	// Output:
	// arn:aws:iam::111122223333:user/people/ada true
	// arn:aws:iam::111122223333:role/service/app false
	// arn:aws:iam::111122223333:role/orphan is not wholly known
}

// An event that the policies do not explain: AWS denied what they allow today.
func ExampleReadEvents() {
	var inv inventory.Inventory
	for _, source := range []struct {
		doc string
		add adder
	}{
		{`{"Arn": "arn:aws:kms:us-east-1:111122223333:key/k"}`, addMetadata},
		{`{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]}`, addPolicy("k")},
	} {
		if _, err := source.add(&inv, source.doc, inventory.Options{}); err != nil {
			log.Fatal(err)
		}
	}
	trail := strings.NewReader(`{"Records": [{"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "awsRegion": "us-east-1",
		"userIdentity": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"}, "errorCode": "AccessDenied",
		"resources": [{"ARN": "arn:aws:kms:us-east-1:111122223333:key/k"}]}]}`)
	report, err := inventory.ReadEvents(trail, inventory.Options{File: "trail.json"}, func(e *inventory.Event) error {
		replay, err := inv.Replay(evaluate.DefaultRules(), e)
		if err == nil && replay.Agreement() == inventory.Different {
			fmt.Println(e.Source.Position, e.Name, replay)
		}
		return nil
	})
	fmt.Println(report.Resolved, report.Ignored, err)
	// Output:
	// trail.json:1:14 Decrypt different: AWS answered AccessDenied, the policies say allow: key-policy: statement 0 allows kms:Decrypt
	// 1 0 <nil>
}
