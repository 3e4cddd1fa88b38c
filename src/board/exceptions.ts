/** EXCCAUSE of the Xtensa LX106 (ESP8266.md 8.4). */

const NAMES: Readonly<Record<number, string>> = {
  0: 'IllegalInstruction',
  1: 'Syscall',
  2: 'InstructionFetchError',
  3: 'LoadStoreError',
  4: 'Level1Interrupt',
  5: 'Alloca',
  6: 'IntegerDivideByZero',
  8: 'Privileged',
  9: 'LoadStoreAlignment',
  12: 'InstrPIFDataError',
  13: 'LoadStorePIFDataError',
  14: 'InstrPIFAddrError',
  15: 'LoadStorePIFAddrError',
  16: 'InstTLBMiss',
  17: 'InstTLBMultiHit',
  18: 'InstFetchPrivilege',
  20: 'InstFetchProhibited',
  24: 'LoadStoreTLBMiss',
  25: 'LoadStoreTLBMultiHit',
  26: 'LoadStorePrivilege',
  28: 'LoadProhibited',
  29: 'StoreProhibited',
};

const EXCVADDR_VALID = new Set([2, 3, 9, 12, 13, 14, 15, 16, 17, 18, 20, 24, 25, 26, 28, 29]);

/** The name of an exception cause; reserved numbers are named so. */
export function exceptionName(cause: number): string {
  if (cause >= 32 && cause <= 39) return `Coprocessor${cause - 32}Disabled`;
  return NAMES[cause] ?? 'Reserved';
}

/** Whether EXCVADDR means anything for this cause; otherwise it is left over from an earlier exception. */
export function excvaddrIsValid(cause: number): boolean {
  return EXCVADDR_VALID.has(cause);
}

/** What usually lies behind it, one sentence; null when there is no usual reason. */
export function exceptionInWords(cause: number, excvaddr: number | null): string | null {
  const address = excvaddr !== null && excvaddrIsValid(cause) ? excvaddr : null;
  switch (cause) {
    case 0:
      return 'The CPU met bytes that are no instruction: a jump to garbage, or a damaged stack.';
    case 2:
    case 20:
      return 'The program jumped to an address that holds no code.';
    case 3:
    case 9:
      return 'Unaligned or byte-wise access where only whole words work, often PROGMEM read through a plain pointer.';
    case 6:
      return 'The program divided by zero.';
    case 28:
      if (address !== null && address < 0x100) return 'The program read through a null pointer.';
      return 'The program read through a bad pointer.';
    case 29:
      if (address !== null && address < 0x100) return 'The program wrote through a null pointer.';
      return 'The program wrote through a bad pointer.';
    default:
      return null;
  }
}
