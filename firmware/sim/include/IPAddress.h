// An IPv4 address; the first octet is the lowest byte, as in lwIP.
#pragma once
#include "Print.h"

class IPAddress : public Printable {
public:
  IPAddress() = default;
  IPAddress(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
      : value_(a | uint32_t(b) << 8 | uint32_t(c) << 16 | uint32_t(d) << 24) {}
  IPAddress(uint32_t value) : value_(value) {}
  IPAddress(const uint8_t *octets) : IPAddress(octets[0], octets[1], octets[2], octets[3]) {}

  uint8_t operator[](int index) const { return uint8_t(value_ >> (8 * index)); }
  operator uint32_t() const { return value_; }
  bool isSet() const { return value_ != 0; }
  bool fromString(const char *text);
  bool fromString(const String &text) { return fromString(text.c_str()); }
  String toString() const;
  size_t printTo(Print &out) const override;

private:
  uint32_t value_ = 0;
};
