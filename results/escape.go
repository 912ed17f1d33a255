package results

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// alike are the texts that an escaped byte is written as: those above ASCII, and of a backslash that would be read as
// one.
var alike = regexp.MustCompile(`\\x([89a-f][0-9a-f]|5c)`)

// Escaped is text of any bytes as UTF-8: a byte that is none is written \xff, in lower case, and a backslash that
// begins what looks like it is written \x5c. All other text is as it was.
func Escaped(text string) string {
	if utf8.ValidString(text) && !strings.Contains(text, `\x`) {
		return text
	}
	text = alike.ReplaceAllString(text, `\x5cx$1`)
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && n == 1 {
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[0]), 16))
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}
