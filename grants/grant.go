package grants

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/internal/wildcard"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A Grant gives one grantee some operations on one KMS key. It only allows; a
// grant never denies.
//
// It is plain data: evaluate.NewKey copies what it needs, so a Grant may be
// changed afterwards without any effect on the keys built from it.
//
// See AWS KMS Developer Guide, "Grants in AWS KMS".
type Grant struct {
	ID    string // GrantId
	Name  string // the idempotency name given to CreateGrant, often empty
	KeyID string // KeyId as list-grants prints it: the key's ARN or id; empty if not known

	Grantee  policy.Principal // GranteePrincipal or GranteeServicePrincipal
	Retiring policy.Principal // RetiringPrincipal or RetiringServicePrincipal; zero if there is none

	// IssuingAccount is the id of the account in which the grant was created.
	// Empty stands for the key's own account.
	IssuingAccount string

	Operations  action.Set
	Constraints Constraints

	Status Status
	Token  string // the grant token that CreateGrant returned, if known

	Position policy.Position // where the grant stands in its document
}

// Effective reports whether the grant counts in a request that carries tokens:
// an active grant always, a pending one only with its own token, a retired one
// never.
//
// See AWS KMS Developer Guide, "Grant token" and "Eventual consistency" in
// "Grants in AWS KMS".
func (g *Grant) Effective(tokens []string) bool {
	switch g.Status {
	case Active:
		return true
	case Pending:
		return g.HasToken(tokens)
	default:
		return false
	}
}

// HasToken reports whether the grant's own token is among tokens.
func (g *Grant) HasToken(tokens []string) bool {
	if g.Token == "" {
		return false
	}
	for _, token := range tokens {
		if token == g.Token {
			return true
		}
	}
	return false
}

// Constraints narrow the requests that a grant allows. The zero value holds for
// every request.
//
// See AWS KMS Developer Guide, "Using grant constraints".
type Constraints struct {
	// EncryptionContextEquals must be the request's encryption context, pair
	// for pair. nil means that there is no such constraint.
	EncryptionContextEquals map[string]string
	// EncryptionContextSubset must be part of the request's encryption
	// context. nil means that there is no such constraint.
	EncryptionContextSubset map[string]string
	// SourceARN is the resource for which an AWS service must be calling.
	SourceARN string
}

// EncryptionContextHolds reports whether an encryption context satisfies the
// two encryption-context constraints. Keys and values are compared exactly.
//
// UNDOCUMENTED: the developer guide calls the keys case-sensitive, the API
// reference of GrantConstraints does not; the guide's stricter reading is used.
func (c *Constraints) EncryptionContextHolds(encryptionContext map[string]string) bool {
	if c.EncryptionContextEquals != nil &&
		(len(encryptionContext) != len(c.EncryptionContextEquals) || !contains(encryptionContext, c.EncryptionContextEquals)) {
		return false
	}
	return contains(encryptionContext, c.EncryptionContextSubset)
}

// SourceARNHolds reports whether aws:SourceArn of a request (empty if the
// request has none) satisfies the SourceArn constraint, which works like
// ArnLike on aws:SourceArn.
//
// UNDOCUMENTED: a grantee that calls KMS directly brings no aws:SourceArn and
// does not satisfy the constraint.
func (c *Constraints) SourceARNHolds(sourceARN string) bool {
	return c.SourceARN == "" || arn.Like(wildcard.Compile(c.SourceARN), sourceARN)
}

// AtLeastAsStrictAs reports whether a child grant with constraints c may be
// made under a parent grant with the given constraints: the child keeps every
// restriction of its parent or sharpens it.
//
// See AWS KMS Developer Guide, "Granting CreateGrant permission".
func (c *Constraints) AtLeastAsStrictAs(parent *Constraints) bool {
	if want := parent.EncryptionContextEquals; want != nil {
		if c.EncryptionContextEquals == nil || len(c.EncryptionContextEquals) != len(want) || !contains(c.EncryptionContextEquals, want) {
			return false
		}
	}
	if want := parent.EncryptionContextSubset; len(want) > 0 &&
		!contains(c.EncryptionContextEquals, want) && !contains(c.EncryptionContextSubset, want) {
		return false
	}
	return covers(parent.SourceARN, c.SourceARN)
}

// covers reports whether every ARN that child matches is matched by parent, as
// far as the patterns tell: a '?' of parent covers no '*' of child.
func covers(parent, child string) bool {
	switch {
	case parent == "" || parent == child:
		return true
	case strings.Contains(parent, "?") && strings.Contains(child, "*"):
		return false
	default:
		return arn.Like(wildcard.Compile(parent), child)
	}
}

// contains reports whether m has every pair of part.
func contains(m, part map[string]string) bool {
	for k, v := range part {
		if got, ok := m[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// Status is the stage of a grant's life.
type Status uint8

// The stages of a grant's life.
const (
	Active  Status = iota // usable by its grantee
	Pending               // just created: KMS may not know it yet everywhere, its token bridges the gap
	Retired               // retired or revoked
)

var statusNames = [...]string{Active: "active", Pending: "pending", Retired: "retired"}

// String returns "active", "pending" or "retired".
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown status"
}

// IssuingAccountOf returns the account that created the grant: IssuingAccount,
// or keyAccount where the grant does not say.
func (g *Grant) IssuingAccountOf(keyAccount string) string {
	if g.IssuingAccount == "" {
		return keyAccount
	}
	return g.IssuingAccount
}
