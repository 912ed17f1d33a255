package blobio

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// fault gives an error of the SDK its reason. Nil stays nil.
func fault(op, key string, err error) error {
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
	_, noTrust := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case noCredentials:
		return Credentials
	case errors.Is(err, errStalled):
		return Stalled
	case errors.Is(err, errTooLong):
		return Refused
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Cut
	case errors.Is(err, context.Canceled):
		return Cut // of the caller: persist returns the cause
	case noTrust, errors.As(err, &network), errors.Is(err, os.ErrDeadlineExceeded):
		return Unreachable
	}
	return Cut
}

// reasonOfAnswer is the reason of an answer of the server ("Error responses", S3 API reference). Codes come first:
// gateways choose other statuses for some.
func reasonOfAnswer(status int, code string) Reason {
	switch code {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
		"RequestTimeTooSkewed", "MissingSecurityHeader",
		"XAdminUserNotFound": // versitygw, with status 404
		return Credentials
	case "NoSuchBucket":
		return NoBucket
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return WrongRegion
	case "InvalidObjectState":
		return Archived
	case "KeyTooLongError", "InvalidURI", "InvalidObjectName", "InvalidArgument":
		return BadKey
	case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch": // of a body that was put
		return Differs
	case "RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "OperationAborted":
		return Busy
	}
	switch {
	case status == http.StatusNotFound:
		return Missing
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Denied
	case status == http.StatusPreconditionFailed:
		return Changed
	case status == http.StatusRequestTimeout, status == http.StatusConflict,
		status == http.StatusTooManyRequests, status >= 500:
		return Busy
	case status == http.StatusMovedPermanently:
		return WrongRegion
	case status == http.StatusTemporaryRedirect: // a bucket that is new or being moved
		return Busy
	}
	return Refused
}
