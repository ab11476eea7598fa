// Package grants holds what is granted: grants on KMS keys, the operations that
// they allow, their constraints and their life cycle.
//
// A [Grant] is what CreateGrant made and ListGrants prints; [Parse] reads the
// output of "aws kms list-grants". Whether a grant counts in a request is
// decided by package evaluate, which also knows the key policy, the caller and
// the chosen rules; this package answers for the grant alone: is it effective,
// do its constraints hold, may a child grant be made under it.
//
// Left out: quotas, idempotency by name, and the propagation time of a grant
// (a grant is pending or it is not; there is no clock).
package grants
