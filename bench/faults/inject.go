//go:build linux && (amd64 || arm64)

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// underFilter names, in the environment, the program that this one shall become behind the filter.
const underFilter = "DERMSET_FAULTS_UNDER"

// shim makes this process the program under test, if it was started for that: its system calls that have to do with
// files and connections then stop until the one who listens answers (seccomp_unotify(2)). Unlike a tracer's, whose
// counts are kept by thread, the k-th call is the k-th of the whole process.
func shim() {
	program := os.Getenv(underFilter)
	if program == "" {
		return
	}
	err := os.Unsetenv(underFilter)
	if err == nil {
		err = become(program)
	}
	fmt.Fprintln(os.Stderr, "filter of system calls:", err)
	os.Exit(125)
}

// socketToParent is what the one who listens gets the listener from.
const socketToParent = 3

func become(program string) error {
	runtime.LockOSThread() // a filter belongs to its thread, and to what that thread becomes
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	unix.CloseOnExec(socketToParent)
	filter := filterOf(watched)
	list := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	listener, err := setFilter(&list, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
	if err == unix.EINVAL { // before Linux 5.19
		listener, err = setFilter(&list, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	}
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(socketToParent, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
		return fmt.Errorf("to the one who listens: %w", err)
	}
	return syscall.Exec(program, append([]string{program}, os.Args[1:]...), os.Environ())
}

func setFilter(list *unix.SockFprog, flags uintptr) (int, error) {
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(list)))
	if errno != 0 {
		return 0, errno
	}
	return int(fd), nil
}

// filterOf lets all system calls pass but those of the map, which wait for an answer.
func filterOf(calls map[int]shape) []unix.SockFilter {
	f := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}} // the number of the call is at 0
	for number := range calls {
		f = append(f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(number)},
			unix.SockFilter{Code: unix.BPF_RET, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	return append(f, unix.SockFilter{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW})
}

// A shape says where a call names its file.
type shape struct {
	name    string
	dir, at int // arguments with the folder's handle and the path; none: -1
	file    int // argument with the file's handle; none: -1
	modeArg int // argument with the flags of an open; none: -1
}

func ofFile(name string, arg int) shape {
	return shape{name: name, dir: -1, at: -1, file: arg, modeArg: -1}
}

func ofPath(name string, dir, at int) shape {
	return shape{name: name, dir: dir, at: at, file: -1, modeArg: -1}
}

// watched are the calls by number: those by which a Go program touches files and connections.
var watched = map[int]shape{
	unix.SYS_OPENAT:     {name: "open", dir: 0, at: 1, file: -1, modeArg: 2},
	unix.SYS_NEWFSTATAT: ofPath("stat", 0, 1),
	unix.SYS_FSTAT:      ofFile("stat", 0),
	unix.SYS_READ:       ofFile("read", 0), unix.SYS_PREAD64: ofFile("read", 0),
	unix.SYS_WRITE: ofFile("write", 0), unix.SYS_PWRITE64: ofFile("write", 0),
	unix.SYS_FSYNC: ofFile("sync", 0), unix.SYS_FDATASYNC: ofFile("sync", 0), unix.SYS_SYNCFS: ofFile("sync", 0),
	unix.SYS_CLOSE:   ofFile("close", 0),
	unix.SYS_MKDIRAT: ofPath("mkdir", 0, 1), unix.SYS_UNLINKAT: ofPath("unlink", 0, 1),
	unix.SYS_RENAMEAT: ofPath("rename", 2, 3), unix.SYS_RENAMEAT2: ofPath("rename", 2, 3),
	unix.SYS_LINKAT: ofPath("link", 2, 3), unix.SYS_SYMLINKAT: ofPath("link", 1, 2),
	unix.SYS_READLINKAT: ofPath("stat", 0, 1), unix.SYS_GETDENTS64: ofFile("list", 0),
	unix.SYS_FTRUNCATE: ofFile("truncate", 0), unix.SYS_FCHMOD: ofFile("chmod", 0),
	unix.SYS_FCHMODAT: ofPath("chmod", 0, 1), unix.SYS_UTIMENSAT: ofPath("chmod", 0, 1), unix.SYS_FLOCK: ofFile("lock", 0),
	unix.SYS_COPY_FILE_RANGE: ofFile("copy", 2), unix.SYS_SENDFILE: ofFile("copy", 0),
	unix.SYS_LSEEK: ofFile("seek", 0), unix.SYS_CONNECT: ofFile("connect", 0),
}

// A tried is a run of the program under the filter.
type tried struct {
	exit   int // 128 and more: a signal's
	stderr string
	calls  []call // that were watched, in their order
	hung   bool
}

// under runs a program in a folder. Calls on files below the folder, and on connections, are counted from 1 and
// answered as decide says.
func under(program, dir string, args, env []string, patience time.Duration,
	decide func(n int, c call) fault) (tried, error) {
	self, err := os.Executable()
	if err != nil {
		return tried{}, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return tried{}, err
	}
	ours, theirs := pair[0], os.NewFile(uintptr(pair[1]), "socket")
	var said bytes.Buffer
	cmd := exec.Command(self, args...)
	cmd.Dir, cmd.Stderr, cmd.ExtraFiles = dir, &said, []*os.File{theirs}
	// without preemption by signals, which would restart calls
	cmd.Env = append(append(os.Environ(), underFilter+"="+program, "GODEBUG=asyncpreemptoff=1"), env...)
	err = cmd.Start()
	err = errors.Join(err, theirs.Close())
	if err != nil {
		return tried{}, errors.Join(err, unix.Close(ours))
	}
	listener, err := receive(ours)
	if err = errors.Join(err, unix.Close(ours)); err != nil {
		_ = cmd.Process.Kill()
		return tried{}, errors.Join(err, cmd.Wait(), errors.New(said.String()))
	}
	l := &listening{fd: listener, root: dir, pid: cmd.Process.Pid, decide: decide}
	var listening sync.WaitGroup
	listening.Go(l.listen)
	late := time.AfterFunc(patience, func() { l.hung.Do(func() { l.late = true }); _ = cmd.Process.Kill() })
	err = cmd.Wait()
	late.Stop()
	listening.Wait()
	if err = errors.Join(unexpected(err), l.err, unix.Close(listener)); err != nil {
		return tried{}, err
	}
	t := tried{exit: cmd.ProcessState.ExitCode(), stderr: said.String(), calls: l.calls, hung: l.late}
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		t.exit = 128 + int(status.Signal())
	}
	return t, nil
}

// unexpected is an error that is not the program's own end.
func unexpected(err error) error {
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		return nil
	}
	return err
}

func receive(socket int) (listener int, err error) {
	rights := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), rights, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return 0, errors.Join(err, errors.New("there is no listener"))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return 0, errors.Join(err, errors.New("there is no listener"))
	}
	return fds[0], nil
}

// The structures of seccomp_unotify(2).
type notification struct {
	id         uint64
	pid, flags uint32
	number     int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

type listening struct {
	fd     int
	root   string
	pid    int
	decide func(n int, c call) fault

	calls []call
	met   bool
	err   error
	hung  sync.Once
	late  bool
}

// listen answers until the program is gone.
func (l *listening) listen() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// the one who is waited for runs at once, where there is a flag for it (Linux 6.6)
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(l.fd), unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS,
		unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
	for {
		polled := []unix.PollFd{{Fd: int32(l.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(polled, -1); err != nil && err != unix.EINTR {
			l.err = err
			return
		}
		if polled[0].Revents&unix.POLLIN == 0 {
			if polled[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0 {
				return
			}
			continue
		}
		var n notification
		if err := ioctl(l.fd, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); err != nil {
			if err == unix.ENOENT || err == unix.EINTR { // it is dead, or was interrupted
				continue
			}
			l.err = err
			return
		}
		l.answer(n)
	}
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}

func (l *listening) answer(n notification) {
	r := response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if l.met { // one fault a run
		_ = ioctl(l.fd, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r))
		return
	}
	if c, is := l.called(n); is {
		l.calls = append(l.calls, c)
		f := l.decide(len(l.calls), c)
		l.met = f != fault{}
		if f.kill {
			_ = unix.Kill(l.pid, unix.SIGKILL)
			return
		}
		if f.errno != 0 {
			r.flags, r.errno = 0, -int32(f.errno)
		}
	}
	_ = ioctl(l.fd, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r)) // the program may be dead
}

// called says what a call is about, if it is about a file below the root or about a connection.
func (l *listening) called(n notification) (call, bool) {
	s := watched[int(n.number)]
	proc := "/proc/" + strconv.Itoa(int(n.pid))
	handle := func(arg int) string {
		fd := int32(n.args[arg])
		if fd == unix.AT_FDCWD {
			return proc + "/cwd"
		}
		return proc + "/fd/" + strconv.Itoa(int(fd))
	}
	c := call{name: s.name}
	if s.file >= 0 {
		path, err := os.Readlink(handle(s.file))
		if err != nil {
			return c, false
		}
		if strings.HasPrefix(path, "socket:") {
			c.path = connection
			return c, s.name == "connect" || s.name == "read" || s.name == "write"
		}
		return l.below(c, strings.TrimSuffix(path, " (deleted)"))
	}
	path, err := textAt(int(n.pid), uintptr(n.args[s.at]))
	if err != nil {
		return c, false
	}
	if !filepath.IsAbs(path) {
		dir, err := os.Readlink(handle(s.dir))
		if err != nil {
			return c, false
		}
		path = filepath.Join(dir, path)
	}
	c.makes = s.modeArg >= 0 && n.args[s.modeArg]&unix.O_CREAT != 0
	return l.below(c, path)
}

func (l *listening) below(c call, path string) (call, bool) {
	inside, err := filepath.Rel(l.root, path)
	if err != nil || !filepath.IsLocal(inside) {
		return c, false
	}
	c.path = inside
	return c, true
}

// textAt is the text that ends with a zero byte at an address of another process.
func textAt(pid int, address uintptr) (string, error) {
	var text []byte
	for len(text) < unix.PathMax {
		part := make([]byte, 256-address%256) // never beyond a page that may be the last
		remote := []unix.RemoteIovec{{Base: address, Len: len(part)}}
		n, err := unix.ProcessVMReadv(pid, []unix.Iovec{{Base: &part[0], Len: uint64(len(part))}}, remote, 0)
		if err != nil {
			return "", err
		}
		if end := bytes.IndexByte(part[:n], 0); end >= 0 {
			return string(append(text, part[:end]...)), nil
		}
		text, address = append(text, part[:n]...), address+uintptr(n)
	}
	return "", errors.New("a path without an end")
}
