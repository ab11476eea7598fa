package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// resourceReaders read the resources of a template by type.
//
// See AWS CloudFormation Template Reference, "AWS KMS resource types" and "IAM resource types".
var resourceReaders = map[string]func(t *template, res *resource){
	"AWS::KMS::Key":                 (*template).readStackKey,
	"AWS::KMS::ReplicaKey":          (*template).readStackKey,
	"AWS::KMS::Alias":               (*template).readStackAlias,
	"AWS::IAM::Role":                (*template).readStackPrincipal,
	"AWS::IAM::User":                (*template).readStackPrincipal,
	"AWS::IAM::Group":               (*template).readStackPrincipal,
	"AWS::IAM::ManagedPolicy":       (*template).readStackManagedPolicy,
	"AWS::IAM::Policy":              (*template).readStackPolicy,
	"AWS::IAM::RolePolicy":          (*template).readStackPolicy,
	"AWS::IAM::UserPolicy":          (*template).readStackPolicy,
	"AWS::IAM::GroupPolicy":         (*template).readStackPolicy,
	"AWS::IAM::UserToGroupAddition": (*template).readStackMembers,
}

// namings say which property names a resource, and what stands before the name in its ARN.
var namings = map[string]struct{ property, arn string }{
	"AWS::IAM::Role":          {"RoleName", roleKind},
	"AWS::IAM::User":          {"UserName", userKind},
	"AWS::IAM::Group":         {"GroupName", groupKind},
	"AWS::IAM::ManagedPolicy": {"ManagedPolicyName", "policy"},
	"AWS::KMS::Alias":         {"AliasName", ""},
}

// errNoPlaceholder is why most attributes of resources cannot be resolved.
var errNoPlaceholder = errors.New("it is known only when the stack has been created")

// attribute returns what Ref or, with an attribute's name, Fn::GetAtt gives for a resource.
func (t *template) attribute(res *resource, name string) (resolved, error) {
	_, isNamed := namings[res.kind]
	isKey := res.kind == "AWS::KMS::Key" || res.kind == "AWS::KMS::ReplicaKey"
	isPolicy := res.kind == "AWS::IAM::ManagedPolicy"
	text, err := "", fmt.Errorf("%s: %w", strings.TrimSuffix(res.id+"."+name, "."), errNoPlaceholder)
	switch {
	case isKey && name == "Arn", isPolicy && (name == "" || name == "PolicyArn"), isNamed && name == "Arn" && res.kind != "AWS::KMS::Alias":
		text, err = t.arnOf(res)
	case isKey && (name == "" || name == "KeyId"), isNamed && name == "" && !isPolicy:
		text, err = t.nameOf(res)
	}
	if err != nil {
		return resolved{}, err
	}
	return t.spend(text)
}

// nameOf returns the name of a resource, or the key id of a key.
func (t *template) nameOf(res *resource) (string, error) {
	return res.name.of(t, "the name of "+res.id, func() (string, error) {
		name, err := t.newName(res)
		if err == nil && len(name) > maxName {
			return "", fmt.Errorf("the name of %s has more than %d bytes", res.id, maxName)
		}
		return name, err
	})
}

// maxName bounds the names of resources, which other names may be made of.
const maxName = 1024

// newName works out the name of a resource. Where the stack is to make one up, it is the logical
// id.
func (t *template) newName(res *resource) (string, error) {
	properties := gjson.Parse(res.properties.Raw())
	switch res.kind {
	case "AWS::KMS::ReplicaKey":
		primary, err := t.resolve(properties.Get("PrimaryKeyArn"))
		return primary.text[strings.LastIndexByte(primary.text, '/')+1:], err
	case "AWS::KMS::Key":
		multiRegion := properties.Get("MultiRegion")
		if !multiRegion.Exists() {
			return res.id, nil
		}
		r, err := t.resolve(multiRegion)
		if strings.EqualFold(r.text, "true") {
			return "mrk-" + res.id, nil // as the ids of multi-Region keys start
		}
		return res.id, err
	}
	given := properties.Get(namings[res.kind].property)
	if !given.Exists() {
		return res.id, nil
	}
	r, err := t.resolve(given)
	if err == errNoValue {
		return res.id, nil
	}
	return r.text, err
}

// arnOf returns the ARN of a resource.
func (t *template) arnOf(res *resource) (string, error) {
	return res.arn.of(t, "the ARN of "+res.id, func() (string, error) {
		name, err := t.nameOf(res)
		if err != nil {
			return "", err
		}
		switch kind := namings[res.kind].arn; {
		case res.kind == "AWS::KMS::Alias":
			return t.stackARN("kms", name)
		case kind == "":
			return t.stackARN("kms", "key/"+name)
		default:
			path, err := t.pathOf(res)
			if err != nil {
				return "", err
			}
			return t.stackARN("iam", kind+path+name)
		}
	})
}

// pathOf returns the path of a user, group, role or managed policy.
func (t *template) pathOf(res *resource) (string, error) {
	given := gjson.Parse(res.properties.Raw()).Get("Path")
	if !given.Exists() {
		return "/", nil
	}
	r, err := t.resolve(given)
	if err == errNoValue {
		return "/", nil
	}
	return cmp.Or(r.text, "/"), err
}

// place returns the ARN of a resource and files its logical id under it. Where the ARN is not
// known, that is a fault, and what is asked of the logical id is not known.
func (t *template) place(res *resource, as func(arn string) element) (policy.ARN, bool) {
	text, err := t.arnOf(res)
	var arn policy.ARN
	if err == nil {
		arn, err = policy.ParseARN(text)
	}
	if err != nil {
		unknown(res.root, err)
		t.inv.addElement(res.id, element{unknown: &UnknownError{Name: res.id, Unknown: firstOf(res.problems())}})
		return policy.ARN{}, false
	}
	t.inv.addElement(res.id, as(text))
	return arn, true
}

var stackKeyShape = jsondoc.Shape{
	Noun: "property", Names: []string{"KeyPolicy", "KeySpec", "KeyUsage", "MultiRegion", "Origin", "Enabled", "Tags"}, Open: true, Slips: true,
}

// readStackKey reads a key or a replica key.
func (t *template) readStackKey(res *resource) {
	properties, document := t.readStackProperties(res)
	var p *policy.KeyPolicy
	if document.Kind() != jsondoc.None {
		p = stackDocument(t, res, document, "KeyPolicy", "", policy.ParseKeyPolicy)
	}
	arn, ok := t.place(res, func(arn string) element { return element{key: arn} })
	if !ok {
		return
	}
	k := t.inv.keyAt(arn)
	k.tags = part[map[string]string]{value: properties.config.Tags, source: res.source("Tags")}
	properties.config.Tags = nil
	k.properties = partOf(res.node, "ARN", properties)
	k.policy = part[*policy.KeyPolicy]{value: p, source: res.source("Policy")}
	switch {
	case document.Kind() == jsondoc.None:
		k.policy.value = defaultKeyPolicy(arn)
	case p == nil:
		k.policy.unknown = k.properties.unknown
	default:
		k.policy.source = res.sourceAt(document, "Properties.KeyPolicy", "Policy")
	}
}

// readStackProperties reads what a key is by itself, and finds its policy. A key that is made for
// imported key material has none yet.
func (t *template) readStackProperties(res *resource) (properties keyProperties, document jsondoc.Value) {
	c := &properties.config
	if res.kind == "AWS::KMS::ReplicaKey" {
		c.MultiRegion, c.MultiRegionKeyType = true, evaluate.Replica
		properties.primary = t.primaryOf(res)
	}
	t.property(res, &stackKeyShape, func(name string, v jsondoc.Value) {
		switch name {
		case "KeyPolicy":
			document = v
		case "KeySpec":
			c.Spec = stackWord(t, v, evaluate.ParseKeySpec)
		case "KeyUsage":
			c.Usage = stackWord(t, v, evaluate.ParseKeyUsage)
		case "Origin":
			if c.Origin = stackWord(t, v, evaluate.ParseOrigin); c.Origin == evaluate.OriginExternal {
				c.State = evaluate.PendingImport
			}
		case "MultiRegion":
			if c.MultiRegion = t.flag(v); c.MultiRegion {
				c.MultiRegionKeyType = evaluate.Primary
			}
		case "Enabled":
			if !t.flag(v) && c.State == evaluate.Enabled {
				c.State = evaluate.Disabled
			}
		case "Tags":
			c.Tags = t.tags(v)
		}
	})
	return properties, document
}

// primaryOf returns the ARN of the primary key of a replica, which is in another Region.
func (t *template) primaryOf(res *resource) string {
	r, err := t.resolve(gjson.Parse(res.properties.Raw()).Get("PrimaryKeyArn"))
	arn, parseErr := policy.ParseARN(r.text)
	switch {
	case err != nil:
		unknown(res.root, err)
	case parseErr != nil || checkKeyARN(arn) != nil:
		res.root.Fault(codeBadValue, "found %q, expected the ARN of the primary key", r.text)
	case arn.Region == t.opts.Region:
		res.root.Fault(codeContradiction, "the primary key %s is in the same Region as its replica", arn)
	}
	return r.text
}

// stackWord reads a word of a closed set.
func stackWord[T any](t *template, v jsondoc.Value, parse func(word string) (T, error)) T {
	var word T
	text, ok := t.text(v)
	if !ok {
		return word
	}
	word, err := parse(text)
	if err != nil {
		v.Fault(codeBadValue, "%v", err)
	}
	return word
}

// defaultPolicyFile stands for the file of a policy that no source has.
const defaultPolicyFile = "default key policy"

// defaultKeyPolicy returns the policy that KMS gives a key that is created without one: it
// delegates to the key's account.
//
// See AWS KMS Developer Guide, "Default key policy".
func defaultKeyPolicy(key policy.ARN) *policy.KeyPolicy {
	root := policy.ARN{Partition: key.Partition, Service: "iam", Account: key.Account, Resource: "root"}
	text := `{"Version": "2012-10-17", "Id": "key-default-1", "Statement": [{"Sid": "Enable IAM User Permissions", "Effect": "Allow", ` +
		`"Principal": {"AWS": ` + jsonText(root.String()) + `}, "Action": "kms:*", "Resource": "*"}]}`
	return must(policy.ParseKeyPolicy([]byte(text), &policy.ParseOptions{File: defaultPolicyFile}))
}

var stackAliasShape = jsondoc.Shape{Noun: "property", Names: []string{"AliasName", "TargetKeyId"}, Required: []string{"AliasName", "TargetKeyId"}, Open: true, Slips: true}

// readStackAlias reads an alias.
func (t *template) readStackAlias(res *resource) {
	var target string
	var at jsondoc.Value
	t.property(res, &stackAliasShape, func(name string, v jsondoc.Value) {
		if name == "TargetKeyId" {
			at = v
			target, _ = t.text(v)
		}
	})
	arn, ok := t.place(res, func(arn string) element { return element{alias: arn} })
	if !ok {
		return
	}
	if err := checkAliasARN(arn); err != nil {
		res.root.Fault(codeBadValue, "%v", err)
		return
	}
	key := keyBehind(arn, target)
	if target != "" && !key.IsValid() {
		at.Fault(codeBadValue, "found %q, expected the id or the ARN of a key", target)
	}
	if problems := res.problems(); len(problems) > 0 {
		t.inv.addElement(res.id, element{unknown: &UnknownError{Name: res.id, Unknown: firstOf(problems)}})
		return
	}
	t.inv.addAlias(arn, part[string]{value: key.String(), source: res.source("Aliases")})
}

var stackPrincipalShape = jsondoc.Shape{
	Noun: "property", Names: []string{"RoleName", "UserName", "GroupName", "Policies", "ManagedPolicyArns", "PermissionsBoundary", "Groups", "Tags"}, Open: true, Slips: true,
}

// readStackPrincipal reads a user, group or role.
func (t *template) readStackPrincipal(res *resource) {
	d := details{}
	var policies, attached, groups jsondoc.Value
	t.property(res, &stackPrincipalShape, func(name string, v jsondoc.Value) {
		switch name {
		case "Policies":
			policies = v
		case "ManagedPolicyArns":
			attached = v
		case "Groups":
			groups = v
		case "PermissionsBoundary":
			d.boundary = t.policyARN(v)
		case "Tags":
			d.tags = t.tags(v)
		}
	})
	arn, ok := t.place(res, func(arn string) element { return element{caller: arn} })
	if !ok {
		return
	}
	kind := namings[res.kind].arn
	if err := checkPrincipalARN(arn, kind); err != nil {
		res.root.Fault(codeBadValue, "%v", err)
		return
	}
	d.arn = arn.String()
	p := t.inv.principalAt(idOf(arn, kind))
	if policies.Kind() != jsondoc.None {
		t.embed(res, policies, p)
	}
	if attached.Kind() != jsondoc.None {
		t.texts(attached, func(text string, at jsondoc.Value) {
			if arn := checkedPolicyARN(text, at); arn != "" {
				p.attached.set(arn, part[string]{value: arn, source: res.source("IAMPolicies")})
			}
		})
	}
	if groups.Kind() != jsondoc.None {
		t.texts(groups, func(text string, _ jsondoc.Value) {
			p.groups.set(text, part[string]{value: text, source: res.source("IAMPolicies")})
		})
	}
	t.inv.describe(p, partOf(res.node, "ARN", d))
}

// policyARN reads the ARN of a managed policy, "" if it is none.
func (t *template) policyARN(v jsondoc.Value) string {
	text, ok := t.text(v)
	if !ok {
		return ""
	}
	return checkedPolicyARN(text, v)
}

// checkedPolicyARN returns text if it is the ARN of a managed policy. Else that is a fault.
func checkedPolicyARN(text string, at jsondoc.Value) string {
	arn, err := policy.ParseARN(text)
	if err == nil {
		err = checkPolicyARN(arn)
	}
	if err != nil {
		at.Fault(codeBadValue, "%v", err)
		return ""
	}
	return text
}

var stackPolicyShape = jsondoc.Shape{
	Noun: "property", Names: []string{"PolicyName", "PolicyDocument", "Roles", "Users", "Groups", "RoleName", "UserName", "GroupName"}, Open: true, Slips: true,
}

// embed reads the inline policies of a user, group or role.
func (t *template) embed(res *resource, v jsondoc.Value, p *principal) {
	t.objects(v, func(i int, element jsondoc.Value) {
		var name string
		var document jsondoc.Value
		element.Fields(&inlinePolicyShape, func(m jsondoc.Member) {
			v, given := t.pick(m.Value)
			switch {
			case !given:
				element.Fault(jsondoc.MissingMember, "property %q is missing", m.Name)
			case m.Name == "PolicyName":
				name, _ = t.text(v)
			default:
				document = v
			}
		})
		if document.Kind() == jsondoc.None {
			return // a fault by now
		}
		path := fmt.Sprintf("Policies[%d]", i)
		if parsed := stackDocument(t, res, document, path+".PolicyDocument", p.id.policyName(name), policy.ParseIAMPolicy); parsed != nil {
			p.inline.set(name, part[*policy.IAMPolicy]{value: parsed, source: res.sourceAt(element, "Properties."+path, "IAMPolicies")})
		}
	})
}

// targetsOf reads the users, groups and roles of a policy.
func (t *template) targetsOf(name string, v jsondoc.Value, visit func(id principalID)) {
	kinds := map[string]string{"Role": roleKind, "User": userKind, "Group": groupKind}
	kind, plural := kinds[strings.TrimSuffix(name, "s")]
	if !plural {
		kind = kinds[strings.TrimSuffix(name, "Name")]
		if text, ok := t.text(v); ok {
			visit(principalID{account: t.opts.Account, kind: kind, name: text})
		}
		return
	}
	t.texts(v, func(text string, _ jsondoc.Value) {
		visit(principalID{account: t.opts.Account, kind: kind, name: text})
	})
}

// readStackPolicy reads a policy that is embedded in users, groups and roles.
func (t *template) readStackPolicy(res *resource) {
	var name string
	var document jsondoc.Value
	var targets []principalID
	t.property(res, &stackPolicyShape, func(property string, v jsondoc.Value) {
		switch property {
		case "PolicyName":
			name, _ = t.text(v)
		case "PolicyDocument":
			document = v
		default:
			t.targetsOf(property, v, func(id principalID) { targets = append(targets, id) })
		}
	})
	if _, err := t.stackARN("iam", "root"); err != nil {
		unknown(res.root, err)
		return
	}
	var parsed *policy.IAMPolicy
	if document.Kind() != jsondoc.None {
		parsed = stackDocument(t, res, document, "PolicyDocument", name, policy.ParseIAMPolicy)
	} else {
		res.root.Fault(jsondoc.MissingMember, "property %q is missing", "PolicyDocument")
	}
	embedded := partOf(res.node, "IAMPolicies", parsed)
	for _, id := range targets {
		t.inv.principalAt(id).inline.set(name, embedded)
	}
}

// readStackManagedPolicy reads a managed policy and attaches it.
func (t *template) readStackManagedPolicy(res *resource) {
	var document jsondoc.Value
	var targets []principalID
	t.property(res, &stackPolicyShape, func(property string, v jsondoc.Value) {
		switch property {
		case "PolicyDocument":
			document = v
		case "Roles", "Users", "Groups":
			t.targetsOf(property, v, func(id principalID) { targets = append(targets, id) })
		}
	})
	arn, ok := t.place(res, func(string) element { return element{} })
	if !ok {
		return
	}
	var parsed *policy.IAMPolicy
	if document.Kind() != jsondoc.None {
		parsed = stackDocument(t, res, document, "PolicyDocument", arn.String(), policy.ParseIAMPolicy)
	} else {
		res.root.Fault(jsondoc.MissingMember, "property %q is missing", "PolicyDocument")
	}
	t.inv.managed.set(arn.String(), partOf(res.node, "IAMPolicies", parsed))
	for _, id := range targets {
		t.inv.principalAt(id).attached.set(arn.String(), part[string]{value: arn.String(), source: res.source("IAMPolicies")})
	}
}

var stackMembersShape = jsondoc.Shape{Noun: "property", Names: []string{"GroupName", "Users"}, Required: []string{"GroupName", "Users"}, Open: true, Slips: true}

// readStackMembers adds users to a group.
func (t *template) readStackMembers(res *resource) {
	var group string
	var users []principalID
	t.property(res, &stackMembersShape, func(name string, v jsondoc.Value) {
		if name == "GroupName" {
			group, _ = t.text(v)
		} else {
			t.targetsOf(name, v, func(id principalID) { users = append(users, id) })
		}
	})
	if _, err := t.stackARN("iam", "root"); err != nil {
		unknown(res.root, err)
		return
	}
	for _, id := range users {
		t.inv.principalAt(id).groups.set(group, partOf(res.node, "IAMPolicies", group))
	}
}
