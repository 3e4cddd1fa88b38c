import { readSegments, segmentChecksum, storedChecksum } from './image-parts.js';

/** `chip_id` of the extended header (esp_image_format.h). */
const CHIP_IDS: Readonly<Record<number, string>> = {
  0: 'ESP32',
  2: 'ESP32-S2',
  5: 'ESP32-C3',
  9: 'ESP32-S3',
  12: 'ESP32-C2',
  13: 'ESP32-C6',
  16: 'ESP32-H2',
  18: 'ESP32-P4',
  20: 'ESP32-C61',
  23: 'ESP32-C5',
  25: 'ESP32-H21',
  28: 'ESP32-H4',
};

/** The extended header of the ESP32 family: 16 bytes between the common header and the segments. */
const EXTENDED_HEADER = 24;
const CHIP_ID_AT = 12;
/** `wp_pin` when none is set, as nearly every build leaves it. */
const NO_WP_PIN = 0xee;

/**
 * The ESP32-family chip that an E9 image was built for, or null when it does not look like one.
 * ESP8266 images have no chip id: their first segment header stands where the extended header would be.
 */
export function otherChipOf(bytes: Uint8Array): string | null {
  if (bytes.length < EXTENDED_HEADER + 8) return null;
  const list = readSegments(bytes, EXTENDED_HEADER, bytes[1] ?? 0);
  const complete = list.cutOff === null && storedChecksum(bytes, list) === segmentChecksum(bytes, list.segments);
  const chipId = (bytes[CHIP_ID_AT] ?? 0) | ((bytes[CHIP_ID_AT + 1] ?? 0) << 8);
  const name = CHIP_IDS[chipId];
  const first = list.segments[0] ?? list.cutOff;
  const marked = bytes[8] === NO_WP_PIN && first !== null && isEsp32Address(first.address);
  if (!complete && !marked) return null;
  return name ?? `another Espressif chip (id ${chipId})`;
}

/** Any place where the family's chips load code or data. */
function isEsp32Address(address: number): boolean {
  return address >= 0x3c000000 && address < 0x60000000;
}
