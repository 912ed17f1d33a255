package sheetio

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/dermset/dermset/io/textio"
)

// Open reads the XLSX file whose bytes are data. Name only stands in the book and in errors. A tab that cannot be read,
// because it is too large or has no part in the file, says so in its Err.
func Open(name string, data []byte) (*Book, error) {
	file := fileOf(name, data)
	b := &Book{Path: name, SHA256: file.SHA256, Files: []File{file}}
	x, err := openXLSX(bytes.NewReader(data), int64(len(data)), bookLimits, maxUnpackedBytes)
	if err == nil {
		b.Sheets, err = x.sheets()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// parts are the files inside an XLSX, by lower-case name, for names count without regard to case.
type parts struct {
	files map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

const (
	// maxParts is how many files an XLSX may hold: what a zip has without its 64-bit form.
	maxParts = 1<<16 - 1
	// A part of more than bombBytes that unpacks to more than maxRatio times its size is refused before it is unpacked:
	// cells of a real tab differ, and pack 10 to 40 times smaller.
	maxRatio  = 200
	bombBytes = 16 << 20
)

var (
	zipMagic = []byte("PK\x03\x04")
	zipEntry = []byte("PK\x01\x02") // begins the entry of each file in the list at the end
	oleMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	// oleEncrypted is the name of the stream that holds an encrypted XLSX, in UTF-16.
	oleEncrypted = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
)

// openParts opens the archive. Left is how many bytes of it may be unpacked.
func openParts(in io.ReaderAt, size, left int64) (*parts, error) {
	if err := checkMagic(in, size); err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(in, size)
	if err != nil {
		return nil, fmt.Errorf("is cut short or damaged (%w): get it again", err)
	}
	p := &parts{files: map[string]*zip.File{}, left: left}
	for _, f := range archive.File {
		key := partKey(f.Name)
		if p.files[key] != nil {
			return nil, fmt.Errorf("holds the part %q twice: save it again with a spreadsheet", f.Name)
		}
		if f.Flags&1 != 0 {
			return nil, fmt.Errorf("holds the encrypted part %q: save it without a password", f.Name)
		}
		p.files[key] = f
	}
	return p, nil
}

// partKey is a part's name as it is looked up.
func partKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// zipArchive is what textio calls an archive whose first files are those of no format it knows; an XLSX may be one.
const zipArchive = "a ZIP archive"

// checkMagic refuses what is no XLSX by its first bytes, or is said to have too many parts.
func checkMagic(in io.ReaderAt, size int64) error {
	begin := make([]byte, 4<<10)
	n, err := in.ReadAt(begin, 0)
	if err != nil && err != io.EOF {
		return err
	}
	begin = begin[:n]
	switch kind := textio.KindOf(begin); {
	case size == 0:
		return errors.New("is empty: want an .xlsx file")
	case bytes.HasPrefix(begin, oleMagic):
		if n, err := count(in, size, oleEncrypted); n == 0 {
			return cmp.Or(err, errors.New("is an old .xls or another Office file: open it in a spreadsheet "+
				"program, and save it "+
				"as .xlsx"))
		}
		return errors.New("is encrypted: save it without a password")
	case kind.Name != "" && kind.Format != "xlsx" && kind.Name != zipArchive:
		return fmt.Errorf("is %s, and is not an XLSX file: %s", kind.Name,
			strings.TrimPrefix(kind.Remedy, textio.MayBePacked))
	case !bytes.HasPrefix(begin, zipMagic):
		return errors.New("is not an XLSX file but text: save it as .xlsx, or as a .csv in a folder with a .csv per tab")
	}
	entries, err := count(in, size, zipEntry)
	if err == nil && entries > maxParts {
		return fmt.Errorf("%w: %d parts are allowed, it has about %d", errTooLarge, maxParts, entries)
	}
	return err
}

// count is how often a file has the bytes.
func count(in io.ReaderAt, size int64, what []byte) (n int, err error) {
	buffer := make([]byte, 1<<16)
	for at := int64(0); at < size; at += int64(len(buffer) - len(what) + 1) { // they may lie across two reads
		read, err := in.ReadAt(buffer, at)
		if err != nil && err != io.EOF {
			return n, err
		}
		n += bytes.Count(buffer[:read], what)
	}
	return n, nil
}

// open begins to unpack a part; ok is false if there is none.
func (p *parts) open(name string) (r io.ReadCloser, ok bool, err error) {
	f := p.files[partKey(name)]
	if f == nil {
		return nil, false, nil
	}
	if f.UncompressedSize64 > uint64(p.left) {
		return nil, false, fmt.Errorf("%s: %w: it unpacks to %d bytes, and %d more are allowed",
			f.Name, errTooLarge, f.UncompressedSize64, p.left)
	}
	if f.UncompressedSize64 > bombBytes && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
		return nil, false, fmt.Errorf("%s: %w: it would unpack to %d bytes, more than %d times its size",
			f.Name, errTooLarge, f.UncompressedSize64, maxRatio)
	}
	if r, err = f.Open(); err != nil {
		return nil, false, fmt.Errorf("%s: %w", f.Name, err)
	}
	return &unpacking{r, p}, true, nil
}

// unpacking counts what is unpacked of a part.
type unpacking struct {
	io.ReadCloser
	parts *parts
}

func (u *unpacking) Read(b []byte) (int, error) {
	n, err := u.ReadCloser.Read(b)
	if u.parts.left -= int64(n); u.parts.left < 0 {
		return 0, fmt.Errorf("%w when unpacked", errTooLarge)
	}
	return n, err
}

// scan calls f to read a part to its end; there is false if there is none.
func (p *parts) scan(name string, f func(*tags) error) (there bool, err error) {
	r, there, err := p.open(name)
	if err != nil || !there {
		return there, err
	}
	defer r.Close()
	if err := f(newTags(r)); err != nil {
		return true, fmt.Errorf("%s: %w", name, err)
	}
	return true, nil
}

// read unpacks one part whole; ok is false if there is none.
func (p *parts) read(name string) (data []byte, ok bool, err error) {
	r, ok, err := p.open(name)
	if err != nil || !ok {
		return nil, ok, err
	}
	defer r.Close()
	if data, err = io.ReadAll(r); err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	return data, true, nil
}

// need is scan of a part that must be there.
func (p *parts) need(name string, f func(*tags) error) error {
	there, err := p.scan(name, f)
	if err == nil && !there {
		err = fmt.Errorf("is not an XLSX file, or damaged: it has no part %q", name)
	}
	return err
}

// mentions reports whether a part, unpacked, has the word in it.
func (p *parts) mentions(name, word string) (bool, error) {
	r, ok, err := p.open(name)
	if err != nil || !ok {
		return false, err
	}
	defer r.Close()
	in := newTags(r).meter.Reader
	buffer := make([]byte, 1<<16)
	for kept := 0; err == nil; {
		var n int
		n, err = in.Read(buffer[kept:])
		if bytes.Contains(buffer[:kept+n], []byte(word)) {
			return true, nil
		}
		kept = copy(buffer, buffer[max(0, kept+n-len(word)+1):kept+n]) // it may lie across two reads
	}
	if err != io.EOF {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return false, nil
}

type relation struct{ ID, Type, Target, Mode string }

// is reports whether the relation is of the kind, in any of the format's namespaces.
func (r relation) is(kind string) bool {
	return strings.HasSuffix(r.Type, "/"+kind) && r.Mode != "External"
}

// relations reads the relations of a part, their targets as names of parts.
func (p *parts) relations(of string) (all []relation, err error) {
	dir, base := path.Split(of)
	err = p.need(dir+"_rels/"+base+".rels", func(t *tags) error {
		return t.each(func(e xml.StartElement) error {
			if e.Name.Local != "Relationship" {
				return nil
			}
			target := strings.ReplaceAll(attr(e, "Target"), `\`, "/")
			if !strings.HasPrefix(target, "/") {
				target = path.Join("/", dir, target)
			}
			target = strings.TrimPrefix(path.Clean(target), "/")
			all = append(all, relation{attr(e, "Id"), attr(e, "Type"), target, attr(e, "TargetMode")})
			if len(all) > maxParts {
				return fmt.Errorf("%w: %d relations are allowed", errTooLarge, maxParts)
			}
			return nil
		})
	})
	return all, err
}

// A workbook is what the main part says of the tabs.
type workbook struct {
	date1904 bool
	tabs     []xml.StartElement
}

func (p *parts) readWorkbook(name string) (w workbook, err error) {
	err = p.need(name, func(t *tags) error {
		return t.each(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "workbookPr": // an extension has one of its own
				w.date1904 = w.date1904 || attr(e, "date1904") == "1" || attr(e, "date1904") == "true"
			case "sheets":
				return t.children(func(e xml.StartElement) error {
					if w.tabs = append(w.tabs, e.Copy()); len(w.tabs) > maxSheets {
						return fmt.Errorf("%w: %d tabs are allowed", errTooLarge, maxSheets)
					}
					return t.skip()
				})
			}
			return nil
		})
	})
	return w, err
}

// workbook finds the name of the main part.
func (p *parts) workbook() (string, error) {
	rels, err := p.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if r.is("officeDocument") {
			return r.Target, nil
		}
	}
	return "", errors.New("is not an XLSX file: it names no workbook part")
}

// relationID is the id attribute of a tab that is not sheetId, whatever the namespace's prefix.
func relationID(tab xml.StartElement) string {
	for _, a := range tab.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}
