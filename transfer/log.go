package transfer

import (
	"bytes"
	"strings"
	"sync/atomic"

	"github.com/dermset/dermset/io/appendio"
)

// A journal is the log, as far as it is about objects of one store: an Entry by key, without Object, which the key
// says.
type journal struct {
	*appendio.File
	store   string
	damaged int64 // bytes of lines that say nothing: of what object, nobody knows
}

// readJournal reads the log at path, if there is one. A line whose blob is not there takes back what earlier lines say
// of its object: it is fetched again.
func readJournal(path, store string, there func(Entry) bool) (*journal, error) {
	var damaged atomic.Int64
	file, err := appendio.Read(path, "", func(line []byte) (row appendio.Row, ok bool) {
		e, ok := parseEntry(line)
		if !ok {
			damaged.Add(int64(len(line)) + 1)
		}
		if !ok || !strings.HasPrefix(e.Object, store) {
			return row, false
		}
		row.Key = []byte(e.Object[len(store):])
		if e.SHA256 == "" || there(e) {
			row.Value = e.appendPacked(nil)
		}
		return row, true
	})
	return &journal{file, store, damaged.Load()}, err
}

func (j *journal) entry(key string) (Entry, bool) {
	e, known := j.Get([]byte(key))
	if !known {
		return Entry{}, false
	}
	return unpacked(e), true
}

// append makes entries durable, and only then known.
func (j *journal) append(keys []string, entries []Entry) error {
	if len(keys) == 0 {
		return nil
	}
	var lines bytes.Buffer
	rows := make([]appendio.Row, 0, len(keys))
	for i, e := range entries {
		e.Object = j.store + keys[i]
		if err := e.appendLine(&lines); err != nil {
			return err
		}
		rows = append(rows, appendio.Row{Key: []byte(keys[i]), Value: e.appendPacked(nil)})
	}
	if err := j.Append(lines.Bytes()); err != nil {
		return err
	}
	j.Put(rows...)
	return nil
}
