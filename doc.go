// Package kmsauthz is the map of a library that says whether an AWS KMS request
// would be allowed and, if not, exactly which layer blocks it. It works offline
// on policies, grants and key metadata; it never calls AWS, holds no keys and
// does no cryptography.
//
// # The model
//
// Two rules carry KMS authorization.
//
// Dual authorization: the key policy must let the caller in, by naming it or by
// delegating to its account ("arn:aws:iam::111122223333:root" as Principal), and
// where it delegates an IAM policy must allow as well. Across accounts both
// sides are always needed. No other AWS resource works so: elsewhere an IAM
// policy of the same account is enough.
//
// Grant-requires-delegation: a grant is a third way in, which counts where the
// key policy delegates the operation to the key's own account. AWS's
// documentation knows no such condition; evaluate.AWSRules follows it, and each
// decision tells where the two differ.
//
// Around these stand the guardrails, which never allow and can always deny:
// service control policies, resource control policies, the VPC endpoint policy,
// the permissions boundary and session policies. Behind them stand the key's
// Region, usage and state.
//
// # The order of evaluation
//
//  1. request: is it one that KMS has
//  2. Region of the key and of the call
//  3. operations that never work across accounts
//  4. explicit denies, in every policy that applies
//  5. guardrails: SCPs level by level, the VPC endpoint policy
//  6. ways in: key policy directly, key policy and IAM policy, grant
//  7. limits of each way: permissions boundary, session policies
//  8. key usage, then key state
//
// # Where to go next
//
// Package evaluate decides: build a Key, a Caller and a Request and call Decide.
// Package evaluate/scenario reads all three from one JSON document, package
// evaluate/inventory from Terraform plans, templates, CLI output and logs. Package
// evaluate/workflow knows what AWS services ask of KMS on a user's behalf, and
// package evaluate/kmstest asks all of this in a test, one line each. Package
// policy reads key policies, IAM policies and the other documents; package
// policy/action lists the 58 KMS permissions and what AWS documents of each, and
// package policy/lint finds what is probably wrong with a policy.
// Package grants reads grants. Package conditions evaluates Condition elements
// and lists the condition keys. The programs under examples put all of it together,
// to be copied: explain, infratest, linter, cloudtrail, whocan.
//
// # What is left out
//
// Throttling, quotas and eventual consistency; ciphertexts and which key they
// belong to; IAM's own rules on who may pass a role or assume one; identity
// providers. A statement about a service other than KMS is read and never
// matches.
package kmsauthz
