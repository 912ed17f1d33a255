package blobio

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An s3Store is a prefix of a bucket. List, Stat and Put go through the SDK's client; Get, of which there are hundreds
// of thousands, uses its credentials, endpoint and signer, and plain HTTP for the rest (see get.go).
type s3Store struct {
	place   place
	options Options
	client  *s3.Client
	base    *url.URL // of the bucket
	region  string
	creds   aws.CredentialsProvider // nil: anonymous
	signer  *v4.Signer
	web     http.RoundTripper
}

func openS3(ctx context.Context, p place, options Options) (*s3Store, error) {
	cfg, err := loadConfig(ctx, p)
	if err != nil {
		return nil, err
	}
	web, err := transport(cfg, options)
	if err != nil {
		return nil, err
	}
	s := &s3Store{place: p, options: options, web: web,
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })}
	if !p.anonymous {
		s.creds = namedCredentials{cfg.Credentials}
	}
	s.client = s3.NewFromConfig(cfg, s.configure)
	o := s.client.Options()
	if o.BaseEndpoint != nil {
		if err := checkEndpoint(*o.BaseEndpoint); err != nil {
			return nil, fmt.Errorf("%s: its endpoint (AWS_ENDPOINT_URL): %w", p, err)
		}
	}
	if o.Region == "" {
		return nil, fmt.Errorf("%s: no region is set; %s", p, reasons[WrongRegion].remedy)
	}
	s.region = o.Region
	s.base, err = bucketURL(ctx, o, p.bucket)
	return s, err
}

// configure makes the SDK's client one that leaves patience, redirects and words to us.
func (s *s3Store) configure(o *s3.Options) {
	if s.creds != nil {
		o.Credentials = s.creds
	}
	o.HTTPClient = smithyhttp.ClientDoFunc(bounded{s.web}.do) // no http.Client: it would follow redirects
	o.Retryer = aws.NopRetryer{}                              // persist tries again, whole attempts
	o.Logger = logging.Nop{}                                  // errors are returned
	if s.place.endpoint != "" {
		o.BaseEndpoint = &s.place.endpoint
	}
	o.UsePathStyle = o.BaseEndpoint != nil
	if s.place.pathStyle != "" {
		o.UsePathStyle, _ = strconv.ParseBool(s.place.pathStyle)
	}
	if o.Region == "" && o.BaseEndpoint != nil {
		o.Region = "us-east-1" // servers of one's own have none; the signature needs one
	}
}

// namedCredentials are those of the environment; where there are none, the error can be told from others.
type namedCredentials struct{ aws.CredentialsProvider }

func (c namedCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := c.CredentialsProvider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		err = &credentialsError{err}
	}
	return creds, err
}

type credentialsError struct{ error }

func (e *credentialsError) Unwrap() error { return e.error }

// loadConfig is what the environment says, and what the URL of the store says instead.
func loadConfig(ctx context.Context, p place) (aws.Config, error) {
	// errors are returned; what looks for credentials writes warnings of its own
	options := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}
	if p.region != "" {
		options = append(options, config.WithRegion(p.region))
	}
	if p.anonymous {
		options = append(options, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, fmt.Errorf("settings of AWS: %w", err)
	}
	return cfg, nil
}

// transport keeps a connection for every call that is under way: the default of two or ten opens a new one for every
// fourth object at 128 at once (measured). It starts from the SDK's, which knows AWS_CA_BUNDLE.
func transport(cfg aws.Config, options Options) (http.RoundTripper, error) {
	client, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		client = awshttp.NewBuildableClient()
	}
	t := client.GetTransport()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, options.Connections
	t.DisableCompression = true // an object is its bytes, not what they unpack to
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true) // alone: one connection for all would be the bottleneck
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = nil // the SDK's offer HTTP/2
	}
	t.ReadBufferSize = 32 << 10
	t.MaxResponseHeaderBytes = maxHeader
	return patient{t, options.Patience.Idle}, nil
}

// bucketURL is where the bucket's objects are.
func bucketURL(ctx context.Context, o s3.Options, bucket string) (*url.URL, error) {
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, s3.EndpointParameters{
		Bucket: &bucket, Region: &o.Region, Endpoint: o.BaseEndpoint, ForcePathStyle: &o.UsePathStyle,
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %q: %w", bucket, err)
	}
	return &endpoint.URI, nil
}

func (s *s3Store) String() string { return s.place.String() }

// key is the bucket's key of a store's key.
func (s *s3Store) key(op, key string) (string, error) {
	if err := checkKey(op, key); err != nil {
		return "", err
	}
	whole := s.place.prefix + key
	if len(whole) > maxKey {
		return "", &Error{Op: op, Key: key, Reason: BadKey,
			Err: fmt.Errorf("has %d bytes with the store's prefix, a bucket takes %d", len(whole), maxKey)}
	}
	return whole, nil
}

func (s *s3Store) payer() types.RequestPayer {
	if s.place.requesterPays {
		return types.RequestPayerRequester
	}
	return ""
}

// List asks for a page at a time, and for a page that comes broken once more with the same token.
func (s *s3Store) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		input := &s3.ListObjectsV2Input{
			Bucket: &s.place.bucket, Prefix: aws.String(s.place.prefix + prefix), RequestPayer: s.payer(),
			EncodingType: types.EncodingTypeUrl,
		}
		for last := ""; ; {
			var page *s3.ListObjectsV2Output
			_, err := persist(ctx, s.options, func() (err error) {
				page, err = s.client.ListObjectsV2(ctx, input)
				if err != nil {
					return mayList(faultOf("list", "", err))
				}
				return checkPage(page, input.ContinuationToken)
			})
			if err != nil {
				yield(Object{}, err)
				return
			}
			before := last
			for _, entry := range page.Contents {
				o, err := s.listed(entry, page.EncodingType == types.EncodingTypeUrl)
				last = max(last, o.Key)
				if err == nil && o.Key == "" {
					continue // an object that stands for the prefix itself
				}
				if !yield(o, err) || err != nil {
					return
				}
			}
			if !aws.ToBool(page.IsTruncated) {
				return
			}
			if last == before { // keys come in the order of their bytes
				yield(Object{}, noListing("the server says there is more, and brings no key after %q", last))
				return
			}
			input.ContinuationToken = page.NextContinuationToken
		}
	}
}

// Top are the names of what is directly below the store's prefix, folders with a slash, the first thousand at most.
func (s *s3Store) Top(ctx context.Context) (names []string, err error) {
	input := &s3.ListObjectsV2Input{Bucket: &s.place.bucket, Prefix: &s.place.prefix, RequestPayer: s.payer(),
		EncodingType: types.EncodingTypeUrl, Delimiter: aws.String("/")}
	var page *s3.ListObjectsV2Output
	if _, err = persist(ctx, s.options, func() (err error) {
		if page, err = s.client.ListObjectsV2(ctx, input); err != nil {
			return faultOf("list", "", err)
		}
		return checkPage(page, nil)
	}); err != nil {
		return nil, err
	}
	add := func(key *string) {
		entry := types.Object{Key: key}
		if o, bad := s.listed(entry, page.EncodingType == types.EncodingTypeUrl); bad == nil && o.Key != "" {
			names = append(names, o.Key)
		}
	}
	for _, folder := range page.CommonPrefixes {
		add(folder.Prefix)
	}
	for _, entry := range page.Contents {
		add(entry.Key)
	}
	return names, nil
}

// noListing is why what a server answers is no listing of a bucket.
func noListing(text string, of ...any) error {
	return &Error{Op: "list", Reason: Refused, Err: fmt.Errorf(text, of...)}
}

// mayList adds to a refusal which right it is that is missing: who may read may perhaps not list.
func mayList(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Reason == Denied {
		e.Err = fmt.Errorf("%w; ask the store's owner for the right to list (s3:ListBucket)", e.Err)
	}
	return err
}

// checkPage wants an answer to be a page of a listing, which a page for people that a proxy sends is not,
// and another than the one before.
func checkPage(page *s3.ListObjectsV2Output, asked *string) error {
	next := aws.ToString(page.NextContinuationToken)
	switch {
	case page.Name == nil && page.KeyCount == nil:
		return noListing("%w", errNoListing)
	case aws.ToBool(page.IsTruncated) && next == "":
		return noListing("the server says there is more, and not where")
	case aws.ToBool(page.IsTruncated) && next == aws.ToString(asked):
		return noListing("the server lists the same page for ever")
	}
	return nil
}

// listed is one entry of a listing. XML cannot hold every character, so that keys may come encoded as in a URL;
// not every server does it.
func (s *s3Store) listed(entry types.Object, encoded bool) (Object, error) {
	whole, err := aws.ToString(entry.Key), error(nil)
	if encoded {
		whole, err = url.QueryUnescape(whole)
	}
	key, inside := strings.CutPrefix(whole, s.place.prefix)
	if err != nil || !inside {
		return Object{}, noListing("the server lists the key %q below %q", whole, s.place.prefix)
	}
	size := sizeOf(entry.Size)
	return Object{Key: key, Size: size, ETag: mark(aws.ToString(entry.ETag), aws.ToTime(entry.LastModified), size)}, nil
}

func (s *s3Store) Stat(ctx context.Context, key string) (Object, error) {
	head, err := s.head(ctx, "stat", key)
	if err != nil {
		return Object{}, err
	}
	return Object{Key: key, Size: sizeOf(head.ContentLength), ETag: markOf(head),
		Version: aws.ToString(head.VersionId)}, nil
}

// head is what the store tells of an object, its checksums among it.
func (s *s3Store) head(ctx context.Context, op, key string) (head *s3.HeadObjectOutput, err error) {
	whole, err := s.key(op, key)
	if err != nil {
		return nil, err
	}
	_, err = persist(ctx, s.options, func() (err error) {
		head, err = s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.place.bucket, Key: &whole,
			RequestPayer: s.payer(), ChecksumMode: types.ChecksumModeEnabled})
		refused, _ := errors.AsType[*Error](faultOf(op, key, err))
		if refused == nil || refused.Reason != Missing && refused.Reason != Denied && refused.Reason != Refused {
			return faultOf(op, key, err)
		}
		head, err = s.explained(ctx, whole, refused)
		return err
	})
	return head, err
}

// explained is what a GET of one byte tells where a HEAD was refused, and needs no other right. The answer of a HEAD
// has no body and so no code: a wrong key looks like a right that is missing, and a bucket that is not there like an
// object that is not. And there are servers that know no HEAD, and tell all the same.
func (s *s3Store) explained(ctx context.Context, whole string, refused *Error) (*s3.HeadObjectOutput, error) {
	failed := func(err error) (*s3.HeadObjectOutput, error) {
		return nil, &Error{Op: refused.Op, Key: refused.Key, Reason: reasonOfLink(err), Err: err}
	}
	req, err := s.request(ctx, whole)
	if err != nil {
		return failed(err)
	}
	req.Header.Set("Range", "bytes=0-0")
	resp, err := s.web.RoundTrip(req)
	if err != nil {
		return failed(err)
	}
	defer resp.Body.Close()
	if head := headOf(resp); head != nil {
		return head, nil
	}
	if resp.StatusCode < 300 || resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return nil, refused
	}
	return nil, answered(refused.Op, refused.Key, resp)
}

// headOf is what the answer to a GET of one byte tells of the object; nil if it is none. An empty object has no byte.
func headOf(resp *http.Response) *s3.HeadObjectOutput {
	size := resp.ContentLength
	if of := resp.Header.Get("Content-Range"); resp.StatusCode != http.StatusOK {
		var err error
		if size, err = strconv.ParseInt(of[strings.LastIndexByte(of, '/')+1:], 10, 64); err != nil {
			return nil
		}
	}
	switch {
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && size == 0:
	case resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent:
	default:
		return nil
	}
	etag := resp.Header.Get("ETag")
	if etag == "" && isMessage(resp.Header.Get("Content-Type")) {
		return nil
	}
	head := &s3.HeadObjectOutput{ContentLength: &size, ETag: &etag}
	if modified, err := http.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
		head.LastModified = &modified
	}
	if version := resp.Header.Get("X-Amz-Version-Id"); version != "" {
		head.VersionId = &version
	}
	return head
}

// mark is what an object is known by: its ETag, without quotes and without the sign of a weak one, which proxies add on
// their way. Where there is none, as of files that were copied into the folder of a server, it is made of time and
// size, if the store tells them; else it is empty.
func mark(etag string, modified time.Time, size int64) string {
	etag = strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
	if etag != "" || modified.IsZero() || size < 0 {
		return etag
	}
	return fmt.Sprintf("modified-%x-%x", modified.Unix(), size) // listings tell fractions of a second, headers do not
}

func markOf(head *s3.HeadObjectOutput) string {
	return mark(aws.ToString(head.ETag), aws.ToTime(head.LastModified), sizeOf(head.ContentLength))
}

// sizeOf is a size, -1 where it is not told.
func sizeOf(size *int64) int64 {
	if size == nil || *size < 0 {
		return -1
	}
	return *size
}

func quoted(etag string) string { return `"` + etag + `"` }
