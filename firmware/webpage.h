// The web server's pages. The configuration page leaves in small chunks, so that it costs little heap.
#pragma once
#include <ESP8266WebServer.h>

#include <memory>

#include "requests.h"

// Gathers output into chunks; escapes what comes from the settings or the client.
class PageWriter : public Print {
public:
  explicit PageWriter(ESP8266WebServer &server, int code = 200) : server_(server) {
    server_.setContentLength(CONTENT_LENGTH_UNKNOWN);
    server_.send(code, "text/html; charset=utf-8", "");
  }
  using Print::write;
  size_t write(uint8_t value) override {
    if (used_ == sizeof buffer_) flush();
    buffer_[used_++] = char(value);
    return 1;
  }
  void flush() override {
    if (used_) server_.sendContent(buffer_, used_);
    used_ = 0;
  }
  void escaped(const char *text) {
    for (; *text; text++) {
      switch (*text) {
      case '&': print(F("&amp;")); break;
      case '<': print(F("&lt;")); break;
      case '>': print(F("&gt;")); break;
      case '"': print(F("&quot;")); break;
      case '\'': print(F("&#39;")); break;
      default: write(uint8_t(*text));
      }
    }
  }
  void finish() {
    flush();
    server_.sendContent("");
  }

private:
  ESP8266WebServer &server_;
  char buffer_[256];
  size_t used_ = 0;
};

struct TextField {
  uint8_t index; // of settingsText()
  const char *name;
  const char *label;
  bool secret;
};

static const TextField kTextFields[] = {
    {0, "ssid", "Wi-Fi name", false},        {1, "wifiPassword", "Wi-Fi password", true},
    {2, "brokerHost", "Broker host", false}, {3, "mqttUser", "MQTT user", false},
    {4, "mqttPassword", "MQTT password", true}, {5, "clientId", "MQTT client id", false},
    {6, "rxTopic", "MQTT Rx topic", false},  {7, "txTopic", "MQTT Tx topic", false},
};

struct AddressField {
  uint8_t *octets;
  const char *name;
  const char *label;
};

inline AddressField addressField(Settings &s, int index) {
  switch (index) {
  case 0: return {s.ip, "ip", "IP address"};
  case 1: return {s.netmask, "netmask", "Netmask"};
  default: return {s.gateway, "gateway", "Gateway"};
  }
}

class WebPages {
public:
  explicit WebPages(uint16_t port) : server_(port) {
    server_.on("/", [this]() { root(); });
    server_.on("/config", HTTP_GET, [this]() { configPage(200, ""); });
    server_.on("/config", HTTP_POST, [this]() { configSubmit(); });
    server_.begin();
  }

  void poll() { server_.handleClient(); }
  void close() { server_.stop(); }

private:
  void root() {
    Reply reply;
    if (!server_.hasArg("request")) {
      char clock[32];
      timeText(clock, sizeof clock);
      snprintf_P(reply.text, sizeof reply.text, PSTR("ESP8266 %s\nSYS_Time: %s\nSYS_Heap: %lu\n/config: settings\n"),
                 macText, clock, static_cast<unsigned long>(ESP.getFreeHeap()));
      server_.send(200, "text/plain", reply.text);
      return;
    }
    Request request = parseRequest(server_.arg("request").c_str());
    if (server_.hasArg("nblink")) request.nblink = int(server_.arg("nblink").toInt());
    answerRequest(request, reply);
    server_.send(reply.valid ? 200 : 400, reply.json() ? "application/json" : "text/plain", reply.text);
  }

  void configPage(int code, const char *message) {
    PageWriter page(server_, code);
    page.print(F("<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
                 "<meta name=viewport content='width=device-width,initial-scale=1'><title>ESP8266 settings</title>"
                 "<style>body{font:16px sans-serif;max-width:30em;margin:1em auto;padding:0 1em}"
                 "label{display:block;margin:.6em 0}input:not([type=checkbox]){display:block;width:100%;"
                 "box-sizing:border-box;font:inherit}button{font:inherit;margin:1em 1em 1em 0}</style></head><body>"
                 "<h1>ESP8266 "));
    page.print(macText);
    page.print(F("</h1>"));
    if (message[0]) {
      page.print(F("<p><strong>"));
      page.escaped(message);
      page.print(F("</strong></p>"));
    }
    page.print(F("<form method=post action=/config autocomplete=off>"));
    for (const TextField &field : kTextFields) textInput(page, field);
    checkBox(page, "mqtt", "MQTT client", settings.flags & kFlagMqtt);
    checkBox(page, "tls", "MQTT over TLS", settings.flags & kFlagTls);
    page.printf_P(PSTR("<p>CA certificate: %u bytes</p>"), settings.caLength);
    numberInput(page, "mqttPort", "Broker port", settings.mqttPort);
    numberInput(page, "httpPort", "HTTP port", settings.httpPort);
    numberInput(page, "serialBaud", "Serial speed", settings.serialBaud);
    checkBox(page, "staticIp", "Fixed IP address instead of DHCP", settings.flags & kFlagStaticIp);
    for (int i = 0; i < 3; i++) {
      AddressField field = addressField(settings, i);
      page.printf_P(PSTR("<label>%s<input name=%s value='%u.%u.%u.%u' maxlength=15></label>"), field.label, field.name,
                    field.octets[0], field.octets[1], field.octets[2], field.octets[3]);
    }
    page.print(F("<button name=action value=SAVE>SAVE</button><button name=action value=RESET>RESET</button>"
                 "</form></body></html>"));
    page.finish();
  }

  // A password is never sent back: an empty field keeps it, the box clears it.
  void textInput(PageWriter &page, const TextField &field) {
    SettingsText stored = settingsText(settings, field.index);
    page.printf_P(PSTR("<label>%s<input name=%s maxlength=%u "), field.label, field.name, unsigned(stored.size - 1));
    if (field.secret) {
      page.printf_P(PSTR("type=password placeholder='%s'></label>"), stored.text[0] ? "stored" : "none");
      if (stored.text[0]) {
        page.printf_P(PSTR("<label><input type=checkbox name=%s_clear> clear it</label>"), field.name);
      }
    } else {
      page.print(F("value='"));
      page.escaped(stored.text);
      page.print(F("'></label>"));
    }
  }

  void checkBox(PageWriter &page, const char *name, const char *label, bool checked) {
    page.printf_P(PSTR("<label><input type=checkbox name=%s%s> %s</label>"), name, checked ? " checked" : "", label);
  }

  void numberInput(PageWriter &page, const char *name, const char *label, unsigned long value) {
    page.printf_P(PSTR("<label>%s<input name=%s type=number min=1 value=%lu></label>"), label, name, value);
  }

  void configSubmit() {
    if (server_.arg("action") == "RESET") {
      due = Due::Restart;
      server_.send(200, "text/plain", "The board restarts.\n");
      return;
    }
    if (server_.arg("action") != "SAVE") {
      configPage(400, "Neither SAVE nor RESET was asked.");
      return;
    }
    // On the heap: the sketch's stack is 4 kB.
    std::unique_ptr<Settings> next(new Settings(settings));
    char problem[64] = "";
    if (!readForm(*next, problem, sizeof problem)) {
      configPage(400, problem);
    } else if (!storeSettings(*next)) {
      configPage(500, "The flash did not take the settings.");
    } else {
      settings = *next;
      Serial.println(F("ESP8266 Settings: saved"));
      configPage(200, "Saved. They take effect after a RESET.");
    }
  }

  // False with the problem's text when an input is refused.
  bool readForm(Settings &next, char *problem, size_t size) {
    const char *wrong = nullptr;
    for (const TextField &field : kTextFields) {
      if (!wrong && !readText(next, field)) wrong = field.label;
    }
    unsigned long mqttPort = next.mqttPort;
    unsigned long httpPort = next.httpPort;
    unsigned long baud = next.serialBaud;
    if (!wrong && !readNumber("mqttPort", 65535, mqttPort)) wrong = "Broker port";
    if (!wrong && !readNumber("httpPort", 65535, httpPort)) wrong = "HTTP port";
    if (!wrong && !(readNumber("serialBaud", 921600, baud) && validBaud(baud))) wrong = "Serial speed";
    for (int i = 0; i < 3; i++) {
      AddressField field = addressField(next, i);
      if (!wrong && server_.hasArg(field.name) && !readAddress(server_.arg(field.name), field.octets)) {
        wrong = field.label;
      }
    }
    next.mqttPort = uint16_t(mqttPort);
    next.httpPort = uint16_t(httpPort);
    next.serialBaud = uint32_t(baud);
    next.flags = uint8_t((server_.hasArg("mqtt") ? kFlagMqtt : 0) | (server_.hasArg("tls") ? kFlagTls : 0) |
                         (server_.hasArg("staticIp") ? kFlagStaticIp : 0));
    if (wrong) {
      snprintf_P(problem, size, PSTR("Not saved: %s is not valid."), wrong);
    } else if ((next.flags & kFlagMqtt) && !next.brokerHost[0]) {
      snprintf_P(problem, size, PSTR("Not saved: MQTT needs a broker host."));
    } else if ((next.flags & kFlagMqtt) && (next.flags & kFlagTls) && !next.caLength) {
      snprintf_P(problem, size, PSTR("Not saved: TLS needs a stored CA certificate."));
    }
    return !problem[0];
  }

  bool readText(Settings &next, const TextField &field) {
    SettingsText target = settingsText(next, field.index);
    if (field.secret && server_.hasArg(String(field.name) + "_clear")) {
      memset(target.text, 0, target.size);
      return true;
    }
    if (!server_.hasArg(field.name)) return true;
    const String &value = server_.arg(field.name);
    if (field.secret && value.isEmpty()) return true;
    if (value.length() >= target.size) return false;
    for (size_t i = 0; i < value.length(); i++) {
      if (uint8_t(value[i]) < 0x20 || value[i] == 0x7F) return false;
    }
    bool topic = field.index >= 6;
    if (topic && (value.indexOf('+') >= 0 || value.indexOf('#') >= 0)) return false;
    memset(target.text, 0, target.size);
    memcpy(target.text, value.c_str(), value.length());
    return true;
  }

  bool readNumber(const char *name, unsigned long most, unsigned long &value) {
    if (!server_.hasArg(name)) return true;
    const String &text = server_.arg(name);
    if (text.isEmpty() || text.length() > 7) return false;
    for (size_t i = 0; i < text.length(); i++) {
      if (!isdigit(text[i])) return false;
    }
    value = static_cast<unsigned long>(text.toInt());
    return value >= 1 && value <= most;
  }

  static bool readAddress(const String &text, uint8_t *octets) {
    IPAddress address;
    if (!address.fromString(text)) return false;
    for (int i = 0; i < 4; i++) octets[i] = address[i];
    return true;
  }

  ESP8266WebServer server_;
};
