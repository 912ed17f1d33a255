// Command cleaned cleans all pictures of a folder into another, for an independent reader to look at, and says how many
// of each format were stripped, changed, written anew, and how fast. Upright pixels that differ are told.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dermset/dermset/images"
	"github.com/dermset/dermset/images/clean"
)

func main() {
	from, to := flag.String("from", "", "folder of pictures"), flag.String("to", "", "folder to write to")
	flag.Parse()
	counts, spent, size := map[string]int{}, time.Duration(0), 0
	err := filepath.WalkDir(*from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		before, m, release := images.Decode(data, images.Limits{MinSide: 1, MaxPixels: 200_000_000})
		defer release()
		if m == nil {
			counts["not decoded"]++
			return nil
		}
		start := time.Now()
		c, err := clean.Of(data, before)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		spent, size = spent+time.Since(start), size+len(data)
		how := before.Format + " stripped"
		switch {
		case c.Rewritten != "":
			how = before.Format + " rewritten: " + c.Rewritten
		case bytes.Equal(c.Data, data):
			how = before.Format + " as it was"
		}
		counts[how]++
		if before.Format == "jpeg" || before.Format == "png" || before.Format == "webp" {
			if c.Rewritten != "" {
				fmt.Println(path, how, before.Warnings)
			}
		}
		after, n, released := images.Decode(c.Data, images.Limits{MinSide: 1, MaxPixels: 200_000_000})
		defer released()
		if n == nil || !same(m, before.Orientation, n, after.Orientation) {
			fmt.Println("DIFFERS", path)
		}
		inside, err := filepath.Rel(*from, path)
		if err != nil {
			return err
		}
		name := strings.ReplaceAll(inside, "/", "--") + "." + c.Format
		return os.WriteFile(filepath.Join(*to, name), c.Data, 0o644)
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for how, n := range counts {
		fmt.Println(n, how)
	}
	fmt.Printf("%d bytes in %v\n", size, spent)
}

func same(m image.Image, before int, n image.Image, after int) bool {
	a, b := images.Plain(m, before), images.Plain(n, after)
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, a1 := a.At(x, y).RGBA()
			if r2, g2, b2, a2 := b.At(x, y).RGBA(); r1 != r2 || g1 != g2 || b1 != b2 || a1 != a2 {
				return false
			}
		}
	}
	return true
}
