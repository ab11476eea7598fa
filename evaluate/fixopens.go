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
	LiftsDeny  bool // only what policies and grants otherwise allow, since all that the fix does is lift or narrow Denies
}

// OpensTo says whom a fix lets in. The constants stand in the order in which
// fixes are proposed: fewest principals first.
type OpensTo uint8

// Whom a fix lets in.
const (
	OpensToNobody  OpensTo = iota
	OpensToSession         // of the caller's role the sessions with the changed session policy
	OpensToCaller          // the caller; of a role every session, of a user also its federated sessions
	OpensToAccount         // principals of an account, as its IAM policies say
	OpensToOthers          // also others, whom the changed statement, grant or state concerns
)

var principalsNames = []string{"nobody", "session", "caller", "account", "others"}

// String returns "nobody", "session", "caller", "account" or "others".
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
		LiftsDeny:  o.LiftsDeny && p.LiftsDeny,
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

// possible returns what a change of a layer's policies opens: no operation on
// which these have no say.
func (o Opens) possible(l Layer) Opens {
	switch {
	case l == LayerKeyPolicy, l == LayerRCP:
		o.Actions = o.Actions.Intersect(onKeysByPolicy)
	case o.Keys == OpensThisKey:
		o.Actions = o.Actions.Intersect(onKeys)
	}
	if !o.Actions.Meets(onKeys) {
		o.Keys = OpensNoKey
	}
	return o
}

// The operations that are authorized on a key, and those among them on which key
// policies and resource control policies have a say: all but RetireGrant.
var (
	onKeys         = actionsWith(func(i action.Info) bool { return i.Resource != action.ResourceNone })
	onKeysByPolicy = actionsWith(func(i action.Info) bool { return i.KeyPolicy })
)

// sentence says in one sentence what is opened when the decision's caller is let
// in.
func (o Opens) sentence(d *Decision) string {
	if o.Principals == OpensToNobody {
		return "It opens nothing."
	}
	text := "It lets " + o.whom(d.caller) + " call " + describeActions(o.Actions) + o.where(d)
	switch {
	case o.Principals == OpensToAccount:
		text += " if an IAM policy allows it"
	case o.Principals < OpensToAccount && o.LiftsDeny:
		text += " if policies and grants otherwise allow it"
	}
	if o.Bounded {
		return text + ", where its conditions hold."
	}
	return text + ", in any circumstances."
}

// whom names those who are let in.
func (o Opens) whom(c *Caller) string {
	switch o.Principals {
	case OpensToSession:
		return c.underSessionPolicy()
	case OpensToCaller:
		return c.withSessions()
	case OpensToAccount:
		return "every principal of account " + o.Account
	default:
		return "all callers whom policies and grants otherwise allow"
	}
}

// where says on which keys something is opened, seen from the decision's request.
func (o Opens) where(d *Decision) string {
	switch {
	case o.Keys == OpensNoKey:
		return ""
	case o.Keys == OpensOtherKeys && d.key == nil:
		return " (on keys too)"
	case o.Keys == OpensOtherKeys:
		return " on this key and others"
	case d.key == nil:
		return " on this alias"
	default:
		return " on this key"
	}
}

// underSessionPolicy names the sessions of the caller's role that have its session
// policy: the one that calls, if it is known.
func (c *Caller) underSessionPolicy() string {
	if c.kind == sessionCaller {
		return resourceOf(c.text)
	}
	return "sessions of " + resourceOf(c.roleARN) + " with this session policy"
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

// describeActions names up to four permissions, of more the number. Every operation
// is also every one that is authorized on a key, or of those every one on which
// policies of the key have a say.
func describeActions(set action.Set) string {
	const most = 4
	switch n := set.Len(); {
	case set == action.Every(), set == onKeys, set == onKeysByPolicy:
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
