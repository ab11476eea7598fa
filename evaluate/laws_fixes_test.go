package evaluate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// Every fix works: applying one that Fixes proposes makes the decision allow or,
// where it says so, moves it to a later layer, never an earlier one. Applied is
// both what Apply returns and, as a twin, the configs changed and compiled anew.
func TestLawFixesWork(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		d := decideIn(t, w)
		fixes, _ := d.Fixes()
		for _, f := range fixes {
			key, caller, request := f.Apply()
			applied := w.Rules.Decide(key, caller, request)
			after := f.After()
			if !applied.Equal(after) {
				t.Fatalf("%v\nafter:   %v\napplied: %v\n%#v", f, after, applied, w)
			}
			if twin := decideIn(t, withFix(t, w, f)); outline(&twin) != outline(&after) {
				t.Fatalf("%v\nafter: %s\ntwin:  %s\n%#v", f, outline(&after), outline(&twin), w)
			}
			if !after.Allowed() && placeOf(after) <= placeOf(d) {
				t.Fatalf("%v\nbefore: %v\nafter:  %v\n%#v", f, d, after, w)
			}
		}
		return len(fixes) > 0
	}).check(t, 0.5)
}

// A fix has no change that it could do without, and the first opens least. None
// lets everyone in.
func TestLawFixesAreSmall(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		d := decideIn(t, w)
		fixes, _ := d.Fixes()
		for i, f := range fixes {
			if i > 0 && fixes[i-1].After().Allowed() == f.After().Allowed() && fixes[i-1].Opens().Principals > f.Opens().Principals {
				t.Fatalf("%v\nstands before\n%v\n%#v", fixes[i-1], f, w)
			}
			for e := range f.Edits() {
				if p, ok := e.(*evaluate.PolicyEdit); ok {
					refuseEveryone(t, p, w)
				}
			}
		}
		return len(fixes) > 1
	}).check(t, 0.3)
}

func refuseEveryone(t *rapid.T, e *evaluate.PolicyEdit, w worlds.World) {
	for _, c := range e.Changes {
		if c.Op == policy.AddValues && c.Element == "Principal" && slices.Contains(c.Values, "*") {
			t.Fatalf("%v\n%#v", e, w)
		}
		if c.New == nil {
			continue
		}
		for _, p := range c.New.Principals {
			if p.Kind() == policy.Anyone || p.Kind() == policy.NoOne {
				t.Fatalf("%v names %v\n%#v", e, p, w)
			}
		}
	}
}

// A denial that no fix turns into an allow says why, and only such a one.
func TestLawUnfixableSaysWhy(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		d := decideIn(t, w)
		fixes, why := d.Fixes()
		allows := slices.ContainsFunc(fixes, func(f evaluate.Fix) bool { return f.After().Allowed() })
		if want := !d.Allowed() && !allows; (why != "") != want {
			t.Fatalf("%v: %d fixes, why: %q\n%#v", d, len(fixes), why, w)
		}
		return why != ""
	}).check(t, 0.05)
}

// No fix opens more actions, principals or keys than it says.
func TestLawFixesOpenWhatTheySay(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		d := decideIn(t, w)
		fixes, _ := d.Fixes()
		other := worlds.Worlds().Draw(t, "other world")
		seen := false
		for _, f := range fixes {
			fixed := withFix(t, w, f)
			fixed.Request = w.Request
			for _, v := range variations(w, other) {
				seen = flips(v.change(w), v.change(fixed)) || seen
				if flips(v.change(w), v.change(fixed)) && !v.said(f.Opens()) {
					t.Fatalf("%v\nsays that it opens %+v, and opens it for %s\n%#v\nother:\n%#v", f, f.Opens(), v.name, w, other)
				}
			}
		}
		return seen
	}).check(t, 0.1)
}

// flips reports whether a request that is denied in one world is allowed in
// another.
func flips(before, after worlds.World) bool {
	allowed := func(w worlds.World) bool {
		key, caller, request, err := w.Compile()
		return err == nil && w.Rules.Decide(key, caller, request).Allowed()
	}
	return !allowed(before) && allowed(after)
}

// A variation is a request that differs from another in one respect, and what a
// fix must say that opens it.
type variation struct {
	name   string
	change func(worlds.World) worlds.World
	said   func(evaluate.Opens) bool
}

func variations(w, other worlds.World) []variation {
	all := []variation{
		{"another action", func(w worlds.World) worlds.World {
			w.Request.Action = other.Request.Action
			return w
		}, func(o evaluate.Opens) bool { return o.Actions.Has(other.Request.Action) }},
	}
	if !sameNames(w.Caller, other.Caller) {
		all = append(all, variation{"another caller", func(w worlds.World) worlds.World {
			scps := w.Caller.ServiceControlPolicies
			account := accountIn(w.Caller.ARN)
			w.Caller = other.Caller
			if accountIn(w.Caller.ARN) == account {
				w.Caller.ServiceControlPolicies = scps
			}
			return w
		}, func(o evaluate.Opens) bool {
			return o.Principals == evaluate.OpensToOthers || o.Principals == evaluate.OpensToAccount && strings.Contains(o.Account, accountIn(other.Caller.ARN))
		}})
	}
	if w.Key != nil {
		all = append(all, variation{"another key", func(fixed worlds.World) worlds.World {
			key := *w.Key
			key.ARN += "-other"
			key.ResourceControlPolicies = fixed.Key.ResourceControlPolicies
			for i := range key.Grants {
				key.Grants = slices.Clone(key.Grants)
				key.Grants[i].KeyID = ""
			}
			fixed.Key = &key
			return fixed
		}, func(o evaluate.Opens) bool { return o.Keys == evaluate.OpensOtherKeys }})
	}
	return all
}

// sameNames reports whether a policy that names one caller may name another one
// too: sessions of a role, the user behind a federated user, the same unique id.
func sameNames(a, b evaluate.CallerConfig) bool {
	id := func(c evaluate.CallerConfig) string {
		id, _, _ := strings.Cut(c.UniqueID, ":")
		return id
	}
	return a.ARN == b.ARN || principalOf(a) == principalOf(b) || b.UserARN == a.ARN || id(a) != "" && id(a) == id(b)
}

// principalOf returns what names a caller in policies: of a session its role.
func principalOf(c evaluate.CallerConfig) string {
	switch {
	case c.RoleARN != "":
		return c.RoleARN
	case strings.Contains(c.ARN, ":assumed-role/"):
		role, _, _ := strings.Cut(strings.SplitN(c.ARN, "/", 2)[1], "/")
		return "arn:aws:iam::" + accountIn(c.ARN) + ":role/" + role
	default:
		return c.ARN
	}
}

// placeOf returns the place of a denial in the order of evaluation: what ends it,
// then explicit denies, then what does not allow; and within one place more or
// less of the same, which does not show here.
func placeOf(d evaluate.Decision) int {
	const layers = 100
	switch {
	case d.Allowed():
		return 3 * layers
	case d.Layer() <= evaluate.LayerCrossAccount:
		return int(d.Layer())
	case d.Reason() == evaluate.ReasonExplicitDeny:
		return layers + int(d.Layer())
	default:
		return 2*layers + int(d.Layer())
	}
}

// withFix makes the changes of a fix in the configs of a world, policies by their
// text.
func withFix(t *rapid.T, w worlds.World, f evaluate.Fix) worlds.World {
	if w.Key != nil {
		key := *w.Key
		key.Grants = slices.Clone(key.Grants)
		w.Key = &key
	}
	for e := range f.Edits() {
		switch e := e.(type) {
		case *evaluate.PolicyEdit:
			w = withText(t, w, e)
		case *evaluate.NewGrant:
			w.Key.Grants = append(w.Key.Grants, e.Grant)
		case *evaluate.PassGrantToken:
			w.Request.GrantTokens = append(slices.Clone(w.Request.GrantTokens), e.Token)
		case *evaluate.AwaitGrant:
			setStatus(&w, e.Grant, grants.Active)
		case *evaluate.RevokeGrant:
			setStatus(&w, e.Grant, grants.Retired)
		case *evaluate.CallRegion:
			w.Request.Region = e.Region
		case *evaluate.NameKeyByARN:
			w.Request.KeyID = ""
		case *evaluate.ChangeKeyState:
			w.Key.State = e.To
		case *evaluate.UseCustomerKey:
			arn := policy.MustParseARN(w.Key.ARN)
			arn.Resource = "key/NEW-KEY-ID"
			w.Key = &evaluate.KeyConfig{ARN: arn.String(), Policy: e.Policy, Spec: w.Key.Spec, Usage: w.Key.Usage, Organization: w.Key.Organization, ResourceControlPolicies: w.Key.ResourceControlPolicies}
			w.Request.KeyID = ""
		default:
			t.Fatalf("unknown edit %T", e)
		}
	}
	return w
}

func setStatus(w *worlds.World, id string, to grants.Status) {
	for i := range w.Key.Grants {
		if w.Key.Grants[i].ID == id && (to == grants.Retired || w.Key.Grants[i].Status == grants.Pending) {
			w.Key.Grants[i].Status = to
		}
	}
}

// withText gives a policy of the world the text that an edit leads to.
func withText(t *rapid.T, w worlds.World, e *evaluate.PolicyEdit) worlds.World {
	text, err := e.After.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	n := -1
	w = mapPolicies(t, w, func(l evaluate.Layer, _ []byte) []byte {
		if l != e.Layer {
			return nil
		}
		if n++; n == e.Number {
			return text
		}
		return nil
	})
	if e.Before == nil {
		p := reader[*policy.IAMPolicy](policy.ParseIAMPolicy).read(t, text, e.Policy)
		if e.Layer == evaluate.LayerSessionPolicy {
			w.Caller.SessionPolicies = append(w.Caller.SessionPolicies, p)
		} else {
			w.Caller.IAMPolicies = append(w.Caller.IAMPolicies, p)
		}
	}
	return w
}

// Each way in of an allowed request suffices: with everything else closed that
// could let the caller in, it is still allowed.
func TestLawWaysSuffice(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		d := decideIn(t, w)
		ways := slices.Collect(d.Ways())
		if d.Allowed() != (len(ways) > 0) {
			t.Fatalf("%v has %d ways in\n%#v", d, len(ways), w)
		}
		for _, way := range ways {
			alone := withOnly(t, w, way)
			if after := decideIn(t, alone); !after.Allowed() {
				by, _ := way.By()
				t.Fatalf("%v\nby %v alone: %v\n%#v\nalone:\n%#v", d, by.Detail(), after, w, alone)
			}
		}
		return len(ways) > 1
	}).check(t, 0.1)
}

// withOnly closes all ways in but one: it keeps of the key policy's Allow
// statements and of the grants what the way is by, and of the IAM policies' one
// statement that goes with it.
func withOnly(t *rapid.T, w worlds.World, way evaluate.Way) worlds.World {
	by, hasBy := way.By()
	with := slices.Collect(way.With())
	keep := func(e evaluate.Entry, l evaluate.Layer, number, statement int) bool {
		i, ok := e.Statement()
		return ok && e.Layer() == l && i == statement && (l != evaluate.LayerIAMPolicy || e.Policy() == policyNameIn(w, number))
	}
	retiring := w.Request.Action == action.RetireGrant && w.Request.Alias == ""
	counts := map[evaluate.Layer]int{}
	w2 := editPolicies(t, w, func(l evaluate.Layer, statements []statement) ([]statement, bool) {
		number := counts[l]
		counts[l]++
		if l != evaluate.LayerKeyPolicy && l != evaluate.LayerIAMPolicy || l == evaluate.LayerKeyPolicy && retiring {
			return nil, false
		}
		var kept []statement
		for i, st := range statements {
			isWay := hasBy && keep(by, l, number, i) || len(with) > 0 && keep(with[0], l, number, i)
			if st["Effect"] == "Deny" || isWay {
				kept = append(kept, st)
			}
		}
		return kept, true
	})
	if w2.Key != nil && !retiring {
		// A grant stands alone only where it needs no delegation; where it does,
		// the statements that delegate stay.
		if by.Grant() != "" && hasBy {
			w2 = withDelegations(t, w, w2)
		}
		key := *w2.Key
		key.Grants = slices.DeleteFunc(slices.Clone(key.Grants), func(g grants.Grant) bool { return !hasBy || g.ID != by.Grant() })
		w2.Key = &key
	}
	return w2
}

// withDelegations puts the key policy of the world before back.
func withDelegations(t *rapid.T, before, w worlds.World) worlds.World {
	key := *w.Key
	key.Policy = before.Key.Policy
	w.Key = &key
	return w
}

func policyNameIn(w worlds.World, number int) string {
	if name := w.Caller.IAMPolicies[number].Name(); name != "" {
		return name
	}
	return fmt.Sprint("#", number)
}

// Closing closes: with all that it removes gone, the request is denied.
func TestLawClosingCloses(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		w = opened(t, w)
		d := decideIn(t, w)
		f, ok := d.Closing()
		fixed := w.Key == nil && (isRoot(w) || isServiceLinked(w)) || w.Key != nil && w.Key.Manager == evaluate.AWSManaged
		if ok && !d.Allowed() || !ok && d.Allowed() && !fixed {
			t.Fatalf("%v: closing: %v\n%#v", d, ok, w)
		}
		if !ok {
			return false
		}
		if after := decideIn(t, withFix(t, w, f)); after.Allowed() {
			t.Fatalf("%v\n%v\n%v\n%#v", d, f, after, w)
		}
		return true
	}).check(t, 0.2)
}
