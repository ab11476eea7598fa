package inventory

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/tidwall/gjson"
)

// A resolved is a value in which functions have been resolved: a text, or a list of texts.
type resolved struct {
	text   string
	list   []string
	isList bool
}

// A memo is a text that is worked out once, when it is asked for.
type memo struct {
	text  string
	err   error
	state state
}

// maxReferences bounds how many names or conditions refer to each other in a row.
const maxReferences = 64

// of returns the text, which work is asked for once. A text that is asked for while it is worked
// out refers to itself.
func (m *memo) of(t *template, what string, work func() (string, error)) (string, error) {
	switch {
	case m.state == inWork:
		return "", fmt.Errorf("%s refers to itself", what)
	case m.state == notAsked && t.depth == maxReferences:
		return "", fmt.Errorf("%s is more than %d references away", what, maxReferences)
	case m.state == notAsked:
		m.state = inWork
		t.depth++
		m.text, m.err = work()
		t.depth--
		m.state = done
	}
	return m.text, m.err
}

// state is how far something has come that is worked out once, when it is asked for.
type state uint8

const (
	notAsked state = iota
	inWork         // asked for by itself: a cycle
	done
)

// A decided is a condition and whether it holds.
type decided struct {
	state state
	holds bool
	err   error
}

// function returns the name and the argument of a function, "" if v is none: it is an object with
// one member.
func function(v gjson.Result) (name string, arg gjson.Result) {
	if !v.IsObject() {
		return "", arg
	}
	n := 0
	v.ForEach(func(key, value gjson.Result) bool {
		n++
		name, arg = key.Str, value
		return n < 2
	})
	if n != 1 || name != "Ref" && !strings.HasPrefix(name, "Fn::") {
		return "", gjson.Result{}
	}
	return name, arg
}

// elementsOf returns the elements of a list.
func elementsOf(v gjson.Result) []gjson.Result {
	if !v.IsArray() {
		return nil
	}
	var all []gjson.Result
	v.ForEach(func(_, element gjson.Result) bool {
		all = append(all, element)
		return true
	})
	return all
}

// errNoValue stands for what AWS::NoValue leaves out.
var errNoValue = errors.New("it is AWS::NoValue")

// resolve returns the value of a text, of a list of texts, or of a function.
//
// See AWS CloudFormation Template Reference, "Intrinsic function reference".
func (t *template) resolve(v gjson.Result) (resolved, error) {
	switch {
	case v.Type == gjson.String:
		return t.spend(v.Str)
	case v.IsArray():
		return t.resolveList(v)
	case v.Type == gjson.Number || v.IsBool():
		return t.spend(v.Raw)
	}
	name, arg := function(v)
	switch name {
	case "Ref":
		return t.ref(arg.Str)
	case "Fn::GetAtt":
		return t.getAtt(arg)
	case "Fn::Sub":
		return t.sub(arg)
	case "Fn::Join":
		return t.join(arg)
	case "Fn::If":
		branch, err := t.branch(arg)
		if err != nil {
			return resolved{}, err
		}
		return t.resolve(branch)
	case "":
		return resolved{}, fmt.Errorf("found %s, expected a string or a function", kindOf(v))
	}
	return resolved{}, fmt.Errorf("%s is not resolved", name)
}

// plainText returns a string, or the text of a number or a boolean.
func plainText(v gjson.Result) string {
	if v.Type == gjson.String {
		return v.Str
	}
	return v.Raw
}

// kindOf names the type of what is no text, number, boolean or list.
func kindOf(v gjson.Result) string {
	if v.IsObject() {
		return jsondoc.Object.String()
	}
	return jsondoc.Null.String()
}

// spend returns a text, as long as the template has not come to too much of it.
func (t *template) spend(text string) (resolved, error) {
	return resolved{text: text}, t.afford(len(text))
}

// afford takes from what texts may still come to.
func (t *template) afford(size int) error {
	if t.budget -= size; t.budget < 0 {
		return fmt.Errorf("the template's functions come to more than %d bytes", maxResolved)
	}
	return nil
}

// resolveList resolves the elements of a list.
func (t *template) resolveList(v gjson.Result) (resolved, error) {
	out := resolved{isList: true}
	for _, element := range elementsOf(v) {
		r, err := t.resolve(element)
		switch {
		case err == errNoValue:
		case err != nil:
			return resolved{}, err
		case r.isList:
			out.list = append(out.list, r.list...)
		default:
			out.list = append(out.list, r.text)
		}
	}
	return out, nil
}

// ref resolves Ref: a parameter, a pseudo-parameter or a resource.
func (t *template) ref(name string) (resolved, error) {
	if name == "AWS::NoValue" {
		return resolved{}, errNoValue
	}
	if value, given := t.opts.Parameters[name]; given {
		return t.parameterValue(name, value)
	}
	if value := t.pseudoParameter(name); value != "" {
		return t.spend(value)
	}
	if parameter, ok := t.parameters[name]; ok {
		// The default of a parameter that is kept in Systems Manager is its name there.
		value := parameter.Get("Default")
		if !value.Exists() || strings.HasPrefix(parameter.Get("Type").Str, "AWS::SSM::") {
			return resolved{}, fmt.Errorf("parameter %s is not given", name)
		}
		return t.parameterValue(name, plainText(value))
	}
	if res, ok := t.byID[name]; ok {
		return t.attribute(res, "")
	}
	if strings.HasPrefix(name, "AWS::") {
		return resolved{}, fmt.Errorf("pseudo-parameter %s is not given", name)
	}
	return resolved{}, fmt.Errorf("there is no parameter or resource %q", name)
}

// parameterValue returns the value of a parameter, which is a list by its type.
func (t *template) parameterValue(name, value string) (resolved, error) {
	r, err := t.spend(value)
	kind := t.parameters[name].Get("Type").Str
	if kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<") {
		r = resolved{isList: true, list: strings.Split(value, ",")}
		for i := range r.list {
			r.list[i] = strings.TrimSpace(r.list[i])
		}
	}
	return r, err
}

// pseudoParameter returns the value of a pseudo-parameter that follows from the options, "" if
// none does.
func (t *template) pseudoParameter(name string) string {
	switch name {
	case "AWS::AccountId":
		return t.opts.Account
	case "AWS::Region":
		return t.opts.Region
	case "AWS::Partition":
		return t.opts.partition()
	case "AWS::URLSuffix":
		if t.opts.partition() == "aws-cn" {
			return "amazonaws.com.cn"
		}
		return "amazonaws.com"
	}
	return ""
}

// getAtt resolves Fn::GetAtt.
func (t *template) getAtt(arg gjson.Result) (resolved, error) {
	id, name, _ := strings.Cut(arg.Str, ".")
	if list := elementsOf(arg); len(list) == 2 && list[1].Type == gjson.String {
		id, name = list[0].Str, list[1].Str
	}
	res, ok := t.byID[id]
	if !ok || name == "" {
		return resolved{}, fmt.Errorf("there is no attribute %q of a resource %q", name, id)
	}
	return t.attribute(res, name)
}

// sub resolves Fn::Sub: a text in which ${...} stands for a parameter, a resource, an attribute,
// or a variable of the function's own.
func (t *template) sub(arg gjson.Result) (resolved, error) {
	text, own := arg, gjson.Result{}
	if list := elementsOf(arg); len(list) == 2 {
		text, own = list[0], list[1]
	}
	if text.Type != gjson.String {
		return resolved{}, errors.New("Fn::Sub has no text")
	}
	variables := make(map[string]gjson.Result)
	if own.IsObject() {
		own.ForEach(func(name, value gjson.Result) bool {
			variables[name.Str] = value
			return true
		})
	}
	var b strings.Builder
	rest := text.Str
	for {
		before, inside, found := strings.Cut(rest, "${")
		b.WriteString(before)
		if !found {
			return t.spend(b.String())
		}
		name, after, closed := strings.Cut(inside, "}")
		if !closed {
			return resolved{}, errors.New("Fn::Sub has a ${ without its }")
		}
		rest = after
		if literal, isLiteral := strings.CutPrefix(name, "!"); isLiteral {
			b.WriteString("${" + literal + "}")
			continue
		}
		value, err := t.variable(name, variables)
		if err != nil {
			return resolved{}, err
		}
		b.WriteString(value)
	}
}

// variable returns the text for ${name} in Fn::Sub.
func (t *template) variable(name string, own map[string]gjson.Result) (string, error) {
	var r resolved
	var err error
	if value, ok := own[name]; ok {
		r, err = t.resolve(value)
	} else if id, attribute, found := strings.Cut(name, "."); found && t.byID[id] != nil {
		r, err = t.attribute(t.byID[id], attribute)
	} else {
		r, err = t.ref(name)
	}
	if err == nil && r.isList {
		err = fmt.Errorf("${%s} is a list", name)
	}
	return r.text, err
}

// join resolves Fn::Join.
func (t *template) join(arg gjson.Result) (resolved, error) {
	list := elementsOf(arg)
	if len(list) != 2 || list[0].Type != gjson.String {
		return resolved{}, errors.New("Fn::Join has no delimiter and no list")
	}
	r, err := t.resolve(list[1])
	switch {
	case err != nil:
		return resolved{}, err
	case !r.isList:
		return resolved{}, errors.New("Fn::Join has no list")
	}
	if err := t.afford(len(list[0].Str) * len(r.list)); err != nil {
		return resolved{}, err
	}
	return t.spend(strings.Join(r.list, list[0].Str))
}

// branch returns the value that Fn::If chooses.
func (t *template) branch(arg gjson.Result) (gjson.Result, error) {
	list := elementsOf(arg)
	if len(list) != 3 {
		return gjson.Result{}, errors.New("Fn::If has no condition and two values")
	}
	holds, err := t.condition(list[0].Str)
	if holds {
		return list[1], err
	}
	return list[2], err
}

// pick returns the value that stands in the end where Fn::If chooses, and whether there is any.
// Where the choice is not known, v itself stands, which nothing else can resolve either.
func (t *template) pick(v jsondoc.Value) (jsondoc.Value, bool) {
	for {
		name, arg := function(gjson.Parse(v.Raw()))
		switch {
		case v.IsNull() || name == "Ref" && arg.Str == "AWS::NoValue":
			return v, false
		case name != "Fn::If":
			return v, true
		}
		list := elementsOf(arg)
		if len(list) != 3 {
			return v, true
		}
		holds, err := t.condition(list[0].Str)
		if err != nil {
			return v, true
		}
		chosen := 2
		if holds {
			chosen = 1
		}
		v = argument(v, chosen)
	}
}

// argument returns an element of the list that is the argument of a function.
func argument(v jsondoc.Value, index int) (chosen jsondoc.Value) {
	v.Members(func(m jsondoc.Member) {
		i := 0
		m.Elements(func(element jsondoc.Value) {
			if i == index {
				chosen = element
			}
			i++
		})
	})
	return chosen
}

// condition reports whether a condition of the template holds.
func (t *template) condition(name string) (bool, error) {
	c := t.decided[name]
	switch c.state {
	case done:
		return c.holds, c.err
	case inWork:
		return false, fmt.Errorf("condition %q refers to itself", name)
	}
	text, ok := t.conditions[name]
	if !ok {
		return false, fmt.Errorf("there is no condition %q", name)
	}
	if t.depth == maxReferences {
		return false, fmt.Errorf("condition %q is more than %d references away", name, maxReferences)
	}
	t.decided[name] = decided{state: inWork}
	t.depth++
	holds, err := t.holds(text)
	t.depth--
	t.decided[name] = decided{state: done, holds: holds, err: err}
	return holds, err
}

// holds reports whether a condition function holds.
//
// See AWS CloudFormation Template Reference, "Condition functions".
func (t *template) holds(v gjson.Result) (bool, error) {
	if named := v.Get("Condition"); v.IsObject() && named.Type == gjson.String {
		return t.condition(named.Str)
	}
	name, arg := function(v)
	list := elementsOf(arg)
	switch {
	case name == "Fn::Equals" && len(list) == 2:
		return t.equal(list[0], list[1])
	case name == "Fn::Not" && len(list) == 1:
		holds, err := t.holds(list[0])
		return !holds, err
	case name == "Fn::And" || name == "Fn::Or":
		return t.all(list, name == "Fn::Or")
	}
	return false, errors.New("found no condition function")
}

// equal reports whether two values are the same text.
func (t *template) equal(a, b gjson.Result) (bool, error) {
	left, err := t.resolve(a)
	if err != nil {
		return false, err
	}
	right, err := t.resolve(b)
	return left.text == right.text && !left.isList && !right.isList, err
}

// all reports whether all of several conditions hold, or with or any of them. One that settles
// it does so whatever the others are.
func (t *template) all(list []gjson.Result, or bool) (bool, error) {
	var open error
	for _, v := range list {
		holds, err := t.holds(v)
		switch {
		case err != nil:
			open = err
		case holds == or:
			return or, nil
		}
	}
	return !or, open
}
