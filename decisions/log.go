package decisions

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dermset/dermset/io/fileio"
)

// The files of a workspace, below mapping/.
const (
	FileName = "decisions.jsonl"
	HeadName = "decisions.head"
)

// What errors call the log and its head: they are there in a workspace, and in a version.
const (
	shownName = "mapping/" + FileName
	shownHead = "mapping/" + HeadName
)

// mostBytes bounds what is read of a log: some million decisions.
const mostBytes = 1 << 30

// ahead is how far clocks of machines may differ: a line further in the future is an error.
const ahead = 5 * time.Minute

// zeros is what the first line names as the line before it.
var zeros = strings.Repeat("0", 2*sha256.Size)

// A Log is all decisions, oldest first, each held against the chain and against what is legal.
type Log struct {
	Decisions []Decision
	Sums      []string // SHA-256 of each line
	Unsure    int      // bytes behind the head, which nobody was told of: they are dropped by the next act

	text    []byte
	ends    []int // of each line in text
	history history
}

// Read reads decisions.jsonl and its head in a folder; without both the log is empty. A byte that changed, a line that
// is missing, doubled, out of order or in the future, what is not legal, and a log shorter than its head are errors,
// all at once, each with its line: nothing is decided on such a log. What lies behind the head was never acknowledged:
// it is left out, if it is one torn line, and else refused, for somebody else added it.
func Read(dir string, now time.Time) (*Log, error) {
	text, err := readOrNone(filepath.Join(dir, FileName), mostBytes)
	if err != nil {
		return nil, err
	}
	head, err := readOrNone(filepath.Join(dir, HeadName), 1<<10)
	if err != nil {
		return nil, err
	}
	return Parse(text, head, now)
}

func readOrNone(path string, most int64) ([]byte, error) {
	data, err := fileio.ReadUpTo(path, most)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Parse is Read of these bytes. What could be read of a log that is not whole comes with the error.
func Parse(text, head []byte, now time.Time) (*Log, error) {
	l := &Log{history: newHistory()}
	lines, sum, headErr := parseHead(head)
	problems := []error{headErr}
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole { // behind the head: torn; before it: cut off, as the count below says
			l.Unsure = len(text)
			break
		}
		problems = append(problems, l.take(line, now))
		text = rest
	}
	switch n := len(l.Decisions); {
	case headErr != nil: // which tells
	case n > 0 && len(head) == 0:
		problems = append(problems, fmt.Errorf("%s: is not there or empty, and nobody can say whether %s is whole: bring it "+
			"back (each version has it in its mapping/, of its day)", shownHead, shownName))
	case n < lines:
		problems = append(problems, fmt.Errorf("%s: ends with line %d, and %s says that there were %d: lines were cut "+
			"off; bring the whole file back (each version has it in its mapping/, up to its day)",
			shownName, n, shownHead, lines))
	case n > lines:
		problems = append(problems, fmt.Errorf("%s:%d: is behind the last line that %s knows, %d: somebody added it by "+
			"hand, or the two files are not of one moment", shownName, lines+1, shownHead, lines))
	case n > 0 && l.Sums[n-1] != sum:
		problems = append(problems, fmt.Errorf("%s:%d: has not the SHA-256 that %s says: it is not the line that was written",
			shownName, n, shownHead))
	}
	return l, errors.Join(problems...)
}

func parseHead(head []byte) (lines int, sum string, err error) {
	if len(head) == 0 {
		return 0, "", nil
	}
	fields := strings.Fields(string(head))
	if len(fields) == 2 && len(fields[1]) == len(zeros) {
		lines, err = strconv.Atoi(fields[0])
		sum = fields[1]
	}
	if err != nil || lines < 1 || string(head) != headText(lines, sum) {
		return 0, "", fmt.Errorf("%s: is damaged, want the number and the SHA-256 of the last line of %s; bring it back",
			shownHead, shownName)
	}
	return lines, sum, nil
}

func headText(lines int, sum string) string { return fmt.Sprintf("%d %s\n", lines, sum) }

// take reads the next line.
func (l *Log) take(line []byte, now time.Time) error {
	n := len(l.Decisions) + 1
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s:%d: %s", shownName, n, fmt.Sprintf(format, args...))
	}
	var d Decision
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&d)
	if _, more := decoder.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("something stands behind the object")
	}
	last, before := zeros, time.Time{}
	if n > 1 {
		last, before = l.Sums[n-2], l.Decisions[n-2].Time
	}
	sum := l.add(d, line)
	switch {
	case err != nil:
		return fail("is no decision: %v", err)
	case d.Prev != last:
		return fail("does not follow the line above: it names %s as the SHA-256 of the line before it, which is %s; "+
			"a line was changed, removed or added, or two logs were joined", short(d.Prev), short(last))
	case d.Number != int64(n):
		return fail("has number %d, want %d", d.Number, n)
	case d.Time.After(now.Add(ahead)):
		return fail("is of %s, which is in the future: it was changed, or a clock is wrong, here or where it was written",
			d.Time.Format(time.RFC3339))
	case d.Time.Before(before):
		return fail("is of %s, before the line above (%s)", d.Time.Format(time.RFC3339), before.Format(time.RFC3339))
	}
	if err := l.history.take(d, sum); err != nil {
		return fail("%v", err)
	}
	return nil
}

func short(sum string) string {
	if len(sum) > 12 {
		return sum[:12] + "…"
	}
	return sum
}

func (l *Log) add(d Decision, line []byte) (sum string) {
	sum = sumOf(line)
	l.Decisions = append(l.Decisions, d)
	l.Sums = append(l.Sums, sum)
	l.text = append(append(l.text, line...), '\n')
	l.ends = append(l.ends, len(l.text))
	return sum
}

func sumOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// Next is the decision as Add would add it now: with its number, the hash before it and its time, which is now, but
// never before the line above. Who signs a decision signs that one, and hands it to AddNext.
func (l *Log) Next(d Decision, now time.Time) Decision {
	d.Number, d.Prev, d.Time = int64(len(l.Decisions)+1), zeros, now.UTC().Truncate(time.Second)
	if n := len(l.Decisions); n > 0 {
		d.Prev = l.Sums[n-1]
		if last := l.Decisions[n-1].Time; d.Time.Before(last) {
			d.Time = last
		}
	}
	return d
}

// Add puts a decision behind the others and returns the SHA-256 of its line. What is not legal is an error, and is not
// added.
func (l *Log) Add(d Decision, now time.Time) (sum string, err error) {
	return l.AddNext(l.Next(d, now))
}

// AddNext is Add for what Next gave; nothing was added since.
func (l *Log) AddNext(d Decision) (sum string, err error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		return "", err
	}
	line := bytes.TrimSuffix(text.Bytes(), []byte("\n"))
	if err := l.history.take(d, sumOf(line)); err != nil {
		return "", err
	}
	return l.add(d, line), nil
}

// Text is the log's file, without what is unsure. It is the log's own: not to be changed.
func (l *Log) Text() []byte { return l.text }

// Head is what stands in HeadName; nothing of an empty log.
func (l *Log) Head() []byte {
	n := len(l.Sums)
	if n == 0 {
		return nil
	}
	return []byte(headText(n, l.Sums[n-1]))
}
