package rename

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/arn"
)

// set returns the words of lines of text.
func set(lines ...string) map[string]bool {
	words := make(map[string]bool)
	for _, line := range lines {
		for _, word := range strings.Fields(line) {
			words[word] = true
		}
	}
	return words
}

// services are the names of AWS services in ARNs, actions and host names.
var services = set(
	"access-analyzer account acm acm-pca airflow amplify aoss apigateway appconfig appflow application-autoscaling",
	"appmesh apprunner appstream appsync apptest athena auditmanager autoscaling aws backup backup-gateway batch bedrock",
	"cassandra chime cleanrooms cloud9 cloudformation cloudfront cloudhsm cloudtrail cloudwatch codeartifact codebuild",
	"codecommit codedeploy codepipeline cognito-identity cognito-idp comprehend config connect databrew datasync dax deepracer",
	"detective dlm dms docdb-elastic ds dynamodb ebs ec2 ecr ecs eks elasticache elasticbeanstalk elasticfilesystem",
	"elasticloadbalancing elasticmapreduce emr-serverless entityresolution es events execute-api finspace firehose forecast fsx",
	"glacier glue grafana groundstation guardduty healthlake iam identitystore imagebuilder importexport inspector inspector2 iot",
	"iotsitewise ivs kafka kendra kinesis kinesisanalytics kinesisvideo kms lakeformation lambda lex license-manager logs",
	"lookoutequipment lookoutmetrics lookoutvision m2 macie macie2 mediaconvert memorydb mgn monitoring mq neptune-db network-firewall",
	"nitro-enclaves omics opensearch organizations pipes profile proton qbusiness qldb quicksight ram rds rds-db redshift",
	"redshift-serverless rekognition resource-groups robomaker rolesanywhere route53 s3 s3-object-lambda s3express s3tables",
	"sagemaker saml scheduler secretsmanager securityhub securitylake serverlessrepo servicecatalog servicediscovery ses",
	"signin sms sns sqs ssm ssm-contacts ssm-incidents sso states storagegateway sts support swf synthetics tag textract",
	"timestream transcribe transfer translate trustedadvisor verified-access verifiedpermissions vpc-lattice vpce waf wafv2",
	"wisdom workmail workspaces workspaces-web xray",
)

// untyped are the services in whose ARNs nothing stands before the name.
var untyped = set("s3 sns sqs s3express")

// types are the words before a name in an ARN that say what it names, and principalTypes those of
// IAM and KMS, which stand before names elsewhere too.
var (
	types = set(
		"access-point alarm application backup-vault build catalog certificate cluster cluster-snapshot container-instance db",
		"delivery-stream deliverystream distribution domain endpoint environment event-bus event-source-mapping execution",
		"file-system fleet function group gateway hostedzone identity identitypool image index instance instance-profile job layer",
		"loadbalancer log-group log-stream mfa network-interface notebook-instance oidc-provider organization parameter pipeline",
		"policy project recovery-point repository rule saml-provider secret security-group server-certificate service session",
		"snapshot stack stackset statemachine stream subnet table targetgroup task task-definition trail userpool vault volume",
		"vpc vpc-endpoint workgroup account ou",
	)
	principalTypes = set("role user assumed-role federated-user key alias")
)

// maxType is more than the length of any type, Region or reserved path.
const maxType = 32

// beforeName are the bytes behind which a type may begin: the beginning of the text (0), and
// wildcards as well, of which nobody can tell.
const beforeName = "\x00:*? \"'("

// ownWords returns the length of the words of AWS that the rest of the text begins with.
func (x *lexer) ownWords(rest string) int {
	n := nameLen(rest[:min(maxType, len(rest))])
	name, after := strings.ToLower(rest[:n]), byte(0)
	if n < len(rest) {
		after = rest[n]
	}
	begins := strings.IndexByte(beforeName, x.last) >= 0
	switch {
	case (begins || x.last == '/') && strings.HasPrefix(rest, arn.InstanceRole):
		return len(arn.InstanceRole)
	case begins && x.typed && after == '/' && principalTypes[name]:
		return typeLen(rest, n)
	case x.last == ':' && x.typed && (after == '/' || after == ':') && types[name]:
		return n
	case x.last == ':' && name == "root" && !isWild(after) && after != '/':
		return n
	case x.last == ':' && after == ':' && isRegion(name):
		return n
	case x.last == '/' && after == '/' && slices.Contains(reservedPaths, name):
		return n + 1 + pathLen(rest[n+1:])
	case x.last == '/' && isWild(after) && isReservedPath(name):
		return n
	case x.last == '/' && hasPrefixFold(rest, servicePolicy), x.last == '/' && hasPrefixFold(rest, resourcePolicy):
		return strings.IndexByte(rest, '/')
	}
	return 0
}

// reservedPaths are the paths of roles that belong to AWS services.
var reservedPaths = []string{"aws-service-role", "aws-reserved"}

// The paths of policies of AWS Organizations.
const (
	servicePolicy  = "service_control_policy/"
	resourcePolicy = "resource_control_policy/"
)

// isReservedPath reports whether a pattern's text begins such a path.
func isReservedPath(name string) bool {
	return strings.HasPrefix(name, "aws") &&
		slices.ContainsFunc(reservedPaths, func(path string) bool { return strings.HasPrefix(path, name) })
}

// typeLen returns the length of a type of n bytes, together with the name behind it of an alias
// that AWS manages.
func typeLen(rest string, n int) int {
	if name, ok := strings.CutPrefix(rest, "alias/aws/"); ok {
		return len("alias/aws/") + nameLen(name)
	}
	return n
}

// nameLen returns the length of the words with hyphens that text begins with.
func nameLen(text string) int {
	n := 0
	for n < len(text) && (isWordByte(text[n]) && text[n] < 0x80 || text[n] == '-') {
		n++
	}
	return n
}

// pathLen returns the length of what a path that AWS reserves to a service goes on with: the
// service's host, and the Region of IAM Identity Center.
func pathLen(text string) int {
	host, rest, _ := strings.Cut(text, "/")
	if !IsServiceHost(host) {
		return 0
	}
	if place, _, ok := strings.Cut(rest, "/"); ok && IsRegionPattern(place) {
		return len(host) + 1 + len(place)
	}
	return len(host)
}

// serviceHost is the form of service principals, and of hosts in kms:ViaService.
var serviceHost = regexp.MustCompile(`(?i)^([a-z0-9*-]+\.)+(amazonaws\.com(\.cn)?|aws\.internal|amazonaws\.eu)$`)

// IsServiceHost reports whether text is made like the name of an AWS service's host, such as
// "s3.us-east-1.amazonaws.com", with wildcards or without. A bucket's host looks the same.
func IsServiceHost(text string) bool { return serviceHost.MatchString(text) }

// IsServicePattern reports whether text is a pattern of the names of AWS services' hosts.
func IsServicePattern(text string) bool {
	return strings.ContainsAny(text, "*?") && hasOnly(text, isHostWord)
}

// hostWords are the words of such names besides those of services and Regions.
var hostWords = set("amazonaws com cn internal")

// proseForm is the form of actions, error codes, Regions, hosts and small numbers in a sentence.
var proseForm = regexp.MustCompile(`^([a-z0-9-]+:[A-Z][A-Za-z]+|[A-Z][A-Za-z]*Exception|` + regionForm +
	`|([a-z0-9-]+\.)+amazonaws\.com(\.cn)?|[0-9]{1,3})$`)

const regionForm = `(af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(-gov|-iso[a-z]?|-de)?-(central|north|south|east|west|(north|south)(east|west))-[1-9]`

// maxRegion is more than the length of any Region's name.
const maxRegion = 24

var (
	region    = regexp.MustCompile(`(?i)^` + regionForm + `$`)
	partition = regexp.MustCompile(`(?i)^aws[a-z*?-]*$`)
	service   = regexp.MustCompile(`(?i)^[a-z0-9*?-]*$`)
	date      = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?$`)
)

// regionWords are the words of Regions' names.
var regionWords = set("af ap ca cn eu eusc il me mx sa us gov iso isob isoe isof de central north south east west",
	"northeast northwest southeast southwest")

func isPartition(text string) bool { return isWildcards(text) || partition.MatchString(text) }
func isService(text string) bool   { return service.MatchString(text) }

func isRegion(text string) bool { return len(text) <= maxRegion && region.MatchString(text) }

// IsRegionPattern reports whether text is a Region, none, or a pattern of Regions.
func IsRegionPattern(text string) bool {
	return isWildcards(text) || isRegion(text) || strings.ContainsAny(text, "*?") && hasOnly(text, isRegionWord)
}

func isWildcards(text string) bool { return strings.Trim(text, "*?") == "" }

// hasOnly reports whether all words of text are such.
func hasOnly(text string, are func(word string) bool) bool {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r < 0x80 && !isWordByte(byte(r)) }) {
		if !are(word) {
			return false
		}
	}
	return true
}

// isRegionWord reports whether a word is a part of Regions' names.
func isRegionWord(word string) bool {
	return regionWords[strings.ToLower(word)] || len(word) == 1 && isDigits(word)
}

// isHostWord reports whether a word is a part of the names of services' hosts.
func isHostWord(word string) bool {
	return hostWords[strings.ToLower(word)] || services[strings.ToLower(word)] || isRegionWord(word)
}

// ownWords are words that AWS alone gives: managed policies, and names that begin so.
var ownWords = set("FullAWSAccess RCPFullAWSAccess AdministratorAccess PowerUserAccess ReadOnlyAccess ViewOnlyAccess",
	"SecurityAudit AWSReservedSSO AWSReserved AWSServiceRole")

func isOwnWord(word string) bool {
	return ownWords[word] || strings.HasPrefix(word, "AWSServiceRoleFor")
}

// reservedWords are the words of encryption context keys and tag keys that begin with "aws:".
var reservedWords = set(
	"s3 arn ebs id rds db dbc cluster sqs sns topicArn logs lambda FunctionArn EventSourceArn dynamodb tableName subscriberId",
	"redshift createtime cloudtrail events event bus kinesis backup fsx elasticfilesystem efs ssm secretsmanager glue",
	"cloudformation stack name logical autoscaling groupName createdBy elasticmapreduce instance group role job flow ec2",
	"fleet launchtemplate version servicecatalog ecs eks nodegroup sagemaker domain acm cloudwatch alarm firehose states",
	"stateMachineArn athena kafka memorydb docdb timestream workspaces source",
)

// ownTexts are keys of encryption contexts that AWS services use, besides those with "aws:".
var ownTexts = set("SecretARN SecretVersionId PARAMETER_ARN aws-crypto-public-key LambdaFunctionName")

// isAWSText reports whether the whole of a text is AWS's: a boolean, a Region, a date, or a key of
// an encryption context.
func isAWSText(text string) bool {
	switch {
	case len(text) <= len("false") && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false")):
		return true
	case ownTexts[text]:
		return true
	case '0' <= text[0] && text[0] <= '9':
		return date.MatchString(text)
	default:
		return isRegion(text)
	}
}

// idPrefixes are the words before the hyphen in ids that AWS gives.
var idPrefixes = set("o r ou p i vpc vpce mrk vol snap eni subnet sg ami lt acl rtb igw fs fsap key")

// uniqueIDs are the beginnings of the unique ids of IAM. See IAM User Guide, "IAM identifiers".
var uniqueIDs = set("ABIA ACCA AGPA AIDA AIPA AKIA ANPA ANVA APKA AROA ASCA ASIA")

// prefixLen returns the length of what AWS puts before an id, of the word of length n that text
// begins with.
func prefixLen(text string, n int) int {
	const unique = len("AROA")
	switch {
	case n < len(text) && text[n] == '-' && idPrefixes[strings.ToLower(text[:n])]:
		return n
	case n >= unique && uniqueIDs[text[:unique]] && isUpperWord(text[:n]):
		return unique
	default:
		return 0
	}
}

// isUpperWord reports whether a word has only upper-case letters and digits.
func isUpperWord(word string) bool {
	for i := range len(word) {
		if c := word[i]; !isWordByte(c) || 'a' <= c && c <= 'z' || c >= 0x80 {
			return false
		}
	}
	return true
}

// families are the beginnings of condition keys behind which names follow that somebody chose.
var families = []string{"aws:principaltag/", "aws:resourcetag/", "aws:requesttag/", "kms:encryptioncontext:"}

// ownPart returns the length of what AWS defines of the name of a condition key. Keys of other
// services may end in a tag key as well.
func ownPart(name string) int {
	lower := strings.ToLower(name)
	for _, family := range families {
		if strings.HasPrefix(lower, family) {
			return len(family)
		}
	}
	prefix, rest, ok := strings.Cut(name, ":")
	if !ok || !services[strings.ToLower(prefix)] {
		return 0
	}
	if n := strings.IndexByte(rest, '/'); n >= 0 {
		return len(prefix) + 1 + n + 1
	}
	return len(name)
}

// awsWords are words that no pseudonym is.
var awsWords = func() map[string]bool {
	all := make(map[string]bool)
	for _, words := range []map[string]bool{services, types, regionWords, reservedWords, messageWords} {
		maps.Copy(all, words)
	}
	return all
}()

// messageWords are the words of AWS's error messages and of the tools that print them.
//
// See IAM User Guide, "Troubleshoot access denied error messages".
var messageWords = set(
	"user is not authorized to perform on resource because no identity-based identity based resource-based policy policies",
	"allows allow the action with an explicit deny in a permissions boundary session service control vpc endpoint",
	"this that does not exist region or explicitly denies access associated ciphertext and",
	"error occurred when calling operation api https http response statuscode requestid request id status code kms",
	"root account key keys alias aliases arn found invalid pending import deletion disabled enabled state for its be been",
	"it has have was were can cannot you your must grant grants token tokens context encryption are of by from as at",
	"name kmsclient client aws exception role assumed principal permission permissions denied message statement caller met",
)
