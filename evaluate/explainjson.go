package evaluate

import "encoding/json"

// nodeJSON is the JSON form of a Node.
type nodeJSON struct {
	Kind      Kind            `json:"kind"`
	Layer     Layer           `json:"layer,omitzero"`
	Outcome   Outcome         `json:"outcome,omitzero"`
	Code      Code            `json:"code,omitzero"`
	Decides   bool            `json:"decides,omitempty"`
	Other     bool            `json:"alternative,omitempty"`
	Policy    string          `json:"policy,omitempty"`
	Statement *int            `json:"statement,omitempty"`
	Sid       string          `json:"sid,omitempty"`
	Effect    string          `json:"effect,omitempty"`
	Stage     Stage           `json:"stage,omitzero"`
	Grant     string          `json:"grant,omitempty"`
	File      string          `json:"file,omitempty"`
	Line      int             `json:"line,omitempty"`
	Column    int             `json:"column,omitempty"`
	Text      string          `json:"text"`
	Test      *comparisonJSON `json:"test,omitempty"`
	Unlisted  int             `json:"unlisted,omitempty"`
	Children  []nodeJSON      `json:"children,omitempty"`

	Divergence string `json:"divergence,omitempty"` // of the root
}

// comparisonJSON is the JSON form of a Comparison.
type comparisonJSON struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key,omitempty"`
	Wanted   []string `json:"wanted,omitempty"`
	Actual   []string `json:"actual,omitempty"`
	Absent   string   `json:"absent,omitempty"`
}

// json returns the node and all beneath it.
func (n *Node) json() nodeJSON {
	out := nodeJSON{Kind: n.kind, Layer: n.layer, Outcome: n.outcome, Code: n.Code(), Decides: n.decides, Other: n.alternative, Policy: n.Policy(),
		Stage: n.stage, Text: n.Text(), Unlisted: n.Unlisted()}
	if n.kind == KindStatement {
		index := n.statement.Index()
		out.Statement, out.Sid, out.Effect = &index, n.statement.Sid(), n.statement.Effect().String()
	}
	if n.kind == KindGrant {
		out.Grant = n.entry().Grant()
	}
	if at, ok := n.Position(); ok {
		out.File, out.Line, out.Column = at.File, at.Line, at.Column
	}
	if c, ok := n.Comparison(); ok {
		c := comparisonJSON(c)
		out.Test = &c
	}
	for child := range n.Children() {
		out.Children = append(out.Children, child.json())
	}
	return out
}

// MarshalJSON returns the node and all beneath it as one JSON object:
//
//	{"kind", "layer", "outcome", "code", "decides", "alternative", "policy", "statement", "sid", "effect", "stage",
//	"grant", "file", "line", "column", "text", "test", "unlisted", "children"}
//
// kind, outcome and stage are the names of their constants, statement counts from
// 0, test is {"operator", "key", "wanted", "actual", "absent"} with all values, and
// children are nodes. Fields that do not apply are left out.
func (n *Node) MarshalJSON() ([]byte, error) { return json.Marshal(n.json()) }

// MarshalJSON returns the tree as one JSON object, the root as Node.MarshalJSON
// writes it. The root also has the decision's "divergence", if there is one.
func (e *Explanation) MarshalJSON() ([]byte, error) {
	root := e.Root().json()
	root.Divergence = e.decision.Divergence()
	return json.Marshal(root)
}
