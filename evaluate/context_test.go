package evaluate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// contextOf returns the condition keys of a situation.
func contextOf(t *testing.T, line string) conditions.Context {
	t.Helper()
	w := read(line)
	return w.context()
}

func (w *world) context() conditions.Context {
	k, c, r := w.build()
	return newSituation(w.rules, k, c, r).context
}

// Each row is a situation and condition keys in it, "-" for an absent one.
func TestDerivedContext(t *testing.T) {
	const org, path = "o-abc", "o-abc/r-1/ou-1/"
	for _, r := range []struct{ line, want string }{
		// Of the key.
		{"", "kms:KeySpec=SYMMETRIC_DEFAULT kms:CustomerMasterKeySpec=SYMMETRIC_DEFAULT kms:KeyUsage=ENCRYPT_DECRYPT kms:CustomerMasterKeyUsage=ENCRYPT_DECRYPT"},
		{"", "kms:KeyOrigin=AWS_KMS kms:MultiRegion=false kms:MultiRegionKeyType=- kms:ResourceAliases=- aws:ResourceAccount=111122223333"},
		{"", "aws:ResourceOrgID=- aws:ResourceOrgPaths=- aws:ResourceTag/Owner=-"},
		{"key EXTERNAL RSA_2048 SIGN_VERIFY", "kms:KeyOrigin=EXTERNAL kms:KeySpec=RSA_2048 kms:KeyUsage=SIGN_VERIFY"},
		{"key mr", "kms:MultiRegion=true kms:MultiRegionKeyType=-"},
		{"key mr REPLICA", "kms:MultiRegion=true kms:MultiRegionKeyType=REPLICA"},
		{"key mr PRIMARY", "kms:MultiRegion=true kms:MultiRegionKeyType=PRIMARY"},
		{"key alias/b alias/a", "kms:ResourceAliases=alias/b,alias/a kms:RequestAlias=-"},
		{"key Owner=platform Empty=", "aws:ResourceTag/Owner=platform aws:resourcetag/owner=platform aws:ResourceTag/Empty="},
		{"korg " + org + " " + path, "aws:ResourceOrgID=o-abc aws:ResourceOrgPaths=o-abc/r-1/ou-1/ aws:PrincipalOrgID=- aws:PrincipalOrgPaths=-"},
		{"corg " + org + " " + path, "aws:ResourceOrgID=o-abc aws:ResourceOrgPaths=o-abc/r-1/ou-1/ aws:PrincipalOrgID=o-abc aws:PrincipalOrgPaths=o-abc/r-1/ou-1/"},
		{"caller fapp; corg " + org, "aws:ResourceOrgID=- aws:PrincipalOrgID=o-abc"},
		{"korg o-key; caller fapp; corg " + org, "aws:ResourceOrgID=o-key aws:PrincipalOrgID=o-abc"},
		{"do CreateKey; nokey; corg " + org, "aws:ResourceOrgID=- aws:ResourceAccount=- aws:PrincipalOrgID=o-abc"},

		// Of the caller.
		{"caller app uid:AROAX", "kms:CallerAccount=111122223333 aws:PrincipalAccount=111122223333 aws:PrincipalArn=arn:aws:iam::111122223333:role/app aws:PrincipalType=AssumedRole"},
		{"caller app uid:AROAX", "aws:userid=AROAX:ROLE-SESSION-NAME aws:username=- aws:PrincipalIsAWSService=false aws:PrincipalServiceName=- aws:PrincipalOrgID=-"},
		{"caller app", "aws:userid=-"},
		{"caller app uid:AROAX:s", "aws:userid=AROAX:s"},
		{"caller sess", "aws:PrincipalArn=arn:aws:iam::111122223333:role/app aws:PrincipalType=AssumedRole aws:userid=- aws:username=-"},
		{"caller ec2", "aws:PrincipalArn=arn:aws:iam::111122223333:role/aws:ec2-infrastructure/i-0abc"},
		{"caller sess uid:AROAX", "aws:userid=AROAX:i-0abc"},
		{"caller sess uid:AROAX:i-0abc", "aws:userid=AROAX:i-0abc"},
		{"caller sess role:app/", "aws:PrincipalArn=arn:aws:iam::111122223333:role/service/app"},
		{"caller alice uid:AIDAX", "aws:PrincipalArn=arn:aws:iam::111122223333:user/alice aws:PrincipalType=User aws:userid=AIDAX aws:username=alice"},
		{"caller arn:aws:iam::111122223333:user/path/alice", "aws:username=alice aws:PrincipalArn=arn:aws:iam::111122223333:user/path/alice"},
		{"caller fed", "aws:PrincipalArn=arn:aws:sts::111122223333:federated-user/fred aws:PrincipalType=FederatedUser aws:userid=111122223333:fred aws:username=-"},
		{"caller root", "aws:PrincipalArn=arn:aws:iam::111122223333:root aws:PrincipalType=Account aws:userid=111122223333 aws:username=-"},
		{"caller svc", "aws:PrincipalIsAWSService=true aws:PrincipalServiceName=s3.amazonaws.com kms:CallerAccount=- aws:PrincipalAccount=- aws:PrincipalArn=-"},
		{"caller svc; corg " + org, "aws:PrincipalOrgID=- aws:ResourceOrgID=- aws:PrincipalType=- aws:userid=- aws:username=-"},
		{"cctx aws:PrincipalServiceNamesList=a,b", "aws:PrincipalServiceNamesList=a,b"},

		// Of the request.
		{"", "kms:ViaService=- kms:EncryptionContextKeys=- kms:RequestAlias=- aws:SourceArn=- aws:SourceAccount=- aws:SourceVpce=- aws:CurrentTime=- aws:EpochTime=-"},
		{"", "aws:RequestedRegion=us-east-1 aws:SecureTransport=true aws:CalledVia=- aws:CalledViaFirst=- aws:CalledViaLast=-"},
		{"ctx aws:SecureTransport=false aws:ViaAWSService=true", "aws:SecureTransport=false aws:ViaAWSService=true"},
		{"ctx aws:SecureTransport", "aws:SecureTransport=-"},
		{"ctx AWS:securetransport=false", "aws:SecureTransport=false"},
		{"via s3.us-east-1.amazonaws.com", "kms:ViaService=s3.us-east-1.amazonaws.com aws:ViaAWSService=true aws:CalledVia=s3.amazonaws.com"},
		{"via s3.us-east-1.amazonaws.com", "aws:CalledViaFirst=s3.amazonaws.com aws:CalledViaLast=s3.amazonaws.com"},
		{"via s3.cn-north-1.amazonaws.com.cn", "kms:ViaService=s3.cn-north-1.amazonaws.com.cn aws:CalledVia=s3.cn-north-1.amazonaws.com.cn"},
		{"via s3.us-east-1.amazonaws.com; ctx aws:CalledVia=athena.amazonaws.com,s3.amazonaws.com", "aws:CalledVia=athena.amazonaws.com,s3.amazonaws.com"},
		{"via s3.us-east-1.amazonaws.com; ctx aws:CalledVia=athena.amazonaws.com,s3.amazonaws.com", "aws:CalledViaFirst=athena.amazonaws.com aws:CalledViaLast=s3.amazonaws.com"},
		{"ctx aws:CalledVia=a,b aws:CalledViaLast=c", "aws:CalledViaFirst=a aws:CalledViaLast=c"},
		{"ec b=2 a=1", "kms:EncryptionContext:a=1 kms:EncryptionContext:b=2 kms:EncryptionContext:A=1 kms:EncryptionContextKeys=a,b"},
		{"ec a= A=x", "kms:EncryptionContext:a=x, kms:EncryptionContextKeys=A,a"},
		{"ec a=1; do DescribeKey", "kms:EncryptionContext:a=- kms:EncryptionContextKeys=-"},
		{"ec a=1; do CreateGrant", "kms:EncryptionContext:a=1 kms:EncryptionContextKeys=a"},
		{"src arn:aws:sns:us-east-1:444455556666:t", "aws:SourceArn=arn:aws:sns:us-east-1:444455556666:t aws:SourceAccount=444455556666"},
		{"src arn:aws:s3:::bucket", "aws:SourceArn=arn:aws:s3:::bucket aws:SourceAccount=-"},
		{"src arn:aws:s3:::bucket; acct 444455556666", "aws:SourceAccount=444455556666"},
		{"src arn:aws:sns:us-east-1:444455556666:t; acct 111122223333", "aws:SourceAccount=111122223333"},
		{"acct 444455556666", "aws:SourceArn=- aws:SourceAccount=444455556666"},
		{"ctx aws:SourceArn=x aws:SourceAccount=y aws:SourceVpce=z aws:EpochTime=5", "aws:SourceArn=x aws:SourceAccount=y aws:SourceVpce=z aws:EpochTime=5"},
		{"vpce +anyone:*", "aws:SourceVpce=vpce-0abc"},
		{"in us-east-1", "aws:RequestedRegion=us-east-1"},
		{"do CreateKey; nokey", "aws:RequestedRegion=-"},
		{"do CreateKey; nokey; in eu-west-1", "aws:RequestedRegion=eu-west-1"},
		{"do CreateKey; nokey; ctx aws:RequestedRegion=eu-west-1", "aws:RequestedRegion=eu-west-1"},
		{"do DescribeKey; id alias/a; key alias/a", "kms:RequestAlias=alias/a"},
		{"id arn:aws:kms:us-east-1:111122223333:alias/a; key alias/a", "kms:RequestAlias=alias/a"},
		{"id " + ownKy + "; key alias/a", "kms:RequestAlias=-"},
		{"id " + theKey + "; key alias/a", "kms:RequestAlias=-"},

		// Defaults of parameters.
		{"", "kms:EncryptionAlgorithm=SYMMETRIC_DEFAULT"},
		{"ctx kms:EncryptionAlgorithm=RSAES_OAEP_SHA_256", "kms:EncryptionAlgorithm=RSAES_OAEP_SHA_256"},
		{"do Encrypt", "kms:EncryptionAlgorithm=SYMMETRIC_DEFAULT"}, {"do ReEncryptFrom", "kms:EncryptionAlgorithm=SYMMETRIC_DEFAULT"},
		{"do ReEncryptTo", "kms:EncryptionAlgorithm=SYMMETRIC_DEFAULT"}, {"do GenerateDataKey", "kms:EncryptionAlgorithm=SYMMETRIC_DEFAULT"},
		{"do GenerateDataKeyPair", "kms:EncryptionAlgorithm=SYMMETRIC_DEFAULT"},
		{"do DescribeKey", "kms:EncryptionAlgorithm=-"},
		{"do Sign", "kms:MessageType=RAW kms:EncryptionAlgorithm=-"}, {"do Verify", "kms:MessageType=RAW"}, {"do Verify; ctx kms:MessageType=DIGEST", "kms:MessageType=DIGEST"},
		{"do EnableKeyRotation", "kms:RotationPeriodInDays=365"},
		{"do ScheduleKeyDeletion", "kms:ScheduleKeyDeletionPendingWindowInDays=30"},
		{"do ScheduleKeyDeletion; ctx kms:ScheduleKeyDeletionPendingWindowInDays=7", "kms:ScheduleKeyDeletionPendingWindowInDays=7"},
		{"do PutKeyPolicy", "kms:BypassPolicyLockoutSafetyCheck=-"},
		{"do ImportKeyMaterial", "kms:ExpirationModel=- kms:ValidTo=-"},
		{"do CreateGrant", "kms:GrantIsForAWSResource=false"}, {"do ListGrants", "kms:GrantIsForAWSResource=false"}, {"do RevokeGrant", "kms:GrantIsForAWSResource=false"},
		{"do CreateGrant; via ec2.us-east-1.amazonaws.com", "kms:GrantIsForAWSResource=true"},
		{"do CreateGrant; ctx kms:GrantIsForAWSResource=true", "kms:GrantIsForAWSResource=true"},
		{"do Decrypt; via ec2.us-east-1.amazonaws.com", "kms:GrantIsForAWSResource=-"},
		{"do CreateKey; nokey", "kms:KeySpec=SYMMETRIC_DEFAULT kms:KeyUsage=ENCRYPT_DECRYPT kms:KeyOrigin=AWS_KMS kms:MultiRegion=false kms:MultiRegionKeyType=-"},
		{"do CreateKey; nokey", "kms:CustomerMasterKeySpec=SYMMETRIC_DEFAULT kms:CustomerMasterKeyUsage=ENCRYPT_DECRYPT kms:BypassPolicyLockoutSafetyCheck=-"},
		{"do CreateKey; nokey; ctx kms:KeySpec=HMAC_256 kms:KeyUsage=GENERATE_VERIFY_MAC", "kms:KeySpec=HMAC_256 kms:KeyUsage=GENERATE_VERIFY_MAC"},
		// The deprecated names are of the same parameters.
		{"do CreateKey; nokey; ctx kms:KeySpec=HMAC_256 kms:KeyUsage=GENERATE_VERIFY_MAC", "kms:CustomerMasterKeySpec=HMAC_256 kms:CustomerMasterKeyUsage=GENERATE_VERIFY_MAC"},
		{"do CreateKey; nokey; ctx kms:MultiRegion=true", "kms:MultiRegion=true kms:MultiRegionKeyType=PRIMARY"},
		{"do ListKeys; nokey", "kms:KeySpec=- kms:ViaService=- kms:CallerAccount=-"},

		// The alias half: neither keys of KMS nor tags.
		{"do CreateAlias; nokey; alias " + alias, "kms:CallerAccount=- aws:PrincipalAccount=111122223333 aws:RequestedRegion=us-east-1 kms:ViaService=-"},
		{"do CreateAlias; nokey; via s3.us-east-1.amazonaws.com; alias " + alias, "kms:ViaService=- aws:ViaAWSService=true aws:CalledVia=s3.amazonaws.com"},
		{"do CreateAlias; nokey; in eu-west-1; alias " + alias, "aws:RequestedRegion=eu-west-1"},
		{"do CreateAlias; nokey; corg " + org + "; alias " + alias, "aws:ResourceAccount=111122223333 aws:ResourceOrgID=o-abc"},
		{"do CreateAlias; nokey; alias " + alias, "aws:ResourceAccount=111122223333 aws:ResourceOrgID=-"},
		{"do CreateAlias; nokey; caller fapp; corg " + org + "; alias " + alias, "aws:ResourceAccount=111122223333 aws:ResourceOrgID=-"},
		{"do ListKeys; nokey; corg " + org, "aws:ResourceAccount=- aws:ResourceOrgID=-"},
		{"do CreateAlias; nokey; ctx aws:TagKeys=a aws:RequestTag/a=b aws:SourceIp=1.2.3.4; alias " + alias, "aws:TagKeys=- aws:RequestTag/a=- aws:SourceIp=1.2.3.4"},

		// RetireGrant has the constraint of its grant.
		{"do RetireGrant; gid g1; grant app:Decrypt eq:a=1", "kms:EncryptionContext:a=1 kms:EncryptionContextKeys=a kms:GrantConstraintType=EncryptionContextEquals"},
		{"do RetireGrant; gid g1; grant app:Decrypt sub:a=1; corg " + org, "kms:EncryptionContext:a=1 kms:GrantConstraintType=EncryptionContextSubset aws:ResourceOrgID=o-abc"},
		{"do RetireGrant; gid g1; grant app:Decrypt eq:", "kms:EncryptionContextKeys=- kms:GrantConstraintType=EncryptionContextEquals"},
		{"do RetireGrant; gid g1; grant app:Decrypt sub:", "kms:EncryptionContextKeys=- kms:GrantConstraintType=EncryptionContextSubset"},
		{"do RetireGrant; gid g1; grant app:Decrypt", "kms:EncryptionContextKeys=- kms:GrantConstraintType=-"},
		{"do RetireGrant; gid g2; grant app:Decrypt eq:a=1; grant app:Decrypt id:g2 eq:b=2", "kms:EncryptionContext:a=- kms:EncryptionContext:b=2"},
		{"do Decrypt; gid g1; grant app:Decrypt eq:a=1", "kms:EncryptionContext:a=-"},

		// A given value that agrees with the derived one is none too many.
		{"kctx kms:KeySpec=SYMMETRIC_DEFAULT; cctx aws:principalarn=arn:aws:iam::111122223333:role/app; in us-east-1; ctx aws:RequestedRegion=us-east-1", "kms:KeySpec=SYMMETRIC_DEFAULT"},
		{"kctx kms:MultiRegionKeyType=PRIMARY; key mr", "kms:MultiRegionKeyType=PRIMARY"},
		{"cctx aws:userid=x aws:PrincipalTag/team=a; ctx my:key=1,2", "aws:userid=x aws:PrincipalTag/team=a my:key=1,2"},
	} {
		c := contextOf(t, r.line)
		for pair := range strings.FieldsSeq(r.want) {
			name, want, _ := strings.Cut(pair, "=")
			if got := lookup(&c, name); got != want {
				t.Errorf("%q: %s = %q, want %q", r.line, name, got, want)
			}
		}
	}
}

func TestTimeContext(t *testing.T) {
	w := read("")
	w.request.Time = time.Date(2026, 1, 2, 4, 4, 5, 500, time.FixedZone("", 3600))
	w.caller.Tags = map[string]string{"team": "blue", "Empty": ""}
	w.request.VPCEndpoint = &VPCEndpoint{}
	c := w.context()
	for name, want := range map[string]string{"aws:CurrentTime": "2026-01-02T03:04:05.0000005Z", "aws:EpochTime": "1767323045",
		"aws:PrincipalTag/team": "blue", "aws:PrincipalTag/empty": "", "aws:SourceVpce": "-"} {
		if got := lookup(&c, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// A direct call is known not to come through a service, as the condition that
// AWS recommends for network keys needs.
func TestDirectCallIsNotViaService(t *testing.T) {
	c := contextOf(t, "")
	if got := lookup(&c, "aws:ViaAWSService"); got != "false" {
		t.Errorf("aws:ViaAWSService = %q, want false", got)
	}
}

func TestOwnerOf(t *testing.T) {
	owners := map[Owner]string{
		KeyOwner: "kms:KeySpec kms:CustomerMasterKeySpec kms:KeyUsage kms:CustomerMasterKeyUsage kms:KeyOrigin kms:MultiRegion kms:MultiRegionKeyType " +
			"kms:ResourceAliases aws:ResourceTag/a aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths KMS:keyspec",
		CallerOwner: "kms:CallerAccount aws:PrincipalArn aws:PrincipalAccount aws:PrincipalType aws:PrincipalIsAWSService aws:PrincipalServiceName " +
			"aws:PrincipalServiceNamesList aws:username aws:userid aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalTag/a",
		RequestOwner: "kms:ViaService aws:ViaAWSService kms:EncryptionContext:a kms:EncryptionContextKeys kms:RequestAlias aws:SourceArn aws:SourceAccount " +
			"aws:SourceVpce aws:RequestedRegion aws:CurrentTime aws:EpochTime aws:SourceIp kms:GrantOperations aws:RequestTag/a my:own",
	}
	for owner, names := range owners {
		for name := range strings.FieldsSeq(names) {
			if got := OwnerOf(conditions.ParseKey(name)); got != owner {
				t.Errorf("OwnerOf(%s) = %d, want %d", name, got, owner)
			}
		}
	}
}

// Every row of settled is a registered condition key, so that none is dead.
func TestSettledKeysAreRegistered(t *testing.T) {
	var registered []string
	for info := range conditions.Keys() {
		registered = append(registered, info.Name)
	}
	for name := range settled {
		if !slices.Contains(registered, name) {
			t.Errorf("%s is no registered condition key", name)
		}
	}
	for _, row := range parameterDefaults {
		for a := range row.actions.All() {
			if !conditions.KeysOf(a).Has(row.key) {
				t.Errorf("%s has a default for %s, which does not carry it", row.key, a)
			}
		}
	}
	if len(keySpecs) != len(strings.Fields(keySpecWords)) || action.Every().Len() != 58 {
		t.Error("a table has rows that these tests do not know")
	}
}

// What the user gives is the same in whatever order a map yields it: among names that
// are one key, and beside a key that follows from a field.
func TestContextInAnyOrder(t *testing.T) {
	for range 50 {
		r := must(NewRequest(RequestConfig{Action: action.Decrypt, Region: "us-east-1", Context: map[string][]string{
			"aws:SourceIp": {"1"}, "AWS:SourceIp": {"2"}, "aws:sourceip": {"3"},
			"aws:UserAgent": {"a"}, "aws:RequestedRegion": {"us-east-1"}, "aws:SecureTransport": {"true"},
			"aws:SourceVpc": {"v"}, "aws:Referer": {"r"}, "aws:MultiFactorAuthAge": {"5"}, "kms:EncryptionAlgorithm": {"SYMMETRIC_DEFAULT"},
		}}))
		for name, want := range map[string][]string{
			"aws:SourceIp": {"2", "1", "3"}, "aws:UserAgent": {"a"}, "aws:RequestedRegion": {"us-east-1"}, "aws:SecureTransport": {"true"},
			"aws:SourceVpc": {"v"}, "aws:Referer": {"r"}, "aws:MultiFactorAuthAge": {"5"}, "kms:EncryptionAlgorithm": {"SYMMETRIC_DEFAULT"},
		} {
			if got := r.context.Lookup(conditions.ParseKey(name)); !slices.Equal(got, want) {
				t.Fatalf("%s: got %q, want %q", name, got, want)
			}
		}
	}
	for range 50 {
		r := must(NewRequest(RequestConfig{Action: action.Decrypt, Context: map[string][]string{"aws:SourceIp": {"1"}, "AWS:SourceIp": {"2"}}}))
		if got := r.context.Lookup(conditions.ParseKey("aws:SourceIp")); !slices.Equal(got, []string{"2", "1"}) {
			t.Fatalf("got %q", got)
		}
	}
}

// Many names that are one key, or many values, make no more of messages than they are
// worth.
func TestManyContextFaults(t *testing.T) {
	const many = 1000
	cfg := RequestConfig{Action: action.Decrypt, EncryptionContext: map[string]string{}, Context: map[string][]string{}}
	for i := range many {
		name := []byte("abcdefghij") // in upper and lower case by the bits of i
		for bit := range name {
			name[bit] -= byte(i>>bit&1) * ('a' - 'A')
		}
		cfg.EncryptionContext[string(name)] = strings.Repeat("v", 1000)
		cfg.Context["kms:EncryptionContext:"+string(name)] = []string{"other"}
	}
	_, err := NewRequest(cfg)
	var faults ConfigErrors
	if !errors.As(err, &faults) || len(faults) != many || len(err.Error()) > 2000*many {
		t.Errorf("got %d faults in %d bytes", len(faults), len(fmt.Sprint(err)))
	}
}
