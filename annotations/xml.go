package annotations

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// mostToken is how many bytes of XML one tag or text may have: a polygon of 500,000 points has so many.
const mostToken = 8 << 20

// An xmlReader reads the tags of an XML file front to back. Entities of a file's own are not known, and so are errors;
// a document type is refused.
type xmlReader struct {
	*xml.Decoder
	in   *upTo
	path string
	line int  // where the tag begins that was read last
	any  bool // a tag was read
	open []string
	// texts, if it is not nil, takes the text of the tag that began last.
	texts func([]byte)
}

// upTo fails when more is read at once than it may.
type upTo struct {
	io.Reader
	left int
}

func (u *upTo) Read(p []byte) (int, error) {
	if u.left <= 0 {
		return 0, fmt.Errorf("a tag or text has more than %d bytes", mostToken)
	}
	n, err := u.Reader.Read(p[:min(len(p), u.left)])
	u.left -= n
	return n, err
}

// xml reads the file, and shows each tag that begins; open are the names of those around it, and its own.
func (f *file) xml(root string, each func(x *xmlReader, tag xml.StartElement) error) error {
	in, err := f.openFile()
	if err != nil {
		return err
	}
	defer in.Close()
	x := &xmlReader{in: &upTo{Reader: in}, path: f.place}
	x.Decoder = xml.NewDecoder(x.in)
	x.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("is written in %s: save it as UTF-8", charset)
	}
	err = x.tags(root, each)
	switch {
	case err != io.EOF:
		return fmt.Errorf("%s:%d: %w", f.place, x.line, err)
	case !x.any:
		return fmt.Errorf("%s: has no tag, want <%s>", f.place, root)
	}
	return nil
}

// tags tells the start of each tag until the end, which is io.EOF, or until something is wrong.
func (x *xmlReader) tags(root string, each func(x *xmlReader, tag xml.StartElement) error) error {
	for {
		x.in.left = mostToken
		x.line, _ = x.InputPos()
		token, err := x.Token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			x.any = true
			if len(x.open) == 0 && token.Name.Local != root {
				return fmt.Errorf("is a file of <%s>, want <%s>", token.Name.Local, root)
			}
			if x.open = append(x.open, token.Name.Local); len(x.open) > mostDepth {
				return fmt.Errorf("is nested more than %d deep", mostDepth)
			}
			if err := each(x, token); err != nil {
				return err
			}
		case xml.EndElement:
			x.open = x.open[:len(x.open)-1]
		case xml.CharData:
			if x.texts != nil {
				x.texts(token)
			}
		case xml.Directive:
			return fmt.Errorf("has a document type, which is not read: take <!%.20s…> out", token)
		}
	}
}

// attributes of a tag.
type attributes []xml.Attr

func (a attributes) get(name string) string {
	for _, attr := range a {
		if attr.Name.Local == name {
			return attr.Value
		}
	}
	return ""
}

// number is one, or NaN.
func (a attributes) number(name string) float64 { return number(a.get(name)) }

func number(text string) float64 {
	f, err := parseDecimal(text)
	if err != nil {
		return math.NaN()
	}
	return f
}

// parseDecimal reads a decimal number, NaN or an infinity. ParseFloat alone takes what Go's source may hold, too:
// 1_0 as ten, 0x1p4 as sixteen.
func parseDecimal(text string) (float64, error) {
	if strings.ContainsAny(text, "_xX") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(strings.TrimSpace(text), 64)
}

// wholeNumber is a number of pixels, or 0.
func wholeNumber(text string) int {
	return int(value{kind: '0', number: number(text)}.size())
}

// mostTags is how many tags a file that is held whole may have.
const mostTags = 1 << 20

// A node is a tag, its text and what stands in it.
type node struct {
	name, text string
	line       int
	children   []*node
}

// get is the text of the first child of that name, "" if there is none.
func (n *node) get(name string) string {
	if child := n.child(name); child != nil {
		return child.text
	}
	return ""
}

func (n *node) child(name string) *node {
	for _, child := range n.children {
		if child.name == name {
			return child
		}
	}
	return nil
}

// tree reads a file whole.
func (f *file) tree(root string) (*node, error) {
	all := &node{}
	around, tags := []*node{all}, 0
	err := f.xml(root, func(x *xmlReader, tag xml.StartElement) error {
		if tags++; tags > mostTags {
			return fmt.Errorf("has more than %d tags", mostTags)
		}
		n := &node{name: tag.Name.Local, line: x.line}
		around = around[:len(x.open)]
		parent := around[len(around)-1]
		parent.children = append(parent.children, n)
		around = append(around, n)
		x.texts = func(text []byte) {
			at := around[len(around)-1]
			if len(x.open) == len(around)-1 && len(at.children) == 0 && len(at.text) <= mostName {
				at.text += string(text)
			}
		}
		return nil
	})
	if err != nil || len(all.children) == 0 {
		return all, err
	}
	return all.children[0], nil
}
