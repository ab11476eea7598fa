package evaluate

import (
	"iter"
	"slices"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A Kind says what a Node is about.
type Kind uint8

// The kinds of nodes, from the root of the tree to its leaves.
const (
	KindRequest   Kind = iota + 1 // what was asked; the root, with a node for each layer
	KindLayer                     // a layer, with its policies or grants
	KindFinding                   // one more reason why its layer does not allow
	KindLevel                     // a level of service control policies: root, organizational unit or account
	KindPolicy                    // a policy, with the statements that have a part
	KindStatement                 // a statement, with the tests of its condition that matter
	KindGrant                     // a grant, with the constraints that fail
	KindTest                      // a test of a condition, or a constraint of a grant
)

var kindNames = []string{"", "request", "layer", "finding", "level", "policy", "statement", "grant", "test"}

// String returns the kind's name, such as "statement".
func (k Kind) String() string { return spelling(kindNames, k) }

// MarshalText returns the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// An Outcome is what a Node came to.
type Outcome uint8

// The outcomes. A layer has one up to OutcomeDenies, and stands in the way of the
// request with OutcomeDoesNotAllow and OutcomeDenies alone.
const (
	OutcomeNone          Outcome = iota
	OutcomeNotReached            // the evaluation stopped before
	OutcomeDoesNotApply          // it has no say on this request
	OutcomeNoPart                // what it says changes nothing
	OutcomeDoesNotObject         // it only ever denies, and does not
	OutcomeAllows                // an Allow statement or a grant matches
	OutcomeDoesNotAllow          // it should allow, and does not
	OutcomeDenies                // a Deny statement matches
	OutcomeMisses                // the statement or grant comes near and does not match
	OutcomeHolds                 // the test holds
	OutcomeFails                 // the test fails
)

var outcomeNames = []string{"", "not-reached", "does-not-apply", "no-part", "does-not-object", "allows", "does-not-allow", "denies",
	"misses", "holds", "fails"}

// String returns the outcome's name, such as "does-not-allow", or "" for
// OutcomeNone.
func (o Outcome) String() string { return spelling(outcomeNames, o) }

// MarshalText returns the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Blocks reports whether a layer with this outcome stands in the way of the
// request.
func (o Outcome) Blocks() bool { return o == OutcomeDoesNotAllow || o == OutcomeDenies }

// A Stage is the element of a statement at which it stops matching. The elements
// are looked at in the order of the constants.
type Stage uint8

// The stages.
const (
	StageNone      Stage = iota // the statement matches, or the node is none
	StagePrincipal              // Principal or NotPrincipal does not name the caller; all else matches
	StageAction                 // Action or NotAction leaves the action out
	StageResource               // Resource or NotResource leaves the key or alias out
	StageCondition              // Condition does not hold
)

var stageNames = []string{"", "principal", "action", "resource", "condition"}

// String returns the element in lower case, or "" for StageNone.
func (s Stage) String() string { return spelling(stageNames, s) }

// MarshalText returns the element in lower case.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Code says in a word why a Node has its outcome. Those of what blocks or misses
// are the [Reason]s, with their numbers and names; the constants are the others.
type Code uint8

// The codes that are no reasons.
const (
	CodeNoPolicy          = Code(ReasonInvalidRequest) + 1 + iota // no policy of the kind is given
	CodeNoKey                                                     // the request is not about a key
	CodeNoGrants                                                  // the key has no grants
	CodeNotGrantable                                              // no grant can have the action
	CodeServicePrincipal                                          // the caller is an AWS service
	CodeServiceLinkedRole                                         // the caller is a service-linked role
	CodeManagementAccount                                         // the account is that of the organization's management
	CodeRetireGrant                                               // the layer has no say on who may retire a grant

	CodeNamed        // the key policy names the caller
	CodeDelegated    // the key policy, or a grant, delegates to the caller's account
	CodeLent         // the key policy delegates to the key's own account, so that grants count
	CodeGranted      // a grant lets the caller in without it
	CodeRootUser     // the root user counts as allowed by IAM
	CodeNotEnough    // it allows, but the key policy must let the caller in as well
	CodeNotNeeded    // the caller is let in without it
	CodeNotLimited   // it does not limit the form in which the caller is named
	CodeNotAsked     // it does not allow, which would matter only once the caller has a way in
	CodeNotForCaller // no grant names the caller

	CodeAbsentKey       // the request does not have the condition key
	CodeUncarriedKey    // no such request ever has the condition key
	CodeUnknownKey      // AWS documents no such condition key
	CodeUnusableKey     // only IAM policies may use the condition key
	CodeUnknownVariable // the request does not give a policy variable
	CodeOtherValue      // the request has another value
)

var codeNames = append(slices.Clone(reasonNames),
	"no-policy", "no-key", "no-grants", "not-grantable", "service-principal", "service-linked-role", "management-account", "retire-grant",
	"named", "delegated", "lent", "granted", "root-user", "not-enough", "not-needed", "not-limited", "not-asked", "not-for-caller",
	"absent-key", "uncarried-key", "unknown-key", "unusable-key", "unknown-variable", "other-value")

// String returns the code's name, such as "not-limited", or "" for the zero Code.
func (c Code) String() string { return spelling(codeNames, c) }

// MarshalText returns the code's name.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// A Node is a part of an [Explanation]: what one layer, policy, statement, test
// or grant came to, and why. The methods that do not concern its kind return zero
// values. A Node is immutable and safe for concurrent use by multiple goroutines.
type Node struct {
	finding // of a layer what blocks or allows, of a statement or grant itself

	explanation *Explanation
	test        *conditions.Test // of a condition

	at, end    int32 // its index among the nodes, and that of the first one that is not beneath it
	unlisted   int32 // of a policy, and of the layer of grants
	pair       int32 // of an encryption-context constraint, the index of the name in question
	kind       Kind
	outcome    Outcome
	stage      Stage
	code       Code
	constraint constraint // of a grant

	decides, alternative bool
}

// Kind returns what the node is about.
func (n *Node) Kind() Kind { return n.kind }

// Outcome returns what the node came to.
func (n *Node) Outcome() Outcome { return n.outcome }

// Code returns why, in a word; zero where the outcome says all.
func (n *Node) Code() Code {
	if n.kind == KindTest && n.outcome == OutcomeFails {
		code, _ := n.failure()
		return code
	}
	return n.code
}

// Layer returns the layer that the node belongs to, LayerNone for the root.
func (n *Node) Layer() Layer { return n.layer }

// Decides reports whether the node is what the decision names: a layer, statement
// or grant of Via, Blockers or Alternatives.
func (n *Node) Decides() bool { return n.decides }

// Alternative reports whether a layer stands in another way in alone, that of
// [Decision.Alternatives].
func (n *Node) Alternative() bool { return n.alternative }

// Policy returns the name of the policy that the node is, or is a part of, as
// [Entry.Policy] does.
func (n *Node) Policy() string {
	switch {
	case n.policy == nil || n.kind != KindPolicy && n.kind != KindStatement && n.kind != KindTest:
		return ""
	case n.layer == LayerKeyPolicy:
		return keyPolicyName
	default:
		return policyName(n.policy, n.number)
	}
}

// Statement returns the statement that the node is, or that its test is a part
// of; nil if there is none.
func (n *Node) Statement() *policy.Statement {
	if n.kind != KindStatement && n.kind != KindTest {
		return nil
	}
	return n.statement
}

// Stage returns the element at which a statement stops matching.
func (n *Node) Stage() Stage { return n.stage }

// Grant returns the grant that the node is, or that its constraint is a part of.
func (n *Node) Grant() (grants.Grant, bool) {
	if n.grant == 0 || n.kind != KindGrant && n.kind != KindTest {
		return grants.Grant{}, false
	}
	return n.situation().key.grants[n.grant-1], true
}

// Unlisted returns how many statements of a policy, or grants of the layer of
// grants, have no part and are no nodes.
func (n *Node) Unlisted() int { return int(n.unlisted) }

// Position returns where the statement or grant stands in the document that it
// was read from.
func (n *Node) Position() (policy.Position, bool) {
	if n.kind != KindStatement && n.kind != KindGrant {
		return policy.Position{}, false
	}
	return n.entry().Position()
}

// Children yields the nodes beneath, in evaluation order and then in document
// order.
func (n *Node) Children() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for i := n.at + 1; i < n.end; {
			child := &n.explanation.nodes[i]
			if !yield(child) {
				return
			}
			i = child.end
		}
	}
}

// beneath returns all nodes beneath, each before its own.
func (n *Node) beneath() []Node { return n.explanation.nodes[n.at+1 : n.end] }

func (n *Node) situation() *situation { return &n.explanation.situation }

// entry returns the node's finding as an Entry, which knows how to word it.
func (n *Node) entry() Entry { return Entry{finding: n.finding, situation: n.situation()} }
