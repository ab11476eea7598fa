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
// # The format
//
// Where a part has an AWS shape, a scenario takes what the AWS CLI prints. Only key.metadata.Arn,
// key.policy, caller.arn and request.action are required (and no key, for an operation that uses
// none); what is left out takes the value that most real keys and calls have.
//
//	{
//	  "name": "title",
//	  "rules": "default",                  or "aws", "strict", {"grantsStandAlone": true}
//	  "key": {
//	    "metadata": {"Arn": "..."},        describe-key's KeyMetadata
//	    "policy": {},                      a document, a string that holds one, or get-key-policy's output
//	    "grants": [],                      list-grants' Grants, also with a Token and a Status of "pending" or "retired"
//	    "aliases": ["alias/orders"],
//	    "tags": {"Owner": "platform"},
//	    "organization": {"id": "o-example", "path": "o-example/r-ab12/", "managementAccount": false},
//	    "resourceControlPolicies": [[]]    levels, root first, each a list of policies
//	  },
//	  "caller": {
//	    "arn": "...",                      user, role, session, federated user, root user, service, or "anonymous"
//	    "roleArn": "...",                  of a session whose role has a path
//	    "userArn": "...",                  of a federated user's parent
//	    "uniqueId": "AROAEXAMPLE:session",
//	    "tags": {},
//	    "organization": {},
//	    "iamPolicies": [{"name": "app-kms", "policy": {}}],
//	    "permissionsBoundary": {},
//	    "sessionPolicies": [],
//	    "serviceControlPolicies": [[]]
//	  },
//	  "request": {
//	    "action": "kms:Decrypt",
//	    "region": "us-east-1",
//	    "keyId": "alias/orders",           how the caller named the key
//	    "alias": "arn:...:alias/orders",   the alias half of Create-, Update- or DeleteAlias, without key
//	    "viaService": "s3.us-east-1.amazonaws.com",
//	    "sourceArn": "...",
//	    "sourceAccount": "111122223333",
//	    "encryptionContext": {"app": "orders"},
//	    "grantTokens": [],
//	    "grantId": "",
//	    "time": "2026-01-02T03:04:05Z",
//	    "vpcEndpoint": {"id": "vpce-0abc", "policy": {}},
//	    "context": {"aws:MultiFactorAuthPresent": "true"}
//	  },
//	  "expect": {"decision": "deny", "layer": "key-policy", "reason": "no-delegation"}
//	}
//
// Every policy may be bare or {"name", "policy"}. null, an empty string and a policy of {} stand
// for what is not given. A field that the format does not have is an error, except in
// key.metadata and key.grants, so that newer CLI output pastes too.
//
// request.context gives condition keys that do not follow from the rest; giving another value than
// the one that follows is an error. expect is any part of the decision object, which is what
// [Result] prints; only what it names is compared.
//
// An error is what the reader cannot give a meaning: broken JSON, wrong types, unknown or missing
// fields, malformed ARNs, parts that contradict each other. A well-formed request that KMS does
// not have (kms:ReEncrypt) is no error; it is denied.
//
// # Showing a scenario to others
//
// [Redact] renames accounts, names and ids in the text of a scenario before it is read, so that
// all that is printed of it afterwards is renamed alike; the answer stays the same.
//
// Not here: writing scenarios, reading several situations from one document, and other formats
// such as Terraform plans.
package scenario
