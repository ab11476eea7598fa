// Package action knows the permissions of AWS KMS: the actions that a policy
// may name, such as kms:Decrypt, and what AWS documents about each.
//
// The table follows AWS KMS permissions (AWS KMS Developer Guide), Actions,
// resources, and condition keys for AWS Key Management Service (Service
// Authorization Reference) and the AWS KMS API Reference.
//
// Left out: actions of other services, and what an operation does with a key
// beyond who may call it.
package action

import (
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// An Action is one permission of AWS KMS. The zero Action is no permission: it
// is in no Set and its String is empty.
//
// Most permissions have the name of an API operation. ReEncrypt is the
// exception: a call needs ReEncryptFrom on one key and ReEncryptTo on another.
type Action uint8

// The permissions of AWS KMS.
const (
	Decrypt Action = iota + 1
	Encrypt
	GenerateDataKey
	GenerateDataKeyWithoutPlaintext
	GenerateDataKeyPair
	GenerateDataKeyPairWithoutPlaintext
	ReEncryptFrom
	ReEncryptTo
	Sign
	Verify
	GenerateMac
	VerifyMac
	DeriveSharedSecret
	Encapsulate
	Decapsulate
	GenerateRandom
	DescribeKey
	GetPublicKey
	GetKeyRotationStatus
	GetKeyPolicy
	ListKeyPolicies
	GetKeyLastUsage
	ListKeys
	ListAliases
	ListResourceTags
	ListKeyRotations
	CreateKey
	EnableKey
	DisableKey
	ScheduleKeyDeletion
	CancelKeyDeletion
	UpdateKeyDescription
	PutKeyPolicy
	EnableKeyRotation
	DisableKeyRotation
	RotateKeyOnDemand
	GetParametersForImport
	ImportKeyMaterial
	DeleteImportedKeyMaterial
	CreateAlias
	DeleteAlias
	UpdateAlias
	TagResource
	UntagResource
	CreateGrant
	ListGrants
	RevokeGrant
	RetireGrant
	ListRetirableGrants
	ReplicateKey
	UpdatePrimaryRegion
	SynchronizeMultiRegionKey
	ConnectCustomKeyStore
	CreateCustomKeyStore
	DeleteCustomKeyStore
	DescribeCustomKeyStores
	DisconnectCustomKeyStore
	UpdateCustomKeyStore
)

const (
	first = Decrypt
	last  = UpdateCustomKeyStore
)

// vendor is the prefix of KMS permissions in policies.
const vendor = "kms"

// maxName is more than the length of the longest name.
const maxName = 48

// Names without the prefix, in lower case, for each action and the reverse.
var lowerNames, byName = foldNames()

func foldNames() (names [last + 1]string, actions map[string]Action) {
	actions = make(map[string]Action, last)
	for a := range All() {
		names[a] = lower(a.Name())
		actions[names[a]] = a
	}
	return names, actions
}

// Parse returns the action that s names, as in "kms:Decrypt". As in policies,
// case does not matter. The error for any other text suggests the action that
// was probably meant.
func Parse(s string) (Action, error) {
	prefix, name, found := strings.Cut(s, ":")
	if found && equalFold(prefix, vendor) {
		if a, ok := named(name); ok {
			return a, nil
		}
	}
	if !found {
		prefix, name = vendor, s
	}
	if near, ok := meant(prefix + ":" + name); ok {
		return 0, printable.Errorf("unknown KMS action %q (did you mean %q?)", s, near)
	}
	return 0, printable.Errorf("unknown KMS action %q", s)
}

// meant returns the action that a misspelt one was probably meant to be.
func meant(s string) (string, bool) {
	// Of all operations only this one is no action, and it is nearer to
	// kms:Encrypt than to either of its own.
	if equalFold(s, "kms:ReEncrypt") {
		return ReEncryptFrom.String(), true
	}
	var spellings []string
	for a := range All() {
		spellings = append(spellings, a.String())
	}
	return nearest.Word(s, slices.Values(spellings))
}

// All returns every action, in the order of the constants.
func All() iter.Seq[Action] {
	return func(yield func(Action) bool) {
		for a := Action(first); a <= last; a++ {
			if !yield(a) {
				return
			}
		}
	}
}

// String returns the action as policies write it, such as "kms:Decrypt", or
// the empty string if a is not valid.
func (a Action) String() string {
	if !a.IsValid() {
		return ""
	}
	return table[a].spelling
}

// Name returns the action without its prefix, such as "Decrypt", or the empty
// string if a is not valid.
func (a Action) Name() string {
	if !a.IsValid() {
		return ""
	}
	return a.String()[len(vendor)+1:]
}

// IsValid reports whether a is one of the constants.
func (a Action) IsValid() bool { return first <= a && a <= last }

// Info returns what is known of a, or the zero Info if a is not valid.
func (a Action) Info() Info {
	if !a.IsValid() {
		return Info{}
	}
	info := table[a]
	info.Action = a
	return info
}

// named returns the action whose name is name, without regard to case.
func named(name string) (Action, bool) {
	if len(name) > maxName {
		return 0, false
	}
	var buf [maxName]byte
	for i := range len(name) {
		buf[i] = lowerByte(name[i])
	}
	a, ok := byName[string(buf[:len(name)])] // does not allocate
	return a, ok
}

// lower returns s with its ASCII letters in lower case. strings.ToLower would
// also turn other letters, such as the Kelvin sign, into ASCII ones.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lowerByte(c)
	}
	return string(b)
}

// equalFold reports whether a and b are equal but for the case of ASCII
// letters.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerByte(a[i]) != lowerByte(b[i]) {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
