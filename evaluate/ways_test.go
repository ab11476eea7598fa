package evaluate

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// placed names an entry: "key policy 0", "#1 0", "grant g1".
func placed(e Entry) string {
	if i, ok := e.Statement(); ok {
		return fmt.Sprint(e.Policy(), " ", i)
	}
	return "grant " + e.Grant()
}

// waysOf lists the ways in of a situation, each as "BY" or "BY with A or B", and
// behind "close:" what closes them.
func waysOf(t *testing.T, situation string) []string {
	t.Helper()
	d := decide(t, situation)
	lines := []string{}
	for w := range d.Ways() {
		var with []string
		for e := range w.With() {
			with = append(with, placed(e))
		}
		line := "IAM"
		if by, ok := w.By(); ok {
			line = placed(by)
		}
		if with != nil {
			line += " with " + strings.Join(with, " or ")
		}
		lines = append(lines, line)
	}
	if f, ok := d.Closing(); ok {
		lines = append(lines, "close: "+abbreviated(f.String()))
	}
	return lines
}

func TestWays(t *testing.T) {
	for _, c := range []struct {
		situation string
		want      []string
	}{
		{"caller app", []string{}},
		{"kp +app:*", []string{"key policy 0", "close: in the key policy, remove statement 0"}},
		{"kp +app,bob:*", []string{"key policy 0", `close: in the key policy, remove "app" from Principal of statement 0`}},
		{"kp +app:* +anyone:Decrypt", []string{"key policy 0", "key policy 1",
			"close: in the key policy, remove statement 1 and remove statement 0"}},
		{"kp +root:*; iam +Decrypt +*; iam=b +Decrypt", []string{"key policy 0 with #0 0 or #0 1 or b 0",
			"close: in the IAM policy b, remove statement 0; in the IAM policy #0, remove statement 1 and remove statement 0"}},
		{"kp +root:* +app:Decrypt; iam +Decrypt; grant app:Decrypt", []string{"key policy 0 with #0 0", "key policy 1", "grant g1",
			"close: revoke grant g1; in the key policy, remove statement 1; in the IAM policy #0, remove statement 0"}},
		{"grant app:Decrypt", []string{}},
		{"rules aws; grant app:Decrypt; grant app:Decrypt id:g2 pending", []string{"grant g1", "close: revoke grant g1"}},
		// A boundary limits one form of naming and spares the other.
		{"kp +app:* +sess:*; caller sess; pb +Encrypt", []string{"key policy 1", `close: in the key policy, remove statement 1`}},
		{"kp +fapp:* +far:*; caller fapp; iam +Decrypt", []string{"key policy 0 with #0 0", "key policy 1 with #0 0", "close: in the IAM policy #0, remove statement 0"}},
		{"grant root:Decrypt; iam +Decrypt; rules aws", []string{"grant g1 with #0 0", "close: in the IAM policy #0, remove statement 0"}},
		{"kp +root:*; caller root", []string{"key policy 0", `close: in the key policy, remove statement 0`}},
		{"caller far; kp +far:*", []string{"key policy 0", `close: in the key policy, remove statement 0`}},
		{"rules strict; kp +app:*; iam +*", []string{"key policy 0 with #0 0", "close: in the IAM policy #0, remove statement 0"}},
		{"caller svc; kp +svc,svc2:*", []string{"key policy 0", `close: in the key policy, remove "s3.amazonaws.com" from Principal of statement 0`}},
		{"nokey; do CreateKey; iam +CreateKey", []string{"IAM with #0 0", "close: in the IAM policy #0, remove statement 0"}},
		{"nokey; do CreateKey; caller root", []string{"IAM"}},
		{"key AWS; kp +anyone:*", []string{"key policy 0"}},
		{"do RetireGrant; gid g1; grant alice:Decrypt ret:app; iam +RetireGrant", []string{"grant g1 with #0 0", "grant g1", "close: revoke grant g1"}},
		{"do RetireGrant; gid g1; caller root; grant alice:Decrypt ret:root", []string{"grant g1", "close: revoke grant g1"}},
		{"do RetireGrant; gid g1; caller root; grant alice:Decrypt", []string{"grant g1", "close: revoke grant g1"}},
		{"do RetireGrant; gid g1; grant alice:Decrypt; iam +RetireGrant", []string{"grant g1 with #0 0", "close: in the IAM policy #0, remove statement 0"}},
	} {
		if diff := gocmp.Diff(waysOf(t, c.situation), c.want); diff != "" {
			t.Errorf("%s (got -, want +):\n%s", c.situation, diff)
		}
	}
}
