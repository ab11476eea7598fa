package evaluate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A note is what a finding knows beyond its reason.
type note uint8

const (
	noteNone note = iota

	// Why KMS has no such request.
	noteNoSuchAction
	noteAnonymous
	noteAliasDoesNotFit
	noteKeyMissing
	noteKeyDoesNotFit
	noteOtherPartition
	noteAliasNotAccepted
	noteForeignKeyNeedsARN
	noteContradiction
	noteNoGrant

	noteLevelWithoutAllow // of service control policies
	noteNoSessionPolicy   // of a federated user

	// How far the key policy's Allow statements got.
	noteStageNothing
	noteStagePrincipal
	noteStageAction
	noteStageResource
)

// noteAtStage tells how far the key policy got.
func noteAtStage(s stage) note { return noteStageNothing + note(s) }

// Detail returns what there is to say of the entry beyond its layer and reason,
// in a few plain words: the statement or grant, what it lacks, and at a failed
// condition the wanted and the actual value. It is one line without characters
// that could control a terminal; long values and lists of them are cut.
func (e Entry) Detail() string { return printable.Line(e.detail()) }

func (e Entry) detail() string {
	switch e.layer {
	case LayerNone:
		return ""
	case LayerRequest:
		return e.invalidDetail()
	case LayerRegion:
		return fmt.Sprintf("%s is not in the Region that is called, %s", e.situation.resource, e.situation.request.region)
	case LayerCrossAccount:
		return fmt.Sprintf("%s does not work across accounts: the caller is in account %s, the key in %s",
			e.action(), e.situation.caller.account, e.situation.account)
	case LayerKeyUsage:
		return fmt.Sprintf("a key of type %s does not have %s, which is for %s", e.situation.key.keyType, e.action(), e.situation.request.info.KeyTypes)
	case LayerKeyState:
		return e.stateDetail()
	}
	return e.policyDetail() + e.pathHint()
}

func (e Entry) action() string { return e.situation.request.action.String() }

// invalidDetail says why KMS has no such request.
func (e Entry) invalidDetail() string {
	s := e.situation
	r := s.request
	switch e.note {
	case noteNoSuchAction:
		return "the action is no KMS permission"
	case noteAnonymous:
		return "KMS refuses calls that are not signed"
	case noteAliasDoesNotFit:
		return fmt.Sprintf("an alias is the resource of CreateAlias, UpdateAlias and DeleteAlias alone, and never together with a key; the request is %s", e.action())
	case noteKeyMissing:
		return e.action() + " needs a key"
	case noteKeyDoesNotFit:
		return e.action() + " is not about a key"
	case noteOtherPartition:
		return fmt.Sprintf("caller and key are in different partitions: %s and %s", s.caller.text, s.resource)
	case noteAliasNotAccepted:
		return fmt.Sprintf("%s does not accept an alias: %s", e.action(), r.keyID.text)
	case noteForeignKeyNeedsARN:
		return fmt.Sprintf("a key of another account is named by its ARN or an alias ARN: KMS looks for %s in the caller's account", r.keyID.text)
	case noteContradiction:
		return strings.ReplaceAll(contradictions(s.key, s.caller, r).Error(), "\n", "; ")
	default:
		return "RetireGrant names no grant of the key"
	}
}

// stateDetail says what the key's state forbids.
func (e Entry) stateDetail() string {
	k := e.situation.key
	switch e.reason {
	case ReasonUnsupportedOperation:
		return fmt.Sprintf("a key with origin %s in state %s does not support %s", k.origin, k.state, e.action())
	case ReasonNotPendingDeletion:
		return fmt.Sprintf("the key is %s, there is no deletion to cancel", k.state)
	default:
		return fmt.Sprintf("the key is %s, which does not permit %s", k.state, e.action())
	}
}

// policyDetail says what a policy or a grant allowed or lacks.
func (e Entry) policyDetail() string {
	switch e.reason {
	case ReasonNone:
		return e.viaDetail()
	case ReasonExplicitDeny:
		return e.where() + " denies " + e.action()
	case ReasonNoDelegation, ReasonPrincipalNotNamed:
		return "no statement names " + e.situation.caller.describe()
	case ReasonActionNotAllowed:
		return e.where() + " names the caller or its account, but not with " + e.action()
	case ReasonNoAllow:
		return e.noAllowDetail()
	case ReasonResourceNotMatched:
		return e.where() + " has " + e.action() + ", but not on " + e.situation.resource
	case ReasonConditionNotMet:
		return e.where() + ": " + e.conditionDetail()
	case ReasonAWSManagedKey:
		return e.managedDetail()
	default:
		return e.grantDetail()
	}
}

// viaDetail says what allowed the request.
func (e Entry) viaDetail() string {
	switch {
	case e.layer == LayerGrant:
		return "grant " + e.Grant() + " allows " + e.action()
	case e.statement == nil:
		return "the root user counts as allowed by IAM"
	case e.grant > 0:
		return e.where() + " allows " + e.action() + ", which grant " + e.Grant() + " gives to the account"
	default:
		return e.where() + " allows " + e.action()
	}
}

// noAllowDetail says why no Allow statement speaks for the request.
func (e Entry) noAllowDetail() string {
	switch {
	case e.note == noteNoSessionPolicy:
		return "a federated user without a session policy has no permissions from identity-based policies"
	case e.note == noteLevelWithoutAllow:
		return "no statement allows anything at the level of " + policyName(e.policy, int(e.number)) + ": was FullAWSAccess left out?"
	case e.layer == LayerIAMPolicy && len(e.situation.caller.iam) == 0:
		return "no identity-based policy is attached"
	default:
		return "no Allow statement has " + e.action()
	}
}

// managedDetail says how far the fixed policy of an AWS managed key got.
func (e Entry) managedDetail() string {
	const fixed = "the policy of an AWS managed key is fixed; "
	switch e.note {
	case noteStageNothing:
		return fixed + "no statement names " + e.situation.caller.describe()
	case noteStagePrincipal:
		return fixed + e.where() + " does not have " + e.action()
	case noteStageAction:
		return fixed + e.where() + " is not about " + e.situation.resource
	default:
		return fixed + e.where() + ": " + e.conditionDetail()
	}
}

// grantDetail says what a grant that names the caller lacks.
func (e Entry) grantDetail() string {
	g := &e.situation.key.grants[e.grant-1]
	switch e.reason {
	case ReasonGrantRequiresDelegation:
		return fmt.Sprintf("grant %s allows %s, but the key policy does not delegate it to account %s", g.ID, e.action(), e.situation.account)
	case ReasonGrantNotEffective:
		if g.Status == grants.Retired {
			return fmt.Sprintf("grant %s is retired", g.ID)
		}
		return fmt.Sprintf("grant %s is %s, and its token is not in the request", g.ID, g.Status)
	case ReasonConstraintNotMet:
		return fmt.Sprintf("the request does not satisfy the constraint of grant %s", g.ID)
	}
	if child := e.situation.request.child; g.Operations.Has(action.CreateGrant) && child != nil {
		return fmt.Sprintf("grant %s has %s, to which the new grant would add %s", g.ID, g.Operations, child.beyond(g.Operations))
	}
	return fmt.Sprintf("grant %s has %s, not %s for this caller", g.ID, g.Operations, e.action())
}

// conditionDetail names the condition that fails, what it wants and what the
// request has.
func (e Entry) conditionDetail() string {
	test, failing := e.statement.Condition().Failing(&e.situation.context)
	if barred, ok := e.statement.UnusableKey(); ok && !failing {
		return testWords(barred) + " never holds here: only IAM policies may use " + barred.Key()
	}
	if !failing {
		return "its condition is not met"
	}
	return testWords(test) + " is not met: " + actualWords(e.situation.context.Lookup(test.ConditionKey()))
}

// pathHint says so where a statement may have missed because the path of a
// session's role is not known.
func (e Entry) pathHint() string {
	c := e.situation.caller
	if !c.guessed || e.reason == ReasonNone || e.reason == ReasonExplicitDeny {
		return ""
	}
	missed := ""
	switch {
	case e.reason == ReasonConditionNotMet && e.statement != nil:
		test, failing := e.statement.Condition().Failing(&e.situation.context)
		if failing && strings.EqualFold(test.Key(), "aws:PrincipalArn") {
			missed = "aws:PrincipalArn"
		}
	case e.layer == LayerKeyPolicy, e.layer == LayerIAMPolicy && e.situation.key != nil:
		missed = e.situation.roleWithPath()
	}
	if missed == "" {
		return ""
	}
	return fmt.Sprintf(" (the session's role is taken as %s, without a path, which %s may have; state the role's ARN)", c.roleARN, missed)
}

// roleWithPath returns a role that an Allow statement of the key policy names and
// that is the session's if its role has a path, "" if there is none.
func (s *situation) roleWithPath() string {
	for _, doc := range s.key.policy {
		for _, st := range doc.Statements() {
			if st.Effect() == policy.Deny {
				continue
			}
			for p := range st.Principals() {
				arn, err := policy.ParseARN(p.String())
				if p.Kind() == policy.Role && err == nil && arn.Account == s.caller.account &&
					p.String() != s.caller.roleARN && lastElement(arn.Resource) == s.caller.name {
					return p.String()
				}
			}
		}
	}
	return ""
}

// where names the statement and its policy: "statement 2 (AllowApp) of app-kms".
func (e Entry) where() string {
	text := e.statementWords()
	if name := e.Policy(); name != "" && e.layer != LayerKeyPolicy {
		text += " of " + printable.Short(name)
	}
	return text
}

// statementWords names the statement: "statement 2 (AllowApp)".
func (e Entry) statementWords() string {
	if e.statement == nil {
		return "no statement"
	}
	text := "statement " + strconv.Itoa(e.statement.Index())
	if sid := e.statement.Sid(); sid != "" {
		text += " (" + printable.Short(sid) + ")"
	}
	return text
}

// policyName returns a policy's name, or its place in its list.
func policyName(doc *policy.Document, number int) string {
	if name := doc.Name(); name != "" {
		return name
	}
	return "#" + strconv.Itoa(number)
}

// describe names the caller as a person would: "role/app or account
// 111122223333".
func (c *Caller) describe() string {
	if c.isService() {
		return "the service " + c.name
	}
	arn, _ := policy.ParseARN(c.text)
	if c.isRoot() {
		return "account " + c.account
	}
	return arn.Resource + " or account " + c.account
}
