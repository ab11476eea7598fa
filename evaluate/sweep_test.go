package evaluate_test

import (
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// Deciding all actions at once is deciding each of them.
func TestDecideAll(t *testing.T) {
	total, seen, refused := worldsWanted(t, 1000), 0, 0
	for seen < total && !t.Failed() {
		rapid.Check(t, func(t *rapid.T) {
			w := worlds.Worlds().Draw(t, "world")
			seen++
			key, caller, _, err := w.Compile()
			if err != nil {
				return
			}
			requests, err := evaluate.NewRequests(w.Request)
			if err != nil {
				refused++
				return
			}
			if rapid.IntRange(0, 9).Draw(t, "without key") == 0 {
				key = nil
			}
			compareSweep(t, w.Rules, key, caller, requests)
		})
	}
	if refused > total/4 {
		t.Errorf("%d of %d worlds have no request for every action", refused, seen)
	}
}

func compareSweep(t *rapid.T, rules evaluate.Rules, key *evaluate.Key, caller *evaluate.Caller, requests *evaluate.Requests) {
	sweep := rules.DecideAll(key, caller, requests)
	for a := range action.All() {
		d := rules.Decide(key, caller, requests.For(a))
		if got := sweep.Allowed().Has(a); got != d.Allowed() || sweep.Layer(a) != d.Layer() {
			t.Fatalf("%v: allowed %t, layer %v, want %v", a, got, sweep.Layer(a), d)
		}
	}
}
