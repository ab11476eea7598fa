package reference

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// values are the condition keys of a request, by their names in lower case.
type values map[string][]string

// set sets a key, except to nothing: a key says nothing where its source is
// empty.
func (v values) set(name string, texts ...string) {
	if name = strings.ToLower(name); len(texts) > 0 && !slices.Equal(texts, []string{""}) {
		v[name] = texts
	}
}

// deriveContext returns the condition keys that the request carries: those that
// follow from the situation, those that were given, and the defaults of what
// was neither.
func (s *situation) deriveContext() values {
	v := values{}
	s.defaults(v)
	s.addGiven(v)
	if chain := v["aws:calledvia"]; len(chain) > 0 {
		if len(v["aws:calledviafirst"]) == 0 {
			v.set("aws:CalledViaFirst", chain[0])
		}
		if len(v["aws:calledvialast"]) == 0 {
			v.set("aws:CalledViaLast", chain[len(chain)-1])
		}
	}
	if s.key == nil { // parameters of CreateKey also go by their old names
		v.set("kms:CustomerMasterKeySpec", v["kms:keyspec"]...)
		v.set("kms:CustomerMasterKeyUsage", v["kms:keyusage"]...)
	}
	s.addCaller(v)
	s.addResource(v)
	s.addRequest(v)
	s.addEncryptionContext(v)
	for name := range v {
		if !s.carries(name) {
			delete(v, name)
		}
	}
	return v
}

// carries reports whether a request for the action carries the key. Keys that
// all services have are always there; those of KMS and the tags of a resource
// or a request only where the action's row says so, and never where the
// resource is an alias (AWS KMS Developer Guide, "Controlling access to
// aliases": no condition keys for the alias).
func (s *situation) carries(name string) bool {
	ofKMS := strings.HasPrefix(name, "kms:")
	tags := strings.HasPrefix(name, "aws:resourcetag/") || strings.HasPrefix(name, "aws:requesttag/") || name == "aws:tagkeys"
	if !ofKMS && !tags {
		return true
	}
	if s.key == nil && s.request.Alias != "" {
		return false
	}
	for listed := range s.info.ConditionKeys() {
		prefix, _, family := strings.Cut(strings.ToLower(listed), "${")
		if name == prefix || family && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// addGiven adds the condition keys that the configs give. Names that differ in
// case only are one key.
func (s *situation) addGiven(v values) {
	given := []map[string][]string{s.caller.Context, s.request.Context}
	if s.key != nil {
		given = append(given, s.key.Context)
	}
	for _, context := range given {
		merged := values{}
		for _, name := range slices.Sorted(maps.Keys(context)) {
			merged[strings.ToLower(name)] = append(merged[strings.ToLower(name)], context[name]...)
		}
		for name, texts := range merged {
			if len(texts) > 0 {
				v[name] = texts
			}
		}
	}
}

// defaults adds what a request says if nothing else is said: parameters have
// their default values (AWS KMS Developer Guide, "AWS KMS condition keys").
func (s *situation) defaults(v values) {
	v.set("aws:SecureTransport", "true")
	if service, _, ok := strings.Cut(s.request.ViaService, "."); ok {
		v.set("aws:CalledVia", service+".amazonaws.com")
	}
	switch s.request.Action {
	case action.CreateGrant, action.ListGrants, action.RevokeGrant:
		v.set("kms:GrantIsForAWSResource", strconv.FormatBool(s.request.ViaService != ""))
	case action.Encrypt, action.Decrypt, action.ReEncryptFrom, action.ReEncryptTo, action.GenerateDataKey, action.GenerateDataKeyWithoutPlaintext,
		action.GenerateDataKeyPair, action.GenerateDataKeyPairWithoutPlaintext:
		v.set("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
	case action.Sign, action.Verify:
		v.set("kms:MessageType", "RAW")
	case action.EnableKeyRotation:
		v.set("kms:RotationPeriodInDays", "365")
	case action.ScheduleKeyDeletion:
		v.set("kms:ScheduleKeyDeletionPendingWindowInDays", "30")
	case action.CreateKey:
		v.set("kms:KeySpec", "SYMMETRIC_DEFAULT")
		v.set("kms:KeyUsage", "ENCRYPT_DECRYPT")
		v.set("kms:KeyOrigin", "AWS_KMS")
		v.set("kms:MultiRegion", "false")
	}
}

// addCaller adds who calls (IAM User Guide, "AWS global condition context
// keys", properties of the principal). UNDOCUMENTED: a service principal has no
// account and no ARN there.
func (s *situation) addCaller(v values) {
	who := s.who
	v.set("kms:CallerAccount", who.account)
	v.set("aws:PrincipalAccount", who.account)
	v.set("aws:PrincipalIsAWSService", strconv.FormatBool(who.kind == service))
	v.set("aws:PrincipalOrgID", s.caller.Organization.ID)
	v.set("aws:PrincipalOrgPaths", s.caller.Organization.Path)
	for key, value := range s.caller.Tags {
		v.set("aws:PrincipalTag/"+key, value)
	}
	switch who.kind {
	case service:
		v.set("aws:PrincipalServiceName", who.arn)
	case root:
		v.set("aws:PrincipalType", "Account")
		v.set("aws:PrincipalArn", who.arn)
		v.set("aws:userid", who.account)
	case user:
		v.set("aws:PrincipalType", "User")
		v.set("aws:PrincipalArn", who.arn)
		v.set("aws:userid", s.caller.UniqueID)
		v.set("aws:username", who.name[strings.LastIndexByte(who.name, '/')+1:])
	case federated:
		v.set("aws:PrincipalType", "FederatedUser")
		v.set("aws:PrincipalArn", who.arn)
		v.set("aws:userid", who.account+":"+who.name)
	case role, session:
		v.set("aws:PrincipalType", "AssumedRole")
		v.set("aws:PrincipalArn", who.role)
		v.set("aws:userid", s.sessionID())
	}
}

// sessionID is aws:userid of a role session: the role's unique id, ":" and the
// session's name, of which nothing is known where the caller is given as a role.
func (s *situation) sessionID() string {
	_, name, _ := strings.Cut(s.who.name, "/")
	if s.who.kind == role {
		name = "ROLE-SESSION-NAME"
	}
	if s.caller.UniqueID == "" || strings.Contains(s.caller.UniqueID, ":") {
		return s.caller.UniqueID
	}
	return s.caller.UniqueID + ":" + name
}

// addResource adds what the key is, or of an alias its account.
func (s *situation) addResource(v values) {
	v.set("aws:ResourceAccount", s.at.account)
	v.set("aws:ResourceOrgID", s.resourceOrganization().ID)
	v.set("aws:ResourceOrgPaths", s.resourceOrganization().Path)
	if s.key == nil {
		return
	}
	usage := usageOf(s.key).String()
	v.set("kms:KeySpec", s.key.Spec.String())
	v.set("kms:CustomerMasterKeySpec", s.key.Spec.String())
	v.set("kms:KeyUsage", usage)
	v.set("kms:CustomerMasterKeyUsage", usage)
	v.set("kms:KeyOrigin", s.key.Origin.String())
	v.set("kms:MultiRegion", strconv.FormatBool(s.key.MultiRegion))
	v.set("kms:MultiRegionKeyType", s.key.MultiRegionKeyType.String())
	v.set("kms:ResourceAliases", s.key.Aliases...)
	for key, value := range s.key.Tags {
		v.set("aws:ResourceTag/"+key, value)
	}
	if alias, ok := s.requestAlias(); ok {
		v.set("kms:RequestAlias", alias)
	}
}

// resourceOrganization is the place of the key's account, which a caller of the
// same account may supply.
func (s *situation) resourceOrganization() evaluate.Organization {
	organization := evaluate.Organization{}
	if s.key != nil {
		organization = s.key.Organization
	}
	if organization == (evaluate.Organization{}) && s.who.account == s.at.account && s.at.account != "" {
		return s.caller.Organization
	}
	return organization
}

// addRequest adds how and when KMS was called.
func (s *situation) addRequest(v values) {
	r := s.request
	v.set("kms:ViaService", r.ViaService)
	v.set("aws:ViaAWSService", strconv.FormatBool(r.ViaService != ""))
	v.set("aws:SourceArn", r.SourceARN)
	v.set("aws:SourceAccount", r.SourceAccount)
	if source, ok := splitARN(r.SourceARN); ok && r.SourceAccount == "" {
		v.set("aws:SourceAccount", source.account)
	}
	if r.VPCEndpoint != nil {
		v.set("aws:SourceVpce", r.VPCEndpoint.ID)
	}
	v.set("aws:RequestedRegion", s.at.region)
	v.set("aws:RequestedRegion", r.Region)
	if !r.Time.IsZero() {
		v.set("aws:CurrentTime", r.Time.UTC().Format(time.RFC3339))
		v.set("aws:EpochTime", strconv.FormatInt(r.Time.Unix(), 10))
	}
}

// addEncryptionContext adds the pairs of the encryption context; of CreateGrant
// and RetireGrant they are those of the grant's constraint.
func (s *situation) addEncryptionContext(v values) {
	pairs := s.encryptionContext()
	if s.request.Action == action.RetireGrant {
		pairs = nil
		if s.grant != nil {
			pairs = s.addConstraint(v, s.grant.Constraints)
		}
	}
	if s.key == nil || typeOf(s.key) != action.Symmetric {
		pairs = nil
	}
	merged := values{}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		name := "kms:encryptioncontext:" + strings.ToLower(key)
		merged[name] = append(merged[name], pairs[key])
	}
	maps.Copy(v, merged)
	v.set("kms:EncryptionContextKeys", slices.Sorted(maps.Keys(pairs))...)
}

// encryptionContext returns the request's encryption context. Only operations
// that have one carry it, and only symmetric encryption keys have them.
func (s *situation) encryptionContext() map[string]string {
	if s.key == nil || !s.info.EncryptionContext || typeOf(s.key) != action.Symmetric {
		return nil
	}
	return s.request.EncryptionContext
}

// addConstraint adds the type of a grant's constraint, and returns its pairs.
func (s *situation) addConstraint(v values, c grants.Constraints) map[string]string {
	switch {
	case c.EncryptionContextEquals != nil:
		v.set("kms:GrantConstraintType", "EncryptionContextEquals")
		return c.EncryptionContextEquals
	case c.EncryptionContextSubset != nil:
		v.set("kms:GrantConstraintType", "EncryptionContextSubset")
	}
	return c.EncryptionContextSubset
}
