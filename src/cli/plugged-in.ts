import type { Desk, DeskPort } from '../session/desk-types.js';

/** Opens each USB-serial port once, now or when it is plugged in: opening resets nothing. What is returned ends it. */
export function addPluggedIn(desk: Desk): () => void {
  const seen = new Set<string>();
  const look = (): void => {
    const { ports, boards } = desk.view();
    for (const port of ports) {
      if (port.kind !== 'usb' || port.holder !== null || seen.has(port.name)) continue;
      // Perhaps a lost adapter under a new name: its board is to find it before it counts as another one.
      if (boards.some((board) => board.connection === 'lost' && isLike(board.port, port))) continue;
      seen.add(port.name);
      void desk.add(port.name);
    }
  };
  look();
  return desk.onChange(look);
}

function isLike(one: DeskPort, other: DeskPort): boolean {
  return one.adapter === other.adapter && one.serialNumber === other.serialNumber;
}
