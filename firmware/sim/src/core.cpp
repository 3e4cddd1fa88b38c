// Time, pins, Esp, and the Print, Stream and HardwareSerial bases.
#include "Arduino.h"
#include "host.h"

extern "C" {

unsigned long millis() { return host_millis(); }
unsigned long micros() { return host_micros(); }
void delay(unsigned long ms) { host_delay(ms); }
void yield() { host_yield(); }
void pinMode(uint8_t pin, uint8_t mode) { host_gpio_mode(pin, mode); }
void digitalWrite(uint8_t pin, uint8_t value) { host_gpio_write(pin, value ? HIGH : LOW); }
int digitalRead(uint8_t pin) { return host_gpio_read(pin); }
int analogRead(uint8_t pin) { return host_adc_read(pin); }

// Instead of the C library's, which would ask WASI.
time_t time(time_t *out) {
  time_t now = static_cast<time_t>(host_rtc_time());
  if (out) *out = now;
  return now;
}

}

void configTime(int, int, const char *, const char *, const char *) { host_sntp(1); }

EspClass ESP;

void EspClass::restart() { host_restart(REASON_SOFT_RESTART); }
void EspClass::wdtFeed() { host_wdt_feed(); }
uint32_t EspClass::getChipId() { return host_sysinfo(HOST_CHIP_ID); }
uint32_t EspClass::getFlashChipRealSize() { return host_sysinfo(HOST_FLASH_SIZE); }
uint8_t EspClass::getCpuFreqMHz() { return uint8_t(host_sysinfo(HOST_CPU_MHZ)); }
uint32_t EspClass::random() { return host_random(); }

bool EspClass::flashEraseSector(uint32_t sector) { return host_flash_erase(sector) == 0; }

bool EspClass::flashWrite(uint32_t address, const uint32_t *data, size_t size) {
  return (address | size) % 4 == 0 && host_flash_write(address, data, size) == 0;
}

bool EspClass::flashRead(uint32_t address, uint32_t *data, size_t size) {
  return (address | size) % 4 == 0 && host_flash_read(address, data, size) == 0;
}

bool EspClass::rtcUserMemoryRead(uint32_t block, uint32_t *data, size_t size) {
  return host_rtc_read(4 * block, data, size) == 0;
}

bool EspClass::rtcUserMemoryWrite(uint32_t block, uint32_t *data, size_t size) {
  return host_rtc_write(4 * block, data, size) == 0;
}

String EspClass::getResetReason() {
  switch (host_sysinfo(HOST_RESET_REASON)) {
  case REASON_DEFAULT_RST: return F("Power On");
  case REASON_WDT_RST: return F("Hardware Watchdog");
  case REASON_EXCEPTION_RST: return F("Exception");
  case REASON_SOFT_WDT_RST: return F("Software Watchdog");
  case REASON_SOFT_RESTART: return F("Software/System restart");
  case REASON_DEEP_SLEEP_AWAKE: return F("Deep-Sleep Wake");
  case REASON_EXT_SYS_RST: return F("External System");
  default: return F("Unknown");
  }
}

rst_info *EspClass::getResetInfoPtr() {
  static rst_info info;
  info.reason = host_sysinfo(HOST_RESET_REASON);
  info.exccause = host_sysinfo(HOST_EXCCAUSE);
  info.epc1 = host_sysinfo(HOST_EPC1);
  info.excvaddr = host_sysinfo(HOST_EXCVADDR);
  return &info;
}

size_t Print::write(const uint8_t *data, size_t length) {
  size_t written = 0;
  while (written < length && write(data[written])) written++;
  return written;
}

size_t Print::vprintf(const char *format, va_list arguments) {
  char small[64];
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(small, sizeof small, format, arguments);
  size_t written = 0;
  if (length >= 0 && size_t(length) < sizeof small) {
    written = write(small, size_t(length));
  } else if (length >= 0) {
    if (char *large = static_cast<char *>(malloc(size_t(length) + 1))) {
      vsnprintf(large, size_t(length) + 1, format, again);
      written = write(large, size_t(length));
      free(large);
    }
  }
  va_end(again);
  return written;
}

size_t Print::printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t written = vprintf(format, arguments);
  va_end(arguments);
  return written;
}

size_t Print::printf_P(PGM_P format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t written = vprintf(format, arguments);
  va_end(arguments);
  return written;
}

size_t Print::print(long value, int base) { return print(String(value, uint8_t(base))); }
size_t Print::print(unsigned long value, int base) { return print(String(value, uint8_t(base))); }

int Stream::timedRead() {
  uint32_t start = millis();
  do {
    int value = read();
    if (value >= 0) return value;
    yield();
  } while (millis() - start < timeout_);
  return -1;
}

size_t Stream::readBytes(uint8_t *data, size_t length) {
  size_t count = 0;
  while (count < length) {
    int value = timedRead();
    if (value < 0) break;
    data[count++] = uint8_t(value);
  }
  return count;
}

String Stream::readStringUntil(char terminator) {
  String text;
  for (int value = timedRead(); value >= 0 && value != terminator; value = timedRead()) {
    text += char(value);
  }
  return text;
}

HardwareSerial Serial;

void HardwareSerial::begin(unsigned long baud) { host_uart_begin(baud); }
int HardwareSerial::available() { return host_uart_avail(); }

int HardwareSerial::read() {
  uint8_t value;
  return host_uart_read(&value, 1, 0) == 1 ? value : -1;
}

int HardwareSerial::peek() {
  uint8_t value;
  return host_uart_read(&value, 1, 1) == 1 ? value : -1;
}

size_t HardwareSerial::write(uint8_t value) { return write(&value, 1); }

size_t HardwareSerial::write(const uint8_t *data, size_t length) {
  host_uart_write(data, length);
  return length;
}

bool IPAddress::fromString(const char *text) {
  uint32_t value = 0;
  for (int octet = 0; octet < 4; octet++) {
    if (octet && *text++ != '.') return false;
    if (!isdigit(*text)) return false;
    uint32_t number = 0;
    for (int digits = 0; isdigit(*text); digits++) {
      if (digits == 3) return false;
      number = number * 10 + uint32_t(*text++ - '0');
    }
    if (number > 255) return false;
    value |= number << (8 * octet);
  }
  if (*text) return false;
  value_ = value;
  return true;
}

String IPAddress::toString() const {
  char text[16];
  const IPAddress &self = *this;
  snprintf(text, sizeof text, "%u.%u.%u.%u", self[0], self[1], self[2], self[3]);
  return String(text);
}

size_t IPAddress::printTo(Print &out) const { return out.print(toString()); }
