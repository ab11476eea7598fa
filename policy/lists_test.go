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

// drawPrincipals draws a key policy of statements of both effects with few or many
// principals, or without any.
func drawPrincipals(t *rapid.T) *KeyPolicy {
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

// Looking a text up among the principals of a statement finds what reading them
// one by one finds.
func TestLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range drawPrincipals(t).Statements() {
			for _, text := range sampleNames {
				named, anyone := false, false
				for p := range s.Principals() {
					named = named || p.String() == text && p.Kind() != NoOne && p.Kind() != Anyone
					anyone = anyone || p.Kind() == Anyone
				}
				if s.Lists(text) != named || s.ListsAnyone() != anyone {
					t.Fatalf("statement %d lists %q: %t, anyone: %t, want %t, %t", s.Index(), text, s.Lists(text), s.ListsAnyone(), named, anyone)
				}
			}
		}
	})
}
