// Package inorder computes many results in parallel and yields them one after the
// other.
//
// Work goes round in chunks: the consumer hands a fixed number of them to the
// workers, takes the oldest back, yields its results and hands it out again for
// the next ones. So no more is ever computed ahead or kept than these chunks
// hold, and nothing needs a lock.
package inorder

import (
	"iter"
	"sync"
	"sync/atomic"
)

// chunkLen is how many results a chunk has: enough that handing it over costs
// little beside computing it. ahead is how many chunks there are for each worker,
// so that one that is slow does not hold the others up at once.
const (
	chunkLen = 64
	ahead    = 4
)

// Map yields i and f(i) for each i from 0 to n-1, in this order, where at most
// workers goroutines call f. They have ended when the loop over the results ends,
// however it does; where it is left early, each completes at most the call of f
// that it is in. Between two steps of the loop they run ahead by a fixed number
// of results for each worker.
func Map[T any](n int64, workers int, f func(i int64) T) iter.Seq2[int64, T] {
	return func(yield func(int64, T) bool) {
		chunks := (n + chunkLen - 1) / chunkLen
		workers := min(int64(max(workers, 1)), chunks)
		ring := make([]chunk[T], min(workers*ahead, chunks))
		todo := make(chan *chunk[T], len(ring)) // has room for all: sending never blocks

		var left atomic.Bool // the loop is left
		var running sync.WaitGroup
		defer func() {
			left.Store(true)
			close(todo)
			running.Wait()
		}()
		for range workers {
			running.Go(func() {
				for c := range todo {
					c.fill(f, &left)
				}
			})
		}

		for i := range ring {
			ring[i].done = make(chan struct{}, 1)
			ring[i].cut(int64(i), n)
			todo <- &ring[i]
		}
		for i := range chunks {
			c := &ring[i%int64(len(ring))]
			<-c.done
			if !c.yield(yield) {
				return
			}
			if next := i + int64(len(ring)); next < chunks {
				c.cut(next, n)
				todo <- c
			}
		}
	}
}

// A chunk is a run of results.
type chunk[T any] struct {
	first   int64
	count   int
	results [chunkLen]T
	done    chan struct{} // has one element when the results are there
}

// cut makes c the chunk of the given number of those that n results are cut into.
func (c *chunk[T]) cut(number, n int64) {
	c.first = number * chunkLen
	c.count = int(min(chunkLen, n-c.first))
}

// fill computes the results, unless the loop over them is left.
func (c *chunk[T]) fill(f func(int64) T, left *atomic.Bool) {
	for i := range c.results[:c.count] {
		if left.Load() {
			break
		}
		c.results[i] = f(c.first + int64(i))
	}
	c.done <- struct{}{}
}

// yield yields the results, and reports whether the loop goes on.
func (c *chunk[T]) yield(yield func(int64, T) bool) bool {
	for i, result := range c.results[:c.count] {
		if !yield(c.first+int64(i), result) {
			return false
		}
	}
	return true
}
