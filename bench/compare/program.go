package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A kind says which answers of a program can be compared with which of another.
type kind int

const (
	peer kind = iota
	likeForLike
	allColumns
)

// A program is one column of the comparison.
type program struct {
	name    string
	is      kind
	command []string
	version []string // asks for name and version; nil for ours
	title   string   // what it answered
	made    string   // folder of its output
	clear   []string // folders removed before a run
	done    []int    // exit codes besides 0 that mean done

	runs   []measurement
	output int64 // bytes
}

// A measurement is one run of a program as a whole process.
type measurement struct {
	wall, cpu float64 // seconds; cpu is user and system time
	peak      int64   // bytes of resident memory at most
}

func (p *program) findVersion() error {
	p.title = p.name
	if p.version == nil {
		return nil
	}
	out, err := exec.Command(p.version[0], p.version[1:]...).Output()
	p.title = strings.TrimSpace(string(out))
	return err
}

// runOnce removes what a run before left and measures a run. What is removed, and what the disk still has to write,
// is not measured.
func (p *program) runOnce(round int) error {
	for _, folder := range p.clear {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	syscall.Sync()
	m, err := measure(p.command, p.done)
	if err != nil {
		return err
	}
	p.runs = append(p.runs, m)
	fmt.Fprintf(os.Stderr, "round %d  %-22s wall %7.2f s  cpu %7.2f s  peak %6d MB\n",
		round+1, p.name, m.wall, m.cpu, m.peak/1e6)
	return nil
}

// measure runs a command. Memory is that of the process alone: none of the programs starts others.
func measure(command []string, done []int) (measurement, error) {
	var said bytes.Buffer
	c := exec.Command(command[0], command[1:]...)
	c.Stderr = &said
	began := time.Now()
	err := c.Run()
	wall := time.Since(began)
	if err != nil && (c.ProcessState == nil || !slices.Contains(done, c.ProcessState.ExitCode())) {
		text := said.Bytes()
		return measurement{}, fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, text[max(0, len(text)-2000):])
	}
	used := c.ProcessState.SysUsage().(*syscall.Rusage)
	cpu := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	return measurement{wall.Seconds(), cpu.Seconds(), used.Maxrss << 10}, nil
}

func (p *program) median(of func(measurement) float64) float64 {
	values := p.values(of)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// values are sorted.
func (p *program) values(of func(measurement) float64) []float64 {
	var values []float64
	for _, m := range p.runs {
		values = append(values, of(m))
	}
	slices.Sort(values)
	return values
}

func wall(m measurement) float64 { return m.wall }
func cpu(m measurement) float64  { return m.cpu }
func peak(m measurement) float64 { return float64(m.peak) }

// warm reads every file below a folder, so that all programs find them in memory,
// and adds up the larger of what ours and the peers read.
func warm(dir string) (int64, error) {
	var most int64
	for _, form := range []string{"workspace", "peers"} {
		var bytes int64
		err := filepath.WalkDir(filepath.Join(dir, form), func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) && form == "peers" {
				return nil // a workspace alone
			}
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			bytes += int64(len(content))
			return err
		})
		if err != nil {
			return 0, err
		}
		most = max(most, bytes)
	}
	return most, nil
}

// size is the bytes of all files below a folder.
func size(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}

// A machine is where and when a comparison ran.
type machine struct {
	day, cpu, system, memory string
	cores                    int
	load                     float64 // one-minute load average before the first run
}

func look() machine {
	m := machine{day: time.Now().UTC().Format(time.DateOnly), cores: runtime.NumCPU()}
	m.cpu = cmp.Or(field("/proc/cpuinfo", "model name"), runtime.GOARCH)
	m.memory = cmp.Or(field("/proc/meminfo", "MemTotal"), "unknown")
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	m.system = strings.TrimSpace(runtime.GOOS + " " + string(kernel))
	load, _ := os.ReadFile("/proc/loadavg")
	_, _ = fmt.Sscan(string(load), &m.load)
	return m
}

// field is what follows a name and a colon in a file; empty if there is none.
func field(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if before, after, found := strings.Cut(line, ":"); found && strings.TrimSpace(before) == name {
			return strings.TrimSpace(after)
		}
	}
	return ""
}
