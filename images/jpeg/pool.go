package jpeg

import "sync"

// pool has the planes of pictures that were released, each all planes of one.
// Fresh memory costs a good part of what decoding into it does.
var pool sync.Pool

// mostPooled is the size of the largest planes that are kept, 10 megapixels of 4:2:0: so many bytes a worker,
// and no more.
const mostPooled = 15 << 20

// takePlanes is room for all samples of the picture. It may hold those of another.
func (d *decoder) takePlanes() {
	size := 0
	for i := range d.components {
		size += 64 * d.components[i].stride * d.components[i].rows
	}
	kept, _ := pool.Get().(*[]byte)
	if kept == nil || cap(*kept) < size {
		fresh := make([]byte, size)
		kept = &fresh
	}
	d.planes = kept
	rest := (*kept)[:size]
	for i := range d.components {
		c := &d.components[i]
		n := 64 * c.stride * c.rows
		c.plane, rest = rest[:n:n], rest[n:]
	}
}

// Release gives the memory of the picture back, for those to come. Nobody may look at it afterwards.
func (p Picture) Release() {
	if p.planes != nil && cap(*p.planes) <= mostPooled {
		pool.Put(p.planes)
	}
}
