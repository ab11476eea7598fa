// Package policy reads what is written down about access to KMS keys: ARNs, principals, and the
// five kinds of policy documents that take part in KMS authorization.
//
// A key policy, an IAM policy (identity-based, a permissions boundary or a session policy), a
// service control policy, a resource control policy and a VPC endpoint policy are five types,
// so that one cannot be passed where another is meant. They share [Document], which holds the
// statements.
//
// Parsing is strict about form and faithful in the rest. Broken JSON, elements that are unknown,
// missing or contradict each other, and values without a meaning are each an [Error] with its
// position, and all errors of a document are reported together. What has a form is kept as
// written, although it can never match (a statement without Resource, an action that KMS does not
// have) or IAM would not store it (a Sid with blanks, or given twice): package lint looks at that.
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
