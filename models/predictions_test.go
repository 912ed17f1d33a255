package models

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/dermset/dermset/io/csvio"
)

// sha is a SHA-256 of one byte again and again, as it is asked for and as files have it.
func sha(b byte) (content [32]byte, text string) {
	for i := range content {
		content[i] = b
	}
	return content, strings.Repeat(fmt.Sprintf("%02x", b), 32)
}

func readText(t testing.TB, text string, task Task) (*Predictions, error) {
	t.Helper()
	return ReadPredictions(write(t, map[string]string{"p.csv": text}), "p.csv", task)
}

func TestPredictions(t *testing.T) {
	one, first := sha(1)
	two, second := sha(0xab)
	p, err := readText(t, "sha256,value,confidence\n"+first+",Dermoscopy,0.75\n"+strings.ToUpper(second)+",,\n", ImageType)
	if err != nil || len(p.Bad) > 0 || p.Rows != 2 {
		t.Fatalf("%v, %+v", err, p)
	}
	if a, known := p.Of(one, "ignored"); !known || a.Value != "dermoscopy" || a.Confidence != 0.75 || !a.HasConfidence {
		t.Errorf("%+v, %v", a, known)
	}
	if a, known := p.Of(two, ""); !known || a.Value != "" || a.HasConfidence {
		t.Errorf("one who abstains: %+v, %v", a, known)
	}
	if _, known := p.Of([32]byte{}, first); known {
		t.Errorf("another content is known")
	}
	p, err = readText(t, "Value,image_id\n3,a/b.jpg\nIV,\"a/c,d.jpg\"\n", SkinTone) // any order, no confidence
	if err != nil || len(p.Bad) > 0 {
		t.Fatalf("%v, %+v", err, p)
	}
	if a, known := p.Of(one, "a/c,d.jpg"); !known || a.Value != "4" || a.HasConfidence {
		t.Errorf("%+v, %v", a, known)
	}
	p, err = readText(t, "image_id,value\na/b.jpg,upper_limb\na/c.jpg,Head and neck\n", BodyPart)
	if a, known := p.Of(one, "a/b.jpg"); err != nil || !known || a.Value != "upper limb" {
		t.Errorf("%+v, %v", a, known)
	}
}

// TestBadPredictions: what nobody may say is a finding with its line, of which nothing is taken; the rest of the file
// counts.
func TestBadPredictions(t *testing.T) {
	p, err := readText(t, `image_id,value,confidence
a/same.jpg,clinical,0.5
a/same.jpg,clinical,0.50
a/two.jpg,clinical,0.5
a/two.jpg,dermoscopy,0.5
a/two.jpg,clinical,0.5
a/sure.jpg,clinical,0.5
a/sure.jpg,clinical,0.6
a/much.jpg,clinical,1.2
a/less.jpg,clinical,-0.1
a/nan.jpg,clinical,NaN
a/word.jpg,clinical,sure
a/what.jpg,clinic,0.5
,clinical,0.5
nosource.jpg,clinical,0.5
a/late.jpg,clinical,1
a/hex.jpg,clinical,0x1p-1
`, ImageType)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, bad := range p.Bad {
		lines = append(lines, bad.Line)
	}
	if p.Rows != 16 || p.Len() != 4 {
		t.Errorf("%d rows about %d pictures, want 16 about 4", p.Rows, p.Len())
	}
	if want := []int{5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 17}; !slices.Equal(lines, want) {
		t.Errorf("bad lines %v, want %v: %+v", lines, want, p.Bad)
	}
	for line, want := range map[int]Bad{0: {5, "a/two.jpg", `contradiction: ["dermoscopy" "0.5"]`,
		"contradicts line 4: neither is taken"},
		3: {9, "a/much.jpg", `confidence "1.2"`, `confidence "1.2": want a number from 0 to 1`},
		7: {13, "a/what.jpg", `value "clinic"`, `value "clinic": want one of clinical, dermoscopy, non-dermatological`},
		8: {14, "", "no key", "image_id is empty"},
		9: {15, "nosource.jpg", "no key", `image_id "nosource.jpg": want <source>/<source_path>`}} {
		if p.Bad[line] != want {
			t.Errorf("%+v, want %+v", p.Bad[line], want)
		}
	}
	for id, want := range map[string]bool{"a/same.jpg": true, "a/two.jpg": false, "a/sure.jpg": false, "a/much.jpg": false,
		"a/nan.jpg": false, "a/what.jpg": false, "a/late.jpg": true} {
		if _, known := p.Of([32]byte{}, id); known != want {
			t.Errorf("%s is known: %v, want %v", id, known, want)
		}
	}
	_, good := sha(3)
	p, err = readText(t, "sha256,value\nabc,1\n"+strings.Repeat("0", 63)+"g,1\n"+good+",0\n"+good+",VII\n", SkinTone)
	if err != nil || len(p.Bad) != 4 || p.Bad[0].Detail != `sha256 "abc": want 64 hex digits` ||
		p.Bad[3].Detail != `value "VII": want one of 1, 2, 3, 4, 5, 6` {
		t.Errorf("%v, %+v", err, p)
	}
}

// TestManyBadPredictions: of many only the first are told, the others are counted.
func TestManyBadPredictions(t *testing.T) {
	p, err := readText(t, "image_id,value\n"+strings.Repeat("x,1\n", mostBad+7), SkinTone)
	if err != nil || len(p.Bad) != mostBad || p.MoreBad != 7 || p.Rows != mostBad+7 {
		t.Errorf("%v, %d told, %d more, %d rows", err, len(p.Bad), p.MoreBad, p.Rows)
	}
}

// TestFilesThatAreNoPredictions are errors.
func TestFilesThatAreNoPredictions(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "p.csv",
		"value\n1\n":                             "p.csv:1: want a column sha256 or a column image_id, one of them",
		"sha256,image_id,value\n":                "p.csv:1: want a column sha256 or a column image_id, one of them",
		"image_id,confidence\n":                  `p.csv:1: column "value" is missing`,
		"image_id,value,confidance\n":            `p.csv:1: unknown columns "confidance"`,
		"image_id,value,value\n":                 `p.csv:1: column "value" is there 2 times`,
		"image_id,value\na/b,1,2\n":              "p.csv:2",
		"image_id,value\na/b,\"1\n":              "p.csv:2",
		"image_id,value\na/b\xff,1\n":            "p.csv:2",
		"image_id,value,confidence\n\na/b,1,1\n": "p.csv:2",
	} {
		if _, err := readText(t, text, SkinTone); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestUnasked: predictions for images that nobody asked about are named by their lines.
func TestUnasked(t *testing.T) {
	var text strings.Builder
	text.WriteString("image_id,value\n")
	for i := range 100 {
		fmt.Fprintf(&text, "a/%d.jpg,1\n", i)
	}
	p, err := readText(t, text.String()+"a/7.jpg,2\n", SkinTone)
	if err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	for from := range 4 { // who ask at once
		asking.Go(func() {
			for i := from; i < 200; i += 4 {
				if i != 3 && i != 64 {
					p.Of([32]byte{}, fmt.Sprintf("a/%d.jpg", i))
				}
			}
		})
	}
	asking.Wait()
	const why = "there is no such image"
	first, second := Bad{5, "a/3.jpg", "no such image", why}, Bad{66, "a/64.jpg", "no such image", why}
	for most, want := range map[int][]Bad{9: {first, second}, 1: {first}, 0: nil} {
		if some, all, err := p.Unasked(most); err != nil || all != 2 || !slices.Equal(some, want) {
			t.Errorf("of at most %d, %v of %d are unasked (%v), want %v of 2", most, some, all, err, want)
		}
	}
}

// TestPredictionsMemory holds a million rows to the promise.
func TestPredictionsMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows take seconds")
	}
	const rows = 1_000_000
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "p.csv"))
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "image_id,value,confidence")
	for i := range rows {
		fmt.Fprintf(w, "some-source/some/folder/with/a/long/name/%07d.jpg,%d,0.%04d\n", i, 1+i%6, i%10000)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	p, err := ReadPredictions(dir, "p.csv", SkinTone)
	if err != nil || len(p.of) != rows {
		t.Fatalf("%v, %d rows", err, len(p.of))
	}
	if each := float64(heap()-before) / rows; each > 45 {
		t.Errorf("%.1f bytes a row, promised are 45", each)
	} else {
		t.Logf("%.1f bytes a row, %d of them the answer", each, unsafe.Sizeof(predicted{}))
	}
	runtime.KeepAlive(p)
}

// FuzzPredictions compares with what a map says.
func FuzzPredictions(f *testing.F) {
	f.Add("image_id,value,confidence\na/b,1,0.5\na/b,2,0.5\nc/d,,\n")
	f.Add("image_id,value\na/b,VI\n")
	f.Add("sha256,value\n00,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readText(t, text, SkinTone)
		if err != nil || p.ByContent {
			return
		}
		table, err := csvio.Read(strings.NewReader(text), "")
		if err != nil || len(table.Records) != p.Rows {
			t.Fatalf("%v: %d rows, want %d", err, p.Rows, len(table.Records))
		}
		said := map[string]map[[2]string]bool{} // what rows that may be say of each image
		columns := map[string]int{}
		for i, name := range table.Header {
			columns[csvio.HeaderKey(name)] = i
		}
		for _, r := range table.Records {
			sure := ""
			if at, has := columns["confidence"]; has {
				sure = r.Fields[at]
			}
			id, text := r.Fields[columns["image_id"]], r.Fields[columns["value"]]
			value, ok := SkinTone.value(text)
			number, err := strconv.ParseFloat(sure, 32)
			if !strings.Contains(id, "/") || !ok && text != "" || sure != "" && (err != nil || !(number >= 0 && number <= 1)) {
				continue
			}
			if said[id] == nil {
				said[id] = map[[2]string]bool{}
			}
			said[id][[2]string{value, fmt.Sprint(sure == "", float32(number))}] = true
		}
		for id, all := range said {
			a, known := p.Of([32]byte{}, id)
			if known != (len(all) == 1) || known && !all[[2]string{a.Value, fmt.Sprint(!a.HasConfidence, a.Confidence)}] {
				t.Fatalf("%q: %+v, %v; want one of %v", id, a, known, all)
			}
		}
	})
}
