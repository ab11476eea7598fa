package evaluate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// abbreviated writes the names of the notation for the ARNs that they stand for.
func abbreviated(text string) string {
	pairs := []string{ownKy, "KEY"}
	names := slices.SortedFunc(maps.Keys(whos), func(a, b string) int {
		return cmp.Or(-cmp.Compare(len(whos[a]), len(whos[b])), cmp.Compare(a, b))
	})
	for _, name := range names {
		if strings.HasPrefix(whos[name], "arn:") {
			pairs = append(pairs, whos[name], name)
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// fixesOf returns the fixes of a situation in the notation of these tests: what
// each does and what it opens, and behind "->" where it leads if not to allow;
// last, behind "why:", why there is none.
func fixesOf(t *testing.T, situation string) []string {
	t.Helper()
	fixes, why := decide(t, situation).Fixes()
	lines := []string{}
	for _, f := range fixes {
		line := abbreviated(f.String()) + " | " + openedBy(f.Opens())
		if !f.after.allowed {
			line += fmt.Sprintf(" -> %v %v", f.after.layer, f.after.reason)
		}
		lines = append(lines, line)
	}
	if why != "" {
		lines = append(lines, "why: "+abbreviated(why))
	}
	return lines
}

// openedBy writes what is opened in one line.
func openedBy(o Opens) string {
	if o == (Opens{}) {
		return "nothing"
	}
	text := fmt.Sprintf("%v: %s, %v", o.Principals, strings.ReplaceAll(describeActions(o.Actions), "kms:", ""), o.Keys)
	if o.Bounded {
		text += ", bounded"
	}
	return text
}

// TestFixes lists the fixes of situations, each of which differs from a working
// one in as little as possible. The order is that of Decision.Fixes.
func TestFixes(t *testing.T) {
	for _, c := range []struct {
		situation string
		want      []string
	}{
		{`caller app`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`iam +Decrypt; caller app`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +alice:Decrypt,Encrypt?mfa; caller app`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +anyone:Decrypt?mfa; caller app`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
			`in the key policy, remove condition Bool aws:MultiFactorAuthPresent from statement 0 | others: Decrypt, this`,
		}},
		{`kp +app:Encrypt`, []string{
			`in the key policy, add "kms:Decrypt" to Action of statement 0 | caller: Decrypt, this`,
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +app,bob:Encrypt`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
			`in the key policy, add "kms:Decrypt" to Action of statement 0 | others: Decrypt, this`,
		}},
		{`kp +!bob:Encrypt`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
			`in the key policy, add "kms:Decrypt" to Action of statement 0 | others: Decrypt, this`,
		}},
		{`kp +app:Decrypt@other`, []string{
			`in the key policy, set Resource of statement 0 to "*" | caller: Decrypt, this`,
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +app:Decrypt@none`, []string{
			`in the key policy, add "*" to Resource of statement 0 | caller: Decrypt, this`,
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +app:Decrypt?mfa`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, remove condition Bool aws:MultiFactorAuthPresent from statement 0 | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +app:Decrypt?StringEquals|kms:ViaService|sqs.us-east-1.amazonaws.com; via s3.us-east-1.amazonaws.com`, []string{
			`in the key policy, add "s3.us-east-1.amazonaws.com" to condition StringEquals kms:ViaService of statement 0 | caller: Decrypt, this, bounded`,
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com" | caller: Decrypt, this, bounded`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com" | account: Decrypt, this, bounded`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com" | account: Decrypt, this`,
		}},
		{`kp +app:Decrypt?StringNotEquals|aws:PrincipalAccount|111122223333`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, remove condition StringNotEquals aws:PrincipalAccount from statement 0 | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +app:Decrypt?StringEquals|aws:ResourceTag/team|red; key team=red`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, remove condition StringEquals aws:ResourceTag/team from statement 0 | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +alice:Decrypt; caller root; do Encrypt`, []string{
			`in the key policy, add a statement "DelegateEncrypt" that allows "kms:Encrypt" on "*" to "root" | account: Encrypt, this`,
		}},
		{`kp +alice:Encrypt; caller fed user:alice; sp +*`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "fed" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to fed; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
			`in the key policy, add "kms:Decrypt" to Action of statement 0 | others: Decrypt, this`,
		}},
		{`kp +root:Decrypt@other; grant bob:Decrypt; iam +*`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | others: Decrypt, this`,
			`in the key policy, set Resource of statement 0 to "*" | others: Decrypt, this`,
		}},
		{`caller fed`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "fed" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the session policy kms-session and add a statement that allows "kms:Decrypt" on "KEY"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to fed; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`caller sess role:app/; via s3.us-east-1.amazonaws.com`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app/" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com" | caller: Decrypt, this, bounded`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com" | account: Decrypt, this, bounded`,
			`make a grant of kms:Decrypt to app/; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" if StringEquals kms:ViaService is "s3.us-east-1.amazonaws.com" | account: Decrypt, this`,
		}},
		{`caller svc2; src arn:aws:sns:us-east-1:111122223333:topic; do GenerateDataKey`, []string{
			`in the key policy, add a statement "AllowGenerateDataKey" that allows "kms:GenerateDataKey" on "*" to "sns.amazonaws.com" if ArnEquals aws:SourceArn is "arn:aws:sns:us-east-1:111122223333:topic" and StringEquals aws:SourceAccount is "111122223333" | caller: GenerateDataKey, this, bounded`,
		}},
		{`caller svc; ec aws:s3:arn=arn:aws:s3:::b; do Decrypt`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "s3.amazonaws.com" if StringEquals kms:EncryptionContext:aws:s3:arn is "arn:aws:s3:::b" | caller: Decrypt, this, bounded`,
		}},
		{`caller fapp`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "fapp"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "far"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to fapp; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +fapp:*; caller fapp`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +far:Encrypt; iam +Decrypt; caller fapp`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "fapp" | caller: Decrypt, this`,
			`in the key policy, add "kms:Decrypt" to Action of statement 0 | account: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "far" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to fapp; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`caller fapp; do PutKeyPolicy`, []string{
			`why: kms:PutKeyPolicy never works on a key of another account, whatever the policies say: a principal of account 111122223333 must make the call.`,
		}},
		{`kp +root:*`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
		}},
		{`kp +root:*; iam +Encrypt`, []string{
			`in the IAM policy #0, add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
		}},
		{`kp +root:*; iam +Decrypt@other`, []string{
			`in the IAM policy #0, add "KEY" to Resource of statement 0 | caller: Decrypt, this`,
			`in the IAM policy #0, add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
		}},
		{`kp +root:*; iam=arn:aws:iam::aws:policy/ReadOnlyAccess +List* +Decrypt@other`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
		}},
		{`kp +root:*; iam +Decrypt?StringEquals|kms:EncryptionContext:app|a; ec app=b`, []string{
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`in the IAM policy #0, add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`in the IAM policy #0, add "b" to condition StringEquals kms:EncryptionContext:app of statement 0 | caller: Decrypt, others, bounded`,
		}},
		{`kp +root:*; caller slr`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "slr" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to slr | caller: Decrypt, this`,
		}},
		{`kp +root:*; caller fed; iam +*`, []string{
			`make a grant of kms:Decrypt to fed | caller: Decrypt, this`,
			`make the session policy kms-session and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`nokey; do CreateKey`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:CreateKey" on "*" | caller: CreateKey, none`,
		}},
		{`nokey; do ListKeys; iam +* -ListKeys,Decrypt`, []string{
			`in the IAM policy #0, remove "kms:ListKeys" from Action of statement 1 | caller: ListKeys, none`,
			`in the IAM policy #0, remove statement 1 | caller: Decrypt, ListKeys, others`,
		}},
		{`nokey; do ListKeys; caller svc`, []string{
			`why: A service has no IAM policies, which alone decide operations without a key.`,
		}},
		{`nokey; alias arn:aws:kms:us-east-1:111122223333:alias/orders; do CreateAlias`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:CreateAlias" on "arn:aws:kms:us-east-1:111122223333:alias/orders" | caller: CreateAlias, this`,
		}},
		{`kp +app:*; pb +Encrypt`, []string{
			`in the permissions boundary #0, add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +app:*; sp +Decrypt@other`, []string{
			`in the session policy #0, add "KEY" to Resource of statement 0 | session: Decrypt, this`,
			`in the session policy #0, add a statement that allows "kms:Decrypt" on "KEY" | session: Decrypt, this`,
		}},
		{`kp +root:*; iam +*; scp +Encrypt`, []string{
			`in the service control policy #0, add a statement that allows "kms:Decrypt" on "KEY" if ArnEquals aws:PrincipalArn is "app" | caller: Decrypt, this, bounded`,
			`in the service control policy #0, add a statement that allows "kms:Decrypt" on "KEY" | others: Decrypt, this`,
		}},
		{`kp +root:*; iam +*; scp=FullAWSAccess +*; scp +*?mfa; scp +Encrypt`, []string{
			`in the service control policy #1, add a statement that allows "kms:Decrypt" on "KEY" if ArnEquals aws:PrincipalArn is "app"; in the service control policy #2, add a statement that allows "kms:Decrypt" on "KEY" if ArnEquals aws:PrincipalArn is "app" | caller: Decrypt, this, bounded`,
			`in the service control policy #1, add a statement that allows "kms:Decrypt" on "KEY" if ArnEquals aws:PrincipalArn is "app"; in the service control policy #2, add a statement that allows "kms:Decrypt" on "KEY" | others: Decrypt, this`,
			`in the service control policy #1, add a statement that allows "kms:Decrypt" on "KEY"; in the service control policy #2, add a statement that allows "kms:Decrypt" on "KEY" if ArnEquals aws:PrincipalArn is "app" | others: Decrypt, this`,
			`in the service control policy #1, remove condition Bool aws:MultiFactorAuthPresent from statement 0; in the service control policy #2, add a statement that allows "kms:Decrypt" on "KEY" if ArnEquals aws:PrincipalArn is "app" | others: every KMS operation, others`,
		}},
		{`kp +svc:*; caller svc; vpce +app:*`, []string{
			`in the VPC endpoint's policy, add a statement that allows "kms:Decrypt" on "KEY" to "s3.amazonaws.com" | caller: Decrypt, this`,
		}},
		{`kp +app:*; vpce +alice:*`, []string{
			`in the VPC endpoint's policy, add a statement that allows "kms:Decrypt" on "KEY" to "app" | caller: Decrypt, this`,
		}},
		{`kp +app:* -anyone:*`, []string{
			`in the key policy, add condition ArnNotEquals aws:PrincipalArn with "app" to statement 1 | caller: every KMS operation, this`,
			`in the key policy, remove statement 1 | others: every KMS operation, this`,
		}},
		{`kp +app:* -app:*`, []string{
			`in the key policy, remove statement 1 | caller: every KMS operation, this`,
		}},
		{`kp +app:* -!root,app,bob:*; pb +*`, []string{
			`in the key policy, add condition ArnNotEquals aws:PrincipalArn with "app" to statement 1 | caller: every KMS operation, this`,
			`in the key policy, remove statement 1 | others: every KMS operation, this`,
		}},
		{`kp +app:* -anyone:Decrypt,Encrypt?StringNotEquals|aws:PrincipalOrgID|o-1; corg o-2`, []string{
			`in the key policy, add condition ArnNotEquals aws:PrincipalArn with "app" to statement 1 | caller: Decrypt, Encrypt, this`,
			`in the key policy, remove "kms:Decrypt" from Action of statement 1 | others: Decrypt, this`,
			`in the key policy, add "o-2" to condition StringNotEquals aws:PrincipalOrgID of statement 1 | others: Decrypt, Encrypt, this, bounded`,
			`in the key policy, remove statement 1 | others: Decrypt, Encrypt, this`,
		}},
		{`kp +root:*; iam +* -Decrypt,Encrypt`, []string{
			`in the IAM policy #0, remove "kms:Decrypt" from Action of statement 1 | caller: Decrypt, others`,
			`in the IAM policy #0, replace Resource of statement 1 by NotResource "KEY" | caller: Decrypt, Encrypt, this`,
			`in the IAM policy #0, remove statement 1 | caller: Decrypt, Encrypt, others`,
		}},
		{`kp +root:*; iam +* -Decrypt@key`, []string{
			`in the IAM policy #0, remove statement 1 | caller: Decrypt, this`,
		}},
		{`kp +root:*; iam=arn:aws:iam::aws:policy/AWSDenyAll -*; iam +*`, []string{
			`why: Only AWS can change the policy arn:aws:iam::aws:policy/AWSDenyAll: it must be detached, or replaced by one of the account's own.`,
		}},
		{`kp +root:*; iam +*; scp +* -*`, []string{
			`in the service control policy #0, add condition ArnNotEquals aws:PrincipalArn with "app" to statement 1 | caller: every KMS operation, others`,
			`in the service control policy #0, replace Resource of statement 1 by NotResource "KEY" | others: every KMS operation, this`,
			`in the service control policy #0, remove statement 1 | others: every KMS operation, others`,
		}},
		{`kp +root:*; iam +*; rcp -anyone:*?StringNotEquals|aws:PrincipalOrgID|o-1`, []string{
			`in the resource control policy #0, add condition ArnNotEquals aws:PrincipalArn with "app" to statement 0 | caller: every KMS operation, others`,
			`in the resource control policy #0, replace Resource of statement 0 by NotResource "KEY" | others: every KMS operation, this`,
			`in the resource control policy #0, remove statement 0 | others: every KMS operation, others`,
		}},
		{`kp +svc2:*; caller svc2; rcp -anyone:*`, []string{
			`in the resource control policy #0, add condition StringNotEquals aws:PrincipalServiceName with "sns.amazonaws.com" to statement 0 | caller: every KMS operation, others`,
			`in the resource control policy #0, replace Resource of statement 0 by NotResource "KEY" | others: every KMS operation, this`,
			`in the resource control policy #0, remove statement 0 | others: every KMS operation, others`,
		}},
		{`kp +app:*; key Disabled`, []string{
			`enable the key | others: 21 KMS operations, this`,
		}},
		{`kp +app:*; key PendingDeletion`, []string{
			`cancel the deletion of the key, then enable the key | others: 30 KMS operations, this`,
		}},
		{`kp +app:*; key PendingDeletion; do EnableKey`, []string{
			`cancel the deletion of the key | others: 9 KMS operations, this`,
		}},
		{`kp +app:*; key PendingImport EXTERNAL`, []string{
			`import key material into the key | others: 22 KMS operations, this`,
		}},
		{`kp +app:*; key Unavailable AWS_CLOUDHSM`, []string{
			`connect the custom key store of the key | others: 16 KMS operations, this`,
		}},
		{`kp +app:*; key Creating`, []string{
			`wait until the key is created | others: 24 KMS operations, this`,
		}},
		{`kp +app:*; do CancelKeyDeletion`, []string{
			`why: There is no deletion to cancel: the key is Enabled.`,
		}},
		{`kp +app:*; key EXTERNAL; do EnableKeyRotation`, []string{
			`why: No change of its state gives kms:EnableKeyRotation to a key with origin EXTERNAL.`,
		}},
		{`kp +app:*; do Sign`, []string{
			`why: The spec and usage of a key never change: kms:Sign needs another key, of type asymmetric-sign.`,
		}},
		{`key Disabled; do Sign`, []string{
			`in the key policy, add a statement "AllowSign" that allows "kms:Sign" on "*" to "app" | caller: Sign, this -> key-usage invalid-key-usage`,
			`in the key policy, add a statement "DelegateSign" that allows "kms:Sign" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Sign" on "KEY" | account: Sign, this -> key-usage invalid-key-usage`,
			`make a grant of kms:Sign to app; in the key policy, add a statement "DelegateSign" that allows "kms:Sign" on "*" to "root" | account: Sign, this -> key-usage invalid-key-usage`,
			`why: The spec and usage of a key never change: kms:Sign needs another key, of type asymmetric-sign.`,
		}},
		{`kp +app:*; in eu-west-1`, []string{
			`call KMS in us-east-1, the Region of the key | nothing`,
		}},
		{`in eu-west-1`, []string{
			`call KMS in us-east-1, the Region of the key; in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`call KMS in us-east-1, the Region of the key; make a grant of kms:Decrypt to app; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
			`call KMS in us-east-1, the Region of the key; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
		}},
		{`kp +fapp:*; caller fapp; iam +*; id alias/orders; key alias/orders`, []string{
			`name the key by its ARN, KEY | nothing`,
		}},
		{`do ListKeys`, []string{
			`why: KMS has no such request: kms:ListKeys is not about a key.`,
		}},
		{`caller anonymous`, []string{
			`why: KMS has no such request: KMS refuses calls that are not signed.`,
		}},
		{`key AWS; caller svc2; do GenerateDataKey`, []string{
			`use a customer managed key in the place of the AWS managed key, with a key policy that lets in its account and this caller | account: every KMS operation, others`,
		}},
		{`key AWS; via s3.us-east-1.amazonaws.com`, []string{
			`use a customer managed key in the place of the AWS managed key, with a key policy that lets in its account and this caller | account: every KMS operation, others`,
		}},
		{`key AWS; do PutKeyPolicy`, []string{
			`why: Nobody can change the policy of an AWS managed key, and it does not let this caller call kms:PutKeyPolicy.`,
		}},
		{`key AWS; kp -app:*`, []string{
			`use a customer managed key in the place of the AWS managed key, with a key policy that lets in its account and this caller | account: every KMS operation, others`,
		}},
		{`grant app:Decrypt`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`grant app:Decrypt; grant bob:Decrypt id:g2`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | others: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt pending tok:T`, []string{
			`pass the grant token of grant g1 | nothing`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt pending`, []string{
			`wait until grant g1 has spread, some seconds to five minutes, or pass the token that CreateGrant returned | nothing`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt retired`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt sub:a=b; ec a=c`, []string{
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt eq:a=b,c=d; ec a=b`, []string{
			`pass the encryption context {"a":"b","c":"d"}, which must be that of the data | nothing`,
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt sub:a=1; ec A=1 b=2`, []string{
			`pass the encryption context {"a":"1","b":"2"}, which must be that of the data | nothing`,
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt sub:a=1; ec A=2`, []string{
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt eq:a=1; ec A=1`, []string{
			`pass the encryption context {"a":"1"}, which must be that of the data | nothing`,
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +root:*; grant app:Decrypt eq:a=1; ec A=1 b=2`, []string{
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`kp +root:*; iam +Decrypt?StringEquals|kms:EncryptionContext:App|a; ec app=b`, []string{
			`make a grant of kms:Decrypt to app for this encryption context | caller: Decrypt, this, bounded`,
			`in the IAM policy #0, add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
			`in the IAM policy #0, add "b" to condition StringEquals kms:EncryptionContext:App of statement 0 | caller: Decrypt, others, bounded`,
		}},
		{`kp +app:Decrypt?StringEquals|kms:EncryptionContext:App|a; ec b=c`, []string{
			`pass the encryption context {"App":"a","b":"c"}, which must be that of the data | nothing`,
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`in the key policy, remove condition StringEquals kms:EncryptionContext:App from statement 0 | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
			`make a grant of kms:Decrypt to app for this encryption context; in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root" | account: Decrypt, this`,
		}},
		{`kp +root:*; grant svc:Decrypt src:arn:aws:s3:::b; caller svc; src arn:aws:s3:::c`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "s3.amazonaws.com" if ArnEquals aws:SourceArn is "arn:aws:s3:::c" | caller: Decrypt, this, bounded`,
			`make a grant of kms:Decrypt to s3.amazonaws.com for arn:aws:s3:::c | caller: Decrypt, this, bounded`,
		}},
		{`kp +root:*; do RetireGrant; grant alice:Decrypt; gid g1`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:RetireGrant" on "KEY" | caller: RetireGrant, this`,
		}},
		{`grant alice:Decrypt acct:444455556666; do RetireGrant; gid g1`, []string{
			`why: Only its retiring principal, its grantee if it has RetireGrant, and IAM policies of the account that issued it let a grant be retired; who manages the key can revoke it instead.`,
		}},
		{`rules strict; kp +app:*`, []string{
			`make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | caller: Decrypt, this`,
		}},
		{`rules aws; grant app:Encrypt`, []string{
			`in the key policy, add a statement "AllowDecrypt" that allows "kms:Decrypt" on "*" to "app" | caller: Decrypt, this`,
			`make a grant of kms:Decrypt to app | caller: Decrypt, this`,
			`in the key policy, add a statement "DelegateDecrypt" that allows "kms:Decrypt" on "*" to "root"; make the IAM policy kms-access and add a statement that allows "kms:Decrypt" on "KEY" | account: Decrypt, this`,
		}},
	} {
		if diff := gocmp.Diff(fixesOf(t, c.situation), c.want); diff != "" {
			t.Errorf("%s (got -, want +):\n%s", c.situation, diff)
		}
	}
}

func TestOpensText(t *testing.T) {
	for _, c := range []struct{ situation, want string }{
		{"kp +app:Decrypt; in eu-west-1", "It opens nothing."},
		{"caller sess", "It lets every session of role/app call kms:Decrypt on this key, in any circumstances."},
		{"caller alice", "It lets user/alice call kms:Decrypt on this key, in any circumstances."},
		{"caller svc", "It lets the service s3.amazonaws.com call kms:Decrypt on this key, in any circumstances."},
		{"caller app; via s3.us-east-1.amazonaws.com", "It lets every session of role/app call kms:Decrypt on this key, where its conditions hold."},
		{"caller root", "It lets every principal of account 111122223333 call kms:Decrypt on this key if an IAM policy allows it, in any circumstances."},
		{"kp +root:*; nokey; do CreateKey", "It lets every session of role/app call kms:CreateKey, in any circumstances."},
		{"kp +app:*; key Disabled", "It lets all callers whom policies and grants otherwise allow call 21 KMS operations on this key, in any circumstances."},
		{"nokey; do GenerateRandom; iam +* -GenerateRandom,ListKeys", "It lets every session of role/app call kms:GenerateRandom if policies and grants otherwise allow it, in any circumstances."},
		{"nokey; do GenerateRandom; iam +* -*", "It lets every session of role/app call every KMS operation (on keys too) if policies and grants otherwise allow it, in any circumstances."},
		{"nokey; alias arn:aws:kms:us-east-1:111122223333:alias/orders; do CreateAlias", "It lets every session of role/app call kms:CreateAlias on this alias, in any circumstances."},
		{"kp +root:*; iam +* -*@other,key; iam=b -*", "It lets every session of role/app call every KMS operation on this key if policies and grants otherwise allow it, in any circumstances."},
		{"kp +app:* -anyone:*", "It lets every session of role/app call every KMS operation on this key if policies and grants otherwise allow it, in any circumstances."},
		{"kp +sess:*; caller sess; sp -*", "It lets assumed-role/app/i-0abc call every KMS operation on this key if policies and grants otherwise allow it, in any circumstances."},
		{"kp +app:*; caller sess; sp +Encrypt", "It lets assumed-role/app/i-0abc call kms:Decrypt on this key, in any circumstances."},
		{"kp +app:*; sp +Encrypt", "It lets sessions of role/app with this session policy call kms:Decrypt on this key, in any circumstances."},
		{"kp +app:*; caller fed; sp +Encrypt", "It lets federated-user/fred call kms:Decrypt on this key, in any circumstances."},
		{"kp -anyone:*", "It lets every session of role/app call every KMS operation on this key, in any circumstances."},
	} {
		fixes, _ := decide(t, c.situation).Fixes()
		if got := fixes[0].OpensText(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.situation, got, c.want)
		}
	}
}

// A policy of a key has no say on operations without a key and on RetireGrant, and
// none that speaks of one key lets in operations without one.
func TestOpensOnlyWhatIsPossible(t *testing.T) {
	keyless := action.SetOf(action.GenerateRandom, action.ListKeys, action.ListAliases, action.ListRetirableGrants, action.CreateKey,
		action.ConnectCustomKeyStore, action.CreateCustomKeyStore, action.DeleteCustomKeyStore, action.DescribeCustomKeyStores,
		action.DisconnectCustomKeyStore, action.UpdateCustomKeyStore)
	for _, c := range []struct {
		situation, fix string
		without        action.Set
	}{
		{"kp +alice:*", `in the key policy, add "app" to Principal of statement 0`, keyless.With(action.RetireGrant)},
		{"kp +app:* -anyone:*", `in the key policy, remove statement 1`, keyless.With(action.RetireGrant)},
		{"kp +root:*; iam +*; rcp -anyone:*", `in the resource control policy #0, remove statement 0`, keyless.With(action.RetireGrant)},
		{"key AWS; caller svc2; do GenerateDataKey", `use a customer managed key in the place of the AWS managed key, with a key policy that lets in its account and this caller`, keyless.With(action.RetireGrant)},
		{"kp +root:*; iam +* -*@key", `in the IAM policy #0, remove statement 1`, keyless},
		{"kp +root:*; iam +* -*", `in the IAM policy #0, replace Resource of statement 1 by NotResource "KEY"`, keyless},
		{"kp +root:*; iam +* -*", `in the IAM policy #0, remove statement 1`, action.Set{}},
	} {
		fixes, _ := decide(t, c.situation).Fixes()
		found := false
		for _, f := range fixes {
			if abbreviated(f.String()) == c.fix {
				found = true
				if got, want := f.Opens().Actions, c.without.Complement(); got != want {
					t.Errorf("%s: %s:\ngot  %v\nwant %v", c.situation, c.fix, got, want)
				}
			}
		}
		if !found {
			t.Errorf("%s: no fix %q", c.situation, c.fix)
		}
	}
}
