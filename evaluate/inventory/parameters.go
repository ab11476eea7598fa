package inventory

import (
	"cmp"
	"maps"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A parameter is a parameter of a request that shows as a condition key.
type parameter struct {
	actions action.Set
	name    string
	key     string
}

// parameters are the parameters as CloudTrail names them, and their condition keys.
//
// See AWS KMS Developer Guide, "AWS KMS condition keys".
var parameters = []parameter{
	{action.SetOf(action.Encrypt, action.Decrypt), "encryptionAlgorithm", "kms:EncryptionAlgorithm"},
	{action.SetOf(action.ReEncryptFrom), "sourceEncryptionAlgorithm", "kms:EncryptionAlgorithm"},
	{action.SetOf(action.ReEncryptTo), "destinationEncryptionAlgorithm", "kms:EncryptionAlgorithm"},
	{action.SetOf(action.GenerateDataKeyPair, action.GenerateDataKeyPairWithoutPlaintext), "keyPairSpec", "kms:DataKeyPairSpec"},
	{action.SetOf(action.Sign, action.Verify), "signingAlgorithm", "kms:SigningAlgorithm"},
	{action.SetOf(action.Sign, action.Verify), "messageType", "kms:MessageType"},
	{action.SetOf(action.GenerateMac, action.VerifyMac), "macAlgorithm", "kms:MacAlgorithm"},
	{action.SetOf(action.DeriveSharedSecret), "keyAgreementAlgorithm", "kms:KeyAgreementAlgorithm"},
	{action.SetOf(action.GetParametersForImport), "wrappingAlgorithm", "kms:WrappingAlgorithm"},
	{action.SetOf(action.GetParametersForImport), "wrappingKeySpec", "kms:WrappingKeySpec"},
	{action.SetOf(action.ImportKeyMaterial), "expirationModel", "kms:ExpirationModel"},
	{action.SetOf(action.EnableKeyRotation), "rotationPeriodInDays", "kms:RotationPeriodInDays"},
	{action.SetOf(action.ScheduleKeyDeletion), "pendingWindowInDays", "kms:ScheduleKeyDeletionPendingWindowInDays"},
	{action.SetOf(action.CreateKey, action.PutKeyPolicy), "bypassPolicyLockoutSafetyCheck", "kms:BypassPolicyLockoutSafetyCheck"},
	{action.SetOf(action.CreateKey), "keySpec", "kms:KeySpec"},
	{action.SetOf(action.CreateKey), "customerMasterKeySpec", "kms:CustomerMasterKeySpec"},
	{action.SetOf(action.CreateKey), "keyUsage", "kms:KeyUsage"},
	{action.SetOf(action.CreateKey), "origin", "kms:KeyOrigin"},
	{action.SetOf(action.CreateKey), "multiRegion", "kms:MultiRegion"},
	{action.SetOf(action.ReplicateKey), "replicaRegion", "kms:ReplicaRegion"},
	{action.SetOf(action.UpdatePrimaryRegion), "primaryRegion", "kms:PrimaryRegion"},
	{action.SetOf(action.CreateGrant), "granteePrincipal", "kms:GranteePrincipal"},
	{action.SetOf(action.CreateGrant), "granteeServicePrincipal", "kms:GranteeServicePrincipal"},
	{action.SetOf(action.CreateGrant), "retiringPrincipal", "kms:RetiringPrincipal"},
	{action.SetOf(action.CreateGrant), "retiringServicePrincipal", "kms:RetiringServicePrincipal"},
	{action.SetOf(action.CreateGrant), "operations", "kms:GrantOperations"},
	{action.SetOf(action.UntagResource), "tagKeys", "aws:TagKeys"},
}

// importValidTo is how CloudTrail writes the time until which imported key material is valid.
const importValidTo = "Jan 2, 2006 3:04:05 PM"

// request returns what an authorization asks for, as far as the event's parameters tell.
func (e *event) request(a action.Action) evaluate.RequestConfig {
	q := evaluate.RequestConfig{
		Action: a, Region: e.region, ViaService: e.via, Time: e.time, VPCEndpoint: e.endpoint,
		Context: maps.Clone(e.context),
	}
	if a == action.RetireGrant {
		q.GrantID = e.grantID
	}
	for _, m := range e.params {
		if !m.IsNull() {
			readParameter(m, &q)
		}
	}
	return q
}

// readParameter reads a parameter if it bears on an authorization.
func readParameter(m jsondoc.Member, q *evaluate.RequestConfig) {
	for i := range parameters {
		if p := &parameters[i]; p.name == m.Name && p.actions.Has(q.Action) {
			q.Context[p.key] = readValues(m.Value)
			return
		}
	}
	switch m.Name {
	case contextParameter(q.Action):
		q.EncryptionContext = m.TextMap()
	case "grantTokens":
		q.GrantTokens = readTexts(m.Value)
	case "grantId":
		q.GrantID, _ = m.Text()
	case "constraints":
		readConstraints(m.Value, q)
	case "tags":
		readRequestTags(m.Value, q)
	case "validTo":
		t := readTime(m.Value, importValidTo, importValidTo)
		q.Context["kms:ValidTo"] = []string{strconv.FormatInt(t.Unix(), 10)}
	case "recipient":
		m.Fault(jsondoc.Code(CodeUnknown), "what the attestation document says is not read")
	}
}

// contextParameter names the parameter that has the encryption context for an authorization.
func contextParameter(a action.Action) string {
	switch a {
	case action.ReEncryptFrom:
		return "sourceEncryptionContext"
	case action.ReEncryptTo:
		return "destinationEncryptionContext"
	}
	return "encryptionContext"
}

// readValues reads a parameter as the values of a condition key.
func readValues(v jsondoc.Value) []string {
	switch v.Kind() {
	case jsondoc.Bool, jsondoc.Number:
		return []string{v.Raw()}
	}
	values := []string{}
	v.Texts(func(text string, _ jsondoc.Value) { values = append(values, text) })
	return values
}

var grantConstraintsShape = jsondoc.Shape{
	Noun: "field", Names: []string{"encryptionContextEquals", "encryptionContextSubset", "sourceArn"}, Open: true,
}

// readConstraints reads the constraints of a grant that is to be made.
func readConstraints(v jsondoc.Value, q *evaluate.RequestConfig) {
	v.Fields(&grantConstraintsShape, func(m jsondoc.Member) {
		switch {
		case m.IsNull():
		case m.Name == "sourceArn":
			q.Context["kms:GrantConstraintSourceArn"] = readValues(m.Value)
		default:
			q.EncryptionContext = m.TextMap()
			q.Context["kms:GrantConstraintType"] = []string{"E" + strings.TrimPrefix(m.Name, "e")}
		}
	})
}

var requestTagShape = jsondoc.Shape{Noun: "field", Names: []string{"tagKey", "tagValue"}, Required: []string{"tagKey"}}

// readRequestTags reads the tags that a key is to have.
func readRequestTags(v jsondoc.Value, q *evaluate.RequestConfig) {
	names := []string{}
	v.Elements(func(tag jsondoc.Value) {
		fields := textFields(tag, &requestTagShape)
		names = append(names, fields["tagKey"])
		q.Context["aws:RequestTag/"+fields["tagKey"]] = []string{fields["tagValue"]}
	})
	q.Context["aws:TagKeys"] = names
}

// authorize lists what had to be allowed.
func (e *event) authorize() {
	switch e.Name {
	case "ReEncrypt":
		e.reEncrypt()
		return
	case "CreateAlias", "UpdateAlias", "DeleteAlias":
		e.aliasOperation()
		return
	}
	a, err := action.Parse("kms:" + e.Name)
	if err != nil {
		e.root.Fault(codeBadValue, "%v", err)
		return
	}
	if a.Info().Resource == action.ResourceNone {
		e.add("", e.request(a))
		return
	}
	key, name := e.key(a, "keyId", e.keys)
	e.addOn(a, key, name)
	if a == action.UpdatePrimaryRegion {
		e.newPrimary(key)
	}
}

// add adds an authorization.
func (e *event) add(key string, q evaluate.RequestConfig) {
	e.Authorizations = append(e.Authorizations, Authorization{Key: key, Request: q})
}

// addOn adds an authorization on a key, which the request calls by a name.
func (e *event) addOn(a action.Action, key, name string) {
	if key == "" {
		e.root.Fault(jsondoc.Code(CodeUnknown), "the event does not tell which key it is about")
		return
	}
	q := e.request(a)
	if strings.Contains(name, "alias/") {
		q.KeyID = name
	}
	e.add(key, q)
}

// reEncrypt lists the two authorizations of ReEncrypt. The event has the source key, then the
// destination key.
//
// See AWS KMS Developer Guide, "ReEncrypt" in "Understanding AWS KMS log entries".
func (e *event) reEncrypt() {
	from, to := e.unlessNamed("sourceKeyId"), e.unlessNamed("destinationKeyId")
	if len(e.keys) > 1 {
		from, to = e.keys[:1], e.keys[1:2]
	}
	source, sourceName := e.key(action.ReEncryptFrom, "sourceKeyId", from)
	destination, destinationName := e.key(action.ReEncryptTo, "destinationKeyId", to)
	e.addOn(action.ReEncryptFrom, source, sourceName)
	e.addOn(action.ReEncryptTo, destination, destinationName)
	if source != "" && destination != "" {
		same := []string{strconv.FormatBool(source == destination)}
		for i := range e.Authorizations {
			e.Authorizations[i].Request.Context["kms:ReEncryptOnSameKey"] = same
		}
	}
}

// unlessNamed returns the key that the event lists, none if a parameter names one by its id or ARN:
// that may be another one. An alias does not tell.
func (e *event) unlessNamed(name string) []string {
	if text := e.param(name); text != "" && !strings.Contains(text, "alias/") {
		return nil
	}
	return e.keys
}

// aliasOperation lists the authorizations of an operation on an alias: on the alias, and on each
// key that the event has.
//
// See AWS KMS Developer Guide, "Controlling access to aliases".
func (e *event) aliasOperation() {
	a, _ := action.Parse("kms:" + e.Name)
	alias := e.aliasARN
	if alias == "" {
		alias = e.inAccount(e.param("aliasName"))
	}
	if alias == "" {
		e.root.Fault(jsondoc.Code(CodeUnknown), "the event does not tell which alias it is about")
	} else {
		q := e.request(a)
		q.Alias = alias
		e.add("", q)
	}
	keys := e.keys
	if len(keys) == 0 {
		key, _ := e.key(a, "targetKeyId", nil)
		keys = []string{key}
	}
	for _, key := range keys {
		e.addOn(a, key, "")
	}
}

// newPrimary adds the authorization on the replica that is to become the primary key, which is in
// the other Region and asked for there.
//
// See AWS KMS Developer Guide, "Controlling access to multi-Region keys".
func (e *event) newPrimary(primary string) {
	arn, err := policy.ParseARN(primary)
	region := e.param("primaryRegion")
	if err != nil || region == "" || region == arn.Region {
		return
	}
	q := e.request(action.UpdatePrimaryRegion)
	arn.Region, q.Region = region, region
	e.add(arn.String(), q)
}

// key returns the ARN of the key that a parameter names, or of the alias by which it does, and
// the name that it has there. What the event lists as its resources goes before the parameter,
// and where it has neither, the message of a denial may tell.
func (e *event) key(a action.Action, name string, resources []string) (arn, text string) {
	text = e.param(name)
	switch {
	case len(resources) > 0:
		arn = resources[0]
	case strings.HasPrefix(text, "arn:"):
		arn = text
	case text != "":
		arn = e.inAccount(text)
	default:
		arn = deniedKey(e.Outcome.ErrorMessage, a)
	}
	if parsed, err := policy.ParseARN(arn); err != nil || checkKeyARN(parsed) != nil && checkAliasARN(parsed) != nil {
		return "", text
	}
	return arn, text
}

// param returns the text of a parameter, "" if there is none.
func (e *event) param(name string) string {
	for _, m := range e.params {
		if m.Name == name && !m.IsNull() {
			text, _ := m.Text()
			return text
		}
	}
	return ""
}

// inAccount returns the ARN of a key id or an alias name, which are those of the caller's account
// and the Region that was called. It is "" if either is not known.
func (e *event) inAccount(name string) string {
	account := cmp.Or(e.callerID, e.account)
	opts := Options{Account: account, Region: e.region}
	if name == "" || !isAccountID(account) {
		return ""
	}
	if !strings.HasPrefix(name, "alias/") {
		name = "key/" + name
	}
	return opts.arn("kms", name).String()
}

// deniedKey returns the key ARN in the message of a denial of an action, "" if there is none.
//
// See IAM User Guide, "Troubleshoot access denied error messages".
func deniedKey(message string, a action.Action) string {
	_, rest, found := strings.Cut(message, "to perform: "+a.String()+" on resource: ")
	if !found {
		return ""
	}
	arn, _, _ := strings.Cut(rest, " ")
	return arn
}
