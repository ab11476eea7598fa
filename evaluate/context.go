package evaluate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Owner says which of the three configs settles a condition key.
type Owner uint8

// The owners. A key that neither the KMS key nor the caller settles belongs to
// the request.
const (
	RequestOwner Owner = iota
	KeyOwner
	CallerOwner
)

// settled are the condition keys that follow from a field: whose it is, and
// which. They are the keys of AWS KMS Developer Guide, "Condition keys for AWS
// KMS", and of IAM User Guide, "AWS global condition context keys", that a
// situation determines.
var settled = map[string]struct {
	owner Owner
	field string
}{
	"kms:KeySpec":                {KeyOwner, "Spec"},
	"kms:CustomerMasterKeySpec":  {KeyOwner, "Spec"},
	"kms:KeyUsage":               {KeyOwner, "Usage"},
	"kms:CustomerMasterKeyUsage": {KeyOwner, "Usage"},
	"kms:KeyOrigin":              {KeyOwner, "Origin"},
	"kms:MultiRegion":            {KeyOwner, "MultiRegion"},
	"kms:MultiRegionKeyType":     {KeyOwner, "MultiRegionKeyType"},
	"kms:ResourceAliases":        {KeyOwner, "Aliases"},
	"aws:ResourceTag/${TagKey}":  {KeyOwner, "Tags"},
	"aws:ResourceAccount":        {KeyOwner, "ARN"},
	"aws:ResourceOrgID":          {KeyOwner, "Organization"},
	"aws:ResourceOrgPaths":       {KeyOwner, "Organization"},

	"kms:CallerAccount":             {CallerOwner, "ARN"},
	"aws:PrincipalArn":              {CallerOwner, "ARN"},
	"aws:PrincipalAccount":          {CallerOwner, "ARN"},
	"aws:PrincipalType":             {CallerOwner, "ARN"},
	"aws:PrincipalIsAWSService":     {CallerOwner, "ARN"},
	"aws:PrincipalServiceName":      {CallerOwner, "ARN"},
	"aws:PrincipalServiceNamesList": {CallerOwner, "ARN"},
	"aws:username":                  {CallerOwner, "ARN"},
	"aws:userid":                    {CallerOwner, "UniqueID"},
	"aws:PrincipalOrgID":            {CallerOwner, "Organization"},
	"aws:PrincipalOrgPaths":         {CallerOwner, "Organization"},
	"aws:PrincipalTag/${TagKey}":    {CallerOwner, "Tags"},

	"kms:ViaService":    {RequestOwner, "ViaService"},
	"aws:ViaAWSService": {RequestOwner, "ViaService"},
	"kms:EncryptionContext:${EncryptionContextKey}": {RequestOwner, "EncryptionContext"},
	"kms:EncryptionContextKeys":                     {RequestOwner, "EncryptionContext"},
	"kms:RequestAlias":                              {RequestOwner, "KeyID"},
	"aws:SourceArn":                                 {RequestOwner, "SourceARN"},
	"aws:SourceAccount":                             {RequestOwner, "SourceAccount"},
	"aws:SourceVpce":                                {RequestOwner, "VPCEndpoint"},
	"aws:RequestedRegion":                           {RequestOwner, "Region"},
	"aws:CurrentTime":                               {RequestOwner, "Time"},
	"aws:EpochTime":                                 {RequestOwner, "Time"},
}

// settledKeys are the keys of settled.
var settledKeys = func() (keys conditions.KeySet) {
	for name := range settled {
		keys = keys.With(conditions.ParseKey(name))
	}
	return keys
}()

// OwnerOf returns whose Context may give a value of key: the config whose
// fields settle it, or the request.
//
// In a request without a key, such as CreateKey, the keys of KeyOwner are
// parameters of the request and belong to RequestConfig.
func OwnerOf(key conditions.Key) Owner {
	info, _ := key.Info()
	return settled[info.Name].owner
}

// configNames are the configs of the owners, for messages.
var configNames = [...]string{RequestOwner: "RequestConfig", KeyOwner: "KeyConfig", CallerOwner: "CallerConfig"}

// known are condition keys that evaluation sets itself.
var known = struct {
	keySpec, customerMasterKeySpec, keyUsage, customerMasterKeyUsage, keyOrigin, multiRegion, multiRegionKeyType,
	resourceAliases, resourceAccount, resourceOrgID, resourceOrgPaths,
	callerAccount, principalAccount, principalARN, principalType, principalIsAWSService, principalServiceName,
	principalOrgID, principalOrgPaths, userid, username,
	viaService, viaAWSService, calledVia, calledViaFirst, calledViaLast, requestAlias, encryptionContextKeys,
	sourceARN, sourceAccount, sourceVPCE, requestedRegion, currentTime, epochTime, secureTransport,
	grantConstraintType, grantConstraintSourceARN, grantOperations, grantIsForAWSResource conditions.Key
}{
	keySpec:                  conditions.ParseKey("kms:KeySpec"),
	customerMasterKeySpec:    conditions.ParseKey("kms:CustomerMasterKeySpec"),
	keyUsage:                 conditions.ParseKey("kms:KeyUsage"),
	customerMasterKeyUsage:   conditions.ParseKey("kms:CustomerMasterKeyUsage"),
	keyOrigin:                conditions.ParseKey("kms:KeyOrigin"),
	multiRegion:              conditions.ParseKey("kms:MultiRegion"),
	multiRegionKeyType:       conditions.ParseKey("kms:MultiRegionKeyType"),
	resourceAliases:          conditions.ParseKey("kms:ResourceAliases"),
	resourceAccount:          conditions.ParseKey("aws:ResourceAccount"),
	resourceOrgID:            conditions.ParseKey("aws:ResourceOrgID"),
	resourceOrgPaths:         conditions.ParseKey("aws:ResourceOrgPaths"),
	callerAccount:            conditions.ParseKey("kms:CallerAccount"),
	principalAccount:         conditions.ParseKey("aws:PrincipalAccount"),
	principalARN:             conditions.ParseKey("aws:PrincipalArn"),
	principalType:            conditions.ParseKey("aws:PrincipalType"),
	principalIsAWSService:    conditions.ParseKey("aws:PrincipalIsAWSService"),
	principalServiceName:     conditions.ParseKey("aws:PrincipalServiceName"),
	principalOrgID:           conditions.ParseKey("aws:PrincipalOrgID"),
	principalOrgPaths:        conditions.ParseKey("aws:PrincipalOrgPaths"),
	userid:                   conditions.ParseKey("aws:userid"),
	username:                 conditions.ParseKey("aws:username"),
	viaService:               conditions.ParseKey("kms:ViaService"),
	viaAWSService:            conditions.ParseKey("aws:ViaAWSService"),
	calledVia:                conditions.ParseKey("aws:CalledVia"),
	calledViaFirst:           conditions.ParseKey("aws:CalledViaFirst"),
	calledViaLast:            conditions.ParseKey("aws:CalledViaLast"),
	requestAlias:             conditions.ParseKey("kms:RequestAlias"),
	encryptionContextKeys:    conditions.ParseKey("kms:EncryptionContextKeys"),
	sourceARN:                conditions.ParseKey("aws:SourceArn"),
	sourceAccount:            conditions.ParseKey("aws:SourceAccount"),
	sourceVPCE:               conditions.ParseKey("aws:SourceVpce"),
	requestedRegion:          conditions.ParseKey("aws:RequestedRegion"),
	currentTime:              conditions.ParseKey("aws:CurrentTime"),
	epochTime:                conditions.ParseKey("aws:EpochTime"),
	secureTransport:          conditions.ParseKey("aws:SecureTransport"),
	grantConstraintType:      conditions.ParseKey("kms:GrantConstraintType"),
	grantConstraintSourceARN: conditions.ParseKey("kms:GrantConstraintSourceArn"),
	grantOperations:          conditions.ParseKey("kms:GrantOperations"),
	grantIsForAWSResource:    conditions.ParseKey("kms:GrantIsForAWSResource"),
}

// families are members of the families of condition keys that pairs make.
var families = struct{ encryptionContext, resourceTag, principalTag conditions.Key }{
	encryptionContext: conditions.ParseKey("kms:EncryptionContext:any"),
	resourceTag:       conditions.ParseKey("aws:ResourceTag/any"),
	principalTag:      conditions.ParseKey("aws:PrincipalTag/any"),
}

// facts are the condition keys and values that one of the three settles, while
// they are collected.
type facts struct{ conditions.Builder }

// set adds a key with one value, unless the value is empty: an empty field says
// nothing.
func (s *facts) set(key conditions.Key, value string) {
	if value != "" {
		s.Add(key, value)
	}
}

// setBool adds a key with a truth value.
func (s *facts) setBool(key conditions.Key, value bool) { s.set(key, strconv.FormatBool(value)) }

// setFamily adds one key of a family per pair.
func (s *facts) setFamily(family conditions.Key, list pairList) {
	for _, p := range list {
		s.Add(family.Sibling(p.name), p.value)
	}
}

// setEncryptionContext adds the condition keys of an encryption context. Pairs
// whose names differ only in case make one condition key with several values.
func (s *facts) setEncryptionContext(list pairList) {
	if len(list) > 0 {
		s.setFamily(families.encryptionContext, list)
		var room [8]string
		s.Add(known.encryptionContextKeys, list.names(room[:0])...)
	}
}

// setOrganization adds the keys of an account's organization.
func (s *facts) setOrganization(id, paths conditions.Key, o Organization) {
	s.set(id, o.ID)
	s.set(paths, o.Path)
}

// A given condition key is one that the user sets beside the fields.
type given struct {
	name   string
	key    conditions.Key
	values []string
}

// addPlain adds what the user gives for condition keys that no field settles, and
// reports whether that is all there is: few registered keys, each under one name.
// Otherwise something has been added that must not be used.
func (s *facts) addPlain(context map[string][]string) bool {
	const few = 32
	if len(context) > few {
		return false
	}
	for name, values := range context {
		key := conditions.ParseKey(name)
		if settledKeys.Has(key) || !s.Add(key, values...) {
			return false
		}
	}
	return true
}

// addGiven adds what the user gives for condition keys that the owner's fields
// leave open, and refuses misspelt keys, contradictions and keys of other owners. A key that is given
// as an empty list is added without values: it is absent.
func (s *facts) addGiven(f *faults, context map[string][]string, own func(Owner) bool) {
	list := make([]given, 0, len(context))
	// The order of the names shows in the faults, and in the values of two names
	// that are one key.
	for _, name := range slices.Sorted(maps.Keys(context)) {
		g := given{name, conditions.ParseKey(name), context[name]}
		if s.accepts(f, &g, own) {
			list = append(list, g)
		}
	}
	for i := range list {
		s.Add(list[i].key, list[i].values...)
	}
}

// accepts reports whether a given key says something that the fields leave open. If
// it says anything but what follows from them, that is a fault.
func (s *facts) accepts(f *faults, g *given, own func(Owner) bool) bool {
	info, _ := g.key.Info()
	row := settled[info.Name]
	isDerived := s.Has(g.key)
	refuse := func(format string, args ...any) {
		f.contradict(configNames[row.owner]+"."+cmp.Or(row.field, "Context"), contextField(g.name), format, args...)
	}
	switch near, isSlip := conditions.Near(g.name); {
	case isSlip:
		f.addf(contextField(g.name), "unknown condition key %q (did you mean %q?)", g.name, near.Name)
	case !own(row.owner), !isDerived && givenByFieldOnly[info.Name]:
		refuse("is not to be given here")
	case isDerived && !sameValues(s.Values(g.key), g.values):
		refuse("found %s, expected %s", quoted(g.values), quoted(s.Values(g.key)))
	default:
		return !isDerived
	}
	return false
}

// sameValues reports whether two lists have the same values, in any order.
func sameValues(a, b []string) bool {
	return slices.Equal(a, b) || len(a) == len(b) && slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// contextField names an element of a Context, for messages.
func contextField(name string) string { return fmt.Sprintf("Context[%q]", name) }

// givenByFieldOnly are condition keys that a Context cannot give, since more
// than one condition key follows from their field.
var givenByFieldOnly = map[string]bool{
	"kms:ViaService": true,
	"kms:EncryptionContext:${EncryptionContextKey}": true,
}

// quoted prints values for a message, as much of them as is worth showing.
func quoted(list []string) string {
	if len(list) == 1 {
		return quotedShort(list[0])
	}
	few := make([]string, min(len(list), maxListed))
	for i := range few {
		few[i] = printable.Short(list[i])
	}
	if more := len(list) - len(few); more > 0 {
		return fmt.Sprintf("%q and %d more", few, more)
	}
	return fmt.Sprintf("%q", few)
}

// deriveKeyContext returns the condition keys that a key settles.
func deriveKeyContext(f *faults, cfg *KeyConfig, arn policy.ARN, usage KeyUsage) conditions.Context {
	var s facts
	s.set(known.keySpec, cfg.Spec.String())
	s.set(known.customerMasterKeySpec, cfg.Spec.String())
	s.set(known.keyUsage, usage.String())
	s.set(known.customerMasterKeyUsage, usage.String())
	s.set(known.keyOrigin, cfg.Origin.String())
	s.setBool(known.multiRegion, cfg.MultiRegion)
	s.set(known.multiRegionKeyType, cfg.MultiRegionKeyType.String())
	if len(cfg.Aliases) > 0 {
		s.Add(known.resourceAliases, cfg.Aliases...)
	}
	s.setFamily(families.resourceTag, pairsOf(cfg.Tags))
	s.set(known.resourceAccount, arn.Account)
	s.setOrganization(known.resourceOrgID, known.resourceOrgPaths, cfg.Organization)
	s.addGiven(f, cfg.Context, func(o Owner) bool { return o == KeyOwner })
	// The Region called is the key's own unless the request says otherwise.
	s.set(known.requestedRegion, arn.Region)
	return s.Context()
}

// deriveCallerContext returns the condition keys that a caller settles.
//
// See IAM User Guide, "AWS global condition context keys", properties of the
// principal. UNDOCUMENTED: a service principal has no account, so
// kms:CallerAccount, aws:PrincipalAccount and aws:PrincipalArn are absent.
func deriveCallerContext(f *faults, cfg *CallerConfig, c *Caller) conditions.Context {
	var s facts
	s.set(known.callerAccount, c.account)
	s.set(known.principalAccount, c.account)
	s.set(known.principalARN, c.principalARN())
	s.set(known.principalType, principalTypes[c.kind])
	s.setBool(known.principalIsAWSService, c.isService())
	s.set(known.userid, c.userID(cfg.UniqueID))
	if c.isService() {
		s.set(known.principalServiceName, c.name)
	} else {
		s.setOrganization(known.principalOrgID, known.principalOrgPaths, cfg.Organization)
	}
	if c.kind == iamUser {
		s.set(known.username, c.name)
	}
	s.setFamily(families.principalTag, pairsOf(cfg.Tags))
	s.addGiven(f, cfg.Context, func(o Owner) bool { return o == CallerOwner })
	return s.Context()
}

// deriveResourceContext returns what a caller tells of keys in its own account:
// their organization.
func deriveResourceContext(o Organization) conditions.Context {
	var s facts
	s.setOrganization(known.resourceOrgID, known.resourceOrgPaths, o)
	return s.Context()
}

// principalARN returns the value of aws:PrincipalArn, which for a session is
// its role.
func (c *Caller) principalARN() string {
	switch c.kind {
	case anonymous, serviceCaller:
		return ""
	case sessionCaller:
		return c.roleARN
	default:
		return c.text
	}
}

// userID returns the value of aws:userid.
//
// See IAM User Guide, "IAM policy elements: Variables and tags", the table of
// principal key values. The session of a caller that is given as a role has the
// name that messages give it.
func (c *Caller) userID(uniqueID string) string {
	session := c.session
	switch c.kind {
	case rootUser:
		return c.account
	case federatedUser:
		return c.account + ":" + c.name
	case roleCaller:
		session = placeholderSession
	}
	if session == "" || uniqueID == "" || strings.Contains(uniqueID, ":") {
		return uniqueID
	}
	return uniqueID + ":" + session
}

// deriveRequestContext returns the condition keys that a request settles, what
// the user gives, and the defaults of the rest.
func (s *facts) deriveRequestContext(f *faults, cfg *RequestConfig, r *Request) conditions.Context {
	texts := textsOf(cfg)
	s.deriveRequest(cfg, r, &texts)
	if !s.addPlain(cfg.Context) {
		*s = facts{}
		s.deriveRequest(cfg, r, &texts)
		usesKey := r.usesKey()
		s.addGiven(f, cfg.Context, func(o Owner) bool { return o == RequestOwner || o == KeyOwner && !usesKey })
		if r.region == "" {
			r.givenRegion = s.Values(known.requestedRegion)
		}
	}
	s.setDefaults(cfg, &texts)
	return s.Context()
}

// deriveRequest adds what follows from the fields of a request.
func (s *facts) deriveRequest(cfg *RequestConfig, r *Request, t *texts) {
	if cfg.ViaService != "" {
		s.set(known.viaService, cfg.ViaService)
		s.setBool(known.viaAWSService, true)
	}
	if cfg.Action != action.RetireGrant { // which has that of its grant
		s.setEncryptionContext(r.pairs)
	}
	s.set(known.requestAlias, r.keyID.alias)
	s.set(known.sourceARN, cfg.SourceARN)
	s.set(known.sourceAccount, sourceAccount(cfg))
	s.set(known.requestedRegion, r.region)
	s.set(known.resourceAccount, r.alias.Account)
	if cfg.VPCEndpoint != nil {
		s.set(known.sourceVPCE, cfg.VPCEndpoint.ID)
	}
	s.set(known.currentTime, t.currentTime)
	s.set(known.epochTime, t.epochTime)
}

// texts are values of condition keys that a RequestConfig has in another form, empty
// where it does not have them.
type texts struct {
	currentTime, epochTime string
	calledVia              string
}

// textsOf writes the texts, in one piece of memory.
func textsOf(cfg *RequestConfig) texts {
	var room [96]byte
	text := room[:0]
	if !cfg.Time.IsZero() {
		text = cfg.Time.UTC().AppendFormat(text, time.RFC3339Nano)
	}
	current := len(text)
	if !cfg.Time.IsZero() {
		text = strconv.AppendInt(text, cfg.Time.Unix(), 10)
	}
	epoch := len(text)
	all := string(appendPlainName(text, cfg.ViaService))
	return texts{currentTime: all[:current], epochTime: all[current:epoch], calledVia: all[epoch:]}
}

// sourceAccount returns the value of aws:SourceAccount.
func sourceAccount(cfg *RequestConfig) string {
	if cfg.SourceAccount != "" || cfg.SourceARN == "" {
		return cfg.SourceAccount
	}
	arn, _ := policy.ParseARN(cfg.SourceARN)
	return arn.Account
}

// setDefaults adds the values that KMS and IAM assume for what a request leaves
// out.
func (s *facts) setDefaults(cfg *RequestConfig, t *texts) {
	set := func(key conditions.Key, value string) {
		if !s.Has(key) {
			s.set(key, value)
		}
	}
	// same lets each of two names of one parameter follow the other.
	same := func(key, synonym conditions.Key) {
		for _, pair := range [][2]conditions.Key{{key, synonym}, {synonym, key}} {
			if s.Has(pair[0]) && !s.Has(pair[1]) {
				s.Add(pair[1], s.Values(pair[0])...)
			}
		}
	}
	set(known.secureTransport, "true")
	set(known.viaAWSService, "false")
	set(known.calledVia, t.calledVia)
	if chain := s.Values(known.calledVia); len(chain) > 0 {
		set(known.calledViaFirst, chain[0])
		set(known.calledViaLast, chain[len(chain)-1])
	}
	if cfg.Action == action.CreateKey {
		same(known.keySpec, known.customerMasterKeySpec)
		same(known.keyUsage, known.customerMasterKeyUsage)
	}
	for _, row := range rowOf(cfg.Action).defaults {
		set(row.key, row.value)
	}
	switch cfg.Action {
	case action.CreateGrant, action.ListGrants, action.RevokeGrant:
		set(known.grantIsForAWSResource, strconv.FormatBool(cfg.ViaService != ""))
	case action.CreateKey:
		if slices.Equal(s.Values(known.multiRegion), []string{"true"}) {
			set(known.multiRegionKeyType, Primary.String())
		}
	}
}

// A parameterDefault is the value of a request parameter that is left out, as
// its condition key shows it.
type parameterDefault struct {
	actions action.Set
	key     conditions.Key
	value   string
}

// parameterDefaults are the defaults of request parameters.
//
// See AWS KMS Developer Guide, "Condition keys for AWS KMS": the keys see
// default values too. The same page tests for BypassPolicyLockoutSafetyCheck
// and ExpirationModel with Null, so these two are absent when left out.
// UNDOCUMENTED: that RotationPeriodInDays and PendingWindowInDays follow the
// general sentence.
var parameterDefaults = []parameterDefault{
	{action.SetOf(action.CreateKey), known.keySpec, "SYMMETRIC_DEFAULT"},
	{action.SetOf(action.CreateKey), known.customerMasterKeySpec, "SYMMETRIC_DEFAULT"},
	{action.SetOf(action.CreateKey), known.keyUsage, "ENCRYPT_DECRYPT"},
	{action.SetOf(action.CreateKey), known.customerMasterKeyUsage, "ENCRYPT_DECRYPT"},
	{action.SetOf(action.CreateKey), known.keyOrigin, "AWS_KMS"},
	{action.SetOf(action.CreateKey), known.multiRegion, "false"},
	{action.SetOf(action.Encrypt, action.Decrypt, action.ReEncryptFrom, action.ReEncryptTo, action.GenerateDataKey,
		action.GenerateDataKeyWithoutPlaintext, action.GenerateDataKeyPair, action.GenerateDataKeyPairWithoutPlaintext),
		conditions.ParseKey("kms:EncryptionAlgorithm"), "SYMMETRIC_DEFAULT"},
	{action.SetOf(action.Sign, action.Verify), conditions.ParseKey("kms:MessageType"), "RAW"},
	{action.SetOf(action.EnableKeyRotation), conditions.ParseKey("kms:RotationPeriodInDays"), "365"},
	{action.SetOf(action.ScheduleKeyDeletion), conditions.ParseKey("kms:ScheduleKeyDeletionPendingWindowInDays"), "30"},
}

// aliasKeys are the condition keys of a request on an alias: none of KMS, and no
// tags of a resource or request.
//
// See AWS KMS Developer Guide, "Controlling access to aliases".
var aliasKeys = func() visibleKeys {
	visible := conditions.KeysOf(action.CreateAlias)
	for info := range conditions.Keys() {
		switch {
		case strings.HasPrefix(info.Name, "kms:"), info.Name == "aws:TagKeys",
			info.Name == "aws:ResourceTag/${TagKey}", info.Name == "aws:RequestTag/${TagKey}":
			visible = visible.Without(conditions.ParseKey(info.Name))
		}
	}
	return visibleOf(visible)
}()

// plainServiceName turns "s3.us-east-1.amazonaws.com" into "s3.amazonaws.com", the
// form of aws:CalledVia.
func plainServiceName(viaService string) string { return string(appendPlainName(nil, viaService)) }

// appendPlainName appends the plainServiceName to b.
func appendPlainName(b []byte, viaService string) []byte {
	const suffix = ".amazonaws.com"
	host, ok := strings.CutSuffix(viaService, suffix)
	if !ok {
		return append(b, viaService...)
	}
	service, _, _ := strings.Cut(host, ".")
	return append(append(b, service...), suffix...)
}

// deriveGrantContext returns what the grant that RetireGrant is about tells of
// itself: the pairs and the type of its encryption-context constraint.
func deriveGrantContext(c *compiledConstraints) conditions.Context {
	var s facts
	set := func(constraintType string, encryptionContext pairList) {
		s.setEncryptionContext(encryptionContext)
		s.set(known.grantConstraintType, constraintType)
	}
	switch {
	case c.equals:
		set("EncryptionContextEquals", c.whole)
	case c.part != nil:
		set("EncryptionContextSubset", c.part)
	}
	return s.Context()
}
