package factio

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dermset/dermset/io/appendio"
	"github.com/dermset/dermset/io/fileio"
)

// A Key is a SHA-256.
type Key [32]byte

// A Store is an open file of facts. Its methods may be called from several goroutines; one process has it open at a
// time.
type Store struct {
	file *appendio.File // of a row the fields, with tabs between them: some 80 bytes each

	mu sync.Mutex
	group
}

// Open opens the store at path, or makes it, with its folder. A store with other columns is an error.
func Open(path string, columns ...string) (*Store, error) {
	if err := fileio.MakeFolders(filepath.Dir(path)); err != nil {
		return nil, err
	}
	header := "sha256\t" + strings.Join(columns, "\t") + "\tcrc32c\n"
	file, err := appendio.Read(path, header, func(line []byte) (appendio.Row, bool) {
		key, row, ok := parse(line)
		return appendio.Row{Key: key[:], Value: row}, ok && bytes.Count(row, []byte{'\t'})+1 == len(columns)
	})
	if err == nil {
		err = file.Open()
	}
	if err != nil {
		return nil, err
	}
	return &Store{file: file, group: newGroup(file.Append)}, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// parse takes a line apart, if it is whole.
func parse(line []byte) (key Key, row []byte, ok bool) {
	end := bytes.LastIndexByte(line, '\t')
	if end < 2*len(key)+1 || !bytes.Equal(line[end+1:], appendChecksum(nil, line[:end])) || line[2*len(key)] != '\t' {
		return key, nil, false
	}
	if _, err := hex.Decode(key[:], line[:2*len(key)]); err != nil {
		return key, nil, false
	}
	return key, line[2*len(key)+1 : end], true
}

// appendChecksum appends the checksum of a line.
func appendChecksum(b, line []byte) []byte {
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.Checksum(line, castagnoli))
	return hex.AppendEncode(b, sum[:])
}

// Get is the fields of a key, also after Close.
func (s *Store) Get(key Key) (fields []string, known bool) {
	row, known := s.file.Get(key[:])
	if !known {
		return nil, false
	}
	return strings.Split(string(row), "\t"), true
}

// Has says whether a key has a row.
func (s *Store) Has(key Key) bool {
	_, known := s.file.Get(key[:])
	return known
}

// plain takes out what would end a field or a row.
var plain = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

// Put adds a row: as many fields as the store has columns, in which tabs and line ends become spaces. It is durable
// with its group, at the latest when Close has returned without an error. After an error every Put returns it.
func (s *Store) Put(key Key, fields ...string) error {
	row := ""
	for i, field := range fields {
		if i > 0 {
			row += "\t"
		}
		row += plain.Replace(field)
	}
	line := append(append(hex.AppendEncode(nil, key[:]), '\t'), row...)
	line = append(appendChecksum(append(line, '\t'), line), '\n')

	s.mu.Lock()
	defer s.mu.Unlock()
	s.file.Put(appendio.Row{Key: key[:], Value: []byte(row)})
	return s.add(line)
}

// Close brings everything to the disk.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	return errors.Join(s.err, s.file.Close())
}
