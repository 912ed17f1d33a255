package transfer

import (
	"context"
	"time"
)

// What came is made durable together when there are that many objects, or that many bytes, or after that time, with all
// that came while the group before was: a slow disk makes groups larger, up to waiting more. A larger group costs less,
// and loses more when the machine stops.
const (
	groupFiles = 250
	groupBytes = 64 << 20
	groupTime  = 500 * time.Millisecond
	waiting    = 1000
)

// A landing is what became of one object that was to come.
type landing struct {
	key     string
	state   state
	entry   Entry    // what the log is to say of it
	arrival *arrival // of one that came
	failure Failure  // of one that failed
	stands  bool     // of one that failed: an earlier answer about it is known
}

func (l landing) outcome() outcome {
	return outcome{state: l.state, bytes: l.entry.Size, failure: l.failure}
}

// commitAll makes what came durable in groups until done is closed. When it cannot, it ends the run, and takes what is
// still sent.
func (f *fetch) commitAll(done <-chan landing, end context.CancelCauseFunc) (err error) {
	var group []landing
	var bytes int64
	tick := time.NewTicker(groupTime)
	defer tick.Stop()
	commit := func() {
		if err == nil {
			if err = f.commit(group); err != nil {
				end(err)
			}
		}
		group, bytes = group[:0], 0
	}
	for {
		select {
		case l, more := <-done:
			if !more {
				commit()
				return err
			}
			group, bytes = append(group, l), bytes+l.entry.Size
			if (len(group) >= groupFiles || bytes >= groupBytes) && (len(done) == 0 || len(group) >= waiting) {
				commit()
			}
		case <-tick.C:
			commit()
		}
	}
}

// isNews says whether the log does not end with it already: what fails in every run must not make the log grow with
// every run.
func (f *fetch) isNews(l landing) bool {
	known, _ := f.blobs.Entry(l.key)
	known.Attempts = l.entry.Attempts
	return known != l.entry
}

// commit makes one group durable: the files, their names, and then what the log says of them. Only then it counts.
func (f *fetch) commit(group []landing) error {
	var arrivals []arrival
	var keys []string
	var entries []Entry
	outcomes := make([]outcome, 0, len(group))
	for _, l := range group {
		outcomes = append(outcomes, l.outcome())
		if f.tell != nil && l.state == missed && l.stands && l.failure.Reason.MayPass() {
			f.tell(l.key)
		}
		if l.arrival != nil {
			arrivals = append(arrivals, *l.arrival)
		}
		again := l.state == had && l.entry.Failed() // its earlier state is back
		if again {
			l.entry.Status, l.entry.Reason, l.entry.Detail = fetched, "", ""
			l.entry.Near = ""
		}
		if again || l.state == moved || l.state == missed && f.isNews(l) {
			keys, entries = append(keys, l.key), append(entries, l.entry)
		}
	}
	if !f.DryRun {
		if err := f.blobs.settle(arrivals); err != nil {
			return local(err)
		}
		if err := f.blobs.log.append(keys, entries); err != nil {
			return local(err)
		}
	}
	if len(group) > 0 {
		f.add(outcomes...)
	}
	return nil
}
