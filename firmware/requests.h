// One handler for the requests of HTTP, MQTT and the serial line.
#pragma once
#include "board.h"

struct Reply {
  char text[256];
  bool valid; // false: the request is unknown
  bool json() const { return text[0] == '{'; }
};

struct Request {
  char name[24];
  int nblink; // -1 = not given
};

// From "/?request=Name&nblink=3", "?request=Name", or the bare "Name&nblink=3".
inline Request parseRequest(const char *query) {
  Request request = {"", -1};
  while (*query == ' ' || *query == '/' || *query == '?') query++;
  if (strncmp(query, "request=", 8) == 0) query += 8;
  size_t length = strcspn(query, "& \r\n");
  if (length >= sizeof request.name) return request;
  memcpy(request.name, query, length);
  request.name[length] = 0;
  for (const char *more = strchr(query, '&'); more; more = strchr(more + 1, '&')) {
    if (strncmp(more, "&nblink=", 8) == 0) request.nblink = atoi(more + 8);
  }
  return request;
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

inline void replyText(Reply &reply, PGM_P text) {
  strncpy_P(reply.text, text, sizeof reply.text - 1);
  reply.text[sizeof reply.text - 1] = 0;
}

inline void switchMode(Reply &reply, Due target) {
  if (target == Due::MqttTls && !settings.brokerHost[0]) {
    replyText(reply, PSTR("{\"request\":\"MqttSslOn\",\"error\":\"no broker is stored\"}"));
  } else if (target == Due::MqttTls && !settings.caLength) {
    replyText(reply, PSTR("{\"request\":\"MqttSslOn\",\"error\":\"no CA certificate is stored\"}"));
  } else {
    due = target;
    replyText(reply, target == Due::MqttTls ? PSTR("{\"request\":\"MqttSslOn\",\"restart\":true}")
                                            : PSTR("{\"request\":\"HttpOn\",\"restart\":true}"));
  }
}

inline void answerRequest(const Request &request, Reply &reply) {
  reply.valid = true;
  if (strcmp_P(request.name, PSTR("GetSensors")) == 0) {
    sensors(reply);
  } else if (strcmp_P(request.name, PSTR("LedOn")) == 0) {
    led.set(true);
    replyText(reply, PSTR("{\"request\":\"LedOn\",\"LED\":\"on\"}"));
  } else if (strcmp_P(request.name, PSTR("LedOff")) == 0) {
    led.set(false);
    replyText(reply, PSTR("{\"request\":\"LedOff\",\"LED\":\"off\"}"));
  } else if (strcmp_P(request.name, PSTR("BlinkLed")) == 0) {
    int count = request.nblink < 0 ? 1 : request.nblink > kBlinkMax ? kBlinkMax : request.nblink;
    led.blink(count);
    snprintf_P(reply.text, sizeof reply.text, PSTR("{\"request\":\"BlinkLed\",\"nblink\":%d}"), count);
  } else if (strcmp_P(request.name, PSTR("MqttSslOn")) == 0) {
    switchMode(reply, Due::MqttTls);
  } else if (strcmp_P(request.name, PSTR("HttpOn")) == 0) {
    switchMode(reply, Due::WebServer);
  } else {
    reply.valid = false;
    replyText(reply, PSTR("Invalid Request"));
  }
}
