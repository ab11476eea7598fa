package evaluate

import (
	"encoding"
	"fmt"
	"strings"
	"testing"
)

// layerWords and reasonWords are the words of reports and scenario files.
const (
	layerWords = "request region cross-account scp rcp vpc-endpoint-policy key-policy iam-policy grant permissions-boundary session-policy key-usage key-state"

	reasonWords = "explicit-deny no-delegation principal-not-named action-not-allowed no-allow resource-not-matched condition-not-met " +
		"grant-requires-delegation aws-managed-key grant-not-effective constraint-not-met operation-not-granted wrong-region not-cross-account " +
		"disabled pending-deletion pending-replica-deletion pending-import unavailable creating updating not-pending-deletion " +
		"unsupported-operation invalid-key-usage invalid-request"

	keySpecWords = "SYMMETRIC_DEFAULT RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 ECC_SECG_P256K1 ECC_NIST_EDWARDS25519 " +
		"HMAC_224 HMAC_256 HMAC_384 HMAC_512 SM2 ML_DSA_44 ML_DSA_65 ML_DSA_87 ML_KEM_512 ML_KEM_768 ML_KEM_1024"
)

// checkWords checks a closed set: words are the members from first on.
func checkWords[T interface {
	~uint8
	fmt.Stringer
}](t *testing.T, words string, first T, parse func(string) (T, error), what string, slips ...string) {
	t.Helper()
	list := strings.Fields(words)
	for i, word := range list {
		v := first + T(i)
		if got := v.String(); got != word {
			t.Errorf("%T(%d).String() = %q, want %q", v, v, got, word)
		}
		if got, err := parse(word); got != v || err != nil {
			t.Errorf("parse %q = %d, %v, want %d", word, got, err, v)
		}
		for _, wrong := range []string{word + "x", " " + word, swapCase(word), word[:len(word)-1]} {
			if got, err := parse(wrong); err == nil || got != 0 {
				t.Errorf("parse %q = %v, want an error", wrong, got)
			}
		}
	}
	beyond := first + T(len(list))
	if got, want := beyond.String(), fmt.Sprintf("%T(%d)", beyond, beyond); got != want {
		t.Errorf("beyond the set: got %q, want %q", got, want)
	}
	for i := 0; i+1 < len(slips); i += 2 {
		_, err := parse(slips[i])
		want := fmt.Sprintf("unknown %s %q", what, slips[i])
		if slips[i+1] != "" {
			want += fmt.Sprintf(" (did you mean %q?)", slips[i+1])
		}
		if err == nil || err.Error() != want {
			t.Errorf("parse %q: got error %v, want %s", slips[i], err, want)
		}
	}
}

func swapCase(s string) string {
	if up := strings.ToUpper(s); up != s {
		return up
	}
	return strings.ToLower(s)
}

func TestWords(t *testing.T) {
	checkWords(t, layerWords, LayerRequest, ParseLayer, "layer", "key-polcy", "key-policy", "", "", "zzz", "")
	checkWords(t, reasonWords, ReasonExplicitDeny, ParseReason, "reason", "no-delgation", "no-delegation", "", "", "zzz", "")
	checkWords(t, "Enabled Disabled PendingDeletion PendingReplicaDeletion PendingImport Unavailable Creating Updating", Enabled, ParseKeyState,
		"key state", "enabled", "Enabled", "Pending", "", "", "")
	checkWords(t, "CUSTOMER AWS", CustomerManaged, ParseKeyManager, "key manager", "CUSTOMERS", "CUSTOMER", "", "")
	checkWords(t, "AWS_KMS EXTERNAL AWS_CLOUDHSM EXTERNAL_KEY_STORE", OriginAWSKMS, ParseOrigin, "key origin", "AWS-KMS", "AWS_KMS", "", "")
	checkWords(t, "ENCRYPT_DECRYPT SIGN_VERIFY GENERATE_VERIFY_MAC KEY_AGREEMENT ENCAPSULATE_DECAPSULATE", EncryptDecrypt, ParseKeyUsage,
		"key usage", "SIGN_VERIFI", "SIGN_VERIFY", "", "")
	checkWords(t, keySpecWords, SymmetricDefault, ParseKeySpec, "key spec", "RSA_2084", "RSA_2048", "", "")
	checkWords(t, "PRIMARY REPLICA", Primary, ParseMultiRegionKeyType, "multi-Region key type", "Primary", "PRIMARY", "", "")
}

func TestZeroWords(t *testing.T) {
	for _, zero := range []fmt.Stringer{LayerNone, ReasonNone, UsageOfSpec, MultiRegionKeyTypeUnstated} {
		if got := zero.String(); got != "" {
			t.Errorf("the zero %T is spelled %q, want nothing", zero, got)
		}
	}
}

func TestMarshalText(t *testing.T) {
	for i, word := range append([]string{""}, strings.Fields(layerWords)...) {
		roundTrip(t, Layer(i), new(Layer), word)
	}
	for i, word := range append([]string{""}, strings.Fields(reasonWords)...) {
		roundTrip(t, Reason(i), new(Reason), word)
	}
	l := LayerGrant
	if err := l.UnmarshalText([]byte("nowhere")); err == nil {
		t.Error("an unknown layer was accepted")
	}
	r := ReasonDisabled
	if err := r.UnmarshalText([]byte("why")); err == nil {
		t.Error("an unknown reason was accepted")
	}
}

func roundTrip[T comparable, P interface {
	*T
	encoding.TextUnmarshaler
}](t *testing.T, v T, back P, word string) {
	t.Helper()
	text, err := any(v).(encoding.TextMarshaler).MarshalText()
	if string(text) != word || err != nil {
		t.Errorf("MarshalText = %q, %v, want %q", text, err, word)
	}
	if word == "" {
		return // no layer and no reason have no word
	}
	if err := back.UnmarshalText(text); err != nil || *back != v {
		t.Errorf("UnmarshalText(%q) = %v, %v, want %v", text, *back, err, v)
	}
}
