package csvio

// AppendField appends the field as a cell: quoted only if it holds a comma, a quote, CR or LF. An empty field appends
// nothing, which is right wherever it is not the only field of its record; AppendRecord knows the difference.
func AppendField[T string | []byte](dst []byte, field T) []byte {
	if !NeedsQuotes(field) {
		return append(dst, field...)
	}
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(field); i++ {
		if field[i] == '"' {
			dst = append(append(dst, field[from:i]...), '"')
			from = i
		}
	}
	return append(append(dst, field[from:]...), '"')
}

// AppendRecord appends the fields as one record that ends with LF.
func AppendRecord(dst []byte, fields ...string) []byte {
	if len(fields) == 1 && fields[0] == "" {
		return append(dst, '"', '"', '\n')
	}
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendField(dst, f)
	}
	return append(dst, '\n')
}

// NeedsQuotes reports whether the field holds a comma, a quote, CR or LF.
func NeedsQuotes[T string | []byte](field T) bool {
	i := 0
	for ; i+8 <= len(field); i += 8 {
		w := uint64(field[i]) | uint64(field[i+1])<<8 | uint64(field[i+2])<<16 | uint64(field[i+3])<<24 |
			uint64(field[i+4])<<32 | uint64(field[i+5])<<40 | uint64(field[i+6])<<48 | uint64(field[i+7])<<56
		if (hasZero(w^every*',')|hasZero(w^every*'"')|hasZero(w^every*'\n')|hasZero(w^every*'\r'))&tops != 0 {
			return true
		}
	}
	for ; i < len(field); i++ {
		switch field[i] {
		case ',', '"', '\n', '\r':
			return true
		}
	}
	return false
}

const (
	every = 0x0101010101010101 // a byte times this is the byte in all eight places
	tops  = 0x8080808080808080
)

// hasZero has a top bit set if and only if w has a zero byte (Mycroft). The bits above the lowest one set say nothing.
func hasZero(w uint64) uint64 { return (w - every) & ^w }
