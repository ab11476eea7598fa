package evaluate

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// The notation of these tests. A situation is a line of clauses with ";"
// between them, for example
//
//	kp +root:* -alice:Decrypt; iam +Decrypt@key?mfa; caller app; do Decrypt
//
// A statement is "+" (Allow) or "-" (Deny); in policies with principals then
// whom it names and ":", with "!" before them for NotPrincipal; then actions
// without "kms:"; then "@" and a resource ("*" if left out); then "?" and a
// condition, "Operator|key|value" or "mfa". The clauses:
//
//	kp, vpce         statements with principals
//	iam, pb, sp      statements; each iam and sp is one more policy
//	scp, rcp         statements; each is one more level, "scp&" one more policy in the last
//	grant            grantee:operations and id:, eq:, sub:, src:, ret:, acct:, tok:, pending, retired
//	caller           who calls, then role:, user:, uid:
//	key              words of the key's enums, "mr" for multi-Region
//	do               the action; nokey, alias, in, id, via, ec, tok, gid, src, acct, ctx: what else is asked
//	kctx, cctx       contexts of the key and the caller as name=value,value
//	korg, corg       organizations of key and caller: words id, path, "mgmt"
//	rules            aws, strict, both
const (
	home   = "111122223333"
	away   = "444455556666"
	theKey = "1234abcd-12ab-34cd-56ef-1234567890ab"
	ownKy  = "arn:aws:kms:us-east-1:111122223333:key/" + theKey
	other  = "arn:aws:kms:us-east-1:111122223333:key/other"
	alias  = "arn:aws:kms:us-east-1:111122223333:alias/orders"
)

var whos = map[string]string{
	"root": "arn:aws:iam::111122223333:root", "rootid": home,
	"far": "arn:aws:iam::444455556666:root", "farid": away,
	"anyone": "*",
	"app":    "arn:aws:iam::111122223333:role/app", "app/": "arn:aws:iam::111122223333:role/service/app",
	"sess": "arn:aws:sts::111122223333:assumed-role/app/i-0abc", "ec2": "arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0abc", "sess2": "arn:aws:sts::111122223333:assumed-role/app/other",
	"web":   "arn:aws:iam::111122223333:role/web",
	"alice": "arn:aws:iam::111122223333:user/alice", "Alice": "arn:aws:iam::111122223333:user/Alice", "bob": "arn:aws:iam::111122223333:user/bob",
	"fed": "arn:aws:sts::111122223333:federated-user/fred", "fed2": "arn:aws:sts::111122223333:federated-user/other",
	"svc": "s3.amazonaws.com", "svc2": "sns.amazonaws.com", "svcr": "s3.us-east-1.amazonaws.com",
	"aroa": "AROAAAAAAAAAAAAAAAAAA", "aida": "AIDAAAAAAAAAAAAAAAAAA",
	"fapp": "arn:aws:iam::444455556666:role/app", "falice": "arn:aws:iam::444455556666:user/alice",
	"fsess": "arn:aws:sts::444455556666:assumed-role/app/s", "ffed": "arn:aws:sts::444455556666:federated-user/fred",
	"slr":     "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
	"cn":      "arn:aws-cn:iam::111122223333:role/app",
	"anyrole": "arn:aws:iam::111122223333:role/*", "anysess": "arn:aws:sts::111122223333:assumed-role/app/*",
	"group": "arn:aws:iam::111122223333:group/admins",
}

func who(name string) string {
	if text, ok := whos[name]; ok {
		return text
	}
	return name
}

type statementJSON struct {
	Sid          string                       `json:",omitempty"`
	Effect       string                       //
	Principal    any                          `json:",omitempty"`
	NotPrincipal any                          `json:",omitempty"`
	Action       []string                     `json:",omitempty"`
	Resource     string                       `json:",omitempty"`
	Condition    map[string]map[string]string `json:",omitempty"`
}

// stmt reads one statement of the notation.
func stmt(text string, principals bool) statementJSON {
	var st statementJSON
	st.Effect = map[byte]string{'+': "Allow", '-': "Deny"}[text[0]]
	if st.Effect == "" {
		panic("no effect: " + text)
	}
	rest := text[1:]
	rest, cond, hasCond := strings.Cut(rest, "?")
	if cond == "mfa" {
		cond = "Bool|aws:MultiFactorAuthPresent|true"
	}
	if hasCond {
		part := strings.SplitN(cond, "|", 3)
		st.Condition = map[string]map[string]string{part[0]: {part[1]: part[2]}}
	}
	rest, st.Resource, _ = strings.Cut(rest, "@")
	switch st.Resource {
	case "":
		st.Resource = "*"
	case "key":
		st.Resource = ownKy
	case "other":
		st.Resource = other
	case "none":
		st.Resource = ""
	}
	if principals {
		var names string
		names, rest, _ = strings.Cut(rest, ":")
		names, not := strings.CutPrefix(names, "!")
		p := principalElement(strings.Split(names, ","))
		if not {
			st.NotPrincipal = p
		} else {
			st.Principal = p
		}
	}
	for name := range strings.SplitSeq(rest, ",") {
		st.Action = append(st.Action, "kms:"+name)
	}
	return st
}

func principalElement(names []string) any {
	byKind := map[string][]string{}
	for _, name := range names {
		switch {
		case name == "anyone" && len(names) == 1:
			return "*"
		case strings.HasPrefix(name, "svc"):
			byKind["Service"] = append(byKind["Service"], who(name))
		default:
			byKind["AWS"] = append(byKind["AWS"], who(name))
		}
	}
	return byKind
}

// doc writes a policy of statements in the notation.
func doc(words []string, principals bool) []byte {
	list := []statementJSON{}
	for _, word := range words {
		list = append(list, stmt(word, principals))
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		panic(err)
	}
	return text
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func keyPolicy(text string) *policy.KeyPolicy {
	return must(policy.ParseKeyPolicy(doc(strings.Fields(text), true), nil))
}

func iamPolicy(text, name string) *policy.IAMPolicy {
	return must(policy.ParseIAMPolicy(doc(strings.Fields(text), false), &policy.ParseOptions{Name: name}))
}

// A world is a situation before it is compiled.
type world struct {
	key     KeyConfig
	caller  CallerConfig
	request RequestConfig
	rules   Rules
	nokey   bool
}

// read reads a situation. A role calls Decrypt where it does not say otherwise.
func read(text string) world {
	w := world{
		key:     KeyConfig{ARN: ownKy, Policy: keyPolicy("")},
		caller:  CallerConfig{ARN: who("app")},
		request: RequestConfig{Action: action.Decrypt},
	}
	for clause := range strings.SplitSeq(text, ";") {
		words := strings.Fields(clause)
		if len(words) > 0 {
			w.clause(words[0], words[1:])
		}
	}
	return w
}

func (w *world) clause(head string, words []string) {
	head, name, _ := strings.Cut(head, "=")
	one := ""
	if len(words) > 0 {
		one = words[0]
	}
	r := &w.request
	switch head {
	case "kp":
		w.key.Policy = keyPolicy(strings.Join(words, " "))
	case "iam":
		w.caller.IAMPolicies = append(w.caller.IAMPolicies, iamPolicy(strings.Join(words, " "), name))
	case "pb":
		w.caller.PermissionsBoundary = iamPolicy(strings.Join(words, " "), name)
	case "sp":
		w.caller.SessionPolicies = append(w.caller.SessionPolicies, iamPolicy(strings.Join(words, " "), name))
	case "scp", "scp&":
		p := func() *policy.ServiceControlPolicy {
			return must(policy.ParseServiceControlPolicy(doc(words, false), &policy.ParseOptions{Name: name}))
		}
		w.caller.ServiceControlPolicies = level(w.caller.ServiceControlPolicies, head, one, p)
	case "rcp", "rcp&":
		p := func() *policy.ResourceControlPolicy {
			return must(policy.ParseResourceControlPolicy(doc(words, true), &policy.ParseOptions{Name: name}))
		}
		w.key.ResourceControlPolicies = level(w.key.ResourceControlPolicies, head, one, p)
	case "vpce":
		r.VPCEndpoint = &VPCEndpoint{ID: "vpce-0abc", Policy: must(policy.ParseEndpointPolicy(doc(words, true), nil))}
	case "grant":
		w.key.Grants = append(w.key.Grants, readGrant(words))
	case "caller":
		w.caller.ARN = who(one)
		for _, word := range words[1:] {
			kind, value, _ := strings.Cut(word, ":")
			*map[string]*string{"role": &w.caller.RoleARN, "user": &w.caller.UserARN, "uid": &w.caller.UniqueID}[kind] = who(value)
		}
	case "key":
		for _, word := range words {
			w.keyWord(word)
		}
	case "do":
		r.Action, _ = action.Parse("kms:" + one)
	case "nokey":
		w.nokey = true
	case "alias":
		r.Alias = one
	case "in":
		r.Region = one
	case "id":
		r.KeyID = one
	case "via":
		r.ViaService = one
	case "ec":
		r.EncryptionContext = pairs(words)
	case "tok":
		r.GrantTokens = words
	case "gid":
		r.GrantID = one
	case "src":
		r.SourceARN = one
	case "acct":
		r.SourceAccount = one
	case "ctx":
		r.Context = context(words)
	case "kctx":
		w.key.Context = context(words)
	case "cctx":
		w.caller.Context = context(words)
	case "korg":
		w.key.Organization = organization(words)
	case "corg":
		w.caller.Organization = organization(words)
	case "rules":
		w.rules = map[string]Rules{"default": DefaultRules(), "aws": AWSRules(), "strict": StrictRules(), "both": {true, true}}[one]
	default:
		panic("unknown clause " + head)
	}
}

func level[P any](levels [][]*P, head, one string, p func() *P) [][]*P {
	switch {
	case strings.HasSuffix(head, "&"):
		levels[len(levels)-1] = append(levels[len(levels)-1], p())
		return levels
	case one == "empty":
		return append(levels, nil)
	default:
		return append(levels, []*P{p()})
	}
}

func pairs(words []string) map[string]string {
	m := map[string]string{}
	for _, word := range words {
		if k, v, ok := strings.Cut(word, "="); ok {
			m[k] = v
		}
	}
	return m
}

func context(words []string) map[string][]string {
	m := map[string][]string{}
	for _, word := range words {
		k, v, given := strings.Cut(word, "=")
		m[k] = nil
		if given {
			m[k] = strings.Split(v, ",")
		}
	}
	return m
}

func organization(words []string) Organization {
	var o Organization
	for _, word := range words {
		switch {
		case word == "mgmt":
			o.ManagementAccount = true
		case strings.Contains(word, "/"):
			o.Path = word
		default:
			o.ID = word
		}
	}
	return o
}

func (w *world) keyWord(word string) {
	k := &w.key
	if v, err := ParseKeyState(word); err == nil {
		k.State = v
	} else if v, err := ParseKeyManager(word); err == nil {
		k.Manager = v
	} else if v, err := ParseOrigin(word); err == nil {
		k.Origin = v
	} else if v, err := ParseKeySpec(word); err == nil {
		k.Spec = v
	} else if v, err := ParseKeyUsage(word); err == nil {
		k.Usage = v
	} else if v, err := ParseMultiRegionKeyType(word); err == nil {
		k.MultiRegionKeyType = v
	} else if word == "mr" {
		k.MultiRegion = true
	} else if strings.HasPrefix(word, "alias/") {
		k.Aliases = append(k.Aliases, word)
	} else if name, value, ok := strings.Cut(word, "="); ok {
		if k.Tags == nil {
			k.Tags = map[string]string{}
		}
		k.Tags[name] = value
	} else {
		k.ARN = word
	}
}

func grantee(name string) policy.Principal {
	if strings.HasPrefix(name, "svc") {
		return policy.ServicePrincipal(who(name))
	}
	return policy.ParsePrincipal(who(name))
}

func readGrant(words []string) grants.Grant {
	g := grants.Grant{ID: "g1"}
	name, operations, _ := strings.Cut(words[0], ":")
	g.Grantee = grantee(name)
	for operation := range strings.SplitSeq(operations, ",") {
		g.Operations = g.Operations.With(must(action.Parse("kms:" + operation)))
	}
	for _, word := range words[1:] {
		switch head, value, _ := strings.Cut(word, ":"); head {
		case "id":
			g.ID = value
		case "eq":
			g.Constraints.EncryptionContextEquals = pairs(strings.Split(value, ","))
		case "sub":
			g.Constraints.EncryptionContextSubset = pairs(strings.Split(value, ","))
		case "src":
			g.Constraints.SourceARN = value
		case "ret":
			g.Retiring = grantee(value)
		case "acct":
			g.IssuingAccount = value
		case "tok":
			g.Token = value
		case "on":
			g.KeyID = value
		case "pending":
			g.Status = grants.Pending
		case "retired":
			g.Status = grants.Retired
		default:
			panic("unknown word " + word)
		}
	}
	return g
}

// build compiles a world.
func (w *world) build() (*Key, *Caller, *Request) {
	var k *Key
	if !w.nokey {
		k = must(NewKey(w.key))
	}
	return k, must(NewCaller(w.caller)), must(NewRequest(w.request))
}

// decide compiles a world and decides it.
func (w *world) decide() Decision {
	k, c, r := w.build()
	return w.rules.Decide(k, c, r)
}

// decide decides the situation of a line.
func decide(t *testing.T, line string) Decision {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%s: %v", line, r)
		}
	}()
	w := read(line)
	return w.decide()
}

// outcome writes a decision in one line: "allow LAYER" or "deny LAYER/REASON
// ..." with " | " before the alternatives.
func outcome(t *testing.T, d Decision) string {
	t.Helper()
	var blockers, alternatives []string
	for e := range d.Blockers() {
		blockers = append(blockers, e.Layer().String()+"/"+e.Reason().String())
		if len(blockers) == 1 && (e.Layer() != d.Layer() || e.Reason() != d.Reason()) {
			t.Errorf("%v: layer and reason are not the first blocker's", d)
		}
	}
	for e := range d.Alternatives() {
		alternatives = append(alternatives, e.Layer().String()+"/"+e.Reason().String())
	}
	text := "allow " + d.Layer().String()
	if !d.Allowed() {
		text = "deny"
	} else if d.Reason() != ReasonNone {
		t.Errorf("%v: allowed with a reason", d)
	}
	text += " " + strings.Join(blockers, " ")
	if len(alternatives) > 0 {
		text += " | " + strings.Join(alternatives, " ")
	}
	return strings.TrimSpace(text)
}

// A row is a situation and its outcome.
type row struct{ line, want string }

// run checks rows; clauses of base come before those of each line.
func run(t *testing.T, base string, rows []row) {
	t.Helper()
	for _, r := range rows {
		if got := outcome(t, decide(t, base+";"+r.line)); got != r.want {
			t.Errorf("%s; %s:\n got %s\nwant %s", base, r.line, got, r.want)
		}
	}
}

// faultsOf lists the configs and fields of a ConfigErrors.
func faultsOf(err error) []string {
	var list []string
	if all, ok := err.(ConfigErrors); ok {
		for _, e := range all {
			list = append(list, e.Config+"."+e.Field)
		}
	} else if err != nil {
		list = append(list, "not ConfigErrors: "+err.Error())
	}
	return slices.Compact(list)
}

// lookup returns what a context has for a condition key, values joined by ",";
// "-" if it is absent.
func lookup(c *conditions.Context, key string) string {
	list := c.Lookup(conditions.ParseKey(key))
	if list == nil {
		return "-"
	}
	return strings.Join(list, ",")
}
