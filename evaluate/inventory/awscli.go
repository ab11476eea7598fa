package inventory

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// outputs reads the outputs of a CLI command of which several may follow each other in a stream.
func (r *reading) outputs(read func(n *node)) error {
	return r.scan.Values(func(i int) error { return r.take(outputPath(i), read) })
}

// outputPath names an output in a stream: the first needs no name.
func outputPath(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprintf("[%d]", i)
}

// listing reads the elements of the listings that a CLI command prints: each an object that has
// a list of this name, or the list alone.
func (r *reading) listing(name string, read func(n *node)) error {
	return r.scan.Values(func(i int) error {
		path, at := outputPath(i), r.scan.Place()
		if r.scan.Kind() == jsondoc.List {
			return r.list(path, read)
		}
		found := false
		err := r.scan.Object(func(m jsonstream.Member) error {
			if m.Name == name {
				found = true
				return r.list(jsondoc.JoinPath(path, name), read)
			}
			return r.checkWhole(m, path)
		})
		if err == nil && !found {
			r.problem(at, path, policy.CodeMissingMember, "field %q is missing", name)
		}
		return err
	})
}

// list reads the elements of a list.
func (r *reading) list(path string, read func(n *node)) error {
	return r.scan.List(func(i int) error { return r.take(fmt.Sprintf("%s[%d]", path, i), read) })
}

// checkWhole reports a listing that says of itself that there is more.
func (r *reading) checkWhole(m jsonstream.Member, path string) error {
	switch m.Name {
	case "Truncated", "IsTruncated", "NextToken":
	default:
		return nil
	}
	value, err := r.scan.Take()
	if err != nil {
		return err
	}
	if saysMore(m.Name, string(value.Data)) {
		r.problem(m.At, path, CodeIncomplete, listingGoesOn, m.Name)
	}
	return nil
}

const listingGoesOn = "%s says that the listing goes on, and the rest is not here"

// saysMore reports whether a field of a listing, of which value is the JSON text, says that there
// is more.
func saysMore(name, value string) bool {
	return value == "true" || name == "NextToken" && strings.HasPrefix(value, `"`)
}

// hasMember reports whether v is an object with a member of this name. It is asked of objects
// that are yet to be read.
func hasMember(v jsondoc.Value, name string) bool {
	found := false
	if v.Kind() == jsondoc.Object {
		gjson.Parse(v.Raw()).ForEach(func(key, _ gjson.Result) bool {
			found = key.Str == name
			return !found
		})
	}
	return found
}

// A keyRef names a key by its ARN, or by its id where nothing says which account and Region the
// id belongs to.
type keyRef struct {
	arn policy.ARN
	id  string
}

// keyRef reads the ARN or the id of a key.
func (o *Options) keyRef(text string) (keyRef, error) {
	if text == "" || strings.Contains(text, "alias/") {
		return keyRef{}, printable.Errorf("found %q, expected the ARN or the id of a key", text)
	}
	if arn, err := policy.ParseARN(text); err == nil {
		return keyRef{arn: arn}, checkKeyARN(arn)
	}
	if o.Account == "" || o.Region == "" {
		return keyRef{id: text}, nil
	}
	arn := o.arn("kms", "key/"+text)
	if !arn.IsValid() {
		return keyRef{}, printable.Errorf("%q is no id of a key of account %q in Region %q", text, o.Account, o.Region)
	}
	return keyRef{arn: arn}, nil
}

// keyOf returns the key that is named.
func (inv *Inventory) keyOf(ref keyRef) *key {
	if ref.id != "" {
		return inv.looseKey(ref.id)
	}
	return inv.keyAt(ref.arn)
}

// checkKeyARN refuses the ARNs of anything but keys.
func checkKeyARN(arn policy.ARN) error {
	if !isKeyARN(arn) || arn.Region == "" || !isAccountID(arn.Account) {
		return printable.Errorf("found %q, expected the ARN of a key", arn)
	}
	return nil
}

// isAccountID reports whether s is the id of an account, 12 digits.
func isAccountID(s string) bool {
	return policy.ParsePrincipal(s).Kind() == policy.Account && !strings.HasPrefix(s, "arn:")
}

// AddKeyMetadata adds keys as "aws kms describe-key" prints them, or their KeyMetadata alone.
// Several outputs may follow each other.
func (inv *Inventory) AddKeyMetadata(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error { return r.outputs(readKey) })
}

// What describe-key prints. It has the key spec twice; CustomerMasterKeySpec is the field's old
// name (AWS KMS API Reference, KeyMetadata).
var (
	describeKeyShape = jsondoc.Shape{Noun: "field", Names: []string{"KeyMetadata"}, Open: true, Slips: true}

	metadataShape = jsondoc.Shape{
		Noun: "field",
		Names: []string{"Arn", "KeyState", "KeyManager", "Origin", "KeySpec", "CustomerMasterKeySpec", "KeyUsage",
			"MultiRegion", "MultiRegionConfiguration"},
		Required: []string{"Arn"},
		Open:     true,
		Slips:    true,
	}

	multiRegionShape = jsondoc.Shape{Noun: "field", Names: []string{"MultiRegionKeyType"}, Open: true, Slips: true}
)

// readKey reads describe-key's output.
func readKey(n *node) {
	metadata := n.root
	if hasMember(n.root, "KeyMetadata") {
		n.root.Fields(&describeKeyShape, func(m jsondoc.Member) { metadata = m.Value })
	}
	arn, c := readMetadata(metadata)
	if arn != (policy.ARN{}) {
		n.inv.keyAt(arn).properties = partOf(n, "ARN", keyProperties{config: c})
	}
}

// readMetadata reads what of KeyMetadata bears on authorization, and the key's ARN, which is
// zero if it cannot be read.
func readMetadata(v jsondoc.Value) (arn policy.ARN, c evaluate.KeyConfig) {
	var spec, oldSpec jsondoc.Value
	v.Fields(&metadataShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "Arn":
			arn = readARN(m.Value, checkKeyARN)
		case "KeyState":
			c.State = readWord(m.Value, evaluate.ParseKeyState)
		case "KeyManager":
			c.Manager = readWord(m.Value, evaluate.ParseKeyManager)
		case "Origin":
			c.Origin = readWord(m.Value, evaluate.ParseOrigin)
		case "KeySpec":
			spec = m.Value
		case "CustomerMasterKeySpec":
			oldSpec = m.Value
		case "KeyUsage":
			c.Usage = readWord(m.Value, evaluate.ParseKeyUsage)
		case "MultiRegion":
			c.MultiRegion, _ = m.Bool()
		case "MultiRegionConfiguration":
			m.Fields(&multiRegionShape, func(m jsondoc.Member) {
				c.MultiRegionKeyType = readWord(m.Value, evaluate.ParseMultiRegionKeyType)
			})
		}
	})
	c.Spec = readSpec(spec, oldSpec)
	return arn, c
}

// readSpec reads the key spec, which may stand under its old name.
func readSpec(spec, oldSpec jsondoc.Value) evaluate.KeySpec {
	switch {
	case spec.Kind() == jsondoc.None && oldSpec.Kind() == jsondoc.None:
		return evaluate.SymmetricDefault
	case spec.Kind() == jsondoc.None:
		return readWord(oldSpec, evaluate.ParseKeySpec)
	case oldSpec.Kind() != jsondoc.None && oldSpec.Raw() != spec.Raw():
		oldSpec.Fault(codeContradiction, "%s contradicts KeySpec, which is %s", oldSpec.Raw(), spec.Raw())
	}
	return readWord(spec, evaluate.ParseKeySpec)
}

// readARN reads an ARN that must pass a check. It is zero if it does not.
func readARN(v jsondoc.Value, check func(arn policy.ARN) error) policy.ARN {
	text, ok := v.Text()
	if !ok {
		return policy.ARN{}
	}
	arn, err := policy.ParseARN(text)
	if err == nil {
		err = check(arn)
	}
	if err != nil {
		v.Fault(codeBadValue, "%v", err)
		return policy.ARN{}
	}
	return arn
}

// AddKeyPolicy adds the policy of a key, as "aws kms get-key-policy" prints it or the document
// alone. The output does not tell whose policy it is: key is the ARN or the id of the key.
func (inv *Inventory) AddKeyPolicy(r io.Reader, key string, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error {
		ref, err := opts.keyRef(key)
		if err != nil {
			return err
		}
		return r.single(func(n *node) {
			document, path := n.root, ""
			if hasMember(n.root, "Policy") {
				path = "Policy"
				n.root.Fields(&keyPolicyShape, func(m jsondoc.Member) { document = m.Value })
			}
			p := readDocument(n, document, path, "", policy.ParseKeyPolicy)
			inv.keyOf(ref).policy = partOf(n, "Policy", p)
		})
	})
}

var keyPolicyShape = jsondoc.Shape{Noun: "field", Names: []string{"Policy"}, Open: true}

// single reads an output that stands alone in its stream.
func (r *reading) single(read func(n *node)) error {
	if err := r.take("", read); err != nil {
		return err
	}
	return r.scan.End()
}

// AddGrants adds grants as "aws kms list-grants" prints them, each with the KeyId of its key.
// Several outputs may follow each other.
func (inv *Inventory) AddGrants(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error { return r.listing("Grants", readGrant) })
}

// readGrant reads a grant.
func readGrant(n *node) {
	g, err := grants.ParseGrant([]byte(n.root.Raw()), &policy.ParseOptions{MaxBytes: len(n.root.Raw()), At: policy.Position(n.root.Place())})
	docerrors.Add(n.root, err)
	if err != nil {
		g.KeyID = gjson.Get(n.root.Raw(), "KeyId").Str // of a grant that cannot be used: whose it is
	}
	ref, err := n.opts.keyRef(g.KeyID)
	if err != nil {
		n.root.Fault(codeBadValue, "KeyId: %v", err)
		return
	}
	g.KeyID = "" // the key has it
	n.inv.keyOf(ref).grants.set(cmp.Or(g.ID, n.opts.File+n.path), partOf(n, "Grants", g))
}

// AddResourceTags adds the tags of a key as "aws kms list-resource-tags" prints them. The output
// does not tell whose tags they are: key is the ARN or the id of the key.
func (inv *Inventory) AddResourceTags(r io.Reader, key string, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error {
		ref, err := opts.keyRef(key)
		if err != nil {
			return err
		}
		return r.single(func(n *node) {
			var tags map[string]string
			n.root.Fields(&resourceTagsShape, func(m jsondoc.Member) {
				switch {
				case m.Name == "Tags":
					tags = readTags(m.Value, kmsTagShape)
				case saysMore(m.Name, m.Raw()):
					m.FaultName(jsondoc.Code(CodeIncomplete), fmt.Sprintf(listingGoesOn, m.Name))
				}
			})
			inv.keyOf(ref).tags = partOf(n, "Tags", tags)
		})
	})
}

var (
	resourceTagsShape = jsondoc.Shape{Noun: "field", Names: []string{"Tags", "Truncated", "NextToken"}, Required: []string{"Tags"}, Open: true}
	kmsTagShape       = tagShape("TagKey", "TagValue")
)

// AddAliases adds the aliases of keys as "aws kms list-aliases" prints them. Several outputs may
// follow each other.
func (inv *Inventory) AddAliases(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error { return r.listing("Aliases", readAlias) })
}

var aliasShape = jsondoc.Shape{
	Noun:     "field",
	Names:    []string{"AliasName", "AliasArn", "TargetKeyId"},
	Required: []string{"AliasArn"},
	Open:     true,
}

// readAlias reads an alias. One that AWS reserved for a service has no key until the service is
// used.
func readAlias(n *node) {
	var arn policy.ARN
	var target jsondoc.Value
	n.root.Fields(&aliasShape, func(m jsondoc.Member) {
		switch m.Name {
		case "AliasArn":
			arn = readARN(m.Value, checkAliasARN)
		case "TargetKeyId":
			target = m.Value
		}
	})
	if arn != (policy.ARN{}) {
		n.inv.addAlias(arn, partOf(n, "Aliases", readTarget(target, arn)))
	}
}

// checkAliasARN refuses the ARNs of anything but aliases.
func checkAliasARN(arn policy.ARN) error {
	if arn.Service != "kms" || !strings.HasPrefix(arn.Resource, "alias/") || arn.Region == "" || !isAccountID(arn.Account) {
		return printable.Errorf("found %q, expected the ARN of an alias", arn)
	}
	return nil
}

// readTarget reads the id or the ARN of the key that an alias is associated with, and returns its
// ARN. Both are in one account and Region.
//
// See AWS KMS API Reference, CreateAlias.
func readTarget(v jsondoc.Value, alias policy.ARN) string {
	if v.Kind() == jsondoc.None || isNotGiven(v) {
		return ""
	}
	text, ok := v.Text()
	if !ok {
		return ""
	}
	arn := keyBehind(alias, text)
	if !arn.IsValid() {
		v.Fault(codeBadValue, "found %q, expected the id or the ARN of a key", text)
		return ""
	}
	return arn.String()
}

// keyBehind returns the ARN of the key that an alias names by its id or ARN.
func keyBehind(alias policy.ARN, key string) policy.ARN {
	if _, id, ok := strings.Cut(key, ":key/"); ok {
		key = id
	}
	alias.Resource = "key/" + key
	return alias
}
