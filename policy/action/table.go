package action

import "slices"

// keys are names of condition keys in AWS's spelling.
type keys []string

// Condition keys that stand together on many actions (AWS KMS Developer Guide,
// Condition keys for AWS KMS and AWS KMS permissions). The deprecated
// kms:CustomerMasterKeySpec and kms:CustomerMasterKeyUsage are still effective
// wherever their successors are.
var (
	// newKeyProperties are what a key has already when it is being made.
	newKeyProperties = keys{
		"kms:CallerAccount",
		"kms:KeySpec",
		"kms:CustomerMasterKeySpec",
		"kms:KeyUsage",
		"kms:CustomerMasterKeyUsage",
		"kms:KeyOrigin",
		"kms:MultiRegion",
		"kms:MultiRegionKeyType",
		"aws:ResourceTag/${TagKey}",
		"kms:ViaService",
	}

	// keyProperties come with every authorization on a key.
	keyProperties = slices.Concat(newKeyProperties, keys{"kms:ResourceAliases"})

	encryptionContext = keys{
		"kms:EncryptionContext:${EncryptionContextKey}",
		"kms:EncryptionContextKeys",
	}

	// encrypting come with operations that use an encryption algorithm.
	encrypting = slices.Concat(keys{"kms:EncryptionAlgorithm"}, encryptionContext)

	// signing come with digital signatures.
	signing = keys{"kms:MessageType", "kms:SigningAlgorithm"}

	// attestation come with operations that accept a signed attestation
	// document (AWS KMS condition keys for attested platforms).
	attestation = keys{
		"kms:RecipientAttestation:ImageSha384",
		"kms:RecipientAttestation:PCR${0-31}",
		"kms:RecipientAttestation:NitroTPMPCR${0-23}",
	}

	// tags come with requests that name tags. An untag request names tag keys
	// only, but AWS lists aws:RequestTag for it all the same.
	tags = keys{"aws:RequestTag/${TagKey}", "aws:TagKeys"}

	callerAccount = keys{"kms:CallerAccount"}
	grantIsForAWS = keys{"kms:GrantIsForAWSResource"}

	// retiredGrant are the keys of RetireGrant, which tell of the grant.
	retiredGrant = slices.Concat(encryptionContext, keys{
		"kms:CallerAccount",
		"kms:GrantConstraintType",
		"kms:ResourceAliases",
		"aws:ResourceTag/${TagKey}",
		"kms:ViaService",
	})

	// newGrant are the parameters of CreateGrant.
	newGrant = keys{
		"kms:GrantConstraintType",
		"kms:GrantConstraintSourceArn",
		"kms:GranteePrincipal",
		"kms:GranteeServicePrincipal",
		"kms:GrantIsForAWSResource",
		"kms:GrantOperations",
		"kms:RetiringPrincipal",
		"kms:RetiringServicePrincipal",
	}
)

// Types of key on which actions work (AWS KMS Developer Guide, Key type
// reference and Grants in AWS KMS). A grant may give an action exactly for the
// types on which it works.
var (
	anyType     = keyTypes(Symmetric, AsymmetricEncrypt, AsymmetricSign, HMAC, KeyAgreement, MLKEM)
	publicTypes = keyTypes(AsymmetricEncrypt, AsymmetricSign, KeyAgreement, MLKEM)
	cipherTypes = keyTypes(Symmetric, AsymmetricEncrypt)
	symmetric   = keyTypes(Symmetric)
	signTypes   = keyTypes(AsymmetricSign)
	hmac        = keyTypes(HMAC)
	agreement   = keyTypes(KeyAgreement)
	mlKEM       = keyTypes(MLKEM)
)

// marks say what an action on a key can do that most cannot, or the reverse.
type marks uint8

const (
	crossAccount   marks = 1 << iota // works on keys of other accounts
	grantable                        // a grant may have it
	byAlias                          // an alias may stand for the key in the request
	notInKeyPolicy                   // an Allow in a key policy does not count
)

// table has the row of each action at its index. Condition keys that come with
// the kind of row (see the functions below) are not repeated in the rows.
//
// UNDOCUMENTED: AWS has not published the access level and the condition keys
// of Encapsulate and Decapsulate. They are taken to be as for the other
// cryptographic operations.
//
// UNDOCUMENTED: AWS's pages differ on whether RetireGrant carries the key's
// spec, usage, origin and multi-Region properties: Condition keys for AWS KMS
// gives them to every operation on a key, AWS KMS permissions not to this one.
// The page that speaks of the operation itself is followed.
var table = [last + 1]Info{
	// Cryptographic operations: encryption.
	Decrypt:       onData("Decrypt", cipherTypes, encrypting, attestation),
	Encrypt:       onData("Encrypt", cipherTypes, encrypting),
	ReEncryptFrom: onData("ReEncryptFrom", cipherTypes, encrypting, keys{"kms:ReEncryptOnSameKey"}).calledBy("ReEncrypt"),
	ReEncryptTo:   onData("ReEncryptTo", cipherTypes, encrypting, keys{"kms:ReEncryptOnSameKey"}).calledBy("ReEncrypt"),

	// Data keys and random bytes.
	GenerateDataKey:                     onData("GenerateDataKey", symmetric, encrypting, attestation),
	GenerateDataKeyPair:                 onData("GenerateDataKeyPair", symmetric, encrypting, keys{"kms:DataKeyPairSpec"}, attestation),
	GenerateDataKeyWithoutPlaintext:     onData("GenerateDataKeyWithoutPlaintext", symmetric, encrypting),
	GenerateDataKeyPairWithoutPlaintext: onData("GenerateDataKeyPairWithoutPlaintext", symmetric, encrypting, keys{"kms:DataKeyPairSpec"}),
	GenerateRandom:                      keyless("GenerateRandom", CategoryCryptographic, AccessWrite, attestation),

	// Signatures, message authentication codes and shared secrets.
	Sign:               onData("Sign", signTypes, signing),
	Verify:             onData("Verify", signTypes, signing),
	GenerateMac:        onData("GenerateMac", hmac, keys{"kms:MacAlgorithm"}),
	VerifyMac:          onData("VerifyMac", hmac, keys{"kms:MacAlgorithm"}),
	DeriveSharedSecret: onData("DeriveSharedSecret", agreement, keys{"kms:KeyAgreementAlgorithm"}, attestation),
	Encapsulate:        onData("Encapsulate", mlKEM),
	Decapsulate:        onData("Decapsulate", mlKEM),

	// Looking at keys.
	DescribeKey:          onKey("DescribeKey", CategoryManagement, AccessRead, anyType, crossAccount|grantable|byAlias),
	GetPublicKey:         onKey("GetPublicKey", CategoryManagement, AccessRead, publicTypes, crossAccount|grantable|byAlias),
	GetKeyRotationStatus: onKey("GetKeyRotationStatus", CategoryManagement, AccessRead, anyType, crossAccount),
	GetKeyPolicy:         onKey("GetKeyPolicy", CategoryManagement, AccessRead, anyType, 0),
	GetKeyLastUsage:      onKey("GetKeyLastUsage", CategoryManagement, AccessRead, anyType, 0),

	// Lists.
	ListKeys:         keyless("ListKeys", CategoryList, AccessList),
	ListAliases:      keyless("ListAliases", CategoryList, AccessList),
	ListKeyPolicies:  onKey("ListKeyPolicies", CategoryList, AccessList, anyType, 0),
	ListKeyRotations: onKey("ListKeyRotations", CategoryList, AccessList, anyType, 0),

	// Keys from beginning to end.
	CreateKey:            keyless("CreateKey", CategoryManagement, AccessWrite, newKeyProperties, keys{"kms:BypassPolicyLockoutSafetyCheck"}, tags),
	EnableKey:            onKey("EnableKey", CategoryManagement, AccessWrite, anyType, 0),
	DisableKey:           onKey("DisableKey", CategoryManagement, AccessWrite, anyType, 0, keys{"kms:TrailingDaysWithoutKeyUsage"}),
	ScheduleKeyDeletion:  onKey("ScheduleKeyDeletion", CategoryManagement, AccessWrite, anyType, 0, keys{"kms:ScheduleKeyDeletionPendingWindowInDays", "kms:TrailingDaysWithoutKeyUsage"}),
	CancelKeyDeletion:    onKey("CancelKeyDeletion", CategoryManagement, AccessWrite, anyType, 0),
	UpdateKeyDescription: onKey("UpdateKeyDescription", CategoryManagement, AccessWrite, anyType, 0),
	PutKeyPolicy:         onKey("PutKeyPolicy", CategoryManagement, AccessPermissionsManagement, anyType, 0, keys{"kms:BypassPolicyLockoutSafetyCheck"}),

	// Key material.
	EnableKeyRotation:         onKey("EnableKeyRotation", CategoryRotation, AccessWrite, symmetric, 0, keys{"kms:RotationPeriodInDays"}),
	DisableKeyRotation:        onKey("DisableKeyRotation", CategoryRotation, AccessWrite, symmetric, 0),
	RotateKeyOnDemand:         onKey("RotateKeyOnDemand", CategoryRotation, AccessWrite, symmetric, 0),
	GetParametersForImport:    onKey("GetParametersForImport", CategoryImport, AccessRead, anyType, 0, keys{"kms:WrappingAlgorithm", "kms:WrappingKeySpec"}),
	ImportKeyMaterial:         onKey("ImportKeyMaterial", CategoryImport, AccessWrite, anyType, 0, keys{"kms:ExpirationModel", "kms:ValidTo"}),
	DeleteImportedKeyMaterial: onKey("DeleteImportedKeyMaterial", CategoryImport, AccessWrite, anyType, 0),

	// Aliases and tags.
	CreateAlias:      onAlias("CreateAlias"),
	DeleteAlias:      onAlias("DeleteAlias"),
	UpdateAlias:      onAlias("UpdateAlias"),
	ListResourceTags: onKey("ListResourceTags", CategoryTagging, AccessList, anyType, 0),
	TagResource:      onKey("TagResource", CategoryTagging, AccessTagging, anyType, 0, tags),
	UntagResource:    onKey("UntagResource", CategoryTagging, AccessTagging, anyType, 0, tags),

	// Grants.
	CreateGrant:         onKey("CreateGrant", CategoryGrant, AccessPermissionsManagement, anyType, crossAccount|grantable, encryptionContext, newGrant),
	ListGrants:          onKey("ListGrants", CategoryGrant, AccessList, anyType, crossAccount, grantIsForAWS),
	RevokeGrant:         onKey("RevokeGrant", CategoryGrant, AccessPermissionsManagement, anyType, crossAccount, grantIsForAWS),
	RetireGrant:         onKey("RetireGrant", CategoryGrant, AccessPermissionsManagement, anyType, crossAccount|grantable|notInKeyPolicy).carrying(retiredGrant),
	ListRetirableGrants: keyless("ListRetirableGrants", CategoryGrant, AccessList),

	// Multi-Region keys. SynchronizeMultiRegionKey is no API operation: KMS
	// itself does it, through its service-linked role.
	ReplicateKey:              onKey("ReplicateKey", CategoryMultiRegion, AccessWrite, anyType, 0, keys{"kms:ReplicaRegion"}),
	UpdatePrimaryRegion:       onKey("UpdatePrimaryRegion", CategoryMultiRegion, AccessWrite, anyType, 0, keys{"kms:PrimaryRegion"}),
	SynchronizeMultiRegionKey: onKey("SynchronizeMultiRegionKey", CategoryInternal, AccessWrite, anyType, 0).describedAt(guide + "multi-region-auth-slr.html"),

	// Custom key stores.
	ConnectCustomKeyStore:    keyless("ConnectCustomKeyStore", CategoryCustomKeyStore, AccessWrite, callerAccount),
	CreateCustomKeyStore:     keyless("CreateCustomKeyStore", CategoryCustomKeyStore, AccessWrite, callerAccount),
	DeleteCustomKeyStore:     keyless("DeleteCustomKeyStore", CategoryCustomKeyStore, AccessWrite, callerAccount),
	DescribeCustomKeyStores:  keyless("DescribeCustomKeyStores", CategoryCustomKeyStore, AccessRead, callerAccount),
	DisconnectCustomKeyStore: keyless("DisconnectCustomKeyStore", CategoryCustomKeyStore, AccessWrite, callerAccount),
	UpdateCustomKeyStore:     keyless("UpdateCustomKeyStore", CategoryCustomKeyStore, AccessWrite, callerAccount),
}

// Where AWS documents KMS.
const (
	guide     = "https://docs.aws.amazon.com/kms/latest/developerguide/"
	reference = "https://docs.aws.amazon.com/kms/latest/APIReference/API_"
)

// onData returns the row of a cryptographic operation that uses a key. All of
// them work across accounts, may be granted and take an alias.
func onData(name string, types KeyTypeSet, more ...keys) Info {
	return onKey(name, CategoryCryptographic, AccessWrite, types, crossAccount|grantable|byAlias, more...)
}

// onAlias returns the row of an operation on an alias and its keys. Its
// condition keys concern the keys: where the resource is the alias none may be
// used (AWS KMS Developer Guide, Controlling access to aliases).
func onAlias(name string) Info {
	row := onKey(name, CategoryAlias, AccessWrite, anyType, 0)
	row.Resource = ResourceAliasAndKey
	return row
}

// onKey returns the row of an operation on a key.
func onKey(name string, c Category, l AccessLevel, types KeyTypeSet, m marks, more ...keys) Info {
	row := newRow(name, c, l, append([]keys{keyProperties}, more...))
	row.Resource = ResourceKey
	row.KeyTypes = types
	row.KeyPolicy = m&notInKeyPolicy == 0
	row.CrossAccount = m&crossAccount != 0
	if m&grantable != 0 {
		row.Grantable = true
		row.GrantKeyTypes = types
	}
	if m&byAlias != 0 {
		row.AcceptsAlias = true
		row.conditionKeys = append(row.conditionKeys, "kms:RequestAlias")
	}
	return row
}

// keyless returns the row of an operation that is authorized on no resource.
func keyless(name string, c Category, l AccessLevel, more ...keys) Info {
	return newRow(name, c, l, more)
}

// newRow returns what all rows have in common.
func newRow(name string, c Category, l AccessLevel, lists []keys) Info {
	row := Info{Category: c, Access: l, spelling: vendor + ":" + name}
	return row.carrying(lists...).calledBy(name)
}

// carrying returns the row with these condition keys and no others.
func (i Info) carrying(lists ...keys) Info {
	i.conditionKeys = slices.Concat(lists...)
	i.EncryptionContext = slices.Contains(i.conditionKeys, encryptionContext[0])
	return i
}

// calledBy returns the row with the API operation that needs the permission.
func (i Info) calledBy(operation string) Info {
	i.APIOperation = operation
	return i.describedAt(reference + operation + ".html")
}

// describedAt returns the row with the page that describes it.
func (i Info) describedAt(page string) Info {
	i.Doc = page
	return i
}
