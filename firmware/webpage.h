// The web server: requests, and the configuration page with SAVE and RESET.
#pragma once
#include "heapwatch.h"
#include "report.h"
#include "webconfig.h"

class WebPages {
public:
  explicit WebPages(uint16_t port) : server_(port) {
    server_.collectHeaders("Origin");
    server_.on("/", [this]() { root(); });
    server_.on("/config", HTTP_GET, [this]() { guarded(&WebPages::configGet); });
    server_.on("/config", HTTP_POST, [this]() { guarded(&WebPages::configSubmit); });
    server_.begin();
  }
  ~WebPages() { close(); }

  void poll() {
    idleHeap_ = ESP.getFreeHeap();
    server_.handleClient();
  }
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
    if (server_.hasArg("nblink")) request.nblink = readCount(server_.arg("nblink").c_str());
    if (server_.hasArg("password")) {
      const String &given = server_.arg("password");
      bool fits = given.length() < sizeof request.password;
      strncpy(request.password, fits ? given.c_str() : "", sizeof request.password - 1);
    }
    answerRequest(request, false, reply);
    server_.send(reply.status, reply.json() ? "application/json" : "text/plain", reply.text);
  }

  void guarded(void (WebPages::*page)()) {
    if (passwordIsSet() && !server_.authenticate("admin", settings.configPassword)) {
      server_.requestAuthentication(BASIC_AUTH, "ESP8266 settings");
      return;
    }
    (this->*page)();
  }

  void configGet() { configPage(200, nullptr, nullptr); }

  void configPage(int code, FlashText message, FlashText detail) {
    HeapWatch heap;
    size_t bytes;
    {
      PageWriter page(server_, code);
      writePage(page, message, detail);
      bytes = page.finish();
    }
    Serial.printf_P(PSTR("ESP8266 Config Page: bytes=%u heap=%lu peak=%lu\r\n"), unsigned(bytes),
                    asLong(idleHeap_), asLong(idleHeap_ - heap.least()));
  }

  static void writePage(PageWriter &page, FlashText message, FlashText detail) {
    page.print(F("<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
                 "<meta name=viewport content='width=device-width,initial-scale=1'><title>ESP8266 settings</title>"
                 "<style>body{font:16px/1.4 sans-serif;max-width:30em;margin:1em auto;padding:0 1em}"
                 "h2{font-size:1.1em;margin:1.5em 0 .3em;border-bottom:1px solid #999}"
                 "label{display:block;margin:.6em 0}input:not([type=checkbox]){display:block;width:100%;"
                 "box-sizing:border-box;font:inherit;padding:.3em}.box{padding:.2em 0}"
                 "input[type=checkbox]{width:1.3em;height:1.3em;vertical-align:middle}"
                 "button{font:inherit;padding:.5em 1.5em;margin:1em 1em 1em 0}</style></head><body><h1>ESP8266 "));
    page.print(macText);
    page.print(F("</h1>"));
    if (message) {
      page.print(F("<p><strong>"));
      page.print(message);
      if (detail) {
        page.print(detail);
        page.print(F(" is not valid."));
      }
      page.print(F("</strong></p>"));
    }
    page.print(F("<form method=post action=/config autocomplete=off>"));
    FormWriter form(page);
    eachSetting(form, settings);
    page.print(F("<p><button name=action value=SAVE>SAVE</button>"
                 "<button name=action value=RESET formnovalidate>RESET</button></p></form></body></html>"));
  }

  // A page of another site may make a browser that knows the password post here; it says where it comes from.
  bool isOwnPage() {
    const String &origin = server_.header("Origin");
    return origin.isEmpty() || origin == String(F("http://")) + server_.hostHeader();
  }

  void configSubmit() {
    if (!isOwnPage()) {
      server_.send(403, "text/plain", "This form belongs to another page.\n");
    } else if (server_.arg("action") == "RESET") {
      due = Due::Restart;
      server_.send(200, "text/plain", "The board restarts.\n");
    } else if (server_.arg("action") == "SAVE") {
      save();
    } else {
      configPage(400, F("Neither SAVE nor RESET was asked."), nullptr);
    }
  }

  void save() {
    // On the heap: the sketch's stack is 4 kB.
    std::unique_ptr<Settings> next(new Settings(settings));
    FormReader form(server_);
    eachSetting(form, *next);
    FlashText problem = form.wrong() ? F("Not saved: ") : obstacle(*next);
    if (problem) {
      configPage(400, problem, form.wrong());
    } else if (!settingsStore.save(*next)) {
      configPage(500, F("The flash did not take the settings."), nullptr);
    } else {
      settings = *next;
      next.reset();
      Serial.println(F("ESP8266 Settings: saved"));
      configPage(200, F("Saved. They take effect after a RESET."), nullptr);
    }
  }

  // Why these settings cannot work together; null when they can.
  static FlashText obstacle(const Settings &s) {
    if (s.flags & kFlagMqtt) {
      if (!s.brokerHost[0]) return F("Not saved: MQTT needs a broker host.");
      if ((s.flags & kFlagTls) && mqttTlsObstacle(s)) return F("Not saved: TLS needs a stored CA certificate.");
    }
    if (s.flags & kFlagStaticIp) {
      uint32_t mask = uint32_t(s.netmask[0]) << 24 | uint32_t(s.netmask[1]) << 16 | uint32_t(s.netmask[2]) << 8 |
                      s.netmask[3];
      if (!s.ip[0]) return F("Not saved: a fixed address needs an IP address.");
      if (!mask || (~mask & (~mask + 1))) return F("Not saved: the netmask is none.");
    }
    if (!s.apIp[0]) return F("Not saved: the access point needs an IP address.");
    return nullptr;
  }

  ESP8266WebServer server_;
  uint32_t idleHeap_ = 0; // before the request that is being answered
};
