package scenario

import (
	"fmt"
	"regexp"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

var keyShape = jsondoc.Shape{
	Noun:  "field",
	Names: []string{"metadata", "policy", "grants", "aliases", "tags", "organization", "resourceControlPolicies"},
}

// readKey reads the key.
func (r *reader) readKey(v jsondoc.Value) {
	hasMetadata := false
	v.Fields(&keyShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "metadata":
			hasMetadata = true
			r.readMetadata(m.Value)
		case "policy":
			r.key.Policy = r.readKeyPolicy(m.Value)
		case "grants":
			r.key.Grants = r.readGrants(m.Value)
			r.keyPart.note("Grants", m.Value)
		case "aliases":
			r.key.Aliases = readTexts(m.Value)
			r.keyPart.note("Aliases", m.Value)
		case "tags":
			r.key.Tags = m.TextMap()
		case "organization":
			r.key.Organization = readOrganization(m.Value)
		case "resourceControlPolicies":
			r.key.ResourceControlPolicies = readLevels(r, m.Value, policy.ParseResourceControlPolicy)
		}
	})
	requireField(v, hasMetadata, "metadata")
	requireField(v, r.key.Policy != nil, "policy")
}

// What describe-key prints: KeyMetadata and nothing else. It has the key spec twice;
// CustomerMasterKeySpec is the field's old name (AWS KMS API Reference, KeyMetadata).
var (
	describeKeyShape = jsondoc.Shape{Noun: "field", Names: []string{"KeyMetadata"}, Open: true, Slips: true}

	metadataShape = jsondoc.Shape{
		Noun: "field",
		Names: []string{"Arn", "KeyState", "KeyManager", "Origin", "KeySpec", "CustomerMasterKeySpec", "KeyUsage",
			"MultiRegion", "MultiRegionConfiguration"},
		Open:  true,
		Slips: true,
	}

	multiRegionShape = jsondoc.Shape{Noun: "field", Names: []string{"MultiRegionKeyType"}, Open: true, Slips: true}
)

// readMetadata reads describe-key's whole output or its KeyMetadata.
func (r *reader) readMetadata(v jsondoc.Value) {
	if hasMember(v, describeKeyShape.Names) {
		v.Fields(&describeKeyShape, func(m jsondoc.Member) { r.readKeyMetadata(m.Value) })
		return
	}
	r.readKeyMetadata(v)
}

// readKeyMetadata reads what of KeyMetadata bears on authorization.
func (r *reader) readKeyMetadata(v jsondoc.Value) {
	var oldSpec jsondoc.Value
	p := &r.keyPart
	v.Fields(&metadataShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "Arn":
			r.key.ARN, _ = m.Text()
			p.note("ARN", m.Value)
		case "KeyState":
			r.key.State = readWord(m.Value, evaluate.ParseKeyState)
		case "KeyManager":
			r.key.Manager = readWord(m.Value, evaluate.ParseKeyManager)
		case "Origin":
			r.key.Origin = readWord(m.Value, evaluate.ParseOrigin)
		case "KeySpec":
			r.key.Spec = readWord(m.Value, evaluate.ParseKeySpec)
			p.note("Spec", m.Value)
		case "CustomerMasterKeySpec":
			oldSpec = m.Value
		case "KeyUsage":
			r.key.Usage = readWord(m.Value, evaluate.ParseKeyUsage)
			p.note("Usage", m.Value)
		case "MultiRegion":
			r.key.MultiRegion, _ = m.Bool()
		case "MultiRegionConfiguration":
			r.readMultiRegion(m.Value)
		}
	})
	requireField(v, p.has("ARN"), "Arn")
	if oldSpec.Kind() != jsondoc.None {
		r.readOldSpec(oldSpec)
	}
}

// readMultiRegion reads whether a multi-Region key is the primary key or a replica.
func (r *reader) readMultiRegion(v jsondoc.Value) {
	v.Fields(&multiRegionShape, func(m jsondoc.Member) {
		if !isNotGiven(m.Value) {
			r.key.MultiRegionKeyType = readWord(m.Value, evaluate.ParseMultiRegionKeyType)
			r.keyPart.note("MultiRegionKeyType", m.Value)
		}
	})
}

// readOldSpec reads the key spec under its old name, which must not say anything else than the
// new one.
func (r *reader) readOldSpec(v jsondoc.Value) {
	spec, ok := r.keyPart.find("Spec")
	switch {
	case !ok:
		r.key.Spec = readWord(v, evaluate.ParseKeySpec)
		r.keyPart.note("Spec", v)
	case v.Raw() != spec.Raw():
		v.Fault(codeContradiction, "%s contradicts KeySpec, which is %s", v.Raw(), spec.Raw())
	}
}

// readGrants reads list-grants' output.
func (r *reader) readGrants(v jsondoc.Value) []grants.Grant {
	list, err := grants.Parse([]byte(v.Raw()), r.options(v))
	docerrors.Add(v, err)
	return list
}

// roomToGrow is how much larger than it is a document may become by edits.
const roomToGrow = 1 << 20

// options are those for a document that is a part of this one.
func (r *reader) options(v jsondoc.Value) *policy.ParseOptions {
	return &policy.ParseOptions{MaxBytes: len(v.Raw()) + roomToGrow, File: r.file, At: policy.Position(v.Place())}
}

var callerShape = jsondoc.Shape{
	Noun: "field",
	Names: []string{"arn", "roleArn", "userArn", "uniqueId", "tags", "organization", "iamPolicies", "permissionsBoundary",
		"sessionPolicies", "serviceControlPolicies"},
}

// readCaller reads the caller.
func (r *reader) readCaller(v jsondoc.Value) {
	c, p := &r.caller, &r.callerPart
	v.Fields(&callerShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "arn":
			c.ARN, _ = m.Text()
			p.note("ARN", m.Value)
		case "roleArn":
			c.RoleARN, _ = m.Text()
			p.note("RoleARN", m.Value)
		case "userArn":
			c.UserARN, _ = m.Text()
			p.note("UserARN", m.Value)
		case "uniqueId":
			c.UniqueID, _ = m.Text()
		case "tags":
			c.Tags = m.TextMap()
		case "organization":
			c.Organization = readOrganization(m.Value)
			p.note("Organization", m.Value)
		case "iamPolicies":
			c.IAMPolicies = readPolicies(r, m.Value, policy.ParseIAMPolicy)
			p.note("IAMPolicies", m.Value)
		case "permissionsBoundary":
			c.PermissionsBoundary = readPolicy(r, m.Value, "", policy.ParseIAMPolicy)
			p.note("PermissionsBoundary", m.Value)
		case "sessionPolicies":
			c.SessionPolicies = readPolicies(r, m.Value, policy.ParseIAMPolicy)
			p.note("SessionPolicies", m.Value)
		case "serviceControlPolicies":
			c.ServiceControlPolicies = readLevels(r, m.Value, policy.ParseServiceControlPolicy)
		}
	})
	requireField(v, p.has("ARN"), "arn")
}

var requestShape = jsondoc.Shape{
	Noun: "field",
	Names: []string{"action", "region", "keyId", "alias", "viaService", "sourceArn", "sourceAccount", "encryptionContext",
		"grantTokens", "grantId", "time", "vpcEndpoint", "context"},
}

// readRequest reads the request.
func (r *reader) readRequest(v jsondoc.Value) {
	q, p := &r.request, &r.requestPart
	v.Fields(&requestShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "action":
			q.Action = readAction(m.Value)
			p.note("Action", m.Value)
		case "region":
			q.Region, _ = m.Text()
			p.note("Region", m.Value)
		case "keyId":
			q.KeyID, _ = m.Text()
			p.note("KeyID", m.Value)
		case "alias":
			q.Alias, _ = m.Text()
			p.note("Alias", m.Value)
		case "viaService":
			q.ViaService, _ = m.Text()
			p.note("ViaService", m.Value)
		case "sourceArn":
			q.SourceARN, _ = m.Text()
			p.note("SourceARN", m.Value)
		case "sourceAccount":
			q.SourceAccount, _ = m.Text()
			p.note("SourceAccount", m.Value)
		case "encryptionContext":
			q.EncryptionContext = m.TextMap()
			p.note("EncryptionContext", m.Value)
		case "grantTokens":
			q.GrantTokens = readTexts(m.Value)
			p.note("GrantTokens", m.Value)
		case "grantId":
			q.GrantID, _ = m.Text()
			p.note("GrantID", m.Value)
		case "time":
			q.Time = readTime(m.Value)
		case "vpcEndpoint":
			q.VPCEndpoint = r.readEndpoint(m.Value)
		case "context":
			r.readContext(m.Value)
		}
	})
	requireField(v, p.has("Action"), "action")
}

// actionForm is what an action of any service looks like.
var actionForm = regexp.MustCompile(`^[A-Za-z0-9-]+:\S+$`)

// readAction reads an action. One that KMS does not have makes a request that KMS does not have,
// which is for Decide to deny: it is the zero Action.
func readAction(v jsondoc.Value) action.Action {
	text, ok := v.Text()
	if !ok {
		return 0
	}
	a, err := action.Parse(text)
	if err != nil && !actionForm.MatchString(text) {
		v.Fault(codeBadValue, `%v; an action is written as in "kms:Decrypt"`, err)
	}
	return a
}

// readTime reads the time of a request.
func readTime(v jsondoc.Value) time.Time {
	return readWord(v, func(text string) (time.Time, error) {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return t, fmt.Errorf(`found %q, expected a time such as "2026-01-02T03:04:05Z"`, text)
		}
		return t, nil
	})
}

var endpointShape = jsondoc.Shape{Noun: "field", Names: []string{"id", "policy"}}

// readEndpoint reads the VPC endpoint, nil if nothing is said of it.
func (r *reader) readEndpoint(v jsondoc.Value) *evaluate.VPCEndpoint {
	var e evaluate.VPCEndpoint
	v.Fields(&endpointShape, func(m jsondoc.Member) {
		if isNotGiven(m.Value) {
			return
		}
		switch m.Name {
		case "id":
			e.ID, _ = m.Text()
		case "policy":
			e.Policy = readPolicy(r, m.Value, "", policy.ParseEndpointPolicy)
		}
	})
	if e == (evaluate.VPCEndpoint{}) {
		return nil
	}
	return &e
}
