package evaluate

import "github.com/kmsauthz/kmsauthz/policy/action"

// keyUsage blocks an operation that no key of this spec and usage has.
//
// See AWS KMS Developer Guide, "Key type reference".
func (s *situation) keyUsage(v *verdict) {
	if s.key != nil && !s.request.info.KeyTypes.Has(s.key.keyType) {
		v.block(LayerKeyUsage, ReasonInvalidKeyUsage, noteNone)
	}
}

// unsupported are the operations that KMS refuses on keys of another type with
// UnsupportedOperationException; the others give InvalidKeyUsageException.
//
// See AWS KMS API Reference, the errors of GetPublicKey and EnableKeyRotation.
var unsupported = action.SetOf(action.GetPublicKey, action.EnableKeyRotation, action.DisableKeyRotation,
	action.RotateKeyOnDemand)
