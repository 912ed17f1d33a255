package fault

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Together are messages of which several end alike, as where nineteen rows want the same: the first is said whole, and
// of the others what they do not have in common with it; where that is a place alone, all of them are one message with
// all places. Nothing is left out; others stay as they are, and where they are.
func Together(messages []string) []string { return together(messages, 0) }

// Few is Together for a person at a terminal: of many messages that end alike it says some, and counts the others.
func Few(messages []string) []string { return together(messages, manyAlike) }

// manyAlike is how many messages of a kind a person reads, and manyPlaces how many places in one.
const manyAlike, manyPlaces = 3, 12

// together is Together; of a kind it says so many messages at most, 0: all.
func together(messages []string, most int) []string {
	counts := map[string]int{}
	for _, m := range messages {
		for _, tail := range tails(m) {
			counts[tail]++
		}
	}
	ends := make([]string, len(messages)) // the end that most others share, and of these the shortest; empty: none
	heads := map[string][]string{}
	for i, m := range messages {
		for _, tail := range tails(m) {
			if n := counts[tail]; n >= leastAlike && n >= counts[ends[i]] {
				ends[i] = tail
			}
		}
		if ends[i] != "" {
			heads[ends[i]] = append(heads[ends[i]], strings.TrimSuffix(m, ends[i]))
		}
	}
	var all []string
	for i, m := range messages {
		switch of := heads[ends[i]]; {
		case ends[i] == "" || len(of) == 1: // others that share it have another end in common with more
			all = append(all, m)
		case of != nil:
			all = append(all, joined(of, ends[i], most)...)
			heads[ends[i]] = nil
		}
	}
	return all
}

// place is a file, perhaps with line and column, or a cell of a workbook.
var place = regexp.MustCompile(`^(\S*?)(:\d+)?(:\d+)?$`)

// joined are messages with one end, at most so many.
func joined(heads []string, end string, most int) []string {
	places := make([]string, len(heads))
	before := ""
	for i, head := range heads {
		found := place.FindStringSubmatch(head)
		if found == nil || !strings.HasPrefix(end, ": ") {
			return append([]string{heads[0] + end}, some(heads[1:], most)...)
		}
		if places[i] = head; i > 0 && found[1] == before && found[2] != "" {
			places[i] = strings.TrimPrefix(found[2]+found[3], ":")
		}
		before = found[1]
	}
	return []string{listed(places, most) + end}
}

// some are all further messages of a kind, or the first and the number of the others.
func some(heads []string, most int) []string {
	folded, of := foldLines(heads, most)
	if most == 0 || len(folded) < most+1 { // one line would be the count
		return folded
	}
	left := 0
	for _, n := range of[most-1:] {
		left += n
	}
	return append(folded[:most-1], fmt.Sprintf("and %d more like these; with `--log-format json` all are told", left))
}

// listed are places, all or, where the messages are to be few, the first and the number of the others.
func listed(places []string, most int) string {
	if left := len(places) - manyPlaces; most > 0 && left > 1 {
		places = append(places[:manyPlaces:manyPlaces], fmt.Sprintf("and %d more", left))
	}
	return strings.Join(places, ", ")
}

// inLine is a message about a line of a file.
var inLine = regexp.MustCompile(`^([^"` + "`" + `]*?)(:\d+(?::\d+)?)(: .*)$`)

// foldLines makes one message with all lines of those that say the same of several lines of a file, and says how many
// messages each stands for.
func foldLines(messages []string, most int) (all []string, of []int) {
	type said struct{ file, what string }
	at := map[said]int{}
	lines := map[said][]string{}
	for _, m := range messages {
		found := inLine.FindStringSubmatch(m)
		if found == nil {
			all, of = append(all, m), append(of, 1)
			continue
		}
		is := said{found[1], found[3]}
		if lines[is] = append(lines[is], found[2][1:]); len(lines[is]) == 1 {
			at[is] = len(all)
			all, of = append(all, ""), append(of, 0)
		}
		of[at[is]]++
		all[at[is]] = is.file + ":" + listed(lines[is], most) + is.what
	}
	return all, of
}

// clauses are what the ends of messages begin with.
var clauses = []string{": ", "; ", ", want ", " ("}

// tails are the ends of a message that may say the same as those of others, the longest first: clauses of some words,
// outside of what is quoted, a command, or in brackets.
func tails(message string) (all []string) {
	quoted, command, brackets := false, false, 0
	for i, r := range message {
		rest := message[i:]
		begins := slices.ContainsFunc(clauses, func(c string) bool { return strings.HasPrefix(rest, c) })
		if i > 0 && begins && !quoted && !command && brackets == 0 && len(strings.Fields(rest)) >= leastWords {
			all = append(all, rest)
		}
		switch {
		case r == '"' && !command:
			quoted = !quoted
		case r == '`' && !quoted:
			command = !command
		case r == '(' && !quoted && !command:
			brackets++
		case r == ')' && !quoted && !command:
			brackets--
		}
	}
	return all
}

// An end is said once that has so many words, with what joins it, and is the end of so many messages: fewer are read
// more easily as they are.
const leastWords, leastAlike = 4, 3
