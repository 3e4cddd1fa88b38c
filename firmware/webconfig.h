// The configuration page and its form: one list of what can be set, walked once to write and once to read.
#pragma once
#include <ESP8266WebServer.h>

#include "requests.h"

// Gathers output into chunks; escapes what comes from the settings or the client.
class PageWriter : public Print {
public:
  explicit PageWriter(ESP8266WebServer &server, int code = 200) : server_(server) {
    server_.sendHeader(F("Cache-Control"), F("no-store"));
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
    sent_ += used_;
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
  // The bytes of the whole page.
  size_t finish() {
    flush();
    server_.sendContent("");
    return sent_;
  }

private:
  ESP8266WebServer &server_;
  char buffer_[256];
  size_t used_ = 0;
  size_t sent_ = 0;
};

typedef const __FlashStringHelper *FlashText;

enum class TextKind : uint8_t { Plain, Topic, Host };

// Sees every setting once. Not a template parameter: there GCC would put the texts into RAM.
class SettingVisitor {
public:
  virtual void section(FlashText title) = 0;
  virtual void text(FlashText name, FlashText label, char *value, size_t size, TextKind kind) = 0;
  virtual void secret(FlashText name, FlashText label, char *value, size_t size, size_t least) = 0;
  virtual void number(FlashText name, FlashText label, uint16_t &value, uint16_t least, uint16_t most) = 0;
  virtual void baud(FlashText name, FlashText label, uint32_t &value) = 0;
  virtual void flag(FlashText name, FlashText label, uint8_t &flags, uint8_t bit) = 0;
  virtual void address(FlashText name, FlashText label, uint8_t *octets) = 0;
  virtual void certificate(uint16_t length) = 0;

protected:
  ~SettingVisitor() = default;
};

// Everything that can be set, in the page's order.
inline void eachSetting(SettingVisitor &v, Settings &s) {
  v.section(F("Wi-Fi"));
  v.text(F("ssid"), F("Wi-Fi name"), s.ssid, sizeof s.ssid, TextKind::Plain);
  v.secret(F("wifiPassword"), F("Wi-Fi password"), s.wifiPassword, sizeof s.wifiPassword, 0);
  v.number(F("wifiTimeoutSeconds"), F("Seconds to wait for it"), s.wifiTimeoutS, 1, kWifiTimeoutMostS);
  v.flag(F("staticIp"), F("Fixed IP address instead of DHCP"), s.flags, kFlagStaticIp);
  v.address(F("ip"), F("IP address"), s.ip);
  v.address(F("netmask"), F("Netmask"), s.netmask);
  v.address(F("gateway"), F("Gateway"), s.gateway);
  v.address(F("apIp"), F("Access point IP"), s.apIp);
  v.section(F("Web server"));
  v.number(F("httpPort"), F("HTTP port"), s.httpPort, 1, 65535);
  v.secret(F("configPassword"), F("Password of user admin"), s.configPassword, sizeof s.configPassword, 8);
  v.section(F("MQTT"));
  v.flag(F("mqtt"), F("MQTT client"), s.flags, kFlagMqtt);
  v.flag(F("tls"), F("MQTT over TLS"), s.flags, kFlagTls);
  v.flag(F("insecure"), F("Accept any certificate (no protection)"), s.flags, kFlagInsecure);
  v.certificate(s.caLength);
  v.text(F("brokerHost"), F("Broker host"), s.brokerHost, sizeof s.brokerHost, TextKind::Host);
  v.number(F("mqttPort"), F("Broker port"), s.mqttPort, 1, 65535);
  v.text(F("clientId"), F("MQTT client id"), s.clientId, sizeof s.clientId, TextKind::Plain);
  v.text(F("mqttUser"), F("MQTT user"), s.mqttUser, sizeof s.mqttUser, TextKind::Plain);
  v.secret(F("mqttPassword"), F("MQTT password"), s.mqttPassword, sizeof s.mqttPassword, 0);
  v.text(F("rxTopic"), F("MQTT Rx topic"), s.rxTopic, sizeof s.rxTopic, TextKind::Topic);
  v.text(F("txTopic"), F("MQTT Tx topic"), s.txTopic, sizeof s.txTopic, TextKind::Topic);
  v.section(F("Serial line"));
  v.baud(F("serialBaud"), F("Serial speed"), s.serialBaud);
  v.number(F("telemetrySeconds"), F("Telemetry every so many seconds, 0 = never"), s.telemetryS, 0, kTelemetryMostS);
}

// Writes the inputs, filled in.
class FormWriter final : public SettingVisitor {
public:
  explicit FormWriter(PageWriter &page) : page_(page) {}

  void section(FlashText title) override {
    page_.print(F("<h2>"));
    page_.print(title);
    page_.print(F("</h2>"));
  }

  void text(FlashText name, FlashText label, char *value, size_t size, TextKind) override {
    input(name, label);
    page_.printf_P(PSTR(" maxlength=%u value='"), unsigned(size - 1));
    page_.escaped(value);
    page_.print(F("'></label>"));
  }

  // Never sent back: an empty field keeps it, the box clears it.
  void secret(FlashText name, FlashText label, char *value, size_t size, size_t least) override {
    input(name, label);
    page_.printf_P(PSTR(" maxlength=%u type=password autocomplete=new-password"), unsigned(size - 1));
    if (least) page_.printf_P(PSTR(" minlength=%u"), unsigned(least));
    page_.print(value[0] ? F(" placeholder='stored'></label>") : F(" placeholder='none'></label>"));
    if (!value[0]) return;
    page_.print(F("<label class=box><input type=checkbox name="));
    page_.print(name);
    page_.print(F("_clear> clear it</label>"));
  }

  void number(FlashText name, FlashText label, uint16_t &value, uint16_t least, uint16_t most) override {
    input(name, label);
    page_.printf_P(PSTR(" type=number min=%u max=%u value=%u></label>"), least, most, value);
  }

  void baud(FlashText name, FlashText label, uint32_t &value) override {
    input(name, label);
    page_.printf_P(PSTR(" type=number list=bauds value=%lu></label><datalist id=bauds>"),
                   static_cast<unsigned long>(value));
    page_.print(F("<option value=9600><option value=57600><option value=74880><option value=115200>"
                  "<option value=230400><option value=460800><option value=921600></datalist>"));
  }

  void flag(FlashText name, FlashText label, uint8_t &flags, uint8_t bit) override {
    page_.print(F("<label class=box><input type=checkbox name="));
    page_.print(name);
    page_.print(flags & bit ? F(" checked> ") : F("> "));
    page_.print(label);
    page_.print(F("</label>"));
  }

  void address(FlashText name, FlashText label, uint8_t *octets) override {
    input(name, label);
    page_.printf_P(PSTR(" maxlength=15 inputmode=decimal value='%u.%u.%u.%u'></label>"), octets[0], octets[1],
                   octets[2], octets[3]);
  }

  void certificate(uint16_t length) override { page_.printf_P(PSTR("<p>CA certificate: %u bytes</p>"), length); }

private:
  void input(FlashText name, FlashText label) {
    page_.print(F("<label>"));
    page_.print(label);
    page_.print(F("<input name="));
    page_.print(name);
  }

  PageWriter &page_;
};

// Reads the inputs of a posted form; what is not in it keeps its value, but a box that is not in it is not checked.
class FormReader final : public SettingVisitor {
public:
  explicit FormReader(ESP8266WebServer &server) : server_(server) {}

  // The label of the first input that was refused, or null.
  FlashText wrong() const { return wrong_; }

  void section(FlashText) override {}
  void certificate(uint16_t) override {}

  void text(FlashText name, FlashText label, char *value, size_t size, TextKind kind) override {
    if (!has(name)) return;
    const String &given = server_.arg(String(name));
    if (given.length() < size && isText(given, kind)) {
      copy(value, size, given);
    } else {
      refuse(label);
    }
  }

  void secret(FlashText name, FlashText label, char *value, size_t size, size_t least) override {
    String clear(name);
    clear += F("_clear");
    if (server_.hasArg(clear)) {
      memset(value, 0, size);
      return;
    }
    if (!has(name)) return;
    const String &given = server_.arg(String(name));
    if (given.isEmpty()) return;
    if (given.length() >= least && given.length() < size && isText(given, TextKind::Plain)) {
      copy(value, size, given);
    } else {
      refuse(label);
    }
  }

  void number(FlashText name, FlashText label, uint16_t &value, uint16_t least, uint16_t most) override {
    unsigned long given;
    if (!has(name)) return;
    if (readNumber(name, given) && given >= least && given <= most) {
      value = uint16_t(given);
    } else {
      refuse(label);
    }
  }

  void baud(FlashText name, FlashText label, uint32_t &value) override {
    unsigned long given;
    if (!has(name)) return;
    if (readNumber(name, given) && validBaud(given)) {
      value = given;
    } else {
      refuse(label);
    }
  }

  void flag(FlashText name, FlashText, uint8_t &flags, uint8_t bit) override {
    if (has(name)) {
      flags |= bit;
    } else {
      flags &= uint8_t(~bit);
    }
  }

  void address(FlashText name, FlashText label, uint8_t *octets) override {
    if (!has(name)) return;
    IPAddress given;
    if (!given.fromString(server_.arg(String(name)))) {
      refuse(label);
      return;
    }
    for (int i = 0; i < 4; i++) octets[i] = given[i];
  }

private:
  bool has(FlashText name) { return server_.hasArg(String(name)); }

  void refuse(FlashText label) {
    if (!wrong_) wrong_ = label;
  }

  static void copy(char *value, size_t size, const String &given) {
    memset(value, 0, size);
    memcpy(value, given.c_str(), given.length());
  }

  static bool isText(const String &text, TextKind kind) {
    for (size_t i = 0; i < text.length(); i++) {
      uint8_t value = uint8_t(text[i]);
      if (value < 0x20 || value == 0x7F) return false;
      if (kind == TextKind::Topic && (value == '+' || value == '#')) return false;
      if (kind == TextKind::Host && (value == ' ' || value == '/' || value == ':')) return false;
    }
    return true;
  }

  bool readNumber(FlashText name, unsigned long &value) {
    const String &text = server_.arg(String(name));
    if (text.isEmpty() || text.length() > 7) return false;
    for (size_t i = 0; i < text.length(); i++) {
      if (!isdigit(uint8_t(text[i]))) return false;
    }
    value = static_cast<unsigned long>(text.toInt());
    return true;
  }

  ESP8266WebServer &server_;
  FlashText wrong_ = nullptr;
};
