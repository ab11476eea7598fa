package evaluate

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// keyState blocks an operation that the key's state does not permit.
func (s *situation) keyState(v *verdict) {
	if s.key != nil && s.key.blocked.Meets(s.request.only) {
		v.block(LayerKeyState, stateReason(s.request.action, s.key.state, s.key.origin), noteNone)
	}
}

// stateCells is AWS's table of key states: for each operation one letter per
// state, in the order of the constants of KeyState. Operations that are not in
// it do not depend on the key's state.
//
// See AWS KMS Developer Guide, "Key states of AWS KMS keys", the table "Key
// state table"; the letters stand for its footnotes:
//
//	.  the operation is permitted
//	x  the state forbids it; also where the table says N/A, as the state cannot
//	   occur for keys that have the operation
//	n  there is no deletion to cancel
//	u  not supported in this state, whatever the key
//	c  permitted, but not for keys in a custom key store
//	C  as c, and the state forbids it for all others
//	r  as c, for keys with imported key material too: no automatic rotation
//	R  as C, for keys with imported key material too
//	i  permitted, but only for keys with imported key material
//	I  the state forbids it for keys with imported key material; others never have it
//
// UNDOCUMENTED: Encapsulate and Decapsulate are not in the table and stand with
// DeriveSharedSecret; GetKeyLastUsage is not either and is always permitted.
// A key pending deletion could give DisabledException as well; KMS is observed
// to give KMSInvalidStateException.
var stateCells = func() []string {
	cells := make([]string, action.Every().Len()+1)
	for _, row := range []struct{ cells, operations string }{
		//  Enabled Disabled PendingDeletion PendingReplicaDeletion PendingImport Unavailable Creating Updating
		{"n n . . n n n n", "CancelKeyDeletion"},
		{". . x x . . . .", "CreateAlias UpdateAlias TagResource UntagResource UpdateKeyDescription"},
		{". x x x x . x .", "CreateGrant"},
		{". x x x x x x .", "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo " +
			"DeriveSharedSecret Encapsulate Decapsulate GenerateMac VerifyMac Sign Verify UpdatePrimaryRegion"},
		{"c C C C C u x c", "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext"},
		{"i i i i . x x x", "DeleteImportedKeyMaterial"},
		{". . x x x . x x", "DisableKey EnableKey"},
		{"r R R R u u x r", "DisableKeyRotation EnableKeyRotation"},
		{"c c c c u u c c", "GetKeyRotationStatus"},
		{"i i I I . u x x", "GetParametersForImport"},
		{". . x x . x x .", "GetPublicKey"},
		{"i i I I . u x .", "ImportKeyMaterial"},
		{"c c c c . u c c", "ListKeyRotations"},
		{". x x x x x x x", "ReplicateKey"},
		{"c C C C x u x c", "RotateKeyOnDemand"},
		{". . x x . . . x", "ScheduleKeyDeletion"},
	} {
		for name := range strings.FieldsSeq(row.operations) {
			a, err := action.Parse("kms:" + name)
			if err != nil {
				panic("evaluate: " + err.Error())
			}
			cells[a] = strings.ReplaceAll(row.cells, " ", "")
		}
	}
	return cells
}()

// stateReasons are the reasons that the states themselves give.
var stateReasons = [...]Reason{
	Disabled:               ReasonDisabled,
	PendingDeletion:        ReasonPendingDeletion,
	PendingReplicaDeletion: ReasonPendingReplicaDeletion,
	PendingImport:          ReasonPendingImport,
	Unavailable:            ReasonUnavailable,
	Creating:               ReasonCreating,
	Updating:               ReasonUpdating,
}

// stateReason returns why a key in that state refuses an operation, ReasonNone
// if it does not.
func stateReason(a action.Action, state KeyState, origin Origin) Reason {
	if int(a) >= len(stateCells) || stateCells[a] == "" {
		return ReasonNone
	}
	imported, store := origin == OriginExternal, origin.inCustomKeyStore()
	switch cell := stateCells[a][state]; {
	case cell == '.':
		return ReasonNone
	case cell == 'n':
		return ReasonNotPendingDeletion
	case cell == 'u',
		strings.IndexByte("cC", cell) >= 0 && store,
		strings.IndexByte("rR", cell) >= 0 && (store || imported),
		strings.IndexByte("iI", cell) >= 0 && !imported:
		return ReasonUnsupportedOperation
	case cell == 'c', cell == 'r', cell == 'i':
		return ReasonNone
	default:
		return stateReasons[state]
	}
}
