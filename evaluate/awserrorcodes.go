package evaluate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A codeMeaning is what the name of an exception tells by itself.
type codeMeaning struct {
	name     string // in lower case, without "kms" and "exception" around it
	layers   []Layer
	reason   Reason
	common   bool   // other services have it too
	noDenial string // what it is instead; then it has no layers
}

// codeMeanings are the exceptions of KMS, and of services that wrap them. Of
// several in a text, that which stands first here is meant: the services' own
// tell least.
//
// See AWS KMS API Reference, "Common errors" and the errors of each operation.
var codeMeanings = []codeMeaning{
	{"disabled", inKeyState, ReasonDisabled, false, ""},
	{"invalidstate", inKeyState, ReasonNone, false, ""},
	{"invalidkeyusage", inKeyUsage, ReasonInvalidKeyUsage, false, ""},
	{"invalidarn", inRequest, ReasonInvalidRequest, false, ""},
	{"unsupportedoperation", []Layer{LayerKeyUsage, LayerKeyState}, ReasonNone, true, ""},
	{"notfound", notFound, ReasonNone, true, ""},
	{"missingauthenticationtoken", inRequest, ReasonInvalidRequest, true, ""},
	{"dryrunoperation", nil, ReasonNone, false, "without DryRun the request would have succeeded"},
	{"invalidciphertext", nil, ReasonNone, false, "the ciphertext or the encryption context is not the one of the encryption"},
	{"incorrectkey", nil, ReasonNone, false, "the ciphertext belongs to another key than the request names"},
	{"invalidgranttoken", nil, ReasonNone, false, "a grant token is malformed or has expired"},
	{"keyunavailable", nil, ReasonNone, false, "KMS could not reach the key for a while"},
	{"dependencytimeout", nil, ReasonNone, false, "KMS gave up waiting for another service"},
	{"internal", nil, ReasonNone, true, "KMS itself failed"},
	{"limitexceeded", nil, ReasonNone, true, "a quota is used up"},
	{"throttling", nil, ReasonNone, true, "too many requests were made"},
	{"optinrequired", nil, ReasonNone, true, "the account has not subscribed to the service"},
	{"unrecognizedclient", nil, ReasonNone, true, "the caller's credentials are not known"},
	{"expiredtoken", nil, ReasonNone, true, "the caller's credentials have expired"},
	{"accessdenied", authorizing, ReasonNone, true, ""},
	{"validation", inRequest, ReasonInvalidRequest, true, ""},
	{"invalidkeyid", append(slices.Clone(authorizing), LayerKeyState), ReasonNone, false, ""}, // AWS Systems Manager, for whatever KMS says
}

// bareCodes are the exceptions that have nothing around their names.
var bareCodes = []string{"AccessDenied", "InvalidKeyId", "MissingAuthenticationToken"}

// readCode looks for the names of exceptions.
func (r *errorReader) readCode() {
	notInName := func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '.')
	}
	best := len(codeMeanings)
	for word := range strings.FieldsFuncSeq(r.text, notInName) {
		code, i := meaningOf(word)
		if i < best {
			best = i
			r.Code, r.code = code, &codeMeanings[i]
		}
	}
}

// meaningOf returns the exception that a word names and its place in the table,
// which is behind the last if it names none. Java's exceptions have the name of
// their package before them, and AWS Lambda's are followed by "KMS Message:"
// without a blank.
func meaningOf(word string) (code string, place int) {
	const longest = 100
	if len(word) > longest {
		return "", len(codeMeanings)
	}
	word = strings.Trim(word, ".")
	if strings.HasSuffix(word, "ExceptionKMS") {
		word = strings.TrimSuffix(word, "KMS")
	}
	at := strings.LastIndexByte(word, '.') + 1
	code = word[at:]
	if strings.HasSuffix(word[:at], "KMS.") {
		code = "KMS." + code
	}
	name := strings.ToLower(word[at:])
	bare := strings.TrimPrefix(strings.TrimSuffix(name, "exception"), "kms")
	if bare == name && !strings.HasPrefix(code, "KMS.") && !slices.Contains(bareCodes, code) {
		return "", len(codeMeanings) // an English word
	}
	for i := range codeMeanings {
		if codeMeanings[i].name == bare {
			return code, i
		}
	}
	return "", len(codeMeanings)
}

// readMeaning reads the code where there is no message that tells more.
func (r *errorReader) readMeaning() error {
	switch {
	case r.code == nil, r.code.common && !r.aboutKMS():
		return errors.New(r.recognised() + `; expected a text such as "User: ... is not authorized to perform: kms:Decrypt on resource: ..."`)
	case r.code.noDenial != "":
		return fmt.Errorf("%s is no denial: %s", r.Code, r.code.noDenial)
	}
	if !r.code.common {
		r.Key = keyIn(r.text)
	}
	r.Layers, r.Reason = r.possible(r.code.layers...), r.code.reason
	if r.Reason == ReasonDisabled && strings.Contains(r.text, "Lambda") {
		// AWS Lambda says so as well of a grant that is gone. See AWS Lambda
		// Developer Guide, "Troubleshoot invocation issues in Lambda".
		r.Layers, r.Reason = []Layer{LayerGrant, LayerKeyState}, ReasonNone
	}
	return nil
}

// keyIn returns the first ARN of KMS in a text.
func keyIn(text string) string {
	for _, rest, more := strings.Cut(text, "arn:"); more; _, rest, more = strings.Cut(rest, "arn:") {
		var name string
		if name, rest = cutWord(rest); strings.Contains(name, ":kms:") {
			return "arn:" + name
		}
	}
	return ""
}

// aboutKMS reports whether the text has to do with KMS.
func (r *errorReader) aboutKMS() bool {
	return len(r.Actions) > 0 || strings.Contains(strings.ToLower(r.text), "kms")
}

// recognised says which parts of the text were understood.
func (r *errorReader) recognised() string {
	var parts []string
	add := func(what, part string) {
		if part != "" {
			parts = append(parts, what+" "+clip(part))
		}
	}
	add("the code", r.Code)
	add("the operation", r.operation)
	add("the caller", r.Caller)
	add("the action", joined(r.Actions, action.Action.String))
	add("the key", r.Key)
	if parts == nil {
		return "no part of the error's text is recognised"
	}
	return "recognised " + strings.Join(parts, ", ")
}

// callingServices are services that call KMS with the identity of their caller,
// each with those of its operations that do.
//
// See AWS KMS Developer Guide, "kms:ViaService", and the services' own pages on
// encryption at rest.
var callingServices = []struct{ service, operations string }{
	{"s3", "GetObject HeadObject PutObject CopyObject CreateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload"},
	{"sqs", "SendMessage SendMessageBatch ReceiveMessage"},
	{"sns", "Publish PublishBatch"},
	{"secretsmanager", "GetSecretValue BatchGetSecretValue PutSecretValue CreateSecret UpdateSecret ReplicateSecretToRegions"},
	{"ssm", "GetParameter GetParameters GetParametersByPath PutParameter"},
	{"dynamodb", "CreateTable UpdateTable GetItem BatchGetItem Query Scan PutItem UpdateItem DeleteItem BatchWriteItem"},
}

// operationMarks stand before the name of the operation that failed: in the
// words of the AWS CLI and the SDK for Python, of the SDK for Go, which names the
// service first, and of KMS about a key's usage.
var operationMarks = []string{"when calling the ", "operation error ", "which is not valid for "}

// readOperation looks for the API operation that failed.
func (r *errorReader) readOperation() {
	for _, mark := range operationMarks {
		_, after, ok := strings.Cut(r.text, mark)
		if !ok || strings.HasPrefix(after, "this operation") {
			continue
		}
		if mark == "operation error " {
			_, after, _ = strings.Cut(after, ": ")
		}
		r.operation, _ = cutWord(after)
		break
	}
	if r.operation == "" {
		return
	}
	for a := range action.All() {
		if a.Info().APIOperation == r.operation {
			r.Actions = append(r.Actions, a)
		}
	}
	for _, row := range callingServices {
		if slices.Contains(strings.Fields(row.operations), r.operation) {
			r.service = row.service
		}
	}
}

// readDelivery reads a line of Amazon SNS's delivery status log, in which a
// queue's answer stands as providerResponse. SNS calls KMS as itself, for the
// topic; to send to the queue it needs both permissions.
//
// See Amazon SNS Developer Guide, "Message delivery status", and Amazon SQS
// Developer Guide, "Key management".
func (r *errorReader) readDelivery() {
	if !strings.Contains(r.text, "providerResponse") || !strings.Contains(r.text, "sqsRequestId") && !strings.Contains(r.text, ":sqs:") {
		return
	}
	r.Caller = "sns.amazonaws.com"
	r.Actions = []action.Action{action.Decrypt, action.GenerateDataKey}
	if _, after, ok := strings.Cut(r.text, "topicArn"); ok {
		topic, _ := cutWord(strings.TrimLeft(after, quotes+": "))
		if _, err := policy.ParseARN(topic); err == nil {
			r.Request.SourceARN = topic
		}
	}
}
