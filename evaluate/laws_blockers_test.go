package evaluate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// Every blocker is real: changing all layers of Blockers but one leaves the
// request denied.
//
// A layer is changed as its entry asks for: what denies is dropped, what does
// not allow allows everything, the key policy names the caller and its account,
// the grant that almost allows lacks nothing any more, the key gets a spec and
// a state that suit the operation. The premise is that changing all layers
// allows the request.
func TestLawBlockersAreReal(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		d := decideIn(t, w)
		blockers := slices.Collect(d.Blockers())
		if len(blockers) < 2 {
			return false
		}
		for i, kept := range blockers {
			others := slices.Delete(slices.Clone(blockers), i, i+1)
			w2, ok := withChanged(t, w, others)
			if !ok {
				continue
			}
			if after := decideIn(t, w2); after.Allowed() {
				t.Fatalf("%s\nwith all changed but %v: %v\nbefore:\n%#v\nafter:\n%#v", outline(&d), kept.Layer(), after, w, w2)
			}
		}
		w2, ok := withChanged(t, w, blockers)
		return ok && allowsIn(t, w2)
	}).check(t, 0.05)
}

// withChanged changes the layers of all entries. It reports false where a layer
// cannot be changed, or not without touching another: where a policy tests the
// key's spec, usage or origin, or where the key's type decides whether there is
// an encryption context to test.
func withChanged(t *rapid.T, w worlds.World, entries []evaluate.Entry) (worlds.World, bool) {
	for _, e := range entries {
		switch l := e.Layer(); l {
		case evaluate.LayerKeyState, evaluate.LayerKeyUsage:
			var ok bool
			if w, ok = withFittingKey(t, w, l); !ok {
				return w, false
			}
		case evaluate.LayerGrant:
			w = withMendedGrant(w, e)
		case evaluate.LayerKeyPolicy:
			w = withMendedKeyPolicy(t, w, e)
		case evaluate.LayerIAMPolicy:
			switch {
			case e.Reason() == evaluate.ReasonExplicitDeny:
				w = editPolicies(t, w, dropping(l, "Deny"))
			case !hasIdentity(w):
				return w, false
			default:
				w = withPolicy(t, w, l, allowAll(nil))
			}
		case evaluate.LayerRCP:
			w = editPolicies(t, w, dropping(l, "Deny"))
		default:
			w = editPolicies(t, w, replacing(l, allowAllIn(l)))
		}
	}
	return w, true
}

// withMendedKeyPolicy makes the key policy do what its entry misses.
func withMendedKeyPolicy(t *rapid.T, w worlds.World, e evaluate.Entry) worlds.World {
	l := evaluate.LayerKeyPolicy
	switch account := accountIn(w.Caller.ARN); {
	case e.Reason() == evaluate.ReasonExplicitDeny:
		return editPolicies(t, w, dropping(l, "Deny"))
	case e.Reason() == evaluate.ReasonGrantRequiresDelegation:
		return editPolicies(t, w, adding(l, allowAll(rootOf(accountIn(w.Key.ARN)))))
	case account == "":
		return editPolicies(t, w, replacing(l, allowAll(me(w))))
	default:
		return editPolicies(t, w, replacing(l, allowAll(me(w)), allowAll(rootOf(account))))
	}
}

// withMendedGrant gives the grant of an entry what it lacks.
func withMendedGrant(w worlds.World, e evaluate.Entry) worlds.World {
	key := *w.Key
	key.Grants = slices.Clone(key.Grants)
	for i := range key.Grants {
		g := &key.Grants[i]
		if g.ID != e.Grant() {
			continue
		}
		switch {
		case w.Request.Action == action.RetireGrant:
			g.Retiring = granteeOf(w)
		case e.Reason() == evaluate.ReasonGrantNotEffective:
			g.Status = grants.Active
		case e.Reason() == evaluate.ReasonConstraintNotMet:
			g.Constraints = grants.Constraints{}
		default:
			g.Operations = action.Every()
		}
	}
	w.Key = &key
	return w
}

// fittingKeys are keys of every type.
var fittingKeys = []struct {
	spec  evaluate.KeySpec
	usage evaluate.KeyUsage
}{
	{evaluate.SymmetricDefault, evaluate.EncryptDecrypt}, {evaluate.RSA2048, evaluate.EncryptDecrypt}, {evaluate.RSA2048, evaluate.SignVerify},
	{evaluate.HMAC256, evaluate.GenerateVerifyMAC}, {evaluate.ECCNISTP256, evaluate.KeyAgreement}, {evaluate.MLKEM768, evaluate.EncapsulateDecapsulate},
}

// withFittingKey changes the key until a layer that looks at nothing but the key
// does not block any more.
func withFittingKey(t *rapid.T, w worlds.World, l evaluate.Layer) (worlds.World, bool) {
	for _, doc := range documentsOf(w) {
		text, err := doc.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"kms:keyspec", "kms:keyusage", "kms:keyorigin", "kms:customermasterkey", "kms:encryptioncontext"} {
			if strings.Contains(strings.ToLower(string(text)), key) {
				return w, false
			}
		}
	}
	for _, g := range w.Key.Grants {
		if g.Constraints.EncryptionContextEquals != nil || g.Constraints.EncryptionContextSubset != nil {
			return w, false
		}
	}
	try := func(change func(*evaluate.KeyConfig)) bool {
		key := *w.Key
		change(&key)
		w.Key = &key
		d := decideIn(t, w)
		return !slices.ContainsFunc(slices.Collect(d.Blockers()), func(e evaluate.Entry) bool { return e.Layer() == l })
	}
	if l == evaluate.LayerKeyUsage {
		for _, fit := range fittingKeys {
			if try(func(k *evaluate.KeyConfig) { k.Spec, k.Usage = fit.spec, fit.usage }) {
				return w, true
			}
		}
		return w, false
	}
	for _, origin := range []evaluate.Origin{w.Key.Origin, evaluate.OriginAWSKMS, evaluate.OriginExternal} {
		for state := evaluate.Enabled; state <= evaluate.Updating; state++ {
			if try(func(k *evaluate.KeyConfig) { k.State, k.Origin = state, origin }) {
				return w, true
			}
		}
	}
	return w, false
}
