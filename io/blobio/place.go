package blobio

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// A place is what the URL of a store says.
type place struct {
	folder string // or:

	bucket, prefix   string // the prefix is empty or ends in a slash
	region, endpoint string // empty: as the environment says
	pathStyle        string // true, false or, to follow from the endpoint, empty
	anonymous        bool
	requesterPays    bool
}

// parse reads the URL of a store.
func parse(text string) (place, error) {
	if text == "" {
		return place{}, errors.New(`"", want s3://bucket/prefix or a folder`)
	}
	rest, s3 := strings.CutPrefix(text, "s3://")
	if !s3 {
		scheme, _, _ := strings.Cut(text, ":")
		if !IsFolder(text) || strings.EqualFold(scheme, "s3") { // s3:/bucket is no folder, whatever a disk may hold
			return place{}, fmt.Errorf("%q, want s3://bucket/prefix or a folder", text)
		}
		return place{folder: text}, nil
	}
	rest, query, _ := strings.Cut(rest, "?")
	var p place
	p.bucket, p.prefix, _ = strings.Cut(rest, "/")
	if p.bucket == "" || strings.ContainsAny(p.bucket, " @:\\") {
		return place{}, fmt.Errorf("%q, want a bucket's name behind s3://, and no password", withoutUser(text))
	}
	if strings.HasSuffix(p.bucket, "--x-s3") {
		return place{}, fmt.Errorf(
			"%q: directory buckets (S3 Express) have rules of their own and cannot be read; want a general purpose bucket", text)
	}
	if p.prefix = strings.TrimRight(p.prefix, "/"); p.prefix != "" {
		p.prefix += "/"
	}
	if len(p.prefix) >= maxKey {
		return place{}, fmt.Errorf("%q: its prefix leaves no room for keys, which have at most %d bytes", text, maxKey)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return place{}, fmt.Errorf("options of %q: %w", p.String(), err)
	}
	return p, p.options(values)
}

// options takes what stands behind the question mark.
func (p *place) options(values url.Values) error {
	var errs []error
	for name, all := range values {
		value := all[len(all)-1]
		var err error
		switch name {
		case "region":
			p.region = value
		case "endpoint":
			p.endpoint, err = value, checkEndpoint(value)
		case "path_style":
			_, err = strconv.ParseBool(value)
			p.pathStyle = value
		case "anonymous":
			p.anonymous, err = strconv.ParseBool(value)
		case "requester_pays":
			p.requesterPays, err = strconv.ParseBool(value)
		default:
			err = errors.New("is unknown, want region, endpoint, path_style, anonymous or requester_pays")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("option %q of the store: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func checkEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.ForceQuery || u.Fragment != "" {
		return errors.New("want a URL such as https://s3.example.org, without a password and a question mark")
	}
	return nil
}

// withoutUser leaves out what may be a name and password.
func withoutUser(text string) string {
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		return "s3://…" + text[at:]
	}
	return text
}

// String is the place without its options.
func (p place) String() string {
	if p.folder != "" {
		return p.folder
	}
	return "s3://" + p.bucket + "/" + p.prefix
}
