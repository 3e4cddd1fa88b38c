// What the sketch keeps in the RTC's user memory: it survives every reset, but no loss of power.
#pragma once
#include <Arduino.h>
#include <time.h>

#include "settings.h"

struct RtcMemory {
  uint32_t boots; // since the power came on, this one included
  uint32_t time;  // seconds since 1970 when NTP was last known to be right, 0 = never

  // Counts this boot.
  void begin() {
    uint32_t words[kWords];
    boots = time = 0;
    if (ESP.rtcUserMemoryRead(kBlock, words, sizeof words) && words[kWords - 1] == check(words)) {
      boots = words[0];
      time = words[1];
    }
    boots++;
    store();
  }

  void remember(time_t now) {
    time = uint32_t(now);
    store();
  }

private:
  static const uint32_t kBlock = 32; // of 4 bytes; eboot uses the 32 before it
  static const size_t kWords = 3;

  static uint32_t check(const uint32_t *words) {
    return zlibCrc32(kSettingsVersion, reinterpret_cast<const uint8_t *>(words), (kWords - 1) * sizeof words[0]);
  }

  void store() {
    uint32_t words[kWords] = {boots, time, 0};
    words[kWords - 1] = check(words);
    ESP.rtcUserMemoryWrite(kBlock, words, sizeof words);
  }
};

static RtcMemory rtcMemory;
