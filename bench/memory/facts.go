package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"strings"

	"github.com/dermset/dermset/pictures"
)

// answered are fields as the lookers answer of a picture without a mask.
func answered(looker string, sum [32]byte) []string {
	switch looker {
	case pictures.Check.Name:
		return []string{"ok", "jpeg", "600", "450", "1", "", hex.EncodeToString(sum[:8]), ""}
	case pictures.Tone.Name:
		return []string{"12.3456", "0.6543", "3.2109", ""}
	case pictures.Kind.Name:
		return []string{"0.9876", "0.0100", "0.0024"}
	}
	return nil
}

// manyFacts is a workspace of one picture, whose folder of facts knows so many others.
func manyFacts(dir string, contents int) error {
	s := dataset(dir, 1, "", func(i int) string { return row{path: "a.png"}.text(i) + "\n" })
	s.text("dermset.yaml", "mapping: {workbook: mapping/workbook}\nimages: {store: there}\n")
	m := image.NewGray(image.Rect(0, 0, 100, 100))
	m.Pix[0] = 255
	s.write("there/s/a.png", func(w *bufio.Writer) { s.errs = append(s.errs, png.Encode(w, m)) })
	table := crc32.MakeTable(crc32.Castagnoli)
	for _, looker := range pictures.Lookers {
		header := "sha256\t" + strings.Join(looker.Columns, "\t") + "\tcrc32c\n"
		if looker.Bytes == 0 {
			s.lines("work/facts/"+looker.Name+".tsv", header, contents, func(i int) string {
				sum := sha256.Sum256(fmt.Append(nil, i))
				fields := answered(looker.Name, sum)
				if fields == nil {
					return ""
				}
				line := hex.EncodeToString(sum[:]) + "\t" + strings.Join(fields, "\t")
				return fmt.Sprintf("%s\t%08x\n", line, crc32.Checksum([]byte(line), table))
			})
			continue
		}
		header = fmt.Sprintf("sha256\t%s, %d bytes\tcrc32c\n", looker.Columns[0], looker.Bytes)
		value := make([]byte, looker.Bytes)
		s.lines("work/facts/"+looker.Name+".bin", header, contents, func(i int) string {
			sum := sha256.Sum256(fmt.Append(nil, i))
			record := append(sum[:], value...)
			return string(binary.BigEndian.AppendUint32(record, crc32.Checksum(record, table)))
		})
	}
	return s.err()
}
