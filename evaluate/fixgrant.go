package evaluate

import (
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// grantChanges returns the changes by which a grant lets the caller in: the
// token of one that is new, or a new grant.
func (e Entry) grantChanges() []change {
	s := e.situation
	if !s.request.info.Grantable || s.caller.isRoot() || s.request.action == action.RetireGrant || e.reason == ReasonGrantRequiresDelegation {
		return nil
	}
	var all []change
	if e.reason == ReasonGrantNotEffective {
		all = append(all, e.effectChange(&s.key.grants[e.grant-1])...)
	}
	if s.key.manager == AWSManaged || s.caller.isService() && e.grant == 0 {
		return all // only its service makes grants on its key; services get in by the key policy
	}
	return append(all, e.newGrant())
}

// effectChange makes a new grant count: by its token, or else by waiting.
func (e Entry) effectChange(g *grants.Grant) []change {
	switch {
	case g.Status != grants.Pending:
		return nil
	case g.Token != "":
		return []change{{edit: &PassGrantToken{Grant: g.ID, Token: g.Token}}}
	default:
		return []change{{edit: &AwaitGrant{Grant: g.ID, index: e.grant - 1}}}
	}
}

// newGrant makes a grant of the request's operation to the caller, for the
// request's encryption context or, to a service, its source. In another account
// than the key's a grant needs no IAM policy beside it.
//
// See AWS KMS Developer Guide, "Using grant constraints".
func (e Entry) newGrant() change {
	s := e.situation
	g := grants.Grant{
		ID:         "new-grant",
		KeyID:      s.key.text,
		Grantee:    s.caller.principal(),
		Operations: action.SetOf(s.request.action),
	}
	if pairs := s.encryptionContext(); len(pairs) > 0 {
		g.Constraints.EncryptionContextSubset = pairs
	}
	if s.caller.isService() {
		g.Constraints.SourceARN = s.sourceARN()
	}
	bounded := g.Constraints.EncryptionContextSubset != nil || g.Constraints.SourceARN != ""
	opens := Opens{Principals: OpensToCaller, Actions: g.Operations, Keys: OpensThisKey, Bounded: bounded}
	return change{&NewGrant{Grant: g}, opens}
}

// retiringChanges returns the changes by which the caller may retire a grant: an
// IAM policy counts in the account that issued the grant or retires it.
func (e Entry) retiringChanges(p parts) []change {
	if e.situation.request.action != action.RetireGrant {
		return nil
	}
	e.layer, e.policy, e.statement, e.grant = LayerIAMPolicy, nil, nil, 0
	m := mender{Entry: e, parts: p}
	return m.byStatement()
}
