// The settings record in the EEPROM sector, layout version 1 (little-endian, packed):
//   0 magic "ESPW"   4 u16 version   6 u16 payload length   8 u32 CRC-32 of the payload   12 payload
// src/settings/ reads and writes the same layout; the offsets below are those of the sector.
#pragma once
#include <Arduino.h>
#include <EEPROM.h>

const size_t kSectorSize = 4096;
const size_t kHeaderSize = 12;
const size_t kCaOffset = 460;
const size_t kCaMax = 2048;
const uint16_t kSettingsVersion = 1;

const uint8_t kFlagMqtt = 0x01;
const uint8_t kFlagTls = 0x02;
const uint8_t kFlagStaticIp = 0x04;

// Texts are zero-terminated UTF-8. Empty names mean the ones made of the MAC.
struct Settings {
  uint8_t flags;
  uint16_t httpPort;
  uint16_t mqttPort;
  uint16_t caLength; // bytes of DER at kCaOffset, 0 = none
  uint32_t serialBaud;
  uint8_t ip[4];
  uint8_t netmask[4];
  uint8_t gateway[4];
  char ssid[33];
  char wifiPassword[65];
  char brokerHost[65];
  char mqttUser[33];
  char mqttPassword[65];
  char clientId[33];
  char rxTopic[65];
  char txTopic[65];
};

enum class SettingsFault : uint8_t { None, Blank, BadMagic, BadVersion, BadLength, BadCrc };

struct SettingsText {
  char *text;
  uint16_t size; // with the terminating zero
  uint16_t offset; // in the sector
};

const size_t kSettingsTexts = 8;

inline SettingsText settingsText(Settings &s, size_t index) {
  switch (index) {
  case 0: return {s.ssid, sizeof s.ssid, 36};
  case 1: return {s.wifiPassword, sizeof s.wifiPassword, 69};
  case 2: return {s.brokerHost, sizeof s.brokerHost, 134};
  case 3: return {s.mqttUser, sizeof s.mqttUser, 199};
  case 4: return {s.mqttPassword, sizeof s.mqttPassword, 232};
  case 5: return {s.clientId, sizeof s.clientId, 297};
  case 6: return {s.rxTopic, sizeof s.rxTopic, 330};
  default: return {s.txTopic, sizeof s.txTopic, 395};
  }
}

inline uint16_t readU16(const uint8_t *p) { return uint16_t(p[0] | p[1] << 8); }
inline uint32_t readU32(const uint8_t *p) { return readU16(p) | uint32_t(readU16(p + 2)) << 16; }

inline void writeU16(uint8_t *p, uint16_t value) {
  p[0] = uint8_t(value);
  p[1] = uint8_t(value >> 8);
}

inline void writeU32(uint8_t *p, uint32_t value) {
  writeU16(p, uint16_t(value));
  writeU16(p + 2, uint16_t(value >> 16));
}

// CRC-32 as in zlib, bit by bit: the sector is read once a boot, a table would cost more than it saves.
inline uint32_t zlibCrc32(const uint8_t *data, size_t length) {
  uint32_t crc = 0xFFFFFFFF;
  while (length--) {
    crc ^= *data++;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

inline bool validBaud(uint32_t baud) {
  static const uint32_t known[] = {9600, 19200, 38400, 57600, 74880, 115200, 230400, 250000, 460800, 500000, 921600};
  for (uint32_t value : known) {
    if (baud == value) return true;
  }
  return false;
}

inline void defaultSettings(Settings &s) {
  memset(&s, 0, sizeof s);
  s.httpPort = 9705;
  s.mqttPort = 8883;
  s.serialBaud = 115200;
}

inline SettingsFault checkSector(const uint8_t *sector) {
  if (memcmp(sector, "\xFF\xFF\xFF\xFF", 4) == 0) return SettingsFault::Blank;
  if (memcmp(sector, "ESPW", 4) != 0) return SettingsFault::BadMagic;
  if (readU16(sector + 4) != kSettingsVersion) return SettingsFault::BadVersion;
  size_t length = readU16(sector + 6);
  size_t caLength = readU16(sector + 18);
  if (caLength > kCaMax || length != kCaOffset - kHeaderSize + caLength) return SettingsFault::BadLength;
  if (readU32(sector + 8) != zlibCrc32(sector + kHeaderSize, length)) return SettingsFault::BadCrc;
  return SettingsFault::None;
}

// Anything but SettingsFault::None leaves the defaults in `s`.
inline SettingsFault loadSettings(Settings &s) {
  defaultSettings(s);
  EEPROM.begin(kSectorSize);
  const uint8_t *sector = EEPROM.getConstDataPtr();
  SettingsFault fault = checkSector(sector);
  if (fault == SettingsFault::None) {
    s.flags = sector[12];
    s.httpPort = readU16(sector + 14);
    s.mqttPort = readU16(sector + 16);
    s.caLength = readU16(sector + 18);
    s.serialBaud = readU32(sector + 20);
    memcpy(s.ip, sector + 24, 4);
    memcpy(s.netmask, sector + 28, 4);
    memcpy(s.gateway, sector + 32, 4);
    for (size_t i = 0; i < kSettingsTexts; i++) {
      SettingsText field = settingsText(s, i);
      memcpy(field.text, sector + field.offset, field.size);
      field.text[field.size - 1] = 0;
    }
  }
  EEPROM.end();
  return fault;
}

// Keeps the stored CA certificate of s.caLength bytes. False when the flash did not take it.
inline bool storeSettings(const Settings &stored) {
  Settings s = stored;
  EEPROM.begin(kSectorSize);
  uint8_t *sector = EEPROM.getDataPtr();
  memset(sector, 0, kCaOffset);
  memset(sector + kCaOffset + s.caLength, 0xFF, kSectorSize - kCaOffset - s.caLength);
  memcpy(sector, "ESPW", 4);
  size_t length = kCaOffset - kHeaderSize + s.caLength;
  writeU16(sector + 4, kSettingsVersion);
  writeU16(sector + 6, uint16_t(length));
  sector[12] = s.flags;
  writeU16(sector + 14, s.httpPort);
  writeU16(sector + 16, s.mqttPort);
  writeU16(sector + 18, s.caLength);
  writeU32(sector + 20, s.serialBaud);
  memcpy(sector + 24, s.ip, 4);
  memcpy(sector + 28, s.netmask, 4);
  memcpy(sector + 32, s.gateway, 4);
  for (size_t i = 0; i < kSettingsTexts; i++) {
    SettingsText field = settingsText(s, i);
    memcpy(sector + field.offset, field.text, strlen(field.text));
  }
  writeU32(sector + 8, zlibCrc32(sector + kHeaderSize, length));
  bool done = EEPROM.commit();
  EEPROM.end();
  return done;
}

inline const __FlashStringHelper *faultText(SettingsFault fault) {
  switch (fault) {
  case SettingsFault::None: return F("stored");
  case SettingsFault::Blank: return F("none stored, defaults used");
  case SettingsFault::BadMagic: return F("bad magic, defaults used");
  case SettingsFault::BadVersion: return F("unknown version, defaults used");
  case SettingsFault::BadLength: return F("bad length, defaults used");
  case SettingsFault::BadCrc: return F("bad CRC, defaults used");
  }
  return F("unknown");
}
