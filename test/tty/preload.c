/*
 * Gives one pseudo terminal what it lacks: modem lines and a speed that means something.
 *
 * Loaded with LD_PRELOAD into a program that opens a serial port. For the terminal named by ESPWATCH_TTY it carries
 * DTR, RTS, the speed and "has everything left?" to the socket named by ESPWATCH_TTY_CONTROL, where the test answers
 * for the board. Every message waits for its answer and says how many bytes were written before it, because the bytes
 * take another way (the terminal, then socat): so a reset never overtakes the data that was sent before it.
 *
 *   request  COMMAND ARGUMENT BYTES-WRITTEN "\n"      open, close, get, lines (1 = DTR, 2 = RTS), baud, drain
 *   answer   "ok " LINES "\n", or "gone\n" when the board was unplugged
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define MAX_FD 1024
/* <asm/termbits.h> has these, but cannot be included beside <termios.h>. */
#define SPEED_BITS 0010017u
#define SPEED_OTHER 0010000u
#define SET_TERMIOS2(action) _IOW('T', 0x2B + (action), struct kernel_termios2)

struct kernel_termios2 {
  uint32_t iflag, oflag, cflag, lflag;
  uint8_t line, cc[19];
  uint32_t ispeed, ospeed;
};

static struct {
  int control; /* socket + 1; 0 = this descriptor is none of ours */
  unsigned long written;
  unsigned long baud;
} ttys[MAX_FD];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const struct {
  speed_t constant;
  unsigned long baud;
} SPEEDS[] = {
    {B9600, 9600},     {B19200, 19200},     {B38400, 38400},     {B57600, 57600},     {B115200, 115200},
    {B230400, 230400}, {B460800, 460800},   {B500000, 500000},   {B576000, 576000},   {B921600, 921600},
    {B1000000, 1000000}, {B1500000, 1500000}, {B2000000, 2000000},
};

static unsigned long baud_of(speed_t constant) {
  for (size_t i = 0; i < sizeof SPEEDS / sizeof *SPEEDS; i++)
    if (SPEEDS[i].constant == constant) return SPEEDS[i].baud;
  return 0;
}

/* Sends one message and waits for its answer: the lines, or -1 with EIO when the board is gone. */
static int ask(int fd, const char *command, unsigned long argument) {
  char text[96];
  int socket = ttys[fd].control - 1, length = snprintf(text, sizeof text, "%s %lu %lu\n", command, argument, ttys[fd].written);
  size_t got = 0;
  if (send(socket, text, (size_t)length, MSG_NOSIGNAL) != length) goto gone;
  do {
    ssize_t n = recv(socket, text + got, sizeof text - 1 - got, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) goto gone;
    got += (size_t)n;
  } while (text[got - 1] != '\n');
  text[got] = 0;
  if (strncmp(text, "ok ", 3) == 0) return atoi(text + 3);
gone:
  errno = EIO;
  return -1;
}

static int connect_control(void) {
  const char *path = getenv("ESPWATCH_TTY_CONTROL");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address) == 0) return s;
  REAL(close)(s);
  return -1;
}

/* Whether `fd` is the terminal; the first time that it is asked about, this is the board's "port opened". */
static int ours(int fd) {
  struct stat file, wanted;
  const char *path = getenv("ESPWATCH_TTY");
  if (fd < 0 || fd >= MAX_FD) return 0;
  if (ttys[fd].control != 0) return 1;
  if (path == NULL || fstat(fd, &file) != 0 || !S_ISCHR(file.st_mode)) return 0;
  if (stat(path, &wanted) != 0 || wanted.st_rdev != file.st_rdev) return 0;
  int s = connect_control();
  if (s < 0) return 0;
  ttys[fd].control = s + 1;
  ttys[fd].written = 0;
  ttys[fd].baud = 0;
  ask(fd, "open", 0);
  return 1;
}

static int set_baud(int fd, unsigned long baud) {
  if (baud == 0 || baud == ttys[fd].baud) return 0;
  ttys[fd].baud = baud;
  return ask(fd, "baud", baud) < 0 ? -1 : 0;
}

static unsigned long bits_to_lines(int bits) { return (bits & TIOCM_DTR ? 1ul : 0ul) | (bits & TIOCM_RTS ? 2ul : 0ul); }

static int modem_lines(int fd, unsigned long request, int *bits) {
  unsigned long given = request == TIOCMGET ? 0 : bits_to_lines(*bits);
  int now = request == TIOCMSET ? 0 : ask(fd, "get", 0);
  if (now < 0) return -1;
  if (request == TIOCMGET) {
    *bits = (now & 1 ? TIOCM_DTR : 0) | (now & 2 ? TIOCM_RTS : 0);
    return 0;
  }
  if (request == TIOCMBIS) given |= (unsigned long)now;
  if (request == TIOCMBIC) given = (unsigned long)now & ~given;
  return ask(fd, "lines", given) < 0 ? -1 : 0;
}

/* What an ioctl that sets the terminal asks for as its speed; 0 = it sets nothing of the kind. */
static unsigned long baud_in(unsigned long request, const void *argument) {
  const struct kernel_termios2 *t = argument;
  if (request == TCSETS || request == TCSETSW || request == TCSETSF) return baud_of(t->cflag & SPEED_BITS);
  if (request == SET_TERMIOS2(0) || request == SET_TERMIOS2(1) || request == SET_TERMIOS2(2))
    return (t->cflag & SPEED_BITS) == SPEED_OTHER ? t->ospeed : baud_of(t->cflag & SPEED_BITS);
  return 0;
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  int lines = request == TIOCMGET || request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC;
  unsigned long baud = lines ? 0 : baud_in(request, argument);
  if (!lines && baud == 0) return REAL(ioctl)(fd, request, argument);

  pthread_mutex_lock(&lock);
  int mine = ours(fd), result;
  if (mine && lines) {
    result = modem_lines(fd, request, argument);
  } else {
    result = REAL(ioctl)(fd, request, argument);
    if (mine && result == 0) result = set_baud(fd, baud);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int tcsetattr(int fd, int action, const struct termios *settings) {
  pthread_mutex_lock(&lock);
  int mine = ours(fd);
  if (mine && action != TCSANOW) ask(fd, "drain", 0);
  int result = REAL(tcsetattr)(fd, action, settings);
  if (mine && result == 0) result = set_baud(fd, baud_of(cfgetospeed(settings)));
  pthread_mutex_unlock(&lock);
  return result;
}

int tcdrain(int fd) {
  pthread_mutex_lock(&lock);
  int result = ours(fd) ? (ask(fd, "drain", 0) < 0 ? -1 : 0) : REAL(tcdrain)(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

/* Output that a pseudo terminal drops would still be counted and waited for; there is none in a buffer of its own. */
int tcflush(int fd, int queue) {
  pthread_mutex_lock(&lock);
  int mine = ours(fd);
  pthread_mutex_unlock(&lock);
  if (mine && queue == TCOFLUSH) return 0;
  return REAL(tcflush)(fd, mine ? TCIFLUSH : queue);
}

static ssize_t count(int fd, ssize_t written) {
  if (written > 0 && fd >= 0 && fd < MAX_FD && ttys[fd].control != 0) {
    pthread_mutex_lock(&lock);
    ttys[fd].written += (unsigned long)written;
    pthread_mutex_unlock(&lock);
  }
  return written;
}

ssize_t write(int fd, const void *data, size_t length) { return count(fd, REAL(write)(fd, data, length)); }

ssize_t writev(int fd, const struct iovec *parts, int n) { return count(fd, REAL(writev)(fd, parts, n)); }

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD && ttys[fd].control != 0) {
    pthread_mutex_lock(&lock);
    ask(fd, "close", 0);
    REAL(close)(ttys[fd].control - 1);
    ttys[fd].control = 0;
    pthread_mutex_unlock(&lock);
  }
  return REAL(close)(fd);
}
