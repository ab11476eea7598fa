package evaluate

import (
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// policyTypes are AWS's names for the kinds of policies, as messages have them.
// A message may name the policy that denies where it has an ARN: managed
// policies and those of an organization.
//
// See IAM User Guide, "Troubleshoot access denied error messages".
var policyTypes = [...]struct {
	layer  Layer
	words  string
	hasARN bool
}{
	{LayerSCP, "service control policy", true},
	{LayerRCP, "resource control policy", true},
	{LayerVPCEndpointPolicy, "VPC endpoint policy", false},
	{LayerKeyPolicy, "resource-based policy", false},
	{LayerIAMPolicy, "identity-based policy", true},
	{LayerPermissionsBoundary, "permissions boundary", true},
	{LayerSessionPolicy, "session policy", true},
}

const (
	// unauthorized stands between caller and permission.
	unauthorized = "is not authorized to perform: "

	// Where a message does not name the key.
	hiddenResource     = "this resource"
	ciphertextResource = "the resource associated with this ciphertext"

	// hiddenCause is all that a caller of another account learns of the key's
	// side.
	hiddenCause = "because the resource does not exist in this Region, no resource-based policies allow access, " +
		"or a resource-based policy explicitly denies access"

	// oldCiphertextMessage is what KMS used to say, and some services still do.
	oldCiphertextMessage = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, " +
		"or you are not allowed to access."

	// placeholderSession stands for the name of a session that is not known.
	placeholderSession = "ROLE-SESSION-NAME"
)

// accessDenied is the answer where a policy denies or does not allow.
//
// UNDOCUMENTED: how KMS answers an operation that never works across accounts,
// and a caller of another account whom a resource control policy denies; both
// are taken to learn nothing of the key.
func (s *situation) accessDenied(v *verdict) AWSError {
	told := s.told(v)
	resource, cause := "resource: "+s.resource, told.cause(s.request)
	var variants []string
	switch {
	case s.foreign && !told.layer.onCallersSide():
		if told.layer == LayerRCP {
			variants = append(variants, s.sentence(resource, cause))
		}
		resource, cause = hiddenResource, hiddenCause
	case told.layer == LayerSCP && told.reason != ReasonExplicitDeny:
		// The wording of 2023, when SCPs had no other.
		variants = append(variants, s.sentence(resource, "with an explicit deny in a service control policy"))
	}
	if s.keyFromCiphertext() {
		variants = append(variants, s.sentence(ciphertextResource, cause), oldCiphertextMessage)
	}
	return AWSError{Code: "AccessDeniedException", Message: s.sentence(resource, cause), Variants: variants}
}

// sentence puts the parts of a message together.
func (s *situation) sentence(resource, cause string) string {
	return "User: " + s.caller.asUser() + " " + unauthorized + s.request.action.String() + " on " + resource + " " + cause
}

// asUser returns the caller as messages name it: of a role, a session.
func (c *Caller) asUser() string {
	if c.kind != roleCaller {
		return c.text
	}
	return "arn:" + c.partition + ":sts::" + c.account + ":assumed-role/" + c.name + "/" + placeholderSession
}

// keyFromCiphertext reports whether KMS may learn from the ciphertext alone
// which key is to be used.
//
// See AWS KMS API Reference, Decrypt, KeyId.
func (s *situation) keyFromCiphertext() bool {
	a := s.request.action
	return (a == action.Decrypt || a == action.ReEncryptFrom) && s.key != nil && s.key.keyType == action.Symmetric &&
		s.request.keyID.form == noKeyID
}

// told returns the finding that the message is about. AWS names one type of
// policy, explicit denies before others. It evaluates the account of a caller
// from elsewhere first.
//
// UNDOCUMENTED: the order of the types; and which side is named where both the
// caller's and the key's deny.
func (s *situation) told(v *verdict) *finding {
	blockers := v.withoutGrants()
	if s.foreign {
		for i := range blockers {
			if blockers[i].layer.onCallersSide() {
				return &blockers[i]
			}
		}
	}
	return &blockers[0]
}

// onCallersSide reports whether the layer belongs to the caller's account
// rather than to the key's.
func (l Layer) onCallersSide() bool {
	switch l {
	case LayerSCP, LayerVPCEndpointPolicy, LayerIAMPolicy, LayerPermissionsBoundary, LayerSessionPolicy:
		return true
	default:
		return false
	}
}

// withoutGrants returns the blockers of the path that leads by policies. No
// message of KMS names a grant, so what a grant lacks is not told.
func (v *verdict) withoutGrants() []finding {
	byGrant := false
	var byPolicies verdict
	for _, f := range v.blockers {
		switch {
		case f.layer == LayerGrant || f.reason == ReasonGrantRequiresDelegation:
			byGrant = true
		case f.reason == ReasonExplicitDeny || f.layer < LayerKeyPolicy: // on every path
			byPolicies.add(f)
		}
	}
	if !byGrant || len(v.other) == 0 { // there is no other path for RetireGrant
		return v.blockers
	}
	for _, f := range v.other {
		byPolicies.add(f)
	}
	return byPolicies.blockers
}

// cause says in AWS's words which type of policy denies or does not allow. What
// RetireGrant lacks, a grant that lets the caller retire it, reads like a key
// policy (UNDOCUMENTED).
func (f *finding) cause(r *Request) string {
	for _, t := range policyTypes {
		if t.layer != f.layer && (f.layer != LayerGrant || t.layer != LayerKeyPolicy) {
			continue
		}
		if f.reason != ReasonExplicitDeny {
			return "because no " + t.words + " allows the " + r.action.String() + " action"
		}
		text := "with an explicit deny in " + article(t.words) + t.words
		if _, err := policy.ParseARN(f.policy.Name()); err == nil && t.hasARN {
			text += ": " + f.policy.Name()
		}
		return text
	}
	return "" // the operation never works across accounts, of which no message tells
}

// article returns "a " or "an ", as words need it.
func article(words string) string {
	if words[0] == 'i' {
		return "an "
	}
	return "a "
}
