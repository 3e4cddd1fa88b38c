// Where the settings lie in the flash, and how a SAVE survives a power cut at any moment.
//   Sector S (flash size - 0x5000): record slots A at 0x000 and B at 0x300, the CA certificate at 0x600.
//   Sector T, the one below: a copy of S while S is rewritten.
// The valid record with the highest sequence counts. A SAVE programs the free slot of S; when there is none, T is
// written, then S is erased and written from T, then T is made invalid. At boot a newer record in T means that the
// power went in between, and S is written from T again.
#pragma once
#include <memory>

#include "settings.h"

enum class SettingsNote : uint8_t { None, Defaults, Recovered, Migrated, NotMigrated };

class SettingsStore {
public:
  // Reads the settings in force; finishes what a power cut has interrupted. With SettingsNote::Defaults `fault` says
  // what was wrong.
  SettingsNote load(Settings &s) {
    std::unique_ptr<uint32_t[]> room(new uint32_t[kRecordRoom / 4]);
    uint8_t *record = reinterpret_cast<uint8_t *>(room.get());
    Found found = newestInSector(record);
    fault = found.fault;
    if (readRecord(scratch(), record) == SettingsFault::None) {
      if (fault != SettingsFault::None || newer(readU32(record + 12), found.sequence)) return recover(s, record);
      invalidateScratch();
    }
    if (fault != SettingsFault::None) {
      if (loadVersion1(s)) return save(s) ? SettingsNote::Migrated : SettingsNote::NotMigrated;
      defaultSettings(s);
      useCertificate(s, sector() + kCaAt);
      return SettingsNote::Defaults;
    }
    readRecord(sector() + found.slot, record);
    decodeRecord(record, s);
    useCertificate(s, sector() + kCaAt);
    sequence_ = found.sequence;
    slot_ = found.slot;
    stored_ = true;
    return SettingsNote::None;
  }

  // False when the flash did not take it: then the settings that were stored before are still in force.
  bool save(const Settings &s) {
    if (onlyInScratch_ && !commitScratch()) return false;
    std::unique_ptr<uint32_t[]> record(new uint32_t[kRecordRoom / 4]);
    encodeRecord(s, sequence_ + 1, reinterpret_cast<uint8_t *>(record.get()));
    uint32_t other = slot_ == kSlotA ? kSlotB : kSlotA;
    if (stored_ && isBlank(sector() + other, kSlotSize) && program(sector() + other, record.get(), kRecordRoom)) {
      slot_ = other;
    } else {
      if (!buildScratch(record.get(), s.caLength)) return false;
      commitScratch();
    }
    sequence_++;
    return true;
  }

  // The stored certificate, DER; `out` has room for `length` bytes rounded up to whole words.
  bool readCertificate(uint32_t *out, size_t length) { return read(caAddress_, out, wholeWords(length)); }

  SettingsFault fault = SettingsFault::None;

private:
  static const uint32_t kSectorSize = 4096;
  static const uint32_t kSlotA = 0;
  static const uint32_t kSlotB = 0x300;
  static const size_t kSlotSize = 0x300;
  static const uint32_t kCaAt = 0x600; // u32 "CERT", u16 length, u16 0, u32 CRC-32 of the DER, DER
  static const size_t kCaHeader = 12;
  static const size_t kChunkWords = 64;

  struct Found {
    SettingsFault fault;
    uint32_t slot;
    uint32_t sequence;
  };

  // As the core's EEPROM library, when the sketch is built for the size of the flash that is there.
  static uint32_t sector() { return ESP.getFlashChipSize() - 0x5000; }
  static uint32_t scratch() { return sector() - kSectorSize; }
  static size_t wholeWords(size_t length) { return (length + 3) & ~size_t(3); }
  static bool newer(uint32_t a, uint32_t b) { return int32_t(a - b) > 0; }
  static bool read(uint32_t address, uint32_t *out, size_t length) { return ESP.flashRead(address, out, length); }
  static bool erase(uint32_t address) { return ESP.flashEraseSector(address / kSectorSize); }

  static SettingsFault readRecord(uint32_t address, uint8_t *record) {
    if (!read(address, reinterpret_cast<uint32_t *>(record), kRecordRoom)) return SettingsFault::Blank;
    return checkRecord(record);
  }

  // Of two faults the one that says more: a slot that was never written says nothing.
  static Found newestInSector(uint8_t *record) {
    Found found = {readRecord(sector() + kSlotA, record), kSlotA, readU32(record + 12)};
    SettingsFault second = readRecord(sector() + kSlotB, record);
    uint32_t sequence = readU32(record + 12);
    bool better = second == SettingsFault::None
                      ? found.fault != SettingsFault::None || newer(sequence, found.sequence)
                      : found.fault == SettingsFault::Blank;
    return better ? Found{second, kSlotB, sequence} : found;
  }

  // The record in T is newer: the power went before S had it.
  SettingsNote recover(Settings &s, const uint8_t *record) {
    fault = SettingsFault::None;
    sequence_ = readU32(record + 12);
    decodeRecord(record, s);
    useCertificate(s, scratch() + kCaAt);
    commitScratch();
    return SettingsNote::Recovered;
  }

  void useCertificate(Settings &s, uint32_t address) {
    s.caLength = uint16_t(certificateLength(address));
    caAddress_ = address + kCaHeader;
  }

  bool loadVersion1(Settings &s) {
    std::unique_ptr<uint32_t[]> room(new uint32_t[kRecordRoom / 4]);
    uint8_t *record = reinterpret_cast<uint8_t *>(room.get());
    if (readRecord(sector(), record) != SettingsFault::BadVersion || readU16(record + 4) != 1) return false;
    size_t length = readU16(record + 6);
    size_t caLength = readU16(record + 18);
    if (caLength > kCaMax || length != kFixed1 - kHeaderSize + caLength) {
      fault = SettingsFault::BadLength;
      return false;
    }
    uint32_t crc = zlibCrc32(0, record + kHeaderSize, kFixed1 - kHeaderSize);
    if (crcOfFlash(crc, sector() + kFixed1, caLength) != readU32(record + 8)) {
      fault = SettingsFault::BadCrc;
      return false;
    }
    decodeRecord1(record, s);
    caAddress_ = sector() + kFixed1;
    fault = SettingsFault::None;
    return true;
  }

  static uint32_t crcOfFlash(uint32_t crc, uint32_t address, size_t length) {
    uint32_t chunk[kChunkWords];
    while (length) {
      size_t part = length < sizeof chunk ? length : sizeof chunk;
      if (!read(address, chunk, wholeWords(part))) return ~crc;
      crc = zlibCrc32(crc, reinterpret_cast<const uint8_t *>(chunk), part);
      address += part;
      length -= part;
    }
    return crc;
  }

  // 0 when there is none, or a damaged one.
  static size_t certificateLength(uint32_t address) {
    uint32_t words[kCaHeader / 4];
    const uint8_t *header = reinterpret_cast<const uint8_t *>(words);
    if (!read(address, words, kCaHeader) || memcmp_P(header, PSTR("CERT"), 4) != 0) return 0;
    size_t length = readU16(header + 4);
    if (length > kCaMax || crcOfFlash(0, address + kCaHeader, length) != readU32(header + 8)) return 0;
    return length;
  }

  static bool isBlank(uint32_t address, size_t length) {
    uint32_t chunk[kChunkWords];
    while (length) {
      size_t part = length < sizeof chunk ? length : sizeof chunk;
      if (!read(address, chunk, part)) return false;
      for (size_t i = 0; i < part / 4; i++) {
        if (chunk[i] != 0xFFFFFFFF) return false;
      }
      address += part;
      length -= part;
    }
    return true;
  }

  // Programs and looks whether it is there.
  static bool program(uint32_t address, const uint32_t *data, size_t length) {
    if (!ESP.flashWrite(address, data, length)) return false;
    uint32_t chunk[kChunkWords];
    for (size_t at = 0; at < length; at += sizeof chunk) {
      size_t part = length - at < sizeof chunk ? length - at : sizeof chunk;
      if (!read(address + at, chunk, part) || memcmp(chunk, data + at / 4, part) != 0) return false;
    }
    return true;
  }

  // The record goes last: a valid one says that the certificate is there too.
  bool buildScratch(const uint32_t *record, size_t caLength) {
    return erase(scratch()) && copyCertificate(scratch() + kCaAt, caAddress_, caLength) &&
           program(scratch(), record, kRecordRoom);
  }

  static bool copyCertificate(uint32_t to, uint32_t from, size_t length) {
    if (!length) return true;
    uint32_t header[kCaHeader / 4];
    uint8_t *bytes = reinterpret_cast<uint8_t *>(header);
    memcpy_P(bytes, PSTR("CERT"), 4);
    writeU16(bytes + 4, uint16_t(length));
    writeU16(bytes + 6, 0);
    writeU32(bytes + 8, crcOfFlash(0, from, length));
    uint32_t chunk[kChunkWords];
    for (size_t at = 0; at < length; at += sizeof chunk) {
      size_t part = length - at < sizeof chunk ? length - at : sizeof chunk;
      if (!read(from + at, chunk, wholeWords(part))) return false;
      memset(reinterpret_cast<uint8_t *>(chunk) + part, 0xFF, wholeWords(part) - part);
      if (!program(to + kCaHeader + at, chunk, wholeWords(part))) return false;
    }
    return program(to, header, kCaHeader);
  }

  // Writes S from T. As long as that has not worked, T is the only place that has the settings, and stays as it is.
  bool commitScratch() {
    std::unique_ptr<uint32_t[]> record(new uint32_t[kRecordRoom / 4]);
    size_t caLength = certificateLength(scratch() + kCaAt);
    bool done = read(scratch(), record.get(), kRecordRoom) && erase(sector()) &&
                copyCertificate(sector() + kCaAt, scratch() + kCaAt + kCaHeader, caLength) &&
                program(sector(), record.get(), kRecordRoom);
    if (done) invalidateScratch();
    onlyInScratch_ = !done;
    slot_ = kSlotA;
    stored_ = done;
    caAddress_ = (done ? sector() : scratch()) + kCaAt + kCaHeader;
    return done;
  }

  static void invalidateScratch() {
    uint32_t zero = 0;
    ESP.flashWrite(scratch(), &zero, sizeof zero);
  }

  uint32_t sequence_ = 0;
  uint32_t slot_ = kSlotA;
  uint32_t caAddress_ = 0;
  bool stored_ = false; // S has a record of version 2
  bool onlyInScratch_ = false;
};

static SettingsStore settingsStore;

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
