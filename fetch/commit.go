package fetch

import (
	"context"
	"time"
)

// Outcomes are made durable together when there are that many, or that many bytes, or after that time, with all that came while the group
// before was: a slow disk makes groups larger, up to waiting more. A larger group costs less, and loses more when the machine stops.
const (
	groupFiles = 250
	groupBytes = 64 << 20
	groupTime  = 500 * time.Millisecond
	waiting    = 1000
)

// An outcome is what became of one object.
type outcome struct {
	key     string
	state   state
	entry   Entry
	arrival *arrival // of one that came
}

type state int

const (
	had    state = iota // it was there
	came                // it came; in a dry run, it would be asked for
	missed              // it failed
)

// commitAll makes outcomes durable in groups until done is closed. When it cannot, it ends the run, and takes what is still sent.
func (r *run) commitAll(done <-chan outcome, end context.CancelCauseFunc) (err error) {
	var group []outcome
	var bytes int64
	tick := time.NewTicker(groupTime)
	defer tick.Stop()
	commit := func() {
		if err == nil {
			if err = r.commit(group); err != nil {
				end(err)
			}
		}
		group, bytes = group[:0], 0
	}
	for {
		select {
		case out, more := <-done:
			if !more {
				commit()
				return err
			}
			group, bytes = append(group, out), bytes+out.entry.Size
			if (len(group) >= groupFiles || bytes >= groupBytes) && (len(done) == 0 || len(group) >= waiting) {
				commit()
			}
		case <-tick.C:
			commit()
		}
	}
}

// isKnown says whether the log ends with this failure already: what fails in every run must not make the log grow with every run.
func (r *run) isKnown(out outcome) bool {
	known, _ := r.blobs.Entry(out.key)
	known.Attempts = out.entry.Attempts
	return known == out.entry
}

// commit makes one group durable: the files, their names, and then what the log says of them. Only then it counts.
func (r *run) commit(group []outcome) error {
	var arrivals []arrival
	var keys []string
	var entries []Entry
	for _, out := range group {
		if out.arrival != nil {
			arrivals = append(arrivals, *out.arrival)
		}
		again := out.state == had && out.entry.Failed() // its earlier state is back
		if again {
			out.entry.Status, out.entry.Reason, out.entry.Detail = fetched, "", ""
		}
		if out.state == came || again || out.state == missed && !r.isKnown(out) {
			keys, entries = append(keys, out.key), append(entries, out.entry)
		}
	}
	if !r.DryRun {
		if err := r.blobs.settle(arrivals); err != nil {
			return local(err)
		}
		if err := r.blobs.log.append(keys, entries); err != nil {
			return local(err)
		}
	}
	for _, out := range group {
		r.tally.add(out)
	}
	if r.Watch != nil && len(group) > 0 {
		r.Watch(r.tally)
	}
	return nil
}
