package csvio

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// manyRows is a dataset CSV of that many rows, of the usual shape: about 150 bytes a row, a fifth with differentials.
func manyRows(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b []byte
	b = AppendRecord(b, "image_path", "label", "differentials", "patient_id", "lesion_id", "sex", "age", "body_site",
		"fitzpatrick", "image_type", "diagnosis_method", "mask_path")
	for i := range n {
		label := fmt.Sprintf("basal cell carcinoma %d", r.IntN(300))
		if r.IntN(5) == 0 {
			label += ", NOS"
		}
		differentials := ""
		if r.IntN(5) == 0 {
			differentials = fmt.Sprintf(`["%s","naevus %d","melanoma in situ %d"]`, label, r.IntN(90), r.IntN(90))
		}
		b = AppendRecord(b, fmt.Sprintf("images/isic_07/%02x/ISIC_07_%08d.jpg", r.IntN(256), i), label, differentials,
			fmt.Sprintf("isic_07-P%07d", r.IntN(n)), fmt.Sprintf("isic_07-L%07da", r.IntN(n)),
			[]string{"male", "female", ""}[r.IntN(3)], fmt.Sprint(5*r.IntN(18)),
			[]string{"", "head/neck", "anterior torso", "palms/soles"}[r.IntN(4)], "", "clinical", "", "")
	}
	return b
}

func BenchmarkScan(b *testing.B) {
	text := manyRows(200_000)
	for _, size := range []int{256 << 10, 1 << 20, 4 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				scanAll(b, text, size, true)
			}
		})
	}
}

// BenchmarkCut is the serial part of it.
func BenchmarkCut(b *testing.B) {
	text := manyRows(200_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		scanAll(b, text, 1<<20, false)
	}
}

func scanAll(b *testing.B, text []byte, size int, scan bool) {
	c := NewCutter(bytes.NewReader(text), "p.csv", ',', size)
	header, err := c.Header()
	if err != nil {
		b.Fatal(err)
	}
	for {
		p, err := c.Next()
		if err == io.EOF {
			return
		}
		if scan {
			if _, err := p.Scan(len(header)); err != nil {
				b.Fatal(err)
			}
		}
		p.Free()
	}
}

// BenchmarkEncodingCSV is what the standard library takes.
func BenchmarkEncodingCSV(b *testing.B) {
	text := manyRows(200_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(text))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppendField(b *testing.B) {
	field := "images/isic_07/00/ISIC_07_00000001.jpg"
	b.SetBytes(int64(len(field)))
	var dst []byte
	for b.Loop() {
		dst = AppendField(dst[:0], field)
	}
}
