package worlds

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
)

// A kind is what differs between the kinds of policies.
type kind struct {
	name      string
	principal bool // statements have a Principal
	anyone    bool // which is always "*"
	denies    int  // eighths of its statements that deny
	widely    int  // eighths of policies that begin with a statement that allows all
}

var (
	keyPolicy     = kind{name: "key", principal: true, denies: 1}
	identity      = kind{name: "iam", denies: 1}
	boundary      = kind{name: "boundary", denies: 1, widely: 3}
	sessionPolicy = kind{name: "session", denies: 1, widely: 3}
	serviceLimit  = kind{name: "scp", denies: 3, widely: 6}
	resourceLimit = kind{name: "rcp", principal: true, anyone: true, denies: 6}
	endpoint      = kind{name: "endpoint", principal: true, denies: 1, widely: 4}
)

// parsed draws a document and reads it.
func parsed[P any](d *drawing, k kind, parse func([]byte, *policy.ParseOptions) (P, error)) P {
	text := d.document(k)
	opts := &policy.ParseOptions{}
	if d.in8(5) {
		d.documents++
		opts.Name = fmt.Sprintf("%s-%d", k.name, d.documents)
	}
	p, err := parse(text, opts)
	if err != nil {
		d.t.Fatalf("the generator wrote a policy that cannot be read: %v\n%s", err, text)
	}
	return p
}

// levels draws the policies of an organization's levels.
func levels[P any](d *drawing, k kind, parse func([]byte, *policy.ParseOptions) (P, error)) [][]P {
	out := make([][]P, pick(d, 0, 1, 1, 2, 3))
	for i := range out {
		for range pick(d, 1, 1, 2, 0) {
			out[i] = append(out[i], parsed(d, k, parse))
		}
	}
	return out
}

func (d *drawing) drawPolicies() {
	if d.Key != nil {
		d.Key.Policy = parsed(d, keyPolicy, policy.ParseKeyPolicy)
		d.drawGrants()
		if d.in8(2) {
			d.Key.ResourceControlPolicies = levels(d, resourceLimit, policy.ParseResourceControlPolicy)
		}
	}
	if v := d.Request.VPCEndpoint; v != nil && d.in8(6) {
		v.Policy = parsed(d, endpoint, policy.ParseEndpointPolicy)
	}
	if d.account == "" {
		return
	}
	if d.in8(2) {
		d.Caller.ServiceControlPolicies = levels(d, serviceLimit, policy.ParseServiceControlPolicy)
	}
	if !strings.HasSuffix(d.me.arn, ":root") {
		for range pick(d, 1, 0, 1, 2) {
			d.Caller.IAMPolicies = append(d.Caller.IAMPolicies, parsed(d, identity, policy.ParseIAMPolicy))
		}
		if d.in8(2) {
			d.Caller.PermissionsBoundary = parsed(d, boundary, policy.ParseIAMPolicy)
		}
	}
	if d.me.isSession() && (d.in8(2) || strings.Contains(d.me.arn, ":federated-user/") && d.in8(4)) {
		for range pick(d, 1, 1, 2) {
			d.Caller.SessionPolicies = append(d.Caller.SessionPolicies, parsed(d, sessionPolicy, policy.ParseIAMPolicy))
		}
	}
}

func (d *drawing) document(k kind) []byte {
	var statements []any
	if d.in8(k.widely) {
		all := map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}
		if k.principal {
			all["Principal"] = "*"
		}
		statements = append(statements, all)
	}
	for range pick(d, 1, 2, 1, 0, 3) {
		statements = append(statements, d.statement(k, len(statements)))
	}
	doc := map[string]any{"Statement": statements}
	switch {
	case statements == nil:
		doc["Statement"] = []any{}
	case len(statements) == 1 && d.in8(2):
		doc["Statement"] = statements[0]
	}
	if version := pick(d, "2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", ""); version != "" {
		doc["Version"] = version
	}
	text, err := json.Marshal(doc)
	if err != nil {
		d.t.Fatalf("%v", err)
	}
	return text
}

func (d *drawing) statement(k kind, index int) map[string]any {
	st := map[string]any{"Effect": "Allow"}
	if d.in8(k.denies) {
		st["Effect"] = "Deny"
	}
	if d.in8(4) {
		st["Sid"] = fmt.Sprintf("S%d", index)
	}
	not := func(name string) string {
		if d.in8(1) && d.in8(4) {
			return "Not" + name
		}
		return name
	}
	if k.principal && !d.rarely() {
		d.putPrincipal(st, k, not)
	}
	if !d.rarely() {
		st[not("Action")] = d.list(d.actionName)
	}
	if !d.rarely() {
		st[not("Resource")] = d.list(d.resourceName)
	}
	if d.in8(3) {
		st["Condition"] = d.condition()
	}
	return st
}

// list draws one string, alone or in a list, or a list of several or none.
func (d *drawing) list(one func() string) any {
	if d.in8(5) {
		return one()
	}
	list := []string{}
	for range pick(d, 1, 2, 1, 2, 3, 0) {
		list = append(list, one())
	}
	return list
}

func (d *drawing) putPrincipal(st map[string]any, k kind, not func(string) string) {
	if k.anyone || d.in8(1) {
		st["Principal"] = "*"
		return
	}
	var aws, service []string
	for range pick(d, 1, 1, 1, 2, 3) {
		name := d.principalName()
		if strings.HasSuffix(name, ".com") {
			service = append(service, name)
		} else {
			aws = append(aws, name)
		}
	}
	st[not("Principal")] = d.principalMap(aws, service)
}

func (d *drawing) principalMap(aws, service []string) map[string]any {
	one := func(list []string) any {
		if len(list) == 1 && d.in8(4) {
			return list[0]
		}
		return list
	}
	m := map[string]any{}
	if aws != nil {
		m["AWS"] = one(aws)
	}
	if service != nil {
		m["Service"] = one(service)
	}
	if d.rarely() {
		m["Federated"] = "cognito-identity.amazonaws.com"
	}
	if d.rarely() {
		m["CanonicalUser"] = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	}
	return m
}

// principalName draws a name that a policy or a grant has for someone, in most
// cases for the caller.
func (d *drawing) principalName() string {
	mine := append([]string{d.me.arn}, d.me.names...)
	for _, name := range []string{d.me.role, d.me.user} {
		if name != "" {
			mine = append(mine, name)
		}
	}
	if unique, _, _ := strings.Cut(d.me.unique, ":"); unique != "" {
		mine = append(mine, unique)
	}
	account := d.account
	if account == "" {
		account = home
	}
	switch eighths.Draw(d.t, "whom") {
	case 0, 1, 2:
		return pick(d, mine...)
	case 3, 4:
		return pick(d, "arn:aws:iam::"+account+":root", account)
	case 5:
		return pick(d, "arn:aws:iam::"+home+":root", home)
	case 6:
		return pick(d, "*", "*", "arn:aws:iam::"+abroad+":root", "arn:aws-cn:iam::"+account+":root", "arn:aws:iam::"+account+":role/*",
			"arn:aws:iam::"+account+":group/devs", "AROAOTHEROTHEROTHER", "nobody", "arn:aws:sts::"+account+":assumed-role/app/s2")
	default:
		others := append(people(account), services...)
		return pick(d, others...).arn
	}
}

// actionName draws a string of an Action element.
func (d *drawing) actionName() string {
	name := d.Request.Action.Name()
	if name == "" {
		name = "ReEncrypt"
	}
	switch eighths.Draw(d.t, "action") {
	case 0, 1, 2:
		return "kms:" + name
	case 3, 4:
		return pick(d, "kms:*", "*")
	case 5:
		return pick(d, "KMS:"+strings.ToLower(name), "kms:"+name[:3]+"*", "kms:?"+name[1:], "kms:*"+name[2:], "kms:"+name+"?", "**")
	case 6:
		return pick(d, "kms:Get*", "kms:Describe*", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:RetireGrant")
	default:
		return pick(d, "kms:Encrypt", "kms:DescribeKey", "kms:", "kms: "+name, "s3:GetObject", "kms:Nothing", "kms:"+name+",kms:*", name)
	}
}

// resourceName draws a string of a Resource element.
func (d *drawing) resourceName() string {
	prefix := "arn:aws:kms:us-east-1:" + d.keyAccount
	switch eighths.Draw(d.t, "resource") {
	case 0, 1, 2, 3:
		return "*"
	case 4:
		return d.resource
	case 5:
		return pick(d, prefix+":*", "arn:aws:kms:*:"+d.keyAccount+":key/*", "arn:aws:kms:us-east-1", "arn:aws:kms:*", "arn:aws:kms:us-east-1:*:key/????????-*", prefix+":alias/*", "arn:*", "arn:aws:*:red")
	case 6:
		return pick(d, prefix+":key/${aws:PrincipalTag/team}", prefix+":key/${aws:PrincipalTag/team, 'red'}", prefix+":*/${aws:username}",
			prefix+":key/${*}", prefix+":key/*${kms:ResourceAliases}", "arn:aws:kms:${aws:RequestedRegion}:"+d.keyAccount+":key/*",
			prefix+":key/${ AWS:PrincipalTag/TEAM , 'blue' }*", prefix+":key/re${?}", prefix+":key/${custom:Colour}", "${custom:Colour}")
	default:
		return pick(d, prefix+":key/other", prefix+":alias/orders", "arn:aws:kms:eu-west-1:"+d.keyAccount+":key/*", "arn:aws:s3:::bucket", "red",
			prefix+":", "arn:aws-cn:kms:us-east-1:"+d.keyAccount+":key/*")
	}
}

// A subject is a condition key with values of which some occur in worlds.
type subject struct {
	key    string
	values []string
}

// subjects are the condition keys that statements test, by the operators that
// can read their values.
var subjects = struct{ text, arn, number, date, boolean, address, binary []subject }{
	text: []subject{
		{"aws:PrincipalTag/team", []string{"red", "blue", "r*", "${aws:ResourceTag/team}", "re?"}},
		{"kms:ViaService", []string{"s3.us-east-1.amazonaws.com", "s3.*.amazonaws.com", "dynamodb.us-east-1.amazonaws.com"}},
		{"kms:EncryptionContext:app", []string{"one", "two", "ONE", "${aws:PrincipalTag/team}"}},
		{"kms:EncryptionContextKeys", []string{"app", "env", "App", "*"}},
		{"kms:CallerAccount", []string{home, abroad}},
		{"aws:ResourceTag/team", []string{"red", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/Team, 'red'}"}},
		{"kms:ResourceAliases", []string{"alias/orders", "alias/*", "alias/red"}},
		{"kms:RequestAlias", []string{"alias/orders", "alias/*"}},
		{"kms:KeySpec", []string{"SYMMETRIC_DEFAULT", "RSA_2048"}},
		{"kms:CustomerMasterKeySpec", []string{"SYMMETRIC_DEFAULT", "HMAC_256"}},
		{"kms:KeyUsage", []string{"ENCRYPT_DECRYPT", "SIGN_VERIFY"}},
		{"kms:KeyOrigin", []string{"AWS_KMS", "EXTERNAL"}},
		{"kms:MultiRegionKeyType", []string{"PRIMARY", "REPLICA"}},
		{"kms:EncryptionAlgorithm", []string{"SYMMETRIC_DEFAULT"}},
		{"kms:MessageType", []string{"RAW", "DIGEST"}},
		{"kms:SigningAlgorithm", []string{"ECDSA_SHA_256"}},
		{"kms:RecipientAttestation:PCR0", []string{"ab12"}},
		{"kms:GrantOperations", []string{"Decrypt", "Encrypt", "*"}},
		{"kms:GranteePrincipal", []string{"arn:aws:iam::111122223333:role/app", "*:role/*"}},
		{"kms:GrantConstraintType", []string{"EncryptionContextSubset", "EncryptionContextEquals"}},
		{"aws:PrincipalOrgID", []string{ourOrg, "o-*", "${aws:ResourceOrgID}"}},
		{"aws:PrincipalOrgPaths", []string{oursAt, "o-ours/*"}},
		{"aws:ResourceOrgID", []string{ourOrg, "${aws:PrincipalOrgID}"}},
		{"aws:ResourceOrgPaths", []string{oursAt, "o-*"}},
		{"aws:ResourceAccount", []string{home, "${aws:PrincipalAccount}"}},
		{"aws:PrincipalAccount", []string{home, abroad}},
		{"aws:PrincipalType", []string{"User", "AssumedRole", "FederatedUser", "Account"}},
		{"aws:userid", []string{"AROAAPPAPPAPPAPPAPP:*", "AROAAPPAPPAPPAPPAPP:s1", "AIDAALICEALICEALICE", home + ":fred", home, "AROASVCSVCSVCSVCSVC:s1"}},
		{"aws:username", []string{"alice", "bob", "dev/bob"}},
		{"aws:RequestedRegion", []string{region, faraway}},
		{"aws:SourceAccount", []string{home, abroad, "${aws:ResourceAccount}"}},
		{"aws:SourceVpce", []string{"vpce-1"}},
		{"aws:SourceVpc", []string{"vpc-1"}},
		{"aws:PrincipalServiceName", []string{"sns.amazonaws.com", "logs.*"}},
		{"aws:CalledVia", []string{"s3.amazonaws.com", "dynamodb.amazonaws.com"}},
		{"aws:CalledViaFirst", []string{"s3.amazonaws.com"}},
		{"aws:CalledViaLast", []string{"s3.amazonaws.com", "${aws:CalledViaFirst}"}},
		{"aws:TagKeys", []string{"team", "env"}},
		{"aws:RequestTag/team", []string{"red", "blue"}},
		{"custom:Colour", []string{"red", "blue", "", "${custom:Colour}", "${$}{red}", "RED"}},
		{"aws:PrincipalArn", []string{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::*:role/*"}},
	},
	arn: []subject{
		{"aws:PrincipalArn", []string{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:root",
			"arn:aws:iam::${aws:PrincipalAccount}:user/alice", "arn:aws:iam::*:role/service/app", "arn:aws:sts::*:federated-user/*", "*"}},
		{"aws:SourceArn", []string{"arn:aws:sns:us-east-1:111122223333:topic", "arn:aws:sns:*:*:*", "arn:aws:s3:::*", "arn:*"}},
		{"kms:GranteePrincipal", []string{"arn:aws:iam::111122223333:role/*"}},
		{"custom:Colour", []string{"red"}},
	},
	number: []subject{
		{"aws:MultiFactorAuthAge", []string{"300", "300.0", "3e2", "-1", "301"}},
		{"kms:RotationPeriodInDays", []string{"180", "365", "200"}},
		{"kms:ScheduleKeyDeletionPendingWindowInDays", []string{"7", "30"}},
		{"aws:EpochTime", []string{"1767323045", "1767323046"}},
		{"custom:Colour", []string{"1"}},
	},
	date: []subject{
		{"aws:CurrentTime", []string{"2026-01-02T03:04:05Z", "2026-01-02", "2026-01-02T04:04:05+01:00", "2026", "2027-01", "1767323045"}},
		{"aws:EpochTime", []string{"2026-01-02T03:04:05Z", "1767323045", "2026-01-02T03:04Z"}},
		{"aws:TokenIssueTime", []string{"2026-01-01T00:00:00Z", "2026-01-01", "1767225600.5"}},
		{"custom:Colour", []string{"2026"}},
	},
	boolean: []subject{
		{"aws:SecureTransport", []string{"true", "false", "True"}},
		{"aws:ViaAWSService", []string{"true", "false"}},
		{"aws:PrincipalIsAWSService", []string{"true", "false"}},
		{"kms:MultiRegion", []string{"true", "false"}},
		{"kms:GrantIsForAWSResource", []string{"true", "false"}},
		{"aws:MultiFactorAuthPresent", []string{"true", "false"}},
		{"kms:ReEncryptOnSameKey", []string{"true"}},
	},
	address: []subject{
		{"aws:SourceIp", []string{"10.0.0.0/8", "10.1.2.3", "10.1.2.3/24", "2001:db8::/32", "2001:db8::1", "0.0.0.0/0", "::/0"}},
		{"custom:Colour", []string{"10.0.0.0/8"}},
	},
	binary: []subject{
		{"custom:Blob", []string{"cmVk", "Ymx1ZQ=="}},
		{"custom:Colour", []string{"cmVk"}},
	},
}

// condition draws a Condition element: mostly one test, sometimes several.
func (d *drawing) condition() map[string]any {
	condition := map[string]any{}
	for range pick(d, 1, 1, 1, 2, 3, 0) {
		operator, values := d.operator()
		test, _ := condition[operator].(map[string]any)
		if test == nil {
			test = map[string]any{}
			condition[operator] = test
		}
		s := pick(d, values...)
		key := s.key
		if d.in8(1) {
			key = pick(d, strings.ToLower(key), strings.ToUpper(key))
		}
		if hasFolded(test, key) {
			continue
		}
		test[key] = d.valuesOf(operator, s)
	}
	return condition
}

func hasFolded(test map[string]any, key string) bool {
	for have := range test {
		if strings.EqualFold(have, key) {
			return true
		}
	}
	return false
}

func (d *drawing) valuesOf(operator string, s subject) any {
	if strings.EqualFold(operator, "Null") {
		return pick[any](d, "true", "false", true, false, "TRUE")
	}
	number := strings.Contains(operator, "Numeric")
	boolean := strings.Contains(operator, "Bool")
	one := func() any {
		text := pick(d, s.values...)
		switch {
		case number && d.in8(3):
			return json.RawMessage(text)
		case boolean && d.in8(3):
			return strings.ToLower(text) == "true"
		}
		return text
	}
	if d.in8(5) {
		return one()
	}
	list := []any{}
	for range pick(d, 1, 2, 2, 3, 0) {
		list = append(list, one())
	}
	return list
}

// operator draws an operator with its set operator and IfExists, and returns
// the subjects whose values it can read.
func (d *drawing) operator() (string, []subject) {
	var name string
	var values []subject
	switch eighths.Draw(d.t, "operator") {
	case 0, 1:
		name, values = pick(d, "StringEquals", "StringNotEquals"), subjects.text
	case 2, 3:
		name, values = pick(d, "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"), subjects.text
	case 4:
		name, values = pick(d, "ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"), subjects.arn
	case 5:
		comparison := pick(d, "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
		if d.in8(4) {
			name, values = "Numeric"+comparison, subjects.number
		} else {
			name, values = "Date"+comparison, subjects.date
		}
	case 6:
		name, values = pick(d, "Bool", "Null", "Null"), subjects.boolean
		if name == "Null" {
			return pick(d, "Null", "null"), slices.Concat(subjects.text, subjects.boolean, subjects.arn)
		}
	default:
		if d.in8(5) {
			name, values = pick(d, "IpAddress", "NotIpAddress"), subjects.address
		} else {
			name, values = "BinaryEquals", subjects.binary
		}
	}
	if d.in8(2) {
		name = pick(d, "ForAllValues:", "ForAnyValue:") + name
	}
	if d.in8(2) {
		name += "IfExists"
	}
	if d.in8(1) && d.in8(2) {
		name = strings.ToLower(name)
	}
	return name, values
}
