// Package scenario reads scenarios: one JSON document that holds a whole situation (the key, the
// caller, the request) and, for a test, what is expected of it.
//
//	s, err := scenario.Parse(doc, nil)
//	if err != nil {
//		return err // policy.Errors: every fault of the document with line, column and path
//	}
//	d := s.Decide()
//	for _, diff := range s.Check(d) {
//		fmt.Println(diff)
//	}
//
// Where a part has an AWS shape, a scenario takes what the AWS CLI prints: describe-key's
// KeyMetadata, get-key-policy's and list-grants' output. Only key.metadata.Arn, key.policy,
// caller.arn and request.action are required; what is left out takes the value that most real
// keys and calls have. null, an empty string and a policy of {} stand for what is not given.
// A field that the format does not have is an error, except in key.metadata and key.grants, so
// that newer CLI output pastes too.
//
// An error is what the reader cannot give a meaning: broken JSON, wrong types, unknown or missing
// fields, malformed ARNs, parts that contradict each other. A well-formed request that KMS does
// not have (kms:ReEncrypt) is no error; it is denied.
//
// Not here: writing scenarios, reading several situations from one document, and other formats
// such as Terraform plans.
package scenario
