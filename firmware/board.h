// What every mode shares: the settings in force, the board's names, the LED, a restart that is due.
#pragma once
#include <Arduino.h>
#include <ESP8266WiFi.h>
#include <time.h>

#include "rtcmemory.h"
#include "settingsstore.h"

const uint8_t kLedPin = 2; // the blue LED of the ESP-12 modules; low lights it
const int kBlinkMax = 50;
const uint32_t kBlinkHalfMs = 150;

static Settings settings;
static char mac12[13]; // lower-case hex without colons
static char macText[18]; // with colons

inline void readMac() {
  uint8_t mac[6];
  WiFi.macAddress(mac);
  snprintf_P(mac12, sizeof mac12, PSTR("%02x%02x%02x%02x%02x%02x"), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  snprintf_P(macText, sizeof macText, PSTR("%02x:%02x:%02x:%02x:%02x:%02x"), mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5]);
}

// The clock counts from 1970 until SNTP has answered.
inline bool clockIsSet() { return time(nullptr) > 1600000000; }

// Without NTP certificates are judged at the last time that NTP gave, which the RTC keeps over resets, or else at the
// date of this source: too early, so that an expired certificate may pass, and one that is not valid yet does not.
const uint32_t kSourceDate = 1788220800; // 2026-09-01

inline time_t timeForCertificates() {
  if (clockIsSet()) return time(nullptr);
  uint32_t known = rtcMemory.time > kSourceDate ? rtcMemory.time : kSourceDate;
  return time_t(known + millis() / 1000);
}

inline void dateText(time_t when, char *text, size_t size) {
  struct tm utc;
  gmtime_r(&when, &utc);
  snprintf_P(text, size, PSTR("%04d-%02d-%02dT%02d:%02d:%02dZ"), utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
             utc.tm_hour, utc.tm_min, utc.tm_sec);
}

// UTC when the clock is set, else the time since boot.
inline void timeText(char *text, size_t size) {
  if (clockIsSet()) {
    dateText(time(nullptr), text, size);
  } else {
    unsigned long s = millis() / 1000;
    snprintf_P(text, size, PSTR("up %lud %02lu:%02lu:%02lu"), s / 86400, s / 3600 % 24, s / 60 % 60, s % 60);
  }
}

struct Led {
  bool on = false;
  int halves = 0; // toggles that are left of a blink
  uint32_t last = 0;

  void begin() {
    pinMode(kLedPin, OUTPUT);
    show(false);
  }
  void set(bool value) {
    on = value;
    halves = 0;
    show(on);
  }
  void blink(int count) {
    halves = 2 * count;
    last = millis() - kBlinkHalfMs;
  }
  void poll() {
    if (!halves || millis() - last < kBlinkHalfMs) return;
    last = millis();
    halves--;
    show(halves & 1 ? !on : on);
  }
  void show(bool lit) { digitalWrite(kLedPin, lit ? LOW : HIGH); }
};

static Led led;

// A request is answered first. Then, one turn of loop() later, its flags are stored; the reset
// follows when the answer has had the time to leave.
enum class Due : uint8_t { Nothing, Restart, MqttTls, WebServer };
const uint32_t kRestartDelayMs = 500;
static Due due = Due::Nothing;

// For the telemetry: how often the network and the broker were found again.
struct Reconnects {
  uint32_t wifi = 0;
  uint32_t mqtt = 0;
};
static Reconnects reconnects;
