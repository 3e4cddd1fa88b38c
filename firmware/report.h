// Lines of our own: why the board started, its heap, and the telemetry. README.md documents them.
#pragma once
#include "board.h"

inline unsigned long asLong(uint32_t value) { return value; }

inline void printReset() {
  Serial.printf_P(PSTR("ESP8266 Reset Reason: %s\r\n"), ESP.getResetReason().c_str());
  const struct rst_info *reset = ESP.getResetInfoPtr();
  if (reset->reason != REASON_WDT_RST && reset->reason != REASON_EXCEPTION_RST &&
      reset->reason != REASON_SOFT_WDT_RST) {
    return;
  }
  Serial.printf_P(PSTR("ESP8266 Crash: exccause=%lu epc1=0x%08lx excvaddr=0x%08lx epc2=0x%08lx epc3=0x%08lx depc=0x%08lx\r\n"),
                  asLong(reset->exccause), asLong(reset->epc1), asLong(reset->excvaddr), asLong(reset->epc2),
                  asLong(reset->epc3), asLong(reset->depc));
}

inline void printHeap() {
  Serial.printf_P(PSTR("ESP8266 Free Heap: %lu\r\nESP8266 Largest Block: %lu\r\nESP8266 Fragmentation: %u\r\n"),
                  asLong(ESP.getFreeHeap()), asLong(ESP.getMaxFreeBlockSize()), unsigned(ESP.getHeapFragmentation()));
}

inline void printSettingsNote(SettingsNote note) {
  if (note == SettingsNote::None) return;
  Serial.print(F("ESP8266 Settings: "));
  switch (note) {
  case SettingsNote::None: break;
  case SettingsNote::Defaults: Serial.println(faultText(settingsStore.fault)); break;
  case SettingsNote::Recovered: Serial.println(F("a SAVE that lost its power was completed")); break;
  case SettingsNote::Migrated: Serial.println(F("version 1 found, stored again as version 2")); break;
  case SettingsNote::NotMigrated: Serial.println(F("version 1 found, the flash did not take version 2")); break;
  }
}

inline void printBootLines(SettingsNote note) {
  Serial.println();
  printReset();
  Serial.printf_P(PSTR("ESP8266 Boot Count: %lu\r\nESP8266 MAC: %s\r\n"), asLong(rtcMemory.boots), macText);
  printHeap();
  printSettingsNote(note);
}

class Telemetry {
public:
  void poll() {
    // Counted on, so that the 49 days of millis() are no end.
    uint32_t passed = (millis() - counted_) / 1000;
    counted_ += passed * 1000;
    uptime_ += passed;
    if (!settings.telemetryS || uptime_ - printed_ < settings.telemetryS) return;
    printed_ = uptime_;
    Serial.printf_P(PSTR("ESP8266 Telemetry: uptime=%lu heap=%lu block=%lu frag=%u rssi=%d wifi=%lu mqtt=%lu\r\n"),
                    asLong(uptime_), asLong(ESP.getFreeHeap()), asLong(ESP.getMaxFreeBlockSize()),
                    unsigned(ESP.getHeapFragmentation()), int(WiFi.RSSI()), asLong(reconnects.wifi),
                    asLong(reconnects.mqtt));
  }

private:
  uint32_t counted_ = 0; // ms
  uint32_t uptime_ = 0;  // s
  uint32_t printed_ = 0; // s
};

static Telemetry telemetry;
