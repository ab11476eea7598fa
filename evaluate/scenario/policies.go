package scenario

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc/docerrors"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/tidwall/gjson"
)

// A parser reads policies of one kind.
type parser[P any] func(doc []byte, opts *policy.ParseOptions) (*P, error)

// The objects that may hold a policy: one with its name, and what get-key-policy prints.
var (
	namedShape     = jsondoc.Shape{Noun: "field", Names: []string{"name", "policy"}}
	getPolicyShape = jsondoc.Shape{Noun: "field", Names: []string{"Policy", "PolicyName"}}
)

// innerFile takes the place of the file in the positions of a policy that is given as a string,
// since these are no places in the file.
const innerFile = "text of the policy"

// hasMember reports whether v is an object with a member of one of these names. It is asked of
// objects that are yet to be read, and looks no further than it must.
func hasMember(v jsondoc.Value, names []string) bool {
	if v.Kind() != jsondoc.Object {
		return false
	}
	found := false
	gjson.Parse(v.Raw()).ForEach(func(name, _ gjson.Result) bool {
		found = slices.Contains(names, name.Str)
		return !found && !slices.Contains(policyElements, name.Str)
	})
	return found
}

// policyElements are the elements of a policy document: what has one is no wrapping of a policy.
var policyElements = []string{"Version", "Id", "Statement"}

// readKeyPolicy reads a key policy, which may also be what get-key-policy prints.
func (r *reader) readKeyPolicy(v jsondoc.Value) *policy.KeyPolicy {
	if !hasMember(v, getPolicyShape.Names) {
		return readPolicy(r, v, "", policy.ParseKeyPolicy)
	}
	p := new(policy.KeyPolicy)
	given := false
	v.Fields(&getPolicyShape, func(m jsondoc.Member) {
		switch {
		case isNotGiven(m.Value):
		case m.Name == "PolicyName":
			m.Text()
		default:
			given = true
			p = readDocument(r, m.Value, "", policy.ParseKeyPolicy)
		}
	})
	requireField(v, given, "Policy")
	return p
}

// readPolicy reads a policy that stands for itself or has a name beside it, nil if the policy
// turns out not to be given. A policy that cannot be read is an empty one, so that nobody takes
// it for missing. The name is that of a policy that is given without one.
func readPolicy[P any](r *reader, v jsondoc.Value, name string, parse parser[P]) *P {
	if !hasMember(v, namedShape.Names) {
		return readDocument(r, v, name, parse)
	}
	var document jsondoc.Value
	v.Fields(&namedShape, func(m jsondoc.Member) {
		switch {
		case isNotGiven(m.Value):
		case m.Name == "name":
			name, _ = m.Text()
		default:
			document = m.Value
		}
	})
	if document.Kind() == jsondoc.None {
		requireField(v, false, "policy")
		return new(P)
	}
	return readDocument(r, document, name, parse)
}

// readDocument reads a policy document or a string that holds one, nil if it is empty.
func readDocument[P any](r *reader, v jsondoc.Value, name string, parse parser[P]) *P {
	opts := r.options(v)
	opts.Name = name
	text, inner := v.Raw(), false
	switch v.Kind() {
	case jsondoc.Object:
	case jsondoc.String:
		inner = true
		text, _ = v.Text()
		opts.File, opts.At = innerFile, policy.Position{}
	default:
		v.Mismatch("a policy")
		return new(P)
	}
	if isEmpty(text) {
		return nil
	}
	p, err := parse([]byte(text), opts)
	if err == nil {
		return p
	}
	if inner {
		err = r.fromInside(err)
	}
	docerrors.Add(v, err)
	return new(P)
}

// isEmpty reports whether the text of a policy is blank or {}, which both mean that there is none.
func isEmpty(text string) bool {
	text = strings.TrimSpace(text)
	if len(text) >= 2 && text[0] == '{' && text[len(text)-1] == '}' {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	return text == ""
}

// fromInside makes errors in a policy that is a string into errors of the scenario's file, and
// says what their positions are.
func (r *reader) fromInside(err error) error {
	all, _ := err.(policy.Errors)
	for _, e := range all {
		e.File = r.file
		e.Text += "; the line and column are those of the text in the string"
	}
	return err
}

// A count numbers the policies of one kind in the order of the file. Where some that are not
// given stand in a list, the others keep their numbers by having them as names.
type count struct {
	next    int
	skipped bool
}

// name returns the name of the next policy if it is given without one.
func (c *count) name() string {
	if !c.skipped {
		return "" // package evaluate counts them the same way
	}
	return "#" + strconv.Itoa(c.next)
}

// readPolicies reads a list of policies.
func readPolicies[P any](r *reader, v jsondoc.Value, parse parser[P]) []*P {
	return readSome(r, v, new(count), parse)
}

// readLevels reads a list of levels, each a list of policies.
func readLevels[P any](r *reader, v jsondoc.Value, parse parser[P]) [][]*P {
	var levels [][]*P
	var c count
	v.Elements(func(level jsondoc.Value) {
		if level.Kind() != jsondoc.List {
			level.Mismatch("a list: the policies of one level")
			return
		}
		levels = append(levels, readSome(r, level, &c, parse))
	})
	return levels
}

// readSome reads a list of policies that are counted together with others.
func readSome[P any](r *reader, v jsondoc.Value, c *count, parse parser[P]) []*P {
	var list []*P
	v.Elements(func(element jsondoc.Value) {
		p := readPolicy(r, element, c.name(), parse)
		c.next++
		if p == nil {
			c.skipped = true
			return
		}
		list = append(list, p)
	})
	return list
}
