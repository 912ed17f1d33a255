package png_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	std "image/png"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/dermset/dermset/images/png"
)

// random draws a picture of smooth parts, noise and repeats, so that all filters and all kinds of codes are used.
func random(r *rand.Rand, m interface {
	image.Image
	Set(x, y int, c color.Color)
}) image.Image {
	size, noise := m.Bounds().Size(), r.IntN(60)+1
	period := 1 + r.IntN(40)
	for y := range size.Y {
		for x := range size.X {
			v := (x%period)*7 + y*3 + r.IntN(noise)
			m.Set(x, y, color.NRGBA{uint8(v), uint8(v / 2), uint8(x * y / 16), uint8(255 - r.IntN(noise))})
		}
	}
	return m
}

func inTime() bool { return false }

// TestAgreesWithStandardLibrary compares pictures of many sizes, kinds and levels of packing.
func TestAgreesWithStandardLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		box := image.Rect(0, 0, 1+r.IntN(300), 1+r.IntN(120))
		m := []image.Image{random(r, image.NewGray(box)), random(r, image.NewNRGBA(box)), random(r, image.NewRGBA(box)),
			opaque(random(r, image.NewNRGBA(box)).(*image.NRGBA))}[i%4]
		level := []std.CompressionLevel{std.DefaultCompression, std.BestSpeed,
			std.BestCompression, std.NoCompression}[r.IntN(4)]
		var b bytes.Buffer
		if err := (&std.Encoder{CompressionLevel: level}).Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		got, ok := png.Decode(b.Bytes(), inTime)
		want, err := std.Decode(&b)
		if err != nil || !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("%T %v, level %v: accepted %t, standard library %v, the same pixels %t",
				m, box, level, ok, err, reflect.DeepEqual(got, want))
		}
	}
}

func opaque(m *image.NRGBA) *image.NRGBA {
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	return m
}

func encoded(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := std.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// With any byte changed, and cut anywhere, a picture is left to the standard library.
func TestDamageIsNotAccepted(t *testing.T) {
	whole := encoded(t, random(rand.New(rand.NewPCG(3, 4)), image.NewNRGBA(image.Rect(0, 0, 20, 9))))
	if _, ok := png.Decode(whole, inTime); !ok {
		t.Fatal("the whole picture is not accepted")
	}
	for i := range whole {
		if _, ok := png.Decode(whole[:i], inTime); ok {
			t.Errorf("cut at %d: accepted", i)
		}
		for bit := range 8 {
			damaged := bytes.Clone(whole)
			damaged[i] ^= 1 << bit
			if _, ok := png.Decode(damaged, inTime); ok {
				t.Errorf("bit %d of byte %d changed: accepted", bit, i)
			}
		}
	}
}

func TestOtherKindsAreNotAccepted(t *testing.T) {
	box := image.Rect(0, 0, 4, 4)
	for name, m := range map[string]image.Image{
		"16 bits": image.NewNRGBA64(box), "grey of 16 bits": image.NewGray16(box),
		"palette": image.NewPaletted(box, color.Palette{color.Black, color.White}),
	} {
		if _, ok := png.Decode(encoded(t, m), inTime); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

// packed is a grey picture whose data are the given zlib stream, with right checksums of chunks.
func packed(width, height int, stream []byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	file := []byte("\x89PNG\r\n\x1a\n")
	for _, chunk := range []struct {
		id   string
		body []byte
	}{{"IHDR", append(head, 8, 0, 0, 0, 0)}, {"IDAT", stream[:len(stream)/2]},
		{"IDAT", stream[len(stream)/2:]}, {"IEND", nil}} {
		from := len(file) + 4
		file = append(binary.BigEndian.AppendUint32(file, uint32(len(chunk.body))), chunk.id...)
		file = append(file, chunk.body...)
		file = binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(file[from:]))
	}
	return file
}

// What follows the packed data is left to the standard library, though it be a checksum that is right.
func TestNothingFollows(t *testing.T) {
	stream := zipped(t, make([]byte, 12*8), 6)
	if _, ok := png.Decode(packed(11, 8, stream), inTime); !ok {
		t.Fatal("the picture alone is not accepted")
	}
	if _, ok := png.Decode(packed(11, 8, append(stream, stream[len(stream)-4:]...)), inTime); ok {
		t.Error("with a second checksum: accepted")
	}
}

// The clock is looked at before every block of packed data: here, one for each row.
func TestLate(t *testing.T) {
	const rows = 8
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	for range rows {
		if _, err := w.Write(make([]byte, 12)); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := packed(11, rows, b.Bytes())
	asked := 0
	if _, ok := png.Decode(data, func() bool { asked++; return false }); !ok || asked < rows {
		t.Errorf("accepted %t, asked %d times, want %d or more", ok, asked, rows)
	}
	left := asked
	if _, ok := png.Decode(data, func() bool { left--; return left == 0 }); ok || left != 0 {
		t.Errorf("late at the last block: accepted %t, %d times to ask", ok, left)
	}
}

func zipped(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzStream holds the unpacker to the standard library: what it accepts, that does too, with the same pixels.
func FuzzStream(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, level := range []int{0, 1, 6, 9, zlib.HuffmanOnly} {
		rows := make([]byte, 12*8)
		for i := range rows {
			rows[i] = byte(r.IntN(4) * i % 7)
		}
		for y := range 8 {
			rows[12*y] = byte(y % 5)
		}
		f.Add(zipped(f, rows, level))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		data := packed(11, 8, stream)
		got, ok := png.Decode(data, inTime)
		want, err := std.Decode(bytes.NewReader(data))
		if ok && (err != nil || !reflect.DeepEqual(got, want)) {
			t.Errorf("accepted; the standard library says %v, the same pixels %t", err, reflect.DeepEqual(got, want))
		}
	})
}
