//go:build unix

package build_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Two people of one group, whose ids are nobody's.
const (
	oneUser, otherUser = 61001, 61002
	ofGroup            = 61000
)

// sharedWorkspace is a workspace of one user, and a program that others may run.
func sharedWorkspace(t *testing.T) (dir, program string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	base, err := os.MkdirTemp("", "dermset-users-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, program = filepath.Join(base, "w"), filepath.Join(base, "program")
	binary, err := os.ReadFile(self)
	if err := errors.Join(err, os.Chmod(base, 0o755), os.WriteFile(program, binary, 0o755), os.Chmod(program, 0o755),
		os.Rename(smallPictured(t, map[string]string{"there/s/1.jpg": fit(1), "there/s/2.jpg": fit(2)}), dir)); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		mode := fs.FileMode(0o664)
		if err == nil && entry.IsDir() {
			mode = 0o775 | fs.ModeSetgid
		}
		return errors.Join(err, os.Chown(path, oneUser, ofGroup), os.Chmod(path, mode))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, program
}

// buildAs builds a workspace as another user, under a umask.
func buildAs(t *testing.T, uid uint32, umask, program, dir string) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `umask "$1" && exec "$0"`, program, umask)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: ofGroup}}
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("user %d, umask %s: %v: %s", uid, umask, err, text)
	}
}

// Two people of one group build in turn on one workspace: what the one made, the other may replace.
func TestTwoUsersOfOneGroup(t *testing.T) {
	dir, program := sharedWorkspace(t)
	name := "A"
	for i, uid := range []uint32{oneUser, otherUser, oneUser} {
		if i > 0 { // another mapping, and a step to mend
			next := name + "A"
			err := errors.Join(replaceIn(dir, "mapping/workbook/s.csv", ","+name+",", ","+next+","),
				os.WriteFile(filepath.Join(dir, "work/split/answer.json"), nil, 0o664))
			if err != nil {
				t.Fatal(err)
			}
			name = next
		}
		buildAs(t, uid, "002", program, dir)
		info, err := os.Stat(filepath.Join(dir, "dist", draft))
		if err != nil {
			t.Fatal(err)
		}
		if made := info.Sys().(*syscall.Stat_t); made.Uid != uid || made.Gid != ofGroup {
			t.Errorf("run %d: the version is of %d, group %d", i, made.Uid, made.Gid)
		}
	}
}

// Under umask 077 nobody else can read a byte of what a build makes.
func TestNothingForOthers(t *testing.T) {
	dir, program := sharedWorkspace(t)
	buildAs(t, oneUser, "077", program, dir)
	seen := 0
	for _, inside := range []string{"work", "dist", ".dermset.lock"} {
		err := filepath.WalkDir(filepath.Join(dir, inside), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v", path, info.Mode())
			}
			seen++
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 40 {
		t.Errorf("%d files and folders", seen)
	}
}
