package grants_test

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/grants"
)

// Parse reads what "aws kms list-grants" prints.
func ExampleParse() {
	list, err := grants.Parse([]byte(`{"Grants": [{
  "KeyId": "arn:aws:kms:us-east-1:111122223333:key/orders",
  "GrantId": "g-1",
  "GranteePrincipal": "arn:aws:iam::111122223333:role/worker",
  "Operations": ["Decrypt", "RetireGrant"],
  "Constraints": {"EncryptionContextSubset": {"app": "orders"}}
}]}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range list {
		fmt.Println(g.ID, g.Grantee, g.Operations)
		fmt.Println(g.Constraints.EncryptionContextHolds(map[string]string{"app": "orders", "stage": "test"}))
		fmt.Println(g.Constraints.EncryptionContextHolds(map[string]string{"app": "billing"}))
	}
	// Output:
	// g-1 arn:aws:iam::111122223333:role/worker kms:Decrypt, kms:RetireGrant
	// true
	// false
}
