package workspace

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// DefaultMemory is 70 % of the memory that this process may use: of the machine or, where it is less,
// of a control group that it is in.
func DefaultMemory() int64 { return allowedMemory(os.DirFS("/")) / 10 * 7 }

// allowedMemory is what a system's files say of it: the machine's memory, or the smallest limit of the control groups
// from the process's own up to the root, each of which holds (cgroups(7), version 1 and 2).
func allowedMemory(system fs.FS) int64 {
	least := int64(8 << 30) // where nothing says how much there is
	for line := range strings.Lines(read(system, "proc/meminfo")) {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "MemTotal:" && bytesOf(words[1]) > 0 {
			least = bytesOf(words[1]) << 10 // it says kB, and means 1,024 bytes
		}
	}
	for line := range strings.Lines(read(system, "proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(parts) < 3 {
			continue
		}
		kind, file := "cgroup2", "memory.max"
		if parts[1] != "" {
			kind, file = "cgroup", "memory.limit_in_bytes"
		}
		if kind == "cgroup" && !hasWord(parts[1], "memory") {
			continue
		}
		for _, group := range groupsUp(system, kind, parts[2]) {
			if limit := bytesOf(read(system, path.Join(group, file))); limit > 0 {
				least = min(least, limit)
			}
		}
	}
	return least
}

// groupsUp are the folders of a control group and of those above it, as far as they are mounted here. A container often
// sees a part of the hierarchy alone, mounted as if it were the whole (proc_pid_mountinfo(5): fields 4 and 5 are the
// root of the mount and its place; behind the dash come the type, the source and the options).
func groupsUp(system fs.FS, kind, group string) (folders []string) {
	for line := range strings.Lines(read(system, "proc/self/mountinfo")) {
		before, after, _ := strings.Cut(line, " - ")
		mount, of := strings.Fields(before), strings.Fields(after)
		if len(mount) < 5 || len(of) < 3 || of[0] != kind || kind == "cgroup" && !hasWord(of[2], "memory") {
			continue
		}
		inside, below := strings.CutPrefix(group, strings.TrimSuffix(mount[3], "/"))
		if !below || inside != "" && inside[0] != '/' {
			inside = "" // the process is seen from outside: only the mount itself is known to hold
		}
		for at := path.Join("/", inside); ; at = path.Dir(at) {
			folders = append(folders, strings.TrimPrefix(path.Join(mount[4], at), "/"))
			if at == "/" {
				break
			}
		}
	}
	return folders
}

func hasWord(list, word string) bool { return strings.Contains(","+list+",", ","+word+",") }

// read is a small file of the system; empty where it cannot be read.
func read(system fs.FS, name string) string {
	text, _ := fs.ReadFile(system, name)
	return string(text)
}

// bytesOf is a number of bytes; 0 for what is none, such as "max".
func bytesOf(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
