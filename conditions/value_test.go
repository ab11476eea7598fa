package conditions

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestUnreadable has values that operators cannot read, and at the edge ones
// that they can (no message).
func TestUnreadable(t *testing.T) {
	const (
		number  = "is no decimal number"
		date    = "is no date: neither a day nor a time with its zone, such as 2026-01-02T03:04:05Z, nor epoch seconds"
		flag    = "is neither true nor false"
		address = "is no IP address and no CIDR range"
		binary  = "is not base64"
	)
	for _, c := range []struct{ operator, value, want string }{
		{"NumericEquals", "1", ""},
		{"NumericEquals", "-1.50e+3", ""},
		{"NumericEquals", "+1", ""},
		{"NumericEquals", "007", ""},
		{"NumericEquals", "1e9999", ""},
		{"NumericEquals", "1E-9999", ""},
		{"NumericEquals", "1e09999", ""},
		{"NumericEquals", "1e10000", number},
		{"NumericEquals", "1e-10000", number},
		{"NumericEquals", "1e99999999999999999999", number},
		{"NumericEquals", "", number},
		{"NumericEquals", "-", number},
		{"NumericEquals", "+-1", number},
		{"NumericEquals", ".5", number},
		{"NumericEquals", "5.", number},
		{"NumericEquals", "1.2.3", number},
		{"NumericEquals", "1e", number},
		{"NumericEquals", "1e+", number},
		{"NumericEquals", "1e1.5", number},
		{"NumericEquals", "1e+-5", number},
		{"NumericEquals", "1x", number},
		{"NumericEquals", " 1", number},
		{"NumericEquals", "1 ", number},
		{"NumericEquals", "0x10", number},
		{"NumericEquals", "1_000", number},
		{"NumericEquals", "١", number}, // a digit, but not of ours
		{"NumericEquals", "/", number},
		{"NumericEquals", ":", number},
		{"NumericEquals", "true", number},
		{"NumericEquals", "inf", number},
		{"NumericEquals", "*", number},

		{"DateEquals", "2026", ""},
		{"DateEquals", "0000", ""},
		{"DateEquals", "2026-12", ""},
		{"DateEquals", "2024-02-29", ""},
		{"DateEquals", "2026-01-02T03:04Z", ""},
		{"DateEquals", "2026-01-02T23:59:59-23:59", ""},
		{"DateEquals", "2026-01-02T03:04:05.123456789+14:00", ""},
		{"DateEquals", "0", ""},
		{"DateEquals", "12345", ""},
		{"DateEquals", "-1", ""},
		{"DateEquals", "-202", ""},
		{"DateEquals", "12.5", ""},
		{"DateEquals", "2026.5", ""},
		{"DateEquals", "999999999999999.999999999", ""},
		{"DateEquals", "1000000000000000", date},
		{"DateEquals", "1.0123456789", date},
		{"DateEquals", "1.", date},
		{"DateEquals", ".5", date},
		{"DateEquals", "+1", date},
		{"DateEquals", "1e9", date},
		{"DateEquals", "", date},
		{"DateEquals", "-", date},
		{"DateEquals", "--1", date},
		{"DateEquals", "2026-", date},
		{"DateEquals", "2026-1", date},
		{"DateEquals", "2026-13", date},
		{"DateEquals", "2026-00", date},
		{"DateEquals", "2026-01-00", date},
		{"DateEquals", "2026-01-32", date},
		{"DateEquals", "2026-04-31", date},
		{"DateEquals", "2026-02-29", date},
		{"DateEquals", "1900-02-29", date},
		{"DateEquals", "2026-01T00:00Z", date},
		{"DateEquals", "2026T00:00Z", date},
		{"DateEquals", "2026-01-02T", date},
		{"DateEquals", "2026-01-02T03", date},
		{"DateEquals", "2026-01-02T03:04", date},
		{"DateEquals", "2026-01-02T03:04:05", date},
		{"DateEquals", "2026-01-02T24:00Z", date},
		{"DateEquals", "2026-01-02T03:60Z", date},
		{"DateEquals", "2026-01-02T03:04:60Z", date},
		{"DateEquals", "2026-01-02T03:04.5Z", date},
		{"DateEquals", "2026-01-02T03:04:05.Z", date},
		{"DateEquals", "2026-01-02T03:04:05.1234567890Z", date},
		{"DateEquals", "2026-01-02T03:04:05z", date},
		{"DateEquals", "2026-01-02t03:04:05Z", date},
		{"DateEquals", "2026-01-02T03:04:05ZZ", date},
		{"DateEquals", "2026-01-02T03:04:05+0000", date},
		{"DateEquals", "2026-01-02T03:04:05+00", date},
		{"DateEquals", "2026-01-02T03:04:05+24:00", date},
		{"DateEquals", "2026-01-02T03:04:05+00:60", date},
		{"DateEquals", "2026-01-02T03:04:05+00:00Z", date},
		{"DateEquals", "2026-01-02 03:04:05Z", date},
		{"DateEquals", "20260102", ""}, // seconds
		{"DateEquals", "2O26", date},
		{"DateEquals", "2026-0/", date},
		{"DateEquals", "2026-0:", date},
		{"DateEquals", "12026-01-01", date},
		{"DateEquals", "tomorrow", date},

		{"Bool", "true", ""},
		{"Bool", "FALSE", ""},
		{"Bool", "${aws:SecureTransport}", ""},
		{"Bool", "${j, 'true'}", ""},
		{"Bool", "${*}", flag},
		{"Bool", "", flag},
		{"Bool", "yes", flag},
		{"Bool", "1", flag},
		{"Bool", " true", flag},
		{"Null", "True", ""},
		{"Null", "false", ""},
		{"Null", "", flag},
		{"Null", "development", flag},

		{"BinaryEquals", "", ""},
		{"BinaryEquals", "QUJD", ""},
		{"BinaryEquals", "+/A=", ""},
		{"BinaryEquals", "QQ==", ""},
		{"BinaryEquals", "QQ", binary},
		{"BinaryEquals", "QR==", binary},
		{"BinaryEquals", "QQ==\n", binary},
		{"BinaryEquals", "QU\rJD", binary},
		{"BinaryEquals", "-_A=", binary},
		{"BinaryEquals", "*", binary},

		{"IpAddress", "10.0.0.0/8", ""},
		{"IpAddress", "10.0.0.1/8", ""},
		{"IpAddress", "10.0.0.1", ""},
		{"NotIpAddress", "::/0", ""},
		{"IpAddress", "2001:db8::1", ""},
		{"IpAddress", "::ffff:10.0.0.0/104", ""},
		{"IpAddress", "", address},
		{"IpAddress", "10.0.0.0/33", address},
		{"IpAddress", "10.0.0.0/", address},
		{"IpAddress", "10.0.0.0/08", address},
		{"IpAddress", "10.0.0/8", address},
		{"IpAddress", "010.0.0.1", address},
		{"IpAddress", "256.0.0.1", address},
		{"IpAddress", "2001:db8::/129", address},
		{"IpAddress", "fe80::1%eth0", address},
		{"IpAddress", "fe80::1%eth0/64", address},
		{"IpAddress", "10.0.0.*", address},
		{"NotIpAddress", "<my-corporate-cidr>", address},
	} {
		op, err := ParseOperator(c.operator)
		if err != nil {
			t.Fatal(err)
		}
		_, faults := NewTest(op, "k", []Value{{Text: c.value}}, TestOptions{Variables: true})
		got := ""
		for _, f := range faults {
			got += f.Err.Error()
		}
		want := c.want
		if want != "" {
			want = `"` + strings.ReplaceAll(strings.ReplaceAll(c.value, "\n", `\n`), "\r", `\r`) + `" ` + want
		}
		if got != want {
			t.Errorf("%s %q: %s, want %s", c.operator, c.value, got, want)
		}
	}
}

func TestVariablesWhereTheyCannotBe(t *testing.T) {
	for _, c := range []struct {
		operator, value string
		variables       bool
		want            string
	}{
		{"NumericEquals", "${j}", true, `NumericEquals takes no policy variables, found "${j}"`},
		{"DateLessThanIfExists", "${aws:CurrentTime}", true, `DateLessThan takes no policy variables, found "${aws:CurrentTime}"`},
		{"ForAnyValue:NotIpAddress", "${j}/8", true, `NotIpAddress takes no policy variables, found "${j}/8"`},
		{"BinaryEquals", "${j, 'QQ=='}", true, `BinaryEquals takes no policy variables, found "${j, 'QQ=='}"`},
		{"Null", "${j}", true, `Null takes no policy variables, found "${j}"`},
		{"NumericEquals", "${j}", false, `"${j}" is no decimal number`},
		{"Bool", "${j}", false, `"${j}" is neither true nor false`},
		{"Bool", "${j}", true, ""},
		{"StringEquals", "${j", true, ""},
	} {
		op, _ := ParseOperator(c.operator)
		_, faults := NewTest(op, "k", []Value{{Text: c.value}}, TestOptions{Variables: c.variables})
		got := ""
		for _, f := range faults {
			got += f.Err.Error()
		}
		if got != c.want {
			t.Errorf("%s %q: %s, want %s", c.operator, c.value, got, c.want)
		}
	}
}

func TestFaultsNameTheirValues(t *testing.T) {
	test, faults := parseTest(t, "NumericEquals k x 1 y 2 ${j}", TestOptions{Variables: true})
	got := []int{}
	for _, f := range faults {
		got = append(got, f.Index)
	}
	if len(got) != 3 || got[0] != 0 || got[1] != 2 || got[2] != 4 {
		t.Errorf("faulty values %v, want 0, 2 and 4", got)
	}
	for ctx, want := range map[string]bool{"k=1": true, "k=2": true, "k=x": false, "k=0": false} {
		c := mustContext(t, ctx)
		if got := test.Holds(&c); got != want {
			t.Errorf("%s holds for %s: %v, want %v", test, ctx, got, want)
		}
	}
}

// TestNumberOrder checks numbers from the least to the greatest; equal ones
// stand together in a line.
func TestNumberOrder(t *testing.T) {
	lines := []string{
		"-1e9999",
		"-100 -1e2 -100.0 -0100 -10e1 -1000e-1",
		"-99.999",
		"-1",
		"-0.1 -1e-1",
		"-1e-9999",
		"0 -0 +0 0.0 -0.000 0e5 0e-9999 00",
		"1e-9999 0.1e-9998",
		"0.0009",
		"0.001 1e-3 0.0010 0.1e-2",
		"0.00100000000000000000000000000000000001",
		"0.1 00.1",
		"0.11",
		"0.9",
		"1 1.0 +1 1e0 10e-1 0.1e1 1E+0",
		"1.0000000000000000000001",
		"9.9",
		"10 1e1",
		"10.01",
		"99",
		"101",
		"9007199254740992",
		"9007199254740993 9007199254740.993e3",
		"1e9999",
		"10e9999",
		"11e9999",
	}
	for i, line := range lines {
		for j, other := range lines {
			for a := range strings.FieldsSeq(line) {
				for b := range strings.FieldsSeq(other) {
					n, ok1 := parseNumber(a)
					m, ok2 := parseNumber(b)
					want := 0
					if i < j {
						want = -1
					} else if i > j {
						want = 1
					}
					if got := n.compare(&m); got != want || !ok1 || !ok2 {
						t.Errorf("%s compared with %s: %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

// FuzzNumber compares numbers with big.Rat.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0.0", "1", "10", "1e1", "0.001", "-5.25e-3", "1e9999", "1e10000", "5.", ".5", "+7", ""} {
		f.Add(s, "1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		n, ok := parseNumber(a)
		wantA := twinNumber(a)
		if ok != (wantA != nil) {
			t.Fatalf("%q is a number: %v, want %v", a, ok, !ok)
		}
		m, ok := parseNumber(b)
		wantB := twinNumber(b)
		if ok != (wantB != nil) {
			t.Fatalf("%q is a number: %v, want %v", b, ok, !ok)
		}
		if wantA == nil || wantB == nil {
			return
		}
		if got, want := n.compare(&m), wantA.Cmp(wantB); got != want {
			t.Errorf("%s compared with %s: %d, want %d", a, b, got, want)
		}
		if got, want := m.compare(&n), wantB.Cmp(wantA); got != want {
			t.Errorf("%s compared with %s: %d, want %d", b, a, got, want)
		}
	})
}

func TestNumberCost(t *testing.T) {
	long := strings.Repeat("9", 1<<20)
	n, _ := parseNumber(long)
	m, _ := parseNumber("0." + long + "e9999")
	if n.compare(&m) != 1 || m.compare(&n) != -1 {
		t.Error("long numbers compare wrongly")
	}
	if _, ok := parseNumber("1e" + long); ok {
		t.Error("a huge exponent is read")
	}
}

// TestDateOrder checks moments from the earliest to the latest; equal ones
// stand together in a line.
func TestDateOrder(t *testing.T) {
	lines := []string{
		"-999999999999999",
		"0000 0000-01-01",
		"1960-06",
		"1969",
		"-1.5",
		"-1 1969-12-31T23:59:59Z",
		"1970 1970-01 1970-01-01 1970-01-01T00:00Z 0 -0 0.0 1969-12-31T16:00:00-08:00",
		"0.5 1970-01-01T00:00:00.5Z 1970-01-01T00:00:00.500Z",
		"0.500000001 1970-01-01T00:00:00.500000001Z",
		"1969.0 1970-01-01T00:32:49Z",
		"2024 1704067200 1704067200.000",
		"2024-02 2024-02-01",
		"2024-02-29T23:59:59.999999999Z",
		"2024-03-01 2024-02-29T12:00-12:00 2024-03-01T05:30+05:30",
		"2026-01-02T03:04Z 2026-01-02T03:04:00Z 2026-01-02T03:04:00.0+00:00 2026-01-02T03:04-00:00 2026-01-02T10:34+07:30",
		"2026-01-02T03:04:05Z",
		"9999-12-31T23:59:59Z",
		"9999-12-31T23:59:59-00:01",
		"999999999999999",
	}
	for i, line := range lines {
		for j, other := range lines {
			for a := range strings.FieldsSeq(line) {
				for b := range strings.FieldsSeq(other) {
					d, ok1 := parseDate(a)
					e, ok2 := parseDate(b)
					want := 0
					if i < j {
						want = -1
					} else if i > j {
						want = 1
					}
					if got := d.Compare(e); got != want || !ok1 || !ok2 {
						t.Errorf("%s (%v, %v) compared with %s (%v, %v): %d, want %d", a, d, ok1, b, e, ok2, got, want)
					}
				}
			}
		}
	}
}

// FuzzDate compares dates with time.Parse, guarded by regular expressions.
func FuzzDate(f *testing.F) {
	for _, s := range []string{
		"2026", "2026-01", "2026-01-02", "2026-01-02T03:04Z", "2026-01-02T03:04:05.678+09:00", "0", "-1.5", "1700000000", "2024-02-30", "2026-01-02T03:04",
		"2026-01-02T03:04:05,5Z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		date, ok := parseDate(text)
		want := twinDate(text)
		if ok != (want != nil) {
			t.Fatalf("%q is a date: %v, want %v", text, ok, !ok)
		}
		if !ok {
			return
		}
		got := new(big.Rat).SetFrac64(int64(date.Nanosecond()), 1e9)
		got.Add(got, new(big.Rat).SetInt64(date.Unix()))
		if got.Cmp(want) != 0 {
			t.Errorf("%q is %v seconds, want %v", text, got, want)
		}
	})
}

// TestDatesRoundTrip prints moments in all the ways that parseDate reads.
func TestDatesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := time.Unix(rapid.Int64Range(-6e10, 25e10).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds"))
		minutes := rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "zone")
		zoned := moment.In(time.FixedZone("", 60*minutes))
		got, ok := parseDate(zoned.Format(time.RFC3339Nano))
		if !ok || !got.Equal(moment) {
			t.Errorf("%v is read as %v, %v", zoned, got, ok)
		}
	})
}

// FuzzAddress compares addresses and ranges with package net's.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"10.0.0.0/8", "10.0.0.1", "::/0", "::ffff:10.0.0.0/104", "2001:db8::1/64", "fe80::1%a", "1.2.3.4/08"} {
		f.Add(s, "10.1.2.3")
		f.Add(s, "::1")
	}
	f.Fuzz(func(t *testing.T, wanted, got string) {
		o, err := readPrefix(wanted)
		network := twinNetwork(wanted)
		if (err == nil) != (network != nil) {
			t.Fatalf("%q: %v, but package net says %v", wanted, err, network)
		}
		if err != nil {
			return
		}
		w := twin{}
		matched, want := matchAddress([]operand{o}, got), w.matches("ipaddress", wanted, got, nil)
		if matched != want {
			t.Errorf("%q matches %q: %v, want %v", got, wanted, matched, want)
		}
	})
}
