package sheetio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// pulling stands for the folder in errors about a document that is not written yet.
const pulling = "the pulled document"

// The files of a pulled document. Values and cells are one file each for every so many tabs, numbered from 1.
const (
	pullName   = "pull.json"        // what the others are: their sizes and hashes
	fileName   = "file.json"        // Drive's answer: name, kind, version
	tabsName   = "spreadsheet.json" // Sheets' answer: tabs, merged cells
	valuesName = "values-%d.json"   // Sheets' answer: values
	cellsName  = "cells-%d.json"    // Sheets' answer: formats, formulas, errors
	exportName = "workbook.xlsx"    // Drive's export
)

const (
	sheetKind = "application/vnd.google-apps.spreadsheet"
	xlsxKind  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

	maxPulls     = 3        // tries to read a document that people are writing to
	maxAnswer    = 64 << 20 // bytes of an answer
	maxExport    = 16 << 20 // bytes of an export, which Google allows 10 MB
	maxRangeText = 4 << 10  // bytes that tabs' names may take in one address
)

// A Pulled is a document of Google Sheets as it was at one moment.
type Pulled struct {
	Book
	Title string
	// Values is true if Google exports no XLSX of the document, which has more than 10 MB: what is kept are values alone, no formats,
	// comments and formulas.
	Values  bool
	Content map[string][]byte // the files to keep, by name; pull.json has the hashes of the others
}

// A pullRecord is pull.json.
type pullRecord struct {
	Document string       `json:"document"`
	Title    string       `json:"title"`
	Version  string       `json:"version"`          // Drive's, which grows with every change
	Export   string       `json:"export,omitempty"` // why there is no XLSX
	Files    []recordFile `json:"files"`            // by name
}

type recordFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Pull reads the document: a few answers that belong together, for a document that moves while it is read is read again, up to maxPulls
// times. Nothing is written, here or there.
func (g *Google) Pull(ctx context.Context, id string) (*Pulled, error) {
	for try := range maxPulls {
		if try > 0 {
			if err := g.Wait(ctx, firstPause); err != nil {
				return nil, err
			}
		}
		p, moved, err := g.pullOnce(ctx, id)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && !moved:
			return nil, fmt.Errorf("gsheet:%s: %w", id, err)
		case !moved:
			return p, nil
		}
	}
	return nil, fmt.Errorf("gsheet:%s: was changed each of the %d times it was read: ask people to stop writing to it for a minute, and pull again", id, maxPulls)
}

// pullOnce reads the document once. Moved is true if it was changed meanwhile, which may also be the reason of an error.
func (g *Google) pullOnce(ctx context.Context, id string) (p *Pulled, moved bool, err error) {
	content := map[string][]byte{}
	before, err := g.driveFile(ctx, id, content)
	if err != nil {
		return nil, false, err
	}
	record := pullRecord{Document: id, Title: before.Name, Version: before.Version}
	err = g.readTabs(ctx, id, content)
	if err == nil {
		err = g.export(ctx, id, content, &record)
	}
	var r *refusal
	if err != nil && !(errors.As(err, &r) && r.moved) {
		return nil, false, err
	}
	after, driveErr := g.driveFile(ctx, id, map[string][]byte{})
	if driveErr != nil {
		return nil, false, driveErr
	}
	if err != nil || after.Version != before.Version {
		return nil, after.Version != before.Version, err
	}
	if content[pullName], err = record.encode(content); err != nil {
		return nil, false, err
	}
	book, err := openPulled(pulling, content)
	if err != nil {
		return nil, false, err
	}
	return &Pulled{Book: *book, Title: before.Name, Values: record.Export != "", Content: content}, false, nil
}

// encode lists the files in the record and gives its JSON.
func (r *pullRecord) encode(content map[string][]byte) ([]byte, error) {
	r.Files = nil
	for name, data := range content {
		sum := sha256.Sum256(data)
		r.Files = append(r.Files, recordFile{name, int64(len(data)), hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(r.Files, func(a, b recordFile) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

// A driveFile is what Drive says of a document.
type driveFile struct{ Name, MimeType, Version string }

func (g *Google) driveFile(ctx context.Context, id string, content map[string][]byte) (f driveFile, err error) {
	data, err := g.get(ctx, g.Drive+"/drive/v3/files/"+url.PathEscape(id)+"?fields=id,name,mimeType,version,modifiedTime&supportsAllDrives=true&prettyPrint=false", maxAnswer)
	if err != nil {
		return f, err
	}
	content[fileName] = data
	if err := json.Unmarshal(data, &f); err != nil || f.Version == "" {
		return f, errors.New("the answer of Google Drive is not understood: check that no proxy answers in its place")
	}
	if f.MimeType != sheetKind {
		return f, fmt.Errorf("is %q, no Google Sheet: open it in Google Sheets and save it as one, or download it and name the .xlsx file", f.MimeType)
	}
	return f, nil
}

// readTabs reads the list of tabs, then the values and the cells of so many tabs at a time as an address can name.
func (g *Google) readTabs(ctx context.Context, id string, content map[string][]byte) error {
	base := g.Sheets + "/v4/spreadsheets/" + url.PathEscape(id)
	data, err := g.get(ctx, base+"?fields="+url.QueryEscape("properties(title),sheets(properties(sheetId,title,index,sheetType,hidden),merges)")+"&prettyPrint=false", maxAnswer)
	if err != nil {
		return err
	}
	content[tabsName] = data
	tabs, err := decodeTabs(data)
	if err != nil {
		return err
	}
	cells := MaxCells
	for n, some := range chunks(tabs) {
		whole, filled := url.Values{}, url.Values{}
		for _, t := range some {
			whole.Add("ranges", quoteTab(t.Name))
		}
		values, err := g.get(ctx, base+"/values:batchGet?"+whole.Encode()+"&majorDimension=ROWS&valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=SERIAL_NUMBER&prettyPrint=false", maxAnswer)
		if err != nil {
			return err
		}
		content[fmt.Sprintf(valuesName, n+1)] = values
		if err := decodeValues(values, some, &cells); err != nil {
			return err
		}
		for _, t := range some {
			if last, ok := t.last(); ok {
				filled.Add("ranges", quoteTab(t.Name)+"!A1:"+last)
			}
		}
		if len(filled) == 0 {
			continue
		}
		kinds, err := g.get(ctx, base+"?"+filled.Encode()+"&fields="+url.QueryEscape("sheets(properties(sheetId),data(rowData(values(userEnteredValue(formulaValue),effectiveValue(errorValue(type)),effectiveFormat(numberFormat(type))))))")+"&prettyPrint=false", maxAnswer)
		if err != nil {
			return err
		}
		content[fmt.Sprintf(cellsName, n+1)] = kinds
	}
	return nil
}

// export gets the XLSX, or notes why there is none.
func (g *Google) export(ctx context.Context, id string, content map[string][]byte, record *pullRecord) error {
	data, err := g.get(ctx, g.Drive+"/drive/v3/files/"+url.PathEscape(id)+"/export?mimeType="+url.QueryEscape(xlsxKind), maxExport)
	if errors.Is(err, errExportTooLarge) {
		record.Export = "the document is too large for Google to export (10 MB): values only"
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := openParts(data); err != nil {
		return fmt.Errorf("the exported XLSX %w", err)
	}
	content[exportName] = data
	return nil
}

// quoteTab is a tab's name as a range takes it.
func quoteTab(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

// chunks parts the tabs so that the names of each part fit into one address.
func chunks(tabs []*googleTab) [][]*googleTab {
	var out [][]*googleTab
	size := 0
	for _, t := range tabs {
		n := len("ranges=&") + len(url.QueryEscape(quoteTab(t.Name)+"!A1:ZZZ9999999"))
		if len(out) == 0 || size+n > maxRangeText {
			out, size = append(out, nil), 0
		}
		out[len(out)-1] = append(out[len(out)-1], t)
		size += n
	}
	return out
}
