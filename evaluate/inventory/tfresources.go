package inventory

import (
	"cmp"
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
