package appendio

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse takes lines such as key=value; key= says that nothing is known.
func parse(line []byte) (row Row, ok bool) {
	key, value, ok := bytes.Cut(line, []byte{'='})
	if len(value) == 0 {
		value = nil
	}
	return Row{key, value}, ok
}

func read(t *testing.T, path, header string) *File {
	t.Helper()
	f, err := Read(path, header, parse)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// appendTo is one process that appends.
func appendTo(t *testing.T, path, header, lines string) {
	t.Helper()
	f := read(t, path, header)
	err := f.Open()
	if err == nil {
		err = f.Append([]byte(lines))
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// said is what a file says of the keys a to e.
func said(t *testing.T, path, header string) map[string]string {
	t.Helper()
	all, f := map[string]string{}, read(t, path, header)
	for _, key := range strings.Split("abcde", "") {
		if value, known := f.Get([]byte(key)); known {
			all[key] = string(value)
		}
	}
	return all
}

// The last line of a key counts, also where it takes back what was said.
func TestLastLineCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appendTo(t, path, "", "a=1\nb=1\nc=1\nno line of ours\n")
	appendTo(t, path, "", "a=2\nb=\nd=\nd=1\n")
	if diff := cmp.Diff(map[string]string{"a": "2", "c": "1", "d": "1"}, said(t, path, "")); diff != "" {
		t.Error(diff)
	}
}

// Whatever byte a file is cut at, the lines before the cut count, and lines appended after it are lines of their own.
func TestTornTail(t *testing.T) {
	for _, header := range []string{"", "what, how\n"} {
		path := filepath.Join(t.TempDir(), "log")
		appendTo(t, path, header, "a=1\nb=2\nc=3\n")
		whole, err := os.ReadFile(path)
		if err != nil || string(whole) != header+"a=1\nb=2\nc=3\n" {
			t.Fatalf("%q, %v", whole, err)
		}
		for cut := range len(whole) {
			if err := os.WriteFile(path, whole[:cut], 0o644); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for i, key := range []string{"a", "b", "c"} {
				if cut >= len(header)+4*(i+1) {
					want[key] = fmt.Sprint(i + 1)
				}
			}
			if diff := cmp.Diff(want, said(t, path, header)); diff != "" {
				t.Errorf("cut at %d: %s", cut, diff)
			}
			appendTo(t, path, header, "e=5\n")
			want["e"] = "5"
			if diff := cmp.Diff(want, said(t, path, header)); diff != "" {
				t.Errorf("cut at %d, and appended to: %s", cut, diff)
			}
		}
	}
}

// A file of many pieces is read in its order, and lines that are too long for a piece cost no other.
func TestManyPieces(t *testing.T) {
	var text bytes.Buffer
	const n, keys = 200_000, 1000
	for i := range n {
		fmt.Fprintf(&text, "%d=%d\n", i%keys, i)
		if i == n/2 {
			fmt.Fprintf(&text, "2=%s\n", strings.Repeat("x", 3*longestLine))
		}
	}
	text.WriteString("5=7") // without an end
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	f := read(t, path, "")
	for i := range keys {
		if value, _ := f.Get([]byte(strconv.Itoa(i))); string(value) != strconv.Itoa(n-keys+i) {
			t.Errorf("%d: %s", i, value)
		}
	}
	if f.whole != int64(text.Len()-len("5=7")) {
		t.Errorf("whole up to %d of %d", f.whole, text.Len())
	}
}

// A file that begins otherwise is not touched.
func TestOtherHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	appendTo(t, path, "one\n", "a=1\n")
	for _, header := range []string{"other\n", "on\n", "one\na=12\n"} {
		if _, err := Read(path, header, parse); err == nil || !strings.Contains(err.Error(), `begins "one\n", want`) {
			t.Errorf("%q: %v", header, err)
		}
	}
}

// What was not opened is closed without an error, and a file that is only read is not made.
func TestOnlyRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f := read(t, path, "one\n")
	if _, err := os.Stat(path); f.Close() != nil || !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}
