package policy_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kmsauthz/kmsauthz/policy"
)

func ExampleParseKeyPolicy() {
	p, err := policy.ParseKeyPolicy([]byte(`{
  "Version": "2012-10-17",
  "Statement": {
    "Sid": "Use",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*"
  }
}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range p.Statements() {
		fmt.Println(s.Position(), s.Sid(), s.Effect(), s.PrincipalAt(0).Kind())
		fmt.Println(s.Actions())
	}
	// Output:
	// 3:16 Use Allow role
	// kms:Decrypt, kms:GenerateDataKey, kms:GenerateDataKeyWithoutPlaintext, kms:GenerateDataKeyPair, kms:GenerateDataKeyPairWithoutPlaintext
}

func ExampleErrors() {
	_, err := policy.ParseIAMPolicy([]byte(`{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": "*",
    "Acton": "kms:Decrypt",
    "Condition": {"StringEqual": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
  }]
}`), &policy.ParseOptions{File: "app.json"})
	var errs policy.Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			fmt.Println(e)
		}
	}
	// Output:
	// app.json:5:5: Statement[0]: an IAM policy cannot have a Principal
	// app.json:6:5: Statement[0]: unknown element "Acton" (did you mean "Action"?)
	// app.json:7:19: Statement[0].Condition: unknown operator "StringEqual" (did you mean "StringEquals"?)
}

func ExampleParsePrincipal() {
	for _, text := range []string{
		"arn:aws:iam::111122223333:root",
		"111122223333",
		"arn:aws:sts::111122223333:assumed-role/app/i-0abc",
		"arn:aws:iam::111122223333:role/*",
	} {
		p := policy.ParsePrincipal(text)
		fmt.Printf("%v, account %q, name %q\n", p.Kind(), p.Account(), p.Name())
	}
	// Output:
	// account, account "111122223333", name ""
	// account, account "111122223333", name ""
	// session, account "111122223333", name "app"
	// no one, account "", name ""
}

func ExampleDocument_Apply() {
	p, err := policy.ParseKeyPolicy([]byte(`{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Use",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"},
      "Action": "kms:Decrypt",
      "Resource": "*"
    }
  ]
}
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, err := p.Apply(
		policy.Edit{Op: policy.AddValues, Element: "Action", Values: []string{"kms:GenerateDataKey*"}},
		policy.Edit{Op: policy.AddCondition, Operator: "StringEquals", Key: "kms:ViaService", Values: []string{"s3.us-east-1.amazonaws.com"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	edited := &policy.KeyPolicy{Document: *doc} // of the same kind again
	fmt.Print(edited)
	// Output:
	// {
	//   "Version": "2012-10-17",
	//   "Statement": [
	//     {
	//       "Sid": "Use",
	//       "Effect": "Allow",
	//       "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"},
	//       "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
	//       "Resource": "*",
	//       "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
	//     }
	//   ]
	// }
}

func ExampleDiff() {
	before, err := policy.ParseIAMPolicy([]byte(`{
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": "kms:*",
        "Resource": "*"
    }
}
`), &policy.ParseOptions{Name: "app-kms"})
	if err != nil {
		fmt.Println(err)
		return
	}
	edit := policy.Edit{
		Op:      policy.ReplaceElement,
		Element: "Resource",
		As:      "Resource",
		Values:  []string{"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
	}
	after, err := before.Apply(edit)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(edit)
	fmt.Print(policy.Diff(&before.Document, after))
	// Output:
	// set Resource of statement 0 to "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	// --- app-kms
	// +++ app-kms
	// @@ -3,6 +3,6 @@
	//      "Statement": {
	//          "Effect": "Allow",
	//          "Action": "kms:*",
	// -        "Resource": "*"
	// +        "Resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	//      }
	//  }
}

func ExampleEdit() {
	edit := policy.Edit{Op: policy.AddStatement, New: &policy.StatementConfig{
		Sid:        "Delegate",
		Effect:     policy.Allow,
		Principals: []policy.Principal{policy.ParsePrincipal("arn:aws:iam::111122223333:root")},
		Actions:    []string{"kms:*"},
		Resources:  []string{"*"},
	}}
	fmt.Println(edit)
	text, err := json.Marshal(edit)
	fmt.Println(string(text), err)
	// Output:
	// add a statement "Delegate" that allows "kms:*" on "*" to "arn:aws:iam::111122223333:root"
	// {"op":"add-statement","new":{"Sid":"Delegate","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}} <nil>
}
