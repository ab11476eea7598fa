package evaluate_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// The accounts of the generated worlds: the key's, and the other.
const (
	home   = "111122223333"
	abroad = "444455556666"
)

// policyLayers are the layers that policies decide.
var policyLayers = []evaluate.Layer{
	evaluate.LayerSCP, evaluate.LayerRCP, evaluate.LayerVPCEndpointPolicy, evaluate.LayerKeyPolicy,
	evaluate.LayerIAMPolicy, evaluate.LayerPermissionsBoundary, evaluate.LayerSessionPolicy,
}

func isService(w worlds.World) bool { return !strings.Contains(w.Caller.ARN, ":") }
func isRoot(w worlds.World) bool    { return strings.HasSuffix(w.Caller.ARN, ":root") }

// hasIdentity reports whether the caller can have identity-based policies.
func hasIdentity(w worlds.World) bool { return !isService(w) && !isRoot(w) }

// isSession reports whether the caller can have session policies.
func isSession(w worlds.World) bool {
	return strings.Contains(w.Caller.ARN, ":sts:") || strings.Contains(w.Caller.ARN, ":role/")
}

// isServiceLinked reports whether the caller is a service-linked role.
func isServiceLinked(w worlds.World) bool {
	return strings.Contains(w.Caller.ARN+" "+w.Caller.RoleARN, ":role/aws-service-role/")
}

// accountIn returns the account in an ARN, "" in any other text.
func accountIn(text string) string {
	if parts := strings.Split(text, ":"); len(parts) > 5 {
		return parts[4]
	}
	return ""
}

// atHome reports whether the world is an operation on a key by somebody of the
// key's own account who is not its root user, RetireGrant apart.
func atHome(w worlds.World) bool {
	return w.Key != nil && w.Request.Alias == "" && w.Request.Action != action.RetireGrant && hasIdentity(w) &&
		accountIn(w.Caller.ARN) == accountIn(w.Key.ARN)
}

// possible reports whether the world can have a policy of the layer.
func possible(w worlds.World, l evaluate.Layer) bool {
	switch l {
	case evaluate.LayerRCP, evaluate.LayerKeyPolicy:
		return w.Key != nil
	case evaluate.LayerVPCEndpointPolicy:
		return w.Request.ViaService == ""
	case evaluate.LayerSessionPolicy:
		return hasIdentity(w) && isSession(w)
	case evaluate.LayerSCP:
		return !isService(w)
	default:
		return hasIdentity(w)
	}
}

// applies reports whether a policy of the layer has a say in the request.
//
// See AWS Organizations User Guide, "Service control policies (SCPs)" and
// "Resource control policies (RCPs)", what they do not affect; AWS KMS Developer
// Guide, "Retiring and revoking grants", where key policies do not count.
func applies(w worlds.World, l evaluate.Layer) bool {
	if !possible(w, l) {
		return false
	}
	retires := w.Request.Action == action.RetireGrant
	switch l {
	case evaluate.LayerSCP:
		return !isServiceLinked(w) && !w.Caller.Organization.ManagementAccount
	case evaluate.LayerRCP:
		org := w.Key.Organization
		if org == (evaluate.Organization{}) && accountIn(w.Caller.ARN) == accountIn(w.Key.ARN) {
			org = w.Caller.Organization
		}
		return !retires && !isServiceLinked(w) && w.Key.Manager == evaluate.CustomerManaged && !org.ManagementAccount
	case evaluate.LayerKeyPolicy:
		return !retires
	default:
		return true
	}
}

// allowAll is a statement that allows everything, to a principal if one is
// given.
func allowAll(principal any) statement {
	st := statement{"Effect": "Allow", "Action": "*", "Resource": "*"}
	if principal != nil {
		st["Principal"] = principal
	}
	return st
}

// allowAllIn is a statement for a policy of the layer that allows everything to
// everyone.
func allowAllIn(l evaluate.Layer) statement {
	if namesPrincipals(l) {
		return allowAll("*")
	}
	return allowAll(nil)
}

// namesPrincipals reports whether statements of the layer have a Principal.
func namesPrincipals(l evaluate.Layer) bool {
	return l == evaluate.LayerKeyPolicy || l == evaluate.LayerRCP || l == evaluate.LayerVPCEndpointPolicy
}

// me is the Principal element that names the caller by its own name.
func me(w worlds.World) any {
	if isService(w) {
		return map[string]any{"Service": w.Caller.ARN}
	}
	return map[string]any{"AWS": w.Caller.ARN}
}

// rootOf is the Principal element that names an account.
func rootOf(account string) any { return map[string]any{"AWS": "arn:aws:iam::" + account + ":root"} }

// matching draws a statement that matches the request of the world, in a policy
// of the layer.
func matching(t *rapid.T, w worlds.World, l evaluate.Layer, effect string) statement {
	st := statement{"Effect": effect}
	actions := []string{"*", "kms:*", "KMS:*"}
	if a := w.Request.Action; a.IsValid() {
		actions = append(actions, a.String(), strings.ToLower(a.String()), "kms:"+a.Name()[:2]+"*")
	}
	if rapid.IntRange(0, 4).Draw(t, "not") == 4 {
		st["NotAction"] = []string{"s3:*", "kms:"}
	} else {
		st["Action"] = rapid.SampledFrom(actions).Draw(t, "action")
	}
	resources := []string{"*", "**"}
	switch {
	case w.Request.Alias != "":
		resources = append(resources, w.Request.Alias, "arn:aws:kms")
	case w.Key != nil:
		resources = append(resources, w.Key.ARN, "arn:*:kms", "arn:*:kms:*:*:key/*")
	}
	if rapid.IntRange(0, 4).Draw(t, "not") == 4 {
		st["NotResource"] = "arn:aws:s3:::bucket"
	} else {
		st["Resource"] = rapid.SampledFrom(resources).Draw(t, "resource")
	}
	conditions := []any{nil, nil, nil,
		map[string]any{"StringNotEquals": map[string]any{"custom:Nothing": "x"}},
		map[string]any{"Null": map[string]any{"custom:Nothing": "true"}},
		map[string]any{"ForAllValues:StringEquals": map[string]any{"custom:Nothing": "x"}, "NumericLessThanIfExists": map[string]any{"custom:Nothing": "1"}},
		map[string]any{}}
	if c := rapid.SampledFrom(conditions).Draw(t, "condition"); c != nil {
		st["Condition"] = c
	}
	if namesPrincipals(l) {
		whom := []any{"*", map[string]any{"AWS": []string{"*"}}}
		if l != evaluate.LayerRCP {
			whom = append(whom, me(w))
			if account := accountIn(w.Caller.ARN); account != "" {
				whom = append(whom, rootOf(account), map[string]any{"AWS": account})
			}
		}
		st["Principal"] = rapid.SampledFrom(whom).Draw(t, "principal")
		if effect == "Deny" && l != evaluate.LayerRCP && rapid.IntRange(0, 3).Draw(t, "all but") == 3 {
			delete(st, "Principal")
			st["NotPrincipal"] = notMe(w)
		}
	}
	return st
}

// notMe is a NotPrincipal element of a Deny that does not spare the caller: it
// does not list the caller's account, or the caller has a permissions boundary.
func notMe(w worlds.World) any {
	if w.Caller.PermissionsBoundary != nil {
		return map[string]any{"AWS": []string{w.Caller.ARN, w.Caller.RoleARN, accountIn(w.Caller.ARN), "*"}}
	}
	return map[string]any{"AWS": []string{"arn:aws:iam::" + accountIn(w.Caller.ARN) + ":user/nobody"}}
}

// anyStatement draws a statement for a policy of the layer: one that matches,
// or one of another world.
func anyStatement(t *rapid.T, w worlds.World, l evaluate.Layer, effect string) statement {
	var found []statement
	if rapid.Bool().Draw(t, "foreign") {
		walkPolicies(worlds.Worlds().Draw(t, "other"), func(at evaluate.Layer, doc *policy.Document) {
			if at != l {
				return
			}
			text, err := doc.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, statementsOf(decoded(t, text))...)
		})
	}
	if len(found) == 0 {
		return matching(t, w, l, effect)
	}
	st := maps.Clone(rapid.SampledFrom(found).Draw(t, "statement"))
	st["Effect"] = effect
	if p, ok := st["Principal"]; ok && l != evaluate.LayerRCP && rapid.Bool().Draw(t, "negate") {
		if p == "*" {
			p = map[string]any{"AWS": "*"}
		}
		st["NotPrincipal"] = p
		delete(st, "Principal")
	}
	return st
}

// perfectGrant is a grant that gives the caller of the world everything.
func perfectGrant(w worlds.World) grants.Grant {
	return grants.Grant{ID: "new", Grantee: granteeOf(w), Operations: action.Every()}
}

func granteeOf(w worlds.World) policy.Principal {
	if isService(w) {
		return policy.ServicePrincipal(w.Caller.ARN)
	}
	return policy.ParsePrincipal(w.Caller.ARN)
}

// anyGrant draws a grant that the request does not name, should it be about
// retiring one.
func anyGrant(t *rapid.T, w worlds.World) grants.Grant {
	other := worlds.Worlds().Draw(t, "other")
	if other.Key == nil || len(other.Key.Grants) == 0 {
		return perfectGrant(w)
	}
	g := rapid.SampledFrom(other.Key.Grants).Draw(t, "grant")
	g.ID, g.KeyID = "new", ""
	if w.Request.Action == action.RetireGrant && g.Token != "" {
		g.Token = "token-new"
	}
	return g
}

// withGrant puts one more grant on the key, before the others.
func withGrant(w worlds.World, g grants.Grant) worlds.World {
	key := *w.Key
	key.Grants = append([]grants.Grant{g}, key.Grants...)
	w.Key = &key
	return w
}

// withoutDelegation takes the key's own account out of all Allow statements of
// the key policy, and grants to accounts, which would delegate too.
func withoutDelegation(t *rapid.T, w worlds.World) worlds.World {
	w = editPolicies(t, w, func(l evaluate.Layer, statements []statement) ([]statement, bool) {
		for _, st := range statements {
			if principals, ok := st["Principal"].(map[string]any); ok && st["Effect"] == "Allow" && principals["AWS"] != nil {
				principals["AWS"] = withoutAccounts(principals["AWS"])
			}
		}
		return statements, l == evaluate.LayerKeyPolicy
	})
	key := *w.Key
	key.Grants = slices.DeleteFunc(slices.Clone(key.Grants), func(g grants.Grant) bool { return g.Grantee.Kind() == policy.Account })
	w.Key = &key
	return w
}

func withoutAccounts(list any) []any {
	names, ok := list.([]any)
	if !ok {
		names = []any{list}
	}
	return slices.DeleteFunc(slices.Clone(names), func(name any) bool {
		text := name.(string)
		return text == home || strings.HasSuffix(text, "::"+home+":root")
	})
}

// opened lets a world be, or removes some of what stands in the way of its
// request, so that more requests are allowed or nearly so.
func opened(t *rapid.T, w worlds.World) worlds.World {
	often := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) > 0 }
	if !often("open") {
		return w
	}
	for _, l := range policyLayers {
		if has(w, l) && often("no denial by "+l.String()) {
			w = editPolicies(t, w, dropping(l, "Deny"))
		}
	}
	for _, l := range []evaluate.Layer{evaluate.LayerSCP, evaluate.LayerVPCEndpointPolicy, evaluate.LayerPermissionsBoundary, evaluate.LayerSessionPolicy} {
		if has(w, l) && often(l.String()+" allows") {
			w = editPolicies(t, w, adding(l, allowAllIn(l)))
		}
	}
	if hasIdentity(w) && often("IAM allows") {
		w = withPolicy(t, w, evaluate.LayerIAMPolicy, allowAll(nil))
	}
	if w.Key == nil {
		return w
	}
	if rapid.Bool().Draw(t, "named") {
		w = editPolicies(t, w, adding(evaluate.LayerKeyPolicy, allowAll(me(w))))
	}
	if account := accountIn(w.Caller.ARN); account != "" && rapid.Bool().Draw(t, "delegated") {
		w = editPolicies(t, w, adding(evaluate.LayerKeyPolicy, allowAll(rootOf(account))))
	}
	if rapid.Bool().Draw(t, "granted") && w.Request.Action != action.RetireGrant {
		w = withGrant(w, perfectGrant(w))
	}
	if often("enabled") {
		key := *w.Key
		key.State = evaluate.Enabled
		w.Key = &key
	}
	return w
}

// abroadFrom puts the key into the other account than the caller's, unless
// organizations tell where the two are.
func abroadFrom(w worlds.World) worlds.World {
	if w.Key == nil || w.Key.Organization != (evaluate.Organization{}) || w.Caller.Organization != (evaluate.Organization{}) ||
		accountIn(w.Caller.ARN) != accountIn(w.Key.ARN) {
		return w
	}
	key := *w.Key
	key.ARN = strings.Replace(key.ARN, home, abroad, 1)
	w.Request.KeyID = strings.Replace(w.Request.KeyID, home, abroad, 1)
	key.Grants = slices.Clone(key.Grants)
	for i := range key.Grants {
		key.Grants[i].KeyID = ""
	}
	w.Key = &key
	return w
}
