// Package worlds makes situations for property tests: a key, a caller, a
// request and a set of rules, drawn by rapid.
//
// The worlds are dense in near misses. There are few accounts, principals,
// actions, condition keys and values, and every element of a statement is
// drawn with an eye on the request, so that most statements match in all but
// one or two elements and a small change turns the decision.
//
// Policies are drawn as JSON text and read by package policy.
package worlds

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/grants"
	"github.com/kmsauthz/kmsauthz/policy"
	"pgregory.net/rapid"
)

// A World is a situation that can be decided. Its configs may contradict each
// other in a few ways that the constructors of evaluate refuse.
type World struct {
	Key     *evaluate.KeyConfig // nil: the request is made without a key
	Caller  evaluate.CallerConfig
	Request evaluate.RequestConfig
	Rules   evaluate.Rules
}

// Worlds returns the generator of worlds.
func Worlds() *rapid.Generator[World] {
	return rapid.Custom(draw)
}

// Compile makes the three values that evaluate decides about. The key is nil
// where the world has none.
func (w World) Compile() (*evaluate.Key, *evaluate.Caller, *evaluate.Request, error) {
	var key *evaluate.Key
	if w.Key != nil {
		var err error
		if key, err = evaluate.NewKey(*w.Key); err != nil {
			return nil, nil, nil, err
		}
	}
	caller, err := evaluate.NewCaller(w.Caller)
	if err != nil {
		return nil, nil, nil, err
	}
	request, err := evaluate.NewRequest(w.Request)
	if err != nil {
		return nil, nil, nil, err
	}
	return key, caller, request, nil
}

// GoString returns the world as JSON in the manner of a scenario, which is how
// rapid prints it. Condition keys of all configs stand in the request's context.
func (w World) GoString() string {
	text, err := json.MarshalIndent(w.tree(), "", "  ")
	if err != nil {
		return fmt.Sprintf("world that cannot be printed: %v", err)
	}
	return string(text)
}

// object is a JSON object of which only members that say something are kept.
type object map[string]any

func (o object) put(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		o[name] = err.Error()
		return
	}
	switch string(text) {
	case "null", `""`, "{}", "[]", "false", "0":
	default:
		o[name] = json.RawMessage(text)
	}
}

func (w World) tree() object {
	root := object{}
	root.put("rules", object{
		"grantsStandAlone":       w.Rules.GrantsStandAlone,
		"directAllowRequiresIAM": w.Rules.DirectAllowRequiresIAM,
	})
	context := map[string][]string{}
	maps.Copy(context, w.Request.Context)
	maps.Copy(context, w.Caller.Context)
	if w.Key != nil {
		root.put("key", keyTree(w.Key))
		maps.Copy(context, w.Key.Context)
	}
	root.put("caller", callerTree(w.Caller))
	root.put("request", requestTree(w.Request, context))
	return root
}

func keyTree(k *evaluate.KeyConfig) object {
	metadata := object{}
	metadata.put("Arn", k.ARN)
	metadata.put("KeyState", k.State.String())
	metadata.put("KeyManager", k.Manager.String())
	metadata.put("Origin", k.Origin.String())
	metadata.put("KeySpec", k.Spec.String())
	metadata.put("KeyUsage", k.Usage.String())
	metadata.put("MultiRegion", k.MultiRegion)
	if kind := k.MultiRegionKeyType.String(); kind != "" {
		metadata.put("MultiRegionConfiguration", object{"MultiRegionKeyType": kind})
	}
	var granted []object
	for _, g := range k.Grants {
		granted = append(granted, grantTree(g))
	}
	o := object{}
	o.put("metadata", metadata)
	o.put("policy", k.Policy)
	o.put("grants", granted)
	o.put("aliases", k.Aliases)
	o.put("tags", k.Tags)
	o.put("organization", organizationTree(k.Organization))
	o.put("resourceControlPolicies", levelTrees(k.ResourceControlPolicies))
	return o
}

func grantTree(g grants.Grant) object {
	var operations []string
	for a := range g.Operations.All() {
		operations = append(operations, a.Name())
	}
	constraints := object{}
	if pairs := g.Constraints.EncryptionContextEquals; pairs != nil {
		constraints["EncryptionContextEquals"] = pairs
	}
	if pairs := g.Constraints.EncryptionContextSubset; pairs != nil {
		constraints["EncryptionContextSubset"] = pairs
	}
	constraints.put("SourceArn", g.Constraints.SourceARN)
	o := object{}
	o.put("KeyId", g.KeyID)
	o.put("GrantId", g.ID)
	o.put("Token", g.Token)
	o.put("Status", g.Status.String())
	o.put(memberFor("Grantee", g.Grantee), g.Grantee.String())
	o.put(memberFor("Retiring", g.Retiring), g.Retiring.String())
	if g.IssuingAccount != "" {
		o.put("IssuingAccount", "arn:aws:iam::"+g.IssuingAccount+":root")
	}
	o.put("Operations", operations)
	o.put("Constraints", constraints)
	return o
}

func memberFor(part string, p policy.Principal) string {
	if p.Kind() == policy.Service {
		return part + "ServicePrincipal"
	}
	return part + "Principal"
}

// A named is one of the kinds of policies.
type named interface {
	json.Marshaler
	Name() string
}

func policyTrees[P named](list []P) []any {
	var out []any
	for _, p := range list {
		if p.Name() == "" {
			out = append(out, p)
		} else {
			out = append(out, object{"name": p.Name(), "policy": p})
		}
	}
	return out
}

func levelTrees[P named](levels [][]P) [][]any {
	var out [][]any
	for _, level := range levels {
		trees := policyTrees(level)
		if trees == nil {
			trees = []any{}
		}
		out = append(out, trees)
	}
	return out
}

func callerTree(c evaluate.CallerConfig) object {
	o := object{}
	o.put("arn", c.ARN)
	o.put("roleArn", c.RoleARN)
	o.put("userArn", c.UserARN)
	o.put("uniqueId", c.UniqueID)
	o.put("tags", c.Tags)
	o.put("organization", organizationTree(c.Organization))
	o.put("iamPolicies", policyTrees(c.IAMPolicies))
	if c.PermissionsBoundary != nil {
		o.put("permissionsBoundary", policyTrees([]*policy.IAMPolicy{c.PermissionsBoundary})[0])
	}
	o.put("sessionPolicies", policyTrees(c.SessionPolicies))
	o.put("serviceControlPolicies", levelTrees(c.ServiceControlPolicies))
	return o
}

func requestTree(r evaluate.RequestConfig, context map[string][]string) object {
	o := object{}
	o.put("action", r.Action.String())
	o.put("region", r.Region)
	o.put("keyId", r.KeyID)
	o.put("alias", r.Alias)
	o.put("viaService", r.ViaService)
	o.put("sourceArn", r.SourceARN)
	o.put("sourceAccount", r.SourceAccount)
	o.put("encryptionContext", r.EncryptionContext)
	o.put("grantTokens", r.GrantTokens)
	o.put("grantId", r.GrantID)
	if !r.Time.IsZero() {
		o.put("time", r.Time.Format(time.RFC3339))
	}
	if r.VPCEndpoint != nil {
		endpoint := object{}
		endpoint.put("id", r.VPCEndpoint.ID)
		if r.VPCEndpoint.Policy != nil {
			endpoint.put("policy", policyTrees([]*policy.EndpointPolicy{r.VPCEndpoint.Policy})[0])
		}
		o["vpcEndpoint"] = endpoint
	}
	o.put("context", context)
	return o
}

func organizationTree(org evaluate.Organization) object {
	o := object{}
	o.put("id", org.ID)
	o.put("path", org.Path)
	o.put("managementAccount", org.ManagementAccount)
	return o
}
