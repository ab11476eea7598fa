package evaluate

import (
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// changes returns what could mend an entry of a denial. It may return too much:
// what does not mend is sorted out by trying it.
func (e Entry) changes(p parts) []change {
	switch e.layer {
	case LayerRequest, LayerRegion, LayerCrossAccount:
		return e.requestChanges()
	case LayerKeyState:
		return e.stateChanges()
	case LayerGrant:
		return slices.Concat(e.contextChanges(), e.grantChanges(), e.retiringChanges(p))
	}
	m := mender{Entry: e, parts: p}
	switch {
	case e.layer == LayerKeyPolicy && e.situation.key.manager == AWSManaged:
		return append(e.managedChanges(), e.grantChanges()...)
	case e.reason == ReasonExplicitDeny:
		return m.againstDeny()
	case e.layer == LayerKeyPolicy:
		return slices.Concat(e.contextChanges(), m.wider(), m.byNaming(), m.byPrincipal(), m.byDelegation(), e.grantChanges())
	case e.note == noteNoSessionPolicy:
		session := mender{Entry: Entry{finding{layer: LayerSessionPolicy}, e.situation}, parts: p}
		return append(session.byStatement(), e.grantChanges()...)
	case e.layer == LayerIAMPolicy:
		changes := append(m.wider(), m.byStatement()...)
		if changes == nil {
			changes = m.aroundIAM()
		}
		return slices.Concat(e.contextChanges(), changes, e.grantChanges())
	default:
		return slices.Concat(e.contextChanges(), m.wider(), m.byStatement())
	}
}

// aroundIAM names the caller in the key policy, so that no IAM policy needs to
// allow: those of a service-linked role cannot be changed.
func (m *mender) aroundIAM() []change {
	s := m.situation
	if s.key == nil || s.needsIAM() {
		return nil
	}
	around := mender{Entry: Entry{finding{layer: LayerKeyPolicy}, s}, parts: m.parts}
	return around.byNaming()
}

// A mender finds the changes of policies that mend one entry.
type mender struct {
	Entry
	parts parts
}

// in returns a change of one policy of the entry's layer, none if the policy
// cannot be changed so. Past the last policy it makes a new one.
func (m *mender) in(number int, opens Opens, edits ...policy.Edit) []change {
	edit := &PolicyEdit{Layer: m.layer, Changes: edits, Number: number}
	doc := m.policyAt(number)
	if doc != emptyPolicy && doc != emptySessionPolicy {
		edit.Before = doc
	}
	after, err := doc.Apply(edits...)
	if err != nil || m.isFixed(doc) {
		return nil
	}
	edit.After = after
	edit.Policy = Entry{finding: finding{layer: m.layer, policy: after, number: number, statement: new(policy.Statement)}}.Policy()
	return []change{{edit, opens.possible(m.layer)}}
}

// isFixed reports whether nobody but AWS can change a policy of the entry's
// layer: AWS's own managed policies, those of service-linked roles and of AWS
// managed keys.
//
// See IAM User Guide, "Managed policies and inline policies" and "Service-linked
// roles"; AWS Organizations User Guide, "Service control policies".
func (m *mender) isFixed(doc *policy.Document) bool {
	name := strings.TrimPrefix(doc.Name(), "p-")
	arn, _ := policy.ParseARN(name)
	return m.layer == LayerIAMPolicy && m.situation.caller.isServiceLinkedRole() ||
		m.layer == LayerKeyPolicy && m.situation.key.manager == AWSManaged ||
		arn.Account == "aws" || name == "FullAWSAccess" || name == "RCPFullAWSAccess"
}

// What policies that are to be made start from. Their names differ, as those of the
// files do in which they are kept.
var (
	emptyPolicy        = &mustParse(policy.ParseIAMPolicy, "kms-access").Document
	emptySessionPolicy = &mustParse(policy.ParseIAMPolicy, "kms-session").Document
	emptyKeyPolicy     = &mustParse(policy.ParseKeyPolicy, "").Document
)

// mustParse returns a policy without statements.
func mustParse[P any](parse func([]byte, *policy.ParseOptions) (*P, error), name string) *P {
	p, err := parse([]byte("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}"), &policy.ParseOptions{Name: name})
	if err != nil {
		panic("evaluate: " + err.Error())
	}
	return p
}

// opens returns what a change opens that gives the request's action, on this
// resource, to such principals.
func (m *mender) opens(to Opens, bounded bool) Opens {
	to.Actions, to.Keys, to.Bounded = action.SetOf(m.situation.request.action), m.thisKey(), bounded
	return to
}

// thisKey returns the request's own resource, as what a fix opens.
func (m *mender) thisKey() OpensOn {
	if m.situation.resource == "*" {
		return OpensNoKey
	}
	return OpensThisKey
}

// byNaming adds a statement to the key policy that names the caller. The root
// user can be named through its account only.
func (m *mender) byNaming() []change {
	c := m.situation.caller
	if c.isRoot() || m.reason == ReasonGrantRequiresDelegation {
		return nil
	}
	return m.byAdding(c.principal(), "Allow", Opens{Principals: OpensToCaller})
}

// byDelegation adds a statement to the key policy that delegates the action to
// an account: the caller's or, for a grant, the key's own.
func (m *mender) byDelegation() []change {
	account := m.situation.caller.account
	if m.reason == ReasonGrantRequiresDelegation {
		account = m.situation.account
	}
	if account == "" {
		return nil // of a service
	}
	to := m.situation.delegating(account, action.SetOf(m.situation.request.action))
	root := policy.ParsePrincipal(rootARN(policy.ARN{Partition: m.situation.key.arn.Partition, Account: account}))
	return m.byAdding(root, "Delegate", to)
}

// delegating returns whom a statement that delegates actions to an account lets in:
// where grants need the delegation to the key's own account, also others, whose
// grants count from then on.
func (s *situation) delegating(account string, actions action.Set) Opens {
	others := s.key != nil && account == s.account && s.grantNeedsDelegation() && slices.ContainsFunc(s.key.grants, func(g grants.Grant) bool {
		return g.Operations.Intersect(actions) != (action.Set{}) && s.caller.forms(g.Grantee).direct() == 0
	})
	if others {
		return Opens{Principals: OpensToOthers}
	}
	return Opens{Principals: OpensToAccount, Account: account}
}

// byAdding adds a statement to the key policy that gives the action to a
// principal, in the circumstances of this request.
func (m *mender) byAdding(p policy.Principal, verb string, to Opens) []change {
	bounds := m.situation.bounds(m.policyAt(0))
	return m.in(0, m.opens(to, len(bounds) > 0), policy.Edit{Op: policy.AddStatement, New: &policy.StatementConfig{
		Sid:        verb + m.situation.request.action.Name(),
		Effect:     policy.Allow,
		Principals: []policy.Principal{p},
		Actions:    []string{m.action()},
		Resources:  []string{"*"},
		Conditions: bounds,
	}})
}

// policyAt returns a policy of the entry's layer, an empty one where there is
// none.
func (m *mender) policyAt(number int) *policy.Document {
	docs := m.parts.documents(m.layer)
	switch {
	case number < len(docs):
		return docs[number]
	case m.layer == LayerSessionPolicy:
		return emptySessionPolicy
	default:
		return emptyPolicy
	}
}

// byPrincipal adds the caller to the principals of the first statement of the
// key policy that allows the request to others of its kind, services or users
// and roles.
func (m *mender) byPrincipal() []change {
	s := m.situation
	if s.caller.isRoot() || m.reason == ReasonGrantRequiresDelegation {
		return nil
	}
	for _, st := range m.policyAt(0).Statements() {
		if st.Effect() == policy.Allow && s.isOfKind(st) && s.reach(st, true) == atCondition && s.caller.named(st) == 0 {
			opens := Opens{Principals: OpensToCaller, Actions: st.Actions(), Keys: OpensThisKey, Bounded: bounded(st)}
			return m.in(0, opens, policy.Edit{Op: policy.AddValues, Statement: st.Index(), Element: "Principal", Values: []string{s.caller.principal().String()}})
		}
	}
	return nil
}

// isOfKind reports whether a statement names principals one by one, all of the
// caller's kind.
func (s *situation) isOfKind(st *policy.Statement) bool {
	for p := range st.Principals() {
		switch p.Kind() {
		case policy.Anyone, policy.Account:
			return false
		case policy.Service:
			if !s.caller.isService() {
				return false
			}
		default:
			if s.caller.isService() {
				return false
			}
		}
	}
	return st.NumPrincipals() > 0 && !st.IsNotPrincipal()
}

// byStatement adds a statement that allows the request: to an IAM policy, a
// boundary, a session policy, an endpoint policy or a service control policy.
func (m *mender) byStatement() []change {
	s := m.situation
	if m.layer == LayerIAMPolicy && !s.caller.hasIdentity() {
		return nil
	}
	number := m.target()
	doc := m.policyAt(number)
	bounds := s.bounds(doc)
	st := policy.StatementConfig{
		Effect:     policy.Allow,
		Actions:    []string{m.action()},
		Resources:  []string{literal(s.resource, doc)},
		Conditions: bounds,
	}
	switch m.layer {
	case LayerVPCEndpointPolicy:
		st.Principals = []policy.Principal{s.caller.principal()}
	case LayerSCP:
		wide := st
		st.Conditions = append(slices.Clone(bounds), s.caller.only("ArnEquals"))
		return append(m.in(number, m.opens(Opens{Principals: OpensToCaller}, true), policy.Edit{Op: policy.AddStatement, New: &st}),
			m.in(number, m.opens(Opens{Principals: OpensToOthers}, len(bounds) > 0), policy.Edit{Op: policy.AddStatement, New: &wide})...)
	}
	return m.in(number, m.opens(m.alone(), len(bounds) > 0), policy.Edit{Op: policy.AddStatement, New: &st})
}

// target returns the place of the policy to add a statement to: the one that
// almost allows, else the first that speaks of KMS, else a new one, or where
// there cannot be one more the first.
func (m *mender) target() int {
	if m.policy != nil && !m.isFixed(m.policy) {
		return m.number
	}
	docs := m.parts.documents(m.layer)
	switch m.layer {
	case LayerSCP:
		return m.situation.failingLevel()
	case LayerIAMPolicy:
		for i, doc := range docs {
			if speaksOfKMS(doc) && !m.isFixed(doc) {
				return i
			}
		}
		return len(docs)
	}
	return 0
}

// failingLevel returns the number of the first policy of the first level of
// service control policies that does not allow.
func (s *situation) failingLevel() int {
	for i := range s.caller.layers.scps {
		if level := &s.caller.layers.scps[i]; len(level.docs) > 0 && !s.allow(level).allowed {
			return level.first
		}
	}
	return 0
}

// speaksOfKMS reports whether a statement of the policy names KMS actions.
func speaksOfKMS(doc *policy.Document) bool {
	for _, st := range doc.Statements() {
		for pattern := range st.ActionPatterns() {
			if prefix, _, _ := strings.Cut(pattern, ":"); strings.EqualFold(prefix, "kms") {
				return true
			}
		}
	}
	return false
}
