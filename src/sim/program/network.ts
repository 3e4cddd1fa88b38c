import { DialError, dial } from './dial.js';
import { ringBell, type SharedBoard, WIFI, WORD } from './layout.js';
import { type AddressLease, ipv4Word, leaseAddress } from './lease.js';
import { Listeners } from './listeners.js';
import { DIAL_FAILURE, type OpenRequest } from './messages.js';
import { reset, SocketSlots } from './socket-slots.js';

/** From `WiFi.begin` to an address, and from SNTP's request to its answer. */
const JOIN_MS = 50;
const SNTP_MS = 100;
/** A board on the same desk as its access point, in dBm. */
const RSSI = -52;

/** The board's radio and network, on the host's loopback. Main thread. */
export class BoardNetwork {
  readonly #board: SharedBoard;
  readonly #mac: Uint8Array;
  readonly #slots: SocketSlots;
  readonly #listeners: Listeners;
  #up = true;
  /** The program wants to be connected. */
  #wanted = false;
  #sntp = false;
  #ntpAnswers = true;
  #isAccessPoint = false;
  #lease: Promise<AddressLease> | undefined;
  #address: string | undefined;
  #closed = false;
  #timers = new Set<NodeJS.Timeout>();
  /** Aborted when the network goes away under a connection attempt. */
  #online = new AbortController();

  constructor(board: SharedBoard, mac: Uint8Array) {
    this.#board = board;
    this.#mac = mac;
    this.#slots = new SocketSlots(board, () => this.#listeners.pump());
    this.#listeners = new Listeners(board, this.#slots);
    Atomics.store(board.words, WORD.rssi, RSSI);
    this.#status(WIFI.idle);
  }

  /** `WiFi.begin`; any name and password are good. A null name is the one that the SDK remembers, "" is none. */
  join(ssid: string | null): void {
    this.#wanted = ssid !== '';
    this.#status(this.#wanted ? WIFI.disconnected : WIFI.noSsid);
    if (this.#wanted) this.#associate();
  }

  /** `WiFi.softAP`: whoever joins reaches the board under its usual address. */
  async accessPoint(): Promise<void> {
    this.#isAccessPoint = true;
    this.#hear();
    await this.#getAddress();
  }

  closeAccessPoint(): void {
    this.#isAccessPoint = false;
    if (this.#isConnected()) return;
    this.#slots.freeze();
    this.#listeners.setSilent(true);
  }

  leave(): void {
    this.#wanted = false;
    this.#goOffline(WIFI.disconnected);
  }

  setUp(up: boolean): void {
    if (up === this.#up || this.#closed) return;
    this.#up = up;
    if (!this.#wanted) return;
    if (up) this.#associate();
    else this.#goOffline(WIFI.noSsid);
  }

  setSntp(on: boolean): void {
    this.#sntp = on;
    this.#askTime();
  }

  setNtp(answers: boolean): void {
    this.#ntpAnswers = answers;
    this.#askTime();
  }

  /** A handle, or the negated code of `DialError`; its text is kept for `net_err`. */
  async open(request: OpenRequest): Promise<number> {
    try {
      const address = this.#address;
      if (address === undefined || this.#online.signal.aborted || !this.#up) {
        throw new DialError(DIAL_FAILURE.noNetwork, 'No network');
      }
      if (this.#slots.free === 0) throw new DialError(DIAL_FAILURE.noSocket, 'No socket is free');
      const socket = await dial(request, address, this.#online.signal);
      const handle = this.#closed ? undefined : this.#slots.attach(socket);
      if (handle === undefined) {
        reset(socket);
        throw new DialError(DIAL_FAILURE.noSocket, 'No socket is free');
      }
      this.#setError('');
      return handle;
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      this.#setError(error.message);
      return -error.code;
    }
  }

  listen(port: number): Promise<number> {
    return this.#listeners.listen(port);
  }

  unlisten(listener: number): Promise<void> {
    return this.#listeners.unlisten(listener);
  }

  /** The board has rung: it has written, read, accepted or closed. */
  pump(): void {
    this.#slots.pump();
    this.#listeners.pump();
  }

  /** Closes every socket, as a board that loses its power: peers get a reset. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#online.abort();
    this.#slots.close();
    await this.#listeners.close();
    await (await this.#lease)?.close();
  }

  #associate(): void {
    this.#after(JOIN_MS, async () => {
      await this.#getAddress();
      if (!this.#wanted || this.#closed) return;
      if (!this.#up) {
        this.#status(WIFI.noSsid);
        return;
      }
      if (this.#online.signal.aborted) this.#online = new AbortController();
      this.#hear();
      this.#status(WIFI.connected);
      this.#askTime();
    });
  }

  async #getAddress(): Promise<void> {
    this.#lease ??= leaseAddress(this.#mac);
    const { address } = await this.#lease;
    if (this.#closed || this.#address !== undefined) return;
    this.#address = address;
    Atomics.store(this.#board.words, WORD.ipv4, ipv4Word(address));
    await this.#listeners.setAddress(address);
  }

  /** The board is reachable, and answers what it no longer knows with a reset. */
  #hear(): void {
    this.#slots.thaw();
    this.#listeners.setSilent(false);
  }

  #goOffline(status: number): void {
    this.#online.abort();
    this.#slots.freeze();
    this.#listeners.setSilent(!this.#isAccessPoint);
    this.#status(status);
  }

  #askTime(): void {
    if (!this.#sntp || !this.#ntpAnswers || !this.#isConnected()) return;
    this.#after(SNTP_MS, () => {
      if (this.#sntp && this.#ntpAnswers && this.#isConnected()) Atomics.store(this.#board.words, WORD.clockSet, 1);
    });
  }

  #isConnected(): boolean {
    return Atomics.load(this.#board.words, WORD.wifi) === WIFI.connected;
  }

  #status(status: number): void {
    Atomics.store(this.#board.words, WORD.wifi, status);
    ringBell(this.#board);
  }

  #setError(text: string): void {
    const { written } = new TextEncoder().encodeInto(text, this.#board.error);
    Atomics.store(this.#board.words, WORD.errorLength, written);
  }

  #after(ms: number, run: () => void | Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void run();
    }, ms);
    this.#timers.add(timer);
  }
}
