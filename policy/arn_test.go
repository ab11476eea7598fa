package policy

import (
	"strings"
	"testing"
)

func TestParseARN(t *testing.T) {
	tests := []struct {
		text string
		want ARN
	}{
		{"arn:aws:kms:us-east-1:111122223333:key/1234abcd", ARN{"aws", "kms", "us-east-1", "111122223333", "key/1234abcd"}},
		{"arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/a/b", ARN{"aws-us-gov", "kms", "us-gov-west-1", "111122223333", "alias/a/b"}},
		{"arn:aws:iam::900000000009:role/z", ARN{"aws", "iam", "", "900000000009", "role/z"}},
		{"arn:aws:iam::111122223333:root", ARN{"aws", "iam", "", "111122223333", "root"}},
		{"arn:aws:iam::aws:policy/AdministratorAccess", ARN{"aws", "iam", "", "aws", "policy/AdministratorAccess"}},
		{"arn:aws:s3:::bucket", ARN{"aws", "s3", "", "", "bucket"}},
		{"arn:aws:logs:us-east-1:111122223333:log-group:/a:*", ARN{"aws", "logs", "us-east-1", "111122223333", "log-group:/a:*"}},
		{"arn:aws:s3:::bucket/a b", ARN{"aws", "s3", "", "", "bucket/a b"}},
		{"arn:aws:iam::111122223333:user/Zoë", ARN{"aws", "iam", "", "111122223333", "user/Zoë"}},
	}
	for _, tt := range tests {
		got, err := ParseARN(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("ParseARN(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
		if got.String() != tt.text || !got.IsValid() {
			t.Errorf("ParseARN(%q) prints as %q, valid: %v", tt.text, got, got.IsValid())
		}
	}
}

func TestParseARNRefuses(t *testing.T) {
	const shape = "expected arn:partition:service:region:account:resource"
	tests := []struct{ text, want string }{
		{"", shape},
		{"*", shape},
		{"111122223333", shape},
		{"arn:", shape},
		{"arn:aws:kms:us-east-1:111122223333", shape},
		{"ARN:aws:kms:us-east-1:111122223333:key/a", shape},
		{" arn:aws:kms:us-east-1:111122223333:key/a", shape},
		{"arn::kms:us-east-1:111122223333:key/a", "bad partition"},
		{"arn:*:kms:us-east-1:111122223333:key/a", "bad partition"},
		{"arn:AWS:kms:us-east-1:111122223333:key/a", "bad partition"},
		{"arn:aws::us-east-1:111122223333:key/a", "bad service"},
		{"arn:aws:k?s:us-east-1:111122223333:key/a", "bad service"},
		{"arn:aws:kms:us-*-1:111122223333:key/a", "bad Region"},
		{"arn:aws:kms:us_east_1:111122223333:key/a", "bad Region"},
		{"arn:aws:kms:us-east-1:11112222333:key/a", "bad account"},
		{"arn:aws:kms:us-east-1:1111222233334:key/a", "bad account"},
		{"arn:aws:kms:us-east-1:11112222333x:key/a", "bad account"},
		{"arn:aws:kms:us-east-1:ACCOUNT-ID:key/a", "bad account"},
		{"arn:aws:kms:us-east-1:*:key/a", "bad account"},
		{"arn:aws:kms:us-east-1:111122223333:", "bad resource"},
		{"arn:aws:kms:us-east-1:111122223333:key/\x00", "bad resource"},
		{"arn:aws:kms:us-east-1:111122223333:key/\x1f", "bad resource"},
		{"arn:aws:kms:us-east-1:111122223333:key/\x7f", "bad resource"},
		{"arn:aws:kms:us-east-1:111122223333:key/\xff", "bad resource"},
	}
	for _, tt := range tests {
		got, err := ParseARN(tt.text)
		if err == nil || !strings.HasSuffix(err.Error(), tt.want) || got != (ARN{}) {
			t.Errorf("ParseARN(%q) = %v, %v, want an error that ends in %q", tt.text, got, err, tt.want)
		}
	}
}

func TestZeroARN(t *testing.T) {
	var a ARN
	if a.IsValid() || a.String() != "" {
		t.Errorf("zero ARN is valid: %v, prints as %q", a.IsValid(), a)
	}
	if got, want := (ARN{Service: "kms"}).String(), "arn::kms:::"; got != want {
		t.Errorf("incomplete ARN prints as %q, want %q", got, want)
	}
}

func TestMustParseARN(t *testing.T) {
	if got, want := MustParseARN("arn:aws:s3:::b").Resource, "b"; got != want {
		t.Errorf("got resource %q, want %q", got, want)
	}
	defer func() {
		if got, want := recover(), `policy: "x" is not an ARN: expected arn:partition:service:region:account:resource`; got != want {
			t.Errorf("panic with %v, want %v", got, want)
		}
	}()
	MustParseARN("x")
}

func TestCompareARN(t *testing.T) {
	ascending := []ARN{
		{},
		MustParseARN("arn:aws:iam::111122223333:user/z"),
		MustParseARN("arn:aws:kms:eu-west-1:999999999999:key/z"),
		MustParseARN("arn:aws:kms:us-east-1:111122223333:key/z"),
		MustParseARN("arn:aws:kms:us-east-1:222222222222:key/a"),
		MustParseARN("arn:aws:kms:us-east-1:222222222222:key/b"),
		MustParseARN("arn:aws-cn:iam::111122223333:user/a"),
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := a.Compare(b), min(max(i-j, -1), 1); got != want {
				t.Errorf("%v compared with %v: got %d, want %d", a, b, got, want)
			}
		}
	}
}

func FuzzParseARN(f *testing.F) {
	f.Add("arn:aws:kms:us-east-1:111122223333:key/a:b")
	f.Add("arn:aws:iam::111122223333:root")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseARN(text)
		if err != nil {
			if a.IsValid() {
				t.Fatalf("refused with a valid ARN: %v", a)
			}
			return
		}
		parts := strings.SplitN(text, ":", 6)
		want := ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}
		if a != want || a.String() != text || !a.IsValid() {
			t.Fatalf("got %+v, prints as %q, want %+v", a, a, want)
		}
	})
}
