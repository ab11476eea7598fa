package scenario

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/rename"
	"github.com/kmsauthz/kmsauthz/internal/wildcard"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A learner finds the texts that must stay, before any is renamed.
type learner struct {
	plan     *rename.Plan
	measured map[conditions.Key]bool // condition keys that policies compare as numbers or dates
	values   []site                  // numbers and dates that the situation has for condition keys
}

// learn is the visitor of the learner.
func (l *learner) learn(s site) string {
	switch {
	case s.use == useMeasure && !s.pair && measurePattern.MatchString(s.text):
		if l.measured == nil {
			l.measured = make(map[conditions.Key]bool)
		}
		l.measured[s.key] = true
		l.plan.Keep(s.text)
	case s.use == useBinary:
		l.plan.KeepBase64(s.text)
	case isOwnWord(s), s.isNumber && !isDigits(s.text), isSpelling(s.text):
		l.plan.Keep(s.text)
	case s.pair && measure.MatchString(s.text):
		l.values = append(l.values, s)
	}
	return s.text
}

// finish keeps the values that are compared as numbers or dates.
func (l *learner) finish() {
	for _, s := range l.values {
		if s.use == useMeasure || l.measured[s.key] {
			l.plan.Keep(s.text)
		}
	}
}

// measure is the form of numbers and dates.
var measure = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$|^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]+(Z|[-+][0-9:]+)?)?)?)?$`)

// measurePattern is made of what such patterns are made of: a date may be compared as text too.
var measurePattern = regexp.MustCompile(`^[-+0-9.:TZeE*?]+$`)

// isOwnWord reports whether a string is a word of AWS by its place.
func isOwnWord(s site) bool {
	switch s.use {
	case useService:
		return rename.IsServiceHost(s.text) || rename.IsServicePattern(s.text)
	case useCaller:
		return s.text == "anonymous" || rename.IsServiceHost(s.text)
	case useWord:
		return isAWSWord(s.text)
	default:
		return false
	}
}

// isSpelling reports whether a text is a word of AWS by its spelling, such as SYMMETRIC_DEFAULT.
func isSpelling(text string) bool {
	return strings.Contains(text, "_") && slices.Contains(closedWords, text)
}

// isAWSWord reports whether a text is a word of one of AWS's closed sets, or a pattern that
// matches one, or a pattern of Regions.
func isAWSWord(text string) bool {
	if !strings.ContainsAny(text, "*?") {
		return slices.ContainsFunc(closedWords, func(word string) bool { return strings.EqualFold(word, text) })
	}
	return rename.IsRegionPattern(text) || slices.ContainsFunc(closedWords, wildcard.Compile(text).Match)
}

// note is the visitor that notes what replacement will rename.
func note(plan *rename.Plan, s site) {
	switch s.use {
	case useTitle:
		plan.NoteOpaque(s.text)
	case useKey:
		plan.NoteKey(s.text)
	case useSentence:
	case useReference:
		if !isPlace(s.text) {
			plan.Note(s.text)
		}
	default:
		plan.Note(s.text)
	}
}

// replacement is the visitor that renames.
func replacement(plan *rename.Plan, s site) string {
	switch s.use {
	case useTitle:
		return plan.Opaque(s.text)
	case useKey:
		return plan.Key(s.text)
	case useSentence:
		return message(plan, s.text)
	case useReference:
		if isPlace(s.text) {
			return s.text
		}
	}
	return plan.Text(s.text)
}

// isPlace reports whether a decision calls a policy so that has no name.
func isPlace(text string) bool {
	place, ok := strings.CutPrefix(text, "#")
	return text == "key policy" || ok && isDigits(place)
}

// closedWords are the words that closed sets of AWS's have, in condition keys and in KeyMetadata.
//
// See AWS KMS API Reference, "Data Types".
var closedWords = func() []string {
	words := strings.Fields(`
		SYMMETRIC_DEFAULT RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 ECC_SECG_P256K1 ECC_NIST_EDWARDS25519
		HMAC_224 HMAC_256 HMAC_384 HMAC_512 SM2 ML_DSA_44 ML_DSA_65 ML_DSA_87 ML_KEM_512 ML_KEM_768 ML_KEM_1024
		ENCRYPT_DECRYPT SIGN_VERIFY GENERATE_VERIFY_MAC KEY_AGREEMENT ENCAPSULATE_DECAPSULATE
		AWS_KMS EXTERNAL AWS_CLOUDHSM EXTERNAL_KEY_STORE PRIMARY REPLICA
		RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256 SM2PKE RSAES_PKCS1_V1_5 RSA_AES_KEY_WRAP_SHA_1 RSA_AES_KEY_WRAP_SHA_256
		RSASSA_PSS_SHA_256 RSASSA_PSS_SHA_384 RSASSA_PSS_SHA_512 RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PKCS1_V1_5_SHA_384
		RSASSA_PKCS1_V1_5_SHA_512 ECDSA_SHA_256 ECDSA_SHA_384 ECDSA_SHA_512 SM2DSA ML_DSA_SHAKE_256 ED25519_SHA_512 ED25519_PH_SHA_512
		HMAC_SHA_224 HMAC_SHA_256 HMAC_SHA_384 HMAC_SHA_512 ECDH RAW DIGEST EXTERNAL_MU
		KEY_MATERIAL_EXPIRES KEY_MATERIAL_DOES_NOT_EXPIRE EncryptionContextEquals EncryptionContextSubset
		Anonymous Account User AssumedRole FederatedUser Role`)
	for a := range action.All() {
		words = append(words, a.Name())
	}
	return words
}()
