package policy_test

import (
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
