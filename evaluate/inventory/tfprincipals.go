package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// kindsOf are the kinds of principals by type.
var kindsOf = map[string]string{"aws_iam_role": roleKind, "aws_iam_user": userKind, "aws_iam_group": groupKind}

// readPrincipalBlock reads a user, group or role.
func (p *plan) readPrincipalBlock(b *block) {
	d := details{uniqueID: b.known("unique_id"), tags: p.tags(b)}
	if b.has("permissions_boundary") {
		d.boundary, _ = p.required(b, "permissions_boundary", wantARN)
	}
	arn, ok := p.settle(b, func(arn string) element { return element{caller: arn} })
	if !ok {
		return
	}
	kind := kindsOf[b.kind]
	if err := checkPrincipalARN(arn, kind); err != nil {
		b.where("arn").Fault(codeBadValue, "%v", err)
		return
	}
	d.arn = arn.String()
	principal := p.inv.principalAt(idOf(arn, kind))
	p.readInlineBlocks(b, principal)
	p.readAttachedARNs(b, principal, "managed_policy_arns")
	p.inv.describe(principal, partOf(b.node, "ARN", d))
}

// readInlineBlocks reads the inline_policy blocks of a role.
func (p *plan) readInlineBlocks(b *block, to *principal) {
	if b.isUnknown("inline_policy") && b.has("inline_policy") {
		p.rebuildInlineBlocks(b, to)
		return
	}
	v, ok := b.values["inline_policy"]
	if !ok {
		return
	}
	i := -1
	v.Elements(func(element jsondoc.Value) {
		i++
		var name string
		var text jsondoc.Value
		element.Fields(&inlineBlockShape, func(m jsondoc.Member) {
			switch {
			case m.IsNull():
			case m.Name == "name":
				name, _ = m.Text()
			default:
				text = m.Value
			}
		})
		if p.isFormer(b, "inline_policy", name) {
			return
		}
		document, _ := textOf(text)
		if document == "" && name != "" {
			element.Fault(jsondoc.MissingMember, "attribute %q is missing", "policy")
		}
		if document != "" {
			path := fmt.Sprintf("inline_policy[%d].policy", i)
			if parsed := parseAttribute(p, b, path, document, text, to.id.policyName(name), policy.ParseIAMPolicy); parsed != nil {
				to.inline.set(name, part[*policy.IAMPolicy]{value: parsed, source: b.source("IAMPolicies")})
			}
		}
	})
}

// rebuildInlineBlocks reads inline_policy blocks of which something is known only after apply.
func (p *plan) rebuildInlineBlocks(b *block, to *principal) {
	w := documentWriter{plan: p, scope: scopeOf(b)}
	all := nested{values: alone(b.values, "inline_policy"), unknown: alone(b.unknown, "inline_policy")}
	if b.config != nil {
		all.config = b.config.expressions
	}
	for i, block := range w.nestedBlocks(all, "inline_policy", "blocks", "name") {
		path := fmt.Sprintf("inline_policy[%d]", i)
		name := w.plain(block, "name", path)
		for _, document := range w.documents(block, "policy") {
			if parsed := parseAttribute(p, b, path+".policy", document.Raw, b.where("inline_policy"), to.id.policyName(name), policy.ParseIAMPolicy); parsed != nil {
				to.inline.set(name, part[*policy.IAMPolicy]{value: parsed, source: b.source("IAMPolicies")})
			}
		}
	}
	if len(w.open) > 0 {
		b.faultUnknown("inline_policy", errors.New(strings.Join(w.open, "; ")))
	}
}

// alone returns an object with one attribute of those that are given.
func alone(attributes map[string]jsondoc.Value, name string) gjson.Result {
	v, ok := attributes[name]
	if !ok {
		return gjson.Result{}
	}
	return gjson.Parse("{" + jsonText(name) + ":" + v.Raw() + "}")
}

var inlineBlockShape = jsondoc.Shape{Noun: "attribute", Names: []string{"name", "policy"}, Open: true}

// textOf returns the text of a value that may not be there.
func textOf(v jsondoc.Value) (string, bool) {
	if v.Kind() == jsondoc.None {
		return "", false
	}
	return v.Text()
}

// readAttachedARNs reads a list of managed policies that are attached to a principal.
func (p *plan) readAttachedARNs(b *block, to *principal, attribute string) {
	arns, err := p.list(b, attribute, wantARN)
	if err != nil {
		b.faultUnknown(attribute, err)
	}
	for _, text := range arns {
		if arn := checkedPolicyARN(text, b.where(attribute)); arn != "" && !p.isFormer(b, attribute, arn) {
			to.attached.set(arn, part[string]{value: arn, source: b.source("IAMPolicies")})
		}
	}
}

// list returns the strings of an attribute that is a list, following references as in a policy
// document.
func (p *plan) list(b *block, name string, want wanted) ([]string, error) {
	if !b.has(name) {
		return nil, nil
	}
	var known []string
	if v, ok := b.values[name]; ok {
		for _, text := range elementsOf(gjson.Parse(v.Raw())) {
			if text.Type == gjson.String {
				known = append(known, text.Str)
			}
		}
	}
	if !b.isUnknown(name) {
		return known, nil
	}
	w := documentWriter{plan: p, scope: scopeOf(b)}
	missing := trues(elementsOf(gjson.Parse(b.unknown[name].Raw())))
	found, err := w.unknownTexts(b.expression(name), known, missing, want)
	return append(known, found...), err
}

// readManagedBlock reads a managed policy, of a resource or a data source.
func (p *plan) readManagedBlock(b *block) {
	if b.isData && (b.known("arn") == "" || b.known("policy") == "") {
		return // which is read only during apply
	}
	arn, ok := p.settle(b, func(string) element { return element{} })
	if !ok {
		return
	}
	parsed := planDocument(p, b, "policy", arn.String(), policy.ParseIAMPolicy)
	p.inv.managed.set(arn.String(), partOf(b.node, "IAMPolicies", parsed))
}

// readInlineBlock reads an inline policy of a user, group or role.
func (p *plan) readInlineBlock(b *block) {
	kind := strings.TrimSuffix(strings.TrimPrefix(b.kind, "aws_iam_"), "_policy")
	id, ok := p.namedPrincipal(b, kind, kind)
	name, err := p.nameOf(b)
	if err != nil {
		b.faultUnknown("name", err)
	}
	parsed := planDocument(p, b, "policy", id.policyName(name), policy.ParseIAMPolicy)
	if ok {
		p.inv.principalAt(id).inline.set(name, partOf(b.node, "IAMPolicies", parsed))
	}
}

// namedPrincipal returns the principal that an attribute names, to which the resource belongs.
func (p *plan) namedPrincipal(b *block, attribute, kind string) (id principalID, ok bool) {
	name, ok := p.required(b, attribute, wantName)
	if ok {
		id, ok = p.principalNamed(b, kind, name)
	}
	if !ok {
		p.noteStray(b, kind)
	}
	return id, ok
}

// principalNamed returns the principal with this name, in the account of the plan's own principal
// of that name, or else of the plan.
func (p *plan) principalNamed(b *block, kind, name string) (principalID, bool) {
	account := cmp.Or(p.accounts[kind+"/"+lastPart(name)], p.accountOf(b))
	if !isAccountID(account) {
		b.root.Fault(jsondoc.Code(CodeUnknown), "the account of %s %q is not in the plan: it is for Options.Account to give", kind, name)
		return principalID{}, false
	}
	return principalID{account: account, kind: kind, name: lastPart(name)}, true
}

// readAttachmentBlock attaches a managed policy to a user, group or role, or all policies of a
// list.
func (p *plan) readAttachmentBlock(b *block) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(b.kind, "aws_iam_"), "_")
	if strings.HasSuffix(b.kind, "_exclusive") {
		if id, ok := p.namedPrincipal(b, kind+"_name", kind); ok {
			p.readAttachedARNs(b, p.inv.principalAt(id), "policy_arns")
		}
		return
	}
	p.attach(b, kind, kind)
}

// attach attaches a managed policy to the principals that an attribute names. Where the policy is
// not known, the principals have one that is not.
func (p *plan) attach(b *block, kind, attribute string) {
	var names []string
	if attribute == kind {
		name, ok := p.required(b, attribute, wantName)
		if !ok {
			p.noteStray(b, kind)
			return
		}
		names = []string{name}
	} else {
		var err error
		if names, err = p.list(b, attribute, wantName); err != nil {
			b.faultUnknown(attribute, err)
			p.noteStray(b, kind)
		}
	}
	if len(names) == 0 {
		return
	}
	arn, ok := p.required(b, "policy_arn", wantARN)
	if ok {
		arn = checkedPolicyARN(arn, b.where("policy_arn"))
	}
	attached := partOf(b.node, "IAMPolicies", arn)
	for _, name := range names {
		if id, ok := p.principalNamed(b, kind, name); ok {
			p.inv.principalAt(id).attached.set(cmp.Or(arn, b.address), attached)
		}
	}
}

// readMembershipBlock makes users members of a group, or a user of groups.
func (p *plan) readMembershipBlock(b *block) {
	if b.kind == "aws_iam_group_membership" {
		p.readMembers(b)
		return
	}
	user, ok := p.required(b, "user", wantName)
	groups, err := p.list(b, "groups", wantName)
	if err != nil {
		b.faultUnknown("groups", err)
	}
	if !ok {
		p.noteStray(b, userKind)
		return
	}
	for _, group := range groups {
		p.joinGroup(b, user, part[string]{value: group, source: b.source("IAMPolicies")})
	}
	if err != nil {
		p.joinGroup(b, user, partOf(b.node, "IAMPolicies", ""))
	}
}

// readMembers makes users members of a group. Where the group is not known, they have one that is
// not.
func (p *plan) readMembers(b *block) {
	group, ok := p.required(b, "group", wantName)
	of := part[string]{value: group, source: b.source("IAMPolicies")}
	if !ok {
		of = partOf(b.node, "IAMPolicies", "")
	}
	users, err := p.list(b, "users", wantName)
	if err != nil {
		b.faultUnknown("users", err)
		p.noteStray(b, userKind)
	}
	for _, user := range users {
		p.joinGroup(b, user, of)
	}
}

// joinGroup makes a user a member of a group.
func (p *plan) joinGroup(b *block, user string, group part[string]) {
	if id, ok := p.principalNamed(b, userKind, user); ok {
		p.inv.principalAt(id).groups.set(cmp.Or(group.value, b.address), group)
	}
}
