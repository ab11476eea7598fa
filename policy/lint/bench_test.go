package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/policy"
)

// BenchmarkLint compares a key policy as the console makes it with policies of 32 KB and 1 MiB that
// are made to be slow: the time should grow with the size and no faster.
func BenchmarkLint(b *testing.B) {
	console := documented(b, "testdata/quiet/console.json")
	b.Run("console", func(b *testing.B) {
		for b.Loop() {
			KeyPolicy(console, nil)
		}
	})
	many := func(n int, format string) string {
		var all []string
		for i := range n / len(fmt.Sprintf(format, 0)) {
			all = append(all, fmt.Sprintf(format, i))
		}
		return strings.Join(all, ",")
	}
	for _, shape := range []struct{ name, around, one string }{
		{"actions", `"Principal":"*","Action":[%s],"Resource":"*"`, `"kms:Dex%06d"`},
		{"services", `"Principal":{"Service":[%s]},"Action":"kms:*","Resource":"*"`, `"s%06d.amazonaws.com"`},
		{"keys", `"Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{%s}}`, `"kms:EncryptionContexts:%06d":"*"`},
		{"statements", `"Principal":"*"},%s,{"Effect":"Deny"`, `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Sid":"%d"}`},
	} {
		for _, size := range []int{32 << 10, 1 << 20} {
			text := `{"Statement":[{"Effect":"Allow",` + fmt.Sprintf(shape.around, many(size, shape.one)) + `}]}`
			p, err := policy.ParseKeyPolicy([]byte(text), &policy.ParseOptions{MaxBytes: 2 * size})
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%d", shape.name, size), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					KeyPolicy(p, &Options{Key: testKey})
				}
			})
		}
	}
}
