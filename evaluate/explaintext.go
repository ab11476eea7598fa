package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kmsauthz/kmsauthz/internal/printable"
	"github.com/kmsauthz/kmsauthz/policy"
)

// maxLines is how many lines Text has at most.
const maxLines = 30

// String returns Text.
func (e *Explanation) String() string { return e.Text() }

// Text returns the explanation in at most 30 lines, without a final line break.
// The first is the decision's own, the second says what was asked. Then come the
// layers that decide and what came near in each, the nearest first; the layers
// that have no say are named in a few words. What does not fit is counted.
func (e *Explanation) Text() string {
	const most = 5 // statements of a layer
	for limit := most; ; limit-- {
		lines := e.brief(limit)
		if len(lines) <= maxLines || limit == 0 {
			return strings.Join(lines, "\n")
		}
	}
}

// FullText returns the whole tree, a line for each node, without a final line
// break. The first line is the decision's own.
func (e *Explanation) FullText() string {
	lines := []string{e.decision.String()}
	var ends []int32 // of the nodes around
	for i := range e.nodes {
		n := &e.nodes[i]
		for len(ends) > 0 && n.at >= ends[len(ends)-1] {
			ends = ends[:len(ends)-1]
		}
		depth, text := len(ends), n.Text()
		ends = append(ends, n.end)
		switch n.kind {
		case KindRequest:
			text = asked + text
		case KindLayer:
			text = n.layer.String() + " " + text
		}
		lines = append(lines, strings.Repeat("  ", depth)+text+n.place())
	}
	return strings.Join(append(lines, e.divergence()...), "\n")
}

// asked is put before the text of the root.
const asked = "asked: "

// divergence returns the decision's divergence as lines: one or none.
func (e *Explanation) divergence() []string {
	if text := e.decision.Divergence(); text != "" {
		return []string{"note: " + text}
	}
	return nil
}

// place returns where a node stands, to be put behind its text.
func (n *Node) place() string {
	if at, ok := n.Position(); ok && at.Line > 0 {
		return " [" + printable.Line(at.String()) + "]"
	}
	return ""
}

// brief returns the lines of Text with at most limit statements or grants of each
// layer.
func (e *Explanation) brief(limit int) []string {
	if e.decision.request == nil {
		return []string{e.decision.String()}
	}
	lines := []string{e.decision.String(), asked + e.Root().Text()}
	if b := e.decision; !b.allowed && b.layer <= LayerCrossAccount {
		return append(lines, "The evaluation stops there: no policy, grant or key state is looked at.")
	}
	var groups groups
	width := 0
	for l := range e.Root().Children() {
		if l.isTold() {
			width = max(width, len(l.layer.String()))
		}
	}
	for l := range e.Root().Children() {
		if !l.isTold() {
			groups.add(l)
			continue
		}
		lines = append(lines, l.lines(width, limit)...)
	}
	return append(append(lines, groups.lines()...), e.divergence()...)
}

// isTold reports whether a layer has lines of its own in Text: those that block
// or let in, and those that would block next.
func (n *Node) isTold() bool {
	switch n.outcome {
	case OutcomeDenies, OutcomeDoesNotAllow:
		return true
	case OutcomeAllows:
		return n.layer == LayerKeyPolicy || n.layer == LayerIAMPolicy || n.layer == LayerGrant
	default:
		return n.outcome == OutcomeNoPart
	}
}

// headText is the first line of a layer. One that allows or denies is told
// together with the statement or grant by which it does.
func (n *Node) headText(near []*Node) string {
	if !n.tellsFirst(near) {
		return n.Text()
	}
	text := outcomeWords[n.outcome] + near[0].byText()
	switch n.code {
	case CodeNotEnough, CodeNotNeeded, CodeGranted:
		text += ", " + n.allowsText()
	case CodeNamed:
		if n.layer == LayerIAMPolicy {
			text += ", " + n.allowsText()
		}
	}
	return printable.Line(text) + near[0].place()
}

// tellsFirst reports whether the head of a layer tells of the first of what is
// near.
func (n *Node) tellsFirst(near []*Node) bool {
	return len(near) > 0 && near[0].outcome == n.outcome && (n.outcome == OutcomeAllows || n.outcome == OutcomeDenies)
}

// indent is put before the lines under a layer.
const indent = "    "

// lines returns the lines of a layer: its head, what else it lacks, the statements
// or grants that matched or came near, and how many others there are.
func (n *Node) lines(width, limit int) []string {
	near := n.near()
	lines := []string{fmt.Sprintf("%-*s  %s", width, n.layer, n.headText(near))}
	told := len(near)
	if n.tellsFirst(near) {
		lines = append(lines, near[0].testLines(limit, indent)...)
		near = near[1:]
	}
	for child := range n.Children() {
		if child.kind == KindFinding {
			lines = append(lines, indent+child.Text())
		}
	}
	for _, part := range near[:min(limit, len(near))] {
		lines = append(lines, indent+part.Text()+part.place())
		lines = append(lines, part.testLines(limit, indent+indent)...)
	}
	return append(lines, n.restLines(min(told, limit), len(near)-limit)...)
}

// testLines are the lines under a statement that denies or a statement or grant
// that misses.
func (n *Node) testLines(limit int, indent string) []string {
	var lines []string
	tests := n.beneath()
	if n.outcome == OutcomeAllows {
		return nil
	}
	for i := range tests {
		if i == limit {
			return append(lines, fmt.Sprintf("%sand %d more", indent, len(tests)-i))
		}
		lines = append(lines, indent+tests[i].Text())
	}
	return lines
}

// restLines say how many statements or grants of a layer that does not allow are
// not told.
func (n *Node) restLines(told, hidden int) []string {
	if n.outcome != OutcomeDoesNotAllow {
		return nil
	}
	unlisted, thing, more := int(n.unlisted), "grant", "more "
	if n.layer != LayerGrant {
		thing = "statement"
		for i := range n.beneath() {
			unlisted += int(n.beneath()[i].unlisted)
		}
	}
	if told == 0 {
		more = ""
	}
	switch {
	case hidden > 0 && unlisted > 0:
		return []string{fmt.Sprintf("%s%s near, %d without a part", indent, plural(hidden, more+thing), unlisted)}
	case hidden > 0:
		return []string{indent + plural(hidden, more+thing) + " near"}
	case unlisted > 0:
		return []string{indent + plural(unlisted, more+thing) + " without a part"}
	default:
		return nil
	}
}

// near returns the statements or grants of a layer that Text tells of, the nearest
// first.
func (n *Node) near() []*Node {
	type ranked struct {
		node *Node
		rank int
	}
	var list []ranked
	parts := n.beneath()
	for i := range parts {
		if rank := n.rank(&parts[i]); rank > 0 {
			list = append(list, ranked{&parts[i], rank})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(b.rank, a.rank) })
	nodes := make([]*Node, len(list))
	for i := range list {
		nodes[i] = list[i].node
	}
	return nodes
}

// The ranks of statements and grants by how near they come; what the decision names
// ranks above all.
const (
	rankFar = 10 * (iota + 1)
	rankElsewhere
	rankResource
	rankCondition
	rankHinted
	rankMatched
	rankDecides
)

// rank returns how near a statement or grant of the layer comes, 0 if Text does not
// tell of it.
func (n *Node) rank(part *Node) int {
	switch {
	case part.kind != KindStatement && part.kind != KindGrant,
		part.code == Code(ReasonGrantRequiresDelegation), // which the layers themselves tell
		part.kind == KindGrant && n.outcome == OutcomeNoPart && n.code != CodeNotAsked:
		return 0
	case part.decides, n.outcome == OutcomeAllows && part.statement != nil && part.statement == n.statement && part.number == n.number:
		return rankDecides
	case part.kind == KindGrant && part.outcome == OutcomeAllows:
		return rankMatched
	case part.kind == KindGrant:
		return rankFar
	case part.outcome != OutcomeMisses:
		return n.rankOfMatch(part)
	case part.statement.Effect() == policy.Deny || !n.tellsMisses(part):
		return 0
	default:
		return part.rankOfMiss()
	}
}

// rankOfMiss is rank for an Allow statement that misses.
func (n *Node) rankOfMiss() int {
	switch n.stage {
	case StageCondition:
		return rankCondition - min(len(n.beneath()), 9)
	case StageResource:
		return rankResource
	case StageAction:
		return rankFar
	}
	s, rank := n.situation(), rankElsewhere
	for p := range n.statement.Principals() {
		if s.principalHint(p) != "" {
			return rankHinted
		}
		if p.Account() == s.caller.account && s.caller.account != "" {
			rank = rankElsewhere + 1
		}
	}
	return rank
}

// rankOfMatch is rank for a statement that matches: told where it does what its
// layer does.
func (n *Node) rankOfMatch(part *Node) int {
	if part.outcome == n.outcome || n.layer == LayerKeyPolicy && n.outcome == OutcomeDoesNotAllow {
		return rankMatched
	}
	return 0
}

// tellsMisses reports whether Text tells of an Allow statement that misses: where
// its layer lacks an Allow, and in a key policy that only delegates where the
// statement names the caller itself.
func (n *Node) tellsMisses(part *Node) bool {
	switch n.outcome {
	case OutcomeDoesNotAllow:
		return true
	case OutcomeDenies:
		parts := n.beneath()
		return len(parts) > 0 && parts[0].kind == KindFinding
	case OutcomeAllows:
		s := n.situation()
		return !n.explanation.decision.allowed && n.layer == LayerKeyPolicy && n.code == CodeDelegated && s.caller.named(part.statement).direct() != 0
	default:
		return false
	}
}

// groups are the layers without lines of their own, by what there is to say.
type groups []group

type group struct{ says, why, layers string }

// What there is to say of a group, in the order in which it is said.
const (
	noObjection = "no objection"
	noSay       = "does not apply"
	noneGiven   = "none given"
)

// add files a layer. That the request is one, and its Region and accounts fit, goes
// without saying.
func (g *groups) add(n *Node) {
	says, why := noObjection, ""
	switch {
	case n.layer <= LayerCrossAccount:
		return
	case n.outcome == OutcomeDoesNotApply && (n.code == CodeNoPolicy || n.code == CodeNoGrants):
		says = noneGiven
	case n.outcome == OutcomeDoesNotApply:
		says, why = noSay, n.exemptText()
	}
	for i := range *g {
		if row := &(*g)[i]; row.says == says && row.why == why {
			row.layers += ", " + n.layer.String()
			return
		}
	}
	*g = append(*g, group{says, why, n.layer.String()})
}

// lines returns one line for each group.
func (g groups) lines() []string {
	var lines []string
	for _, says := range []string{noObjection, noSay, noneGiven} {
		for _, row := range g {
			if row.says != says {
				continue
			}
			text := says + ": " + row.layers
			if row.why != "" {
				text += " (" + row.why + ")"
			}
			lines = append(lines, text)
		}
	}
	return lines
}
