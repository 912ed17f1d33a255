package clean

import (
	"bytes"
	"encoding/binary"

	"github.com/dermset/dermset/images"
)

// Markers (ITU T.81, B.1.1.3).
const (
	tem  = 0x01
	sof0 = 0xc0
	sof2 = 0xc2
	dht  = 0xc4
	rst0 = 0xd0
	rst7 = 0xd7
	soi  = 0xd8
	eoi  = 0xd9
	sos  = 0xda
	dqt  = 0xdb
	dri  = 0xdd
	app0 = 0xe0
)

// segments are what a JPEG needs to be decoded, and what says how its colours are meant.
type segments struct {
	jfif, adobe []byte // bodies; nil if there is none
	icc         profileParts
	picture     []byte // frame, tables and scans, as they are
	odd         bool   // there is something in or between scans that a decoder skips, or no end
}

// ofJPEG puts a JPEG together from its segments. Bytes between them, which decoders skip, are gone.
func ofJPEG(data []byte, result images.Result) (stripped, bool) {
	s, ok := segmentsOf(data)
	if !ok {
		return stripped{}, false
	}
	out := make([]byte, 0, len(s.picture)+256)
	out = append(out, 0xff, soi)
	if s.jfif != nil { // version, density; and that there is no thumbnail
		out = segment(out, app0, append(bytes.Clone(s.jfif[:12]), 0, 0))
	}
	if result.Orientation > 1 {
		out = segment(out, app0+1, append([]byte("Exif\x00\x00"), exif(result.Orientation)...))
	}
	if icc := s.icc.whole(); isProfile(icc) {
		out = appendProfile(out, icc)
	}
	if s.adobe != nil {
		out = segment(out, app0+14, s.adobe[:12])
	}
	out = append(append(out, s.picture...), 0xff, eoi)
	return stripped{out, s.odd}, true
}

func segment(out []byte, marker byte, body []byte) []byte {
	out = binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(2+len(body)))
	return append(out, body...)
}

func profileOfJPEG(data []byte) []byte {
	s, _ := segmentsOf(data)
	return s.icc.whole()
}

// segmentsOf goes over a JPEG as decoders do. It is false for what none of them decodes.
func segmentsOf(data []byte) (s segments, ok bool) {
	if len(data) < 2 || data[0] != 0xff || data[1] != soi {
		return s, false
	}
	scans := false
	for pos := 2; ; {
		at, marker := nextMarker(data, pos)
		s.odd = s.odd || scans && at != pos
		switch pos = at + 2; {
		case marker == 0:
			s.odd = true
			return s, scans
		case marker == eoi:
			return s, scans
		case marker == tem, marker >= rst0 && marker <= rst7:
			s.odd = s.odd || scans
			continue
		case marker == soi || pos+2 > len(data):
			return s, false
		}
		length := int(binary.BigEndian.Uint16(data[pos:]))
		if marker >= app0 { // as in libjpeg, one that says less than its length's two bytes is empty
			length = max(length, 2)
		}
		if length < 2 || pos+length > len(data) {
			return s, false
		}
		end := pos + length
		switch {
		case marker >= sof0 && marker <= sof2, marker == dht, marker == dqt, marker == dri:
			s.picture = append(s.picture, data[at:end]...)
		case marker == sos:
			scans = true
			end = endOfScan(data, end)
			s.picture = append(s.picture, data[at:end]...)
		case !scans:
			s.note(marker, data[pos+2:end])
		}
		pos = end
	}
}

// note keeps what of a segment says how colours are meant. Of several the one counts that decoders go by.
func (s *segments) note(marker byte, body []byte) {
	switch {
	case marker == app0 && s.jfif == nil && len(body) >= 14 && string(body[:5]) == "JFIF\x00":
		s.jfif = body
	case marker == app0+14 && len(body) >= 12 && string(body[:5]) == "Adobe":
		s.adobe = body
	case marker == app0+2 && len(body) >= len(iccName)+2 && string(body[:len(iccName)]) == iccName:
		s.icc.add(body[len(iccName)], body[len(iccName)+1], body[len(iccName)+2:])
	}
}

// nextMarker is where the next marker is, at or behind a place; 0 if there is none. Fill before it is skipped too.
func nextMarker(data []byte, pos int) (at int, marker byte) {
	for at = pos; at+1 < len(data); at++ {
		if data[at] == 0xff && data[at+1] != 0 && data[at+1] != 0xff {
			return at, data[at+1]
		}
	}
	return len(data), 0
}

// endOfScan is where the entropy-coded data that begin at a place end: at a marker other than one of a restart.
func endOfScan(data []byte, pos int) int {
	for {
		next := bytes.IndexByte(data[pos:], 0xff)
		if next < 0 || pos+next+1 == len(data) {
			return len(data)
		}
		pos += next
		if m := data[pos+1]; m != 0 && (m < rst0 || m > rst7) {
			return pos
		}
		pos += 2
	}
}

// iccName begins the segments that hold a profile (ICC.1:2022, B.4).
const iccName = "ICC_PROFILE\x00"

// profileParts are the parts of a profile by number; a segment has room for 65,519 bytes.
type profileParts struct {
	parts map[byte][]byte
	count byte
	wrong bool
}

func (p *profileParts) add(number, count byte, part []byte) {
	if p.parts == nil {
		p.parts, p.count = map[byte][]byte{}, count
	}
	_, twice := p.parts[number]
	p.wrong = p.wrong || twice || count != p.count || number < 1 || number > count
	p.parts[number] = part
}

// whole is the profile; nil if not all parts are there, once each.
func (p *profileParts) whole() (icc []byte) {
	if p.wrong || len(p.parts) != int(p.count) {
		return nil
	}
	for number := 1; number <= int(p.count); number++ {
		icc = append(icc, p.parts[byte(number)]...)
	}
	return icc
}

// appendProfile writes a profile as segments.
func appendProfile(out, icc []byte) []byte {
	const most = 65519
	count := (len(icc) + most - 1) / most
	for number := range count {
		part := icc[number*most : min(len(icc), (number+1)*most)]
		out = segment(out, app0+2, append(append([]byte(iccName), byte(number+1), byte(count)), part...))
	}
	return out
}
