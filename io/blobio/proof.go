package blobio

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"strings"
	"sync"
)

// A proof is the body of an answer that is compared with what the store tells of the object: its size, and its checksum
// or its MD5. It shows the end only to a reader of the right bytes.
type proof struct {
	body   io.Reader
	size   int64 // -1: not known
	n      int64
	sum    hash.Hash // nil: there is nothing to compare with
	want   []byte
	by     string // whose sum it is
	broken error
	reason Reason
	ended  bool
}

// checksums are those that S3 keeps with an object, the fastest to make first. Those of a multipart upload's parts,
// which end in a dash and a number, say nothing about the whole.
var checksums = []struct {
	name string
	make func() hash.Hash
}{
	{"Crc32c", func() hash.Hash { return crc32.New(castagnoli()) }},
	{"Crc32", func() hash.Hash { return crc32.NewIEEE() }},
	{"Sha256", sha256.New},
	{"Sha1", sha1.New},
	{"Crc64nvme", func() hash.Hash { return crc64.New(nvme()) }},
}

var (
	castagnoli = sync.OnceValue(func() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) })
	// CRC-64/NVME, reflected
	nvme = sync.OnceValue(func() *crc64.Table { return crc64.MakeTable(0x9a6c9329ac4bc9b5) })
)

func newProof(resp *http.Response, o Object) *proof {
	p := &proof{body: resp.Body, size: o.Size}
	for _, c := range checksums {
		want, err := base64.StdEncoding.DecodeString(resp.Header.Get("X-Amz-Checksum-" + c.name))
		if err == nil && len(want) > 0 {
			p.sum, p.want, p.by = c.make(), want, "checksum "+strings.ToUpper(c.name)
			return p
		}
	}
	if want, err := hex.DecodeString(o.ETag); err == nil && len(want) == md5.Size && etagIsMD5(resp.Header) {
		p.sum, p.want, p.by = md5.New(), want, "MD5 (ETag)"
	}
	return p
}

// etagIsMD5 says whether an ETag of that form is an MD5: not for objects that the store encrypts with a key of its
// customer ("Object", S3 API reference).
func etagIsMD5(header http.Header) bool {
	return !strings.HasPrefix(header.Get("X-Amz-Server-Side-Encryption"), "aws:kms") &&
		header.Get("X-Amz-Server-Side-Encryption-Customer-Algorithm") == ""
}

func (p *proof) Read(b []byte) (int, error) {
	if p.broken != nil {
		return 0, p.broken
	}
	if p.ended {
		return 0, io.EOF
	}
	n, err := p.body.Read(b)
	p.n += int64(n)
	if p.sum != nil {
		p.sum.Write(b[:n])
	}
	switch {
	case p.size >= 0 && p.n > p.size:
		return 0, p.fail(Differs, fmt.Errorf("has more than the %d bytes that are listed", p.size))
	case err == io.EOF:
		return n, p.finish()
	case err != nil:
		return n, p.fail(reasonOfLink(err), err)
	}
	return n, nil
}

// finish compares; it is io.EOF if all is well.
func (p *proof) finish() error {
	if p.size >= 0 && p.n != p.size {
		return p.fail(Differs, fmt.Errorf("has %d bytes, %d are listed", p.n, p.size))
	}
	if p.sum != nil {
		if is := p.sum.Sum(nil); string(is) != string(p.want) {
			return p.fail(Differs, fmt.Errorf("its bytes have %x, its %s is %x", is, p.by, p.want))
		}
	}
	p.ended = true
	return io.EOF
}

func (p *proof) fail(reason Reason, err error) error {
	p.broken, p.reason = err, reason
	return err
}

// end reads what is left, and is the error that the reader met or would have met.
func (p *proof) end() error {
	if p.broken == nil && !p.ended {
		_, _ = io.Copy(io.Discard, p) // broken has the error
	}
	return p.broken
}
