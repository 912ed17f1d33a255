package parquetio

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// flat are the columns of everything that ReadColumns reads, not in the file's order.
var flat = []string{"tied_top", "image_id", "extra.text", "sex", "source", "class_id", "long", "age", "weight", "nothing"}

// readFlat reads columns as rows.
func readFlat(path string, names []string) (out []row, err error) {
	err = ReadColumns(path, names, func(first int64, columns []Values) error {
		if first != int64(len(out)) {
			return errors.New("blocks are not in order")
		}
		for i := range columns[0].Valid {
			w := row{}
			for _, c := range columns {
				if !c.Valid[i] {
					continue
				}
				switch c.Kind {
				case Text:
					w[c.Name] = string(c.Text[i])
				case Int32:
					w[c.Name] = c.Int32[i]
				case Int64:
					w[c.Name] = c.Int64[i]
				case Float32:
					w[c.Name] = c.Float32[i]
				case Float64:
					w[c.Name] = c.Float64[i]
				case Bool:
					w[c.Name] = c.Bool[i]
				}
			}
			out = append(out, w)
		}
		return nil
	})
	return out, err
}

func TestReadColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	rows := randomRows(11, 9000)
	var b bytes.Buffer
	write(t, &b, rows, 1000, Options{RowGroup: 5000, Metadata: map[string]string{"k": "v"}})
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readFlat(path, flat)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		for _, list := range []string{"icd11_codes", "readers", "soft_labels"} {
			delete(rows[i], list)
		}
		if d := cmp.Diff(rows[i], got[i]); d != "" {
			t.Fatalf("row %d:\n%s", i, d)
		}
	}
	d, err := Describe(path)
	if err != nil || d.Rows != 9000 || len(d.Columns) != 13 || d.Columns[2] != (Field{"sex", Text}) || d.Columns[9].Kind != Other ||
		d.Metadata["k"] != "v" {
		t.Errorf("%+v %v", d, err)
	}
	stop := errors.New("stop")
	if err := ReadColumns(path, flat, func(int64, []Values) error { return stop }); err != stop {
		t.Errorf("error %v, want the callback's own", err)
	}
	_, err = readFlat(path, []string{"sex", "no", "icd11_codes", "nor"})
	for _, want := range []string{`no column "no"`, `no column "nor"`, `column "icd11_codes" is`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
	if _, err := readFlat(path+"x", flat); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// TestReadOtherWriters reads a file of parquet-go's own writer, in each codec and page version.
func TestReadOtherWriters(t *testing.T) {
	type record struct {
		Name  string  `parquet:"name,optional,dict"`
		Path  string  `parquet:"path,delta"`
		Class int32   `parquet:"class"`
		P     float32 `parquet:"p,optional"`
	}
	for version := 1; version <= 2; version++ {
		for _, o := range []parquet.WriterOption{parquet.Compression(&parquet.Uncompressed), parquet.Compression(&parquet.Snappy),
			parquet.Compression(&parquet.Gzip), parquet.Compression(&parquet.Lz4Raw)} {
			var b bytes.Buffer
			w := parquet.NewGenericWriter[record](&b, o, parquet.DataPageVersion(version), parquet.MaxRowsPerRowGroup(70))
			if _, err := w.Write([]record{{"a", "x/1", 1, 0.5}, {"", "x/2", 2, 0}}); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readFlat(path, []string{"name", "path", "class", "p"})
			want := []row{{"name": "a", "path": "x/1", "class": int32(1), "p": float32(0.5)}, {"path": "x/2", "class": int32(2)}}
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("%v %v", got, err)
			}
		}
	}
}

// TestCutOff: a file that ends early is an error wherever it ends.
func TestCutOff(t *testing.T) {
	var b bytes.Buffer
	write(t, &b, randomRows(2, 30), 10, Options{RowGroup: 20})
	path := filepath.Join(t.TempDir(), "x.parquet")
	for n := range b.Len() {
		if n > 200 && n < b.Len()-200 && n%13 > 0 {
			continue
		}
		if err := os.WriteFile(path, b.Bytes()[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readFlat(path, flat); err == nil || !strings.Contains(err.Error(), path) {
			t.Fatalf("cut at %d: error %v", n, err)
		}
	}
}

// TestDamaged changes bytes of a file: an error, or rows, but no panic.
func TestDamaged(t *testing.T) {
	var b bytes.Buffer
	write(t, &b, randomRows(2, 30), 10, Options{RowGroup: 20})
	path := filepath.Join(t.TempDir(), "x.parquet")
	for at := 0; at < b.Len(); at += 3 {
		c := bytes.Clone(b.Bytes())
		c[at] ^= byte(1 + at%255)
		if err := os.WriteFile(path, c, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = readFlat(path, flat)
		_, _ = Describe(path)
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	write(f, &b, randomRows(2, 8), 10, Options{RowGroup: 5})
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-9])
	f.Add([]byte("PAR1PAR1\x00\x00\x00\x00PAR1"))
	path := filepath.Join(f.TempDir(), "fuzz")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := Describe(path)
		if err != nil {
			return
		}
		var names []string
		for _, c := range d.Columns {
			if c.Kind != Other {
				names = append(names, c.Name)
			}
		}
		_ = ReadColumns(path, names, func(first int64, columns []Values) error {
			if first > 1<<16 {
				return errors.New("enough")
			}
			return nil
		})
	})
}

func FuzzStructSize(f *testing.F) {
	f.Add([]byte{0x15, 0x02, 0x19, 0x1c, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := structSize(b)
		if err == nil && (n < 1 || n > len(b)) {
			t.Fatalf("size %d of %d bytes", n, len(b))
		}
	})
}
