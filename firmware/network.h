// Wi-Fi: the station, the access point while there is no network, and the way back.
#pragma once
#include "board.h"

const uint32_t kRejoinMs = 30000;

enum class NetEvent : uint8_t {
  Nothing,
  Joined,
  Lost,
  Returned, // after Lost
  GaveUp,   // no network within settings.wifiTimeoutS: the access point is up
  Back,     // after GaveUp: the access point is closed
};

class Network {
public:
  void begin() {
    WiFi.persistent(false);
    WiFi.mode(WIFI_STA);
    WiFi.setAutoReconnect(true);
    if (settings.flags & kFlagStaticIp) {
      IPAddress gateway(settings.gateway);
      WiFi.config(IPAddress(settings.ip), gateway, IPAddress(settings.netmask), gateway);
    }
    join();
    since_ = millis();
  }

  NetEvent poll() {
    bool connected = WiFi.status() == WL_CONNECTED;
    switch (state_) {
    case State::Joining: return connected ? joined() : patience();
    case State::Station: return connected ? NetEvent::Nothing : lost();
    case State::Lost: return connected ? returned() : patience();
    case State::AccessPoint: return connected ? leaveAccessPoint() : rejoin();
    }
    return NetEvent::Nothing;
  }

  static void accessPointName(char *name, size_t size) { snprintf_P(name, size, PSTR("ESP8266_%s"), mac12); }

private:
  enum class State : uint8_t { Joining, Station, Lost, AccessPoint };

  void join() {
    if (settings.ssid[0]) {
      WiFi.begin(settings.ssid, settings.wifiPassword);
    } else {
      WiFi.begin(); // what the SDK has stored
    }
  }

  NetEvent joined() {
    state_ = State::Station;
    return NetEvent::Joined;
  }

  NetEvent lost() {
    state_ = State::Lost;
    since_ = millis();
    return NetEvent::Lost;
  }

  NetEvent returned() {
    state_ = State::Station;
    reconnects.wifi++;
    return NetEvent::Returned;
  }

  NetEvent patience() {
    if (millis() - since_ < settings.wifiTimeoutS * 1000u) return NetEvent::Nothing;
    state_ = State::AccessPoint;
    since_ = millis();
    // The radio has one channel: a station that searches all the time would make the access point unusable.
    WiFi.setAutoReconnect(false);
    WiFi.mode(WIFI_AP_STA);
    IPAddress own(settings.apIp);
    WiFi.softAPConfig(own, own, IPAddress(255, 255, 255, 0));
    char name[24];
    accessPointName(name, sizeof name);
    // The password that guards the settings guards the way to them, where it is one that WPA2 takes.
    size_t length = strlen(settings.configPassword);
    WiFi.softAP(name, length >= 8 && length <= 63 ? settings.configPassword : nullptr);
    return NetEvent::GaveUp;
  }

  // Not while somebody is at the access point.
  NetEvent rejoin() {
    if (millis() - since_ >= kRejoinMs) {
      since_ = millis();
      if (WiFi.softAPgetStationNum() == 0) join();
    }
    return NetEvent::Nothing;
  }

  NetEvent leaveAccessPoint() {
    WiFi.softAPdisconnect(true);
    WiFi.mode(WIFI_STA);
    WiFi.setAutoReconnect(true);
    reconnects.wifi++;
    state_ = State::Station;
    return NetEvent::Back;
  }

  State state_ = State::Joining;
  uint32_t since_ = 0;
};

static Network network;
