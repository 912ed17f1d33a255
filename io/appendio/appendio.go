package appendio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"github.com/dermset/dermset/io/fileio"
	"github.com/dermset/dermset/packed"
)

// longestLine is how many bytes a line may have, with its end. A longer one says nothing.
const longestLine = 256 << 10

// A Row is what a line says.
type Row struct {
	Key   []byte
	Value []byte // nil: nothing is known of the key, whatever earlier lines say
}

// Parse is what a line without its end says, or false if it is none of ours. It is called by several goroutines.
type Parse func(line []byte) (Row, bool)

// A File is what the lines of a file say. Its methods may be called from several goroutines; one process appends at a
// time.
type File struct {
	path, header string
	whole        int64    // bytes of the whole lines that were read
	file         *os.File // nil: it is not appended to

	mu   sync.RWMutex
	last packed.Table
}

// Read reads the file at path; none is one without lines. The first line is the header, if there is to be one; a file
// with another is an error. Lines are parsed by all processors, as a million take seconds, and taken in their order.
func Read(path, header string, parse Parse) (*File, error) {
	f := &File{path: path, header: header}
	file, err := fileio.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	parsed := make(chan chan []Row, 2*runtime.GOMAXPROCS(0)) // in the order of the file
	go func() {
		defer close(parsed)
		f.whole, err = eachPiece(file, func(at int64, lines []byte) error {
			if at == 0 && !bytes.HasPrefix(lines, []byte(header)) {
				first := lines[:bytes.IndexByte(lines, '\n')+1]
				const remedy = "delete the file, what it holds is computed again"
				return fmt.Errorf("%s: begins %.60q, want %q; %s", path, first, header, remedy)
			}
			rows := make(chan []Row, 1)
			parsed <- rows
			go func() { rows <- parse.all(lines) }()
			return nil
		})
	}()
	for rows := range parsed {
		f.take(<-rows)
	}
	return f, err
}

// eachPiece calls do with pieces of whole lines and where they are. What follows the last line's end is left out, and
// so is what has none within the length of a line. It returns where the last line ends.
func eachPiece(file io.Reader, do func(at int64, lines []byte) error) (whole int64, err error) {
	var rest []byte
	for at := int64(0); err == nil; {
		piece, n := append(make([]byte, 0, longestLine), rest...), 0
		n, err = io.ReadFull(file, piece[len(piece):longestLine])
		piece = piece[:len(piece)+n]
		end := bytes.LastIndexByte(piece, '\n') + 1
		if end > 0 {
			if err := do(at, piece[:end]); err != nil {
				return 0, err
			}
			whole = at + int64(end)
		} else if len(piece) == longestLine {
			end = len(piece)
		}
		rest, at = piece[end:], at+int64(end)
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return whole, err
}

func (p Parse) all(lines []byte) []Row {
	rows := make([]Row, 0, bytes.Count(lines, []byte{'\n'}))
	for line := range bytes.Lines(lines) {
		if row, ok := p(line[:len(line)-1]); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

func (f *File) take(rows []Row) {
	for _, row := range rows {
		if row.Value == nil {
			f.last.Delete(row.Key)
		} else {
			f.last.Put(row.Key, row.Value)
		}
	}
}

// Open makes a file that was read one that is appended to; it makes it, with its header, if it is not there.
func (f *File) Open() error {
	file, err := fileio.OpenToWrite(f.path, os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	err = file.Truncate(f.whole)
	if err == nil && f.whole == 0 {
		_, err = file.WriteString(f.header)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file = file
	return nil
}

// Whole is how many bytes the whole lines have that were read.
func (f *File) Whole() int64 { return f.whole }

// Get is the value of a key, which must not be changed. It stays after Close.
func (f *File) Get(key []byte) (value []byte, known bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.last.Get(key)
}

// Put makes rows known to this process. What the file says is Append's.
func (f *File) Put(rows ...Row) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.take(rows)
}

// Append makes lines durable, each with its end.
func (f *File) Append(lines []byte) error {
	if _, err := f.file.Write(lines); err != nil {
		return err
	}
	return f.file.Sync()
}

// Close ends what Open began.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
