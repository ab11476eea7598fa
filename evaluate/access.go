package evaluate

import (
	"iter"
	"runtime"
	"sync"

	"github.com/kmsauthz/kmsauthz/internal/inorder"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// An AccessQuestion asks who may do what with which keys. One key and many callers
// ask who may use the key; one caller and many keys, which keys it may use; many
// of both, for the whole matrix. The cost is linear in the number of pairs.
//
// The lists must not change while a loop over the answer runs.
type AccessQuestion struct {
	Keys    []*Key    // a nil key asks for the operations that use none
	Callers []*Caller // a nil caller may do nothing

	Requests *Requests  // under which circumstances; nil: a plain call by the key's ARN
	Actions  action.Set // what to ask for; empty: every action
	Rules    Rules      // the zero value: the default rules

	// Workers is how many goroutines decide; 0, or more than GOMAXPROCS: GOMAXPROCS.
	// The answer and its order do not depend on it.
	Workers int
	// Progress, if given, is told how many of the pairs the loop has been through:
	// once in a while, ever more, and at last all of them. It is called between
	// two steps of the loop, by the goroutine that runs it.
	Progress func(done, total int64)
}

// Access is what one caller may do with one key. It speaks of the actions that were
// asked for; any other is not among those allowed and has LayerNone.
type Access struct {
	Key    *Key
	Caller *Caller
	Sweep
}

// Access answers the question for each pair of a caller and a key: those of the
// first caller with all keys in their order, then those of the second caller, and
// so on. The answer for a pair is that of [Rules.DecideAll].
//
// Pairs are decided while the loop runs, at most some hundred for each worker
// ahead of it, so that the answer may be larger than memory. Leaving the loop
// stops the workers, and none of them outlives it.
func (q AccessQuestion) Access() iter.Seq[Access] {
	q = q.completed()
	return func(yield func(Access) bool) {
		for i, sweep := range inorder.Map(q.pairs(), q.Workers, q.sweep) {
			key, caller := q.pair(i)
			if !yield(Access{Key: key, Caller: caller, Sweep: sweep}) {
				return
			}
			q.report(i + 1)
		}
	}
}

// completed returns the question with its defaults filled in.
func (q AccessQuestion) completed() AccessQuestion {
	if q.Requests == nil {
		q.Requests = plainCall()
	}
	if q.Actions.Len() == 0 {
		q.Actions = action.Every()
	}
	if all := runtime.GOMAXPROCS(0); q.Workers <= 0 || q.Workers > all {
		q.Workers = all
	}
	return q
}

// plainCall returns requests of which nothing is known but their action.
var plainCall = sync.OnceValue(func() *Requests {
	rs, _ := NewRequests(RequestConfig{}) // a config that says nothing has no faults
	return rs
})

// pairs returns the number of pairs.
func (q *AccessQuestion) pairs() int64 { return int64(len(q.Keys)) * int64(len(q.Callers)) }

// pair returns the pair that has the number i in their order. Callers are many and
// keys few: what is known of one caller and of all keys fits into a processor's
// cache, what is known of one key and of all callers does not.
func (q *AccessQuestion) pair(i int64) (*Key, *Caller) {
	keys := int64(len(q.Keys))
	return q.Keys[i%keys], q.Callers[i/keys]
}

// sweep decides the actions of the question for a pair.
func (q *AccessQuestion) sweep(i int64) Sweep {
	key, caller := q.pair(i)
	return q.Rules.sweep(q.Actions, key, caller, q.Requests)
}

// progressEvery is the number of pairs after which Progress is told.
const progressEvery = 1000

// report tells Progress that the loop has been through a number of pairs.
func (q *AccessQuestion) report(done int64) {
	if total := q.pairs(); q.Progress != nil && (done%progressEvery == 0 || done == total) {
		q.Progress(done, total)
	}
}
