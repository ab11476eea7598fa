package evaluate

import (
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// The key state table of AWS KMS Developer Guide, "Key states of AWS KMS keys",
// with the errors spelled out: for each operation and each origin the reason per
// state. Columns: Enabled Disabled PendingDeletion PendingReplicaDeletion
// PendingImport Unavailable Creating Updating. ok: permitted; di pd pr pi un cr
// up: the state's own reason; np: not pending deletion; us: not supported.
// Origins: k AWS_KMS, x EXTERNAL, s a custom key store.
const stateTable = `
CancelKeyDeletion                   kxs np np ok ok np np np np
CreateAlias                         kxs ok ok pd pr ok ok ok ok
UpdateAlias                         kxs ok ok pd pr ok ok ok ok
TagResource                         kxs ok ok pd pr ok ok ok ok
UntagResource                       kxs ok ok pd pr ok ok ok ok
UpdateKeyDescription                kxs ok ok pd pr ok ok ok ok
CreateGrant                         kxs ok di pd pr pi ok cr ok
Decrypt                             kxs ok di pd pr pi un cr ok
Encrypt                             kxs ok di pd pr pi un cr ok
GenerateDataKey                     kxs ok di pd pr pi un cr ok
GenerateDataKeyWithoutPlaintext     kxs ok di pd pr pi un cr ok
ReEncryptFrom                       kxs ok di pd pr pi un cr ok
ReEncryptTo                         kxs ok di pd pr pi un cr ok
GenerateMac                         kxs ok di pd pr pi un cr ok
VerifyMac                           kxs ok di pd pr pi un cr ok
Sign                                kxs ok di pd pr pi un cr ok
Verify                              kxs ok di pd pr pi un cr ok
DeriveSharedSecret                  kxs ok di pd pr pi un cr ok
Encapsulate                         kxs ok di pd pr pi un cr ok
Decapsulate                         kxs ok di pd pr pi un cr ok
UpdatePrimaryRegion                 kxs ok di pd pr pi un cr ok
ReplicateKey                        kxs ok di pd pr pi un cr up
GenerateDataKeyPair                 kx  ok di pd pr pi us cr ok
GenerateDataKeyPair                 s   us us us us us us cr us
GenerateDataKeyPairWithoutPlaintext kx  ok di pd pr pi us cr ok
GenerateDataKeyPairWithoutPlaintext s   us us us us us us cr us
DeleteImportedKeyMaterial           x   ok ok ok ok ok un cr up
DeleteImportedKeyMaterial           ks  us us us us ok un cr up
ImportKeyMaterial                   x   ok ok pd pr ok us cr ok
ImportKeyMaterial                   ks  us us us us ok us cr ok
GetParametersForImport              x   ok ok pd pr ok us cr up
GetParametersForImport              ks  us us us us ok us cr up
DisableKey                          kxs ok ok pd pr pi ok cr up
EnableKey                           kxs ok ok pd pr pi ok cr up
EnableKeyRotation                   k   ok di pd pr us us cr ok
EnableKeyRotation                   xs  us us us us us us cr us
DisableKeyRotation                  k   ok di pd pr us us cr ok
DisableKeyRotation                  xs  us us us us us us cr us
GetKeyRotationStatus                kx  ok ok ok ok us us ok ok
GetKeyRotationStatus                s   us us us us us us us us
ListKeyRotations                    kx  ok ok ok ok ok us ok ok
ListKeyRotations                    s   us us us us ok us us us
RotateKeyOnDemand                   kx  ok di pd pr pi us cr ok
RotateKeyOnDemand                   s   us us us us pi us cr us
GetPublicKey                        kxs ok ok pd pr ok un cr ok
ScheduleKeyDeletion                 kxs ok ok pd pr ok ok ok up`

func TestKeyStateTable(t *testing.T) {
	words := map[string]Reason{"ok": ReasonNone, "di": ReasonDisabled, "pd": ReasonPendingDeletion, "pr": ReasonPendingReplicaDeletion,
		"pi": ReasonPendingImport, "un": ReasonUnavailable, "cr": ReasonCreating, "up": ReasonUpdating,
		"np": ReasonNotPendingDeletion, "us": ReasonUnsupportedOperation}
	origins := map[rune][]Origin{'k': {OriginAWSKMS}, 'x': {OriginExternal}, 's': {OriginAWSCloudHSM, OriginExternalKeyStore}}
	type row struct {
		a action.Action
		o Origin
	}
	table := map[row][]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(stateTable), "\n") {
		cells := strings.Fields(line)
		a := must(action.Parse("kms:" + cells[0]))
		for _, letter := range cells[1] {
			for _, o := range origins[letter] {
				table[row{a, o}] = cells[2:]
			}
		}
	}
	for a := range action.All() {
		for o := OriginAWSKMS; o <= OriginExternalKeyStore; o++ {
			cells := table[row{a, o}]
			for s := Enabled; s <= Updating; s++ {
				want := ReasonNone // operations that are not in the table
				if cells != nil {
					want = words[cells[s]]
				}
				if got := stateReason(a, s, o); got != want {
					t.Errorf("%v, %v key %v: got %q, want %q", a, o, s, got, want)
				}
			}
		}
	}
}

// Key usage and then key state come after authorization; each with its error.
func TestKeyUsageAndState(t *testing.T) {
	const allowed, unsupported, usage = "", "UnsupportedOperationException", "InvalidKeyUsageException"
	for _, r := range []struct{ line, want, code string }{
		{"", "allow key-policy", allowed},
		{"key Disabled", "deny key-state/disabled", "DisabledException"},
		{"key PendingDeletion", "deny key-state/pending-deletion", "KMSInvalidStateException"},
		{"key PendingReplicaDeletion", "deny key-state/pending-replica-deletion", "KMSInvalidStateException"},
		{"key PendingImport EXTERNAL", "deny key-state/pending-import", "KMSInvalidStateException"},
		{"key Unavailable AWS_CLOUDHSM", "deny key-state/unavailable", "KMSInvalidStateException"},
		{"key Creating", "deny key-state/creating", "KMSInvalidStateException"},
		{"key Updating", "allow key-policy", allowed},
		{"key Updating; do DisableKey", "deny key-state/updating", "KMSInvalidStateException"},
		{"do CancelKeyDeletion", "deny key-state/not-pending-deletion", "KMSInvalidStateException"},
		{"key AWS_CLOUDHSM; do GenerateDataKeyPair", "deny key-state/unsupported-operation", unsupported},
		{"key EXTERNAL; do EnableKeyRotation", "deny key-state/unsupported-operation", unsupported},
		{"do Sign", "deny key-usage/invalid-key-usage", usage},
		{"do GetPublicKey", "deny key-usage/invalid-key-usage", unsupported},
		{"key HMAC_256; do GetPublicKey", "deny key-usage/invalid-key-usage", unsupported},
		{"key RSA_2048; do GetPublicKey", "allow key-policy", allowed},
		{"key RSA_2048; do EnableKeyRotation", "deny key-usage/invalid-key-usage", unsupported},
		{"key RSA_2048; do DisableKeyRotation", "deny key-usage/invalid-key-usage", unsupported},
		{"key RSA_2048; do RotateKeyOnDemand", "deny key-usage/invalid-key-usage", unsupported},
		{"key HMAC_256", "deny key-usage/invalid-key-usage", usage},
		{"key HMAC_256; do GenerateMac", "allow key-policy", allowed},
		{"key RSA_2048 SIGN_VERIFY", "deny key-usage/invalid-key-usage", usage},
		{"key RSA_2048 SIGN_VERIFY; do Verify", "allow key-policy", allowed},
		{"key ECC_NIST_P256 KEY_AGREEMENT; do DeriveSharedSecret", "allow key-policy", allowed},
		{"key ML_KEM_768; do Encapsulate", "allow key-policy", allowed},
		{"key ML_KEM_768; do Encrypt", "deny key-usage/invalid-key-usage", usage},
		{"key Disabled HMAC_256", "deny key-usage/invalid-key-usage key-state/disabled", usage},
		{"kp; key Disabled HMAC_256", "deny key-policy/no-delegation key-usage/invalid-key-usage key-state/disabled", "AccessDeniedException"},
		{"kp; key Disabled", "deny key-policy/no-delegation key-state/disabled", "AccessDeniedException"},
		{"grant app:Decrypt; rules aws; kp; key Disabled", "deny key-state/disabled", "DisabledException"},
		{"do CreateKey; nokey; iam +*", "allow iam-policy", allowed},
	} {
		d := decide(t, "kp +app:*;"+r.line)
		if got := outcome(t, d); got != r.want || errorCode(d) != r.code {
			t.Errorf("%s: got %s, %q, want %s, %q", r.line, got, errorCode(d), r.want, r.code)
		}
	}
}
