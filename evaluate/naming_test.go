package evaluate

import (
	"strings"
	"testing"
)

// callers are the columns of the tables of names, with what lets IAM allow
// Decrypt to each (nothing where it cannot have policies).
var callers = []struct{ line, iam string }{
	{"caller root", ""},
	{"caller alice uid:AIDAAAAAAAAAAAAAAAAAA", "iam +Decrypt"},
	{"caller app uid:AROAAAAAAAAAAAAAAAAAA", "iam +Decrypt"},
	{"caller sess uid:AROAAAAAAAAAAAAAAAAAA:i-0abc", "iam +Decrypt"},
	{"caller sess role:app/ uid:AROAAAAAAAAAAAAAAAAAA", "iam +Decrypt"},
	{"caller fed user:alice", "iam +Decrypt; sp +Decrypt"},
	{"caller svc", ""},
	{"caller fapp", "iam +Decrypt"},
	{"caller falice", "iam +Decrypt"},
	{"caller far", ""},
}

// Whom a Principal names. d: by name, in its own account; a: through its
// account; n: from another account, so that IAM must allow as well; r: the root
// user of another account, who counts as allowed by IAM; .: not at all.
var namedTable = []struct{ principal, cells string }{
	//        root user, alice, app, session, session of app with a path, federated, service, far role, far user, far root
	{"root", "d a a a a a . . . ."},
	{"rootid", "d a a a a a . . . ."},
	{"far", ". . . . . . . n n r"},
	{"farid", ". . . . . . . n n r"},
	{"anyone", "d d d d d d d n n r"},
	{"app", ". . d d . . . . . ."},
	{"app/", ". . . . d . . . . ."},
	{"sess", ". . . d d . . . . ."},
	{"sess2", ". . . . . . . . . ."},
	{"alice", ". d . . . d . . . ."},
	{"bob", ". . . . . . . . . ."},
	{"fed", ". . . . . d . . . ."},
	{"fed2", ". . . . . . . . . ."},
	{"svc", ". . . . . . d . . ."},
	{"svc2", ". . . . . . . . . ."},
	{"aroa", ". . d d d . . . . ."},
	{"aida", ". d . . . . . . . ."},
	{"fapp", ". . . . . . . n . ."},
	{"falice", ". . . . . . . . n ."},
	{"group", ". . . . . . . . . ."},
	{"cn", ". . . . . . . . . ."},
	{"anyrole", ". . . . . . . . . ."},
	{"anysess", ". . . . . . . . . ."},
	{"app,alice", ". d d d . d . . . ."},
	{"bob,svc", ". . . . . . d . . ."},
	{"root,sess", "d a a d d a . . . ."},
}

// namedAs decides Decrypt under a key policy without and with the caller's IAM
// allow, and says in the letters of namedTable how the caller was named.
func namedAs(t *testing.T, policy, caller, iam string) string {
	t.Helper()
	alone := outcome(t, decide(t, policy+";"+caller))
	both := outcome(t, decide(t, policy+";"+caller+";"+iam))
	foreign := strings.Contains(caller, " f") && !strings.Contains(caller, "fed")
	switch alone + ", " + both {
	case "allow key-policy, allow key-policy":
		if !foreign {
			return "d"
		}
	case "allow iam-policy, allow iam-policy":
		if foreign {
			return "r"
		}
	case "deny iam-policy/no-allow, allow iam-policy":
		if foreign {
			return "n"
		}
		return "a"
	case "deny key-policy/no-delegation, deny key-policy/no-delegation":
		if foreign || strings.Contains(caller, "svc") {
			break
		}
		return "."
	case "deny key-policy/principal-not-named, deny key-policy/principal-not-named",
		"deny key-policy/principal-not-named iam-policy/no-allow, deny key-policy/principal-not-named":
		if foreign || strings.Contains(caller, "svc") {
			return "."
		}
	}
	return alone + ", " + both
}

func TestPrincipalAllow(t *testing.T) {
	for _, row := range namedTable {
		for i, want := range strings.Fields(row.cells) {
			got := namedAs(t, "kp +"+row.principal+":Decrypt", callers[i].line, callers[i].iam)
			if got != want {
				t.Errorf("Allow %s, %s: got %s, want %s", row.principal, callers[i].line, got, want)
			}
		}
	}
}

// A Deny reaches whom an Allow would reach, the principals of an account
// included.
func TestPrincipalDeny(t *testing.T) {
	for _, row := range namedTable {
		for i, cell := range strings.Fields(row.cells) {
			c := callers[i]
			d := decide(t, "kp +anyone:Decrypt -"+row.principal+":Decrypt;"+c.line+";"+c.iam)
			if got, want := d.Reason() == ReasonExplicitDeny, cell != "."; got != want || d.Allowed() == want {
				t.Errorf("Deny %s, %s: got %v, denied should be %v", row.principal, c.line, d, want)
			}
		}
	}
}

// NotPrincipal with Allow counts as "*" for everyone whom it does not list.
func TestNotPrincipalAllow(t *testing.T) {
	everyone := strings.Fields("d d d d d d d n n r")
	for _, row := range namedTable {
		for i, cell := range strings.Fields(row.cells) {
			want := "."
			if cell == "." {
				want = everyone[i]
			}
			got := namedAs(t, "kp +!"+row.principal+":Decrypt", callers[i].line, callers[i].iam)
			if got != want {
				t.Errorf("Allow NotPrincipal %s, %s: got %s, want %s", row.principal, callers[i].line, got, want)
			}
		}
	}
}

// NotPrincipal with Deny spares (s) a caller whose account, role and self are
// all listed, and denies (x) everyone else.
func TestNotPrincipalDeny(t *testing.T) {
	for _, row := range []struct{ principals, cells string }{
		//        root user, alice, app, session, session of app with a path, federated, service, far role, far user, far root
		{"root", "s x x x x x x x x x"},
		{"rootid", "s x x x x x x x x x"},
		{"root,app", "s x s x x x x x x x"},
		{"root,app,sess", "s x s s x x x x x x"},
		{"rootid,app,sess", "s x s s x x x x x x"},
		{"root,app/,sess", "s x x x s x x x x x"},
		{"root,app,app/,sess", "s x s s s x x x x x"},
		{"root,sess", "s x x x x x x x x x"},
		{"app,sess", "x x x x x x x x x x"},
		{"root,app,sess2", "s x s x x x x x x x"},
		{"root,aroa", "s x s x x x x x x x"},
		{"root,aroa,sess", "s x s s s x x x x x"},
		{"root,alice", "s s x x x x x x x x"},
		{"root,aida", "s s x x x x x x x x"},
		{"alice", "x x x x x x x x x x"},
		{"root,fed", "s x x x x s x x x x"},
		{"root,alice,fed", "s s x x x s x x x x"},
		{"fed", "x x x x x x x x x x"},
		{"alice,fed", "x x x x x x x x x x"},
		{"svc", "x x x x x x s x x x"},
		{"svc2", "x x x x x x x x x x"},
		{"far", "x x x x x x x x x s"},
		{"far,fapp", "x x x x x x x s x s"},
		{"fapp", "x x x x x x x x x x"},
		{"farid,falice", "x x x x x x x x s s"},
		{"anyone", "s s s s s s s s s s"},
	} {
		for i, want := range strings.Fields(row.cells) {
			c := callers[i]
			line := "kp +anyone:Decrypt -!" + row.principals + ":Decrypt;" + c.line + ";" + c.iam
			d := decide(t, line)
			if got := map[bool]string{true: "x", false: "s"}[d.Reason() == ReasonExplicitDeny]; got != want || d.Allowed() != (want == "s") {
				t.Errorf("Deny NotPrincipal %s, %s: got %v, want %s", row.principals, c.line, d, want)
			}
			if c.iam == "" {
				continue // and so no boundary either
			}
			if d := decide(t, line+"; pb +*"); d.Reason() != ReasonExplicitDeny {
				t.Errorf("Deny NotPrincipal %s, %s with a boundary: got %v, want a denial", row.principals, c.line, d)
			}
		}
	}
}

// Permissions boundary and session policies limit a caller by the form in which
// it is named.
func TestLimits(t *testing.T) {
	const limited, free = true, false
	for _, form := range []struct {
		name     string
		line     string // what names the caller
		layer    string // of the allow
		limited  bool
		boundary bool // the caller can have a boundary
		session  string
	}{
		{"role by its ARN", "kp +app:*; caller app", "key-policy", limited, true, "none ok"},
		{"session by its role", "kp +app:*; caller sess", "key-policy", limited, true, "none ok"},
		{"session by its role's id", "kp +aroa:*; caller sess uid:AROAAAAAAAAAAAAAAAAAA:i-0abc", "key-policy", limited, true, "none ok"},
		{"role by its id", "kp +aroa:*; caller app uid:AROAAAAAAAAAAAAAAAAAA", "key-policy", limited, true, "none ok"},
		{"session by its ARN", "kp +sess:*; caller sess", "key-policy", free, true, "none ok"},
		{"session by both", "kp +app:* +sess:*; caller sess", "key-policy", free, true, "none ok"},
		{"session by both in one", "kp +app,sess:*; caller sess", "key-policy", free, true, "none ok"},
		{"user", "kp +alice:*; caller alice", "key-policy", free, true, "none"},
		{"user by id", "kp +aida:*; caller alice uid:AIDAAAAAAAAAAAAAAAAAA", "key-policy", free, true, "none"},
		{"federated by the user", "kp +alice:*; caller fed user:alice", "key-policy", limited, true, "none ok"},
		{"federated by the user's id", "kp +aida:*; caller fed uid:AIDAAAAAAAAAAAAAAAAAA", "key-policy", limited, true, "none ok"},
		{"federated by its ARN", "kp +fed:*; caller fed user:alice", "key-policy", free, true, "none ok"},
		{"role by *", "kp +anyone:*; caller app", "key-policy", free, true, "none ok"},
		{"role by * and its ARN in a condition", "kp +anyone:*?ArnEquals|aws:PrincipalArn|arn:aws:iam::111122223333:role/app; caller app", "key-policy", free, true, "none ok"},
		{"user by *", "kp +anyone:*; caller alice", "key-policy", free, true, "none"},
		{"federated by *", "kp +anyone:*; caller fed", "key-policy", free, true, "none ok"},
		{"role by NotPrincipal", "kp +!bob:*; caller app", "key-policy", free, true, "none ok"},
		{"role and account", "kp +app:* +root:*; iam +*; caller app", "key-policy", limited, true, "none ok"},
		{"role by its account", "kp +root:*; iam +*; caller app", "iam-policy", limited, true, "none ok"},
		{"session by its account", "kp +root:*; iam +*; caller sess", "iam-policy", limited, true, "none ok"},
		{"user by its account", "kp +root:*; iam +*; caller alice", "iam-policy", limited, true, "none"},
		{"federated by its account", "kp +root:*; iam +*; caller fed", "iam-policy", limited, true, "ok"},

		{"far role", "kp +fapp:*; iam +*; caller fapp", "iam-policy", limited, true, "none ok"},
		{"far session by its ARN", "kp +fsess:*; iam +*; caller fsess", "iam-policy", limited, true, "none ok"},
		{"far user", "kp +falice:*; iam +*; caller falice", "iam-policy", limited, true, "none"},
		{"far federated user", "kp +ffed:*; iam +*; caller ffed", "iam-policy", limited, true, "ok"},
		{"far role by *", "kp +anyone:*; iam +*; caller fapp", "iam-policy", limited, true, "none ok"},
		{"far role by its account", "kp +far:*; iam +*; caller fapp", "iam-policy", limited, true, "none ok"},

		{"strict: role", "rules strict; kp +app:*; iam +*; caller app", "iam-policy", limited, true, "none ok"},
		{"strict: session", "rules strict; kp +sess:*; iam +*; caller sess", "iam-policy", limited, true, "none ok"},
		{"strict: user", "rules strict; kp +alice:*; iam +*; caller alice", "iam-policy", limited, true, "none"},
		{"strict: federated user", "rules strict; kp +fed:*; iam +*; caller fed", "iam-policy", limited, true, "ok"},
		{"strict: *", "rules strict; kp +anyone:*; iam +*; caller app", "iam-policy", limited, true, "none ok"},
		{"strict: AWS managed key", "rules strict; key AWS; kp +sess:*; caller sess", "key-policy", free, true, "none ok"},

		{"grant to role", "rules aws; grant app:Decrypt; caller app", "grant", limited, true, "none ok"},
		{"grant to role, its session", "rules aws; grant app:Decrypt; caller sess", "grant", limited, true, "none ok"},
		{"grant to session", "rules aws; grant sess:Decrypt; caller sess", "grant", free, true, "none ok"},
		{"grant to user", "rules aws; grant alice:Decrypt; caller alice", "grant", free, true, "none"},
		{"grant to federated user", "rules aws; grant fed:Decrypt; caller fed", "grant", free, true, "none ok"},
		{"grant to federated user's parent", "rules aws; grant alice:Decrypt; caller fed user:alice", "grant", limited, true, "none ok"},
		{"grant to session, strict", "rules both; grant sess:Decrypt; caller sess", "grant", free, true, "none ok"},
		{"far grant to session", "rules aws; grant fsess:Decrypt; caller fsess", "grant", limited, true, "none ok"},
		{"far grant to user", "rules aws; grant falice:Decrypt; caller falice", "grant", limited, true, "none"},
		{"grant on an AWS managed key", "key AWS; grant app:Decrypt; caller app", "grant", limited, true, "none ok"},

		{"retiring session", "do RetireGrant; gid g1; grant bob:Decrypt ret:sess; caller sess", "grant", free, true, "none ok"},
		{"retiring role", "do RetireGrant; gid g1; grant bob:Decrypt ret:app; caller app", "grant", limited, true, "none ok"},
		{"retiring far user", "do RetireGrant; gid g1; grant bob:Decrypt ret:falice; caller falice", "grant", limited, true, "none"},
		{"retiring by IAM", "do RetireGrant; gid g1; grant bob:Decrypt; caller app; iam +RetireGrant", "grant", limited, true, "none ok"},

		{"keyless", "do CreateKey; nokey; iam +*; caller app", "iam-policy", limited, true, "none ok"},
		{"alias", "do CreateAlias; nokey; alias " + alias + "; iam +*; caller app", "iam-policy", limited, true, "none ok"},
	} {
		for _, boundary := range []string{"", "pb +*", "pb +ListKeys"} {
			for _, session := range []string{"", "sp +*", "sp +ListKeys", "sp +ListKeys; sp +*"} {
				if session == "" && !strings.Contains(form.session, "none") || session != "" && !strings.Contains(form.session, "ok") {
					continue
				}
				want := "allow " + form.layer
				var blockers []string
				if boundary == "pb +ListKeys" {
					blockers = append(blockers, "permissions-boundary/no-allow")
				}
				if session == "sp +ListKeys" {
					blockers = append(blockers, "session-policy/no-allow")
				}
				if form.limited && len(blockers) > 0 {
					want = "deny " + strings.Join(blockers, " ")
				}
				got := outcome(t, decide(t, form.line+";"+boundary+";"+session))
				got, _, _ = strings.Cut(got, " |")
				if got != want {
					t.Errorf("%s, %q %q: got %s, want %s", form.name, boundary, session, got, want)
				}
			}
		}
	}
}
