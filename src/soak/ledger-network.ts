/** Whether the board had its Wi-Fi and its broker, by what it prints. */
import type { BoardEvent, Telemetry } from '../board/events.js';
import { networkNews } from '../board/network-lines.js';
import type { Incidents } from './ledger-incidents.js';

/** What came back within this time before a telemetry line has an incident of its own, ms. */
const SAME_OUTAGE_MS = 5_000;

interface Counted {
  readonly t: number;
  readonly n: number;
}

export class NetworkWatch {
  readonly #incidents: Incidents;
  /** It has been in a network since its last reset. */
  #joined = false;
  /** Reconnections as the board last counted them. */
  #wifi: Counted | null = null;
  #broker: Counted | null = null;
  #wifiBackAt: number | null = null;
  #brokerBackAt: number | null = null;

  constructor(incidents: Incidents) {
    this.#incidents = incidents;
  }

  /** A new boot: what was lost before it is not what is lost after it. */
  reset(t: number): void {
    this.#incidents.close('wifi-lost', t, 'The board restarted.');
    this.#incidents.close('broker-lost', t, 'The board restarted.');
    this.#joined = false;
    this.#wifi = null;
    this.#broker = null;
  }

  text(t: number, text: string): void {
    // Output that comes late: what the board has counted since is known already.
    if (t < Math.max(this.#wifi?.t ?? 0, this.#broker?.t ?? 0)) return;
    switch (networkNews(text)) {
      case 'wifi-lost':
        this.#wifiLost(t, text);
        break;
      case 'wifi-back':
        this.#wifiBack(t);
        break;
      case 'broker-lost':
        // Without Wi-Fi there is no broker either.
        if (!this.#incidents.isOpen('wifi-lost')) this.#incidents.open('broker-lost', t, text);
        break;
      case 'broker-back':
        this.#brokerBack(t);
        break;
      case null:
        break;
    }
  }

  fold(event: BoardEvent): void {
    if (event.type === 'ip' && !event.accessPoint) this.#wifiBack(event.t);
    else if (event.type === 'mode' && event.mode === 'mqtt-client') {
      this.#wifiBack(event.t);
      this.#brokerBack(event.t);
    } else if (event.type === 'telemetry') this.#telemetry(event.t, event.values);
  }

  #telemetry(t: number, values: Telemetry): void {
    const rssi = values['rssi'];
    // The SDK gives 31 where there is no signal.
    if (rssi !== undefined && rssi < 0) this.#wifiBack(t);
    else if (rssi !== undefined && this.#joined) this.#wifiLost(t, `rssi=${rssi}: no signal.`);
    const wifi = values['wifiReconnects'];
    if (wifi !== undefined) {
      this.#counted('wifi-lost', this.#wifi, { t, n: wifi }, this.#wifiBackAt);
      this.#wifi = { t, n: wifi };
    }
    const broker = values['mqttReconnects'];
    if (broker !== undefined) {
      const backAt = Math.max(this.#brokerBackAt ?? Number.NEGATIVE_INFINITY, this.#wifiBackAt ?? 0);
      this.#counted('broker-lost', this.#broker, { t, n: broker }, backAt);
      this.#broker = { t, n: broker };
    }
  }

  /** Its counter rose, and nobody saw it go or come back. */
  #counted(kind: 'wifi-lost' | 'broker-lost', before: Counted | null, now: Counted, backAt: number | null): void {
    if (before === null || now.n <= before.n || this.#incidents.isOpen(kind)) return;
    if (backAt !== null && backAt >= before.t - SAME_OUTAGE_MS) return;
    const times = now.n - before.n === 1 ? 'once' : `${now.n - before.n} times`;
    this.#incidents.past(kind, before.t, now.t, `The board reconnected ${times} between two telemetry lines.`);
    if (kind === 'wifi-lost') this.#wifiBackAt = now.t;
    else this.#brokerBackAt = now.t;
  }

  #wifiLost(t: number, detail: string): void {
    this.#incidents.close('broker-lost', t, 'Then the Wi-Fi went too.');
    this.#incidents.open('wifi-lost', t, detail);
  }

  #wifiBack(t: number): void {
    this.#joined = true;
    if (!this.#incidents.isOpen('wifi-lost')) return;
    this.#incidents.close('wifi-lost', t);
    this.#wifiBackAt = t;
  }

  #brokerBack(t: number): void {
    if (!this.#incidents.isOpen('broker-lost')) return;
    this.#incidents.close('broker-lost', t);
    this.#brokerBackAt = t;
  }
}
