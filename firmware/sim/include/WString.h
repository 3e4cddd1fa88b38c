// Arduino's String: a growable, zero-terminated text on the board's heap.
// An allocation that fails leaves the text unchanged, as on the board.
#pragma once
#include <stddef.h>
#include <stdint.h>

class __FlashStringHelper;
#define FPSTR(pointer) (reinterpret_cast<const __FlashStringHelper *>(pointer))
#define F(literal) (FPSTR(PSTR(literal)))

class String {
public:
  String() = default;
  String(const char *text);
  String(const char *text, size_t length);
  String(const __FlashStringHelper *text);
  String(const String &other);
  String(String &&other) noexcept;
  explicit String(char value);
  explicit String(int value, unsigned char base = 10);
  explicit String(unsigned int value, unsigned char base = 10);
  explicit String(long value, unsigned char base = 10);
  explicit String(unsigned long value, unsigned char base = 10);
  ~String();

  String &operator=(const String &other);
  String &operator=(String &&other) noexcept;
  String &operator=(const char *text);
  String &operator=(const __FlashStringHelper *text);

  bool reserve(size_t capacity);
  bool concat(const char *text, size_t length);
  bool concat(const char *text);
  bool concat(const String &text) { return concat(text.c_str(), text.length()); }
  bool concat(char value) { return concat(&value, 1); }

  String &operator+=(const String &text) { concat(text); return *this; }
  String &operator+=(const char *text) { concat(text); return *this; }
  String &operator+=(char value) { concat(value); return *this; }
  String &operator+=(const __FlashStringHelper *text) {
    concat(reinterpret_cast<const char *>(text));
    return *this;
  }

  const char *c_str() const { return buffer_ ? buffer_ : ""; }
  size_t length() const { return length_; }
  bool isEmpty() const { return length_ == 0; }
  char operator[](size_t index) const { return charAt(index); }
  char charAt(size_t index) const { return index < length_ ? buffer_[index] : 0; }

  bool equals(const char *text) const;
  bool equals(const String &other) const { return equals(other.c_str()); }
  bool equalsIgnoreCase(const String &other) const;
  bool operator==(const String &other) const { return equals(other); }
  bool operator==(const char *text) const { return equals(text); }
  bool operator!=(const String &other) const { return !equals(other); }
  bool operator!=(const char *text) const { return !equals(text); }
  bool startsWith(const String &prefix) const;
  bool endsWith(const String &suffix) const;

  int indexOf(char value, size_t from = 0) const;
  int indexOf(const String &text, size_t from = 0) const;
  String substring(size_t from) const { return substring(from, length_); }
  String substring(size_t from, size_t to) const;
  void trim();
  void toLowerCase();
  long toInt() const;

private:
  char *buffer_ = nullptr;
  size_t capacity_ = 0; // without the terminating zero
  size_t length_ = 0;
};

inline String operator+(const String &left, const String &right) { String sum(left); sum += right; return sum; }
inline String operator+(const String &left, const char *right) { String sum(left); sum += right; return sum; }
inline String operator+(const char *left, const String &right) { String sum(left); sum += right; return sum; }

extern const String emptyString;
