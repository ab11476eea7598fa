package evaluate

import (
	"fmt"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// KeyState is the state of a KMS key. The zero value is Enabled.
//
// See AWS KMS Developer Guide, "Key states of AWS KMS keys".
type KeyState uint8

// The key states, as DescribeKey names them.
const (
	Enabled KeyState = iota
	Disabled
	PendingDeletion
	PendingReplicaDeletion
	PendingImport
	Unavailable
	Creating
	Updating
)

var keyStateNames = []string{"Enabled", "Disabled", "PendingDeletion", "PendingReplicaDeletion",
	"PendingImport", "Unavailable", "Creating", "Updating"}

// String returns the state in AWS's spelling.
func (s KeyState) String() string { return spelling(keyStateNames, s) }

// ParseKeyState reads a state in AWS's spelling.
func ParseKeyState(word string) (KeyState, error) {
	return parseWord[KeyState]("key state", keyStateNames, word)
}

// KeyManager says whose key a KMS key is. The zero value is CustomerManaged.
type KeyManager uint8

// The key managers.
const (
	CustomerManaged KeyManager = iota // CUSTOMER
	AWSManaged                        // AWS: a service made the key and its fixed policy
)

var keyManagerNames = []string{"CUSTOMER", "AWS"}

// String returns the manager in AWS's spelling.
func (m KeyManager) String() string { return spelling(keyManagerNames, m) }

// ParseKeyManager reads a manager in AWS's spelling.
func ParseKeyManager(word string) (KeyManager, error) {
	return parseWord[KeyManager]("key manager", keyManagerNames, word)
}

// Origin is the source of a key's material. The zero value is OriginAWSKMS.
type Origin uint8

// The origins, as DescribeKey names them.
const (
	OriginAWSKMS           Origin = iota // AWS_KMS
	OriginExternal                       // EXTERNAL: imported key material
	OriginAWSCloudHSM                    // AWS_CLOUDHSM: a custom key store
	OriginExternalKeyStore               // EXTERNAL_KEY_STORE: a custom key store
)

var originNames = []string{"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}

// String returns the origin in AWS's spelling.
func (o Origin) String() string { return spelling(originNames, o) }

// ParseOrigin reads an origin in AWS's spelling.
func ParseOrigin(word string) (Origin, error) {
	return parseWord[Origin]("key origin", originNames, word)
}

// inCustomKeyStore reports whether keys of this origin live in a custom key
// store.
func (o Origin) inCustomKeyStore() bool { return o == OriginAWSCloudHSM || o == OriginExternalKeyStore }

// KeyUsage is the group of cryptographic operations that a key serves. The zero
// value leaves it to the key spec.
type KeyUsage uint8

// The key usages, as DescribeKey names them.
const (
	UsageOfSpec KeyUsage = iota // the only usage of the key's spec, or else ENCRYPT_DECRYPT
	EncryptDecrypt
	SignVerify
	GenerateVerifyMAC
	KeyAgreement
	EncapsulateDecapsulate
)

var keyUsageNames = []string{"", "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"}

// String returns the usage in AWS's spelling, "" for UsageOfSpec.
func (u KeyUsage) String() string { return spelling(keyUsageNames, u) }

// ParseKeyUsage reads a usage in AWS's spelling.
func ParseKeyUsage(word string) (KeyUsage, error) {
	return parseWord[KeyUsage]("key usage", keyUsageNames, word)
}

// KeySpec is the kind of key material of a KMS key. The zero value is
// SymmetricDefault.
type KeySpec uint8

// The key specs, as DescribeKey names them.
const (
	SymmetricDefault KeySpec = iota
	RSA2048
	RSA3072
	RSA4096
	ECCNISTP256
	ECCNISTP384
	ECCNISTP521
	ECCSECGP256K1
	ECCNISTEdwards25519
	HMAC224
	HMAC256
	HMAC384
	HMAC512
	SM2
	MLDSA44
	MLDSA65
	MLDSA87
	MLKEM512
	MLKEM768
	MLKEM1024
)

// keySpecs says which usages each spec can have: AWS KMS Developer Guide, "Key
// spec reference", and the CreateKey API reference.
var keySpecs = []struct {
	name   string
	usages []KeyUsage
}{
	SymmetricDefault:    {"SYMMETRIC_DEFAULT", []KeyUsage{EncryptDecrypt}},
	RSA2048:             {"RSA_2048", []KeyUsage{EncryptDecrypt, SignVerify}},
	RSA3072:             {"RSA_3072", []KeyUsage{EncryptDecrypt, SignVerify}},
	RSA4096:             {"RSA_4096", []KeyUsage{EncryptDecrypt, SignVerify}},
	ECCNISTP256:         {"ECC_NIST_P256", []KeyUsage{SignVerify, KeyAgreement}},
	ECCNISTP384:         {"ECC_NIST_P384", []KeyUsage{SignVerify, KeyAgreement}},
	ECCNISTP521:         {"ECC_NIST_P521", []KeyUsage{SignVerify, KeyAgreement}},
	ECCSECGP256K1:       {"ECC_SECG_P256K1", []KeyUsage{SignVerify}},
	ECCNISTEdwards25519: {"ECC_NIST_EDWARDS25519", []KeyUsage{SignVerify}},
	HMAC224:             {"HMAC_224", []KeyUsage{GenerateVerifyMAC}},
	HMAC256:             {"HMAC_256", []KeyUsage{GenerateVerifyMAC}},
	HMAC384:             {"HMAC_384", []KeyUsage{GenerateVerifyMAC}},
	HMAC512:             {"HMAC_512", []KeyUsage{GenerateVerifyMAC}},
	SM2:                 {"SM2", []KeyUsage{EncryptDecrypt, SignVerify, KeyAgreement}},
	MLDSA44:             {"ML_DSA_44", []KeyUsage{SignVerify}},
	MLDSA65:             {"ML_DSA_65", []KeyUsage{SignVerify}},
	MLDSA87:             {"ML_DSA_87", []KeyUsage{SignVerify}},
	MLKEM512:            {"ML_KEM_512", []KeyUsage{EncapsulateDecapsulate}},
	MLKEM768:            {"ML_KEM_768", []KeyUsage{EncapsulateDecapsulate}},
	MLKEM1024:           {"ML_KEM_1024", []KeyUsage{EncapsulateDecapsulate}},
}

var keySpecNames = func() []string {
	names := make([]string, len(keySpecs))
	for i, row := range keySpecs {
		names[i] = row.name
	}
	return names
}()

// String returns the spec in AWS's spelling.
func (s KeySpec) String() string { return spelling(keySpecNames, s) }

// ParseKeySpec reads a spec in AWS's spelling.
func ParseKeySpec(word string) (KeySpec, error) {
	return parseWord[KeySpec]("key spec", keySpecNames, word)
}

// MultiRegionKeyType tells a primary multi-Region key from a replica. The zero
// value leaves it open.
type MultiRegionKeyType uint8

// The multi-Region key types.
const (
	MultiRegionKeyTypeUnstated MultiRegionKeyType = iota
	Primary
	Replica
)

var multiRegionKeyTypeNames = []string{"", "PRIMARY", "REPLICA"}

// String returns the type in AWS's spelling, "" where it is not stated.
func (t MultiRegionKeyType) String() string { return spelling(multiRegionKeyTypeNames, t) }

// ParseMultiRegionKeyType reads a type in AWS's spelling.
func ParseMultiRegionKeyType(word string) (MultiRegionKeyType, error) {
	return parseWord[MultiRegionKeyType]("multi-Region key type", multiRegionKeyTypeNames, word)
}

// usage returns the usage of a key of spec s that states usage stated. Without
// a stated one it is the only usage of the spec, or ENCRYPT_DECRYPT.
func (s KeySpec) usage(stated KeyUsage) (KeyUsage, error) {
	possible := keySpecs[s].usages
	if stated == UsageOfSpec && len(possible) == 1 {
		return possible[0], nil
	}
	want := stated
	if want == UsageOfSpec {
		want = EncryptDecrypt
	}
	for _, u := range possible {
		if u == want {
			return u, nil
		}
	}
	if stated == UsageOfSpec {
		return 0, fmt.Errorf("key spec %s has several key usages, %v: state one", s, possible)
	}
	return 0, fmt.Errorf("key spec %s cannot have key usage %s, only %v", s, stated, possible)
}

// keyType returns the type of key that spec and usage make, in the terms of the
// operations' table.
func keyType(spec KeySpec, usage KeyUsage) action.KeyType {
	switch usage {
	case SignVerify:
		return action.AsymmetricSign
	case GenerateVerifyMAC:
		return action.HMAC
	case KeyAgreement:
		return action.KeyAgreement
	case EncapsulateDecapsulate:
		return action.MLKEM
	default:
		if spec == SymmetricDefault {
			return action.Symmetric
		}
		return action.AsymmetricEncrypt
	}
}
