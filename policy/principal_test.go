package policy

import (
	"strings"
	"testing"
)

func TestParsePrincipal(t *testing.T) {
	tests := []struct {
		text                              string
		kind                              PrincipalKind
		partition, account, name, session string
	}{
		{"*", Anyone, "", "", "", ""},
		{"111122223333", Account, "", "111122223333", "", ""},
		{"arn:aws:iam::111122223333:root", Account, "aws", "111122223333", "", ""},
		{"arn:aws-cn:iam::111122223333:root", Account, "aws-cn", "111122223333", "", ""},
		{"arn:aws:iam::111122223333:user/ana", User, "aws", "111122223333", "ana", ""},
		{"arn:aws:iam::111122223333:user/team/x/ana", User, "aws", "111122223333", "team/x/ana", ""},
		{"arn:aws:iam::111122223333:user/ana+b=c,d.e@f-g_h", User, "aws", "111122223333", "ana+b=c,d.e@f-g_h", ""},
		{"arn:aws:iam::111122223333:role/app", Role, "aws", "111122223333", "app", ""},
		{"arn:aws:iam::111122223333:role/aws-service-role/a.b/c", Role, "aws", "111122223333", "aws-service-role/a.b/c", ""},
		{"arn:aws:iam::111122223333:role/root", Role, "aws", "111122223333", "root", ""},
		{"arn:aws:sts::111122223333:assumed-role/app/i-0abc", Session, "aws", "111122223333", "app", "i-0abc"},
		{"arn:aws:sts::111122223333:federated-user/bob", FederatedUser, "aws", "111122223333", "bob", ""},
		{"AIDAJQABLZS4A3QDU576Q", UniqueID, "", "", "AIDAJQABLZS4A3QDU576Q", ""},
		{"AROAJQABLZS4A3QDU576Q", UniqueID, "", "", "AROAJQABLZS4A3QDU576Q", ""},
		{"AROAEXAMPLE", UniqueID, "", "", "AROAEXAMPLE", ""},
		{"AIDA1", UniqueID, "", "", "AIDA1", ""},
	}
	for _, tt := range tests {
		p := ParsePrincipal(tt.text)
		if p.Kind() != tt.kind || p.String() != tt.text {
			t.Errorf("ParsePrincipal(%q) is %v %q, want %v", tt.text, p.Kind(), p, tt.kind)
		}
		if p.Partition() != tt.partition || p.Account() != tt.account || p.Name() != tt.name || p.SessionName() != tt.session {
			t.Errorf("ParsePrincipal(%q): partition %q, account %q, name %q, session %q",
				tt.text, p.Partition(), p.Account(), p.Name(), p.SessionName())
		}
	}
}

func TestParsePrincipalOfNoOne(t *testing.T) {
	for _, text := range []string{
		"", " ", "**", "* ", "ana", "11112222333", "1111222233334", "arn:aws:iam::*:root", "arn:aws:iam::111122223333:*",
		"arn:aws:iam::111122223333:user/*", "arn:aws:iam::111122223333:role/app*", "arn:aws:iam::111122223333:role/ap?",
		"arn:aws:iam::111122223333:role/my app", "arn:*:iam::111122223333:root", "arn:aws:iam::ACCOUNT-ID:root", "arn:aws:iam::aws:root",
		"arn:aws:iam:us-east-1:111122223333:root", "arn:aws:sts::111122223333:root", "arn:aws:kms::111122223333:root",
		"arn:aws:iam::111122223333:group/admins", "arn:aws:iam::111122223333:user", "arn:aws:iam::111122223333:user/", "arn:aws:iam::111122223333:users/a",
		"arn:aws:iam::111122223333:role//app", "arn:aws:iam::111122223333:role/app/", "arn:aws:iam::111122223333:assumed-role/app/s",
		"arn:aws:sts::111122223333:role/app", "arn:aws:sts::111122223333:assumed-role/app", "arn:aws:sts::111122223333:assumed-role/app/",
		"arn:aws:sts::111122223333:assumed-role//s", "arn:aws:sts::111122223333:assumed-role/a/b/c", "arn:aws:sts::111122223333:assumed-role/app/*",
		"arn:aws:sts::111122223333:federated-user/", "arn:aws:sts::111122223333:federated-user/a/b", "arn:aws:iam::111122223333:Root",
		"arn:aws:iam::111122223333:oidc-provider/x", "arn:aws:s3:::bucket", "s3.amazonaws.com",
		"AIDA", "AROA", "AKIAJQABLZS4A3QDU576Q", "AROAjqablzs4a3qdu576q", "AIDAJQABLZS4A3QDU576Q:s", "AIDA-QABLZS4A3QDU576Q",
	} {
		p := ParsePrincipal(text)
		if p.Kind() != NoOne || p.String() != text || p.Account() != "" || p.Partition() != "" || p.Name() != "" || p.SessionName() != "" {
			t.Errorf("ParsePrincipal(%q) is %v, account %q, name %q", text, p.Kind(), p.Account(), p.Name())
		}
	}
}

func TestServicePrincipal(t *testing.T) {
	tests := map[string]PrincipalKind{
		"s3.amazonaws.com":               Service,
		"logs.us-east-1.amazonaws.com":   Service,
		"ec2.amazonaws.com.cn":           Service,
		"service.c2s.ic.gov":             Service,
		"a-b.c":                          Service,
		"*":                              NoOne,
		"*.amazonaws.com":                NoOne,
		"logs.?.amazonaws.com":           NoOne,
		"s3":                             NoOne,
		"":                               NoOne,
		".":                              NoOne,
		"s3.":                            NoOne,
		".com":                           NoOne,
		"s3..amazonaws.com":              NoOne,
		"S3.amazonaws.com":               NoOne,
		"s3.amazonaws.com ":              NoOne,
		"logs.${region}.amazonaws.com":   NoOne,
		"111122223333":                   NoOne,
		"arn:aws:iam::111122223333:root": NoOne,
	}
	for text, want := range tests {
		p := ServicePrincipal(text)
		if p.Kind() != want || p.String() != text || p.Account() != "" {
			t.Errorf("ServicePrincipal(%q) is %v %q, want %v", text, p.Kind(), p, want)
		}
		if got, want := p.Name(), text; want != got && p.Kind() == Service {
			t.Errorf("name of %q is %q", text, got)
		}
	}
}

func TestPrincipalKindString(t *testing.T) {
	seen := map[string]bool{}
	for k := NoOne; k <= UniqueID; k++ {
		if k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d has no name of its own: %q", k, k)
		}
		seen[k.String()] = true
	}
	for _, k := range []PrincipalKind{UniqueID + 1, 255} {
		if got, want := k.String(), "no one"; got != want {
			t.Errorf("unknown kind is %q, want %q", got, want)
		}
	}
	if got, want := FederatedUser.String(), "federated user"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzParsePrincipal(f *testing.F) {
	f.Add("arn:aws:sts::111122223333:assumed-role/app/s")
	f.Add("s3.amazonaws.com")
	f.Add("AIDAJQABLZS4A3QDU576Q")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range []Principal{ParsePrincipal(text), ServicePrincipal(text)} {
			if p.String() != text {
				t.Fatalf("%q prints as %q", text, p)
			}
			if p.Account() != "" && !isAccountID(p.Account()) {
				t.Fatalf("%q has account %q", text, p.Account())
			}
			for _, part := range []string{p.Partition(), p.Account(), p.Name(), p.SessionName()} {
				if !strings.Contains(text, part) {
					t.Fatalf("%q is not part of %q", part, text)
				}
			}
			if p.Kind() != Anyone && p.Kind() != NoOne && strings.ContainsAny(text, "*?") {
				t.Fatalf("%q with a wildcard is %v", text, p.Kind())
			}
		}
	})
}
