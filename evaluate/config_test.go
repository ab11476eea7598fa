package evaluate

import (
	"errors"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// compile builds the three configs of a world and returns the faults of all.
func (w *world) compile() error {
	var all ConfigErrors
	add := func(err error) {
		var list ConfigErrors
		if errors.As(err, &list) {
			all = append(all, list...)
		}
	}
	_, err := NewKey(w.key)
	add(err)
	_, err = NewCaller(w.caller)
	add(err)
	_, err = NewRequest(w.request)
	add(err)
	if all == nil {
		return nil
	}
	return all
}

// Each row is a situation and the fields at fault, none if it is fine.
func TestConfigFaults(t *testing.T) {
	const key, caller, request = "KeyConfig.", "CallerConfig.", "RequestConfig."
	for _, r := range []struct{ line, want string }{
		{"", ""},
		// The key's ARN; its id is any text.
		{"key arn:aws:kms:us-east-1:111122223333:key/x", ""},
		{"key arn:aws:kms:us-east-1:111122223333:key/mrk:1/2", ""},
		{"key arn:aws:kms:us-east-1:111122223333:key/", key + "ARN"},
		{"key arn:aws:kms:us-east-1:111122223333:alias/x", key + "ARN"},
		{"key arn:aws:s3:us-east-1:111122223333:key/x", key + "ARN"},
		{"key arn:aws:kms::111122223333:key/x", key + "ARN"},
		{"key arn:aws:kms:us-east-1:11112222333:key/x", key + "ARN"},
		{"key arn:aws:kms:us-east-1:11112222333x:key/x", key + "ARN"},
		{"key arn:aws:kms:us-east-1::key/x", key + "ARN"},
		{"key nonsense", key + "ARN"},
		// Aliases and multi-Region keys.
		{"key alias/a alias/b/c", ""},
		{"key alias/a alias/", key + "Aliases[1]"},
		{"key alias/a:b", key + "Aliases[0]"},
		{"key alias/a alias/b:c alias/", key + "Aliases[1] " + key + "Aliases[2]"},
		{"key mr REPLICA", ""},
		{"key REPLICA", key + "MultiRegionKeyType"},
		{"key PRIMARY", key + "MultiRegionKeyType"},
		{"key HMAC_256 SIGN_VERIFY", key + "Usage"},
		// Grants.
		{"grant app:Decrypt on:" + theKey, ""},
		{"grant app:Decrypt on:x; grant app:Decrypt; grant app:Decrypt on:other", key + "Grants[0].KeyID " + key + "Grants[2].KeyID"},
		{"grant app:Decrypt acct:444455556666", ""},
		{"grant app:Decrypt acct:44445555666", key + "Grants[0].IssuingAccount"},
		{"grant app:Decrypt acct:44445555666x", key + "Grants[0].IssuingAccount"},
		{"grant app:Decrypt acct:/44455556666", key + "Grants[0].IssuingAccount"},
		{"grant app:Decrypt acct::44455556666", key + "Grants[0].IssuingAccount"},
		// Contexts: keys of another owner, and contradictions.
		{"kctx kms:KeySpec=RSA_2048", key + `Context["kms:KeySpec"]`},
		{"kctx KMS:keyspec=RSA_2048", key + `Context["KMS:keyspec"]`},
		{"kctx kms:KeySpec=SYMMETRIC_DEFAULT kms:KeyUsage=SIGN_VERIFY kms:KeyOrigin=EXTERNAL", key + `Context["kms:KeyOrigin"] ` + key + `Context["kms:KeyUsage"]`},
		{"kctx kms:MultiRegion=true aws:ResourceAccount=1", key + `Context["aws:ResourceAccount"] ` + key + `Context["kms:MultiRegion"]`},
		{"kctx kms:ResourceAliases=alias/a", ""},
		{"key alias/a; kctx kms:ResourceAliases=alias/b", key + `Context["kms:ResourceAliases"]`},
		{"key alias/a; kctx kms:ResourceAliases=alias/a,alias/b", key + `Context["kms:ResourceAliases"]`},
		{"key a=1; kctx aws:ResourceTag/a=2", key + `Context["aws:ResourceTag/a"]`},
		{"key a=1; kctx aws:ResourceTag/b=2", ""},
		{"korg o-1 o-1/r-1/; kctx aws:ResourceOrgID=o-2 aws:ResourceOrgPaths=x", key + `Context["aws:ResourceOrgID"] ` + key + `Context["aws:ResourceOrgPaths"]`},
		{"kctx aws:ResourceOrgID=o-2", ""},
		{"kctx aws:PrincipalArn=x aws:SourceIp=1.2.3.4", key + `Context["aws:PrincipalArn"] ` + key + `Context["aws:SourceIp"]`},
		{"cctx kms:KeySpec=RSA_2048 aws:SourceIp=1.2.3.4 aws:RequestedRegion=x", caller + `Context["aws:RequestedRegion"] ` + caller + `Context["aws:SourceIp"] ` + caller + `Context["kms:KeySpec"]`},
		{"cctx kms:CallerAccount=1 aws:PrincipalArn=1 aws:PrincipalAccount=1 aws:PrincipalType=1 aws:PrincipalIsAWSService=true",
			caller + `Context["aws:PrincipalAccount"] ` + caller + `Context["aws:PrincipalArn"] ` + caller + `Context["aws:PrincipalIsAWSService"] ` +
				caller + `Context["aws:PrincipalType"] ` + caller + `Context["kms:CallerAccount"]`},
		{"caller alice uid:AIDAX; cctx aws:userid=x aws:username=bob", caller + `Context["aws:userid"] ` + caller + `Context["aws:username"]`},
		{"caller alice uid:AROAX", caller + "UniqueID"}, {"caller fed uid:AROAX", caller + "UniqueID"},
		{"caller app uid:AIDAX", caller + "UniqueID"}, {"caller sess uid:AIDAX:i-0abc", caller + "UniqueID"},
		{"caller ec2 role:arn:aws:iam::111122223333:role/aws:ec2-infrastructure/i-0abc", ""},
		{"caller ec2 role:arn:aws:iam::111122223333:role/aws:ec2-infrastructure", caller + "RoleARN"},
		{"caller ec2 role:arn:aws:iam::111122223333:role/aws:ec2-infrastructure/i-0other", caller + "RoleARN"},
		{"caller sess uid:AROAX:other", ""}, {"caller app uid:AROAX:other", ""}, {"caller fed uid:AIDAX", ""},
		{"caller svc; cctx aws:PrincipalServiceName=x", caller + `Context["aws:PrincipalServiceName"]`},
		{"ctx aws:SorceIp=1.2.3.4 kms:Unheard=x my:SourceIp=1.2.3.4", request + `Context["aws:SorceIp"]`}, // a slip, and keys of somebody else's
		{"ctx kms:KeySpec=RSA_2048", request + `Context["kms:KeySpec"]`},
		{"ctx aws:ResourceTag/a=1 aws:PrincipalTag/a=1", request + `Context["aws:PrincipalTag/a"] ` + request + `Context["aws:ResourceTag/a"]`},
		{"do CreateKey; ctx kms:KeySpec=RSA_2048 aws:ResourceTag/a=1", ""},
		{"do CreateKey; ctx kms:CallerAccount=1", request + `Context["kms:CallerAccount"]`},
		{"ctx kms:ViaService=s3.us-east-1.amazonaws.com", request + `Context["kms:ViaService"]`},
		{"ctx kms:EncryptionContext:a=1", request + `Context["kms:EncryptionContext:a"]`},
		{"ec a=1; ctx kms:EncryptionContext:a=2", request + `Context["kms:EncryptionContext:a"]`},
		{"ec a=1; ctx kms:EncryptionContext:b=2", request + `Context["kms:EncryptionContext:b"]`},
		{"ec a=1; ctx kms:EncryptionContextKeys=b", request + `Context["kms:EncryptionContextKeys"]`},
		{"ec a=1; ctx kms:EncryptionContextKeys=a", ""}, {"ctx kms:EncryptionContextKeys=a", ""}, {"ec; ctx kms:EncryptionContextKeys=a", ""},
		{"ec a=1 b=2; ctx kms:EncryptionContextKeys=b,a", ""}, {"key alias/a alias/b; kctx kms:ResourceAliases=alias/b,alias/a", ""}, // the order of values is nothing
		{"via s3.us-east-1.amazonaws.com; ctx aws:ViaAWSService=false", request + `Context["aws:ViaAWSService"]`},
		{"via s3.us-east-1.amazonaws.com; ctx aws:ViaAWSService=true", ""},
		{"src arn:aws:s3:::b; acct 444455556666; ctx aws:SourceArn=arn:aws:s3:::c aws:SourceAccount=111122223333", request + `Context["aws:SourceAccount"] ` + request + `Context["aws:SourceArn"]`},
		{"src arn:aws:sns:us-east-1:444455556666:t; ctx aws:SourceAccount=111122223333", request + `Context["aws:SourceAccount"]`},
		{"in us-east-1; ctx aws:RequestedRegion=eu-west-1", request + `Context["aws:RequestedRegion"]`},
		{"vpce +anyone:*; ctx aws:SourceVpce=vpce-1", request + `Context["aws:SourceVpce"]`},
		{"do DescribeKey; id alias/a; ctx kms:RequestAlias=alias/b", request + `Context["kms:RequestAlias"]`},
		{"ctx aws:SecureTransport=false aws:CalledVia=x kms:GrantIsForAWSResource=true aws:MultiFactorAuthPresent=true", ""},
		// Callers.
		{"caller anonymous", ""}, {"caller svc", ""}, {"caller arn:aws:iam::111122223333:user/a/b/c", ""}, {"caller arn:aws:iam::111122223333:root", ""},
		{"caller nonsense", caller + "ARN"}, {"caller group", caller + "ARN"}, {"caller *", caller + "ARN"}, {"caller 111122223333", caller + "ARN"},
		{"caller arn:aws:s3:::bucket", caller + "ARN"}, {"caller anyrole", caller + "ARN"}, {"caller AROAAAAAAAAAAAAAAAAAA", caller + "ARN"},
		{"caller app role:app", ""}, {"caller app role:app/", caller + "RoleARN"}, {"caller alice role:app", caller + "RoleARN"}, {"caller svc role:app", caller + "RoleARN"},
		{"caller sess role:app", ""}, {"caller sess role:app/", ""}, {"caller sess role:web", caller + "RoleARN"}, {"caller sess role:fapp", caller + "RoleARN"},
		{"caller sess role:cn", caller + "RoleARN"}, {"caller sess role:x", caller + "RoleARN"}, {"caller sess role:arn:aws:iam::111122223333:user/app", caller + "RoleARN"},
		{"caller fed user:alice", ""}, {"caller fed user:falice", caller + "UserARN"}, {"caller fed user:app", caller + "UserARN"}, {"caller fed user:x", caller + "UserARN"},
		{"caller fed user:arn:aws-cn:iam::111122223333:user/alice", caller + "UserARN"}, {"caller sess user:alice", caller + "UserARN"}, {"caller alice user:alice", caller + "UserARN"},
		// Policies that a caller cannot have.
		{"caller root; iam +*; pb +*; sp +*", caller + "IAMPolicies " + caller + "PermissionsBoundary " + caller + "SessionPolicies"},
		{"caller svc; iam +*; pb +*; sp +*", caller + "IAMPolicies " + caller + "PermissionsBoundary " + caller + "SessionPolicies"},
		{"caller anonymous; iam +*; pb +*; sp +*", caller + "IAMPolicies " + caller + "PermissionsBoundary " + caller + "SessionPolicies"},
		{"caller alice; iam +*; pb +*; sp +*", caller + "SessionPolicies"},
		{"caller app; iam +*; pb +*; sp +*", ""}, {"caller sess; iam +*; pb +*; sp +*", ""}, {"caller fed; iam +*; pb +*; sp +*", ""},
		{"caller root; scp +*", ""},
		// Requests.
		{"do ReEncrypt", ""},
		{"in us-east-1", ""}, {"in US-EAST-1", request + "Region"}, {"in us_east", request + "Region"}, {"in .us", request + "Region"}, {"in us.", request + "Region"},
		{"in a/z", request + "Region"}, {"in a:z", request + "Region"}, {"in a{z", request + "Region"}, {"in z`a", request + "Region"}, {"in az09-.x", ""},
		{"via s3.us-east-1.amazonaws.com", ""}, {"via s3", request + "ViaService"}, {"via S3.us-east-1.amazonaws.com", request + "ViaService"},
		{"via s3.us-east-1.amazonaws.com; vpce +anyone:*", request + "ViaService"},
		{"src nonsense", request + "SourceARN"}, {"acct 4444", request + "SourceAccount"},
		{"id " + ownKy, ""}, {"id " + theKey, ""}, {"id alias/a", ""}, {"id " + alias, ""},
		{"id alias/", request + "KeyID"}, {"id alias/a:b", request + "KeyID"}, {"id arn:aws:kms:us-east-1:111122223333:alias/", request + "KeyID"},
		{"id arn:aws:kms:us-east-1::alias/a", request + "KeyID"}, {"id arn:aws:kms:us-east-1:111122223333:key/", request + "KeyID"}, {"id arn:x", request + "KeyID"},
		{"alias " + alias + "; do CreateAlias", ""}, {"alias alias/orders; do CreateAlias", request + "Alias"}, {"alias " + ownKy, request + "Alias"},
	} {
		w := read(r.line)
		if got := strings.Join(faultsOf(w.compile()), " "); got != r.want {
			t.Errorf("%s:\n got %s\nwant %s", r.line, got, r.want)
		}
	}
}

// Faults that no line of the notation has.
func TestConfigFaultsOfValues(t *testing.T) {
	good := read("")
	check := func(want string, change func(w *world)) {
		t.Helper()
		w := good
		change(&w)
		if got := strings.Join(faultsOf(w.compile()), " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	check("KeyConfig.Policy", func(w *world) { w.key.Policy = nil })
	check("KeyConfig.State KeyConfig.Manager KeyConfig.Origin KeyConfig.MultiRegionKeyType", func(w *world) {
		w.key.State, w.key.Manager, w.key.Origin, w.key.MultiRegionKeyType, w.key.MultiRegion = 8, 2, 4, 3, true
	})
	check("", func(w *world) {
		w.key.State, w.key.Manager, w.key.Origin, w.key.MultiRegionKeyType, w.key.MultiRegion = 7, 1, 3, 2, true
	})
	check("KeyConfig.Spec", func(w *world) { w.key.Spec = 20 })
	check("KeyConfig.Usage", func(w *world) { w.key.Usage = 6 })
	check("KeyConfig.ARN KeyConfig.Policy", func(w *world) { w.key = KeyConfig{} })
	check("CallerConfig.ARN", func(w *world) { w.caller = CallerConfig{} })
	check("", func(w *world) { w.request = RequestConfig{} })
	check("KeyConfig.ResourceControlPolicies[1][0]", func(w *world) { w.key.ResourceControlPolicies = [][]*policy.ResourceControlPolicy{{}, {nil}} })
	check("CallerConfig.ServiceControlPolicies[0][1]", func(w *world) {
		w.caller.ServiceControlPolicies = [][]*policy.ServiceControlPolicy{{new(policy.ServiceControlPolicy), nil}}
	})
	check("CallerConfig.IAMPolicies[0] CallerConfig.SessionPolicies[0]", func(w *world) {
		w.caller.IAMPolicies, w.caller.SessionPolicies = []*policy.IAMPolicy{nil}, []*policy.IAMPolicy{nil}
	})
}

func TestConfigErrorTexts(t *testing.T) {
	w := read("caller alice; sp +*; cctx aws:PrincipalArn=x,y")
	_, err := NewCaller(w.caller)
	want := `CallerConfig.SessionPolicies: "arn:aws:iam::111122223333:user/alice" is not a session (see CallerConfig.ARN)` + "\n" +
		`CallerConfig.Context["aws:PrincipalArn"]: found ["x" "y"], expected "arn:aws:iam::111122223333:user/alice" (see CallerConfig.ARN)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	var one *ConfigError
	if !errors.As(err, &one) || one.Config != "CallerConfig" || one.Field != "SessionPolicies" || one.See != "CallerConfig.ARN" || !strings.Contains(one.Error(), one.Text) {
		t.Errorf("got %+v", one)
	}
	for _, r := range []struct{ line, want string }{
		{"ctx kms:KeySpec=x", `RequestConfig.Context["kms:KeySpec"]: is not to be given here (see KeyConfig.Spec)`},
		{"ctx aws:userid=x", `RequestConfig.Context["aws:userid"]: is not to be given here (see CallerConfig.UniqueID)`},
		{"ctx kms:ViaService=x", `RequestConfig.Context["kms:ViaService"]: is not to be given here (see RequestConfig.ViaService)`},
		{"kctx kms:KeySpec=x", `KeyConfig.Context["kms:KeySpec"]: found "x", expected "SYMMETRIC_DEFAULT" (see KeyConfig.Spec)`},
	} {
		w := read(r.line)
		if err := w.compile(); err == nil || err.Error() != r.want {
			t.Errorf("%s: got %v, want %s", r.line, err, r.want)
		}
	}
	// A key that is about nothing that the config settles belongs to the request, and the message can name no field.
	w = read("kctx aws:SourceIp=1.2.3.4")
	if err := w.compile(); err == nil || strings.Contains(err.Error(), "RequestConfig.:") || strings.Contains(err.Error(), "RequestConfig.)") {
		t.Errorf("the message names an empty field: %v", err)
	}
}

// Names of a context that differ in case only are one condition key, whose
// derived values are joined; a given value is compared with all of them.
// TestLongTexts: a fault shows no more of a value than is worth showing.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("\x01", 1<<20)
	arn := "arn:aws:kms:us-east-1:111122223333:key/" + strings.Repeat("x", 1<<20)
	user := "arn:aws:iam::111122223333:user/" + strings.Repeat("x", 1<<20)
	many := map[string][]string{long: {long}, "kms:ViaService": {long}, "aws:PrincipalArn": {long, long}, "kms:KeySpec": {long}}
	w := world{
		key:     KeyConfig{ARN: long, Aliases: []string{long}, Grants: []grants.Grant{{IssuingAccount: long}}},
		caller:  CallerConfig{ARN: long},
		request: RequestConfig{Region: long, ViaService: long, SourceARN: long, SourceAccount: long, KeyID: "alias/" + long, Context: many},
	}
	other := world{
		key:     KeyConfig{ARN: "arn:aws:sns:us-east-1:111122223333:" + long[:1<<19], Grants: []grants.Grant{{KeyID: long}}},
		caller:  CallerConfig{ARN: user, RoleARN: long, UserARN: long, SessionPolicies: make([]*policy.IAMPolicy, 1), Context: many},
		request: RequestConfig{KeyID: arn + ":alias/x", Alias: long},
	}
	for _, w := range []world{w, other} {
		var faults ConfigErrors
		if err := w.compile(); !errors.As(err, &faults) || len(faults) < 5 {
			t.Errorf("got %.1000s", err)
		}
		for _, fault := range faults {
			if text := fault.Error(); len(text) > 3000 { // an unprintable byte takes four
				t.Errorf("%d bytes: %.300s...", len(text), text)
			}
		}
	}
	for _, parse := range []func(string) error{
		func(s string) error { _, err := ParseKeySpec(s); return err },
		func(s string) error { _, err := ParseReason(s); return err },
		func(s string) error { _, err := policy.ParseARN(s); return err },
		func(s string) error { _, err := action.Parse(s); return err },
		func(s string) error { _, err := action.Parse("kms:" + s); return err },
	} {
		if err := parse(long); err == nil || len(err.Error()) > 1000 {
			t.Errorf("got %.300s...", err)
		}
	}
}

func TestGivenAgainstJoinedValues(t *testing.T) {
	for range 50 {
		w := read("ec a=1 A=2; ctx kms:EncryptionContext:a=1")
		if got := strings.Join(faultsOf(w.compile()), " "); got != `RequestConfig.Context["kms:EncryptionContext:a"]` {
			t.Fatalf("got %q, want a fault each time", got)
		}
	}
}

// The fault of tokens that name no one grant says how many tokens there are.
func TestCheckOfTokens(t *testing.T) {
	for line, want := range map[string]string{
		"do RetireGrant; tok t; grant app:Decrypt tok:t; grant app:Decrypt id:g2 tok:t":       "the token belongs to several grants",
		"do RetireGrant; tok t1 t2; grant app:Decrypt tok:t1; grant app:Decrypt id:g2 tok:t2": "the tokens belong to different grants",
	} {
		w := read(line)
		if err := Check(w.build()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}

// Check and Decide agree on what contradicts itself when the three meet.
func TestCheck(t *testing.T) {
	if err := Check(nil, nil, nil); err != nil {
		t.Errorf("of nobody: %v", err)
	}
	const a = "key alias/a; do DescribeKey;"
	for _, r := range []struct{ line, want string }{
		{"", ""},
		{"nokey; do CreateKey", ""},
		{"id " + ownKy, ""}, {"id " + theKey, ""},
		{"id " + other, "RequestConfig.KeyID"}, {"id other", "RequestConfig.KeyID"}, {"id key/" + theKey, "RequestConfig.KeyID"},
		{"id arn:aws:kms:eu-west-1:111122223333:key/" + theKey, "RequestConfig.KeyID"},
		{a + "id alias/a", ""}, {a + "id arn:aws:kms:us-east-1:111122223333:alias/a", ""},
		{a + "id alias/b", "RequestConfig.KeyID"}, {a + "id arn:aws:kms:us-east-1:111122223333:alias/b", "RequestConfig.KeyID"},
		{a + "id arn:aws:kms:eu-west-1:111122223333:alias/a", "RequestConfig.KeyID"}, {a + "id arn:aws:kms:us-east-1:444455556666:alias/a", "RequestConfig.KeyID"},
		{a + "id arn:aws-cn:kms:us-east-1:111122223333:alias/a", "RequestConfig.KeyID"},
		{"caller svc; via s3.us-east-1.amazonaws.com", "RequestConfig.ViaService"}, {"caller svc", ""}, {"via s3.us-east-1.amazonaws.com", ""},
		{"nokey; do ListKeys; caller svc; via s3.us-east-1.amazonaws.com", "RequestConfig.ViaService"},
		{"korg o-1; corg o-1", ""}, {"korg o-1; corg o-2", "CallerConfig.Organization"}, {"korg o-1; corg o-2; caller fapp", ""},
		{"korg o-1 o-1/a/; corg o-1 o-1/b/", "CallerConfig.Organization"}, {"korg o-1/a/; corg o-1", ""}, {"korg o-1; corg o-1/a/", ""}, {"korg o-1", ""}, {"corg o-1", ""},
		{"ctx aws:RequestedRegion=us-east-1", ""}, {"ctx aws:RequestedRegion=eu-west-1", `RequestConfig.Context["aws:RequestedRegion"]`},
		{"in eu-west-1; ctx aws:RequestedRegion=eu-west-1", ""},
		{"do RetireGrant; tok t1 t2; grant app:Decrypt tok:t1; grant app:Decrypt id:g2 tok:t2", "RequestConfig.GrantTokens"},
		{"do RetireGrant; tok t1 t2; grant app:Decrypt id: tok:t1; grant app:Decrypt id: tok:t2", "RequestConfig.GrantTokens"}, // ids not known
		{"do Decrypt; tok t1 t2; grant app:Decrypt tok:t1; grant app:Decrypt id:g2 tok:t2", ""},
		{"do RetireGrant; tok t1 t2; grant app:Decrypt tok:t1 ret:app; grant app:Decrypt id:g2 tok:t2 retired", ""},
		{"do RetireGrant; gid g1; tok t2; grant app:Decrypt tok:t1 ret:app; grant app:Decrypt id:g2 tok:t2", ""},
		{"do RetireGrant; gid g1; ec a=1; grant app:Decrypt eq:a=1 ret:app", ""},
		{"do RetireGrant; gid g1; ec a=1; grant app:Decrypt sub:a=1 ret:app", ""},
		{"do RetireGrant; gid g1; grant app:Decrypt eq:a=1 ret:app", ""},
		{"do RetireGrant; gid g1; ec a=2; grant app:Decrypt eq:a=1", "RequestConfig.EncryptionContext"},
		{"do RetireGrant; gid g1; ec a=2; grant app:Decrypt", "RequestConfig.EncryptionContext"},
		{"do RetireGrant; gid g2; ec a=2; grant app:Decrypt", ""},
		{"do Decrypt; gid g1; ec a=2; grant app:Decrypt eq:a=1", ""},
		{"id other; in us-east-1; korg o-1; corg o-2", "RequestConfig.KeyID CallerConfig.Organization"},
	} {
		w := read(r.line)
		k, c, req := w.build()
		err := Check(k, c, req)
		if got := strings.Join(faultsOf(err), " "); got != r.want {
			t.Errorf("%s:\n got %s (%v)\nwant %s", r.line, got, err, r.want)
		}
		d := Decide(k, c, req)
		if contradiction := strings.Contains(d.String(), "Config."); contradiction != (r.want != "") {
			t.Errorf("%s: Check says %v, Decide %v", r.line, err, d)
		}
	}
}

// What a config holds may change after it was compiled.
func TestConfigsAreCopied(t *testing.T) {
	w := read("kp +root:*; iam +Decrypt?StringEquals|kms:EncryptionContext:a|1; caller app; ec a=1; tok t; key alias/a b=1;" +
		"grant alice:Decrypt pending tok:t eq:a=1; ctx my:key=1; kctx aws:ResourceTag/c=2; cctx aws:PrincipalTag/d=3; scp +*; rcp +anyone:*; sp +*; pb +*")
	k, c, r := w.build()
	before := must(Decide(k, c, r).MarshalJSON())
	alice := must(NewCaller(read("caller alice").caller))
	grantBefore := must(Decide(k, alice, r).MarshalJSON())

	w.caller.IAMPolicies[0] = iamPolicy("-*", "")
	w.caller.SessionPolicies[0] = iamPolicy("-*", "")
	w.caller.ServiceControlPolicies[0][0] = must(policy.ParseServiceControlPolicy(doc([]string{"-*"}, false), nil))
	w.caller.ServiceControlPolicies[0] = nil
	w.key.ResourceControlPolicies[0][0] = must(policy.ParseResourceControlPolicy(doc([]string{"-anyone:*"}, true), nil))
	*w.caller.PermissionsBoundary = *iamPolicy("+*", "other name")
	w.key.Aliases[0] = "alias/z"
	w.key.Tags["b"] = "2"
	w.key.Grants[0].Constraints.EncryptionContextEquals["a"] = "2"
	w.key.Grants[0] = grants.Grant{Grantee: policy.ParsePrincipal(who("bob")), Operations: action.SetOf(action.Encrypt)}
	w.key.Context["aws:ResourceTag/c"][0] = "x"
	w.caller.Context["aws:PrincipalTag/d"][0] = "x"
	w.request.Context["my:key"][0] = "x"
	w.request.EncryptionContext["a"] = "2"
	w.request.GrantTokens[0] = "u"

	if after := must(Decide(k, c, r).MarshalJSON()); string(after) != string(before) || !strings.Contains(string(before), "allow") {
		t.Errorf("got %s\nbefore %s", after, before)
	}
	if after := must(Decide(k, alice, r).MarshalJSON()); string(after) != string(grantBefore) || !strings.Contains(string(grantBefore), `"grant":"g1"`) {
		t.Errorf("got %s\nbefore %s", after, grantBefore)
	}
	context := newSituation(Rules{}, k, c, r).context
	for name, want := range map[string]string{"kms:EncryptionContext:a": "1", "my:key": "1", "aws:ResourceTag/b": "1", "aws:ResourceTag/c": "2", "aws:PrincipalTag/d": "3",
		"kms:ResourceAliases": "alias/a"} {
		if got := lookup(&context, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestAccessors(t *testing.T) {
	k, c, r := new(world), must(NewCaller(read("caller fsess").caller)), must(NewRequest(RequestConfig{Action: action.Sign}))
	*k = read("")
	if key := must(NewKey(k.key)); key.ARN() != ownKy {
		t.Errorf("got %s", key.ARN())
	}
	if c.ARN() != who("fsess") || c.Account() != away || r.Action() != action.Sign {
		t.Errorf("got %s, %s, %s", c.ARN(), c.Account(), r.Action())
	}
	if service := must(NewCaller(read("caller svc").caller)); service.ARN() != "s3.amazonaws.com" || service.Account() != "" {
		t.Errorf("got %s, %s", service.ARN(), service.Account())
	}
}
