package evaluate

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// A Fix is a set of changes that together let a denied request through, or
// close the ways by which an allowed one gets in ([Decision.Closing]). Each is
// typed, has been applied, and the decision that it leads to is known: After.
// Where something remains that no change mends, a fix leads to a denial by a
// later layer.
//
// A Fix is immutable and safe for concurrent use by multiple goroutines.
type Fix struct {
	edits  []Edit
	opens  Opens
	before Decision
	after  Decision
}

// Edits yields the changes in the order in which they are to be made.
func (f Fix) Edits() iter.Seq[Edit] { return slices.Values(f.edits) }

// Opens returns what the fix opens beyond this request.
func (f Fix) Opens() Opens { return f.opens }

// OpensText says in one sentence what the fix opens beyond this request.
func (f Fix) OpensText() string { return f.opens.sentence(&f.before) }

// After returns the decision about the request once the fix is applied: allow,
// or the layer that comes next.
func (f Fix) After() Decision { return f.after }

// Apply returns the key, the caller and the request with the changes made. The
// key is nil if the request has none.
func (f Fix) Apply() (*Key, *Caller, *Request) {
	return f.after.key, f.after.caller, f.after.request
}

// String says what to do, in the imperative, in one line: "add a statement to
// the key policy that ...; enable the key".
func (f Fix) String() string {
	texts := make([]string, len(f.edits))
	for i, e := range f.edits {
		texts[i] = e.String()
	}
	return strings.Join(texts, "; ")
}

// Text says line by line what to do, what that opens, which layer comes next if
// one remains, and the commands that do it, each behind "$ " if it is no comment.
func (f Fix) Text() string {
	var lines []string
	for _, e := range f.edits {
		lines = append(lines, e.String())
	}
	if !f.before.allowed {
		lines = append(lines, f.OpensText())
		if !f.after.allowed {
			lines = append(lines, "Then: "+f.after.String())
		}
	}
	for _, command := range f.Commands() {
		if !strings.HasPrefix(command, "#") {
			command = "$ " + command
		}
		lines = append(lines, command)
	}
	for i := range lines {
		lines[i] = printable.Line(lines[i])
	}
	return strings.Join(lines, "\n")
}

// fixJSON is the JSON form of a Fix.
type fixJSON struct {
	Text     string     `json:"text"`
	Opens    opensJSON  `json:"opens"`
	Next     *entryJSON `json:"next,omitempty"`
	Edits    []Edit     `json:"edits"`
	Commands []string   `json:"commands,omitempty"`
}

type opensJSON struct {
	Text       string   `json:"text"`
	Principals OpensTo  `json:"principals"`
	Actions    []string `json:"actions,omitempty"`
	Keys       OpensOn  `json:"keys"`
	Bounded    bool     `json:"bounded,omitempty"`
	LiftsDeny  bool     `json:"liftsDeny,omitempty"`
}

// MarshalJSON returns the fix as one JSON object: "text" (what to do), "opens"
// ("text", "principals", "actions", "keys", "bounded", "liftsDeny"), "next" (the
// layer that remains, an entry of blockers; absent where the request is allowed
// then), "edits" and "commands" (of the AWS CLI).
func (f Fix) MarshalJSON() ([]byte, error) {
	out := fixJSON{
		Text: f.String(),
		Opens: opensJSON{Text: f.OpensText(), Principals: f.opens.Principals, Keys: f.opens.Keys, Bounded: f.opens.Bounded,
			LiftsDeny: f.opens.LiftsDeny},
		Edits:    f.edits,
		Commands: f.Commands(),
	}
	for a := range f.opens.Actions.All() {
		out.Opens.Actions = append(out.Opens.Actions, a.String())
	}
	for next := range f.after.Blockers() {
		j := next.json()
		out.Next = &j
		break
	}
	return json.Marshal(out)
}
