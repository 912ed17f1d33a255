package workspace

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dermset/dermset/transfer"
)

// A Progress shows how far the phases of a run are: passes over rows, transfers, and whatever else takes time. On a
// terminal it is a line that stands there from the begin of a phase and is redrawn each second at least; elsewhere a
// log line every ten seconds. A phase inside another takes its place until it is over. It changes nothing that a run
// computes.
type Progress struct {
	out      io.Writer
	log      *slog.Logger
	terminal bool
	Brief    bool // the verb is of something else than steps: which of them are up to date is not told

	mu     sync.Mutex
	phases []*phase // the outermost first
	tick   *time.Timer
}

type phase struct {
	what  string
	unit  string // what is counted: rows or pictures; empty: nothing is
	began time.Time
	shown time.Time
	rows  int64 // or whatever the unit is
	bytes int64
	total int64  // bytes expected; 0 where nobody knows
	said  string // of a transfer, instead of what follows from the numbers
}

// NewProgress shows progress on out if it is a terminal, else through log.
func NewProgress(out io.Writer, terminal bool, log *slog.Logger) *Progress {
	return &Progress{out: out, terminal: terminal, log: log}
}

// Begin starts a pass over what unit says; total is the bytes it will read, 0 if unknown. What it returns ends it,
// however it went; a pass that did all it had to is ended by End before.
func (p *Progress) Begin(what, unit string, total int64) (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	f := &phase{what: what, unit: unit, began: now, shown: now, total: total}
	p.phases = append(p.phases, f)
	if p.terminal {
		p.tell(f.text(now))
	}
	if p.tick == nil {
		p.tick = time.AfterFunc(time.Second, p.goesOn)
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.over(f)
	}
}

// Phase is Begin of what nobody counts.
func (p *Progress) Phase(what string) (done func()) { return p.Begin(what, "", 0) }

// Step is Phase of what stands in the log with its begin.
func (p *Progress) Step(what string) (done func()) {
	p.Begins(what)
	return p.Phase(what)
}

// Begins says in the log that a phase begins; on a terminal it is seen.
func (p *Progress) Begins(what string) {
	if !p.terminal {
		p.log.Info(what + ": begins")
	}
}

// Reasons are why a step runs again, "; " between them: on a terminal the first, and how many more there are.
func (p *Progress) Reasons(why []string) string {
	const most = 3
	if n := len(why) - most; p.terminal && n > 0 {
		why = append(slices.Clone(why[:most]), fmt.Sprintf("and %d more", n))
	}
	return strings.Join(why, "; ")
}

// goesOn shows a phase again of which nobody has told anything for a while.
func (p *Progress) goesOn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.phases) > 0 {
		p.show(time.Now(), time.Second)
		p.tick.Reset(time.Second)
	}
}

// now is the phase that is on; one that nobody sees where none is.
func (p *Progress) now() *phase {
	if len(p.phases) == 0 {
		return &phase{began: time.Now()}
	}
	return p.phases[len(p.phases)-1]
}

// over ends a phase and those inside it, unless it is over.
func (p *Progress) over(f *phase) {
	at := slices.Index(p.phases, f)
	if at < 0 {
		return
	}
	p.phases = p.phases[:at]
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	if at == 0 {
		p.tick.Stop()
		p.tick = nil
		return
	}
	now := time.Now()
	p.now().shown = now
	if p.terminal {
		p.tell(p.now().text(now))
	}
}

// Add is an engine's Settings.Watch.
func (p *Progress) Add(_ string, rows, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.now()
	f.rows, f.bytes = f.rows+rows, f.bytes+bytes
	p.show(time.Now(), 200*time.Millisecond)
}

// show tells how far the phase is that is on, unless that was told a moment ago.
func (p *Progress) show(now time.Time, every time.Duration) {
	if !p.terminal {
		every = 10 * time.Second
	}
	if f := p.now(); now.Sub(f.shown) >= every {
		f.shown = now
		p.tell(f.text(now))
	}
}

// End is the end of a pass that did all it had to: it says how fast that was, on a terminal where that took a while.
func (p *Progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.now()
	p.over(f)
	took := time.Since(f.began)
	if p.terminal && took < time.Second {
		return
	}
	p.log.Info(fmt.Sprintf("%s: %s %s in %s", f.what, Thousands(f.rows), f.unit, round(took)), f.unit, f.rows,
		f.unit+"_per_second", int64(rate(f.rows, took)))
}

// text says how far a phase is.
func (f *phase) text(now time.Time) string {
	took := now.Sub(f.began)
	switch {
	case f.said != "":
		return f.said
	case f.rows == 0 && took < time.Second:
		return f.what + " …"
	case f.rows == 0:
		return f.what + " …, " + took.Truncate(time.Second).String() + " so far"
	}
	text := fmt.Sprintf("%s: %s %s, %s %s/s",
		f.what, Thousands(f.rows), f.unit, Thousands(int64(rate(f.rows, took))), f.unit)
	if f.total > 0 && f.bytes > 0 && f.bytes <= f.total {
		left := time.Duration(float64(took) * float64(f.total-f.bytes) / float64(f.bytes))
		text += fmt.Sprintf(", %d %%, %s left", 100*f.bytes/f.total, round(left))
	}
	return text
}

// Transferred shows how far objects are that come from a store or go to one: objects and bytes a second, the time that
// is left, and failures by cause.
func (p *Progress) Transferred(t transfer.Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, f := time.Now(), p.now()
	took := now.Sub(f.began)
	done, speed := t.Done(), Thousands(int64(rate(t.Moved, took)))
	f.said = fmt.Sprintf("%s: %s of %s %s, %s %s/s, %.1f MB/s",
		f.what, Thousands(done), Thousands(t.Wanted), f.unit, speed, f.unit, rate(t.MovedBytes, took)/1e6)
	if tried := done - t.Had; tried > 0 && done < t.Wanted { // what was there costs no time
		left := time.Duration(float64(took) * float64(t.Wanted-done) / float64(tried))
		f.said += fmt.Sprintf(", %s left", round(left))
	}
	var failed []string
	for _, c := range t.Causes() {
		failed = append(failed, fmt.Sprintf("%s %s", Thousands(t.Failed[c].Objects), c))
	}
	if len(failed) > 0 {
		f.said += "; failed: " + strings.Join(failed, ", ")
	}
	p.show(now, 0)
}

// tell says how far it is.
func (p *Progress) tell(text string) {
	if p.terminal {
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
		return
	}
	p.log.Info(text)
}

// EndTransfer is End of a transfer; one that moved nothing counts as quick.
func (p *Progress) EndTransfer(t transfer.Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.now()
	p.over(f)
	took := time.Since(f.began)
	if p.terminal && took < time.Second && t.Moved == 0 {
		return
	}
	p.log.Info(fmt.Sprintf("%s: %s %s, %.1f MB in %s",
		f.what, Thousands(t.Moved), f.unit, float64(t.MovedBytes)/1e6, round(took)),
		f.unit, t.Moved, "bytes", t.MovedBytes, "failed", t.Failures(), f.unit+"_per_second", int64(rate(t.Moved, took)))
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
