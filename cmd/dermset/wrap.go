package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// wrap breaks a line where words end, so that no part is wider than width. Words that are wider themselves are broken
// behind what joins their parts, as in paths, and else anywhere; a command in backticks is one word, so that it can be
// copied. What a line begins with, and what joins words, stays as it is.
func wrap(line string, width int) []string { return wrapKeeping(line, width, nobody) }

// nobody is no word.
func nobody(string) bool { return false }

// copied says whether a person would copy a word: an address, a path, a command. Where it is wider than the terminal,
// that wraps it, and copies it whole.
func copied(word string) bool { return strings.ContainsAny(word, "/`") }

// wrapKeeping is wrap, but words that are kept stand whole in a line of their own, however wide they are.
func wrapKeeping(line string, width int, keep func(word string) bool) []string {
	width = max(width, 1)
	if text.StringWidth(line) <= width {
		return []string{line}
	}
	var lines []string
	now, room := "", width
	end := func() {
		lines = append(lines, strings.TrimRight(now, " "))
		now, room = "", width
	}
	for _, word := range words(line) {
		for {
			n := text.StringWidth(strings.TrimRight(word, " "))
			if n <= room || now == "" && keep(word) {
				break
			}
			if now != "" && (n <= width || 2*room < width || keep(word)) {
				end()
				continue
			}
			head, tail := breakWord(word, room)
			if head == "" && now != "" {
				end()
				continue
			}
			if head == "" { // a wide character, in a column of one
				_, n := utf8.DecodeRuneInString(word)
				head, tail = word[:n], word[n:]
			}
			now += head
			end()
			word = tail
		}
		now += word
		room -= text.StringWidth(word)
	}
	if strings.TrimSpace(now) != "" {
		end()
	}
	return lines
}

// hang is wrap of a line whose further parts begin with so many spaces.
func hang(line string, width, indent int) []string { return hangKeeping(line, width, indent, nobody) }

// hangKeeping is hang with words that are kept.
func hangKeeping(line string, width, indent int, keep func(word string) bool) []string {
	if text.StringWidth(line) <= width || indent >= width/2 {
		return wrapKeeping(line, width, keep)
	}
	at := 0 // how much of the line stands to the left of all parts
	for n, r := range line {
		if text.StringWidth(line[:n]) >= indent {
			break
		}
		at = n + len(string(r))
	}
	parts := wrapKeeping(line[at:], width-indent, keep)
	for i := range parts {
		if i == 0 {
			parts[i] = line[:at] + parts[i]
		} else {
			parts[i] = strings.Repeat(" ", indent) + parts[i]
		}
	}
	return parts
}

// words are the parts of a line that may stand in lines of their own, each with the spaces behind it; spaces that a
// line begins with belong to the first.
func words(line string) (all []string) {
	from, quoted := 0, false
	runes := []rune(line)
	for i, r := range runes {
		if r == '`' {
			quoted = !quoted && strings.ContainsRune(string(runes[i+1:]), '`')
		}
		last := i == len(runes)-1
		if last || r == ' ' && runes[i+1] != ' ' && !quoted && strings.TrimSpace(string(runes[from:i])) != "" {
			all = append(all, string(runes[from:i+1]))
			from = i + 1
		}
	}
	return all
}

// pieces are the parts of a text between which a column may break it: words, names of a path, items of a list.
func pieces(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(" /,", r) })
}

// joints are characters that a word is best broken behind.
const joints = `/\,;:_-.=&?`

// breakLine cuts a line where room ends.
func breakLine(line string, room int) (head, tail string) {
	if text.StringWidth(line) <= room {
		return line, ""
	}
	return breakWord(line, room)
}

// breakWord cuts a word that is wider than room: behind the last joint that leaves a good part of it, or where room
// ends, never in front of a mark that stands on the character before it. The head is empty where nothing fits.
func breakWord(word string, room int) (head, tail string) {
	end, joint, taken, half := 0, 0, 0, 0
	for at, r := range word {
		n := text.RuneWidth(r)
		if taken+n > room {
			break
		}
		if taken += n; taken*2 <= room {
			half = at
		}
		end = at + len(string(r))
		if strings.ContainsRune(joints, r) {
			joint = end
		}
	}
	for end > 0 && end < len(word) { // marks of no width
		r := []rune(word[end:])[0]
		if !unicode.Is(unicode.M, r) {
			break
		}
		end += len(string(r))
	}
	if joint > half {
		end = joint
	}
	return word[:end], word[end:]
}
