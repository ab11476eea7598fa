package inventory

import (
	"sync"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// The kinds of problems that inventories have beside those of package policy.
const (
	CodeUnknown     policy.Code = "unknown-value"        // a value that the source does not tell
	CodeUnsupported policy.Code = "unsupported"          // an element that may bear on authorization and is not read
	CodeIncomplete  policy.Code = "incomplete"           // a listing of which only a part was given
	CodeMissing     policy.Code = "unresolved-reference" // what is referred to has not been read
)

// An Inventory is what has been read of keys, callers and policies. The zero Inventory is empty
// and ready to use.
//
// Adding to an inventory is for one goroutine at a time. Looking things up changes nothing, so that
// goroutines may share an inventory to which nothing is added any more. An inventory must not be
// copied.
type Inventory struct {
	keys    ordered[*key]               // by ARN
	byID    map[string][]*key           // the same by key id
	loose   ordered[*key]               // what was said of a key by its id alone
	aliases ordered[*alias]             // by ARN
	named   map[string][]*alias         // the same by alias name
	targets map[string]*ordered[*alias] // the same by the ARN of a key with which they were once associated

	principals ordered[*principal]              // by account, kind and name
	byUniqueID map[string]*principal            // those that have a unique id
	managed    ordered[part[*policy.IAMPolicy]] // managed policies by ARN

	organizations map[string]evaluate.Organization // by account
	attachments   map[string]*ordered[attachment]  // of SCPs and RCPs, by target and the policy's id
	guardrails    map[string]guardrail             // SCPs and RCPs by id

	elements map[string][]element // Terraform addresses and logical ids

	assembled sync.Map // *Key by ARN: keys that have been looked up since something was added
}

// A Source is where a part of a key or a caller comes from.
type Source struct {
	policy.Position        // where the element starts
	Element         string // "UserDetailList[3]", "aws_kms_key.orders", "Resources.OrdersKey"
	Field           string // the field of KeyConfig or CallerConfig that it tells of: "Policy", "Grants[1]"
}

// String returns the place, the element and the field.
func (s Source) String() string {
	return s.Position.String() + ": " + s.Element + ": " + s.Field
}

// A part is something that one source says, where it says it, and what of it it leaves open.
type part[T any] struct {
	value   T
	source  Source
	unknown policy.Errors // if there are any, the value does not count
}

// isGiven reports whether any source says something.
func (p *part[T]) isGiven() bool { return p.source.Line > 0 }

// A key is what has been read of a key.
type key struct {
	arn        policy.ARN                  // zero for what was said of a key id alone
	properties part[keyProperties]         // what the key is by itself
	policy     part[*policy.KeyPolicy]     // the key policy
	tags       part[map[string]string]     // its tags
	grants     ordered[part[grants.Grant]] // its grants by id
}

// keyProperties are what a key is by itself.
type keyProperties struct {
	config  evaluate.KeyConfig // without its ARN, policy, grants, aliases and tags
	primary string             // of a replica whose source does not tell its spec: the ARN of the primary key, which has the same
}

// An alias is an alias of a key.
type alias struct {
	name   string
	target part[string] // the ARN of its key; "" if there is none
}

// A principalID names a user, role or group. Within an account names are unique, whatever the
// path.
//
// See IAM User Guide, "IAM identifiers", Friendly names and paths.
type principalID struct{ account, kind, name string }

// The kinds of principals, as they stand in ARNs.
const (
	userKind  = "user"
	roleKind  = "role"
	groupKind = "group"
)

// String returns the id as the name of a principal.
func (id principalID) String() string { return id.account + ":" + id.kind + "/" + id.name }

// A principal is what has been read of a user, role or group.
type principal struct {
	id       principalID
	details  part[details]
	inline   ordered[part[*policy.IAMPolicy]] // by the policy's name
	attached ordered[part[string]]            // ARNs of managed policies
	groups   ordered[part[string]]            // names of a user's groups
}

// details are what a user, role or group is by itself.
type details struct {
	arn      string
	uniqueID string
	tags     map[string]string
	boundary string // the ARN of the managed policy; "" if there is none
}

// An element is what a Terraform address or a logical id stands for. One of its fields is set.
type element struct {
	key     string // an ARN
	alias   string // an ARN
	caller  string // an ARN
	unknown *UnknownError
}

// A Report says what became of the elements of a source.
type Report struct {
	Resolved   int // elements that were taken as a whole; the data sources of a plan are none
	Unresolved int // elements of which something is unknown or could not be used
	Ignored    int // elements that have no bearing on KMS authorization

	// Problems are what is unknown or could not be used, in document order. Path starts with the
	// element. Beyond 1,000 problems the last entry says how many more there are.
	Problems policy.Errors
}

// Elements returns the number of elements.
func (r *Report) Elements() int { return r.Resolved + r.Unresolved + r.Ignored }

// maxProblems bounds the problems that a report lists.
const maxProblems = 1000

// maxUnknown bounds the problems that are remembered of one part.
const maxUnknown = 10

// An UnknownError says why a key or a caller cannot be decided about: the sources leave open
// what decides.
type UnknownError struct {
	Name    string        // the key or caller: its ARN, or the element if the ARN is what is not known
	Unknown policy.Errors // what is not known
}

// Error returns one line for the key or caller and one for each thing that is not known.
func (e *UnknownError) Error() string {
	return printable.Sprintf("%q is not wholly known:\n%v", e.Name, e.Unknown)
}

// Unwrap returns what is not known.
func (e *UnknownError) Unwrap() error { return e.Unknown }
