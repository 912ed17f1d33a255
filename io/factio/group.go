package factio

import "time"

// Rows reach the disk in groups: when so many wait, or so much time has passed since the last group.
const (
	groupRows = 1000
	groupTime = 2 * time.Second
)

// A group is rows that are not in the file yet.
type group struct {
	write   func(rows []byte) error // makes them durable
	waiting []byte
	count   int
	synced  time.Time
	err     error // of the first group that could not be written; later rows are not
}

func newGroup(write func(rows []byte) error) group { return group{write: write, synced: time.Now()} }

func (g *group) add(row []byte) error {
	g.waiting = append(g.waiting, row...)
	g.count++
	if g.count >= groupRows || time.Since(g.synced) >= groupTime {
		g.flush()
	}
	return g.err
}

// flush brings the waiting rows to the disk.
func (g *group) flush() {
	if g.err == nil && len(g.waiting) > 0 {
		g.err = g.write(g.waiting)
	}
	g.waiting, g.count, g.synced = g.waiting[:0], 0, time.Now()
}
