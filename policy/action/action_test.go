package action

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text    string
		want    Action
		wantErr string
	}{
		{"kms:Decrypt", Decrypt, ""},
		{"KMS:decrypt", Decrypt, ""},
		{"kMs:DECRYPT", Decrypt, ""},
		{"kms:UpdateCustomKeyStore", UpdateCustomKeyStore, ""},
		{"kms:GenerateDataKeyPairWithoutPlaintext", GenerateDataKeyPairWithoutPlaintext, ""},

		{"kms:Decript", 0, `unknown KMS action "kms:Decript" (did you mean "kms:Decrypt"?)`},
		{"Decrypt", 0, `unknown KMS action "Decrypt" (did you mean "kms:Decrypt"?)`},
		{"kma:Decrypt", 0, `unknown KMS action "kma:Decrypt" (did you mean "kms:Decrypt"?)`},
		{"kms:ReEncrypt", 0, `unknown KMS action "kms:ReEncrypt" (did you mean "kms:ReEncryptFrom"?)`},
		{"reencrypt", 0, `unknown KMS action "reencrypt" (did you mean "kms:ReEncryptFrom"?)`},
		{" kms:Decrypt", 0, `unknown KMS action " kms:Decrypt" (did you mean "kms:Decrypt"?)`},
		{"kms:Decrypt*", 0, `unknown KMS action "kms:Decrypt*" (did you mean "kms:Decrypt"?)`},
		{"", 0, `unknown KMS action ""`},
		{"*", 0, `unknown KMS action "*"`},
		{"kms:", 0, `unknown KMS action "kms:"`},
		{":Decrypt", 0, `unknown KMS action ":Decrypt" (did you mean "kms:Decrypt"?)`},
		{"s3:GetObject", 0, `unknown KMS action "s3:GetObject"`},
		{"\u212ams:Decrypt", 0, `unknown KMS action "` + "\u212a" + `ms:Decrypt" (did you mean "kms:Decrypt"?)`},
		{"kms:" + strings.Repeat("x", 60), 0, `unknown KMS action "kms:` + strings.Repeat("x", 60) + `"`},
	}
	for _, tt := range tests {
		got, err := Parse(tt.text)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != tt.want || text != tt.wantErr {
			t.Errorf("Parse(%q) = %v, %q, want %v, %q", tt.text, got, text, tt.want, tt.wantErr)
		}
	}
}

func TestParseString(t *testing.T) {
	for a := range All() {
		for _, text := range []string{a.String(), strings.ToLower(a.String()), strings.ToUpper(a.String())} {
			if got, err := Parse(text); got != a || err != nil {
				t.Errorf("Parse(%q) = %v, %v, want %v", text, got, err, a)
			}
		}
	}
}

func TestZeroAndInvalidActions(t *testing.T) {
	for _, a := range []Action{0, last + 1, 64, 255} {
		if a.IsValid() {
			t.Errorf("Action(%d).IsValid() = true", a)
		}
		if a.String() != "" || a.Name() != "" {
			t.Errorf("Action(%d) has the name %q, %q", a, a.String(), a.Name())
		}
		info := a.Info()
		if info.Action != 0 || info.Doc != "" || info.Category != 0 || info.KeyPolicy {
			t.Errorf("Action(%d).Info() = %+v, want the zero Info", a, info)
		}
		for key := range info.ConditionKeys() {
			t.Errorf("Action(%d) has condition key %q", a, key)
		}
	}
	for a := range All() {
		if !a.IsValid() {
			t.Errorf("%v.IsValid() = false", a)
		}
	}
	if Decrypt != 1 || UpdateCustomKeyStore != last {
		t.Errorf("first and last action are %d and %d", Decrypt, UpdateCustomKeyStore)
	}
}

func TestAllStops(t *testing.T) {
	for a := range All() {
		if a == Encrypt {
			break
		}
		if a != Decrypt {
			t.Fatalf("All goes on with %v", a)
		}
	}
	for range Every().All() {
		break
	}
	for range GetPublicKey.Info().KeyTypes.All() {
		break
	}
}

func TestEnumNames(t *testing.T) {
	checkNames(t, CategoryCustomKeyStore, "cryptographic management list tagging rotation import alias grant multi-region internal custom-key-store")
	checkNames(t, AccessPermissionsManagement, "List Read Write Tagging Permissions_management")
	checkNames(t, MLKEM, "symmetric asymmetric-encrypt asymmetric-sign hmac key-agreement ml-kem")
	for r, want := range map[Resource]string{ResourceNone: "none", ResourceKey: "key", ResourceAliasAndKey: "alias and key", 3: "", 255: ""} {
		if got := r.String(); got != want {
			t.Errorf("Resource(%d) = %q, want %q", r, got, want)
		}
	}
}

// checkNames checks the words of an enum from 1 to last; 0 and what follows
// have none.
func checkNames[T interface {
	~uint8
	String() string
}](t *testing.T, last T, want string) {
	t.Helper()
	words := strings.Fields(want)
	if int(last) != len(words) {
		t.Errorf("%T: %d values, want %d", last, last, len(words))
	}
	for i, word := range words {
		if got, want := T(i+1).String(), strings.ReplaceAll(word, "_", " "); got != want {
			t.Errorf("%T(%d) = %q, want %q", last, i+1, got, want)
		}
	}
	for _, v := range []T{0, last + 1, 255} {
		if got := v.String(); got != "" {
			t.Errorf("%T(%d) = %q, want none", last, v, got)
		}
	}
}

func TestKeyTypeSet(t *testing.T) {
	s := keyTypes(MLKEM, Symmetric)
	for _, tt := range []struct {
		keyType KeyType
		want    bool
	}{{0, false}, {Symmetric, true}, {AsymmetricEncrypt, false}, {KeyAgreement, false}, {MLKEM, true}, {7, false}, {8, false}, {255, false}} {
		if got := s.Has(tt.keyType); got != tt.want {
			t.Errorf("Has(%d) = %v, want %v", tt.keyType, got, tt.want)
		}
	}
	if KeyTypeSet(255).Has(0) || KeyTypeSet(255).Has(7) {
		t.Error("a set has a type that does not exist")
	}
	if got, want := slices.Collect(s.All()), []KeyType{Symmetric, MLKEM}; !slices.Equal(got, want) {
		t.Errorf("All() = %v, want %v", got, want)
	}
	if got, want := s.String(), "symmetric, ml-kem"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got := KeyTypeSet(0).String(); got != "" {
		t.Errorf("zero set: String() = %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"kms:Decrypt", "KMS:decrypt", "Decrypt", "kms:ReEncrypt*", "kms:", "s3:GetObject", "\u212ams:Decrypt", "\xff:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if got.IsValid() != (err == nil) {
			t.Fatalf("Parse(%q) = %v, %v", text, got, err)
		}
		if err == nil && lower(got.String()) != lower(text) {
			t.Errorf("Parse(%q) = %v", text, got)
		}
		// A text that is an action is, as a pattern, that action alone.
		if m := Match(text); err == nil && m != SetOf(got) {
			t.Errorf("Parse(%q) = %v, but Match gives %v", text, got, m)
		}
	})
}

func TestParseAnyCase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Action(rapid.IntRange(int(first), int(last)).Draw(t, "action"))
		text := anyCase(t, a.String())
		if got, err := Parse(text); got != a || err != nil {
			t.Fatalf("Parse(%q) = %v, %v, want %v", text, got, err, a)
		}
	})
}

// anyCase returns s with the case of some letters changed.
func anyCase(t *rapid.T, s string) string {
	upper := rapid.SliceOfN(rapid.Bool(), len(s), len(s)).Draw(t, "upper")
	b := []byte(strings.ToLower(s))
	for i := range b {
		if upper[i] {
			b[i] = strings.ToUpper(string(b[i]))[0]
		}
	}
	return string(b)
}
