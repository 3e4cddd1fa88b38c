// Arduino's Stream: input with a timeout in milliseconds.
#pragma once
#include "Print.h"

class Stream : public Print {
public:
  virtual int available() = 0;
  virtual int read() = 0;
  virtual int peek() = 0;

  void setTimeout(unsigned long ms) { timeout_ = ms; }
  unsigned long getTimeout() const { return timeout_; }
  size_t readBytes(uint8_t *data, size_t length);
  size_t readBytes(char *data, size_t length) {
    return readBytes(reinterpret_cast<uint8_t *>(data), length);
  }
  String readStringUntil(char terminator);

protected:
  // -1 when nothing came in time.
  int timedRead();
  unsigned long timeout_ = 1000;
};
