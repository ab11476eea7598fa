package evaluate

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
)

// A form is a way in which a Principal element or a grant can name a caller.
type form uint16

const (
	asAccount         form = 1 << iota // through its account: a delegation
	asRootUser                         // the root user through its account, which counts as its own name
	asUser                             // an IAM user by its ARN or unique id
	asUserOfFederated                  // a federated user through the user who made the session
	asRole                             // a session through its role's ARN or unique id
	asSession                          // a session by its own ARN
	asFederatedUser                    // a federated user by its own ARN
	asService                          // a service principal by its name
	asAnyone                           // "*"
)

// limited are the forms under which the permissions boundary and the session
// policies must allow as well, though the key policy or a grant names the
// caller and no identity-based policy has to.
//
// See IAM User Guide, "Determining whether a request is allowed or denied within
// an account" (resource-based policies and implicit denies) and "Permissions
// boundaries for IAM entities". UNDOCUMENTED: that "*" is not limited.
const limited = asAccount | asUserOfFederated | asRole

// direct reports whether the caller is named other than through its account.
func (f form) direct() form { return f &^ asAccount }

// unlimited reports whether one of the forms escapes boundary and session
// policies.
func (f form) unlimited() bool { return f&^limited != 0 }

// A name is a text that names a caller, and how.
type name struct {
	text string
	form form
	set  nameSet // of the text
}

// listNames returns every text that names c.
//
// See IAM User Guide, "AWS JSON policy elements: Principal". A session's ARN
// does not name a caller that is given as a role.
func (c *Caller) listNames(userARN, uniqueID string) []name {
	id, _, _ := strings.Cut(uniqueID, ":")
	own := func(f form) []name {
		names := []name{{text: c.text, form: f}}
		if id != "" {
			names = append(names, name{text: id, form: f})
		}
		return names
	}
	var names []name
	account := asAccount
	switch c.kind {
	case rootUser:
		account = asRootUser
	case iamUser:
		names = own(asUser)
	case roleCaller:
		names = own(asRole)
	case sessionCaller:
		names = []name{{text: c.text, form: asSession}, {text: c.roleARN, form: asRole}}
		if id != "" {
			names = append(names, name{text: id, form: asRole})
		}
	case federatedUser:
		names = []name{{text: c.text, form: asFederatedUser}}
		for _, user := range []string{userARN, id} {
			if user != "" {
				names = append(names, name{text: user, form: asUserOfFederated})
			}
		}
	case serviceCaller:
		return []name{{text: c.text, form: asService}}
	default:
		return nil
	}
	return append(names,
		name{text: "arn:" + c.partition + ":iam::" + c.account + ":root", form: account},
		name{text: c.account, form: account})
}

// indexNames works out what looking names up needs.
func (c *Caller) indexNames() {
	c.nameSet = nameSetOf("*")
	for i := range c.names {
		n := &c.names[i]
		n.set = nameSetOf(n.text)
		c.nameSet |= n.set
	}
}

// namedAs returns the form in which text names the caller, 0 if it does not.
func (c *Caller) namedAs(text string) form {
	for i := range c.names {
		if c.names[i].text == text {
			return c.names[i].form
		}
	}
	return 0
}

// forms returns the forms in which one principal names the caller.
func (c *Caller) forms(p policy.Principal) form {
	switch p.Kind() {
	case policy.NoOne:
		return 0
	case policy.Anyone:
		return asAnyone
	default:
		return c.namedAs(p.String())
	}
}

// listed returns the forms in which the Principal or NotPrincipal element of st
// lists the caller.
func (c *Caller) listed(st *policy.Statement) form { return c.listedAmong(st, c.nameSet) }

// listedAmong is listed for a statement of which it is known that it lists nobody
// outside names.
func (c *Caller) listedAmong(st *policy.Statement, names nameSet) form {
	var all form
	if st.ListsAnyone() {
		all = asAnyone
	}
	for i := range c.names {
		if n := &c.names[i]; n.set.meets(names) && st.Lists(n.text) {
			all |= n.form
		}
	}
	return all
}

// named returns the forms in which st names the caller; 0 if it does not, and
// if it has no Principal element.
func (c *Caller) named(st *policy.Statement) form {
	switch {
	case !st.IsNotPrincipal():
		return c.listed(st)
	case st.Effect() == policy.Deny && c.spared(st):
		return 0
	case st.Effect() == policy.Allow && c.listed(st) != 0:
		return 0
	default:
		return asAnyone
	}
}

// spared reports whether a Deny with NotPrincipal leaves the caller alone: its
// account and, for a session, its role and the caller itself must all be
// listed, and a caller with a permissions boundary is never spared.
//
// See IAM User Guide, "AWS JSON policy elements: NotPrincipal". UNDOCUMENTED: "*"
// lists everything.
func (c *Caller) spared(st *policy.Statement) bool {
	if len(c.boundary) > 0 {
		return false
	}
	listed := c.listed(st)
	if listed&asAnyone != 0 {
		return true
	}
	need := sparing[c.kind]
	return need != 0 && listed&need == need
}

// sparing are the forms that NotPrincipal must list to spare a caller.
var sparing = [...]form{
	anonymous:     0, // nothing spares it
	rootUser:      asRootUser,
	iamUser:       asAccount | asUser,
	roleCaller:    asAccount | asRole,
	sessionCaller: asAccount | asRole | asSession,
	federatedUser: asAccount | asFederatedUser,
	serviceCaller: asService,
}

// A nameSet is a rough set of the texts that name principals, "*" among them: it
// may seem to have a text that was never added, but never lacks one that was.
type nameSet uint64

// nameSetOf returns the set of these texts, each of which has one of 64 bits: the
// upper ones of a product hash.
func nameSetOf(texts ...string) nameSet {
	var s nameSet
	for _, text := range texts {
		hash := uint64(len(text))
		for i := range len(text) {
			hash = (hash ^ uint64(text[i])) * 0x9E3779B97F4A7C15
		}
		s |= 1 << (hash >> 58)
	}
	return s
}

// namesIn returns the names of those whom a statement can be about.
func namesIn(st *policy.Statement) nameSet {
	if !st.HasPrincipal() || st.IsNotPrincipal() {
		return nameSetOf("*")
	}
	var names nameSet
	for p := range st.Principals() {
		if p.Kind() != policy.NoOne {
			names |= nameSetOf(p.String())
		}
	}
	return names
}

// toAll reports whether the principal of a statement is "*" and nothing else.
func toAll(st *policy.Statement) bool {
	return st.ListsAnyone() && st.NumPrincipals() == 1 && !st.IsNotPrincipal()
}

// meets reports whether the two sets seem to have a text in common.
func (s nameSet) meets(t nameSet) bool { return s&t != 0 }
