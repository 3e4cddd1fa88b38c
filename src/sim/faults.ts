import { EspwatchError } from '../errors.js';
import type { BoardControls, Fault, FaultKind, FlashCut, ProgramControls } from './fault.js';
import { FAULTS } from './fault-list.js';
import type { Straps } from './lines.js';

export const FAULT_KINDS: readonly FaultKind[] = FAULTS;

/** Makes a fault from `NAME` or `NAME:ARG`; throws `USAGE`. */
export function parseFault(text: string): Fault {
  const colon = text.indexOf(':');
  const name = colon === -1 ? text : text.slice(0, colon);
  const kind = FAULTS.find((k) => k.name === name);
  if (kind === undefined) {
    throw new EspwatchError(
      'USAGE',
      `There is no fault "${name}".`,
      `Faults are: ${FAULTS.map((k) => k.usage).join(', ')}.`,
    );
  }
  try {
    return kind.create(colon === -1 ? null : text.slice(colon + 1));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EspwatchError('USAGE', `The fault "${text}" is not right: ${why}.`, `Write ${kind.usage}: ${kind.help}`, {
      cause,
    });
  }
}

/** The faults on one board, newest first. */
export class FaultStack {
  readonly #faults: Fault[] = [];

  /** Puts `faults` on top, the last one uppermost. */
  install(faults: readonly Fault[], board: BoardControls): void {
    for (const fault of faults) {
      this.#faults.unshift(fault);
      fault.install?.(board);
    }
  }

  fromHost(bytes: Uint8Array): Uint8Array {
    return this.#faults.reduce((passed, fault) => fault.fromHost?.(passed) ?? passed, bytes);
  }

  downloadBegan(): void {
    for (const fault of this.#faults) fault.downloadBegan?.();
  }

  programming(address: number, data: Uint8Array): Uint8Array {
    return this.#faults.reduce((passed, fault) => fault.programming?.(address, passed) ?? passed, data);
  }

  /** The uppermost fault that wants it cuts; those below it do not see it then. */
  programFlash(length: number): FlashCut | null {
    for (const fault of this.#faults) {
      const cut = fault.programFlash?.(length) ?? null;
      if (cut !== null) return cut;
    }
    return null;
  }

  straps(straps: Straps): Straps {
    return this.#faults.reduce((passed, fault) => fault.straps?.(passed) ?? passed, straps);
  }

  programStarted(program: ProgramControls): void {
    for (const fault of this.#faults) fault.programStarted?.(program);
  }

  programOutput(bytes: Uint8Array): Uint8Array {
    return this.#faults.reduce((passed, fault) => fault.programOutput?.(passed) ?? passed, bytes);
  }
}
