package blobio

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
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
	status, code, message := resp.HTTPStatusCode(), "", ""
	if said, coded := errors.AsType[smithy.APIError](err); coded {
		code, message = said.ErrorCode(), said.ErrorMessage()
	}
	return &Error{Op: op, Key: key, Reason: reasonOfAnswer(status, code),
		Err: describe(status, code, message, resp.Response.Header)}
}

// plain is an error as it would be without the SDK, which wraps it into names of its own and into the status and ids of
// an answer, even where none came.
func plain(err error) error {
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
	case errors.Is(err, errTooLong), errors.Is(err, errTooDeep):
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

// reasonOfAnswer is the reason of an answer of the server ("Error responses", S3 API reference). Codes come first:
// gateways choose other statuses for some.
func reasonOfAnswer(status int, code string) Reason {
	if reason, is := reasonsOfCodes[code]; is {
		return reason
	}
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
		http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
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
		"RequestTimeTooSkewed RequestExpired MissingSecurityHeader InvalidSecurity NotSignedUp AccountProblem " +
		"XAdminUserNotFound", // versitygw, with status 404
	NoBucket:    "NoSuchBucket InvalidBucketName AllAccessDisabled",
	WrongRegion: "PermanentRedirect AuthorizationHeaderMalformed IllegalLocationConstraintException",
	Missing:     "NoSuchKey NoSuchVersion",
	Archived:    "InvalidObjectState",
	BadKey:      "KeyTooLongError InvalidURI InvalidObjectName InvalidArgument",
	Differs:     "BadDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch", // of a body that was put
	Refused:     "NotImplemented",
	Busy: "RequestTimeout SlowDown InternalError ServiceUnavailable OperationAborted ConditionalRequestConflict " +
		"Throttling ThrottlingException RequestLimitExceeded RequestThrottled TooManyRequests BandwidthLimitExceeded",
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
