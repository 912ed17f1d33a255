package blobtest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
)

// A Fault is what goes wrong with one request. Every one was seen between aws-sdk-go-v2 and a server.
type Fault int

const (
	None         Fault = iota
	Cut                // the connection ends in the middle of the body
	StallBefore        // nothing comes at all
	StallInside        // half of the body comes, and then nothing
	Flip               // one bit of the body is another
	Short              // half of the body comes, with a length that fits the half
	SlowDown           // 503
	Lost               // the request is carried out, and the answer lost
	Refuse             // 403
	OldAuthority       // 301, to another region
)

// A Proxy stands before a server and does harm.
type Proxy struct {
	Next http.Handler
	// Harm decides by the request and its number, from 1, among those of its method and path. Nil: none.
	Harm func(r *http.Request, n int) Fault

	mu   sync.Mutex
	seen map[string]int
}

// Seen is how often each method and path was asked for, such as "GET /pictures/a.jpg".
func (p *Proxy) Seen() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.seen)
}

func (p *Proxy) count(r *http.Request) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]int{}
	}
	p.seen[r.Method+" "+r.URL.Path]++
	return p.seen[r.Method+" "+r.URL.Path]
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, fault := p.count(r), None
	if p.Harm != nil {
		fault = p.Harm(r, n)
	}
	switch fault {
	case StallBefore:
		<-r.Context().Done()
		return
	case SlowDown:
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
		return
	case Refuse:
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	case OldAuthority:
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		refuse(w, http.StatusMovedPermanently, "PermanentRedirect")
		return
	}
	answer := httptest.NewRecorder()
	p.Next.ServeHTTP(answer, r)
	if fault == Lost {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.Header())
	send(w, r, answer.Code, answer.Body.Bytes(), fault)
}

// send passes an answer on, with harm to its body.
func send(w http.ResponseWriter, r *http.Request, code int, body []byte, fault Fault) {
	half := body[:len(body)/2]
	switch fault {
	case Flip:
		body[len(body)/2] ^= 4
	case Short:
		body = half
	}
	if r.Method != http.MethodHead {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(code)
	switch fault {
	case Cut, StallInside:
		_, _ = w.Write(half)
		_ = http.NewResponseController(w).Flush()
		if fault == Cut {
			panic(http.ErrAbortHandler)
		}
		<-r.Context().Done()
	default:
		_, _ = w.Write(body) // the client may be gone
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<?xml version=\"1.0\"?><Error><Code>" + code +
		"</Code><Message>as the test wants it</Message></Error>"))
}
