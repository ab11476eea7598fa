package lint

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
)

// A linted is a policy of any kind that can be linted and edited.
type linted struct {
	doc  *policy.Document
	kind Kinds
}

// parseKind reads a policy of a kind.
func parseKind(kind Kinds, text string, opts *policy.ParseOptions) (linted, error) {
	var doc *policy.Document
	var err error
	switch kind {
	case KeyPolicies:
		var p *policy.KeyPolicy
		if p, err = policy.ParseKeyPolicy([]byte(text), opts); err == nil {
			doc = &p.Document
		}
	case IAMPolicies:
		var p *policy.IAMPolicy
		if p, err = policy.ParseIAMPolicy([]byte(text), opts); err == nil {
			doc = &p.Document
		}
	case ServiceControlPolicies:
		var p *policy.ServiceControlPolicy
		if p, err = policy.ParseServiceControlPolicy([]byte(text), opts); err == nil {
			doc = &p.Document
		}
	case ResourceControlPolicies:
		var p *policy.ResourceControlPolicy
		if p, err = policy.ParseResourceControlPolicy([]byte(text), opts); err == nil {
			doc = &p.Document
		}
	default:
		var p *policy.EndpointPolicy
		if p, err = policy.ParseEndpointPolicy([]byte(text), opts); err == nil {
			doc = &p.Document
		}
	}
	return linted{doc, kind}, err
}

// findings returns what the linter finds in the policy, by the function for its kind.
func (l linted) findings(opts *Options) []Finding {
	switch l.kind {
	case KeyPolicies:
		return KeyPolicy(&policy.KeyPolicy{Document: *l.doc}, opts)
	case IAMPolicies:
		return IAMPolicy(&policy.IAMPolicy{Document: *l.doc}, opts)
	case ServiceControlPolicies:
		return ServiceControlPolicy(&policy.ServiceControlPolicy{Document: *l.doc}, opts)
	case ResourceControlPolicies:
		return ResourceControlPolicy(&policy.ResourceControlPolicy{Document: *l.doc}, opts)
	}
	return EndpointPolicy(&policy.EndpointPolicy{Document: *l.doc}, opts)
}

// brokenEdit tells of the first finding whose edits do not mend it: they cannot be made, or leave as
// many findings of its rule as there were. Of many findings it looks at some.
func (l linted) brokenEdit(opts *Options, findings []Finding) error {
	const many = 50
	for _, f := range findings[:min(len(findings), many)] {
		if len(f.Edits) == 0 {
			continue
		}
		after, err := l.doc.Apply(f.Edits...)
		if err != nil {
			return fmt.Errorf("%v: %w", f, err)
		}
		only := &Options{Key: opts.Key, Select: []string{f.Rule}}
		was, is := l.findings(only), linted{after, l.kind}.findings(only)
		if len(is) >= len(was) && len(was) <= maxFindings {
			return fmt.Errorf("%v\nis still there after %v:\n%v\n%v", f, f.Edits, after, is)
		}
	}
	return nil
}

// brief writes an edit in the order of its fields.
func brief(e policy.Edit) string {
	words := []string{e.Op.String()}
	if e.New != nil {
		added, _ := json.Marshal(e.New)
		return strings.Join(append(words, string(added)), " ")
	}
	words = append(words, strconv.Itoa(e.Statement))
	for _, word := range append([]string{e.Element, e.Under, e.As, e.Operator, e.Key}, e.Values...) {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
