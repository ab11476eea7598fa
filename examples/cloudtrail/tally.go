package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
)

const (
	maxGroups      = 1000 // how many groups of each kind are remembered; the rest is only counted
	maxExplanation = 6    // how many lines of an explanation are shown
	maxText        = 600  // how much of a text from a log is shown
)

// A tally counts events by what became of them.
type tally struct {
	byAction  map[string]*[4]int
	different groups
	unclear   groups
	ignored   int // records that are no calls of KMS
}

// What may become of an event: the policies explain AWS's answer, or not.
const (
	allowed = iota
	denied
	different
	undetermined
)

func newTally() tally {
	return tally{byAction: map[string]*[4]int{}, different: groups{index: map[string]*group{}}, unclear: groups{index: map[string]*group{}}}
}

// groups are events that are alike, in the order in which they first occur.
type groups struct {
	list   []*group
	index  map[string]*group
	beyond int // events of groups that are not remembered
}

// A group is a number of events, where the first of them stands, and what there is to say of them.
type group struct {
	events      int
	first, text string
}

// add adds an event to its group. The text is asked for once for each group.
func (g *groups) add(e *inventory.Event, key string, text func() string) {
	known, ok := g.index[key]
	switch {
	case ok:
		known.events++
	case len(g.list) == maxGroups:
		g.beyond++
	default:
		known = &group{1, place(e), text()}
		g.list = append(g.list, known)
		g.index[key] = known
	}
}

// add adds an event that has been replayed, or could not be.
func (t *tally) add(e *inventory.Event, replay *inventory.Replay, err error) {
	name := e.Name
	if len(e.Authorizations) == 0 {
		name = "(other)" // of names that KMS does not have there may be any number
	}
	if t.byAction[name] == nil {
		t.byAction[name] = new([4]int)
	}
	outcome := denied
	switch {
	case err != nil || replay.Agreement() == inventory.Undetermined:
		outcome = undetermined
		reason := why(e, err)
		t.unclear.add(e, reason, func() string { return reason })
	case replay.Agreement() == inventory.Different:
		outcome = different
		d := replay.Decision()
		key := fmt.Sprintf("%q %q %q %q %v %v", e.Name, who(e), keys(e), e.Outcome.ErrorCode, d.Layer(), d.Reason())
		t.different.add(e, key, func() string { return difference(e, d) })
	case replay.Decision().Allowed():
		outcome = allowed
	}
	t.byAction[name][outcome]++
}

// sum returns how many events there were of each outcome.
func (t *tally) sum() (sum [4]int) {
	for _, counts := range t.byAction {
		for outcome, n := range counts {
			sum[outcome] += n
		}
	}
	return sum
}

// who returns the caller of an event; of a session its role, of a federated user its parent.
func who(e *inventory.Event) string {
	c := &e.Caller
	id, _, _ := strings.Cut(c.UniqueID, ":")
	return cmp.Or(c.RoleARN, c.UserARN, c.ARN, id)
}

// keys returns the keys that an event is about.
func keys(e *inventory.Event) []string {
	var all []string
	for _, a := range e.Authorizations {
		if a.Key != "" && !slices.Contains(all, a.Key) {
			all = append(all, a.Key)
		}
	}
	return all
}

// why says why an event is not determined, in the same words for all sessions of a role.
func why(e *inventory.Event, err error) string {
	var unknown *inventory.UnknownError
	var missing *inventory.NotFoundError
	text := ""
	switch {
	case err == nil:
		text = "AWS answered " + e.Outcome.ErrorCode + ", which does not tell whether the request was authorized"
	case len(e.Unknown) > 0:
		text = "the event does not tell all: " + e.Unknown[0].Text
	case errors.As(err, &unknown):
		if text = unknown.Name; text == e.Caller.ARN {
			text = who(e)
		}
		text += " is not wholly known: " + unknown.Unknown[0].Error()
	case errors.As(err, &missing) && missing.What == "key":
		text = missing.Ref + " is not in the sources"
	case errors.Is(err, inventory.ErrNotFound):
		text = who(e) + " is not in the sources"
	default:
		text = err.Error()
	}
	return oneLine(text)
}

// difference says how AWS and the policies differ about an event.
func difference(e *inventory.Event, d evaluate.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s by %s on %s\n", oneLine(e.Name), oneLine(cmp.Or(e.Caller.ARN, who(e))), oneLine(strings.Join(keys(e), ", ")))
	answer := "with success"
	if e.Outcome.ErrorCode != "" {
		answer = e.Outcome.ErrorCode + ": " + e.Outcome.ErrorMessage
	}
	fmt.Fprintf(&b, "AWS answered %s\nthe policies say ", oneLine(answer))
	lines := strings.Split(d.Explain().Text(), "\n")
	b.WriteString(strings.Join(lines[:min(len(lines), maxExplanation)], "\n    "))
	if text := d.Divergence(); text != "" {
		b.WriteString("\n" + text)
	}
	return b.String()
}

// place says where and when an event occurred.
func place(e *inventory.Event) string {
	text := fmt.Sprintf("%v, event %s", e.Source.Position, oneLine(e.ID))
	if len(e.Authorizations) > 0 && !e.Authorizations[0].Request.Time.IsZero() {
		text += ", " + e.Authorizations[0].Request.Time.Format(time.RFC3339)
	}
	return text
}

// write prints the tally: the numbers, then what differs, then what is not determined.
func (t *tally) write(w io.Writer) {
	n := t.sum()
	fmt.Fprintf(w, "events: %d; explained by the policies: %d (%d allowed, %d denied); different: %d; undetermined: %d; not calls of KMS: %d\n\n",
		n[allowed]+n[denied]+n[different]+n[undetermined], n[allowed]+n[denied], n[allowed], n[denied], n[different], n[undetermined], t.ignored)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OPERATION\tALLOWED\tDENIED\tDIFFERENT\tUNDETERMINED")
	for _, name := range slices.Sorted(maps.Keys(t.byAction)) {
		n := t.byAction[name]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", name, n[allowed], n[denied], n[different], n[undetermined])
	}
	table.Flush()
	t.different.write(w, "different")
	t.unclear.write(w, "undetermined")
}

// write prints the groups, the largest first.
func (g *groups) write(w io.Writer, title string) {
	if len(g.list) > 0 {
		fmt.Fprintf(w, "\n%s:\n", title)
	}
	slices.SortStableFunc(g.list, func(a, b *group) int { return cmp.Compare(b.events, a.events) })
	for _, one := range g.list {
		fmt.Fprintf(w, "%6dx %s\n        first at %s\n", one.events, strings.ReplaceAll(one.text, "\n", "\n        "), one.first)
	}
	if g.beyond > 0 {
		fmt.Fprintf(w, "and %d events of other kinds\n", g.beyond)
	}
}

// oneLine returns text from a log, as much of it as is worth showing, without what could end a
// line or control a terminal or reorder its text.
func oneLine(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
