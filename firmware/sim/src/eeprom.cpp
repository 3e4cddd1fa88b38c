#include "EEPROM.h"

#include <stdlib.h>
#include <string.h>

#include "host.h"

namespace {

constexpr uint32_t kSectorSize = 4096;
uint32_t sectorAddress() { return host_sysinfo(HOST_FLASH_SIZE) - 0x5000; }

} // namespace

EEPROMClass EEPROM;

void EEPROMClass::begin(size_t size) {
  if (size == 0 || size > kSectorSize) return;
  size = (size + 3) & ~size_t(3);
  if (size != size_) {
    free(data_);
    data_ = static_cast<uint8_t *>(malloc(size));
    size_ = data_ ? size : 0;
  }
  if (data_) host_flash_read(sectorAddress(), data_, size_);
  dirty_ = false;
}

uint8_t EEPROMClass::read(int address) {
  return address >= 0 && size_t(address) < size_ ? data_[address] : 0;
}

void EEPROMClass::write(int address, uint8_t value) {
  if (address < 0 || size_t(address) >= size_ || data_[address] == value) return;
  data_[address] = value;
  dirty_ = true;
}

bool EEPROMClass::commit() {
  if (!size_) return false;
  if (!dirty_) return true;
  if (host_flash_erase(sectorAddress() / kSectorSize) != 0) return false;
  if (host_flash_write(sectorAddress(), data_, size_) != 0) return false;
  dirty_ = false;
  return true;
}

bool EEPROMClass::end() {
  if (!size_) return false;
  bool done = commit();
  free(data_);
  data_ = nullptr;
  size_ = 0;
  dirty_ = false;
  return done;
}

uint8_t *EEPROMClass::getDataPtr() {
  dirty_ = true;
  return data_;
}
