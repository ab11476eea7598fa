package inorder_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/kmsauthz/kmsauthz/internal/inorder"
)

// window is more results than all chunks of a worker hold together, as the tests
// see it.
const window = 300

func square(i int64) int64 { return i * i }

func TestMap(t *testing.T) {
	for _, n := range []int64{-1, 0, 1, 2, 63, 64, 65, 127, 128, 129, 256, 257, 1000, 5000} {
		for _, workers := range []int{-1, 0, 1, 2, 3, 8, 1000} {
			t.Run(fmt.Sprintf("%d by %d", n, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // which fails if a worker stays behind
					want := int64(0)
					for i, got := range inorder.Map(n, workers, square) {
						if i != want || got != square(want) {
							t.Fatalf("got %d, %d, want %d, %d", i, got, want, square(want))
						}
						want++
					}
					if want != max(n, 0) {
						t.Errorf("got %d results, want %d", want, max(n, 0))
					}
				})
			})
		}
	}
}

// A result that takes long is waited for, and those behind it do not overtake.
func TestSlowResults(t *testing.T) {
	want := int64(0)
	slow := func(i int64) int64 {
		for range i % 7 * i % 11 {
			runtime.Gosched()
		}
		return square(i)
	}
	for i, got := range inorder.Map(3000, 4, slow) {
		if i != want || got != square(want) {
			t.Fatalf("got %d, %d, want %d, %d", i, got, want, square(want))
		}
		want++
	}
}

// The iterator may be used again, and by several loops at once.
func TestRepeat(t *testing.T) {
	squares := inorder.Map(200, 2, square)
	total := int64(0)
	for i := range squares {
		for range squares {
			total++
		}
		if i == 9 {
			break
		}
	}
	if total != 10*200 {
		t.Errorf("got %d results, want %d", total, 10*200)
	}
}

// While the loop stands still, the workers stop at a bound that does not depend
// on how much there is to do.
func TestLookAhead(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			var computed atomic.Int64
			f := func(i int64) int64 { computed.Add(1); return i }
			for i := range inorder.Map(1e15, workers, f) {
				synctest.Wait()
				if got, limit := computed.Load(), i+int64(workers)*window; got > limit {
					t.Errorf("%d workers: %d computed at result %d, want at most %d", workers, got, i, limit)
				}
				if i == 3*window {
					break
				}
			}
		})
	}
}

// Whoever leaves the loop, and by whatever way, no worker stays behind, and each
// stops at once. In synctest.Test one that blocks is a failure.
func TestLeave(t *testing.T) {
	ways := map[string]func(loop func(at int64, leave func())){
		"break": func(loop func(int64, func())) { loop(100, nil) },
		"panic": func(loop func(int64, func())) {
			defer func() { _ = recover() }()
			loop(100, func() { panic("left") })
		},
		"goexit": func(loop func(int64, func())) {
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				loop(100, runtime.Goexit)
			}()
			<-ended
		},
		"first": func(loop func(int64, func())) { loop(0, nil) },
	}
	for name, leave := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var busy, computed atomic.Int64
				f := func(i int64) int64 {
					busy.Add(1)
					defer busy.Add(-1)
					computed.Add(1)
					return i
				}
				leave(func(at int64, leave func()) {
					for i := range inorder.Map(1e15, 3, f) {
						if i < at {
							continue
						}
						if leave == nil {
							break
						}
						leave()
					}
				})
				if busy.Load() != 0 {
					t.Error("a worker runs on behind the loop")
				}
				before := computed.Load()
				synctest.Wait()
				if after := computed.Load(); after != before {
					t.Errorf("%d more were computed behind the loop", after-before)
				}
			})
		})
	}
}

// A worker that is in the middle of a chunk when the loop is left does not complete it.
func TestLeaveChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var computed atomic.Int64
		f := func(i int64) int64 {
			if i >= 64 { // the second chunk waits for the loop to be left
				computed.Add(1)
				<-gate
			}
			return i
		}
		for i := range inorder.Map(64*8, 1, f) {
			if i == 63 {
				synctest.Wait()
				go func() {
					synctest.Wait() // until the loop is left and waits for the worker
					close(gate)
				}()
				break
			}
		}
		if got := computed.Load(); got != 1 {
			t.Errorf("%d were computed, want the one that was begun", got)
		}
	})
}
