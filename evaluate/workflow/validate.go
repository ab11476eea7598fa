package workflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// maxSteps bounds the cost of a row of the user's own.
const maxSteps = 100

// validate checks that a row means something.
func (w *Workflow) validate() error {
	f := faults{config: "Workflow"}
	if w.Name == "" {
		f.addf("Name", "missing")
	}
	if len(w.Steps) == 0 || len(w.Steps) > maxSteps {
		f.addf("Steps", "found %d, expected 1 to %d", len(w.Steps), maxSteps)
		return f.err()
	}
	for i := range w.Needs {
		w.validateNeed(&f, i)
	}
	w.validatePair(&f, "SameAccount", w.SameAccount)
	w.validatePair(&f, "OtherAccount", w.OtherAccount)
	for i := range w.Steps {
		w.validateStep(&f, fmt.Sprintf("Steps[%d].", i), &w.Steps[i])
	}
	return f.err()
}

// validatePair checks two parties of whose accounts something is said.
func (w *Workflow) validatePair(f *faults, field string, pair [2]Party) {
	for i, party := range pair {
		if pair != ([2]Party{}) && w.need(party) == nil {
			f.addf(fmt.Sprintf("%s[%d]", field, i), "%q is not among the Needs", party)
		}
	}
}

// validateNeed checks Needs[i].
func (w *Workflow) validateNeed(f *faults, i int) {
	need, field := &w.Needs[i], fmt.Sprintf("Needs[%d].", i)
	switch {
	case !slices.Contains(parties[:], need.Party):
		f.addf(field+"Party", "found %q, expected one of %q%s", need.Party, parties, didYouMean(need.Party, slices.Values(parties[:])))
	case w.need(need.Party) != need:
		f.addf(field+"Party", "%s stands there twice", need.Party)
	case need.Form != "" && (strings.Count(need.Form, ":") < 5 || !strings.HasPrefix(need.Form, "arn:")):
		f.addf(field+"Form", "found %q, expected the form of an ARN", need.Form)
	}
}

// validateStep checks a step.
func (w *Workflow) validateStep(f *faults, field string, s *Step) {
	if !s.Action.IsValid() {
		f.addf(field+"Action", "missing")
	}
	if s.Caller == "" {
		f.addf(field+"Caller", "missing")
	}
	switch {
	case s.Key != "" && s.Key != Key && s.Key != SourceKey:
		f.addf(field+"Key", "found %q, expected Key or SourceKey%s", s.Key, didYouMean(s.Key, slices.Values(parties[:2])))
	case s.Key != "" && w.need(s.Key) == nil:
		f.addf(field+"Key", "%s is not among the Needs", s.Key)
	case s.NewKey && s.Key != Key:
		f.addf(field+"NewKey", "only Key can be a key that is being made")
	}
	if s.Grant != nil && (s.Action != action.CreateGrant || s.Key == "") {
		f.addf(field+"Grant", "only CreateGrant on a key makes one")
	}
	if s.Grant != nil && s.Grant.Grantee == "" {
		f.addf(field+"Grant.Grantee", "missing")
	}
	for template := range s.templates() {
		w.validateTemplate(f, field, template)
	}
}

// templates yields the texts of the step that may have placeholders.
func (s *Step) templates() func(yield func(string) bool) {
	list := []string{s.Caller, s.Alias, s.Region, s.ViaService, s.SourceARN}
	add := func(pairs map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(pairs)) {
			list = append(list, pairs[name])
		}
	}
	add(s.EncryptionContext)
	for _, key := range slices.Sorted(maps.Keys(s.Context)) {
		list = append(list, s.Context[key]...)
	}
	if s.Grant != nil {
		list = append(list, s.Grant.Grantee)
		add(s.Grant.EncryptionContextEquals)
		add(s.Grant.EncryptionContextSubset)
	}
	return slices.Values(list)
}

// validateTemplate checks that the placeholders of a text tell of parties that
// the workflow needs.
func (w *Workflow) validateTemplate(f *faults, field, template string) {
	for {
		_, name, after, found := cutPlaceholder(template)
		if !found {
			return
		}
		party, known := placeholders[name]
		switch {
		case !known:
			f.addf(strings.TrimSuffix(field, "."), "unknown placeholder {%s} in %q%s", name, template,
				didYouMean(name, slices.Values(slices.Sorted(maps.Keys(placeholders)))))
		case party != "" && w.need(party) == nil:
			f.addf(strings.TrimSuffix(field, "."), "{%s} in %q: %s is not among the Needs", name, template, party)
		}
		template = after
	}
}
