#pragma once
#include "Arduino.h"
#include "user_interface.h"

class EspClass {
public:
  void restart() __attribute__((noreturn));
  void wdtFeed();
  uint32_t getChipId();
  uint32_t getFlashChipRealSize();
  uint8_t getCpuFreqMHz();
  uint32_t getFreeHeap();
  uint32_t getMaxFreeBlockSize();
  uint8_t getHeapFragmentation(); // percent
  String getResetReason();
  struct rst_info *getResetInfoPtr();
  uint32_t random();
};

extern EspClass ESP;
