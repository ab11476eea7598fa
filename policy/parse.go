package policy

import (
	"slices"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

// ParseOptions say how a document is read. The zero value is the default.
type ParseOptions struct {
	MaxBytes int      // the largest size that is read; zero means 1 MiB
	File     string   // the file in positions
	Name     string   // the policy's name in reports
	At       Position // where the document starts in a larger text; zero if it is the whole text
}

// reading returns the options for the JSON reader. A nil opts stands for the defaults.
func (opts *ParseOptions) reading() jsondoc.Options {
	if opts == nil {
		return jsondoc.Options{}
	}
	at := jsondoc.Place(opts.At)
	if opts.File != "" {
		at.File = opts.File
	}
	return jsondoc.Options{MaxBytes: opts.MaxBytes, At: at}
}

// A dialect is what one kind of policy document may contain.
type dialect struct {
	noun           string
	noPrincipal    bool // Principal is not allowed
	noNotPrincipal bool // NotPrincipal is not allowed
	plainSid       bool // a Sid is made of ASCII letters and digits; reading does not insist on it
}

// The dialects.
//
// See IAM User Guide, "AWS JSON policy elements: Principal", "NotPrincipal" and "Sid"; AWS
// Organizations User Guide, "SCP syntax" and "RCP syntax". Key policies may have blanks in a
// Sid (AWS KMS Developer Guide, "Creating a key policy").
var (
	keyPolicy             = dialect{noun: "a key policy"}
	iamPolicy             = dialect{noun: "an IAM policy", noPrincipal: true, noNotPrincipal: true, plainSid: true}
	serviceControlPolicy  = dialect{noun: "a service control policy", noPrincipal: true, noNotPrincipal: true}
	resourceControlPolicy = dialect{noun: "a resource control policy", noNotPrincipal: true}
	endpointPolicy        = dialect{noun: "an endpoint policy"}
)

// ParseKeyPolicy reads the policy of a KMS key. The document is copied; opts may be nil. What
// is wrong with the document is returned as Errors.
func ParseKeyPolicy(doc []byte, opts *ParseOptions) (*KeyPolicy, error) {
	d, err := parse(doc, opts, keyPolicy)
	if err != nil {
		return nil, err
	}
	return &KeyPolicy{d}, nil
}

// ParseIAMPolicy reads an identity-based policy, a permissions boundary or a session policy,
// like ParseKeyPolicy.
func ParseIAMPolicy(doc []byte, opts *ParseOptions) (*IAMPolicy, error) {
	d, err := parse(doc, opts, iamPolicy)
	if err != nil {
		return nil, err
	}
	return &IAMPolicy{d}, nil
}

// ParseServiceControlPolicy reads a service control policy, like ParseKeyPolicy.
func ParseServiceControlPolicy(doc []byte, opts *ParseOptions) (*ServiceControlPolicy, error) {
	d, err := parse(doc, opts, serviceControlPolicy)
	if err != nil {
		return nil, err
	}
	return &ServiceControlPolicy{d}, nil
}

// ParseResourceControlPolicy reads a resource control policy, like ParseKeyPolicy.
func ParseResourceControlPolicy(doc []byte, opts *ParseOptions) (*ResourceControlPolicy, error) {
	d, err := parse(doc, opts, resourceControlPolicy)
	if err != nil {
		return nil, err
	}
	return &ResourceControlPolicy{d}, nil
}

// ParseEndpointPolicy reads the policy of a VPC endpoint, like ParseKeyPolicy.
func ParseEndpointPolicy(doc []byte, opts *ParseOptions) (*EndpointPolicy, error) {
	d, err := parse(doc, opts, endpointPolicy)
	if err != nil {
		return nil, err
	}
	return &EndpointPolicy{d}, nil
}

var documentShape = jsondoc.Shape{
	Noun:     "element",
	Names:    []string{"Version", "Id", "Statement"},
	Required: []string{"Statement"},
}

// versions are the values of the Version element.
var versions = []string{"2008-10-17", variablesVersion}

// parse reads a document of any kind.
func parse(doc []byte, opts *ParseOptions, dialect dialect) (Document, error) {
	text := jsondoc.Read(doc, opts.reading())
	defer text.Close()
	d := Document{text: text.Text(), dialect: dialect}
	if opts != nil {
		d.opts = *opts
	}
	var statements jsondoc.Value
	text.Root().Fields(&documentShape, func(m jsondoc.Member) {
		switch m.Name {
		case "Version":
			d.version = readWord(m.Value, versions)
		case "Id":
			d.id, _ = m.Text()
		case "Statement":
			statements = m.Value
		}
	})
	// Version decides how the statements are read, and may stand behind them.
	r := reader{dialect: dialect, variables: d.version == variablesVersion}
	d.statements = r.statements(statements)
	if err := errorsOf(text.Faults()); err != nil {
		return Document{}, err
	}
	return d, nil
}

// readWord reads a string that must be one of words.
func readWord(v jsondoc.Value, words []string) string {
	text, ok := v.Text()
	if ok && !slices.Contains(words, text) {
		v.Fault(jsondoc.Code(CodeBadValue), "found %q, expected %q or %q", text, words[0], words[1])
	}
	return text
}
