// The EEPROM library: one flash sector, 0x5000 below the end of the flash, copied to RAM.
#pragma once
#include <stddef.h>
#include <stdint.h>

class EEPROMClass {
public:
  void begin(size_t size);
  uint8_t read(int address);
  void write(int address, uint8_t value);
  // True when there was nothing to write or the flash took it.
  bool commit();
  bool end();
  uint8_t *getDataPtr();
  const uint8_t *getConstDataPtr() const { return data_; }
  size_t length() const { return size_; }

private:
  uint8_t *data_ = nullptr;
  size_t size_ = 0;
  bool dirty_ = false;
};

extern EEPROMClass EEPROM;
