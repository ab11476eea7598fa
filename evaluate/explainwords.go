package evaluate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Text returns what the node has to say in one line of plain words, without
// characters that could control a terminal. Long lists of values are cut; see
// Comparison for all of them.
func (n *Node) Text() string { return printable.Line(n.text()) }

func (n *Node) text() string {
	switch n.kind {
	case KindRequest:
		return n.requestText()
	case KindLayer:
		return n.layerText()
	case KindFinding:
		return n.moreText()
	case KindLevel:
		return fmt.Sprintf("level %d of %d %s", n.number+1, len(n.situation().caller.scps), outcomeWords[n.outcome])
	case KindPolicy:
		return n.policyText()
	case KindStatement:
		return n.statementText()
	case KindGrant:
		return n.grantText()
	case KindTest:
		return n.testText()
	default:
		return ""
	}
}

// requestText says who asks for what, where and by which route.
func (n *Node) requestText() string {
	if n.explanation.decision.request == nil {
		return "nothing was asked"
	}
	s := n.situation()
	text := s.caller.words()
	if s.caller.account != "" {
		text += " of account " + s.caller.account
	}
	if s.caller.kind == sessionCaller && !s.caller.guessed {
		text += " (" + s.caller.roleWords() + ")"
	}
	asked := s.request.action.String()
	if asked == "" {
		asked = "an action that KMS does not have"
	}
	return text + " calls " + asked + s.onWhat() + s.byWhichRoute() + s.rules.words()
}

// onWhat names the key or alias of the request, its account if it is another than
// the caller's, and the Region.
func (s *situation) onWhat() string {
	text, region := "", s.request.region
	if s.resource != "*" {
		text = " on " + s.keyWords()
	}
	if s.request.keyID.namesAlias() {
		text += " (" + s.request.keyID.alias + ")"
	}
	if s.foreign || s.caller.isService() && s.account != "" {
		text += " of account " + s.account
	}
	switch {
	case s.key != nil && region != "" && region != s.key.arn.Region:
		text += " in " + s.key.arn.Region + ", called in " + region
	case s.key != nil:
		text += " in " + s.key.arn.Region
	case region != "":
		text += " in " + region
	}
	return text
}

// byWhichRoute says how the call comes to KMS.
func (s *situation) byWhichRoute() string {
	endpoint := s.context.Lookup(known.sourceVPCE)
	switch {
	case s.request.viaService != "":
		return ", through " + s.request.viaService
	case s.sourceARN() != "" && s.caller.isService():
		return ", for " + printable.Short(s.sourceARN())
	case s.caller.isService():
		return ", as itself"
	case len(endpoint) > 0:
		return ", through the VPC endpoint " + printable.Short(endpoint[0])
	case s.request.endpoint != nil:
		return ", through a VPC endpoint"
	default:
		return ", directly"
	}
}

// words names the rules if they are not the default.
func (r Rules) words() string {
	switch r {
	case AWSRules():
		return ", under AWS's rules"
	case StrictRules():
		return ", under strict rules"
	case Rules{GrantsStandAlone: true, DirectAllowRequiresIAM: true}:
		return ", under AWS's rules made strict"
	default:
		return ""
	}
}

// policyText names a policy and counts its statements.
func (n *Node) policyText() string {
	total := n.policy.Len()
	return fmt.Sprintf("%s: %s, %d with a part", n.Policy(), plural(total, "statement"), total-int(n.unlisted))
}

// statementText names a statement and says what it does, or what it lacks.
func (n *Node) statementText() string {
	s, st := n.situation(), n.statement
	asked := s.request.action.String()
	text := n.where() + " "
	switch n.stage {
	case StageNone:
		return text + n.matchText()
	case StagePrincipal:
		return text + "would allow this, but " + s.otherPrincipals(st)
	case StageAction:
		if n.layer.namesPrincipals() {
			return text + "names " + s.namedIn(st) + ", but " + s.otherActions(st)
		}
		return text + "lacks " + asked + ": " + s.otherActions(st)
	case StageResource:
		return text + s.namedFirst(n, "has "+asked) + "but " + s.otherResources(n.policy, st)
	}
	if st.Effect() == policy.Deny {
		return text + "would deny this, but " + n.conditionsText()
	}
	text += s.namedFirst(n, "has "+asked)
	return text + "but " + n.conditionsText()
}

// where names a statement and its policy; without the policy where the layer has one
// at most and it has no name of its own.
func (n *Node) where() string {
	single := n.layer == LayerPermissionsBoundary || n.layer == LayerVPCEndpointPolicy
	if single && n.policy.Name() == "" {
		return n.entry().statementWords()
	}
	return n.entry().where()
}

// namedFirst says that a statement of a policy with principals names the caller,
// and what else it has, with a comma behind.
func (s *situation) namedFirst(n *Node, has string) string {
	if n.layer.namesPrincipals() {
		return "names " + s.namedIn(n.statement) + " and " + has + ", "
	}
	return has + ", "
}

// conditionsText counts the conditions of a statement that are not met.
func (n *Node) conditionsText() string {
	failing, total := len(n.beneath()), 0
	for range n.statement.Condition().Tests() {
		total++
	}
	switch {
	case total == 1:
		return "its condition is not met"
	case failing == 1:
		return fmt.Sprintf("one of its %d conditions is not met", total)
	default:
		return fmt.Sprintf("%d of its %d conditions are not met", failing, total)
	}
}

// matchText says what a statement does that matches.
func (n *Node) matchText() string {
	s := n.situation()
	asked := s.request.action.String()
	switch {
	case n.outcome == OutcomeDenies:
		return "denies " + asked + n.matchNote()
	case n.layer != LayerKeyPolicy:
		return "allows " + asked
	case n.code == CodeLent:
		return "delegates " + asked + " to account " + s.account + ", so that grants count"
	case s.caller.named(n.statement) == asAccount:
		return "delegates " + asked + " to account " + s.caller.account + ", whose IAM policies decide"
	default:
		return "allows " + asked + " to " + s.namedIn(n.statement)
	}
}

// byText names a statement or grant that does what its layer does.
func (n *Node) byText() string {
	if n.kind == KindGrant {
		if n.situation().request.action == action.RetireGrant {
			return ": " + n.grantText()
		}
		return " by grant " + n.entry().Grant() + n.matchNote()
	}
	return " by " + n.where() + n.matchNote()
}

// matchNote says how a statement or grant that matches concerns the caller, with
// a comma before.
func (n *Node) matchNote() string {
	s := n.situation()
	switch {
	case n.code == CodeDelegated:
		return ", which is to account " + s.caller.account + ", whose IAM policies decide"
	case n.kind == KindGrant:
		return ""
	case n.outcome == OutcomeDenies && n.statement.IsNotPrincipal():
		return ", since its NotPrincipal does not spare " + s.caller.words() + s.whyNotSpared(n.statement)
	case n.layer != LayerKeyPolicy || n.outcome == OutcomeDenies:
		return ""
	case n.code == CodeLent:
		return ", which delegates to account " + s.account + ", so that grants count (grant-requires-delegation)"
	case s.caller.named(n.statement) == asAccount && n.explanation.byGrant && s.lent == delegates:
		return ", which delegates to account " + s.caller.account + ", so that grants count (grant-requires-delegation)"
	case s.caller.named(n.statement) == asAccount:
		return ", which delegates to account " + s.caller.account + ", whose IAM policies decide"
	default:
		return ", which names " + s.namedIn(n.statement)
	}
}

// whyNotSpared says what NotPrincipal of a Deny statement would have to list.
func (s *situation) whyNotSpared(st *policy.Statement) string {
	c := s.caller
	if len(c.boundary) > 0 {
		return ": it spares nobody who has a permissions boundary"
	}
	var missing []string
	for _, part := range []struct {
		form form
		name string
	}{{asAccount | asRootUser, "account " + c.account}, {asRole, c.roleWords()}, {asUser | asSession | asFederatedUser | asService, c.words()}} {
		if need := sparing[c.kind] & part.form; need != 0 && c.listed(st)&need == 0 {
			missing = append(missing, part.name)
		}
	}
	return ": it does not list " + strings.Join(missing, " and ")
}

// namedIn says by which name a statement names the caller.
func (s *situation) namedIn(st *policy.Statement) string {
	c, f := s.caller, s.caller.named(st)
	switch {
	case st.IsNotPrincipal():
		return "everyone whom NotPrincipal does not list"
	case f&(asUser|asSession|asFederatedUser|asService) != 0:
		return c.words()
	case f&asRole != 0:
		return c.roleWords()
	case f&asUserOfFederated != 0:
		return "the user of " + c.words()
	case f&asAnyone != 0:
		return "everyone"
	case f != 0:
		return "account " + c.account
	default: // it delegates to the key's account, for the sake of grants
		return "account " + s.account
	}
}

// otherPrincipals says whom a statement names that does not name the caller.
func (s *situation) otherPrincipals(st *policy.Statement) string {
	switch {
	case st.IsNotPrincipal():
		return "its NotPrincipal lists the caller"
	case st.NumPrincipals() == 0:
		return "it names nobody"
	}
	return "names " + hinted(slices.Collect(st.Principals()), s.principalWords, s.principalHint)
}

// otherActions says which actions a statement has that does not have the one that
// is asked for.
func (s *situation) otherActions(st *policy.Statement) string {
	switch {
	case !st.HasAction():
		return "has no Action"
	case st.IsNotAction():
		return "its NotAction leaves " + s.request.action.String() + " out"
	}
	hint := func(pattern string) string { return actionHint(pattern, s.request.action) }
	return "its Action is " + hinted(slices.Collect(st.ActionPatterns()), printable.Short, hint)
}

// otherResources says what a statement is about that is not about the resource.
func (s *situation) otherResources(doc *policy.Document, st *policy.Statement) string {
	switch {
	case !st.HasResource():
		return "has no Resource"
	case st.IsNotResource():
		return "its NotResource leaves " + s.resourceWords() + " out"
	}
	return "its Resource is " + hinted(slices.Collect(st.Resources()), printable.Short, func(r string) string { return s.resourceHint(doc, r) })
}

// grantText says what a grant that names the caller gives or lacks.
func (n *Node) grantText() string {
	s := n.situation()
	g := &s.key.grants[n.grant-1]
	asked := s.request.action.String()
	switch {
	case s.request.action == action.RetireGrant:
		return "grant " + g.ID + " may be retired by " + s.whoMayRetire(n)
	case n.outcome == OutcomeMisses:
		e := n.entry()
		e.reason = Reason(n.code)
		return e.grantDetail()
	case n.code == CodeDelegated:
		return "grant " + g.ID + " gives " + asked + " to account " + s.caller.account + ", whose IAM policies decide"
	default:
		return "grant " + g.ID + " allows " + asked
	}
}

// whoMayRetire lists those who may retire a grant.
//
// See AWS KMS Developer Guide, "Retiring and revoking grants".
func (s *situation) whoMayRetire(n *Node) string {
	g := &s.key.grants[n.grant-1]
	issuer := g.IssuingAccountOf(s.key.arn.Account)
	accounts := []string{issuer + " (which issued it)"}
	var who []string
	switch g.Retiring.Kind() {
	case policy.NoOne:
	case policy.Account:
		if g.Retiring.Account() != issuer {
			accounts = append(accounts, g.Retiring.Account()+" (its retiring principal)")
		}
	default:
		who = append(who, "its retiring principal "+s.principalWords(g.Retiring))
	}
	if g.Operations.Has(action.RetireGrant) {
		who = append(who, "its grantee "+s.principalWords(g.Grantee))
	}
	for _, account := range accounts {
		who = append(who, "those in account "+account+" whose IAM policies allow it")
	}
	return strings.Join(who, ", or by ")
}
