package workspace

import (
	"testing"
	"testing/fstest"
)

// The smallest limit of the whole chain counts, in either version, however the hierarchy is mounted.
func TestAllowedMemory(t *testing.T) {
	const (
		machine = "MemFree:        1000 kB\nMemTotal:       16777216 kB\n"
		v2Mount = "31 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
		v1Mount = "35 24 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" +
			"36 24 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
		partMount = "36 24 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
	)
	for _, c := range []struct {
		what  string
		files map[string]string
		want  int64
	}{
		{"nothing is known", nil, 8 << 30},
		{"no group", map[string]string{"proc/meminfo": machine}, 16 << 30},
		{"a group without a limit", map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/a\n",
			"proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/memory.max": "max\n"}, 16 << 30},
		{"its own limit", map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/a/b\n",
			"proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/b/memory.max": "1073741824\n",
			"sys/fs/cgroup/a/memory.max": "2147483648\n"}, 1 << 30},
		{"a limit two groups up", map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/a/b/c\n",
			"proc/self/mountinfo": v2Mount, "sys/fs/cgroup/a/b/c/memory.max": "max\n",
			"sys/fs/cgroup/a/memory.max": "2147483648\n"}, 2 << 30},
		{"a limit at the root of a container", map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n",
			"proc/self/mountinfo": v2Mount, "sys/fs/cgroup/memory.max": "3221225472\n"}, 3 << 30},
		{"more than the machine has", map[string]string{"proc/meminfo": machine, "proc/self/cgroup": "0::/\n",
			"proc/self/mountinfo": v2Mount, "sys/fs/cgroup/memory.max": "9223372036854771712\n"}, 16 << 30},
		{"version 1", map[string]string{"proc/meminfo": machine,
			"proc/self/cgroup": "9:cpu,cpuacct:/x\n8:memory:/a/b\n", "proc/self/mountinfo": v1Mount,
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1073741824\n",
			"sys/fs/cgroup/cpu/x/memory.limit_in_bytes":    "1\n"}, 1 << 30},
		{"a part mounted as the whole", map[string]string{"proc/meminfo": machine,
			"proc/self/cgroup": "8:memory:/docker/abc/job\n", "proc/self/mountinfo": partMount,
			"sys/fs/cgroup/memory/job/memory.limit_in_bytes": "1073741824\n"}, 1 << 30},
		{"seen from outside", map[string]string{"proc/meminfo": machine,
			"proc/self/cgroup": "8:memory:/docker/abcd\n", "proc/self/mountinfo": partMount,
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "2147483648\n"}, 2 << 30},
	} {
		system := fstest.MapFS{}
		for name, text := range c.files {
			system[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := allowedMemory(system); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}
