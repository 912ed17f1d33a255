package sources

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A pattern is a regular expression, and the text that is made of what it matches.
type pattern struct {
	re   *regexp.Regexp // nil: it is missing, or cannot be read
	text string         // of to:
	to   []groupPart
}

// A groupPart is a group of the expression, or text.
type groupPart struct {
	text  string
	group int // -1: none
}

// noRE2 is what other programs' regular expressions have and RE2 has not: lookaround and backreferences.
var noRE2 = regexp.MustCompile(`\(\?(=|!|<=|<!)|\\[1-9]`)

// decodePattern reads a regular expression; nil if there is none to be read.
func decodePattern(n *node) *regexp.Regexp {
	var text string
	n.Filled(&text)
	re, err := regexp.Compile(text)
	switch {
	case err == nil:
		return re
	case noRE2.MatchString(text):
		n.Failf("%v: expressions are RE2's, without lookahead, lookbehind and backreferences; "+
			"put what is wanted in parentheses, and to: '{1}' takes it", err)
	default:
		n.Failf("%v", err)
	}
	return nil
}

func (c *column) match() *pattern {
	if c.pattern == nil {
		c.pattern = &pattern{}
	}
	return c.pattern
}

// checkPattern finds the groups that to: names. Without it the only group is meant, or all that is matched.
func (c *column) checkPattern(n *node) {
	p := c.pattern
	switch {
	case p == nil:
		return
	case p.re == nil && slices.Contains(n.Keys(), "matches"):
		return // what is wrong with it is said
	case p.re == nil:
		n.Failf("to: has no meaning without matches:")
		return
	case p.text == "" && p.re.NumSubexp() > 1:
		n.Failf("matches: has %d groups, want to: beside it, such as to: '{1}'; (?:…) is no group", p.re.NumSubexp())
		return
	case p.text == "":
		p.text = fmt.Sprintf("{%d}", p.re.NumSubexp())
	}
	made, err := parseTemplate(p.text)
	if err != nil {
		n.Failf("to: %v", err)
	}
	for _, part := range made {
		group := -1
		if part.column != "" {
			if group = p.group(part.column); group < 0 {
				n.Failf("to: matches: has no group %q, want {0} for all it matches, {1} to {%d}, or a name of (?P<name>…)",
					part.column, p.re.NumSubexp())
			}
		}
		p.to = append(p.to, groupPart{part.text, group})
	}
}

// group is the number of a group that is called by its number or name, or -1.
func (p *pattern) group(name string) int {
	if n, err := strconv.Atoi(name); err == nil {
		if n < 0 || n > p.re.NumSubexp() {
			return -1
		}
		return n
	}
	return p.re.SubexpIndex(name)
}

// made is what the pattern makes of a text, if it matches.
func (p *pattern) made(text string) (made string, matches bool) {
	at := p.re.FindStringSubmatchIndex(text)
	if at == nil {
		return "", false
	}
	group := func(n int) string {
		if at[2*n] < 0 { // it is in a branch that was not taken
			return ""
		}
		return text[at[2*n]:at[2*n+1]]
	}
	if len(p.to) == 1 && p.to[0].group >= 0 {
		return group(p.to[0].group), true
	}
	var all strings.Builder
	for _, part := range p.to {
		all.WriteString(part.text)
		if part.group >= 0 {
			all.WriteString(group(part.group))
		}
	}
	return all.String(), true
}

// stem is a file's name without folder and suffix. No path of a dataset has a backslash: one is Windows' own slash.
func stem(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return strings.TrimSuffix(name, path.Ext(name))
}

// fill makes text of an origin, asking cell for what raw columns hold; empty if one of them is.
func (c *column) fill(source origin, cell func(column string) string) string {
	if len(source) == 1 {
		return c.part(source[0], cell)
	}
	var text strings.Builder
	for _, p := range source {
		part := c.part(p, cell)
		if part == "" {
			return ""
		}
		text.WriteString(part)
	}
	return text.String()
}

func (c *column) part(p part, cell func(column string) string) string {
	if p.column == "" {
		return p.text
	}
	text := cell(p.column)
	if c.stem {
		text = stem(text)
	}
	return text
}

// shape is what replace, matches and map make of a text. Without a fit it is refused: why says by what.
func (c *column) shape(cell string) (shaped, why string) {
	for _, pair := range c.replace {
		cell = strings.ReplaceAll(cell, pair[0], pair[1])
	}
	if c.pattern != nil && cell != "" {
		made, matches := c.pattern.made(cell)
		switch {
		case matches:
			cell = made
		case c.other == "reject":
			return cell, "matches: does not match"
		case c.other == "empty":
			return "", ""
		}
	}
	if c.mapping == nil {
		return cell, ""
	}
	mapped, known := c.mapping[cell]
	c.sight.see(cell, known)
	switch {
	case known:
		return mapped, ""
	case cell == "" || c.other == "keep":
		return cell, ""
	case c.other == "empty":
		return "", ""
	}
	return cell, "map: does not have"
}

// paths is the template that all paths have which the column makes, but for what replace, map and else change.
func (c *column) paths() (template origin) {
	if c.pattern == nil {
		return c.sources[0]
	}
	for _, p := range c.pattern.to {
		one := part{text: p.text}
		if p.group >= 0 {
			one.column = "$" + strconv.Itoa(p.group)
		}
		template = append(template, one)
	}
	return template
}
