package evaluate

import (
	"bytes"
	"encoding/json"
	"iter"

	"github.com/kmsauthz/kmsauthz/policy"
)

// A Decision is the answer to one request. The zero Decision denies.
//
// It holds what it was made of; everything that goes beyond allowed, layer and
// reason is worked out when asked for.
type Decision struct {
	allowed bool
	layer   Layer
	reason  Reason
	via     finding

	rules   Rules
	key     *Key
	caller  *Caller
	request *Request
}

// Allowed reports whether KMS would carry out the request.
func (d Decision) Allowed() bool { return d.allowed }

// Layer returns the first blocking layer of a denial. Of an allowed request it
// returns what allowed it: LayerIAMPolicy wherever an IAM allow was needed,
// LayerGrant for a grant, and else LayerKeyPolicy.
func (d Decision) Layer() Layer { return d.layer }

// Reason returns why the first layer blocks, ReasonNone if the request is
// allowed.
func (d Decision) Reason() Reason { return d.reason }

// Via returns the statement or grant by which an allowed request got in.
func (d Decision) Via() (Entry, bool) {
	if !d.allowed {
		return Entry{}, false
	}
	s := d.situation()
	return Entry{finding: d.via, situation: s}, true
}

// Blockers yields the layers that must all change before the request is
// allowed, the nearest path: explicit denies first, then the others, each in
// the order of the Layer constants.
func (d Decision) Blockers() iter.Seq[Entry] {
	return d.entries(func(v *verdict) []finding { return v.blockers })
}

// Alternatives yields the path that is not in Blockers: by a grant that almost
// allows, or by policies where Blockers is the path by a grant.
func (d Decision) Alternatives() iter.Seq[Entry] {
	return d.entries(func(v *verdict) []finding { return v.other })
}

// entries yields one path of the decision's verdict.
func (d Decision) entries(of func(*verdict) []finding) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		s := d.situation()
		if s == nil {
			return
		}
		var v verdict
		s.judge(&v)
		for _, f := range of(&v) {
			if !yield(Entry{finding: f, situation: s}) {
				return
			}
		}
	}
}

// situation brings key, caller and request together again, nil for the zero
// Decision.
func (d Decision) situation() *situation {
	if d.request == nil || d.caller == nil {
		return nil
	}
	s := newSituation(d.rules, d.key, d.caller, d.request)
	return &s
}

// Divergence returns one sentence if the decision is another than under
// AWSRules, "" if it is the same.
func (d Decision) Divergence() string {
	if d.request == nil || d.caller == nil {
		return ""
	}
	aws := AWSRules().Decide(d.key, d.caller, d.request)
	switch {
	case aws.allowed == d.allowed:
		return ""
	case aws.via.grant > 0:
		return "AWS's documentation allows this: there a grant needs no delegation by the key policy (grant-requires-delegation)."
	default:
		return "AWS's documentation allows this: there a caller that the key policy of its own account names needs no IAM policy (dual-authorization, strict)."
	}
}

// String returns the decision in one line, such as
//
//	deny: key-policy: no-delegation: no statement names role/app or account 111122223333
func (d Decision) String() string {
	if d.allowed {
		via, _ := d.Via()
		return "allow: " + d.layer.String() + ": " + via.Detail()
	}
	text := "deny"
	for first := range d.Blockers() {
		return text + ": " + first.layer.String() + ": " + first.reason.String() + ": " + first.Detail()
	}
	return text
}

// Equal reports whether two decisions say the same: decision, layer, reason,
// way in, blockers, alternatives, divergence and error.
func (d Decision) Equal(other Decision) bool {
	a, errA := d.MarshalJSON()
	b, errB := other.MarshalJSON()
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// decisionJSON is the JSON form of a Decision.
type decisionJSON struct {
	Decision     string      `json:"decision"`
	Layer        Layer       `json:"layer,omitzero"`
	Reason       Reason      `json:"reason,omitzero"`
	Via          *entryJSON  `json:"via,omitempty"`
	Blockers     []entryJSON `json:"blockers,omitempty"`
	Alternatives []entryJSON `json:"alternatives,omitempty"`
	AWSError     *AWSError   `json:"awsError,omitempty"`
	Divergence   string      `json:"divergence,omitempty"`
}

// MarshalJSON returns the decision as one JSON object.
func (d Decision) MarshalJSON() ([]byte, error) {
	out := decisionJSON{Decision: "deny", Layer: d.layer, Reason: d.reason, Divergence: d.Divergence()}
	if reported, ok := d.AWSError(); ok {
		out.AWSError = &reported
	}
	if via, ok := d.Via(); ok {
		out.Decision = "allow"
		j := via.json()
		out.Via = &j
	}
	for e := range d.Blockers() {
		out.Blockers = append(out.Blockers, e.json())
	}
	for e := range d.Alternatives() {
		out.Alternatives = append(out.Alternatives, e.json())
	}
	return json.Marshal(out)
}

// An Entry is one layer's part in a decision: what blocks, and where it stands;
// or the statement or grant that allowed.
type Entry struct {
	finding
	situation *situation
}

// Layer returns the layer.
func (e Entry) Layer() Layer { return e.layer }

// Reason returns why the layer blocks, ReasonNone for what allowed.
func (e Entry) Reason() Reason { return e.reason }

// keyPolicyName is what the key policy is called, whatever its own name.
const keyPolicyName = "key policy"

// Policy returns the policy's name; "key policy" for the key policy; "#" and its
// place in its list, counted from 0, for a policy without a name; "" if no
// single policy decided.
func (e Entry) Policy() string {
	switch {
	case e.policy == nil || e.statement == nil && e.layer != LayerKeyPolicy:
		return ""
	case e.layer == LayerKeyPolicy:
		return keyPolicyName
	default:
		return policyName(e.policy, int(e.number))
	}
}

// Statement returns the statement's place in its policy, counted from 0.
func (e Entry) Statement() (int, bool) {
	if e.statement == nil {
		return 0, false
	}
	return e.statement.Index(), true
}

// Sid returns the statement's Sid, "" if it has none.
func (e Entry) Sid() string {
	if e.statement == nil {
		return ""
	}
	return e.statement.Sid()
}

// Grant returns the id of the grant, "" if none had a part.
func (e Entry) Grant() string {
	if e.grant == 0 {
		return ""
	}
	return e.situation.key.grants[e.grant-1].ID
}

// Position returns where the statement or grant stands in the document that it
// was read from.
func (e Entry) Position() (policy.Position, bool) {
	switch {
	case e.statement != nil:
		return e.statement.Position(), true
	case e.grant > 0:
		at := e.situation.key.grants[e.grant-1].Position
		return at, at.Line > 0
	default:
		return policy.Position{}, false
	}
}

// Conditional reports whether nothing but the circumstances of the request make
// the entry block, so that the same caller may do the same with the same key in
// others: what fails are the conditions of a statement on what the request says, such
// as its encryption context or the service that it comes through, or the
// constraint of a grant; or a Deny statement matches that has such a condition.
func (e Entry) Conditional() bool {
	switch e.reason {
	case ReasonConstraintNotMet:
		return true
	case ReasonAWSManagedKey:
		if e.note == noteStageNothing || e.note == noteStagePrincipal || e.note == noteStageAction {
			return false
		}
	case ReasonConditionNotMet, ReasonExplicitDeny:
	default:
		return false
	}
	if _, barred := e.statement.UnusableKey(); barred && e.layer.bars() {
		return false
	}
	onRequest, onOthers := false, false
	for test := range e.statement.Condition().Tests() {
		ofRequest := OwnerOf(test.ConditionKey()) == RequestOwner
		onRequest = onRequest || ofRequest
		onOthers = onOthers || !ofRequest && !test.Holds(&e.situation.context)
	}
	return onRequest && !onOthers
}

// entryJSON is the JSON form of an Entry.
type entryJSON struct {
	Layer     Layer  `json:"layer"`
	Reason    Reason `json:"reason,omitzero"`
	Policy    string `json:"policy,omitempty"`
	Statement *int   `json:"statement,omitempty"`
	Sid       string `json:"sid,omitempty"`
	Grant     string `json:"grant,omitempty"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	Detail    string `json:"detail,omitempty"`
}

func (e Entry) json() entryJSON {
	out := entryJSON{Layer: e.layer, Reason: e.reason, Policy: e.Policy(), Sid: e.Sid(), Grant: e.Grant(), Detail: e.Detail()}
	if i, ok := e.Statement(); ok {
		out.Statement = &i
	}
	if at, ok := e.Position(); ok {
		out.Line, out.Column = at.Line, at.Column
	}
	return out
}

// MarshalJSON returns the entry as one JSON object.
func (e Entry) MarshalJSON() ([]byte, error) { return json.Marshal(e.json()) }
