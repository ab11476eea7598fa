package worlds

import (
	"slices"
	"strings"
	"time"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// The people, places and things of all worlds.
const (
	home    = "111122223333"
	abroad  = "444455556666"
	region  = "us-east-1"
	faraway = "eu-west-1"
	ourOrg  = "o-ours"
	oursAt  = "o-ours/r-ab12/ou-ab12-1/"
)

var keyIDs = []string{"1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234", "red"}

// A person is a way to be a caller: what goes into the CallerConfig, and all
// names that a policy may have for it.
type person struct {
	arn, role, user, unique string
	service                 bool
	names                   []string
}

// people returns the callers of an account. Roles of the same name with and
// without a path, and sessions of the same name of different roles, are easily
// taken for each other.
func people(account string) []person {
	iam, sts := "arn:aws:iam::"+account+":", "arn:aws:sts::"+account+":"
	linked := iam + "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
	return []person{
		{arn: iam + "role/app", unique: "AROAAPPAPPAPPAPPAPP"},
		{arn: sts + "assumed-role/app/s1", unique: "AROAAPPAPPAPPAPPAPP:s1", names: []string{iam + "role/app"}},
		{arn: sts + "assumed-role/app/s1", role: iam + "role/service/app", unique: "AROASVCSVCSVCSVCSVC", names: []string{iam + "role/app"}},
		{arn: iam + "user/alice", unique: "AIDAALICEALICEALICE"},
		{arn: sts + "federated-user/alice", user: iam + "user/alice", unique: "AIDAALICEALICEALICE"},
		{arn: sts + "federated-user/fred"},
		{arn: iam + "root"},
		{arn: iam + "role/service/app"},
		{arn: iam + "user/dev/bob"},
		{arn: sts + "assumed-role/AWSServiceRoleForECS/s1", role: linked},
		{arn: linked},
	}
}

var services = []person{
	{arn: "sns.amazonaws.com", service: true},
	{arn: "logs.us-east-1.amazonaws.com", service: true},
}

// isSession reports whether the person may have session policies.
func (p person) isSession() bool {
	return strings.Contains(p.arn, ":sts:") || strings.Contains(p.arn, ":role/")
}

// A drawing is a world in the making.
type drawing struct {
	t *rapid.T
	World
	me         person
	account    string // of the caller, empty for a service
	keyAccount string
	resource   string // what statements should name: the ARN of key or alias, or "*"
	documents  int    // drawn so far, for their names
}

var eighths = rapid.IntRange(0, 7)

// in8 reports true in about n of 8 cases. Shrinking leads to false.
func (d *drawing) in8(n int) bool { return eighths.Draw(d.t, "eighths") >= 8-n }

// rarely reports true in one of 32 cases.
func (d *drawing) rarely() bool { return d.in8(1) && d.in8(2) }

// hardlyEver reports true in one of a thousand cases.
func (d *drawing) hardlyEver() bool {
	if !d.rarely() {
		return false
	}
	return d.rarely()
}

// pick returns one of the values. Shrinking leads to the first.
func pick[T any](d *drawing, values ...T) T {
	return rapid.SampledFrom(values).Draw(d.t, "pick")
}

func draw(t *rapid.T) World {
	d := &drawing{t: t, keyAccount: home}
	d.Rules = pick(d, evaluate.DefaultRules(), evaluate.AWSRules(), evaluate.StrictRules(),
		evaluate.Rules{GrantsStandAlone: true, DirectAllowRequiresIAM: true})
	d.drawCaller()
	d.drawRequest()
	if d.needsKey() {
		d.drawKey()
	}
	d.nameKey()
	d.drawContext()
	d.drawPolicies()
	return d.World
}

func (d *drawing) drawCaller() {
	d.account = pick(d, home, home, home, abroad)
	d.me = pick(d, people(d.account)...)
	switch {
	case d.in8(1):
		d.me, d.account = pick(d, services...), ""
	case d.hardlyEver():
		d.me, d.account = person{arn: "anonymous"}, ""
	}
	d.Caller = evaluate.CallerConfig{ARN: d.me.arn, RoleARN: d.me.role, UserARN: d.me.user}
	if d.in8(4) {
		d.Caller.UniqueID = d.me.unique
	}
	if d.account == "" {
		return
	}
	if d.in8(3) {
		d.Caller.Tags = map[string]string{"team": pick(d, "red", "blue")}
	}
	if d.in8(3) {
		d.Caller.Organization = d.organization(d.account)
	}
}

// organization returns the place of an account. Only one account in a world
// manages an organization; now and then two configs disagree.
func (d *drawing) organization(account string) evaluate.Organization {
	if account == abroad {
		return evaluate.Organization{ID: "o-theirs", Path: "o-theirs/r-cd34/"}
	}
	return evaluate.Organization{ID: ourOrg, Path: oursAt, ManagementAccount: d.rarely()}
}

// often are the actions of most requests, each with its own peculiarity.
var often = []action.Action{
	action.Decrypt, action.Decrypt, action.GenerateDataKey, action.Encrypt, action.CreateGrant, action.RetireGrant,
	action.DescribeKey, action.Sign, action.GetPublicKey, action.ReEncryptTo, action.ListGrants, action.EnableKeyRotation,
	action.GenerateDataKeyPair, action.CreateKey, action.CreateAlias, action.ScheduleKeyDeletion, action.CancelKeyDeletion, action.ReplicateKey,
}

var all = slices.Collect(action.All())

func (d *drawing) drawRequest() {
	d.Request.Action = pick(d, often...)
	if d.in8(2) {
		d.Request.Action = pick(d, all...)
	}
	if d.hardlyEver() {
		d.Request.Action = 0
	}
	if d.in8(2) {
		d.Request.Region = region
		if d.rarely() {
			d.Request.Region = faraway
		}
	}
	if d.in8(2) {
		d.Request.Time = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	}
	if d.Request.Action.Info().Resource == action.ResourceAliasAndKey && d.in8(4) {
		d.Request.Alias = "arn:aws:kms:us-east-1:" + pick(d, home, home, home, abroad) + ":alias/orders"
	}
	d.drawRoute()
	if d.in8(2) || d.Request.Action == action.CreateGrant {
		d.Request.EncryptionContext = d.pairs()
	}
}

// drawRoute says how the call reaches KMS.
func (d *drawing) drawRoute() {
	r := &d.Request
	switch {
	case d.me.service:
		if d.in8(4) {
			r.SourceARN = pick(d, "arn:aws:sns:us-east-1:111122223333:topic", "arn:aws:sns:us-east-1:444455556666:topic", "arn:aws:s3:::bucket")
		}
		if d.in8(1) {
			r.SourceAccount = home
			r.SourceARN = ""
		}
		if d.rarely() {
			r.ViaService = "s3.us-east-1.amazonaws.com"
		}
	case d.in8(2):
		r.ViaService = pick(d, "s3.us-east-1.amazonaws.com", "dynamodb.us-east-1.amazonaws.com")
	}
	if r.ViaService == "" && d.in8(1) {
		r.VPCEndpoint = &evaluate.VPCEndpoint{ID: pick(d, "vpce-1", "")}
	}
}

// pairs returns an encryption context, or the pairs of a grant constraint.
func (d *drawing) pairs() map[string]string {
	pairs := map[string]string{"app": pick(d, "one", "two")}
	if d.in8(2) {
		pairs["env"] = pick(d, "one", "two")
	}
	if d.in8(1) {
		pairs["App"] = "one"
	}
	if d.in8(1) {
		delete(pairs, "app")
	}
	return pairs
}

// needsKey reports whether to make a key; sometimes there is none where there
// should be one, or the other way round.
func (d *drawing) needsKey() bool {
	needs := d.Request.Action.Info().Resource != action.ResourceNone && d.Request.Alias == ""
	if d.hardlyEver() {
		return !needs
	}
	return needs
}

func (d *drawing) drawKey() {
	partition := "aws"
	if d.hardlyEver() {
		partition = "aws-cn"
	}
	k := &evaluate.KeyConfig{ARN: "arn:" + partition + ":kms:" + region + ":" + d.keyAccount + ":key/" + pick(d, keyIDs...)}
	d.Key = k
	if d.in8(2) || d.Request.Action.Info().Category != action.CategoryCryptographic && d.in8(2) {
		k.State = pick(d, evaluate.Enabled, evaluate.Updating, evaluate.Disabled, evaluate.PendingDeletion, evaluate.PendingReplicaDeletion,
			evaluate.PendingImport, evaluate.Unavailable, evaluate.Creating)
	}
	if d.in8(1) {
		k.Manager = evaluate.AWSManaged
	}
	if d.in8(1) {
		k.Origin = pick(d, evaluate.OriginExternal, evaluate.OriginAWSCloudHSM, evaluate.OriginExternalKeyStore)
	}
	d.drawSpec()
	if d.in8(1) {
		k.MultiRegion = true
		k.MultiRegionKeyType = pick(d, evaluate.Primary, evaluate.Replica, evaluate.MultiRegionKeyTypeUnstated)
	}
	if d.in8(3) {
		k.Aliases = []string{"alias/orders"}
		if d.in8(3) {
			k.Aliases = append(k.Aliases, "alias/red")
		}
	}
	if d.in8(2) {
		k.Tags = map[string]string{"team": pick(d, "red", "blue")}
	}
	switch {
	case d.in8(2):
		k.Organization = d.organization(d.keyAccount)
		if d.account == d.keyAccount && d.Caller.Organization.ID != "" {
			k.Organization = d.Caller.Organization
		}
	case d.hardlyEver():
		k.Organization = evaluate.Organization{ID: "o-theirs"}
	}
}

// drawSpec gives most keys a spec and usage that fit the action.
func (d *drawing) drawSpec() {
	type pair struct {
		spec  evaluate.KeySpec
		usage evaluate.KeyUsage
	}
	fitting := map[action.KeyType]pair{
		action.Symmetric:         {},
		action.AsymmetricEncrypt: {evaluate.RSA2048, evaluate.EncryptDecrypt},
		action.AsymmetricSign:    {evaluate.ECCNISTP256, evaluate.SignVerify},
		action.HMAC:              {evaluate.HMAC256, evaluate.GenerateVerifyMAC},
		action.KeyAgreement:      {evaluate.ECCNISTP384, evaluate.KeyAgreement},
		action.MLKEM:             {evaluate.MLKEM768, evaluate.EncapsulateDecapsulate},
	}
	types := slices.Collect(d.Request.Action.Info().KeyTypes.All())
	if len(types) == 0 || d.in8(1) {
		p := pick(d, pair{}, pair{evaluate.RSA2048, evaluate.UsageOfSpec}, pair{evaluate.RSA4096, evaluate.SignVerify},
			pair{evaluate.HMAC512, evaluate.UsageOfSpec}, pair{evaluate.SM2, evaluate.KeyAgreement}, pair{evaluate.MLDSA65, evaluate.UsageOfSpec},
			pair{evaluate.MLKEM512, evaluate.UsageOfSpec}, pair{evaluate.ECCSECGP256K1, evaluate.UsageOfSpec}, pair{evaluate.ECCNISTP521, evaluate.KeyAgreement})
		d.Key.Spec, d.Key.Usage = p.spec, p.usage
		return
	}
	p := fitting[types[0]]
	if d.in8(1) {
		p = fitting[pick(d, types...)]
	}
	d.Key.Spec, d.Key.Usage = p.spec, p.usage
}

// nameKey draws how the request names the key, and what statements should
// name as their resource.
func (d *drawing) nameKey() {
	d.resource = "*"
	if d.Request.Alias != "" {
		d.resource = d.Request.Alias
	}
	if d.Key == nil {
		return
	}
	d.resource = d.Key.ARN
	if d.hardlyEver() && d.Request.Action.Info().Resource == action.ResourceAliasAndKey {
		d.Request.Alias = "arn:aws:kms:us-east-1:111122223333:alias/orders"
		return
	}
	arn := d.Key.ARN
	prefix, id, _ := strings.Cut(arn, ":key/")
	ids := []string{arn, id}
	for _, alias := range d.Key.Aliases {
		ids = append(ids, alias, prefix+":"+alias)
	}
	switch {
	case d.in8(2):
		d.Request.KeyID = pick(d, ids...)
	case d.hardlyEver():
		d.Request.KeyID = pick(d, "other", "alias/other", prefix+":key/other", prefix+":alias/other")
	}
}

// given are condition keys that no field settles, each with the values that
// statements test for, and the actions that carry it.
var given = []struct {
	key    string
	values [][]string
	on     []action.Action
}{
	{"aws:MultiFactorAuthPresent", [][]string{{"true"}, {"false"}, {"yes"}}, nil},
	{"aws:MultiFactorAuthAge", [][]string{{"300"}, {"3e2"}, {"301"}, {""}}, nil},
	{"aws:TokenIssueTime", [][]string{{"2026-01-01T00:00:00Z"}, {"1767225600"}}, nil},
	{"aws:SourceIp", [][]string{{"10.1.2.3"}, {"2001:db8::1"}, {"::ffff:10.1.2.3"}, {"ten"}}, nil},
	{"aws:SecureTransport", [][]string{{"false"}, {"true"}}, nil},
	{"aws:SourceVpc", [][]string{{"vpc-1"}, {"vpc-2"}}, nil},
	{"aws:CalledVia", [][]string{{"s3.amazonaws.com"}, {"dynamodb.amazonaws.com", "s3.amazonaws.com"}}, nil},
	{"aws:CalledViaLast", [][]string{{"s3.amazonaws.com"}, {"sns.amazonaws.com"}}, nil},
	{"custom:Colour", [][]string{{"red"}, {"red", "blue"}, {""}, {}}, nil},
	{"custom:Blob", [][]string{{"cmVk"}, {"Ymx1ZQ=="}}, nil},
	{"kms:EncryptionAlgorithm", [][]string{{"RSAES_OAEP_SHA_256"}, {"SYMMETRIC_DEFAULT"}}, []action.Action{action.Encrypt, action.Decrypt, action.Sign}},
	{"kms:SigningAlgorithm", [][]string{{"ECDSA_SHA_256"}}, []action.Action{action.Sign}},
	{"kms:MessageType", [][]string{{"DIGEST"}}, []action.Action{action.Sign}},
	{"kms:RecipientAttestation:PCR0", [][]string{{"ab12"}, {"AB12"}}, []action.Action{action.Decrypt, action.GenerateDataKey}},
	{"kms:ReEncryptOnSameKey", [][]string{{"true"}, {"false"}}, []action.Action{action.ReEncryptTo}},
	{"kms:RotationPeriodInDays", [][]string{{"180"}}, []action.Action{action.EnableKeyRotation}},
	{"kms:ScheduleKeyDeletionPendingWindowInDays", [][]string{{"7"}}, []action.Action{action.ScheduleKeyDeletion}},
	{"kms:GrantOperations", [][]string{{"Decrypt"}, {"Decrypt", "Encrypt"}, {"CreateGrant"}}, []action.Action{action.CreateGrant}},
	{"kms:GranteePrincipal", [][]string{{"arn:aws:iam::111122223333:role/app"}}, []action.Action{action.CreateGrant}},
	{"kms:GrantConstraintType", [][]string{{"EncryptionContextSubset"}, {"EncryptionContextEquals"}}, []action.Action{action.CreateGrant}},
	{"kms:GrantConstraintSourceArn", [][]string{{"arn:aws:sns:us-east-1:111122223333:topic"}}, []action.Action{action.CreateGrant}},
	{"kms:GrantIsForAWSResource", [][]string{{"true"}, {"false"}}, []action.Action{action.CreateGrant, action.ListGrants, action.Decrypt}},
	{"aws:TagKeys", [][]string{{"team"}, {"team", "env"}}, []action.Action{action.CreateKey, action.TagResource, action.Decrypt}},
	{"aws:RequestTag/team", [][]string{{"red"}, {"blue"}}, []action.Action{action.CreateKey, action.TagResource}},
}

// drawContext gives each condition key to the config that it belongs to.
func (d *drawing) drawContext() {
	for _, g := range given {
		likely := g.on == nil && d.in8(1) || slices.Contains(g.on, d.Request.Action) && d.in8(5)
		if !likely {
			continue
		}
		values := pick(d, g.values...)
		owner := evaluate.OwnerOf(conditions.ParseKey(g.key))
		switch {
		case owner == evaluate.CallerOwner:
			d.Caller.Context = with(d.Caller.Context, g.key, values)
		case owner == evaluate.KeyOwner && d.Key != nil:
			d.Key.Context = with(d.Key.Context, g.key, values)
		default:
			d.Request.Context = with(d.Request.Context, g.key, values)
		}
	}
	if d.Request.Action == action.CreateGrant && len(d.Request.Context["kms:GrantConstraintType"]) == 0 {
		d.Request.EncryptionContext = nil
	}
	if d.Request.Action == action.CreateKey && d.Key == nil && d.in8(3) {
		d.Request.Context = with(d.Request.Context, "kms:KeySpec", []string{pick(d, "RSA_2048", "HMAC_256")})
	}
}

func with(context map[string][]string, key string, values []string) map[string][]string {
	if context == nil {
		context = map[string][]string{}
	}
	context[key] = values
	return context
}

// drawGrants draws the grants on the key, most of them nearly for this caller
// and this request.
func (d *drawing) drawGrants() {
	for n := range pick(d, 0, 0, 1, 1, 2, 3) {
		g := grants.Grant{
			ID:         string("ghi"[n]) + "1",
			Grantee:    d.grantee(),
			Operations: d.grantOperations(),
			Status:     pick(d, grants.Active, grants.Active, grants.Active, grants.Pending, grants.Retired),
		}
		if d.in8(4) {
			g.KeyID = d.Key.ARN
		}
		if d.in8(3) || g.Status == grants.Pending {
			g.Token = "token-" + g.ID
		}
		if d.in8(3) {
			g.Retiring = d.grantee()
		}
		if d.in8(2) {
			g.IssuingAccount = pick(d, home, abroad)
		}
		d.drawConstraint(&g)
		d.Key.Grants = append(d.Key.Grants, g)
	}
	if d.in8(2) {
		d.Request.GrantTokens = []string{pick(d, "token-g1", "token-h1", "token-x")}
	}
	if d.Request.Action == action.RetireGrant {
		switch eighths.Draw(d.t, "which") {
		case 0, 1, 2, 3:
			d.Request.GrantID = "g1"
		case 4, 5:
			d.Request.GrantTokens = []string{"token-g1"}
		case 6:
			d.Request.GrantID = pick(d, "h1", "nothing")
		case 7:
			d.Request.GrantTokens = []string{"token-g1", "token-h1"}
		}
		d.Request.EncryptionContext = nil
	}
}

func (d *drawing) drawConstraint(g *grants.Grant) {
	constrained := d.in8(3)
	if constrained && d.in8(4) {
		g.Constraints.EncryptionContextEquals = d.pairs()
	} else if constrained {
		g.Constraints.EncryptionContextSubset = d.pairs()
	}
	if d.in8(1) || d.me.service && d.in8(3) {
		g.Constraints.SourceARN = pick(d, "arn:aws:sns:us-east-1:111122223333:topic", "arn:aws:sns:*:111122223333:*")
	}
}

func (d *drawing) grantee() policy.Principal {
	text := d.principalName()
	if text == "*" {
		text = d.me.arn
	}
	if strings.HasSuffix(text, ".com") {
		return policy.ServicePrincipal(text)
	}
	return policy.ParsePrincipal(text)
}

func (d *drawing) grantOperations() action.Set {
	set := action.SetOf(pick(d, action.Decrypt, action.RetireGrant, action.DescribeKey))
	if d.Request.Action.Info().Grantable && d.in8(6) {
		set = set.With(d.Request.Action)
	}
	if d.in8(3) {
		set = set.With(pick(d, action.Encrypt, action.CreateGrant, action.RetireGrant, action.Decrypt))
	}
	return set
}
