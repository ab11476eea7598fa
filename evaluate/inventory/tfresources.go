package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// readBlocks reads what has been kept of the document: keys, users, groups and roles first, whose
// policies other resources add to or replace, then the rest in the order of the document.
//
// See the documentation of the AWS provider for Terraform, the resources of KMS and IAM.
func (p *plan) readBlocks() {
	for _, b := range p.prior {
		if !p.changes[b.address] {
			p.addBlock(b)
		}
	}
	p.findAccounts()
	for _, b := range p.blocks {
		switch {
		case b.isData:
		case isKeyType(b.kind):
			p.readKeyBlock(b)
		case isPrincipalType(b.kind):
			p.readPrincipalBlock(b)
		}
	}
	for _, b := range p.blocks {
		if !b.isData {
			p.readBlock(b)
		} else if b.kind == "aws_iam_policy" {
			p.readManagedBlock(b)
		}
		if problems := b.problems(); !b.isData || len(problems) > 0 {
			p.count(problems)
		}
	}
	p.placeStrays()
}

// A stray is a resource that gives something to a key or a principal which the plan does not tell.
type stray struct {
	*block
	kind string // of a principal, or keyKind
}

// keyKind stands beside the kinds of principals.
const keyKind = "key"

// noteStray notes that it is not known to what a resource belongs.
func (p *plan) noteStray(b *block, kind string) { p.strays = append(p.strays, stray{b, kind}) }

// placeStrays leaves open what may have something more. That is everything of the kind that is yet
// to be created: the names and ids of what is there are known.
func (p *plan) placeStrays() {
	for _, s := range p.strays {
		unknown := firstOf(s.problems())
		for _, b := range p.blocks {
			switch {
			case b.isData || !b.isUnknown("arn") || b.arn == (policy.ARN{}):
			case s.kind == keyKind && isKeyType(b.kind):
				k := p.inv.keyAt(b.arn)
				k.properties.unknown = append(k.properties.unknown, unknown...)
			case s.kind == kindsOf[b.kind]:
				of := p.inv.principalAt(idOf(b.arn, s.kind))
				of.details.unknown = append(of.details.unknown, unknown...)
			}
		}
	}
}

// findAccounts finds out in which accounts users, groups and roles are: by their ARNs, or else by
// the one caller's identity that the plan has.
func (p *plan) findAccounts() {
	identities := make(map[string]bool)
	for _, b := range p.blocks {
		b.config = p.configOf(b)
		if b.isData && b.kind == "aws_caller_identity" {
			p.account = b.known("account_id")
			identities[p.account] = true
		}
	}
	if len(identities) > 1 {
		p.account = ""
	}
	for _, b := range p.blocks {
		if b.isData || !isPrincipalType(b.kind) {
			continue
		}
		if arn, err := p.arnOf(b); err == nil {
			p.accounts[kindsOf[b.kind]+"/"+lastPart(arn.Resource)] = arn.Account
		}
	}
}

// readBlock reads a resource, unless it has been read before the others.
func (p *plan) readBlock(b *block) {
	if isKeyType(b.kind) || isPrincipalType(b.kind) {
		return
	}
	switch b.kind {
	case "aws_kms_key_policy":
		p.readKeyPolicyBlock(b)
	case "aws_kms_alias":
		p.readAliasBlock(b)
	case "aws_kms_grant":
		p.readGrantBlock(b)
	case "aws_iam_policy":
		p.readManagedBlock(b)
	case "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy":
		p.readInlineBlock(b)
	case "aws_iam_group_membership", "aws_iam_user_group_membership":
		p.readMembershipBlock(b)
	case "aws_iam_policy_attachment":
		p.attach(b, roleKind, "roles")
		p.attach(b, userKind, "users")
		p.attach(b, groupKind, "groups")
	default:
		p.readAttachmentBlock(b)
	}
}

// settle settles the ARN of a resource and files its address under it. Where the ARN is not
// known, that is a fault, and what is asked of the address is not known.
func (p *plan) settle(b *block, as func(arn string) element) (policy.ARN, bool) {
	arn, err := p.arnOf(b)
	if err != nil {
		b.faultUnknown("arn", err)
		p.inv.addElement(b.address, element{unknown: &UnknownError{Name: b.address, Unknown: firstOf(b.problems())}})
		return policy.ARN{}, false
	}
	p.inv.addElement(b.address, as(arn.String()))
	return arn, true
}

// readKeyBlock reads a key.
func (p *plan) readKeyBlock(b *block) {
	properties := p.readKeyProperties(b)
	parsed := part[*policy.KeyPolicy]{source: b.source("Policy")}
	by, isFormer := p.former[former{of: b.known("key_id")}]
	switch {
	case isFormer && !b.expression("policy").Exists():
		b.where("policy").Fault(jsondoc.Code(CodeUnknown), "policy: the plan deletes %s, and does not tell the policy that the key has then", by)
	case b.has("policy"):
		parsed.value = planDocument(p, b, "policy", "", policy.ParseKeyPolicy)
	}
	arn, ok := p.settle(b, func(arn string) element { return element{key: arn} })
	if !ok {
		return
	}
	if err := checkKeyARN(arn); err != nil {
		b.where("arn").Fault(codeBadValue, "%v", err)
		return
	}
	if parsed.value == nil && !b.has("policy") {
		parsed.value = defaultKeyPolicy(arn) // which KMS gives a key that is made without one
	}
	k := p.inv.keyAt(arn)
	p.keys[keyIDOf(arn)] = append(p.keys[keyIDOf(arn)], arn)
	k.tags = part[map[string]string]{value: p.tags(b), source: b.source("Tags")}
	k.properties = partOf(b.node, "ARN", properties)
	if k.policy = parsed; parsed.value == nil {
		k.policy.unknown = k.properties.unknown
	}
}

// readKeyProperties reads what a key is by itself.
func (p *plan) readKeyProperties(b *block) keyProperties {
	var out keyProperties
	c := &out.config
	c.Spec = word(p, b, cmp.Or(b.givenOf("key_spec", "customer_master_key_spec"), "customer_master_key_spec"), evaluate.ParseKeySpec)
	c.Usage = word(p, b, "key_usage", evaluate.ParseKeyUsage)
	c.MultiRegion = b.flag("multi_region", false)
	if c.MultiRegion {
		c.MultiRegionKeyType = evaluate.Primary
	}
	switch {
	case b.has("xks_key_id"):
		c.Origin = evaluate.OriginExternalKeyStore
	case b.has("custom_key_store_id"):
		c.Origin = evaluate.OriginAWSCloudHSM
	case strings.Contains(b.kind, "external"):
		c.Origin = evaluate.OriginExternal
	}
	if strings.Contains(b.kind, "replica") {
		c.MultiRegion, c.MultiRegionKeyType = true, evaluate.Replica
		if b.givenOf("key_spec") == "" {
			out.primary, _ = p.text(b, "primary_key_arn", wantKey) // what is wrong with it leaves the ARN open
		}
	}
	c.State = p.readState(b)
	return out
}

// givenOf returns the first of several attributes that is known, "" if none is.
func (b *block) givenOf(names ...string) string {
	for _, name := range names {
		if _, ok := b.values[name]; ok && !b.isUnknown(name) {
			return name
		}
	}
	return ""
}

// readState reads the state of a key. One for imported key material waits for it until it is
// given. Whether the key is enabled is what a plan changes; key_state is from before it.
func (p *plan) readState(b *block) evaluate.KeyState {
	state, isKnown := evaluate.Enabled, b.givenOf("key_state") != ""
	if isKnown {
		state = word(p, b, "key_state", evaluate.ParseKeyState)
	}
	switch {
	case !isKnown && strings.Contains(b.kind, "external") && !b.has("key_material_base64"):
		return evaluate.PendingImport
	case state != evaluate.Enabled && state != evaluate.Disabled:
		return state
	case b.flag("is_enabled", b.flag("enabled", state == evaluate.Enabled)):
		return evaluate.Enabled
	}
	return evaluate.Disabled
}

// tags returns the tags of a resource, those of the provider's configuration included. Where
// tags_all is known only after apply, it is put together from the two.
//
// See the documentation of the AWS provider for Terraform, "Resource Tagging".
func (p *plan) tags(b *block) map[string]string {
	switch {
	case b.givenOf("tags_all") != "":
		return b.values["tags_all"].TextMap()
	case b.isUnknown("tags") && b.has("tags"):
		b.faultUnknown("tags", errAfterApply)
		return nil
	}
	var tags map[string]string
	if b.isUnknown("tags_all") {
		tags = p.defaultTags(b)
	}
	if b.givenOf("tags") == "" {
		return tags
	}
	own := b.values["tags"].TextMap()
	if tags == nil {
		return own
	}
	maps.Copy(tags, own)
	return tags
}

// defaultTags returns the tags that the configuration of a resource's provider gives to all
// resources.
func (p *plan) defaultTags(b *block) map[string]string {
	var tags map[string]string
	for _, block := range elementsOf(p.providerOf(b).Get("expressions.default_tags")) {
		expression := block.Get("tags")
		constant := expression.Get("constant_value")
		switch {
		case !expression.Exists():
		case !constant.IsObject():
			b.faultUnknown("tags_all", fmt.Errorf("the default_tags of provider %s are known only after apply", b.config.provider))
		default:
			constant.ForEach(func(key, value gjson.Result) bool {
				put(&tags, key.Str, plainText(value))
				return true
			})
		}
	}
	return tags
}

// readKeyPolicyBlock reads the policy of a key, which takes the place of the key's own.
func (p *plan) readKeyPolicyBlock(b *block) {
	arn, ok := p.namedKey(b, "key_id")
	parsed := planDocument(p, b, "policy", "", policy.ParseKeyPolicy)
	if !ok {
		p.noteStray(b, keyKind)
		return
	}
	p.inv.keyAt(arn).policy = partOf(b.node, "Policy", parsed)
}

// namedKey returns the ARN of the key that an attribute names.
func (p *plan) namedKey(b *block, attribute string) (policy.ARN, bool) {
	text, ok := p.required(b, attribute, wantKey)
	if !ok {
		return policy.ARN{}, false
	}
	arn, err := p.keyARN(b, text)
	if err != nil {
		b.faultUnknown(attribute, err)
		return policy.ARN{}, false
	}
	return arn, true
}

// readAliasBlock reads an alias.
func (p *plan) readAliasBlock(b *block) {
	target, ok := p.aliasTarget(b)
	arn, settled := p.settle(b, func(arn string) element { return element{alias: arn} })
	switch {
	case !settled:
	case checkAliasARN(arn) != nil:
		b.where("arn").Fault(codeBadValue, "%v", checkAliasARN(arn))
	case !ok:
		p.inv.addElement(b.address, element{unknown: &UnknownError{Name: b.address, Unknown: firstOf(b.problems())}})
	default:
		p.inv.addAlias(arn, part[string]{value: target.String(), source: b.source("Aliases")})
	}
}

// aliasTarget returns the key of an alias. Where it changes, target_key_arn is known only after
// apply.
func (p *plan) aliasTarget(b *block) (policy.ARN, bool) {
	if b.givenOf("target_key_arn") != "" {
		return p.namedKey(b, "target_key_arn")
	}
	return p.namedKey(b, "target_key_id")
}

// readGrantBlock reads a grant. One that is yet to be made has its address for an id.
func (p *plan) readGrantBlock(b *block) {
	arn, ok := p.namedKey(b, "key_id")
	grantee, hasGrantee := p.required(b, "grantee_principal", wantARN)
	if !ok {
		p.noteStray(b, keyKind)
		return
	}
	fields := []string{`"GrantId": ` + jsonText(cmp.Or(b.known("grant_id"), b.address))}
	add := func(name, text string) {
		if text != "" {
			fields = append(fields, jsonText(name)+": "+jsonText(text))
		}
	}
	add("Name", b.known("name"))
	add("GranteePrincipal", grantee)
	add("Token", b.known("grant_token"))
	if b.has("retiring_principal") {
		retiring, _ := p.required(b, "retiring_principal", wantARN)
		add("RetiringPrincipal", retiring)
	}
	fields = append(fields, `"Operations": `+cmp.Or(b.rawOf("operations"), "[]"))
	if constraints := grantConstraints(b.rawOf("constraints")); constraints != "" {
		fields = append(fields, `"Constraints": `+constraints)
	}
	for _, name := range []string{"operations", "constraints"} {
		if b.isUnknown(name) {
			b.faultUnknown(name, errAfterApply)
		}
	}
	var g grants.Grant
	if hasGrantee {
		var err error
		g, err = grants.ParseGrant([]byte("{"+strings.Join(fields, ", ")+"}"), nil)
		docerrors.Add(b.root, relocated(err, b.at, ""))
	}
	g.Position = b.at
	p.inv.keyAt(arn).grants.set(cmp.Or(g.ID, b.address), partOf(b.node, "Grants", g))
}

// known returns the text of an attribute that is known, "" if there is none.
func (b *block) known(name string) string {
	v, ok := b.values[name]
	if !ok || b.isUnknown(name) || v.Kind() != jsondoc.String {
		return ""
	}
	text, _ := v.Text()
	return text
}

// rawOf returns the JSON of an attribute, "" if it is not given.
func (b *block) rawOf(name string) string {
	v, ok := b.values[name]
	if !ok {
		return ""
	}
	return v.Raw()
}

// grantConstraints turns the constraints of a resource into those of list-grants.
func grantConstraints(raw string) string {
	var fields []string
	for _, block := range elementsOf(gjson.Parse(raw)) {
		for _, names := range [][2]string{{"encryption_context_equals", "EncryptionContextEquals"}, {"encryption_context_subset", "EncryptionContextSubset"}} {
			if v := block.Get(names[0]); v.IsObject() && v.Raw != "{}" {
				fields = append(fields, jsonText(names[1])+": "+v.Raw)
			}
		}
	}
	if len(fields) == 0 {
		return ""
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

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
