package textio

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// read decodes a file, whole and byte by byte, and wants both alike.
func read(t *testing.T, data, name string) (string, error) {
	t.Helper()
	var texts [2]string
	var errs [2]error
	for i, in := range []io.Reader{strings.NewReader(data), iotest.OneByteReader(strings.NewReader(data))} {
		r, err := NewReader(in, "f", name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		texts[i], errs[i] = string(text), err
	}
	if errs[0] == nil && errs[1] == nil && texts[0] != texts[1] || (errs[0] == nil) != (errs[1] == nil) {
		t.Errorf("%s of %.50q: %.50q (%v), byte by byte %.50q (%v)", name, data, texts[0], errs[0], texts[1], errs[1])
	}
	return texts[0], errs[0]
}

// TestReader reads what x/text writes, in every encoding, over more than what is decoded at once.
func TestReader(t *testing.T) {
	alphabets := []string{"a,\"\n", "áéñÚß", "ąłŻ", "жЯ", "αΩ", "אב", "عب", "ไก", "日本語テキスト", "한글", "皮膚", "皮肤", "𝛼😀"}
	random := rand.New(rand.NewPCG(1, 2))
	for _, k := range known {
		encoder := k.is.NewEncoder()
		var letters []rune
		for _, alphabet := range alphabets {
			for _, r := range alphabet {
				if _, err := encoder.String(string(r)); err == nil {
					letters = append(letters, r)
				}
			}
		}
		text := make([]rune, 30_000)
		for i := range text {
			text[i] = letters[random.IntN(len(letters))]
		}
		encoded, err := k.is.NewEncoder().String(string(text))
		if err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		decoded, err := read(t, encoded, k.name)
		if decoded = strings.TrimPrefix(decoded, "\ufeff"); err != nil || decoded != string(text) {
			t.Errorf("%s: %v, %d bytes of %d", k.name, err, len(decoded), len(string(text)))
		}
		for _, alias := range append(strings.Fields(k.aliases), k.name, strings.ToUpper(k.name)) {
			if name, err := Name(alias); name != k.name {
				t.Errorf("%s is %q (%v), want %s", alias, name, err, k.name)
			}
		}
	}
}

func TestNotOfTheEncoding(t *testing.T) {
	for _, c := range []struct{ data, encoding, want string }{
		{"a\nb,\x81", "windows-1252", "f:2:3: byte 0x81 is not in windows-1252"},
		{"a\n\x93x\x94 ni\xf1o\n", "iso-8859-1", `f:2:1: byte 0x93 is not in iso-8859-1: it may be encoding: windows-1252`},
		{"é\nKaposi\x92s sarcoma", "iso-8859-1", "f:2:7: byte 0x92 is not in iso-8859-1: it may be encoding: " +
			`windows-1252 ("Kaposi’s"), or macintosh ("Kaposiís")`},
		{"a\r\n日本\xff", "shift_jis", "is not in shift_jis"},
		{"ab\n\xb0\xa1\xb0", "euc-kr", "f:2:3: "},
		{"ab\n\xc4\xe3\xff\n", "gbk", "f:2:3: byte 0xff is not in gbk"},
		{"\x81", "big5", "f:1:1: "},
		{"a\n\x1b$B\x7f\x7f", "iso-2022-jp", "f:2:"},
		{"a\x00\n\x00\x00\xd8a\x00", "utf-16le", "f:2:1: half of a surrogate pair"},
		{"a\x00\n\x00x", "utf-16", "f:2:1: the file ends within a character of utf-16"},
		{"\x00a\xdc\x00", "utf-16be", "f:1:3: half of a surrogate pair"},
		{"a\x00\x00\x00\x00\x00\x11\x00", "utf-32le", "f:1:5: 0x110000 is no character"},
		{"a,ni\xc3\xb1o", "utf-16", "it is another encoding, or is not whole"},
	} {
		_, err := read(t, c.data, c.encoding)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %q: %v, want %s", c.encoding, c.data, err, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for of, want := range map[string]string{
		"Latin-1": "iso-8859-1", "cp1252": "windows-1252", "Windows 1250": "windows-1250", "UTF-8-SIG": "utf-8",
		"utf_16_le": "utf-16le", "ISO_8859-15": "iso-8859-15", "MacRoman": "macintosh", "mac_roman": "macintosh",
		"SJIS": "shift_jis", "cp949": "euc-kr", "GB2312": "gbk", "KOI8_R": "koi8-r", "csISOLatin2": "csisolatin2",
	} {
		if name, err := Name(of); name != want {
			t.Errorf("%s is %q (%v), want %s", of, name, err, want)
		}
		if _, err := Encoding(of); err != nil {
			t.Error(err)
		}
	}
	for of, want := range map[string]string{
		"windows-1522": "windows-1252, ", "uft-8": "utf-8 or", "latin-11": "iso-8859-1, ", "ansi": "windows-1252 in western",
		"": "utf-8, utf-16, ", "x": "utf-8, utf-16, ", "klingon": "utf-8, utf-16, ", "utf-7": "want utf-8, ",
	} {
		_, err := Name(of)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", of, err, want)
		}
	}
}

// FuzzReader reads any bytes in any encoding as x/text does, or fails where that gives U+FFFD or a control of C1.
func FuzzReader(f *testing.F) {
	for i := range known {
		f.Add(uint8(i), "a,\xc3\xa9\n\x81\x40")
		f.Add(uint8(i), "\xff\xfea\x00\n\x00\x00\xd8")
	}
	f.Fuzz(func(t *testing.T, which uint8, data string) {
		k := known[int(which)%len(known)]
		got, err := read(t, data, k.name)
		if !utf8.ValidString(got) {
			t.Errorf("%s of %q is %q", k.name, data, got)
		}
		want, _ := k.is.NewDecoder().String(data)
		odd := strings.ContainsFunc(want, func(r rune) bool { return r == utf8.RuneError || r >= 0x80 && r < 0xa0 })
		if err == nil && strings.TrimPrefix(got, "\ufeff") != strings.TrimPrefix(want, "\ufeff") && !odd {
			t.Errorf("%s of %q: %q, want %q", k.name, data, got, want)
		}
		if err != nil && !odd && !strings.HasPrefix(k.name, "utf-") {
			t.Errorf("%s of %q: %v, want %q", k.name, data, err, want)
		}
	})
}

// TestGuess guesses the encoding of sentences that people write about skin.
func TestGuess(t *testing.T) {
	for text, names := range map[string][]string{
		"Queratosis actínica, niño, pie derecho; Úlcera":          {"windows-1252", "macintosh", "ibm850"},
		"Naevus mélanocytaire à surveiller, lésion érythémateuse": {"windows-1252", "macintosh", "ibm850"},
		"Geschwür am Fuß, Hautveränderung, größer":                {"windows-1252", "macintosh", "ibm850"},
		"Łuszczyca, zmiana na skórze, włókniak; świąd":            {"windows-1250", "iso-8859-2"},
		"Kožní nádor, břicho, kůže, névus":                        {"windows-1250", "iso-8859-2"},
		"Псориаз и экзема на коже":                                {"windows-1251", "koi8-r", "ibm866", "iso-8859-5"},
		"меланома":                {"koi8-r", "windows-1251", "ibm866"},
		"МЕЛАНОМА":                {"windows-1251"},
		"מלנומה":                  {"windows-1255"},
		"נגע בעור, שומה על הגב":   {"windows-1255"},
		"มะเร็งผิวหนัง, ไฝ":       {"windows-874"},
		"Kaposi’s sarcoma":        {"windows-1252", "macintosh"},
		"Spitz naevus – atypical": {"windows-1252", "macintosh"},
		"5 €":                     {"windows-1252", "macintosh"},
		"• on the arm":            {"windows-1252", "macintosh"},
		"10 µm":                   {"windows-1252"},
		"“mole”, 3 × 4 mm":        {"windows-1252"},
		"皮膚の色素性母斑と悪性黒色腫":          {"shift_jis", "euc-jp"},
		"피부 흑색종 및 건선":             {"euc-kr"},
		"皮肤黑色素瘤和银屑病":              {"gbk"},
	} {
		for _, name := range names {
			e, err := Encoding(name)
			if err != nil {
				t.Fatal(err)
			}
			data, err := e.NewEncoder().Bytes([]byte("file,label\na.jpg," + text + "\n"))
			if err != nil {
				t.Fatal(err)
			}
			if got := Guess(data); len(got) == 0 || got[0] != name {
				t.Errorf("%s in %s is taken for %q", text, name, got)
			}
		}
	}
	for _, data := range []string{"", "a,b\n", "a,é\n", "a,\xc3", "\ufeffa", "é, ñ, ó and a damaged byte \xff"} {
		if got := Guess([]byte(data)); got != nil {
			t.Errorf("%q is UTF-8, not %q", data, got)
		}
	}
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUnpack(t *testing.T) {
	text := strings.Repeat("a,b,", 30) + fmt.Sprint(rand.N(1<<30))
	data := packed(t, text)
	two := append(slices.Clone(data), data...)
	flipped := slices.Clone(data)
	flipped[len(flipped)-6] ^= 1 // of the check sum
	damaged := slices.Clone(data)
	damaged[10] |= 7 // a block of no kind
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"one":            {data, text},
		"two members":    {two, text + text},
		"nothing packed": {packed(t, ""), ""},
		"cut":            {data[:len(data)-9], "error: ends within what gzip packed, after"},
		"empty":          {nil, "error: ends within what gzip packed, after 0 bytes"},
		"check sum":      {flipped, "error: what is unpacked, "},
		"damaged":        {damaged, "error: byte "},
		"text behind":    {append(slices.Clone(data), "file,label\n"...), "error: what follows before byte"},
		"no gzip":        {[]byte("file,label\na,b\nc,d\n"), "error: is not packed by gzip, as its name says"},
	} {
		got, err := io.ReadAll(Unpack(bytes.NewReader(c.data)))
		if err != nil {
			got = []byte("error: " + err.Error())
		}
		if failed := strings.HasPrefix(c.want, "error: "); string(got) != c.want && !(failed &&
			strings.HasPrefix(string(got), c.want)) {
			t.Errorf("%s: %.200q, want %.200q", name, got, c.want)
		}
	}
	bomb := Unpack(bytes.NewReader(packed(t, strings.Repeat("\x00", 10<<20)))).(*unpacking)
	bomb.most = 1 << 20
	_, err := io.Copy(io.Discard, bomb)
	if err == nil || !strings.Contains(err.Error(), "unpacks to more than 200 times its size") {
		t.Error(err)
	}
}

// FuzzUnpack unpacks any bytes as far as they go.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = io.Copy(io.Discard, Unpack(bytes.NewReader(data)))
	})
}
