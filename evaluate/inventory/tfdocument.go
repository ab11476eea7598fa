package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// planDocument reads the policy document in an attribute of a resource. It is nil if the document
// cannot be read or is not wholly known.
func planDocument[P any](p *plan, b *block, attribute, name string, parse parser[P]) *P {
	text, ok := p.required(b, attribute, wantDocument)
	if !ok {
		return nil
	}
	return parseAttribute(p, b, attribute, text, b.where(attribute), name, parse)
}

// parseAttribute parses a policy document that is the text of an attribute.
func parseAttribute[P any](p *plan, b *block, path, text string, at jsondoc.Value, name string, parse parser[P]) *P {
	parsed, err := parseText(p.reading, text, innerFile(p.opts.File, b.address+"."+path), name, parse)
	docerrors.Add(at, relocated(err, policy.Position(at.Place()), ""))
	return parsed
}

// A documentMemo is the JSON of a data source aws_iam_policy_document, which is worked out once.
type documentMemo struct {
	text  string
	err   error
	state state
}

// documentText returns the JSON of a data source aws_iam_policy_document that is read only during
// apply.
func (p *plan) documentText(b *block, s scope) (string, error) {
	switch b.document.state {
	case inWork:
		return "", fmt.Errorf("%s refers to itself", b.address)
	case notAsked:
		b.document.state = inWork
		w := documentWriter{plan: p, scope: scope{module: b.module, index: scopeOf(b).index, depth: s.depth + 1}}
		b.document.text, b.document.err = w.write(b)
		b.document.state = done
	}
	return b.document.text, b.document.err
}

// A documentWriter writes the JSON of a data source aws_iam_policy_document from its parts.
//
// See the documentation of the AWS provider for Terraform, "aws_iam_policy_document".
type documentWriter struct {
	*plan
	scope
	open []string // what is known only after apply
}

// A nested is a block within a block: what is known of it, what is not, and its configuration.
type nested struct {
	values, unknown, config gjson.Result
}

// A documentStatement is a statement, which takes the place of an earlier one with its Sid.
type documentStatement struct{ sid, text string }

// write returns the JSON.
func (w *documentWriter) write(b *block) (string, error) {
	all := nested{values: object(b.values), unknown: object(b.unknown)}
	if b.config != nil {
		all.config = b.config.expressions
	}
	version, id := "2012-10-17", ""
	var statements []documentStatement
	merge := func(attribute string) {
		for _, document := range w.documents(all, attribute) {
			if v := document.Get("Version").Str; v != "" {
				version = v
			}
			if v := document.Get("Id").Str; v != "" {
				id = v
			}
			statements = mergeStatements(statements, statementsOf(document))
		}
	}
	merge("source_json")
	merge("source_policy_documents")
	statements = mergeStatements(statements, w.statements(all))
	if v := w.plain(all, "version", ""); v != "" {
		version = v
	}
	if v := w.plain(all, "policy_id", ""); v != "" {
		id = v
	}
	merge("override_policy_documents")
	merge("override_json")
	if len(w.open) > 0 {
		return "", fmt.Errorf("%s: %s", b.address, strings.Join(w.open[:min(len(w.open), maxUnknown)], "; "))
	}
	return documentJSON(version, id, statements), nil
}

// object returns attributes as an object.
func object(attributes map[string]jsondoc.Value) gjson.Result {
	var all strings.Builder
	all.WriteByte('{')
	for i, name := range documentAttributes {
		if i > 0 {
			all.WriteByte(',')
		}
		text := "null"
		if v, ok := attributes[name]; ok {
			text = v.Raw()
		}
		all.WriteString(jsonText(name) + ":" + text)
	}
	all.WriteByte('}')
	return gjson.Parse(all.String())
}

// documentAttributes are the attributes of aws_iam_policy_document that the JSON is made of.
var documentAttributes = []string{
	"version", "policy_id", "statement", "source_json", "source_policy_documents", "override_policy_documents", "override_json",
}

// documentJSON returns a policy document, with a line for each statement.
func documentJSON(version, id string, statements []documentStatement) string {
	var b strings.Builder
	b.WriteString("{\n  \"Version\": " + jsonText(version))
	if id != "" {
		b.WriteString(",\n  \"Id\": " + jsonText(id))
	}
	b.WriteString(",\n  \"Statement\": [")
	for i, s := range statements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    " + s.text)
	}
	b.WriteString("\n  ]\n}")
	return b.String()
}

// leaveOpen notes that a part of the document is known only after apply.
func (w *documentWriter) leaveOpen(path string, err error) {
	w.open = append(w.open, path+": "+shortened(err.Error()))
}

// mergeStatements adds statements to others. One with the Sid of an earlier one takes its place.
func mergeStatements(list, more []documentStatement) []documentStatement {
	bySid := make(map[string]int, len(list))
	for i, s := range list {
		if s.sid != "" {
			bySid[s.sid] = i
		}
	}
	for _, s := range more {
		if i, ok := bySid[s.sid]; ok {
			list[i] = s
			continue
		}
		if s.sid != "" {
			bySid[s.sid] = len(list)
		}
		list = append(list, s)
	}
	return list
}

// statementsOf returns the statements of a document.
func statementsOf(document gjson.Result) []documentStatement {
	statements := document.Get("Statement")
	list := elementsOf(statements)
	if statements.IsObject() {
		list = []gjson.Result{statements}
	}
	var all []documentStatement
	for _, s := range list {
		all = append(all, documentStatement{sid: s.Get("Sid").Str, text: strings.ReplaceAll(strings.TrimSpace(s.Raw), "\n", " ")})
	}
	return all
}

// documents returns the documents in an attribute, which is a text or a list of texts.
func (w *documentWriter) documents(v nested, name string) []gjson.Result {
	values, unknown := v.values.Get(name), v.unknown.Get(name)
	known, isOpen := elementsOf(values), elementsOf(unknown)
	if values.Type == gjson.String {
		known = []gjson.Result{values}
	}
	var found []leaf
	if unknown.Type == gjson.True || trues(isOpen) > 0 {
		leaves, err := w.follow(v.config.Get(name), w.scope, wantDocument)
		if err != nil {
			w.leaveOpen(name, err)
			return nil
		}
		found = slices.DeleteFunc(leaves, func(l leaf) bool { return l.known })
	}
	if unknown.Type == gjson.True {
		known, isOpen = make([]gjson.Result, 1), []gjson.Result{unknown}
	}
	if len(found) != trues(isOpen) || len(isOpen) > len(known) {
		w.leaveOpen(name, errAfterApply)
		return nil
	}
	var all []gjson.Result
	for i, text := range known {
		document := text.Str
		if i < len(isOpen) && isOpen[i].Type == gjson.True {
			document, found = found[0].text, found[1:]
		}
		if !gjson.Valid(document) {
			w.leaveOpen(name, errors.New("it is not JSON"))
			return nil
		}
		all = append(all, gjson.Parse(document))
	}
	return all
}

// trues returns how many of a list are true.
func trues(list []gjson.Result) int {
	n := 0
	for _, v := range list {
		if v.Type == gjson.True {
			n++
		}
	}
	return n
}

// nestedBlocks returns the blocks of a name within a block. A set of blocks comes in another
// order than the configuration has it, so that they are told apart by some of their attributes.
func (w *documentWriter) nestedBlocks(v nested, name, path string, by ...string) []nested {
	values, unknown := elementsOf(v.values.Get(name)), v.unknown.Get(name)
	isOpen, configs := elementsOf(unknown), elementsOf(v.config.Get(name))
	if unknown.Type == gjson.True || len(isOpen) > len(values) {
		w.leaveOpen(path, errAfterApply)
		return nil
	}
	var all []nested
	for i, value := range values {
		block := nested{values: value}
		if i < len(isOpen) {
			block.unknown = isOpen[i]
		}
		if len(configs) == len(values) {
			block.config = configs[i]
			if len(by) > 0 && len(values) > 1 {
				block.config = configFor(value, configs, by)
			}
		}
		all = append(all, block)
	}
	return all
}

// configFor returns the one configuration that has the same constants as a block, none if several
// do.
func configFor(value gjson.Result, configs []gjson.Result, by []string) (found gjson.Result) {
	for _, config := range configs {
		same := !slices.ContainsFunc(by, func(name string) bool {
			return config.Get(name).Get("constant_value").Str != value.Get(name).Str
		})
		if same && found.Exists() {
			return gjson.Result{}
		}
		if same {
			found = config
		}
	}
	return found
}

// plain returns the text of an attribute that is no list, "" if it is not given.
func (w *documentWriter) plain(v nested, name, path string) string {
	if v.unknown.Get(name).Type == gjson.True && v.config.Get(name).Exists() {
		w.leaveOpen(join(path, name), errAfterApply)
	}
	return v.values.Get(name).Str
}

// statements writes the statements of the data source.
func (w *documentWriter) statements(v nested) []documentStatement {
	var all []documentStatement
	for i, s := range w.nestedBlocks(v, "statement", "statement") {
		path := fmt.Sprintf("statement[%d]", i)
		all = append(all, documentStatement{sid: s.values.Get("sid").Str, text: w.statement(s, path)})
	}
	return all
}

// statement writes a statement.
func (w *documentWriter) statement(s nested, path string) string {
	effect := w.plain(s, "effect", path)
	if effect == "" {
		effect = "Allow"
	}
	members := []string{`"Effect": ` + jsonText(effect)}
	if sid := w.plain(s, "sid", path); sid != "" {
		members = append([]string{`"Sid": ` + jsonText(sid)}, members...)
	}
	add := func(name, text string) {
		if text != "" {
			members = append(members, jsonText(name)+": "+text)
		}
	}
	tolerant := s.concernsOthers()
	add("Principal", w.principals(s, "principals", path, tolerant))
	add("NotPrincipal", w.principals(s, "not_principals", path, tolerant))
	add("Action", listJSON(w.texts(s, "actions", path, wantName, tolerant)))
	add("NotAction", listJSON(w.texts(s, "not_actions", path, wantName, tolerant)))
	add("Resource", listJSON(w.texts(s, "resources", path, wantARN, tolerant)))
	add("NotResource", listJSON(w.texts(s, "not_resources", path, wantARN, tolerant)))
	add("Condition", w.condition(s, path, tolerant))
	return "{" + strings.Join(members, ", ") + "}"
}

// concernsOthers reports whether a statement has no KMS action for certain, so that it plays no
// part in any decision.
func (v nested) concernsOthers() bool {
	if unknown := v.unknown.Get("actions"); unknown.Type == gjson.True || trues(elementsOf(unknown)) > 0 || len(elementsOf(v.values.Get("not_actions"))) > 0 {
		return false
	}
	return isOfOtherServices(gjson.Parse(`{"Action":` + v.values.Get("actions").Raw + `}`))
}

// listJSON returns a list of strings as JSON, "" if it is empty.
func listJSON(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return jsonText(list)
}

// texts returns the strings of an attribute that is a list. Where some are unknown they are those
// that the configuration refers to and the plan does not know, if there are as many. Whatever
// else it refers to must stand in those that are known, so that no part of an unknown one is
// lost.
func (w *documentWriter) texts(v nested, name, path string, want wanted, tolerant bool) []string {
	var all []string
	for _, text := range elementsOf(v.values.Get(name)) {
		if text.Type == gjson.String {
			all = append(all, strings.ReplaceAll(text.Str, "&{", "${"))
		}
	}
	unknown := v.unknown.Get(name)
	missing := trues(elementsOf(unknown))
	if unknown.Type != gjson.True && missing == 0 {
		return all
	}
	expression := v.config.Get(name)
	found, err := w.unknownTexts(expression, all, missing, want)
	switch {
	case err == nil:
		return append(all, found...)
	case tolerant:
		return append(all, "${"+strings.Join(references(expression), "} ${")+"}")
	}
	w.leaveOpen(path+"."+name, err)
	return all
}

// unknownTexts returns those values that an expression refers to and the plan does not know.
func (w *documentWriter) unknownTexts(expression gjson.Result, known []string, missing int, want wanted) ([]string, error) {
	leaves, err := w.follow(expression, w.scope, want)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, l := range leaves {
		stands := slices.ContainsFunc(known, func(text string) bool { return strings.Contains(text, l.text) })
		switch {
		case !l.known:
			found = append(found, l.text)
		case !stands:
			return nil, errMade(strings.Join(references(expression), " and "), want)
		}
	}
	if len(found) != missing {
		return nil, errMade(strings.Join(references(expression), " and "), want)
	}
	return found, nil
}

// principals writes a Principal element.
func (w *documentWriter) principals(v nested, name, path string, tolerant bool) string {
	var kinds ordered[[]string]
	for i, block := range w.nestedBlocks(v, name, path+"."+name, "type") {
		at := fmt.Sprintf("%s.%s[%d]", path, name, i)
		kind := w.plain(block, "type", at)
		if kind == "*" {
			return `"*"`
		}
		list, _ := kinds.get(kind)
		kinds.set(kind, append(list, w.texts(block, "identifiers", at, wantARN, tolerant)...))
	}
	var members []string
	for _, e := range kinds.entries {
		members = append(members, jsonText(e.name)+": "+jsonText(e.value))
	}
	if len(members) == 0 {
		return ""
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// condition writes a Condition element.
func (w *documentWriter) condition(v nested, path string, tolerant bool) string {
	var operators ordered[*ordered[[]string]]
	for i, block := range w.nestedBlocks(v, "condition", path+".condition", "test", "variable") {
		at := fmt.Sprintf("%s.condition[%d]", path, i)
		test, variable := w.plain(block, "test", at), w.plain(block, "variable", at)
		keys, ok := operators.get(test)
		if !ok {
			keys = new(ordered[[]string])
			operators.set(test, keys)
		}
		list, _ := keys.get(variable)
		keys.set(variable, append(list, w.texts(block, "values", at, wantARN, tolerant)...))
	}
	var members []string
	for _, operator := range operators.entries {
		var keys []string
		for _, key := range operator.value.entries {
			keys = append(keys, jsonText(key.name)+": "+jsonText(key.value))
		}
		members = append(members, jsonText(operator.name)+": {"+strings.Join(keys, ", ")+"}")
	}
	if len(members) == 0 {
		return ""
	}
	return "{" + strings.Join(members, ", ") + "}"
}
