// Package evaluate decides who may do what with a KMS key, and which layer stands
// in the way of those who may not.
//
// A [Key], a [Caller] and a [Request] are built once, each from a config of plain
// data, and may meet in any number of decisions:
//
//	key, err := evaluate.NewKey(evaluate.KeyConfig{ARN: arn, Policy: keyPolicy})
//	role, err := evaluate.NewCaller(evaluate.CallerConfig{ARN: roleARN, IAMPolicies: policies})
//	request, err := evaluate.NewRequest(evaluate.RequestConfig{Action: action.Decrypt})
//	d := evaluate.Decide(key, role, request)
//
// [Decide] applies this project's own rules; [AWSRules] and [StrictRules] choose
// others, and [Rules] names each point on which they differ. The rules and their
// order are the comment of [Rules.Decide]; each stands in a file of its own:
//
//	preconditions.go  the request, its Region, operations across accounts
//	guardrails.go     explicit denies, SCPs and RCPs, VPC endpoint policies
//	waysin.go         the key policy alone, with IAM policies, their limits
//	grantpath.go      grants, and who may retire them
//	naming.go         how a Principal element names a caller
//	keyusage.go, keystate.go
//	context.go        which condition keys a request carries
//
// [DecideAll] answers for all 58 actions at once, [AccessQuestion] for many callers
// and keys, and [Review] says what a change of policies gives and takes away.
// sweep.go and grantindex.go make things fast and state no rules.
//
// A [Decision] is small. Its Blockers are the layers that must all change before
// the request is allowed; its Alternatives are the other path, where there is one.
// Each is an [Entry] that knows the statement or grant and says in a few words
// what it lacks. Its AWSError is the message that the caller sees, and
// [ReadAWSError] leads from such a message back to the request and to the layers
// that it leaves possible.
//
// [Decision.Explain] tells the whole story, what almost matched included: a tree
// of nodes, and its text. [Decision.Fixes] proposes the smallest changes that let
// a denied request in, each tried; [Decision.Ways] lists the ways in of an allowed
// one, and [Decision.Closing] closes them. The files explain*.go, fix*.go and
// ways.go hold these; they ask the rules above and have none of their own.
//
// A [PolicyChange] asks another question: would KMS take this key policy from
// this caller, or does it lock the caller out?
//
// Everything here is a pure function of its inputs: there is no clock, no
// randomness and no network. Keys, callers and requests are immutable and safe
// for concurrent use by multiple goroutines.
//
// Left out: operations that need several authorizations at once, such as
// ReEncrypt and CreateAlias, are as many requests here, one each. Package
// workflow puts them together, and knows what AWS services call on a user's
// behalf. Package kmstest asks in tests.
package evaluate
