package fetch

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
)

// What is appended is read back, the last entry of an object counts, and those of another store do not.
func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), logName)
	write := func(store string, keys []string, entries ...Entry) {
		t.Helper()
		j, err := readJournal(path, store)
		if err == nil {
			err = j.open()
		}
		if err == nil {
			err = j.append(keys, entries)
		}
		if err == nil {
			err = j.file.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sum := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	good := Entry{ETag: "e", Version: "v", Size: 3, SHA256: sum, Status: fetched, Attempts: 2}
	bad := Entry{Status: failed, Reason: blobio.Cut, Detail: "<&>\n\"", Attempts: 10}
	write("s3://a/", []string{"x", "y\n\u2028z"}, bad, bad)
	write("s3://a/", []string{"x"}, good)
	write("s3://b/", []string{"x"}, bad)
	j, err := readJournal(path, "s3://a/")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]Entry{"x": good, "y\n\u2028z": bad}, j.last); diff != "" {
		t.Error(diff)
	}
	info, err := os.ReadFile(path)
	if err != nil || bytes.Count(info, []byte{'\n'}) != 4 {
		t.Errorf("%s, %v", info, err)
	}
}

// No line makes reading panic, and one that is believed is written again as one that is believed, with the same meaning.
func FuzzParseEntry(f *testing.F) {
	for _, line := range []string{
		`{"object":"s3://a/x","etag":"e","size":3,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","status":"fetched","attempts":1}`,
		`{"object":"s3://a/x","size":0,"status":"failed","reason":"missing","attempts":1}`,
		`{"object":"s3://a/x","size":3,"sha256":"e3b0","status":"fetched","attempts":1}`,
		`{"object":"s3://a/x","size":3,"sha256":"../../../../etc/passwd","status":"fetched","attempts":1}`,
		`{"object":"s3://a/x","size":-3,"status":"failed"}`, `{"object":"s3://a/x","status":"fet`, "\x00\x00\x00", ``, `null`, `[]`,
	} {
		f.Add([]byte(line + "\n"))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, ok := parseEntry(line)
		if !ok {
			return
		}
		if e.Object == "" || e.Status != fetched && e.Status != failed || e.Status == fetched && len(e.SHA256) != 64 {
			t.Fatalf("%+v is believed", e)
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if back, ok := parseEntry(append(text, '\n')); !ok || back != e {
			t.Fatalf("%+v became %+v", e, back)
		}
	})
}
