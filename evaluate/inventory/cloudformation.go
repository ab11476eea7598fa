package inventory

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsonstream"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// AddCloudFormation adds the keys, aliases, users, groups, roles and policies of a CloudFormation
// template in JSON, or of what "aws cloudformation get-template" prints for one. They may be
// looked up by their logical ids.
//
// Options give the account and Region of the stack, and its parameters; one that is not given has
// its default, and one that the template does not have is an error. Ref, Fn::GetAtt, Fn::Sub,
// Fn::Join and Fn::If are resolved, and so are conditions.
// What a stack gives a name of its own has its logical id for a placeholder: the key id of a key,
// the name of a role without RoleName. Whatever else cannot be resolved is unknown, except in
// statements without any KMS action, where it does not matter; there it reads "${Bucket.Arn}".
//
// The line of a statement is that of the template. Its column may be off where a function stands
// before it in the line.
func (inv *Inventory) AddCloudFormation(r io.Reader, opts Options) (Report, error) {
	return inv.read(r, opts, readTemplate)
}

// notJSON is what is said of a template that is not JSON.
const notJSON = "a template in YAML is not read; convert it to JSON, for example by \"cfn-flip -j template.yaml\" or \"rain fmt --json template.yaml\""

// noTemplate is what is said of a template without anything in it.
const noTemplate = "the template is empty"

// A template is a CloudFormation template that is being read.
type template struct {
	*reading
	parameters map[string]gjson.Result
	conditions map[string]gjson.Result
	decided    map[string]decided // conditions
	resources  []*resource
	byID       map[string]*resource
	budget     int // how much text may still be put in the place of functions
	depth      int // of names and conditions that refer to each other
}

// maxResolved bounds the text that is put in the place of functions: a parameter may be long, and
// be referred to a thousand times.
const maxResolved = 16 << 20

// A resource is a resource of a template.
type resource struct {
	*node
	id, kind   string
	properties jsondoc.Value
	condition  jsondoc.Value
	name, arn  memo
}

var templateShape = jsondoc.Shape{
	Noun: "section", Names: []string{"Parameters", "Conditions", "Resources", "Transform", "Fn::Transform"}, Required: []string{"Resources"}, Open: true, Slips: true,
}

// readTemplate reads a template.
func readTemplate(r *reading) error {
	at := r.scan.Place()
	if r.scan.Kind() != jsondoc.Object {
		text := notJSON
		var more *jsonstream.Error
		switch err := r.scan.End(); {
		case err == nil:
			text = noTemplate
		case !errors.As(err, &more):
			return err // of the reader
		}
		return policy.Errors{{Position: policy.Position(at), Code: policy.CodeSyntax, Text: text}}
	}
	n, err := r.cut("")
	if err == nil {
		err = r.scan.End()
	}
	if err != nil || n == nil {
		return err
	}
	t := &template{reading: r, byID: make(map[string]*resource), decided: make(map[string]decided), budget: maxResolved + len(n.root.Raw())}
	isTemplate := t.readSections(n)
	if problems := n.problems(); len(problems) > 0 {
		r.count(problems)
	}
	if !isTemplate {
		return nil
	}
	if err := t.checkParameters(); err != nil {
		return err
	}
	for _, res := range t.resources {
		t.readResource(res)
	}
	return nil
}

var getTemplateShape = jsondoc.Shape{Noun: "field", Names: []string{"TemplateBody"}, Open: true, Slips: true}

// readSections reads the sections of a template, and reports whether it is one that can be read.
func (t *template) readSections(n *node) bool {
	root := n.root
	if hasMember(root, "TemplateBody") {
		n.root.Fields(&getTemplateShape, func(m jsondoc.Member) { root = m.Value })
		if root.Kind() == jsondoc.String {
			fault := notJSON
			if text, _ := root.Text(); strings.TrimSpace(text) == "" {
				fault = noTemplate
			}
			root.Fault(jsondoc.Syntax, "%s", fault)
			return false
		}
	}
	root.Fields(&templateShape, func(m jsondoc.Member) {
		switch m.Name {
		case "Parameters":
			t.parameters = members(m.Value)
		case "Conditions":
			t.conditions = members(m.Value)
		case "Resources":
			m.Members(func(m jsondoc.Member) { t.addResource(n, m) })
		case "Transform", "Fn::Transform":
			if !isNotGiven(m.Value) {
				m.FaultName(jsondoc.Code(CodeUnsupported), "what a transform makes of the template is not read")
			}
		}
	})
	return true
}

// members returns the members of an object by name.
func members(v jsondoc.Value) map[string]gjson.Result {
	all := make(map[string]gjson.Result)
	v.Members(func(m jsondoc.Member) { all[m.Name] = gjson.Parse(m.Raw()) })
	return all
}

var stackResourceShape = jsondoc.Shape{
	Noun: "field", Names: []string{"Type", "Properties", "Condition", "Fn::Transform"}, Required: []string{"Type"}, Open: true, Slips: true,
}

// addResource notes a resource. Each is an element of its own.
func (t *template) addResource(template *node, m jsondoc.Member) {
	doc := jsondoc.Read([]byte(m.Raw()), jsondoc.Options{At: m.Place(), MaxBytes: len(m.Raw())})
	res := &resource{id: m.Name}
	res.node = &node{reading: t.reading, doc: doc, root: doc.Root(), at: policy.Position(m.Place()), path: "Resources." + shortened(m.Name)}
	if strings.HasPrefix(m.Name, "Fn::") {
		res.root.Fault(jsondoc.Code(CodeUnsupported), "what %s makes is not read", shortened(m.Name))
	} else {
		res.root.Fields(&stackResourceShape, func(m jsondoc.Member) {
			switch m.Name {
			case "Type":
				res.kind, _ = m.Text()
			case "Properties":
				res.properties = m.Value
			case "Condition":
				res.condition = m.Value
			case "Fn::Transform":
				m.FaultName(jsondoc.Code(CodeUnsupported), "what a transform makes of the resource is not read")
			}
		})
	}
	t.resources = append(t.resources, res)
	t.byID[res.id] = res
}

// harmless are resources of IAM and KMS without any bearing on what is decided here.
var harmless = []string{
	"AWS::IAM::AccessKey", "AWS::IAM::InstanceProfile", "AWS::IAM::OIDCProvider", "AWS::IAM::SAMLProvider",
	"AWS::IAM::ServerCertificate", "AWS::IAM::VirtualMFADevice",
}

// mayBear reports whether a resource may bear on what is decided here, though it is not read. Of
// VPC endpoints those of KMS may; nested stacks and modules may have anything.
func mayBear(res *resource) bool {
	switch {
	case slices.Contains(harmless, res.kind):
		return false
	case res.kind == "AWS::EC2::VPCEndpoint":
		return strings.Contains(gjson.Parse(res.properties.Raw()).Get("ServiceName").Raw, "kms")
	}
	if res.kind == "AWS::CloudFormation::Stack" || strings.HasSuffix(res.kind, "::MODULE") {
		return true
	}
	return res.kind == "AWS::Organizations::Policy" || strings.HasPrefix(res.kind, "AWS::KMS::") || strings.HasPrefix(res.kind, "AWS::IAM::")
}

// readResource reads a resource, unless it has no bearing on KMS authorization or is not created.
func (t *template) readResource(res *resource) {
	read, known := resourceReaders[res.kind]
	switch {
	case known:
		if !t.isCreated(res) {
			t.report.Ignored++
			return
		}
		res.refuseFunctions()
		read(t, res)
	case mayBear(res):
		res.root.Fault(jsondoc.Code(CodeUnsupported), "resources of type %s are not read", shortened(res.kind))
	case len(res.problems()) == 0:
		t.report.Ignored++
		return
	}
	t.count(res.problems())
}

// refuseFunctions reports functions that make properties, such as Fn::Transform.
func (res *resource) refuseFunctions() {
	if res.properties.Kind() != jsondoc.Object {
		return
	}
	res.properties.Members(func(m jsondoc.Member) {
		if strings.HasPrefix(m.Name, "Fn::") {
			m.FaultName(jsondoc.Code(CodeUnsupported), "what "+shortened(m.Name)+" makes is not read")
		}
	})
}

// isCreated reports whether a resource is created. Where its condition cannot be decided it may
// be, and that is a fault.
func (t *template) isCreated(res *resource) bool {
	if res.condition.Kind() == jsondoc.None {
		return true
	}
	name, ok := res.condition.Text()
	if !ok {
		return true
	}
	holds, err := t.condition(name)
	if err != nil {
		res.condition.Fault(jsondoc.Code(CodeUnknown), "whether it is created is not known: %s", shortened(err.Error()))
		return true
	}
	return holds
}

// property hands out a property, unless it is not given.
func (t *template) property(res *resource, shape *jsondoc.Shape, visit func(name string, v jsondoc.Value)) {
	if res.properties.Kind() == jsondoc.None {
		return
	}
	res.properties.Fields(shape, func(m jsondoc.Member) {
		if v, given := t.pick(m.Value); given {
			visit(m.Name, v)
		}
	})
}

// unknown reports a value that cannot be resolved.
func unknown(v jsondoc.Value, err error) {
	v.Fault(jsondoc.Code(CodeUnknown), "%s", shortened(err.Error()))
}

// text returns the text of a value.
func (t *template) text(v jsondoc.Value) (string, bool) {
	value, err := t.resolve(gjson.Parse(v.Raw()))
	switch {
	case err != nil:
		unknown(v, err)
		return "", false
	case value.isList:
		v.Mismatch("a string")
		return "", false
	}
	return value.text, true
}

// texts hands out the strings of a list, or of what stands for a list.
func (t *template) texts(v jsondoc.Value, visit func(text string, at jsondoc.Value)) {
	if v.Kind() == jsondoc.List {
		v.Elements(func(element jsondoc.Value) {
			if picked, given := t.pick(element); given {
				if text, ok := t.text(picked); ok {
					visit(text, picked)
				}
			}
		})
		return
	}
	value, err := t.resolve(gjson.Parse(v.Raw()))
	switch {
	case err != nil:
		unknown(v, err)
	case !value.isList:
		v.Mismatch("a list of strings")
	default:
		for _, text := range value.list {
			visit(text, v)
		}
	}
}

// objects hands out the objects of a list that are given.
func (t *template) objects(v jsondoc.Value, visit func(index int, object jsondoc.Value)) {
	index := -1
	v.Elements(func(element jsondoc.Value) {
		index++
		picked, given := t.pick(element)
		if name, _ := function(gjson.Parse(picked.Raw())); given && name != "" {
			unknown(picked, fmt.Errorf("%s is not resolved", name))
		} else if given {
			visit(index, picked)
		}
	})
}

// flag returns a boolean, which CloudFormation takes as text too.
func (t *template) flag(v jsondoc.Value) bool {
	value, err := t.resolve(gjson.Parse(v.Raw()))
	switch {
	case err != nil:
		unknown(v, err)
	case strings.EqualFold(value.text, "true"):
		return true
	case !strings.EqualFold(value.text, "false"):
		v.Mismatch("true or false")
	}
	return false
}

// tags reads tags.
func (t *template) tags(v jsondoc.Value) map[string]string {
	tags := make(map[string]string)
	t.objects(v, func(_ int, tag jsondoc.Value) {
		var name, value string
		tag.Fields(iamTagShape, func(m jsondoc.Member) {
			if m.Name == "Key" {
				name, _ = t.text(m.Value)
			} else {
				value, _ = t.text(m.Value)
			}
		})
		tags[name] = value
	})
	return tags
}

// stackARN returns the ARN of a resource of the stack.
func (t *template) stackARN(service, path string) (string, error) {
	if t.opts.Account == "" {
		return "", fmt.Errorf("the account of the stack is not known: it is for Options.Account to give")
	}
	if service == "kms" && t.opts.Region == "" {
		return "", fmt.Errorf("the Region of the stack is not known: it is for Options.Region to give")
	}
	arn := t.opts.arn(service, path)
	if !arn.IsValid() {
		return "", printable.Errorf("%q is no ARN", arn)
	}
	return arn.String(), nil
}
