package scenario

import (
	"errors"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
)

// build compiles the configs. What package evaluate finds wrong with them is reported at the
// place of the value that it came from.
func (r *reader) build() *Scenario {
	r.whole = !slices.ContainsFunc(r.doc.Faults(), leavesOpen)
	s := &Scenario{Name: r.name, Rules: r.rules, Expect: r.expect}
	if r.keyPart.isGiven() {
		if r.key.Policy == nil { // a fault by now
			r.key.Policy = new(policy.KeyPolicy)
		}
		s.Key = compile(r, r.key.ARN != "", r.key, evaluate.NewKey)
	}
	s.Caller = compile(r, r.caller.ARN != "", r.caller, evaluate.NewCaller)
	s.Request = compile(r, r.requestPart.has("Action"), r.request, evaluate.NewRequest)
	if r.whole && (s.Key != nil || !r.keyPart.isGiven()) && s.Caller != nil && s.Request != nil {
		r.report(evaluate.Check(s.Key, s.Caller, s.Request))
	}
	return s
}

// compile builds one of the three from its config, nil if that is not possible.
func compile[C, T any](r *reader, possible bool, config C, build func(C) (*T, error)) *T {
	if !possible {
		return nil
	}
	built, err := build(config)
	r.report(err)
	return built
}

// Fields in which a fault leaves nothing open that others may contradict: what is expected or
// how to decide, and the inside of policies and grants.
var closedFields = []string{
	"name", "rules", "expect",
	"key.policy", "key.grants", "key.resourceControlPolicies",
	"caller.iamPolicies", "caller.permissionsBoundary", "caller.sessionPolicies", "caller.serviceControlPolicies",
	"request.vpcEndpoint.policy",
}

// leavesOpen reports whether with this fault something of the situation is not known, so that a
// contradiction may be no more than a consequence of it.
func leavesOpen(f jsondoc.Fault) bool {
	return !slices.ContainsFunc(closedFields, func(field string) bool {
		rest, ok := strings.CutPrefix(f.Path, field)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// report reports faults that package evaluate found. A contradiction counts only if nothing is
// left open that it may be a consequence of.
func (r *reader) report(err error) {
	var all evaluate.ConfigErrors
	errors.As(err, &all)
	for _, e := range all {
		switch {
		case e.See == "":
			r.place(e).Fault(codeBadValue, "%s", inFileTerms(e))
		case r.whole || isCertain(e):
			r.place(e).Fault(codeContradiction, "%s", inFileTerms(e))
		}
	}
}

// isCertain reports whether a contradiction stands whatever else of the scenario could not be
// read: one with an ARN, since nothing is held against an ARN that is at fault itself.
func isCertain(e *evaluate.ConfigError) bool {
	return strings.HasSuffix(e.See, ".ARN") && !strings.HasPrefix(e.Field, "Context")
}

// place returns the value that a field of a config came from, or the nearest that is given.
func (r *reader) place(e *evaluate.ConfigError) jsondoc.Value {
	part := r.partOf(e.Config)
	if v, ok := part.lookUp(e.Field); ok {
		return v // a condition key in Context, or a field without an index
	}
	name, index := cutField(e.Field)
	if name == "Usage" {
		name = "Spec" // which asks for a usage
	}
	v, ok := part.lookUp(name)
	if !ok {
		return part.object
	}
	if index >= 0 {
		if element, ok := r.element(name, v, index); ok {
			return memberAt(element, memberNames[e.Field[strings.LastIndexByte(e.Field, '.')+1:]])
		}
	}
	return v
}

// partOf returns the part of the scenario that a config was read from.
func (r *reader) partOf(config string) *part {
	switch config {
	case "KeyConfig":
		return &r.keyPart
	case "CallerConfig":
		return &r.callerPart
	default:
		return &r.requestPart
	}
}

// element returns an element of a list by its index, if there is one. A list of many grants may
// have as many faults, so the elements are looked up once.
func (r *reader) element(name string, list jsondoc.Value, index int) (jsondoc.Value, bool) {
	elements, ok := r.elements[name]
	if !ok {
		list = memberAt(list, name) // of list-grants' whole output
		if list.Kind() == jsondoc.List {
			list.Elements(func(v jsondoc.Value) { elements = append(elements, v) })
		}
		if r.elements == nil {
			r.elements = make(map[string][]jsondoc.Value)
		}
		r.elements[name] = elements
	}
	if index >= len(elements) {
		return jsondoc.Value{}, false
	}
	return elements[index], true
}

// memberNames are the names in the file of fields of a grant.
var memberNames = map[string]string{"KeyID": "KeyId", "IssuingAccount": "IssuingAccount"}

// memberAt returns a member of an object, or the value itself if it has no such member.
func memberAt(v jsondoc.Value, name string) jsondoc.Value {
	at := v
	if v.Kind() == jsondoc.Object {
		v.Members(func(m jsondoc.Member) {
			if m.Name == name {
				at = m.Value
			}
		})
	}
	return at
}
