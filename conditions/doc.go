// Package conditions says what the Condition element of a policy says: it
// knows the condition keys and the operators of IAM as far as requests to KMS
// have to do with them, holds what is known of a request, and decides whether
// a condition holds for it.
//
// A [Key] is the name of a condition key; what AWS documents of the keys that
// a request to KMS may carry is a table of [KeyInfo]. A [Context] is a
// request's keys and values. An [Operator] is one of AWS's operators with its
// set operator (ForAllValues, ForAnyValue) and IfExists, all rows of one
// table. A [Test] is one key under one operator with the values that the
// policy gives, a [Condition] is all tests of a statement, in the form in
// which they were written. A [Template] is text with policy variables, in the
// values of a condition or in a statement's Resource.
//
//	op, err := conditions.ParseOperator("StringLike")
//	test, faults := conditions.NewTest(op, "kms:ViaService",
//		[]conditions.Value{{Text: "s3.*.amazonaws.com"}}, conditions.TestOptions{})
//	request := conditions.NewContext(map[string][]string{
//		"kms:ViaService": {"s3.us-east-1.amazonaws.com"},
//	})
//	fmt.Println(test.Holds(&request)) // true
//
// Everything here is a pure function of its inputs: there is no clock, and a
// condition on the time looks at the time that the context has. Values that a
// policy gives are read once, and comparing them with a request allocates
// nothing. The cost is linear in the texts compared, or with wildcards their
// product.
//
// The rules are those of the IAM User Guide (IAM JSON policy elements:
// Condition operators; Conditions with multiple context keys or values;
// Single-valued vs. multivalued context keys; Variables and tags) and of the
// AWS KMS Developer Guide (Condition keys for AWS KMS). Where they are silent
// the choice made is marked UNDOCUMENTED in the source.
//
// Left out: where the values come from (package evaluate derives them), which
// policy may use which key (a KeyInfo only tells; policy and evaluate act on
// it), reading a condition from JSON (package policy), and the condition keys
// that only other services know, which are compared like any other if a
// context has them.
package conditions
