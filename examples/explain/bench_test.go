package main

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
)

// BenchmarkLines answers small scenarios of about 1.5 KB, one per line: reading, building,
// deciding and printing.
func BenchmarkLines(b *testing.B) {
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(smallScenario)); err != nil {
		b.Fatal(err)
	}
	line.WriteByte('\n')
	b.SetBytes(int64(line.Len()))
	b.ReportAllocs()
	in := &repeated{line: line.Bytes(), times: b.N}
	if status := run([]string{"-jsonl"}, in, io.Discard, io.Discard); status != statusOK {
		b.Fatalf("status %d", status)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "scenarios/s")
}

// repeated yields a line many times over.
type repeated struct {
	line  []byte
	times int
	rest  []byte
}

func (r *repeated) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.times == 0 {
			return 0, io.EOF
		}
		r.times--
		r.rest = r.line
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

const smallScenario = `{
  "name": "orders decrypts through S3",
  "key": {
    "metadata": {"Arn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "KeyState": "Enabled", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT",
      "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": false},
    "policy": {"Version": "2012-10-17", "Statement": [
      {"Sid": "EnableIAM", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
      {"Sid": "ThroughS3", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/service/orders"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}}]},
    "aliases": ["alias/orders"],
    "tags": {"Owner": "platform"}
  },
  "caller": {
    "arn": "arn:aws:sts::111122223333:assumed-role/orders/i-0abc",
    "roleArn": "arn:aws:iam::111122223333:role/service/orders",
    "uniqueId": "AROAEXAMPLE:i-0abc",
    "iamPolicies": [{"name": "orders-kms", "policy": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:DescribeKey"], "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}]}}]
  },
  "request": {
    "action": "kms:Decrypt", "region": "us-east-1", "viaService": "s3.us-east-1.amazonaws.com",
    "encryptionContext": {"aws:s3:arn": "arn:aws:s3:::orders/2026/01/02.json"},
    "context": {"aws:MultiFactorAuthPresent": "true"}
  },
  "expect": {"decision": "deny", "layer": "iam-policy", "reason": "no-allow"}
}`
