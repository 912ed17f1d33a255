package workspace

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/dermset/dermset/transfer"
)

// A Progress shows how far a pass over rows is: a line that is redrawn on a terminal, a log line every ten seconds
// elsewhere. It changes nothing that a run computes.
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
	p.log.Info(fmt.Sprintf("%s: %s %s in %s", p.what, Thousands(p.rows), p.unit, round(took)), p.unit, p.rows,
		p.unit+"_per_second", int64(rate(p.rows, took)))
}

func (p *Progress) show(now time.Time) {
	took := now.Sub(p.began)
	text := fmt.Sprintf("%s: %s %s, %s %s/s",
		p.what, Thousands(p.rows), p.unit, Thousands(int64(rate(p.rows, took))), p.unit)
	if p.total > 0 && p.bytes > 0 && p.bytes <= p.total {
		left := time.Duration(float64(took) * float64(p.total-p.bytes) / float64(p.bytes))
		text += fmt.Sprintf(", %d %%, %s left", 100*p.bytes/p.total, round(left))
	}
	p.tell(text)
}

// Transferred shows how far objects are that come from a store or go to one: objects and bytes a second, the time that
// is left, and failures by cause.
func (p *Progress) Transferred(t transfer.Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.terminal && now.Sub(p.shown) < 10*time.Second {
		return
	}
	p.shown = now
	took := now.Sub(p.began)
	done, speed := t.Done(), Thousands(int64(rate(t.Moved, took)))
	text := fmt.Sprintf("%s: %s of %s %s, %s %s/s, %.1f MB/s",
		p.what, Thousands(done), Thousands(t.Wanted), p.unit, speed, p.unit, rate(t.MovedBytes, took)/1e6)
	if tried := done - t.Had; tried > 0 && done < t.Wanted { // what was there costs no time
		left := time.Duration(float64(took) * float64(t.Wanted-done) / float64(tried))
		text += fmt.Sprintf(", %s left", round(left))
	}
	var failed []string
	for _, c := range t.Causes() {
		failed = append(failed, fmt.Sprintf("%s %s", Thousands(t.Failed[c].Objects), c))
	}
	if len(failed) > 0 {
		text += "; failed: " + strings.Join(failed, ", ")
	}
	p.tell(text)
}

// tell says how far it is.
func (p *Progress) tell(text string) {
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
		return
	}
	p.log.Info(text)
}

// EndTransfer clears the terminal's line and says how fast it was.
func (p *Progress) EndTransfer(t transfer.Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	took := time.Since(p.began)
	p.log.Info(fmt.Sprintf("%s: %s %s, %.1f MB in %s",
		p.what, Thousands(t.Moved), p.unit, float64(t.MovedBytes)/1e6, round(took)),
		p.unit, t.Moved, "bytes", t.MovedBytes, "failed", t.Failures(), p.unit+"_per_second", int64(rate(t.Moved, took)))
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
