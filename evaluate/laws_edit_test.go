package evaluate_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/policy"
	"pgregory.net/rapid"
)

// has reports whether the world has a policy of the layer.
func has(w worlds.World, l evaluate.Layer) bool {
	found := false
	walkPolicies(w, func(at evaluate.Layer, _ *policy.Document) { found = found || at == l })
	return found
}

// documentsOf returns all policies of a world in a fixed order.
func documentsOf(w worlds.World) []*policy.Document {
	var docs []*policy.Document
	walkPolicies(w, func(_ evaluate.Layer, doc *policy.Document) { docs = append(docs, doc) })
	return docs
}

func walkPolicies(w worlds.World, visit func(evaluate.Layer, *policy.Document)) {
	if w.Key != nil {
		visit(evaluate.LayerKeyPolicy, &w.Key.Policy.Document)
		for _, level := range w.Key.ResourceControlPolicies {
			for _, p := range level {
				visit(evaluate.LayerRCP, &p.Document)
			}
		}
	}
	if v := w.Request.VPCEndpoint; v != nil && v.Policy != nil {
		visit(evaluate.LayerVPCEndpointPolicy, &v.Policy.Document)
	}
	for _, level := range w.Caller.ServiceControlPolicies {
		for _, p := range level {
			visit(evaluate.LayerSCP, &p.Document)
		}
	}
	for _, p := range w.Caller.IAMPolicies {
		visit(evaluate.LayerIAMPolicy, &p.Document)
	}
	if p := w.Caller.PermissionsBoundary; p != nil {
		visit(evaluate.LayerPermissionsBoundary, &p.Document)
	}
	for _, p := range w.Caller.SessionPolicies {
		visit(evaluate.LayerSessionPolicy, &p.Document)
	}
}

// A reader reads the policies of a kind.
type reader[P any] func([]byte, *policy.ParseOptions) (P, error)

// read reads a policy that a test wrote.
func (r reader[P]) read(t *rapid.T, text []byte, name string) P {
	p, err := r(text, &policy.ParseOptions{Name: name})
	if err != nil {
		t.Fatalf("the changed policy cannot be read: %v\n%s", err, text)
	}
	return p
}

// one reads the changed text of a policy, nil if it did not change.
func one[P interface {
	MarshalJSON() ([]byte, error)
	Name() string
}](t *rapid.T, old P, l evaluate.Layer, r reader[P], change func(evaluate.Layer, []byte) []byte) P {
	text, err := old.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	changed := change(l, text)
	if changed == nil {
		return old
	}
	return r.read(t, changed, old.Name())
}

// mapPolicies returns the world with the text of each policy changed; a policy
// for which change returns nil stays as it is.
func mapPolicies(t *rapid.T, w worlds.World, change func(evaluate.Layer, []byte) []byte) worlds.World {
	if w.Key != nil {
		key := *w.Key
		key.Policy = one(t, key.Policy, evaluate.LayerKeyPolicy, policy.ParseKeyPolicy, change)
		key.ResourceControlPolicies = make([][]*policy.ResourceControlPolicy, len(w.Key.ResourceControlPolicies))
		for i, level := range w.Key.ResourceControlPolicies {
			for _, p := range level {
				key.ResourceControlPolicies[i] = append(key.ResourceControlPolicies[i], one(t, p, evaluate.LayerRCP, policy.ParseResourceControlPolicy, change))
			}
		}
		w.Key = &key
	}
	if v := w.Request.VPCEndpoint; v != nil && v.Policy != nil {
		w.Request.VPCEndpoint = &evaluate.VPCEndpoint{ID: v.ID, Policy: one(t, v.Policy, evaluate.LayerVPCEndpointPolicy, policy.ParseEndpointPolicy, change)}
	}
	levels := w.Caller.ServiceControlPolicies
	w.Caller.ServiceControlPolicies = make([][]*policy.ServiceControlPolicy, len(levels))
	for i, level := range levels {
		for _, p := range level {
			w.Caller.ServiceControlPolicies[i] = append(w.Caller.ServiceControlPolicies[i], one(t, p, evaluate.LayerSCP, policy.ParseServiceControlPolicy, change))
		}
	}
	each := func(list []*policy.IAMPolicy, l evaluate.Layer) []*policy.IAMPolicy {
		var out []*policy.IAMPolicy
		for _, p := range list {
			out = append(out, one(t, p, l, policy.ParseIAMPolicy, change))
		}
		return out
	}
	w.Caller.IAMPolicies = each(w.Caller.IAMPolicies, evaluate.LayerIAMPolicy)
	w.Caller.SessionPolicies = each(w.Caller.SessionPolicies, evaluate.LayerSessionPolicy)
	if p := w.Caller.PermissionsBoundary; p != nil {
		w.Caller.PermissionsBoundary = one(t, p, evaluate.LayerPermissionsBoundary, policy.ParseIAMPolicy, change)
	}
	return w
}

// A statement is a statement of a policy, as JSON has it.
type statement = map[string]any

// An edit returns the statements that a policy of a layer is to have, and
// whether they differ from what it has.
type edit func(l evaluate.Layer, statements []statement) ([]statement, bool)

// editPolicies applies an edit to all policies of a world.
func editPolicies(t *rapid.T, w worlds.World, change edit) worlds.World {
	return mapPolicies(t, w, func(l evaluate.Layer, text []byte) []byte {
		doc := decoded(t, text)
		statements, changed := change(l, statementsOf(doc))
		if !changed {
			return nil
		}
		return written(t, doc, statements)
	})
}

func decoded(t *rapid.T, text []byte) map[string]any {
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func statementsOf(doc map[string]any) []statement {
	list, ok := doc["Statement"].([]any)
	if !ok {
		list = []any{doc["Statement"]}
	}
	var out []statement
	for _, st := range list {
		out = append(out, st.(statement))
	}
	return out
}

func written(t *rapid.T, doc map[string]any, statements []statement) []byte {
	if statements == nil {
		statements = []statement{}
	}
	doc["Statement"] = statements
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// dropping removes the statements of one effect from the policies of a layer.
func dropping(l evaluate.Layer, effect string) edit {
	return func(at evaluate.Layer, statements []statement) ([]statement, bool) {
		kept := slices.DeleteFunc(slices.Clone(statements), func(st statement) bool { return st["Effect"] == effect })
		return kept, at == l && len(kept) < len(statements)
	}
}

// replacing gives all policies of a layer the one statement.
func replacing(l evaluate.Layer, with ...statement) edit {
	return func(at evaluate.Layer, _ []statement) ([]statement, bool) { return with, at == l }
}

// adding appends a statement to all policies of a layer.
func adding(l evaluate.Layer, st statement) edit {
	return func(at evaluate.Layer, statements []statement) ([]statement, bool) {
		return append(slices.Clone(statements), st), at == l
	}
}

// withoutSomeDeny drops some of the Deny statements.
func withoutSomeDeny(t *rapid.T, w worlds.World) worlds.World {
	return editPolicies(t, w, func(_ evaluate.Layer, statements []statement) ([]statement, bool) {
		kept := slices.DeleteFunc(slices.Clone(statements), func(st statement) bool {
			return st["Effect"] == "Deny" && rapid.Bool().Draw(t, "drop")
		})
		return kept, len(kept) < len(statements)
	})
}

// withStatement puts a statement somewhere into a policy of the layer, or into a
// new one.
func withStatement(t *rapid.T, w worlds.World, l evaluate.Layer, st statement) worlds.World {
	count := 0
	walkPolicies(w, func(at evaluate.Layer, _ *policy.Document) {
		if at == l {
			count++
		}
	})
	single := l == evaluate.LayerKeyPolicy || l == evaluate.LayerPermissionsBoundary || l == evaluate.LayerVPCEndpointPolicy
	if count == 0 || !single && rapid.Bool().Draw(t, "new policy") {
		return withPolicy(t, w, l, st)
	}
	chosen := rapid.IntRange(0, count-1).Draw(t, "policy")
	n := 0
	return editPolicies(t, w, func(at evaluate.Layer, statements []statement) ([]statement, bool) {
		if at != l {
			return nil, false
		}
		n++
		if n-1 != chosen {
			return nil, false
		}
		place := rapid.IntRange(0, len(statements)).Draw(t, "place")
		return slices.Insert(slices.Clone(statements), place, st), true
	})
}

// withPolicy adds a policy of one statement to a layer that can have one more.
// A new limit allows all that the statement does not deny, except the session
// policy of a federated user, which would give permissions by allowing.
func withPolicy(t *rapid.T, w worlds.World, l evaluate.Layer, st statement) worlds.World {
	first := !has(w, l)
	text := func(statements ...statement) []byte {
		return written(t, map[string]any{"Version": "2012-10-17"}, statements)
	}
	switch l {
	case evaluate.LayerIAMPolicy:
		w.Caller.IAMPolicies = append(slices.Clone(w.Caller.IAMPolicies), reader[*policy.IAMPolicy](policy.ParseIAMPolicy).read(t, text(st), ""))
	case evaluate.LayerSessionPolicy:
		all := []statement{st}
		if first && !strings.Contains(w.Caller.ARN, ":federated-user/") {
			all = append(all, allowAll(nil))
		}
		w.Caller.SessionPolicies = append(slices.Clone(w.Caller.SessionPolicies), reader[*policy.IAMPolicy](policy.ParseIAMPolicy).read(t, text(all...), ""))
	case evaluate.LayerPermissionsBoundary:
		w.Caller.PermissionsBoundary = reader[*policy.IAMPolicy](policy.ParseIAMPolicy).read(t, text(st, allowAll(nil)), "")
	case evaluate.LayerVPCEndpointPolicy:
		w.Request.VPCEndpoint = &evaluate.VPCEndpoint{Policy: reader[*policy.EndpointPolicy](policy.ParseEndpointPolicy).read(t, text(st, allowAll("*")), "")}
	case evaluate.LayerSCP:
		p := reader[*policy.ServiceControlPolicy](policy.ParseServiceControlPolicy).read(t, text(st, allowAll(nil)), "")
		if !first {
			p = reader[*policy.ServiceControlPolicy](policy.ParseServiceControlPolicy).read(t, text(st), "")
		}
		w.Caller.ServiceControlPolicies = withInLevel(t, w.Caller.ServiceControlPolicies, p)
	case evaluate.LayerRCP:
		p := reader[*policy.ResourceControlPolicy](policy.ParseResourceControlPolicy).read(t, text(st), "")
		key := *w.Key
		key.ResourceControlPolicies = withInLevel(t, key.ResourceControlPolicies, p)
		w.Key = &key
	}
	return w
}

// withInLevel adds a policy to a level that has one, or as the first of all.
func withInLevel[P any](t *rapid.T, levels [][]P, p P) [][]P {
	var taken []int
	for i, level := range levels {
		if len(level) > 0 {
			taken = append(taken, i)
		}
	}
	if len(taken) == 0 {
		return append(slices.Clone(levels), []P{p})
	}
	i := rapid.SampledFrom(taken).Draw(t, "level")
	out := slices.Clone(levels)
	out[i] = slices.Insert(slices.Clone(out[i]), rapid.IntRange(0, len(out[i])).Draw(t, "place"), p)
	return out
}
