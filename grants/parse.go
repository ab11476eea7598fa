package grants

import (
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// maxBytes is the size limit of a grants document whose options name none:
// list-grants prints about half a kilobyte for each of up to 50,000 grants.
const maxBytes = 64 << 20

// Parse reads grants as "aws kms list-grants" prints them, or the list under
// its Grants. Two fields may be added to a grant: Token, and a Status of
// "pending", "active" or "retired". Fields that have no bearing on
// authorization are ignored, but not a grant's that is a known one misspelt; so is
// Truncated, which says that other grants are not here. A zero opts.MaxBytes means
// 64 MiB; opts may be nil. What is wrong with the document is returned as
// policy.Errors.
func Parse(doc []byte, opts *policy.ParseOptions) ([]Grant, error) {
	text := jsondoc.Read(doc, reading(opts))
	var list []Grant
	root := text.Root()
	if root.Kind() == jsondoc.Object {
		root.Fields(&outputShape, func(m jsondoc.Member) { list = readGrants(m.Value) })
	} else {
		list = readGrants(root)
	}
	if err := docerrors.Of(text); err != nil {
		return nil, err
	}
	return list, nil
}

// ParseGrant reads one grant of such a list, as Parse does.
func ParseGrant(doc []byte, opts *policy.ParseOptions) (Grant, error) {
	text := jsondoc.Read(doc, reading(opts))
	g := readGrant(text.Root())
	if err := docerrors.Of(text); err != nil {
		return Grant{}, err
	}
	return g, nil
}

// reading returns the options for the JSON reader.
func reading(opts *policy.ParseOptions) jsondoc.Options {
	o := jsondoc.Options{MaxBytes: maxBytes}
	if opts == nil {
		return o
	}
	if opts.MaxBytes != 0 {
		o.MaxBytes = opts.MaxBytes
	}
	o.At = jsondoc.Place(opts.At)
	if opts.File != "" {
		o.At.File = opts.File
	}
	return o
}

var (
	outputShape = jsondoc.Shape{Noun: "field", Names: []string{"Grants"}, Required: []string{"Grants"}, Open: true}

	grantShape = jsondoc.Shape{
		Noun: "field",
		Names: []string{"GrantId", "Name", "KeyId", "GranteePrincipal", "GranteeServicePrincipal", "RetiringPrincipal",
			"RetiringServicePrincipal", "IssuingAccount", "Operations", "Constraints", "Token", "Status"},
		Required: []string{"Operations"},
		Open:     true,
		Slips:    true,
	}

	constraintsShape = jsondoc.Shape{
		Noun:  "constraint",
		Names: []string{"EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"},
	}
)

// readGrants reads a list of grants.
func readGrants(v jsondoc.Value) []Grant {
	var list []Grant
	v.Elements(func(element jsondoc.Value) { list = append(list, readGrant(element)) })
	return list
}

// readGrant reads one grant.
func readGrant(v jsondoc.Value) Grant {
	g := Grant{Position: policy.Position(v.Place())}
	hasGrantee := false
	v.Fields(&grantShape, func(m jsondoc.Member) {
		if m.IsNull() && m.Name != "Operations" {
			return
		}
		switch m.Name {
		case "GrantId":
			g.ID, _ = m.Text()
		case "Name":
			g.Name, _ = m.Text()
		case "KeyId":
			g.KeyID, _ = m.Text()
		case "GranteePrincipal", "GranteeServicePrincipal":
			hasGrantee = true
			readPrincipal(m, &g.Grantee)
		case "RetiringPrincipal", "RetiringServicePrincipal":
			readPrincipal(m, &g.Retiring)
		case "IssuingAccount":
			g.IssuingAccount = readAccount(m.Value)
		case "Operations":
			g.Operations = readOperations(m.Value)
		case "Constraints":
			g.Constraints = readConstraints(m.Value)
		case "Token":
			g.Token, _ = m.Text()
		case "Status":
			g.Status = readStatus(m.Value)
		}
	})
	if v.Kind() == jsondoc.Object && !hasGrantee {
		v.Fault(jsondoc.MissingMember, "no GranteePrincipal and no GranteeServicePrincipal")
	}
	return g
}

// readPrincipal reads a grantee or a retiring principal. A service that makes a
// grant for itself shows up as an ordinary GranteePrincipal too.
//
// See AWS KMS Developer Guide, "Viewing grants".
func readPrincipal(m jsondoc.Member, p *policy.Principal) {
	text, ok := m.Text()
	if !ok {
		return
	}
	if *p != (policy.Principal{}) {
		m.FaultName(jsondoc.Code(policy.CodeContradiction), "a grant has one principal and one service principal at most, not both")
		return
	}
	if *p = policy.ServicePrincipal(text); p.Kind() == policy.Service {
		return
	}
	if m.Name == "GranteeServicePrincipal" || m.Name == "RetiringServicePrincipal" {
		m.Fault(jsondoc.Code(policy.CodeBadValue), "found %q, expected a service principal such as \"dynamodb.us-west-2.amazonaws.com\"", text)
		return
	}
	if *p = policy.ParsePrincipal(text); p.Kind() == policy.NoOne || p.Kind() == policy.Anyone {
		m.Fault(jsondoc.Code(policy.CodeBadValue), "found %q, expected the ARN of an account, user, role, session or federated user", text)
	}
}

// readAccount reads an account by its root's ARN or its id and returns the id.
func readAccount(v jsondoc.Value) string {
	text, ok := v.Text()
	if !ok {
		return ""
	}
	p := policy.ParsePrincipal(text)
	if p.Kind() != policy.Account {
		v.Fault(jsondoc.Code(policy.CodeBadValue), "found %q, expected an account such as \"arn:aws:iam::111122223333:root\"", text)
	}
	return p.Account()
}

// readOperations reads the names of grant operations.
func readOperations(v jsondoc.Value) action.Set {
	var set action.Set
	v.Texts(func(name string, at jsondoc.Value) {
		a, err := action.Parse("kms:" + strings.TrimPrefix(name, "kms:"))
		switch {
		case err != nil:
			at.Fault(jsondoc.Code(policy.CodeBadValue), "%s", strings.ReplaceAll(err.Error(), `"kms:`, `"`))
		case strings.HasPrefix(name, "kms:"):
			at.Fault(jsondoc.Code(policy.CodeBadValue), "found %q, expected the name of the operation alone, %q", name, a.Name())
		case !a.Info().Grantable:
			at.Fault(jsondoc.Code(policy.CodeBadValue), "no grant can have the operation %q", name)
		}
		set = set.With(a)
	})
	return set
}

// readConstraints reads the constraints of a grant, which has at most one on
// the encryption context.
func readConstraints(v jsondoc.Value) Constraints {
	var c Constraints
	v.Fields(&constraintsShape, func(m jsondoc.Member) {
		switch m.Name {
		case "EncryptionContextEquals":
			c.EncryptionContextEquals = readPairs(m.Value)
		case "EncryptionContextSubset":
			c.EncryptionContextSubset = readPairs(m.Value)
		case "SourceArn":
			c.SourceARN, _ = m.Text()
		}
	})
	if c.EncryptionContextEquals != nil && c.EncryptionContextSubset != nil {
		v.Fault(jsondoc.Code(policy.CodeContradiction), "EncryptionContextEquals and EncryptionContextSubset exclude each other")
	}
	return c
}

// readPairs reads an encryption context. It is not nil, even without pairs:
// the constraint exists.
func readPairs(v jsondoc.Value) map[string]string {
	if pairs := v.TextMap(); pairs != nil {
		return pairs
	}
	return map[string]string{}
}

// readStatus reads the stage of a grant's life.
func readStatus(v jsondoc.Value) Status {
	text, ok := v.Text()
	for i, name := range statusNames {
		if name == text {
			return Status(i)
		}
	}
	if ok {
		v.Fault(jsondoc.Code(policy.CodeBadValue), "found %q, expected %s", text, fmt.Sprintf("%q, %q or %q", Active, Pending, Retired))
	}
	return Active
}
