import { EspwatchError } from '../errors.js';

/** A board as each tool calls it. */
export interface Board {
  readonly name: string;
  /** For arduino-cli: package, architecture, board, options. */
  readonly fqbn: string;
  /** For PlatformIO. */
  readonly pio: string;
  readonly what: string;
}

const CORE = 'esp8266:esp8266';

/** Boards that the core and PlatformIO both know, with flash layouts of the same size. */
export const BOARDS: readonly Board[] = [
  { name: 'd1_mini', fqbn: `${CORE}:d1_mini`, pio: 'd1_mini', what: 'LOLIN (WeMos) D1 R2 and mini, 4 MB' },
  { name: 'd1_mini_lite', fqbn: `${CORE}:d1_mini_lite`, pio: 'd1_mini_lite', what: 'LOLIN D1 mini Lite, 1 MB' },
  { name: 'nodemcuv2', fqbn: `${CORE}:nodemcuv2`, pio: 'nodemcuv2', what: 'NodeMCU 1.0 (ESP-12E), 4 MB' },
  { name: 'nodemcu', fqbn: `${CORE}:nodemcu`, pio: 'nodemcu', what: 'NodeMCU 0.9 (ESP-12), 4 MB' },
  { name: 'huzzah', fqbn: `${CORE}:huzzah`, pio: 'huzzah', what: 'Adafruit Feather HUZZAH, 4 MB' },
  { name: 'esp12e', fqbn: `${CORE}:generic:eesz=4M1M`, pio: 'esp12e', what: 'any module with 4 MB' },
  {
    name: 'generic',
    fqbn: `${CORE}:generic:eesz=1M64`,
    pio: 'esp01_1m',
    what: 'any module with 1 MB, such as ESP-01S',
  },
  { name: 'esp8285', fqbn: `${CORE}:esp8285`, pio: 'esp8285', what: 'ESP8285 with its 1 MB inside' },
];

/** Throws BUILD_BOARD for a name that is not in the list. */
export function boardNamed(name: string): Board {
  const board = BOARDS.find((known) => known.name === name);
  if (board !== undefined) return board;
  throw new EspwatchError(
    'BUILD_BOARD',
    `There is no board "${name}".`,
    `The boards are ${BOARDS.map((known) => known.name).join(', ')}; use esp12e or generic for others.`,
  );
}
