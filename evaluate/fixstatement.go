package evaluate

import (
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// principal returns the principal that names the caller in a policy or a grant:
// of a session its role, since sessions come and go.
func (c *Caller) principal() policy.Principal {
	switch c.kind {
	case serviceCaller:
		return policy.ServicePrincipal(c.text)
	case roleCaller, sessionCaller:
		return policy.ParsePrincipal(c.roleARN)
	default:
		return policy.ParsePrincipal(c.text)
	}
}

// only returns a condition that tells the caller from all others. The operator
// is one of the ARN operators.
func (c *Caller) only(operator string) policy.ConditionConfig {
	if c.isService() {
		return policy.ConditionConfig{Operator: strings.Replace(operator, "Arn", "String", 1), Key: known.principalServiceName.String(), Values: []string{c.name}}
	}
	return policy.ConditionConfig{Operator: operator, Key: known.principalARN.String(), Values: []string{c.principalARN()}}
}

// bounds returns conditions that keep a new statement of a policy to the
// circumstances of this request: the service that calls on the caller's behalf;
// for a service that calls as itself its source, or else the encryption context;
// that a grant is made for an AWS resource.
func (s *situation) bounds(doc *policy.Document) []policy.ConditionConfig {
	var all []policy.ConditionConfig
	add := func(operator, key string) {
		if got := s.context.Lookup(conditions.ParseKey(key)); len(got) == 1 {
			all = append(all, policy.ConditionConfig{Operator: operator, Key: key, Values: []string{literal(got[0], doc)}})
		}
	}
	add("StringEquals", "kms:ViaService")
	if s.caller.isService() {
		add("ArnEquals", "aws:SourceArn")
		add("StringEquals", "aws:SourceAccount")
		if len(all) == 0 {
			for _, name := range s.request.pairs.names(nil) {
				add("StringEquals", encryptionContextPrefix+name)
			}
		}
	}
	if got := s.context.Lookup(known.grantIsForAWSResource); s.request.action == action.CreateGrant && slices.Equal(got, []string{"true"}) {
		add("Bool", "kms:GrantIsForAWSResource")
	}
	return all
}

// literal returns a value as a policy must write it to mean this value alone:
// where the policy has policy variables, what would be one or a wildcard is
// escaped.
//
// See IAM User Guide, "IAM policy elements: Variables and tags".
func literal(value string, doc *policy.Document) string {
	if doc.Version() != "2012-10-17" || value == "*" {
		return value
	}
	return strings.NewReplacer("${", "${$}{", "*", "${*}", "?", "${?}").Replace(value)
}

// whom returns whom a change of a statement concerns.
func (m *mender) whom(st *policy.Statement) Opens {
	switch {
	case m.layer == LayerSCP, m.layer == LayerRCP, st.IsNotPrincipal():
		return Opens{Principals: OpensToOthers}
	case !st.HasPrincipal():
		return m.alone()
	}
	whom := Opens{Principals: OpensToCaller}
	for p := range st.Principals() {
		switch named := m.situation.caller.forms(p); {
		case p.Kind() == policy.NoOne:
		case named == 0, named == asAnyone, named == asUserOfFederated: // the parent itself
			return Opens{Principals: OpensToOthers}
		case p.Kind() == policy.Account:
			whom = m.situation.delegating(p.Account(), st.Actions().With(m.situation.request.action))
		}
	}
	return whom
}

// alone returns whom a change of a policy lets in that concerns nobody but the
// caller: a session policy one session of a role, not all.
func (m *mender) alone() Opens {
	if m.layer == LayerSessionPolicy && m.situation.caller.roleARN != "" {
		return Opens{Principals: OpensToSession}
	}
	return Opens{Principals: OpensToCaller}
}

// all returns what a change opens that gives all that a statement speaks of to
// those whom it concerns.
func (m *mender) all(st *policy.Statement, keys OpensOn, bounded bool) Opens {
	to := m.whom(st)
	to.Actions, to.Keys, to.Bounded = st.Actions(), keys, bounded
	return to
}

// wider changes the statement that almost allows so that it does.
func (m *mender) wider() []change {
	if m.statement == nil {
		return nil
	}
	switch m.reason {
	case ReasonActionNotAllowed:
		return m.widerAction()
	case ReasonResourceNotMatched:
		return m.widerResource()
	case ReasonConditionNotMet:
		return m.widerCondition()
	default:
		return nil
	}
}

// bounded reports whether the statement has a condition.
func bounded(st *policy.Statement) bool { return !st.Condition().IsZero() }

// widerAction adds the action to those of the statement.
func (m *mender) widerAction() []change {
	st := m.statement
	opens := m.opens(m.whom(st), bounded(st))
	if !st.IsNotAction() {
		return m.in(m.number, opens, policy.Edit{Op: policy.AddValues, Statement: st.Index(), Element: "Action", Values: []string{m.action()}})
	}
	return m.without("NotAction", st.ActionPatterns, m.action(), opens)
}

// widerResource adds the request's resource to those of the statement. In a key
// policy "*" stands for the key itself.
func (m *mender) widerResource() []change {
	st := m.statement
	opens := m.all(st, m.thisKey(), bounded(st))
	edit := policy.Edit{Op: policy.AddValues, Statement: st.Index(), Element: "Resource", Values: []string{literal(m.situation.resource, m.policy)}}
	switch {
	case m.layer == LayerKeyPolicy && !st.HasResource():
		edit.Values = []string{"*"}
	case m.layer == LayerKeyPolicy:
		element := "Resource"
		if st.IsNotResource() {
			element = "NotResource"
		}
		edit = policy.Edit{Op: policy.ReplaceElement, Statement: st.Index(), Element: element, As: "Resource", Values: []string{"*"}}
	case st.IsNotResource():
		return m.without("NotResource", st.Resources, m.situation.resource, opens)
	}
	return m.in(m.number, opens, edit)
}

// without takes a value out of an element of the statement.
func (m *mender) without(element string, values func() iter.Seq[string], value string, opens Opens) []change {
	for text := range values() {
		if strings.EqualFold(text, value) {
			return m.in(m.number, opens, policy.Edit{Op: policy.RemoveValues, Statement: m.statement.Index(), Element: element, Values: []string{text}})
		}
	}
	return nil
}

// widerCondition lets the statement's failing tests accept what the request has,
// or where that cannot be written takes them out.
func (m *mender) widerCondition() []change {
	st := m.statement
	var edits []policy.Edit
	tests, removed := 0, 0
	for test := range st.Condition().Tests() {
		tests++
		info, _ := test.ConditionKey().Info()
		barred := m.layer.bars() && test.ConditionKey() != (conditions.Key{}) && info.Name != "" && !info.KeyPolicy
		if !barred && test.Holds(&m.situation.context) {
			continue
		}
		edit, widened := m.accepting(test)
		if barred || !widened {
			edit = policy.Edit{Op: policy.RemoveCondition, Statement: st.Index(), Operator: test.Operator().String(), Key: test.Key()}
			removed++
		}
		edits = append(edits, edit)
	}
	return m.in(m.number, m.all(st, m.keysOf(st), removed < tests), edits...)
}

// accepting returns an edit that adds the request's values to those of a test,
// and whether there is one: only texts, ARNs and addresses can be listed.
func (m *mender) accepting(test *conditions.Test) (policy.Edit, bool) {
	op := test.Operator().Info()
	got := m.situation.context.Lookup(test.ConditionKey())
	listable := op.Type == conditions.TypeString || op.Type == conditions.TypeARN || op.Type == conditions.TypeIPAddress
	if op.Negated || !listable || len(got) == 0 {
		return policy.Edit{}, false
	}
	return m.listing(test, got), true
}

// listing returns an edit that adds values to those of a test.
func (m *mender) listing(test *conditions.Test, values []string) policy.Edit {
	edit := policy.Edit{Op: policy.AddConditionValues, Statement: m.statement.Index(), Operator: test.Operator().String(), Key: test.Key()}
	for _, value := range values {
		edit.Values = append(edit.Values, literal(value, m.policy))
	}
	return edit
}

// againstDeny narrows the statement that denies, or removes it.
func (m *mender) againstDeny() []change {
	remove := policy.Edit{Op: policy.RemoveStatement, Statement: m.statement.Index()}
	opens := m.all(m.statement, m.keysOf(m.statement), false)
	all := slices.Concat(m.exceptCaller(), m.exceptAction(), m.exceptKey(), m.exceptValue(), m.in(m.number, opens, remove))
	for i := range all {
		all[i].opens.LiftsDeny = true
	}
	return all
}

// exceptCaller keeps a Deny for all but the caller. A policy of the caller alone
// is better removed.
func (m *mender) exceptCaller() []change {
	st := m.statement
	if !m.layer.concernsOthers() || m.whom(st).Principals <= OpensToCaller {
		return nil
	}
	c := m.situation.caller.only("ArnNotEquals")
	edit := policy.Edit{Op: policy.AddCondition, Statement: st.Index(), Operator: c.Operator, Key: c.Key, Values: c.Values}
	opens := Opens{Principals: OpensToCaller, Actions: st.Actions(), Keys: m.keysOf(st)}
	if changes := m.in(m.number, opens, edit); changes != nil {
		return changes
	}
	edit.Op = policy.AddConditionValues
	return m.in(m.number, opens, edit)
}

// exceptAction keeps a Deny for all but the request's action.
func (m *mender) exceptAction() []change {
	st := m.statement
	opens := m.opens(m.whom(st), false)
	opens.Keys = m.keysOf(st)
	if st.IsNotAction() {
		return m.in(m.number, opens, policy.Edit{Op: policy.AddValues, Statement: st.Index(), Element: "NotAction", Values: []string{m.action()}})
	}
	return m.without("Action", st.ActionPatterns, m.action(), opens)
}

// exceptKey keeps a Deny for all but the request's key.
func (m *mender) exceptKey() []change {
	st, resource := m.statement, m.situation.resource
	if m.layer == LayerKeyPolicy || resource == "*" {
		return nil
	}
	opens := m.all(st, OpensThisKey, false)
	value := literal(resource, m.policy)
	if st.IsNotResource() {
		return m.in(m.number, opens, policy.Edit{Op: policy.AddValues, Statement: st.Index(), Element: "NotResource", Values: []string{value}})
	}
	if slices.Equal(slices.Collect(st.Resources()), []string{"*"}) {
		return m.in(m.number, opens, policy.Edit{Op: policy.ReplaceElement, Statement: st.Index(), Element: "Resource", As: "NotResource", Values: []string{value}})
	}
	return m.without("Resource", st.Resources, resource, opens)
}

// exceptValue keeps a Deny for all but the values that the request has, where
// the Deny spares some values already ("deny unless").
func (m *mender) exceptValue() []change {
	st := m.statement
	var all []change
	for test := range st.Condition().Tests() {
		op := test.Operator().Info()
		got := m.situation.context.Lookup(test.ConditionKey())
		listable := op.Type == conditions.TypeString || op.Type == conditions.TypeARN || op.Type == conditions.TypeIPAddress
		if op.Negated && listable && len(got) > 0 {
			all = append(all, m.in(m.number, m.all(st, m.keysOf(st), true), m.listing(test, got))...)
		}
	}
	return all
}

// keysOf returns the keys that a statement of the entry's layer may be about.
func (m *mender) keysOf(st *policy.Statement) OpensOn {
	resource := m.situation.resource
	only := resource != "*" && slices.Equal(slices.Collect(st.Resources()), []string{resource}) && !st.IsNotResource()
	if m.layer == LayerKeyPolicy || only {
		return OpensThisKey
	}
	return OpensOtherKeys
}

// concernsOthers reports whether the policies of the layer concern other callers
// than those to whom they are attached.
func (l Layer) concernsOthers() bool {
	return l == LayerSCP || l.namesPrincipals()
}
