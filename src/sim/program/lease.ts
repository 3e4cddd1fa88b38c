import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A board's address, its own for as long as it is held. */
export interface AddressLease {
  readonly address: string;
  close(): Promise<void>;
}

/** Held on the leased address; below the ports that systems hand out by themselves. */
const LEASE_PORT = 26_768;
const CANDIDATES = 64;
/** Where only 127.0.0.1 exists (macOS): all boards share it, and a second one finds its port taken. */
const SHARED_ADDRESS = '127.0.0.1';

/**
 * Gives a board an address of its own on the host's loopback, the same for the same MAC while it is free. No registry:
 * a bound UDP socket is the lease, so boards of other processes are seen too and nothing is left behind by a crash.
 */
export async function leaseAddress(mac: Uint8Array): Promise<AddressLease> {
  for (let n = 0; n < CANDIDATES; n++) {
    const address = candidateAddress(mac, n);
    const socket = createSocket('udp4');
    try {
      const bound = once(socket, 'listening');
      socket.bind({ address, port: LEASE_PORT, exclusive: true });
      await bound;
      // It holds an address, not the process.
      socket.unref();
      return { address, close: () => new Promise((resolve) => socket.close(() => resolve())) };
    } catch (error) {
      socket.close();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') break;
    }
  }
  return { address: SHARED_ADDRESS, close: () => Promise.resolve() };
}

/** The `n`th address in 127.16.0.0 to 127.143.255.254 for a board; clear of the few that systems use themselves. */
export function candidateAddress(mac: Uint8Array, n: number): string {
  const [, , , high = 0, middle = 0, low = 0] = mac;
  return `127.${16 + (high & 0x7f)}.${middle}.${1 + ((low + n) % 254)}`;
}

/** The address as lwIP keeps it: first octet in the low byte. */
export function ipv4Word(address: string): number {
  return address.split('.').reduce((word, octet, index) => word | (Number(octet) << (8 * index)), 0);
}
