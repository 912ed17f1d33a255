package csvio

import (
	"strings"
	"testing"
)

// A record of MaxRecord bytes passes, one of a byte more does not, with the same place however it is cut.
func TestLimit(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a,b\n1,2345678\n3,4\n", ""},
		{"a,b\n1,234567890\n3,4\n", "p.csv:2:1: record is longer than 64 MiB: look for missing line ends"},
		{"a,b\n3,4\n1,\"234567890\n3,4\n",
			"p.csv:3:3: quoted field makes its record longer than 64 MiB: look for its missing closing quote"},
		{"a,b\n3,4\n1,\"234567890\n3,4\"\n1\n",
			"p.csv:3:3: quoted field makes its record longer than 64 MiB: look for its missing closing quote"},
		{"a,b\n1,2\n" + strings.Repeat("\r\n", 5), ""},
		{"a,b\n1,2\n" + strings.Repeat("\n", 11), "p.csv:3:1: more than 64 MiB of blank lines begin here: delete them"},
		{"a,b\n1,2\n" + strings.Repeat("\n", 11) + "3,4\n",
			"p.csv:3:1: more than 64 MiB of blank lines begin here: delete them"},
		{strings.Repeat("\n", 50), "p.csv:1:1: more than 64 MiB of blank lines begin here: delete them"},
	} {
		for size := 1; size < 30; size++ {
			if _, errs := readIn(c.text, size, 10); strings.Join(errs, "\n") != c.want {
				t.Errorf("%q in pieces of %d: %q, want %q", c.text, size, errs, c.want)
			}
		}
	}
}

// A field that stands for MaxCell bytes passes, one of a byte more does not; what is quoted on and on is not read on.
func TestLongCell(t *testing.T) {
	const cell, open = "field is longer than 1 MiB: shorten it, or look for missing line ends",
		"quoted field is longer than 1 MiB: shorten it, or look for its missing closing quote"
	for _, c := range []struct{ text, want string }{
		{"a,b\n12345,12345\n3,4\n", ""},
		{"a,b\n1,12345\r\n3,4\r\n", ""},
		{"a,b\n1,\"1234\"\"\"\n3,4\n", ""},
		{"a,b\n1,\"\"\"\"\"\"\"\"\"\"\"\"\n3,4\n", ""}, // five quotes
		{"a,b\n1,123456\n3,4\n3,\"1\n3456\"\n", "p.csv:2:3: " + cell + "\np.csv:4:3: " + cell},
		{"a,b\n123456,7,8\n", "p.csv:2:1: row has 3 fields, want 2 as in the header: put quotes around a field that " +
			"holds a comma\np.csv:2:1: " + cell},
		{"a,b\n1,12345\x00\n", "p.csv:2:3: " + cell + "\np.csv:2:8: NUL byte: remove it; if the file is UTF-16, save " +
			"it as UTF-8"},
		{"long name,b\n1,2\n", "p.csv:1:1: " + cell},
		{"a,b\n3,4\n1,\"12345678901\n3,4\n", "p.csv:3:3: " + open},
		{"a,b\n3,4\n1,\"12345678901\"\n3\n", "p.csv:3:3: " + open},
		{"a,b\n3,4\n1,\"12345678901\" \n3\n", "p.csv:3:3: " + open},
		{"a,b\n3,4\n1,\"1234567", "p.csv:3:3: quote is never closed: end the field with a quote and double each quote " +
			"inside it"},
	} {
		for size := 1; size < 40; size++ {
			if _, errs := readCells(c.text, size, MaxRecord, 5); strings.Join(errs, "\n") != c.want {
				t.Errorf("%q in pieces of %d: %q, want %q", c.text, size, errs, c.want)
			}
		}
	}
}

// Of a field that is never closed, no more is read than a field may have, whatever the file's size.
func TestEndlessCell(t *testing.T) {
	r := &endless{head: "a,b\n1,\""}
	c := NewCutter(r, "p.csv", ',', 1<<16)
	if _, err := c.Header(); err != nil {
		t.Fatal(err)
	}
	p, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Scan(2); err == nil || !strings.Contains(err.Error(), "p.csv:2:3: quoted field is longer than 1 MiB") {
		t.Error(err)
	}
	if r.given > 4*MaxCell {
		t.Errorf("%d bytes were read", r.given)
	}
}

// Blank lines take time by how many they are, and no more are read than a record may have.
func TestEndlessBlankLines(t *testing.T) {
	for _, name := range []string{"at the end", "before a row"} {
		text := "a,b\n1,2\n" + strings.Repeat("\n", 4<<20)
		if name == "before a row" {
			text += "3,4\n"
		}
		r := &counting{Reader: strings.NewReader(text)}
		c := NewCutter(r, "p.csv", ',', 1<<16)
		c.limit = 1 << 20
		if _, err := c.Header(); err != nil {
			t.Fatal(err)
		}
		p, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Scan(2); err == nil || !strings.Contains(err.Error(), "p.csv:3:1: more than 64 MiB of blank") {
			t.Errorf("%s: %v", name, err)
		}
		if r.n > 2<<20 {
			t.Errorf("%s: %d bytes were read", name, r.n)
		}
	}
}

// Blank lines at the end are passed at once: when each was passed by itself, what follows was looked through for quotes
// each time, and these took half an hour.
func TestManyBlankLines(t *testing.T) {
	text := "a,b\n1,2\n" + strings.Repeat("\r\n\n", 16<<20)
	if rows, errs := readIn(text, 1<<20, MaxRecord); len(errs) > 0 || len(rows) != 2 {
		t.Errorf("%d rows, %q", len(rows), errs)
	}
}

// counting counts what is read.
type counting struct {
	*strings.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// endless is a head, and then the same letter on and on.
type endless struct {
	head  string
	given int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.head)
	e.head = e.head[n:]
	for i := n; i < len(p); i++ {
		p[i] = 'x'
	}
	e.given += len(p)
	return len(p), nil
}
