package reference

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

// An arn is an ARN in its six parts; colons after the fifth belong to the
// resource.
type arn struct{ partition, service, region, account, resource string }

func splitARN(text string) (arn, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return arn{}, false
	}
	return arn{parts[1], parts[2], parts[3], parts[4], parts[5]}, true
}

// A callerKind is what kind of principal calls.
type callerKind int

const (
	anonymous callerKind = iota
	service
	root
	user
	role    // a session of this role, whose name is not known
	session // of a role
	federated
)

// An identity is the caller's name, taken apart.
type identity struct {
	kind      callerKind
	partition string
	account   string
	arn       string // as given; for a service its name
	role      string // ARN of the role of a role or session
	parent    string // ARN of a federated user's IAM user
	name      string // what follows the type in the ARN
	unique    string // the unique id without ":" and the session's name
}

// identify takes the caller's name apart. The ARN of a session lacks the path
// of its role; where the role is not given, it is taken to have none.
func identify(c evaluate.CallerConfig) identity {
	unique, _, _ := strings.Cut(c.UniqueID, ":")
	who := identity{arn: c.ARN, parent: c.UserARN, unique: unique}
	a, ok := splitARN(c.ARN)
	if !ok {
		if c.ARN != "anonymous" {
			who.kind = service
		}
		return who
	}
	who.partition, who.account = a.partition, a.account
	kind, name, _ := strings.Cut(a.resource, "/")
	who.name = name
	switch kind {
	case "root":
		who.kind = root
	case "user":
		who.kind = user
	case "role":
		who.kind, who.role = role, c.ARN
	case "federated-user":
		who.kind = federated
	case "assumed-role":
		who.kind, who.role = session, c.RoleARN
		if who.role == "" {
			roleName, sessionName, _ := strings.Cut(name, "/")
			who.role = "arn:" + a.partition + ":iam::" + a.account + ":role/" + roleName
			if roleName == "aws:ec2-infrastructure" { // each instance has a role of its own in this path
				who.role += "/" + sessionName
			}
		}
	}
	return who
}

// serviceLinked reports whether the caller is a service-linked role, to which
// neither SCPs nor RCPs apply (AWS Organizations User Guide, "Service control
// policies", "Resource control policies").
func (w identity) serviceLinked() bool {
	return strings.Contains(w.role, ":role/aws-service-role/")
}

// A form is how a principal names the caller.
type form int

const (
	notNamed form = iota
	byAccount
	byRoot // the account, where the root user calls
	byAnyone
	byUser
	byParent // the IAM user who called GetFederationToken
	byRole
	bySession
	byFederatedUser
	byService
)

// namedBy returns how a principal names the caller (IAM User Guide, "AWS JSON
// policy elements: Principal"). Names are compared exactly.
func (w identity) namedBy(p policy.Principal) form {
	text := p.String()
	switch p.Kind() {
	case policy.Anyone:
		return byAnyone
	case policy.Account:
		return w.namedByAccount(text)
	case policy.UniqueID:
		return w.namedByUniqueID(text)
	case policy.Service:
		return when(w.kind == service && text == w.arn, byService)
	case policy.User:
		if w.kind == federated {
			return when(text == w.parent, byParent)
		}
		return when(w.kind == user && text == w.arn, byUser)
	case policy.Role:
		return when(text == w.role, byRole)
	case policy.Session:
		return when(w.kind == session && text == w.arn, bySession)
	case policy.FederatedUser:
		return when(w.kind == federated && text == w.arn, byFederatedUser)
	}
	return notNamed
}

// namedByAccount compares with the ARN of an account's root or an account id.
// The root user counts as named by its account's statement, everyone else is
// only delegated to (AWS KMS Developer Guide, "Allows access to the AWS account
// and enables IAM policies").
func (w identity) namedByAccount(text string) form {
	if w.account == "" || text != w.account && text != "arn:"+w.partition+":iam::"+w.account+":root" {
		return notNamed
	}
	if w.kind == root {
		return byRoot
	}
	return byAccount
}

// namedByUniqueID compares with the id that IAM puts in the place of a user or
// role that was deleted.
func (w identity) namedByUniqueID(text string) form {
	if text != w.unique {
		return notNamed
	}
	switch w.kind {
	case user:
		return byUser
	case federated:
		return byParent
	case role, session:
		return byRole
	}
	return notNamed
}

func when(named bool, f form) form {
	if named {
		return f
	}
	return notNamed
}

// direct reports whether the form names the caller itself, so that within the
// account no IAM policy is needed.
func (f form) direct() bool { return f != notNamed && f != byAccount }

// limited reports whether an implicit denial by the permissions boundary or
// the session policy limits what a resource-based policy allows to a principal
// named so (IAM User Guide, "Policy evaluation for requests within a single
// account", its tables of resource-based policies and implicit denies).
// UNDOCUMENTED: "*" is not limited.
func (f form) limited() bool { return f == byRole || f == byParent || f == byAccount }
