package evaluate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// Commands returns the commands of the AWS CLI that apply the fix, for a POSIX
// shell. A policy is read from a file named after it, which is to hold the
// complete document of its [PolicyEdit]. What is not known is a variable
// ("$POLICY_ID"); "$@" stands for the arguments of the call that was denied, of
// which an option that follows takes the place. A comment stands for a call that
// the CLI does not have.
//
// AWS stores no policy without statements. One that an edit leaves without any is
// deleted if it is an inline policy, and else detached: a managed policy from the
// caller's user or role, though it may be attached to a group of the user, a
// policy of an organization from "$TARGET_ID". Where that would not do, a comment
// takes the place of the command: a boundary, a session policy or an endpoint
// policy that is taken away limits nothing, and KMS refuses a key policy that
// nobody can change any more.
//
// See AWS CLI Command Reference, the pages of kms, iam, organizations, sts and
// ec2; IAM User Guide, "Grammar of the IAM JSON policy language"; AWS KMS API
// Reference, "PutKeyPolicy". UNDOCUMENTED: that session and endpoint policies need
// a statement as well.
func (f Fix) Commands() []string {
	var all []string
	for _, e := range f.edits {
		all = append(all, f.commandsOf(e)...)
	}
	return all
}

// commandsOf returns the commands for one edit.
func (f Fix) commandsOf(e Edit) []string {
	switch e := e.(type) {
	case *PolicyEdit:
		if e.isRefused() {
			return []string{f.instead(e)}
		}
		return []string{f.policyCommand(e)}
	case *NewGrant:
		return []string{f.createGrant(e)}
	case *RevokeGrant:
		return []string{"aws kms revoke-grant " + f.keyFlags() + " --grant-id " + shellQuoted(e.Grant)}
	case *AwaitGrant:
		return []string{"aws kms list-grants " + f.keyFlags() + " --grant-id " + shellQuoted(e.Grant)}
	case *PassGrantToken:
		return []string{f.call("--grant-tokens", shellQuoted(e.Token))}
	case *PassEncryptionContext:
		return []string{f.call(encryptionContextOption(f.before.request.action), shellQuoted(pairsText(e.Pairs)))}
	case *CallRegion:
		return []string{f.call("--region", e.Region)}
	case *NameKeyByARN:
		return []string{f.call(keyOption(f.before.request.action), shellQuoted(e.ARN))}
	case *UseCustomerKey:
		return []string{"aws kms create-key --policy file://key-policy.json --region " + f.before.key.arn.Region}
	case *ChangeKeyState:
		var all []string
		for _, step := range stepsBetween(e.From, e.To) {
			for _, command := range step.commands {
				all = append(all, strings.ReplaceAll(command, "%s", f.keyFlags()))
			}
		}
		return all
	default:
		return nil
	}
}

// keyFlags names the key: of a fix that puts another in its place the other, on
// which grants are made.
func (f Fix) keyFlags() string {
	k := f.after.key
	return "--key-id " + shellQuoted(k.text) + " --region " + k.arn.Region
}

// call is the command that was denied with an option of it changed, a comment if
// the CLI has no such command or option.
func (f Fix) call(option, value string) string {
	operation := f.before.request.info.APIOperation
	switch {
	case f.before.request.info.Category == action.CategoryInternal:
		return "# no command: only KMS itself calls " + operation
	case option == "":
		return "# no command: " + operation + " has no option for it"
	default:
		return "aws kms " + kebabCase(operation) + ` "$@" ` + option + " " + value
	}
}

// keyOption returns the option that names the key on which an action is
// authorized, the empty string if the command has none.
func keyOption(a action.Action) string {
	switch a {
	case action.ReEncryptFrom:
		return "--source-key-id"
	case action.ReEncryptTo:
		return "--destination-key-id"
	case action.CreateAlias, action.UpdateAlias:
		return "--target-key-id"
	case action.DeleteAlias: // its key is the one that the alias points to
		return ""
	}
	if a.Info().Resource == action.ResourceNone {
		return ""
	}
	return "--key-id"
}

// encryptionContextOption returns the option that carries the encryption context
// of an action, the empty string if the command has none.
func encryptionContextOption(a action.Action) string {
	info := a.Info()
	switch {
	case a == action.ReEncryptFrom:
		return "--source-encryption-context"
	case a == action.ReEncryptTo:
		return "--destination-encryption-context"
	case info.Category == action.CategoryCryptographic && info.EncryptionContext:
		return "--encryption-context"
	default:
		return ""
	}
}

// policyCommand returns the command that stores a policy.
func (f Fix) policyCommand(e *PolicyEdit) string {
	file := "file://" + e.File()
	c := f.before.caller
	switch e.Layer {
	case LayerKeyPolicy:
		return "aws kms put-key-policy " + f.keyFlags() + " --policy-name default --policy " + file
	case LayerSCP, LayerRCP:
		return "aws organizations update-policy --policy-id " + organizationPolicyID(e.Policy) + " --content " + file
	case LayerVPCEndpointPolicy:
		return "aws ec2 modify-vpc-endpoint --vpc-endpoint-id " + f.endpointID() + " --policy-document " + file
	case LayerSessionPolicy:
		if c.kind == federatedUser {
			return "aws sts get-federation-token --name " + shellQuoted(c.name) + " --policy " + file
		}
		return "aws sts assume-role --role-arn " + shellQuoted(c.roleARN) + ` --role-session-name "$SESSION_NAME" --policy ` + file
	case LayerPermissionsBoundary:
		return newVersion(e.Policy, `"$BOUNDARY_ARN"`, file)
	}
	if isPolicyARN(e.Policy) {
		return newVersion(e.Policy, "", file)
	}
	return c.inlinePolicy("put", e.Policy) + " --policy-document " + file
}

// isRefused reports whether AWS refuses to store what an edit makes of a policy:
// one without statements, and a key policy that takes from the last who had it the
// permission to change it.
func (e *PolicyEdit) isRefused() bool {
	return e.After.Len() == 0 ||
		e.Layer == LayerKeyPolicy && e.Before != nil && changeable(e.Before) && !changeable(e.After)
}

// changeable reports whether a statement of a key policy lets somebody change it.
func changeable(doc *policy.Document) bool {
	for _, st := range doc.Statements() {
		isSomebody := func(p policy.Principal) bool { return p.Kind() != policy.NoOne }
		names := st.IsNotPrincipal() || slices.ContainsFunc(slices.Collect(st.Principals()), isSomebody)
		if names && st.Effect() == policy.Allow && st.Actions().Has(action.PutKeyPolicy) {
			return true
		}
	}
	return false
}

// instead returns what takes the place of storing a policy that is refused.
func (f Fix) instead(e *PolicyEdit) string {
	c := f.before.caller
	switch {
	case e.Layer == LayerKeyPolicy:
		return "# KMS refuses a key policy that nobody can change: leave somebody kms:PutKeyPolicy"
	case e.Layer == LayerSCP, e.Layer == LayerRCP:
		return "aws organizations detach-policy --policy-id " + organizationPolicyID(e.Policy) + ` --target-id "$TARGET_ID"`
	case e.Layer != LayerIAMPolicy:
		return "# no command: a policy without statements is refused, and one that is taken away limits nothing"
	case isPolicyARN(e.Policy):
		return c.identity("detach") + " --policy-arn " + shellQuoted(e.Policy)
	default:
		return c.inlinePolicy("delete", e.Policy)
	}
}

// File returns the name of a file that the policy may be kept in, which is the
// one in Commands: "key-policy.json", "app-kms.json".
func (e *PolicyEdit) File() string {
	switch e.Layer {
	case LayerKeyPolicy:
		return "key-policy.json"
	case LayerVPCEndpointPolicy:
		return "endpoint-policy.json"
	}
	name := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_') {
			return r
		}
		return -1
	}, e.Policy[strings.LastIndexByte(e.Policy, '/')+1:])
	if name == "" || strings.HasPrefix(e.Policy, "#") {
		name = e.Layer.String() + name
	}
	return strings.TrimLeft(name, "-") + ".json"
}

// inlinePolicy is the command that does something to an inline policy of the
// caller: put or delete it. Those of a user's group are named "group/NAME/POLICY".
func (c *Caller) inlinePolicy(verb, name string) string {
	command := c.identity(verb)
	if rest, ok := strings.CutPrefix(name, "group/"); ok {
		if group, own, ok := strings.Cut(rest, "/"); ok {
			command, name = "aws iam "+verb+"-group-policy --group-name "+shellQuoted(group), own
		}
	}
	return command + " --policy-name " + policyNameFlag(name)
}

// identity is the command that does something to a policy of the caller's user or
// role, which it names.
func (c *Caller) identity(verb string) string {
	switch c.kind {
	case iamUser:
		return "aws iam " + verb + "-user-policy --user-name " + shellQuoted(c.name)
	case federatedUser:
		for _, n := range c.names {
			if a, err := policy.ParseARN(n.text); err == nil && n.form == asUserOfFederated {
				return "aws iam " + verb + "-user-policy --user-name " + shellQuoted(lastElement(a.Resource))
			}
		}
		return "aws iam " + verb + `-user-policy --user-name "$USER_NAME"`
	default:
		return "aws iam " + verb + "-role-policy --role-name " + shellQuoted(c.name)
	}
}

// newVersion is the command that gives a managed policy a new version.
func newVersion(name, unknown, file string) string {
	arn := unknown
	if isPolicyARN(name) {
		arn = shellQuoted(name)
	}
	return "aws iam create-policy-version --policy-arn " + arn + " --set-as-default --policy-document " + file
}

// isPolicyARN reports whether a policy's name is the ARN of a managed policy.
func isPolicyARN(name string) bool {
	a, err := policy.ParseARN(name)
	return err == nil && a.Service == "iam" && strings.HasPrefix(a.Resource, "policy/")
}

// organizationPolicyID returns the id of a policy of AWS Organizations, if its
// name is one.
func organizationPolicyID(name string) string {
	if strings.HasPrefix(name, "p-") {
		return shellQuoted(name)
	}
	return `"$POLICY_ID"`
}

// policyNameFlag returns a policy's name, a variable if it has none.
func policyNameFlag(name string) string {
	if strings.HasPrefix(name, "#") {
		return `"$POLICY_NAME"`
	}
	return shellQuoted(name)
}

// endpointID returns the id of the request's VPC endpoint.
func (f Fix) endpointID() string {
	if got := f.before.request.context.Lookup(known.sourceVPCE); len(got) == 1 {
		return shellQuoted(got[0])
	}
	return `"$VPC_ENDPOINT_ID"`
}

// createGrant is the command that makes a grant.
func (f Fix) createGrant(e *NewGrant) string {
	text := "aws kms create-grant " + f.keyFlags()
	if e.Grant.Grantee.Kind() == policy.Service {
		text += " --grantee-service-principal " + shellQuoted(e.Grant.Grantee.String())
	} else {
		text += " --grantee-principal " + shellQuoted(e.Grant.Grantee.String())
	}
	text += " --operations"
	for a := range e.Grant.Operations.All() {
		text += " " + a.Name()
	}
	var constraints []string
	if pairs := e.Grant.Constraints.EncryptionContextSubset; pairs != nil {
		constraints = append(constraints, `"EncryptionContextSubset":`+pairsText(pairs))
	}
	if arn := e.Grant.Constraints.SourceARN; arn != "" {
		constraints = append(constraints, `"SourceArn":`+strconv.Quote(arn))
	}
	if constraints != nil {
		text += " --constraints " + shellQuoted("{"+strings.Join(constraints, ",")+"}")
	}
	return text
}

// shellQuoted returns text as one word for a POSIX shell, control characters as
// bash, ksh and zsh have them.
func shellQuoted(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
	switch {
	case text != "" && strings.Trim(text, plain) == "":
		return text
	case strings.ContainsFunc(text, unicode.IsControl):
		var b strings.Builder
		for _, r := range text {
			if !unicode.IsControl(r) && r != '\'' && r != '\\' {
				b.WriteRune(r)
				continue
			}
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		return "$'" + b.String() + "'"
	default:
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
}

// kebabCase turns "GenerateDataKey" into "generate-data-key", the CLI's spelling.
func kebabCase(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
