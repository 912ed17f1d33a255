package icd11test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
)

// A Row is one row of a list.
type Row struct {
	Code           string // of a block its id, of a chapter its number
	Title          string
	Kind           string // category, block or chapter
	Leaf, Residual bool
	Parent         int // place of the row that it lies in; -1 for chapters
	Chapter        string
	ID             string // 123 or 123/other
	Definition     string // only the API has one
}

// Skin is a list with every kind of row: two chapters with codes of skin diseases, and two extension codes.
func Skin() []Row {
	category := func(code, title, id string, parent int, chapter string) Row {
		return Row{Code: code, Title: title, Kind: "category", Parent: parent, Chapter: chapter, ID: id, Leaf: true}
	}
	parent := func(r Row) Row { r.Leaf = false; return r }
	residual := func(r Row) Row { r.Residual = true; return r }
	defined := func(r Row, definition string) Row { r.Definition = definition; return r }
	return []Row{
		{Code: "02", Title: "Neoplasms", Kind: "chapter", Parent: -1, Chapter: "02", ID: "1630407678"},
		{Code: "BlockL1-2B5", Title: "Malignant neoplasms of skin", Kind: "block", Chapter: "02", ID: "1706880799"},
		category("2C30", "Melanoma of skin", "24", 1, "02"),
		parent(defined(category("2C32", "Basal cell carcinoma of skin", "1203447657", 1, "02"),
			"A tumour of the skin, invented for tests.")),
		category("2C32.0", "Nodular basal cell carcinoma of skin", "472025101", 3, "02"),
		residual(category("2C32.Y", "Other specified basal cell carcinoma of skin", "1203447657/other", 3, "02")),
		residual(category("2C32.Z", "Basal cell carcinoma of skin, unspecified", "1203447657/unspecified", 3, "02")),
		{Code: "14", Title: "Diseases of the skin", Kind: "chapter", Parent: -1, Chapter: "14", ID: "1639304259"},
		category("EA80", "Atopic\u00a0eczema", "25", 7, "14"),
		category("EK00", "Allergic contact dermatitis", "26", 7, "14"),
		{Code: "X", Title: "Extension Codes", Kind: "chapter", Parent: -1, Chapter: "X", ID: "979408586"},
		category("XK8G", "Left", "271422288", 10, "X"),
		category("XA9HN5", "Skin - of nose", "27", 10, "X"),
	}
}

var columns2025 = []string{"Foundation URI", "Linearization URI", "Code", "BlockId", "Title", "ClassKind",
	"DepthInKind", "IsResidual", "ChapterNo", "BrowserLink", "isLeaf", "Primary tabulation", "Grouping1", "Grouping2",
	"Grouping3", "Grouping4", "Grouping5"}

// Columns are those of a release, without the stamp: 2026-01 has two that earlier ones have not.
func Columns(release string) []string {
	if release < "2026" {
		return columns2025
	}
	return append(columns2025[:len(columns2025):len(columns2025)], "CodingNote", "Parent")
}

// Stamp is a stamp of a file of the release, such as those of WHO's files.
func Stamp(release string) string { return release[:4] + " Jan 24 - 22:30 UTC" }

// Table is the list as cells, the header first.
func Table(release string, rows []Row) [][]string {
	columns := Columns(release)
	table := [][]string{append(columns[:len(columns):len(columns)], "Version:"+Stamp(release))}
	depth := make([]int, len(rows))
	for i, row := range rows {
		parent := ""
		if row.Parent >= 0 {
			depth[i] = depth[row.Parent] + 1
			parent = foundation(rows[row.Parent])
		}
		code, block := row.Code, ""
		switch row.Kind {
		case "block":
			code, block = "", row.Code
		case "chapter":
			code = ""
		}
		cells := []string{foundation(row), "http://id.who.int/icd/release/11/mms/" + row.ID, code, block,
			quoted(strings.Repeat("- ", depth[i]) + row.Title), row.Kind, "1", truth(row.Residual), row.Chapter,
			quoted(fmt.Sprintf("=hyperlink(%q,%q)", "https://icd.who.int/browse/latestrelease/mms/en#"+row.ID, "browser")),
			truth(row.Leaf), "", "", "", "", "", "", "Use additional code, if desired.\n\nIt says \"so\".", parent}
		table = append(table, cells[:len(columns)])
	}
	return table
}

func quoted(cell string) string { return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"` }

func foundation(row Row) string {
	if row.Residual {
		return ""
	}
	return "http://id.who.int/icd/entity/" + row.ID
}

func truth(v bool) string {
	if v {
		return "True"
	}
	return "False"
}

// Text writes cells as WHO does.
func Text(table [][]string) []byte {
	text := "\ufeff"
	for _, row := range table {
		text += strings.Join(row, "\t") + "\r\n"
	}
	return []byte(text)
}

// Member is the file of WHO's zip that is read.
const Member = "SimpleTabulation-ICD-11-MMS-en.txt"

// Zip packs a text as WHO does, beside another file.
func Zip(text []byte) []byte {
	return ZipOf(map[string][]byte{Member: text, "readme.txt": []byte("about")})
}

// Release is the zip of a release with these rows.
func Release(release string, rows []Row) []byte { return Zip(Text(Table(release, rows))) }

// ZipOf packs files.
func ZipOf(files map[string][]byte) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, data := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(data)
		}
		if err != nil {
			panic(err) // into memory
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
