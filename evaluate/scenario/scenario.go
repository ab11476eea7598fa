package scenario

import (
	"encoding/json"

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

// A Result is a decision together with the name of its scenario. Its JSON is the decision object
// of the scenario format: the name, then the fields of the decision.
type Result struct {
	Name     string
	Decision evaluate.Decision
}

// MarshalJSON returns the decision object.
func (r Result) MarshalJSON() ([]byte, error) {
	name, err := json.Marshal(r.Name)
	if err != nil {
		return nil, err
	}
	decision, err := r.Decision.MarshalJSON()
	if err != nil {
		return nil, err
	}
	object := make([]byte, 0, len(`{"name":,`)+len(name)+len(decision))
	object = append(object, `{"name":`...)
	object = append(object, name...)
	object = append(object, ',')
	return append(object, decision[len("{"):]...), nil // a decision has at least one field
}
