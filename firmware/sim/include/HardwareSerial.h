// UART0. Bytes leave at the line's pace in the host, which blocks a writer whose buffer is full.
#pragma once
#include "Stream.h"

class HardwareSerial : public Stream {
public:
  void begin(unsigned long baud);
  int available() override;
  int read() override;
  int peek() override;
  using Print::write;
  size_t write(uint8_t value) override;
  size_t write(const uint8_t *data, size_t length) override;
  operator bool() const { return true; }
};

extern HardwareSerial Serial;
