package evaluate

import "github.com/kmsauthz/kmsauthz/policy/action"

// keyUsage blocks an operation that no key of this spec and usage has.
//
// See AWS KMS Developer Guide, "Key type reference".
func (s *situation) keyUsage(v *verdict) {
	if s.key != nil && !usable[s.key.keyType].Meets(s.request.only) {
		v.block(LayerKeyUsage, ReasonInvalidKeyUsage, noteNone)
	}
}

// usable are the operations that keys of each type have.
var usable = func() (sets [action.MLKEM + 1]action.Set) {
	for a := range action.All() {
		for t := range a.Info().KeyTypes.All() {
			sets[t] = sets[t].With(a)
		}
	}
	return sets
}()

// unsupported are the operations that KMS refuses on keys of another type with
// UnsupportedOperationException; the others give InvalidKeyUsageException.
//
// See AWS KMS API Reference, the errors of GetPublicKey and EnableKeyRotation.
var unsupported = action.SetOf(action.GetPublicKey, action.EnableKeyRotation, action.DisableKeyRotation,
	action.RotateKeyOnDemand)
