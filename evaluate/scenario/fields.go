package scenario

import (
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
)

// paths are the places in a scenario of the fields that package evaluate may find fault with, or
// name as the other side of a contradiction.
var paths = map[string]string{
	"KeyConfig.ARN":                "key.metadata.Arn",
	"KeyConfig.Spec":               "key.metadata.KeySpec",
	"KeyConfig.Usage":              "key.metadata.KeyUsage",
	"KeyConfig.Origin":             "key.metadata.Origin",
	"KeyConfig.MultiRegion":        "key.metadata.MultiRegion",
	"KeyConfig.MultiRegionKeyType": "key.metadata.MultiRegionConfiguration.MultiRegionKeyType",
	"KeyConfig.Aliases":            "key.aliases",
	"KeyConfig.Tags":               "key.tags",
	"KeyConfig.Grants":             "key.grants",
	"KeyConfig.Organization":       "key.organization",

	"CallerConfig.ARN":                 "caller.arn",
	"CallerConfig.RoleARN":             "caller.roleArn",
	"CallerConfig.UserARN":             "caller.userArn",
	"CallerConfig.UniqueID":            "caller.uniqueId",
	"CallerConfig.Tags":                "caller.tags",
	"CallerConfig.Organization":        "caller.organization",
	"CallerConfig.IAMPolicies":         "caller.iamPolicies",
	"CallerConfig.PermissionsBoundary": "caller.permissionsBoundary",
	"CallerConfig.SessionPolicies":     "caller.sessionPolicies",

	"RequestConfig.Region":            "request.region",
	"RequestConfig.KeyID":             "request.keyId",
	"RequestConfig.Alias":             "request.alias",
	"RequestConfig.ViaService":        "request.viaService",
	"RequestConfig.SourceARN":         "request.sourceArn",
	"RequestConfig.SourceAccount":     "request.sourceAccount",
	"RequestConfig.EncryptionContext": "request.encryptionContext",
	"RequestConfig.GrantTokens":       "request.grantTokens",
	"RequestConfig.Time":              "request.time",
	"RequestConfig.VPCEndpoint":       "request.vpcEndpoint",
	"RequestConfig.Context":           "request.context",
}

// contextField is the name by which package evaluate calls a condition key in a Context.
func contextField(key string) string { return "Context[" + strconv.Quote(key) + "]" }

// cutField cuts a field such as Grants[0].KeyID into its name and its index, -1 if it has none.
func cutField(field string) (name string, index int) {
	name, rest, _ := strings.Cut(field, "[")
	digits, _, _ := strings.Cut(rest, "]")
	index, err := strconv.Atoi(digits)
	if err != nil {
		index = -1
	}
	return name, index
}

// inFileTerms returns the text of a fault with the other side of a contradiction as the file
// calls it.
func inFileTerms(e *evaluate.ConfigError) string {
	if e.See == "" {
		return e.Text
	}
	return e.Text + " (see " + paths[e.See] + ")"
}
