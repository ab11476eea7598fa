package action

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const documented = 58 // permissions in AWS's pages

// TestTable walks the table: no blanks, no duplicates, nothing contradictory.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	n := 0
	for a := range All() {
		n++
		info := a.Info()
		name := a.Name()
		if info.Action != a {
			t.Errorf("%v: Info().Action = %v", a, info.Action)
		}
		if name == "" || len(name) > maxName || a.String() != "kms:"+name {
			t.Errorf("action %d: name %q, spelling %q", a, name, a)
		}
		if seen[strings.ToLower(name)] {
			t.Errorf("%v: named twice", a)
		}
		seen[strings.ToLower(name)] = true

		if info.APIOperation == "" || !strings.HasPrefix(name, info.APIOperation) {
			t.Errorf("%v: API operation %q", a, info.APIOperation)
		}
		if info.Category.String() == "" || info.Access.String() == "" || info.Resource.String() == "" {
			t.Errorf("%v: category %q, access %q, resource %q", a, info.Category, info.Access, info.Resource)
		}
		if !strings.HasPrefix(info.Doc, "https://docs.aws.amazon.com/kms/latest/") || !strings.HasSuffix(info.Doc, ".html") {
			t.Errorf("%v: documented at %q", a, info.Doc)
		}
		checkKeyRow(t, info)
		checkConditionKeys(t, info)
	}
	if n != documented || Every().Len() != documented || int(last) != documented {
		t.Errorf("%d actions, want %d", n, documented)
	}
}

func checkKeyRow(t *testing.T, info Info) {
	t.Helper()
	if keyless := info.Resource == ResourceNone; keyless != (info.KeyTypes == 0) {
		t.Errorf("%v: resource %v, key types %v", info.Action, info.Resource, info.KeyTypes)
	}
	if info.Resource == ResourceNone && (info.CrossAccount || info.Grantable || info.AcceptsAlias || info.KeyPolicy) {
		t.Errorf("%v: takes no key, but claims something about it: %+v", info.Action, info)
	}
	want := KeyTypeSet(0)
	if info.Grantable {
		want = info.KeyTypes
	}
	if info.GrantKeyTypes != want {
		t.Errorf("%v: grants for %v, want %v", info.Action, info.GrantKeyTypes, want)
	}
}

func checkConditionKeys(t *testing.T, info Info) {
	t.Helper()
	seen := map[string]bool{}
	for key := range info.ConditionKeys() {
		if !strings.HasPrefix(key, "kms:") && !strings.HasPrefix(key, "aws:") {
			t.Errorf("%v: condition key %q", info.Action, key)
		}
		if seen[strings.ToLower(key)] {
			t.Errorf("%v: condition key %q twice", info.Action, key)
		}
		seen[strings.ToLower(key)] = true
	}
	if got, want := info.EncryptionContext, seen["kms:encryptioncontext:${encryptioncontextkey}"]; got != want {
		t.Errorf("%v: EncryptionContext = %v, want %v", info.Action, got, want)
	}
	if got, want := info.AcceptsAlias, seen["kms:requestalias"]; got != want {
		t.Errorf("%v: AcceptsAlias = %v, want %v", info.Action, got, want)
	}
	if seen["kms:keyspec"] != seen["kms:customermasterkeyspec"] || seen["kms:keyusage"] != seen["kms:customermasterkeyusage"] {
		t.Errorf("%v: a deprecated condition key without its successor, or the reverse", info.Action)
	}
}

// Constants have no names at run time, so that they agree with the table is
// read from the source.
func TestConstantsHaveTheirNames(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "action.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, decl := range file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.CONST && len(gen.Specs) == documented {
			for _, spec := range gen.Specs {
				got = append(got, spec.(*ast.ValueSpec).Names[0].Name)
			}
		}
	}
	var want []string
	for a := range All() {
		want = append(want, a.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("constants differ from the table (-table +constants):\n%s", diff)
	}
}

// where returns the actions whose row has a property.
func where(has func(Info) bool) []string {
	var names []string
	for a := range All() {
		if has(a.Info()) {
			names = append(names, a.Name())
		}
	}
	slices.Sort(names)
	return names
}

// sorted returns the words of a list, in order.
func sorted(list string) []string {
	words := strings.Fields(list)
	slices.Sort(words)
	return words
}

// Lists of AWS's pages, against the rows.
const (
	encryptions = `Decrypt Encrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyPair
		GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext`
	otherCryptographic = `Sign Verify GenerateMac VerifyMac DeriveSharedSecret Encapsulate Decapsulate`
	customKeyStores    = `ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores
		DisconnectCustomKeyStore UpdateCustomKeyStore`
	keylessActions = customKeyStores + ` CreateKey ListKeys ListAliases ListRetirableGrants GenerateRandom`
	attested       = `Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateRandom`
)

func TestProperties(t *testing.T) {
	tests := []struct {
		name string
		has  func(Info) bool
		want string
	}{
		// AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key.
		{"cross-account", func(i Info) bool { return i.CrossAccount }, encryptions + " " + otherCryptographic + `
			CreateGrant DescribeKey GetKeyRotationStatus GetPublicKey ListGrants RetireGrant RevokeGrant`},
		// Grants in AWS KMS, Grant operations.
		{"grantable", func(i Info) bool { return i.Grantable }, encryptions + " " + otherCryptographic + `
			CreateGrant RetireGrant DescribeKey GetPublicKey`},
		// AWS KMS API Reference, KeyId of each operation.
		{"accepts an alias", func(i Info) bool { return i.AcceptsAlias }, encryptions + " " + otherCryptographic + `
			DescribeKey GetPublicKey`},
		// AWS KMS permissions, column Resources and column Policy type.
		{"on an alias and keys", func(i Info) bool { return i.Resource == ResourceAliasAndKey }, `CreateAlias DeleteAlias UpdateAlias`},
		{"on no resource", func(i Info) bool { return i.Resource == ResourceNone }, keylessActions},
		{"not in key policies", func(i Info) bool { return !i.KeyPolicy }, keylessActions + ` RetireGrant`},
		{"encryption context", func(i Info) bool { return i.EncryptionContext }, encryptions + ` CreateGrant RetireGrant`},
		{"named unlike their operation", func(i Info) bool { return i.APIOperation != i.Action.Name() }, `ReEncryptFrom ReEncryptTo`},

		// Key type reference.
		{"symmetric only", func(i Info) bool { return i.KeyTypes == keyTypes(Symmetric) }, `GenerateDataKey
			GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext
			EnableKeyRotation DisableKeyRotation RotateKeyOnDemand`},
		{"symmetric and asymmetric encryption", func(i Info) bool { return i.KeyTypes == keyTypes(Symmetric, AsymmetricEncrypt) },
			`Decrypt Encrypt ReEncryptFrom ReEncryptTo`},
		{"signing keys only", func(i Info) bool { return i.KeyTypes == keyTypes(AsymmetricSign) }, `Sign Verify`},
		{"HMAC keys only", func(i Info) bool { return i.KeyTypes == keyTypes(HMAC) }, `GenerateMac VerifyMac`},
		{"key agreement only", func(i Info) bool { return i.KeyTypes == keyTypes(KeyAgreement) }, `DeriveSharedSecret`},
		{"ML-KEM only", func(i Info) bool { return i.KeyTypes == keyTypes(MLKEM) }, `Encapsulate Decapsulate`},
		{"not on symmetric keys", func(i Info) bool { return i.KeyTypes != 0 && !i.KeyTypes.Has(Symmetric) }, otherCryptographic + ` GetPublicKey`},
		{"on public keys", func(i Info) bool {
			return i.KeyTypes == keyTypes(AsymmetricEncrypt, AsymmetricSign, KeyAgreement, MLKEM)
		}, `GetPublicKey`},

		// Service Authorization Reference, column Access level.
		{"List", func(i Info) bool { return i.Access == AccessList }, `ListAliases ListGrants ListKeyPolicies
			ListKeyRotations ListKeys ListResourceTags ListRetirableGrants`},
		{"Read", func(i Info) bool { return i.Access == AccessRead }, `DescribeCustomKeyStores DescribeKey GetKeyLastUsage
			GetKeyPolicy GetKeyRotationStatus GetParametersForImport GetPublicKey`},
		{"Tagging", func(i Info) bool { return i.Access == AccessTagging }, `TagResource UntagResource`},
		{"Permissions management", func(i Info) bool { return i.Access == AccessPermissionsManagement },
			`CreateGrant PutKeyPolicy RetireGrant RevokeGrant`},

		{"cryptographic", func(i Info) bool { return i.Category == CategoryCryptographic },
			encryptions + " " + otherCryptographic + ` GenerateRandom`},
		{"management", func(i Info) bool { return i.Category == CategoryManagement }, `CancelKeyDeletion CreateKey
			DescribeKey DisableKey EnableKey GetKeyLastUsage GetKeyPolicy GetKeyRotationStatus GetPublicKey PutKeyPolicy
			ScheduleKeyDeletion UpdateKeyDescription`},
		{"list", func(i Info) bool { return i.Category == CategoryList }, `ListAliases ListKeyPolicies ListKeyRotations ListKeys`},
		{"tagging", func(i Info) bool { return i.Category == CategoryTagging }, `ListResourceTags TagResource UntagResource`},
		{"rotation", func(i Info) bool { return i.Category == CategoryRotation }, `DisableKeyRotation EnableKeyRotation RotateKeyOnDemand`},
		{"import", func(i Info) bool { return i.Category == CategoryImport }, `DeleteImportedKeyMaterial GetParametersForImport ImportKeyMaterial`},
		{"alias", func(i Info) bool { return i.Category == CategoryAlias }, `CreateAlias DeleteAlias UpdateAlias`},
		{"grant", func(i Info) bool { return i.Category == CategoryGrant }, `CreateGrant ListGrants ListRetirableGrants RetireGrant RevokeGrant`},
		{"multi-region", func(i Info) bool { return i.Category == CategoryMultiRegion }, `ReplicateKey UpdatePrimaryRegion`},
		{"internal", func(i Info) bool { return i.Category == CategoryInternal }, `SynchronizeMultiRegionKey`},
		{"custom-key-store", func(i Info) bool { return i.Category == CategoryCustomKeyStore }, customKeyStores},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(sorted(tt.want), where(tt.has)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestGrantOperationsAreNineteen(t *testing.T) {
	if got, want := len(where(func(i Info) bool { return i.Grantable })), 19; got != want {
		t.Errorf("%d grant operations, want %d", got, want)
	}
}

// TestConditionKeys holds the rows against the other view of AWS's pages: for
// each condition key the operations that it is for (AWS KMS Developer Guide,
// Condition keys for AWS KMS).
func TestConditionKeys(t *testing.T) {
	var onKeys []string
	for a := range All() {
		if a.Info().Resource != ResourceNone {
			onKeys = append(onKeys, a.Name())
		}
	}
	keyOperations := strings.Join(onKeys, " ")
	if got, want := len(onKeys), documented-len(strings.Fields(keylessActions)); got != want {
		t.Fatalf("%d actions on keys, want %d", got, want)
	}

	withoutRetireGrant := strings.ReplaceAll(keyOperations, "RetireGrant ", "")
	want := map[string]string{
		"kms:CallerAccount":                             keyOperations + " CreateKey " + customKeyStores,
		"kms:KeySpec":                                   withoutRetireGrant + " CreateKey",
		"kms:CustomerMasterKeySpec":                     withoutRetireGrant + " CreateKey",
		"kms:KeyUsage":                                  withoutRetireGrant + " CreateKey",
		"kms:CustomerMasterKeyUsage":                    withoutRetireGrant + " CreateKey",
		"kms:KeyOrigin":                                 withoutRetireGrant + " CreateKey",
		"kms:MultiRegion":                               withoutRetireGrant + " CreateKey",
		"kms:MultiRegionKeyType":                        withoutRetireGrant + " CreateKey",
		"kms:ResourceAliases":                           keyOperations,
		"kms:ViaService":                                keyOperations + " CreateKey",
		"aws:ResourceTag/${TagKey}":                     keyOperations + " CreateKey",
		"aws:RequestTag/${TagKey}":                      "CreateKey TagResource UntagResource",
		"aws:TagKeys":                                   "CreateKey TagResource UntagResource",
		"kms:BypassPolicyLockoutSafetyCheck":            "CreateKey PutKeyPolicy",
		"kms:DataKeyPairSpec":                           "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext",
		"kms:EncryptionAlgorithm":                       encryptions,
		"kms:EncryptionContext:${EncryptionContextKey}": encryptions + " CreateGrant RetireGrant",
		"kms:EncryptionContextKeys":                     encryptions + " CreateGrant RetireGrant",
		"kms:ExpirationModel":                           "ImportKeyMaterial",
		"kms:GrantConstraintSourceArn":                  "CreateGrant",
		"kms:GrantConstraintType":                       "CreateGrant RetireGrant",
		"kms:GrantIsForAWSResource":                     "CreateGrant ListGrants RevokeGrant",
		"kms:GrantOperations":                           "CreateGrant",
		"kms:GranteePrincipal":                          "CreateGrant",
		"kms:GranteeServicePrincipal":                   "CreateGrant",
		"kms:KeyAgreementAlgorithm":                     "DeriveSharedSecret",
		"kms:MacAlgorithm":                              "GenerateMac VerifyMac",
		"kms:MessageType":                               "Sign Verify",
		"kms:PrimaryRegion":                             "UpdatePrimaryRegion",
		"kms:ReEncryptOnSameKey":                        "ReEncryptFrom ReEncryptTo",
		"kms:RecipientAttestation:ImageSha384":          attested,
		"kms:RecipientAttestation:PCR${0-31}":           attested,
		"kms:RecipientAttestation:NitroTPMPCR${0-23}":   attested,
		"kms:ReplicaRegion":                             "ReplicateKey",
		"kms:RequestAlias":                              encryptions + " " + otherCryptographic + " DescribeKey GetPublicKey",
		"kms:RetiringPrincipal":                         "CreateGrant",
		"kms:RetiringServicePrincipal":                  "CreateGrant",
		"kms:RotationPeriodInDays":                      "EnableKeyRotation",
		"kms:ScheduleKeyDeletionPendingWindowInDays":    "ScheduleKeyDeletion",
		"kms:SigningAlgorithm":                          "Sign Verify",
		"kms:TrailingDaysWithoutKeyUsage":               "DisableKey ScheduleKeyDeletion",
		"kms:ValidTo":                                   "ImportKeyMaterial",
		"kms:WrappingAlgorithm":                         "GetParametersForImport",
		"kms:WrappingKeySpec":                           "GetParametersForImport",
	}
	wanted := map[string][]string{}
	for key, actions := range want {
		wanted[key] = sorted(actions)
	}
	got := map[string][]string{}
	for a := range All() {
		for key := range a.Info().ConditionKeys() {
			got[key] = append(got[key], a.Name())
		}
	}
	for _, actions := range got {
		slices.Sort(actions)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("condition keys and their actions (-want +got):\n%s", diff)
	}
}

func TestRows(t *testing.T) {
	if got, want := Decrypt.Info().Doc, "https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html"; got != want {
		t.Errorf("Decrypt is documented at %s, want %s", got, want)
	}
	if got, want := ReEncryptTo.Info().Doc, "https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html"; got != want {
		t.Errorf("ReEncryptTo is documented at %s, want %s", got, want)
	}
	if got, want := SynchronizeMultiRegionKey.Info().Doc, "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-auth-slr.html"; got != want {
		t.Errorf("SynchronizeMultiRegionKey is documented at %s, want %s", got, want)
	}
}
