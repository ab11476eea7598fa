// Package lint finds what is probably wrong with a policy: statements that do nothing although
// they look as if they did, keys that are open to more callers than was meant, and keys that
// nobody can manage any more.
//
// [KeyPolicy], [IAMPolicy] and their like return [Finding]s in the order of the document, each
// with its position, one sentence, and where there is one an edit that mends it:
//
//	key-policy.json:14:9: warning: wildcard-administrator: ...
//
// What is looked for is a table of [Rule]s, which [Rules] lists with a paragraph on each. A user
// selects rules, adds rules and silences findings by [Options].
//
// The linter is meant to be quiet on policies that are correct. It reads one policy by itself and
// says only what follows from that text; a rule that is right only in most cases is a warning or
// mere information. A document that is only a part of a key policy lacks what stands in the rest of
// it: silence no-delegation and no-policy-administrator then.
//
// Left out: whether a request would be allowed, which package evaluate decides with all policies
// at hand, what package policy reports as an error when it reads a document, and statements
// about other services.
package lint
