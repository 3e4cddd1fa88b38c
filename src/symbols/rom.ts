/**
 * Functions of the chip's ROM that sketches crash in, usually for a bad pointer of their caller's. Addresses as the
 * core's linker script `eagle.rom.addr.v6.ld` gives them; each ends where the next known symbol begins.
 */
const ROM_FUNCTIONS: readonly (readonly [name: string, from: number, to: number])[] = [
  ['_xtos_l1int_handler', 0x4000048c, 0x4000056c],
  ['ets_vprintf', 0x40001f00, 0x4000242c],
  ['ets_printf', 0x400024cc, 0x40002544],
  ['ets_delay_us', 0x40002ecc, 0x40002f04],
  ['SPIEraseSector', 0x40004a00, 0x40004a4c],
  ['SPIWrite', 0x40004a4c, 0x40004b1c],
  ['SPIRead', 0x40004b1c, 0x40004b44],
  ['strcmp', 0x4000bdc8, 0x4000bec8],
  ['strcpy', 0x4000bec8, 0x4000bf4c],
  ['strlen', 0x4000bf4c, 0x4000bfa8],
  ['strncmp', 0x4000bfa8, 0x4000c0a0],
  ['strncpy', 0x4000c0a0, 0x4000c180],
  ['__divdi3', 0x4000ce60, 0x4000d310],
  ['__udivdi3', 0x4000d310, 0x4000d770],
  ['__umoddi3', 0x4000d770, 0x4000dbe0],
  ['__divsi3', 0x4000dc88, 0x4000dcf0],
  ['bzero', 0x4000de84, 0x4000dea8],
  ['memcmp', 0x4000dea8, 0x4000df48],
  ['memcpy', 0x4000df48, 0x4000e04c],
  ['memmove', 0x4000e04c, 0x4000e190],
  ['memset', 0x4000e190, 0x4000e1e0],
  ['strstr', 0x4000e1e0, 0x4000e21c],
  ['__udivsi3', 0x4000e21c, 0x4000e268],
  ['__umodsi3', 0x4000e268, 0x4000e2a4],
];

const ROM_FROM = 0x40000000;
const ROM_TO = 0x40010000;

export function isRom(address: number): boolean {
  return address >= ROM_FROM && address < ROM_TO;
}

/** `memset (ROM)`; null for code that is not in the table. */
export function romFunction(address: number): string | null {
  const found = ROM_FUNCTIONS.find(([, from, to]) => address >= from && address < to);
  return found === undefined ? null : `${found[0]} (ROM)`;
}
