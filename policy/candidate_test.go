package policy

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// sampleNames are what the principals of drawn statements say, and more.
var sampleNames = []string{
	"*", "x", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/*",
	"arn:aws:iam::111122223333:user/ana", "s3.amazonaws.com", "AROAEXAMPLE",
}

// drawCandidates draws a key policy of statements of both effects with few or many
// principals, or without any.
func drawCandidates(t *rapid.T) *KeyPolicy {
	names := rapid.SliceOfN(rapid.SampledFrom(sampleNames), 0, 4)
	var statements []map[string]any
	for range rapid.IntRange(0, 6).Draw(t, "statements") {
		st := map[string]any{
			"Effect": rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect"),
			"Action": rapid.SampledFrom([]string{"kms:*", "kms:Decrypt", "s3:*"}).Draw(t, "action"),
		}
		aws := names.Draw(t, "AWS")
		for i := range rapid.SampledFrom([]int{0, 0, 3, 20}).Draw(t, "others") {
			aws = append(aws, fmt.Sprintf("arn:aws:iam::444455556666:role/other-%d", i))
		}
		form := rapid.SampledFrom([]string{"Principal", "Principal", "NotPrincipal", ""}).Draw(t, "form")
		if form != "" {
			st[form] = map[string]any{"AWS": aws, "Service": names.Draw(t, "Service"), "Federated": names.Draw(t, "Federated")}
		}
		statements = append(statements, st)
	}
	doc, _ := json.Marshal(map[string]any{"Statement": append([]map[string]any{}, statements...)})
	p, err := ParseKeyPolicy(doc, nil)
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return p
}

// The candidates are the statements of an effect, with their actions.
func TestCandidates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := drawCandidates(t)
		for _, effect := range []Effect{Allow, Deny} {
			rest := doc.Candidates(effect)
			for _, s := range doc.Statements() {
				if s.Effect() != effect {
					continue
				}
				if len(rest) == 0 || rest[0].Statement != s || rest[0].Actions != s.Actions() {
					t.Fatalf("statement %d is not the next candidate of %v", s.Index(), effect)
				}
				rest = rest[1:]
			}
			if len(rest) > 0 {
				t.Fatalf("%d candidates of %v too many", len(rest), effect)
			}
		}
	})
}

// Looking a text up among the principals of a statement finds what reading them
// one by one finds, and no candidate lacks a name that its statement has.
func TestLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := drawCandidates(t)
		for _, effect := range []Effect{Allow, Deny} {
			for _, c := range doc.Candidates(effect) {
				for _, text := range sampleNames {
					compareLists(t, &c, text)
				}
			}
		}
	})
}

func compareLists(t *rapid.T, c *Candidate, text string) {
	s := c.Statement
	named, anyone := false, false
	for p := range s.Principals() {
		named = named || p.String() == text && p.Kind() != NoOne && p.Kind() != Anyone
		anyone = anyone || p.Kind() == Anyone
	}
	if s.Lists(text) != named || s.ListsAnyone() != anyone {
		t.Fatalf("statement %d lists %q: %t, anyone: %t, want %t, %t", s.Index(), text, s.Lists(text), s.ListsAnyone(), named, anyone)
	}
	if (named || anyone || !s.HasPrincipal() || s.IsNotPrincipal()) && !c.Names.Meets(NameSetOf(text, "*")) {
		t.Fatalf("candidate %d seems not to name %q", s.Index(), text)
	}
}

// Most names that are not in a set are told apart from those that are.
func TestNameSet(t *testing.T) {
	set, seem := NameSetOf("arn:aws:iam::111122223333:root"), 0
	const others = 1000
	for i := range others {
		if set.Meets(NameSetOf(fmt.Sprintf("arn:aws:iam::111122223333:role/app-%d", i))) {
			seem++
		}
	}
	if seem > others/10 {
		t.Errorf("%d of %d other names seem to be in the set", seem, others)
	}
	if (NameSet{}).Meets(set) || set.Meets(NameSet{}) || !set.Meets(set) {
		t.Error("the empty set has a name, or another set does not meet itself")
	}
}
