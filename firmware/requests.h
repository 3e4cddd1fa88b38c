// One handler for the requests of HTTP, MQTT and the serial line.
#pragma once
#include "board.h"

struct Reply {
  char text[256];
  uint16_t status; // of HTTP
  bool json() const { return text[0] == '{'; }
};

struct Request {
  char name[24]; // empty: none that could be known
  int nblink;    // -1 = not given
  char password[65];
};

inline int hexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  digit |= 0x20;
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

// Up to the next '&', percent escapes decoded. What does not fit is no password.
inline void readPassword(const char *from, char *out, size_t size) {
  size_t length = 0;
  while (*from && *from != '&' && *from != '\r' && *from != '\n') {
    char value = *from++;
    if (value == '%' && hexDigit(from[0]) >= 0 && hexDigit(from[1]) >= 0) {
      value = char(hexDigit(from[0]) << 4 | hexDigit(from[1]));
      from += 2;
    }
    if (length == size - 1) {
      length = 0;
      break;
    }
    out[length++] = value;
  }
  out[length] = 0;
}

inline int readCount(const char *text) {
  long value = strtol(text, nullptr, 10);
  return value < 0 ? -1 : value > kBlinkMax ? kBlinkMax : int(value);
}

// From "/?request=Name&nblink=3", "?request=Name", or the bare "Name&nblink=3".
inline Request parseRequest(const char *query) {
  Request request = {"", -1, ""};
  while (*query == ' ' || *query == '/' || *query == '?') query++;
  if (strncmp_P(query, PSTR("request="), 8) == 0) query += 8;
  size_t length = strcspn(query, "& \r\n");
  if (length >= sizeof request.name) return request;
  memcpy(request.name, query, length);
  request.name[length] = 0;
  for (const char *more = strchr(query, '&'); more; more = strchr(more + 1, '&')) {
    if (strncmp_P(more, PSTR("&nblink="), 8) == 0) request.nblink = readCount(more + 8);
    if (strncmp_P(more, PSTR("&password="), 10) == 0) readPassword(more + 10, request.password, sizeof request.password);
  }
  return request;
}

// Takes as long for a wrong password as for the right one.
inline bool isConfigPassword(const char *given) {
  uint8_t differs = 0;
  size_t length = strlen(given);
  for (size_t i = 0; i < sizeof settings.configPassword; i++) {
    differs |= uint8_t(settings.configPassword[i] ^ (i < length ? given[i] : 0));
  }
  return length < sizeof settings.configPassword && !differs;
}

inline bool passwordIsSet() { return settings.configPassword[0] != 0; }

inline void replyText(Reply &reply, PGM_P text) {
  strncpy_P(reply.text, text, sizeof reply.text - 1);
  reply.text[sizeof reply.text - 1] = 0;
}

inline void sensors(Reply &reply) {
  char clock[32];
  timeText(clock, sizeof clock);
  snprintf_P(reply.text, sizeof reply.text,
             PSTR("{\"SYS_Heap\":%lu,\"SYS_Time\":\"%s\",\"SYS_Uptime\":%lu,\"SYS_MAC\":\"%s\","
                  "\"SYS_ChipId\":\"%06lx\",\"SYS_Rssi\":%d,\"A0\":%d,\"LED\":\"%s\"}"),
             static_cast<unsigned long>(ESP.getFreeHeap()), clock, millis() / 1000, macText,
             static_cast<unsigned long>(ESP.getChipId()), int(WiFi.RSSI()), analogRead(A0), led.on ? "on" : "off");
}

inline void replyError(Reply &reply, const char *name, PGM_P error) {
  char text[64];
  strncpy_P(text, error, sizeof text - 1);
  text[sizeof text - 1] = 0;
  snprintf_P(reply.text, sizeof reply.text, PSTR("{\"request\":\"%s\",\"error\":\"%s\"}"), name, text);
}

// Why MQTT over TLS cannot work with these settings; null when it can.
inline PGM_P mqttTlsObstacle(const Settings &s) {
  if (!s.brokerHost[0]) return PSTR("no broker is stored");
  if (!s.caLength && !(s.flags & kFlagInsecure)) return PSTR("no CA certificate is stored");
  return nullptr;
}

inline void switchMode(Reply &reply, const char *name, Due target) {
  PGM_P obstacle = target == Due::MqttTls ? mqttTlsObstacle(settings) : nullptr;
  if (obstacle) {
    replyError(reply, name, obstacle);
    return;
  }
  due = target;
  snprintf_P(reply.text, sizeof reply.text, PSTR("{\"request\":\"%s\",\"restart\":true}"), name);
}

enum class Ask : uint8_t { Unknown, GetSensors, LedOn, LedOff, BlinkLed, MqttSslOn, HttpOn };

inline Ask askOf(const char *name) {
  if (strcmp_P(name, PSTR("GetSensors")) == 0) return Ask::GetSensors;
  if (strcmp_P(name, PSTR("LedOn")) == 0) return Ask::LedOn;
  if (strcmp_P(name, PSTR("LedOff")) == 0) return Ask::LedOff;
  if (strcmp_P(name, PSTR("BlinkLed")) == 0) return Ask::BlinkLed;
  if (strcmp_P(name, PSTR("MqttSslOn")) == 0) return Ask::MqttSslOn;
  if (strcmp_P(name, PSTR("HttpOn")) == 0) return Ask::HttpOn;
  return Ask::Unknown;
}

// `trusted`: whoever asks needs no password, because he is at the serial line or has shown it already.
inline void answerRequest(const Request &request, bool trusted, Reply &reply) {
  reply.status = 200;
  Ask ask = askOf(request.name);
  bool changes = ask != Ask::Unknown && ask != Ask::GetSensors;
  if (changes && !trusted && passwordIsSet() && !isConfigPassword(request.password)) {
    reply.status = 403;
    replyError(reply, request.name, PSTR("the password is missing or wrong"));
    return;
  }
  switch (ask) {
  case Ask::GetSensors: sensors(reply); break;
  case Ask::LedOn:
    led.set(true);
    replyText(reply, PSTR("{\"request\":\"LedOn\",\"LED\":\"on\"}"));
    break;
  case Ask::LedOff:
    led.set(false);
    replyText(reply, PSTR("{\"request\":\"LedOff\",\"LED\":\"off\"}"));
    break;
  case Ask::BlinkLed: {
    int count = request.nblink < 0 ? 1 : request.nblink;
    led.blink(count);
    snprintf_P(reply.text, sizeof reply.text, PSTR("{\"request\":\"BlinkLed\",\"nblink\":%d}"), count);
    break;
  }
  case Ask::MqttSslOn: switchMode(reply, request.name, Due::MqttTls); break;
  case Ask::HttpOn: switchMode(reply, request.name, Due::WebServer); break;
  case Ask::Unknown:
    reply.status = 400;
    replyText(reply, PSTR("Invalid Request"));
    break;
  }
}
