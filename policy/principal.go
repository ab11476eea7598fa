package policy

import "strings"

// A PrincipalKind says whom a principal names.
type PrincipalKind uint8

// The kinds of principals.
//
// See IAM User Guide, "AWS JSON policy elements: Principal".
const (
	NoOne         PrincipalKind = iota // text that no caller of KMS can match
	Anyone                             // "*"
	Account                            // an account: the ARN of its root, or its id
	User                               // an IAM user
	Role                               // an IAM role
	Session                            // one session of an IAM role
	FederatedUser                      // a session made by GetFederationToken
	Service                            // an AWS service
	UniqueID                           // the id that IAM puts in the place of a deleted user or role
)

var principalKinds = [...]string{
	NoOne:         "no one",
	Anyone:        "anyone",
	Account:       "account",
	User:          "user",
	Role:          "role",
	Session:       "session",
	FederatedUser: "federated user",
	Service:       "service",
	UniqueID:      "unique id",
}

// String returns the kind in lower-case words: "federated user".
func (k PrincipalKind) String() string {
	if int(k) < len(principalKinds) {
		return principalKinds[k]
	}
	return principalKinds[NoOne]
}

// A Principal is one entry of a Principal element, or the grantee of a grant. It is comparable;
// the zero Principal names no one.
type Principal struct {
	kind  PrincipalKind
	under uint8 // index in principalShape.Names
	text  string
}

// Indexes in principalShape.Names. All that is not read as anything else stands under AWS.
const (
	underAWS uint8 = iota
	underService
	underFederated
	underCanonicalUser
)

// Kind returns whom the principal names.
func (p Principal) Kind() PrincipalKind { return p.kind }

// String returns the principal as it was written.
func (p Principal) String() string { return p.text }

// Under returns the name that the principal stands under in a Principal element: "AWS", as a lone
// "*" does too, "Service", "Federated" or "CanonicalUser". The same text under another name names
// somebody else, or no one.
func (p Principal) Under() string { return principalShape.Names[p.under] }

// namesBy reports whether the principal is written so and names a caller or an account.
func (p *Principal) namesBy(text string) bool {
	return p.text == text && p.kind != NoOne && p.kind != Anyone
}

// arn returns the parts of a principal that was written as an ARN, the zero ARN for others.
func (p Principal) arn() ARN {
	switch p.kind {
	case Account, User, Role, Session, FederatedUser:
		a, _ := splitARN(p.text)
		return a
	}
	return ARN{}
}

// Partition returns the partition of a principal that was written as an ARN.
func (p Principal) Partition() string { return p.arn().Partition }

// Account returns the id of the account that the principal is or belongs to. It is empty where
// the text does not tell: for services, unique ids, anyone and no one.
func (p Principal) Account() string {
	if p.kind == Account && isAccountID(p.text) {
		return p.text
	}
	return p.arn().Account
}

// Name returns what follows the type in the ARN of a user, role or federated user, the path
// included ("service/app"), and for a session the name of its role. For services and unique
// ids it is the whole text, else empty.
func (p Principal) Name() string {
	switch p.kind {
	case Service, UniqueID:
		return p.text
	case Session:
		role, _, _ := strings.Cut(afterSlash(p.arn().Resource), "/")
		return role
	}
	return afterSlash(p.arn().Resource)
}

// SessionName returns the name of a role session, empty for other kinds.
func (p Principal) SessionName() string {
	if p.kind != Session {
		return ""
	}
	return afterSlash(afterSlash(p.arn().Resource))
}

// afterSlash returns what follows the first slash, "" if there is none.
func afterSlash(s string) string {
	_, rest, _ := strings.Cut(s, "/")
	return rest
}

// ParsePrincipal reads a principal as it stands under "AWS" in a Principal element. Any text
// has a meaning; what no caller can match is NoOne: wildcards other than a lone "*", groups,
// ARNs of other resources, text that is no ARN.
func ParsePrincipal(text string) Principal {
	p := Principal{text: text}
	switch {
	case text == "*":
		p.kind = Anyone
	case isAccountID(text):
		p.kind = Account
	case isUniqueID(text):
		p.kind = UniqueID
	default:
		p.kind = kindOf(text)
	}
	return p
}

// ServicePrincipal reads a principal as it stands under "Service". What is not the name of a
// service is NoOne; "*" is not allowed there (IAM User Guide, "AWS service principals").
func ServicePrincipal(text string) Principal {
	p := Principal{text: text, under: underService}
	if isHostName(text) {
		p.kind = Service
	}
	return p
}

// federatedPrincipal and canonicalUser read principals that no caller of KMS can match: who was
// let in by an identity provider calls KMS as a role session.
func federatedPrincipal(text string) Principal { return Principal{text: text, under: underFederated} }
func canonicalUser(text string) Principal      { return Principal{text: text, under: underCanonicalUser} }

// A principalForm is one way to write the resource part of a principal's ARN.
type principalForm struct {
	service, prefix string
	kind            PrincipalKind
}

var principalForms = [...]principalForm{
	{"iam", "user/", User},
	{"iam", "role/", Role},
	{"sts", "assumed-role/", Session},
	{"sts", "federated-user/", FederatedUser},
}

// kindOf returns whom the principal with this ARN names.
func kindOf(text string) PrincipalKind {
	a, ok := splitARN(text)
	if !ok || !a.IsValid() || a.Region != "" || !isAccountID(a.Account) {
		return NoOne
	}
	if a.Service == "iam" && a.Resource == "root" {
		return Account
	}
	for _, form := range principalForms {
		name, ok := strings.CutPrefix(a.Resource, form.prefix)
		if !ok || a.Service != form.service {
			continue
		}
		if !isPrincipalName(name, form.kind) {
			return NoOne
		}
		return form.kind
	}
	return NoOne
}

// isPrincipalName reports whether name is what IAM puts behind the type in the ARN of such a
// principal: without wildcards and blanks, for users and roles with a path if they have one,
// for sessions the role's name and the session's.
//
// See IAM User Guide, "IAM identifiers", and for sessions the STS API's RoleSessionName.
func isPrincipalName(name string, kind PrincipalKind) bool {
	if name == "" || strings.ContainsAny(name, "*? ") || strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") {
		return false
	}
	switch kind {
	case Session:
		return strings.Count(name, "/") == 1
	case FederatedUser:
		return !strings.Contains(name, "/")
	}
	return true
}

// isUniqueID reports whether text is the unique id of a user or a role. The length is not
// checked: documentation and tests use short ones.
//
// See IAM User Guide, "IAM identifiers", Unique identifiers.
func isUniqueID(text string) bool {
	return len(text) > len("AIDA") && (strings.HasPrefix(text, "AIDA") || strings.HasPrefix(text, "AROA")) &&
		onlyBytes(text, func(c byte) bool { return isUpper(c) || isDigit(c) })
}

// isHostName reports whether text could be the name of a service: lower-case words with dots
// between them. The suffix differs by partition and is not checked.
func isHostName(text string) bool {
	if !strings.Contains(text, ".") {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if !isName(label) {
			return false
		}
	}
	return true
}
