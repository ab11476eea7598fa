package inventory

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// Add adds a source of any kind, which is told by the name of its first member: the output of
// list-grants starts with "Grants", a Terraform plan with "format_version". A list does not tell
// what it lists.
//
// Some outputs do not tell what they are about, which is then given by of: the ARN or the id of
// the key for a key policy and for a key's tags, the ARN of a managed policy, the target of
// list-policies-for-target, the policy of list-targets-for-policy. For all other sources of is
// empty; one that is given is an error.
func (inv *Inventory) Add(r io.Reader, of string, opts Options) (Report, error) {
	in := bufio.NewReaderSize(r, maxOpening)
	name, value := opening(in)
	kind, err := sourceKindOf(name, value, of)
	if err == nil {
		return kind.add(inv, in, of, opts)
	}
	return inv.read(in, opts, func(r *reading) error {
		at := r.scan.Place()
		if name == "" { // whatever is wrong with it is found where it stands
			if err := r.scan.Object(func(jsonstream.Member) error { return nil }); err != nil {
				return err
			}
		}
		return &jsonstream.Error{Place: at, Code: jsondoc.Code(CodeUnsupported), Text: err.Error()}
	})
}

// maxOpening is how many bytes may stand before the end of the name that tells the kind of a source.
const maxOpening = 4 << 10

// opening returns the name of the first member of the object that comes next, and the type of its
// value, without reading them. The name is "" if there is none.
func opening(in *bufio.Reader) (name string, value jsondoc.Kind) {
	start, _ := in.Peek(maxOpening) // what cannot be read is found again when it is read
	s := jsonstream.New(bytes.NewReader(start), jsonstream.Options{})
	_ = s.Object(func(m jsonstream.Member) error {
		name, value = m.Name, s.Kind()
		return errEnough
	})
	return name, value
}

var errEnough = errors.New("enough has been read")

// A sourceKind is a kind of source.
type sourceKind struct {
	names []string // of the first member, whatever of its members that is
	about string   // what the source does not tell it is about; "" if it does
	add   func(inv *Inventory, r io.Reader, of string, opts Options) (Report, error)
}

// tellsItself makes an addition of sources that tell what they are about.
func tellsItself(add func(inv *Inventory, r io.Reader, opts Options) (Report, error)) func(*Inventory, io.Reader, string, Options) (Report, error) {
	return func(inv *Inventory, r io.Reader, _ string, opts Options) (Report, error) { return add(inv, r, opts) }
}

// sourceKinds are the kinds of sources that can be told from each other. Programs that print JSON
// with sorted members are common, so that any member may be the first.
var sourceKinds = []sourceKind{
	{[]string{"KeyMetadata"}, "", tellsItself((*Inventory).AddKeyMetadata)},
	{[]string{"Policy"}, "the key", (*Inventory).AddKeyPolicy},
	{[]string{"Policy"}, "", tellsItself((*Inventory).AddOrganizationPolicies)},
	{[]string{"Grants"}, "", tellsItself((*Inventory).AddGrants)},
	{[]string{"Tags"}, "the key", (*Inventory).AddResourceTags},
	{[]string{"Aliases"}, "", tellsItself((*Inventory).AddAliases)},
	{[]string{"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"}, "", tellsItself((*Inventory).AddAuthorizationDetails)},
	{[]string{"PolicyVersion"}, "the managed policy", (*Inventory).AddManagedPolicy},
	{[]string{"Id", "Version", "Statement"}, "the key or the managed policy", (*Inventory).addPolicyOf},
	{[]string{"Account", "Accounts"}, "", tellsItself((*Inventory).AddAccounts)},
	{[]string{"Policies"}, "the target", (*Inventory).AddPoliciesForTarget},
	{[]string{"Targets"}, "the policy", (*Inventory).AddTargetsForPolicy},
	{[]string{"AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs", "Parameters", "Resources",
		"Rules", "StagesAvailable", "TemplateBody", "Transform"}, "", tellsItself((*Inventory).AddCloudFormation)},
	{[]string{"applyable", "checks", "complete", "configuration", "errored", "format_version", "planned_values", "values"},
		"", tellsItself((*Inventory).AddTerraform)},
}

// sourceKindOf returns the kind of a source whose first member has this name and a value of this type.
func sourceKindOf(name string, value jsondoc.Kind, of string) (*sourceKind, error) {
	var near *sourceKind
	for i := range sourceKinds {
		k := &sourceKinds[i]
		if !slices.Contains(k.names, name) {
			continue
		}
		if (of != "") == (k.about != "") && !(name == "Policy" && of == "" && value == jsondoc.String) {
			return k, nil
		}
		if near == nil {
			near = k
		}
	}
	switch {
	case near == nil:
		return nil, printable.Errorf("no kind of source is told by the first member %q", name)
	case near.about == "":
		return nil, printable.Errorf("found %q, but a source that starts with %q tells itself what it is about", of, name)
	}
	return nil, printable.Errorf("a source that starts with %q does not tell %s that it is about, which must be named", name, near.about)
}

// addPolicyOf adds a policy document that stands alone.
func (inv *Inventory) addPolicyOf(r io.Reader, of string, opts Options) (Report, error) {
	if arn, err := policy.ParseARN(of); err == nil && strings.HasPrefix(arn.Resource, "policy/") {
		return inv.AddManagedPolicy(r, of, opts)
	}
	return inv.AddKeyPolicy(r, of, opts)
}
