// Command images compares what checking a picture costs with Pillow and NumPy. It draws pictures of two sizes, has all
// programs check them in turn, one process and one thread each, proves that they agree, and prints the CPU time a
// picture. Where DERMSET_PUBLIC_DATA is set it does the same with the real pictures there. bench/images/run calls it.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dermset/dermset/engine"
	"github.com/dermset/dermset/images"
)

func main() {
	list := flag.String("check", "", "check the pictures of this list, write -out, and do nothing else")
	whole := flag.Bool("whole", false, "do the whole work of a pass: tone, image type and masks besides")
	out := flag.String("out", "", "where -check writes")
	made := flag.String("made", "work/bench/images", "folder of what is made")
	rounds := flag.Int("rounds", 5, "how often each program runs")
	flag.Parse()
	err := error(nil)
	switch {
	case *list == "":
		err = compare(*made, *rounds, *whole)
	case *whole:
		defer engine.SteadyHeap()() // as dermset does
		err = lookAll(*list, *out)
	default:
		defer engine.SteadyHeap()()
		err = checkAll(*list, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
}

// checkAll is our side: what peer.py does.
func checkAll(list, out string) error {
	return eachLine(list, out, func(path string) ([]string, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		r, stored, release := images.Decode(data, wide)
		defer release()
		return checked(path, r, stored, sum), nil
	})
}

// wide limits let all pictures be decoded.
var wide = images.Limits{MinSide: 1, MaxPixels: 200_000_000}

// A set is pictures that are measured together.
type set struct {
	name  string
	lines []string // the path of a picture and, for the whole work, that of its mask
}

func compare(made string, rounds int, whole bool) error {
	ours, err := os.Executable()
	if err != nil {
		return err
	}
	small, err := drawSet(made, "small", 600, 450, 200)
	if err != nil {
		return err
	}
	large, err := drawSet(made, "large", 3000, 2000, 12)
	if err != nil {
		return err
	}
	if whole {
		if err := errors.Join(small.addMasks(made, 600, 450), large.addMasks(made, 3000, 2000)); err != nil {
			return err
		}
	}
	sets := []set{small, large}
	if data := os.Getenv("DERMSET_PUBLIC_DATA"); data != "" {
		real, err := realSet(filepath.Join(data, "images"), whole)
		if err != nil {
			return err
		}
		sets = append(sets, real)
	}
	fmt.Printf("%-6s %9s %24s %24s %12s %s\n",
		"set", "pictures", "peer ms (min–max)", "dermset ms (min–max)", "peer/dermset", "agree")
	summary, agreed := "", true
	for _, s := range sets {
		peerTook, oursTook, err := measure(made, ours, s, rounds, whole)
		if err != nil {
			return err
		}
		agree, err := compareAnswers(answers(made, s, "peer"), answers(made, s, "dermset"), whole)
		if err != nil {
			return err
		}
		ratio := median(peerTook) / median(oursTook)
		fmt.Printf("%-6s %9d %24s %24s %12.2f %s\n", s.name, len(s.lines), shown(peerTook), shown(oursTook), ratio, agree)
		summary += fmt.Sprintf(" %s=%.2f", s.name, ratio)
		agreed = agreed && !strings.HasPrefix(agree, "no")
	}
	if whole {
		fmt.Printf("peer/dermset whole%s\n", summary)
	} else {
		fmt.Printf("peer/dermset build=static%s\n", summary)
	}
	if !agreed {
		return errors.New("the programs do not agree: no number counts")
	}
	return nil
}

// answers is where a program writes what it finds.
func answers(made string, s set, program string) string {
	return filepath.Join(made, s.name+"-"+program+".csv")
}

// drawSet draws JPEGs of quality 90 that are as hard to decode as photographs: smooth shades, blots,
// and the noise of a camera.
func drawSet(made, name string, width, height, n int) (set, error) {
	s := set{name: name}
	if err := os.MkdirAll(filepath.Join(made, name), 0o755); err != nil {
		return s, err
	}
	for i := range n {
		path := filepath.Join(made, name, fmt.Sprintf("%03d.jpg", i))
		s.lines = append(s.lines, path)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, draw(width, height, uint64(i)), &jpeg.Options{Quality: 90}); err != nil {
			return s, err
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			return s, err
		}
	}
	return s, nil
}

func draw(width, height int, seed uint64) image.Image {
	random := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	x0, y0 := random.Float64()*float64(width), random.Float64()*float64(height)
	for y := range height {
		for x := range width {
			far := math.Hypot(float64(x)-x0, float64(y)-y0) / float64(width)
			blot := 60 / (1 + math.Exp(40*(far-0.2+0.03*math.Sin(float64(x+2*y)/30))))
			noise := random.NormFloat64() * 3
			shade := func(v float64) uint8 { return uint8(max(0, min(255, v-blot+noise))) }
			m.SetRGBA(x, y, color.RGBA{shade(220 - 40*far), shade(170 - 30*far), shade(150 + 20*far), 255})
		}
	}
	return m
}

// realSet is the pictures of a folder with its manifest.
func realSet(folder string, masks bool) (set, error) {
	s := set{name: "real"}
	file, err := os.Open(filepath.Join(folder, "manifest.csv"))
	if err != nil {
		return s, err
	}
	defer file.Close()
	rows, err := csv.NewReader(bufio.NewReader(file)).ReadAll()
	if err != nil {
		return s, err
	}
	mask := slices.Index(rows[0], "mask")
	for _, row := range rows[1:] {
		line := filepath.Join(filepath.Dir(folder), filepath.FromSlash(row[0]))
		if masks && row[mask] != "" {
			line += "\t" + filepath.Join(filepath.Dir(folder), filepath.FromSlash(row[mask]))
		}
		s.lines = append(s.lines, line)
	}
	return s, nil
}

// measure runs the peer and our program in turn. Times are milliseconds of CPU a picture,
// less what each takes to start.
func measure(made, program string, s set, rounds int, whole bool) (peer, ours []float64, err error) {
	list, none := filepath.Join(made, s.name+".list"), filepath.Join(made, "none.list")
	if err := errors.Join(os.WriteFile(list, []byte(strings.Join(s.lines, "\n")+"\n"), 0o644),
		os.WriteFile(none, nil, 0o644)); err != nil {
		return nil, nil, err
	}
	python, script := filepath.Join(made, "venv", "bin", "python"), "bench/images/peer.py"
	if whole {
		script = "bench/images/whole.py"
	}
	for range rounds {
		took, err := cost(len(s.lines), func(list string) *exec.Cmd {
			return exec.Command(python, script, list, answers(made, s, "peer"))
		}, none, list)
		if err != nil {
			return nil, nil, err
		}
		peer = append(peer, took)
		took, err = cost(len(s.lines), func(list string) *exec.Cmd {
			cmd := exec.Command(program, "-check", list, "-out", answers(made, s, "dermset"), fmt.Sprintf("-whole=%v", whole))
			cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
			return cmd
		}, none, list)
		if err != nil {
			return nil, nil, err
		}
		ours = append(ours, took)
	}
	return peer, ours, nil
}

func cost(pictures int, command func(list string) *exec.Cmd, none, list string) (float64, error) {
	var times [2]time.Duration
	for i, of := range []string{none, list} {
		cmd := command(of)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return 0, fmt.Errorf("%v: %w", cmd.Args, err)
		}
		times[i] = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return float64(times[1]-times[0]) / float64(time.Millisecond) / float64(pictures), nil
}

// compareAnswers says whether both found the same: verdict, upright size and SHA-256 equal,
// perceptual hashes at most 2 bits apart.
func compareAnswers(peer, ours string, whole bool) (string, error) {
	var tables [2][][]string
	for i, path := range []string{peer, ours} {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if tables[i], err = csv.NewReader(bytes.NewReader(data)).ReadAll(); err != nil {
			return "", err
		}
	}
	if len(tables[0]) != len(tables[1]) || len(tables[0]) == 0 {
		return fmt.Sprintf("no: %d and %d rows", len(tables[0]), len(tables[1])), nil
	}
	equal := 0
	for i, a := range tables[0] {
		b := tables[1][i]
		x, errX := strconv.ParseUint(a[5], 16, 64)
		y, errY := strconv.ParseUint(b[5], 16, 64)
		distance := bits.OnesCount64(x ^ y)
		if !slices.Equal(a[:5], b[:5]) || errX != nil || errY != nil || distance > 2 {
			return fmt.Sprintf("no: %v and %v", a, b), nil
		}
		if distance == 0 {
			equal++
		}
	}
	agree := fmt.Sprintf("yes (%d of %d hashes equal, the others within 2 bits)", equal, len(tables[0]))
	if !whole {
		return agree, nil
	}
	more, err := agreeWhole(tables[0], tables[1])
	if err != nil || strings.HasPrefix(more, "no") {
		return more, err
	}
	return agree + ", " + more, nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func shown(values []float64) string {
	return fmt.Sprintf("%.2f (%.2f–%.2f)", median(values), slices.Min(values), slices.Max(values))
}
