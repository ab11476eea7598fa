package evaluate_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/evaluate/internal/worlds"
	"github.com/kmsauthz/kmsauthz/policy/action"
	"pgregory.net/rapid"
)

// An error that a decision predicts leads back to the question: the action, the
// caller and the key, where the text has them, and the layer.
func TestLawErrorsReadBack(t *testing.T) {
	law(func(t *rapid.T, w worlds.World) bool {
		d := decideIn(t, w)
		reported, denied := d.AWSError()
		if denied == d.Allowed() {
			t.Fatalf("allowed %v, and an error: %v", d.Allowed(), denied)
		}
		operation := w.Request.Action.Info().APIOperation
		for _, message := range append([]string{reported.Message}, reported.Variants...) {
			if message == "" { // allowed, or AWS's wording is not known
				continue
			}
			wrapped := "An error occurred (" + reported.Code + ") when calling the " + operation + " operation: " + message
			fromCLI := readBack(t, &w, &d, wrapped)
			if fromCLI.Code != reported.Code {
				t.Fatalf("the code is %q: %s", fromCLI.Code, wrapped)
			}
			if reported.Code == "MissingAuthenticationTokenException" {
				continue // its message is no text that only KMS has
			}
			if alone := readBack(t, &w, &d, message); !slices.Equal(alone.Layers, fromCLI.Layers) || alone.Denial != fromCLI.Denial {
				t.Fatalf("%v alone, %v as the CLI prints it: %s", alone.Layers, fromCLI.Layers, message)
			}
		}
		return denied && reported.Code == "AccessDeniedException"
	}).check(t, 0.3)
}

// readBack reads a text and holds it against the world that it comes from.
func readBack(t *rapid.T, w *worlds.World, d *evaluate.Decision, text string) evaluate.AWSErrorReading {
	t.Helper()
	got, err := evaluate.ReadAWSError(text)
	if err != nil {
		t.Fatalf("%v: %s\n%#v", err, text, w)
	}
	if !tellsLayer(w, d, got) {
		t.Fatalf("layers %v, denial %v of %v: %s\n%#v", got.Layers, got.Denial, d, text, w)
	}
	a := w.Request.Action
	if strings.Contains(text, "perform: kms:") && got.Request.Action != a || strings.Contains(text, "calling") && a.IsValid() && !slices.Contains(got.Actions, a) {
		t.Fatalf("actions %v, want %v: %s", got.Actions, a, text)
	}
	if strings.Contains(text, "User: ") && !strings.Contains(text, "User: "+got.Caller+" is") || got.Caller != "" && !isCaller(w.Caller.ARN, got.Caller) {
		t.Fatalf("caller %q, want %q: %s", got.Caller, w.Caller.ARN, text)
	}
	for _, key := range resources(w) {
		if strings.Contains(text, key) && got.Key != key {
			t.Fatalf("key %q, want %q: %s", got.Key, key, text)
		}
	}
	checkReading(t, got)
	return got
}

// tellsLayer reports whether a reading has the first blocking layer, and denies
// as that does. Exempt is a caller of another account whose own side blocks as
// well, which KMS names; and a grant without delegation, of which KMS does not
// tell, so that it names what the policies lack.
func tellsLayer(w *worlds.World, d *evaluate.Decision, got evaluate.AWSErrorReading) bool {
	told := func(e evaluate.Entry) bool {
		return slices.Contains(got.Layers, e.Layer()) &&
			(got.Denial == evaluate.DenialOpen || (got.Denial == evaluate.DenialExplicit) == (e.Reason() == evaluate.ReasonExplicitDeny))
	}
	entries := slices.Collect(d.Blockers())
	if isForeign(w) || d.Reason() == evaluate.ReasonGrantRequiresDelegation {
		return slices.ContainsFunc(slices.Concat(entries, slices.Collect(d.Alternatives())), told)
	}
	return told(entries[0])
}

func isForeign(w *worlds.World) bool {
	key := resources(w)
	if len(key) == 0 || !strings.HasPrefix(w.Caller.ARN, "arn:") {
		return false
	}
	return strings.Split(key[0], ":")[4] != strings.Split(w.Caller.ARN, ":")[4]
}

// resources returns the ARN of the world's key or alias.
func resources(w *worlds.World) []string {
	switch {
	case w.Key != nil:
		return []string{w.Key.ARN}
	case w.Request.Alias != "":
		return []string{w.Request.Alias}
	default:
		return nil
	}
}

// isCaller reports whether got is the caller, or a session of that role.
func isCaller(arn, got string) bool {
	role := arn[strings.LastIndexByte(arn, '/')+1:]
	return got == arn || strings.Contains(arn, ":role/") && strings.HasSuffix(got, ":assumed-role/"+role+"/ROLE-SESSION-NAME")
}

// checkReading checks what holds for every reading: there are layers, in their
// order, the request can be made, and the text fits a terminal.
func checkReading(t interface{ Fatalf(string, ...any) }, r evaluate.AWSErrorReading) {
	if len(r.Layers) == 0 || !slices.IsSorted(r.Layers) || len(slices.Compact(slices.Clone(r.Layers))) != len(r.Layers) {
		t.Fatalf("layers %v", r.Layers)
	}
	if _, err := evaluate.NewRequest(r.Request); err != nil {
		t.Fatalf("request: %v", err)
	}
	if len(r.Actions) == 1 != r.Request.Action.IsValid() {
		t.Fatalf("actions %v, request %v", r.Actions, r.Request.Action)
	}
	lines := strings.Split(r.String(), "\n")
	if len(lines) < 3 || len(lines) > 4 || strings.ContainsFunc(strings.Join(lines, ""), unicode.IsControl) {
		t.Fatalf("text %q", r.String())
	}
}

// FuzzReadAWSError reads any text without harm, alike whatever blanks stand
// between its words.
func FuzzReadAWSError(f *testing.F) {
	const sentence = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/a "
	for _, seed := range []string{
		sentence, sentence + "because no identity-based policy allows", sentence + "with an explicit deny in a session policy: arn:aws:iam::111122223333:policy/a", sentence + "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
		"is not authorized to perform: kms:CreateAlias on resource: arn:aws:kms:us-east-1:111122223333:alias/a", "s3.amazonaws.com is not authorized to perform: kms:Sign on this resource because the resource does not exist",
		"An error occurred (DisabledException) when calling the ReEncrypt operation:", "operation error KMS: Decrypt, api error AccessDeniedException", `{"__type":"com.amazonaws.kms#NotFoundException","message":"Alias arn:aws:kms:us-east-1:1:alias/a is not found."}`,
		"KMS Exception: AccessDeniedExceptionKMS Message: The ciphertext refers to a customer master key that does not exist", "Key 'arn:aws:kms:eu-west-1:111122223333:key/a' does not exist", "arn:aws:kms:x origin is EXTERNAL", "Invalid arn us-east-1",
		`{"topicArn":"arn:aws:sns:us-east-1:111122223333:t","providerResponse":"{\"ErrorCode\":\"KMS.AccessDeniedException\",\"sqsRequestId\":\"x\"}"}`, "An error occurred (InvalidKeyId) when calling the GetParameter operation", "\x1b[31m\xff| │ \\u0027",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := evaluate.ReadAWSError(text)
		if err != nil {
			if !reflect.DeepEqual(got, evaluate.AWSErrorReading{}) || err.Error() == "" {
				t.Fatalf("%+v with error %v", got, err)
			}
			return
		}
		checkReading(t, got)
		for _, a := range got.Actions {
			if !a.IsValid() {
				t.Fatalf("action %v", a)
			}
		}
		if again, err := evaluate.ReadAWSError(" \n" + strings.Join(strings.Fields(text), "\r\n\t") + "\n"); err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("with other blanks %v, %v: got %+v", again, err, got)
		}
	})
}

// Every permission, caller and layer of the wordings can be read, whatever the
// key.
func TestReadAWSErrorOfEveryAction(t *testing.T) {
	for a := range action.All() {
		got, err := evaluate.ReadAWSError("User: sns.amazonaws.com is not authorized to perform: " + a.String() + " on resource: *")
		if err != nil || got.Request.Action != a || got.Caller != "sns.amazonaws.com" {
			t.Errorf("%v: got %+v, %v", a, got, err)
		}
		checkReading(t, got)
	}
}
