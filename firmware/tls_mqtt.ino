// ESP8266: web server or MQTT client over TLS, never both, because both together do not fit its heap.
// The flags in the EEPROM sector choose; requests switch. What a mode does not need is not made.
#include <Arduino.h>
#include <ESP8266WebServer.h>
#include <ESP8266WiFi.h>
#include <PubSubClient.h>
#include <WiFiClientSecure.h>

#include "board.h"
#include "mqttlink.h"
#include "network.h"
#include "report.h"
#include "requests.h"
#include "webpage.h"

static bool mqttWanted = false;
static bool tlsWanted = false;
static WebPages *pages = nullptr;
static MqttLink *mqttLink = nullptr;

// MQTT that cannot work would leave the board out of reach: then the web server stays.
void chooseMode() {
  mqttWanted = settings.flags & kFlagMqtt;
  tlsWanted = settings.flags & kFlagTls;
  if (mqttWanted && !settings.brokerHost[0]) {
    Serial.println(F("ESP8266 Settings: MQTT is on but no broker is stored, web server only"));
    mqttWanted = false;
  } else if (mqttWanted && tlsWanted && mqttTlsObstacle(settings)) {
    Serial.println(F("ESP8266 Settings: TLS is on but no CA certificate is stored, web server only"));
    mqttWanted = false;
  }
  if (settings.flags & kFlagInsecure) {
    Serial.println(F("ESP8266 Warning: certificates are not checked, anyone can pose as the broker"));
  }
}

// Nothing of one mode stays when another begins: there is no heap for both.
void stopServices() {
  delete mqttLink;
  mqttLink = nullptr;
  delete pages;
  pages = nullptr;
}

void startPages() {
  pages = new WebPages(settings.httpPort);
  Serial.printf_P(PSTR("ESP8266 WebServer Port: %u\r\n"), settings.httpPort);
}

void startStation() {
  stopServices();
  Serial.print(F("ESP8266 IP: "));
  Serial.println(WiFi.localIP());
  if (!mqttWanted || !tlsWanted) {
    startPages();
    Serial.println(F("ESP8266 Mode: Web Server Running - Type = SDK API"));
  }
  if (mqttWanted) mqttLink = new MqttLink(tlsWanted);
}

void startAccessPoint() {
  stopServices();
  char name[24];
  Network::accessPointName(name, sizeof name);
  Serial.printf_P(PSTR("ESP8266 WiFi: no network within %u s\r\nESP8266 AP SSID: %s\r\nESP8266 AP IP: "),
                  settings.wifiTimeoutS, name);
  Serial.println(WiFi.softAPIP());
  startPages();
  Serial.println(F("ESP8266 Mode: Access Point Running"));
}

void pollNetwork() {
  switch (network.poll()) {
  case NetEvent::Nothing: break;
  case NetEvent::Joined: startStation(); break;
  case NetEvent::GaveUp: startAccessPoint(); break;
  case NetEvent::Lost: Serial.println(F("ESP8266 WiFi: connection lost")); break;
  case NetEvent::Returned:
    Serial.print(F("ESP8266 WiFi: connected again, IP "));
    Serial.println(WiFi.localIP());
    break;
  case NetEvent::Back:
    Serial.println(F("ESP8266 WiFi: the network is back, access point closed"));
    startStation();
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
    answerRequest(parseRequest(line), true, reply);
    Serial.println(reply.text);
  }
}

void pollRestart() {
  static Due stored = Due::Nothing;
  static uint32_t since = 0;
  if (due == Due::Nothing) return;
  if (stored != due) {
    uint8_t before = settings.flags;
    if (due == Due::MqttTls) settings.flags |= kFlagMqtt | kFlagTls;
    if (due == Due::WebServer) settings.flags &= uint8_t(~kFlagMqtt);
    if (due != Due::Restart && !settingsStore.save(settings)) {
      settings.flags = before;
      Serial.println(F("ESP8266 Settings: the flash did not take them, no restart"));
      due = Due::Nothing;
      return;
    }
    stored = due;
    since = millis();
  }
  if (millis() - since < kRestartDelayMs) return;
  stopServices();
  Serial.println(F("ESP8266 Restart: requested"));
  Serial.flush();
  ESP.restart();
}

void setup() {
  SettingsNote note = settingsStore.load(settings);
  Serial.begin(settings.serialBaud);
  rtcMemory.begin();
  readMac();
  led.begin();
  printBootLines(note);
  chooseMode();
  network.begin();
}

void loop() {
  pollSerial();
  led.poll();
  pollNetwork();
  if (pages) pages->poll();
  if (mqttLink) mqttLink->poll();
  telemetry.poll();
  pollRestart();
}
