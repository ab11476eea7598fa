package evaluate_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/policy"
	"pgregory.net/rapid"
)

// renamings are injective maps of names to names of the same form and length.
// The second exchanges the two accounts.
var renamings = []*strings.Replacer{
	strings.NewReplacer(home, "998877665544", abroad, "000011112222", "role/app", "role/pep", "role/service/app", "role/service/pep",
		"alice", "clara", "AIDAALICEALICEALICE", "AIDACLARACLARACLARA", "AROAAPPAPPAPPAPPAPP", "AROAPEPPEPPEPPEPPEP",
		"bob", "tod", "fred", "dora", "1234abcd-12ab-34cd-56ef-1234567890ab", "0fedcba9-0fed-cba9-0fed-cba987654321", "mrk-1234", "mrk-9876"),
	strings.NewReplacer(home, abroad, abroad, home, "role/app", "role/zip", "role/service/app", "role/service/zip",
		"1234abcd-12ab-34cd-56ef-1234567890ab", "9234abcd-12ab-34cd-56ef-1234567890ab"),
}

// Renaming accounts, roles and keys consistently renames the answer and nothing
// else.
func TestLawRenaming(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		names := renamings[rapid.IntRange(0, len(renamings)-1).Draw(t, "names")]
		before, after := decideIn(t, w), decideIn(t, renamed(t, w, names))
		text, err := before.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		got, err := after.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if want := names.Replace(string(text)); string(got) != want {
			t.Fatalf("with other names: got  %s\nwant %s", got, want)
		}
		return !stopsEarly(&before)
	}).check(t, 0.5)
}

// renamed is the world with other names, in whatever place they stand.
func renamed(t *rapid.T, w worlds.World, names *strings.Replacer) worlds.World {
	w = mapPolicies(t, w, func(_ evaluate.Layer, text []byte) []byte { return []byte(names.Replace(string(text))) })
	c, r := &w.Caller, &w.Request
	for _, text := range []*string{&c.ARN, &c.RoleARN, &c.UserARN, &c.UniqueID, &r.KeyID, &r.Alias, &r.SourceARN, &r.SourceAccount} {
		*text = names.Replace(*text)
	}
	c.Context, r.Context = renamedValues(c.Context, names), renamedValues(r.Context, names)
	if w.Key == nil {
		return w
	}
	w.Key.ARN = names.Replace(w.Key.ARN)
	w.Key.Context = renamedValues(w.Key.Context, names)
	w.Key.Grants = slices.Clone(w.Key.Grants)
	for i := range w.Key.Grants {
		g := &w.Key.Grants[i]
		g.KeyID, g.IssuingAccount = names.Replace(g.KeyID), names.Replace(g.IssuingAccount)
		g.Constraints.SourceARN = names.Replace(g.Constraints.SourceARN)
		g.Grantee, g.Retiring = renamedPrincipal(g.Grantee, names), renamedPrincipal(g.Retiring, names)
	}
	return w
}

func renamedPrincipal(p policy.Principal, names *strings.Replacer) policy.Principal {
	if p.Kind() == policy.Service || p == (policy.Principal{}) {
		return p
	}
	return policy.ParsePrincipal(names.Replace(p.String()))
}

func renamedValues(context map[string][]string, names *strings.Replacer) map[string][]string {
	out := map[string][]string{}
	for key, values := range context {
		for _, value := range values {
			out[key] = append(out[key], names.Replace(value))
		}
	}
	return out
}

// Order is nothing: permuting statements, policies, grants, values, principals,
// tags, or repeating them, changes no decision, layer or reason.
func TestLawOrderIsNothing(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		before, after := decideIn(t, w), decideIn(t, shuffled(t, w))
		if got, want := outline(&after), outline(&before); got != want {
			t.Fatalf("in another order: got  %s\nwant %s", got, want)
		}
		return !stopsEarly(&before)
	}).check(t, 0.5)
}

// shuffled puts everything of which the order should not matter into another
// order, and repeats some of it.
func shuffled(t *rapid.T, w worlds.World) worlds.World {
	w = mapPolicies(t, w, func(_ evaluate.Layer, text []byte) []byte {
		return shuffledJSON(t, decoded(t, text))
	})
	w.Caller.IAMPolicies = reordered(t, w.Caller.IAMPolicies)
	w.Caller.SessionPolicies = reordered(t, w.Caller.SessionPolicies)
	for i, level := range w.Caller.ServiceControlPolicies {
		w.Caller.ServiceControlPolicies[i] = reordered(t, level)
	}
	if w.Key != nil {
		for i, level := range w.Key.ResourceControlPolicies {
			w.Key.ResourceControlPolicies[i] = reordered(t, level)
		}
		w.Key.Grants = reordered(t, w.Key.Grants)
		w.Key.Aliases = reordered(t, w.Key.Aliases)
	}
	w.Request.GrantTokens = reordered(t, w.Request.GrantTokens)
	return w
}

// reordered returns the list in another order, and now and then with one of its
// elements twice.
func reordered[T any](t *rapid.T, list []T) []T {
	if len(list) == 0 {
		return list
	}
	var out []T
	for _, i := range permutation(t, len(list)) {
		out = append(out, list[i])
	}
	if rapid.IntRange(0, 2).Draw(t, "repeat") == 2 {
		again := out[rapid.IntRange(0, len(out)-1).Draw(t, "which")]
		out = slices.Insert(out, rapid.IntRange(0, len(out)).Draw(t, "where"), again)
	}
	return out
}

func permutation(t *rapid.T, n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	if n < 2 {
		return numbers
	}
	return rapid.Permutation(numbers).Draw(t, "order")
}

// shuffledJSON writes a JSON value with the members of its objects and the
// elements of its lists in another order.
func shuffledJSON(t *rapid.T, v any) []byte {
	var parts [][]byte
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		for _, i := range permutation(t, len(names)) {
			name, err := json.Marshal(names[i])
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, slices.Concat(name, []byte(":"), shuffledJSON(t, v[names[i]])))
		}
		return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}"))
	case []any:
		for _, element := range reordered(t, v) {
			parts = append(parts, shuffledJSON(t, element))
		}
		return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))
	default:
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}
