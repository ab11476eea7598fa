package evaluate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// worldsPerLaw is the number of worlds on which a plain "go test" tries each law.
const worldsPerLaw = 2000

// A law looks at one world and fails t if the world breaks it. It reports
// whether the world could have broken it: whether the law's premise held.
type law func(t *rapid.T, w worlds.World) bool

// check tries a law on many worlds. It fails if the premise held in less than
// the given share of them, since a law without cases says nothing.
func (l law) check(t *testing.T, share float64) {
	t.Helper()
	t.Parallel()
	wanted := worldsWanted(t, worldsPerLaw)
	seen, held := 0, 0
	for seen < wanted && !t.Failed() {
		rapid.Check(t, func(rt *rapid.T) {
			w := worlds.Worlds().Draw(rt, "world")
			seen++
			if _, _, _, err := w.Compile(); err == nil && l(rt, w) {
				held++
			}
		})
	}
	t.Logf("the premise held in %d of %d worlds", held, seen)
	if seen >= worldsPerLaw && float64(held) < share*float64(seen) {
		t.Errorf("the premise held in %d of %d worlds, expected a share of at least %v", held, seen, share)
	}
}

// decideIn decides a world that can be compiled.
func decideIn(t *rapid.T, w worlds.World) evaluate.Decision {
	t.Helper()
	key, caller, request, err := w.Compile()
	if err != nil {
		t.Fatalf("the changed world cannot be compiled: %v\n%#v", err, w)
	}
	return w.Rules.Decide(key, caller, request)
}

// allowsIn reports whether the request of a world is allowed.
func allowsIn(t *rapid.T, w worlds.World) bool {
	t.Helper()
	d := decideIn(t, w)
	return d.Allowed()
}

// outline is what a decision says, without the statements and texts: decision,
// layers and reasons of both paths, divergence and error code.
func outline(d *evaluate.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "allowed %v, %v/%v, error %q, diverges %v; blockers", d.Allowed(), d.Layer(), d.Reason(), errorCode(d), d.Divergence() != "")
	for e := range d.Blockers() {
		fmt.Fprintf(&b, " %v/%v", e.Layer(), e.Reason())
	}
	b.WriteString("; alternatives")
	for e := range d.Alternatives() {
		fmt.Fprintf(&b, " %v/%v", e.Layer(), e.Reason())
	}
	return b.String()
}

// errorCode returns the code of the error that a denied caller sees, "" if the
// request is allowed.
func errorCode(d *evaluate.Decision) string {
	reported, _ := d.AWSError()
	return reported.Code
}

// stopsEarly reports whether the evaluation stopped before any policy was
// asked.
func stopsEarly(d *evaluate.Decision) bool {
	switch d.Layer() {
	case evaluate.LayerRequest, evaluate.LayerRegion, evaluate.LayerCrossAccount:
		return !d.Allowed()
	default:
		return false
	}
}

// A matching Deny anywhere, where that policy applies, denies.
func TestLawDenyDenies(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		before := decideIn(t, w)
		layer := rapid.SampledFrom(policyLayers).Draw(t, "layer")
		if !applies(w, layer) {
			return false
		}
		w = withStatement(t, w, layer, matching(t, w, layer, "Deny"))
		after := decideIn(t, w)
		if after.Allowed() {
			t.Fatalf("a matching Deny of %v is passed over: %v\n%#v", layer, after, w)
		}
		if stopsEarly(&after) {
			return false
		}
		if after.Reason() != evaluate.ReasonExplicitDeny {
			t.Fatalf("a matching Deny of %v is not the first blocker: %v\n%#v", layer, after, w)
		}
		for e := range after.Blockers() {
			if e.Layer() == layer && e.Reason() == evaluate.ReasonExplicitDeny {
				return before.Allowed()
			}
		}
		t.Fatalf("a matching Deny of %v is no blocker: %s\n%#v", layer, outline(&after), w)
		return false
	}).check(t, 0.15)
}

// Adding any Deny never allows.
func TestLawAddingDenyNeverAllows(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		before := decideIn(t, w)
		if before.Allowed() || stopsEarly(&before) {
			return false
		}
		layer := rapid.SampledFrom(policyLayers).Draw(t, "layer")
		if !possible(w, layer) {
			return false
		}
		w = withStatement(t, w, layer, anyStatement(t, w, layer, "Deny"))
		if after := decideIn(t, w); after.Allowed() {
			t.Fatalf("before: %v\nafter one more Deny of %v: %v\n%#v", before, layer, after, w)
		}
		return true
	}).check(t, 0.2)
}

// Adding an Allow statement or a grant never turns allow into deny; removing a
// Deny never does.
//
// RetireGrant must name one grant, so a grant that it names too is not added
// there. A first policy of a kind that limits (a boundary, a session policy, a
// level's first service control policy) is more than a statement.
func TestLawAddingAllowNeverDenies(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		if !allowsIn(t, w) {
			return false
		}
		var what string
		switch rapid.IntRange(0, 3).Draw(t, "change") {
		case 0, 1:
			layer := rapid.SampledFrom(policyLayers).Draw(t, "layer")
			if !has(w, layer) && layer != evaluate.LayerIAMPolicy || !possible(w, layer) {
				return false
			}
			what = "an Allow of " + layer.String()
			w = withStatement(t, w, layer, anyStatement(t, w, layer, "Allow"))
		case 2:
			if w.Key == nil {
				return false
			}
			what = "a grant"
			w = withGrant(w, anyGrant(t, w))
		case 3:
			what = "less of a Deny"
			w = withoutSomeDeny(t, w)
		}
		if after := decideIn(t, w); !after.Allowed() {
			t.Fatalf("allowed before, but with %s: %v\n%#v", what, after, w)
		}
		return true
	}).check(t, 0.15)
}

// For operations on a key, RetireGrant apart: without delegation, no IAM policy
// turns a same-account deny into an allow.
//
// DirectAllowRequiresIAM asks for the IAM policy of a caller that the key policy
// names, so there the law is about callers that it does not name.
func TestLawNoIAMPolicyWithoutDelegation(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		if !atHome(w) || !hasIdentity(w) {
			return false
		}
		closed := withoutDelegation(t, w)
		if w.Rules.DirectAllowRequiresIAM {
			closed = editPolicies(t, closed, dropping(evaluate.LayerKeyPolicy, "Allow"))
		}
		before := decideIn(t, closed)
		if before.Allowed() {
			return false
		}
		after := decideIn(t, withStatement(t, closed, evaluate.LayerIAMPolicy, allowAll(nil)))
		if after.Allowed() {
			t.Fatalf("before: %v\nwith an IAM policy: %v\n%#v", before, after, closed)
		}
		delegated := withStatement(t, closed, evaluate.LayerKeyPolicy, allowAll(rootOf(home)))
		return allowsIn(t, withStatement(t, delegated, evaluate.LayerIAMPolicy, allowAll(nil)))
	}).check(t, 0.1)
}

// For operations on a key, RetireGrant apart: without delegation, no grant turns
// a same-account deny into an allow, under the default rules and for a customer
// managed key.
func TestLawNoGrantWithoutDelegation(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		if !atHome(w) || w.Key.Manager != evaluate.CustomerManaged {
			return false
		}
		w.Rules.GrantsStandAlone = false
		w = withoutDelegation(t, w)
		before := decideIn(t, w)
		if before.Allowed() {
			return false
		}
		granted := withGrant(w, perfectGrant(w))
		if after := decideIn(t, granted); after.Allowed() {
			t.Fatalf("before: %v\nwith a grant: %v\n%#v", before, after, granted)
		}
		granted.Rules.GrantsStandAlone = true
		return allowsIn(t, granted)
	}).check(t, 0.06)
}

// Across accounts (service principals have none; the root user counts as allowed
// by IAM) allow implies a key-policy allow and an IAM allow, or a grant.
func TestLawAcrossAccountsNeedsBothSides(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = abroadFrom(opened(t, w))
		if w.Key == nil || isService(w) || accountIn(w.Caller.ARN) == accountIn(w.Key.ARN) || !allowsIn(t, w) {
			return false
		}
		key := *w.Key
		key.Grants = nil
		w.Key = &key
		if w.Request.Action == action.RetireGrant {
			return false // allowed by the grant that it is about
		}
		without := decideIn(t, w)
		if !without.Allowed() {
			return true // it was the grant
		}
		if d := decideIn(t, editPolicies(t, w, dropping(evaluate.LayerKeyPolicy, "Allow"))); d.Allowed() {
			t.Fatalf("allowed without an Allow in the key policy: %v\n%#v", d, w)
		}
		if d := decideIn(t, editPolicies(t, w, dropping(evaluate.LayerIAMPolicy, "Allow"))); d.Allowed() && !isRoot(w) {
			t.Fatalf("allowed without an Allow in an IAM policy: %v\n%#v", d, w)
		}
		return true
	}).check(t, 0.08)
}

// cryptographic are the operations that use a key's material.
//
// See AWS KMS Developer Guide, "Cryptographic operations".
var cryptographic = []action.Action{
	action.Decrypt, action.Encrypt, action.ReEncryptFrom, action.ReEncryptTo, action.GenerateDataKey,
	action.GenerateDataKeyWithoutPlaintext, action.GenerateDataKeyPair, action.GenerateDataKeyPairWithoutPlaintext,
	action.Sign, action.Verify, action.GenerateMac, action.VerifyMac, action.DeriveSharedSecret,
	action.Encapsulate, action.Decapsulate,
}

// A key that is Disabled, PendingDeletion, PendingReplicaDeletion,
// PendingImport, Unavailable or Creating allows no cryptographic operation that
// uses it.
func TestLawUnusableKeys(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		if w.Key == nil || !slices.Contains(cryptographic, w.Request.Action) {
			return false
		}
		key := *w.Key
		w.Key = &key
		key.State = evaluate.Enabled
		before := allowsIn(t, w)
		key.State = rapid.SampledFrom([]evaluate.KeyState{evaluate.Disabled, evaluate.PendingDeletion, evaluate.PendingReplicaDeletion,
			evaluate.PendingImport, evaluate.Unavailable, evaluate.Creating}).Draw(t, "state")
		after := decideIn(t, w)
		if after.Allowed() || before && after.Layer() != evaluate.LayerKeyState {
			t.Fatalf("a key that is %v: %v\n%#v", key.State, after, w)
		}
		return before
	}).check(t, 0.15)
}

// AWSRules allows all that the default rules allow; StrictRules allows nothing
// that the default rules deny.
func TestLawRulesAreOrdered(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		under := func(r evaluate.Rules) bool {
			w.Rules = r
			return allowsIn(t, w)
		}
		byDefault, byAWS, byStrict := under(evaluate.DefaultRules()), under(evaluate.AWSRules()), under(evaluate.StrictRules())
		if byDefault && !byAWS {
			t.Fatalf("the default rules allow and AWSRules does not:\n%#v", w)
		}
		if byStrict && !byDefault {
			t.Fatalf("StrictRules allows and the default rules do not:\n%#v", w)
		}
		return byAWS != byStrict
	}).check(t, 0.05)
}

// Decision, layer, reason, way in, blockers, alternatives, text, JSON and error
// code agree with each other, and deciding twice is the same.
func TestLawDecisionsAreConsistent(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		d := decideIn(t, w)
		blockers, alternatives := slices.Collect(d.Blockers()), slices.Collect(d.Alternatives())
		via, isAllowed := d.Via()
		if d.Allowed() != (len(blockers) == 0) || d.Allowed() != isAllowed || d.Allowed() != (d.Reason() == evaluate.ReasonNone) ||
			d.Allowed() != (errorCode(&d) == "") || d.Layer() == evaluate.LayerNone {
			t.Fatalf("decision and parts differ: %s, error %q\n%#v", outline(&d), errorCode(&d), w)
		}
		first := via
		if !d.Allowed() {
			first = blockers[0]
		} else if len(alternatives) > 0 {
			t.Fatalf("an allowed request has alternatives: %s\n%#v", outline(&d), w)
		}
		if first.Layer() != d.Layer() || first.Reason() != d.Reason() {
			t.Fatalf("the first entry is %v/%v: %s\n%#v", first.Layer(), first.Reason(), outline(&d), w)
		}
		if d.Allowed() && d.Divergence() != "" && w.Rules == evaluate.DefaultRules() {
			t.Fatalf("AWSRules would deny: %s\n%#v", d.Divergence(), w)
		}
		checkOrder(t, &d, w)
		checkTexts(t, &d, first)
		again := decideIn(t, w)
		if !again.Equal(d) || again.String() != d.String() {
			t.Fatalf("decided twice: %v and %v\n%#v", d, again, w)
		}
		return !stopsEarly(&d)
	}).check(t, 0.5)
}

// checkOrder checks that explicit denies come first, each layer comes once and
// layers come in their order.
func checkOrder(t *rapid.T, d *evaluate.Decision, w worlds.World) {
	for _, path := range [][]evaluate.Entry{slices.Collect(d.Blockers()), slices.Collect(d.Alternatives())} {
		seen := map[evaluate.Layer]bool{}
		for i, e := range path {
			if seen[e.Layer()] || e.Reason() == evaluate.ReasonNone {
				t.Fatalf("entry %d: %s\n%#v", i, outline(d), w)
			}
			seen[e.Layer()] = true
			if i == 0 {
				continue
			}
			denies, denied := e.Reason() == evaluate.ReasonExplicitDeny, path[i-1].Reason() == evaluate.ReasonExplicitDeny
			if denies && !denied || denies == denied && e.Layer() <= path[i-1].Layer() {
				t.Fatalf("entry %d is out of order: %s\n%#v", i, outline(d), w)
			}
		}
	}
}

// checkTexts checks the short text and the JSON form against the decision.
func checkTexts(t *rapid.T, d *evaluate.Decision, first evaluate.Entry) {
	want := "deny: " + first.Layer().String() + ": " + first.Reason().String() + ": " + first.Detail()
	if d.Allowed() {
		want = "allow: " + first.Layer().String() + ": " + first.Detail()
	}
	if got := d.String(); got != want || first.Detail() == "" {
		t.Fatalf("got %q, want %q", got, want)
	}
	type entry struct{ Layer, Reason, Detail string }
	var got struct {
		Decision, Layer, Reason, Divergence string
		Via                                 *entry
		Blockers, Alternatives              []entry
		AWSError                            evaluate.AWSError
	}
	reported, _ := d.AWSError()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if got.Decision == "allow" != d.Allowed() || got.Layer != d.Layer().String() || got.Reason != d.Reason().String() ||
		got.Divergence != d.Divergence() || !reflect.DeepEqual(got.AWSError, reported) || (got.Via != nil) != d.Allowed() {
		t.Fatalf("%v has the JSON form %s", d, text)
	}
	entries := slices.Concat(slices.Collect(d.Blockers()), slices.Collect(d.Alternatives()))
	texts := slices.Concat(got.Blockers, got.Alternatives)
	if len(entries) != len(texts) {
		t.Fatalf("%v has the JSON form %s", d, text)
	}
	for i, e := range entries {
		if (texts[i] != entry{e.Layer().String(), e.Reason().String(), e.Detail()}) {
			t.Fatalf("%v has the JSON form %s", d, text)
		}
	}
}

// Compiled action sets equal wildcard matching, name by name.
func TestLawActionSets(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		found := false
		for _, doc := range documentsOf(w) {
			for _, st := range doc.Statements() {
				for a := range action.All() {
					want := st.IsNotAction()
					for pattern := range st.ActionPatterns() {
						if wildcardMatch(strings.ToLower(pattern), strings.ToLower(a.String())) {
							want = !st.IsNotAction()
						}
					}
					if got := st.Actions().Has(a); got != want {
						t.Fatalf("%v: got %v, want %v in %v", a, got, want, slices.Collect(st.ActionPatterns()))
					}
				}
				found = found || st.Actions().Len() > 0
			}
		}
		return found
	}).check(t, 0.5)
}

// wildcardMatch reports whether text matches a pattern with * and ?.
func wildcardMatch(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return wildcardMatch(pattern[1:], text) || text != "" && wildcardMatch(pattern, text[1:])
	default:
		return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && wildcardMatch(pattern[1:], text[1:])
	}
}

// Parse, print, parse is identity: what is printed is equal JSON, reads as the
// same policy and decides the same. Grants have no printed form.
func TestLawParsePrintParse(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		before := decideIn(t, w)
		w2 := mapPolicies(t, w, func(_ evaluate.Layer, text []byte) []byte {
			var printed bytes.Buffer
			if err := json.Compact(&printed, text); err != nil {
				t.Fatal(err)
			}
			return printed.Bytes()
		})
		after := decideIn(t, w2)
		if !before.Equal(after) {
			t.Fatalf("printed and read again: got %v, want %v", after, before)
		}
		docs, docs2 := documentsOf(w), documentsOf(w2)
		for i, doc := range docs {
			if got, want := printedForm(t, docs2[i]), printedForm(t, doc); got != want {
				t.Fatalf("printed again: got %s, want %s", got, want)
			}
		}
		return len(docs) > 0
	}).check(t, 0.5)
}

// printedForm is all that a policy says of itself, statement by statement.
func printedForm(t *rapid.T, doc *policy.Document) string {
	var b strings.Builder
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%s %q %q %q", text, doc.Name(), doc.Version(), doc.ID())
	for _, st := range doc.Statements() {
		text, err := json.Marshal(st)
		if err != nil {
			t.Fatal(err)
		}
		condition, err := json.Marshal(st.Condition())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n%s %v %v %s", text, st.Effect(), st.Actions(), condition)
	}
	return b.String()
}
