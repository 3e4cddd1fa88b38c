import type { Clock, Timer } from '../../../src/clock.js';
import type {
  ProgramEnvironment,
  ProgramPorts,
  RunningProgram,
  StartProgram,
} from '../../../src/sim/program/program.js';
import type { Surroundings } from './network.js';
import { MINUTE, SECOND, type SketchMode, type SketchSettings } from './script.js';
import { ADDRESS, accessPointLines, bootLines, TOPICS, telemetryLine } from './sketch-lines.js';

/** From the start of the sketch until it has an address, ms. */
const JOIN_MS = 2_400;
/** Without a network for so long it opens its access point: the sketch's default, ms. */
const PATIENCE_MS = 20_000;
const REJOIN_MS = 30_000;
const CONNECT_MS = 1_200;
const BACK_OFF_MS = { first: 1_000, most: 30_000 } as const;
const RESTART_MS = 500;
const FIFO = 128;
const HEAP: Readonly<Record<SketchMode, number>> = { 'web-server': 41_872, 'mqtt-client': 25_904 };
const NO_SIGNAL = 31;

const SDK_RESTART = 4;

type State = 'joining' | 'station' | 'lost' | 'access-point';

/** Our sketch as it looks from outside (firmware/*.h): the same lines at the same times, without a processor. */
export class ScriptedSketch {
  readonly settings: SketchSettings;
  readonly #clock: Clock;
  readonly #around: Surroundings;
  readonly #random: () => number;
  #life: Life | null = null;

  constructor(clock: Clock, around: Surroundings, settings: SketchSettings, random: () => number) {
    this.#clock = clock;
    this.#around = around;
    this.settings = settings;
    this.#random = random;
  }

  readonly start: StartProgram = (_wasm, env, ports) => {
    const life = new Life(this.#clock, this.#around, this.settings, this.#random, env, ports);
    this.#life = life;
    life.begin();
    const end = async (): Promise<void> => {
      life.end();
      if (this.#life === life) this.#life = null;
    };
    const program: RunningProgram = { receive: () => undefined, setWifi: () => undefined, stop: end };
    return program;
  };

  /** What it would answer a probe with right now; null when it does not run. */
  get serves(): { readonly http: boolean; readonly mqtt: boolean; readonly reachable: boolean } | null {
    return this.#life?.serves ?? null;
  }

  /** `ESP.restart()`. */
  restart(): void {
    this.#life?.restart();
  }

  /** A request to restart in another mode. */
  switchTo(mode: SketchMode): void {
    this.settings.mode = mode;
    this.restart();
  }
}

/** One run of the sketch, from start to reset. */
class Life {
  readonly #clock: Clock;
  readonly #around: Surroundings;
  readonly #settings: SketchSettings;
  readonly #random: () => number;
  readonly #env: ProgramEnvironment;
  readonly #ports: ProgramPorts;
  readonly #started: number;
  readonly #timers = new Set<Timer>();
  readonly #mode: SketchMode;
  #unsubscribe: () => void = () => undefined;
  #state: State = 'joining';
  #since: number;
  #online = false;
  #announced = false;
  #backOff: number = BACK_OFF_MS.first;
  #attempt: Timer | null = null;
  #minutes = 0;
  #reconnects = { wifi: 0, mqtt: 0, wasOnline: false };
  #ended = false;

  constructor(
    clock: Clock,
    around: Surroundings,
    settings: SketchSettings,
    random: () => number,
    env: ProgramEnvironment,
    ports: ProgramPorts,
  ) {
    this.#clock = clock;
    this.#around = around;
    this.#settings = settings;
    this.#random = random;
    this.#env = env;
    this.#ports = ports;
    this.#mode = settings.mode;
    this.#started = clock.now();
    this.#since = this.#started;
  }

  begin(): void {
    this.#unsubscribe = this.#around.onChange(() => this.#look());
    // The ports must not be called before the program was returned.
    this.#after(1, () => {
      this.#ports.uartBaud(115_200);
      this.#print(bootLines(this.#env));
      this.#after(JOIN_MS, () => this.#look());
      this.#after(PATIENCE_MS, () => this.#look());
    });
    this.#after(MINUTE, () => this.#telemetry());
  }

  get serves(): { readonly http: boolean; readonly mqtt: boolean; readonly reachable: boolean } {
    const reachable = this.#state === 'station' && this.#around.wifi && !this.#settings.mute;
    return {
      http: reachable && this.#mode === 'web-server',
      mqtt: reachable && this.#announced && this.#online,
      reachable,
    };
  }

  restart(): void {
    this.#after(RESTART_MS, () => {
      this.#print('ESP8266 Restart: requested\r\n');
      this.#after(10, () => this.#ports.restart(SDK_RESTART));
    });
  }

  end(): void {
    this.#ended = true;
    this.#unsubscribe();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** The network or the time has changed. */
  #look(searching = false): void {
    const now = this.#clock.now();
    const joined = this.#around.wifi && now - this.#started >= JOIN_MS;
    if (joined) this.#withNetwork(searching);
    else this.#withoutNetwork(now);
    this.#brokerLook();
  }

  #withNetwork(searching: boolean): void {
    switch (this.#state) {
      case 'joining':
        this.#station();
        break;
      case 'station':
        break;
      case 'lost':
        this.#state = 'station';
        this.#reconnects.wifi += 1;
        this.#print(`ESP8266 WiFi: connected again, IP ${ADDRESS}\r\n`);
        break;
      case 'access-point':
        // It looks for the network every now and then only.
        if (!searching) return;
        this.#reconnects.wifi += 1;
        this.#print('ESP8266 WiFi: the network is back, access point closed\r\n');
        this.#station();
        break;
    }
  }

  #withoutNetwork(now: number): void {
    if (this.#state === 'station') {
      this.#state = 'lost';
      this.#since = now;
      this.#print('ESP8266 WiFi: connection lost\r\n');
      this.#after(PATIENCE_MS, () => this.#look());
    } else if (this.#state !== 'access-point' && now - this.#since >= PATIENCE_MS) {
      this.#state = 'access-point';
      this.#since = now;
      this.#stopClient();
      this.#print(accessPointLines(PATIENCE_MS));
      const rejoin = (): void => {
        if (this.#state !== 'access-point') return;
        this.#look(true);
        this.#after(REJOIN_MS, rejoin);
      };
      this.#after(REJOIN_MS, rejoin);
    }
  }

  #station(): void {
    this.#state = 'station';
    this.#stopClient();
    this.#print(`ESP8266 IP: ${ADDRESS}\r\n`);
    if (this.#mode === 'web-server') {
      this.#print('ESP8266 WebServer Port: 80\r\nESP8266 Mode: Web Server Running - Type = SDK API\r\n');
    }
  }

  #stopClient(): void {
    this.#attempt?.cancel();
    this.#attempt = null;
    this.#online = false;
    this.#announced = false;
    this.#backOff = BACK_OFF_MS.first;
    this.#reconnects.wasOnline = false;
  }

  #brokerLook(): void {
    if (this.#mode !== 'mqtt-client') return;
    const { wifi, broker, certificate } = this.#around;
    if (this.#online && !(wifi && broker && certificate)) {
      this.#online = false;
      this.#print('ESP8266 MQTT: connection lost, state -3\r\n');
      this.#tryIn(this.#nextBackOff());
    } else if (this.#state === 'station' && !this.#online && this.#attempt === null) this.#tryIn(CONNECT_MS);
  }

  #tryIn(ms: number): void {
    this.#attempt?.cancel();
    this.#attempt = this.#after(ms, () => {
      this.#attempt = null;
      if (this.#state === 'station') this.#connect();
    });
  }

  #connect(): void {
    const { broker, certificate } = this.#around;
    if (!broker || !certificate) {
      const backOff = this.#nextBackOff();
      const tls = certificate ? '' : ', TLS: Chain could not be linked to a trust anchor.';
      this.#print(`ESP8266 MQTT: connect failed, state -2${tls}, next try in ${backOff / SECOND} s\r\n`);
      this.#tryIn(backOff);
      return;
    }
    if (this.#reconnects.wasOnline) this.#reconnects.mqtt += 1;
    this.#reconnects.wasOnline = true;
    this.#online = true;
    this.#backOff = BACK_OFF_MS.first;
    this.#print(`ESP8266 MQTT: connected to broker.lan:8883, free heap ${this.#heap()}\r\n`);
    this.#after(100, () => this.#announce());
  }

  #announce(): void {
    if (!this.#online) return;
    if (this.#announced) {
      this.#print('ESP8266 MQTT: subscribed again\r\n');
      return;
    }
    this.#announced = true;
    const [rx, tx] = TOPICS;
    this.#print(`MQTT Rx Topic: ${rx}\r\nMQTT Tx Topic: ${tx}\r\nESP8266 Mode: MQTT Client Running\r\n`);
  }

  #nextBackOff(): number {
    const backOff = this.#backOff;
    this.#backOff = Math.min(BACK_OFF_MS.most, backOff * 2);
    return backOff;
  }

  #heap(): number {
    const minutes = (this.#clock.now() - this.#started) / MINUTE;
    const noise = Math.round((this.#random() - 0.5) * 64) * 8;
    return Math.round(HEAP[this.#mode] - this.#settings.leak * minutes + noise);
  }

  #telemetry(): void {
    this.#minutes += 1;
    const heap = this.#heap();
    const rssi = this.#around.wifi && this.#state === 'station' ? -60 - Math.round(this.#random() * 8) : NO_SIGNAL;
    const { wifi, mqtt } = this.#reconnects;
    this.#print(telemetryLine({ uptime: this.#minutes * 60, heap, rssi, wifi, mqtt }));
    this.#after(this.#started + (this.#minutes + 1) * MINUTE - this.#clock.now(), () => this.#telemetry());
  }

  #print(text: string): void {
    if (this.#settings.mute || this.#ended) return;
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at < bytes.length; at += FIFO) void this.#ports.uartSend(bytes.subarray(at, at + FIFO));
  }

  #after(ms: number, run: () => void): Timer {
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      if (!this.#ended) run();
    });
    this.#timers.add(timer);
    return timer;
  }
}
