package workflow

import (
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/evaluate"
)

// texts are what the placeholders of a step stand for.
type texts struct {
	values map[string]string
	region string // Step.Region, or what stands for it
}

// placeholders are the names that may stand in braces, and the party that each
// tells of.
var placeholders = map[string]Party{
	"Caller": Caller, "Role": Role, "Resource": Resource, "Source": Source,
	"ResourceID": Resource, "SourceID": Source,
	"CallerAccount": Caller, "RoleAccount": Role, "ResourceAccount": Resource,
	"Region": "", "KeyRegion": Key, "Partition": Key, "SameKey": SourceKey,
}

// texts returns what the placeholders of a step stand for.
func (c *checker) texts(s *Step) texts {
	p := c.parties
	key := parsed(p.Key.ARN)
	t := texts{values: map[string]string{
		"Caller": p.Caller.ARN, "Role": p.Role.ARN, "Resource": p.Resource, "Source": p.Source,
		"ResourceID": lastElement(p.Resource), "SourceID": lastElement(p.Source),
		"CallerAccount": p.account(Caller), "RoleAccount": p.account(Role), "ResourceAccount": p.account(Resource),
		"KeyRegion": key.Region, "Partition": key.Partition,
		"SameKey": strconv.FormatBool(p.Key.ARN == p.SourceKey.ARN),
	}}
	own := ""
	switch {
	case s.Region != "":
		t.region = t.expand(s.Region)
	case s.Key == Key:
		t.region, own = parsed(p.Resource).Region, key.Region
	case s.Key == SourceKey:
		t.region, own = parsed(p.Source).Region, parsed(p.SourceKey.ARN).Region
	}
	if t.region == "" {
		t.region = own
	}
	t.values["Region"] = t.region
	return t
}

// expand replaces the placeholders of a text.
func (t texts) expand(template string) string {
	var b strings.Builder
	for {
		before, name, after, found := cutPlaceholder(template)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(t.values[name])
		template = after
	}
}

// expandPairs replaces the placeholders in the values of pairs, nil if there are
// none. The result may be changed.
func (t texts) expandPairs(pairs map[string]string) map[string]string {
	if pairs == nil {
		return nil
	}
	out := make(map[string]string, len(pairs))
	for name, value := range pairs {
		out[name] = t.expand(value)
	}
	return out
}

// expandValues replaces the placeholders in the values of condition keys. The
// result may be changed.
func (t texts) expandValues(context map[string][]string) map[string][]string {
	out := make(map[string][]string, len(context))
	for key, values := range context {
		for _, value := range values {
			out[key] = append(out[key], t.expand(value))
		}
	}
	return out
}

// cutPlaceholder splits a text around its first placeholder: letters in braces.
func cutPlaceholder(text string) (before, name, after string, found bool) {
	for start := range len(text) {
		if text[start] != '{' {
			continue
		}
		rest := text[start+1:]
		length := strings.IndexFunc(rest, func(r rune) bool { return r|0x20 < 'a' || 'z' < r|0x20 })
		if length > 0 && rest[length] == '}' {
			return text[:start], rest[:length], rest[length+1:], true
		}
	}
	return text, "", "", false
}

// sessionOfRole reports whether the text of a caller is the party Role, and the
// name of its session, "" where the role itself is meant.
func sessionOfRole(template string) (name string, ok bool) {
	if template == "{Role}" {
		return "", true
	}
	return strings.CutPrefix(template, "{Role}/")
}

// inSession makes of a role its session of this name. A session stays what it is.
func inSession(cfg evaluate.CallerConfig, name string) evaluate.CallerConfig {
	arn := parsed(cfg.ARN)
	if strings.HasPrefix(arn.Resource, "role/") {
		arn.Service, arn.Resource = "sts", "assumed-role/"+lastElement(arn.Resource)+"/"+name
		cfg.ARN, cfg.RoleARN = arn.String(), cfg.ARN
	}
	return cfg
}
