package conditions_test

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func ExampleTest_Holds() {
	op, err := conditions.ParseOperator("StringLike")
	if err != nil {
		fmt.Println(err)
		return
	}
	test, _ := conditions.NewTest(op, "kms:ViaService", []conditions.Value{{Text: "s3.*.amazonaws.com"}}, conditions.TestOptions{})
	request := conditions.NewContext(map[string][]string{
		"kms:ViaService": {"s3.us-east-1.amazonaws.com"},
	})
	direct := conditions.Context{}
	fmt.Println(&test)
	fmt.Println(test.Holds(&request), test.Holds(&direct))
	// Output:
	// StringLike kms:ViaService "s3.*.amazonaws.com"
	// true false
}

func ExampleParseOperator_unknown() {
	_, err := conditions.ParseOperator("ForAnyValue:StringEqual")
	fmt.Println(err)
	// Output:
	// unknown operator "ForAnyValue:StringEqual" (did you mean "ForAnyValue:StringEquals"?)
}

func ExampleContext_Over() {
	caller := conditions.NewContext(map[string][]string{"aws:PrincipalAccount": {"111122223333"}})
	request := conditions.NewContext(map[string][]string{"aws:SecureTransport": {"true"}, "KMS:viaService": {"s3.us-east-1.amazonaws.com"}})
	both := request.Over(caller).Only(conditions.KeysOf(action.ListKeys))
	for name, values := range both.All() {
		fmt.Println(name, values)
	}
	// Output:
	// aws:PrincipalAccount [111122223333]
	// aws:SecureTransport [true]
}

func ExampleKeyInfo_UsableOn() {
	info, _ := conditions.ParseKey("kms:grantoperations").Info()
	fmt.Println(info.Name, info.UsableOn(action.CreateGrant), info.UsableOn(action.Decrypt))
	// Output:
	// kms:GrantOperations true false
}

func ExampleNear() {
	near, ok := conditions.Near("aws:PrincipleArn")
	fmt.Println(near.Name, ok)
	// Output:
	// aws:PrincipalArn true
}
