package rename

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAddresses renames one address after the other in one plan.
func TestAddresses(t *testing.T) {
	for _, c := range []struct{ texts, want []string }{
		{[]string{"10.0.0.0/8", "10.1.2.3", "10.1.2.4", "10.1.2.3/24", "10.1.2.0/24", "0.0.0.0/0", "10.1.2.3"},
			[]string{"198.0.0.0/8", "198.51.100.1", "198.51.100.5", "198.51.100.1/24", "198.51.100.0/24", "0.0.0.0/0", "198.51.100.1"}},
		{[]string{"198.51.100.7", "203.0.113.0/24"}, []string{"192.0.2.1", "200.0.2.0/24"}},
		{[]string{"10.1.*", "10.1.2.3", "10.*", "10.1.2.*"}, []string{"198.51.*", "198.51.100.1", "198.*", "198.51.100.*"}},
		{[]string{"2001:db8::/32", "2001:DB8::1", "2001:db8:1::/48", "::/0"}, []string{"3fff::/32", "3fff::1", "3fff:0:1::/48", "::/0"}},
		{[]string{"::ffff:10.1.2.3", "10.1.2.3", "::ffff:10.0.0.0/104"}, []string{"::ffff:198.51.100.1", "198.51.100.1", "::ffff:198.0.0.0/104"}},
		{[]string{"fe80::1%eth0", "1.2.3", "10.1.2.3.*", "10.0.0.0/33", "::", "300.1.1.1"},
			[]string{"balan::9%javix", "9.0.4", "17.9.0.4.*", "17.5.5.5/27", "::", "107.9.9.9"}},
	} {
		plan := newPlan(t, c.texts...)
		for i, text := range c.texts {
			if got := plan.Text(text); got != c.want[i] {
				t.Errorf("%q of %q: got %q, want %q", text, c.texts, got, c.want[i])
			}
		}
	}
}

// TestLawRanges checks that addresses are in the same ranges as before, and that different ones
// stay different.
func TestLawRanges(t *testing.T) {
	v4 := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 10, 128, 192, 255}), 4, 4), func(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) })
	v6 := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x20, 0xff}), 16, 16), func(b []byte) netip.Addr { return netip.AddrFrom16([16]byte(b)) })
	for name, address := range map[string]*rapid.Generator[netip.Addr]{"IPv4": v4, "IPv6": v6} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				all := rapid.SliceOfN(address, 1, 6).Draw(t, "addresses")
				prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
					addr := address.Draw(t, "address")
					return netip.PrefixFrom(addr, rapid.IntRange(0, addr.BitLen()).Draw(t, "bits"))
				})
				ranges := rapid.SliceOfN(prefix, 1, 6).Draw(t, "ranges")
				var texts []string
				for i := range max(len(all), len(ranges)) {
					texts = append(texts, all[i%len(all)].String(), ranges[i%len(ranges)].String())
				}
				plan := newPlan(t, texts...)
				for _, text := range texts {
					plan.Text(text) // in this order
				}
				for _, a := range all {
					newA := netip.MustParseAddr(plan.Text(a.String()))
					for _, b := range all {
						if got, want := plan.Text(b.String()) == newA.String(), a == b; got != want {
							t.Errorf("%v and %v are equal: %v, want %v", a, b, got, want)
						}
					}
					for _, r := range ranges {
						renamed := netip.MustParsePrefix(plan.Text(r.String()))
						if got, want := renamed.Contains(newA), r.Contains(a); got != want || renamed.Bits() != r.Bits() {
							t.Errorf("%v contains %v: %v, want %v; %v became %v", renamed, newA, got, want, r, renamed)
						}
					}
				}
			})
		})
	}
}

// TestAddressesTellNothing checks that the first address of a plan becomes the same, whatever it is.
func TestAddressesTellNothing(t *testing.T) {
	want := newPlan(t, "10.1.2.3").Text("10.1.2.3")
	for _, text := range []string{"172.16.0.1", "8.8.8.8", "255.255.255.255", "0.0.0.1"} {
		if got := newPlan(t, text).Text(text); got != want || strings.Contains(got, text) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
