// Command twins measures the search for near twins.
//
//	twins make -pictures N DIR                 # hashes and squares of an invented collection
//	twins search -radius R [-workers N] DIR    # searches it, and says what that took
//	twins lookalikes -radius R                 # draws 2,000 pictures that look alike, and searches them
//	twins squares -radius R FILE               # searches squares of 1,024 bytes
package main

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/twins"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("want make, search, lookalikes or squares")
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	pictures := flags.Int("pictures", 1_000_000, "")
	radius := flags.Int("radius", 6, "")
	workers := flags.Int("workers", runtime.GOMAXPROCS(0), "")
	flags.Parse(os.Args[2:])
	var err error
	switch os.Args[1] {
	case "make":
		err = makeCollection(flags.Arg(0), *pictures)
	case "search":
		err = search(flags.Arg(0), *radius, *workers)
	case "lookalikes":
		err = searchSquares(lookalikes(), *radius, *workers)
	case "squares":
		var all []byte
		all, err = os.ReadFile(flags.Arg(0))
		var squares []*images.Square
		for ; len(all) >= images.SquareBytes; all = all[images.SquareBytes:] {
			squares = append(squares, images.SquareFrom(all))
		}
		err = errors.Join(err, searchSquares(squares, *radius, *workers))
	default:
		log.Fatalf("%q: want make, search, lookalikes or squares", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}

// search says what a search took, and how many of the planted twins it found.
func search(dir string, radius, workers int) error {
	prints, err := readPrints(dir)
	if err != nil {
		return err
	}
	planted, err := readPlanted(dir)
	if err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(dir, "squares"))
	if err != nil {
		return err
	}
	defer file.Close()
	luma := func(i int32) (*images.Square, error) {
		var all [images.SquareBytes]byte
		if _, err := file.ReadAt(all[:], int64(i)*images.SquareBytes); err != nil {
			return nil, err
		}
		return images.SquareFrom(all[:]), nil
	}
	before, began := cpu(), time.Now()
	edges, report, err := twins.Search(context.Background(), prints, radius, workers, luma)
	if err != nil {
		return err
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	fmt.Printf("twins radius=%d pictures=%d cpu=%.1f wall=%.1f rss=%d candidates=%d refused=%d edges=%d cut=%d "+
		"clumps=%d\n", radius, len(prints), (cpu() - before).Seconds(), time.Since(began).Seconds(), usage.Maxrss>>10,
		report.Candidates, report.Refused, len(edges), report.Crowded, len(report.Clumps))
	for _, c := range report.Clumps[:min(5, len(report.Clumps))] {
		fmt.Printf("  clump of %d pictures, such as %d of hash %016x\n", c.Pictures, c.First, c.Hash)
	}
	planted.say(edges, prints, radius)
	return nil
}

// searchSquares says which of a few squares show the same.
func searchSquares(squares []*images.Square, radius, workers int) error {
	prints := make([][4]uint64, len(squares))
	for i, s := range squares {
		prints[i] = s.Hashes()
	}
	luma := func(i int32) (*images.Square, error) { return squares[i], nil }
	edges, report, err := twins.Search(context.Background(), prints, radius, workers, luma)
	if err != nil {
		return err
	}
	fmt.Printf("twins radius=%d pictures=%d candidates=%d refused=%d edges=%d cut=%d\n",
		radius, len(prints), report.Candidates, report.Refused, len(edges), report.Crowded)
	for _, e := range edges {
		fmt.Printf("%+v\n", e)
	}
	return nil
}

// cpu is the time that this process took of all processors.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// twinsPlanted are pairs by kind.
type twinsPlanted map[[2]int32]byte

// say says by kind how many planted twins within the radius were found.
func (p twinsPlanted) say(edges []twins.Edge, prints [][4]uint64, radius int) {
	found := map[[2]int32]bool{}
	others := 0
	for _, e := range edges {
		pair := [2]int32{e.A, e.B}
		found[pair] = true
		if _, is := p[pair]; !is {
			others++
		}
	}
	for kind, name := range plants {
		all, within, seen := 0, 0, 0
		for pair, k := range p {
			if int(k) != kind {
				continue
			}
			all++
			if distance(&prints[pair[0]], &prints[pair[1]]) <= radius {
				within++
			}
			if found[pair] {
				seen++
			}
		}
		fmt.Printf("  %s: %d planted, %d within the radius, %d found\n", name, all, within, seen)
	}
	fmt.Printf("  other edges: %d\n", others)
}

func distance(a, b *[4]uint64) int {
	least := 64
	for o := 1; o <= 8; o++ {
		least = min(least, bits.OnesCount64(a[0]^images.TurnedHash(*b, o)),
			bits.OnesCount64(b[0]^images.TurnedHash(*a, o)))
	}
	return least
}

func readPrints(dir string) ([][4]uint64, error) {
	file, err := os.Open(filepath.Join(dir, "prints"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	prints := make([][4]uint64, info.Size()/32)
	buffer := make([]byte, 32<<10)
	for at := 0; at < len(prints); {
		n, err := file.Read(buffer)
		if err != nil {
			return nil, err
		}
		for b := buffer[:n]; len(b) >= 32; b = b[32:] {
			for k := range 4 {
				prints[at][k] = binary.LittleEndian.Uint64(b[8*k:])
			}
			at++
		}
	}
	return prints, nil
}

func readPlanted(dir string) (twinsPlanted, error) {
	all, err := os.ReadFile(filepath.Join(dir, "planted"))
	if err != nil {
		return nil, err
	}
	planted := twinsPlanted{}
	for ; len(all) >= 9; all = all[9:] {
		a, b := binary.LittleEndian.Uint32(all), binary.LittleEndian.Uint32(all[4:])
		planted[[2]int32{int32(a), int32(b)}] = all[8]
	}
	return planted, nil
}
