package scenario

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
)

// codeBadValue and codeContradiction are the kinds of faults that this package reports beside
// those of package jsondoc.
const (
	codeBadValue      = jsondoc.Code(policy.CodeBadValue)
	codeContradiction = jsondoc.Code(policy.CodeContradiction)
)

// A reader reads one scenario into the three configs. Faults go to the JSON document, so that
// its functions return what could be read and nothing more.
type reader struct {
	doc  *jsondoc.Document
	file string // of positions

	name    string
	rules   evaluate.Rules
	key     evaluate.KeyConfig
	caller  evaluate.CallerConfig
	request evaluate.RequestConfig
	expect  Expectation

	// Where the configs' fields stand in the document.
	keyPart, callerPart, requestPart part

	whole    bool                       // all that the configs need could be read
	elements map[string][]jsondoc.Value // of lists in which faults were found after reading
}

// A part is one of the three parts of a scenario, with the places of the fields that it gives.
type part struct {
	object jsondoc.Value // of kind None if the scenario does not have the part
	fields []field
	byName map[string]jsondoc.Value // fields, once there are faults to look up
}

// A field is a field of a config, by its name in Go, and where the document gives it.
type field struct {
	name  string
	value jsondoc.Value
}

// usualFields is the number of fields that most parts do not exceed.
const usualFields = 6

// note remembers where a field of the part's config is given.
func (p *part) note(name string, v jsondoc.Value) {
	if p.fields == nil {
		p.fields = make([]field, 0, usualFields)
	}
	p.fields = append(p.fields, field{name, v})
}

// has reports whether the document gives a field of the part's config.
func (p *part) has(name string) bool {
	_, ok := p.find(name)
	return ok
}

// find returns where the document gives a field of the part's config.
func (p *part) find(name string) (jsondoc.Value, bool) {
	for _, f := range p.fields {
		if f.name == name {
			return f.value, true
		}
	}
	return jsondoc.Value{}, false
}

// lookUp is find for the fields of many faults: a request may have any number of condition keys.
// Their names are compared without case, as IAM does.
func (p *part) lookUp(name string) (jsondoc.Value, bool) {
	if p.byName == nil {
		p.byName = make(map[string]jsondoc.Value, len(p.fields))
		for _, f := range p.fields {
			p.byName[strings.ToLower(f.name)] = f.value
		}
	}
	v, ok := p.byName[strings.ToLower(name)]
	return v, ok
}

// isGiven reports whether the document has the part.
func (p *part) isGiven() bool { return p.object.Kind() != jsondoc.None }

// isNotGiven reports whether v stands for a field that is left out.
func isNotGiven(v jsondoc.Value) bool {
	return v.IsNull() || v.Raw() == `""`
}

// requireField reports that the object v lacks a field. Of other values it is already known that
// they are no objects.
func requireField(v jsondoc.Value, isThere bool, name string) {
	if !isThere && v.Kind() == jsondoc.Object {
		v.Fault(jsondoc.MissingMember, "field %q is missing", name)
	}
}

var rootShape = jsondoc.Shape{
	Noun:  "field",
	Names: []string{"name", "rules", "key", "caller", "request", "expect"},
}

// read reads the document. Its parts are read in a fixed order, since what a condition key
// belongs to depends on whether there is a key.
func (r *reader) read(root jsondoc.Value) {
	root.Fields(&rootShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "name":
			r.name, _ = m.Text()
		case "rules":
			r.rules = readRules(m.Value)
		case "key":
			r.keyPart.object = m.Value
		case "caller":
			r.callerPart.object = m.Value
		case "request":
			r.requestPart.object = m.Value
		case "expect":
			r.expect = readExpectation(m.Value)
		}
	})
	requireField(root, r.callerPart.isGiven(), "caller")
	requireField(root, r.requestPart.isGiven(), "request")
	if r.keyPart.isGiven() {
		r.readKey(r.keyPart.object)
	}
	if r.callerPart.isGiven() {
		r.readCaller(r.callerPart.object)
	}
	if r.requestPart.isGiven() {
		r.readRequest(r.requestPart.object)
	}
}

// ruleSets are the rules that have a name.
var ruleSets = []struct {
	name  string
	rules func() evaluate.Rules
}{
	{"default", evaluate.DefaultRules},
	{"aws", evaluate.AWSRules},
	{"strict", evaluate.StrictRules},
}

var rulesShape = jsondoc.Shape{
	Noun:  "rule",
	Names: []string{"grantsStandAlone", "directAllowRequiresIAM"},
}

// readRules reads the name of a rule set, or the rules one by one.
func readRules(v jsondoc.Value) evaluate.Rules {
	var rules evaluate.Rules
	switch v.Kind() {
	case jsondoc.String:
		text, _ := v.Text()
		for _, set := range ruleSets {
			if set.name == text {
				return set.rules()
			}
		}
		v.Fault(codeBadValue, `found %q, expected "default", "aws", "strict" or an object such as {"grantsStandAlone": true}`, text)
	case jsondoc.Object:
		v.Fields(&rulesShape, func(m jsondoc.Member) {
			if isNotGiven(m.Value) {
				return
			}
			switch m.Name {
			case "grantsStandAlone":
				rules.GrantsStandAlone, _ = m.Bool()
			case "directAllowRequiresIAM":
				rules.DirectAllowRequiresIAM, _ = m.Bool()
			}
		})
	default:
		v.Mismatch("the name of a rule set or an object of rules")
	}
	return rules
}

var organizationShape = jsondoc.Shape{
	Noun:  "field",
	Names: []string{"id", "path", "managementAccount"},
}

// readOrganization reads an account's place in an organization.
func readOrganization(v jsondoc.Value) evaluate.Organization {
	var o evaluate.Organization
	v.Fields(&organizationShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "id":
			o.ID, _ = m.Text()
		case "path":
			o.Path, _ = m.Text()
		case "managementAccount":
			o.ManagementAccount, _ = m.Bool()
		}
	})
	return o
}

// readTexts reads a list of strings.
func readTexts(v jsondoc.Value) []string {
	var all []string
	v.Elements(func(element jsondoc.Value) {
		if text, ok := element.Text(); ok {
			all = append(all, text)
		}
	})
	return all
}

// readWord reads a word of a closed set by the function that knows the set.
func readWord[T any](v jsondoc.Value, parse func(word string) (T, error)) T {
	var word T
	text, ok := v.Text()
	if !ok {
		return word
	}
	word, err := parse(text)
	if err != nil {
		v.Fault(codeBadValue, "%v", err)
	}
	return word
}

// readContext hands each condition key to the config that settles it.
func (r *reader) readContext(v jsondoc.Value) {
	v.Members(func(m jsondoc.Member) {
		if m.IsNull() {
			return
		}
		values := []string{} // a key given without values is absent, and has no default either
		m.Texts(func(text string, _ jsondoc.Value) { values = append(values, text) })
		config, context := &r.requestPart, &r.request.Context
		switch owner := evaluate.OwnerOf(conditions.ParseKey(m.Name)); {
		case owner == evaluate.CallerOwner:
			config, context = &r.callerPart, &r.caller.Context
		case owner == evaluate.KeyOwner && r.keyPart.isGiven():
			config, context = &r.keyPart, &r.key.Context
		}
		if *context == nil {
			*context = make(map[string][]string)
		}
		(*context)[m.Name] = values
		config.note(contextField(m.Name), m.Value)
	})
}
