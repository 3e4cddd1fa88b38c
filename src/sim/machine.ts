import type { Clock } from '../clock.js';
import type { FaultStack } from './faults.js';
import type { FlashChip } from './flash-chip.js';
import type { Registers } from './registers.js';
import type { Run } from './run.js';
import type { Uart } from './uart.js';
import type { Timing } from './uart-line.js';

/** What code on the CPU (ROM loader, stub, program) reaches of the chip during one run. */
export interface Machine {
  readonly clock: Clock;
  readonly timing: Timing;
  readonly uart: Uart;
  readonly flash: FlashChip;
  readonly registers: Registers;
  readonly faults: FaultStack;
  readonly run: Run;
}

/** Waits as long as the flash or the CPU is busy; not at all when timing is off. */
export async function busy(machine: Machine, ms: number): Promise<void> {
  if (machine.timing === 'real' && ms > 0) await machine.run.sleep(ms);
  else await machine.run.checkpoint();
}

/** Programs flash through the faults, which may change the data or stop the CPU; takes `ms`, or what the chip needs. */
export async function programFlash(machine: Machine, address: number, data: Uint8Array, ms?: number): Promise<void> {
  const needed = machine.flash.program(address, machine.faults.programming(address, data));
  await busy(machine, ms ?? needed);
}
