package conditions

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// TestRegistry walks the table: nothing blank, nothing twice, every name and
// every action's key accounted for.
func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for k := range Keys() {
		lower := strings.ToLower(k.Name)
		if seen[lower] {
			t.Errorf("%s is there twice", k.Name)
		}
		seen[lower] = true
		if k.Name == "" || k.Presence == "" || !strings.HasPrefix(k.Doc, "https://docs.aws.amazon.com/") {
			t.Errorf("%s has blanks: %+v", k.Name, k)
		}
		if k.Type == TypeAny || k.Type == TypeBinary || strings.HasPrefix(k.Type.String(), "Type(") {
			t.Errorf("%s has type %v", k.Name, k.Type)
		}
		if got, ok := ParseKey(k.Name).Info(); !ok || got != k {
			t.Errorf("ParseKey(%q).Info() = %v, want %v", k.Name, got, k)
		}
		usable := 0
		for a := range action.All() {
			if k.UsableOn(a) {
				usable++
			}
		}
		if usable == 0 {
			t.Errorf("%s is usable on no action", k.Name)
		}
	}
	if got, want := len(seen), 157; got != want {
		t.Errorf("%d keys, want %d", got, want)
	}
	for a := range action.All() {
		for name := range a.Info().ConditionKeys() {
			if registers, _, ok := strings.Cut(name, "${0-"); ok {
				name = registers + "0"
			}
			if k := ParseKey(name); !KeysOf(a).Has(k) || k.row == 0 {
				t.Errorf("%v: its condition key %s is not registered or not usable on it", a, name)
			}
		}
	}
}

func TestKeysIsAnIterator(t *testing.T) {
	for k := range Keys() {
		if got, want := k.Name, "kms:BypassPolicyLockoutSafetyCheck"; got != want {
			t.Errorf("first key %s, want %s", got, want)
		}
		break
	}
}

// TestKeyInfo has the rows that differ from most: name, type, flags (m
// multi-valued, k usable in key policies).
func TestKeyInfo(t *testing.T) {
	for _, row := range []string{
		"kms:ViaService String k",
		"kms:ValidTo Date k",
		"kms:MultiRegion Bool k",
		"kms:TrailingDaysWithoutKeyUsage Numeric k",
		"kms:GrantConstraintSourceArn ARN k",
		"kms:GrantOperations String mk",
		"kms:ResourceAliases String m",
		"kms:EncryptionContext:${EncryptionContextKey} String k",
		"kms:RecipientAttestation:PCR0 String k",
		"kms:RecipientAttestation:PCR31 String k",
		"kms:RecipientAttestation:NitroTPMPCR23 String k",
		"aws:SourceIp IPAddress k",
		"aws:TagKeys String mk",
		"aws:RequestTag/${TagKey} String k",
		"aws:ResourceTag/${TagKey} String .",
	} {
		words := strings.Fields(row)
		info, ok := ParseKey(words[0]).Info()
		flags := ""
		if info.MultiValued {
			flags += "m"
		}
		if info.KeyPolicy {
			flags += "k"
		}
		if flags == "" {
			flags = "."
		}
		if got := strings.Join([]string{info.Name, info.Type.String(), flags}, " "); !ok || got != row {
			t.Errorf("got %s, want %s", got, row)
		}
	}
	for _, name := range []string{
		"kms:RecipientAttestation:PCR32", "kms:RecipientAttestation:NitroTPMPCR24", "kms:RecipientAttestation:PCR",
		"kms:EncryptionContext", "aws:PrincipalTag", "s3:prefix", "", "kms:", "kms:ViaService ",
	} {
		if info, ok := ParseKey(name).Info(); ok || info != (KeyInfo{}) {
			t.Errorf("ParseKey(%q).Info() = %v, %v; want no row", name, info, ok)
		}
	}
}

// TestKeyProperties lists the keys of each property, all others being
// single-valued strings that a key policy may use.
func TestKeyProperties(t *testing.T) {
	for _, c := range []struct {
		property string
		has      func(KeyInfo) bool
		want     string
	}{
		{"multi-valued", func(k KeyInfo) bool { return k.MultiValued }, `
			kms:EncryptionContextKeys kms:GrantOperations kms:ResourceAliases aws:PrincipalOrgPaths aws:PrincipalServiceNamesList
			aws:VpceOrgPaths aws:ResourceOrgPaths aws:TagKeys aws:CalledVia aws:SourceOrgPaths`},
		{"not in key policies", func(k KeyInfo) bool { return !k.KeyPolicy }, `
			kms:ResourceAliases aws:ResourceTag/${TagKey}`},
		{"Bool", func(k KeyInfo) bool { return k.Type == TypeBool }, `
			kms:BypassPolicyLockoutSafetyCheck kms:GrantIsForAWSResource kms:MultiRegion kms:ReEncryptOnSameKey aws:PrincipalIsAWSService
			aws:AssumedRoot aws:MultiFactorAuthPresent aws:ViaAWSService aws:ViaAWSMCPService aws:IsMcpServiceAction aws:SecureTransport`},
		{"Numeric", func(k KeyInfo) bool { return k.Type == TypeNumeric }, `
			kms:RotationPeriodInDays kms:ScheduleKeyDeletionPendingWindowInDays kms:TrailingDaysWithoutKeyUsage aws:MultiFactorAuthAge ec2:RoleDelivery`},
		{"Date", func(k KeyInfo) bool { return k.Type == TypeDate }, `
			kms:ValidTo aws:TokenIssueTime aws:CurrentTime aws:EpochTime`},
		{"ARN", func(k KeyInfo) bool { return k.Type == TypeARN }, `
			kms:GrantConstraintSourceArn aws:PrincipalArn aws:SignInSessionArn aws:ChatbotSourceArn ec2:SourceInstanceArn lambda:SourceFunctionArn
			codebuild:BuildArn codebuild:ProjectArn ssm:SourceInstanceArn aws:SourceVpcArn aws:SourceArn`},
		{"IPAddress", func(k KeyInfo) bool { return k.Type == TypeIPAddress }, `
			aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp`},
		{"not on every action, though of all services", func(k KeyInfo) bool {
			return strings.HasPrefix(k.Name, "aws:") && !k.UsableOn(action.ListKeys)
		}, `
			aws:ResourceTag/${TagKey} aws:RequestTag/${TagKey} aws:TagKeys`},
	} {
		var got []string
		for k := range Keys() {
			if c.has(k) {
				got = append(got, k.Name)
			}
		}
		if want := strings.Fields(c.want); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", c.property, got, want)
		}
	}
}

func TestKeyString(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"KMS:VIASERVICE", "kms:ViaService"},
		{"kms:viaservice", "kms:ViaService"},
		{"aws:principaltag/Team", "aws:PrincipalTag/team"},
		{"KMS:EncryptionContext:AWS:S3:Arn", "kms:EncryptionContext:aws:s3:arn"},
		{"kms:encryptioncontext:", "kms:EncryptionContext:"},
		{"aws:ResourceTag/É", "aws:ResourceTag/é"},
		{"S3:Prefix", "s3:prefix"},
		{"", ""},
	} {
		if got := ParseKey(c.name).String(); got != c.want {
			t.Errorf("ParseKey(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestKeysAreEqualWithoutCase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := genName.Draw(t, "name")
		k := ParseKey(name)
		if got := ParseKey(strings.ToUpper(strings.ToLower(name))); got != k && isASCII(name) {
			t.Errorf("%q in upper case is another key: %v, want %v", name, got, k)
		}
		if got := ParseKey(k.String()); got != k {
			t.Errorf("ParseKey(%q) = %v, want %v", k.String(), got, k)
		}
		if got, want := k.lower(), strings.ToLower(name); got != want {
			t.Errorf("lower %q, want %q", got, want)
		}
	})
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 }

// names are condition keys of all sorts, some of them equal but for case.
var names = []string{
	"kms:ViaService", "KMS:viaservice", "kms:KeySpec", "kms:BypassPolicyLockoutSafetyCheck", "kms:ResourceAliases", "aws:SourceOrgPaths",
	"kms:RecipientAttestation:PCR25", "kms:RecipientAttestation:PCR26", "aws:SecureTransport", "aws:SourceVpce",
	"kms:EncryptionContext:a", "kms:EncryptionContext:A", "kms:EncryptionContext:b", "kms:EncryptionContext:",
	"aws:PrincipalTag/team", "aws:PrincipalTag/Team", "aws:ResourceTag/team", "aws:RequestTag/team", "kms:EncryptionContext:team", "team", "aws:TagKeys", "s3:prefix", "S3:Prefix", "zz", "",
}

var genName = rapid.OneOf(rapid.SampledFrom(names), rapid.StringN(0, 6, -1),
	rapid.Map(rapid.StringN(0, 3, -1), func(s string) string { return "aws:PrincipalTag/" + s }))

func TestNear(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"kms:ViaServices", "kms:ViaService"},
		{"kms:viaservce", "kms:ViaService"},
		{"KMS:VIASERVIC", "kms:ViaService"},
		{"kms:ViaSvice", "kms:ViaService"},
		{"kms:ViaSvce", ""}, // three letters
		{"aws:SourceVpcs", "aws:SourceVpc"},
		{"aws:SourceIps", "aws:SourceIp"},
		{"aws:PrincipleArn", "aws:PrincipalArn"},
		{"kms:RecipientAttestation:PCR32", "kms:RecipientAttestation:PCR2"},
		// Names that are known, or no slip.
		{"kms:ViaService", ""},
		{"aws:sourcevpc", ""},
		{"aws:PrincipalTag/team", ""},
		{"aws:PrincipalTag/${TagKey}", ""},
		{"aws:RequestTags/${TagKey}", ""}, // families are not proposed
		{"kms:EncryptionContextKey", "kms:EncryptionContextKeys"},
		{"aws:RequestAlias", "kms:RequestAlias"},
		{"sts:SourceIdentity", ""}, // of another service
		{"ec2:RoleDeliver", ""},
		{"aw:SourceIp", ""},
		{"s3:prefix", ""},
		{"", ""},
	} {
		got, ok := Near(c.name)
		if got.Name != c.want || ok != (c.want != "") {
			t.Errorf("Near(%q) = %q, %v; want %q", c.name, got.Name, ok, c.want)
		}
	}
}

// TestNearestOfAll compares Near with a search over all rows.
func TestNearestOfAll(t *testing.T) {
	all := slices.Collect(Keys())
	own := func(name string) bool {
		return regexp.MustCompile(`(?i)\A(kms|aws):`).MatchString(name)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := []byte(rapid.SampledFrom(all).Draw(t, "key").Name)
		for range rapid.IntRange(0, 3).Draw(t, "edits") {
			i := rapid.IntRange(0, len(name)-1).Draw(t, "at")
			name[i] = rapid.SampledFrom([]byte("aeS:/1")).Draw(t, "letter")
		}
		got, ok := Near(string(name))
		if _, known := ParseKey(string(name)).Info(); known {
			if ok {
				t.Errorf("Near(%q) = %q, want none: it is known", name, got.Name)
			}
			return
		}
		want := KeyInfo{}
		for d := 2; d > 0; d-- {
			for _, k := range slices.Backward(all) {
				if own(k.Name) && own(string(name)) && !strings.Contains(k.Name, "${") && nearest.Distance(string(name), k.Name, 9) == d {
					want = k
				}
			}
		}
		if got != want || ok != (want != KeyInfo{}) {
			t.Errorf("Near(%q) = %q, %v; want %q", name, got.Name, ok, want.Name)
		}
	})
}

// A sibling is the key of its own whole name.
func TestSibling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Team", "\u212a", "\xff\xfeA", "ÄÖ"})).Draw(t, "name")
		for _, prefix := range []string{"kms:EncryptionContext:", "aws:PrincipalTag/", "aws:ResourceTag/", "aws:RequestTag/"} {
			if got, want := ParseKey(prefix+"any").Sibling(name), ParseKey(prefix+name); got != want {
				t.Fatalf("sibling %q of %sany is %v, want %v", name, prefix, got, want)
			}
		}
	})
	for _, name := range []string{"kms:ViaService", "s3:prefix"} {
		if got := ParseKey(name).Sibling("a"); got != (Key{}) {
			t.Errorf("%s has the sibling %v", name, got)
		}
	}
}

func TestKeysOf(t *testing.T) {
	// Columns: key, then + or - for Decrypt, CreateKey, ListKeys, TagResource, no action.
	actions := []action.Action{action.Decrypt, action.CreateKey, action.ListKeys, action.TagResource, 0}
	for _, row := range []string{
		"kms:ViaService ++-+-",
		"kms:KeySpec ++-+-",
		"kms:EncryptionContext:aws:s3:arn +----",
		"kms:RecipientAttestation:PCR0 +----",
		"kms:RecipientAttestation:PCR31 +----",
		"kms:RecipientAttestation:NitroTPMPCR23 +----",
		"kms:RecipientAttestation:ImageSha384 +----",
		"kms:GrantOperations -----",
		"aws:ResourceTag/x ++-+-",
		"aws:RequestTag/x -+-+-",
		"aws:TagKeys -+-+-",
		"aws:PrincipalTag/x +++++",
		"aws:SourceIp +++++",
		"ec2:RoleDelivery +++++",
		"s3:prefix +++++",
	} {
		words := strings.Fields(row)
		k := ParseKey(words[0])
		info, registered := k.Info()
		for i, a := range actions {
			want := words[1][i] == '+'
			if got := KeysOf(a).Has(k); got != want {
				t.Errorf("KeysOf(%v).Has(%v) = %v, want %v", a, k, got, want)
			}
			if got := k.Carriers().Has(a); a.IsValid() && got != want {
				t.Errorf("Carriers of %v has %v: %v, want %v", k, a, got, want)
			}
			if got := info.UsableOn(a); got != (want && registered) {
				t.Errorf("%v usable on %v: %v, want %v", k, a, got, want)
			}
		}
	}
	if got, want := KeysOf(255), KeysOf(0); got != want {
		t.Errorf("KeysOf(255) = %v, want %v", got, want)
	}
}

// TestKeySet compares KeySet with a map of names.
func TestKeySet(t *testing.T) {
	type twin map[string]bool
	family := func(k Key) string { info, _ := k.Info(); return info.Name }
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) (KeySet, twin) {
			s, w := KeySet{}, twin{}
			for range rapid.IntRange(0, 6).Draw(t, label) {
				k := ParseKey(genName.Draw(t, "name"))
				if rapid.Bool().Draw(t, "add") {
					s = s.With(k)
					w[family(k)] = true
				} else {
					s = s.Without(k)
					delete(w, family(k))
				}
			}
			return s, w
		}
		a, wantA := draw("a")
		b, wantB := draw("b")
		both := maps.Clone(wantA)
		maps.Copy(both, wantB)
		for _, c := range []struct {
			got  KeySet
			want twin
		}{{a, wantA}, {b, wantB}, {a.Union(b), both}} {
			for _, name := range names {
				k := ParseKey(name)
				if got, want := c.got.Has(k), c.want[family(k)] || family(k) == ""; got != want {
					t.Errorf("Has(%q) = %v, want %v", name, got, want)
				}
			}
		}
	})
	if (KeySet{}).With(ParseKey("s3:prefix")) != (KeySet{}) {
		t.Error("a key that is not registered changes a set")
	}
}

func TestTypeString(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{TypeAny.String(), "Any"}, {TypeIPAddress.String(), "IPAddress"}, {(TypeIPAddress + 1).String(), "Type(8)"},
		{Plain.String(), "Plain"}, {ForAnyValue.String(), "ForAnyValue"}, {(ForAnyValue + 1).String(), "Quantifier(3)"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

// TestRowTable compares the table of names with a look at each row.
func TestRowTable(t *testing.T) {
	letters := rapid.StringMatching(`[a-zA-Z:]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(keyRows).Draw(t, "row").Name
		cut := rapid.IntRange(0, len(name)).Draw(t, "cut")
		name = rapid.SampledFrom([]string{name, name[cut:], name[:cut]}).Draw(t, "part")
		name = letters.Draw(t, "before") + name + letters.Draw(t, "after")
		want := uint8(0)
		for row := range keyRows {
			if keyRows[row].prefix == "" && keyRows[row].Name == name {
				want = uint8(row)
			}
		}
		if got := singleRows.find(name); got != want {
			t.Fatalf("%q: row %d, want %d", name, got, want)
		}
		if lowerRows.find(strings.ToLower(name)) != want && want != 0 {
			t.Fatalf("%q in lower case: not row %d", name, want)
		}
	})
}
