package main

import "syscall"

// A call is a system call of the program under test on a file of its workspace or store, or on a connection.
type call struct {
	name  string // open, read, write …
	path  string // below the folder of the run
	makes bool   // an open that makes a file
}

// A fault is what becomes of a call in the place of what it asks for: the zero fault is none.
type fault struct {
	errno syscall.Errno
	kill  bool // the program dies at this call
}

// errnos are what a call may fail with: a full disk, quotas, rights, a share that goes away, a disk that breaks.
var errnos = map[string][]syscall.Errno{
	"open":     {syscall.EMFILE, syscall.EACCES, syscall.EIO, syscall.ESTALE, syscall.ENFILE},
	"make":     {syscall.ENOSPC, syscall.EACCES, syscall.EDQUOT, syscall.EMFILE, syscall.EROFS, syscall.EIO},
	"stat":     {syscall.EIO, syscall.EACCES, syscall.ESTALE},
	"read":     {syscall.EIO, syscall.ESTALE},
	"write":    {syscall.ENOSPC, syscall.EIO, syscall.EDQUOT},
	"sync":     {syscall.EIO, syscall.ENOSPC, syscall.EDQUOT},
	"close":    {syscall.EIO, syscall.ENOSPC, syscall.EDQUOT},
	"mkdir":    {syscall.ENOSPC, syscall.EACCES, syscall.EDQUOT},
	"unlink":   {syscall.EIO, syscall.EACCES, syscall.EBUSY},
	"rename":   {syscall.EIO, syscall.ENOSPC, syscall.EACCES},
	"link":     {syscall.EPERM, syscall.EMLINK, syscall.EIO},
	"list":     {syscall.EIO, syscall.ESTALE},
	"truncate": {syscall.EIO}, "chmod": {syscall.EPERM, syscall.EIO}, "seek": {syscall.EIO},
	"lock":    {syscall.ENOLCK, syscall.EIO},
	"copy":    {syscall.ENOSPC, syscall.EIO},
	"connect": {syscall.ECONNREFUSED, syscall.ETIMEDOUT, syscall.EMFILE},
	"receive": {syscall.ECONNRESET}, "send": {syscall.EPIPE, syscall.ECONNRESET},
}

// kind is what tables and errnos call it.
func (c call) kind() string {
	switch {
	case c.makes:
		return "make"
	case c.path == connection && c.name == "read":
		return "receive"
	case c.path == connection && c.name == "write":
		return "send"
	}
	return c.name
}

// connection stands for the path of what is no file.
const connection = "connection"

// failing is what the call fails with, another one each time.
func (c call) failing(turn int) fault {
	may := errnos[c.kind()]
	return fault{errno: may[turn%len(may)]}
}
