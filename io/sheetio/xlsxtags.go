package sheetio

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

const (
	maxText  = 1 << 20 // bytes of a cell's text
	maxToken = 8 << 20 // bytes of a tag or of a run of text as the file has it: an escape is seven bytes for one
	maxDepth = 100     // of elements inside each other
)

// tags reads the tags and the text of one part. What is too long or too deep is refused before it takes memory.
type tags struct {
	decoder *xml.Decoder
	meter   *meter
	depth   int
}

// newTags reads UTF-8 and UTF-16, the encodings that a part may have (ECMA-376 part 2, 8.1.4).
func newTags(in io.Reader) *tags {
	buffer := bufio.NewReaderSize(in, 1<<16)
	if order, ok := utf16Order(buffer); ok {
		buffer = bufio.NewReaderSize(unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(buffer), 1<<16)
	}
	m := &meter{Reader: buffer}
	t := &tags{decoder: xml.NewDecoder(m), meter: m}
	t.decoder.CharsetReader = func(encoding string, in io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(encoding), "utf-16") {
			return in, nil // is UTF-8 by now
		}
		return nil, fmt.Errorf("the encoding %q: want UTF-8: save the workbook again with a spreadsheet", encoding)
	}
	return t
}

// utf16Order tells by a part's first character, a mark or <, whether it is UTF-16.
func utf16Order(in *bufio.Reader) (order unicode.Endianness, ok bool) {
	start, _ := in.Peek(2)
	switch string(start) {
	case "\xFE\xFF", "\x00<":
		return unicode.BigEndian, true
	case "\xFF\xFE", "<\x00":
		return unicode.LittleEndian, true
	}
	return unicode.BigEndian, false
}

// A meter lets a number of bytes through.
type meter struct {
	*bufio.Reader
	left int
}

var errLongToken = fmt.Errorf("a tag or text %w: %d bytes are allowed", errTooLarge, maxToken)

func (m *meter) ReadByte() (byte, error) {
	if m.left--; m.left < 0 {
		return 0, errLongToken
	}
	return m.Reader.ReadByte()
}

// next is the next tag or text, which stays as it is until the one after it.
func (t *tags) next() (xml.Token, error) {
	t.meter.left = maxToken
	token, err := t.decoder.Token()
	switch token.(type) {
	case xml.StartElement:
		if t.depth++; t.depth > maxDepth {
			return nil, fmt.Errorf("elements inside each other: %w: %d are allowed", errTooLarge, maxDepth)
		}
	case xml.EndElement:
		t.depth--
	}
	return token, err
}

// each calls f for each start tag up to the end of the document, which must be there.
// F may read on to the element's end.
func (t *tags) each(f func(xml.StartElement) error) error {
	for {
		token, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := f(e); err != nil {
				return err
			}
		}
	}
}

// children calls f for each start tag inside the element that was just begun, up to its end. F reads on to the end of
// the child.
func (t *tags) children(f func(xml.StartElement) error) error {
	for {
		token, err := t.next()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if err := f(token); err != nil {
				return err
			}
		}
	}
}

// skip reads to the end of the element that was just begun.
func (t *tags) skip() error {
	for inside := t.depth; t.depth >= inside; {
		if _, err := t.next(); err != nil {
			return err
		}
	}
	return nil
}

var errLongText = fmt.Errorf("a cell %w: %d bytes of text are allowed", errTooLarge, maxText)

// text reads to the end of the element that was just begun and joins its text: all of it or, of rich text, that of its
// <t>, without phonetic hints (<rPh>).
func (t *tags) text(rich bool) (string, error) {
	var text strings.Builder
	inside, inText := t.depth, 0
	if !rich {
		inText = inside
	}
	for t.depth >= inside {
		token, err := t.next()
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "rPh":
				if err := t.skip(); err != nil {
					return "", err
				}
			case "t":
				inText = max(inText, t.depth)
			}
		case xml.EndElement:
			if t.depth < inText {
				inText = 0
			}
		case xml.CharData:
			if inText == 0 {
				continue
			}
			if text.Len()+len(token) > maxToken {
				return "", errLongText
			}
			text.Write(token)
		}
	}
	return text.String(), nil
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// errNoPart is of a tab that the workbook names and the file does not hold.
var errNoPart = errors.New("the file holds nothing of it")
