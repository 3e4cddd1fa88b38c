// The Wi-Fi station and access point. The virtual board's station address is given by its host:
// a static address that is set here is accepted, and the host's one stays in force.
#pragma once
#include "Arduino.h"
#include "WiFiClient.h"
#include "WiFiServer.h"

enum WiFiMode_t { WIFI_OFF = 0, WIFI_STA = 1, WIFI_AP = 2, WIFI_AP_STA = 3 };

enum wl_status_t {
  WL_IDLE_STATUS = 0,
  WL_NO_SSID_AVAIL = 1,
  WL_SCAN_COMPLETED = 2,
  WL_CONNECTED = 3,
  WL_CONNECT_FAILED = 4,
  WL_CONNECTION_LOST = 5,
  WL_WRONG_PASSWORD = 6,
  WL_DISCONNECTED = 7
};

class ESP8266WiFiClass {
public:
  void persistent(bool) {} // the host stores nothing
  bool mode(WiFiMode_t mode);
  WiFiMode_t getMode() const { return mode_; }
  bool setAutoReconnect(bool) { return true; }
  bool config(IPAddress, IPAddress, IPAddress, IPAddress = IPAddress()) { return true; }
  wl_status_t begin();
  wl_status_t begin(const char *ssid, const char *password = nullptr);
  bool disconnect(bool wifiOff = false);
  wl_status_t status();
  IPAddress localIP();
  uint8_t *macAddress(uint8_t *mac);
  String macAddress();
  int8_t RSSI();
  // Accepted; the host's address stays in force.
  bool softAPConfig(IPAddress, IPAddress, IPAddress) { return true; }
  bool softAPdisconnect(bool wifiOff = false);
  uint8_t softAPgetStationNum() { return 0; } // the host's programs do not join
  bool softAP(const char *ssid, const char *password = nullptr);
  // The chip's 192.168.4.1 would lead out of the host: whoever joins finds the board at the address it always has.
  IPAddress softAPIP() { return localIP(); }

private:
  WiFiMode_t mode_ = WIFI_OFF;
};

extern ESP8266WiFiClass WiFi;
