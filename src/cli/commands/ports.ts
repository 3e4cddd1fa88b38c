import { printable } from '../../printable.js';
import type { PortInfo } from '../../serial/ports.js';
import { EXIT } from '../exit.js';
import { table } from '../output.js';
import type { Context } from '../program.js';

/** `espwatch ports`: an empty list is an answer, not a failure. */
export async function ports({ output }: Context): Promise<number> {
  const { listPorts } = await import('../../serial/ports.js');
  const found = await listPorts();
  output.result({ schema: 'espwatch.ports/1', ports: found });
  if (found.length === 0) {
    output.print('No serial ports. Plug a board in, or use the virtual one: --port sim:');
    return EXIT.ok;
  }
  const rows = found.map((port) => [
    port.path,
    port.adapter ?? '-',
    usbId(port),
    port.serialNumber ?? '-',
    holderText(port),
  ]);
  for (const line of table([
    ['PORT', 'ADAPTER', 'VID:PID', 'SERIAL', 'HELD BY'],
    ...rows.map((row) => row.map((cell) => printable(cell, 80))),
  ])) {
    output.print(line);
  }
  return EXIT.ok;
}

function usbId({ vendorId, productId }: PortInfo): string {
  return vendorId === null || productId === null ? '-' : `${vendorId}:${productId}`;
}

function holderText({ holder }: PortInfo): string {
  return holder === null ? '-' : `${holder.command} (${holder.pid})`;
}
