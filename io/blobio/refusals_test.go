package blobio_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/blobtest"
)

// An answer is one that a server gives to every request of a kind.
type answer struct {
	status int
	head   string // a header, such as "Location: /a"
	body   string
}

func (a answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, value, is := strings.Cut(a.head, ": "); is {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, a.body)
	}
}

func said(status int, code, message string) answer {
	return answer{status, "Content-Type: application/xml", fmt.Sprintf(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)}
}

// cannotList are what servers answer to ListObjectsV2 that cannot list, or not by this request.
var cannotList = map[string]answer{
	"404 without a body":     {404, "", ""},
	"404 of a page":          {404, "Content-Type: text/html", "<html><head><title>404 Not Found</title></head></html>"},
	"404 of another thing":   said(404, "NoSuchKey", "The specified key does not exist."),
	"404 in JSON":            {404, "Content-Type: application/json", `{"error":"not found"}`},
	"405":                    said(405, "MethodNotAllowed", "The specified method is not allowed against this resource."),
	"405 without a body":     {405, "Allow: HEAD", ""},
	"400":                    said(400, "InvalidArgument", "Invalid Argument"),
	"400 of a request":       said(400, "InvalidRequest", "Missing required header for this request: list-type"),
	"400 without a body":     {400, "", ""},
	"400 of a key":           said(400, "InvalidURI", "Couldn't parse the specified URI."),
	"410":                    {410, "", ""},
	"501":                    said(501, "NotImplemented", "A header implies functionality that is not implemented"),
	"501 without a body":     {501, "", ""},
	"501 of a page":          {501, "Content-Type: text/html", "<h1>501</h1>"},
	"403 of a CDN":           {403, "X-Cache: Error from cloudfront", "<HTML><HEAD><TITLE>ERROR</TITLE></HEAD></HTML>"},
	"401":                    said(401, "Unauthorized", "Unauthorized"),
	"a page":                 {200, "Content-Type: text/html", "<!DOCTYPE html><html><p>Index of<br>/</html>"},
	"a page that is no XML":  {200, "Content-Type: text/html", "<html><body><img src=a.jpg><a href=b>b"},
	"text":                   {200, "Content-Type: text/plain", "hello & good bye"},
	"JSON":                   {200, "Content-Type: application/json", `{"kind":"storage#objects","items":[]}`},
	"JSON of a list":         {200, "Content-Type: application/json", `[{"name":"a.jpg","type":"file"}]`},
	"nothing":                {200, "", ""},
	"blanks":                 {200, "", " \n"},
	"204":                    {204, "", ""},
	"a picture":              {200, "Content-Type: image/jpeg", "\xff\xd8\xff\xe0\x00\x10JFIF\x00"},
	"XML of another kind":    {200, "Content-Type: application/xml", "<feed><entry><id>a.jpg</id></entry></feed>"},
	"XML of WebDAV":          {207, "Content-Type: application/xml", `<D:multistatus xmlns:D="DAV:"></D:multistatus>`},
	"XML of Azure":           {200, "Content-Type: application/xml", `<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>`},
	"all buckets":            {200, "Content-Type: application/xml", `<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>`},
	"a redirect of a folder": {301, "Location: /pictures/", "<html>301 Moved Permanently</html>"},
	"a redirect to log in":   {302, "Location: https://login.example.org/", ""},
	"a redirect to another":  {308, "Location: https://example.org/", ""},
	"an error in 200":        said(200, "NotImplemented", "no"),
	"a denial in 200":        said(200, "AccessDenied", "Access Denied"),
	"a page after a prolog":  {200, "", "\ufeff<?xml version=\"1.0\"?>\n<!DOCTYPE html><html><br></html>"},
}

// What cannot list says so at the first answer, is asked once, and is never taken for a bucket without objects, for one
// that is not there, or for a store that nobody can use: its objects are still asked for one by one.
func TestServersThatCannotList(t *testing.T) {
	for name, a := range cannotList {
		asked, next := 0, blobtest.Server(t)
		s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("list-type") {
				asked++
				a.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		}), blobio.Options{Patience: blobtest.Fast})
		blobtest.Save(t, s, "a.jpg", picture)
		err := listError(t, s)
		reason := blobio.ReasonOf(err)
		if reason != blobio.Refused && reason != blobio.Denied || asked != 1 ||
			strings.Contains(err.Error(), "operation error") {
			t.Errorf("%s: %v, asked %d times", name, err, asked)
		}
		o, err := s.Stat(t.Context(), "a.jpg")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if data, err := blobtest.Load(t, s, o); err != nil || !bytes.Equal(data, picture) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A listing that may come whole another time is asked for again: one that breaks off, and one with a word in the place
// of a number.
func TestListingsThatAreAskedForAgain(t *testing.T) {
	for name, body := range map[string]string{
		"half":          "<?xml version=\"1.0\"?>\n<ListBucketResult><Name>pictures</Name><Contents>",
		"half a name":   "\ufeff<?xml version=\"1.0\"?><ListBuck",
		"half a head":   "<?xml vers",
		"another size":  "<s3:ListBucketResult><Contents><Key>p/a</Key><Size>many</Size></Contents></s3:ListBucketResult>",
		"not a listing": "<ListBucketResult></Name></ListBucketResult>",
	} {
		asked := 0
		s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			_, _ = io.WriteString(w, body)
		}), blobio.Options{Patience: blobio.Patience{Attempts: 3, First: 1, Longest: 1}})
		if err := listError(t, s); blobio.ReasonOf(err) != blobio.Cut || asked != 3 {
			t.Errorf("%s: %v, asked %d times", name, err, asked)
		}
	}
}

// refusals are what servers answer of one object, as their documentation or users tell, what that is, and a word of
// what is said about it.
var refusals = map[string]struct {
	answer
	reason blobio.Reason
	says   string
}{
	"KMS, unsigned": {said(400, "InvalidArgument", "Requests specifying Server Side Encryption with AWS KMS managed keys "+
		"require AWS Signature Version 4."), blobio.Denied, "anonymous=true"},
	"KMS, no right": {said(403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt "+
		"on resource: arn:aws:kms:eu-west-1:1:key/2 because no identity-based policy allows the kms:Decrypt action"),
		blobio.Denied, "ask the owner of the KMS key for the right"},
	"KMS, disabled": {said(400, "KMS.DisabledException", "arn:aws:kms:eu-west-1:1:key/2 is disabled."), blobio.Denied,
		"to enable it again"},
	"KMS, gone":          {said(400, "KMS.NotFoundException", "Invalid keyId 'x'"), blobio.Denied, "Invalid keyId"},
	"KMS, to be deleted": {said(400, "KMS.KMSInvalidStateException", "is pending deletion."), blobio.Denied, "pending"},
	"KMS, busy":          {said(400, "KMS.ThrottlingException", "Rate exceeded"), blobio.Busy, "Rate"},
	"KMS, silent":        {said(503, "KMS.DependencyTimeoutException", "no"), blobio.Busy, "503"},
	"SSE-C": {said(400, "InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct "+
		"parameters must be provided to retrieve the object."), blobio.Denied, "SSE-C"},
	"no right":        {said(403, "AccessDenied", "Access Denied"), blobio.Denied, "403"},
	"a denial as 400": {said(400, "AccessDenied", "Access Denied"), blobio.Denied, "400"},
	"Glacier": {said(403, "InvalidObjectState", "The operation is not valid for the object's storage class"),
		blobio.Archived, "storage class"},
	"clock":          {said(403, "RequestTimeTooSkewed", "The difference is too large."), blobio.Credentials, "clock"},
	"signature":      {said(403, "SignatureDoesNotMatch", "Check your key."), blobio.Credentials, "AWS_SECRET_ACCESS_KEY"},
	"unknown key":    {said(403, "InvalidAccessKeyId", "no such key"), blobio.Credentials, "AWS_ACCESS_KEY_ID"},
	"expired":        {said(400, "ExpiredToken", "The provided token has expired."), blobio.Credentials, "AWS_PROFILE"},
	"a key of S3":    {said(400, "InvalidArgument", "Credential access key has length 20"), blobio.Credentials, ""},
	"region":         {said(400, "AuthorizationHeaderMalformed", "expecting 'eu-west-1'"), blobio.WrongRegion, "region="},
	"endpoint":       {said(301, "PermanentRedirect", "must be addressed otherwise"), blobio.WrongRegion, ""},
	"bucket":         {said(404, "NoSuchBucket", "The specified bucket does not exist"), blobio.NoBucket, "bucket's name"},
	"a folder":       {answer{301, "Location: /a/?sig=hidden", ""}, blobio.Refused, `it points to "/a/"`},
	"a login":        {answer{302, "Location: https://x.example.org/a?sig=hidden", ""}, blobio.Refused, "x.example.org/a"},
	"not there":      {said(404, "NoSuchKey", "The specified key does not exist."), blobio.Missing, "404"},
	"not built":      {said(501, "NotImplemented", "no"), blobio.Refused, "501"},
	"no such verb":   {said(405, "MethodNotAllowed", "no"), blobio.Refused, "405"},
	"a bad name":     {said(400, "XMinioInvalidObjectName", "unsupported characters."), blobio.BadKey, ""},
	"client gone":    {answer{499, "", ""}, blobio.Busy, "499"},
	"slow down":      {said(503, "SlowDown", "Please reduce your request rate."), blobio.Busy, "503"},
	"internal":       {said(500, "InternalError", "no"), blobio.Busy, "500"},
	"too many":       {said(429, "TooManyRequests", "no"), blobio.Busy, "429"},
	"slow down, 4xx": {said(400, "SlowDownRead", "no"), blobio.Busy, "400"},
}

// A refusal is what it is for whoever looks or reads, with what to do; it is asked for again only where that may help.
func TestRefusals(t *testing.T) {
	for name, c := range refusals {
		for place, ask := range map[string]func(blobio.Store) error{
			"stat": func(s blobio.Store) error { _, err := s.Stat(t.Context(), "a.jpg"); return err },
			"get":  func(s blobio.Store) error { _, err := blobtest.Load(t, s, whatever("a.jpg")); return err },
		} {
			asked, limit := 0, 1
			s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					asked++
				}
				c.ServeHTTP(w, r)
			}), blobio.Options{Patience: blobio.Patience{Attempts: 3, First: 1, Longest: 1}})
			if c.reason.MayPass() {
				limit = 3
			}
			err := ask(s)
			if blobio.ReasonOf(err) != c.reason || asked > limit || place == "get" && asked != limit ||
				strings.Contains(err.Error(), "hidden") {
				t.Errorf("%s, %s: %v, asked %d times", name, place, err, asked)
			}
			if says := err.Error(); !strings.Contains(says, c.says) && (place == "get" || c.reason != blobio.Busy) {
				t.Errorf("%s, %s: %v, want %q", name, place, err, c.says)
			}
		}
	}
}

// A server that knows no HEAD, or not for who asks, is asked by a GET of one byte.
func TestServersWithoutHead(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, status := range []int{400, 403, 404, 405, 501} {
		for name, test := range map[string]struct {
			data   []byte
			etag   string
			ranges bool
		}{
			"of a byte": {picture, `"e"`, true}, "of all": {picture, `"e"`, false}, "empty": {nil, `"e"`, true},
			"without an ETag": {picture, "", true},
		} {
			s := openAnonymous(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead {
					w.WriteHeader(status)
					return
				}
				if !test.ranges {
					r.Header.Del("Range")
				}
				if test.etag != "" {
					w.Header().Set("ETag", test.etag)
				}
				http.ServeContent(w, r, "a.jpg", at, bytes.NewReader(test.data))
			}), blobio.Options{})
			o, err := s.Stat(t.Context(), "a.jpg")
			if err != nil || o.Size != int64(len(test.data)) || o.ETag == "" {
				t.Errorf("%d, %s: %+v, %v", status, name, o, err)
				continue
			}
			if data, err := blobtest.Load(t, s, o); err != nil || !bytes.Equal(data, test.data) {
				t.Errorf("%d, %s: %v", status, name, err)
			}
		}
	}
}
