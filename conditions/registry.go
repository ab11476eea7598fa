package conditions

import (
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A Type says what the values of a condition key are, or what kind of values
// an operator compares. It is a recommendation: an operator reads the values
// of any key as it can.
type Type uint8

// The types of condition keys and operators.
const (
	TypeAny Type = iota // nothing is known of the values, or they do not matter
	TypeString
	TypeARN
	TypeNumeric
	TypeDate
	TypeBool
	TypeBinary
	TypeIPAddress
)

var typeNames = [...]string{
	TypeAny: "Any", TypeString: "String", TypeARN: "ARN", TypeNumeric: "Numeric", TypeDate: "Date",
	TypeBool: "Bool", TypeBinary: "Binary", TypeIPAddress: "IPAddress",
}

// String returns the type's name, as AWS's pages head their sections.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// KeyInfo is what AWS documents of a condition key. The zero KeyInfo is that
// of a key that is not registered.
type KeyInfo struct {
	Name        string // in AWS's spelling; a family as "aws:PrincipalTag/${TagKey}"
	Type        Type   // what its values are
	MultiValued bool   // a request may carry several values
	KeyPolicy   bool   // a statement of a key policy may use it
	Presence    string // which requests carry it
	Doc         string // the page of AWS that describes it

	row uint8
}

// UsableOn reports whether a request for a may carry the key.
func (i KeyInfo) UsableOn(a action.Action) bool {
	s := KeysOf(a)
	return s.has(i.row)
}

// A keyRow is a row of the registry as the rest of the package uses it.
type keyRow struct {
	KeyInfo
	prefix string // of a family: its names in lower case begin with it
	global bool   // every request to AWS may carry it
}

// A keySpec is a row of the registry as it is written here.
type keySpec struct {
	name     string
	valued   Type
	notes    keyNotes
	presence string
}

type keyNotes uint8

const (
	multi    keyNotes = 1 << iota // MultiValued
	iamOnly                       // not in key policies
	byAction                      // of all services, but only on some actions
)

// Pages that describe condition keys.
const (
	docKMSKeys         = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"
	docAttestationKeys = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-nitro-enclaves.html"
	docGlobalKeys      = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
)

// kmsKeys are the condition keys of KMS (AWS KMS Developer Guide, AWS KMS
// condition keys). Which operations carry them is said in package action.
var kmsKeys = []keySpec{
	{"kms:BypassPolicyLockoutSafetyCheck", TypeBool, 0, "when the parameter is sent"},
	{"kms:CallerAccount", TypeString, 0, "always on operations on a key or a custom key store, and on CreateKey"},
	{"kms:CustomerMasterKeySpec", TypeString, 0, "as kms:KeySpec, which replaces it"},
	{"kms:CustomerMasterKeyUsage", TypeString, 0, "as kms:KeyUsage, which replaces it"},
	{"kms:DataKeyPairSpec", TypeString, 0, "always: the parameter is required"},
	{"kms:EncryptionAlgorithm", TypeString, 0, "always: SYMMETRIC_DEFAULT unless the request says otherwise"},
	{"kms:EncryptionContext:${EncryptionContextKey}", TypeString, 0, "one for each pair of the encryption context, or of a grant's constraint"},
	{"kms:EncryptionContextKeys", TypeString, multi, "with an encryption context, or one in a grant's constraint"},
	{"kms:ExpirationModel", TypeString, 0, "when the parameter is sent"},
	{"kms:GrantConstraintSourceArn", TypeARN, 0, "when the grant has a SourceArn constraint"},
	{"kms:GrantConstraintType", TypeString, 0, "when the grant has an encryption context constraint"},
	{"kms:GrantIsForAWSResource", TypeBool, 0, "always: true when an AWS service calls on behalf of the caller"},
	{"kms:GrantOperations", TypeString, multi, "always: the parameter is required"},
	{"kms:GranteePrincipal", TypeString, 0, "when the parameter is sent"},
	{"kms:GranteeServicePrincipal", TypeString, 0, "when the parameter is sent"},
	{"kms:KeyAgreementAlgorithm", TypeString, 0, "always: the parameter is required"},
	{"kms:KeyOrigin", TypeString, 0, "always on operations on a key, and on CreateKey"},
	{"kms:KeySpec", TypeString, 0, "always on operations on a key, and on CreateKey"},
	{"kms:KeyUsage", TypeString, 0, "always on operations on a key, and on CreateKey"},
	{"kms:MacAlgorithm", TypeString, 0, "always: the parameter is required"},
	{"kms:MessageType", TypeString, 0, "always: RAW unless the request says otherwise"},
	{"kms:MultiRegion", TypeBool, 0, "always on operations on a key, and on CreateKey"},
	{"kms:MultiRegionKeyType", TypeString, 0, "with multi-Region keys"},
	{"kms:PrimaryRegion", TypeString, 0, "always: the parameter is required"},
	{"kms:ReEncryptOnSameKey", TypeBool, 0, "always"},
	{"kms:ReplicaRegion", TypeString, 0, "always: the parameter is required"},
	{"kms:RequestAlias", TypeString, 0, "when an alias names the key in the request"},
	{"kms:ResourceAliases", TypeString, multi | iamOnly, "when the key has aliases"},
	{"kms:RetiringPrincipal", TypeString, 0, "when the parameter is sent"},
	{"kms:RetiringServicePrincipal", TypeString, 0, "when the parameter is sent"},
	{"kms:RotationPeriodInDays", TypeNumeric, 0, "when the parameter is sent; AWS does not say whether the default counts"},
	{"kms:ScheduleKeyDeletionPendingWindowInDays", TypeNumeric, 0, "always: 30 unless the request says otherwise"},
	{"kms:SigningAlgorithm", TypeString, 0, "always: the parameter is required"},
	{"kms:TrailingDaysWithoutKeyUsage", TypeNumeric, 0, "always"},
	// AWS calls its type Timestamp and compares it with Numeric operators as
	// well, in epoch seconds.
	{"kms:ValidTo", TypeDate, 0, "unless the key material does not expire"},
	{"kms:ViaService", TypeString, 0, "when an AWS service calls with the caller's credentials"},
	{"kms:WrappingAlgorithm", TypeString, 0, "always: the parameter is required"},
	{"kms:WrappingKeySpec", TypeString, 0, "always: the parameter is required"},
}

// attestationKeys are the measurements of an attestation document (AWS KMS
// Developer Guide, Condition keys for AWS Nitro Enclaves): an enclave has 32
// platform configuration registers, an instance with NitroTPM has 24.
func attestationKeys() []keySpec {
	const presence = "when the request carries a valid attestation document that has the measurement"
	keys := []keySpec{{"kms:RecipientAttestation:ImageSha384", TypeString, 0, presence}}
	for _, registers := range []struct {
		prefix string
		number int
	}{
		{"kms:RecipientAttestation:PCR", 32},
		{"kms:RecipientAttestation:NitroTPMPCR", 24},
	} {
		for n := range registers.number {
			keys = append(keys, keySpec{fmt.Sprint(registers.prefix, n), TypeString, 0, presence})
		}
	}
	return keys
}

// globalKeys are the condition keys that AWS defines for all services (IAM
// User Guide, AWS global condition context keys), and those of other services
// that stay with a caller's credentials whatever they call.
var globalKeys = []keySpec{
	{"aws:PrincipalArn", TypeARN, 0, "always for signed requests: of a session, the ARN of its role"},
	{"aws:PrincipalAccount", TypeString, 0, "always"},
	{"aws:PrincipalOrgID", TypeString, 0, "when the caller's account is in an organization"},
	{"aws:PrincipalOrgPaths", TypeString, multi, "when the caller's account is in an organization"},
	{"aws:PrincipalTag/${TagKey}", TypeString, 0, "one for each tag of the caller or its session"},
	{"aws:PrincipalIsAWSService", TypeBool, 0, "always for signed requests: true when a service principal calls"},
	{"aws:PrincipalServiceName", TypeString, 0, "when a service principal calls"},
	{"aws:PrincipalServiceNamesList", TypeString, multi, "when a service principal calls"},
	{"aws:PrincipalType", TypeString, 0, "always"},
	{"aws:userid", TypeString, 0, "always"},
	{"aws:username", TypeString, 0, "when an IAM user calls"},
	{"aws:AssumedRoot", TypeBool, 0, "with credentials from AssumeRoot"},
	{"aws:FederatedProvider", TypeString, 0, "in sessions of web identities"},
	{"aws:SourceIdentity", TypeString, 0, "in sessions that set it"},
	{"aws:TokenIssueTime", TypeDate, 0, "with temporary credentials"},
	{"aws:SignInSessionArn", TypeARN, 0, "in sessions signed in by OAuth"},
	{"aws:MultiFactorAuthPresent", TypeBool, 0, "with temporary credentials"},
	{"aws:MultiFactorAuthAge", TypeNumeric, 0, "with temporary credentials that were obtained with MFA"},
	{"aws:ChatbotSourceArn", TypeARN, 0, "in sessions of Amazon Q Developer in chat applications"},
	{"aws:Ec2InstanceSourceVpc", TypeString, 0, "with the credentials of an EC2 instance's role"},
	{"aws:Ec2InstanceSourcePrivateIPv4", TypeIPAddress, 0, "with the credentials of an EC2 instance's role"},
	{"ec2:SourceInstanceArn", TypeARN, 0, "with the credentials of an EC2 instance's role"},
	{"ec2:RoleDelivery", TypeNumeric, 0, "with the credentials of an EC2 instance's role"},
	{"lambda:SourceFunctionArn", TypeARN, 0, "when a Lambda function calls"},
	{"glue:RoleAssumedBy", TypeString, 0, "when AWS Glue calls with a service role"},
	{"glue:CredentialIssuingService", TypeString, 0, "when a job of AWS Glue calls"},
	{"codebuild:BuildArn", TypeARN, 0, "when a build of CodeBuild calls"},
	{"codebuild:ProjectArn", TypeARN, 0, "when a build of CodeBuild calls"},
	{"ssm:SourceInstanceArn", TypeARN, 0, "when a managed instance of Systems Manager calls"},
	{"identitystore:UserId", TypeString, 0, "when a user of IAM Identity Center calls"},
	{"aws:SourceIp", TypeIPAddress, 0, "unless the request comes through a VPC endpoint"},
	{"aws:SourceVpc", TypeString, 0, "when the request comes through a VPC endpoint"},
	{"aws:SourceVpcArn", TypeARN, 0, "when the request comes through a VPC endpoint"},
	{"aws:SourceVpce", TypeString, 0, "when the request comes through a VPC endpoint"},
	{"aws:VpceAccount", TypeString, 0, "when the request comes through a VPC endpoint"},
	{"aws:VpceOrgID", TypeString, 0, "when the request comes through a VPC endpoint of an account in an organization"},
	{"aws:VpceOrgPaths", TypeString, multi, "when the request comes through a VPC endpoint of an account in an organization"},
	{"aws:VpcSourceIp", TypeIPAddress, 0, "when the request comes through a VPC endpoint"},
	{"aws:ResourceAccount", TypeString, 0, "when the operation has a resource"},
	{"aws:ResourceOrgID", TypeString, 0, "when the resource's account is in an organization"},
	{"aws:ResourceOrgPaths", TypeString, multi, "when the resource's account is in an organization"},
	{"aws:ResourceTag/${TagKey}", TypeString, iamOnly | byAction, "one for each tag of the key; on CreateKey for each tag in the request"},
	{"aws:RequestTag/${TagKey}", TypeString, byAction, "one for each tag in the request"},
	{"aws:TagKeys", TypeString, multi | byAction, "with tags in the request"},
	{"aws:CalledVia", TypeString, multi, "when an AWS service calls with the caller's credentials"},
	{"aws:CalledViaFirst", TypeString, 0, "as aws:CalledVia"},
	{"aws:CalledViaLast", TypeString, 0, "as aws:CalledVia"},
	{"aws:ViaAWSService", TypeBool, 0, "always: true when an AWS service calls with the caller's credentials"},
	{"aws:CalledViaAWSMCP", TypeString, 0, "when an AWS MCP server calls with the caller's credentials"},
	{"aws:ViaAWSMCPService", TypeBool, 0, "when an AWS MCP server calls with the caller's credentials"},
	{"aws:IsMcpServiceAction", TypeBool, 0, "on actions of an AWS MCP server"},
	{"aws:ViaCustomerDomain", TypeString, 0, "in sessions of temporary access delegation"},
	{"aws:CurrentTime", TypeDate, 0, "always"},
	{"aws:EpochTime", TypeDate, 0, "always: the time in epoch seconds"},
	{"aws:referer", TypeString, 0, "when a browser sends it"},
	{"aws:RequestedRegion", TypeString, 0, "always"},
	{"aws:SecureTransport", TypeBool, 0, "always"},
	{"aws:UserAgent", TypeString, 0, "always, as the caller likes"},
	{"aws:SourceAccount", TypeString, 0, "when a service principal calls for a resource of that account"},
	{"aws:SourceArn", TypeARN, 0, "when a service principal calls for that resource"},
	{"aws:SourceOrgID", TypeString, 0, "when a service principal calls for a resource in that organization"},
	{"aws:SourceOrgPaths", TypeString, multi, "when a service principal calls for a resource in that organization"},
}

// keyRows is the registry. Row 0 stands for all keys that are not registered.
var keyRows = buildKeyRows()

func buildKeyRows() []keyRow {
	rows := make([]keyRow, 1, 192)
	for _, table := range []struct {
		keys []keySpec
		doc  string
	}{
		{kmsKeys, docKMSKeys},
		{attestationKeys(), docAttestationKeys},
		{globalKeys, docGlobalKeys},
	} {
		for _, k := range table.keys {
			prefix, _, isFamily := strings.Cut(k.name, "${")
			if !isFamily {
				prefix = ""
			}
			rows = append(rows, keyRow{
				KeyInfo: KeyInfo{
					Name:        k.name,
					Type:        k.valued,
					MultiValued: k.notes&multi != 0,
					KeyPolicy:   k.notes&iamOnly == 0,
					Presence:    k.presence,
					Doc:         table.doc,
					row:         uint8(len(rows)),
				},
				prefix: strings.ToLower(prefix),
				global: table.doc == docGlobalKeys && k.notes&byAction == 0,
			})
		}
	}
	return rows
}

// A rowTable finds the row of a name that a key is registered under. It is a hash
// table with open addressing, most of which is free.
type rowTable struct {
	names [maxRows]string // by row
	rows  [tableSize]uint8
}

const tableSize = 512

// singleRows finds names in AWS's spelling, lowerRows in lower case; familyRows
// are the rows of families.
var singleRows, lowerRows, familyRows = indexKeyRows()

func indexKeyRows() (single, lower *rowTable, families []uint8) {
	single, lower = &rowTable{}, &rowTable{}
	for _, r := range keyRows[1:] {
		if r.prefix != "" {
			families = append(families, r.row)
			continue
		}
		single.add(r.Name, r.row)
		lower.add(strings.ToLower(r.Name), r.row)
	}
	return single, lower, families
}

func (t *rowTable) add(name string, row uint8) {
	n := hashOfName(name)
	for t.rows[n%tableSize] != 0 {
		n++
	}
	t.rows[n%tableSize], t.names[row] = row, name
}

// find returns the row of a name, 0 if there is none.
func (t *rowTable) find(name string) uint8 {
	for n := hashOfName(name); ; n++ {
		row := t.rows[n%tableSize]
		if row == 0 || t.names[row] == name {
			return row
		}
	}
}

// hashOfName tells names of condition keys apart by their length and their last
// letters.
func hashOfName(name string) uint {
	const letters = 8
	hash := uint64(len(name))
	if len(name) >= letters { // as all registered names
		tail := name[len(name)-letters:]
		hash += uint64(tail[0]) | uint64(tail[1])<<8 | uint64(tail[2])<<16 | uint64(tail[3])<<24 |
			uint64(tail[4])<<32 | uint64(tail[5])<<40 | uint64(tail[6])<<48 | uint64(tail[7])<<56
	}
	return uint(hash * 0x9E3779B97F4A7C15 >> 32)
}

// keysOf holds KeysOf of each action, and at 0 the keys that every request may
// carry.
var keysOf = buildKeysOf()

func buildKeysOf() []KeySet {
	var always KeySet
	for _, r := range keyRows[1:] {
		if r.global {
			always.add(r.row)
		}
	}
	sets := []KeySet{always}
	for a := range action.All() {
		s := always
		for name := range a.Info().ConditionKeys() {
			for _, r := range keyRows[1:] {
				if r.namedBy(name) {
					s.add(r.row)
				}
			}
		}
		sets = append(sets, s)
	}
	return sets
}

// carriersOf is keysOf the other way round: for each row the actions.
var carriersOf = func() []action.Set {
	sets := make([]action.Set, len(keyRows))
	sets[0] = action.Every()
	for a := range action.All() {
		for row := range keyRows[1:] {
			if s := &keysOf[a]; s.has(uint8(row + 1)) {
				sets[row+1] = sets[row+1].With(a)
			}
		}
	}
	return sets
}()

// namedBy reports whether a condition key in an action's row, where
// "kms:RecipientAttestation:PCR${0-31}" stands for all those registers, means
// this row.
func (r *keyRow) namedBy(name string) bool {
	if prefix, _, numbered := strings.Cut(name, "${0-"); numbered {
		return strings.HasPrefix(r.Name, prefix)
	}
	return name == r.Name
}
