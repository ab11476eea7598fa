package policy

import (
	"fmt"
	"strings"
	"testing"
)

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

func BenchmarkParseKeyPolicy(b *testing.B) {
	for _, size := range []int{2 << 10, 32 << 10} {
		doc := largePolicy(size)
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
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
