package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// A lie is what a server does to a request, or to it and all that follow.
type lie struct {
	kind   string
	from   int // request, from 1
	always bool
}

func (l *lie) String() string {
	if l.always {
		return fmt.Sprintf("request %d and all others", l.from)
	}
	return fmt.Sprintf("request %d", l.from)
}

// lies are what servers, and what stands before them, were seen to do. What would take minutes to be noticed, such as a
// server that is silent, is tried in io/blobio, with less patience.
var lies = map[string]func(w http.ResponseWriter, r *http.Request, next http.Handler){
	"busy":      refuses(http.StatusServiceUnavailable, "SlowDown"),
	"error":     refuses(http.StatusInternalServerError, "InternalError"),
	"throttled": refuses(http.StatusTooManyRequests, ""),
	"skewed":    refuses(http.StatusForbidden, "RequestTimeTooSkewed"),
	"denied":    refuses(http.StatusForbidden, "AccessDenied"),
	"error 200": refuses(http.StatusOK, "InternalError"),
	"page": func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>Please log in</html>")
	},
	"nothing": func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { _, _ = io.Copy(io.Discard, r.Body) },
	"loop": func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
	},
	"closed": func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) },
	"lost": func(_ http.ResponseWriter, r *http.Request, next http.Handler) { // it is done, and nobody hears of it
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	},
	"cut": changed(func(w http.ResponseWriter, _ *http.Request, body []byte) []byte {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
		return body[:len(body)/2]
	}),
	"short": changed(func(_ http.ResponseWriter, r *http.Request, body []byte) []byte {
		return body[:len(body)/2]
	}),
	"flip": changed(func(_ http.ResponseWriter, r *http.Request, body []byte) []byte {
		if !isList(r) && len(body) > 0 { // no checksum is kept of a listing
			body[len(body)/2] ^= 4
		}
		return body
	}),
	"another ETag": changed(func(w http.ResponseWriter, _ *http.Request, body []byte) []byte {
		w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef"`)
		return body
	}),
	"no ETag": changed(func(w http.ResponseWriter, _ *http.Request, body []byte) []byte {
		w.Header().Del("ETag")
		return body
	}),
	"packed": changed(func(w http.ResponseWriter, _ *http.Request, body []byte) []byte {
		var packed bytes.Buffer
		zip := gzip.NewWriter(&packed)
		_, _ = zip.Write(body)
		_ = zip.Close() // into memory
		w.Header().Set("Content-Encoding", "gzip")
		return packed.Bytes()
	}),
	"no more pages": changed(func(_ http.ResponseWriter, r *http.Request, body []byte) []byte {
		if isList(r) {
			return []byte(strings.Replace(string(body), "<IsTruncated>false", "<IsTruncated>true", 1))
		}
		return body
	}),
	"the same page": changed(func(_ http.ResponseWriter, r *http.Request, body []byte) []byte {
		if isList(r) {
			return []byte(strings.Replace(string(body), "<IsTruncated>false</IsTruncated>",
				"<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>", 1))
		}
		return body
	}),
}

func isList(r *http.Request) bool { return r.URL.Query().Has("list-type") }

// refuses answers with an error of S3.
func refuses(status int, code string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if code != "" {
			fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
		}
	}
}

// changed passes an answer on, but for what change makes of its head and body.
func changed(change func(http.ResponseWriter, *http.Request, []byte) []byte) func(http.ResponseWriter, *http.Request,
	http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		body := change(w, r, answer.Body.Bytes())
		w.WriteHeader(answer.Code)
		if r.Method != http.MethodHead {
			_, _ = w.Write(body) // shorter than promised, the connection ends
		}
	}
}
