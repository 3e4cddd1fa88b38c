#pragma once
#include "Arduino.h"

class Client : public Stream {
public:
  virtual int connect(IPAddress address, uint16_t port) = 0;
  virtual int connect(const char *host, uint16_t port) = 0;
  using Print::write;
  size_t write(uint8_t value) override = 0;
  size_t write(const uint8_t *data, size_t length) override = 0;
  using Stream::read;
  virtual int read(uint8_t *data, size_t length) = 0;
  virtual void stop() = 0;
  virtual uint8_t connected() = 0;
  virtual operator bool() = 0;
};
