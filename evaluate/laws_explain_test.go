package evaluate_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/reference"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/policy"
	"pgregory.net/rapid"
)

// explainIn explains the decision in a world, or in that world with the obstacles
// that end an evaluation early out of the way.
func explainIn(t *rapid.T, w *worlds.World) *evaluate.Explanation {
	if rapid.Bool().Draw(t, "opened") {
		*w = opened(t, *w)
	}
	return decideIn(t, *w).Explain()
}

// within returns all nodes beneath one that have the kind.
func within(n *evaluate.Node, kind evaluate.Kind) []*evaluate.Node {
	var list []*evaluate.Node
	for child := range n.Children() {
		if child.Kind() == kind {
			list = append(list, child)
		}
		list = append(list, within(child, kind)...)
	}
	return list
}

// places are the layers, statements and grants that are named, in a form that
// compares.
type places struct {
	Layers     []evaluate.Layer
	Statements []string
	Grants     []string
}

func (p *places) add(e evaluate.Entry) {
	p.Layers = append(p.Layers, e.Layer())
	if i, ok := e.Statement(); ok {
		p.Statements = append(p.Statements, fmt.Sprintf("%v %s[%d]", e.Layer(), e.Policy(), i))
	}
	if id := e.Grant(); id != "" {
		p.Grants = append(p.Grants, id)
	}
}

func (p *places) sorted() places {
	slices.Sort(p.Layers)
	slices.Sort(p.Statements)
	slices.Sort(p.Grants)
	return places{slices.Compact(p.Layers), slices.Compact(p.Statements), slices.Compact(p.Grants)}
}

// namedBy are the places that a decision names.
func namedBy(d evaluate.Decision) places {
	var p places
	if via, ok := d.Via(); ok {
		p.add(via)
	}
	for _, entries := range []iter.Seq[evaluate.Entry]{d.Blockers(), d.Alternatives()} {
		for e := range entries {
			p.add(e)
		}
	}
	return p.sorted()
}

// marked are the places that an explanation marks as deciding.
func marked(root *evaluate.Node) places {
	var p places
	for layer := range root.Children() {
		if layer.Decides() {
			p.Layers = append(p.Layers, layer.Layer())
		}
	}
	for _, n := range within(root, evaluate.KindStatement) {
		if n.Decides() {
			p.Statements = append(p.Statements, fmt.Sprintf("%v %s[%d]", n.Layer(), n.Policy(), n.Statement().Index()))
		}
	}
	for _, n := range within(root, evaluate.KindGrant) {
		if g, _ := n.Grant(); n.Decides() && g.ID != "" {
			p.Grants = append(p.Grants, g.ID)
		}
	}
	return p.sorted()
}

// Explanation and decision agree: the layers that block are those of Blockers and
// Alternatives, with their reasons, and what is marked as deciding is what the
// decision names.
func TestLawExplanationAgreesWithDecision(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		e := explainIn(t, &w)
		d := e.Decision()
		if !d.Equal(decideIn(t, w)) {
			t.Fatalf("another decision: %v\n%#v", d, w)
		}
		if diff := cmp.Diff(marked(e.Root()), namedBy(d)); diff != "" {
			t.Fatalf("the tree marks (-), the decision names (+):\n%s\n%s\n%#v", diff, e.FullText(), w)
		}
		reasons := map[evaluate.Layer]evaluate.Reason{}
		alone := map[evaluate.Layer]bool{} // in Alternatives alone
		for entry := range d.Alternatives() {
			reasons[entry.Layer()], alone[entry.Layer()] = entry.Reason(), true
		}
		for entry := range d.Blockers() {
			reasons[entry.Layer()], alone[entry.Layer()] = entry.Reason(), false
		}
		next := evaluate.LayerRequest
		for n := range e.Root().Children() {
			reason, blocks := reasons[n.Layer()]
			if n.Kind() != evaluate.KindLayer || n.Layer() != next || n.Outcome().Blocks() != blocks || n.Alternative() != alone[n.Layer()] {
				t.Fatalf("layer %v: %v, alternative %v\n%s\n%#v", n.Layer(), n.Outcome(), n.Alternative(), e.FullText(), w)
			}
			if blocks && (n.Code() != evaluate.Code(reason) || (n.Outcome() == evaluate.OutcomeDenies) != (reason == evaluate.ReasonExplicitDeny)) {
				t.Fatalf("layer %v: %v, code %v, want reason %v\n%#v", n.Layer(), n.Outcome(), n.Code(), reason, w)
			}
			if n.Layer() == d.Layer() && (d.Allowed() && n.Outcome() != evaluate.OutcomeAllows || n.Outcome() != e.Root().Outcome()) {
				t.Fatalf("layer %v, which decides: %v, the root: %v\n%#v", n.Layer(), n.Outcome(), e.Root().Outcome(), w)
			}
			if reached := !stopsEarly(&d) || n.Layer() <= d.Layer(); reached == (n.Outcome() == evaluate.OutcomeNotReached) {
				t.Fatalf("layer %v: %v\n%s\n%#v", n.Layer(), n.Outcome(), e.FullText(), w)
			}
			next++
		}
		if next != evaluate.LayerKeyState+1 {
			t.Fatalf("the layers end before %v\n%#v", next, w)
		}
		return !stopsEarly(&d)
	}).check(t, 0.5)
}

// Every statement of every policy that applies is listed or counted, once, with
// the stage and the failing tests that the reference finds; every grant is listed
// or counted.
func TestLawExplanationIsComplete(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		e := explainIn(t, &w)
		d := e.Decision()
		if stopsEarly(&d) {
			return false
		}
		listed := map[*policy.Statement][]*evaluate.Node{}
		for _, n := range within(e.Root(), evaluate.KindStatement) {
			listed[n.Statement()] = append(listed[n.Statement()], n)
		}
		var counted [evaluate.LayerKeyState + 1]int
		for _, n := range within(e.Root(), evaluate.KindPolicy) {
			counted[n.Layer()] += n.Unlisted()
		}
		for _, r := range reference.Reaches(w.Key, w.Caller, w.Request, w.Rules) {
			nodes := listed[r.Statement]
			at := slices.IndexFunc(nodes, func(n *evaluate.Node) bool { return n.Layer() == r.Layer })
			if at < 0 {
				if counted[r.Layer]--; mustList(r) {
					t.Fatalf("%v: statement %d is not listed\n%s\n%#v", r.Layer, r.Statement.Index(), e.FullText(), w)
				}
				continue
			}
			checkStatement(t, nodes[at], r, w)
			listed[r.Statement] = slices.Delete(nodes, at, at+1)
		}
		for _, nodes := range listed {
			for _, n := range nodes {
				t.Fatalf("%v: statement %d is listed too much\n%s\n%#v", n.Layer(), n.Statement().Index(), e.FullText(), w)
			}
		}
		if counted != [evaluate.LayerKeyState + 1]int{} {
			for l, n := range counted {
				if n != 0 && evaluate.Layer(l) != evaluate.LayerGrant {
					t.Fatalf("%v: %d statements too many are counted\n%s\n%#v", evaluate.Layer(l), n, e.FullText(), w)
				}
			}
		}
		checkGrants(t, e, w)
		return len(d.Reason().String()) > 0
	}).check(t, 0.3)
}

// mustList reports whether a statement matched or came near for reasons that the
// reference knows.
func mustList(r reference.Reach) bool {
	deny := r.Statement.Effect() == policy.Deny
	resourceBased := r.Layer == evaluate.LayerKeyPolicy || r.Layer == evaluate.LayerVPCEndpointPolicy
	switch {
	case deny:
		return r.Named && r.Resource
	case r.Layer == evaluate.LayerRCP:
		return false
	default:
		return r.Named && (r.Action || resourceBased) || !r.Named && r.Condition
	}
}

// checkStatement compares the node of a statement with what the reference says.
func checkStatement(t *rapid.T, n *evaluate.Node, r reference.Reach, w worlds.World) {
	stage := evaluate.StageNone
	lent := r.Layer == evaluate.LayerKeyPolicy && !r.Named && namesHome(w, r.Statement)
	switch {
	case !r.Named && !lent:
		stage = evaluate.StagePrincipal
	case !r.Action:
		stage = evaluate.StageAction
	case !r.Resource:
		stage = evaluate.StageResource
	case !r.Condition:
		stage = evaluate.StageCondition
	}
	if lent && r.Condition && n.Stage() == evaluate.StagePrincipal {
		stage = evaluate.StagePrincipal // no grant needs what the statement lends
	}
	outcome := evaluate.OutcomeMisses
	if stage == evaluate.StageNone {
		outcome = map[policy.Effect]evaluate.Outcome{policy.Allow: evaluate.OutcomeAllows, policy.Deny: evaluate.OutcomeDenies}[r.Statement.Effect()]
	}
	if n.Stage() != stage || n.Outcome() != outcome {
		t.Fatalf("%v: statement %d: %v at %q, want %v at %q\n%#v", r.Layer, r.Statement.Index(), n.Outcome(), n.Stage(), outcome, stage, w)
	}
	var tests []*conditions.Test
	for test := range r.Statement.Condition().Tests() {
		tests = append(tests, test)
	}
	failing := 0
	for child := range n.Children() {
		c, ok := child.Comparison()
		if child.Kind() != evaluate.KindTest || !ok {
			t.Fatalf("a %v beneath a statement\n%#v", child.Kind(), w)
		}
		if child.Outcome() != evaluate.OutcomeFails {
			continue
		}
		if want := tests[r.Failing[failing]]; c.Key != want.Key() || c.Operator != want.Operator().String() || (len(c.Actual) == 0) != (c.Absent != "") {
			t.Fatalf("%v: statement %d: %+v fails, want %v\n%#v", r.Layer, r.Statement.Index(), c, want, w)
		}
		failing++
	}
	if want := len(r.Failing); stage == evaluate.StageCondition && failing != want || stage != evaluate.StageCondition && failing != 0 {
		t.Fatalf("%v: statement %d: %d tests fail, want %d\n%#v", r.Layer, r.Statement.Index(), failing, want, w)
	}
}

// namesHome reports whether the Principal of a statement has the account of the
// world's key.
func namesHome(w worlds.World, st *policy.Statement) bool {
	account := accountIn(w.Key.ARN)
	for p := range st.Principals() {
		if p.Kind() == policy.Account && p.Account() == account {
			return !st.IsNotPrincipal()
		}
	}
	return false
}

// checkGrants looks at the grants: listed or counted; one that misses its
// constraints has a comparison that fails.
func checkGrants(t *rapid.T, e *evaluate.Explanation, w worlds.World) {
	for layer := range e.Root().Children() {
		if layer.Layer() != evaluate.LayerGrant || layer.Outcome() == evaluate.OutcomeDoesNotApply {
			continue
		}
		list := within(layer, evaluate.KindGrant)
		if len(list)+layer.Unlisted() != len(w.Key.Grants) {
			t.Fatalf("%d grants are listed and %d counted\n%#v", len(list), layer.Unlisted(), w)
		}
		for _, n := range list {
			tests := within(n, evaluate.KindTest)
			if (n.Code() == evaluate.Code(evaluate.ReasonConstraintNotMet)) != (len(tests) > 0) {
				t.Fatalf("grant: %v, %v, %d constraints fail\n%s\n%#v", n.Outcome(), n.Code(), len(tests), e.FullText(), w)
			}
		}
	}
}

// The texts begin with the decision, fit, hold nothing that could control a
// terminal, and come out the same each time, as does the JSON.
func TestLawExplanationTexts(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		e := explainIn(t, &w)
		d := e.Decision()
		again := d.Explain()
		text, full := e.Text(), e.FullText()
		for _, s := range []string{text, full} {
			first, _, _ := strings.Cut(s, "\n")
			if first != d.String() || strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) {
				t.Fatalf("%q\n%#v", s, w)
			}
		}
		if lines := strings.Count(text, "\n") + 1; lines > 30 || text != e.String() || text != again.Text() || full != again.FullText() {
			t.Fatalf("%d lines:\n%s\n%#v", lines, text, w)
		}
		doc, err := json.Marshal(e)
		other, _ := json.Marshal(again)
		var root struct {
			Children []struct{ Layer evaluate.Layer }
		}
		if err != nil || string(doc) != string(other) || json.Unmarshal(doc, &root) != nil || len(root.Children) != int(evaluate.LayerKeyState) {
			t.Fatalf("%v: %s\n%#v", err, doc, w)
		}
		if divergence := d.Divergence(); divergence != "" && !strings.HasSuffix(text, divergence) {
			t.Fatalf("the divergence is missing: %s\n%#v", text, w)
		}
		return !d.Allowed()
	}).check(t, 0.5)
}
