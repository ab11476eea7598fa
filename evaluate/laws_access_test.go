package evaluate_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// crowds draws an access question about the keys and callers of some worlds, each
// a few times over, under the circumstances and rules of one of them.
func crowds(t *rapid.T) evaluate.AccessQuestion {
	var q evaluate.AccessQuestion
	for range rapid.IntRange(1, 4).Draw(t, "worlds") {
		w := worlds.Worlds().Draw(t, "world")
		key, caller, _, err := w.Compile()
		if err != nil {
			continue
		}
		q.Keys = append(q.Keys, key)
		q.Callers = append(q.Callers, caller)
		q.Rules = w.Rules
		if requests, err := evaluate.NewRequests(w.Request); err == nil && rapid.Bool().Draw(t, "circumstances") {
			q.Requests = requests
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "absent") == 0 {
		q.Keys = append(q.Keys, nil)
		q.Callers = append(q.Callers, nil)
	}
	q.Callers = slices.Repeat(q.Callers, rapid.IntRange(1, 15).Draw(t, "times"))
	q.Actions = actionSet(t)
	q.Workers = rapid.IntRange(0, 3).Draw(t, "workers")
	return q
}

// actionSet draws a set of actions: none, one, few or many.
func actionSet(t *rapid.T) action.Set {
	few := rapid.SliceOfN(rapid.SampledFrom(slices.Collect(action.All())), 0, 6).Draw(t, "actions")
	set := action.SetOf(few...)
	if rapid.Bool().Draw(t, "all but") {
		set = set.Complement()
	}
	return set
}

// asked returns the actions that a question is about.
func asked(q evaluate.AccessQuestion) action.Set {
	if q.Actions == (action.Set{}) {
		return action.Every()
	}
	return q.Actions
}

// decided decides one action of a pair by itself.
func decided(q evaluate.AccessQuestion, key *evaluate.Key, caller *evaluate.Caller, a action.Action) evaluate.Decision {
	requests := q.Requests
	if requests == nil {
		plain, err := evaluate.NewRequest(evaluate.RequestConfig{Action: a})
		if err != nil {
			panic(err)
		}
		return q.Rules.Decide(key, caller, plain)
	}
	return q.Rules.Decide(key, caller, requests.For(a))
}

// The answer to an access question is deciding each action for each caller with
// each key, one after the other.
func TestAccessIsDecide(t *testing.T) {
	checkCrowds(t, func(t *rapid.T) {
		q := crowds(t)
		rest := slices.Collect(q.Access())
		if got, want := len(rest), len(q.Keys)*len(q.Callers); got != want {
			t.Fatalf("got %d entries, want %d", got, want)
		}
		for _, caller := range q.Callers {
			for _, key := range q.Keys {
				compareAccess(t, q, &rest[0], key, caller)
				rest = rest[1:]
			}
		}
	})
}

// checkCrowds tries a property on as many questions as are wanted.
func checkCrowds(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	for seen, total := 0, worldsWanted(t, 100); seen < total && !t.Failed(); {
		rapid.Check(t, func(t *rapid.T) {
			seen++
			property(t)
		})
	}
}

func compareAccess(t *rapid.T, q evaluate.AccessQuestion, got *evaluate.Access, key *evaluate.Key, caller *evaluate.Caller) {
	if got.Key != key || got.Caller != caller {
		t.Fatalf("got another pair than that of the key and caller in this place")
	}
	for a := range action.All() {
		want := evaluate.Decision{} // of an action that was not asked for
		if asked(q).Has(a) {
			want = decided(q, key, caller, a)
		}
		if allowed := got.Allowed().Has(a); allowed != want.Allowed() || got.Layer(a) != want.Layer() {
			t.Fatalf("%v: allowed %t, layer %v, want %v", a, allowed, got.Layer(a), want)
		}
	}
}

// A review is the difference between the decisions of two questions, taken action
// by action.
func TestReviewIsDiff(t *testing.T) {
	flips := 0
	checkCrowds(t, func(t *rapid.T) {
		before := crowds(t)
		after := changed(t, before)
		review, err := evaluate.Review(before, after)
		if err != nil {
			t.Fatal(err)
		}
		rest := slices.Collect(review)
		flips += len(rest)
		for j, caller := range before.Callers {
			for i, key := range before.Keys {
				for a := range asked(before).All() {
					was, is := decided(before, key, caller, a), decided(after, after.Keys[i], after.Callers[j], a)
					if was.Allowed() == is.Allowed() {
						continue
					}
					if len(rest) == 0 {
						t.Fatalf("%v: no flip from %v to %v", a, was, is)
					}
					compareFlip(t, rest[0], after.Keys[i], cmp.Or(after.Callers[j], caller), a, was, is)
					rest = rest[1:]
				}
			}
		}
		if len(rest) > 0 {
			t.Fatalf("%d flips too many, the first %v", len(rest), rest[0])
		}
	})
	if flips == 0 {
		t.Error("nothing flipped")
	}
}

// changed returns the question in which some keys and callers, the circumstances or
// the rules are others.
func changed(t *rapid.T, q evaluate.AccessQuestion) evaluate.AccessQuestion {
	other := crowds(t)
	keys := slices.DeleteFunc(other.Keys, func(k *evaluate.Key) bool { return k == nil })
	q.Keys, q.Callers = slices.Clone(q.Keys), slices.Clone(q.Callers)
	for i, key := range q.Keys {
		if key != nil && len(keys) > 0 && rapid.IntRange(0, 2).Draw(t, "change") == 0 {
			q.Keys[i] = rapid.SampledFrom(keys).Draw(t, "key")
		}
	}
	for i := range q.Callers {
		if len(other.Callers) > 0 && rapid.IntRange(0, 3).Draw(t, "change") == 0 {
			q.Callers[i] = rapid.SampledFrom(other.Callers).Draw(t, "caller")
		}
	}
	switch rapid.IntRange(0, 5).Draw(t, "more") {
	case 0:
		q.Requests = other.Requests
	case 1:
		q.Rules = other.Rules
	}
	return q
}

func compareFlip(t *rapid.T, got evaluate.Flip, key *evaluate.Key, caller *evaluate.Caller, a action.Action, was, is evaluate.Decision) {
	if got.Key != key || got.Caller != caller || got.Action != a {
		t.Fatalf("got %v in the place of a flip of %v", got, a)
	}
	same := func(d, e evaluate.Decision) bool {
		return d.Allowed() == e.Allowed() && d.Layer() == e.Layer() && d.Reason() == e.Reason()
	}
	if got.Gained() != is.Allowed() || !same(got.Before, was) || !same(got.After, is) {
		t.Fatalf("got %v, want a flip from %v to %v", got, was, is)
	}
}
