package scenario

import (
	"encoding/json"
	"slices"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
)

// maxBytes is the size limit of a document whose options name none. A key's 50,000 grants alone
// can fill half of it.
const maxBytes = 64 << 20

// A Scenario is a situation that has been read and compiled, ready to be decided.
//
// Its methods only read it, so that goroutines may share a Scenario that nobody changes.
type Scenario struct {
	Name    string
	Rules   evaluate.Rules
	Key     *evaluate.Key // nil if the request is about no key
	Caller  *evaluate.Caller
	Request *evaluate.Request
	Expect  Expectation
}

// Parse reads a scenario. The document is copied; opts may be nil. A zero opts.MaxBytes means
// 64 MiB, and opts.Name is the name of a scenario that does not give one. What is wrong with the
// document is returned as policy.Errors, all of it, in document order.
//
// The positions of a policy that is given as a string are those of the text in the string.
func Parse(doc []byte, opts *policy.ParseOptions) (*Scenario, error) {
	if opts == nil {
		opts = new(policy.ParseOptions)
	}
	how := reading(opts)
	text := jsondoc.Read(doc, how)
	r := reader{name: opts.Name, doc: text, file: how.At.File}
	r.read(text.Root())
	s := r.build()
	if err := docerrors.Of(text); err != nil {
		return nil, err
	}
	return s, nil
}

// reading returns the options for the JSON reader.
func reading(opts *policy.ParseOptions) jsondoc.Options {
	o := jsondoc.Options{MaxBytes: maxBytes, At: jsondoc.Place(opts.At)}
	if opts.MaxBytes != 0 {
		o.MaxBytes = opts.MaxBytes
	}
	if opts.File != "" {
		o.At.File = opts.File
	}
	return o
}

// Decide decides the scenario under its own rules. See [evaluate.Rules.Decide].
func (s *Scenario) Decide() evaluate.Decision {
	return s.Rules.Decide(s.Key, s.Caller, s.Request)
}

// Apply returns the scenario with the changes of a fix made. The fix must be one
// of a decision about this scenario.
func (s *Scenario) Apply(f evaluate.Fix) *Scenario {
	fixed := *s
	fixed.Key, fixed.Caller, fixed.Request = f.Apply()
	return &fixed
}

// A Result is a decision together with the name of its scenario. Its JSON is the
// decision object of the scenario format: the name, then the fields of the
// decision, then, if the result is to be Full, what explains it.
type Result struct {
	Name     string
	Decision evaluate.Decision
	Full     bool // with fixes, or why there are none, ways in, what closes them, and the explanation
}

// fullJSON is what a full decision object has beyond the decision.
type fullJSON struct {
	Fixes       []evaluate.Fix        `json:"fixes,omitempty"`
	Unfixable   string                `json:"unfixable,omitempty"`
	Ways        []evaluate.Way        `json:"ways,omitempty"`
	Closing     *evaluate.Fix         `json:"closing,omitempty"`
	Explanation *evaluate.Explanation `json:"explanation"`
}

// MarshalJSON returns the decision object.
func (r Result) MarshalJSON() ([]byte, error) {
	name, err := json.Marshal(struct {
		Name string `json:"name"`
	}{r.Name})
	if err != nil {
		return nil, err
	}
	decision, err := r.Decision.MarshalJSON()
	if err != nil || !r.Full {
		return joined(name, decision), err
	}
	full := fullJSON{Ways: slices.Collect(r.Decision.Ways()), Explanation: r.Decision.Explain()}
	full.Fixes, full.Unfixable = r.Decision.Fixes()
	if closing, ok := r.Decision.Closing(); ok {
		full.Closing = &closing
	}
	rest, err := json.Marshal(full)
	return joined(name, decision, rest), err
}

// joined returns one object with the members of several. Each has at least one.
func joined(objects ...[]byte) []byte {
	all := []byte{'{'}
	for i, o := range objects {
		if i > 0 {
			all = append(all, ',')
		}
		all = append(all, o[1:max(1, len(o)-1)]...)
	}
	return append(all, '}')
}
