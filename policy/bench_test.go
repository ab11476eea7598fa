package policy

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// realisticStatements are what the policies of keys in use consist of: delegation to the
// account, administrators, users, grants for AWS services, use through one service only.
const realisticStatements = `
    {
      "Sid": "Enable IAM users",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "kms:*",
      "Resource": "*"
    },
    {
      "Sid": "Allow administration",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/KeyAdmins"},
      "Action": ["kms:Describe*", "kms:List*", "kms:Put*", "kms:Update*", "kms:ScheduleKeyDeletion"],
      "Resource": "*",
      "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    },
    {
      "Sid": "Allow use of the key",
      "Effect": "Allow",
      "Principal": {"AWS": ["arn:aws:iam::111122223333:role/orders", "arn:aws:iam::444455556666:role/reports"]},
      "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      "Resource": "*",
      "Condition": {
        "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "111122223333"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders-${aws:PrincipalTag/stage}/*"}
      }
    },
    {
      "Sid": "Allow AWS services",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:role/orders"},
      "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
      "Resource": "*",
      "Condition": {"Bool": {"kms:GrantIsForAWSResource": true}}
    },
    {
      "Sid": "Allow CloudTrail",
      "Effect": "Allow",
      "Principal": {"Service": "cloudtrail.amazonaws.com"},
      "Action": "kms:GenerateDataKey*",
      "Resource": "*",
      "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    },
    {
      "Sid": "Deny other networks",
      "Effect": "Deny",
      "Principal": "*",
      "Action": "kms:*",
      "Resource": "*",
      "Condition": {
        "NotIpAddressIfExists": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/KeyAdmins"}
      }
    }`

// realisticPolicy returns a key policy with the realistic statements n times over: one of them
// makes 2 KB.
func realisticPolicy(n int) []byte {
	statements := strings.TrimSuffix(strings.Repeat(realisticStatements+",", n), ",")
	return []byte(`{"Version": "2012-10-17", "Statement": [` + statements + "]}\n")
}

// BenchmarkParseKeyPolicy reads a key policy of 2 KB, and one with the same statements 16 times.
func BenchmarkParseKeyPolicy(b *testing.B) {
	for _, size := range []struct {
		name  string
		times int
	}{{"2KB", 1}, {"32KB", 16}} {
		doc := realisticPolicy(size.times)
		b.Run(size.name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseKeyPolicy(doc, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// largePolicy returns a key policy of about the given size, made of statements as they are in
// real keys.
func largePolicy(size int) []byte {
	var b strings.Builder
	b.WriteString("{\n  \"Version\": \"2012-10-17\",\n  \"Id\": \"bench\",\n  \"Statement\": [")
	for i := 0; b.Len() < size-400; i++ {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `
    {
      "Sid": "Allow use of the key %d",
      "Effect": "Allow",
      "Principal": {"AWS": ["arn:aws:iam::111122223333:role/app-%d", "arn:aws:iam::444455556666:root"]},
      "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      "Resource": "*",
      "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "111122223333"}}
    }`, i, i)
	}
	b.WriteString("\n  ]\n}\n")
	return []byte(b.String())
}

// Reading the result again is most of the work of an edit; compare BenchmarkParseKeyPolicy.
func BenchmarkApply(b *testing.B) {
	for _, size := range []int{2 << 10, 32 << 10, 512 << 10} {
		d := keyDocument(b, string(largePolicy(size)))
		for _, e := range []Edit{newStatement("x"), addTo("Action", "kms:Sign"), removeTest("StringEquals", "kms:ViaService")} {
			b.Run(fmt.Sprintf("%dKiB/%v", size>>10, e.Op), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := d.Apply(e); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkSHA256 is the yardstick for the others: what a machine of this speed needs to hash
// one kilobyte.
func BenchmarkSHA256(b *testing.B) {
	data := realisticPolicy(1)[:1<<10]
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		sha256.Sum256(data)
	}
}

func TestRealisticPolicySize(t *testing.T) {
	if got, want := len(realisticPolicy(1)), 2<<10; got != want {
		t.Errorf("the policy of the benchmarks has %d bytes, want %d", got, want)
	}
}
