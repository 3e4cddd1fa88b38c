// What stops a program: abort, failed assertions, and the handlers of -fsanitize=null,alignment,
// which stand for the CPU's exceptions, because address 0 is valid memory in WebAssembly.
#include "host.h"

#include <stdio.h>

namespace {

constexpr int kLoadStoreAlignment = 9;
constexpr int kInstFetchProhibited = 20;
constexpr int kLoadProhibited = 28;
constexpr int kStoreProhibited = 29;

struct SourceLocation {
  const char *file;
  uint32_t line;
  uint32_t column;
};

struct TypeMismatch {
  SourceLocation location;
  const void *type;
  uint8_t logAlignment;
  uint8_t kind;
};

constexpr uint8_t kKindStore = 1;

} // namespace

extern "C" {

__attribute__((noreturn)) void abort() { host_panic(-1, 0, 0, "Abort called"); }

__attribute__((noreturn)) void __assert_fail(const char *expression, const char *file, int line,
                                             const char *function) {
  static char text[160];
  snprintf(text, sizeof text, "Panic %s:%d %s: Assertion '%s' failed.", file, line, function, expression);
  host_panic(-1, 0, 0, text);
}

__attribute__((noreturn)) void __ubsan_handle_type_mismatch_v1_abort(const TypeMismatch *what,
                                                                     uint32_t address) {
  static char where[96];
  snprintf(where, sizeof where, "%s:%u", what->location.file, unsigned(what->location.line));
  int cause = kLoadStoreAlignment;
  if (address == 0) cause = what->kind == kKindStore ? kStoreProhibited : kLoadProhibited;
  host_panic(cause, 0, address, where);
}

__attribute__((noreturn)) void __cxa_pure_virtual() { host_panic(kInstFetchProhibited, 0, 0, "pure virtual call"); }

}

// The board never exits: destructors of static objects are not kept.
extern "C" int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }

// What libc++'s headers call where they would throw.
namespace std {
inline namespace __1 {
__attribute__((noreturn)) void __libcpp_verbose_abort(const char *, ...) noexcept {
  host_panic(-1, 0, 0, "Abort called");
}
} // namespace __1
} // namespace std
