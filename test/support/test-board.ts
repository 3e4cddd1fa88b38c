import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Fault, parseFault, Rfc2217Server, type Timing, VirtualBoard, type Wiring } from '../../src/sim/index.js';
import { startProgram } from '../../src/sim/program/host.js';
import { atEnd } from './cleanup.js';
import { Heard } from './heard.js';
import type { HostEnd } from './kernel-tty.js';
import { ROOT } from './peers.js';

export const IMAGE_PATH = join(ROOT, 'firmware/prebuilt/tls_mqtt.virtual.bin');
export const MAC = Uint8Array.of(0x18, 0xfe, 0x34, 0xa2, 0x66, 0x29);

/** What the sketch prints in web server mode, as the contract has it. */
export const WEB_SERVER_LINES =
  /ESP8266 IP: [\d.]+\r?\n[\s\S]*ESP8266 WebServer Port: \d+\r?\n[\s\S]*ESP8266 Mode: Web Server Running - Type = .+\r?\n/;

export interface TestBoardOptions {
  /** Default 'none'. */
  readonly timing?: Timing;
  readonly wiring?: Wiring;
  /** With the sketch in its flash (default: blank). */
  readonly sketch?: boolean;
  /** `NAME[:ARG]`. */
  readonly faults?: readonly string[];
}

export interface TestBoard {
  readonly board: VirtualBoard;
  /** Every byte that the sketch sends, whoever has the port. */
  readonly said: Heard;
}

/** A virtual board with the real sketch, plugged in; it is gone when the test is over. */
export function testBoard(t: TestContext, options: TestBoardOptions = {}): TestBoard {
  const said = new Heard();
  const ear: Fault = {
    name: 'ear',
    programOutput: (bytes) => {
      said.add(bytes);
      return bytes;
    },
  };
  const board = new VirtualBoard({
    mac: MAC,
    startProgram,
    timing: options.timing ?? 'none',
    wiring: options.wiring ?? 'two-transistor',
    faults: [ear, ...(options.faults ?? []).map(parseFault)],
  });
  if (options.sketch === true) board.flash.preload(0, readFileSync(IMAGE_PATH));
  board.plug();
  atEnd(t, () => board.dispose());
  return { board, said };
}

/** The same on RFC 2217; `url` is for any client. */
export async function servedBoard(
  t: TestContext,
  options: TestBoardOptions = {},
): Promise<TestBoard & { url: string }> {
  const made = testBoard(t, options);
  const server = await Rfc2217Server.listen(made.board);
  atEnd(t, () => server.close());
  return { ...made, url: `rfc2217://${server.host}:${server.port}` };
}

/** The host's end of the board's cable, for a kernel terminal. */
export function hostEnd(board: VirtualBoard): HostEnd {
  const listeners = new Set<(bytes: Uint8Array) => void>();
  let plugged = true;
  const port = board.attach(115_200, {
    onBytes: (bytes) => {
      for (const listener of listeners) listener(bytes);
    },
    onUnplug: () => {
      plugged = false;
    },
  });
  return {
    setLines: (lines) => {
      if (plugged) port.setLines(lines);
    },
    setBaud: (baud) => {
      if (plugged) port.setBaud(baud);
    },
    write: async (bytes) => {
      if (plugged) await port.write(bytes);
    },
    onData: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
