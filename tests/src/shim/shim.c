/* Stands between a process under test and libc, by LD_PRELOAD: a disk that forgets what was not
 * synced, whose syncs fail or lie, that is full; and a wall clock that somebody sets.
 *
 * It only heeds SQLite's files. What each of their blocks held when they were last synced goes into
 * <SHIM_DIR>/<file>.undo before it is overwritten, so that the test can take the power away:
 * page cache survives kill -9, the undo file says what a disk need not have had. Of uploads it can
 * say that there is no room, and hold their syncs. The test writes its wishes into
 * <SHIM_DIR>/control, which is mapped here. tests/src/shim/mod.rs is the other end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
  int32_t sync_failures;  /* that many syncs more fail with EIO; -1: all */
  int32_t log_syncs_lie;  /* syncs of write-ahead logs say yes and do nothing */
  int32_t grow_errno;     /* writes that make a file longer fail with this */
  int32_t hold_syncs;     /* syncs wait until this is 0 */
  int64_t wall_offset_ns; /* added to the wall clock */
  uint64_t syncs;         /* counted: syncs that were made */
  uint64_t failures;      /* counted: calls that were made to fail */
  uint64_t held;          /* counted: syncs that wait now */
  int32_t file_syncs_fail; /* syncs of all but write-ahead logs fail with EIO */
  int32_t media_grow_errno; /* writes to uploads in the spool fail with this */
  int32_t hold_media;       /* syncs of this kind of media (see media_kind) wait */
  uint64_t media_held;      /* counted: those that wait now */
};

/* One overwritten range: the bytes that were there follow. */
struct record {
  uint64_t created;     /* 1: the file did not exist before */
  uint64_t offset;
  uint64_t length;
  uint64_t size_before; /* of the whole file */
};

#define FILES_MAX 16
#define DESCRIPTORS_MAX 65536
#define NAME_MAX_BYTES 64

struct file {
  char name[NAME_MAX_BYTES];
  int undo;
  int doubtful; /* a sync has failed: what is here may never be durable */
};

static struct control nothing;
static struct control *control = &nothing;
static const char *directory;
static struct file files[FILES_MAX];
static int files_count;
static signed char file_of[DESCRIPTORS_MAX]; /* index + 1 */
static signed char media_of[DESCRIPTORS_MAX]; /* media_kind */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(result, name, ...) \
  static result (*real_##name)(__VA_ARGS__); \
  static void find_##name(void) { \
    if (!real_##name) real_##name = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
  }
REAL(int, open, const char *, int, ...)
REAL(int, open64, const char *, int, ...)
REAL(int, openat, int, const char *, int, ...)
REAL(int, openat64, int, const char *, int, ...)
REAL(int, close, int)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)
REAL(ssize_t, pread, int, void *, size_t, off_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, ftruncate, int, off_t)
REAL(int, ftruncate64, int, off64_t)
REAL(int, unlink, const char *)
REAL(int, clock_gettime, clockid_t, struct timespec *)

__attribute__((constructor)) static void begin(void) {
  find_open(); find_pread(); find_close();
  directory = getenv("SHIM_DIR");
  if (!directory) return;
  char path[4096];
  snprintf(path, sizeof path, "%s/control", directory);
  int fd = real_open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  real_close(fd);
  if (mapped != MAP_FAILED) control = mapped;
}

static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int ends_with(const char *text, const char *end) {
  size_t a = strlen(text), b = strlen(end);
  return a >= b && strcmp(text + a - b, end) == 0;
}

static int is_watched(const char *path) {
  return directory && path && strlen(last_part(path)) < NAME_MAX_BYTES &&
         (ends_with(path, ".db") || ends_with(path, ".db-wal") || ends_with(path, ".db-journal"));
}

/* 1: an upload in the spool; 2: the directory in which its name will be; 0: anything else. The
 * directories above that one are synced before it has a name. */
static int media_kind(const char *path) {
  const char *found = directory && path ? strstr(path, "/media/") : NULL;
  if (!found) return 0;
  const char *rest = found + strlen("/media/");
  const char *slash = strchr(rest, '/');
  if (!slash) return 0;
  if (strncmp(rest, "spool/", strlen("spool/")) == 0) return 1;
  return strchr(slash + 1, '/') ? 0 : 2;
}

/* With the lock held. */
static int known(const char *path) {
  const char *name = last_part(path);
  for (int i = 0; i < files_count; i++)
    if (strcmp(files[i].name, name) == 0) return i;
  if (files_count == FILES_MAX) return -1;
  char undo[4096];
  snprintf(undo, sizeof undo, "%s/%s.undo", directory, name);
  int fd = real_open(undo, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  strcpy(files[files_count].name, name);
  files[files_count].undo = fd;
  return files_count++;
}

static void note(struct file *file, struct record record, const void *old) {
  struct iovec parts[2] = {{&record, sizeof record}, {(void *)old, record.length}};
  if (writev(file->undo, parts, 2) != (ssize_t)(sizeof record + record.length)) abort();
}

static void opened(int fd, const char *path, int existed) {
  if (fd < 0 || fd >= DESCRIPTORS_MAX) return;
  pthread_mutex_lock(&lock);
  int index = known(path);
  file_of[fd] = index + 1;
  if (index >= 0 && !existed) note(&files[index], (struct record){1, 0, 0, 0}, NULL);
  pthread_mutex_unlock(&lock);
}

#define OPEN(name, first, path, ...) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); \
  } \
  find_##name(); \
  int watched = is_watched(path); \
  int existed = watched && access(path, F_OK) == 0; \
  int fd = real_##name(__VA_ARGS__, flags, mode); \
  if (watched) opened(fd, path, existed); \
  if (fd >= 0 && fd < DESCRIPTORS_MAX) media_of[fd] = media_kind(path); \
  return fd;

int open(const char *path, int flags, ...) { OPEN(open, , path, path) }
int open64(const char *path, int flags, ...) { OPEN(open64, , path, path) }
int openat(int at, const char *path, int flags, ...) { OPEN(openat, at, path, at, path) }
int openat64(int at, const char *path, int flags, ...) { OPEN(openat64, at, path, at, path) }

int close(int fd) {
  find_close();
  if (fd >= 0 && fd < DESCRIPTORS_MAX) file_of[fd] = media_of[fd] = 0;
  return real_close(fd);
}

static struct file *watched_file(int fd) {
  if (fd < 0 || fd >= DESCRIPTORS_MAX || !file_of[fd]) return NULL;
  return &files[file_of[fd] - 1];
}

static int fails(int32_t with) {
  if (!with) return 0;
  __atomic_fetch_add(&control->failures, 1, __ATOMIC_SEQ_CST);
  errno = with;
  return 1;
}

/* Before `length` bytes at `offset` change, or vanish because the file is cut there. */
static int before_change(struct file *file, int fd, uint64_t offset, uint64_t length) {
  struct stat status;
  if (fstat(fd, &status)) return -1;
  uint64_t size = status.st_size;
  if (offset + length > size && fails(control->grow_errno)) return -1;
  uint64_t old = offset >= size ? 0 : (size - offset < length ? size - offset : length);
  char *bytes = malloc(old ? old : 1);
  if (!bytes) abort();
  find_pread();
  if (old && real_pread(fd, bytes, old, offset) != (ssize_t)old) abort();
  note(file, (struct record){0, offset, old, size}, bytes);
  free(bytes);
  return 0;
}

#define WRITE(position, call) \
  struct file *file = watched_file(fd); \
  if (!file) return call; \
  pthread_mutex_lock(&lock); \
  ssize_t written = -1; \
  if (before_change(file, fd, position, count) == 0) written = call; \
  pthread_mutex_unlock(&lock); \
  return written;

static int kind_of(int fd) {
  return fd >= 0 && fd < DESCRIPTORS_MAX ? media_of[fd] : 0;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  find_write();
  if (kind_of(fd) == 1 && fails(control->media_grow_errno)) return -1;
  WRITE(lseek(fd, 0, SEEK_CUR), real_write(fd, bytes, count))
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  find_pwrite();
  WRITE(at, real_pwrite(fd, bytes, count, at))
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  find_pwrite64();
  WRITE(at, real_pwrite64(fd, bytes, count, at))
}

#define TRUNCATE(call) \
  struct file *file = watched_file(fd); \
  if (!file) return call; \
  pthread_mutex_lock(&lock); \
  struct stat status; \
  int cut = -1; \
  if (fstat(fd, &status) == 0) { \
    uint64_t size = status.st_size; \
    uint64_t tail = (uint64_t)length < size ? size - length : 0; \
    uint64_t grown = (uint64_t)length > size ? length - size : 0; \
    if (before_change(file, fd, tail ? (uint64_t)length : size, tail ? tail : grown) == 0) \
      cut = call; \
  } \
  pthread_mutex_unlock(&lock); \
  return cut;

int ftruncate(int fd, off_t length) { find_ftruncate(); TRUNCATE(real_ftruncate(fd, length)) }
int ftruncate64(int fd, off64_t length) { find_ftruncate64(); TRUNCATE(real_ftruncate64(fd, length)) }

static void wait_while_held(void) {
  if (!control->hold_syncs) return;
  __atomic_fetch_add(&control->held, 1, __ATOMIC_SEQ_CST);
  while (control->hold_syncs) usleep(1000);
  __atomic_fetch_sub(&control->held, 1, __ATOMIC_SEQ_CST);
}

static void wait_as_media(int kind) {
  if (!kind || control->hold_media != kind) return;
  __atomic_fetch_add(&control->media_held, 1, __ATOMIC_SEQ_CST);
  while (control->hold_media == kind) usleep(1000);
  __atomic_fetch_sub(&control->media_held, 1, __ATOMIC_SEQ_CST);
}

/* With the lock held. */
static int sync_fails(const struct file *file) {
  if (control->file_syncs_fail && !ends_with(file->name, "-wal")) return fails(EIO);
  if (!control->sync_failures) return 0;
  if (control->sync_failures > 0) control->sync_failures--;
  return fails(EIO);
}

#define SYNC(call) \
  struct file *file = watched_file(fd); \
  if (!file) { \
    wait_as_media(kind_of(fd)); \
    return call; \
  } \
  wait_while_held(); \
  pthread_mutex_lock(&lock); \
  int done = -1; \
  if (sync_fails(file)) { \
    file->doubtful = 1; \
  } else if (control->log_syncs_lie && ends_with(file->name, "-wal")) { \
    done = 0; \
  } else { \
    find_ftruncate(); \
    done = call; \
    if (done == 0 && !file->doubtful && real_ftruncate(file->undo, 0)) abort(); \
    __atomic_fetch_add(&control->syncs, 1, __ATOMIC_SEQ_CST); \
  } \
  pthread_mutex_unlock(&lock); \
  return done;

int fsync(int fd) { find_fsync(); SYNC(real_fsync(fd)) }
int fdatasync(int fd) { find_fdatasync(); SYNC(real_fdatasync(fd)) }

int unlink(const char *path) {
  find_unlink(); find_ftruncate();
  int done = real_unlink(path);
  if (done == 0 && is_watched(path)) {
    pthread_mutex_lock(&lock);
    int index = known(path);
    if (index >= 0 && real_ftruncate(files[index].undo, 0)) abort();
    pthread_mutex_unlock(&lock);
  }
  return done;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  find_clock_gettime();
  int done = real_clock_gettime(clock, time);
  int64_t offset = control->wall_offset_ns;
  if (done == 0 && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t ns = time->tv_sec * INT64_C(1000000000) + time->tv_nsec + offset;
    time->tv_sec = ns / INT64_C(1000000000);
    time->tv_nsec = ns % INT64_C(1000000000);
  }
  return done;
}

int gettimeofday(struct timeval *time, void *zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
