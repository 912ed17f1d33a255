package yamlio

import (
	"fmt"
	"strings"
)

// Page is a table in Markdown for the keys below each heading. Where sections is set, a key at the top that holds
// others is a heading too.
func Page(keys []Key, sections bool) string {
	var out strings.Builder
	begun := false
	for _, key := range keys {
		switch {
		case key.Path == "":
			fmt.Fprintf(&out, "\n### %s\n", key.Says)
			begun = false
			continue
		case sections && key.Is.form == section && key.above() == "":
			fmt.Fprintf(&out, "\n### %s\n\n%s.\n", key.Path, strings.ToUpper(key.Says[:1])+key.Says[1:])
			begun = false
			continue
		case !begun:
			out.WriteString("\n| key | type | default | meaning | example |\n|---|---|---|---|---|\n")
			begun = true
		}
		cells := []string{code(key.Path), cell(key.Is.String()), code(key.Default) + cell(key.Absent),
			cell(key.meaning()), code(key.example())}
		fmt.Fprintf(&out, "| %s |\n", strings.Join(cells, " | "))
	}
	return out.String()
}

// Fill puts generated text between two marks of a page, and is the page with it; ok is whether both are there.
func Fill(page, name, made string) (filled string, ok bool) {
	begin, end := "<!-- made of the code: "+name+" -->\n", "\n<!-- end of "+name+" -->"
	before, rest, found := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	return before + begin + made + end + after, found && ended
}

func (k Key) meaning() string {
	text := k.Says
	if k.More != "" {
		text += ". " + k.More
	}
	if k.Page != "" {
		name, _, _ := strings.Cut(k.Page, "#")
		text += fmt.Sprintf(" ([%s](%s))", name, k.Page)
	}
	return text
}

// example is the line in which the key stands; of one that holds keys there is none.
func (k Key) example() string {
	if k.Example == "" {
		return ""
	}
	return k.Name() + ": " + k.Example
}

// cell is text in a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;").Replace(text)
}

// code is text that stands for itself in such a table.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(text, "|", `\|`) + "`"
}
