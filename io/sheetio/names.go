package sheetio

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dermset/dermset/io/fileio"
)

const (
	// maxTabName is the most UTF-16 units that a spreadsheet allows in the name of a tab.
	// A longer name is cut when Google Sheets exports an XLSX.
	maxTabName = 31
	maxCell    = 32767 // UTF-16 units that a spreadsheet allows in a cell
	maxName    = 200   // bytes of a tab's name in a folder
)

func units(text string) int {
	n := 0
	for _, r := range text {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// CutTabName is what an XLSX can hold of a tab's name: its first maxTabName UTF-16 units, no character halved.
func CutTabName(name string) string {
	n := 0
	for i, r := range name {
		if n += max(utf16.RuneLen(r), 1); n > maxTabName {
			return name[:i]
		}
	}
	return name
}

// checkNames applies check to the name of each sheet, and refuses names that are equal but for case.
// All errors come at once.
func checkNames(sheets []Sheet, check func(name string) string) error {
	var problems []error
	seen := map[string]string{}
	for _, s := range sheets {
		if why := check(s.Name); why != "" {
			problems = append(problems, fmt.Errorf("tab %q: %s", s.Name, why))
		}
		key := strings.ToLower(strings.ToUpper(s.Name))
		if other, ok := seen[key]; ok {
			problems = append(problems, fmt.Errorf(
				"tabs %q and %q: are equal but for case: give one another name, and name it in mapping.tabs", other, s.Name))
		}
		seen[key] = s.Name
	}
	return errors.Join(problems...)
}

// CheckTabName reports why no XLSX can hold a tab of the name; nil if one can.
func CheckTabName(name string) error {
	if why := xlsxName(name); why != "" {
		return fmt.Errorf("tab %q: %s", name, why)
	}
	return nil
}

// xlsxName says why no tab of an XLSX can have the name.
func xlsxName(name string) string {
	switch {
	case name == "":
		return "has no name: give it one"
	case !utf8.ValidString(name):
		return "is not UTF-8: give it another name"
	case units(name) > maxTabName:
		return fmt.Sprintf("has %d characters, a spreadsheet allows %d: give it a shorter name, and name it in mapping.tabs",
			units(name), maxTabName)
	case strings.ContainsAny(name, `:\/?*[]`):
		return `holds one of : \ / ? * [ ], which no tab may: give it another name, and name it in mapping.tabs`
	case name[0] == '\'' || name[len(name)-1] == '\'':
		return "begins or ends with an apostrophe, which no tab may: give it another name, and name it in mapping.tabs"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "holds a control character: give it another name, and name it in mapping.tabs"
	}
	return ""
}

// folderName says why no file can have the name, on every system.
func folderName(name string) string {
	switch {
	case name == "":
		return "has no name: give it one"
	case !utf8.ValidString(name):
		return "is not UTF-8: give it another name"
	case len(name) > maxName:
		return fmt.Sprintf("has %d bytes, a file name may have %d: give it a shorter name", len(name), maxName)
	case strings.ContainsAny(name, `<>:"/\|?*`) || strings.ContainsFunc(name, unicode.IsControl):
		return `holds a control character or one of < > : " / \ | ? *, which a file name may not: give it another name`
	case name[0] == '.' || strings.HasSuffix(name, ".") || name != strings.TrimSpace(name):
		return "begins or ends with a point or a space, which a file name may not: give it another name"
	case fileio.IsDevice(name):
		return "is the name of a device on Windows: give it another name"
	}
	return ""
}

// checkCells refuses what a cell cannot hold and read back.
func checkCells(s Sheet) error {
	if len(s.Rows) > maxRows {
		return fmt.Errorf("tab %q: has %d rows, %d are allowed", s.Name, len(s.Rows), maxRows)
	}
	for row, cells := range s.Rows {
		if len(cells) > maxColumns {
			return fmt.Errorf("tab %q: row %d has %d columns, %d are allowed", s.Name, row+1, len(cells), maxColumns)
		}
		for column, c := range cells {
			if why := CheckText(c.Text); why != nil {
				return fmt.Errorf("tab %q: cell %s: %w", s.Name, CellName(row, column), why)
			}
		}
	}
	return nil
}

// CheckText reports why no cell can hold the text; nil if one can.
func CheckText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return errors.New("is not UTF-8")
	case strings.ContainsRune(text, 0):
		return errors.New("holds a NUL character")
	case units(text) > maxCell:
		return fmt.Errorf("has %d characters, a spreadsheet's cell allows %d: shorten it", units(text), maxCell)
	}
	return nil
}
