// The settings record, layout version 2 (little-endian, packed):
//   0 magic "ESPW"   4 u16 version   6 u16 payload length   8 u32 CRC-32 of the payload   12 payload
// src/settings/ reads and writes the same layout; settingsstore.h says where records lie in the flash.
#pragma once
#include <Arduino.h>

const size_t kHeaderSize = 12;
const size_t kPayloadSize = 550;
const size_t kRecordSize = kHeaderSize + kPayloadSize;
const size_t kRecordRoom = (kRecordSize + 3) & ~size_t(3); // the flash takes whole words
const size_t kCaMax = 2048;
const uint16_t kSettingsVersion = 2;

const uint8_t kFlagMqtt = 0x01;
const uint8_t kFlagTls = 0x02;
const uint8_t kFlagStaticIp = 0x04;
const uint8_t kFlagInsecure = 0x08; // TLS without a look at the certificate

const uint16_t kWifiTimeoutDefaultS = 20;
const uint16_t kWifiTimeoutMostS = 3600;
const uint16_t kTelemetryDefaultS = 60;
const uint16_t kTelemetryMostS = 3600;

// Texts are zero-terminated UTF-8. Empty names mean the ones made of the MAC.
struct Settings {
  uint8_t flags;
  uint16_t httpPort;
  uint16_t mqttPort;
  uint16_t wifiTimeoutS;
  uint16_t telemetryS; // 0 = off
  uint16_t caLength;   // bytes of DER that are stored beside the record, 0 = none
  uint32_t serialBaud;
  uint8_t ip[4];
  uint8_t netmask[4];
  uint8_t gateway[4];
  uint8_t apIp[4];
  char ssid[33];
  char wifiPassword[65];
  char brokerHost[65];
  char mqttUser[33];
  char mqttPassword[65];
  char clientId[33];
  char rxTopic[65];
  char txTopic[65];
  char configPassword[65];
};

enum class SettingsFault : uint8_t { None, Blank, BadMagic, BadVersion, BadLength, BadCrc };

struct SettingsText {
  char *text;
  uint16_t size;   // with the terminating zero
  uint16_t offset; // in the record
  uint16_t offset1; // in a record of version 1; 0 = it had none
};

const size_t kSettingsTexts = 9;

inline SettingsText settingsText(Settings &s, size_t index) {
  switch (index) {
  case 0: return {s.ssid, sizeof s.ssid, 48, 36};
  case 1: return {s.wifiPassword, sizeof s.wifiPassword, 81, 69};
  case 2: return {s.brokerHost, sizeof s.brokerHost, 146, 134};
  case 3: return {s.mqttUser, sizeof s.mqttUser, 211, 199};
  case 4: return {s.mqttPassword, sizeof s.mqttPassword, 244, 232};
  case 5: return {s.clientId, sizeof s.clientId, 309, 297};
  case 6: return {s.rxTopic, sizeof s.rxTopic, 342, 330};
  case 7: return {s.txTopic, sizeof s.txTopic, 407, 395};
  default: return {s.configPassword, sizeof s.configPassword, 472, 0};
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

// CRC-32 as in zlib, bit by bit: little is read, and a table would cost more than it saves.
// Parts may be added one after the other, from `crc` = 0 on.
inline uint32_t zlibCrc32(uint32_t crc, const uint8_t *data, size_t length) {
  crc = ~crc;
  while (length--) {
    crc ^= *data++;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

inline bool validBaud(uint32_t baud) {
  switch (baud) {
  case 9600: case 19200: case 38400: case 57600: case 74880: case 115200: case 230400: case 250000: case 460800:
  case 500000: case 921600: return true;
  default: return false;
  }
}

inline void defaultSettings(Settings &s) {
  memset(&s, 0, sizeof s);
  s.httpPort = 9705;
  s.mqttPort = 8883;
  s.wifiTimeoutS = kWifiTimeoutDefaultS;
  s.telemetryS = kTelemetryDefaultS;
  s.serialBaud = 115200;
  s.apIp[0] = 192;
  s.apIp[1] = 168;
  s.apIp[2] = 4;
  s.apIp[3] = 1;
}

// `record` is kRecordRoom bytes.
inline void encodeRecord(const Settings &stored, uint32_t sequence, uint8_t *record) {
  Settings &s = const_cast<Settings &>(stored); // settingsText() wants it so, and it is only read
  memset(record, 0, kRecordSize);
  memset(record + kRecordSize, 0xFF, kRecordRoom - kRecordSize);
  memcpy_P(record, PSTR("ESPW"), 4);
  writeU16(record + 4, kSettingsVersion);
  writeU16(record + 6, kPayloadSize);
  writeU32(record + 12, sequence);
  record[16] = s.flags;
  writeU16(record + 18, s.httpPort);
  writeU16(record + 20, s.mqttPort);
  writeU16(record + 22, s.wifiTimeoutS);
  writeU32(record + 24, s.serialBaud);
  writeU16(record + 28, s.telemetryS);
  memcpy(record + 32, s.ip, 4);
  memcpy(record + 36, s.netmask, 4);
  memcpy(record + 40, s.gateway, 4);
  memcpy(record + 44, s.apIp, 4);
  for (size_t i = 0; i < kSettingsTexts; i++) {
    SettingsText field = settingsText(s, i);
    memcpy(record + field.offset, field.text, strlen(field.text));
  }
  writeU32(record + 8, zlibCrc32(0, record + kHeaderSize, kPayloadSize));
}

inline SettingsFault checkRecord(const uint8_t *record) {
  if (readU32(record) == 0xFFFFFFFF) return SettingsFault::Blank;
  if (memcmp_P(record, PSTR("ESPW"), 4) != 0) return SettingsFault::BadMagic;
  if (readU16(record + 4) != kSettingsVersion) return SettingsFault::BadVersion;
  if (readU16(record + 6) != kPayloadSize) return SettingsFault::BadLength;
  if (readU32(record + 8) != zlibCrc32(0, record + kHeaderSize, kPayloadSize)) return SettingsFault::BadCrc;
  return SettingsFault::None;
}

inline void decodeTexts(const uint8_t *record, Settings &s, bool version1) {
  for (size_t i = 0; i < kSettingsTexts; i++) {
    SettingsText field = settingsText(s, i);
    uint16_t offset = version1 ? field.offset1 : field.offset;
    if (!offset) continue;
    memcpy(field.text, record + offset, field.size);
    field.text[field.size - 1] = 0;
  }
}

// A checked record. What could put the board out of reach is replaced by its default.
inline void decodeRecord(const uint8_t *record, Settings &s) {
  defaultSettings(s);
  s.flags = record[16];
  if (uint16_t port = readU16(record + 18)) s.httpPort = port;
  if (uint16_t port = readU16(record + 20)) s.mqttPort = port;
  if (uint16_t seconds = readU16(record + 22)) s.wifiTimeoutS = seconds;
  if (validBaud(readU32(record + 24))) s.serialBaud = readU32(record + 24);
  s.telemetryS = readU16(record + 28);
  memcpy(s.ip, record + 32, 4);
  memcpy(s.netmask, record + 36, 4);
  memcpy(s.gateway, record + 40, 4);
  if (record[44]) memcpy(s.apIp, record + 44, 4);
  decodeTexts(record, s, false);
}

// Version 1: a payload of 448 bytes and the certificate behind it.
const size_t kFixed1 = 460;

inline void decodeRecord1(const uint8_t *record, Settings &s) {
  defaultSettings(s);
  s.flags = record[12] & (kFlagMqtt | kFlagTls | kFlagStaticIp);
  if (uint16_t port = readU16(record + 14)) s.httpPort = port;
  if (uint16_t port = readU16(record + 16)) s.mqttPort = port;
  s.caLength = readU16(record + 18);
  if (validBaud(readU32(record + 20))) s.serialBaud = readU32(record + 20);
  memcpy(s.ip, record + 24, 4);
  memcpy(s.netmask, record + 28, 4);
  memcpy(s.gateway, record + 32, 4);
  decodeTexts(record, s, true);
}
