package lint

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/arn"
	"github.com/kmsauthz/kmsauthz/internal/nearest"
	"github.com/kmsauthz/kmsauthz/policy"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// A placedTest is one test of a statement's condition, with its place.
type placedTest struct {
	*conditions.Test
	statement *policy.Statement
	index     int
}

// tests yields the tests of the policy that pass a filter.
func (p *Pass) tests(is func(*conditions.Test) bool) iter.Seq[placedTest] {
	return func(yield func(placedTest) bool) {
		for s := range p.Statements() {
			i := 0
			for t := range s.Condition().Tests() {
				i++
				if p.full() || is(t) && !yield(placedTest{t, s, i}) {
					return
				}
			}
		}
	}
}

// reportTest reports a test, or one of its values, counted from 1.
func (p *Pass) reportTest(t placedTest, value int, message string, edits ...policy.Edit) {
	p.Report(Place{Statement: t.statement, Test: t.index, Value: value}, message, edits...)
}

func checkIAMOnlyConditionKey(p *Pass) {
	isIAMOnly := func(t *conditions.Test) bool {
		info, known := t.ConditionKey().Info()
		return known && !info.KeyPolicy
	}
	for t := range p.tests(isIAMOnly) {
		p.reportTest(t, 0, fmt.Sprintf("the statement never matches, since %s counts in IAM policies only", keyName(t.Test)), removeStatement(t.statement))
	}
}

// viaService are the condition keys that are there when a service calls for a caller, with the
// caller's own permissions.
var viaService = on("kms:ViaService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast")

// fromService are the condition keys that are there when a service calls as itself, on behalf of a
// resource.
var fromService = on("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths")

func checkViaServiceBySource(p *Pass) {
	seen := -1 // the last statement that was reported
	for t := range p.tests(func(t *conditions.Test) bool { return requires(t) && viaService(t) }) {
		s := t.statement
		if s.Index() == seen {
			continue
		}
		source := testsOf(s, func(t *conditions.Test) bool { return requires(t) && fromService(t) })
		message := fmt.Sprintf("the statement never matches, since a service sends %v for a caller, and ", t.ConditionKey())
		switch {
		case len(source) > 0:
			message += fmt.Sprintf("%v only when it calls as itself", source[0].ConditionKey())
		case onlyServices(s):
			message += "not when it calls as itself, as this principal does"
		default:
			continue
		}
		seen = s.Index()
		p.reportTest(t, 0, message, contradictionEdits(s, source)...)
	}
}

// contradictionEdits returns the edits that leave of two conditions that exclude each other the one
// that fits the principals, none if either might.
func contradictionEdits(s *policy.Statement, source []*conditions.Test) []policy.Edit {
	wrong := source
	switch {
	case onlyServices(s):
		wrong = testsOf(s, func(t *conditions.Test) bool { return requires(t) && viaService(t) })
	case s.NumPrincipals() == 0 || hasKind(s, policy.Service) || namesAnyone(s):
		return nil
	}
	var edits []policy.Edit
	for _, t := range wrong {
		edits = append(edits, removeTest(s, t))
	}
	return edits
}

func checkViaServiceWithoutRegion(p *Pass) {
	for t := range p.tests(on("kms:ViaService")) {
		if t.Operator().Info().Type != conditions.TypeString {
			continue
		}
		values := valuesOf(t.Test)
		i := slices.IndexFunc(values, lacksRegion)
		if i < 0 {
			continue
		}
		message := fmt.Sprintf("kms:ViaService is never %s, since its values have a Region in them, as s3.us-east-1.amazonaws.com", quote(values[i]))
		p.reportTest(t, i+1, message, regionEdits(t, values, p.Key().Region)...)
	}
}

// regionEdits returns the edits that give the values of kms:ViaService their Region, none if that
// cannot be said of all of them.
func regionEdits(t placedTest, values []string, region string) []policy.Edit {
	var all []string
	seen := map[string]bool{}
	for _, value := range values {
		if lacksRegion(value) {
			value = inRegion(value, region)
		}
		if lacksRegion(value) {
			return nil
		}
		if !seen[value] {
			seen[value] = true
			all = append(all, value)
		}
	}
	return replaceTest(t.statement, t.Test, t.Operator().String(), t.Key(), all)
}

// lacksRegion reports whether a value of kms:ViaService is the name of a service without its
// Region. What has a wildcard or a policy variable may have one.
func lacksRegion(value string) bool {
	if strings.ContainsAny(value, "*?$") {
		return false
	}
	name, _, isName := strings.Cut(value, ".amazonaws.")
	labels := strings.Split(name, ".")
	return (isName || len(labels) == 1) && !slices.ContainsFunc(labels[1:], arn.IsRegion)
}

// inRegion returns the name of a service with the Region in it, unchanged if that cannot be said.
func inRegion(value, region string) string {
	service, suffix, isName := strings.Cut(value, ".amazonaws.")
	switch {
	case region == "" || !isName:
		return value
	case hasPlaceholder(value):
		return withRegion(value, region)
	case strings.Contains(service, "."):
		return value
	}
	return service + "." + region + ".amazonaws." + suffix
}

func checkForAllValuesWithoutNull(p *Pass) {
	isForAll := func(t *conditions.Test) bool {
		op := t.Operator()
		return op.Quantifier() == conditions.ForAllValues && !op.IfExists() && !op.Info().Negated
	}
	seen, present := -1, map[conditions.Key]bool(nil) // a statement, and the keys that it requires
	for t := range p.tests(isForAll) {
		if t.statement.Index() != seen {
			seen, present = t.statement.Index(), requiredKeys(t.statement)
		}
		if t.statement.Effect() == policy.Allow && !present[t.ConditionKey()] && !isHarmless(t) {
			p.reportTest(t, 0, fmt.Sprintf("%v also holds for a request without %s, which the statement thereby allows", t.Operator(), keyName(t.Test)), guardEdits(t)...)
		}
	}
}

var (
	encryptionContext = on("kms:EncryptionContext:any")
	contextKeys       = conditions.ParseKey("kms:EncryptionContextKeys")
	grantOperations   = conditions.ParseKey("kms:GrantOperations")
	tagKeys           = conditions.ParseKey("aws:TagKeys")
)

// requiredKeys returns the condition keys without which a statement does not match. Who requires a
// pair of the encryption context requires that it has keys.
func requiredKeys(s *policy.Statement) map[conditions.Key]bool {
	keys := map[conditions.Key]bool{}
	for t := range s.Condition().Tests() {
		if requires(t) {
			keys[t.ConditionKey()] = true
			keys[contextKeys] = keys[contextKeys] || encryptionContext(t)
		}
	}
	return keys
}

// isHarmless reports whether a test with ForAllValues needs no other beside it: CreateGrant always
// names operations, and who limits the tags that may be given does not demand that there are some.
func isHarmless(t placedTest) bool {
	actions := t.statement.Actions()
	return t.ConditionKey() == grantOperations && actions.Has(action.CreateGrant) ||
		t.ConditionKey() == tagKeys && carrying("aws:TagKeys").Intersect(actions) == actions
}

// guardEdits returns the edits after which a request needs the key of a test with ForAllValues. A
// key that has one value at most needs no set operator.
func guardEdits(t placedTest) []policy.Edit {
	info, known := t.ConditionKey().Info()
	if known && !info.MultiValued {
		operator := t.Operator().String()
		_, plain, _ := strings.Cut(operator, ":")
		return replaceTest(t.statement, t.Test, plain, t.Key(), valuesOf(t.Test))
	}
	return addTest(t.statement, null, t.Key(), "false")
}

func checkWildcardInStringEquals(p *Pass) {
	isLiteral := func(t *conditions.Test) bool {
		info := t.Operator().Info()
		return info.Type == conditions.TypeString && !info.Wildcards
	}
	for t := range p.tests(isLiteral) {
		i := slices.IndexFunc(valuesOf(t.Test), hasWildcard)
		if i < 0 {
			continue
		}
		p.reportTest(t, i+1, fmt.Sprintf("%s in %s stands for itself, since only StringLike and StringNotLike have wildcards", wildcardOf(valuesOf(t.Test)[i]), t.Operator()), likeEdits(t)...)
	}
}

// likeEdits returns the edits that put StringLike in the place of StringEquals. No operator has
// wildcards and ignores case.
func likeEdits(t placedTest) []policy.Edit {
	operator, like := t.Operator().String(), ""
	switch name := t.Operator().Info().Name; name {
	case "StringEquals":
		like = "StringLike"
	case "StringNotEquals":
		like = "StringNotLike"
	}
	onlyWildcards := func(value string) bool { return strings.Trim(value, "*?") == "" }
	if like == "" || slices.ContainsFunc(valuesOf(t.Test), onlyWildcards) {
		return nil // and a wildcard alone would let in everybody
	}
	if set, rest, hasSet := strings.Cut(operator, ":"); hasSet {
		like, operator = set+":"+like, rest
	}
	if t.Operator().IfExists() {
		like += operator[len(operator)-len("IfExists"):]
	}
	return replaceTest(t.statement, t.Test, like, t.Key(), valuesOf(t.Test))
}

// hasWildcard reports whether a text has a wildcard outside of policy variables, which write one
// that stands for itself as ${*}.
func hasWildcard(text string) bool { return wildcardOf(text) != "" }

// wildcardOf returns the first wildcard of a text in quotes, "" if there is none.
func wildcardOf(text string) string {
	for text != "" {
		i := strings.IndexAny(text, "*?$")
		switch {
		case i < 0:
			return ""
		case text[i] != '$':
			return quote(text[i : i+1])
		}
		text = text[i+1:]
		if end := strings.IndexByte(text, '}'); strings.HasPrefix(text, "{") && end >= 0 {
			text = text[end+1:]
		}
	}
	return ""
}

func checkUnknownConditionKey(p *Pass) {
	isUnknown := func(t *conditions.Test) bool {
		_, known := t.ConditionKey().Info()
		prefix, _, hasPrefix := strings.Cut(strings.ToLower(t.Key()), ":")
		return !known && (!hasPrefix || prefix == "kms" || prefix == "aws")
	}
	for t := range p.tests(isUnknown) {
		meant, ok := meantKey(t.Key())
		var edits []policy.Edit
		if ok {
			edits = replaceTest(t.statement, t.Test, t.Operator().String(), meant, valuesOf(t.Test))
		}
		p.reportTest(t, 0, fmt.Sprintf("no request to KMS has the condition key %s%s", quote(t.Key()), didYouMean(meant, ok)), edits...)
	}
}

// meantKey returns the condition key that was probably meant by a name that is none.
func meantKey(name string) (string, bool) {
	if key, ok := longerKey(name); ok {
		return key, true
	}
	if info, ok := conditions.Near(name); ok {
		return info.Name, true
	}
	if strings.ContainsRune(name, ':') {
		if key, ok := meantFamily(name); ok {
			return key, true
		}
		return nearest.Word(name, keyNames)
	}
	for key := range keyNames {
		if _, rest, _ := strings.Cut(key, ":"); strings.EqualFold(rest, name) {
			return key, true
		}
	}
	return "", false
}

// longerKey returns the shortest key that begins with a name and goes on for a few letters, as
// aws:PrincipalOrgID for aws:PrincipalOrg.
func longerKey(name string) (string, bool) {
	const few = 3
	best := ""
	for key := range keyNames {
		more := len(key) - len(name)
		if 0 < more && more <= few && strings.EqualFold(key[:len(name)], name) && (best == "" || len(key) < len(best)) {
			best = key
		}
	}
	return best, best != ""
}

// keyNames yields the condition keys that have a name of their own.
func keyNames(yield func(string) bool) {
	for info := range conditions.Keys() {
		if !strings.Contains(info.Name, "${") && !yield(info.Name) {
			return
		}
	}
}

// meantFamily returns the key that was probably meant by a name whose beginning is nearly that of a
// family, as of kms:EncryptionContext:.
func meantFamily(name string) (string, bool) {
	const slip = 2
	for info := range conditions.Keys() {
		family, _, isFamily := strings.Cut(info.Name, "${")
		if !isFamily {
			continue
		}
		// The family's colon or slash is the second of the name, or the first.
		separator := family[len(family)-1:]
		parts := strings.SplitN(name, separator, strings.Count(family, separator)+1)
		member := parts[len(parts)-1]
		head := name[:len(name)-len(member)]
		if len(parts) > strings.Count(family, separator) && member != "" && nearest.Distance(head, family, slip) <= slip {
			return family + member, true
		}
	}
	return "", false
}

func checkConditionKeyNeverSent(p *Pass) {
	for t := range p.tests(requires) {
		info, known := t.ConditionKey().Info()
		s := t.statement
		if !known || s.Actions().Len() == 0 || p.kind == KeyPolicies && !info.KeyPolicy || p.kind != KeyPolicies && !onlyKMS(s) {
			continue
		}
		if carrying(info.Name).Intersect(s.Actions()).Len() == 0 {
			p.reportTest(t, 0, fmt.Sprintf("the statement never matches, since %s never comes with %s", keyName(t.Test), some(s.Actions())), removeStatement(s))
		}
	}
}

// ofNetwork are the condition keys that tell from where in a network a request comes.
var ofNetwork = on("aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn", "aws:VpcSourceIp",
	"aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths")

// exemptions are the condition keys by which an author spares what a service does for a caller,
// and what it does as itself, each with the test that does so.
var exemptions = []struct {
	is       func(*conditions.Test) bool
	key      string
	asItself bool
}{
	{on("aws:ViaAWSService", "kms:ViaService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"), "aws:ViaAWSService", false},
	{on("aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"), "aws:PrincipalIsAWSService", true},
}

func checkNetworkDenyHitsServices(p *Pass) {
	allowsServices := p.allowsServices()
	for s := range p.Statements() {
		if s.Effect() != policy.Deny || s.Actions().Intersect(usesData).Len() == 0 || !anyTest(s, isElsewhere) {
			continue
		}
		var missing []string
		var edits []policy.Edit
		for _, e := range exemptions {
			isNeeded := !e.asItself || allowsServices && (namesAnyone(s) || hasKind(s, policy.Service))
			if isNeeded && !anyTest(s, e.is) {
				missing = append(missing, e.key)
				edits = append(edits, addTest(s, "BoolIfExists", e.key, "false")...)
			}
		}
		if len(missing) > 0 {
			p.Report(Place{Statement: s},
				"this also denies what AWS services do with the key, since no condition on "+strings.Join(missing, " or ")+" spares them", edits...)
		}
	}
}

// allowsServices reports whether services call as themselves on what the policy is about: on keys
// whose policy allows that, and somewhere in an organization.
func (p *Pass) allowsServices() bool {
	for _, s := range p.doc.Statements() {
		if s.Effect() == policy.Allow && hasKind(s, policy.Service) {
			return true
		}
	}
	return p.kind == ResourceControlPolicies
}

// isElsewhere reports whether a test holds for requests that do not come from a part of a network.
func isElsewhere(t *conditions.Test) bool {
	isNull := t.Operator().Info().Name == null
	return ofNetwork(t) && (t.Operator().Info().Negated || isNull && !requires(t))
}
