package evaluate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kmsauthz/kmsauthz/conditions"
	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// maxListed is how many values texts list.
const maxListed = 4

// quotedShort quotes a text, shortened.
func quotedShort(text string) string { return strconv.Quote(printable.Short(text)) }

// several lists words: "a, b and 3 more".
func several(words []string) string {
	if more := len(words) - maxListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:maxListed], ", "), more)
	}
	return strings.Join(words, ", ")
}

// testWords returns a test as a policy has it: operator, key and values.
func testWords(test *conditions.Test) string {
	var values []string
	for v := range test.Values() {
		text := printable.Short(v.Text)
		if v.Kind == conditions.String {
			text = strconv.Quote(text)
		}
		values = append(values, text)
	}
	list := several(values)
	if len(values) != 1 {
		list = "[" + list + "]"
	}
	return test.Operator().String() + " " + test.Key() + " " + list
}

// actualWords says what the request has for a condition key.
func actualWords(list []string) string {
	if len(list) == 0 {
		return "the request does not have the key"
	}
	return "the request has " + quoted(list)
}

// severalQuoted lists texts, quoted.
func severalQuoted(list []string) string {
	words := make([]string, 0, len(list))
	for _, text := range list {
		words = append(words, quotedShort(text))
	}
	return several(words)
}

// plural counts things: "1 statement", "3 statements".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// keyWords names the key or alias of a request that has one, without account and
// Region.
func (s *situation) keyWords() string {
	if s.key != nil {
		return "key " + s.key.id()
	}
	return s.request.alias.Resource
}

// words names the caller by itself: "role/app".
func (c *Caller) words() string {
	switch {
	case c.isService():
		return "the service " + c.name
	case c.isRoot():
		return "the root user"
	case c.kind == anonymous:
		return "somebody"
	}
	arn, _ := policy.ParseARN(c.text)
	return arn.Resource
}

// roleWords names the role of a role or its session: "role/service/app".
func (c *Caller) roleWords() string {
	arn, _ := policy.ParseARN(c.roleARN)
	return arn.Resource
}

// principalWords names a principal; its account only if it is another than that
// of the key or alias.
func (s *situation) principalWords(p policy.Principal) string {
	text := printable.Short(p.String())
	switch p.Kind() {
	case policy.Anyone:
		return "everyone"
	case policy.Account:
		return "account " + p.Account()
	case policy.Service:
		return "the service " + text
	case policy.UniqueID:
		return "the unique id " + text
	case policy.NoOne:
		return quotedShort(text)
	}
	arn, _ := policy.ParseARN(p.String()) // whose form tells the kind
	if arn.Account != s.account {
		return printable.Short(arn.Resource) + " of account " + arn.Account
	}
	return printable.Short(arn.Resource)
}
