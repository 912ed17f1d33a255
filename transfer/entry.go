package transfer

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/dermset/dermset/io/blobio"
)

// An Entry is what the log says of an object.
type Entry struct {
	Object  string `json:"object"` // where it was: the store and the key
	ETag    string `json:"etag,omitempty"`
	Version string `json:"version,omitempty"`
	Size    int64  `json:"size"`
	// its blob; a failed object has one if an earlier state of it was fetched
	SHA256   string        `json:"sha256,omitempty"`
	Status   string        `json:"status"`           // fetched | failed
	Reason   blobio.Reason `json:"reason,omitempty"` // of a failed one
	Detail   string        `json:"detail,omitempty"` // the error, for people
	Near     string        `json:"near,omitempty"`   // of a missing one: a key that is there, and nearly its own
	Attempts int           `json:"attempts"`
}

const (
	fetched = "fetched"
	failed  = "failed"
)

// Failed says whether the last try failed.
func (e Entry) Failed() bool { return e.Status == failed }

// Unanswered says whether the store has never answered for the object: it failed for what may pass, and is nothing that
// anything is known of.
func (e Entry) Unanswered() bool { return e.Failed() && e.Reason.MayPass() }

// sumKey is the last key of a line of the log, of the checksum of all before it: CRC-32C in hex.
const sumKey = `,"crc32c":"`

// appendLine appends the line of an entry to a log.
func (e Entry) appendLine(lines *bytes.Buffer) error {
	begin := lines.Len()
	encoder := json.NewEncoder(lines)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return err
	}
	lines.Truncate(lines.Len() - len("}\n"))
	sum := checksum(lines.Bytes()[begin:])
	lines.WriteString(sumKey + sum + "\"}\n")
	return nil
}

func checksum(line []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(line, crc32.MakeTable(crc32.Castagnoli)))
}

// decodeLine reads a line whose checksum is right. Lines of logs that earlier programs wrote have none, and no key that
// is not an entry's.
func (e *Entry) decodeLine(line []byte) error {
	if before, sum, summed := bytes.Cut(line, []byte(sumKey)); summed {
		if string(sum) != checksum(before)+`"}` {
			return errors.New("a line of the log is damaged")
		}
		return json.Unmarshal(line, e)
	}
	strict := json.NewDecoder(bytes.NewReader(line))
	strict.DisallowUnknownFields()
	return strict.Decode(e)
}

// parseEntry reads a line of the log.
func parseEntry(line []byte) (Entry, bool) {
	var e Entry
	if e.decodeLine(line) != nil {
		return Entry{}, false
	}
	sum, err := hex.DecodeString(e.SHA256)
	switch {
	case err != nil, e.SHA256 != strings.ToLower(e.SHA256), len(sum) != 0 && len(sum) != 32,
		e.Object == "", e.Size < 0, e.Attempts < 0:
		return Entry{}, false
	case e.Status == fetched:
		return e, len(sum) > 0
	}
	return e, e.Status == failed
}

// appendPacked is the entry without its object, in some 60 bytes: numbers, then texts behind their lengths, those in
// hex in half the bytes.
func (e Entry) appendPacked(b []byte) []byte {
	state := byte(0)
	if e.Failed() {
		state = 1
	}
	b = binary.AppendUvarint(binary.AppendUvarint(append(b, state), uint64(e.Size)), uint64(e.Attempts))
	for _, text := range []string{e.SHA256, e.ETag, e.Version, string(e.Reason), e.Detail, e.Near} {
		length := uint64(len(text)) << 1
		if raw, err := hex.DecodeString(text); err == nil && text == strings.ToLower(text) {
			text, length = string(raw), uint64(len(raw))<<1|1
		}
		b = append(binary.AppendUvarint(b, length), text...)
	}
	return b
}

// unpacked is what appendPacked packed.
func unpacked(b []byte) Entry {
	e := Entry{Status: fetched}
	if b[0] == 1 {
		e.Status = failed
	}
	b = b[1:]
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	text := func() (text string) {
		length := number()
		raw := b[:length>>1]
		b = b[length>>1:]
		if length&1 == 1 {
			return hex.EncodeToString(raw)
		}
		return string(raw)
	}
	e.Size, e.Attempts = int64(number()), int(number())
	e.SHA256, e.ETag, e.Version, e.Reason, e.Detail = text(), text(), text(), blobio.Reason(text()), text()
	e.Near = text()
	return e
}
