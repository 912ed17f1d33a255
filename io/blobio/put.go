package blobio

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
)

// Put sends the checksum of the body along, which the server keeps, and refuses what does not fit it.
func (s *s3Store) Put(ctx context.Context, old Object, body *Body) (Object, error) {
	whole, err := s.key("put", old.Key)
	if err != nil {
		return Object{}, err
	}
	put := s.putWhole
	if body.Size > s.options.PartBytes {
		put = s.putParts
	}
	o, err := put(ctx, whole, old, body)
	if reason := ReasonOf(err); reason == Changed || reason == Missing { // or, of parts, an upload that has been completed
		return conflict(ctx, s, old.Key, body, err)
	}
	return o, err
}

// send is one request with bytes of the body, tried again from the beginning.
func (s *s3Store) send(ctx context.Context, body *Body, p part,
	request func(io.ReadSeeker, func(*s3.Options)) error) error {
	signed := s3.WithAPIOptions(knownHash(hex.EncodeToString(p.sha256)))
	_, err := persist(ctx, s.options, func() error {
		if err := body.steady(ctx); err != nil {
			return err
		}
		r := body.reader(ctx, p.from, p.size)
		err := request(r, signed)
		if err != nil && r.err != nil {
			return r.err
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		if moved := body.steady(ctx); moved != nil { // that explains it
			return moved
		}
	}
	return err
}

// knownHash tells the SDK the SHA-256 of a body, which it signs; it would read the body once more for that.
func knownHash(sum string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("KnownHash",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
				middleware.InitializeOutput, middleware.Metadata, error,
			) {
				return next.HandleInitialize(v4.SetPayloadHash(ctx, sum), in)
			}), middleware.Before)
	}
}

func (s *s3Store) putWhole(ctx context.Context, whole string, old Object, body *Body) (Object, error) {
	if err := body.sum(ctx, sumSHA256); err != nil {
		return Object{}, err
	}
	sum := body.sums[sumSHA256]
	none, match := conditions(old)
	var put *s3.PutObjectOutput
	err := s.send(ctx, body, part{size: body.Size, sha256: sum},
		func(r io.ReadSeeker, signed func(*s3.Options)) (err error) {
			put, err = s.client.PutObject(ctx, &s3.PutObjectInput{
				Bucket: &s.place.bucket, Key: &whole, RequestPayer: s.payer(), Body: r, ContentLength: &body.Size,
				IfNoneMatch: none, IfMatch: match, ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ChecksumSHA256: base64Of(sum),
			}, signed)
			return faultOf("put", old.Key, err)
		})
	if err != nil {
		return Object{}, err
	}
	o := Object{Key: old.Key, Size: body.Size, ETag: mark(aws.ToString(put.ETag), time.Time{}, -1),
		Version: aws.ToString(put.VersionId)}
	if kept := aws.ToString(put.ChecksumSHA256); kept != "" {
		return o, s.keeps("SHA-256", kept, *base64Of(sum), o)
	}
	header := http.Header{"X-Amz-Server-Side-Encryption": {string(put.ServerSideEncryption)}}
	if want := md5OfETag(o.ETag); want != nil && etagIsMD5(header) { // a server that keeps no checksums
		if err := body.sum(ctx, sumMD5); err != nil {
			return Object{}, err
		}
		return o, s.keeps("MD5 (ETag)", o.ETag, hex.EncodeToString(body.sums[sumMD5]), o)
	}
	if o.ETag == "" { // no store says so little: something on the way may have taken it
		if o, err = s.Stat(ctx, old.Key); err != nil {
			return Object{}, notKept(old.Key, err)
		}
		return s.took(ctx, o, body)
	}
	return o, nil // it has verified the signature, of which the SHA-256 is a part
}

// took wants what is there now to be what was sent.
func (s *s3Store) took(ctx context.Context, o Object, body *Body) (Object, error) {
	equal, err := s.Same(ctx, o, body)
	if err == nil && !equal {
		err = notKept(o.Key, errors.New("the store has other bytes than it was sent"))
	}
	return o, err
}

// notKept is why what a server took is not there. That there is nothing is no answer to a put.
func notKept(key string, err error) error {
	if reason := ReasonOf(err); reason != "" && reason != Missing {
		return err
	}
	return &Error{Op: "put", Key: key, Reason: Differs, Err: err}
}

// keeps wants the store to have what was sent.
func (s *s3Store) keeps(kind, is, want string, o Object) error {
	if is != want {
		return &Error{Op: "put", Key: o.Key, Reason: Differs,
			Err: fmt.Errorf("the store says its %s is %s, and was sent %s", kind, is, want)}
	}
	return nil
}

// conditions are the headers under which a put replaces the object old, or none.
func conditions(old Object) (none, match *string) {
	if old.ETag == "" {
		return aws.String("*"), nil
	}
	return nil, aws.String(quoted(old.ETag))
}

func base64Of(sum []byte) *string { return aws.String(base64.StdEncoding.EncodeToString(sum)) }

// maxParts is how many parts an object may have ("Multipart upload limits", S3 user guide).
const maxParts = 10_000

func (s *s3Store) partSize(body *Body) int64 {
	return max(s.options.PartBytes, (body.Size+maxParts-1)/maxParts)
}

// putParts puts a large object part by part, each with its checksum, and completes it under the condition. S3 puts the
// CRC-64 of the whole together from those of the parts and compares it; it keeps no other checksum of a
// whole that came in parts.
func (s *s3Store) putParts(ctx context.Context, whole string, old Object, body *Body) (Object, error) {
	if err := body.split(ctx, s.partSize(body)); err != nil {
		return Object{}, err
	}
	var begun *s3.CreateMultipartUploadOutput
	_, err := persist(ctx, s.options, func() (err error) {
		begun, err = s.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
			Bucket: &s.place.bucket, Key: &whole, RequestPayer: s.payer(),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme, ChecksumType: types.ChecksumTypeFullObject,
		})
		return faultOf("put", old.Key, err)
	})
	if err != nil {
		return Object{}, err
	}
	parts, err := s.sendParts(ctx, whole, old.Key, begun.UploadId, body)
	var o Object
	if err == nil {
		o, err = s.complete(ctx, whole, old, begun.UploadId, body, parts)
	}
	if err != nil {
		s.abort(ctx, whole, begun.UploadId)
	}
	return o, err
}

func (s *s3Store) sendParts(ctx context.Context, whole, key string, upload *string,
	body *Body) ([]types.CompletedPart, error) {
	var done []types.CompletedPart
	for i, p := range body.parts {
		number := aws.Int32(int32(i + 1))
		var sent *s3.UploadPartOutput
		err := s.send(ctx, body, p, func(r io.ReadSeeker, signed func(*s3.Options)) (err error) {
			sent, err = s.client.UploadPart(ctx, &s3.UploadPartInput{
				Bucket: &s.place.bucket, Key: &whole, RequestPayer: s.payer(), UploadId: upload, PartNumber: number, Body: r,
				ContentLength: &p.size, ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme, ChecksumCRC64NVME: base64Of(p.crc64),
			}, signed)
			return faultOf("put", key, err)
		})
		if err != nil {
			return nil, err
		}
		done = append(done, types.CompletedPart{PartNumber: number, ETag: sent.ETag, ChecksumCRC64NVME: base64Of(p.crc64)})
	}
	return done, nil
}

func (s *s3Store) complete(ctx context.Context, whole string, old Object, upload *string, body *Body,
	parts []types.CompletedPart) (Object, error) {
	none, match := conditions(old)
	sum := base64Of(body.sums[sumCRC64])
	var put *s3.CompleteMultipartUploadOutput
	_, err := persist(ctx, s.options, func() (err error) {
		put, err = s.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: &s.place.bucket, Key: &whole, RequestPayer: s.payer(), UploadId: upload, IfNoneMatch: none, IfMatch: match,
			ChecksumType: types.ChecksumTypeFullObject, ChecksumCRC64NVME: sum, MpuObjectSize: &body.Size,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		return faultOf("put", old.Key, err)
	})
	if err != nil {
		return Object{}, err
	}
	o := Object{Key: old.Key, Size: body.Size, ETag: mark(aws.ToString(put.ETag), time.Time{}, -1),
		Version: aws.ToString(put.VersionId)}
	if kept := aws.ToString(put.ChecksumCRC64NVME); kept != "" {
		return o, s.keeps("CRC-64", kept, *sum, o)
	}
	return s.took(ctx, o, body)
}

// Remove looks at the object first, for not every server knows the condition. What has no ETag of the server's own
// cannot be told from another object.
func (s *s3Store) Remove(ctx context.Context, o Object) error {
	whole, err := s.key("remove", o.Key)
	if err != nil {
		return err
	}
	changed := func(is string) error {
		return &Error{Op: "remove", Key: o.Key, Reason: Changed, Err: fmt.Errorf("its ETag is %q, was %q", is, o.ETag)}
	}
	head, err := s.head(ctx, "remove", o.Key)
	if err != nil {
		return err
	}
	if is := mark(aws.ToString(head.ETag), time.Time{}, -1); is == "" || is != o.ETag {
		return changed(markOf(head))
	}
	input := &s3.DeleteObjectInput{Bucket: &s.place.bucket, Key: &whole, RequestPayer: s.payer(),
		IfMatch: aws.String(quoted(o.ETag))}
	attempts, err := persist(ctx, s.options, func() error {
		_, err := s.client.DeleteObject(ctx, input)
		if ReasonOf(faultOf("remove", o.Key, err)) == Refused { // such as NotImplemented: it knows of no condition
			input.IfMatch = nil
			_, err = s.client.DeleteObject(ctx, input)
		}
		return faultOf("remove", o.Key, err)
	})
	if reason := ReasonOf(err); attempts > 1 && (reason == Missing || reason == Changed) {
		if _, is := s.head(ctx, "remove", o.Key); ReasonOf(is) == Missing {
			return nil // an attempt before has removed it, and its answer was lost
		}
	}
	return err
}

// abort lets the server forget parts that were sent, even where the run ends. What cannot be aborted now is the
// bucket's own rule's to remove.
func (s *s3Store) abort(ctx context.Context, whole string, upload *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, _ = s.client.AbortMultipartUpload(ctx,
		&s3.AbortMultipartUploadInput{Bucket: &s.place.bucket, Key: &whole, RequestPayer: s.payer(), UploadId: upload})
}

// Same goes by the ETag where it is the MD5, else by a checksum that HEAD tells, else by the bytes.
func (s *s3Store) Same(ctx context.Context, o Object, body *Body) (bool, error) {
	if o.Size != body.Size {
		return false, nil
	}
	etag := md5OfETag(o.ETag)
	if etag != nil && body.sums[sumSHA256] == nil { // where it is known, HEAD is cheaper than to read the file
		if err := body.sum(ctx, sumMD5, sumSHA256); err != nil { // the latter for Put
			return false, err
		}
		if bytes.Equal(etag, body.sums[sumMD5]) {
			return true, nil
		}
	}
	head, err := s.head(ctx, "same", o.Key)
	if err != nil {
		return false, err
	}
	if is := markOf(head); is != o.ETag {
		return false, &Error{Op: "same", Key: o.Key, Reason: Changed, Err: fmt.Errorf("its ETag is %q, was %q", is, o.ETag)}
	}
	if kind, want := keptSum(head, body); kind != "" {
		if kind == sumCRC64 && body.Size > s.options.PartBytes {
			err = body.split(ctx, s.partSize(body)) // for Put
		} else {
			err = body.sum(ctx, kind, sumSHA256)
		}
		return bytes.Equal(body.sums[kind], want), err
	}
	header := http.Header{"X-Amz-Server-Side-Encryption": {string(head.ServerSideEncryption)},
		"X-Amz-Server-Side-Encryption-Customer-Algorithm": {aws.ToString(head.SSECustomerAlgorithm)}}
	if etag != nil && etagIsMD5(header) {
		err := body.sum(ctx, sumMD5)
		return bytes.Equal(etag, body.sums[sumMD5]), err
	}
	return s.sameBytes(ctx, o, body)
}

// keptSum is a checksum that the store keeps of the whole object: one that the body knows already,
// if there is such a one.
func keptSum(head *s3.HeadObjectOutput, body *Body) (kind string, want []byte) {
	kept := map[string]*string{
		"Crc32c": head.ChecksumCRC32C, "Crc32": head.ChecksumCRC32, sumSHA256: head.ChecksumSHA256,
		"Sha1": head.ChecksumSHA1, sumCRC64: head.ChecksumCRC64NVME,
	}
	for _, c := range checksums {
		sum, err := base64.StdEncoding.DecodeString(aws.ToString(kept[c.name]))
		if err != nil || len(sum) == 0 || head.ChecksumType == types.ChecksumTypeComposite {
			continue
		}
		if kind == "" || body.sums[c.name] != nil {
			kind, want = c.name, sum
		}
	}
	return kind, want
}

// md5OfETag is an ETag of the form of an MD5, else nil.
func md5OfETag(etag string) []byte {
	sum, err := hex.DecodeString(etag)
	if err != nil || len(sum) != md5.Size || strings.ToLower(etag) != etag {
		return nil
	}
	return sum
}

// sameBytes reads the object.
func (s *s3Store) sameBytes(ctx context.Context, o Object, body *Body) (bool, error) {
	if err := body.sum(ctx, sumSHA256); err != nil {
		return false, err
	}
	is := sha256.New()
	_, err := s.Get(ctx, o, func(r io.Reader) error {
		is.Reset()
		_, err := io.Copy(is, r)
		return err
	})
	return err == nil && bytes.Equal(is.Sum(nil), body.sums[sumSHA256]), err
}
