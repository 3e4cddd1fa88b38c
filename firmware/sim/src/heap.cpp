// The board's heap: one arena of the size that an ESP8266 sketch has left, first fit with
// coalescing, so that free heap, largest block and fragmentation are what really happened.
#include "Arduino.h"
#include "host.h"

#include <math.h>

#include <new>

namespace {

// A block is its 8-byte header and its payload. Headers sit at 8 modulo 16, because wasm32
// wants what `new` returns aligned to 16.
struct Block {
  uint32_t sizeAndUsed; // bytes with the header, a multiple of 16; bit 0: in use
  uint32_t previousSize; // 0 for the first block

  uint32_t size() const { return sizeAndUsed & ~1u; }
  bool used() const { return sizeAndUsed & 1; }
  uint8_t *payload() { return reinterpret_cast<uint8_t *>(this) + sizeof(Block); }
};

constexpr uint32_t kArenaSize = 51200;
constexpr uint32_t kUnit = 16;
constexpr int kNoMemory = 48; // WASI's ENOMEM

alignas(16) uint8_t arena[kArenaSize + kUnit];
bool ready = false;
uint32_t freeNow = kArenaSize;
uint32_t freeLeast = kArenaSize;

Block *first() { return reinterpret_cast<Block *>(arena + 8); }
Block *end() { return reinterpret_cast<Block *>(arena + 8 + kArenaSize); }
Block *after(Block *block) {
  return reinterpret_cast<Block *>(reinterpret_cast<uint8_t *>(block) + block->size());
}
Block *before(Block *block) {
  return reinterpret_cast<Block *>(reinterpret_cast<uint8_t *>(block) - block->previousSize);
}
Block *blockOf(void *pointer) {
  return reinterpret_cast<Block *>(static_cast<uint8_t *>(pointer) - sizeof(Block));
}

// `taken` bytes more are in use.
void account(int32_t taken) {
  freeNow -= uint32_t(taken);
  if (freeNow < freeLeast) freeLeast = freeNow;
}

void setSize(Block *block, uint32_t size, bool used) {
  block->sizeAndUsed = size | (used ? 1 : 0);
  Block *next = after(block);
  if (next < end()) next->previousSize = size;
}

void prepare() {
  if (ready) return;
  ready = true;
  first()->previousSize = 0;
  setSize(first(), kArenaSize, false);
}

// 0 when no block can be that large.
uint32_t blockSize(size_t bytes) {
  if (bytes > kArenaSize) return 0;
  return (uint32_t(bytes) + sizeof(Block) + kUnit - 1) & ~(kUnit - 1);
}

void take(Block *block, uint32_t size) {
  account(int32_t(size));
  uint32_t rest = block->size() - size;
  setSize(block, size, true);
  if (rest) setSize(after(block), rest, false);
}

void release(Block *block) {
  setSize(block, block->size(), false);
  Block *next = after(block);
  if (next < end() && !next->used()) setSize(block, block->size() + next->size(), false);
  if (block->previousSize) {
    Block *previous = before(block);
    if (!previous->used()) setSize(previous, previous->size() + block->size(), false);
  }
}

struct Totals {
  uint32_t free = 0;
  uint32_t largest = 0;
  double squares = 0;
};

Totals measure() {
  prepare();
  Totals totals;
  for (Block *block = first(); block < end(); block = after(block)) {
    if (block->used()) continue;
    uint32_t size = block->size();
    totals.free += size;
    totals.squares += double(size) * size;
    if (size > totals.largest) totals.largest = size;
  }
  return totals;
}

void *allocateOrPanic(size_t bytes) {
  void *pointer = malloc(bytes ? bytes : 1);
  if (!pointer) host_panic(-1, 0, 0, "Unhandled C++ exception: OOM");
  return pointer;
}

} // namespace

extern "C" {

void *malloc(size_t bytes) {
  prepare();
  if (uint32_t size = blockSize(bytes)) {
    for (Block *block = first(); block < end(); block = after(block)) {
      if (block->used() || block->size() < size) continue;
      take(block, size);
      return block->payload();
    }
  }
  return nullptr;
}

void free(void *pointer) {
  if (!pointer) return;
  Block *block = blockOf(pointer);
  if (block < first() || block >= end() || !block->used()) {
    host_panic(-1, 0, 0, "Panic heap.cpp: free() of what is no allocated block");
  }
  account(-int32_t(block->size()));
  release(block);
}

void *calloc(size_t count, size_t bytes) {
  size_t total;
  if (__builtin_mul_overflow(count, bytes, &total)) return nullptr;
  void *pointer = malloc(total);
  if (pointer) memset(pointer, 0, total);
  return pointer;
}

void *realloc(void *pointer, size_t bytes) {
  if (!pointer) return malloc(bytes);
  Block *block = blockOf(pointer);
  uint32_t size = blockSize(bytes);
  if (!size) return nullptr;
  uint32_t available = block->size();
  Block *next = after(block);
  if (next < end() && !next->used()) available += next->size();
  if (size <= available) {
    account(int32_t(size - block->size()));
    setSize(block, available, true);
    uint32_t rest = available - size;
    if (rest) {
      setSize(block, size, true);
      Block *tail = after(block);
      setSize(tail, rest, true);
      release(tail);
    }
    return pointer;
  }
  void *moved = malloc(bytes);
  if (!moved) return nullptr;
  memcpy(moved, pointer, block->size() - sizeof(Block));
  free(pointer);
  return moved;
}

// Every block is aligned to 16; nothing here needs more.
void *aligned_alloc(size_t alignment, size_t bytes) { return alignment <= 16 ? malloc(bytes) : nullptr; }

int posix_memalign(void **out, size_t alignment, size_t bytes) {
  *out = aligned_alloc(alignment, bytes);
  return *out ? 0 : kNoMemory;
}

}

extern "C" {
size_t umm_free_heap_size_min(void) { return freeLeast; }
size_t umm_free_heap_size_min_reset(void) { return freeLeast = freeNow; }
}

void *operator new(size_t bytes) { return allocateOrPanic(bytes); }
void *operator new[](size_t bytes) { return allocateOrPanic(bytes); }
void *operator new(size_t bytes, const std::nothrow_t &) noexcept { return malloc(bytes ? bytes : 1); }
void *operator new[](size_t bytes, const std::nothrow_t &) noexcept { return malloc(bytes ? bytes : 1); }
void operator delete(void *pointer) noexcept { free(pointer); }
void operator delete[](void *pointer) noexcept { free(pointer); }
void operator delete(void *pointer, size_t) noexcept { free(pointer); }
void operator delete[](void *pointer, size_t) noexcept { free(pointer); }

uint32_t EspClass::getFreeHeap() { return measure().free; }
uint32_t EspClass::getMaxFreeBlockSize() {
  uint32_t largest = measure().largest;
  return largest ? largest - sizeof(Block) : 0;
}

// As umm_malloc defines it: 0 when all free memory is one block.
uint8_t EspClass::getHeapFragmentation() {
  Totals totals = measure();
  if (!totals.free) return 0;
  return uint8_t(100 - 100 * sqrt(totals.squares) / totals.free);
}
