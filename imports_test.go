package kmsauthz_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers are the packages from the ground up: each may import those before it
// in its row of ancestors, and nothing else of this module but internal leaves.
var layers = map[string][]string{
	"":                           {},
	"internal/jsondoc/docerrors": {"policy"}, // how readers above policy report faults

	"policy/action":      {},
	"conditions":         {"policy/action"},
	"policy":             {"policy/action", "conditions"},
	"policy/lint":        {"policy/action", "conditions", "policy"},
	"grants":             {"policy/action", "conditions", "policy"},
	"evaluate":           {"policy/action", "conditions", "policy", "grants"},
	"evaluate/scenario":  {"policy/action", "conditions", "policy", "grants", "evaluate"},
	"evaluate/workflow":  {"policy/action", "conditions", "policy", "grants", "evaluate"},
	"evaluate/inventory": {"policy/action", "conditions", "policy", "grants", "evaluate"},
	"evaluate/kmstest":   {"policy", "evaluate", "evaluate/scenario", "evaluate/workflow", "evaluate/inventory"},
}

// TestImportsPointOneWay holds the direction of imports:
// conditions <- policy <- grants <- evaluate <- evaluate/scenario, evaluate/workflow,
// evaluate/inventory <- evaluate/kmstest <- examples.
func TestImportsPointOneWay(t *testing.T) {
	const module = "github.com/kmsauthz/kmsauthz"
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(strings.TrimPrefix(fields[0], module), "/")
		if strings.HasPrefix(from, "examples/") {
			continue // may import everything
		}
		internal := strings.Contains("/"+from+"/", "/internal/")
		allowed, known := layers[from]
		if !known && !internal {
			t.Errorf("package %s has no row in the table of layers", from)
		}
		for _, imported := range fields[1:] {
			to, ours := strings.CutPrefix(imported, module+"/")
			switch {
			case !ours || strings.HasPrefix(to, "internal/"), slices.Contains(allowed, to):
			case strings.HasPrefix(from, "evaluate/internal/"): // test machinery of package evaluate
			default:
				t.Errorf("%s imports %s", fields[0], imported)
			}
		}
	}
}
