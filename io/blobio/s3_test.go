package blobio

import (
	"strings"
	"testing"
)

// Where the objects of a bucket are, by URL and environment; and what is refused before a request is made.
func TestWhereABucketIs(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "",
		"AWS_ENDPOINT_URL_S3": "", "AWS_CA_BUNDLE": "", "AWS_DEFAULT_REGION": "",
	} {
		t.Setenv(name, value)
	}
	for _, test := range []struct{ url, region, endpoint, is string }{
		{"s3://pics/p?region=eu-west-1", "", "", "https://pics.s3.eu-west-1.amazonaws.com eu-west-1"},
		{"s3://pics/p?region=eu-west-1", "us-west-2", "", "https://pics.s3.eu-west-1.amazonaws.com eu-west-1"},
		{"s3://pics/p", "us-west-2", "", "https://pics.s3.us-west-2.amazonaws.com us-west-2"},
		{"s3://pics/p?path_style=true", "us-west-2", "", "https://s3.us-west-2.amazonaws.com/pics us-west-2"},
		{"s3://pics/p?endpoint=http://h:1", "", "", "http://h:1/pics us-east-1"},
		{"s3://pics/p?endpoint=http://h:1&path_style=false", "", "", "http://pics.h:1 us-east-1"},
		{"s3://pics/p?endpoint=http://h:1", "us-west-2", "http://other", "http://h:1/pics us-west-2"},
		{"s3://pics/p", "", "http://h:1", "http://h:1/pics us-east-1"},
		{"s3://pics/p", "", "", "no region is set"},
		{"s3://pics/p", "", "http://h/?sig=hidden", "AWS_ENDPOINT_URL"},
		{"s3://pics/p", "", "http://user:hidden@h", "AWS_ENDPOINT_URL"},
	} {
		t.Setenv("AWS_REGION", test.region)
		t.Setenv("AWS_ENDPOINT_URL", test.endpoint)
		is := ""
		s, err := Open(t.Context(), test.url, Options{})
		if err != nil {
			is = err.Error()
		} else {
			store := s.(*s3Store)
			is = store.base.String() + " " + store.region
		}
		if is != test.is && (err == nil || !strings.Contains(is, test.is)) || strings.Contains(is, "hidden") {
			t.Errorf("%+v: %s", test, is)
		}
	}
}
