package sheetio

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Open reads the XLSX file whose bytes are data. Name only stands in the book and in errors.
func Open(name string, data []byte) (*Book, error) {
	file := fileOf(name, data)
	b := &Book{Path: name, SHA256: file.SHA256, Files: []File{file}}
	p, err := openParts(data)
	if err == nil {
		b.Sheets, err = readWorkbook(p)
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
	// maxParts is how many files an XLSX may hold: a few per tab.
	maxParts = 10 * maxSheets
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

func openParts(data []byte) (*parts, error) {
	switch {
	case len(data) == 0:
		return nil, errors.New("is empty: want an .xlsx file")
	case bytes.HasPrefix(data, oleMagic) && bytes.Contains(data, oleEncrypted):
		return nil, errors.New("is encrypted: save it without a password")
	case bytes.HasPrefix(data, oleMagic):
		return nil, errors.New("is an old .xls or another Office file: save it as .xlsx")
	case !bytes.HasPrefix(data, zipMagic):
		return nil, errors.New("is not an XLSX file: want an .xlsx file, or a folder with a .csv per tab")
	}
	if n := bytes.Count(data, zipEntry); n > maxParts {
		return nil, fmt.Errorf("%w: %d parts are allowed, it has about %d", errTooLarge, maxParts, n)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("is cut short or damaged (%w): get it again", err)
	}
	p := &parts{files: map[string]*zip.File{}, left: maxUnpackedBytes}
	for _, f := range archive.File {
		key := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
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

// read unpacks one part; ok is false if there is none.
func (p *parts) read(name string) (data []byte, ok bool, err error) {
	f := p.files[strings.ToLower(name)]
	if f == nil {
		return nil, false, nil
	}
	if f.UncompressedSize64 > uint64(p.left) {
		return nil, false, fmt.Errorf("%s: %w: %d bytes are allowed when unpacked", f.Name, errTooLarge, maxUnpackedBytes)
	}
	if f.UncompressedSize64 > bombBytes && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
		return nil, false, fmt.Errorf("%s: %w: it would unpack to %d bytes, more than %d times its size",
			f.Name, errTooLarge, f.UncompressedSize64, maxRatio)
	}
	r, err := f.Open()
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer r.Close()
	data, err = io.ReadAll(io.LimitReader(r, p.left+1))
	if p.left -= int64(len(data)); err == nil && p.left < 0 {
		err = fmt.Errorf("%w: %d bytes are allowed when unpacked", errTooLarge, maxUnpackedBytes)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", f.Name, err)
	}
	return data, true, nil
}

// decode reads a small part whole into v.
func (p *parts) decode(name string, v any) error {
	data, ok, err := p.read(name)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("is not an XLSX file, or damaged: it has no part %q", name)
	}
	if err := xml.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

// is reports whether the relation is of the kind, in any of the format's namespaces.
func (r relation) is(kind string) bool {
	return strings.HasSuffix(r.Type, "/"+kind) && r.Mode != "External"
}

// relations reads the relations of a part, their targets as names of parts.
func (p *parts) relations(of string) ([]relation, error) {
	var rels struct {
		Relations []relation `xml:"Relationship"`
	}
	dir, base := path.Split(of)
	if err := p.decode(dir+"_rels/"+base+".rels", &rels); err != nil {
		return nil, err
	}
	for i, r := range rels.Relations {
		if !strings.HasPrefix(r.Target, "/") {
			r.Target = path.Join("/", dir, r.Target)
		}
		rels.Relations[i].Target = strings.TrimPrefix(path.Clean(r.Target), "/")
	}
	return rels.Relations, nil
}

type workbook struct {
	Properties struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		Name  string     `xml:"name,attr"`
		State string     `xml:"state,attr"`
		Attrs []xml.Attr `xml:",any,attr"`
	} `xml:"sheets>sheet"`
}

func readWorkbook(p *parts) ([]Sheet, error) {
	name, err := p.workbook()
	if err != nil {
		return nil, err
	}
	var w workbook
	if err := p.decode(name, &w); err != nil {
		return nil, err
	}
	if len(w.Sheets) > maxSheets {
		return nil, fmt.Errorf("%w: %d tabs are allowed, it has %d", errTooLarge, maxSheets, len(w.Sheets))
	}
	rels, err := p.relations(name)
	if err != nil {
		return nil, err
	}
	r := sheetReader{parts: p, date1904: w.Properties.Date1904 == "1" || w.Properties.Date1904 == "true", cells: maxCells}
	if err := r.readShared(rels); err != nil {
		return nil, err
	}
	targets := map[string]relation{}
	for _, rel := range rels {
		targets[rel.ID] = rel
	}
	seen := map[string]bool{}
	var sheets []Sheet
	for _, s := range w.Sheets {
		rel, ok := targets[relationID(s.Attrs)]
		switch {
		case !ok:
			return nil, fmt.Errorf("tab %q: the file holds no part for it", s.Name)
		case !rel.is("worksheet"):
			continue
		case seen[s.Name]:
			return nil, fmt.Errorf("tab %q: is there twice: rename one", s.Name)
		}
		seen[s.Name] = true
		sheet := Sheet{Name: s.Name, Hidden: s.State == "hidden" || s.State == "veryHidden"}
		if err := r.read(rel.Target, &sheet); err != nil {
			return nil, fmt.Errorf("tab %q: %w", s.Name, err)
		}
		sheets = append(sheets, sheet)
	}
	return sheets, nil
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

// relationID is the id attribute that is not sheetId, whatever the namespace's prefix.
func relationID(attrs []xml.Attr) string {
	for _, a := range attrs {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}
