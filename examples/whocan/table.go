package main

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/kmsauthz/kmsauthz/evaluate"
	"github.com/kmsauthz/kmsauthz/policy/action"
)

// maxNames is how many actions of a group a table names.
const maxNames = 8

// groups are what actions are for, in a few words.
var groups = []string{"use", "read", "grants", "administer"}

// groupOf returns what an action is for.
func groupOf(a action.Action) string {
	switch info := a.Info(); {
	case info.Category == action.CategoryCryptographic:
		return "use"
	case info.Category == action.CategoryGrant:
		return "grants"
	case info.Access == action.AccessRead || info.Access == action.AccessList:
		return "read"
	default:
		return "administer"
	}
}

// split returns the names of actions by their group.
func split(set action.Set) map[string][]string {
	names := map[string][]string{}
	for a := range set.All() {
		names[groupOf(a)] = append(names[groupOf(a)], a.Name())
	}
	return names
}

// summary returns actions in a few words, of all that the key has: "use (all 7); read: DescribeKey".
func summary(set, all action.Set) string {
	var parts []string
	names, most := split(set), split(all)
	for _, group := range groups {
		switch list := names[group]; {
		case len(list) == 0:
		case len(list) > 1 && len(list) == len(most[group]):
			parts = append(parts, fmt.Sprintf("%s (all %d)", group, len(list)))
		case len(list) > maxNames:
			parts = append(parts, fmt.Sprintf("%s: %s and %d more", group, strings.Join(list[:maxNames], ", "), len(list)-maxNames))
		default:
			parts = append(parts, group+": "+strings.Join(list, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// Name returns the aliases of a key, and what is unusual about it.
func (k *key) Name() string {
	about := k.Config.Aliases
	if k.Config.Manager == evaluate.AWSManaged {
		about = append(about, "AWS managed")
	}
	if k.Config.State != evaluate.Enabled {
		about = append(about, k.Config.State.String())
	}
	return strings.Join(about, ", ")
}

// writeTables writes a table for each key.
func (p *program) writeTables() error {
	for i, k := range p.keys {
		if i > 0 {
			fmt.Fprintln(p.out)
		}
		fmt.Fprintln(p.out, strings.TrimSpace(k.ARN()+" "+oneLine(k.Name())))
		table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "CALLER\tBY\tMAY")
		nothing, conditions := 0, []string(nil)
		err := p.ask([]*key{k}, i, func(_ int, caller *evaluate.Caller, list []access) error {
			if len(list) == 0 {
				nothing++
			}
			name := oneLine(caller.ARN())
			for _, a := range list {
				may := summary(a.Actions, k.all)
				if a.If != "" {
					if !slices.Contains(conditions, a.If) {
						conditions = append(conditions, a.If)
					}
					may += fmt.Sprintf(" [%d]", 1+slices.Index(conditions, a.If))
				}
				fmt.Fprintf(table, "%s\t%s\t%s\n", name, a.By, may)
				name = ""
			}
			return nil
		})
		if err != nil {
			return err
		}
		table.Flush()
		for i, text := range conditions {
			fmt.Fprintf(p.out, "[%d] %s\n", i+1, oneLine(text))
		}
		fmt.Fprintf(p.out, "nothing: %d of %d callers\n", nothing, len(p.question.Callers))
	}
	return nil
}

// writeCSV writes one line for each key, caller and action.
func (p *program) writeCSV() error {
	w := csv.NewWriter(p.out)
	w.Write([]string{"key", "aliases", "caller", "action", "access", "layer", "policy", "statement", "sid", "grant", "place", "detail"})
	for i, k := range p.keys {
		err := p.ask([]*key{k}, i, func(_ int, caller *evaluate.Caller, list []access) error {
			for _, a := range list {
				for act := range a.Actions.All() {
					d := p.question.Rules.Decide(k.Key, caller, p.question.Requests.For(act))
					row := append([]string{k.ARN(), strings.Join(k.Config.Aliases, " "), caller.ARN(), act.String()}, record(a, d)...)
					for i := range row {
						row[i] = harmless(row[i])
					}
					w.Write(row)
				}
			}
			return w.Error()
		})
		if err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// record returns the columns on what allows an action, or stands in its way.
func record(a access, d evaluate.Decision) []string {
	status, detail, e := "conditional", a.If, a.blocker
	if d.Allowed() {
		e, _ = d.Via()
		status, detail = "allowed", e.Detail()
	}
	statement, place := "", ""
	if n, ok := e.Statement(); ok {
		statement = strconv.Itoa(n)
	}
	if at, ok := e.Position(); ok {
		place = at.String()
	}
	return []string{status, d.Layer().String(), e.Policy(), statement, e.Sid(), e.Grant(), place, detail}
}

// harmless keeps a text from being taken for a formula by a spreadsheet: names of policies and Sids
// are chosen by whoever writes them. An apostrophe before it makes it a text.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
