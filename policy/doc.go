// Package policy reads what is written down about access to KMS keys: ARNs, principals, and the
// five kinds of policy documents that take part in KMS authorization.
//
// A key policy, an IAM policy (identity-based, a permissions boundary or a session policy), a
// service control policy, a resource control policy and a VPC endpoint policy are five types,
// so that one cannot be passed where another is meant. They share [Document], which holds the
// statements.
//
// Parsing is strict where IAM is and faithful where it is not. What IAM would refuse is an
// [Error] with its position, and all errors of a document are reported together. What IAM
// accepts although it can never match (a statement without Resource, an action that KMS does
// not have) is kept as written.
//
// A policy is changed by way of its text: [Document.Apply] makes an [Edit] or several, leaves all
// else as it was written, and reads the result again; [Diff] shows what changed.
//
// All types but the structs that callers fill in are immutable and safe for concurrent use by
// multiple goroutines.
//
// Not here: whether a policy allows a request, which package evaluate decides, and policies of
// other services, of which only the KMS part is understood.
package policy
