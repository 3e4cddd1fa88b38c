// ESP8266: web server or MQTT client over TLS, never both, because both together do not fit its heap.
// The flags in the EEPROM sector choose; requests switch. What a mode does not need is not made.
#include <Arduino.h>
#include <EEPROM.h>
#include <ESP8266WebServer.h>
#include <ESP8266WiFi.h>
#include <PubSubClient.h>
#include <WiFiClientSecure.h>

#include "board.h"
#include "mqttlink.h"
#include "requests.h"
#include "settings.h"
#include "webpage.h"

enum class Net : uint8_t { Joining, Station, Lost, AccessPoint };

const uint32_t kJoinMs = 20000;

static Net net = Net::Joining;
static bool mqttWanted = false;
static bool tlsWanted = false;
static uint32_t joinStart = 0;
static WebPages *pages = nullptr;
static MqttLink *mqttLink = nullptr;

void printBootLines(SettingsFault fault) {
  Serial.println();
  Serial.printf_P(PSTR("ESP8266 Reset Reason: %s\r\n"), ESP.getResetReason().c_str());
  const struct rst_info *reset = ESP.getResetInfoPtr();
  if (reset->reason == REASON_EXCEPTION_RST || reset->reason == REASON_SOFT_WDT_RST) {
    Serial.printf_P(PSTR("ESP8266 Crash: exccause=%u epc1=0x%08x excvaddr=0x%08x\r\n"), unsigned(reset->exccause),
                    unsigned(reset->epc1), unsigned(reset->excvaddr));
  }
  Serial.printf_P(PSTR("ESP8266 MAC: %s\r\n"), macText);
  Serial.printf_P(PSTR("ESP8266 Free Heap: %lu\r\n"), static_cast<unsigned long>(ESP.getFreeHeap()));
  if (fault != SettingsFault::None) {
    Serial.print(F("ESP8266 Settings: "));
    Serial.println(faultText(fault));
  }
}

// MQTT that cannot work would leave the board out of reach: then the web server stays.
void chooseMode() {
  mqttWanted = settings.flags & kFlagMqtt;
  tlsWanted = settings.flags & kFlagTls;
  if (mqttWanted && !settings.brokerHost[0]) {
    Serial.println(F("ESP8266 Settings: MQTT is on but no broker is stored, web server only"));
    mqttWanted = false;
  } else if (mqttWanted && tlsWanted && !settings.caLength) {
    Serial.println(F("ESP8266 Settings: TLS is on but no CA certificate is stored, web server only"));
    mqttWanted = false;
  }
}

void joinNetwork() {
  WiFi.persistent(false);
  WiFi.mode(WIFI_STA);
  WiFi.setAutoReconnect(true);
  if (settings.flags & kFlagStaticIp) {
    IPAddress gateway(settings.gateway);
    WiFi.config(IPAddress(settings.ip), gateway, IPAddress(settings.netmask), gateway);
  }
  if (settings.ssid[0]) {
    WiFi.begin(settings.ssid, settings.wifiPassword);
  } else {
    WiFi.begin(); // what the SDK has stored
  }
  joinStart = millis();
}

void startStation() {
  net = Net::Station;
  Serial.print(F("ESP8266 IP: "));
  Serial.println(WiFi.localIP());
  if (!mqttWanted || !tlsWanted) {
    pages = new WebPages(settings.httpPort);
    Serial.printf_P(PSTR("ESP8266 WebServer Port: %u\r\n"), settings.httpPort);
    Serial.println(F("ESP8266 Mode: Web Server Running - Type = SDK API"));
  }
  if (mqttWanted) mqttLink = new MqttLink(tlsWanted);
}

void startAccessPoint() {
  net = Net::AccessPoint;
  char name[24];
  snprintf_P(name, sizeof name, PSTR("ESP8266_%s"), mac12);
  Serial.printf_P(PSTR("ESP8266 WiFi: no network within %lu s\r\n"), static_cast<unsigned long>(kJoinMs / 1000));
  WiFi.mode(WIFI_AP);
  WiFi.softAP(name);
  Serial.print(F("ESP8266 AP IP: "));
  Serial.println(WiFi.softAPIP());
  pages = new WebPages(settings.httpPort);
  Serial.printf_P(PSTR("ESP8266 WebServer Port: %u\r\n"), settings.httpPort);
  Serial.println(F("ESP8266 Mode: Access Point Running"));
}

void pollWifi() {
  bool connected = net != Net::AccessPoint && WiFi.status() == WL_CONNECTED;
  switch (net) {
  case Net::Joining:
    if (connected) {
      startStation();
    } else if (millis() - joinStart >= kJoinMs) {
      startAccessPoint();
    }
    break;
  case Net::Station:
    if (!connected) {
      net = Net::Lost;
      Serial.println(F("ESP8266 WiFi: connection lost"));
    }
    break;
  case Net::Lost:
    if (connected) {
      net = Net::Station;
      Serial.print(F("ESP8266 WiFi: connected again, IP "));
      Serial.println(WiFi.localIP());
    }
    break;
  case Net::AccessPoint:
    break;
  }
}

void pollSerial() {
  static char line[96];
  static size_t length = 0;
  static bool tooLong = false;
  while (Serial.available() > 0) {
    int value = Serial.read();
    if (value != '\n' && value != '\r') {
      if (length < sizeof line - 1) {
        line[length++] = char(value);
      } else {
        tooLong = true;
      }
      continue;
    }
    if (!length) continue;
    line[tooLong ? 0 : length] = 0;
    length = 0;
    tooLong = false;
    Reply reply;
    answerRequest(parseRequest(line), reply);
    Serial.println(reply.text);
  }
}

void pollRestart() {
  static bool stored = false;
  static uint32_t since = 0;
  if (due == Due::Nothing) return;
  if (!stored) {
    uint8_t before = settings.flags;
    if (due == Due::MqttTls) settings.flags |= kFlagMqtt | kFlagTls;
    if (due == Due::WebServer) settings.flags &= uint8_t(~kFlagMqtt);
    if (due != Due::Restart && !storeSettings(settings)) {
      settings.flags = before;
      Serial.println(F("ESP8266 Settings: the flash did not take them, no restart"));
      due = Due::Nothing;
      return;
    }
    stored = true;
    since = millis();
  }
  if (millis() - since < kRestartDelayMs) return;
  if (mqttLink) mqttLink->close();
  if (pages) pages->close();
  Serial.println(F("ESP8266 Restart: requested"));
  Serial.flush();
  ESP.restart();
}

void setup() {
  SettingsFault fault = loadSettings(settings);
  Serial.begin(validBaud(settings.serialBaud) ? settings.serialBaud : 115200);
  readMac();
  led.begin();
  printBootLines(fault);
  chooseMode();
  joinNetwork();
}

void loop() {
  pollSerial();
  led.poll();
  pollWifi();
  if (pages) pages->poll();
  if (mqttLink) mqttLink->poll();
  pollRestart();
}
