import { ESPLoader, getStubJsonByChipName } from 'esptool-js';
import { ESP8266ROM } from 'esptool-js/lib/targets/esp8266.js';
import { EspwatchError, isEspwatchError, messageOf } from '../errors.js';
import { hex, u32, words, xorChecksum } from './bytes.js';
import { type Efuses, ESP8266_MAGIC, REGISTER, VIRTUAL_BOARD_ID } from './chip.js';
import { slipFrame } from './slip.js';
import type { FlashTransport } from './transport.js';

/** Operations of the ROM's loader and of the stub (ESP8266.md 3.5, 4.5). */
export const OP = {
  flashBegin: 0x02,
  flashData: 0x03,
  flashEnd: 0x04,
  memEnd: 0x06,
  sync: 0x08,
  changeBaud: 0x0f,
  deflateBegin: 0x10,
  deflateData: 0x11,
  deflateEnd: 0x12,
  md5: 0x13,
  readFlash: 0xd2,
} as const;

/** Default time for an answer, in ms (esptool's). */
const ANSWER_MS = 3000;
/** MD5 of the flash: ms for each MB (esptool's). */
const MD5_MS_PER_MB = 8000;
const MEM_END_MS = 200;
const STUB_HELLO = 'OHAI';
/** Header and two status bytes. */
const SHORTEST_ANSWER = 10;

/** What the stub means by its first status byte (ESP8266.md 4.4) and the ROM by its second (3.8). */
const STATUS: Readonly<Record<number, string>> = {
  5: 'it did not understand the message',
  6: 'it could not do it',
  7: 'the data arrived damaged',
  8: 'the flash did not take the data',
  192: 'the length was wrong',
  193: 'the data arrived damaged',
  195: 'it does not know the command',
  196: 'the flash chip failed',
  197: 'the flash chip could not be unlocked',
  198: 'it is not writing',
  199: 'the compressed data was damaged',
  200: 'data is missing',
  201: 'there was too much data',
};

const SILENT_TERMINAL = { clean: () => {}, write: () => {}, writeLine: () => {} };

/**
 * esptool-js has 0 where the ESP8266 has no such register, tests for null, and so reads the flash id with
 * whatever bit length stood in SPI_USER1. Without the two it sets SPI_USER1 = 0x1700 as it should.
 */
class Esp8266 extends ESP8266ROM {
  override SPI_MOSI_DLEN_OFFS = undefined as unknown as number;
  override SPI_MISO_DLEN_OFFS = undefined as unknown as number;
}

/** ESPLoader whose timeouts are deadlines: its own start again with every stray frame, a hundred times over. */
class DeadlineLoader extends ESPLoader {
  readonly #frames: FlashTransport;

  constructor(transport: FlashTransport) {
    super({
      // Transport is a class with private members, so nothing else can have its type; ESPLoader uses what
      // FlashTransport has (its test reads ESPLoader's source to be sure).
      transport: transport as unknown as ESPLoader['transport'],
      baudrate: transport.baudrate,
      terminal: SILENT_TERMINAL,
    });
    this.#frames = transport;
    this.chip = new Esp8266();
  }

  override async readPacket(op: number | null = null, timeoutMs = ANSWER_MS): Promise<[number, Uint8Array]> {
    const deadline = this.#frames.clock.now() + timeoutMs;
    for (;;) {
      const frame = await this.#frames.read(Math.max(0, deadline - this.#frames.clock.now()));
      const isAnswer = frame.length >= SHORTEST_ANSWER && frame[0] === 1;
      if (isAnswer && (op === null || frame[1] === op)) return [u32(frame, 4), frame.subarray(8)];
    }
  }
}

/** A command that is ready for the wire. */
export interface Request {
  readonly op: number;
  readonly frame: Uint8Array;
}

/** A command with its data; DATA commands also carry the checksum of the block that follows the 16-byte head. */
export function request(op: number, head: Uint8Array, block: Uint8Array = new Uint8Array(0)): Request {
  const length = head.length + block.length;
  const checksum = block.length > 0 ? xorChecksum(block) : 0;
  const header = Uint8Array.of(0, op, length & 0xff, length >> 8, checksum, 0, 0, 0);
  return { op, frame: slipFrame(header, head, block) };
}

/**
 * The loader on the board, first the ROM's and then the stub: one command at a time, answers checked.
 * Everything rejects with `FLASH_TIMEOUT` (no answer), `FLASH_PROTOCOL` (an answer that says no),
 * `PORT_*` or `ABORTED`.
 */
export class ChipLoader {
  readonly transport: FlashTransport;
  readonly #esp: DeadlineLoader;

  constructor(transport: FlashTransport) {
    this.transport = transport;
    this.#esp = new DeadlineLoader(transport);
  }

  /** Frames for the ROM to measure the baud rate on: it swallows the first one after a reset. */
  async train(): Promise<void> {
    this.transport.flushInput();
    await this.transport.writeFrame(SYNC.frame);
  }

  /** One SYNC and its eight answers. A stub answers with value 0, the ROM with the value that was sent. */
  async sync(): Promise<'rom' | 'stub'> {
    const [value] = await this.#guard('SYNC', this.#esp.sync());
    return value === 0 ? 'stub' : 'rom';
  }

  /** Sends a command and waits for its answer; resolves with the `dataLength` bytes that come before the status. */
  async exchange(what: string, { op, frame }: Request, timeoutMs = ANSWER_MS, dataLength = 0): Promise<Uint8Array> {
    this.transport.flushInput();
    await this.transport.writeFrame(frame);
    // Over a network "drained" means that the frame is in the socket: its time on the far line is still to come.
    const onTheLineMs = (20_000 * frame.length) / this.transport.baudrate;
    const [, data] = await this.#guard(what, this.#esp.readPacket(op, timeoutMs + onTheLineMs));
    return checkedData(what, data, dataLength);
  }

  async readRegister(address: number, timeoutMs = ANSWER_MS): Promise<number> {
    return (await this.#guard('reading a register', this.#esp.readReg(address, timeoutMs))) >>> 0;
  }

  /** Whether the loader answers a register read as an ESP8266 does. */
  async answers(tries: number, timeoutMs: number): Promise<boolean> {
    for (let i = 0; i < tries; i++) {
      try {
        if ((await this.readRegister(REGISTER.chipMagic, timeoutMs)) === ESP8266_MAGIC) return true;
      } catch (error) {
        if (!isTransient(error)) throw error;
      }
    }
    return false;
  }

  async readEfuses(): Promise<Efuses> {
    const { efuse0, efuse1, efuse2, efuse3 } = REGISTER;
    return [
      await this.readRegister(efuse0),
      await this.readRegister(efuse1),
      await this.readRegister(efuse2),
      await this.readRegister(efuse3),
    ];
  }

  async isVirtual(): Promise<boolean> {
    return (await this.readRegister(REGISTER.uartId)) === VIRTUAL_BOARD_ID;
  }

  /** JEDEC id of the flash: maker in bits 7:0, type 15:8, size code 23:16. */
  async readFlashId(): Promise<number> {
    return (await this.#guard('reading the flash id', this.#esp.readFlashId())) & 0xffffff;
  }

  /** The ROM's loader has the flash detached until it is told to write; this writes nothing. */
  async attachFlashInRom(): Promise<void> {
    await this.exchange('attaching the flash', request(OP.flashBegin, words(0, 0, 0x400, 0)));
  }

  /** Loads the stub into RAM and starts it; resolves when it has greeted. */
  async startStub(): Promise<void> {
    const stub = await getStubJsonByChipName('ESP8266');
    if (stub === undefined) throw protocolError('esptool-js brings no stub for the ESP8266');
    // A second start in one session (after a fresh reset): esptool-js would refuse to overwrite the first stub.
    this.#esp.IS_STUB = false;
    await this.#loadToRam(stub.decodedText, stub.text_start);
    await this.#loadToRam(stub.decodedData, stub.data_start);
    this.transport.flushInput();
    await this.transport.writeFrame(request(OP.memEnd, words(0, stub.entry)).frame);
    await this.#greeting();
    this.#esp.IS_STUB = true;
  }

  /** MD5 of a region of the flash as 32 hex digits. The stub must run. */
  async md5(offset: number, length: number): Promise<string> {
    const timeout = Math.max(ANSWER_MS, (MD5_MS_PER_MB * length) / 1e6);
    const digest = await this.exchange('MD5', request(OP.md5, words(offset, length, 0, 0)), timeout, 16);
    return Buffer.from(digest).toString('hex');
  }

  /** After a failed command: closes a frame that the board may still be waiting for and makes sure that it listens. */
  async resync(): Promise<boolean> {
    for (let i = 0; i < 3; i++) {
      await this.transport.writeFrame(FRAME_END);
      await this.transport.drainInput(50, 500);
      if (await this.answers(1, 500)) return true;
    }
    return false;
  }

  async #loadToRam(bytes: Uint8Array, address: number): Promise<void> {
    const blockSize = this.#esp.ESP_RAM_BLOCK;
    const blocks = Math.ceil(bytes.length / blockSize);
    await this.#guard('loading the stub', this.#esp.memBegin(bytes.length, blocks, blockSize, address));
    for (let seq = 0; seq < blocks; seq++) {
      const block = bytes.subarray(seq * blockSize, (seq + 1) * blockSize);
      await this.#guard('loading the stub', this.#esp.memBlock(block, seq));
    }
  }

  /** The answer to MEM_END may be lost when the stub takes over the UART; its greeting is what counts. */
  async #greeting(): Promise<void> {
    for (let frames = 0; frames < 8; frames++) {
      const frame = await this.transport.read(frames === 0 ? MEM_END_MS + ANSWER_MS : ANSWER_MS);
      if (Buffer.from(frame).toString('latin1') === STUB_HELLO) return;
      if (frame[1] === OP.memEnd) checkedData('starting the stub', frame.subarray(8), 0);
    }
    throw protocolError('The stub did not greet');
  }

  /** Turns esptool-js's message-only errors into ours; those of the transport pass as they are. */
  async #guard<T>(what: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isEspwatchError(error)) throw error;
      throw protocolError(`The board refused ${what}: ${messageOf(error)}`, error);
    }
  }
}

const SYNC = request(OP.sync, Uint8Array.from([0x07, 0x07, 0x12, 0x20, ...new Array<number>(32).fill(0x55)]));
const FRAME_END = Uint8Array.of(0xc0);

/** Whether another try can help: no answer, or an answer that says no. */
export function isTransient(error: unknown): error is EspwatchError {
  return isEspwatchError(error, 'FLASH_TIMEOUT') || isEspwatchError(error, 'FLASH_PROTOCOL');
}

export function protocolError(message: string, cause?: unknown): EspwatchError {
  return new EspwatchError('FLASH_PROTOCOL', `${message}.`, 'Check the cable and the power supply, then try again.', {
    cause,
  });
}

/** Cuts the status off an answer. The ROM leaves old errors in the second byte: only the first one counts. */
function checkedData(what: string, data: Uint8Array, length: number): Uint8Array {
  const at = data.length >= length + 2 ? length : 0;
  const status = data[at];
  if (status === undefined) throw protocolError(`The answer to ${what} is too short`);
  if (status !== 0) {
    const code = status === 1 ? (data[at + 1] ?? status) : status;
    throw protocolError(`The board refused ${what}: ${STATUS[code] ?? `status ${hex(code, 2)}`}`);
  }
  if (at !== length) throw protocolError(`The answer to ${what} is too short`);
  return data.subarray(0, length);
}
