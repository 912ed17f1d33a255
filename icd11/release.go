package icd11

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/dermset/dermset/io/fileio"
)

// What a zip may hold. WHO's have 3 entries, 4 MB packed, 14 MB unpacked,
// and the text packs 10 to 1 (releases 2024-01 to 2026-01).
const (
	maxZipBytes      = 64 << 20
	maxZipEntries    = 64
	maxUnpackedBytes = 256 << 20
	maxRatio         = 100
)

// releaseMember is the file in WHO's zip that is read; the XLSX beside it is the same list,
// in 2026-01 with 66 rows too many.
const releaseMember = "SimpleTabulation-ICD-11-MMS-en.txt"

// Kind is what an entity is.
type Kind uint8

// The kinds of entities. Only categories have codes.
const (
	Category Kind = iota
	Block
	Chapter
)

func (k Kind) String() string { return [...]string{"category", "block", "chapter"}[k] }

// An Entity is one row of a release.
type Entity struct {
	Code     string // of a category; a block has its id here (BlockL1-EA8) or nothing, a chapter its number (14)
	Title    string // as WHO writes it, special spaces included, without the dashes that stand for depth
	Kind     Kind
	Leaf     bool   // nothing is below it
	Residual bool   // "other specified" or "unspecified"
	Parent   int32  // index into Entities; -1 for chapters
	Chapter  string // 01 … 26, V, X
	ID       string // its MMS id as in its URI: 1203447657 or 1203447657/other
}

// extension reports whether the entity is of chapter X, whose codes add to a stem code and say nothing alone.
func (e *Entity) extension() bool { return e.Chapter == "X" }

// Name is the entity as a person reads it: code and title. Some blocks have no id, and so only their title.
func (e *Entity) Name() string {
	if e.Code == "" {
		return e.Title
	}
	return e.Code + " " + e.Title
}

// Attribution is what WHO's licence wants beside codes and titles (CC BY-ND 3.0 IGO):
// they may be passed on as they are, with this line.
const Attribution = "International Classification of Diseases, Eleventh Revision (ICD-11), World Health Organization " +
	"(WHO) 2019 https://icd.who.int/browse11. CC BY-ND 3.0 IGO"

// A Release is one release of the English MMS list, as WHO's SimpleTabulation file has it. It is never changed once it
// is open, and may be used from several goroutines.
type Release struct {
	ID     string // such as 2025-01
	Stamp  string // when WHO made the file, in its words: 2025 Jan 24 - 22:30 UTC
	SHA256 string // of the zip, in hex
	Bytes  int64  // of the zip

	entities []Entity
	byCode   map[string]int32
	byID     map[string]int32
}

// OpenRelease reads the zip that WHO publishes as SimpleTabulation-ICD-11-MMS-en.zip. The zip is held to limits before
// anything is unpacked. Its error names the file and the row.
func OpenRelease(path string) (*Release, error) {
	data, err := fileio.ReadUpTo(path, maxZipBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: want the zip that WHO publishes, %s", err, zipName())
	}
	r, err := ParseRelease(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func zipName() string { return strings.TrimSuffix(releaseMember, ".txt") + ".zip" }

// ParseRelease is OpenRelease for the zip's bytes.
func ParseRelease(data []byte) (*Release, error) {
	text, err := unpack(data)
	if err != nil {
		return nil, err
	}
	r, err := parseTabulation(text)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	r.SHA256, r.Bytes = hex.EncodeToString(sum[:]), int64(len(data))
	return r, nil
}

// unpack takes the text out of the zip.
func unpack(data []byte) (string, error) {
	if !bytes.HasPrefix(data, []byte("PK")) {
		return "", fmt.Errorf("is not a zip: want the file that WHO publishes, %s, as it was downloaded", zipName())
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", fmt.Errorf("is cut short or damaged (%w): download it again", err)
	}
	member, err := findMember(archive.File, uint64(len(data)))
	if err != nil {
		return "", err
	}
	f, err := member.Open()
	if err != nil {
		return "", fmt.Errorf("%s: %w", member.Name, err)
	}
	defer f.Close()
	var text strings.Builder
	size := int64(member.UncompressedSize64)
	text.Grow(int(size))
	n, err := io.Copy(&text, io.LimitReader(f, size+1)) // a zip may lie about its sizes
	if err == nil && n > size {
		err = fmt.Errorf("unpacks to more than the %d bytes it claims", size)
	}
	if err != nil {
		return "", fmt.Errorf("%s: is damaged (%w): download the zip again", member.Name, err)
	}
	return text.String(), nil
}

// findMember is the tabulation among the entries of a zip of so many bytes, once all of them are within the limits.
func findMember(files []*zip.File, bytes uint64) (*zip.File, error) {
	if len(files) > maxZipEntries {
		return nil, fmt.Errorf("holds %d files, more than the %d that are allowed", len(files), maxZipEntries)
	}
	var found *zip.File
	var names []string
	unpacked := uint64(0)
	for _, f := range files {
		unpacked += min(f.UncompressedSize64, maxUnpackedBytes+1)
		switch {
		case unpacked > maxUnpackedBytes:
			return nil, fmt.Errorf("unpacks to more than the %d bytes that are allowed", maxUnpackedBytes)
		case f.CompressedSize64 > bytes:
			return nil, fmt.Errorf("%q: is longer than the whole zip: it is cut short or damaged, download it again", f.Name)
		case f.UncompressedSize64 > maxRatio*max(f.CompressedSize64, 1<<10):
			return nil, fmt.Errorf("%q: packs %d bytes into %d, which no list of codes does",
				f.Name, f.UncompressedSize64, f.CompressedSize64)
		case f.Flags&1 != 0:
			return nil, fmt.Errorf("%q: is encrypted: want the zip as WHO publishes it", f.Name)
		}
		names = append(names, fmt.Sprintf("%q", f.Name))
		if path.Base(filepath.ToSlash(f.Name)) != releaseMember {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("holds %s twice", releaseMember)
		}
		found = f
	}
	if found == nil {
		return nil, fmt.Errorf("holds no %s (it holds %s): want the English list of WHO's download area, %s",
			releaseMember, listed(names), zipName())
	}
	return found, nil
}

func listed(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names[:min(5, len(names))], ", ")
}

// Entities are all rows in the order of the file: each one before what is below it. They are not to be changed.
func (r *Release) Entities() []Entity { return r.entities }

// Entity finds a single code, exactly as it is written, or a block id or chapter number: look at Kind.
func (r *Release) Entity(code string) (*Entity, bool) {
	i, ok := r.byCode[code]
	if !ok {
		return nil, false
	}
	return &r.entities[i], true
}

// entityByID finds an entity by its MMS id.
func (r *Release) entityByID(id string) (*Entity, bool) {
	i, ok := r.byID[id]
	if !ok {
		return nil, false
	}
	return &r.entities[i], true
}

// Parents are what the entity lies in, the chapter first.
func (r *Release) Parents(e *Entity) []*Entity {
	var up []*Entity
	for i := e.Parent; i >= 0; i = r.entities[i].Parent {
		up = append([]*Entity{&r.entities[i]}, up...)
	}
	return up
}

// Children are what lies directly below the entity, in the order of the file.
func (r *Release) Children(e *Entity) []*Entity {
	at := r.byID[e.ID]
	var down []*Entity
	for i := int(at) + 1; i < len(r.entities) && r.entities[i].Parent >= at; i++ {
		if r.entities[i].Parent == at {
			down = append(down, &r.entities[i])
		}
	}
	return down
}

// Link is the entity's page in WHO's browser.
func (r *Release) Link(e *Entity) string {
	return "https://icd.who.int/browse/" + r.ID + "/mms/en#" + strings.ReplaceAll(e.ID, "/", "%2F")
}

// maxProblems bounds how many faults of a file its error names.
const maxProblems = 20

// A problems collects what is wrong with a file.
type problems struct {
	errs []error
	more int
}

func (p *problems) add(row int, format string, args ...any) {
	if len(p.errs) == maxProblems {
		p.more++
		return
	}
	p.errs = append(p.errs, fmt.Errorf("%s: row %d: %w", releaseMember, row, fmt.Errorf(format, args...)))
}

func (p *problems) err() error {
	if p.more > 0 {
		p.errs = append(p.errs, fmt.Errorf("and %d more rows are wrong", p.more))
	}
	return errors.Join(p.errs...)
}
