/* Stands between a process and the system (LD_PRELOAD): counts its calls, and at a chosen one kills
 * the process (before it, after it, or half-way through its data), lets the call fail, or writes
 * down what would be on the disk.
 *
 * Armed by a call from inside (ctypes), so that start-up is not counted. Reads are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OFF, COUNT, KILL, FAIL, RECORD, AFTER, TORN };
#define FDS 4096
#define LONGEST 512

static volatile int mode = OFF, wrong, forever;
static volatile long target, counted, failed;
static int journal = -1;
static char folder[LONGEST];
static char names[FDS][LONGEST];
static __thread int doomed;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* mode, the call it is about, errno of FAIL, whether FAIL goes on for ever, folder, file of RECORD */
void faults_arm(int to, long at, int error, int on, const char *place, const char *log)
{
    strncpy(folder, place, LONGEST - 1);
    target = at, wrong = error, forever = on, counted = failed = 0;
    if (to == RECORD)
        journal = syscall(SYS_openat, AT_FDCWD, log, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    mode = to;
}

long faults_counted(void) { return counted; }
long faults_failed(void) { return failed; }

static int mine(int fd) { return fd >= 0 && fd < FDS && names[fd][0]; }

/* One record: kind, length of name, length of data, offset; then both. */
static void record(char kind, const char *name, const void *data, uint32_t size, int64_t offset)
{
    struct { char kind; char pad[3]; uint32_t name, size; int64_t offset; } __attribute__((packed)) head =
        { kind, { 0 }, strlen(name), size, offset };
    struct iovec parts[3] = { { &head, sizeof head }, { (void *)name, head.name }, { (void *)data, size } };
    pthread_mutex_lock(&turn);
    syscall(SYS_writev, journal, parts, 3);
    pthread_mutex_unlock(&turn);
}

static void die(void) { syscall(SYS_kill, getpid(), SIGKILL); for (;;) pause(); }

/* Before the call; true if it is to fail. Of FAIL only calls on files of the folder count. */
static int meets(int on_disk)
{
    if (mode == OFF || mode == RECORD || (mode == FAIL && !on_disk))
        return 0;
    long now = __sync_add_and_fetch(&counted, 1);
    if (mode == KILL && now == target)
        die();
    doomed = (mode == AFTER || mode == TORN) && now == target;
    if (mode == FAIL && (now == target || (forever && now > target))) {
        __sync_add_and_fetch(&failed, 1);
        errno = wrong;
        return 1;
    }
    return 0;
}

/* How much of the data is still written by a call that is torn. */
static size_t whole(size_t size) { return doomed && mode == TORN ? size / 2 : size; }

/* Gives back what the real call gave, if there is still somebody to have it. */
#define GIVE(call) do { __typeof__(call) given = call; if (doomed) die(); return given; } while (0)

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

static int remember(int fd, const char *path, int flags)
{
    if (fd >= 0 && fd < FDS && folder[0]) {
        int inside = !strncmp(path, folder, strlen(folder));
        names[fd][0] = 0;
        if (inside && (flags & O_ACCMODE) != O_RDONLY)
            strncpy(names[fd], path, LONGEST - 1);
        if (mode == RECORD && inside && (flags & O_CREAT))
            record('c', path, "", 0, (flags & O_TRUNC) != 0);
        if (mode == RECORD && inside && (flags & O_ACCMODE) == O_RDONLY)
            strncpy(names[fd], path, LONGEST - 1);
    }
    return fd;
}

#define OPENING(name, first, pass) \
int name first { \
    mode_t bits = 0; \
    if (flags & O_CREAT) { va_list rest; va_start(rest, flags); bits = va_arg(rest, mode_t); va_end(rest); } \
    if (mode != FAIL && (flags & (O_CREAT | O_TRUNC)) && meets(0)) return -1; \
    REAL(name); \
    GIVE(remember(real pass, path, flags)); \
}
OPENING(open, (const char *path, int flags, ...), (path, flags, bits))
OPENING(open64, (const char *path, int flags, ...), (path, flags, bits))
OPENING(openat, (int at, const char *path, int flags, ...), (at, path, flags, bits))
OPENING(openat64, (int at, const char *path, int flags, ...), (at, path, flags, bits))

int close(int fd)
{
    REAL(close);
    if (fd >= 0 && fd < FDS)
        names[fd][0] = 0;
    return real(fd);
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (meets(mine(fd))) return -1;
    REAL(write);
    if (mode == RECORD && mine(fd)) record('w', names[fd], data, size, lseek(fd, 0, SEEK_CUR));
    GIVE(real(fd, data, whole(size)));
}

#define WRITING(name) \
ssize_t name(int fd, const void *data, size_t size, off_t offset) { \
    if (meets(mine(fd))) return -1; \
    REAL(name); \
    if (mode == RECORD && mine(fd)) record('w', names[fd], data, size, offset); \
    GIVE(real(fd, data, whole(size), offset)); \
}
WRITING(pwrite)
WRITING(pwrite64)

#define SYNCING(name) \
int name(int fd) { \
    if (meets(mine(fd))) return -1; \
    REAL(name); \
    int done = real(fd); \
    if (mode == RECORD && mine(fd)) record('s', names[fd], "", 0, 0); \
    GIVE(done); \
}
SYNCING(fsync)
SYNCING(fdatasync)

#define CUTTING(name) \
int name(int fd, off_t size) { \
    if (meets(mine(fd))) return -1; \
    REAL(name); \
    if (mode == RECORD && mine(fd)) record('t', names[fd], "", 0, size); \
    GIVE(real(fd, size)); \
}
CUTTING(ftruncate)
CUTTING(ftruncate64)

int unlink(const char *path)
{
    if (meets(0)) return -1;
    REAL(unlink);
    if (mode == RECORD && !strncmp(path, folder, strlen(folder))) record('u', path, "", 0, 0);
    GIVE(real(path));
}

int rename(const char *from, const char *to)
{
    if (meets(!strncmp(to, folder, strlen(folder)))) return -1;
    REAL(rename);
    if (mode == RECORD && !strncmp(to, folder, strlen(folder))) record('r', from, to, strlen(to), 0);
    GIVE(real(from, to));
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    meets(0);
    REAL(send);
    ssize_t done = real(fd, data, whole(size), flags);
    if (mode == RECORD && done > 0) record('m', "", data, done, 0);
    GIVE(done);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    meets(0);
    REAL(recv);
    GIVE(real(fd, data, size, flags));
}

int connect(int fd, const struct sockaddr *to, socklen_t size)
{
    meets(0);
    REAL(connect);
    GIVE(real(fd, to, size));
}

int flock(int fd, int how)
{
    meets(0);
    REAL(flock);
    GIVE(real(fd, how));
}
