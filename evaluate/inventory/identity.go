package inventory

import (
	"net/netip"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
)

var (
	identityShape = jsondoc.Shape{
		Noun: "field", Names: []string{"type", "arn", "principalId", "accountId", "invokedBy", "sessionContext"}, Open: true,
	}
	sessionContextShape = jsondoc.Shape{
		Noun: "field", Names: []string{"sessionIssuer", "attributes", "sourceIdentity", "webIdFederationData"}, Open: true,
	}
	issuerShape     = jsondoc.Shape{Noun: "field", Names: []string{"type", "arn", "principalId"}, Open: true}
	attributesShape = jsondoc.Shape{Noun: "field", Names: []string{"mfaAuthenticated", "creationDate"}, Open: true}
	webIDShape      = jsondoc.Shape{Noun: "field", Names: []string{"federatedProvider"}, Open: true}
)

// An identity is what an event says of its caller.
type identity struct {
	kind, arn, uniqueID, invokedBy string
	issuerKind, issuerARN, issuer  string // who made the session
}

// readIdentity reads who called, and on whose behalf.
//
// See AWS CloudTrail User Guide, "CloudTrail userIdentity element".
func (e *event) readIdentity(v jsondoc.Value) {
	var id identity
	v.Fields(&identityShape, func(m jsondoc.Member) {
		if m.IsNull() {
			return
		}
		if m.Name == "sessionContext" {
			e.readSession(m.Value, &id)
			return
		}
		text, _ := m.Text()
		switch m.Name {
		case "type":
			id.kind = text
		case "arn":
			id.arn = text
		case "principalId":
			id.uniqueID = text
		case "accountId":
			e.callerID = text
		case "invokedBy":
			id.invokedBy = text
		}
	})
	e.nameCaller(v, &id)
}

// readSession reads what made the caller's session, and when.
func (e *event) readSession(v jsondoc.Value, id *identity) {
	v.Fields(&sessionContextShape, func(m jsondoc.Member) {
		switch {
		case m.IsNull():
		case m.Name == "sourceIdentity":
			text, _ := m.Text()
			e.give("aws:SourceIdentity", text)
		case m.Name == "sessionIssuer":
			fields := textFields(m.Value, &issuerShape)
			id.issuerKind, id.issuerARN, id.issuer = fields["type"], fields["arn"], fields["principalId"]
		case m.Name == "attributes":
			fields := textFields(m.Value, &attributesShape)
			e.give("aws:MultiFactorAuthPresent", fields["mfaAuthenticated"])
			e.give("aws:TokenIssueTime", fields["creationDate"])
		default:
			e.give("aws:FederatedProvider", textFields(m.Value, &webIDShape)["federatedProvider"])
		}
	})
}

// textFields reads those fields of an object that a shape names, all of them strings.
func textFields(v jsondoc.Value, shape *jsondoc.Shape) map[string]string {
	fields := make(map[string]string)
	v.Fields(shape, func(m jsondoc.Member) {
		if !m.IsNull() {
			fields[m.Name], _ = m.Text()
		}
	})
	return fields
}

// nameCaller settles who the caller is, and whether a service called on the caller's behalf.
func (e *event) nameCaller(v jsondoc.Value, id *identity) {
	c := &e.Caller
	switch kind := policy.ParsePrincipal(id.arn).Kind(); {
	case id.kind == "AWSService":
		if c.ARN = id.invokedBy; policy.ServicePrincipal(c.ARN).Kind() != policy.Service {
			v.Fault(jsondoc.Code(CodeUnknown), "the event names no service as its caller, but %q", id.invokedBy)
		}
		return // what it calls, it calls as itself
	case kind == policy.Account:
		c.ARN = id.arn
	case kind == policy.User || kind == policy.Role:
		c.ARN, c.UniqueID = id.arn, id.uniqueID
	case kind == policy.Session:
		c.ARN, c.UniqueID = id.arn, id.uniqueID
		if id.issuerKind == "Role" {
			c.RoleARN = id.issuerARN
		}
	case kind == policy.FederatedUser:
		c.ARN, c.UserARN, c.UniqueID = id.arn, id.issuerARN, id.issuer
	case id.arn == "" && id.uniqueID != "" && id.kind == "AWSAccount":
		c.UniqueID = id.uniqueID
	default:
		v.Fault(jsondoc.Code(CodeUnknown), "no caller of KMS: type %q with ARN %q", id.kind, id.arn)
	}
	e.readInvoker(v, id.invokedBy)
}

// readInvoker reads which service called on the caller's behalf.
//
// UNDOCUMENTED: kms:ViaService has the service's name as invokedBy has it, with the Region.
func (e *event) readInvoker(v jsondoc.Value, invokedBy string) {
	const suffix = ".amazonaws.com"
	if invokedBy == "" {
		return
	}
	service, isService := strings.CutSuffix(invokedBy, suffix)
	if !isService {
		v.Fault(jsondoc.Code(CodeUnknown), "the event does not name the service that called on the caller's behalf, but %q", invokedBy)
		return
	}
	if !strings.Contains(service, ".") {
		service += "." + e.region
	}
	e.via = service + suffix
}

// readOrigin reads where the call came from. Calls of services come from no address of the
// caller's, and through no endpoint of its own.
//
// See IAM User Guide, "AWS global condition context keys", aws:SourceIp and aws:VpcSourceIp.
func (e *event) readOrigin(address, endpoint string) {
	key := "aws:SourceIp"
	if endpoint != "" && e.via == "" {
		e.endpoint = &evaluate.VPCEndpoint{ID: endpoint}
		key = "aws:VpcSourceIp"
	}
	if _, err := netip.ParseAddr(address); err == nil { // else it is the name of a service
		e.give(key, address)
	}
}
