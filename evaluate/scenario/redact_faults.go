package scenario

import (
	"errors"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
)

// RedactErrors returns the errors of a document that cannot be read without what they quote of it,
// so that they can be shown to others: place and code stay, the text says what the code means, and
// of the path stays what the format names, up to the first name that somebody chose. Other errors
// are returned as they are.
func RedactErrors(err error) error {
	var all policy.Errors
	if !errors.As(err, &all) {
		return err
	}
	redacted := make(policy.Errors, len(all))
	for i, e := range all {
		redacted[i] = &policy.Error{Position: e.Position, Path: ownPath(e.Path), Code: e.Code, Text: meaningOf(e.Code)}
	}
	return redacted
}

// meanings say what the codes of errors mean, where that is not what the code itself says.
var meanings = map[policy.Code]string{
	policy.CodeSyntax:          "this is not JSON",
	policy.CodeNotUTF8:         "this is not Unicode text",
	policy.CodeTooLarge:        "the document is too large",
	policy.CodeTooDeep:         "lists and objects are nested too deeply",
	policy.CodeTooManyFaults:   "the rest of the document is not read after so many faults",
	policy.CodeDuplicateMember: "a name is given twice",
	policy.CodeUnknownMember:   "there is no such field",
	policy.CodeMissingMember:   "a field is missing",
	policy.CodeForbiddenMember: "this kind of policy cannot have this element",
	policy.CodeContradiction:   "this contradicts another part of the document",
	policy.CodeWrongType:       "the value has the wrong JSON type",
	policy.CodeBadValue:        "the value cannot be read",
	policy.CodeBadOperator:     "this is no condition operator",
}

func meaningOf(code policy.Code) string {
	if text, ok := meanings[code]; ok {
		return text
	}
	return string(code)
}

// ownPath returns a path up to the first name that is not the format's.
func ownPath(path string) string {
	end := 0
	for end < len(path) {
		next := len(path)
		if n := strings.IndexByte(path[end+1:], '.'); n >= 0 {
			next = end + 1 + n
		}
		name, indexes, _ := strings.Cut(strings.TrimPrefix(path[end:next], "."), "[")
		if !pathNames[name] || strings.Trim(indexes, "0123456789[]") != "" {
			break
		}
		end = next
	}
	return path[:end]
}

// pathNames are the names of the format, and of policies and grants in it.
var pathNames = func() map[string]bool {
	names := map[string]bool{"": true} // in front of an index
	for _, shape := range []*[]string{
		&rootShape.Names, &rulesShape.Names, &organizationShape.Names, &describeKeyShape.Names, &metadataShape.Names, &multiRegionShape.Names,
		&keyShape.Names, &callerShape.Names, &requestShape.Names, &endpointShape.Names, &namedShape.Names, &getPolicyShape.Names,
		&decisionShape.Names, &entryShape.Names, &awsErrorShape.Names,
	} {
		for _, name := range *shape {
			names[name] = true
		}
	}
	for name := range strings.FieldsSeq(`Version Id Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition
		Grants GrantId Name KeyId GranteePrincipal GranteeServicePrincipal RetiringPrincipal RetiringServicePrincipal IssuingAccount
		Operations Constraints EncryptionContextEquals EncryptionContextSubset SourceArn Token Status AWS Service Federated CanonicalUser`) {
		names[name] = true
	}
	return names
}()
