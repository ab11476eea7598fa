package inventory

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// The errors of a lookup, for errors.Is.
var (
	ErrNotFound  = errors.New("not in the inventory")
	ErrAmbiguous = errors.New("ambiguous")
)

// Key returns the key behind a reference: its ARN or id, the name or ARN of one of its aliases,
// or the element of a plan or template that is the key or an alias of it ("aws_kms_key.orders",
// "OrdersKey"). The error says that there is none (ErrNotFound), that there are several
// (ErrAmbiguous), or that not even the key's ARN is known (*UnknownError).
func (inv *Inventory) Key(ref string) (*Key, error) {
	found, err := inv.keyARNs(ref)
	if err != nil {
		return nil, err
	}
	switch len(found) {
	case 0:
		return nil, &NotFoundError{"key", ref, inv.keyNames()}
	case 1:
		return inv.keyWithARN(found[0]), nil
	}
	return nil, printable.Errorf("%w: %q may be %s", ErrAmbiguous, ref, strings.Join(found, " or "))
}

// keyWithARN returns a key by its ARN. A key that is asked for again and again is put together
// once: it may have 50,000 grants.
func (inv *Inventory) keyWithARN(text string) *Key {
	if cached, ok := inv.assembled.Load(text); ok {
		return cached.(*Key)
	}
	k, ok := inv.keys.get(text)
	if !ok { // of which only the id was given
		arn, _ := policy.ParseARN(text)
		k = &key{arn: arn}
	}
	out := inv.assembleKey(k)
	inv.assembled.Store(text, out)
	return out
}

// keyARNs returns the ARNs of the keys that a reference may mean.
func (inv *Inventory) keyARNs(ref string) ([]string, error) {
	arn, err := policy.ParseARN(ref)
	switch {
	case err == nil && strings.HasPrefix(arn.Resource, "alias/"):
		a, _ := inv.aliases.get(ref)
		return targetsOf(a), nil
	case err == nil:
		_, known := inv.keys.get(ref)
		_, knownByID := inv.loose.get(keyIDOf(arn))
		if known || knownByID && isKeyARN(arn) {
			return []string{ref}, nil
		}
		return nil, nil
	case strings.HasPrefix(ref, "alias/"):
		return targetsOf(inv.named[ref]...), nil
	}
	var found []string
	for _, k := range inv.byID[ref] {
		found = append(found, k.arn.String())
	}
	for _, e := range inv.elements[ref] {
		switch {
		case e.unknown != nil:
			return nil, e.unknown
		case e.alias != "":
			a, _ := inv.aliases.get(e.alias)
			found = append(found, targetsOf(a)...)
		case e.key != "":
			found = append(found, e.key)
		}
	}
	return distinct(found), nil
}

// isKeyARN reports whether arn is that of a key.
func isKeyARN(arn policy.ARN) bool {
	return arn.Service == "kms" && strings.HasPrefix(arn.Resource, "key/")
}

// targetsOf returns the ARNs of the keys of aliases.
func targetsOf(aliases ...*alias) []string {
	var found []string
	for _, a := range aliases {
		if a != nil && a.target.value != "" {
			found = append(found, a.target.value)
		}
	}
	return distinct(found)
}

// distinct returns a list without repetitions, in the order of the first occurrences.
func distinct(list []string) []string {
	var out []string
	seen := make(map[string]bool, len(list))
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// A NotFoundError is the error for a reference that names nothing; errors.Is finds ErrNotFound in
// it. The nearest name is looked for when the error is printed: a log may have a hundred thousand
// callers that are not there.
type NotFoundError struct {
	What string // "key" or "caller"
	Ref  string // the reference

	names iter.Seq[string] // what it may have been meant to be
}

// Error names the reference, and the nearest name that is there.
func (e *NotFoundError) Error() string {
	hint := ""
	if e.names != nil { // else somebody else has made it
		if near, ok := nearest.Word(e.Ref, e.names); ok {
			hint = fmt.Sprintf(" (did you mean %q?)", near)
		}
	}
	return printable.Sprintf("%s %q is %v%s", e.What, e.Ref, ErrNotFound, hint)
}

// Unwrap returns ErrNotFound.
func (e *NotFoundError) Unwrap() error { return ErrNotFound }

// keyNames yields what keys may be called by, aliases and elements in alphabetical order.
func (inv *Inventory) keyNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range slices.Sorted(maps.Keys(inv.named)) {
			if len(targetsOf(inv.named[name]...)) > 0 && !yield(name) {
				return
			}
		}
		for _, name := range inv.elementNames(func(e element) bool { return e.caller == "" }) {
			if !yield(name) {
				return
			}
		}
	}
}

// elementNames returns the names of elements that are of some kind, in alphabetical order.
func (inv *Inventory) elementNames(is func(e element) bool) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(inv.elements)) {
		if slices.ContainsFunc(inv.elements[name], is) {
			names = append(names, name)
		}
	}
	return names
}

// Keys yields all keys whose ARN is known, in the order in which they were first mentioned.
func (inv *Inventory) Keys() iter.Seq[*Key] {
	return func(yield func(*Key) bool) {
		for _, e := range inv.keys.entries {
			if !yield(inv.assembleKey(e.value)) {
				return
			}
		}
	}
}

// Caller returns the caller behind a reference: the ARN of a user, a role, a role's session or an
// account's root user, the unique id of a user or role, with a session's name if it is one
// ("AROAEXAMPLE:session"), the name of a service, "anonymous", or the element of a plan or template
// that is the user or role. Of these, users and roles alone need to have been read. The errors are
// those of Key.
func (inv *Inventory) Caller(ref string) (*Caller, error) {
	p := policy.ParsePrincipal(ref)
	switch p.Kind() {
	case policy.User:
		return inv.callerNamed(ref, principalID{p.Account(), userKind, lastPart(p.Name())}, ref)
	case policy.Role:
		return inv.callerNamed(ref, principalID{p.Account(), roleKind, lastPart(p.Name())}, ref)
	case policy.Session:
		return inv.callerNamed(ref, principalID{p.Account(), roleKind, p.Name()}, ref)
	case policy.FederatedUser:
		return nil, printable.Errorf("caller %q is %w: its ARN does not tell whose federated user it is", ref, ErrNotFound)
	case policy.Account:
		return inv.rootUser(ref, p.Account()), nil
	}
	isService := policy.ServicePrincipal(ref).Kind() == policy.Service
	if (isService || ref == "anonymous") && len(inv.elements[ref]) == 0 {
		return &Caller{config: evaluate.CallerConfig{ARN: ref}}, nil
	}
	if id, session, _ := strings.Cut(ref, ":"); inv.byUniqueID[id] != nil {
		return inv.sessionOf(inv.byUniqueID[id], session), nil
	}
	return inv.callerElement(ref)
}

// callerNamed returns the user or role with this name, which calls by an ARN.
func (inv *Inventory) callerNamed(ref string, id principalID, arn string) (*Caller, error) {
	p, ok := inv.principals.get(id.String())
	if !ok || !p.details.isGiven() {
		return nil, &NotFoundError{"caller", ref, inv.callerNames()}
	}
	if own := p.details.value.arn; arn != own && policy.ParsePrincipal(arn).Kind() != policy.Session {
		return nil, printable.Errorf("caller %q is %w (did you mean %q?)", ref, ErrNotFound, own)
	}
	return inv.assembleCaller(p, arn), nil
}

// sessionOf returns a user, a role, or the session of a role with this name.
func (inv *Inventory) sessionOf(p *principal, session string) *Caller {
	arn := p.details.value.arn
	if session != "" && p.id.kind == roleKind {
		role, _ := policy.ParseARN(arn)
		role.Service, role.Resource = "sts", "assumed-role/"+p.id.name+"/"+session
		arn = role.String()
	}
	return inv.assembleCaller(p, arn)
}

// callerElement returns the caller that an element is.
func (inv *Inventory) callerElement(ref string) (*Caller, error) {
	var found []string
	for _, e := range inv.elements[ref] {
		if e.unknown != nil {
			return nil, e.unknown
		}
		if e.caller != "" {
			found = append(found, e.caller)
		}
	}
	switch found = distinct(found); len(found) {
	case 0:
		return nil, &NotFoundError{"caller", ref, inv.callerNames()}
	case 1:
		return inv.Caller(found[0])
	}
	return nil, printable.Errorf("%w: %q may be %s", ErrAmbiguous, ref, strings.Join(found, " or "))
}

// callerNames yields what callers may be called by, elements in alphabetical order.
func (inv *Inventory) callerNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, e := range inv.principals.entries {
			if p := e.value; p.isCaller() && !yield(p.details.value.arn) {
				return
			}
		}
		for _, name := range inv.elementNames(func(e element) bool { return e.caller != "" }) {
			if !yield(name) {
				return
			}
		}
	}
}

// isCaller reports whether p is a user or role that has been read.
func (p *principal) isCaller() bool { return p.details.isGiven() && p.id.kind != groupKind }

// Callers yields all users and roles that have been read, in the order in which they were first
// mentioned.
func (inv *Inventory) Callers() iter.Seq[*Caller] {
	return func(yield func(*Caller) bool) {
		for _, e := range inv.principals.entries {
			if p := e.value; p.isCaller() && !yield(inv.assembleCaller(p, p.details.value.arn)) {
				return
			}
		}
	}
}

// lastPart returns what follows the last slash of a name with a path.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// Decide decides a request of a caller on a key, which are looked up as Key and Caller do. For an
// operation that uses no key, key is "". The error says what is not known, or what contradicts
// itself.
func (inv *Inventory) Decide(rules evaluate.Rules, key, caller string, request evaluate.RequestConfig) (evaluate.Decision, error) {
	var none evaluate.Decision
	var builtKey *evaluate.Key
	if key != "" {
		k, err := inv.Key(key)
		if err != nil {
			return none, err
		}
		if builtKey, err = k.Compile(); err != nil {
			return none, err
		}
	}
	c, err := inv.Caller(caller)
	if err != nil {
		return none, err
	}
	builtCaller, err := c.Compile()
	if err != nil {
		return none, err
	}
	return decide(rules, builtKey, builtCaller, request)
}

// decide decides a request, unless something in it contradicts itself.
func decide(rules evaluate.Rules, key *evaluate.Key, caller *evaluate.Caller, request evaluate.RequestConfig) (evaluate.Decision, error) {
	r, err := evaluate.NewRequest(request)
	if err == nil {
		err = evaluate.Check(key, caller, r)
	}
	if err != nil {
		return evaluate.Decision{}, err
	}
	return rules.Decide(key, caller, r), nil
}
