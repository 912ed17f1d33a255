package sources

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// text opens a text file as UTF-8; of a file that is said to be UTF-8, who reads it sees whether that is so.
func (r *raw) text(f *file, name string) (io.ReadCloser, error) {
	file, err := r.open(name)
	if err != nil || f.encoding == "utf-8" {
		return file, err
	}
	d := &decoding{in: bufio.NewReaderSize(file, 1<<16), path: r.path(name), next: (*decoding).windows1252}
	if f.encoding == "utf-16" {
		d.next, d.order = (*decoding).utf16, binary.LittleEndian
		if mark, _ := d.in.Peek(2); len(mark) == 2 && binary.BigEndian.Uint16(mark) == 0xfeff {
			d.order = binary.BigEndian
		}
	}
	return struct {
		io.Reader
		io.Closer
	}{bufio.NewReaderSize(d, 1<<16), file}, nil
}

// A decoding reads text of another encoding as UTF-8, into no less than four bytes at once.
type decoding struct {
	in    *bufio.Reader
	path  string
	next  func(*decoding) (rune, error)
	order binary.ByteOrder
	at    int64 // bytes that were read
	err   error
}

func (d *decoding) Read(p []byte) (n int, err error) {
	for n+utf8.UTFMax <= len(p) && d.err == nil {
		r, err := d.next(d)
		if err != nil && err != io.EOF {
			err = fmt.Errorf("%s: %w", d.path, err)
		}
		if d.err = err; err == nil {
			n += utf8.EncodeRune(p[n:], r)
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, d.err
}

// windows1252Runes are the characters of the bytes 0x80 to 0x9f, where it is not Latin 1. 0 stands for none.
var windows1252Runes = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

func (d *decoding) windows1252() (rune, error) {
	c, err := d.in.ReadByte()
	d.at++
	if err != nil || c < 0x80 || c >= 0xa0 {
		return rune(c), err
	}
	r := windows1252Runes[c-0x80]
	if r == 0 {
		return 0, fmt.Errorf("byte %d is %#x, which windows-1252 does not have", d.at, c)
	}
	return r, nil
}

func (d *decoding) utf16() (rune, error) {
	r, err := d.unit()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	begin := d.at - 1
	low, err := d.unit()
	if err != nil && err != io.EOF {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); err == io.EOF || r == utf8.RuneError {
		return 0, fmt.Errorf("byte %d begins half of a surrogate pair", begin)
	}
	return r, nil
}

// unit is the next two bytes.
func (d *decoding) unit() (rune, error) {
	var two [2]byte
	_, err := io.ReadFull(d.in, two[:])
	if err == io.ErrUnexpectedEOF {
		return 0, errors.New("has an odd number of bytes, so it is not utf-16")
	}
	d.at += 2
	return rune(d.order.Uint16(two[:])), err
}
