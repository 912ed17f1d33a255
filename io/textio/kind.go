package textio

import (
	"bytes"
	"strings"
)

// A Kind is what a file is that is no text of a table.
type Kind struct {
	Name   string // in words: "a workbook of Excel (.xlsx)"
	Format string // format: of source.yaml that reads it; empty: none does
	Remedy string // what to do where nothing reads it as it is
}

// MayBePacked begins the remedy for what gzip packed: it holds of raw text only.
const MayBePacked = "give its name the end .gz, or "

const (
	saveSheet = "open it in a spreadsheet program and save it as .xlsx or as CSV UTF-8"
	unpack    = "unpack it, and name the file that was in it"
	exportIt  = "export its table as CSV UTF-8 from the program that made it"
	elsewhere = "it is no table: look for the right file"
)

// kinds are files by how they begin. From: file(1) and the formats' own pages.
var kinds = []struct {
	begin string
	kind  Kind
}{
	{"PAR1", Kind{"a Parquet file", "parquet", "save it as CSV UTF-8"}},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind{"an old or protected workbook of Excel (.xls)", "",
		"open it in Excel or LibreOffice and save it as .xlsx, without a password, or as CSV UTF-8"}},
	{"\x09\x08\x10\x00\x00\x06", Kind{"an old workbook of Excel (.xls)", "", saveSheet}},
	{"\x1f\x8b", Kind{"packed by gzip", "", MayBePacked + "unpack it with gunzip"}},
	{"BZh", Kind{"packed by bzip2", "", "unpack it with bunzip2"}},
	{"\xfd7zXZ\x00", Kind{"packed by xz", "", "unpack it with unxz"}},
	{"\x28\xb5\x2f\xfd", Kind{"packed by Zstandard", "", "unpack it with unzstd"}},
	{"7z\xbc\xaf\x27\x1c", Kind{"a 7z archive", "", unpack}},
	{"Rar!\x1a\x07", Kind{"a RAR archive", "", unpack}},
	{"%PDF-", Kind{"a PDF document", "", "ask for the table itself, or " + exportIt}},
	{"{\\rtf", Kind{"a document in Rich Text", "", exportIt}},
	{"SQLite format 3\x00", Kind{"an SQLite database", "", exportIt}},
	{"ARROW1\x00\x00", Kind{"a Feather (Arrow) file", "", "save it as Parquet or CSV UTF-8"}},
	{"FEA1", Kind{"a Feather file", "", "save it as Parquet or CSV UTF-8"}},
	{"\x89HDF\r\n\x1a\n", Kind{"an HDF5 file", "", exportIt}},
	{"$FL2", Kind{"a file of SPSS (.sav)", "", exportIt}},
	{"$FL3", Kind{"a file of SPSS (.sav)", "", exportIt}},
	{"<stata_dta>", Kind{"a file of Stata (.dta)", "", exportIt}},
	{"\xff\xd8\xff", Kind{"a JPEG picture", "", elsewhere}},
	{"\x89PNG\r\n\x1a\n", Kind{"a PNG picture", "", elsewhere}},
	{"version https://git-lfs.github.com/spec/", Kind{"a pointer of Git LFS, not the file itself", "",
		"fetch the file with `git lfs pull`"}},
}

// KindOf tells what a file is, by its first bytes, if it is no text of a table; Name is empty if it may be one.
func KindOf(head []byte) Kind {
	for _, k := range kinds {
		if bytes.HasPrefix(head, []byte(k.begin)) {
			return k.kind
		}
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return zipKind(head)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	start := strings.ToLower(string(text[:min(len(text), 1024)]))
	switch {
	case strings.HasPrefix(start, "<?xml") && strings.Contains(start, `progid="excel.sheet"`):
		return Kind{"a workbook of Excel as XML", "", saveSheet}
	case hasAnyPrefix(start, "<!doctype html", "<html", "<head", "<body", "<table", "<script", "<meta"):
		return Kind{"a web page (HTML)", "", "it may be a page that asks to log in, or an error: fetch the file again; " +
			"if it is a table for Excel, " + saveSheet}
	case hasAnyPrefix(start, "<?xml", "<!--"):
		return Kind{"XML", "", exportIt}
	case hasAnyPrefix(start, "[{", "[[", "[\n", "[\r", "[ "), hasAnyPrefix(start, "{}", "[]"),
		strings.HasPrefix(start, "{") && strings.HasPrefix(strings.TrimLeft(start[1:], " \t\r\n"), `"`):
		return jsonKind(start)
	}
	return Kind{}
}

// jsonKind tells a list or an object from one object a line. A single line may be either.
func jsonKind(start string) Kind {
	first, rest, _ := strings.Cut(start, "\n")
	if strings.HasPrefix(first, "{") && strings.HasSuffix(strings.TrimSpace(first), "}") && (rest == "" ||
		strings.HasPrefix(rest, "{")) {
		return Kind{"JSON Lines", "jsonl", exportIt}
	}
	return Kind{"JSON", "json", exportIt}
}

func hasAnyPrefix(text string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// zipKind tells workbooks and documents, which are ZIP archives, by the names of their first parts.
func zipKind(head []byte) Kind {
	has := func(text string) bool { return bytes.Contains(head, []byte(text)) }
	switch {
	case has("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"):
		return Kind{"a workbook of LibreOffice (.ods)", "", saveSheet}
	case has("mimetypeapplication/vnd.oasis.opendocument"):
		return Kind{"a document of LibreOffice", "", exportIt}
	case has("xl/workbook.bin"):
		return Kind{"a binary workbook of Excel (.xlsb)", "", saveSheet}
	case has("word/"):
		return Kind{"a document of Word (.docx)", "", exportIt}
	case has("Index/Document.iwa"), has(".iwa"):
		return Kind{"a document of Numbers or Pages", "", "export it there as Excel or CSV UTF-8"}
	case has("xl/"), has("[Content_Types].xml"):
		return Kind{"a workbook of Excel (.xlsx)", "xlsx", "open it in a spreadsheet program and save it as CSV UTF-8"}
	}
	return Kind{"a ZIP archive", "", unpack}
}
