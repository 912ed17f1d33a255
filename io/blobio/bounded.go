package blobio

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
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

	errNoListing = errors.New("the answer is no listing of a bucket; look at endpoint and proxy")
)

// A bounded transport is the SDK's, which reads every answer to its end.
type bounded struct{ next http.RoundTripper }

func (b bounded) do(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body := &boundedBody{ReadCloser: resp.Body, left: maxAnswer}
	if resp.StatusCode >= 300 {
		body.left = maxRefusal
	} else {
		body.listing = req.URL.Query().Has("list-type")
	}
	resp.Body = body
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left    int64
	depth   nesting
	listing bool   // it is to be one, and has not been seen to be
	begin   []byte // of it
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
	if b.listing {
		b.begin = append(b.begin, p[:n]...)
		first, known := rootOf(b.begin)
		if known && first != "ListBucketResult" && first != "Error" {
			return 0, errNoListing // another attempt would bring the same: it was no listing from its first byte on
		}
		if b.listing = !known; known {
			b.begin = nil
		}
	}
	return n, err
}

// rootOf is the name of the element that a text of XML begins with, without its name space; empty of another text. It
// is not known while the text is too short.
func rootOf(text []byte) (name string, known bool) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for {
		text = bytes.TrimLeft(text, " \t\r\n")
		if len(text) == 0 {
			return "", false
		}
		if !bytes.HasPrefix(text, []byte("<?")) {
			break
		}
		end := bytes.Index(text, []byte("?>"))
		if end < 0 {
			return "", len(text) > maxRefusal
		}
		text = text[end+len("?>"):]
	}
	if text[0] != '<' {
		return "", true
	}
	end := bytes.IndexAny(text, " \t\r\n/>")
	if end < 0 {
		return "", len(text) > maxRefusal
	}
	name = string(text[1:end])
	return name[strings.IndexByte(name, ':')+1:], true
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
