package icd11

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/icd11/icd11test"
)

// A memory is a cache.
type memory map[string][]byte

func (m memory) Load(name string) ([]byte, bool)      { data, ok := m[name]; return data, ok }
func (m memory) Store(name string, data []byte) error { m[name] = data; return nil }

// A stopped clock moves when someone sleeps.
type clock struct {
	at    time.Time
	slept []time.Duration
}

func (c *clock) now() time.Time { return c.at }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.slept = append(c.slept, d)
	c.at = c.at.Add(d)
	return ctx.Err()
}

// clientOf makes a client of the API that does not really wait.
func clientOf(t *testing.T, api *icd11test.API, change func(*ClientOptions)) (*Client, *clock) {
	t.Helper()
	o := ClientOptions{Base: api.URL + "/", Release: api.Release, Cache: memory{}}
	if api.ID != "" {
		o.TokenURL, o.ID, o.Secret = api.URL+"/connect/token", NewSecret(api.ID), NewSecret(api.Secret)
	}
	if change != nil {
		change(&o)
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	clock := &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	c.http.Now, c.http.Wait = clock.now, clock.sleep
	t.Cleanup(c.http.HTTP.CloseIdleConnections)
	return c, clock
}

func skinAPI(t *testing.T) *icd11test.API { return icd11test.NewAPI(t, "2025-01", icd11test.Skin()) }

// What the API says of every code and of many clusters is what the release file says.
func TestAPIAgreesWithFile(t *testing.T) {
	api := skinAPI(t)
	c, _ := clientOf(t, api, nil)
	r := skinRelease(t)
	codes := []string{"2C31", "2c32", "XK8G", "02", "BlockL1-2B5", "EA80-EA8Z", "2C32&XK8G&XA9HN5/EK00", "2C30&XK8H",
		"2C30/XK8G", "2C30&EK00", "2C30&", ""}
	for _, e := range skin {
		codes = append(codes, e.Code)
	}
	for _, code := range codes {
		got, err := c.Check(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		want := r.Check(code)
		want.Why = strings.ReplaceAll(want.Why, "release 2025-01", "release 2025-01 of the API")
		if isGroup(code) {
			want.Title = "" // the API is not asked about these
		}
		if d := cmp.Diff(want, got.Result); d != "" {
			t.Errorf("Check(%q) (-file +API):\n%s", code, d)
		}
	}
}

// A code takes two requests, the second of two codes one look at the release less, a cluster is escaped, and what is
// cached is not asked for.
func TestRequests(t *testing.T) {
	api := skinAPI(t)
	c, _ := clientOf(t, api, nil)
	answer, err := c.Check(t.Context(), "2C32.Z&XK8G/EA80")
	if err != nil {
		t.Fatal(err)
	}
	if answer.Description != "label of 2C32.Z&XK8G/EA80" || answer.Uncombined {
		t.Errorf("description %q, uncombined %v", answer.Description, answer.Uncombined)
	}
	root := "GET /icd/release/11/2025-01/mms"
	want := []string{root,
		root + "/codeinfo/2C32.Z?flexiblemode=false&convertToTerminalCodes=false", root + "/1203447657/unspecified",
		root + "/codeinfo/XK8G?flexiblemode=false&convertToTerminalCodes=false", root + "/271422288",
		root + "/codeinfo/EA80?flexiblemode=false&convertToTerminalCodes=false", root + "/25",
		root + "/codeinfo/2C32.Z%26XK8G%2FEA80?flexiblemode=false&convertToTerminalCodes=false",
		root + "/describe?code=2C32.Z%26XK8G%2FEA80",
	}
	if d := cmp.Diff(want, api.Asked()); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
	for range 2 {
		if answer, err = c.Check(t.Context(), "EA80"); err != nil || answer.Title != "Atopic\u00a0eczema" {
			t.Errorf("%+v, %v", answer, err)
		}
	}
	if n := len(api.Asked()); n != len(want) {
		t.Errorf("%d requests, want none for what is cached", n-len(want))
	}
	if answer, err = c.Check(t.Context(), "2C32"); err != nil ||
		answer.Description != "A tumour of the skin, invented for tests." {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestClusterThatIsNotCombined(t *testing.T) {
	api := skinAPI(t)
	api.Unknown, api.Mute = []string{"2C30&XK8G"}, true
	c, _ := clientOf(t, api, nil)
	answer, err := c.Check(t.Context(), "2C30&XK8G")
	if err != nil || !answer.Uncombined || answer.Status != Valid {
		t.Errorf("%+v, %v", answer, err)
	}
	for range 2 { // describe is asked for once
		if answer, err = c.Check(t.Context(), "2C32&XK8G"); err != nil || answer.Uncombined || answer.Description != "" {
			t.Errorf("%+v, %v", answer, err)
		}
	}
	describes := 0
	for _, asked := range api.Asked() {
		if strings.Contains(asked, "/describe") {
			describes++
		}
	}
	if describes != 1 {
		t.Errorf("describe was asked for %d times, want 1", describes)
	}
}

// Entries that are damaged, or of another API, release or code, are asked for again.
func TestCache(t *testing.T) {
	good := func(change func(*described)) []byte {
		d := described{Release: "2025-01", Code: "2C30", ID: "24", Title: "From the cache"}
		change(&d)
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, c := range []struct {
		name  string
		data  func(base string) []byte
		title string
	}{
		{"good", func(base string) []byte { return good(func(d *described) { d.API = base }) }, "From the cache"},
		{"other API", func(string) []byte { return good(func(d *described) { d.API = "http://other" }) }, "Melanoma of skin"},
		{"other release", func(base string) []byte { return good(func(d *described) { d.API, d.Release = base, "2024-01" }) },
			"Melanoma of skin"},
		{"other code",
			func(base string) []byte { return good(func(d *described) { d.API, d.Code = base, "2C32" }) }, "Melanoma of skin"},
		{"no title",
			func(base string) []byte { return good(func(d *described) { d.API, d.Title = base, "" }) }, "Melanoma of skin"},
		{"torn", func(base string) []byte { return good(func(d *described) { d.API = base })[:40] }, "Melanoma of skin"},
		{"empty", func(string) []byte { return nil }, "Melanoma of skin"},
	} {
		api := skinAPI(t)
		cache := memory{"2025-01/2C30.json": c.data(api.URL)}
		client, _ := clientOf(t, api, func(o *ClientOptions) { o.Cache = cache })
		answer, err := client.Check(t.Context(), "2C30")
		if err != nil || answer.Title != c.title {
			t.Errorf("%s: title %q, %v, want %q", c.name, answer.Title, err, c.title)
		}
		var kept described
		if err := json.Unmarshal(cache["2025-01/2C30.json"], &kept); err != nil ||
			kept.Title != c.title || kept.API != api.URL {
			t.Errorf("%s: the cache holds %+v, %v", c.name, kept, err)
		}
	}
}

func TestToken(t *testing.T) {
	api := skinAPI(t)
	api.ID, api.Secret = "client_of tests", "a+b/c=="
	c, clock := clientOf(t, api, nil)
	tokens := func() (n int) {
		for _, asked := range api.Asked() {
			if asked == "POST /connect/token" {
				n++
			}
		}
		return n
	}
	check := func(code string, want int) {
		t.Helper()
		if answer, err := c.Check(t.Context(), code); err != nil || answer.Status != Valid {
			t.Fatalf("%+v, %v", answer, err)
		}
		if tokens() != want {
			t.Fatalf("%d tokens, want %d", tokens(), want)
		}
	}
	check("2C30", 1)
	check("2C32", 1)
	clock.at = clock.at.Add(time.Hour)
	check("EA80", 2) // it had ended
	api.Token = "another"
	check("EK00", 3) // it was refused, and renewed once

	refused := 0
	api.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/connect/token" {
			return false
		}
		refused++
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	_, err := c.Check(t.Context(), "2C32.Z")
	if err == nil || !strings.Contains(err.Error(), "answers 401 to a new token") || refused != 2 {
		t.Errorf("refused %d times: %v", refused, err)
	}
}

// Requests are never more than five a second, whatever they are for.
func TestRate(t *testing.T) {
	api := skinAPI(t)
	api.ID, api.Secret = "id", "secret"
	c, clock := clientOf(t, api, nil)
	var at []time.Time
	api.Before = func(http.ResponseWriter, *http.Request) bool { // one request at a time: no lock
		at = append(at, clock.at)
		return false
	}
	for _, e := range skin {
		if _, err := c.Check(t.Context(), e.Code); err != nil {
			t.Fatal(err)
		}
	}
	for i := 5; i < len(at); i++ {
		if took := at[i].Sub(at[i-5]); took < time.Second {
			t.Fatalf("requests %d to %d came within %v", i-5, i, took)
		}
	}
	if len(at) < 15 {
		t.Errorf("only %d requests", len(at))
	}
}

// What fails for a while is asked again; a client that is told to wait waits.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		after  string
		times  int
		slept  []time.Duration
		want   string
	}{
		{"too many requests", 429, "7", 2, []time.Duration{7 * time.Second, 7 * time.Second}, ""},
		{"a date", 503, "Thu, 01 Jan 2026 00:00:10 GMT", 1, []time.Duration{10 * time.Second}, ""},
		{"without a word", 500, "", 4,
			[]time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}, ""},
		{"less than we wait anyway", 429, "0", 1, []time.Duration{2 * time.Second}, ""},
		{"for ever", 502, "", 100, []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second},
			"answers 502, asked 5 times: try again later"},
		{"too long", 429, "3600", 1, nil, "answers 429, and asks to wait 1h0m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := skinAPI(t)
			left := c.times
			api.Before = func(w http.ResponseWriter, _ *http.Request) bool {
				if left == 0 {
					return false
				}
				left--
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(c.status)
				return true
			}
			client, clock := clientOf(t, api, nil)
			answer, err := client.Check(t.Context(), "2C30")
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) ||
					!strings.HasPrefix(err.Error(), api.URL+"/icd/release/11/2025-01/mms: ") {
					t.Errorf("%v, want it to say %q", err, c.want)
				}
			} else if err != nil || answer.Title != "Melanoma of skin" {
				t.Errorf("%+v, %v", answer, err)
			}
			slept := slices.DeleteFunc(clock.slept, func(d time.Duration) bool { return d <= minGap })
			if !slices.EqualFunc(c.slept, slept, func(most, d time.Duration) bool { return most/2 <= d && d <= most }) {
				t.Errorf("slept %v, want half of %v at least, and no more", slept, c.slept)
			}
		})
	}
}

// Everything that can go wrong is one clear message that names the address and what to do.
func TestFaults(t *testing.T) {
	answer := func(status int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "http://169.254.169.254/latest")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	at := func(path string,
		do func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, path) && do(w, r)
		}
	}
	half := func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"releaseId": "2025`)
		return true
	}
	for _, c := range []struct {
		name   string
		before func(http.ResponseWriter, *http.Request) bool
		want   string
	}{
		{"a redirect", answer(302, ""), "answers 302, a redirect, which is not followed"},
		{"a page", answer(200, "<html>Please log in</html>"), "the answer is not that of the ICD-API"},
		{"half an answer", half, "the answer broke off (unexpected EOF), asked 5 times"},
		{"too long", answer(200, strings.Repeat(" ", maxReply+1)),
			"the answer is too long: 16777216 bytes are allowed: is this the ICD-API?"},
		{"forbidden", answer(403, ""), "answers 403, want 200 or 404"},
		{"wants a token", answer(401, ""), "answers 401: this API wants a token"},
		{"another release", answer(200, `{"releaseId": "2024-01"}`), `has no release "2025-01"`},
		{"no such release", answer(404, ""), `has no release "2025-01"`},
		{"another code", at("/codeinfo/2C30", answer(200,
			`{"code": "2C32", "stemId": "http://id.who.int/icd/release/11/2025-01/mms/24"}`)), "is not about this code"},
		{"another host's path", at("/codeinfo/2C30",
			answer(200, `{"code": "2C30", "stemId": "http://id.who.int/icd/release/11/2025-01/mms/24/../../secret"}`)),
			"is not about this code"},
		{"another release's entity", at("/codeinfo/2C30", answer(200,
			`{"code": "2C30", "stemId": "http://id.who.int/icd/release/11/2024-01/mms/24"}`)), "is not about this code"},
		{"no title", at("/24", answer(200, `{"code": "2C30", "title": {}}`)),
			`the entity "24" of the code "2C30" has no title there`},
		{"the title is a number", at("/24", answer(200, `{"code": "2C30", "title": 5}`)),
			"the answer is not that of the ICD-API (holds a JSON number at byte "},
		{"no entity", at("/24", answer(404, "")), `the entity "24" of the code "2C30" has no title there`},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := skinAPI(t)
			api.Before = c.before
			client, _ := clientOf(t, api, nil)
			_, err := client.Check(t.Context(), "2C30")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), api.URL) ||
				strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line that says %q", err, c.want)
			}
		})
	}
}

// A URI in an answer names WHO's host and plain http. It is never asked for: every request goes to the base.
func TestURIsAreNotFollowed(t *testing.T) {
	api := skinAPI(t)
	c, _ := clientOf(t, api, nil)
	c.http.HTTP.Transport = onlyHost{t, strings.TrimPrefix(api.URL, "http://")}
	if answer, err := c.Check(t.Context(), "2C32.Z"); err != nil ||
		answer.Title != "Basal cell carcinoma of skin, unspecified" {
		t.Errorf("%+v, %v", answer, err)
	}
}

type onlyHost struct {
	t    *testing.T
	host string
}

func (o onlyHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != o.host {
		o.t.Errorf("a request goes to %s", r.URL)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestConnectionFaults(t *testing.T) {
	encrypted := httptest.NewUnstartedServer(http.NotFoundHandler())
	encrypted.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the client that goes away
	encrypted.StartTLS()
	defer encrypted.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ base, want string }{
		{encrypted.URL, "its certificate does not fit"},
		{strings.Replace(plain.URL, "http://", "https://", 1), "does not speak TLS"},
		{"http://" + closed, "cannot be reached"},
	} {
		client, clock := clientOf(t, &icd11test.API{Server: &httptest.Server{URL: c.base}, Release: "2025-01"}, nil)
		_, err := client.Check(t.Context(), "2C30")
		if err == nil || !strings.Contains(err.Error(), c.want) || len(clock.slept) > 0 {
			t.Errorf("%s: %v after %v, want at once %q", c.base, err, clock.slept, c.want)
		}
	}
}

func TestCancel(t *testing.T) {
	api := skinAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	api.Before = func(w http.ResponseWriter, _ *http.Request) bool {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	c, _ := clientOf(t, api, nil)
	if _, err := c.Check(ctx, "2C30"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := len(api.Asked()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestNewClientRefuses(t *testing.T) {
	some := NewSecret("x")
	for _, c := range []struct {
		options ClientOptions
		want    string
	}{
		{ClientOptions{Base: "id.who.int"}, `icd11.api: "id.who.int", want an address`},
		{ClientOptions{Base: "ftp://id.who.int"}, "want an address"},
		{ClientOptions{Base: "https://"}, "want an address"},
		{ClientOptions{Base: "https://me:canary@id.who.int"}, "holds a user name"},
		{ClientOptions{Base: "https://id.who.int?x=1"}, "without ? and #"},
		{ClientOptions{Base: "https://id.who.int", TokenURL: TokenURL, ID: some}, "there are none: register at"},
		{ClientOptions{Base: "http://id.who.int", TokenURL: TokenURL, ID: some, Secret: some}, "in the clear"},
		{ClientOptions{Base: "https://id.who.int", TokenURL: "http://token.example/x", ID: some, Secret: some},
			"the address of tokens: \"http://token.example/x\" would send credentials in the clear"},
	} {
		_, err := NewClient(c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v: %v, want it to say %q", c.options, err, c.want)
		}
	}
}

// Canaries: nothing that is printed, logged, encoded or cached holds the id, the secret or the token,
// even where a server repeats them.
func TestNoSecretLeaves(t *testing.T) {
	const id, secret, token = "canary-id", "canary-secret+/=", "canary.token"
	echo := func(status int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			_ = r.ParseForm()
			w.Header().Set("Location", "https://"+id+".example/?"+r.Form.Encode())
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error": %q, "access_token": %q, "releaseId": %q}`,
				r.Form.Encode(), r.Form.Encode()+"\r\n", r.Header.Get("Authorization"))
			return true
		}
	}
	var said bytes.Buffer
	messages := slog.New(slog.NewJSONHandler(&said, nil))
	cache := memory{}
	for _, status := range []int{0, 200, 302, 400, 401, 403, 404, 500} {
		for _, onlyAPI := range []bool{false, true} {
			api := skinAPI(t)
			api.ID, api.Secret, api.Token = id, secret, token
			if status > 0 {
				api.Before = func(w http.ResponseWriter, r *http.Request) bool {
					return (!onlyAPI || r.URL.Path != "/connect/token") && echo(status)(w, r)
				}
			}
			c, _ := clientOf(t, api, func(o *ClientOptions) { o.Cache = cache })
			answer, err := c.Check(t.Context(), "2C32&XK8G")
			if (err == nil) != (status == 0) {
				t.Errorf("status %d: %v", status, err)
			}
			messages.Error("check", "err", err, "options", c.options, "token", c.token)
			fmt.Fprintf(&said, "%v %+v %#v %v %s %d %x %q\n",
				err, answer, c.options, c.options, c.token, c.options.Secret, c.options.Secret, c.options.ID)
		}
	}
	for name, data := range maps.All(cache) {
		said.WriteString(name)
		said.Write(data)
	}
	if len(cache) == 0 || !strings.Contains(said.String(), "refuses the credentials") ||
		!strings.Contains(said.String(), redacted) {
		t.Errorf("the test has not looked at everything:\n%s", &said)
	}
	for _, canary := range []string{"canary", fmt.Sprintf("%x", secret)} {
		if strings.Contains(said.String(), canary) {
			t.Errorf("%q is in:\n%s", canary, &said)
		}
	}
}

// Whatever a server answers, a check ends with an answer or an error, and asks no other host.
func FuzzAnswers(f *testing.F) {
	f.Add(`{"code":"2C30","stemId":"http://id.who.int/icd/release/11/2025-01/mms/24"}`,
		`{"code":"2C30","title":{"@value":"Melanoma of skin"}}`)
	f.Add(`{"code":"2C30","stemId":"http://evil.example/icd/release/11/2025-01/mms/24"}`, `{`)
	f.Add(`[]`, `null`)
	f.Fuzz(func(t *testing.T, info, entity string) {
		c, err := NewClient(ClientOptions{Base: "http://localhost", Release: "2025-01"})
		if err != nil {
			t.Fatal(err)
		}
		c.http.HTTP.Transport = canned{t, info, entity}
		c.http.Wait = func(context.Context, time.Duration) error { return nil }
		answer, err := c.Check(t.Context(), "2C30")
		if err == nil && (answer.Status != Valid || answer.Title == "") {
			t.Fatalf("%+v", answer)
		}
	})
}

type canned struct {
	t            *testing.T
	info, entity string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "localhost" {
		c.t.Errorf("a request goes to %s", r.URL)
	}
	body := c.entity
	switch {
	case strings.HasSuffix(r.URL.Path, "/mms"):
		body = `{"releaseId":"2025-01"}`
	case strings.Contains(r.URL.Path, "/codeinfo/"):
		body = c.info
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}
