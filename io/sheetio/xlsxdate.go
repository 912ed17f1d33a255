package sheetio

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxStyles is how many cell styles, and number formats, a workbook may have. A spreadsheet allows 65,490.
const maxStyles = 1 << 17

// readStyles finds the cell styles that show dates and times.
func (r *sheetReader) readStyles(t *tags) error {
	own := map[int]bool{} // number formats of the file: are they dates'
	var formats []int     // by cell style
	err := t.each(func(e xml.StartElement) error {
		if e.Name.Local != "numFmts" && e.Name.Local != "cellXfs" {
			return nil
		}
		return t.children(func(e xml.StartElement) error {
			id, _ := strconv.Atoi(strings.TrimSpace(attr(e, "numFmtId"))) // none is 0
			switch e.Name.Local {
			case "numFmt":
				own[id] = isDateFormat(attr(e, "formatCode"))
			case "xf":
				formats = append(formats, id)
			}
			if len(own)+len(formats) > maxStyles {
				return fmt.Errorf("cell styles: %w: %d are allowed", errTooLarge, maxStyles)
			}
			return t.skip()
		})
	})
	for _, id := range formats {
		is, ok := own[id]
		r.dates = append(r.dates, is || !ok && isDateID(id))
	}
	return err
}

// isDateID reports whether a number format that every file has shows a date or time (ECMA-376 part 1, 18.8.30,
// with the East Asian ones).
func isDateID(id int) bool {
	return 14 <= id && id <= 22 || 27 <= id && id <= 36 || 45 <= id && id <= 47 || 50 <= id && id <= 58
}

// isDateFormat reports whether a format code shows a date or time: it has a letter y, m, d, h or s outside quotes and
// brackets, [h], [m] and [s] aside. General and colours have such letters too, but in brackets or as a word.
func isDateFormat(code string) bool {
	code = strings.ReplaceAll(strings.ToLower(code), "general", "")
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case 'y', 'm', 'd', 'h', 's':
			return true
		case '\\', '_', '*':
			i++
		case '"', '[':
			closing := map[byte]byte{'"': '"', '[': ']'}[c]
			end := strings.IndexByte(code[i+1:], closing)
			if end < 0 {
				return false
			}
			inside := code[i+1 : i+1+end]
			if c == '[' && inside != "" && strings.Trim(inside, "hms") == "" {
				return true
			}
			i += 1 + end
		}
	}
	return false
}

// dateText writes a serial day number as a date; whole days without a time, times of day 0 without a date. Days count
// from 1900-01-01, which is 1, as if 1900 had a 29 February, or from 1904-01-01, which is 0. A number outside the years
// 1900 to 9999 is no date.
func dateText(serial float64, date1904 bool) (string, bool) {
	if serial < 0 || serial >= 2958466 || math.IsNaN(serial) {
		return "", false
	}
	day, part := math.Modf(serial)
	if day == 0 && !date1904 {
		seconds := math.Round(part * 86400)
		return time.Unix(int64(seconds), 0).UTC().Format("15:04:05"), seconds < 86400
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < 60:
		start = start.AddDate(0, 0, 1)
	}
	return formatDay(start.AddDate(0, 0, int(day)), part), true
}

// formatDay writes a day and the part of it that has passed.
func formatDay(day time.Time, part float64) string {
	seconds := math.Round(part * 86400)
	if seconds == 0 {
		return day.Format("2006-01-02")
	}
	return day.Add(time.Duration(seconds) * time.Second).Format("2006-01-02T15:04:05")
}

// unescape decodes _xHHHH_, by which XLSX writes a UTF-16 unit that XML cannot hold.
// What does not decode to a character stays.
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var out strings.Builder
	for text != "" {
		i := strings.Index(text, "_x")
		if i < 0 {
			break
		}
		out.WriteString(text[:i])
		text = text[i:]
		if r, size := escaped(text); size > 0 {
			out.WriteRune(r)
			text = text[size:]
		} else {
			out.WriteByte('_')
			text = text[1:]
		}
	}
	out.WriteString(text)
	return out.String()
}

// escaped decodes the escape, or the pair of escapes, that text begins with. Size is 0 if there is none.
func escaped(text string) (r rune, size int) {
	first, ok := unit(text)
	switch {
	case !ok:
		return 0, 0
	case first < 0xD800 || first > 0xDFFF:
		return first, escapeSize
	}
	second, ok := unit(text[escapeSize:])
	if !ok || first > 0xDBFF || second < 0xDC00 || second > 0xDFFF {
		return 0, 0
	}
	return (first-0xD800)<<10 + (second - 0xDC00) + 0x10000, 2 * escapeSize
}

const escapeSize = len("_x0041_")

func unit(text string) (rune, bool) {
	if len(text) < escapeSize || text[:2] != "_x" || text[escapeSize-1] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:escapeSize-1], 16, 16)
	return rune(n), err == nil
}
