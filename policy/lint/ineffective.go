package lint

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

func checkNoPrincipal(p *Pass) {
	for _, s := range p.doc.Statements() {
		if s.NumPrincipals() == 0 && !s.IsNotPrincipal() {
			p.Report(Place{Statement: s, Element: "Principal"}, "a statement without a principal is about nobody", removeStatement(s))
		}
	}
}

func checkNoAction(p *Pass) {
	for _, s := range p.doc.Statements() {
		if isEmptySeq(s.ActionPatterns()) && !s.IsNotAction() {
			p.Report(Place{Statement: s, Element: "Action"}, "a statement without an action is about nothing", removeStatement(s))
		}
	}
}

func checkNoResource(p *Pass) {
	for _, s := range p.doc.Statements() {
		if !isEmptySeq(s.Resources()) || s.IsNotResource() {
			continue
		}
		at, message := Place{Statement: s, Element: "Resource"}, "a statement without a resource is about no key"
		if p.kind != KeyPolicies {
			p.Report(at, message, removeStatement(s))
			continue
		}
		p.Report(at, message+`; in a key policy "*" is the key itself`,
			policy.Edit{Op: policy.AddValues, Statement: s.Index(), Element: "Resource", Values: []string{"*"}})
	}
}

// isEmptySeq reports whether there are no texts.
func isEmptySeq(texts iter.Seq[string]) bool {
	for range texts {
		return false
	}
	return true
}

func checkOtherResource(p *Pass) {
	for s := range p.Statements() {
		if isEmptySeq(s.Resources()) || p.coversKey(s) {
			continue
		}
		message, edit := "the statement never matches, since its NotResource leaves out this key", removeStatement(s)
		if !s.IsNotResource() {
			message = `the statement never matches, since its Resource does not cover this key; "*" does`
			edit = policy.Edit{Op: policy.ReplaceElement, Statement: s.Index(), Element: "Resource", As: "Resource", Values: []string{"*"}}
		}
		p.Report(Place{Statement: s, Element: "Resource"}, message, edit)
	}
}

// onAliases are the actions that are authorized on aliases, and on keys as well.
var onAliases = actionsThat(func(info action.Info) bool { return info.Resource == action.ResourceAliasAndKey })

// onKeys are the actions that are authorized on keys alone.
var onKeys = actionsThat(func(info action.Info) bool { return info.Resource == action.ResourceKey })

func checkAliasResource(p *Pass) {
	for s := range p.Statements() {
		if s.IsNotResource() || s.Actions().Len() == 0 || slices.ContainsFunc(slices.Collect(s.Resources()), couldBeKey) {
			continue
		}
		uses := s.Actions().Intersect(onKeys)
		for i, pattern := range slices.Collect(s.Resources()) {
			if !isAlias(pattern) || uses.Len() == 0 {
				continue
			}
			p.Report(Place{Statement: s, Element: "Resource", Value: i + 1},
				fmt.Sprintf("the ARN of an alias never covers %s, for which the key's own ARN counts", some(uses)), byAlias(s, pattern)...)
			break
		}
	}
}

// byAlias returns the edits that allow by the key's aliases what a statement was meant to, none if
// it has other resources or conditions on aliases already.
func byAlias(s *policy.Statement, pattern string) []policy.Edit {
	const key = "kms:ResourceAliases"
	before, name, _ := strings.Cut(pattern, ":alias/")
	operator := "ForAnyValue:StringEquals"
	if strings.ContainsAny(name, "*?") {
		operator = "ForAnyValue:StringLike"
	}
	condition := addTest(s, operator, key, "alias/"+name)
	if len(slices.Collect(s.Resources())) > 1 || len(condition) == 0 || s.Actions().Intersect(onAliases).Len() > 0 {
		return nil
	}
	resource := policy.Edit{Op: policy.ReplaceElement, Statement: s.Index(), Element: "Resource", As: "Resource", Values: []string{before + ":key/*"}}
	return append([]policy.Edit{resource}, condition...)
}

func checkUnknownAction(p *Pass) {
	for s := range p.Statements() {
		element := "Action"
		if s.IsNotAction() {
			element = "NotAction"
		}
		for i, pattern := range slices.Collect(s.ActionPatterns()) {
			isForeign := !isKMSAction(pattern)
			if p.full() || action.Match(pattern).Len() > 0 || isForeign && p.kind != KeyPolicies {
				continue
			}
			meant, ok := meantAction(pattern)
			message := fmt.Sprintf("KMS has no action %s", quote(pattern))
			if isForeign && !ok {
				message = fmt.Sprintf("%s is no action of KMS, so a key policy does nothing with it", quote(pattern))
			}
			var edits []policy.Edit
			if ok {
				edits = replaceValue(s, element, pattern, meant)
			}
			p.Report(Place{Statement: s, Element: "Action", Value: i + 1}, message+didYouMean(meant, ok), edits...)
		}
	}
}

// meantAction returns the action, or the pattern of actions, that was probably meant by a text
// that covers none.
func meantAction(text string) (string, bool) {
	text = strings.Join(strings.Fields(text), "")
	switch prefix, _, found := strings.Cut(text, ":"); {
	case !found:
		text = "kms:" + text
	case nearest.Distance(prefix, "kms", 1) > 1:
		return "", false // an action of another service
	}
	if action.Match(text).Len() > 0 {
		return text, text != "kms:*"
	}
	// The beginning of a name, without the asterisk that it needs.
	const shortest = len("kms:Get")
	if all := action.Match(text + "*"); len(text) >= shortest && all.Len() > 0 {
		if some := all.Intersect(onKeys); some.Len() == 1 {
			all = some
		}
		if all.Len() == 1 {
			return all.String(), true
		}
		return text + "*", true
	}
	return nearest.Word(text, func(yield func(string) bool) {
		for a := range action.All() {
			if !yield(a.String()) {
				return
			}
		}
	})
}

// An entry is one string of a Principal element, with its place.
type entry struct {
	policy.Principal
	statement *policy.Statement
	index     int
}

// entries yields the principals of the policy that pass a filter.
func (p *Pass) entries(is func(policy.Principal) bool) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for s := range p.Statements() {
			for i := range s.NumPrincipals() {
				if p.full() || is(s.PrincipalAt(i)) && !yield(entry{s.PrincipalAt(i), s, i}) {
					return
				}
			}
		}
	}
}

// reportEntry reports a principal.
func (p *Pass) reportEntry(e entry, message string, edits ...policy.Edit) {
	p.Report(Place{Statement: e.statement, Element: "Principal", Value: e.index + 1}, message, edits...)
}

// removed returns the edit that takes away a principal that nobody can be, and not the same text
// where it is somebody; with the last of them goes the statement. Without the last of a
// NotPrincipal it would say something else.
func (e entry) removed() []policy.Edit {
	for other := range e.statement.Principals() {
		if other != e.Principal {
			return []policy.Edit{{
				Op: policy.RemoveValues, Statement: e.statement.Index(), Element: e.element(), Under: e.Under(), Values: []string{e.String()},
			}}
		}
	}
	if e.statement.IsNotPrincipal() {
		return nil
	}
	return []policy.Edit{removeStatement(e.statement)}
}

// element returns the name of the element that the principal stands in.
func (e entry) element() string {
	if e.statement.IsNotPrincipal() {
		return "NotPrincipal"
	}
	return "Principal"
}

// isWildcard reports whether a principal has wildcards that do not count.
func isWildcard(principal policy.Principal) bool {
	return principal.Kind() == policy.NoOne && strings.ContainsAny(principal.String(), "*?") && !hasPlaceholder(principal.String())
}

func checkWildcardInPrincipal(p *Pass) {
	for e := range p.entries(isWildcard) {
		p.reportEntry(e, fmt.Sprintf("%s names nobody, since a principal takes no wildcards", quote(e.String())), e.byCondition()...)
	}
}

// byCondition returns the edits that name the account of a principal with wildcards instead, and
// put the wildcards into a condition. They are none if the statement has other principals.
func (e entry) byCondition() []policy.Edit {
	const operator, key = "ArnLike", "aws:PrincipalArn"
	parts := strings.SplitN(e.String(), ":", 6)
	if len(parts) < 6 || e.statement.NumPrincipals() > 1 || e.statement.IsNotPrincipal() || hasTest(e.statement, operator, key) {
		return nil
	}
	root, kind := rootARN(parts[1], parts[4]), parts[5]
	isOfAccount := policy.ParsePrincipal(root).Kind() == policy.Account && parts[0] == "arn" && parts[2] == "iam" && parts[3] == ""
	if !isOfAccount || !strings.HasPrefix(kind, "role/") && !strings.HasPrefix(kind, "user/") {
		return nil
	}
	return append(replaceValue(e.statement, "Principal", e.String(), root), addTest(e.statement, operator, key, e.String())...)
}

func checkOrphanedPrincipal(p *Pass) {
	isOrphan := func(principal policy.Principal) bool { return principal.Kind() == policy.UniqueID }
	for e := range p.entries(isOrphan) {
		p.reportEntry(e, fmt.Sprintf("%s is the id of a user or role that was deleted, and a new one of the same name has another", quote(e.String())), e.removed()...)
	}
}

func checkPlaceholderRegion(p *Pass) {
	for e := range p.entries(func(principal policy.Principal) bool { return hasPlaceholder(principal.String()) }) {
		var edits []policy.Edit
		if name := withRegion(e.String(), p.Key().Region); name != "" {
			edits = replaceValue(e.statement, e.element(), e.String(), name)
		}
		p.reportEntry(e, fmt.Sprintf("%s is not the name of a service, but has a placeholder for the Region", quote(e.String())), edits...)
	}
}

func checkUnmatchablePrincipal(p *Pass) {
	isUnmatchable := func(principal policy.Principal) bool {
		return principal.Kind() == policy.NoOne && !isWildcard(principal) && !hasPlaceholder(principal.String())
	}
	for e := range p.entries(isUnmatchable) {
		help := ""
		if policy.ServicePrincipal(e.String()).Kind() == policy.Service {
			help = `; a service stands under "Service"`
		}
		p.reportEntry(e, fmt.Sprintf("no caller of KMS can be %s%s", quote(e.String()), help), e.removed()...)
	}
}
