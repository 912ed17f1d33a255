package transfer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dermset/dermset/io/blobio"
)

// What is appended is read back, the last entry of an object counts, and those of another store do not.
func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), logName)
	write := func(store string, keys []string, entries ...Entry) {
		t.Helper()
		j, err := readJournal(path, store, nil)
		if err == nil {
			err = j.Open()
		}
		if err == nil {
			err = j.append(keys, entries)
		}
		if err == nil {
			err = j.Close()
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
	isThere := true
	for range 2 {
		j, err := readJournal(path, "s3://a/", func(Entry) bool { return isThere })
		if err != nil {
			t.Fatal(err)
		}
		is := map[string]Entry{}
		for _, key := range []string{"x", "y\n\u2028z", "z"} {
			if e, known := j.entry(key); known {
				is[key] = e
			}
		}
		want := map[string]Entry{"x": good, "y\n\u2028z": bad}
		if !isThere {
			delete(want, "x")
		}
		if diff := cmp.Diff(want, is); diff != "" {
			t.Error(diff)
		}
		isThere = false
	}
	info, err := os.ReadFile(path)
	if err != nil || bytes.Count(info, []byte{'\n'}) != 4 {
		t.Errorf("%s, %v", info, err)
	}
}

// A line of which a byte is another, or that is cut, is none; lines of before there were checksums are.
func TestDamagedLines(t *testing.T) {
	e := Entry{Object: "s3://a/1.jpg", Size: 3, SHA256: strings.Repeat("0a", 32), Status: fetched, Attempts: 1}
	var text bytes.Buffer
	if err := e.appendLine(&text); err != nil {
		t.Fatal(err)
	}
	line := bytes.TrimSuffix(text.Bytes(), []byte{'\n'})
	if back, ok := parseEntry(line); !ok || back != e {
		t.Fatalf("%s: %+v, %t", line, back, ok)
	}
	for at := range line {
		if _, ok := parseEntry(line[:at]); ok {
			t.Errorf("%s is believed", line[:at])
		}
		for bit := range 8 {
			damaged := bytes.Clone(line)
			damaged[at] ^= 1 << bit
			if _, ok := parseEntry(damaged); ok {
				t.Errorf("%s is believed", damaged)
			}
		}
	}
	before, _, _ := bytes.Cut(line, []byte(sumKey))
	if back, ok := parseEntry(append(bytes.Clone(before), '}')); !ok || back != e {
		t.Errorf("%s}: %+v, %t", before, back, ok)
	}
}

// No line makes reading panic, and one that is believed is written again as one that is believed, with the same
// meaning.
func FuzzParseEntry(f *testing.F) {
	for _, line := range []string{
		`{"object":"s3://a/x","etag":"e","size":3,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","status":"fetched","attempts":1}`,
		`{"object":"s3://a/x","size":0,"status":"failed","reason":"missing","attempts":1}`,
		`{"object":"s3://a/x","size":3,"sha256":"e3b0","status":"fetched","attempts":1}`,
		`{"object":"s3://a/x","size":3,"sha256":"../../../../etc/passwd","status":"fetched","attempts":1}`,
		`{"object":"s3://a/x","size":-3,"status":"failed"}`,
		`{"object":"s3://a/x","size":0,"status":"failed","attempts":1,"crc32c":"d36ee1c8"}`,
		`{"object":"s3://a/x","status":"fet`, "\x00\x00\x00", ``, `null`, `[]`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, ok := parseEntry(line)
		if !ok {
			return
		}
		if e.Object == "" || e.Status != fetched && e.Status != failed || e.Status == fetched && len(e.SHA256) != 64 {
			t.Fatalf("%+v is believed", e)
		}
		var text bytes.Buffer
		if err := e.appendLine(&text); err != nil {
			t.Fatal(err)
		}
		if back, ok := parseEntry(bytes.TrimSuffix(text.Bytes(), []byte{'\n'})); !ok || back != e {
			t.Fatalf("%+v became %+v", e, back)
		}
		back := unpacked(e.appendPacked(nil))
		if back.Object = e.Object; back != e {
			t.Fatalf("%+v was packed and is %+v", e, back)
		}
	})
}

// A power cut leaves less than a kill: names without their content are not believed, and torn lines of the log say
// nothing.
func TestTornFolder(t *testing.T) {
	f, g := world(50)
	dir := t.TempDir()
	if _, err := fetchInto(t, dir, f, usual, g); err != nil {
		t.Fatal(err)
	}
	b, err := ReadBlobs(dir, f.String())
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, logName)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte{'\n'})
	last := lines[len(lines)-2]
	gone, _ := parseEntry(bytes.TrimSpace(lines[3])) // in the order in which they came: four other objects each time
	short, _ := parseEntry(bytes.TrimSpace(lines[4]))
	if err := errors.Join(os.Remove(b.Path(gone.SHA256)), os.Chmod(b.Path(short.SHA256), 0o644),
		os.Truncate(b.Path(short.SHA256), 3)); err != nil {
		t.Fatal(err)
	}
	copy(lines[10], bytes.Repeat([]byte{0}, len(lines[10])-1)) // a block that was not written
	torn := bytes.TrimSuffix(bytes.Join(lines, nil), last[len(last)/2:])
	if err := os.WriteFile(log, torn, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "incoming"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "incoming", "7"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	tally, err := fetchInto(t, dir, f, usual, g)
	if err != nil || tally.Moved != 4 || tally.Had != 46 {
		t.Errorf("%+v, %v; want the two broken blobs and the two lost lines", tally, err)
	}
	if diff := cmp.Diff(wantAll(g.Keys), held(t, dir, f, g.Keys)); diff != "" {
		t.Error(diff)
	}
	if again, err := fetchInto(t, dir, f, usual, g); err != nil || again.Had != 50 {
		t.Errorf("again: %+v, %v", again, err)
	}
}
