package scenario_test

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/evaluate/scenario"
	"github.com/kmsauthz/kmsauthz/policy"
)

const orders = `{
  "name": "orders may not decrypt",
  "key": {
    "metadata": {"Arn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
    "policy": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
    ]}
  },
  "caller": {"arn": "arn:aws:iam::111122223333:role/orders"},
  "request": {"action": "kms:Decrypt"},
  "expect": {"decision": "deny", "layer": "key-policy"}
}`

func ExampleParse() {
	s, err := scenario.Parse([]byte(orders), &policy.ParseOptions{File: "orders.json"})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := s.Decide()
	fmt.Println(d)
	for _, diff := range s.Check(d) {
		fmt.Println(diff)
	}
	// Output:
	// deny: iam-policy: no-allow: no identity-based policy is attached
	// orders.json:11:43: layer: got "iam-policy", want "key-policy"
}

func ExampleParse_faults() {
	_, err := scenario.Parse([]byte(`{
  "caller": {"arn": "orders"},
  "request": {"acton": "kms:Decrypt", "region": "us-east-1"}
}`), &policy.ParseOptions{File: "orders.json"})
	fmt.Println(err)
	// Output:
	// orders.json:2:21: caller.arn: found "orders", expected the ARN of a user, role, session, federated user or root user, a service principal, or "anonymous"
	// orders.json:3:14: request: field "action" is missing
	// orders.json:3:15: request: unknown field "acton" (did you mean "action"?)
}

func ExampleRedact() {
	redacted, err := scenario.Redact([]byte(orders), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(redacted))
	// Output:
	// {
	//   "name": "Balan",
	//   "key": {
	//     "metadata": {"Arn": "arn:aws:kms:us-east-1:444455556666:key/a000000d-a00d-c78e-b57d-a0000000000d"},
	//     "policy": {"Version": "2012-10-17", "Statement": [
	//       {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*"}
	//     ]}
	//   },
	//   "caller": {"arn": "arn:aws:iam::444455556666:role/javix"},
	//   "request": {"action": "kms:Decrypt"},
	//   "expect": {"decision": "deny", "layer": "key-policy"}
	// }
}

func ExampleRedactor_Text() {
	r := scenario.NewRedactor()
	if _, err := r.Scenario([]byte(orders), nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Text("User: arn:aws:sts::111122223333:assumed-role/orders/jane is not authorized to perform: kms:Decrypt"))
	// Output:
	// User: arn:aws:sts::444455556666:assumed-role/javix/ralas is not authorized to perform: kms:Decrypt
}
