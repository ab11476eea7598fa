package reference

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

type grant = grants.Grant

func grantEntry(layer evaluate.Layer, g *grant, reason evaluate.Reason) Entry {
	return Entry{Layer: layer, Reason: reason, Statement: -1, Grant: g.ID}
}

// byGrants returns the ways in by grants (AWS KMS Developer Guide, "Grants in
// AWS KMS"). A grant to an account delegates to it as the key policy does: its
// principals need an IAM policy that allows, and that is what allows then.
// UNDOCUMENTED.
func (s *situation) byGrants() (toAccount, toCaller []way) {
	if s.needsDelegation() && !s.delegatesHome() {
		return nil, nil
	}
	iam, allowed := s.iamAllows()
	for i := range s.key.Grants {
		g := &s.key.Grants[i]
		f := s.who.namedBy(g.Grantee)
		switch {
		case f == notNamed || s.lacks(g) != evaluate.ReasonNone:
		case f == byAccount && allowed:
			entry := iam
			entry.Grant = g.ID
			toAccount = append(toAccount, way{entry, true})
		case f != byAccount:
			toCaller = append(toCaller, way{grantEntry(evaluate.LayerGrant, g, evaluate.ReasonNone), s.grantLimited(f)})
		}
	}
	return toAccount, toCaller
}

// needsDelegation reports whether a grant counts only where the key policy
// delegates the operation to the key's own account.
func (s *situation) needsDelegation() bool {
	return !s.rules.GrantsStandAlone && !s.awsManaged()
}

// delegatesHome reports whether the key policy allows the key's own account the
// action, conditions included. "*" and NotPrincipal delegate nothing.
func (s *situation) delegatesHome() bool {
	home := identity{kind: user, partition: s.at.partition, account: s.at.account}
	for _, d := range s.keyPolicy() {
		for _, st := range d.Statements() {
			named := false
			for p := range st.Principals() {
				named = named || home.namedBy(p) == byAccount
			}
			if st.Effect() == policy.Allow && named && !st.IsNotPrincipal() &&
				s.actionMatches(st) && s.resourceMatches(d, st) && s.conditionMatches(d, st) {
				return true
			}
		}
	}
	return false
}

// grantLimited reports whether boundary and session policies limit a grant that
// names the caller so. UNDOCUMENTED: as for statements of a key policy, whose
// exemptions hold only in the key's own account.
func (s *situation) grantLimited(f form) bool {
	return f.limited() || s.acrossAccounts()
}

// lacks returns why a grant that names the caller does not allow the request,
// whatever the policies say, or none. Of several reasons it is the one that
// makes the grant the farthest from allowing.
func (s *situation) lacks(g *grant) evaluate.Reason {
	if !g.Operations.Has(s.request.Action) {
		return evaluate.ReasonOperationNotGranted
	}
	reason := evaluate.ReasonNone
	if s.request.Action == action.CreateGrant {
		reason = s.childLacks(g)
	} else if !s.constraintHolds(g) {
		reason = evaluate.ReasonConstraintNotMet
	}
	if reason == evaluate.ReasonNone && !s.effective(g) {
		reason = evaluate.ReasonGrantNotEffective
	}
	return reason
}

// accountGranted reports whether a grant delegates to the caller's account.
func (s *situation) accountGranted() bool {
	if s.needsDelegation() && !s.delegatesHome() {
		return false
	}
	for i := range s.key.Grants {
		g := &s.key.Grants[i]
		if s.who.namedBy(g.Grantee) == byAccount && s.lacks(g) == evaluate.ReasonNone {
			return true
		}
	}
	return false
}

// effective reports whether a grant counts: an active one does, a new one with
// its grant token, a retired one never.
func (s *situation) effective(g *grant) bool {
	switch g.Status {
	case grants.Active:
		return true
	case grants.Pending:
		return g.Token != "" && slices.Contains(s.request.GrantTokens, g.Token)
	}
	return false
}

// constraintHolds compares the constraint with the request's encryption
// context, exactly, and with its source ARN. DescribeKey has no encryption
// context to compare (AWS KMS Developer Guide, "Using grant constraints").
func (s *situation) constraintHolds(g *grant) bool {
	if !s.sourceHolds(g) {
		return false
	}
	if s.request.Action == action.DescribeKey {
		return true
	}
	got := s.encryptionContext()
	if equals := g.Constraints.EncryptionContextEquals; equals != nil && !(len(equals) == len(got) && contains(got, equals)) {
		return false
	}
	return contains(got, g.Constraints.EncryptionContextSubset)
}

// sourceHolds compares the source ARN as ArnLike does. UNDOCUMENTED: a caller
// without one does not satisfy the constraint.
func (s *situation) sourceHolds(g *grant) bool {
	want := g.Constraints.SourceARN
	return want == "" || arnMatches(plain(want, true), s.request.SourceARN)
}

func contains(all, some map[string]string) bool {
	for key, value := range some {
		if got, ok := all[key]; !ok || got != value {
			return false
		}
	}
	return true
}

// childLacks returns why a grant does not allow to create another grant: the
// new one may have no more operations, and its constraint must be equal or
// stricter (AWS KMS Developer Guide, "Granting CreateGrant permission"). The
// encryption context does not filter the call itself.
func (s *situation) childLacks(parent *grant) evaluate.Reason {
	for _, name := range s.context["kms:grantoperations"] {
		a, err := action.Parse("kms:" + name)
		if err != nil || !parent.Operations.Has(a) {
			return evaluate.ReasonOperationNotGranted
		}
	}
	if !s.sourceHolds(parent) || !s.childAsStrict(parent) {
		return evaluate.ReasonConstraintNotMet
	}
	return evaluate.ReasonNone
}

func (s *situation) childAsStrict(parent *grant) bool {
	kind, _ := s.single("kms:GrantConstraintType")
	pairs := s.encryptionContext()
	equals, subset := parent.Constraints.EncryptionContextEquals, parent.Constraints.EncryptionContextSubset
	if equals != nil && !(kind == "EncryptionContextEquals" && len(pairs) == len(equals) && contains(pairs, equals)) {
		return false
	}
	if !contains(pairs, subset) { // of either kind
		return false
	}
	source, _ := s.single("kms:GrantConstraintSourceArn")
	want := parent.Constraints.SourceARN
	return want == "" || source == want || arnMatches(plain(want, true), source)
}

// grantPath returns the closest grant that names the caller and almost allows,
// with what else its way needs, and its reason. Closest is a grant that lacks
// nothing but the key policy's delegation; where the policy does not delegate,
// no other counts. Of several that are as close, one that no boundary or session
// policy blocks comes first.
func (s *situation) grantPath() ([]Entry, evaluate.Reason) {
	if !s.info.Grantable {
		return nil, evaluate.ReasonNone
	}
	order := []evaluate.Reason{evaluate.ReasonGrantNotEffective, evaluate.ReasonConstraintNotMet, evaluate.ReasonOperationNotGranted}
	if s.needsDelegation() && !s.delegatesHome() {
		order = []evaluate.Reason{evaluate.ReasonNone}
	}
	for _, lack := range order {
		var closest []Entry
		for i := range s.key.Grants {
			g := &s.key.Grants[i]
			f := s.who.namedBy(g.Grantee)
			if !f.direct() || f == byRoot || s.lacks(g) != lack {
				continue
			}
			path := []Entry{nearMiss(g, lack)}
			if s.grantLimited(f) {
				path = append(path, s.limits()...)
			}
			if closest == nil || len(path) < len(closest) {
				closest = path
			}
		}
		if closest != nil {
			return closest, closest[0].Reason
		}
	}
	return nil, evaluate.ReasonNone
}

// nearMiss returns the entry of a grant that lacks something. What lacks nothing
// itself lacks delegation, which is the key policy's matter.
func nearMiss(g *grant, lack evaluate.Reason) Entry {
	if lack != evaluate.ReasonNone {
		return grantEntry(evaluate.LayerGrant, g, lack)
	}
	entry := grantEntry(evaluate.LayerKeyPolicy, g, evaluate.ReasonGrantRequiresDelegation)
	entry.Policy = "key policy"
	return entry
}

// namedGrant returns the grant that RetireGrant is about, by its id or else by
// its token. A retired grant is none; two tokens of two grants name none.
func (s *situation) namedGrant() *grant {
	var found *grant
	for i := range s.key.Grants {
		g := &s.key.Grants[i]
		named := g.Token != "" && slices.Contains(s.request.GrantTokens, g.Token)
		if s.request.GrantID != "" {
			named = g.ID == s.request.GrantID
		}
		if !named || g.Status == grants.Retired {
			continue
		}
		if found != nil {
			return nil
		}
		found = g
	}
	return found
}

// waysToRetire returns the ways to retire the grant: as its retiring principal,
// as its grantee if it has RetireGrant, or by an IAM policy in the account that
// issued it or in an account that is its retiring principal. Its constraint
// does not matter (AWS KMS Developer Guide, "Retiring and revoking grants").
func (s *situation) waysToRetire() []way {
	g := s.grant
	entry := grantEntry(evaluate.LayerGrant, g, evaluate.ReasonNone)
	var ways []way
	_, allowed := s.iamAllows()
	add := func(f form) {
		if f.direct() || f == byAccount && allowed {
			ways = append(ways, way{entry, s.grantLimited(f)})
		}
	}
	add(s.who.namedBy(g.Retiring))
	if g.Operations.Has(action.RetireGrant) {
		add(s.who.namedBy(g.Grantee))
	}
	issuer := g.IssuingAccount
	if issuer == "" {
		issuer = s.at.account
	}
	if allowed && s.who.account == issuer {
		ways = append(ways, way{entry, true})
	}
	return ways
}

// retirePath is the path where the grant cannot be retired. Within the key's
// account a caller who is not entitled could be in a form that is not limited.
func (s *situation) retirePath(entitled bool) []Entry {
	if entitled {
		return s.limits()
	}
	path := []Entry{grantEntry(evaluate.LayerGrant, s.grant, evaluate.ReasonOperationNotGranted)}
	if s.acrossAccounts() {
		path = append(path, s.limits()...)
	}
	return path
}
