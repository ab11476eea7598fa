package evaluate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// whyAbsent says why a request does not have a condition key, which is written
// so.
func (s *situation) whyAbsent(key conditions.Key, written string) (Code, string) {
	info, registered := key.Info()
	if !registered {
		if near, ok := conditions.Near(key.String()); ok {
			return CodeUnknownKey, fmt.Sprintf("AWS has no such key; did you mean %q?", near.Name)
		}
		return CodeUnknownKey, "no request to KMS is known to carry it"
	}
	name, _, _ := strings.Cut(info.Name, "${")
	family := strings.TrimPrefix(info.Name, name) != ""
	if family {
		info.Name = name + "*"
	}
	switch {
	case !s.request.visible.symmetric.Has(key) && s.request.aliasARN != "":
		return CodeUncarriedKey, "an alias as the resource brings no keys of KMS and no tags"
	case !s.request.visible.symmetric.Has(key):
		return CodeUncarriedKey, s.request.action.String() + " never carries " + info.Name
	}
	if !s.visible().Has(key) {
		return CodeUncarriedKey, fmt.Sprintf("only symmetric encryption keys work with an encryption context, and this key is of type %s", s.key.keyType)
	}
	member := ""
	if family {
		member = written[min(len(name), len(written)):]
	}
	if why := absences[info.Name]; why != nil {
		return CodeAbsentKey, why(s, member)
	}
	return CodeAbsentKey, "it is not given here; a request carries it " + info.Presence
}

// absences say why a request does not have a condition key that follows from
// fields of its situation; for a member of a family, with the member's name. Of
// the other keys the registry of package conditions tells which
// requests carry them.
var absences = map[string]func(s *situation, member string) string{
	"kms:ViaService":     (*situation).withoutService,
	"aws:CalledVia":      (*situation).withoutService,
	"aws:CalledViaFirst": (*situation).withoutService,
	"aws:CalledViaLast":  (*situation).withoutService,

	"kms:EncryptionContext:*":   (*situation).withoutPair,
	"kms:EncryptionContextKeys": (*situation).withoutPair,
	"kms:RequestAlias":          (*situation).withoutRequestAlias,

	"aws:SourceArn":      (*situation).withoutSource,
	"aws:SourceAccount":  (*situation).withoutSource,
	"aws:SourceOrgID":    (*situation).withoutSource,
	"aws:SourceOrgPaths": (*situation).withoutSource,

	"aws:SourceVpc":    (*situation).withoutEndpoint,
	"aws:SourceVpcArn": (*situation).withoutEndpoint,
	"aws:SourceVpce":   (*situation).withoutEndpoint,
	"aws:VpceAccount":  (*situation).withoutEndpoint,
	"aws:VpceOrgID":    (*situation).withoutEndpoint,
	"aws:VpceOrgPaths": (*situation).withoutEndpoint,
	"aws:VpcSourceIp":  (*situation).withoutEndpoint,

	"kms:CallerAccount":             (*situation).withoutAccount,
	"aws:PrincipalAccount":          (*situation).withoutAccount,
	"aws:PrincipalArn":              (*situation).withoutAccount,
	"aws:PrincipalType":             (*situation).withoutAccount,
	"aws:PrincipalOrgID":            (*situation).withoutOrganization,
	"aws:PrincipalOrgPaths":         (*situation).withoutOrganization,
	"aws:PrincipalTag/*":            (*situation).withoutTag,
	"aws:PrincipalServiceName":      (*situation).withoutServicePrincipal,
	"aws:PrincipalServiceNamesList": (*situation).withoutServicePrincipal,
	"aws:username":                  (*situation).withoutUserName,
	"aws:userid":                    always("the caller's unique id is not given"),

	"kms:ResourceAliases":    always("the key has no aliases"),
	"aws:ResourceTag/*":      (*situation).withoutKeyTag,
	"aws:ResourceAccount":    always("the request is not about a key or alias"),
	"aws:ResourceOrgID":      always("the organization of the key's account is not given"),
	"aws:ResourceOrgPaths":   always("the place of the key's account in its organization is not given"),
	"kms:MultiRegionKeyType": (*situation).withoutMultiRegionKeyType,

	"aws:RequestTag/*":    always("the request gives no such tag"),
	"aws:TagKeys":         always("the request gives no tags"),
	"aws:RequestedRegion": always("the Region that is called is not given"),
	"aws:CurrentTime":     always("the time of the request is not given"),
	"aws:EpochTime":       always("the time of the request is not given"),
}

func always(text string) func(*situation, string) string {
	return func(*situation, string) string { return text }
}

func (s *situation) withoutService(string) string {
	const only = "it is set only when an AWS service calls on the caller's behalf; "
	if s.caller.isService() {
		return only + "here the service calls as itself"
	}
	return only + "this call is direct"
}

// fewPairs is how many pairs an encryption context may have for texts to look
// through them.
const fewPairs = 20

func (s *situation) withoutPair(name string) string {
	pairs, whose := s.request.pairs.toMap(), "the request passes no encryption context"
	has := "the encryption context"
	switch s.request.action {
	case action.CreateGrant:
		whose, has = "the grant to be made has no encryption context in its constraints", "the constraint of the grant to be made"
	case action.RetireGrant:
		whose, has = "the grant has no encryption context in its constraints", "the constraint of the grant"
		if pairs = nil; s.grant >= 0 {
			c := &s.key.grants[s.grant].Constraints
			pairs = c.EncryptionContextEquals
			if pairs == nil {
				pairs = c.EncryptionContextSubset
			}
		}
	}
	if len(pairs) == 0 {
		return whose
	}
	text := has + " has no pair named " + quotedShort(name)
	if len(pairs) > fewPairs {
		return text
	}
	return text + "; it has " + severalQuoted(slices.Sorted(maps.Keys(pairs)))
}

func (s *situation) withoutRequestAlias(string) string {
	return "it is set only when an alias names the key in the request; here its ARN or id does"
}

func (s *situation) withoutSource(string) string {
	if s.caller.isService() {
		return "the service states no resource for which it calls"
	}
	return "it is set only when an AWS service calls as itself for a resource; this caller is " + s.caller.words()
}

func (s *situation) withoutEndpoint(string) string {
	switch {
	case len(s.context.Lookup(known.sourceVPCE)) > 0 || s.request.endpoint != nil:
		return "it is not given for the VPC endpoint of the request"
	case s.request.viaService != "":
		return "it is set only when the call comes through a VPC endpoint; this one comes from a service"
	default:
		return "it is set only when the call comes through a VPC endpoint; this one does not"
	}
}

func (s *situation) withoutAccount(string) string {
	return "the caller is an AWS service, which belongs to no account"
}

func (s *situation) withoutOrganization(string) string {
	if s.caller.isService() {
		return s.withoutAccount("")
	}
	return "the organization of the caller's account is not given, or it is in none"
}

func (s *situation) withoutTag(name string) string {
	return "the caller has no tag " + quotedShort(name)
}

func (s *situation) withoutKeyTag(name string) string {
	if s.key == nil {
		return "the request gives no tag " + quotedShort(name)
	}
	return "the key has no tag " + quotedShort(name)
}

func (s *situation) withoutServicePrincipal(string) string {
	return "it is set only when an AWS service calls as itself; this caller is " + s.caller.words()
}

func (s *situation) withoutUserName(string) string {
	return "only an IAM user has one; this caller is " + s.caller.words()
}

func (s *situation) withoutMultiRegionKeyType(string) string {
	if s.key == nil || slices.Equal(s.context.Lookup(known.multiRegion), []string{"false"}) {
		return "the key is no multi-Region key"
	}
	return "whether the multi-Region key is the primary or a replica is not given"
}
