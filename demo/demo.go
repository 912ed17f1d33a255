package demo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dermset/dermset/io/fileio"
)

//go:embed files
var files embed.FS

// marker tells a demo from a workspace that somebody works in. It is whole before anything else is written.
const (
	marker     = "DEMO.txt"
	markerText = "A demo that `dermset demo` wrote. It is written again, over any change, each time that verb runs here.\n"
)

// Write writes the workspace into dir, which must be empty, not there, or an earlier demo, be it a part of one.
func Write(ctx context.Context, dir string) error { return writeWith(ctx, dir, write) }

// writeWith is Write with another way to write a file.
func writeWith(ctx context.Context, dir string, write func(path, text string) error) error {
	marked, err := mayWrite(dir)
	if err != nil {
		return err
	}
	all, err := workspace(ctx)
	if err != nil {
		return err
	}
	if !marked { // else it is whole, and stays so
		if err := write(filepath.Join(dir, marker), markerText); err != nil {
			return err
		}
	}
	for _, inside := range slices.Sorted(maps.Keys(all)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := write(filepath.Join(dir, filepath.FromSlash(inside)), all[inside]); err != nil {
			return err
		}
	}
	return nil
}

// mayWrite refuses a folder in which somebody may work: one that holds anything, and no marker of ours. A part of the
// marker will do where nothing else is there: a demo was stopped while it wrote that.
func mayWrite(dir string) (marked bool, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	text, err := fileio.ReadUpTo(filepath.Join(dir, marker), 1<<12)
	marked = string(text) == markerText
	if err == nil && (marked || len(entries) == 1 && strings.HasPrefix(markerText, string(text))) {
		return marked, nil
	}
	return false, fmt.Errorf("%s holds something that is not a demo; name an empty or a new folder", dir)
}

// write writes one file, through no link: who has put one there means another file.
func write(path, text string) error {
	if err := fileio.MakeFolders(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := fileio.OpenToWrite(path, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// once is the workspace that was drawn; where drawing was stopped there is none yet.
var once struct {
	sync.Mutex
	all map[string]string
}

// workspace is every file of it, by path. It is drawn once.
func workspace(ctx context.Context) (map[string]string, error) {
	once.Lock()
	defer once.Unlock()
	if once.all != nil {
		return once.all, nil
	}
	all := map[string]string{}
	err := fs.WalkDir(files, "files", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		all[strings.TrimPrefix(path, "files/")] = string(text)
		return err
	})
	if err != nil {
		return nil, err
	}
	raw, views, annotated := material()
	maps.Copy(all, raw)
	shown, boxes := pictures(ctx, views)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	maps.Copy(all, shown)
	all["annotations/referral-study.csv"] = annotations(annotated, boxes)
	once.all = all
	return all, nil
}

// material is the raw material of all sources, by path, their views, by source and path, and those of the source that
// people annotated, in the order of its rows.
func material() (raw map[string]string, views map[string]view, annotated []string) {
	raw, views = map[string]string{}, map[string]view{}
	for i, source := range sources {
		text, rows := source.draw(rand.New(rand.NewPCG(27, uint64(i))))
		raw[path.Join("sources", source.name, "raw", source.raw)] = text
		for _, v := range rows {
			v.source = source.name
			id := path.Join(source.name, v.path)
			views[id] = v
			if source.name == "referral-study" {
				annotated = append(annotated, id)
			}
		}
	}
	return raw, views, annotated
}
