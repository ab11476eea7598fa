package lint

import (
	"fmt"
	"strings"
)

// maxKeyPolicy is the largest key policy that KMS takes, in bytes.
//
// See AWS KMS Developer Guide, "Resource quotas".
const maxKeyPolicy = 32 << 10

// UNDOCUMENTED: whether blanks between the elements count. They are counted, as they are sent.
func checkTooLarge(p *Pass) {
	if n := len(strings.TrimSpace(p.doc.String())); n > maxKeyPolicy {
		p.Report(Place{}, fmt.Sprintf("the policy has %d bytes, and KMS takes no more than %d", n, maxKeyPolicy))
	}
}

func checkDuplicateSid(p *Pass) {
	first := map[string]int{}
	for i, s := range p.doc.Statements() {
		if before, ok := first[s.Sid()]; ok && s.Sid() != "" {
			p.Report(Place{Statement: s, Element: "Sid"}, fmt.Sprintf("statement %d has the Sid %s already", before, quote(s.Sid())))
			continue
		}
		first[s.Sid()] = i
	}
}
