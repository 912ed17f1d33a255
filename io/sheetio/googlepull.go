package sheetio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// pulling stands for the folder in errors about a document that is not written yet.
const pulling = "the pulled document"

// The files of a pulled document.
const (
	pullName   = "pull.json"     // what the other one is
	exportName = "workbook.xlsx" // Drive's export
)

const (
	sheetKind = "application/vnd.google-apps.spreadsheet"
	xlsxKind  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

	maxPulls = 3 // tries to read a document that people are writing to
)

// A Pulled is a document of Google Sheets as it was at one moment.
type Pulled struct {
	Book
	Title   string
	Content map[string][]byte // the files to keep, by name
}

// A pullRecord is pull.json: what workbook.xlsx is.
type pullRecord struct {
	Document string `json:"document"`
	Title    string `json:"title"`
	Version  string `json:"version"`  // Drive's, which grows with every change
	Modified string `json:"modified"` // when the document was changed last, as Drive says
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
}

// Pull gets the XLSX that Google makes of the document. A document that is changed meanwhile is read again, up to
// maxPulls times. Nothing is written, here or there.
func (g *Google) Pull(ctx context.Context, id string) (*Pulled, error) {
	p, err := g.pull(ctx, id)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("gsheet:%s: %w", id, err)
	}
	return p, nil
}

func (g *Google) pull(ctx context.Context, id string) (*Pulled, error) {
	before, err := g.driveFile(ctx, id)
	if err != nil {
		return nil, err
	}
	for try := range maxPulls {
		if try > 0 {
			if err := g.Pause(ctx, g.First); err != nil {
				return nil, err
			}
		}
		export, err := g.get(ctx, filePath(id)+"/export?mimeType="+url.QueryEscape(xlsxKind))
		if err != nil {
			return nil, err
		}
		after, err := g.driveFile(ctx, id)
		if err != nil {
			return nil, err
		}
		if after.Version == before.Version {
			return newPulled(id, after, export)
		}
		before = after
	}
	return nil, fmt.Errorf("was changed each of the %d times it was read: ask people to stop writing to it for a "+
		"minute, and pull again", maxPulls)
}

// newPulled makes a book of an export, and the files to keep.
func newPulled(id string, file driveFile, export []byte) (*Pulled, error) {
	kept := fileOf(exportName, export)
	record, err := json.MarshalIndent(pullRecord{id, file.Name, file.Version, file.ModifiedTime,
		kept.Bytes, kept.SHA256}, "", "  ")
	if err != nil {
		return nil, err
	}
	record = append(record, '\n')
	book, err := openPulled(pulling, record, export)
	if err != nil {
		return nil, err
	}
	return &Pulled{*book, file.Name, map[string][]byte{pullName: record, exportName: export}}, nil
}

// A driveFile is what Drive says of a document.
type driveFile struct{ Name, MimeType, Version, ModifiedTime string }

func filePath(id string) string { return "/drive/v3/files/" + url.PathEscape(id) }

func (g *Google) driveFile(ctx context.Context, id string) (f driveFile, err error) {
	data, err := g.get(ctx, filePath(id)+"?fields=name,mimeType,version,modifiedTime&supportsAllDrives=true")
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(data, &f); err != nil || f.Version == "" {
		return f, errors.New("the answer of Google Drive is not understood: check that no proxy answers in its place")
	}
	if f.MimeType != sheetKind {
		return f, fmt.Errorf("is %q, no Google Sheet: open it in Google Sheets and save it as one, or download it and name "+
			"the .xlsx file", f.MimeType)
	}
	return f, nil
}
