package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// An Expectation is what a scenario says of its decision: any part of the decision object. The
// zero Expectation expects nothing.
type Expectation struct {
	text string
	at   policy.Position
}

// IsZero reports whether the scenario does not say what is expected: it has no "expect", or one in
// which nothing stands but null.
func (e Expectation) IsZero() bool {
	zero := true
	gjson.Parse(e.text).ForEach(func(_, value gjson.Result) bool {
		zero = value.Type == gjson.Null
		return zero
	})
	return zero
}

// document returns what is expected as a document, at its place.
func (e Expectation) document() *jsondoc.Document {
	return jsondoc.Read([]byte(e.text), jsondoc.Options{MaxBytes: len(e.text), At: jsondoc.Place(e.at)})
}

// isFull reports whether fields are expected that only a full decision object has.
func (e Expectation) isFull() bool { return hasMember(e.document().Root(), fullFields) }

// A kind says what a field of a decision object is.
type kind struct {
	shape *jsondoc.Shape // of an object, or of the objects in a list
	list  bool
	check func(v jsondoc.Value) // of anything else, or of what else is in a list
}

// fullFields are the fields that only a full decision object has.
var fullFields = []string{"fixes", "unfixable", "ways", "closing", "explanation"}

// The decision object and what is in it.
var (
	decisionShape = jsondoc.Shape{
		Noun:  "field",
		Names: append([]string{"name", "decision", "layer", "reason", "via", "blockers", "alternatives", "awsError", "divergence"}, fullFields...),
	}
	entryShape = jsondoc.Shape{
		Noun:  "field",
		Names: []string{"layer", "reason", "policy", "statement", "sid", "grant", "line", "column", "detail"},
	}
	viaShape = jsondoc.Shape{
		Noun:  "field",
		Names: []string{"layer", "policy", "statement", "sid", "grant", "line", "column", "detail"},
	}
	awsErrorShape = jsondoc.Shape{Noun: "field", Names: []string{"code", "message", "variants"}}
)

// kinds are the fields of all shapes; those of the same name are of the same kind.
var kinds = map[string]kind{
	"name":         {check: isText},
	"decision":     {check: isWord(parseDecision)},
	"layer":        {check: isWord(evaluate.ParseLayer)},
	"reason":       {check: isReason},
	"via":          {shape: &viaShape},
	"blockers":     {shape: &entryShape, list: true},
	"alternatives": {shape: &entryShape, list: true},
	"awsError":     {shape: &awsErrorShape},
	"code":         {check: isText},
	"message":      {check: isText},
	"variants":     {check: isText, list: true},
	"fixes":        {check: isAnything},
	"unfixable":    {check: isText},
	"ways":         {check: isAnything},
	"closing":      {check: isAnything},
	"explanation":  {check: isAnything},
	"divergence":   {check: isText},
	"policy":       {check: isText},
	"statement":    {check: isCount},
	"sid":          {check: isText},
	"grant":        {check: isText},
	"line":         {check: isCount},
	"column":       {check: isCount},
	"detail":       {check: isText},
}

// readExpectation reads what is expected and checks that there can be such a decision object.
func readExpectation(v jsondoc.Value) Expectation {
	checkFields(v, &decisionShape)
	return Expectation{text: v.Raw(), at: policy.Position(v.Place())}
}

// checkFields checks an object that is a part of a decision object.
func checkFields(v jsondoc.Value, shape *jsondoc.Shape) {
	v.Fields(shape, func(m jsondoc.Member) {
		switch k := kinds[m.Name]; {
		case m.IsNull():
		case k.list:
			m.Elements(k.checkValue)
		default:
			k.checkValue(m.Value)
		}
	})
}

// checkValue checks what is not a list.
func (k kind) checkValue(v jsondoc.Value) {
	if k.shape != nil {
		checkFields(v, k.shape)
	} else {
		k.check(v)
	}
}

// isAnything accepts any value.
func isAnything(jsondoc.Value) {}

// isText checks that v is a string.
func isText(v jsondoc.Value) { v.Text() }

// isCount checks that v is a whole number.
func isCount(v jsondoc.Value) {
	if v.Kind() != jsondoc.Number {
		v.Mismatch("a number")
	} else if _, err := strconv.ParseUint(v.Raw(), 10, 31); err != nil {
		v.Fault(codeBadValue, "found %s, expected a whole number", v.Raw())
	}
}

// isWord returns a check that v is a word of a closed set.
func isWord[T any](parse func(string) (T, error)) func(v jsondoc.Value) {
	return func(v jsondoc.Value) { readWord(v, parse) }
}

// isReason checks that v is a reason, or says that there is none.
func isReason(v jsondoc.Value) {
	if !isNotGiven(v) {
		readWord(v, evaluate.ParseReason)
	}
}

// The decisions.
const (
	allow = "allow"
	deny  = "deny"
)

func parseDecision(word string) (string, error) {
	if word != allow && word != deny {
		return "", fmt.Errorf("unknown decision %q, expected %q or %q", word, allow, deny)
	}
	return word, nil
}

// A Difference is a field in which a decision is not what its scenario expects.
type Difference struct {
	Position policy.Position // of the expected value
	Path     string          // in the decision object: blockers[0].layer
	Got      string          // as JSON; a list by its length; "nothing" if the decision does not have the field
	Want     string          // in the same form
}

// String returns position, path and what differs:
//
//	orders.json:31:25: layer: got "iam-policy", want "key-policy"
func (d Difference) String() string {
	return fmt.Sprintf("%v: %s: got %s, want %s", d.Position, d.Path, d.Got, d.Want)
}

// Check compares a decision with what the scenario expects and returns the differences, in the
// order of the document. Only what is expected is compared: fields that are not named or null
// may have any value. Lists must have the same length, and are compared entry by entry. A field
// that a decision leaves out is equal to an empty text or list.
func (s *Scenario) Check(d evaluate.Decision) []Difference {
	if s.Expect.IsZero() {
		return nil
	}
	want := s.Expect.document()
	result, err := Result{Name: s.Name, Decision: d, Full: s.Expect.isFull()}.MarshalJSON()
	if err != nil {
		return []Difference{{Position: s.Expect.at, Got: err.Error(), Want: "a decision object"}}
	}
	var c comparison
	c.compare("", want.Root(), gjson.ParseBytes(result))
	return c.differences
}

// A comparison collects differences.
type comparison struct {
	differences []Difference
}

func (c *comparison) add(path string, want jsondoc.Value, gotText, wantText string) {
	c.differences = append(c.differences, Difference{policy.Position(want.Place()), path, gotText, wantText})
}

// compare compares a part of the decision object with what is wanted of it.
func (c *comparison) compare(path string, want jsondoc.Value, got gjson.Result) {
	switch want.Kind() {
	case jsondoc.Null:
	case jsondoc.Object:
		if !got.Exists() {
			c.add(path, want, "nothing", want.Raw())
			return
		}
		want.Members(func(m jsondoc.Member) {
			c.compare(strings.TrimPrefix(path+"."+m.Name, "."), m.Value, got.Get(m.Name))
		})
	case jsondoc.List:
		entries := got.Array()
		if want.Len() != len(entries) {
			c.add(path, want, describeEntries(entries), describeCount(want.Len()))
			return
		}
		i := 0
		want.Elements(func(element jsondoc.Value) {
			c.compare(fmt.Sprintf("%s[%d]", path, i), element, entries[i])
			i++
		})
	case jsondoc.String:
		if text, _ := want.Text(); text != got.Str {
			c.add(path, want, describe(got), want.Raw())
		}
	default: // a number
		if want.Raw() != got.Raw {
			c.add(path, want, describe(got), want.Raw())
		}
	}
}

func describe(got gjson.Result) string {
	if !got.Exists() {
		return "nothing"
	}
	return got.Raw
}

func describeCount(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return strconv.Itoa(n) + " entries"
}

// describeEntries says how many entries there are and what they are about.
func describeEntries(entries []gjson.Result) string {
	text := describeCount(len(entries))
	if len(entries) == 0 {
		return text
	}
	var list []string
	for _, e := range entries {
		if e.IsObject() {
			list = append(list, e.Get("layer").Str+" "+e.Get("reason").Str)
		} else {
			list = append(list, e.Raw)
		}
	}
	return text + " (" + strings.Join(list, ", ") + ")"
}
