package workflow

import (
	"errors"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// Parties are who and what takes part in a workflow. The workflow's Needs say
// which of Key to SourceAccount are to be given, and what each is; no others may.
type Parties struct {
	Rules evaluate.Rules // the zero value is the default rules

	Key       evaluate.KeyConfig    // the key of Resource, or of what the workflow makes
	SourceKey evaluate.KeyConfig    // the key of Source
	Caller    evaluate.CallerConfig // who asks the service
	Role      evaluate.CallerConfig // the role with which the service or function works

	Resource string // ARN of what is written, read or made
	Source   string // ARN of what it comes from
	// SourceAccount is the account of Source where its ARN does not tell, as with
	// S3 buckets.
	SourceAccount string

	// EncryptionContext adds pairs to the encryption context of requests that
	// Caller or Role make, or replaces them: those of S3's
	// x-amz-server-side-encryption-context, or the version of a secret.
	EncryptionContext map[string]string
	// Context gives condition keys of the requests that Caller makes, such as
	// aws:MultiFactorAuthPresent.
	Context map[string][]string
}

// given reports whether a party is given.
func (p *Parties) given(party Party) bool {
	switch party {
	case Key:
		return p.Key.ARN != "" || p.Key.Policy != nil
	case SourceKey:
		return p.SourceKey.ARN != "" || p.SourceKey.Policy != nil
	case Caller:
		return p.Caller.ARN != ""
	case Role:
		return p.Role.ARN != ""
	default:
		return p.text(party) != ""
	}
}

// text returns a party as text: an ARN, or an account id.
func (p *Parties) text(party Party) string {
	switch party {
	case Key:
		return p.Key.ARN
	case SourceKey:
		return p.SourceKey.ARN
	case Caller:
		return p.Caller.ARN
	case Role:
		return p.Role.ARN
	case Resource:
		return p.Resource
	case Source:
		return p.Source
	case SourceAccount:
		return p.SourceAccount
	default:
		return ""
	}
}

// parties are all of them, in the order of the fields.
var parties = [...]Party{Key, SourceKey, Caller, Role, Resource, Source, SourceAccount}

// check holds the parties against what the workflow needs.
func (p *Parties) check(w *Workflow) error {
	f := faults{config: "Parties"}
	for _, party := range parties {
		need := w.need(party)
		switch {
		case need == nil && p.given(party):
			f.addf(string(party), "workflow %s does not use it", w.Name)
		case need == nil:
		case !p.given(party):
			f.addf(string(party), "missing: %s", need.described())
		case need.Form != "" && !hasForm(p.text(party), need.Form):
			f.addf(string(party), "found %q, expected %s", p.text(party), need.described())
		case w.callsFor(party) && policy.ServicePrincipal(p.text(party)).Kind() == policy.Service:
			f.addf(string(party), "must not be a service, found %q: in workflow %s a service calls on its behalf", p.text(party), w.Name)
		default:
			f.include(p.compiles(w, party))
		}
	}
	p.checkAccounts(&f, w)
	return f.err()
}

// callsFor reports whether a service makes requests on behalf of a party.
func (w *Workflow) callsFor(party Party) bool {
	return slices.ContainsFunc(w.Steps, func(s Step) bool {
		return s.ViaService != "" && strings.HasPrefix(s.Caller, "{"+string(party)+"}")
	})
}

// compiles returns what is wrong with a key or a caller as package evaluate takes
// it. A key that no step is about tells only what is made.
func (p *Parties) compiles(w *Workflow, party Party) error {
	var err error
	i := slices.IndexFunc(w.Steps, func(s Step) bool { return s.Key == party })
	switch {
	case party == Caller:
		_, err = evaluate.NewCaller(p.Caller)
	case party == Role:
		_, err = evaluate.NewCaller(p.Role)
	case party == Key && i >= 0:
		_, err = evaluate.NewKey(w.Steps[i].asked(p.Key))
	case party == SourceKey && i >= 0:
		_, err = evaluate.NewKey(w.Steps[i].asked(p.SourceKey))
	}
	return labelled(err, "Parties."+string(party))
}

// checkAccounts checks that parties are in one account or in two, where their ARNs tell.
func (p *Parties) checkAccounts(f *faults, w *Workflow) {
	accounts := func(pair [2]Party) (a, b string, known bool) {
		a, b = p.account(pair[0]), p.account(pair[1])
		return a, b, a != "" && b != ""
	}
	if a, b, known := accounts(w.SameAccount); known && a != b {
		f.addf(string(w.SameAccount[0]), "is in account %s, but %s is in %s: in workflow %s they are in one account", a, w.SameAccount[1], b, w.Name)
	}
	if a, b, known := accounts(w.OtherAccount); known && a == b {
		f.addf(string(w.OtherAccount[0]), "is in account %s, as %s is: in workflow %s they are in two accounts", a, w.OtherAccount[1], w.Name)
	}
}

// described says what the need is, with the form of its ARN.
func (n *Need) described() string {
	if n.Form == "" {
		return n.Text
	}
	return n.Text + ", " + n.Form
}

// account returns the id of the account that a party is in, "" if its text does
// not tell.
func (p *Parties) account(party Party) string {
	if party == Source && p.SourceAccount != "" {
		return p.SourceAccount
	}
	return parsed(p.text(party)).Account
}

// parsed returns the parts of an ARN, none for other text.
func parsed(text string) policy.ARN {
	arn, err := policy.ParseARN(text)
	if err != nil {
		return policy.ARN{}
	}
	return arn
}

// hasForm reports whether an ARN looks like a form such as
// "arn:aws:lambda:REGION:ACCOUNT:function:NAME": the same service and type, and
// Region and account where the form has them. In S3 a slash tells an object from a
// bucket.
func hasForm(text, form string) bool {
	got, want := parsed(text), strings.SplitN(form, ":", 6)
	service, region, account, resource := want[2], want[3], want[4], want[5]
	prefix := strings.TrimSuffix(resource, strings.TrimLeftFunc(resource, isLiteral))
	switch {
	case got.Service != service, (got.Region == "") != (region == ""), (got.Account == "") != (account == ""):
		return false
	case service == "s3" && strings.Contains(got.Resource, "/") != strings.Contains(resource, "/"):
		return false
	default:
		return strings.HasPrefix(got.Resource, prefix) && len(got.Resource) > len(prefix)
	}
}

// isLiteral reports whether r stands for itself in a form.
func isLiteral(r rune) bool { return r < 'A' || 'Z' < r }

// lastElement returns what stands last in an ARN or other text, behind its last
// slash or colon.
func lastElement(text string) string {
	return text[strings.LastIndexAny(text, ":/")+1:]
}

// faults collects what is wrong with a row or its parties.
type faults struct {
	config string
	found  evaluate.ConfigErrors
}

func (f *faults) addf(field, format string, args ...any) {
	f.found = append(f.found, &evaluate.ConfigError{Config: f.config, Field: field, Text: printable.Sprintf(format, args...)})
}

// include adds the faults of an error that labelled has returned.
func (f *faults) include(err error) {
	var found evaluate.ConfigErrors
	if errors.As(err, &found) {
		f.found = append(f.found, found...)
	}
}

// err returns the faults as an error, nil if there are none.
func (f *faults) err() error {
	if len(f.found) == 0 {
		return nil
	}
	return f.found
}

// labelled says of the faults of another package's config where they come from.
func labelled(err error, config string) error {
	var found evaluate.ConfigErrors
	if !errors.As(err, &found) {
		return err
	}
	f := faults{config: config}
	for _, fault := range found {
		f.addf(fault.Field, "%s", fault.Text)
	}
	return f.err()
}
