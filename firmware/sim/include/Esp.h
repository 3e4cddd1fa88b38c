#pragma once
#include "Arduino.h"
#include "user_interface.h"

// The heap keeps the statistics that umm_malloc keeps when it is built with this.
#define UMM_STATS_FULL

class EspClass {
public:
  void restart() __attribute__((noreturn));
  void wdtFeed();
  uint32_t getChipId();
  uint32_t getFlashChipRealSize();
  uint32_t getFlashChipSize() { return getFlashChipRealSize(); }
  // Addresses and sizes are those of whole words.
  bool flashEraseSector(uint32_t sector);
  bool flashWrite(uint32_t address, const uint32_t *data, size_t size);
  bool flashRead(uint32_t address, uint32_t *data, size_t size);
  // `block` counts 4 bytes each, `size` bytes.
  bool rtcUserMemoryRead(uint32_t block, uint32_t *data, size_t size);
  bool rtcUserMemoryWrite(uint32_t block, uint32_t *data, size_t size);
  uint8_t getCpuFreqMHz();
  uint32_t getFreeHeap();
  uint32_t getMaxFreeBlockSize();
  uint8_t getHeapFragmentation(); // percent
  String getResetReason();
  struct rst_info *getResetInfoPtr();
  uint32_t random();
};

extern EspClass ESP;
