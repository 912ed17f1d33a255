package workspace

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/dermset/dermset/fetch"
	"github.com/dermset/dermset/upload"
)

// A Progress shows how far a pass over rows is: a line that is redrawn on a terminal, a log line every ten seconds elsewhere. It changes
// nothing that a run computes.
type Progress struct {
	out      io.Writer
	log      *slog.Logger
	terminal bool

	mu    sync.Mutex
	what  string
	unit  string // what is counted: rows or pictures
	began time.Time
	shown time.Time
	rows  int64 // or whatever the unit is
	bytes int64
	total int64 // bytes expected; 0 where nobody knows
}

// NewProgress shows progress on out if it is a terminal, else through log.
func NewProgress(out io.Writer, terminal bool, log *slog.Logger) *Progress {
	return &Progress{out: out, terminal: terminal, log: log}
}

// Begin starts a pass over what unit says; total is the bytes it will read, 0 if unknown.
func (p *Progress) Begin(what, unit string, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.what, p.unit, p.began, p.shown, p.rows, p.bytes, p.total = what, unit, now, now, 0, 0, total
}

// Add is an engine's Settings.Watch.
func (p *Progress) Add(_ string, rows, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows, p.bytes = p.rows+rows, p.bytes+bytes
	every := 10 * time.Second
	if p.terminal {
		every = 200 * time.Millisecond
	}
	if now := time.Now(); now.Sub(p.shown) >= every {
		p.shown = now
		p.show(now)
	}
}

// End clears the terminal's line and says how fast the pass was.
func (p *Progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	took := time.Since(p.began)
	p.log.Info(fmt.Sprintf("%s: %s %s in %s", p.what, Thousands(p.rows), p.unit, round(took)), p.unit, p.rows, p.unit+"_per_second", int64(rate(p.rows, took)))
}

func (p *Progress) show(now time.Time) {
	took := now.Sub(p.began)
	text := fmt.Sprintf("%s: %s %s, %s %s/s", p.what, Thousands(p.rows), p.unit, Thousands(int64(rate(p.rows, took))), p.unit)
	if p.total > 0 && p.bytes > 0 && p.bytes <= p.total {
		left := time.Duration(float64(took) * float64(p.total-p.bytes) / float64(p.bytes))
		text += fmt.Sprintf(", %d %%, %s left", 100*p.bytes/p.total, round(left))
	}
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
		return
	}
	p.log.Info(text)
}

// A Transfer is how far objects are that come from a store or go to one.
type Transfer struct {
	what, unit   string
	wanted, done int64
	moved, bytes int64 // of those done; the others failed, or were there, which costs no time
	failures     int64
	failed       []string // how many by cause
}

// Fetched is how far a fetch is.
func Fetched(t fetch.Tally) Transfer {
	var failed []string
	for _, reason := range t.Reasons() {
		failed = append(failed, fmt.Sprintf("%s %s", Thousands(t.Failed[reason].Objects), reason))
	}
	return Transfer{"fetch", "images", t.Wanted, t.Had + t.Fetched + t.Failures(), t.Fetched, t.FetchedBytes, t.Failures(), failed}
}

// Uploaded is how far an upload is.
func Uploaded(t upload.Tally) Transfer {
	var failed []string
	for _, c := range t.Causes() {
		failed = append(failed, fmt.Sprintf("%s %s", Thousands(c.Files), c.First.Cause))
	}
	moved, bytes := t.Moved()
	return Transfer{"upload", "objects", t.Wanted, t.Had + moved + int64(t.Failures()), moved, bytes, int64(t.Failures()), failed}
}

// Transferred shows how far a transfer is: objects and bytes a second, the time that is left, and failures by cause.
func (p *Progress) Transferred(t Transfer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.terminal && now.Sub(p.shown) < 10*time.Second {
		return
	}
	p.shown = now
	took := now.Sub(p.began)
	text := fmt.Sprintf("%s: %s of %s %s, %s %s/s, %.1f MB/s", t.what, Thousands(t.done), Thousands(t.wanted), t.unit, Thousands(int64(rate(t.moved, took))), t.unit, rate(t.bytes, took)/1e6)
	if came := t.moved + t.failures; came > 0 && t.done < t.wanted {
		left := time.Duration(float64(took) * float64(t.wanted-t.done) / float64(came))
		text += fmt.Sprintf(", %s left", round(left))
	}
	if len(t.failed) > 0 {
		text += "; failed: " + strings.Join(t.failed, ", ")
	}
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
		return
	}
	p.log.Info(text)
}

// EndTransfer clears the terminal's line and says how fast the transfer was.
func (p *Progress) EndTransfer(t Transfer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	took := time.Since(p.began)
	p.log.Info(fmt.Sprintf("%s: %s %s, %.1f MB in %s", t.what, Thousands(t.moved), t.unit, float64(t.bytes)/1e6, round(took)),
		t.unit, t.moved, "bytes", t.bytes, "failed", t.failures, t.unit+"_per_second", int64(rate(t.moved, took)))
}

func rate(rows int64, took time.Duration) float64 { return float64(rows) / max(took.Seconds(), 1e-9) }

func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// Thousands writes 1234567 as 1,234,567.
func Thousands(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), ",")
}
