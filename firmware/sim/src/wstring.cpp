#include "WString.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <utility>

const String emptyString;

namespace {

// Writes the digits at the end of `text`, returns their start.
char *digits(char *end, unsigned long value, unsigned base) {
  *--end = 0;
  do {
    unsigned digit = value % base;
    *--end = char(digit < 10 ? '0' + digit : 'a' + digit - 10);
    value /= base;
  } while (value);
  return end;
}

} // namespace

String::String(const char *text) { concat(text); }
String::String(const char *text, size_t length) { concat(text, length); }
String::String(const __FlashStringHelper *text) { concat(reinterpret_cast<const char *>(text)); }
String::String(const String &other) { concat(other); }
String::String(String &&other) noexcept { *this = std::move(other); }
String::String(char value) { concat(value); }
String::String(int value, unsigned char base) : String(long(value), base) {}
String::String(unsigned int value, unsigned char base)
    : String(static_cast<unsigned long>(value), base) {}

String::String(long value, unsigned char base) {
  char text[8 * sizeof value + 2];
  bool negative = value < 0 && base == 10;
  unsigned long magnitude = static_cast<unsigned long>(value);
  char *start = digits(text + sizeof text, negative ? 0 - magnitude : magnitude, base);
  if (negative) *--start = '-';
  concat(start);
}

String::String(unsigned long value, unsigned char base) {
  char text[8 * sizeof value + 1];
  concat(digits(text + sizeof text, value, base));
}

String::~String() { free(buffer_); }

String &String::operator=(const String &other) {
  if (this == &other) return *this;
  length_ = 0;
  if (buffer_) buffer_[0] = 0;
  concat(other);
  return *this;
}

String &String::operator=(String &&other) noexcept {
  std::swap(buffer_, other.buffer_);
  std::swap(capacity_, other.capacity_);
  std::swap(length_, other.length_);
  return *this;
}

String &String::operator=(const char *text) { return *this = String(text); }
String &String::operator=(const __FlashStringHelper *text) { return *this = String(text); }

bool String::reserve(size_t capacity) {
  if (buffer_ && capacity <= capacity_) return true;
  char *grown = static_cast<char *>(realloc(buffer_, capacity + 1));
  if (!grown) return false;
  if (!buffer_) grown[0] = 0;
  buffer_ = grown;
  capacity_ = capacity;
  return true;
}

bool String::concat(const char *text, size_t length) {
  if (!text) return false;
  if (!length) return true;
  if (buffer_ && text >= buffer_ && text <= buffer_ + length_) {
    String copy; // appending a part of itself: the buffer may move
    return copy.concat(text, length) && concat(copy);
  }
  size_t total = length_ + length;
  if (total > capacity_ || !buffer_) {
    // Room to grow, so that appending byte by byte is not quadratic; the bare need if that fails.
    if (!reserve(total + total / 2) && !reserve(total)) return false;
  }
  memcpy(buffer_ + length_, text, length);
  length_ = total;
  buffer_[length_] = 0;
  return true;
}

bool String::concat(const char *text) { return text && concat(text, strlen(text)); }

bool String::equals(const char *text) const { return strcmp(c_str(), text ? text : "") == 0; }

bool String::equalsIgnoreCase(const String &other) const {
  if (length_ != other.length_) return false;
  for (size_t i = 0; i < length_; i++) {
    if (tolower(buffer_[i]) != tolower(other.buffer_[i])) return false;
  }
  return true;
}

bool String::startsWith(const String &prefix) const {
  return length_ >= prefix.length_ && memcmp(c_str(), prefix.c_str(), prefix.length_) == 0;
}

bool String::endsWith(const String &suffix) const {
  return length_ >= suffix.length_ &&
         memcmp(c_str() + length_ - suffix.length_, suffix.c_str(), suffix.length_) == 0;
}

int String::indexOf(char value, size_t from) const {
  if (from >= length_) return -1;
  const void *found = memchr(buffer_ + from, value, length_ - from);
  return found ? int(static_cast<const char *>(found) - buffer_) : -1;
}

int String::indexOf(const String &text, size_t from) const {
  if (from >= length_) return -1;
  const char *found = strstr(buffer_ + from, text.c_str());
  return found ? int(found - buffer_) : -1;
}

String String::substring(size_t from, size_t to) const {
  if (from > to) std::swap(from, to);
  if (from >= length_) return String();
  if (to > length_) to = length_;
  return String(buffer_ + from, to - from);
}

void String::trim() {
  size_t start = 0;
  size_t end = length_;
  while (start < end && isspace(buffer_[start])) start++;
  while (end > start && isspace(buffer_[end - 1])) end--;
  if (!buffer_) return;
  memmove(buffer_, buffer_ + start, end - start);
  length_ = end - start;
  buffer_[length_] = 0;
}

void String::toLowerCase() {
  for (size_t i = 0; i < length_; i++) buffer_[i] = char(tolower(buffer_[i]));
}

long String::toInt() const { return atol(c_str()); }
