package conditions

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/internal/wildcard"
)

// An operand is a value of a policy as its operator compares it; the operator
// decides which field counts. A value of a request that the operator cannot
// read matches no operand.
type operand struct {
	pattern wildcard.Matcher // String, ARN and Binary operators
	number  number
	date    time.Time
	prefix  netip.Prefix
	flag    bool // Bool and Null
}

// matchNothing is the zero Operator's.
func matchNothing([]operand, string) bool { return false }

func matchText(wanted []operand, got string) bool {
	for i := range wanted {
		if string(wanted[i].pattern.Pattern()) == got {
			return true
		}
	}
	return false
}

// matchFold compares by Unicode's simple case folding.
func matchFold(wanted []operand, got string) bool {
	for i := range wanted {
		if strings.EqualFold(string(wanted[i].pattern.Pattern()), got) {
			return true
		}
	}
	return false
}

func matchPattern(wanted []operand, got string) bool {
	for i := range wanted {
		if wanted[i].pattern.Match(got) {
			return true
		}
	}
	return false
}

// matchARN compares the six parts of ARNs one by one, so that a wildcard does
// not reach over a colon.
//
// UNDOCUMENTED: a text that does not have six parts, on either side, matches
// nothing, not even "*" or itself.
func matchARN(wanted []operand, got string) bool {
	for i := range wanted {
		if arn.Like(wanted[i].pattern.Pattern(), got) {
			return true
		}
	}
	return false
}

func readBool(text string) (operand, error) {
	flag, ok := parseBool(text)
	if !ok {
		return operand{}, printable.Errorf("%q is neither true nor false", text)
	}
	return operand{flag: flag}, nil
}

func matchBool(wanted []operand, got string) bool {
	flag, ok := parseBool(got)
	return ok && matchFlag(wanted, flag)
}

func matchFlag(wanted []operand, flag bool) bool {
	for i := range wanted {
		if wanted[i].flag == flag {
			return true
		}
	}
	return false
}

func parseBool(text string) (flag, ok bool) {
	flag = sameWord(text, "true")
	return flag, flag || sameWord(text, "false")
}

// readBinary reads base64 text. Of each run of bytes there is exactly one such
// text in the strict form, so that texts can be compared instead of bytes.
//
// UNDOCUMENTED: only that form is read: the standard alphabet, padded, without
// line breaks, unused bits zero.
func readBinary(text string) (operand, error) {
	_, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return operand{}, printable.Errorf("%q is not base64", text)
	}
	return operand{pattern: wildcard.Pattern(text).Prepare()}, nil
}

// readPrefix reads an address, which stands for itself alone, or a range of
// addresses in CIDR notation.
//
// UNDOCUMENTED: bits beyond the mask are ignored; an IPv6 address without a
// mask is a /128; IPv4 addresses mapped to IPv6 (::ffff:10.0.0.1) are the IPv4
// addresses, in policies and in requests.
func readPrefix(text string) (operand, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		addr, ok := parseAddress(text)
		if !ok {
			return operand{}, printable.Errorf("%q is no IP address and no CIDR range", text)
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	const mapped = 128 - 32
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= mapped {
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-mapped)
	}
	return operand{prefix: prefix}, nil
}

func matchAddress(wanted []operand, got string) bool {
	addr, ok := parseAddress(got)
	if !ok {
		return false
	}
	for i := range wanted {
		if wanted[i].prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// parseAddress reads an address without a zone, which has no meaning beyond
// its own machine.
func parseAddress(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}
