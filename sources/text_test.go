package sources

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

var le, be = binary.LittleEndian, binary.BigEndian

// inUTF16 is the text as Windows writes it, or the other way round.
func inUTF16(text string, order binary.AppendByteOrder) string {
	data := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

func TestEncodings(t *testing.T) {
	csv, lines, list := "i,l\na,Úlcera 𝛼\n", `{"i":"a","l":"Úlcera 𝛼"}`+"\n", "[\n{\"i\":\"a\",\"l\":\"Úlcera 𝛼\"}]"
	for name, text := range map[string]string{"m.csv": csv, "m.jsonl": lines, "m.json": list} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			s := newTrial(t, "files: {path: "+name+", encoding: utf-16}\ncolumns: {image_path: i, label: l}\n",
				map[string]string{name: inUTF16(text, order)})
			if _, err := s.ingest(t); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"a,Úlcera 𝛼,,,,,,,,,,"}, s.rows()); diff != "" {
				t.Errorf("%s, %s: %s", name, order, diff)
			}
		}
		s := newTrial(t, "files: "+name+"\ncolumns: {image_path: i, label: l}\n",
			map[string]string{name: "\ufeff" + text})
		if _, err := s.ingest(t); err != nil {
			t.Errorf("%s with a byte order mark: %v", name, err)
		}
	}
	for _, c := range []struct{ name, encoding, text, want string }{
		{"m.csv", "utf-16", inUTF16(csv, binary.LittleEndian) + "x", "m.csv:3:1: the file ends within a character of utf-16"},
		{"m.json", "utf-16", "[\x00\x00\xd8[\x00", "m.json:1:3: half of a surrogate pair"},
		{"m.csv", "windows-1252", "i,l\na,\x81\n", "m.csv:2:3: byte 0x81 is not in windows-1252"},
		{"m.json", "utf-8", "[\n{\"i\":\"\xff\"}]", "m.json:2:7: is not UTF-8, but"},
		{"m.jsonl", "utf-8", "{}\n{\"i\":\"\xc3\"}\n", "m.jsonl:2:7: is not UTF-8, but"},
	} {
		s := newTrial(t, "files: {path: "+c.name+", encoding: "+c.encoding+"}\ncolumns: {image_path: i}\n",
			map[string]string{c.name: c.text})
		_, err := s.ingest(t)
		mustName(t, err, c.want)
	}
}
