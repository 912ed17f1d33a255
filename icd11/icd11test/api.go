package icd11test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// An API answers as the ICD-API of one release does, on this machine. The shapes of codeinfo, entities, the release and
// the token are those of recorded answers; those of describe and of everything but 200 are assumed,
// for there is no recording.
type API struct {
	*httptest.Server
	Release string
	Rows    []Row
	// ID and Secret, if not empty, make the API want a token of its own token address, /connect/token.
	ID, Secret string
	// Token is what it gives; tokens it does not give are refused.
	Token string
	// Mute leaves describe out, as servers before version 2.5 do.
	Mute bool
	// Unknown are clusters whose combination it does not know.
	Unknown []string
	// Before, if it answers, answers in place of the API.
	Before func(w http.ResponseWriter, r *http.Request) (answered bool)

	mu    sync.Mutex
	asked []string
}

// NewAPI starts a server that ends with the test.
func NewAPI(t testing.TB, release string, rows []Row) *API {
	t.Helper()
	a := StartAPI(release, rows)
	t.Cleanup(a.Close)
	return a
}

// StartAPI starts a server that the caller closes.
func StartAPI(release string, rows []Row) *API {
	a := &API{Release: release, Rows: rows, Token: "a.token-of_tests"}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	return a
}

// Asked are the requests so far, as method and path with its query.
func (a *API) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked = append(a.asked, r.Method+" "+r.URL.RequestURI())
	a.mu.Unlock()
	if a.Before != nil && a.Before(w, r) {
		return
	}
	if r.URL.Path == "/connect/token" {
		a.token(w, r)
		return
	}
	if r.Method != http.MethodGet || r.Header.Get("API-Version") != "v2" || r.Header.Get("Accept-Language") != "en" {
		http.Error(w, "want GET, API-Version: v2 and Accept-Language: en", http.StatusBadRequest)
		return
	}
	if a.ID != "" && r.Header.Get("Authorization") != "Bearer "+a.Token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if answer := a.answer(r); answer != nil {
		write(w, answer)
		return
	}
	http.NotFound(w, r)
}

func (a *API) token(w http.ResponseWriter, r *http.Request) {
	good := r.Method == http.MethodPost && r.FormValue("grant_type") == "client_credentials" &&
		r.FormValue("scope") == "icdapi_access" && r.FormValue("client_id") == a.ID &&
		r.FormValue("client_secret") == a.Secret
	if !good {
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]string{"error": "invalid_client"})
		return
	}
	write(w, map[string]any{"access_token": a.Token, "expires_in": 3600, "token_type": "Bearer", "scope": "icdapi_access"})
}

func write(w http.ResponseWriter, answer any) {
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone is its own business
}

// answer is what the API has at a path; nil if nothing. The path is looked at as it was sent:
// %26 and %2F must arrive so.
func (a *API) answer(r *http.Request) any {
	below, ok := strings.CutPrefix(r.URL.EscapedPath(), "/icd/release/11/"+a.Release+"/mms")
	if !ok {
		return nil
	}
	if below == "" {
		return map[string]any{"@id": a.uri(""), "releaseId": a.Release, "releaseDate": a.Release + "-24",
			"title": text("ICD-11 for Mortality and Morbidity Statistics")}
	}
	if code, ok := strings.CutPrefix(below, "/codeinfo/"); ok {
		return a.codeinfo(code)
	}
	if below == "/describe" {
		return a.describe(r.URL.Query().Get("code"))
	}
	for _, row := range a.Rows {
		if below == "/"+row.ID {
			return a.entity(row)
		}
	}
	return nil
}

func (a *API) uri(below string) string {
	return "http://id.who.int/icd/release/11/" + a.Release + "/mms" + below // WHO's, whoever answers
}

func text(value string) map[string]string {
	return map[string]string{"@language": "en", "@value": value}
}

func (a *API) row(code string) (Row, bool) {
	i := slices.IndexFunc(a.Rows, func(r Row) bool { return r.Kind == "category" && r.Code == code })
	if i < 0 {
		return Row{}, false
	}
	return a.Rows[i], true
}

// codeinfo has no title.
func (a *API) codeinfo(escaped string) any {
	code, err := url.PathUnescape(escaped)
	if err != nil || strings.ContainsAny(escaped, "&/") || slices.Contains(a.Unknown, code) {
		return nil
	}
	parts := strings.FieldsFunc(code, func(r rune) bool { return r == '&' || r == '/' })
	for _, part := range parts {
		if _, ok := a.row(part); !ok {
			return nil
		}
	}
	stem, _ := a.row(parts[0])
	answer := map[string]any{"@id": a.uri("/codeinfo/" + escaped), "code": code, "stemId": a.uri("/" + stem.ID)}
	if len(parts) > 1 {
		answer["stemCode"], answer["specificAnatomy"] = parts[0], parts[1:]
	}
	return answer
}

func (a *API) entity(row Row) any {
	answer := map[string]any{"@id": a.uri("/" + row.ID), "classKind": row.Kind, "title": text(row.Title)}
	if row.Kind == "category" {
		answer["code"] = row.Code
	}
	if row.Definition != "" {
		answer["definition"] = text(row.Definition)
	}
	var children []string
	for _, other := range a.Rows {
		if other.Parent >= 0 && a.Rows[other.Parent].ID == row.ID {
			children = append(children, a.uri("/"+other.ID))
		}
	}
	if children != nil {
		answer["child"] = children
	}
	return answer
}

func (a *API) describe(code string) any {
	if a.Mute || code == "" {
		return nil
	}
	return map[string]any{"code": code, "label": "label of " + code,
		"stemCode": strings.FieldsFunc(code, func(r rune) bool { return r == '&' || r == '/' })[0]}
}
