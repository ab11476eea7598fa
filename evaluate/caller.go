package evaluate

import (
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/policy"
)

// CallerConfig says everything about a caller that bears on authorization. Only
// ARN is required.
type CallerConfig struct {
	// ARN of an IAM user, of an IAM role (a session of it then calls), of an
	// assumed-role session, of a federated user or of an account's root user;
	// or the name of a service principal such as "sns.amazonaws.com"; or
	// "anonymous".
	ARN string
	// RoleARN is the role of an assumed-role session. A session's ARN does not
	// have the role's path, so without RoleARN the role is taken to have none.
	RoleARN string
	// UserARN is the IAM user who called GetFederationToken for a federated user.
	UserARN string
	// UniqueID is the user's id ("AIDA..."), of a federated user that of its
	// parent, or the role's ("AROA...") with or without ":" and the session's name.
	// Of a caller that is given as a role the session is named ROLE-SESSION-NAME in
	// aws:userid, unless the id says otherwise.
	UniqueID string

	Tags         map[string]string // tags of the user or role and of the session
	Organization Organization      // of the caller's account

	// IAMPolicies are the identity-based policies: of the user and its groups,
	// of the role, or of a federated user's parent.
	IAMPolicies         []*policy.IAMPolicy
	PermissionsBoundary *policy.IAMPolicy
	SessionPolicies     []*policy.IAMPolicy
	// ServiceControlPolicies that apply to the caller's account, by level: the
	// organization's root first, then each organizational unit, then the account.
	ServiceControlPolicies [][]*policy.ServiceControlPolicy

	// Context gives condition keys of the caller that the fields above leave open.
	Context map[string][]string
}

// A Caller is who makes a request, compiled for decisions.
//
// A Caller is immutable and safe for concurrent use by multiple goroutines.
type Caller struct {
	text      string
	kind      callerKind
	partition string // empty for services and anonymous callers
	account   string // empty for services and anonymous callers
	name      string // of the user, role, federated user or service
	session   string // the name of an assumed-role session
	roleARN   string // of a role or its session
	guessed   bool   // the role's path is not known
	names     []name
	nameSet   nameSet // their texts, and "*"

	serviceLinked bool // a service-linked role
	splits        splits

	organization Organization
	iam          []*policy.Document
	boundary     []*policy.Document // one, or none
	sessions     []*policy.Document
	scps         [][]*policy.Document
	layers       struct {
		iam, boundary, sessions policies
		scps                    []policies // by level
	}

	context         conditions.Context
	resourceContext conditions.Context // what it tells of keys in its own account
}

// callerKind is the form of a caller.
type callerKind uint8

const (
	anonymous callerKind = iota
	rootUser
	iamUser
	roleCaller    // a session of the role, its name not known
	sessionCaller // an assumed-role session
	federatedUser
	serviceCaller
)

// principalTypes are the values of aws:PrincipalType.
//
// See IAM User Guide, "IAM policy elements: Variables and tags", the table of
// principal key values. It has no row for service principals; the key is absent
// for them (UNDOCUMENTED).
var principalTypes = [...]string{
	anonymous:     "Anonymous",
	rootUser:      "Account",
	iamUser:       "User",
	roleCaller:    "AssumedRole",
	sessionCaller: "AssumedRole",
	federatedUser: "FederatedUser",
	serviceCaller: "",
}

// isService reports whether an AWS service calls as itself.
func (c *Caller) isService() bool { return c.kind == serviceCaller }

// isRoot reports whether the caller is an account's root user.
func (c *Caller) isRoot() bool { return c.kind == rootUser }

// isServiceLinkedRole reports whether the caller is a service-linked role,
// which neither SCPs nor RCPs restrict.
//
// See AWS Organizations User Guide, "Service control policies", tasks and
// entities not restricted by SCPs; likewise for RCPs.
func (c *Caller) isServiceLinkedRole() bool {
	_, resource, _ := strings.Cut(c.roleARN, ":role/")
	return strings.HasPrefix(resource, "aws-service-role/")
}

// NewCaller checks cfg and compiles it. The error is a [ConfigErrors].
func NewCaller(cfg CallerConfig) (*Caller, error) {
	f := &faults{config: "CallerConfig"}
	c := &Caller{
		text:         cfg.ARN,
		organization: cfg.Organization,
	}
	c.identify(f, cfg.ARN)
	if err := f.err(); err != nil {
		return nil, err // the rest cannot be held against a caller that is not known
	}
	c.findRole(f, cfg.RoleARN)
	c.checkParent(f, cfg.UserARN)
	c.checkUniqueID(f, cfg.UniqueID)
	c.checkPoliciesFit(f, &cfg)
	c.names = c.listNames(cfg.UserARN, cfg.UniqueID)
	c.indexNames()
	c.serviceLinked = c.isServiceLinkedRole()
	c.context = deriveCallerContext(f, &cfg, c)
	c.resourceContext = deriveResourceContext(c.organization)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.attach(&cfg)
	return c, nil
}

// attach takes over the policies of cfg.
func (c *Caller) attach(cfg *CallerConfig) {
	common := func(p *policy.IAMPolicy) *policy.Document { return &p.Document }
	c.iam = documents(cfg.IAMPolicies, common)
	c.sessions = documents(cfg.SessionPolicies, common)
	if cfg.PermissionsBoundary != nil {
		c.boundary = documents([]*policy.IAMPolicy{cfg.PermissionsBoundary}, common)
	}
	c.scps = levels(cfg.ServiceControlPolicies, func(p *policy.ServiceControlPolicy) *policy.Document { return &p.Document })
	c.compile()
}

// compile works out what decisions ask of the caller's policies.
func (c *Caller) compile() {
	c.layers.iam = policiesOf(LayerIAMPolicy, c.iam, 0)
	c.layers.boundary = policiesOf(LayerPermissionsBoundary, c.boundary, 0)
	c.layers.sessions = policiesOf(LayerSessionPolicy, c.sessions, 0)
	c.layers.scps = byLevel(LayerSCP, c.scps)
	c.indexSplits()
}

// ARN returns the caller as it was given: an ARN, a service principal's name or
// "anonymous".
func (c *Caller) ARN() string { return c.text }

// Account returns the id of the caller's account, "" for a service principal or
// an anonymous caller.
func (c *Caller) Account() string { return c.account }

// identify reads the caller's form from its ARN.
func (c *Caller) identify(f *faults, text string) {
	if text == "anonymous" {
		return
	}
	if p := policy.ServicePrincipal(text); p.Kind() == policy.Service {
		c.kind, c.name = serviceCaller, text
		return
	}
	arn, err := policy.ParseARN(text)
	if err != nil {
		f.addf("ARN", "found %q, expected the ARN of a user, role, session, federated user or root user, a service principal, or \"anonymous\"", text)
		return
	}
	p := policy.ParsePrincipal(text)
	c.partition, c.account = arn.Partition, arn.Account
	_, path, _ := strings.Cut(arn.Resource, "/")
	switch p.Kind() {
	case policy.Account:
		c.kind = rootUser
	case policy.User:
		c.kind, c.name = iamUser, lastElement(path)
	case policy.Role:
		c.kind, c.name, c.roleARN = roleCaller, lastElement(path), text
	case policy.Session:
		c.kind = sessionCaller
		c.name, c.session, _ = strings.Cut(path, "/")
	case policy.FederatedUser:
		c.kind, c.name = federatedUser, path
	default:
		f.addf("ARN", "found %q, expected the ARN of a user, role, session, federated user or root user", text)
	}
}

// findRole settles which role a session belongs to.
func (c *Caller) findRole(f *faults, roleARN string) {
	if c.kind != sessionCaller {
		if roleARN != "" && roleARN != c.roleARN {
			f.contradict("CallerConfig.ARN", "RoleARN", "only an assumed-role session has one, and the caller is %q", c.text)
		}
		return
	}
	role := "arn:" + c.partition + ":iam::" + c.account + ":role/" + c.name
	ofInstance := c.name == arn.InstanceRole
	if ofInstance {
		role += "/" + c.session
	}
	if roleARN == "" {
		c.roleARN, c.guessed = role, !ofInstance
		return
	}
	given, err := policy.ParseARN(roleARN)
	fits := err == nil && policy.ParsePrincipal(roleARN).Kind() == policy.Role &&
		given.Partition == c.partition && given.Account == c.account && lastElement(given.Resource) == c.name
	if ofInstance {
		fits = roleARN == role
	}
	if !fits {
		f.contradict("CallerConfig.ARN", "RoleARN", "%q is not the role of the session %q", roleARN, c.text)
	}
	c.roleARN = roleARN
}

// checkParent checks the parent of a federated user.
func (c *Caller) checkParent(f *faults, userARN string) {
	if userARN == "" {
		return
	}
	if c.kind != federatedUser {
		f.contradict("CallerConfig.ARN", "UserARN", "only a federated user has one, and the caller is %q", c.text)
		return
	}
	arn, err := policy.ParseARN(userARN)
	if err != nil || policy.ParsePrincipal(userARN).Kind() != policy.User || arn.Partition != c.partition || arn.Account != c.account {
		f.contradict("CallerConfig.ARN", "UserARN", "%q is not a user of the federated user's account", userARN)
	}
}

// checkUniqueID refuses the unique id of another kind of principal.
//
// See IAM User Guide, "IAM identifiers", the table of prefixes of unique ids.
func (c *Caller) checkUniqueID(f *faults, uniqueID string) {
	foreign, kind := "AIDA", "a user"
	if c.kind == iamUser || c.kind == federatedUser {
		foreign, kind = "AROA", "a role"
	}
	if strings.HasPrefix(uniqueID, foreign) {
		f.contradict("CallerConfig.ARN", "UniqueID", "%q is the id of %s, and the caller is %q", uniqueID, kind, c.text)
	}
}

// checkPoliciesFit refuses policies that such a caller cannot have.
//
// See IAM User Guide, "Policies and permissions in IAM": the root user and
// service principals have neither identity-based policies nor a permissions
// boundary; session policies are passed when a session is made.
func (c *Caller) checkPoliciesFit(f *faults, cfg *CallerConfig) {
	hasIdentity := c.hasIdentity()
	hasSession := c.kind == roleCaller || c.kind == sessionCaller || c.kind == federatedUser
	if len(cfg.IAMPolicies) > 0 && !hasIdentity {
		f.contradict("CallerConfig.ARN", "IAMPolicies", "%q cannot have identity-based policies", c.text)
	}
	if cfg.PermissionsBoundary != nil && !hasIdentity {
		f.contradict("CallerConfig.ARN", "PermissionsBoundary", "%q cannot have a permissions boundary", c.text)
	}
	if len(cfg.SessionPolicies) > 0 && !hasSession {
		f.contradict("CallerConfig.ARN", "SessionPolicies", "%q is not a session", c.text)
	}
	checkPolicies(f, "IAMPolicies", cfg.IAMPolicies)
	checkPolicies(f, "SessionPolicies", cfg.SessionPolicies)
	checkLevels(f, "ServiceControlPolicies", cfg.ServiceControlPolicies)
}

// hasIdentity reports whether identity-based policies can be attached to the
// caller, or to its role or parent.
func (c *Caller) hasIdentity() bool {
	return c.kind != anonymous && c.kind != rootUser && c.kind != serviceCaller
}

// lastElement returns what follows the last slash of a path.
func lastElement(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}
