import type { Clock, Timer } from '../clock.js';
import { printable } from '../printable.js';
import type { PortInfo } from '../serial/ports.js';
import { parseTarget } from '../serial/target.js';
import type { DeskPort } from './desk-types.js';

/** A look that takes long is not to become all that the machine does: at most one part in this many of the time. */
const SHARE = 10;

/** The ports of this machine, looked at again and again. A look that fails is as if nothing had changed. */
export class PortWatch {
  readonly #list: () => Promise<readonly PortInfo[]>;
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #onChange: () => void;
  #ports: readonly PortInfo[] = [];
  /** Empty before the first look. */
  #seen = '';
  #timer: Timer | null = null;
  #closed = false;

  constructor(list: () => Promise<readonly PortInfo[]>, clock: Clock, everyMs: number, onChange: () => void) {
    this.#list = list;
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#onChange = onChange;
    void this.#look();
  }

  /** As last seen; the same list until something changes. */
  get ports(): readonly PortInfo[] {
    return this.#ports;
  }

  /** False until the first look has ended. */
  get listed(): boolean {
    return this.#seen !== '';
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const began = this.#clock.now();
    try {
      const ports = await this.#list();
      const seen = JSON.stringify(ports);
      if (seen !== this.#seen && !this.#closed) {
        this.#seen = seen;
        this.#ports = ports;
        this.#onChange();
      }
    } catch {
      // Adapters come and go while they are looked at.
    }
    if (this.#closed) return;
    const ms = Math.max(this.#everyMs, (this.#clock.now() - began) * SHARE);
    this.#timer = this.#clock.after(ms, () => void this.#look());
  }
}

export function deskPort({ path, adapter, vendorId, serialNumber, holder }: PortInfo): DeskPort {
  return {
    name: path,
    adapter: adapter === null ? null : printable(adapter, 100),
    serialNumber: serialNumber === null ? null : printable(serialNumber, 100),
    holder: holder === null ? null : printable(`${holder.command} (process ${holder.pid})`, 100),
    kind: vendorId === null ? 'other' : 'usb',
  };
}

/** A port that was named, with what is known of it. */
export function namedPort(name: string, ports: readonly PortInfo[]): DeskPort {
  const known = portNamed(name, ports);
  if (known !== undefined) return { ...deskPort(known), name };
  const kind = kindOf(name);
  const adapter = kind === 'virtual' ? 'virtual board' : null;
  return { name, adapter, serialNumber: null, holder: null, kind };
}

/** The port that has this name, or this name among its links. */
export function portNamed(name: string, ports: readonly PortInfo[]): PortInfo | undefined {
  return ports.find(({ path, byId }) => path === name || byId === name);
}

function kindOf(name: string): DeskPort['kind'] {
  if (/^sim:/i.test(name)) return 'virtual';
  try {
    return parseTarget(name).kind === 'rfc2217' ? 'remote' : 'other';
  } catch {
    return 'other';
  }
}
