package scenario

import (
	"errors"
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/rename"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"github.com/tidwall/gjson"
)

// ErrNotRedacted is the error for a scenario that would be decided in another way with other
// names, or be too large: names are compared in it in a way that renaming does not keep, such as
// the digits of an IP address as text. The error tells nothing of the scenario.
var ErrNotRedacted = errors.New("the scenario cannot be redacted: with other names it would be decided in another way, or be too large")

// Redact returns a scenario with other names in it, so that it can be shown to others: of accounts,
// keys, aliases, users, roles, sessions, organizations, endpoints, grants, policies and statements,
// of other services' resources, tags and encryption contexts, and of the scenario itself; and with
// other IP addresses. AWS's own words stay, and so do numbers, dates and booleans where they are
// compared as such. The text keeps its form: only strings in it are replaced, and each stays in
// its line.
//
// The answer stays the same: decision, layer, reason, way in, blockers and alternatives are those
// of the original, under other names; so is what [Scenario.Check] finds. That is asked of both
// before Redact returns; where it is not so, which is rare, the error is [ErrNotRedacted].
//
// Names that are equal get equal pseudonyms, names that differ in case pseudonyms that differ in
// case, and a pattern matches what it matched. For that the parts of a name between marks such as
// "-" are renamed each for itself, and parts of words that a pattern shows ("prod*") too. Where a
// '?' may count them, words keep their length. Equal scenarios are redacted equally.
//
// What can still be told: which names are equal, which parts they share, how they are built and
// capitalised, how long numbers and key ids are, and with how many bits IP addresses agree.
//
// A document that cannot be read as a scenario gives the errors of [Parse]; [RedactErrors] makes
// them fit to be shown.
func Redact(doc []byte, opts *policy.ParseOptions) ([]byte, error) {
	return NewRedactor().Scenario(doc, opts)
}

// A Redactor redacts several texts that have names in common. A name gets the same pseudonym in
// all of them, unless patterns of one text show its parts, or count its letters, and those of the
// other do not.
//
// A Redactor remembers all names that it has seen. It is not safe for concurrent use.
type Redactor struct {
	names *rename.Names
	plan  *rename.Plan // of the last scenario
}

// NewRedactor returns a Redactor that has seen no name.
func NewRedactor() *Redactor {
	names := rename.NewNames()
	plan := names.Plan()
	if err := plan.Finish(); err != nil {
		panic("scenario: " + err.Error()) // nothing was noted
	}
	return &Redactor{names, plan}
}

// Scenario redacts a scenario. See [Redact].
func (r *Redactor) Scenario(doc []byte, opts *policy.ParseOptions) ([]byte, error) {
	original, err := Parse(doc, opts)
	if err != nil {
		return nil, err
	}
	text := string(doc)
	plan := r.names.Plan()
	if !planNames(plan, text) {
		return nil, ErrNotRedacted
	}
	r.plan = plan
	v := verification{plan: plan, opts: opts, original: original}
	return v.verified(renamed(plan, text))
}

// Text redacts a sentence about the last scenario, such as the error message that AWS gave. Words
// that AWS has in such messages stay, and so do actions and Regions; all others are renamed.
func (r *Redactor) Text(text string) string { return message(r.plan, text) }

func message(plan *rename.Plan, text string) string {
	return plan.Message(text, func(word string) bool {
		_, err := action.Parse("kms:" + word)
		return err == nil
	})
}

// planNames reads the whole text before anything in it is renamed, and reports whether it can be.
func planNames(plan *rename.Plan, text string) bool {
	l := learner{plan: plan}
	walk(text, l.learn)
	l.finish()
	walk(text, func(s site) string {
		note(plan, s)
		return s.text
	})
	if plan.HasParts() {
		walk(text, func(s site) string {
			if s.use == useCaller || s.use == useIdentity || s.pair && plan.IsPart(s.key.String()) {
				plan.NotePart(s.text)
			}
			return s.text
		})
	}
	return plan.Finish() == nil
}

// renamed returns the text with its names replaced.
func renamed(plan *rename.Plan, text string) string {
	return walk(text, func(s site) string { return replacement(plan, s) })
}

// A verification holds a redacted scenario against the original.
type verification struct {
	plan     *rename.Plan
	opts     *policy.ParseOptions
	original *Scenario
}

// maxAttempts bounds how often what is expected is put right: a column in it may stand before what
// it speaks of, and move that.
const maxAttempts = 4

// verified returns a redacted text once it is decided as the original is. What is expected is
// filled in from its decision, as far as the original's expectations are met.
func (v *verification) verified(text string) ([]byte, error) {
	before := v.original.Decide()
	for range maxAttempts {
		s, err := Parse([]byte(text), v.opts)
		if err != nil {
			break
		}
		after := s.Decide()
		if !v.sameAnswer(before, after) {
			break
		}
		if s.Expect.IsZero() {
			return []byte(text), nil
		}
		next, err := v.withExpectation(text, before, s, after)
		if err != nil {
			break
		}
		if next == text {
			if !sameDifferences(v.original.Check(before), s.Check(after)) {
				break
			}
			return []byte(text), nil
		}
		text = next
	}
	return nil, ErrNotRedacted
}

// sameAnswer reports whether two decisions are the same but for names.
func (v *verification) sameAnswer(a, b evaluate.Decision) bool {
	viaA, _ := a.Via()
	viaB, _ := b.Via()
	errorA, _ := a.AWSError()
	errorB, _ := b.AWSError()
	return a.Allowed() == b.Allowed() && a.Layer() == b.Layer() && a.Reason() == b.Reason() &&
		errorA.Code == errorB.Code && a.Divergence() == b.Divergence() && v.sameEntry(viaA, viaB) &&
		slices.EqualFunc(slices.Collect(a.Blockers()), slices.Collect(b.Blockers()), v.sameEntry) &&
		slices.EqualFunc(slices.Collect(a.Alternatives()), slices.Collect(b.Alternatives()), v.sameEntry)
}

// sameEntry reports whether two entries are the same but for names. Lines stay, columns do not.
func (v *verification) sameEntry(a, b evaluate.Entry) bool {
	statementA, inA := a.Statement()
	statementB, inB := b.Statement()
	atA, _ := a.Position()
	atB, _ := b.Position()
	return a.Layer() == b.Layer() && a.Reason() == b.Reason() && inA == inB && statementA == statementB && atA.Line == atB.Line &&
		v.sameName(a.Policy(), b.Policy()) && v.sameName(a.Sid(), b.Sid()) && v.sameName(a.Grant(), b.Grant())
}

// sameName reports whether b is a's pseudonym. A policy without a name is called by its place,
// which stays.
func (v *verification) sameName(a, b string) bool { return a == b || v.plan.Text(a) == b }

// sameDifferences reports whether the same fields are not as expected: those of the same lines.
func sameDifferences(a, b []Difference) bool {
	return slices.EqualFunc(a, b, func(a, b Difference) bool { return a.Position.Line == b.Position.Line })
}

// withExpectation returns the text with the expectations filled in that the original meets: what
// the decision says of it is what is expected.
func (v *verification) withExpectation(text string, before evaluate.Decision, s *Scenario, after evaluate.Decision) (string, error) {
	full := v.original.Expect.isFull()
	wanted, err := Result{Name: v.original.Name, Decision: before, Full: full}.MarshalJSON()
	if err != nil {
		return "", err
	}
	got, err := Result{Name: s.Name, Decision: after, Full: full}.MarshalJSON()
	if err != nil {
		return "", err
	}
	e := editor{text: text}
	x := expectation{edit: &e}
	x.fill(memberOf(gjson.Parse(text), "expect"), gjson.Parse(v.original.Expect.text), gjson.ParseBytes(wanted), gjson.ParseBytes(got))
	return e.finish(), nil
}
