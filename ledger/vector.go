package ledger

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dermset/dermset/rows"
)

// A vector is a list that grows by chunks, so that growing copies nothing and wastes at most one chunk. All tables of
// this package that grow with rows are made of vectors, but for the slots of keyTable.
type vector[T any] struct {
	chunks [][]T
	n      int
}

const (
	chunkBits = 16
	chunkSize = 1 << chunkBits
)

func (v *vector[T]) add(value T) {
	if v.n&(chunkSize-1) == 0 {
		v.chunks = append(v.chunks, make([]T, chunkSize))
	}
	v.chunks[v.n>>chunkBits][v.n&(chunkSize-1)] = value
	v.n++
}

// at is the place of value i; it stays where it is.
func (v *vector[T]) at(i int) *T { return &v.chunks[i>>chunkBits][i&(chunkSize-1)] }

func (v *vector[T]) get(i int) T { return v.chunks[i>>chunkBits][i&(chunkSize-1)] }

// chunk is chunk i without the part that is not used yet.
func (v *vector[T]) chunk(i int) []T { return v.chunks[i][:min(chunkSize, v.n-i*chunkSize)] }

// addAll adds values in order.
func addAll[T any](v *vector[T], values []T) {
	for len(values) > 0 {
		if v.n&(chunkSize-1) == 0 {
			v.chunks = append(v.chunks, make([]T, chunkSize))
		}
		n := copy(v.chunks[v.n>>chunkBits][v.n&(chunkSize-1):], values)
		v.n += n
		values = values[n:]
	}
}

// sized is a vector of n zeros.
func sized[T any](n int) *vector[T] {
	v := &vector[T]{n: n}
	for range (n + chunkSize - 1) / chunkSize {
		v.chunks = append(v.chunks, make([]T, chunkSize))
	}
	return v
}

// chunkColumn is chunk i as a column without nulls; it shares memory with the vector.
func chunkColumn[T arrow.FixedWidthType](t arrow.DataType, v *vector[T], i int) arrow.Array {
	return rows.Fixed(t, v.chunk(i), nil)
}
