// Arduino's Print: text output over one virtual write().
#pragma once
#include "Arduino.h"

class Print;

class Printable {
public:
  virtual ~Printable() = default;
  virtual size_t printTo(Print &out) const = 0;
};

class Print {
public:
  virtual ~Print() = default;
  virtual size_t write(uint8_t value) = 0;
  virtual size_t write(const uint8_t *data, size_t length);
  size_t write(const char *text) { return text ? write(text, strlen(text)) : 0; }
  size_t write(const char *text, size_t length) {
    return write(reinterpret_cast<const uint8_t *>(text), length);
  }
  virtual void flush() {}

  size_t printf(const char *format, ...) __attribute__((format(printf, 2, 3)));
  size_t printf_P(PGM_P format, ...) __attribute__((format(printf, 2, 3)));

  size_t print(const char *text) { return write(text); }
  size_t print(const String &text) { return write(text.c_str(), text.length()); }
  size_t print(const __FlashStringHelper *text) { return write(reinterpret_cast<const char *>(text)); }
  size_t print(char value) { return write(static_cast<uint8_t>(value)); }
  size_t print(int value, int base = DEC) { return print(static_cast<long>(value), base); }
  size_t print(unsigned value, int base = DEC) { return print(static_cast<unsigned long>(value), base); }
  size_t print(long value, int base = DEC);
  size_t print(unsigned long value, int base = DEC);
  size_t print(const Printable &value) { return value.printTo(*this); }

  size_t println() { return write("\r\n", 2); }
  template <typename T> size_t println(const T &value) {
    size_t n = print(value);
    return n + println();
  }
  template <typename T> size_t println(const T &value, int base) {
    size_t n = print(value, base);
    return n + println();
  }

private:
  size_t vprintf(const char *format, va_list arguments);
};
