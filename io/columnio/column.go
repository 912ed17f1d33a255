package columnio

import (
	"errors"
	"fmt"
	"io"
)

// A Value is one value of a row: text, or null.
type Value struct {
	Text string
	Null bool
}

// A column reads one column of one row group.
type column struct {
	leaf   *leaf
	codec  int32
	packed bool // whatever a page says
	work   *work
	at     int64 // where the next page is
	end    int64 // of the chunk

	unread     int64 // values in pages to come
	left       int   // values of the page
	page       []byte
	reps, defs levels
	values     values
	coded      bool // values are codes of the dictionary
	codes      runs
	dictionary dictionary
}

// open begins a chunk of a row group with so many rows.
func (c *column) open(k *chunk, rows int64) error {
	c.codec, c.at, c.end, c.unread, c.left = k.codec, k.start(), k.start()+k.size, k.values, 0
	c.dictionary.count = -1
	_, known := ratios[k.codec]
	switch {
	case rows == 0 && k.values == 0: // an empty row group has no pages, and its chunks may be anywhere
		return nil
	case k.encrypted:
		return errors.New("is encrypted, which is not read; write it without encryption")
	case k.elsewhere:
		return errors.New("stands in another file, which is not read")
	case k.size < 0:
		return errors.New("is damaged: its place is not in the file")
	case k.physical != c.leaf.physical:
		return errors.New("is damaged: the schema gives it another type")
	case !known:
		return fmt.Errorf("is compressed as %s, which is not read; write it with SNAPPY or ZSTD",
			nameOf(codecNames, k.codec))
	case k.values < rows || k.values != rows && !c.leaf.List:
		return fmt.Errorf("is damaged: it is said to have %d values in %d rows", k.values, rows)
	}
	return nil
}

// close wants nothing to be left behind the last row.
func (c *column) close() error {
	if c.left > 0 || c.unread > 0 {
		return errors.New("it has more values than rows")
	}
	return nil
}

// row appends what the next row holds: one value, or those of a list.
func (c *column) row(into []Value) ([]Value, error) {
	for first, size := true, 0; ; first = false {
		if c.left == 0 {
			if c.unread == 0 && !first {
				return into, nil
			}
			if c.unread == 0 {
				return into, errors.New("it has fewer values than rows")
			}
			if err := c.nextPage(); err != nil {
				return into, err
			}
		}
		rep, err := c.reps.peek()
		switch {
		case err != nil:
			return into, err
		case first && rep != 0:
			return into, errors.New("a row begins within a list")
		case !first && rep == 0:
			return into, nil
		}
		if into, err = c.entry(into); err != nil {
			return into, err
		}
		if !c.leaf.List {
			return into, nil
		}
		if n := len(into); n > 0 {
			size += len(into[n-1].Text)
		}
		if size += 4; size > MaxCell { // what stands between entries counts too
			return into, errors.New("a list of more than 1 MiB, which is not read")
		}
	}
}

// entry appends the value at the next level, or null; nothing for a list that is empty or not there.
func (c *column) entry(into []Value) ([]Value, error) {
	def, err := c.defs.peek()
	if err != nil {
		return into, err
	}
	c.reps.taken()
	c.defs.taken()
	c.left--
	switch {
	case def == c.leaf.defined:
		text, err := c.text()
		if err == errNone {
			return append(into, Value{Null: true}), nil
		}
		return append(into, Value{Text: text}), err
	case c.leaf.List && def < c.leaf.entry:
		return into, nil
	}
	return append(into, Value{Null: true}), nil
}

// text is the next value that is there.
func (c *column) text() (string, error) {
	if c.coded {
		code, err := c.codes.next()
		if err != nil {
			return "", err
		}
		return c.dictionary.text(c.leaf, code)
	}
	v, err := c.values.next()
	if err != nil {
		return "", err
	}
	return c.leaf.text(v)
}

// A dictionary has the values that codes stand for. Each is made text when it is first asked for.
type dictionary struct {
	count int // -1: there is none yet
	page  []byte
	width int      // of a number
	ends  []uint32 // of bytes: where each ends
	texts []string
}

// entryBytes are what an entry of a dictionary takes beside its bytes.
const entryBytes = 4 + 16

func (d *dictionary) read(c *column, count int, data []byte) error {
	d.page, d.width, d.ends = data, 0, d.ends[:0]
	least := 4 // the length of bytes
	switch physical := c.leaf.physical; {
	case physical == physicalBoolean:
		return errors.New("its dictionary is of booleans, which is not read")
	case physical != physicalBytes:
		d.width = widths[physical]
		least = d.width
	}
	if count > len(data)/least {
		return errors.New("its dictionary has fewer values than it says")
	}
	if err := c.work.take(count * entryBytes); err != nil {
		return err
	}
	d.count, d.texts = count, make([]string, count)
	if d.width > 0 {
		return nil
	}
	plain := plainBytes{data: data}
	for range count {
		if _, err := plain.next(); err != nil {
			return err
		}
		d.ends = append(d.ends, uint32(len(data)-len(plain.data)))
	}
	return nil
}

// drop gives back what the dictionary's entries take.
func (d *dictionary) drop(w *work) {
	if d.count > 0 {
		w.used -= d.count * entryBytes
	}
	d.count, d.ends, d.texts = -1, nil, nil
}

func (d *dictionary) text(l *leaf, code uint32) (string, error) {
	if int64(code) >= int64(d.count) {
		return "", errors.New("a code stands for nothing in the dictionary")
	}
	if text := d.texts[code]; text != "" {
		return text, nil
	}
	text, err := l.text(d.value(code))
	d.texts[code] = text
	return text, err
}

func (d *dictionary) value(code uint32) value {
	if d.width > 0 {
		plain := plainNumbers{data: d.page[int(code)*d.width:], width: d.width}
		v, _ := plain.next()
		return v
	}
	start := 4
	if code > 0 {
		start += int(d.ends[code-1])
	}
	return value{bytes: d.page[start:d.ends[code]]}
}

// work is what all columns share: the file, bytes that are packed yet, and the account of memory.
type work struct {
	decompressor
	in     io.ReaderAt
	packed []byte
	used   int
}

func (w *work) take(n int) error {
	if w.used+n > maxWork {
		return fmt.Errorf("its pages, and those of other columns in use, take more than %d MiB at once; "+
			"write the file with smaller pages or row groups", maxWork>>20)
	}
	w.used += n
	return nil
}

// grow makes a buffer of n bytes at least.
func (w *work) grow(into *[]byte, n int) error {
	if n <= cap(*into) {
		return nil
	}
	if err := w.take(n - cap(*into)); err != nil {
		return err
	}
	*into = nil // free before the new one is there
	*into = make([]byte, n)
	return nil
}

// read reads bytes of the file; they are there until the next call.
func (w *work) read(at, n int64) ([]byte, error) {
	if err := w.grow(&w.packed, int(n)); err != nil {
		return nil, err
	}
	return w.packed[:n], readFull(w.in, w.packed[:n], at)
}
