package evaluate

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Opens says what a fix opens, at most, beyond the request that it is made for.
// The zero Opens opens nothing.
type Opens struct {
	Principals OpensTo    // whom it lets in, if nothing else stands in their way
	Account    string     // with OpensToAccount: which
	Actions    action.Set // the KMS permissions that it opens to them
	Keys       OpensOn
	Bounded    bool // only where a condition holds, which this request meets
}

// OpensTo says whom a fix lets in. The constants stand in the order in which
// fixes are proposed: fewest principals first.
type OpensTo uint8

// Whom a fix lets in.
const (
	OpensToNobody  OpensTo = iota
	OpensToCaller          // the caller; of a role every session, of a user also its federated sessions
	OpensToAccount         // principals of an account, as its IAM policies say
	OpensToOthers          // also others, whom the changed statement, grant or state concerns
)

var principalsNames = []string{"nobody", "caller", "account", "others"}

// String returns "nobody", "caller", "account" or "others".
func (p OpensTo) String() string { return spelling(principalsNames, p) }

// MarshalText returns what String does.
func (p OpensTo) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// OpensOn says on which keys a fix opens something. The constants stand in the
// order in which fixes are proposed.
type OpensOn uint8

// On which keys a fix opens something.
const (
	OpensNoKey     OpensOn = iota // operations without a key, or nothing
	OpensThisKey                  // the key, or alias, of the request
	OpensOtherKeys                // other keys too
)

var keysNames = []string{"none", "this", "others"}

// String returns "none", "this" or "others".
func (k OpensOn) String() string { return spelling(keysNames, k) }

// MarshalText returns what String does.
func (k OpensOn) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// and returns what two changes open together.
func (o Opens) and(p Opens) Opens {
	switch {
	case o.Principals == OpensToNobody:
		return p
	case p.Principals == OpensToNobody:
		return o
	}
	return Opens{
		Principals: max(o.Principals, p.Principals),
		Account:    bothAccounts(o.Account, p.Account),
		Actions:    o.Actions.Union(p.Actions),
		Keys:       max(o.Keys, p.Keys),
		Bounded:    o.Bounded && p.Bounded,
	}
}

// bothAccounts names one account or two.
func bothAccounts(a, b string) string {
	switch {
	case a == "" || strings.Contains(b, a):
		return b
	case b == "" || strings.Contains(a, b):
		return a
	default:
		return a + " and of account " + b
	}
}

// compare orders by how much is opened: fewest principals first, then fewest
// actions, then keys, then what a condition bounds.
func (o Opens) compare(p Opens) int {
	return cmp.Or(
		cmp.Compare(o.Principals, p.Principals),
		cmp.Compare(o.Actions.Len(), p.Actions.Len()),
		cmp.Compare(o.Keys, p.Keys),
		compareBool(p.Bounded, o.Bounded),
	)
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// sentence says in one sentence what is opened when the caller is let in.
func (o Opens) sentence(c *Caller) string {
	if o.Principals == OpensToNobody {
		return "It opens nothing."
	}
	text := "It lets " + o.whom(c) + " call " + describeActions(o.Actions)
	switch o.Keys {
	case OpensThisKey:
		text += " on this key"
	case OpensOtherKeys:
		text += " on this key and others"
	}
	if o.Principals == OpensToAccount {
		text += " if an IAM policy allows it"
	}
	if o.Bounded {
		return text + ", where its conditions hold."
	}
	return text + ", in any circumstances."
}

// whom names those who are let in.
func (o Opens) whom(c *Caller) string {
	switch o.Principals {
	case OpensToCaller:
		return c.withSessions()
	case OpensToAccount:
		return "every principal of account " + o.Account
	default:
		return "all callers whom policies and grants otherwise allow"
	}
}

// withSessions names the caller as a policy can name it: a session as all
// sessions of its role.
func (c *Caller) withSessions() string {
	switch {
	case c.isService():
		return "the service " + c.name
	case c.isRoot():
		return "the root user of account " + c.account
	case c.roleARN != "":
		return "every session of " + resourceOf(c.roleARN)
	default:
		return resourceOf(c.text)
	}
}

// describeActions names up to four permissions, of more the number.
func describeActions(set action.Set) string {
	const most = 4
	switch n := set.Len(); {
	case set == action.Every():
		return "every KMS operation"
	case n > most:
		return fmt.Sprintf("%d KMS operations", n)
	}
	var names []string
	for a := range set.All() {
		names = append(names, a.String())
	}
	return strings.Join(names, ", ")
}

// resourceOf returns the resource part of an ARN: "role/app".
func resourceOf(arn string) string {
	a, _ := policy.ParseARN(arn)
	return a.Resource
}
