package sheetio

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"
)

// readStyles finds the cell styles that show dates and times.
func (r *sheetReader) readStyles(d *xml.Decoder) error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := d.Decode(&styles); err != nil {
		return err
	}
	own := map[int]bool{}
	for _, f := range styles.Formats {
		own[f.ID] = isDateFormat(f.Code)
	}
	for _, c := range styles.Cells {
		is, ok := own[c.Format]
		r.dates = append(r.dates, is || !ok && isDateID(c.Format))
	}
	return nil
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
