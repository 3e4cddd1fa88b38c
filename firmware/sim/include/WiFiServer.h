#pragma once
#include "WiFiClient.h"

class WiFiServer {
public:
  explicit WiFiServer(uint16_t port) : port_(port) {}
  ~WiFiServer() { stop(); }
  WiFiServer(const WiFiServer &) = delete;
  WiFiServer &operator=(const WiFiServer &) = delete;

  void begin();
  void begin(uint16_t port);
  bool hasClient();
  WiFiClient accept();
  void stop();
  void close() { stop(); }

private:
  uint16_t port_;
  int32_t listener_ = -1;
};
