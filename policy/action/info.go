package action

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// Info is what AWS documents about an action. The zero Info belongs to no
// action.
type Info struct {
	Action       Action
	APIOperation string // the operation that needs it: ReEncrypt for two actions, else the name
	Category     Category
	Access       AccessLevel
	Resource     Resource

	KeyTypes      KeyTypeSet // the types of key that it works on; none for keyless actions
	GrantKeyTypes KeyTypeSet // the types of key for which a grant may have it

	CrossAccount      bool // works on keys of other accounts
	Grantable         bool // a grant may have it
	AcceptsAlias      bool // an alias may stand for the key in the request
	KeyPolicy         bool // an Allow in a key policy counts
	EncryptionContext bool // carries kms:EncryptionContext:${EncryptionContextKey}

	Doc string // address of the AWS page on it

	spelling      string
	conditionKeys keys
}

// ConditionKeys returns the names of the condition keys that a request for the
// action may carry, in AWS's spelling and in the table's order. Families stand
// as AWS writes them, such as "aws:ResourceTag/${TagKey}". Global condition
// keys (aws:) that every request may carry are not listed.
func (i Info) ConditionKeys() iter.Seq[string] { return slices.Values(i.conditionKeys) }

// A Category says what kind of work an action does. The zero Category is none.
type Category uint8

// The categories of actions.
const (
	CategoryCryptographic  Category = iota + 1 // protects data, or makes random bytes
	CategoryManagement                         // describes, makes, changes or deletes keys
	CategoryList                               // lists keys and what belongs to them
	CategoryTagging                            // tags of keys
	CategoryRotation                           // rotation of key material
	CategoryImport                             // imported key material
	CategoryAlias                              // aliases
	CategoryGrant                              // grants
	CategoryMultiRegion                        // multi-Region keys
	CategoryInternal                           // called by KMS itself only
	CategoryCustomKeyStore                     // custom key stores
)

var categoryNames = [...]string{
	CategoryCryptographic:  "cryptographic",
	CategoryManagement:     "management",
	CategoryList:           "list",
	CategoryTagging:        "tagging",
	CategoryRotation:       "rotation",
	CategoryImport:         "import",
	CategoryAlias:          "alias",
	CategoryGrant:          "grant",
	CategoryMultiRegion:    "multi-region",
	CategoryInternal:       "internal",
	CategoryCustomKeyStore: "custom-key-store",
}

// String returns the category in lower case, or the empty string for none.
func (c Category) String() string { return nameOf(categoryNames[:], int(c)) }

// An AccessLevel is IAM's classification of an action. Where AWS gives an
// action two levels, the one that says more than Write stands here. The zero
// AccessLevel is none.
type AccessLevel uint8

// The access levels of IAM (IAM User Guide, Access levels in policy
// summaries).
const (
	AccessList AccessLevel = iota + 1
	AccessRead
	AccessWrite
	AccessTagging
	AccessPermissionsManagement
)

var accessNames = [...]string{
	AccessList:                  "List",
	AccessRead:                  "Read",
	AccessWrite:                 "Write",
	AccessTagging:               "Tagging",
	AccessPermissionsManagement: "Permissions management",
}

// String returns the level in AWS's words, or the empty string for none.
func (l AccessLevel) String() string { return nameOf(accessNames[:], int(l)) }

// A Resource says which resources an action is authorized on.
type Resource uint8

// The kinds of resource.
const (
	ResourceNone        Resource = iota // none: only Resource "*" matches, and no key policy decides
	ResourceKey                         // a key
	ResourceAliasAndKey                 // an alias and the keys that it points to, one authorization for each
)

var resourceNames = [...]string{
	ResourceNone:        "none",
	ResourceKey:         "key",
	ResourceAliasAndKey: "alias and key",
}

// String returns the kind of resource in lower case.
func (r Resource) String() string { return nameOf(resourceNames[:], int(r)) }

// A KeyType groups keys by what they can do; it follows from a key's KeySpec
// and KeyUsage. The zero KeyType is none.
type KeyType uint8

// The types of key (AWS KMS Developer Guide, Key type reference).
const (
	Symmetric         KeyType = iota + 1 // symmetric encryption
	AsymmetricEncrypt                    // RSA or SM2 with usage ENCRYPT_DECRYPT
	AsymmetricSign                       // asymmetric with usage SIGN_VERIFY
	HMAC                                 // usage GENERATE_VERIFY_MAC
	KeyAgreement                         // usage KEY_AGREEMENT
	MLKEM                                // ML-KEM, usage ENCAPSULATE_DECAPSULATE
)

var keyTypeNames = [...]string{
	Symmetric:         "symmetric",
	AsymmetricEncrypt: "asymmetric-encrypt",
	AsymmetricSign:    "asymmetric-sign",
	HMAC:              "hmac",
	KeyAgreement:      "key-agreement",
	MLKEM:             "ml-kem",
}

// String returns the type in lower case, or the empty string for none.
func (t KeyType) String() string { return nameOf(keyTypeNames[:], int(t)) }

// A KeyTypeSet is a set of key types. The zero KeyTypeSet is empty; sets are
// compared with ==.
type KeyTypeSet uint8

// keyTypes returns the set of the types given.
func keyTypes(types ...KeyType) KeyTypeSet {
	var s KeyTypeSet
	for _, t := range types {
		s |= 1 << t
	}
	return s
}

// Has reports whether t is in the set.
func (s KeyTypeSet) Has(t KeyType) bool {
	return Symmetric <= t && t <= MLKEM && s&(1<<t) != 0
}

// All returns the types in the set, in the order of the constants.
func (s KeyTypeSet) All() iter.Seq[KeyType] {
	return func(yield func(KeyType) bool) {
		for rest := uint8(s); rest != 0; rest &= rest - 1 {
			if !yield(KeyType(bits.TrailingZeros8(rest))) {
				return
			}
		}
	}
}

// String returns the types in the set, separated by commas.
func (s KeyTypeSet) String() string { return join(s.All()) }

// nameOf returns names[i], or the empty string for a value beyond the names.
func nameOf(names []string, i int) string {
	if i >= len(names) {
		return ""
	}
	return names[i]
}

// join returns the values as text, separated by commas.
func join[T interface{ String() string }](values iter.Seq[T]) string {
	var words []string
	for v := range values {
		words = append(words, v.String())
	}
	return strings.Join(words, ", ")
}
