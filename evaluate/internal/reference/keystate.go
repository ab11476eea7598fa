package reference

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// usageOf returns the key's usage: what was given, else the only one that its
// spec has, else ENCRYPT_DECRYPT.
func usageOf(k *evaluate.KeyConfig) evaluate.KeyUsage {
	spec := k.Spec.String()
	switch {
	case k.Usage != evaluate.UsageOfSpec:
		return k.Usage
	case strings.HasPrefix(spec, "HMAC_"):
		return evaluate.GenerateVerifyMAC
	case strings.HasPrefix(spec, "ML_KEM_"):
		return evaluate.EncapsulateDecapsulate
	case strings.HasPrefix(spec, "ML_DSA_"), spec == "ECC_SECG_P256K1", spec == "ECC_NIST_EDWARDS25519":
		return evaluate.SignVerify
	}
	return evaluate.EncryptDecrypt
}

// typeOf returns the key's type (AWS KMS Developer Guide, "Key type reference").
func typeOf(k *evaluate.KeyConfig) action.KeyType {
	switch usageOf(k) {
	case evaluate.SignVerify:
		return action.AsymmetricSign
	case evaluate.GenerateVerifyMAC:
		return action.HMAC
	case evaluate.KeyAgreement:
		return action.KeyAgreement
	case evaluate.EncapsulateDecapsulate:
		return action.MLKEM
	}
	if k.Spec == evaluate.SymmetricDefault {
		return action.Symmetric
	}
	return action.AsymmetricEncrypt
}

// wrongUsage is the first half of rule 8: keys of this type do not have the
// operation.
func (s *situation) wrongUsage() []Entry {
	if s.key == nil || s.info.KeyTypes.Has(typeOf(s.key)) {
		return nil
	}
	return []Entry{{Layer: evaluate.LayerKeyUsage, Reason: evaluate.ReasonInvalidKeyUsage, Statement: -1}}
}

// badState is the second half of rule 8: the key's state does not permit the
// operation.
func (s *situation) badState() []Entry {
	if s.key == nil {
		return nil
	}
	reason := s.stateReason()
	if reason == evaluate.ReasonNone {
		return nil
	}
	return []Entry{{Layer: evaluate.LayerKeyState, Reason: reason, Statement: -1}}
}

// The columns of states, one letter each: Enabled, Disabled, pending deletion
// (and pending replica deletion, which the page treats alike), PendingImport,
// Unavailable, Creating, Updating.
var column = map[evaluate.KeyState]int{
	evaluate.Enabled: 0, evaluate.Disabled: 1, evaluate.PendingDeletion: 2, evaluate.PendingReplicaDeletion: 2,
	evaluate.PendingImport: 3, evaluate.Unavailable: 4, evaluate.Creating: 5, evaluate.Updating: 6,
}

// states is the table of AWS KMS Developer Guide, "Key states of AWS KMS keys".
// A cell is
//
//	.  the operation is permitted
//	x  it is not, for the state itself
//	4  it is not, for the key is not pending deletion
//	6  unsupported operation
//	7  unsupported operation if the key is in a custom key store
//	8  not permitted for the state itself if the key's origin is EXTERNAL, else unsupported operation
//	9  unsupported operation if the key's origin is not EXTERNAL
//	c  unsupported operation if the key is in a custom key store, else not permitted for the state itself
//
// UNDOCUMENTED: Encapsulate and Decapsulate, taken to be like DeriveSharedSecret.
// Where the page says that a state cannot occur, the state itself denies.
var states = map[action.Action]string{
	action.CancelKeyDeletion:                   "44.4444",
	action.CreateAlias:                         "..x....",
	action.CreateGrant:                         ".xxx.x.",
	action.Decapsulate:                         ".xxxxx.",
	action.Decrypt:                             ".xxxxx.",
	action.DeleteImportedKeyMaterial:           "999.xxx",
	action.DeriveSharedSecret:                  ".xxxxx.",
	action.DisableKey:                          "..xx.xx",
	action.DisableKeyRotation:                  "7cc66x7",
	action.EnableKey:                           "..xx.xx",
	action.EnableKeyRotation:                   "7cc66x7",
	action.Encapsulate:                         ".xxxxx.",
	action.Encrypt:                             ".xxxxx.",
	action.GenerateDataKey:                     ".xxxxx.",
	action.GenerateDataKeyPair:                 "7ccc6x7",
	action.GenerateDataKeyPairWithoutPlaintext: "7ccc6x7",
	action.GenerateDataKeyWithoutPlaintext:     ".xxxxx.",
	action.GenerateMac:                         ".xxxxx.",
	action.GetKeyRotationStatus:                "7776677",
	action.GetParametersForImport:              "998.6xx",
	action.GetPublicKey:                        "..x.xx.",
	action.ImportKeyMaterial:                   "998.6x.",
	action.ListKeyRotations:                    "777.677",
	action.ReEncryptFrom:                       ".xxxxx.",
	action.ReEncryptTo:                         ".xxxxx.",
	action.ReplicateKey:                        ".xxxxxx",
	action.RotateKeyOnDemand:                   "7ccx6x7",
	action.ScheduleKeyDeletion:                 "..x...x",
	action.Sign:                                ".xxxxx.",
	action.TagResource:                         "..x....",
	action.UntagResource:                       "..x....",
	action.UpdateAlias:                         "..x....", // the key is the new target
	action.UpdateKeyDescription:                "..x....",
	action.UpdatePrimaryRegion:                 ".xxxxx.",
	action.Verify:                              ".xxxxx.",
	action.VerifyMac:                           ".xxxxx.",
}

func (s *situation) stateReason() evaluate.Reason {
	row, ok := states[s.request.Action]
	if !ok { // permitted in every state
		return evaluate.ReasonNone
	}
	external := s.key.Origin == evaluate.OriginExternal
	store := s.key.Origin == evaluate.OriginAWSCloudHSM || s.key.Origin == evaluate.OriginExternalKeyStore
	switch s.request.Action {
	case action.EnableKeyRotation, action.DisableKeyRotation:
		store = store || external // imported key material is not rotated automatically
	}
	cell := row[column[s.key.State]]
	switch {
	case cell == '.':
		return evaluate.ReasonNone
	case cell == '4':
		return evaluate.ReasonNotPendingDeletion
	case cell == '6', cell == '7' && store, cell == 'c' && store, cell == '8' && !external, cell == '9' && !external:
		return evaluate.ReasonUnsupportedOperation
	case cell == '7', cell == '9':
		return evaluate.ReasonNone
	}
	return itself[s.key.State]
}

// itself are the states as reasons. An enabled key blocks nothing.
var itself = map[evaluate.KeyState]evaluate.Reason{
	evaluate.Disabled:               evaluate.ReasonDisabled,
	evaluate.PendingDeletion:        evaluate.ReasonPendingDeletion,
	evaluate.PendingReplicaDeletion: evaluate.ReasonPendingReplicaDeletion,
	evaluate.PendingImport:          evaluate.ReasonPendingImport,
	evaluate.Unavailable:            evaluate.ReasonUnavailable,
	evaluate.Creating:               evaluate.ReasonCreating,
	evaluate.Updating:               evaluate.ReasonUpdating,
}
