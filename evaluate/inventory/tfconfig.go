package inventory

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/tidwall/gjson"
)

// A module is the configuration of a module: what its expressions refer to.
type module struct {
	blocks  map[string]*blockConfig // by type and name: "aws_kms_key.orders", "data.aws_iam_policy_document.orders"
	calls   map[string]*moduleCall
	outputs gjson.Result
}

// A moduleCall is a call of a module, with the expressions for its variables.
type moduleCall struct {
	expressions gjson.Result
	module      module
}

// A blockConfig is the configuration of a resource or data source.
type blockConfig struct {
	provider    string // the key of its provider configuration
	expressions gjson.Result
}

// scanConfiguration walks through the configuration.
func (p *plan) scanConfiguration(m jsonstream.Member) error {
	switch m.Name {
	case "provider_config":
		var all gjson.Result
		if err := p.keep(&all); err != nil {
			return err
		}
		all.ForEach(func(key, config gjson.Result) bool {
			p.providers[key.Str] = config
			return all.IsObject()
		})
		return nil
	case "root_module":
		return p.scanModule(p.root)
	}
	return nil
}

// scanModule walks through the configuration of a module and of the modules that it calls.
func (p *plan) scanModule(to *module) error {
	to.blocks, to.calls = make(map[string]*blockConfig), make(map[string]*moduleCall)
	return p.scan.Object(func(m jsonstream.Member) error {
		switch m.Name {
		case "resources":
			return p.scan.List(func(int) error { return p.scanBlockConfig(to) })
		case "outputs":
			return p.keep(&to.outputs)
		case "module_calls":
			return p.scan.Object(func(m jsonstream.Member) error {
				call := new(moduleCall)
				to.calls[m.Name] = call
				return p.scan.Object(func(m jsonstream.Member) error { return p.scanCall(m, call) })
			})
		}
		return nil
	})
}

// scanCall reads a part of a module call.
func (p *plan) scanCall(m jsonstream.Member, call *moduleCall) error {
	switch m.Name {
	case "expressions":
		return p.keep(&call.expressions)
	case "module":
		return p.scanModule(&call.module)
	}
	return nil
}

// scanBlockConfig keeps the configuration of a resource that is read.
func (p *plan) scanBlockConfig(to *module) error {
	e, err := p.scan.Take()
	if err != nil {
		return p.tooLarge(err)
	}
	head := gjson.ParseBytes(e.Data)
	kind, name, isData := head.Get("type").Str, head.Get("name").Str, head.Get("mode").Str == "data"
	if !isRead(kind, isData) {
		return nil
	}
	key := kind + "." + name
	if isData {
		key = "data." + key
	}
	to.blocks[key] = &blockConfig{
		provider:    head.Get("provider_config_key").Str,
		expressions: gjson.Parse(strings.Clone(head.Get("expressions").Raw)),
	}
	return nil
}

// A step is a part of an address or a reference: a name, and the index behind it, with its
// brackets.
type step struct{ name, index string }

// stepsOf takes an address or a reference apart at its dots, except those within an index.
func stepsOf(text string) []step {
	var all []step
	for text != "" {
		end := strings.IndexAny(text, ".[")
		if end < 0 {
			return append(all, step{name: text})
		}
		s := step{name: text[:end]}
		text = text[end:]
		for strings.HasPrefix(text, "[") {
			n := indexLen(text)
			s.index += text[:n]
			text = text[n:]
		}
		text = strings.TrimPrefix(text, ".")
		all = append(all, s)
	}
	return all
}

// indexLen returns the length of the index with which text starts, brackets included.
func indexLen(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return i + 1
		}
	}
	return len(text)
}

// String returns the step as it stands in an address.
func (s step) String() string { return s.name + s.index }

// splitAddress splits the address of a resource into that of its module and the rest.
func splitAddress(address string) (module, rest string) {
	offset, after := 0, address
	for strings.HasPrefix(after, "module.") {
		end := len("module.")
		for end < len(after) && after[end] != '.' {
			if after[end] == '[' {
				end += indexLen(after[end:])
				continue
			}
			end++
		}
		if end >= len(after) {
			break
		}
		offset += end + 1
		after = address[offset:]
	}
	return strings.TrimSuffix(address[:offset], "."), after
}

// moduleAt returns the configuration of the module with this address, nil if there is none.
func (p *plan) moduleAt(address string) *module {
	m := p.root
	steps := stepsOf(address)
	for i := 1; i < len(steps) && m != nil; i += 2 {
		call := m.calls[steps[i].name]
		if call == nil {
			return nil
		}
		m = &call.module
	}
	return m
}

// caller returns the address of the module that calls this one, and the call.
func (p *plan) caller(address string) (string, *moduleCall) {
	steps := stepsOf(address)
	if len(steps) < 2 {
		return "", nil
	}
	parent := ""
	for _, s := range steps[:len(steps)-2] {
		parent = join(parent, s.String())
	}
	m := p.moduleAt(parent)
	if m == nil {
		return "", nil
	}
	return parent, m.calls[steps[len(steps)-1].name]
}

// join puts two parts of an address together.
func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}

// configOf returns the configuration of a block.
func (p *plan) configOf(b *block) *blockConfig {
	m := p.moduleAt(b.module)
	if m == nil {
		return nil
	}
	key := b.kind + "." + b.name
	if b.isData {
		key = "data." + key
	}
	return m.blocks[key]
}

// references returns what an expression refers to. Terraform lists each reference in full, then
// without its last parts; only the full ones are returned.
func references(expression gjson.Result) []string {
	var all []string
	for _, r := range elementsOf(expression.Get("references")) {
		if n := len(all); n > 0 {
			if rest, ok := strings.CutPrefix(all[n-1], r.Str); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				continue
			}
		}
		all = append(all, r.Str)
	}
	return all
}

// A scope is where references are followed from.
type scope struct {
	module string // the address of the module
	index  string // of the resource that has the expression: what each.key and count.index stand for
	depth  int    // how many references have been followed to here
}

// deeper returns the scope of an expression that another one refers to.
func (s scope) deeper(module, index string) scope {
	return scope{module: module, index: index, depth: s.depth + 1}
}

// scopeOf returns the scope of a block's expressions.
func scopeOf(b *block) scope {
	steps := stepsOf(b.address)
	s := scope{module: b.module}
	if len(steps) > 0 {
		s.index = steps[len(steps)-1].index
	}
	return s
}

// A wanted says what is wanted of a reference that names no attribute.
type wanted uint8

const (
	wantARN      wanted = iota // the ARN of a principal or a policy
	wantKey                    // the ARN or the id of a key
	wantName                   // the name of a user, group or role
	wantDocument               // a policy document
)

// A leaf is a value that a reference comes to.
type leaf struct {
	text  string
	known bool // the plan knows it, so that it is not what made an expression unknown
	named bool // it is known, and is what a reference names, not another attribute of the same resource
}

// errSteps is why references are not followed any further.
var errSteps = errors.New("too many references are to be followed")

// follow returns the values that the references of an expression come to.
func (p *plan) follow(expression gjson.Result, s scope, want wanted) ([]leaf, error) {
	if constant := expression.Get("constant_value"); constant.Exists() {
		return []leaf{{text: plainText(constant), known: true}}, nil
	}
	refs := references(expression)
	if len(refs) == 0 {
		return nil, errors.New("the configuration does not say what it refers to")
	}
	var all []leaf
	for _, ref := range refs {
		if ref == "each.key" || ref == "each.value" || ref == "count.index" {
			continue // it chooses an instance of what else is referred to
		}
		leaves, err := p.reference(ref, s, want)
		if err != nil {
			return nil, err
		}
		all = append(all, leaves...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it refers to %s alone", strings.Join(refs, " and "))
	}
	return all, nil
}

// reference returns the values that one reference comes to.
func (p *plan) reference(ref string, s scope, want wanted) ([]leaf, error) {
	if p.steps--; p.steps < 0 || s.depth == maxReferences {
		return nil, errSteps
	}
	steps := stepsOf(ref)
	if len(steps) < 2 {
		return nil, fmt.Errorf("it refers to %s", ref)
	}
	switch steps[0].name {
	case "var":
		return p.variable(ref, steps, s, want)
	case "module":
		return p.output(ref, steps, s, want)
	case "data":
		return p.blockAttribute(ref, "data."+steps[1].name, steps[2:], s, want)
	case "local", "each", "count", "self", "path", "terraform":
		return nil, fmt.Errorf("it refers to %s, which the plan does not have", ref)
	}
	return p.blockAttribute(ref, steps[0].name, steps[1:], s, want)
}

// variable follows a variable of a module to the call of the module.
func (p *plan) variable(ref string, steps []step, s scope, want wanted) ([]leaf, error) {
	if len(steps) > 2 || steps[1].index != "" {
		return nil, fmt.Errorf("it refers to %s, a part of a value", ref)
	}
	name := steps[1].name
	if s.module == "" {
		value := member(member(p.variables, name), "value")
		if value.Type != gjson.String {
			return nil, fmt.Errorf("it refers to %s, which the plan does not have as text", ref)
		}
		return []leaf{{text: value.Str, known: true, named: true}}, nil
	}
	parent, call := p.caller(s.module)
	if call == nil {
		return nil, fmt.Errorf("it refers to %s, and the plan does not have the call of %s", ref, s.module)
	}
	expression := member(call.expressions, name)
	if !expression.Exists() {
		return nil, fmt.Errorf("it refers to %s, which the call of %s leaves out", ref, s.module)
	}
	calling := stepsOf(s.module)
	return p.follow(expression, s.deeper(parent, calling[len(calling)-1].index), want)
}

// member returns a member of an object by its name, whatever characters that has.
func member(object gjson.Result, name string) (found gjson.Result) {
	if !object.IsObject() {
		return found
	}
	object.ForEach(func(key, value gjson.Result) bool {
		if key.Str == name {
			found = value
		}
		return !found.Exists()
	})
	return found
}

// output follows an output of a module into the module.
func (p *plan) output(ref string, steps []step, s scope, want wanted) ([]leaf, error) {
	if len(steps) != 3 || steps[2].index != "" {
		return nil, fmt.Errorf("it refers to %s, a part of a value", ref)
	}
	child := join(join(s.module, "module"), steps[1].String())
	m := p.moduleAt(child)
	if m == nil {
		return nil, fmt.Errorf("it refers to %s, and the plan does not have the module", ref)
	}
	output := member(m.outputs, steps[2].name)
	if !output.Exists() {
		return nil, fmt.Errorf("it refers to %s, which the module does not have", ref)
	}
	return p.follow(output.Get("expression"), s.deeper(child, ""), want)
}

// blockAttribute returns an attribute of a resource or data source.
func (p *plan) blockAttribute(ref, kind string, steps []step, s scope, want wanted) ([]leaf, error) {
	if len(steps) == 0 {
		return nil, fmt.Errorf("it refers to %s", ref)
	}
	if len(steps) > 2 || len(steps) == 2 && steps[1].index != "" {
		return nil, fmt.Errorf("it refers to %s, a part of a value", ref)
	}
	b, isNone := p.instance(kind, steps[0], s)
	switch {
	case isNone:
		return nil, nil
	case b == nil:
		return nil, fmt.Errorf("it refers to %s, which is not resolved", ref)
	}
	attribute := ""
	if len(steps) == 2 {
		attribute = steps[1].name
	}
	value, err := p.attribute(b, attribute, want, s)
	if err != nil {
		return nil, err
	}
	value.named = value.known && attribute != ""
	return []leaf{value}, nil
}

// instance returns the resource or data source that a reference means. Where the reference has no
// index, the expression has it apart, or means all instances, which may be one. It may also be that
// the configuration has the resource and the plan has no such instance, whose count is zero: it
// gives nothing to whatever is made of the reference.
func (p *plan) instance(kind string, name step, s scope) (b *block, isNone bool) {
	address := join(s.module, kind+"."+name.String())
	if b := p.byAddress[address]; b != nil {
		return b, false
	}
	if b := p.byAddress[address+s.index]; b != nil && name.index == "" {
		return b, false
	}
	m := p.moduleAt(s.module)
	if m == nil || m.blocks[kind+"."+name.name] == nil {
		return nil, false
	}
	if name.index != "" {
		return nil, true
	}
	switch all := p.instances[address]; len(all) {
	case 0:
		return nil, true
	case 1:
		return all[0], false
	}
	return nil, false
}
