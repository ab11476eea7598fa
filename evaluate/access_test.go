package evaluate

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// someAccess is a question with as many pairs as the two numbers have together.
func someAccess(callers, keys int) AccessQuestion {
	return AccessQuestion{Keys: auditKeys(keys), Callers: auditCallers(callers)}
}

func TestAccessCount(t *testing.T) {
	q := someAccess(150, 20)
	want := 0
	for a := range action.All() {
		request := must(NewRequest(RequestConfig{Action: a}))
		for _, key := range q.Keys {
			for _, caller := range q.Callers {
				if Decide(key, caller, request).Allowed() {
					want++
				}
			}
		}
	}
	for workers := range 4 {
		q.Workers = workers
		if got := drain(q); got != want || want == 0 {
			t.Errorf("%d workers: %d allowed, want %d", workers, got, want)
		}
	}
}

// Whatever the number of workers, the entries and their order are the same.
func TestAccessOrder(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	q := someAccess(150, 20)
	q.Workers = 1
	want := slices.Collect(q.Access())
	for _, workers := range []int{-1, 0, 1, 2, 7, 8, 1000} {
		q.Workers = workers
		if got := slices.Collect(q.Access()); !slices.Equal(got, want) {
			t.Errorf("%d workers: another answer than of one", workers)
		}
	}
	for i, entry := range want {
		if entry.Key != q.Keys[i%20] || entry.Caller != q.Callers[i/20] {
			t.Fatalf("entry %d is %s, %s", i, entry.Key.ARN(), entry.Caller.ARN())
		}
	}
}

func TestAccessOfNobody(t *testing.T) {
	q := someAccess(1, 1)
	for _, empty := range []AccessQuestion{{}, {Keys: q.Keys}, {Callers: q.Callers}} {
		empty.Progress = func(int64, int64) { t.Error("progress where there is nothing to do") }
		for entry := range empty.Access() {
			t.Errorf("got %v", entry)
		}
	}
}

// After a loop that is left, nothing runs on, and the question may be asked again.
func TestAccessLeave(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	before := runtime.NumGoroutine()
	q := someAccess(2000, 10)
	answer := q.Access()
	for _, at := range []int{0, 1, 63, 64, 65, 3000} {
		seen := 0
		for range answer {
			if seen++; seen > at {
				break
			}
		}
		func() {
			defer func() { _ = recover() }()
			for range answer {
				panic("left")
			}
		}()
		next, stop := iter.Pull(answer)
		next()
		stop()
	}
	if got := count(answer); got != 20000 {
		t.Errorf("got %d entries, want 20000", got)
	}
	// A goroutine that has done its work may take a moment to be gone.
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func count[T any](seq iter.Seq[T]) (n int) {
	for range seq {
		n++
	}
	return n
}

func TestProgress(t *testing.T) {
	review := func(q AccessQuestion) int {
		after := q
		after.Rules = StrictRules()
		return count(must(Review(q, after)))
	}
	for _, size := range []struct{ callers, keys int }{{1, 1}, {999, 1}, {1000, 1}, {1001, 1}, {250, 10}, {7, 300}} {
		q := someAccess(size.callers, size.keys)
		total := int64(size.callers * size.keys)
		for name, ask := range map[string]func(AccessQuestion) int{"access": drain, "review": review} {
			var last int64
			q.Progress = func(done, of int64) {
				if done <= last || done > last+1000 || of != total {
					t.Errorf("%v %s: %d of %d behind %d of %d", size, name, done, of, last, total)
				}
				last = done
			}
			if ask(q); last != total {
				t.Errorf("%v %s: ended at %d of %d", size, name, last, total)
			}
		}
	}
}

// Progress is told of what the loop has been through, not of what is decided ahead.
func TestProgressFollowsLoop(t *testing.T) {
	q := someAccess(1000, 5)
	var entries, told int64
	q.Progress = func(done, _ int64) {
		if told = done; done != entries {
			t.Errorf("%d done, but the loop has been through %d", done, entries)
		}
	}
	for range q.Access() {
		if entries++; entries == 3000 {
			break
		}
	}
	if told != 2000 {
		t.Errorf("told of %d, want 2000: the step that left is not done", told)
	}
}

// The memory that an answer takes does not grow with it.
func TestAccessMemory(t *testing.T) {
	q := someAccess(1000, 40)
	few := q
	few.Keys = few.Keys[:4]
	drain(few) // fills what is filled once
	if small, large := allocated(few), allocated(q); large > small+32<<10 {
		t.Errorf("4,000 entries take %d bytes, 40,000 take %d", small, large)
	}
}

// allocated returns how many bytes are allocated while a question is answered.
func allocated(q AccessQuestion) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	drain(q)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestPlainCall(t *testing.T) {
	if _, err := NewRequests(RequestConfig{}); err != nil {
		t.Errorf("a plain call: %v", err)
	}
}

func TestReviewErrors(t *testing.T) {
	keys, callers := auditKeys(2), auditCallers(2)
	none := []*Key{nil, nil}
	all := AccessQuestion{Keys: keys, Callers: callers}
	for _, c := range []struct {
		before, after AccessQuestion
		want          string
	}{
		{all, all, ""},
		{AccessQuestion{}, AccessQuestion{}, ""},
		{all, AccessQuestion{Keys: keys, Callers: callers, Actions: action.Every()}, ""},
		{all, AccessQuestion{Keys: keys, Callers: []*Caller{nil, callers[0]}}, ""},
		{AccessQuestion{Keys: none, Callers: callers}, AccessQuestion{Keys: none, Callers: callers}, ""},
		{all, AccessQuestion{Keys: keys[:1], Callers: callers}, "2 keys before and 1 after"},
		{all, AccessQuestion{Keys: keys, Callers: callers[:0]}, "2 callers before and 0 after"},
		{all, AccessQuestion{Keys: keys, Callers: callers, Actions: action.SetOf(action.Decrypt)}, "and kms:Decrypt after"},
		{all, AccessQuestion{Keys: []*Key{keys[0], nil}, Callers: callers}, "Keys[1] is nil on one side only"},
		{AccessQuestion{Keys: none, Callers: callers}, all, "Keys[0] is nil on one side only"},
	} {
		_, err := Review(c.before, c.after)
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("got %s, want %q", got, c.want)
		}
	}
}

// What a change of one thing flips.
func TestReview(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"kp +root:*; iam +Decrypt", "kp +root:*; iam +Decrypt", ""},

		{"kp +root:*; iam +Decrypt", "kp +app:Encrypt; iam +Decrypt", "lost kms:Decrypt, gained kms:Encrypt"},
		{"kp +app:Encrypt; iam +Decrypt", "kp +root:*; iam +Decrypt", "gained kms:Decrypt, lost kms:Encrypt"},
		{"kp +root:*; iam +Decrypt", "kp +root:* -app:Decrypt; iam +Decrypt", "lost kms:Decrypt"},
		{"kp +root:*", "kp +root:*; iam +Decrypt,Encrypt", "gained kms:Decrypt, gained kms:Encrypt"},
		{"kp +root:*; iam +Decrypt,Encrypt", "kp +root:*; iam +Decrypt,Encrypt; iam -Encrypt", "lost kms:Encrypt"},
		{"kp +root:*; iam +Decrypt,Encrypt", "kp +root:*; iam +Decrypt,Encrypt; pb +Encrypt", "lost kms:Decrypt"},
		{"kp +root:*", "kp +root:*; grant app:Decrypt,DescribeKey", "gained kms:Decrypt, gained kms:DescribeKey"},
		{"kp +root:*; grant app:Decrypt", "kp +root:*", "lost kms:Decrypt"},
		{"kp +app:Decrypt,DescribeKey", "kp +app:Decrypt,DescribeKey; key Disabled", "lost kms:Decrypt"},
		{"kp +app:Decrypt,Encrypt?mfa", "kp +app:Decrypt,Encrypt?mfa; ctx aws:MultiFactorAuthPresent=true", "gained kms:Decrypt, gained kms:Encrypt"},
		{"kp +app:Decrypt", "kp +app:Decrypt; rules strict", "lost kms:Decrypt"},
		{"nokey", "nokey; iam +ListKeys,Decrypt", "gained kms:ListKeys"},
		{"kp +fapp:Decrypt; caller fapp", "kp +fapp:Decrypt; caller fapp; iam +*", "gained kms:Decrypt"},
	} {
		var flips []string
		for f := range must(Review(readAccess(c.before), readAccess(c.after))) {
			direction, _, _ := strings.Cut(f.String(), ": ")
			flips = append(flips, direction)
		}
		if got := strings.Join(flips, ", "); got != c.want {
			t.Errorf("from %s to %s: got %s, want %s", c.before, c.after, got, c.want)
		}
	}
}

// readAccess reads the question about one key and caller.
func readAccess(text string) AccessQuestion {
	w := read(text)
	key, caller, _ := w.build()
	return AccessQuestion{Keys: []*Key{key}, Callers: []*Caller{caller}, Requests: must(NewRequests(w.request)), Rules: w.rules}
}

// The same keys and callers under other circumstances.
func TestReviewCircumstances(t *testing.T) {
	before := readAccess("kp +app:Decrypt?mfa")
	after := before
	after.Requests = must(NewRequests(RequestConfig{Context: map[string][]string{"aws:MultiFactorAuthPresent": {"true"}}}))
	flips := slices.Collect(must(Review(before, after)))
	if len(flips) != 1 || !flips[0].Gained() || flips[0].Action != action.Decrypt {
		t.Errorf("got %v, want kms:Decrypt gained", flips)
	}
}

// A caller that joins gains all that it may do, and one that leaves loses it.
func TestReviewJoinAndLeave(t *testing.T) {
	with := someAccess(50, 5)
	without := with
	without.Callers = slices.Clone(with.Callers)
	without.Callers[7] = nil
	alone := with
	alone.Callers = with.Callers[7:8]
	joins, leaves := slices.Collect(must(Review(without, with))), slices.Collect(must(Review(with, without)))
	if want := drain(alone); len(joins) != want || len(leaves) != want || want == 0 {
		t.Fatalf("%d flips when a caller joins, %d when it leaves, want %d", len(joins), len(leaves), want)
	}
	for i := range joins {
		if f, back := joins[i], leaves[i]; !f.Gained() || back.Gained() || f.Caller != with.Callers[7] || back.Caller != f.Caller {
			t.Errorf("joins: %v, leaves: %v", f, back)
		}
	}
}

func TestReviewLeave(t *testing.T) {
	before := someAccess(500, 4)
	after := before
	after.Callers = make([]*Caller, len(before.Callers)) // everybody leaves
	for _, at := range []int{1, 2, 500} {
		seen := 0
		for f := range must(Review(before, after)) {
			if f.Gained() || f.Caller == nil {
				t.Fatalf("got %v", f)
			}
			if seen++; seen == at {
				break
			}
		}
		if seen != at {
			t.Errorf("%d flips, want %d", seen, at)
		}
	}
}

func TestFlipString(t *testing.T) {
	key, caller := must(NewKey(KeyConfig{ARN: ownKy, Policy: keyPolicy("+app:Decrypt")})), must(NewCaller(workCaller(who("app"))))
	d := Decide(key, caller, must(NewRequest(RequestConfig{Action: action.Decrypt})))
	for _, c := range []struct {
		flip Flip
		want string
	}{
		{Flip{Key: key, Caller: caller, Action: action.Decrypt, After: d}, "gained kms:Decrypt: " + who("app") + " on " + ownKy + ": " + d.String()},
		{Flip{Key: key, Caller: caller, Action: action.Decrypt, Before: d}, "lost kms:Decrypt: " + who("app") + " on " + ownKy + ": deny"},
		{Flip{Caller: caller, Action: action.ListKeys}, "lost kms:ListKeys: " + who("app") + ": deny"},
		{Flip{}, "lost " + action.Action(0).String() + ": deny"},
	} {
		if got := c.flip.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
