package icd11

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// TokenURL is where WHO gives tokens for its own API. Other deployments want none.
const TokenURL = "https://icdaccessmanagement.who.int/connect/token"

// maxTokenSeconds bounds how long a token is used; WHO's last an hour.
const maxTokenSeconds = 3600

// ClientOptions say which API is asked, and for which release.
type ClientOptions struct {
	Base     string // https://id.who.int, or a local deployment: http://localhost:8382
	Release  string // 2025-01
	TokenURL string // empty: the API wants no token
	ID       Secret // of the client that is registered with WHO
	Secret   Secret
	Cache    Cache // nil: none
}

// A Cache keeps answers from one run to the next. Names are slash-separated paths of plain letters.
// What Load gives need not be whole.
type Cache interface {
	Load(name string) ([]byte, bool)
	Store(name string, data []byte) error
}

// A Client asks the WHO ICD-API, version 2, about codes of one release. It sends one request at a time, at most 5 a
// second, and asks again, within bounds, where the server or the connection fails. One goroutine uses it.
type Client struct {
	*transport
	options ClientOptions
	base    string // without a slash at its end
	token   Secret
	ends    time.Time // of the token
	greeted bool      // the server has the release
	mute    bool      // the server has no describe (it came with version 2.5)
}

// NewClient checks the addresses. It sends nothing.
func NewClient(o ClientOptions) (*Client, error) {
	if err := CheckAddress(o.Base); err != nil {
		return nil, fmt.Errorf("icd11.api: %w", err)
	}
	if o.TokenURL != "" {
		if err := private(o.Base); err != nil {
			return nil, fmt.Errorf("icd11.api: %w", err)
		}
		if err := private(o.TokenURL); err != nil {
			return nil, fmt.Errorf("the address of tokens: %w", err)
		}
		if o.ID.Empty() || o.Secret.Empty() {
			return nil,
				errors.New("icd11.api: this API wants credentials and there are none: register at https://icd.who.int/icdapi and " +
					"set DERMSET_ICD_CLIENT_ID and DERMSET_ICD_CLIENT_SECRET, or leave icd11.api empty to work offline")
		}
	}
	return &Client{transport: newTransport(), options: o, base: strings.TrimRight(o.Base, "/")}, nil
}

// get asks for a path below the release and decodes the answer into v; found is false if there is nothing at the path.
// A token that is refused is renewed once.
func (c *Client) get(ctx context.Context, path string, v any) (found bool, err error) {
	for renewed := false; ; renewed = true {
		if err := c.authorise(ctx); err != nil {
			return false, err
		}
		address := c.base + "/icd/release/11/" + c.options.Release + "/mms" + path
		answer, err := c.send(ctx, func() (*http.Request, error) { return c.request(address) })
		if err != nil {
			return false, err
		}
		switch answer.Status {
		case http.StatusOK:
			err := json.Unmarshal(answer.Body, v)
			if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) { // its text shows types of this program
				err = fmt.Errorf("holds a JSON %s at byte %d", kind.Value, kind.Offset)
			}
			if err != nil {
				return false, fmt.Errorf("%s: the answer is not that of the ICD-API (%w): check icd11.api", address, err)
			}
			return true, nil
		case http.StatusNotFound, http.StatusBadRequest: // only 404 is documented
			return false, nil
		case http.StatusUnauthorized:
			if c.options.TokenURL == "" {
				return false,
					fmt.Errorf("%s: answers 401: this API wants a token; set DERMSET_ICD_TOKEN_URL to where it gives them", address)
			}
			if !renewed {
				c.token = Secret{}
				continue
			}
			return false,
				fmt.Errorf("%s: answers 401 to a new token: check what DERMSET_ICD_CLIENT_ID is registered for", address)
		}
		if answer.Status >= 300 && answer.Status < 400 {
			return false,
				fmt.Errorf("%s: answers %d, a redirect, which is not followed: set icd11.api to the address of the API itself",
					address, answer.Status)
		}
		return false, fmt.Errorf("%s: answers %d, want 200 or 404: is this the ICD-API?", address, answer.Status)
	}
}

func (c *Client) request(address string) (*http.Request, error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("API-Version", "v2")
	request.Header.Set("Accept-Language", "en")
	request.Header.Set("Accept", "application/json")
	if !c.token.Empty() {
		request.Header.Set("Authorization", "Bearer "+c.token.text)
	}
	return request, nil
}

// bearer is what may stand in an Authorization header (RFC 6750).
var bearer = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// authorise gets a token unless there is one that lasts. The secret goes in the form, as WHO's examples send it: in a
// header, servers differ in how they decode its + and /.
func (c *Client) authorise(ctx context.Context) error {
	if c.options.TokenURL == "" || !c.token.Empty() && c.http.Now().Before(c.ends) {
		return nil
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {"icdapi_access"},
		"client_id": {c.options.ID.text}, "client_secret": {c.options.Secret.text},
	}.Encode()
	answer, err := c.send(ctx, func() (*http.Request, error) {
		request, err := http.NewRequest(http.MethodPost, c.options.TokenURL, strings.NewReader(form))
		if err == nil {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("Accept", "application/json")
		}
		return request, err
	})
	if err != nil {
		return err
	}
	var token struct {
		Token   string  `json:"access_token"`
		Seconds float64 `json:"expires_in"`
		Error   string  `json:"error"`
	}
	err = json.Unmarshal(answer.Body, &token)
	switch {
	case answer.Status == http.StatusBadRequest || answer.Status == http.StatusUnauthorized ||
		answer.Status == http.StatusForbidden:
		return fmt.Errorf("%s: refuses the credentials%s: check DERMSET_ICD_CLIENT_ID and DERMSET_ICD_CLIENT_SECRET",
			c.options.TokenURL, oauthError(token.Error))
	case answer.Status != http.StatusOK:
		return fmt.Errorf("%s: answers %d, want a token", c.options.TokenURL, answer.Status)
	case err != nil || !bearer.MatchString(token.Token):
		return fmt.Errorf("%s: the answer holds no token: is this the token server?", c.options.TokenURL)
	}
	c.token = Secret{token.Token}
	// not to the last moment
	c.ends = c.http.Now().Add(time.Duration(min(max(token.Seconds, 0), maxTokenSeconds) * float64(time.Second) * 9 / 10))
	return nil
}
