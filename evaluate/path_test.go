package evaluate

import "testing"

// Requests that KMS does not have, and what else stops the evaluation.
func TestPreconditions(t *testing.T) {
	const invalid = "deny request/invalid-request"
	const retire = "do RetireGrant; grant app:Decrypt ret:app tok:t;"
	run(t, "kp +anyone:* +app:*; iam +*; key alias/a alias/orders", []row{
		{"do ReEncrypt", invalid}, {"do Nothing", invalid},
		{"nokey", invalid}, {"nokey; do DescribeKey", invalid}, {"nokey; do CreateAlias", invalid}, {"nokey; do RetireGrant", invalid},
		{"do CreateKey", invalid}, {"do ListAliases", invalid}, {"do GenerateRandom", invalid},
		{"nokey; do CreateKey", "allow iam-policy"}, {"nokey; do CreateKey; id " + theKey, invalid}, {"nokey; do ListKeys; id " + ownKy, invalid},
		{"nokey; do ListAliases; id " + ownKy, "allow iam-policy"}, {"nokey; do ListAliases; id alias/a", invalid},
		{"nokey; do CreateAlias; alias " + alias, "allow iam-policy"}, {"nokey; do UpdateAlias; alias " + alias, "allow iam-policy"}, {"nokey; do DeleteAlias; alias " + alias, "allow iam-policy"},
		{"do CreateAlias; alias " + alias, invalid}, {"do CreateAlias", "allow key-policy"},
		{"nokey; do Decrypt; alias " + alias, invalid}, {"nokey; do CreateKey; alias " + alias, invalid}, {"nokey; do CreateAlias; id " + theKey + "; alias " + alias, invalid},
		{"caller cn", invalid}, {"nokey; do CreateKey; caller cn", "allow iam-policy"},
		{"nokey; do CreateAlias; caller cn; alias " + alias, invalid},
		{"id alias/a", "allow key-policy"}, {"id " + alias, "allow key-policy"}, {"id alias/a; do ListGrants", invalid}, {"id " + alias + "; do EnableKey", invalid},
		{"id alias/a; do DescribeKey", "allow key-policy"}, {"id alias/a; do GetPublicKey; key RSA_2048", "allow key-policy"},
		{"id alias/b", invalid}, {"id other", invalid}, {"id " + theKey, "allow key-policy"}, {"id " + theKey + "; do ListGrants", "allow key-policy"},
		{"id " + theKey + "; caller fapp", invalid}, {"id alias/a; caller fapp", invalid}, {"id " + alias + "; caller fapp", "allow iam-policy"}, {"id " + ownKy + "; caller fapp", "allow iam-policy"},
		{retire + "gid g1", "allow grant"}, {retire + "tok t", "allow grant"}, {retire, invalid}, {retire + "gid g2", invalid}, {retire + "tok u", invalid}, {retire + "gid g2; tok t", invalid},
		{"do RetireGrant; gid g1; grant app:Decrypt ret:app retired", invalid},
		{"do RetireGrant; gid g1; grant app:Decrypt ret:app pending", "allow grant"},
		{"korg o-1; corg o-2", invalid},
		// Region.
		{"in us-east-1", "allow key-policy"}, {"in eu-west-1", "deny region/wrong-region"}, {"in eu-west-1; caller fapp; do PutKeyPolicy", "deny region/wrong-region"},
		{"in eu-west-1; do CreateKey; nokey", "allow iam-policy"}, {"nokey; do CreateAlias; in eu-west-1; alias " + alias, "deny region/wrong-region"},
		{"nokey; do CreateAlias; in us-east-1; alias " + alias, "allow iam-policy"},
		{"in eu-west-1; do ReEncrypt", invalid}, {"in eu-west-1; key Disabled", "deny region/wrong-region"},
		// Across accounts.
		{"caller fapp", "allow iam-policy"}, {"caller fapp; do PutKeyPolicy", "deny cross-account/not-cross-account"},
		{"caller fapp; do CreateGrant", "allow iam-policy"}, {"caller fapp; do ListGrants", "allow iam-policy"}, {"caller fapp; do RevokeGrant", "allow iam-policy"},
		{"caller fapp; do ScheduleKeyDeletion; key Disabled", "deny cross-account/not-cross-account"},
		{"caller fapp; do CreateAlias; nokey; alias " + alias, "deny cross-account/not-cross-account"}, {"caller fapp; do CreateKey; nokey", "allow iam-policy"},
		{"caller fapp; do PutKeyPolicy; kp -anyone:*", "deny cross-account/not-cross-account"},
	})
	run(t, "kp +anyone:*", []row{{"caller arn:aws-cn:iam::111122223333:root", invalid}, {"caller anonymous", invalid}, {"caller anonymous; do CreateKey; nokey", invalid}, {"caller svc; do PutKeyPolicy", "allow key-policy"}})
}

// The path through the policies: the nearest stage of each layer, what must
// change and nothing else.
func TestPolicyPath(t *testing.T) {
	run(t, "", []row{
		// Same account, key policy.
		{"kp +app:Decrypt", "allow key-policy"}, {"kp +root:*; iam +Decrypt", "allow iam-policy"}, {"caller root; kp +root:*", "allow key-policy"},
		{"kp", "deny key-policy/no-delegation"}, {"kp +alice:* +far:*; iam +*", "deny key-policy/no-delegation"}, {"kp -alice:*; iam +*", "deny key-policy/no-delegation"},
		{"kp +app:Encrypt", "deny key-policy/action-not-allowed"}, {"kp +root:Encrypt; iam +*", "deny key-policy/action-not-allowed"},
		{"kp +app:*@other", "deny key-policy/resource-not-matched"}, {"kp +app:*@none", "deny key-policy/resource-not-matched"}, {"kp +app:*@key", "allow key-policy"},
		{"kp +app:*?mfa", "deny key-policy/condition-not-met"}, {"kp +app:*?mfa; ctx aws:MultiFactorAuthPresent=true", "allow key-policy"},
		{"kp +app:Encrypt +app:*@other", "deny key-policy/resource-not-matched"}, {"kp +app:*?mfa +app:Encrypt", "deny key-policy/condition-not-met"},
		{"kp +app:*@other +root:*?mfa; iam +*", "deny key-policy/condition-not-met"},
		{"kp +app:*?StringEquals|aws:ResourceTag/a|1; key a=1", "deny key-policy/condition-not-met"},
		{"kp +app:*?StringEquals|kms:ResourceAliases|alias/a; key alias/a", "deny key-policy/condition-not-met"},
		{"kp +app:* -app:*?StringEquals|aws:ResourceTag/a|1; key a=1", "allow key-policy"},
		{"kp +anyone:*; caller svc", "allow key-policy"}, {"kp +svc:*; caller svc", "allow key-policy"},
		{"kp +root:*; caller svc", "deny key-policy/principal-not-named"}, {"kp +svc:Encrypt; caller svc", "deny key-policy/action-not-allowed"},
		{"kp -anyone:* +svc:*; caller svc", "deny key-policy/explicit-deny"},
		{"caller root; kp; ", "deny key-policy/no-delegation"}, {"caller root; kp +root:Encrypt", "deny key-policy/action-not-allowed"},
		// Same account, delegation.
		{"kp +root:*", "deny iam-policy/no-allow"}, {"kp +root:*; iam +Encrypt", "deny iam-policy/no-allow"}, {"kp +root:*; iam +*@other", "deny iam-policy/resource-not-matched"},
		{"kp +root:*; iam +Decrypt?mfa", "deny iam-policy/condition-not-met"}, {"kp +root:*; iam +Encrypt; iam +Decrypt@other", "deny iam-policy/resource-not-matched"},
		{"kp +root:*; iam +*?mfa; iam +*@other", "deny iam-policy/condition-not-met"}, {"kp +root:*; iam +Encrypt; iam +Decrypt", "allow iam-policy"},
		{"kp +root:*; iam +*@none", "deny iam-policy/resource-not-matched"}, {"kp +root:*; iam +*?StringEquals|aws:ResourceTag/a|1; key a=1", "allow iam-policy"},
		{"kp +root:*?mfa; iam +*; ctx aws:MultiFactorAuthPresent=true", "allow iam-policy"}, {"kp +app:*?mfa +root:*; iam +*", "allow iam-policy"},
		{"kp +app:*?mfa +root:*", "deny iam-policy/no-allow"}, {"kp +app:* +root:*", "allow key-policy"}, {"kp +root:* +app:*; iam +*", "allow key-policy"},
		{"kp +root:*; iam +Encrypt; pb +Encrypt; sp +Encrypt", "deny iam-policy/no-allow permissions-boundary/no-allow session-policy/no-allow"},
		{"kp +root:*; iam +*; pb +*@other; sp +*?mfa", "deny permissions-boundary/resource-not-matched session-policy/condition-not-met"},
		{"kp +root:*; caller fed; iam +*", "deny iam-policy/no-allow"}, {"kp +root:*; caller fed; iam +*; sp +*", "allow iam-policy"},
		{"kp; iam; pb +Encrypt; sp +Encrypt", "deny key-policy/no-delegation"},
		{"kp +app:*; pb +Encrypt", "deny permissions-boundary/no-allow"}, {"kp +app:* +sess:*; pb +Encrypt; caller sess", "allow key-policy"},
		// Across accounts.
		{"caller fapp; kp +far:*; iam +*", "allow iam-policy"}, {"caller fapp; kp +fapp:*; iam +*", "allow iam-policy"}, {"caller far; kp +far:*", "allow iam-policy"},
		{"caller fapp; kp +far:*", "deny iam-policy/no-allow"}, {"caller fapp; iam +*", "deny key-policy/principal-not-named"},
		{"caller fapp", "deny key-policy/principal-not-named iam-policy/no-allow"}, {"caller fapp; kp +far:Encrypt; iam +*@other", "deny key-policy/action-not-allowed iam-policy/resource-not-matched"},
		{"caller fapp; kp +far:Encrypt; iam +*; pb +Encrypt", "deny key-policy/action-not-allowed permissions-boundary/no-allow"},
		{"caller far", "deny key-policy/principal-not-named"}, {"caller falice; kp +root:*; iam +*", "deny key-policy/principal-not-named"},
		// Strict rules.
		{"rules strict; kp +app:*; iam +*", "allow iam-policy"}, {"rules strict; kp +app:*", "deny iam-policy/no-allow"}, {"rules strict; kp +root:*; iam +*", "allow iam-policy"},
		{"rules strict", "deny key-policy/no-delegation iam-policy/no-allow"}, {"rules strict; iam +*", "deny key-policy/no-delegation"},
		{"rules strict; caller svc; kp +svc:*", "allow key-policy"}, {"rules strict; caller root; kp +root:*", "allow key-policy"}, {"rules strict; kp +app:*; key AWS", "allow key-policy"},
		{"rules strict; kp +root:*; key AWS", "deny iam-policy/no-allow"}, {"rules strict; caller alice; kp +anyone:*", "deny iam-policy/no-allow"},
		{"rules strict; caller fed; kp +fed:*; iam +*", "deny iam-policy/no-allow"}, {"rules strict; caller sess; kp +sess:*; iam +*", "allow iam-policy"},
		// AWS managed keys.
		{"key AWS", "deny key-policy/aws-managed-key"}, {"key AWS; kp +app:Encrypt", "deny key-policy/aws-managed-key"}, {"key AWS; kp +anyone:*?mfa", "deny key-policy/aws-managed-key"},
		{"key AWS; kp +root:*", "deny iam-policy/no-allow"}, {"key AWS; kp +anyone:* -app:*", "deny key-policy/explicit-deny"}, {"key AWS; kp +anyone:*; caller fapp; iam +*", "allow iam-policy"},
		{"key AWS; caller fapp", "deny key-policy/aws-managed-key iam-policy/no-allow"}, {"key AWS; kp +anyone:*", "allow key-policy"},
		// Without a key.
		{"nokey; do CreateKey; iam +*", "allow iam-policy"}, {"nokey; do CreateKey", "deny iam-policy/no-allow"}, {"nokey; do ListKeys; iam +*@key", "deny iam-policy/resource-not-matched"},
		{"nokey; do ListKeys; caller root", "allow iam-policy"}, {"nokey; do ListKeys; caller svc", "deny iam-policy/no-allow"},
		{"nokey; do ListKeys; pb; sp", "deny iam-policy/no-allow permissions-boundary/no-allow session-policy/no-allow"},
		{"nokey; do CreateAlias; alias " + alias + "; iam +*@key", "deny iam-policy/resource-not-matched"}, {"nokey; do CreateAlias; alias " + alias + "; iam +*@" + alias, "allow iam-policy"},
	})
}

// Explicit denies come first, in the order of the layers, and take the place of
// what else the layer would say.
func TestExplicitDenies(t *testing.T) {
	const all = "scp +* -Decrypt; rcp -anyone:*; vpce +anyone:* -app:*; kp +app:* +root:* -app:*; iam +* -Decrypt; pb +* -*; sp +* -*;"
	run(t, "", []row{
		{all, "deny scp/explicit-deny rcp/explicit-deny vpc-endpoint-policy/explicit-deny key-policy/explicit-deny iam-policy/explicit-deny " +
			"permissions-boundary/explicit-deny session-policy/explicit-deny"},
		{all + "key Disabled HMAC_256", "deny scp/explicit-deny rcp/explicit-deny vpc-endpoint-policy/explicit-deny key-policy/explicit-deny iam-policy/explicit-deny " +
			"permissions-boundary/explicit-deny session-policy/explicit-deny key-usage/invalid-key-usage key-state/disabled"},
		{"kp +app:* -root:Decrypt", "deny key-policy/explicit-deny"}, {"kp +app:* -app:Encrypt -app:*@other -app:*?mfa -alice:*", "allow key-policy"},
		{"kp +app:*; iam -Decrypt", "deny iam-policy/explicit-deny"}, {"kp +app:*; iam -Encrypt -*@other -*?mfa", "allow key-policy"}, {"kp +app:*; iam +*; iam -Decrypt", "deny iam-policy/explicit-deny"},
		{"kp +sess:*; caller sess; pb +Encrypt -Decrypt", "deny permissions-boundary/explicit-deny"}, {"kp +sess:*; caller sess; sp -Decrypt", "deny session-policy/explicit-deny"},
		{"kp +alice:*; caller alice; pb -Decrypt", "deny permissions-boundary/explicit-deny"},
		{"kp; iam -Decrypt", "deny iam-policy/explicit-deny key-policy/no-delegation"}, {"kp -app:*; iam", "deny key-policy/explicit-deny"},
		{"kp +root:*; iam -Decrypt; pb +Encrypt", "deny iam-policy/explicit-deny permissions-boundary/no-allow"},
		{"kp +root:*; sp -Decrypt; pb +Encrypt", "deny session-policy/explicit-deny iam-policy/no-allow permissions-boundary/no-allow"},
		{"kp; sp -Decrypt; scp +Encrypt; vpce; key Disabled", "deny session-policy/explicit-deny scp/no-allow vpc-endpoint-policy/no-allow key-policy/no-delegation key-state/disabled"},
		{"scp +* -Decrypt; scp +Encrypt; kp +app:*", "deny scp/explicit-deny"}, {"vpce -app:*; kp +app:*", "deny vpc-endpoint-policy/explicit-deny"},
		{"rules aws; kp -app:*; grant app:Decrypt", "deny key-policy/explicit-deny"}, {"kp +root:*; iam -*; grant app:Decrypt", "deny iam-policy/explicit-deny"},
		{"kp -anyone:*; grant app:Decrypt", "deny key-policy/explicit-deny | key-policy/no-delegation"},
		{"caller root; kp +root:* -root:Decrypt", "deny key-policy/explicit-deny"},
		{"nokey; do CreateKey; iam +* -CreateKey", "deny iam-policy/explicit-deny"}, {"nokey; do CreateKey; iam +* -*@key", "allow iam-policy"},
	})
}
