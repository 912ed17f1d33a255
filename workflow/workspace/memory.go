package workspace

import (
	"os"
	"strconv"
	"strings"
)

// DefaultMemory is 70 % of the memory that this process may use: of the machine or, where it is less,
// of its control group.
func DefaultMemory() int64 {
	least := int64(8 << 30) // where nothing says how much there is
	if total := machineMemory(); total > 0 {
		least = total
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && limit > 0 {
			least = min(least, limit)
		}
	}
	return least / 10 * 7
}

// machineMemory is the machine's memory in bytes; 0 where /proc does not say.
func machineMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if kib, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), "kB")), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}
