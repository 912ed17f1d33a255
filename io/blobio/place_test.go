package blobio

import (
	"net/url"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]place{
		"folder/of/pictures":   {folder: "folder/of/pictures"},
		"/abs":                 {folder: "/abs"},
		"s3://bucket":          {bucket: "bucket"},
		"s3://bucket/":         {bucket: "bucket"},
		"s3://bucket/a/b":      {bucket: "bucket", prefix: "a/b/"},
		"s3://bucket/a/b//":    {bucket: "bucket", prefix: "a/b/"},
		"s3://bucket/100%25 a": {bucket: "bucket", prefix: "100%25 a/"}, // a key is no URL
		"s3://b/p?region=eu-west-1&anonymous=true&requester_pays=1&path_style=false&endpoint=http://127.0.0.1:7070": {
			bucket: "b", prefix: "p/", region: "eu-west-1", anonymous: true, requesterPays: true, pathStyle: "false",
			endpoint: "http://127.0.0.1:7070",
		},
	} {
		if is, err := parse(text); err != nil || is != want {
			t.Errorf("%q: %+v, %v", text, is, err)
		}
	}
	for text, says := range map[string]string{
		"": "s3://bucket/prefix", "s3://": "bucket", "gs://b": "s3://bucket/prefix",
		"https://b.s3.amazonaws.com/x": "s3://bucket/prefix", "s3://b?colour=red": `"colour"`,
		"s3://b?anonymous=perhaps": `"anonymous"`, "s3://b?endpoint=127.0.0.1": "https://s3.example.org",
		"s3://b?endpoint=ftp://x": "https://s3.example.org", "s3://b?path_style=x": `"path_style"`,
		"s3://b/" + strings.Repeat("p", 1024): "1024 bytes", "s3://b?%zz": "%zz",
		"s3://b--use1-az5--x-s3/p": "directory buckets",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want it to say %s", text, err, says)
		}
	}
	for _, text := range []string{
		"s3://user:secret@bucket/x", "s3://b?endpoint=http://user:secret@host", "s3://b?endpoint=http://h/?sig=secret",
		"s3://b?endpoint=http://h/%23secret", "s3://b?endpoint=http://h/?", "s3://b?%zz&x=secret",
	} {
		if _, err := parse(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

// No text makes parse panic, and what it allows is written as what it was read from, without its options.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"s3://bucket/a/b?region=x", "s3://bucket//a", "folder", "s3://?",
		"s3://b?endpoint=http://h&anonymous=1", "s3://b/\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse(text)
		if err != nil {
			return
		}
		again, err := parse(p.String())
		if err != nil || again.folder != p.folder || again.bucket != p.bucket || again.prefix != p.prefix {
			t.Fatalf("%q is %+v, which is %q, which is %+v, %v", text, p, p.String(), again, err)
		}
	})
}

// A key in a URL is one that the server decodes to the key, and the signature is made of the same.
func FuzzEscaped(f *testing.F) {
	f.Add("a b/ü+%2F~")
	f.Fuzz(func(t *testing.T, key string) {
		text := escaped(key)
		if strings.ContainsAny(text, " +?#&=\"") {
			t.Fatalf("%q", text)
		}
		if back, err := url.PathUnescape(text); err != nil || back != key {
			t.Fatalf("%q became %q, %v", key, back, err)
		}
	})
}
