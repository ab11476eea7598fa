package inventory_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate/inventory"
)

// countingWriter counts what is written.
type countingWriter struct {
	*bufio.Writer
	n int
}

func (w *countingWriter) attach(out io.Writer) { w.Writer = bufio.NewWriter(out) }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n += len(p)
	return w.Writer.Write(p)
}

// writeDetails writes authorization details of at least size bytes, laid out as the AWS CLI does:
// a role in ten elements is a user, policies have a few statements, of which some are about KMS.
func writeDetails(out io.Writer, size int) error {
	w := &countingWriter{}
	w.attach(out)
	fmt.Fprint(w, "{\n    \"UserDetailList\": [\n")
	for i := 0; w.n < size/10; i++ {
		writeElement(w, i, map[string]any{
			"Path": "/", "UserName": fmt.Sprint("user-", i), "UserId": fmt.Sprint("AIDA", i), "Arn": fmt.Sprint("arn:aws:iam::111122223333:user/user-", i),
			"CreateDate": "2024-01-01T00:00:00+00:00", "GroupList": []string{"admins"}, "UserPolicyList": inlinePolicies(i, 1),
			"AttachedManagedPolicies": attachedPolicies(i), "Tags": []any{map[string]string{"Key": "team", "Value": "orders"}},
		})
	}
	fmt.Fprint(w, "\n    ],\n    \"GroupDetailList\": [\n")
	writeElement(w, 0, map[string]any{"Arn": "arn:aws:iam::111122223333:group/admins", "GroupPolicyList": inlinePolicies(0, 2)})
	fmt.Fprint(w, "\n    ],\n    \"RoleDetailList\": [\n")
	for i := 0; w.n < size; i++ {
		writeElement(w, i, map[string]any{
			"Path": "/", "RoleName": fmt.Sprint("role-", i), "RoleId": fmt.Sprint("AROA", i), "Arn": fmt.Sprint("arn:aws:iam::111122223333:role/role-", i),
			"CreateDate": "2024-01-01T00:00:00+00:00", "InstanceProfileList": []any{}, "RolePolicyList": inlinePolicies(i, 2),
			"AssumeRolePolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
				"Effect": "Allow", "Principal": map[string]string{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}},
			"AttachedManagedPolicies": attachedPolicies(i), "Tags": []any{}, "RoleLastUsed": map[string]any{},
		})
	}
	fmt.Fprint(w, "\n    ],\n    \"Policies\": [\n")
	for i := range 10 {
		writeElement(w, i, map[string]any{
			"PolicyName": fmt.Sprint("policy-", i), "Arn": fmt.Sprint("arn:aws:iam::111122223333:policy/policy-", i), "DefaultVersionId": "v1",
			"PolicyVersionList": []any{map[string]any{"VersionId": "v1", "IsDefaultVersion": true, "Document": policyDocument(i, 4)}},
		})
	}
	fmt.Fprint(w, "\n    ],\n    \"IsTruncated\": false\n}\n")
	return w.Flush()
}

// writeElement writes an element of a list.
func writeElement(w io.Writer, i int, element any) {
	if i > 0 {
		fmt.Fprint(w, ",\n")
	}
	text, err := json.MarshalIndent(element, "        ", "    ")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "        %s", text)
}

func inlinePolicies(i, n int) []any {
	var all []any
	for j := range n {
		all = append(all, map[string]any{"PolicyName": fmt.Sprint("inline-", j), "PolicyDocument": policyDocument(i+j, 2)})
	}
	return all
}

func attachedPolicies(i int) []any {
	return []any{map[string]string{"PolicyName": fmt.Sprint("policy-", i%10), "PolicyArn": fmt.Sprint("arn:aws:iam::111122223333:policy/policy-", i%10)}}
}

func policyDocument(i, statements int) any {
	all := []any{map[string]any{
		"Sid": "UseKey", "Effect": "Allow", "Action": []string{"kms:Decrypt", "kms:GenerateDataKey*"},
		"Resource":  fmt.Sprintf("arn:aws:kms:us-east-1:111122223333:key/%d", i),
		"Condition": map[string]any{"StringEquals": map[string]any{"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
	}}
	for j := range statements - 1 {
		all = append(all, map[string]any{
			"Effect": "Allow", "Action": []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket", "logs:PutLogEvents", "logs:CreateLogStream"},
			"Resource": []string{fmt.Sprintf("arn:aws:s3:::bucket-%d-%d", i, j), fmt.Sprintf("arn:aws:s3:::bucket-%d-%d/*", i, j)},
		})
	}
	return map[string]any{"Version": "2012-10-17", "Statement": all}
}

// generated returns a document of about the size given.
func generated(t testing.TB, write func(w io.Writer, size int) error, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, size); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkAuthorizationDetails(b *testing.B) {
	doc := generated(b, writeDetails, 1<<20)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		var inv inventory.Inventory
		if report, err := inv.AddAuthorizationDetails(bytes.NewReader(doc), inventory.Options{}); err != nil || len(report.Problems) > 0 {
			b.Fatal(err, report.Problems)
		}
	}
}

// TestDetailsAllocations bounds what a role costs to read: it must not grow with the file.
func TestDetailsAllocations(t *testing.T) {
	var perRole [2]float64
	for i, size := range []int{64 << 10, 512 << 10} {
		doc := generated(t, writeDetails, size)
		roles := float64(bytes.Count(doc, []byte("RoleName")))
		perRole[i] = testing.AllocsPerRun(3, func() {
			var inv inventory.Inventory
			if _, err := inv.AddAuthorizationDetails(bytes.NewReader(doc), inventory.Options{}); err != nil {
				t.Error(err)
			}
		}) / roles
	}
	if perRole[1] > 1.1*perRole[0] || perRole[1] > 200 {
		t.Errorf("%.0f allocations for each role of a small file, %.0f of a large one", perRole[0], perRole[1])
	}
}

// TestDetailsKeepNoElement: what is returned of a user is no part of the text that was read, all
// of which would stay in memory.
func TestDetailsKeepNoElement(t *testing.T) {
	const users, ballast = 32, 1 << 20
	var b bytes.Buffer
	fmt.Fprint(&b, `{"UserDetailList": [`)
	for i := range users {
		if i > 0 {
			fmt.Fprint(&b, ",")
		}
		fmt.Fprintf(&b, `{"Arn": "arn:aws:iam::111122223333:user/%d", "UserId": "AIDA%[1]d", "GroupList": ["group-%[1]d"],
			"UserPolicyList": [{"PolicyName": "inline-%[1]d", "PolicyDocument": {"Statement": []}}],
			"AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/%[1]d"}],
			"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/%[1]d"},
			"Tags": [{"Key": "team-%[1]d", "Value": "value-%[1]d"}], "LoginProfile": "%s"}`, i, bytes.Repeat([]byte("x"), ballast))
	}
	fmt.Fprint(&b, "]}")

	var inv inventory.Inventory
	before := heap()
	report, err := inv.AddAuthorizationDetails(&b, inventory.Options{})
	if err != nil || report.Resolved != users {
		t.Fatal(report, err)
	}
	if kept := int64(heap()) - int64(before); kept > users*ballast/2 {
		t.Errorf("%d bytes are kept of %d users", kept, users)
	}
	runtime.KeepAlive(&inv)
	runtime.KeepAlive(&b)
}

// heap returns the size of what is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
