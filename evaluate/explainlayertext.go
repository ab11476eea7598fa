package evaluate

import (
	"fmt"
	"slices"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

var outcomeWords = [...]string{
	OutcomeNone:          "",
	OutcomeNotReached:    "not reached",
	OutcomeDoesNotApply:  "does not apply",
	OutcomeNoPart:        "has no part",
	OutcomeDoesNotObject: "does not object",
	OutcomeAllows:        "allows",
	OutcomeDoesNotAllow:  "does not allow",
	OutcomeDenies:        "denies",
}

// layerText says what a layer comes to, and why.
func (n *Node) layerText() string {
	outcome, why, sep := outcomeWords[n.outcome], "", ": "
	if n.alternative {
		outcome += ", as another way in"
	}
	switch n.outcome {
	case OutcomeDenies, OutcomeDoesNotAllow:
		if n.alternative && n.reason == ReasonGrantRequiresDelegation && n.letsIn() {
			outcome, sep = "lets the caller in, but as another way in", " "
		}
		why = n.blocksText() + n.dualText()
	case OutcomeAllows:
		why, sep = n.allowsText(), ", "
	case OutcomeNoPart:
		switch n.code {
		case CodeNotAsked:
			outcome = "would not allow either"
		case Code(ReasonGrantRequiresDelegation):
			outcome, sep = "would allow", " by "
		}
		why = n.noPartText()
	case OutcomeDoesNotObject:
		why = n.noObjectionText()
	case OutcomeDoesNotApply:
		why = n.exemptText()
	}
	if why == "" {
		return outcome
	}
	return outcome + sep + why
}

// letsIn reports whether a statement of the key policy matches, whatever a grant
// lacks.
func (n *Node) letsIn() bool {
	return slices.ContainsFunc(n.beneath(), func(part Node) bool { return part.kind == KindStatement && part.outcome == OutcomeAllows })
}

// blocksText says why a layer blocks. What is said of a statement or grant stands
// with it.
func (n *Node) blocksText() string {
	e := n.entry()
	asked := e.action()
	switch n.reason {
	case ReasonExplicitDeny:
		return "a Deny statement matches"
	case ReasonNoDelegation:
		return "no statement names the caller or its account"
	case ReasonPrincipalNotNamed:
		return "no statement names the caller"
	case ReasonActionNotAllowed:
		return "no statement for the caller has " + asked
	case ReasonNoAllow:
		return e.noAllowDetail() + n.levelText()
	case ReasonResourceNotMatched:
		return "no statement with " + asked + " covers " + e.situation.resourceWords() + n.levelText()
	case ReasonConditionNotMet:
		return "a condition is not met" + n.levelText()
	case ReasonGrantRequiresDelegation:
		return "it does not delegate " + asked + " to account " + e.situation.account + ", so that grant " + e.Grant() + " does not count (grant-requires-delegation)"
	case ReasonGrantNotEffective:
		return "the grant is not in effect"
	case ReasonConstraintNotMet:
		return "a constraint of the grant is not satisfied"
	case ReasonOperationNotGranted:
		if e.situation.request.action == action.RetireGrant {
			return "the caller is none of those who may retire the grant"
		}
		return "no grant for the caller has " + asked
	default:
		return e.Detail()
	}
}

// levelText says which level of service control policies does not allow.
func (n *Node) levelText() string {
	if n.kind != KindLayer || n.note == noteLevelWithoutAllow {
		return ""
	}
	for level := range n.Children() {
		if level.kind != KindLevel || level.code == 0 {
			continue
		}
		var names []string
		for doc := range level.Children() {
			names = append(names, doc.Policy())
		}
		return fmt.Sprintf(", at level %d of %d (%s)", level.number+1, len(n.situation().caller.scps), several(names))
	}
	return ""
}

// resourceWords says what kind of thing the request is about.
func (s *situation) resourceWords() string {
	switch {
	case s.key != nil:
		return "the key"
	case s.request.aliasARN != "":
		return "the alias"
	default:
		return `"*"`
	}
}

// dualText says why IAM policies must allow as well as the key policy.
func (n *Node) dualText() string {
	s := n.situation()
	switch {
	case n.layer != LayerIAMPolicy || n.outcome != OutcomeDoesNotAllow || s.key == nil || s.request.action == action.RetireGrant:
		return ""
	case s.foreign:
		return " (dual-authorization: across accounts key policy and IAM policy must both allow)"
	case s.needsIAM():
		return " (dual-authorization: under strict rules key policy and IAM policy must both allow)"
	default:
		return " (dual-authorization: the key policy only delegates, so an IAM policy must allow too)"
	}
}

// moreText is the text of one more reason why a layer does not allow.
func (n *Node) moreText() string { return "nor does it allow otherwise: " + n.blocksText() }

// allowsText says by what a layer allows, and what that comes to.
func (n *Node) allowsText() string {
	s := n.situation()
	switch {
	case n.code == CodeNamed && n.layer == LayerIAMPolicy:
		return "which is not needed: the key policy names the caller"
	case n.code == CodeGranted:
		return "which is not needed: a grant lets the caller in"
	case n.code == CodeNotNeeded:
		return "which is not needed: the policies let the caller in"
	case n.code == CodeNotEnough:
		return "which is not enough: the key policy must let the caller in as well (dual-authorization)"
	case n.code == CodeNamed:
		return "as it names " + s.namedIn(n.statement)
	case n.code == CodeDelegated && n.layer == LayerKeyPolicy && n.statement == nil:
		return "as grant " + n.entry().Grant() + " delegates to account " + s.caller.account + ", whose IAM policies decide"
	case n.code == CodeDelegated:
		return "as it delegates to account " + s.caller.account + ", whose IAM policies decide"
	case n.code == CodeLent:
		return "as it delegates to account " + s.account + ", so that grants count (grant-requires-delegation)"
	case n.code == CodeRootUser:
		return "as the root user counts as allowed by IAM"
	default:
		return ""
	}
}

// noPartText says why a layer changes nothing, or what it lacks that is not asked.
func (n *Node) noPartText() string {
	s := n.situation()
	switch {
	case n.code == Code(ReasonGrantRequiresDelegation):
		return "grant " + n.entry().Grant() + ", if the key policy delegated to account " + s.account + " (grant-requires-delegation)"
	case n.code == CodeNotNeeded && n.layer == LayerIAMPolicy:
		return "the caller may retire the grant without"
	case n.code == CodeNotForCaller && len(s.key.grants) == 1:
		return "the key's grant is for another"
	case n.code == CodeNotForCaller:
		return fmt.Sprintf("none of the key's %d grants is for the caller", len(s.key.grants))
	case n.code == CodeNamed:
		return "the key policy names the caller, who needs no IAM policy"
	case n.code == CodeGranted:
		return "a grant lets the caller in"
	case n.code == CodeNotLimited:
		return "it does not allow this and need not: it does not limit a caller that is named so"
	case n.code == CodeNotNeeded:
		return "the policies let the caller in"
	case n.layer == LayerGrant:
		return ""
	default:
		return n.blocksText()
	}
}

// noObjectionText says what a layer that only ever blocks looked at.
func (n *Node) noObjectionText() string {
	s := n.situation()
	asked := s.request.action.String()
	switch n.layer {
	case LayerRequest:
		return "KMS has such a request"
	case LayerRegion:
		return s.resourceWords() + " is in the Region that is called"
	case LayerCrossAccount:
		if !s.foreign {
			return "the caller and " + s.resourceWords() + " are not in different accounts"
		}
		return asked + " works across accounts"
	case LayerRCP:
		return "no Deny statement matches"
	case LayerKeyUsage:
		return "a key of type " + s.key.keyType.String() + " has " + asked
	default:
		return "the key is " + s.key.state.String()
	}
}

// exemptions say why a layer does not apply.
var exemptions = map[Code]string{
	CodeNoPolicy:              "none given",
	CodeNoKey:                 "the request is not about a key",
	CodeNoGrants:              "the key has none",
	CodeServicePrincipal:      "the caller is an AWS service",
	CodeServiceLinkedRole:     "the caller is a service-linked role",
	Code(ReasonAWSManagedKey): "the key is an AWS managed key",
	CodeRetireGrant:           "it has no say on who may retire a grant",
}

// exemptText says why a layer does not apply.
func (n *Node) exemptText() string {
	switch n.code {
	case CodeNotGrantable:
		return "no grant can give " + n.situation().request.action.String()
	case CodeManagementAccount:
		if n.layer == LayerRCP {
			return "the key is in the organization's management account"
		}
		return "the caller is in the organization's management account"
	default:
		return exemptions[n.code]
	}
}
