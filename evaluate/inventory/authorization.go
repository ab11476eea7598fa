package inventory

import (
	"fmt"
	"io"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// AddAuthorizationDetails adds what "aws iam get-account-authorization-details" prints: the users
// of an account with their groups, its roles, and the managed policies that are attached to any
// of them. Policy documents may be URL-encoded, as the API returns them. Several outputs may
// follow each other, those of other accounts for one.
//
// It is all there is of a user, role or group, so it takes the place of everything that was said
// of it before.
func (inv *Inventory) AddAuthorizationDetails(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error { return r.scan.Values(r.authorizationDetails) })
}

// authorizationDetails reads one output.
func (r *reading) authorizationDetails(i int) error {
	path, at := outputPath(i), r.scan.Place()
	found := false
	err := r.scan.Object(func(m jsonstream.Member) error {
		listPath := jsondoc.JoinPath(path, m.Name)
		if m.Name == "Policies" {
			found = true
			return r.list(listPath, readManagedPolicy)
		}
		for i := range detailLists {
			if list := &detailLists[i]; list.name == m.Name {
				found = true
				return r.list(listPath, list.read)
			}
		}
		return r.checkWhole(m, path)
	})
	if err == nil && !found {
		r.problem(at, path, policy.CodeMissingMember, "found none of the lists UserDetailList, GroupDetailList, RoleDetailList and Policies")
	}
	return err
}

// A detailList is one of the three lists of users, groups and roles.
//
// See IAM API Reference, UserDetail, GroupDetail and RoleDetail.
type detailList struct {
	name, kind, id, policies string
	shape                    jsondoc.Shape
}

var detailLists = [...]detailList{
	newDetailList("User", userKind),
	newDetailList("Group", groupKind),
	newDetailList("Role", roleKind),
}

func newDetailList(prefix, kind string) detailList {
	list := detailList{name: prefix + "DetailList", kind: kind, id: prefix + "Id", policies: prefix + "PolicyList"}
	list.shape = jsondoc.Shape{
		Noun:     "field",
		Names:    []string{"Arn", list.id, list.policies, "AttachedManagedPolicies", "GroupList", "PermissionsBoundary", "Tags"},
		Required: []string{"Arn"},
		Open:     true,
	}
	return list
}

var (
	inlinePolicyShape = jsondoc.Shape{
		Noun: "field", Names: []string{"PolicyName", "PolicyDocument"}, Required: []string{"PolicyName", "PolicyDocument"}, Open: true,
	}
	attachedPolicyShape = jsondoc.Shape{Noun: "field", Names: []string{"PolicyArn"}, Required: []string{"PolicyArn"}, Open: true}
	boundaryShape       = jsondoc.Shape{Noun: "field", Names: []string{"PermissionsBoundaryArn"}, Required: []string{"PermissionsBoundaryArn"}, Open: true}
	iamTagShape         = tagShape("Key", "Value")
)

// read reads a user, group or role. What is wrong with any part of it is unknown of the whole.
func (l *detailList) read(n *node) {
	var d details
	var policies jsondoc.Value
	p := new(principal)
	n.root.Fields(&l.shape, func(m jsondoc.Member) {
		if m.IsNull() && m.Name != "Arn" {
			return // which is how other tools than the CLI write what is not there
		}
		switch m.Name {
		case "Arn":
			p.id, d.arn = readPrincipalID(m.Value, l.kind)
		case l.id:
			d.uniqueID, _ = ownText(m.Value)
		case l.policies:
			policies = m.Value
		case "AttachedManagedPolicies":
			n.readAttached(m.Value, &p.attached)
		case "GroupList":
			for _, group := range readTexts(m.Value) {
				p.groups.set(group, part[string]{value: group, source: n.source("IAMPolicies")})
			}
		case "PermissionsBoundary":
			m.Fields(&boundaryShape, func(m jsondoc.Member) { d.boundary = readPolicyARN(m.Value) })
		case "Tags":
			d.tags = readTags(m.Value, iamTagShape)
		}
	})
	if policies.Kind() != jsondoc.None {
		n.readInline(policies, l.policies, p)
	}
	if p.id == (principalID{}) {
		return
	}
	known := n.inv.principalAt(p.id)
	*known = *p
	n.inv.describe(known, partOf(n, "ARN", d))
}

// readPrincipalID reads the ARN of a user, role or group. The id is zero if it is none.
func readPrincipalID(v jsondoc.Value, kind string) (id principalID, arn string) {
	parsed := readARN(v, func(arn policy.ARN) error { return checkPrincipalARN(arn, kind) })
	if parsed == (policy.ARN{}) {
		return principalID{}, ""
	}
	return idOf(parsed, kind), parsed.String()
}

// idOf returns the id of the principal with this ARN, apart from the text of the ARN.
func idOf(arn policy.ARN, kind string) principalID {
	return principalID{account: strings.Clone(arn.Account), kind: kind, name: strings.Clone(lastPart(arn.Resource))}
}

// checkPrincipalARN refuses the ARNs of anything but users, roles or groups, as kind says.
func checkPrincipalARN(arn policy.ARN, kind string) error {
	likeRole := arn // groups are no principals, but have names of the same form
	if path, ok := strings.CutPrefix(arn.Resource, groupKind+"/"); ok {
		likeRole.Resource = roleKind + "/" + path
	}
	found := policy.ParsePrincipal(likeRole.String()).Kind()
	if !strings.HasPrefix(arn.Resource, kind+"/") || found != policy.User && found != policy.Role {
		return printable.Errorf("found %q, expected the ARN of a %s", arn, kind)
	}
	return nil
}

// readInline reads the inline policies of a principal. Those of a group are named after it as
// well, to tell them from the policies of its users.
func (n *node) readInline(v jsondoc.Value, path string, p *principal) {
	i := -1
	v.Elements(func(element jsondoc.Value) {
		i++
		var name string
		var document jsondoc.Value
		element.Fields(&inlinePolicyShape, func(m jsondoc.Member) {
			if m.Name == "PolicyName" {
				name, _ = ownText(m.Value)
			} else {
				document = m.Value
			}
		})
		if document.Kind() == jsondoc.None {
			return // a fault by now
		}
		if _, twice := p.inline.find(name); twice {
			element.Fault(jsondoc.DuplicateMember, "policy %q is given twice", name)
		}
		path := fmt.Sprintf("%s[%d]", path, i)
		source := n.sourceAt(element, path, "IAMPolicies")
		if parsed := readDocument(n, document, path+".PolicyDocument", p.id.policyName(name), policy.ParseIAMPolicy); parsed != nil {
			p.inline.set(name, part[*policy.IAMPolicy]{value: parsed, source: source})
		}
	})
}

// policyName returns the name of an inline policy for reports.
func (id principalID) policyName(name string) string {
	if id.kind == groupKind {
		return "group/" + id.name + "/" + name
	}
	return name
}

// readAttached reads the managed policies that are attached to a principal.
func (n *node) readAttached(v jsondoc.Value, attached *ordered[part[string]]) {
	v.Elements(func(element jsondoc.Value) {
		element.Fields(&attachedPolicyShape, func(m jsondoc.Member) {
			if arn := readPolicyARN(m.Value); arn != "" {
				attached.set(arn, part[string]{value: arn, source: n.source("IAMPolicies")})
			}
		})
	})
}

// readPolicyARN reads the ARN of a managed policy, "" if it is none.
func readPolicyARN(v jsondoc.Value) string { return readARN(v, checkPolicyARN).String() }

// checkPolicyARN refuses the ARNs of anything but managed policies. Those of AWS have "aws" for
// an account.
func checkPolicyARN(arn policy.ARN) error {
	if arn.Service != "iam" || !strings.HasPrefix(arn.Resource, "policy/") {
		return printable.Errorf("found %q, expected the ARN of a managed policy", arn)
	}
	return nil
}

var (
	managedPolicyShape = jsondoc.Shape{
		Noun: "field", Names: []string{"Arn", "DefaultVersionId", "PolicyVersionList"}, Required: []string{"Arn", "PolicyVersionList"}, Open: true,
	}
	policyVersionShape = jsondoc.Shape{
		Noun: "field", Names: []string{"Document", "VersionId", "IsDefaultVersion"}, Required: []string{"Document"}, Open: true,
	}
)

// readManagedPolicy reads a managed policy: its default version, which is the one that counts.
func readManagedPolicy(n *node) {
	var arn, defaultID string
	var versions jsondoc.Value
	n.root.Fields(&managedPolicyShape, func(m jsondoc.Member) {
		switch m.Name {
		case "Arn":
			arn = readPolicyARN(m.Value)
		case "DefaultVersionId":
			defaultID, _ = m.Text()
		case "PolicyVersionList":
			versions = m.Value
		}
	})
	if versions.Kind() == jsondoc.None {
		return
	}
	document, path := readDefaultVersion(versions, defaultID)
	var p *policy.IAMPolicy
	if document.Kind() != jsondoc.None {
		p = readDocument(n, document, path, arn, policy.ParseIAMPolicy)
	} else if versions.Kind() == jsondoc.List {
		versions.Fault(jsondoc.MissingMember, "the default version is missing")
	}
	if arn != "" {
		n.inv.managed.set(arn, partOf(n, "IAMPolicies", p))
	}
}

// readDefaultVersion returns the document of a managed policy's default version, and where it
// stands in the element.
func readDefaultVersion(versions jsondoc.Value, defaultID string) (document jsondoc.Value, path string) {
	i := -1
	versions.Elements(func(version jsondoc.Value) {
		i++
		var text jsondoc.Value
		isDefault := false
		version.Fields(&policyVersionShape, func(m jsondoc.Member) {
			switch m.Name {
			case "Document":
				text = m.Value
			case "VersionId":
				id, _ := m.Text()
				isDefault = isDefault || id != "" && id == defaultID
			case "IsDefaultVersion":
				is, _ := m.Bool()
				isDefault = isDefault || is
			}
		})
		if isDefault {
			document, path = text, fmt.Sprintf("PolicyVersionList[%d].Document", i)
		}
	})
	return document, path
}

// AddManagedPolicy adds a managed policy, as "aws iam get-policy-version" prints one of its
// versions or the document alone. The output does not tell which policy it is: arn is its ARN.
// Managed policies of AWS, which a plan or template only attaches, can be given so.
func (inv *Inventory) AddManagedPolicy(r io.Reader, arn string, opts Options) (Report, error) {
	parsed, err := policy.ParseARN(arn)
	if err == nil {
		err = checkPolicyARN(parsed)
	}
	if err != nil {
		return Report{}, err
	}
	return inv.read(r, opts, func(r *reading) error {
		return r.single(func(n *node) {
			document, path := n.root, ""
			if hasMember(n.root, "PolicyVersion") {
				document, path = readPolicyVersion(n.root), "PolicyVersion.Document"
			}
			var p *policy.IAMPolicy
			if document.Kind() != jsondoc.None {
				p = readDocument(n, document, path, arn, policy.ParseIAMPolicy)
			}
			inv.managed.set(arn, partOf(n, "IAMPolicies", p))
		})
	})
}

var getPolicyVersionShape = jsondoc.Shape{Noun: "field", Names: []string{"PolicyVersion"}, Open: true}

// readPolicyVersion returns the document of the policy version that get-policy-version prints.
func readPolicyVersion(v jsondoc.Value) (document jsondoc.Value) {
	v.Fields(&getPolicyVersionShape, func(version jsondoc.Member) {
		version.Fields(&policyVersionShape, func(m jsondoc.Member) {
			if m.Name == "Document" {
				document = m.Value
			}
		})
	})
	return document
}
