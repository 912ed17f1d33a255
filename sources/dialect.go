package sources

import (
	"path"
	"slices"
	"strings"

	"github.com/dermset/dermset/io/csvio"
	"github.com/dermset/dermset/io/textio"
)

// packedSuffix is that of a file that gzip packed. Its format is told by the suffix before it.
const packedSuffix = ".gz"

func isPacked(name string) bool { return strings.EqualFold(path.Ext(name), packedSuffix) }

// formatOf is the format of a file by its suffix; empty: it is not clear.
func formatOf(name string) string {
	if isPacked(name) {
		name = name[:len(name)-len(packedSuffix)]
	}
	return formats[strings.ToLower(path.Ext(name))]
}

// stemOf is a file's name without its suffix, of a metadata file that gzip packed without both.
func stemOf(name string) string {
	if bare := name[:max(0, len(name)-len(packedSuffix))]; isPacked(name) &&
		(formatOf(name) != "" || slices.Contains([]string{".txt", ".dat"}, strings.ToLower(path.Ext(bare)))) {
		name = bare
	}
	return strings.TrimSuffix(name, path.Ext(name))
}

// unreadable says why a file of such a name is not read, and what to write instead; empty: it may be.
func unreadable(name string) string {
	bare := strings.TrimSuffix(name, path.Ext(name))
	unpacked := "is not unpacked here: unpack it, and write path: " + bare
	switch suffix := strings.ToLower(path.Ext(name)); suffix {
	case ".zip", ".7z", ".rar", ".tar", ".tgz":
		return "is an archive: unpack it, and write the path: of the file that was in it"
	case ".bz2", ".xz", ".zst", ".lz4", ".z", ".br":
		return unpacked
	case packedSuffix:
		switch format := formatOf(name); {
		case format == "xlsx" || format == "parquet":
			return "is packed twice: only text is unpacked here: unpack it with gunzip, and write path: " + bare
		case strings.EqualFold(path.Ext(bare), ".tar"):
			return "is an archive: unpack it, and write the path: of the file that was in it"
		}
	case ".xls", ".xlsb", ".ods", ".numbers":
		return "is not read: open it in a spreadsheet program, save it as .xlsx, and write path: " + bare + ".xlsx"
	case ".pdf", ".doc", ".docx", ".odt", ".htm", ".html", ".xml", ".rtf", ".sav", ".dta", ".sas7bdat", ".rds", ".rdata",
		".feather", ".arrow", ".h5", ".sqlite", ".db", ".mdb", ".accdb", ".pkl", ".npy", ".mat":
		return "is not read: export its table as CSV UTF-8, and write path: " + bare + ".csv"
	}
	return ""
}

func decodeEncoding(n *node) string {
	var text string
	n.Filled(&text)
	if text == "" {
		return "utf-8"
	}
	name, err := textio.Name(text)
	if err != nil {
		n.Failf("%v", err)
		return "utf-8"
	}
	return name
}

// decodeDelimiter reads what fields are separated by: it is taken as it is written, but for tab and \t.
func decodeDelimiter(n *node) string {
	var text string
	n.Text(&text)
	said := text
	if text == "tab" {
		text = "\t"
	}
	text = strings.ReplaceAll(text, `\t`, "\t")
	switch word := strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz"); {
	case slices.Contains([]string{"whitespace", "blanks", `\s+`, `\s`, "[ ]+", " +", `[ \t]+`, `\s*`}, said):
		n.Failf("%q: any number of blanks is no delimiter here, for nobody could see an empty cell: make tabs of them "+
			"(tr -s ' \\t' '\\t' < FILE > FILE.tsv), or write delimiter: \" \" if it is one blank", said)
	case text == "":
		n.Failf("is empty: want the characters between fields, such as \";\", or tab")
	case len(text) > 1 && word == "":
		n.Failf("%q: want the characters themselves, such as \";\", or tab", said)
	case strings.ContainsAny(text, "\"\r\n\x00"), strings.Contains(text, `\`) && len(text) > 1:
		n.Failf("%q: want the characters between fields as they stand there, without quotes and line ends; it is no pattern",
			said)
	default:
		return text
	}
	return ""
}

func decodeComment(n *node) string {
	var text string
	n.Filled(&text)
	if strings.ContainsAny(text, "\"\r\n\x00") {
		n.Failf("%q: want what comments begin with, such as \"#\", without quotes and line ends", text)
		return ""
	}
	return text
}

// checkDialect refuses what contradicts itself.
func (f *file) checkDialect(given map[string]*node) {
	if f.header > 0 && f.skipLines > 0 && f.header != f.skipLines+1 {
		given["header"].Failf("names line %d, and skip_lines: %d leaves out all lines before line %d: want one of them",
			f.header, f.skipLines, f.skipLines+1)
	}
	if f.comment != "" && f.delimiter != "" && (strings.HasPrefix(f.comment, f.delimiter) ||
		strings.HasPrefix(f.delimiter, f.comment)) {
		given["comment"].Failf("%q is also the delimiter: a line whose first cell is empty would be one", f.comment)
	}
}

// dialect is what the file says of its CSV.
func (f *file) dialect() csvio.Dialect {
	return csvio.Dialect{Delimiter: f.delimiter, Plain: f.quotes == "none", Header: f.header, Skip: f.skipLines,
		Comment: f.comment, CR: f.lineEnds == "cr", Tabs: f.format == "tsv"}
}
