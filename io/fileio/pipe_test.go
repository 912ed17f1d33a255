//go:build unix

package fileio

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Nothing here waits for the writer of a pipe, which may never come; what waits makes the test wait.
func TestPipesAreNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("this file system has no pipes: ", err)
	}
	root, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	isPipe := func(err error) bool { return err != nil && strings.Contains(err.Error(), "pipe: is a named pipe") }
	isNoFolder := func(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
	for what, c := range map[string]struct {
		do   func() error
		want func(error) bool
	}{
		"Open":     {func() error { _, err := Open(pipe); return err }, isPipe},
		"Hash":     {func() error { _, _, err := Hash(pipe, os.Stderr); return err }, isPipe},
		"OpenIn":   {func() error { _, err := OpenIn(root, "pipe"); return err }, isPipe},
		"ReadIn":   {func() error { _, err := ReadIn(root, "pipe", 1); return err }, isPipe},
		"write":    {func() error { _, err := OpenToWrite(pipe, os.O_WRONLY); return err }, isPipe},
		"OpenRoot": {func() error { _, err := OpenRoot(pipe); return err }, isNoFolder},
		"remove":   {func() error { return RemoveAll(filepath.Join(pipe, "a")) }, isNoFolder},
		"list":     {func() error { _, err := fs.ReadDir(FS(root), "pipe"); return err }, isNoFolder},
		"glob": {func() error { _, err := fs.Glob(FS(root), "pipe/*"); return err },
			func(err error) bool { return err == nil }},
		"sync": {func() error {
			folder, err := OpenFolder(pipe)
			if err == nil {
				_, err = folder.ReadDir(-1)
				_ = folder.Close()
			}
			return err
		}, isNoFolder},
	} {
		if err := c.do(); !c.want(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What is opened below a folder stays below it.
func TestInsideStaysInside(t *testing.T) {
	dir := t.TempDir()
	err := errors.Join(os.Mkdir(filepath.Join(dir, "root"), 0o700),
		os.WriteFile(filepath.Join(dir, "out"), []byte("out"), 0o600),
		os.WriteFile(filepath.Join(dir, "root", "in"), []byte("in"), 0o600),
		os.Symlink("../out", filepath.Join(dir, "root", "away")), os.Symlink("in", filepath.Join(dir, "root", "link")))
	if err != nil {
		t.Fatal(err)
	}
	root, err := OpenRoot(filepath.Join(dir, "root"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, want := range map[string]string{"in": "in", "link": "in", "away": "", "../out": ""} {
		text, err := ReadIn(root, name, 10)
		if string(text) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}
