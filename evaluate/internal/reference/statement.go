package reference

import (
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy"
)

// A document is a policy with what the rules need to know of it.
type document struct {
	*policy.Document
	layer evaluate.Layer
	place int // in its list, from 0
}

// resourceBased reports whether the document's statements name principals.
func (d document) resourceBased() bool {
	switch d.layer {
	case evaluate.LayerKeyPolicy, evaluate.LayerRCP, evaluate.LayerVPCEndpointPolicy:
		return true
	}
	return false
}

// name returns the policy's name in entries.
func (d document) name() string {
	switch {
	case d.layer == evaluate.LayerKeyPolicy:
		return "key policy"
	case d.Name() != "":
		return d.Name()
	}
	return fmt.Sprintf("#%d", d.place)
}

// entry returns an entry about a statement.
func (d document) entry(st *policy.Statement, reason evaluate.Reason) Entry {
	return Entry{Layer: d.layer, Reason: reason, Policy: d.name(), Statement: st.Index(), Sid: st.Sid()}
}

// A stage is how far a statement got towards matching the request.
type stage int

const (
	missed    stage = iota
	principal       // the caller matches
	actions         // and the action
	resources       // and the resource
	matched         // and the condition
)

// reach returns how far a statement got. A statement that lacks one of the
// elements that it needs never gets past it (IAM User Guide, "Grammar of the
// IAM JSON policy language").
func (s *situation) reach(d document, st *policy.Statement) stage {
	switch {
	case d.resourceBased() && !s.principalMatches(st):
		return missed
	case !s.actionMatches(st):
		return principal
	case !s.resourceMatches(d, st):
		return actions
	case !s.conditionMatches(d, st):
		return resources
	}
	return matched
}

// matches reports whether all of a statement matches.
func (s *situation) matches(d document, st *policy.Statement) bool { return s.reach(d, st) == matched }

// principalMatches reports whether Principal or NotPrincipal reaches the caller
// in one form or another.
func (s *situation) principalMatches(st *policy.Statement) bool {
	return len(s.forms(st)) > 0
}

// forms returns all forms in which a statement names the caller. NotPrincipal
// names everyone whom it does not spare, like "*".
func (s *situation) forms(st *policy.Statement) []form {
	if !st.HasPrincipal() {
		return nil
	}
	var forms []form
	for p := range st.Principals() {
		if f := s.who.namedBy(p); f != notNamed {
			forms = append(forms, f)
		}
	}
	if !st.IsNotPrincipal() {
		return forms
	}
	if s.spared(st.Effect(), forms) {
		return nil
	}
	return []form{byAnyone}
}

// spared reports whether NotPrincipal spares a caller whom it lists in these
// forms. With Allow one form is enough. With Deny the account, for a session
// the role, and the caller itself must all be listed, and a caller with a
// permissions boundary is never spared (IAM User Guide, "AWS JSON policy
// elements: NotPrincipal").
func (s *situation) spared(effect policy.Effect, forms []form) bool {
	if effect == policy.Allow {
		return len(forms) > 0
	}
	if s.caller.PermissionsBoundary != nil {
		return false
	}
	var account, itsRole, itself bool
	for _, f := range forms {
		switch f {
		case byAnyone:
			account, itsRole, itself = true, true, true
		case byAccount:
			account = true
		case byRole:
			itsRole = true
		case byRoot, byUser, bySession, byFederatedUser, byService:
			itself = true
		}
	}
	switch s.who.kind {
	case root, service:
		return itself
	case role: // the name of its session is not known
		return account && itsRole
	case session:
		return account && itsRole && itself
	}
	return account && itself
}

// actionMatches compares Action or NotAction: "*", "*:*" or "kms:" and a name, with
// wildcards and without regard to case.
func (s *situation) actionMatches(st *policy.Statement) bool {
	if !st.HasAction() {
		return false
	}
	listed := false
	for pattern := range st.ActionPatterns() {
		vendor, name, found := strings.Cut(strings.ToLower(pattern), ":")
		stars := func(text string) bool { return text != "" && strings.Trim(text, "*") == "" }
		everything := stars(vendor) && (!found || stars(name))
		ours := vendor == "kms" && wildcard(name, strings.ToLower(s.request.Action.Name()))
		listed = listed || everything || ours
	}
	return listed != st.IsNotAction()
}

// resourceMatches compares Resource or NotResource with the ARN of the key or
// the alias, or with "*". In a key policy "*" means the key itself, which is
// what its ARN matches (AWS KMS Developer Guide, "Key policies").
func (s *situation) resourceMatches(d document, st *policy.Statement) bool {
	if !st.HasResource() {
		return false
	}
	listed := false
	for pattern := range st.Resources() {
		listed = listed || s.resourcePatternMatches(d, pattern)
	}
	return listed != st.IsNotResource()
}

// resourcePatternMatches completes the trailing fields that an ARN lacks, then
// matches; wildcards run over colons. Policy variables stand behind the fifth
// colon only, and one without a value keeps the pattern from matching.
func (s *situation) resourcePatternMatches(d document, pattern string) bool {
	if strings.HasPrefix(pattern, "arn:") && len(fields(pattern)) < 6 {
		pattern += ":*"
	}
	head, tail := pattern, ""
	if parts := fields(pattern); len(parts) >= 6 {
		head = strings.Join(parts[:5], ":")
		tail = pattern[len(head):]
	}
	glyphs := plain(head, true)
	expanded, ok := s.expand(d, tail, true)
	return ok && match(append(glyphs, expanded...), s.resource)
}

// fields splits text at the colons that are not within "${" and "}".
func fields(text string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(text); i++ {
		if strings.HasPrefix(text[i:], "${") {
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				i += end
			}
		} else if text[i] == ':' {
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	return append(parts, text[start:])
}

// conditionMatches reports whether every test of the condition holds. A key
// policy and an endpoint policy cannot use the keys that are effective in IAM
// policies only: a condition with one is never satisfied there (AWS KMS
// Developer Guide, "AWS KMS condition keys").
func (s *situation) conditionMatches(d document, st *policy.Statement) bool {
	for test := range st.Condition().Tests() {
		if s.unusable(d, test.Key()) || !s.holds(d, test) {
			return false
		}
	}
	return true
}
