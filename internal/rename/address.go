package rename

import (
	"net/netip"
	"strconv"
	"strings"
)

// Addresses are the pseudonyms of IP addresses and of ranges of them. An address is in the same
// ranges as before: two that begin with the same bits get pseudonyms that do, bit for bit.
type addresses struct {
	v4, v6 bitTree
}

// The bits of pseudonyms follow those of an address, as long as nothing else is known of the way.
// These are ranges for documentation (RFC 5737, RFC 3849), and others in case that a document has
// addresses that begin like them.
var (
	models4 = []string{"198.51.100.1", "203.0.113.1", "192.0.2.1", "100.64.0.1", "233.252.0.1"}
	models6 = []string{"2001:db8::1", "3fff::1"}
)

// avoid chooses what addresses are renamed to begin with, if none was renamed so far.
func (a *addresses) avoid(firsts map[string]bool) {
	a.v4.choose(models4, firsts)
	a.v6.choose(models6, firsts)
}

// choose takes the first model with another beginning than the document's addresses.
func (t *bitTree) choose(models []string, firsts map[string]bool) {
	for _, model := range models {
		if t.model != nil {
			return
		}
		if !firsts[firstOf(model)] {
			t.model = netip.MustParseAddr(model).AsSlice()
		}
	}
	if t.model == nil {
		t.model = netip.MustParseAddr(models[0]).AsSlice()
	}
}

// firstOf returns what an address begins with.
func firstOf(text string) string {
	if n := strings.IndexAny(text, ".:"); n >= 0 {
		return text[:n]
	}
	return text
}

// isAddress reports whether a text is an address or a range of addresses. Two colons alone are
// marks.
func isAddress(text string) bool {
	if c := text[0]; c != ':' && !isHexDigit(c) || strings.Trim(text, ":") == "" {
		return false
	}
	_, ok := parseAddress(text)
	return ok
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// parseAddress reads an address, a range in CIDR notation, or a pattern such as "10.1.*" of
// addresses, as an address and the number of bits that count.
func parseAddress(text string) (netip.Prefix, bool) {
	const longest = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128")
	if len(text) > longest || !strings.ContainsAny(text, ".:") {
		return netip.Prefix{}, false
	}
	if head, ok := strings.CutSuffix(text, ".*"); ok {
		octets := strings.Count(head, ".") + 1
		addr, err := netip.ParseAddr(head + strings.Repeat(".0", max(0, 4-octets)))
		return netip.PrefixFrom(addr, 8*octets), err == nil && octets < 4
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix, true
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// rename returns the pseudonym of an address or a range, which isAddress reports.
func (a *addresses) rename(text string) string {
	prefix, _ := parseAddress(text)
	addr, bits := prefix.Addr(), prefix.Bits()
	if prefix.Masked().Addr() != addr {
		bits = addr.BitLen() // all of them are stated
	}
	renamed := a.addr(addr, bits)
	if head, ok := strings.CutSuffix(text, ".*"); ok {
		octets := strings.SplitN(renamed.String(), ".", strings.Count(head, ".")+2)
		return strings.Join(octets[:len(octets)-1], ".") + ".*"
	}
	if strings.Contains(text, "/") {
		return renamed.String() + "/" + strconv.Itoa(prefix.Bits())
	}
	return renamed.String()
}

// addr renames the first bits of an address; the others are 0. An IPv4 address mapped to IPv6 is
// the IPv4 address.
func (a *addresses) addr(addr netip.Addr, bits int) netip.Addr {
	const mapped = 128 - 32
	if addr.Is4In6() && bits >= mapped {
		v4 := a.addr(addr.Unmap(), bits-mapped)
		return netip.AddrFrom16(v4.As16())
	}
	tree := &a.v4
	if addr.Is6() {
		tree = &a.v6
	}
	renamed, _ := netip.AddrFromSlice(tree.rename(addr.AsSlice(), bits))
	return renamed
}

// A bitTree renames sequences of bits so that those of two have as many bits in common at the
// beginning as the two have.
type bitTree struct {
	model []byte
	nodes []bitNode // the first is the root
}

// A bitNode stands for bits at the beginning.
type bitNode struct {
	next [2]int32 // by the next bit; 0: none yet
	flip byte     // 1: the next bit is renamed to the other
}

func (t *bitTree) rename(bits []byte, n int) []byte {
	if t.nodes == nil {
		t.nodes = make([]bitNode, 1)
	}
	renamed := make([]byte, len(bits))
	at := int32(0)
	for i := range n {
		bit := bits[i/8] >> (7 - i%8) & 1
		if t.nodes[at].next == [2]int32{} {
			t.nodes[at].flip = bit ^ t.model[i/8]>>(7-i%8)&1
		}
		if t.nodes[at].next[bit] == 0 {
			t.nodes[at].next[bit] = int32(len(t.nodes))
			t.nodes = append(t.nodes, bitNode{})
		}
		renamed[i/8] |= (bit ^ t.nodes[at].flip) << (7 - i%8)
		at = t.nodes[at].next[bit]
	}
	return renamed
}
