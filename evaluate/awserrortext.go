package evaluate

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kmsauthz/kmsauthz/policy/action"
)

// quotes are what may stand around a word.
const quotes = "\"'`()[]{},;"

// escapes undoes what JSON and XML do to the characters around words.
var escapes = strings.NewReplacer(`\n`, " ", `\r`, " ", `\t`, " ", `\u0027`, "'", `\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\`, " ",
	"</", " </", "&quot;", `"`, "&#39;", "'", "&apos;", "'")

// onOneLine returns a text with one blank between words and without what is not
// part of it: escapes, control characters, and the bars with which some programs
// draw a margin.
func onOneLine(text string) string {
	words := strings.FieldsFunc(escapes.Replace(text), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	kept := words[:0]
	for _, w := range words {
		if w != "|" && w != "│" {
			kept = append(kept, w)
		}
	}
	return strings.ToValidUTF8(strings.Join(kept, " "), "\uFFFD")
}

// cutWord returns the first word of a text, without quotes and punctuation, and
// what follows it.
func cutWord(text string) (word, rest string) {
	text = strings.TrimLeft(text, quotes)
	end := strings.IndexAny(text, " \"'`")
	if end < 0 {
		end = len(text)
	}
	return strings.TrimRight(text[:end], quotes+".:"), strings.TrimLeft(text[end:], " "+quotes)
}

// clip shortens a text for a message.
func clip(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// A phrase is a piece of a message that tells what it is about.
type phrase struct {
	words   string
	layers  []Layer // none: any that authorizes
	reason  Reason
	actions []action.Action // those that have such a message; none: any
}

var (
	inRequest  = []Layer{LayerRequest}
	inRegion   = []Layer{LayerRegion}
	inKeyUsage = []Layer{LayerKeyUsage}
	inKeyState = []Layer{LayerKeyState}
	notFound   = []Layer{LayerRequest, LayerRegion} // named wrongly, or looked for in the wrong Region
)

// phrasesAfterARN are what KMS says of a key or an alias.
var phrasesAfterARN = func() []phrase {
	list := []phrase{
		{"origin is ", inKeyState, ReasonUnsupportedOperation, nil},
		{"key usage is ", inKeyUsage, ReasonInvalidKeyUsage, nil},
		{"key spec is ", inKeyUsage, ReasonInvalidKeyUsage, nil},
		{"does not exist", notFound, ReasonNone, nil},
		{"is not found", notFound, ReasonNone, nil},
	}
	for _, row := range stateWords {
		list = append(list, phrase{row.words, inKeyState, row.reason, nil})
	}
	return list
}()

// phrases are other pieces of messages, which may stand anywhere.
var phrases = []phrase{
	{strings.TrimSuffix(oldCiphertextMessage, ", does not exist in this region, or you are not allowed to access."), nil, ReasonNone,
		[]action.Action{action.Decrypt, action.ReEncryptFrom}},
	{"Access to KMS is not allowed", nil, ReasonNone, nil}, // AWS Secrets Manager
	{"Invalid arn ", inRegion, ReasonWrongRegion, nil},
	{"Invalid keyId ", inRequest, ReasonInvalidRequest, nil},
	{"You cannot generate a data key with an asymmetric ", inKeyUsage, ReasonInvalidKeyUsage, nil},
	{" is incompatible with key spec ", inKeyUsage, ReasonInvalidKeyUsage, nil},
}

// readPhrase reads a message that is not about a caller.
func (r *errorReader) readPhrase() bool {
	for _, rest, more := strings.Cut(r.text, "arn:"); more; _, rest, more = strings.Cut(rest, "arn:") {
		var name string
		name, rest = cutWord(rest)
		for i := range phrasesAfterARN {
			if p := &phrasesAfterARN[i]; strings.HasPrefix(rest, p.words) {
				r.Key = "arn:" + name
				r.takeOver(p)
				return true
			}
		}
	}
	for i := range phrases {
		if p := &phrases[i]; strings.Contains(r.text, p.words) {
			r.takeOver(p)
			return true
		}
	}
	return false
}

// takeOver takes over what a phrase means.
func (r *errorReader) takeOver(p *phrase) {
	if p.actions != nil {
		r.Actions = slices.DeleteFunc(r.Actions, func(a action.Action) bool { return !slices.Contains(p.actions, a) })
		if len(r.Actions) == 0 {
			r.Actions = slices.Clone(p.actions)
		}
	}
	r.Layers, r.Reason = slices.Clone(p.layers), p.reason
	if p.layers == nil {
		r.Layers = r.possible(anywhere...)
	}
}
