package evaluate_test

import (
	"flag"
	"fmt"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/reference"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"pgregory.net/rapid"
)

// defaultWorlds is the number of worlds that a plain "go test" looks at.
const defaultWorlds = 6000

// rounds is how many sub-tests share the worlds.
const rounds = 6

// refusedAtMost is the share of worlds that the constructors may refuse.
const refusedAtMost = 0.05

// TestAgree holds the evaluator against the reference on generated worlds.
func TestAgree(t *testing.T) {
	total := worldsWanted(t, defaultWorlds)
	tallies := make([]*tally, rounds)
	t.Run("worlds", func(t *testing.T) {
		for round := range rounds {
			seen := newTally()
			tallies[round] = seen
			t.Run(strconv.Itoa(round), func(t *testing.T) {
				t.Parallel()
				for seen.worlds*rounds < total && !t.Failed() {
					rapid.Check(t, seen.compare)
				}
			})
		}
	})
	if !t.Failed() {
		sum(tallies).report(t, total >= defaultWorlds)
	}
}

// worldsVariable is the environment variable that sets how many worlds each
// property is tried on.
const worldsVariable = "KMSAUTHZ_WORLDS"

// worldsWanted returns the number of worlds to try a property on.
func worldsWanted(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv(worldsVariable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: not a number of worlds", worldsVariable, text)
	}
	return n
}

// TestMain lets rapid stop before its usual number of checks where fewer worlds
// are wanted.
func TestMain(m *testing.M) {
	flag.Parse()
	const usualChecks = 100
	if n, err := strconv.Atoi(os.Getenv(worldsVariable)); err == nil && 0 < n && n < usualChecks {
		if err := flag.Set("rapid.checks", strconv.Itoa(n)); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// A tally counts what came up.
type tally struct {
	worlds, refused, allowed int
	layers                   map[evaluate.Layer]int
	reasons                  map[evaluate.Reason]int
	refusals                 map[string]int
}

func newTally() *tally {
	return &tally{layers: map[evaluate.Layer]int{}, reasons: map[evaluate.Reason]int{}, refusals: map[string]int{}}
}

func sum(tallies []*tally) *tally {
	all := newTally()
	for _, c := range tallies {
		all.worlds += c.worlds
		all.refused += c.refused
		all.allowed += c.allowed
		addTo(all.layers, c.layers)
		addTo(all.reasons, c.reasons)
		addTo(all.refusals, c.refusals)
	}
	return all
}

func addTo[K comparable](all, some map[K]int) {
	for key, n := range some {
		all[key] += n
	}
}

func (c *tally) compare(t *rapid.T) {
	w := worlds.Worlds().Draw(t, "world")
	c.worlds++
	key, caller, request, err := w.Compile()
	if err != nil {
		c.refused++
		c.refusals[err.Error()]++
		return
	}
	d := w.Rules.Decide(key, caller, request)
	got := answerOf(&d)
	want := reference.Decide(w.Key, w.Caller, w.Request, w.Rules)
	c.count(want)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Fatalf("the evaluator (got) and the reference (want) disagree:\n%s\n%s", words(got, want), diff)
	}
}

func (c *tally) count(a reference.Answer) {
	if a.Allowed {
		c.allowed++
		c.layers[a.Layer]++
	}
	for _, e := range slices.Concat(a.Blockers, a.Alternatives) {
		c.layers[e.Layer]++
		c.reasons[e.Reason]++
	}
}

// report logs the counts and fails if a word of the vocabulary never came up.
func (c *tally) report(t *testing.T, complete bool) {
	t.Logf("%d worlds, %d refused, %d allowed", c.worlds, c.refused, c.allowed)
	if float64(c.refused) > refusedAtMost*float64(c.worlds) {
		t.Errorf("%d of %d worlds were refused: %v", c.refused, c.worlds, c.refusals)
	}
	for l := evaluate.LayerRequest; l <= evaluate.LayerKeyState; l++ {
		t.Logf("%7d %v", c.layers[l], l)
		if complete && c.layers[l] == 0 {
			t.Errorf("layer %v never came up", l)
		}
	}
	for r := evaluate.ReasonExplicitDeny; r <= evaluate.ReasonInvalidRequest; r++ {
		t.Logf("%7d %v", c.reasons[r], r)
		if complete && c.reasons[r] == 0 {
			t.Errorf("reason %v never came up", r)
		}
	}
}

// answerOf puts a decision into the reference's form.
func answerOf(d *evaluate.Decision) reference.Answer {
	a := reference.Answer{
		Allowed:      d.Allowed(),
		Layer:        d.Layer(),
		Reason:       d.Reason(),
		Blockers:     entriesOf(d.Blockers()),
		Alternatives: entriesOf(d.Alternatives()),
	}
	if via, ok := d.Via(); ok {
		a.Via = []reference.Entry{entryOf(via)}
	}
	return a
}

func entriesOf(entries iter.Seq[evaluate.Entry]) []reference.Entry {
	var out []reference.Entry
	for e := range entries {
		out = append(out, entryOf(e))
	}
	return out
}

func entryOf(e evaluate.Entry) reference.Entry {
	statement, ok := e.Statement()
	if !ok {
		statement = -1
	}
	return reference.Entry{Layer: e.Layer(), Reason: e.Reason(), Policy: e.Policy(), Statement: statement, Sid: e.Sid(), Grant: e.Grant()}
}

// words sums two answers up in two lines.
func words(got, want reference.Answer) string {
	line := func(a reference.Answer) string {
		if a.Allowed {
			return "allow: " + entryWords(a.Via)
		}
		return "deny: " + entryWords(a.Blockers) + "; alternatives: " + entryWords(a.Alternatives)
	}
	return "got  " + line(got) + "\nwant " + line(want)
}

func entryWords(entries []reference.Entry) string {
	var all []string
	for _, e := range entries {
		one := fmt.Sprintf("%v/%v", e.Layer, e.Reason)
		if e.Policy != "" || e.Statement >= 0 {
			one += fmt.Sprintf(" %s[%d]", e.Policy, e.Statement)
		}
		if e.Grant != "" {
			one += " grant " + e.Grant
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}
