package inventory

import (
	"io"
	"regexp"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// AddOrganizationPolicies adds service control policies and resource control policies as
// "aws organizations describe-policy" prints them. Several outputs may follow each other;
// policies of other types are ignored. FullAWSAccess and RCPFullAWSAccess need not be added.
func (inv *Inventory) AddOrganizationPolicies(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error { return r.outputs(readOrganizationPolicy) })
}

var (
	describePolicyShape     = jsondoc.Shape{Noun: "field", Names: []string{"Policy"}, Required: []string{"Policy"}, Open: true}
	organizationPolicyShape = jsondoc.Shape{
		Noun: "field", Names: []string{"PolicySummary", "Content"}, Required: []string{"PolicySummary", "Content"}, Open: true,
	}
	policySummaryShape = jsondoc.Shape{Noun: "field", Names: []string{"Id", "Type", "Name"}, Required: []string{"Id", "Type"}, Open: true}
)

// A policySummary is what listings of AWS Organizations say of a policy.
type policySummary struct{ id, policyType, name string }

func readPolicySummary(v jsondoc.Value) (s policySummary) {
	v.Fields(&policySummaryShape, func(m jsondoc.Member) {
		switch m.Name {
		case "Id":
			s.id, _ = m.Text()
		case "Type":
			s.policyType, _ = m.Text()
		case "Name":
			s.name, _ = m.Text()
		}
	})
	return s
}

// readOrganizationPolicy reads describe-policy's output.
func readOrganizationPolicy(n *node) {
	var summary policySummary
	var content jsondoc.Value
	n.root.Fields(&describePolicyShape, func(m jsondoc.Member) {
		m.Fields(&organizationPolicyShape, func(m jsondoc.Member) {
			if m.Name == "Content" {
				content = m.Value
			} else {
				summary = readPolicySummary(m.Value)
			}
		})
	})
	g := guardrail{policyType: summary.policyType, source: n.source("")}
	switch {
	case content.Kind() == jsondoc.None:
	case g.policyType == serviceControlPolicyType:
		g.scp = readDocument(n, content, "Policy.Content", summary.name, policy.ParseServiceControlPolicy)
	case g.policyType == resourceControlPolicyType:
		g.rcp = readDocument(n, content, "Policy.Content", summary.name, policy.ParseResourceControlPolicy)
	case g.policyType != "":
		n.ignored = true
	}
	if g.fault = firstOf(n.problems()); summary.id != "" {
		put(&n.inv.guardrails, summary.id, g)
	}
}

// AddPoliciesForTarget adds which policies are attached to a target, as
// "aws organizations list-policies-for-target" prints it. The output does not tell the target: it
// is the id of a root ("r-ab12"), of an organizational unit ("ou-ab12-11111111") or of an account.
// Policies of other types than SCPs and RCPs are ignored. Several outputs may follow each other:
// the command lists one type of policy at a time.
func (inv *Inventory) AddPoliciesForTarget(r io.Reader, target string, opts Options) (Report, error) {
	if !targetForm.MatchString(target) {
		return Report{}, printable.Errorf(`found %q, expected the id of a root, an organizational unit or an account`, target)
	}
	return inv.read(r, opts, func(r *reading) error {
		return r.listing("Policies", func(n *node) {
			s := readPolicySummary(n.root)
			switch {
			case s.id == "" || s.policyType == "": // a fault by now
			case s.policyType != serviceControlPolicyType && s.policyType != resourceControlPolicyType:
				n.ignored = true
			default:
				inv.attachTo(target, attachment{policyID: s.id, policyType: s.policyType, source: n.source("")})
			}
		})
	})
}

// targetForm is what the ids of targets look like.
//
// See AWS Organizations API Reference, AttachPolicy, TargetId.
var targetForm = regexp.MustCompile(`^(r-[0-9a-z]{4,32}|[0-9]{12}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$`)

var targetShape = jsondoc.Shape{Noun: "field", Names: []string{"TargetId"}, Required: []string{"TargetId"}, Open: true}

// AddTargetsForPolicy adds what a policy is attached to, as
// "aws organizations list-targets-for-policy" prints it. The output does not tell the policy: it
// is named by its id ("p-examplepolicyid111").
func (inv *Inventory) AddTargetsForPolicy(r io.Reader, policyID string, opts Options) (Report, error) {
	if !strings.HasPrefix(policyID, "p-") {
		return Report{}, printable.Errorf(`found %q, expected the id of a policy, such as "p-examplepolicyid111"`, policyID)
	}
	return inv.read(r, opts, func(r *reading) error {
		return r.listing("Targets", func(n *node) {
			n.root.Fields(&targetShape, func(m jsondoc.Member) {
				target, ok := m.Text()
				switch {
				case !ok:
				case !targetForm.MatchString(target):
					m.Fault(codeBadValue, "found %q, expected the id of a root, an organizational unit or an account", target)
				default:
					inv.attachTo(target, attachment{policyID: policyID, source: n.source("")})
				}
			})
		})
	})
}

// AddAccounts adds where accounts stand in their organization, as "aws organizations list-accounts"
// or describe-account prints it. Outputs without Paths tell the organization alone; then it is for
// AddOrganization to tell an account's path, without which it is not known which policies apply.
func (inv *Inventory) AddAccounts(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, func(r *reading) error {
		return r.scan.Values(func(i int) error {
			path, at := outputPath(i), r.scan.Place()
			found := false
			err := r.scan.Object(func(m jsonstream.Member) error {
				switch m.Name {
				case "Accounts":
					found = true
					return r.list(jsondoc.JoinPath(path, m.Name), readOrganizationAccount)
				case "Account":
					found = true
					return r.take(jsondoc.JoinPath(path, m.Name), readOrganizationAccount)
				}
				return r.checkWhole(m, path)
			})
			if err == nil && !found {
				r.problem(at, path, policy.CodeMissingMember, "found neither Accounts nor Account")
			}
			return err
		})
	})
}

var organizationAccountShape = jsondoc.Shape{Noun: "field", Names: []string{"Id", "Arn", "Paths"}, Required: []string{"Id", "Arn"}, Open: true}

// readOrganizationAccount reads what AWS Organizations says of an account. Its ARN names the
// organization and the account that manages it.
//
// See AWS Organizations API Reference, Account.
func readOrganizationAccount(n *node) {
	var id string
	var arn policy.ARN
	var paths []string
	n.root.Fields(&organizationAccountShape, func(m jsondoc.Member) {
		switch m.Name {
		case "Id":
			if id, _ = m.Text(); !isAccountID(id) {
				m.Fault(codeBadValue, "found %q, expected an account id of 12 digits", id)
			}
		case "Arn":
			arn = readARN(m.Value, checkAccountARN)
		case "Paths":
			if !m.IsNull() {
				paths = readTexts(m.Value)
			}
		}
	})
	if len(n.problems()) > 0 {
		return
	}
	o := n.inv.organizations[id]
	o.ID = strings.Split(arn.Resource, "/")[1]
	o.ManagementAccount = arn.Account == id
	if len(paths) > 0 { // an account has one place in an organization
		o.Path = organizationPath(paths[0], id)
	}
	n.inv.AddOrganization(id, o)
}

// checkAccountARN refuses the ARNs of anything but an organization's accounts.
func checkAccountARN(arn policy.ARN) error {
	if arn.Service != "organizations" || !strings.HasPrefix(arn.Resource, "account/o-") || !isAccountID(arn.Account) {
		return printable.Errorf("found %q, expected the ARN of an account in an organization", arn)
	}
	return nil
}

// organizationPath returns the path of the root or organizational unit that an account is in, in
// the form of aws:PrincipalOrgPaths. An entity path has the account itself at its end.
//
// See IAM User Guide, "Understand the AWS Organizations entity path".
func organizationPath(path, account string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, "/"), "/"+account) + "/"
}
