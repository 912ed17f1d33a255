package blobio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dermset/dermset/io/httpio"
)

// faultOf gives an error of the SDK its reason. Nil stays nil.
func faultOf(op, key string, err error) error {
	if err == nil {
		return nil
	}
	resp, answered := errors.AsType[*smithyhttp.ResponseError](err)
	if !answered || resp.HTTPStatusCode() < 300 { // 0: nothing came; 200: not what should have come
		err = plain(err)
		return &Error{Op: op, Key: key, Reason: reasonOfLink(err), Err: err}
	}
	r := reply{status: resp.HTTPStatusCode(), header: resp.Response.Header}
	if said, coded := errors.AsType[smithy.APIError](err); coded {
		r.code, r.message = said.ErrorCode(), said.ErrorMessage()
	}
	return r.fault(op, key)
}

// plain is an error as it would be without the SDK, which wraps it into names of its own and into the status and ids of
// an answer, even where none came.
func plain(err error) error {
	for _, of := range []error{errTooLong, errTooDeep, errNoListing} {
		if errors.Is(err, of) {
			return of
		}
	}
	if e, ok := errors.AsType[*credentialsError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*smithy.DeserializationError](err); ok && e.Err != nil {
		return e.Err
	}
	return err
}

// reasonOfLink is the reason of an error below HTTP.
func reasonOfLink(err error) Reason {
	var network net.Error
	_, noCredentials := errors.AsType[*credentialsError](err)
	switch {
	case noCredentials:
		return Credentials
	case httpio.NoTrust(err):
		return NoTrust
	case errors.Is(err, errStalled), errors.Is(err, errSlow):
		return Stalled
	case errors.Is(err, errTooLong), errors.Is(err, errTooDeep), errors.Is(err, errNoListing):
		return Refused
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Cut
	case errors.Is(err, context.Canceled):
		return Cut // of the caller: persist returns the cause
	case errors.As(err, &network), errors.Is(err, os.ErrDeadlineExceeded):
		return Unreachable
	}
	return Cut
}

// A reply is an answer of a server that is a refusal.
type reply struct {
	status        int
	code, message string
	header        http.Header
}

// fault is the error of a reply. What one says of an object where a bucket was asked for says that the server cannot
// list: a bucket that is not there has a code of its own.
func (r reply) fault(op, key string) *Error {
	reason := r.reason()
	if op == "list" && (reason == Missing || reason == BadKey || reason == Archived || reason == Changed) {
		reason = Refused
	}
	return &Error{Op: op, Key: key, Reason: reason, Err: r.describe(reason)}
}

// reason is the reason of a reply ("Error responses", S3 API reference). Codes come first: gateways choose other
// statuses for some.
func (r reply) reason() Reason {
	if r.elsewhere() {
		return Refused
	}
	for _, c := range ofMessages {
		if strings.Contains(r.message, c.message) && slices.Contains(c.codes, r.code) {
			return c.reason
		}
	}
	if reason, is := reasonsOfCodes[r.code]; is {
		return reason
	}
	if of, is := strings.CutPrefix(r.code, "KMS."); is && r.status < 500 {
		if kmsMayPass.MatchString(of) {
			return Busy
		}
		return Denied
	}
	return reasonOfStatus(r.status)
}

// elsewhere says whether a web server, or a proxy before the store, sends whoever asks to another place. S3 does so for
// a bucket of another region alone, and names it.
func (r reply) elsewhere() bool {
	moved := r.status == http.StatusMovedPermanently || r.status == http.StatusFound ||
		r.status == http.StatusSeeOther || r.status == http.StatusPermanentRedirect
	named := r.status == http.StatusMovedPermanently && r.code == "PermanentRedirect"
	return moved && !named && r.header.Get("X-Amz-Bucket-Region") == ""
}

// kmsMayPass are the codes of AWS KMS, behind KMS., that are no refusal ("Common errors", KMS API reference).
var kmsMayPass = regexp.MustCompile("Throttl|Internal|Timeout|Unavailable|LimitExceeded")

// ofMessages are replies whose codes mean other things elsewhere.
var ofMessages = []struct {
	codes   []string
	message string // or a part of it
	reason  Reason
	hint    string
}{
	{[]string{"InvalidArgument", "InvalidRequest"}, "KMS", Denied, // to whoever does not sign
		"it is encrypted with a KMS key, which only signed requests may use: take ?anonymous=true away, set credentials"},
	{[]string{"InvalidRequest", "InvalidArgument"}, "Server Side Encryption", Denied,
		"it is encrypted with a key that the client sends (SSE-C): have it copied without"},
	{[]string{"AccessDenied"}, "kms:", Denied, "ask the owner of the KMS key for the right to use it (kms:Decrypt)"},
	{[]string{"InvalidArgument", "InvalidRequest"}, "access key", Credentials, ""}, // of R2 and B2
}

// hint is what to do about a reply, where its reason does not say it.
func (r reply) hint(reason Reason) string {
	for _, c := range ofMessages {
		if strings.Contains(r.message, c.message) && slices.Contains(c.codes, r.code) {
			return c.hint
		}
	}
	if reason == Denied && strings.HasPrefix(r.code, "KMS.") {
		return "ask the owner of the KMS key to enable it again, or have the object encrypted with another key"
	}
	return ""
}

// describe is a reply in words. What a server says about a wrong signature or region can hold parts of the request; its
// code is enough then.
func (r reply) describe(reason Reason) error {
	text := fmt.Sprintf("%d %s", r.status, http.StatusText(r.status))
	if r.code != "" {
		text += ", " + r.code
	}
	if r.message != "" && !reason.OfStore() {
		text += fmt.Sprintf(": %.300s", r.message)
	}
	if region := r.header.Get("X-Amz-Bucket-Region"); region != "" && reason == WrongRegion {
		text += fmt.Sprintf("; the bucket is in %q", region)
	}
	if to, err := url.Parse(r.header.Get("Location")); r.elsewhere() && err == nil {
		text += fmt.Sprintf("; it points to %q: look at endpoint and proxy", to.Host+to.Path) // its query may be a signature
	}
	if hint := r.hint(reason); hint != "" {
		text += "; " + hint
	}
	return errors.New(text)
}

// reasonOfStatus is the reason of a reply without a code that is known.
func reasonOfStatus(status int) Reason {
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return Missing
	case http.StatusUnauthorized, http.StatusForbidden:
		return Denied
	case http.StatusPreconditionFailed:
		return Changed
	case http.StatusMovedPermanently:
		return WrongRegion
	case http.StatusTemporaryRedirect, // a bucket that is new or being moved
		http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests,
		499: // of a proxy: the client went away
		return Busy
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return Refused
	}
	if status >= 500 {
		return Busy
	}
	return Refused
}

// reasonsOfCodes are the reasons of what servers say in words.
var reasonsOfCodes = codes(map[Reason]string{
	Credentials: "InvalidAccessKeyId SignatureDoesNotMatch ExpiredToken InvalidToken TokenRefreshRequired " +
		"ExpiredTokenException RequestTimeTooSkewed RequestExpired MissingSecurityHeader InvalidSecurity NotSignedUp " +
		"AccountProblem InvalidClientTokenId UnrecognizedClientException " +
		"XAdminUserNotFound", // versitygw, with status 404
	NoBucket:    "NoSuchBucket InvalidBucketName AllAccessDisabled",
	WrongRegion: "PermanentRedirect AuthorizationHeaderMalformed IllegalLocationConstraintException InvalidRegion",
	Denied:      "AccessDenied",
	Missing:     "NoSuchKey NoSuchVersion",
	Archived:    "InvalidObjectState",
	BadKey:      "KeyTooLongError InvalidURI InvalidObjectName XMinioInvalidObjectName InvalidArgument",
	Differs:     "BadDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch", // of a body that was put
	Refused:     "NotImplemented",
	Busy: "RequestTimeout SlowDown InternalError ServiceUnavailable OperationAborted ConditionalRequestConflict " +
		"Throttling ThrottlingException RequestLimitExceeded RequestThrottled TooManyRequests BandwidthLimitExceeded " +
		"SlowDownRead SlowDownWrite RequestTimeoutException ThrottledException RequestThrottledException " +
		"TooManyRequestsException ProvisionedThroughputExceededException TransactionInProgressException " +
		"LimitExceededException PriorRequestNotComplete EC2ThrottledException",
})

func codes(words map[Reason]string) map[string]Reason {
	all := map[string]Reason{}
	for reason, list := range words {
		for code := range strings.FieldsSeq(list) {
			all[code] = reason
		}
	}
	return all
}
