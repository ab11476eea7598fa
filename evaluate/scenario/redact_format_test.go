package scenario

import (
	"encoding/json"
	"testing"

	"github.com/kmsauthz/kmsauthz/internal/jsondoc"
	"github.com/tidwall/gjson"
)

// TestRedactKnowsTheFormat checks that no field of the format is taken for a name that somebody
// chose.
func TestRedactKnowsTheFormat(t *testing.T) {
	inside := func(name string, outer walkFunc) walkFunc {
		return func(w *walker, v gjson.Result) {
			outer(w, gjson.Parse(`{"`+name+`": `+v.Raw+`}`))
		}
	}
	for _, c := range []struct {
		shape *jsondoc.Shape
		walk  walkFunc
	}{
		{&rootShape, (*walker).scenario}, {&rulesShape, inside("rules", (*walker).scenario)},
		{&keyShape, theKey}, {&describeKeyShape, metadata}, {&metadataShape, metadata}, {&metadataShape, inside("KeyMetadata", metadata)},
		{&multiRegionShape, inside("MultiRegionConfiguration", metadata)}, {&organizationShape, anOrganization},
		{&namedShape, aPolicy}, {&getPolicyShape, aPolicy}, {&callerShape, theCaller}, {&requestShape, theRequest},
		{&endpointShape, inside("vpcEndpoint", theRequest)}, {&decisionShape, theExpectation}, {&entryShape, anEntry}, {&viaShape, anEntry},
		{&awsErrorShape, inside("awsError", theExpectation)},
	} {
		if len(c.shape.Names) == 0 {
			t.Error("a shape without names")
		}
		object := make(map[string]any)
		for _, name := range c.shape.Names {
			object[name] = nil
		}
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		w := walker{visit: func(s site) string {
			t.Errorf("%q is renamed in %s", s.text, text)
			return s.text
		}}
		c.walk(&w, gjson.ParseBytes(text))
	}
}
