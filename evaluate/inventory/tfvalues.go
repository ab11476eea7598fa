package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// has reports whether an attribute is given, known or not. One that is unknown counts only if the
// configuration sets it: else the provider makes it up.
func (b *block) has(name string) bool {
	if _, isKnown := b.values[name]; isKnown {
		return true
	}
	return b.isUnknown(name) && (b.config == nil || member(b.config.expressions, name).Exists())
}

// isUnknown reports whether an attribute is unknown, at least in part.
func (b *block) isUnknown(name string) bool {
	_, is := b.unknown[name]
	return is
}

// where returns the value at which to report what is wrong with an attribute.
func (b *block) where(name string) jsondoc.Value {
	if v, ok := b.unknown[name]; ok {
		return v
	}
	if v, ok := b.values[name]; ok {
		return v
	}
	return b.root
}

// faultUnknown reports an attribute that is known only after apply.
func (b *block) faultUnknown(name string, err error) {
	b.where(name).Fault(jsondoc.Code(CodeUnknown), "%s: %s", name, shortened(err.Error()))
}

// expression returns the expression of an attribute in the configuration.
func (b *block) expression(name string) gjson.Result {
	if b.config == nil {
		return gjson.Result{}
	}
	return member(b.config.expressions, name)
}

// text returns the text of an attribute, following its references if it is known only after
// apply. It is "" if the attribute is not given.
func (p *plan) text(b *block, name string, want wanted) (string, error) {
	value, err := p.valueOf(b, name, want, scopeOf(b))
	return value.text, err
}

// valueOf is text for an attribute that something refers to.
func (p *plan) valueOf(b *block, name string, want wanted, s scope) (leaf, error) {
	if !b.isUnknown(name) {
		v, ok := b.values[name]
		if !ok {
			return leaf{known: true}, nil
		}
		if v.Kind() != jsondoc.String {
			return leaf{}, fmt.Errorf("%s.%s is no text", b.address, name)
		}
		text, _ := v.Text()
		return leaf{text: text, known: true}, nil
	}
	leaves, err := p.follow(b.expression(name), scope{module: b.module, index: scopeOf(b).index, depth: s.depth + 1}, want)
	switch {
	case err != nil:
		return leaf{}, err
	case len(leaves) != 1:
		return leaf{}, errors.New("it refers to several values")
	case leaves[0].named: // so that something else makes the value unknown
		return leaf{}, errMade(strings.Join(references(b.expression(name)), " and "), want)
	}
	return leaf{text: leaves[0].text}, nil
}

// required returns the text of an attribute without which a resource is nothing. What is wrong
// with it is reported.
func (p *plan) required(b *block, name string, want wanted) (string, bool) {
	text, err := p.text(b, name, want)
	switch {
	case err != nil:
		b.faultUnknown(name, err)
	case text == "":
		b.root.Fault(jsondoc.MissingMember, "attribute %q is missing", name)
	}
	return text, err == nil && text != ""
}

// word returns a word of a closed set, its zero value if the attribute is not given.
func word[T any](p *plan, b *block, name string, parse func(word string) (T, error)) T {
	var none T
	if !b.has(name) {
		return none
	}
	text, err := p.text(b, name, wantName)
	if err != nil {
		b.faultUnknown(name, err)
		return none
	}
	w, err := parse(text)
	if err != nil {
		b.where(name).Fault(codeBadValue, "%v", err)
		return none
	}
	return w
}

// flag returns a boolean attribute, and standard if it is not given.
func (b *block) flag(name string, standard bool) bool {
	if b.isUnknown(name) {
		if b.has(name) {
			b.faultUnknown(name, errAfterApply)
		}
		return standard
	}
	v, ok := b.values[name]
	if !ok {
		return standard
	}
	is, _ := v.Bool()
	return is
}

// errAfterApply is why an attribute that is no text is not known.
var errAfterApply = errors.New("it is known only after apply")

// attribute returns an attribute of a block that something refers to; without a name it is the
// one that is wanted. Of what is yet to be created, names and ARNs are placeholders.
func (p *plan) attribute(b *block, name string, want wanted, s scope) (leaf, error) {
	if name == "" {
		name = b.mainAttribute(want)
	}
	if _, ok := b.values[name]; ok && !b.isUnknown(name) {
		return p.valueOf(b, name, want, s)
	}
	var text string
	var err error
	switch {
	case !slices.Contains(wantedAttributes[want], name):
		err = errMade(b.address+"."+name, want)
	case b.isData && b.kind == "aws_iam_policy_document" && (name == "json" || name == "minified_json"):
		text, err = p.documentText(b, s)
	case b.isData:
		err = fmt.Errorf("it refers to %s.%s, which is known only after apply", b.address, name)
	case name == "arn", name == "id" && b.kind == "aws_iam_policy":
		text, err = p.arnText(b)
	case want == wantARN && name == "id":
		err = errMade(b.address+"."+name, want)
	case isKeyType(b.kind) && (name == "id" || name == "key_id"):
		text, err = p.arnText(b)
		text = text[strings.LastIndexByte(text, '/')+1:]
	case isPrincipalType(b.kind) && (name == "id" || name == "name"):
		text, err = p.nameOf(b)
	case b.kind == "aws_kms_alias" && name == "id":
		return p.valueOf(b, "name", want, s)
	case b.config != nil && member(b.config.expressions, name).Exists():
		return p.valueOf(b, name, want, s)
	default:
		err = fmt.Errorf("it refers to %s.%s, which is known only after apply", b.address, name)
	}
	return leaf{text: text}, err
}

// wantedAttributes are the attributes that are taken for what is wanted. An expression that refers
// to another one makes something of it that the plan does not tell: a policy from the ARN of a
// role, an ARN from a name.
var wantedAttributes = [...][]string{
	wantARN:      {"arn", "id", "target_key_arn"},
	wantKey:      {"arn", "id", "key_id", "target_key_arn", "target_key_id"},
	wantName:     {"name", "id"},
	wantDocument: {"json", "minified_json", "policy"},
}

// errMade says that an expression makes something of what it refers to.
func errMade(ref string, want wanted) error {
	hint := ""
	if want == wantDocument {
		hint = "; the JSON of a data source aws_iam_policy_document would be rebuilt"
	}
	return fmt.Errorf("what it makes of %s is known only after apply%s", ref, hint)
}

// mainAttribute names the attribute of a block that is wanted where a reference names none.
func (b *block) mainAttribute(want wanted) string {
	switch {
	case want == wantDocument && b.kind == "aws_iam_policy_document":
		return "json"
	case want == wantDocument:
		return "policy"
	case want == wantName:
		return "name"
	}
	return "arn"
}

func isKeyType(kind string) bool {
	switch kind {
	case "aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key":
		return true
	}
	return false
}

func isPrincipalType(kind string) bool {
	return kind == "aws_iam_role" || kind == "aws_iam_user" || kind == "aws_iam_group"
}

// nameOf returns the name of a user, group, role or policy, or a placeholder for one that the
// provider is to make up.
func (p *plan) nameOf(b *block) (string, error) {
	if b.isUnknown("name") && !b.has("name") {
		return placeholder(b.address), nil
	}
	name, err := p.text(b, "name", wantName)
	if name == "" && err == nil {
		name = placeholder(b.address)
	}
	return name, err
}

// placeholder returns an address in characters that are not special in ARNs and patterns.
func placeholder(address string) string {
	var out strings.Builder
	for i := range len(address) {
		switch c := address[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// arnText returns the ARN of a resource.
func (p *plan) arnText(b *block) (string, error) {
	arn, err := p.arnOf(b)
	return arn.String(), err
}

// arnOf returns the ARN of a resource: the one that it has, or else the one that it will have,
// as far as that can be told.
func (p *plan) arnOf(b *block) (policy.ARN, error) {
	if b.arn != (policy.ARN{}) {
		return b.arn, nil
	}
	if b.settling {
		return policy.ARN{}, fmt.Errorf("the ARN of %s refers to itself", b.address)
	}
	b.settling = true
	defer func() { b.settling = false }()
	text, err := p.newARN(b)
	if err != nil {
		return policy.ARN{}, err
	}
	if b.arn, err = policy.ParseARN(text); err != nil {
		return policy.ARN{}, err
	}
	return b.arn, nil
}

// newARN works out the ARN of a resource.
func (p *plan) newARN(b *block) (string, error) {
	if v, ok := b.values["arn"]; ok && !b.isUnknown("arn") {
		text, _ := v.Text()
		return text, nil
	}
	kinds := map[string]string{"aws_iam_role": roleKind, "aws_iam_user": userKind, "aws_iam_group": groupKind, "aws_iam_policy": "policy"}
	kind, isIAM := kinds[b.kind]
	switch {
	case isKeyType(b.kind):
		id, err := p.newKeyID(b)
		if err != nil {
			return "", err
		}
		return p.placeARN(b, "kms", "key/"+id)
	case b.kind == "aws_kms_alias":
		name, err := p.text(b, "name", wantName)
		if err == nil && name == "" {
			err = fmt.Errorf("the name of %s is known only after apply", b.address)
		}
		if err != nil {
			return "", err
		}
		return p.placeARN(b, "kms", name)
	case isIAM:
		name, err := p.nameOf(b)
		if err != nil {
			return "", err
		}
		path, err := p.text(b, "path", wantName)
		if err != nil {
			return "", err
		}
		if path == "" {
			path = "/"
		}
		return p.placeARN(b, "iam", kind+path+name)
	}
	return "", fmt.Errorf("the ARN of %s is known only after apply", b.address)
}

// newKeyID returns the key id of a key yet to be created: a placeholder, or for a replica the id
// of its primary key.
func (p *plan) newKeyID(b *block) (string, error) {
	if strings.HasPrefix(b.kind, "aws_kms_replica") {
		primary, err := p.text(b, "primary_key_arn", wantKey)
		if err == nil && primary == "" {
			err = fmt.Errorf("the primary key of %s is not given", b.address)
		}
		return primary[strings.LastIndexByte(primary, '/')+1:], err
	}
	if b.isUnknown("multi_region") && b.has("multi_region") {
		return "", fmt.Errorf("whether %s is a multi-Region key is known only after apply", b.address)
	}
	if v, ok := b.values["multi_region"]; ok && v.Raw() == "true" {
		return "mrk-" + placeholder(b.address), nil // as the ids of multi-Region keys start
	}
	return placeholder(b.address), nil
}

// placeARN returns the ARN of a resource in the account and Region in which it is to be made.
func (p *plan) placeARN(b *block, service, resource string) (string, error) {
	opts := p.opts
	if opts.Account = p.accountOf(b); !isAccountID(opts.Account) {
		return "", errors.New("the account is known only after apply: it is for Options.Account to give")
	}
	region, err := p.regionOf(b)
	switch {
	case err == nil:
		opts.Region = region
	case service != "iam":
		return "", err
	}
	return opts.arn(service, resource).String(), nil
}

// accountOf returns the account in which a resource is made: that of the role which its provider
// assumes, the one that the options give, or that of the caller's identity.
func (p *plan) accountOf(b *block) string {
	role, _ := policy.ParseARN(p.providerText(b, "expressions.assume_role.0.role_arn"))
	return cmp.Or(role.Account, p.opts.Account, p.account)
}

// regionOf returns the Region in which a resource is made: its own, that of its provider's
// configuration, or the one that the options give.
func (p *plan) regionOf(b *block) (string, error) {
	if own, err := p.text(b, "region", wantName); err == nil && own != "" {
		return own, nil
	}
	if region := p.providerText(b, "expressions.region"); region != "" {
		return region, nil
	}
	if provider := p.providerOf(b); provider.Get("alias").Exists() && provider.Get("expressions.region").Exists() {
		return "", fmt.Errorf("the Region of provider %s is not in the plan", b.config.provider)
	}
	if p.opts.Region == "" {
		return "", errors.New("the Region is known only after apply: it is for Options.Region to give")
	}
	return p.opts.Region, nil
}

// providerOf returns the configuration of a resource's provider.
func (p *plan) providerOf(b *block) gjson.Result {
	if b.config == nil {
		return gjson.Result{}
	}
	return p.providers[b.config.provider]
}

// providerText returns the text of an argument of a resource's provider, "" if the plan does not
// tell it.
func (p *plan) providerText(b *block, path string) string {
	expression := p.providerOf(b).Get(path)
	if !expression.Exists() {
		return ""
	}
	leaves, err := p.follow(expression, scope{module: moduleOfProvider(b.config.provider)}, wantName)
	if err != nil || len(leaves) != 1 || !leaves[0].known {
		return ""
	}
	return leaves[0].text
}

// moduleOfProvider returns the module of a provider configuration, whose key has it in front.
func moduleOfProvider(key string) string {
	module, _, found := strings.Cut(key, ":")
	if !found {
		return ""
	}
	return module
}

// keyARN returns the ARN of a key that a resource names by its id or its ARN.
func (p *plan) keyARN(b *block, text string) (policy.ARN, error) {
	if arn, err := policy.ParseARN(text); err == nil {
		return arn, checkKeyARN(arn)
	}
	same := p.keys[text]
	if len(same) == 1 {
		return same[0], nil
	}
	if region, err := p.regionOf(b); err == nil {
		if i := slices.IndexFunc(same, func(arn policy.ARN) bool { return arn.Region == region }); i >= 0 {
			return same[i], nil
		}
	}
	placed, err := p.placeARN(b, "kms", "key/"+text)
	if err != nil {
		return policy.ARN{}, err
	}
	return policy.ParseARN(placed)
}
