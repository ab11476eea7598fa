package evaluate

import "testing"

const slr = "arn:aws:iam::111122223333:role/aws-service-role/s3.amazonaws.com/AWSServiceRoleForS3"

// Service control policies restrict users, roles and the root user of member
// accounts, at every level.
func TestServiceControlPolicies(t *testing.T) {
	const denied, explicit = "deny scp/no-allow", "deny scp/explicit-deny"
	run(t, "kp +anyone:* +app:*; iam +*", []row{
		{"scp +*", "allow key-policy"},
		{"scp +*; scp +Decrypt", "allow key-policy"},
		{"scp +*; scp +Encrypt", denied}, {"scp +Encrypt; scp +*", denied}, {"scp +*; scp& -Encrypt; scp +*", "allow key-policy"},
		{"scp +Encrypt; scp& +Decrypt; scp +*", "allow key-policy"}, // one level allows by any of its policies
		{"scp +*; scp +* -Decrypt; scp +*", explicit}, {"scp -Decrypt; scp& +*", explicit},
		{"scp; scp -Decrypt", explicit},
		{"scp empty", "allow key-policy"}, {"scp empty; scp +Encrypt", denied}, {"scp +*; scp empty; scp +*", "allow key-policy"},
		{"scp", denied}, {"scp -Encrypt", denied}, {"scp +*; scp", denied},
		{"scp +*@other", "deny scp/resource-not-matched"}, {"scp +*?mfa", "deny scp/condition-not-met"},
		{"scp +*?mfa; ctx aws:MultiFactorAuthPresent=true", "allow key-policy"},
		{"scp +Decrypt@other +Encrypt", "deny scp/resource-not-matched"}, {"scp +Decrypt@other +*?mfa", "deny scp/condition-not-met"},
		{"scp +*?mfa +*@other", "deny scp/condition-not-met"},
		{"scp +*@other; scp", "deny scp/resource-not-matched"}, {"scp; scp +*@other", "deny scp/no-allow"},
		{"scp +*; scp -*?mfa; scp& +*", "allow key-policy"}, {"scp -*@other +*", "allow key-policy"},
		{"scp +Encrypt; kp; iam +*", "deny scp/no-allow key-policy/no-delegation"},
		{"scp +*; scp +Decrypt?StringEquals|kms:ResourceAliases|alias/a; key alias/a", "allow key-policy"},
	})
	// Whom they restrict.
	for _, r := range []row{
		{"caller root", denied}, {"caller alice", denied}, {"caller sess", denied}, {"caller fed", denied}, {"caller fapp; iam +*", denied},
		{"caller svc", "allow key-policy"}, {"caller " + slr, "allow key-policy"},
		{"caller arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForS3/x role:" + slr, "allow key-policy"},
		{"caller arn:aws:iam::111122223333:role/my/aws-service-role/x", denied},
		{"caller app; corg mgmt", "allow key-policy"}, {"caller root; corg mgmt", "allow key-policy"},
		{"caller app; korg mgmt; corg o-1", denied}, {"caller app; korg o-1; corg o-1", denied},
	} {
		run(t, "kp +anyone:* +app:*", []row{{"scp +Encrypt;" + r.line, r.want}})
		if r.want == denied {
			r.want = explicit
		}
		run(t, "kp +anyone:* +app:*", []row{{"scp +* -Decrypt;" + r.line, r.want}})
	}
	run(t, "iam +*; nokey; do CreateKey", []row{{"scp +*", "allow iam-policy"}, {"scp +Decrypt", denied}, {"scp +* -CreateKey", explicit}})
}

// Resource control policies deny explicitly, whoever calls, with AWS's exemptions.
func TestResourceControlPolicies(t *testing.T) {
	const explicit = "deny rcp/explicit-deny"
	run(t, "kp +anyone:*", []row{
		{"rcp", "allow key-policy"}, {"rcp empty", "allow key-policy"}, {"rcp -anyone:Encrypt", "allow key-policy"}, {"rcp +anyone:Encrypt", "allow key-policy"},
		{"rcp -anyone:Decrypt", explicit}, {"rcp +anyone:*; rcp; rcp -anyone:*", explicit}, {"rcp; rcp& -anyone:*", explicit},
		{"rcp -anyone:*@other", "allow key-policy"}, {"rcp -anyone:*?mfa", "allow key-policy"},
		{"rcp -anyone:*?mfa; ctx aws:MultiFactorAuthPresent=true", explicit},
		{"rcp -anyone:*?StringEquals|aws:ResourceTag/a|1; key a=1", explicit}, // unlike in a key policy
		{"rcp -anyone:*; caller root", explicit}, {"rcp -anyone:*; caller svc", explicit}, {"rcp -anyone:*; caller sess", explicit},
		{"rcp -anyone:*; caller fapp; iam +*", explicit},
		{"rcp -anyone:*; caller " + slr, "allow key-policy"},
		{"rcp -anyone:*; key AWS", "allow key-policy"},
		{"rcp -anyone:*; korg mgmt", "allow key-policy"}, {"rcp -anyone:*; korg o-1", explicit},
		{"rcp -anyone:*; corg o-1 mgmt", "allow key-policy"}, // the key's account is the caller's
		{"rcp -anyone:*; korg o-1; corg mgmt", explicit},
		{"rcp -anyone:*; corg mgmt; caller fapp; iam +*", explicit},
		{"rcp -anyone:*; do RetireGrant; gid g1; grant app:Decrypt ret:app", "allow grant"},
		{"rcp -anyone:*; grant app:Decrypt", explicit},
	})
}

// The policy of the VPC endpoint must allow, its Principal included.
func TestEndpointPolicy(t *testing.T) {
	run(t, "kp +anyone:*", []row{
		{"vpce +anyone:*", "allow key-policy"}, {"vpce +app:Decrypt", "allow key-policy"}, {"vpce +root:Decrypt", "allow key-policy"},
		{"vpce +app:Decrypt; caller sess", "allow key-policy"}, {"vpce +anyone:*; caller svc", "allow key-policy"},
		{"vpce", "deny vpc-endpoint-policy/no-allow"}, {"vpce +alice:*", "deny vpc-endpoint-policy/no-allow"}, {"vpce +app:Encrypt", "deny vpc-endpoint-policy/no-allow"},
		{"vpce +anyone:*@other", "deny vpc-endpoint-policy/resource-not-matched"}, {"vpce +anyone:*?mfa", "deny vpc-endpoint-policy/condition-not-met"},
		{"vpce +alice:* +app:*@other", "deny vpc-endpoint-policy/resource-not-matched"},
		{"vpce +anyone:* -app:Decrypt", "deny vpc-endpoint-policy/explicit-deny"}, {"vpce +anyone:* -alice:Decrypt", "allow key-policy"},
		{"vpce +anyone:* -anyone:*@other", "allow key-policy"}, {"vpce +anyone:* -!alice:Decrypt", "deny vpc-endpoint-policy/explicit-deny"},
		// Not those keys that only IAM policies may use.
		{"vpce +anyone:*?StringEquals|aws:ResourceTag/a|1; key a=1", "deny vpc-endpoint-policy/condition-not-met"},
		{"vpce +anyone:* -anyone:*?StringEquals|aws:ResourceTag/a|1; key a=1", "allow key-policy"},
		{"vpce +anyone:*?StringEquals|aws:SourceVpce|vpce-0abc", "allow key-policy"},
		{"kp; vpce; grant app:Decrypt; rules aws", "deny vpc-endpoint-policy/no-allow"},
		{"vpce; do RetireGrant; gid g1; grant app:Decrypt ret:app", "deny vpc-endpoint-policy/no-allow"},
	})
	run(t, "iam +*; nokey", []row{
		{"do CreateKey; vpce +anyone:CreateKey", "allow iam-policy"}, {"do CreateKey; vpce +anyone:*@key", "deny vpc-endpoint-policy/resource-not-matched"},
		{"do CreateAlias; alias " + alias + "; vpce +anyone:*", "allow iam-policy"}, {"do CreateAlias; alias " + alias + "; vpce +anyone:*@key", "deny vpc-endpoint-policy/resource-not-matched"},
	})
	// An endpoint without a policy does not decide.
	w := read("kp +app:*")
	w.request.VPCEndpoint = &VPCEndpoint{ID: "vpce-1"}
	if d := w.decide(); !d.Allowed() {
		t.Errorf("got %v", d)
	}
}
