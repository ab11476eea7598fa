package workflow

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A Name names a workflow, such as [SNSToSQS].
type Name string

// A Workflow is something that users do, as the requests to KMS that it takes.
type Workflow struct {
	Name    Name
	Title   string   // what happens, as a sentence: "An SNS topic delivers to an encrypted SQS queue of its own account"
	Doc     string   // address of the page of AWS on it
	Needs   []Need   // the parties that take part
	Steps   []Step   // in their order
	Outside []string // what must be allowed besides KMS, which is not checked
	Notes   []string // what the pages of AWS leave open, and what is assumed
	Cache   Cache

	SameAccount  [2]Party // two of the parties that are in one account, if that matters
	OtherAccount [2]Party // two of them that are in two accounts, if that matters
}

// A Party is what takes part in a workflow: a field of [Parties].
type Party string

// The parties. Each is the name of its field.
const (
	Key           Party = "Key"
	SourceKey     Party = "SourceKey"
	Caller        Party = "Caller"
	Role          Party = "Role"
	Resource      Party = "Resource"
	Source        Party = "Source"
	SourceAccount Party = "SourceAccount"
)

// A Need is a party that a workflow uses.
type Need struct {
	Party Party
	Text  string // what it is in this workflow: "the queue's key"
	// Form is how the ARN of a Resource or Source looks, with upper case for what
	// differs: "arn:aws:sqs:REGION:ACCOUNT:QUEUE". Empty: any text.
	Form string
}

// A Step is one request to KMS.
//
// Its texts may have placeholders in braces: {Caller}, {Role}, {Resource} and
// {Source} stand for the ARNs of these parties; {ResourceID} and {SourceID} for
// what stands last in them ("vol-0abc", a function's name); {CallerAccount},
// {RoleAccount} and {ResourceAccount} for account ids; {Region} for the Region
// that is called, {KeyRegion} for that of Key, and {Partition} for its partition.
type Step struct {
	Title  string // what it is for, as a sentence
	Action action.Action
	// Caller is "{Caller}", "{Role}", "{Role}/NAME" for the session of that name,
	// a service such as "sns.amazonaws.com", or the ARN of a role session that has
	// no policies of its own.
	Caller string

	Key Party // Key or SourceKey; "" for a request without a key
	// NewKey: the key is only being made. No key policy has a say then; that of
	// Parties.Key is what it will have.
	NewKey bool
	// AnyState: the state of the key does not matter, which is taken to be Enabled.
	AnyState bool
	Alias    string // the ARN of an alias: see [evaluate.RequestConfig]
	// Region is the Region that is called. Empty: that of the Resource where the
	// step is on Key, of the Source where it is on SourceKey, or else the key's own.
	Region string

	ViaService        string // as kms:ViaService has it: "sqs.{Region}.amazonaws.com"
	EncryptionContext map[string]string
	SourceARN         string              // the resource for which a service calls as itself
	Context           map[string][]string // further condition keys
	Grant             *Grant              // of CreateGrant: what it makes; the steps that follow may use it

	Doc string // address of the page of AWS; that of the workflow where it is empty in a row
}

// A Grant is what a CreateGrant step makes.
type Grant struct {
	Grantee                 string // as Step.Caller
	Operations              action.Set
	EncryptionContextEquals map[string]string
	EncryptionContextSubset map[string]string
}

// A Cache says what a service keeps of KMS's answers. As long as it does, a change
// of a policy may not show.
type Cache struct {
	What  string        // what is kept, and for how long; "" if nothing is
	Usual time.Duration // how long it is kept unless configured; 0 if AWS does not say
	Max   time.Duration // how long at most; 0 if there is no bound
	Doc   string        // address of the page of AWS
}

// rows yields the rows that are built in. They must not be changed.
func rows() iter.Seq[*Workflow] {
	return func(yield func(*Workflow) bool) {
		for _, table := range tables {
			for i := range table {
				if !yield(&table[i]) {
					return
				}
			}
		}
	}
}

// All yields the workflows that are built in, those of a service together.
func All() iter.Seq[Workflow] {
	return func(yield func(Workflow) bool) {
		for w := range rows() {
			if !yield(w.clone()) {
				return
			}
		}
	}
}

// Workflow returns the workflow of that name. The error of an unknown name, an
// [evaluate.ConfigErrors], says which one is nearest.
func (n Name) Workflow() (Workflow, error) {
	var names []Name
	for w := range rows() {
		if w.Name == n {
			return w.clone(), nil
		}
		names = append(names, w.Name)
	}
	f := faults{config: "Workflow"}
	f.addf("Name", "unknown workflow %q%s", n, didYouMean(n, slices.Values(names)))
	return Workflow{}, f.err()
}

// didYouMean suggests the name that was probably meant, "" if none is near.
func didYouMean[T ~string](name T, names iter.Seq[T]) string {
	near, ok := nearest.Word(string(name), func(yield func(string) bool) {
		names(func(n T) bool { return yield(string(n)) })
	})
	if !ok {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", near)
}

// Check decides each step of the workflow of that name. See [Workflow.Check].
func (n Name) Check(p Parties) (Result, error) {
	w, err := n.Workflow()
	if err != nil {
		return Result{}, err
	}
	return w.Check(p)
}

// clone returns a copy that shares nothing, with the page of each step filled in.
func (w *Workflow) clone() Workflow {
	c := *w
	c.Needs, c.Outside, c.Notes = slices.Clone(w.Needs), slices.Clone(w.Outside), slices.Clone(w.Notes)
	c.Steps = slices.Clone(w.Steps)
	for i := range c.Steps {
		c.Steps[i] = c.Steps[i].clone()
		if c.Steps[i].Doc == "" {
			c.Steps[i].Doc = w.Doc
		}
	}
	return c
}

// clone returns a copy that shares nothing.
func (s Step) clone() Step {
	s.EncryptionContext = maps.Clone(s.EncryptionContext)
	s.Context = maps.Clone(s.Context)
	for key, values := range s.Context {
		s.Context[key] = slices.Clone(values)
	}
	if s.Grant != nil {
		g := *s.Grant
		g.EncryptionContextEquals = maps.Clone(g.EncryptionContextEquals)
		g.EncryptionContextSubset = maps.Clone(g.EncryptionContextSubset)
		s.Grant = &g
	}
	return s
}

// need returns the workflow's need of a party, nil if it has none.
func (w *Workflow) need(p Party) *Need {
	for i := range w.Needs {
		if w.Needs[i].Party == p {
			return &w.Needs[i]
		}
	}
	return nil
}
