package policy

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/kmsauthz/kmsauthz/internal/printable"
)

// An ARN is an Amazon Resource Name taken apart. It is comparable; the zero ARN is no name of
// anything and not valid.
//
// See IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
type ARN struct {
	Partition string // aws, aws-cn, aws-us-gov, ...
	Service   string // kms, iam, ...
	Region    string // empty for global services
	Account   string // empty where the resource's service leaves it out
	Resource  string // the rest, colons included
}

// ParseARN reads the ARN of one resource. Patterns with wildcards are no ARNs, except that the
// resource may hold any text: log groups have names that end in ":*".
func ParseARN(s string) (ARN, error) {
	a, ok := splitARN(s)
	if !ok {
		return ARN{}, printable.Errorf("%q is not an ARN: expected arn:partition:service:region:account:resource", s)
	}
	if part := a.faulty(); part != "" {
		return ARN{}, printable.Errorf("%q is not an ARN: bad %s", s, part)
	}
	return a, nil
}

// splitARN takes s apart without looking at the parts.
func splitARN(s string) (a ARN, ok bool) {
	rest, isARN := strings.CutPrefix(s, "arn:")
	if !isARN {
		return ARN{}, false
	}
	for _, part := range [...]*string{&a.Partition, &a.Service, &a.Region, &a.Account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, false
		}
	}
	a.Resource = rest
	return a, true
}

// MustParseARN is like ParseARN but panics if s is not an ARN. It is for literals.
func MustParseARN(s string) ARN {
	a, err := ParseARN(s)
	if err != nil {
		panic("policy: " + err.Error())
	}
	return a
}

// faulty names the first part that no ARN can have, "" if there is none.
func (a ARN) faulty() string {
	switch {
	case !isName(a.Partition):
		return "partition"
	case !isName(a.Service):
		return "service"
	case a.Region != "" && !isName(a.Region):
		return "Region"
	case a.Account != "" && !isAccountID(a.Account) && !isWord(a.Account):
		return "account"
	case a.Resource == "" || !isText(a.Resource):
		return "resource"
	}
	return ""
}

// IsValid reports whether a is an ARN that ParseARN could have returned.
func (a ARN) IsValid() bool {
	return a.faulty() == ""
}

// String returns the ARN as it is written, "" for the zero ARN.
func (a ARN) String() string {
	if a == (ARN{}) {
		return ""
	}
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// Compare orders ARNs part by part from left to right, as cmp.Compare does.
func (a ARN) Compare(b ARN) int {
	return cmp.Or(
		cmp.Compare(a.Partition, b.Partition),
		cmp.Compare(a.Service, b.Service),
		cmp.Compare(a.Region, b.Region),
		cmp.Compare(a.Account, b.Account),
		cmp.Compare(a.Resource, b.Resource),
	)
}

// isAccountID reports whether s is the id of an AWS account, 12 digits.
func isAccountID(s string) bool {
	return len(s) == 12 && onlyBytes(s, isDigit)
}

// isWord reports whether s is a word such as "aws", which stands in the place of the account
// in ARNs of what AWS itself owns.
func isWord(s string) bool {
	return onlyBytes(s, isLower)
}

// isName reports whether s is made like the names of partitions, services and Regions.
func isName(s string) bool {
	return s != "" && onlyBytes(s, func(c byte) bool { return isLower(c) || isDigit(c) || c == '-' })
}

// isText reports whether s is text without control characters.
func isText(s string) bool {
	return utf8.ValidString(s) && onlyBytes(s, func(c byte) bool { return c >= ' ' && c != 0x7F })
}

func onlyBytes(s string, is func(c byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
