package evaluate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy"
	"pgregory.net/rapid"
)

// drawPolicy draws the words of a key policy in the notation.
func drawPolicy(t *rapid.T) string {
	draw := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	var list []string
	for range rapid.IntRange(0, 8).Draw(t, "statements") {
		list = append(list, draw("effect", "+", "-")+
			draw("principals", "app", "root", "rootid", "anyone", "alice", "!root", "!app,root", "sess,far", "group", "svc", "aroa")+":"+
			draw("actions", "*", "Decrypt", "Encrypt", "Nothing")+draw("resource", "", "@other", "@key", "@none")+draw("condition", "", "?mfa"))
	}
	return strings.Join(list, " ")
}

// The candidates of a layer find what reading every statement finds.
func TestCandidates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := "kp " + drawPolicy(t) + "; caller " + rapid.SampledFrom([]string{"app", "sess", "root", "alice", "fapp", "svc", "app uid:aroa"}).Draw(t, "caller")
		if rapid.Bool().Draw(t, "mfa") {
			line += "; ctx aws:MultiFactorAuthPresent=true"
		}
		w := read(line)
		s := newSituation(w.rules, must(NewKey(w.key)), must(NewCaller(w.caller)), must(NewRequest(w.request)))
		docs := []*policy.Document{s.key.policy[0], {}, s.key.policy[0]}
		for _, layer := range []Layer{LayerKeyPolicy, LayerIAMPolicy} {
			p := policiesOf(layer, docs, 3)
			var deny finding
			c := s.explicitDeny(&p)
			denied := c != nil
			if denied {
				deny = p.finding(c, ReasonExplicitDeny)
			}
			allow := s.allow(&p)
			got := fmt.Sprintf("%v %v; %v", denied, deny, allow)
			if want := askSlowly(&s, &p); got != want {
				t.Fatalf("%s: got %s\nwant %s", line, got, want)
			}
			if denied && !p.denied.Has(s.request.action) {
				t.Fatalf("%s: a statement denies what none speaks of", line)
			}
		}
	})
}

// askSlowly reads every statement of the documents.
func askSlowly(s *situation, p *policies) string {
	var deny finding
	denied := false
	allow := answer{known: true, finding: finding{layer: p.layer, reason: ReasonNoAllow}}
	furthest := atPrincipal
	for i, doc := range p.docs {
		for _, st := range doc.Statements() {
			if p.resourceBased && s.caller.named(st) == 0 {
				continue
			}
			got := s.reach(st, p.bars)
			f := finding{layer: p.layer, policy: doc, number: p.first + i, statement: st}
			switch {
			case st.Effect() == policy.Deny && got == atCondition && !denied:
				f.reason = ReasonExplicitDeny
				deny, denied = f, true
			case st.Effect() == policy.Allow && got > furthest:
				furthest, f.reason = got, reasonAt[got]
				allow.finding, allow.allowed = f, got == atCondition
			}
		}
	}
	return fmt.Sprintf("%v %v; %v", denied, deny, allow)
}

// A statement that names a caller has a name in common with it, as far as the
// rough sets tell; most names that differ are told apart.
func TestNameSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := keyPolicy("+" + rapid.SampledFrom([]string{"app", "app,alice", "anyone", "!app", "root,far", "svc", "group"}).Draw(t, "principals") + ":*").Statement(0)
		c := must(NewCaller(read("caller " + rapid.SampledFrom([]string{"app", "sess", "root", "alice", "svc", "anonymous"}).Draw(t, "caller")).caller))
		if c.named(st) != 0 && !namesIn(st).meets(c.nameSet) {
			t.Fatalf("%v names %s, but their names do not meet", st, c.text)
		}
	})
	set, seem := nameSetOf(who("root")), 0
	const others = 1000
	for i := range others {
		if set.meets(nameSetOf(fmt.Sprint(who("app"), i))) {
			seem++
		}
	}
	if seem > others/10 {
		t.Errorf("%d of %d other names seem to be in a set of one", seem, others)
	}
}
