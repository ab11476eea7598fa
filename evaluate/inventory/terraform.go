package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// AddTerraform adds what "terraform show -json" prints of a plan or of a state: keys with their
// policies, aliases and grants, users, groups, roles, their policies and attachments, in modules
// at any depth. They may be looked up by their addresses. Of a plan it is what will be when it
// has been applied; what a plan deletes is ignored, and not taken away from what other sources
// said.
//
// A plan leaves open what is known only after apply. What is yet to be created is called by a
// placeholder, which is its address: the key id of a key, the name of a role that has only a
// name_prefix. Options give the account and the Region where the provider's configuration does not,
// by the role that it assumes and by its region. A policy that is known only after apply is rebuilt where it is the JSON of a data source
// aws_iam_policy_document, whose parts are in the plan; one made by jsonencode or a template is
// not. Its references are followed through variables and outputs of modules, not through local
// values, which a plan does not have. The plan does not keep expressions either, only what they
// refer to: an expression that refers to one attribute is taken to be that attribute.
//
// Everything else that is known only after apply is unknown, except in statements without any KMS
// action, where it does not matter; there it reads "${aws_s3_bucket.data.arn}". A policy, grant or
// attachment of which the plan does not tell whose it is leaves open every key or principal that is
// yet to be created: it may be theirs.
func (inv *Inventory) AddTerraform(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error {
		p := newPlan(r)
		if err := p.scanDocument(); err != nil {
			return err
		}
		p.readBlocks()
		return nil
	})
}

// A plan is a plan or a state that is being read.
type plan struct {
	*reading
	blocks    []*block // of the types that are read, data sources included
	byAddress map[string]*block
	instances map[string][]*block // those of a resource with count or for_each, by its address without index
	changes   map[string]bool     // the addresses of all that the plan has
	prior     []*block            // what was before the plan
	former    map[former]string   // what resources of the plan said before it, and their addresses

	root      *module
	providers map[string]gjson.Result // provider configurations by key
	variables gjson.Result            // of the root module

	account  string                  // that of the caller's identity, if the plan has one
	accounts map[string]string       // of the plan's principals, by kind and name
	keys     map[string][]policy.ARN // the plan's keys by id, which related multi-Region keys share
	steps    int                     // references that may still be followed
	strays   []stray
}

// maxSteps bounds how many references are followed in all: a variable may refer to two others,
// which do so as well.
const maxSteps = 1 << 20

func newPlan(r *reading) *plan {
	return &plan{
		reading: r, byAddress: make(map[string]*block), instances: make(map[string][]*block), changes: make(map[string]bool), root: new(module),
		former: make(map[former]string), providers: make(map[string]gjson.Result), accounts: make(map[string]string), keys: make(map[string][]policy.ARN),
		steps: maxSteps,
	}
}

// A block is a resource or a data source, as it will be or as it is.
type block struct {
	*node
	address, module string // the module's address is "" for the root module
	kind, name      string // type and name, as in "aws_kms_key.orders"
	isData          bool
	isDeleted       bool
	values          map[string]jsondoc.Value // attributes that are known
	unknown         map[string]jsondoc.Value // attributes that are not, at least in part
	config          *blockConfig             // nil if the document does not have it
	arn             policy.ARN               // once it is settled
	settling        bool                     // while it is
	document        documentMemo             // of a data source aws_iam_policy_document
}

// readTypes are the types of resources that are read, and the data sources that references to
// them pass through.
var (
	readTypes = []string{
		"aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key", "aws_kms_key_policy",
		"aws_kms_alias", "aws_kms_grant",
		"aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_iam_policy",
		"aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy",
		"aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment", "aws_iam_policy_attachment",
		"aws_iam_role_policy_attachments_exclusive", "aws_iam_user_policy_attachments_exclusive", "aws_iam_group_policy_attachments_exclusive",
		"aws_iam_group_membership", "aws_iam_user_group_membership",
	}
	readData = []string{
		"aws_iam_policy_document", "aws_iam_policy", "aws_caller_identity", "aws_partition", "aws_region",
		"aws_kms_key", "aws_kms_alias", "aws_iam_role", "aws_iam_user", "aws_iam_group",
	}
	harmlessTypes = []string{
		"aws_iam_access_key", "aws_iam_account_alias", "aws_iam_account_password_policy", "aws_iam_instance_profile",
		"aws_iam_openid_connect_provider", "aws_iam_organizations_features", "aws_iam_outbound_web_identity_federation",
		"aws_iam_saml_provider", "aws_iam_security_token_service_preferences", "aws_iam_server_certificate",
		"aws_iam_service_specific_credential", "aws_iam_signing_certificate", "aws_iam_user_login_profile", "aws_iam_user_ssh_key",
		"aws_iam_virtual_mfa_device", "aws_kms_ciphertext", "aws_kms_custom_key_store",
		"aws_iam_role_policies_exclusive", "aws_iam_user_policies_exclusive", "aws_iam_group_policies_exclusive",
	}
)

// isRead reports whether resources or data sources of a type are read.
func isRead(kind string, isData bool) bool {
	if isData {
		return slices.Contains(readData, kind)
	}
	return slices.Contains(readTypes, kind)
}

// mayBearChange reports whether a resource, or the change of one, may bear on what is decided here, though
// it is not read. Of VPC endpoints those of KMS may.
func mayBearChange(head gjson.Result, kind string) bool {
	if isDeletion(head.Get("change.actions")) {
		return false
	}
	switch kind {
	case "aws_vpc_endpoint_policy":
		return true
	case "aws_vpc_endpoint":
		service := cmp.Or(head.Get("change.after.service_name").Str, head.Get("values.service_name").Str)
		return service == "" || strings.Contains(service, "kms")
	}
	for _, prefix := range []string{"aws_kms_", "aws_iam_", "awscc_kms_", "awscc_iam_", "aws_organizations_policy"} {
		if strings.HasPrefix(kind, prefix) {
			return !slices.Contains(harmlessTypes, kind)
		}
	}
	return false
}

// scanDocument walks through the document and keeps what is needed of it.
//
// See Terraform's documentation, "JSON Output Format".
func (p *plan) scanDocument() error {
	at := p.scan.Place()
	versioned := false
	var planned, changed bool
	err := p.scan.Object(func(m jsonstream.Member) error {
		switch m.Name {
		case "@level", "@message", "@module", "@timestamp":
			return &jsonstream.Error{Place: at, Code: jsondoc.Syntax, Text: `found a message of "terraform plan -json"`}
		case "format_version":
			versioned = true
			return p.checkVersion(m)
		case "errored":
			return p.checkErrored(m)
		case "planned_values":
			planned = true // the same as resource_changes, without what is unknown
		case "resource_changes":
			changed = true
			return p.scan.List(func(int) error { return p.scanChange() })
		case "deferred_changes":
			return p.scan.List(p.scanDeferred)
		case "prior_state":
			return p.scan.Object(func(m jsonstream.Member) error {
				if m.Name != "values" {
					return nil
				}
				return p.scanValues(true)
			})
		case "values":
			return p.scanValues(false)
		case "variables":
			return p.keep(&p.variables)
		case "configuration":
			return p.scan.Object(p.scanConfiguration)
		}
		return nil
	})
	if err == nil {
		err = p.scan.End()
	}
	var fault *jsonstream.Error
	switch {
	case errors.As(err, &fault) && fault.Place == at: // perhaps a plan as it was saved, which is an archive
		fault.Text += `; a plan is read as "terraform show -json plan.out" prints it`
	case err != nil:
	case !versioned:
		p.problem(at, "", policy.CodeMissingMember, `field "format_version" is missing: expected what "terraform show -json" prints`)
	case planned && !changed && !p.isEmptyPlan():
		p.problem(at, "", CodeIncomplete, "the plan has planned_values without resource_changes, which are what is read")
	}
	return err
}

// isEmptyPlan reports whether the configuration has nothing that a plan would have.
func (p *plan) isEmptyPlan() bool { return len(p.root.blocks)+len(p.root.calls) == 0 }

// keep takes a value as it is.
func (p *plan) keep(to *gjson.Result) error {
	e, err := p.scan.Take()
	if err == nil {
		*to = gjson.Parse(string(e.Data))
	}
	return err
}

// checkVersion refuses formats of another major version than those that are known, as Terraform
// asks of readers.
func (p *plan) checkVersion(m jsonstream.Member) error {
	var version gjson.Result
	if err := p.keep(&version); err != nil {
		return err
	}
	if major, _, _ := strings.Cut(version.Str, "."); major != "0" && major != "1" {
		return policy.Errors{{Position: policy.Position(m.At), Path: m.Name, Code: CodeUnsupported,
			Text: fmt.Sprintf("found %s, expected a format of version 0 or 1", version.Raw)}}
	}
	return nil
}

// checkErrored reports a plan that was not made to its end.
func (p *plan) checkErrored(m jsonstream.Member) error {
	var errored gjson.Result
	err := p.keep(&errored)
	if errored.Type == gjson.True {
		p.problem(m.At, "", CodeIncomplete, "making the plan ended in an error, so that a part of it may be missing")
	}
	return err
}

// scanChange keeps a resource change, or counts it.
func (p *plan) scanChange() error {
	cut, err := p.scan.Take()
	if err != nil {
		return p.tooLarge(err)
	}
	head := gjson.ParseBytes(cut.Data)
	address := head.Get("address").Str
	p.changes[address] = true
	if !p.isKept(head, cut.Place, address) {
		return nil
	}
	b := p.newBlock(cut, head)
	change := gjson.Result{}
	b.root.Fields(&resourceChangeShape, func(m jsondoc.Member) {
		change = gjson.Parse(m.Raw())
		m.Fields(&changeShape, func(m jsondoc.Member) {
			switch {
			case m.IsNull():
			case m.Name == "after":
				b.values = given(m.Value)
			default:
				b.unknown = unknownOf(m.Value)
			}
		})
	})
	b.isDeleted = head.Get("deposed").Exists() || isDeletion(change.Get("actions"))
	p.noteFormer(b, change.Get("before"))
	p.addBlock(b)
	return nil
}

// A former is a policy that a resource of the plan gave to a role or a key before the plan. The
// role and the key tell of it among their own attributes, as they were read then.
type former struct {
	of     string // the name of the role, the id of the key
	policy string // the name of the inline policy, the ARN of the managed policy, "" for a key policy
}

// noteFormer notes what a resource said before the plan. What it will say is told again.
func (p *plan) noteFormer(b *block, before gjson.Result) {
	if !before.IsObject() {
		return // it is yet to be created
	}
	roles := []gjson.Result{before.Get("role")}
	name := before.Get("policy_arn").Str
	switch b.kind {
	case "aws_kms_key_policy":
		if id := lastPart(before.Get("key_id").Str); b.isDeleted && id != "" {
			p.former[former{of: id}] = b.address
		}
		return
	case "aws_iam_role_policy":
		name = before.Get("name").Str
	case "aws_iam_policy_attachment":
		roles = elementsOf(before.Get("roles"))
	case "aws_iam_role_policy_attachment":
	default:
		return
	}
	for _, role := range roles {
		if role.Str != "" && name != "" {
			p.former[former{of: lastPart(role.Str), policy: name}] = b.address
		}
	}
}

// isFormer reports whether an attribute of a role tells of a policy that it has from another
// resource of the plan, as it was before. What the configuration sets is no such policy.
func (p *plan) isFormer(b *block, attribute, policy string) bool {
	_, is := p.former[former{of: b.known("name"), policy: policy}]
	return is && !b.expression(attribute).Exists()
}

var (
	resourceChangeShape = jsondoc.Shape{Noun: "field", Names: []string{"change"}, Required: []string{"change"}, Open: true}
	changeShape         = jsondoc.Shape{Noun: "field", Names: []string{"after", "after_unknown"}, Open: true}
	resourceValuesShape = jsondoc.Shape{Noun: "field", Names: []string{"values"}, Open: true}
)

// isDeletion reports whether the actions of a change leave nothing behind that Terraform manages.
func isDeletion(actions gjson.Result) bool {
	list := elementsOf(actions)
	return len(list) == 1 && (list[0].Str == "delete" || list[0].Str == "forget")
}

// tooLarge reports an element that is too large, and goes on.
func (p *plan) tooLarge(err error) error {
	fault, ok := err.(*jsonstream.Error)
	if !ok || fault.Code != jsondoc.TooLarge {
		return err
	}
	p.problem(fault.Place, "", policy.CodeTooLarge, "%s", fault.Text)
	return nil
}

// isKept reports whether a resource is of a type that is read. Others are counted, but for data
// sources.
func (p *plan) isKept(head gjson.Result, at jsondoc.Place, address string) bool {
	kind, isData := head.Get("type").Str, head.Get("mode").Str == "data"
	switch {
	case isRead(kind, isData):
		return true
	case isData:
	case mayBearChange(head, kind):
		p.problem(at, shortened(address), CodeUnsupported, "resources of type %s are not read", shortened(kind))
	default:
		p.report.Ignored++
	}
	return false
}

// newBlock starts a block from the head of its element.
func (p *plan) newBlock(cut jsonstream.Element, head gjson.Result) *block {
	address := head.Get("address").Str
	doc := jsondoc.Read(cut.Data, jsondoc.Options{At: cut.Place, MaxBytes: max(len(cut.Data), 1)})
	b := &block{
		node:    &node{reading: p.reading, doc: doc, root: doc.Root(), at: policy.Position(cut.Place), path: shortened(address)},
		address: address, kind: head.Get("type").Str, name: head.Get("name").Str, isData: head.Get("mode").Str == "data",
	}
	b.module, _ = splitAddress(address)
	return b
}

// addBlock adds a block. An address that is there already is a fault.
func (p *plan) addBlock(b *block) {
	if b.isDeleted {
		if !b.isData {
			p.report.Ignored++
		}
		return
	}
	if p.byAddress[b.address] != nil {
		b.root.Fault(jsondoc.DuplicateMember, "%q is given twice", b.address)
	}
	p.byAddress[b.address] = b
	if index := scopeOf(b).index; index != "" {
		of := strings.TrimSuffix(b.address, index)
		p.instances[of] = append(p.instances[of], b)
	}
	p.blocks = append(p.blocks, b)
}

// given returns the attributes that are given: of text, some state has "" for null.
func given(v jsondoc.Value) map[string]jsondoc.Value {
	all := make(map[string]jsondoc.Value)
	v.Members(func(m jsondoc.Member) {
		if !isNotGiven(m.Value) {
			all[m.Name] = m.Value
		}
	})
	return all
}

// unknownOf returns the attributes that are unknown, at least in part: the values are true, or
// have a true somewhere.
func unknownOf(v jsondoc.Value) map[string]jsondoc.Value {
	all := make(map[string]jsondoc.Value)
	if v.Kind() == jsondoc.Bool {
		return all // all of it or nothing, which after tells as well
	}
	v.Members(func(m jsondoc.Member) {
		if strings.Contains(m.Raw(), "true") {
			all[m.Name] = m.Value
		}
	})
	return all
}

// scanDeferred reports a change that Terraform has put off.
func (p *plan) scanDeferred(int) error {
	cut, err := p.scan.Take()
	if err != nil {
		return p.tooLarge(err)
	}
	change := gjson.ParseBytes(cut.Data).Get("resource_change")
	address := change.Get("address").Str
	p.changes[address] = true
	if p.isKept(change, cut.Place, address) {
		p.problem(cut.Place, shortened(address), CodeUnknown, "the plan defers it to a later one")
	}
	return nil
}

// scanValues walks through the values of a state: of one that is being read, or of the one that a
// plan starts from.
func (p *plan) scanValues(prior bool) error {
	return p.scan.Object(func(m jsonstream.Member) error {
		if m.Name != "root_module" {
			return nil
		}
		return p.scanModuleValues(prior)
	})
}

// scanModuleValues walks through the resources of a module and of its child modules.
func (p *plan) scanModuleValues(prior bool) error {
	return p.scan.Object(func(m jsonstream.Member) error {
		switch m.Name {
		case "resources":
			return p.scan.List(func(int) error { return p.scanResource(prior) })
		case "child_modules":
			return p.scan.List(func(int) error { return p.scanModuleValues(prior) })
		}
		return nil
	})
}

// scanResource keeps a resource of a state, or counts it. Of the state that a plan starts from,
// the plan has told all but the data sources and what it leaves alone.
func (p *plan) scanResource(prior bool) error {
	cut, err := p.scan.Take()
	if err != nil {
		return p.tooLarge(err)
	}
	head := gjson.ParseBytes(cut.Data)
	address := head.Get("address").Str
	if prior && p.changes[address] || !p.isKept(head, cut.Place, address) {
		return nil
	}
	b := p.newBlock(cut, head)
	b.root.Fields(&resourceValuesShape, func(m jsondoc.Member) { b.values = given(m.Value) })
	if prior {
		p.prior = append(p.prior, b)
		return nil
	}
	p.addBlock(b)
	return nil
}
