package evaluate

import (
	"strings"
	"testing"
)

// Which usages each spec can have, and the type of key that they make: AWS KMS
// Developer Guide, "Key spec reference". y: symmetric, e: asymmetric
// encryption, s: signing, h: HMAC, a: key agreement, m: ML-KEM. The first
// column is the spec without a stated usage; "!" means that one must be stated.
const specTable = `
                     -  ENCRYPT_DECRYPT SIGN_VERIFY GENERATE_VERIFY_MAC KEY_AGREEMENT ENCAPSULATE_DECAPSULATE
SYMMETRIC_DEFAULT     y y . . . .
RSA_2048              e e s . . .
RSA_3072              e e s . . .
RSA_4096              e e s . . .
ECC_NIST_P256         ! . s . a .
ECC_NIST_P384         ! . s . a .
ECC_NIST_P521         ! . s . a .
ECC_SECG_P256K1       s . s . . .
ECC_NIST_EDWARDS25519 s . s . . .
HMAC_224              h . . h . .
HMAC_256              h . . h . .
HMAC_384              h . . h . .
HMAC_512              h . . h . .
SM2                   e e s . a .
ML_DSA_44             s . s . . .
ML_DSA_65             s . s . . .
ML_DSA_87             s . s . . .
ML_KEM_512            m . . . . m
ML_KEM_768            m . . . . m
ML_KEM_1024           m . . . . m`

func TestSpecAndUsage(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(specTable), "\n")
	usages := append([]string{""}, strings.Fields(lines[0])[1:]...)
	types := map[string]string{"y": "symmetric", "e": "asymmetric-encrypt", "s": "asymmetric-sign", "h": "hmac", "a": "key-agreement", "m": "ml-kem"}
	usageOf := map[string]string{"y": "ENCRYPT_DECRYPT", "e": "ENCRYPT_DECRYPT", "s": "SIGN_VERIFY", "h": "GENERATE_VERIFY_MAC", "a": "KEY_AGREEMENT",
		"m": "ENCAPSULATE_DECAPSULATE"}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		for i, cell := range cells[1:] {
			w := read("key " + cells[0] + " " + usages[i])
			k, err := NewKey(w.key)
			if cell == "." || cell == "!" {
				if got := strings.Join(faultsOf(err), " "); got != "KeyConfig.Usage" {
					t.Errorf("%s %s: got %q, want a fault of KeyConfig.Usage", cells[0], usages[i], got)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %s: %v", cells[0], usages[i], err)
				continue
			}
			if got, want := k.keyType.String(), types[cell]; got != want {
				t.Errorf("%s %s: got type %s, want %s", cells[0], usages[i], got, want)
			}
			for key, want := range map[string]string{"kms:KeySpec": cells[0], "kms:CustomerMasterKeySpec": cells[0],
				"kms:KeyUsage": usageOf[cell], "kms:CustomerMasterKeyUsage": usageOf[cell]} {
				if got := lookup(&k.context, key); got != want {
					t.Errorf("%s %s: %s is %q, want %q", cells[0], usages[i], key, got, want)
				}
			}
		}
	}
}

func TestSpecWithoutUsage(t *testing.T) {
	for _, row := range []struct{ key, want string }{
		{"ECC_NIST_P256", "KeyConfig.Usage: key spec ECC_NIST_P256 has several key usages, [SIGN_VERIFY KEY_AGREEMENT]: state one (see KeyConfig.Spec)"},
		{"HMAC_256 ENCRYPT_DECRYPT", "KeyConfig.Usage: key spec HMAC_256 cannot have key usage ENCRYPT_DECRYPT, only [GENERATE_VERIFY_MAC] (see KeyConfig.Spec)"},
	} {
		if _, err := NewKey(read("key " + row.key).key); err == nil || err.Error() != row.want {
			t.Errorf("%s: got %v, want %s", row.key, err, row.want)
		}
	}
}
