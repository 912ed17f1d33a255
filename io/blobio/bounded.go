package blobio

import (
	"errors"
	"io"
	"net/http"
)

// How much of an answer may be read into memory. A page has 1,000 keys of 1,024 bytes at most, each byte three as
// in a URL or six as in XML, and some hundred bytes around each; its elements stand in one another five deep.
const (
	maxAnswer  = 16 << 20
	maxRefusal = 64 << 10
	maxHeader  = 256 << 10 // where a server keeps what people say of an object too, 2 KiB of it (S3 user guide)
	maxDepth   = 32
)

var (
	errTooLong = errors.New("the answer is longer than any that S3 gives")
	errTooDeep = errors.New("the answer is nested deeper than any that S3 gives")
)

// A bounded transport is the SDK's, which reads every answer to its end.
type bounded struct{ next http.RoundTripper }

func (b bounded) do(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	most := int64(maxAnswer)
	if resp.StatusCode >= 300 {
		most = maxRefusal
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: most}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left  int64
	depth nesting
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if !b.depth.within(p[:n]) {
		return 0, errTooDeep
	}
	return n, err
}

// A nesting counts how deep the elements of XML stand in one another, byte by byte: a parser keeps each that is open.
type nesting struct {
	depth      int
	tag        bool // inside < and >
	quote      byte // inside a value of a tag
	first      bool // the next byte is the first of a tag
	last       byte
	end, other bool // </…>; <?…> or <!…>, which open nothing
}

// within says whether all is within maxDepth so far.
func (n *nesting) within(data []byte) bool {
	for _, c := range data {
		switch {
		case !n.tag:
			if c == '<' {
				n.tag, n.first, n.end, n.other = true, true, false, false
			}
		case n.first:
			n.first, n.end, n.other = false, c == '/', c == '?' || c == '!'
			n.closes(c)
		case n.quote != 0:
			if c == n.quote {
				n.quote = 0
			}
		case (c == '"' || c == '\'') && !n.end && !n.other:
			n.quote = c
		default:
			n.closes(c)
		}
		if n.last = c; n.depth > maxDepth {
			return false
		}
	}
	return true
}

// closes ends a tag.
func (n *nesting) closes(c byte) {
	if c != '>' {
		return
	}
	n.tag = false
	switch {
	case n.end:
		n.depth--
	case !n.other && n.last != '/':
		n.depth++
	}
}
