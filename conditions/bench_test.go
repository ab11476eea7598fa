package conditions

import "testing"

// benchmarkContext is a request such as evaluate makes: keys of the key, the
// caller and the request, cut down to what the action may carry.
func benchmarkContext() Context {
	key := NewContext(map[string][]string{
		"kms:KeySpec": {"SYMMETRIC_DEFAULT"}, "kms:KeyUsage": {"ENCRYPT_DECRYPT"}, "kms:KeyOrigin": {"AWS_KMS"},
		"kms:MultiRegion": {"false"}, "kms:ResourceAliases": {"alias/orders", "alias/app"}, "aws:ResourceTag/Owner": {"platform"},
		"aws:ResourceAccount": {"111122223333"},
	})
	caller := NewContext(map[string][]string{
		"aws:PrincipalArn": {"arn:aws:iam::111122223333:role/app"}, "aws:PrincipalAccount": {"111122223333"},
		"aws:PrincipalOrgID": {"o-example"}, "aws:PrincipalTag/team": {"orders"}, "aws:userid": {"AROAEXAMPLE:i-0abc"},
		"kms:CallerAccount": {"111122223333"}, "aws:PrincipalType": {"AssumedRole"},
	})
	request := NewContext(map[string][]string{
		"kms:ViaService": {"s3.us-east-1.amazonaws.com"}, "kms:EncryptionContext:aws:s3:arn": {"arn:aws:s3:::bucket/object"},
		"kms:EncryptionContextKeys": {"aws:s3:arn"}, "aws:SourceIp": {"10.1.2.3"}, "aws:CurrentTime": {"2026-01-02T03:04:05Z"},
		"aws:MultiFactorAuthAge": {"1200"}, "aws:SecureTransport": {"true"}, "aws:RequestedRegion": {"us-east-1"},
	})
	return key.Over(caller).Over(request)
}

func BenchmarkLookup(b *testing.B) {
	c := benchmarkContext()
	for _, name := range []string{"kms:KeySpec", "aws:SecureTransport", "aws:SourceVpce", "aws:PrincipalTag/team", "foo:bar"} {
		k := ParseKey(name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Lookup(k)
			}
		})
	}
}

// benchmarkTests are tests of each type, in the compact notation of
// mustTest.
var benchmarkTests = []string{
	`StringEquals kms:ViaService s3.us-east-1.amazonaws.com`,
	`StringLike kms:ViaService s3.*.amazonaws.com`,
	`StringEqualsIgnoreCase kms:KeySpec symmetric_default`,
	`ForAnyValue:StringEquals kms:ResourceAliases alias/app`,
	`StringEquals kms:EncryptionContext:aws:s3:arn arn:aws:s3:::bucket/object`,
	`ArnLike aws:PrincipalArn arn:aws:iam::111122223333:role/*`,
	`ArnEquals aws:PrincipalArn arn:aws:iam::111122223333:role/app`,
	`Bool aws:SecureTransport true`,
	`Null kms:GrantIsForAWSResource true`,
	`IpAddress aws:SourceIp 10.0.0.0/8`,
	`NumericLessThan aws:MultiFactorAuthAge 3600`,
	`DateGreaterThan aws:CurrentTime 2026-01-01`,
	`DateLessThan aws:CurrentTime 2026-12-31T23:59:59Z`,
	`StringNotEqualsIfExists aws:SourceVpce vpce-0abc`,
}

func BenchmarkHolds(b *testing.B) {
	c := benchmarkContext()
	for _, notation := range benchmarkTests {
		t := mustTest(b, notation)
		b.Run(notation, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				t.Holds(&c)
			}
		})
	}
}

// BenchmarkContext makes the context of a decision from its three parts.
func BenchmarkContext(b *testing.B) {
	key := NewContext(map[string][]string{"kms:KeySpec": {"SYMMETRIC_DEFAULT"}})
	caller := NewContext(map[string][]string{"aws:PrincipalAccount": {"111122223333"}})
	request := NewContext(map[string][]string{"aws:SecureTransport": {"true"}})
	visible := KeySet{}.With(ParseKey("kms:KeySpec"), ParseKey("aws:SecureTransport"))
	b.ReportAllocs()
	for b.Loop() {
		c := key.Over(caller).Over(request).Only(visible)
		_ = c.n
	}
}
