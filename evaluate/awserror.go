package evaluate

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// An AWSError is the error with which KMS answers a denied request.
type AWSError struct {
	Code    string `json:"code"`
	Message string `json:"message"` // "" where AWS's wording is not known
	// Variants are other wordings that KMS has for the same denial: older ones,
	// and those for a caller who did not name the key.
	Variants []string `json:"variants,omitempty"`
}

// AWSError returns the error that the caller of a denied request sees; false if
// the request is allowed, and for the zero Decision.
//
// The message of AccessDeniedException names a single layer, where several may
// block: the first of Blockers, except that no message knows of grants and that
// a caller of another account is told of its own side first. A denial that AWS
// would not pronounce, as the rules differ, reads as if it did. A caller that is
// given as a role has a session named ROLE-SESSION-NAME.
//
// See AWS KMS API Reference, "Common errors" and the errors of each operation;
// IAM User Guide, "Troubleshoot access denied error messages"; AWS KMS Developer
// Guide, "Key states of AWS KMS keys".
func (d Decision) AWSError() (AWSError, bool) {
	s := d.situation()
	if s == nil || d.allowed {
		return AWSError{}, false
	}
	var v verdict
	s.judge(&v)
	switch first := &v.first; first.layer {
	case LayerRequest:
		return s.requestError(first), true
	case LayerRegion:
		return s.regionError(), true
	case LayerKeyUsage:
		return s.usageError(), true
	case LayerKeyState:
		return s.stateError(first.reason), true
	default:
		return s.accessDenied(&v), true
	}
}

// requestError is the answer to what KMS does not have as a request.
//
// UNDOCUMENTED: all but the error for a key or alias that is not found.
func (s *situation) requestError(f *finding) AWSError {
	switch f.note {
	case noteAnonymous:
		return AWSError{Code: "MissingAuthenticationTokenException", Message: "Missing Authentication Token"}
	case noteAliasNotAccepted:
		return AWSError{Code: "NotFoundException", Message: "Invalid keyId '" + s.request.keyID.text + "'"}
	case noteForeignKeyNeedsARN:
		return s.notFound(s.caller.account)
	default:
		return AWSError{Code: "ValidationException"}
	}
}

// regionError is the answer in a Region where the key or alias is not. KMS does
// not look for an ARN of another Region, and tells that Region.
//
// UNDOCUMENTED: observed for key ARNs, and for key ids and alias names, which
// KMS completes with the Region that is called; the same is taken to hold for
// alias ARNs and for alias operations.
func (s *situation) regionError() AWSError {
	switch id := &s.request.keyID; {
	case s.key == nil, id.form == bareKeyID, id.form == aliasName:
		return s.notFound(s.account)
	default:
		return AWSError{Code: "NotFoundException", Message: "Invalid arn " + s.key.arn.Region}
	}
}

// notFound is the answer where KMS looks for a key id or an alias name in an
// account, in the Region that is called, and finds nothing.
func (s *situation) notFound(account string) AWSError {
	r, home := s.request, *s.request.alias
	if s.key != nil {
		home = s.key.arn
	}
	home.Account = account
	if r.region != "" {
		home.Region = r.region
	}
	out := AWSError{Code: "NotFoundException"}
	switch {
	case s.key == nil:
		out.Message = "Alias " + home.String() + " is not found."
	case r.keyID.form == aliasName:
		home.Resource = r.keyID.alias
		out.Message = "Alias " + home.String() + " is not found."
	default:
		home.Resource = "key/" + r.keyID.text
		out.Message = "Key '" + home.String() + "' does not exist"
	}
	return out
}

// usages are the key usages of the types of keys.
var usages = [...]KeyUsage{
	action.Symmetric:         EncryptDecrypt,
	action.AsymmetricEncrypt: EncryptDecrypt,
	action.AsymmetricSign:    SignVerify,
	action.HMAC:              GenerateVerifyMAC,
	action.KeyAgreement:      KeyAgreement,
	action.MLKEM:             EncapsulateDecapsulate,
}

// usageError is the answer where no key of this spec and usage has the
// operation.
//
// UNDOCUMENTED: the message of UnsupportedOperationException.
func (s *situation) usageError() AWSError {
	info := s.request.info
	if unsupported.Has(info.Action) {
		return AWSError{Code: "UnsupportedOperationException",
			Message: s.key.text + " key spec is " + s.key.spec() + " which is not valid for " + info.APIOperation + "."}
	}
	out := AWSError{Code: "InvalidKeyUsageException"}
	usage := usages[s.key.keyType]
	for t := range info.KeyTypes.All() {
		if usages[t] == usage { // only a symmetric key makes data keys
			out.Message = "You cannot generate a data key with an asymmetric CMK"
			return out
		}
	}
	out.Message = s.key.text + " key usage is " + usage.String() + " which is not valid for " + info.APIOperation + "."
	return out
}

// spec returns the key's spec in AWS's spelling.
func (k *Key) spec() string { return strings.Join(k.context.Lookup(known.keySpec), "") }

// stateWords are what KMS says of a key whose state does not permit an
// operation.
//
// UNDOCUMENTED: the words for a replica's primary key; the table has one text
// for both kinds of deletion. And the code for a key that is to be deleted,
// which could be DisabledException as well; this one is observed.
var stateWords = [...]struct {
	reason Reason
	code   string
	words  string
}{
	{ReasonDisabled, "DisabledException", "is disabled"},
	{ReasonPendingDeletion, "KMSInvalidStateException", "is pending deletion"},
	{ReasonPendingReplicaDeletion, "KMSInvalidStateException", "is pending replica deletion"},
	{ReasonNotPendingDeletion, "KMSInvalidStateException", "is not pending deletion"},
	{ReasonPendingImport, "KMSInvalidStateException", "is pending import"},
	{ReasonUnavailable, "KMSInvalidStateException", "is unavailable"},
	{ReasonCreating, "KMSInvalidStateException", "is creating"},
	{ReasonUpdating, "KMSInvalidStateException", "is updating"},
}

// stateError is the answer of a key whose state does not permit the operation.
func (s *situation) stateError(r Reason) AWSError {
	for _, row := range stateWords {
		if row.reason == r {
			return AWSError{Code: row.code, Message: s.key.text + " " + row.words + "."}
		}
	}
	return AWSError{Code: "UnsupportedOperationException",
		Message: s.key.text + " origin is " + s.key.origin.String() + " which is not valid for this operation."}
}
