package arrowio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Messages reads the messages of an IPC stream that is in memory as views of it, where the library's own reader would
// copy each body. Dictionaries alone are copied: they are shared with what is made of the batch, and would keep all of
// the stream in memory.
type messages struct{ rest []byte }

var (
	errShort   = errors.New("a message is cut short")
	errMessage = errors.New("a message is not one")
)

// Message returns the next message, or io.EOF.
func (m *messages) Message() (*ipc.Message, error) {
	const continuation = 0xffffffff
	head, err := m.take(8)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(head) != continuation {
		return nil, errMessage
	}
	size := binary.LittleEndian.Uint32(head[4:])
	if size == 0 {
		return nil, io.EOF
	}
	meta, err := m.take(int64(size))
	if err != nil {
		return nil, err
	}
	about := memory.NewBufferBytes(meta)
	header := ipc.NewMessage(about, memory.NewBufferBytes(nil))
	body, err := m.take(header.BodyLen())
	if err != nil {
		return nil, err
	}
	if header.Type() == ipc.MessageDictionaryBatch {
		body = bytes.Clone(body)
	}
	return ipc.NewMessage(about, memory.NewBufferBytes(body)), nil
}

func (m *messages) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(m.rest)) {
		return nil, errShort
	}
	b := m.rest[:n:n]
	m.rest = m.rest[n:]
	return b, nil
}

// Retain and Release do nothing: the garbage collector owns the bytes.
func (m *messages) Retain()  {}
func (m *messages) Release() {}
