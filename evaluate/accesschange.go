package evaluate

import (
	"cmp"
	"fmt"
	"iter"

	"github.com/kmsauthz/kmsauthz/internal/inorder"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A Flip is an action that a change gives to a caller with a key, or takes away.
type Flip struct {
	Key    *Key    // as the change leaves it
	Caller *Caller // as the change leaves it; if it takes the caller away, as it was
	Action action.Action

	Before, After Decision // one of them allows
}

// Gained reports whether the change gives the action rather than taking it away.
func (f Flip) Gained() bool { return f.After.Allowed() }

// String returns the flip and what decides after the change, in one line such as
//
//	lost kms:Decrypt: arn:aws:iam::111122223333:role/app on arn:aws:kms:us-east-1:111122223333:key/orders: deny: ...
func (f Flip) String() string {
	text := "lost "
	if f.Gained() {
		text = "gained "
	}
	text += f.Action.String()
	if f.Caller != nil {
		text += ": " + f.Caller.ARN()
	}
	if f.Key != nil {
		text += " on " + f.Key.ARN()
	}
	return text + ": " + f.After.String()
}

// Review says what a change of policies, grants or anything else does: which
// caller gains or loses which action with which key. The change is two questions,
// before and after it. Their keys correspond by their places in the lists, and so
// do their callers: usually one question is a copy of the other in which one key
// or one caller is another. A caller that is nil on one side joins or leaves. The
// requests and the rules may differ as well. Workers and Progress are those of
// before.
//
// The flips come in the order of [AccessQuestion.Access], those of a pair in the
// order of the actions; everything else said there holds here too. A pair of which
// both sides are the very same values is not decided.
//
// It is an error if the lists differ in length, if a key is nil on one side only
// or if the questions are about different actions.
func Review(before, after AccessQuestion) (iter.Seq[Flip], error) {
	before, after = before.completed(), after.completed()
	if err := before.checkAgainst(&after); err != nil {
		return nil, err
	}
	flipped := func(i int64) action.Set {
		if before.sameAs(&after, i) {
			return action.Set{}
		}
		was, is := before.sweep(i), after.sweep(i)
		lost := was.allowed.Intersect(is.allowed.Complement())
		gained := is.allowed.Intersect(was.allowed.Complement())
		return lost.Union(gained)
	}
	return func(yield func(Flip) bool) {
		for i, actions := range inorder.Map(before.pairs(), before.Workers, flipped) {
			for a := range actions.All() {
				if !yield(before.flip(&after, i, a)) {
					return
				}
			}
			before.report(i + 1)
		}
	}, nil
}

// checkAgainst checks that the pairs of two questions correspond.
func (q *AccessQuestion) checkAgainst(after *AccessQuestion) error {
	switch {
	case len(q.Keys) != len(after.Keys):
		return fmt.Errorf("review: found %d keys before and %d after, expected as many", len(q.Keys), len(after.Keys))
	case len(q.Callers) != len(after.Callers):
		return fmt.Errorf("review: found %d callers before and %d after, expected as many", len(q.Callers), len(after.Callers))
	case q.Actions != after.Actions:
		return fmt.Errorf("review: found the actions %v before and %v after, expected the same", q.Actions, after.Actions)
	}
	for i, key := range q.Keys {
		if (key == nil) != (after.Keys[i] == nil) {
			return fmt.Errorf("review: Keys[%d] is nil on one side only: there are no operations to compare", i)
		}
	}
	return nil
}

// sameAs reports whether the two questions cannot differ about a pair.
func (q *AccessQuestion) sameAs(after *AccessQuestion, i int64) bool {
	key, caller := q.pair(i)
	otherKey, otherCaller := after.pair(i)
	return key == otherKey && caller == otherCaller && q.Requests == after.Requests && q.Rules == after.Rules
}

// flip returns the flip of an action of a pair.
func (q *AccessQuestion) flip(after *AccessQuestion, i int64, a action.Action) Flip {
	was, wasCaller := q.pair(i)
	key, caller := after.pair(i)
	return Flip{
		Key:    key,
		Caller: cmp.Or(caller, wasCaller),
		Action: a,
		Before: q.Rules.Decide(was, wasCaller, q.Requests.For(a)),
		After:  after.Rules.Decide(key, caller, after.Requests.For(a)),
	}
}
