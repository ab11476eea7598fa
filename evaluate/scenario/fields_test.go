package scenario

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
)

// TestPaths: the table names fields that the configs have, and each once in the file.
func TestPaths(t *testing.T) {
	configs := map[string]reflect.Type{
		"KeyConfig":     reflect.TypeFor[evaluate.KeyConfig](),
		"CallerConfig":  reflect.TypeFor[evaluate.CallerConfig](),
		"RequestConfig": reflect.TypeFor[evaluate.RequestConfig](),
	}
	fieldAt := map[string]string{}
	for field, path := range paths {
		config, name, _ := strings.Cut(field, ".")
		if _, ok := configs[config].FieldByName(name); !ok {
			t.Errorf("%s has no field %s", config, name)
		}
		if other, ok := fieldAt[path]; ok || path == "" {
			t.Errorf("%s: path %q is that of %q too", field, path, other)
		}
		fieldAt[path] = field
	}
}

func TestCutField(t *testing.T) {
	for field, want := range map[string]struct {
		name  string
		index int
	}{
		"ARN":              {"ARN", -1},
		"Aliases[0]":       {"Aliases", 0},
		"Aliases[12]":      {"Aliases", 12},
		"Grants[3].KeyID":  {"Grants", 3},
		`Context["a[1]b"]`: {"Context", -1},
	} {
		if name, index := cutField(field); name != want.name || index != want.index {
			t.Errorf("%s: got %q, %d, want %q, %d", field, name, index, want.name, want.index)
		}
	}
}

func TestInFileTerms(t *testing.T) {
	for _, c := range []struct{ text, see, want string }{
		{`found "x", expected "y"`, "KeyConfig.Spec", `found "x", expected "y" (see key.metadata.KeySpec)`},
		{`found "x", expected a Region`, "", `found "x", expected a Region`},
	} {
		if got := inFileTerms(&evaluate.ConfigError{Config: "RequestConfig", Text: c.text, See: c.see}); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestPlace: a fault of a field that is not in the file, or whose element is not, is reported at
// the nearest value that is.
func TestPlace(t *testing.T) {
	doc := jsondoc.Read([]byte(`{"key": {"aliases": ["a"], "metadata": {"KeySpec": "SM2"}}, "caller": {}, "request": {"region": "r"}}`), jsondoc.Options{})
	r := reader{doc: doc}
	r.read(doc.Root())
	for _, c := range []struct{ config, field, want string }{
		{"KeyConfig", "Aliases", `["a"]`},
		{"KeyConfig", "Aliases[0]", `"a"`},
		{"KeyConfig", "Aliases[1]", `["a"]`},
		{"KeyConfig", "Spec", `"SM2"`},
		{"KeyConfig", "Usage", `"SM2"`},
		{"KeyConfig", "Policy", r.keyPart.object.Raw()},
		{"CallerConfig", "ARN", `{}`},
		{"CallerConfig", `Context["aws:userid"]`, `{}`},
		{"RequestConfig", "Region", `"r"`},
		{"RequestConfig", "Region[0]", `"r"`},
		{"RequestConfig", "Action", `{"region": "r"}`},
	} {
		if got := r.place(&evaluate.ConfigError{Config: c.config, Field: c.field}).Raw(); got != c.want {
			t.Errorf("%s.%s: got %s, want %s", c.config, c.field, got, c.want)
		}
	}
}
