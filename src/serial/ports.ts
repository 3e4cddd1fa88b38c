import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EspwatchError } from '../errors.js';
import { adapterName } from './adapters.js';
import type { BindingPortInfo } from './bindings.js';
import { type Holder, holders } from './holder.js';

export interface PortInfo {
  readonly path: string;
  /** What the adapter is called, for people. */
  readonly adapter: string | null;
  /** Four lower-case hex digits; null where the port is not on USB. */
  readonly vendorId: string | null;
  readonly productId: string | null;
  readonly serialNumber: string | null;
  /** The process that has it open, where that is known. */
  readonly holder: Holder | null;
  /** The name that stays when the adapter is renumbered. */
  readonly byId: string | null;
  /** The USB socket, e.g. `1-1.2:1.0`: tells equal adapters without serial numbers apart. */
  readonly usbPath: string | null;
}

export interface ListOptions {
  readonly platform?: NodeJS.Platform;
  /** The folder that stands for `/`. */
  readonly root?: string;
  /** How other systems than Linux list their ports. */
  readonly list?: () => Promise<BindingPortInfo[]>;
  /** The pid that is not reported as a holder. */
  readonly self?: number;
}

/**
 * The serial ports of this machine, by name. On Linux from /sys, because node-serialport's list needs udevadm and
 * takes the process down where there is none.
 */
export async function listPorts(options: ListOptions = {}): Promise<PortInfo[]> {
  const { platform = process.platform, root = '/' } = options;
  const found = platform === 'linux' ? await linuxPorts(root) : await otherPorts(options.list);
  found.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
  if (platform !== 'linux') return found;
  const held = await holders(
    found.map((port) => port.path),
    { proc: join(root, 'proc'), ...(options.self === undefined ? {} : { self: options.self }) },
  );
  return found.map((port) => ({ ...port, holder: held.get(port.path) ?? null }));
}

/** The port to use when none was named: the one USB-serial board that is plugged in. */
export function choosePort(ports: readonly PortInfo[]): PortInfo {
  const boards = ports.filter((port) => port.vendorId !== null);
  const [first, ...others] = boards;
  if (first === undefined) {
    throw new EspwatchError(
      'PORT_NONE',
      'No USB-serial board is plugged in.',
      'Plug one in, name a port with --port, or use the virtual board: --port sim:',
    );
  }
  if (others.length > 0) {
    const names = boards.map((port) => (port.adapter === null ? port.path : `${port.path} (${port.adapter})`));
    throw new EspwatchError(
      'PORT_AMBIGUOUS',
      `${boards.length} boards are plugged in: ${names.join(', ')}.`,
      `Say which one, e.g. --port ${first.path}`,
    );
  }
  return first;
}

/** The port that is the same adapter as `before`: by its serial number, else by the USB socket it is in. */
export function samePort(ports: readonly PortInfo[], before: PortInfo): PortInfo | null {
  const alike = ports.filter((port) => port.vendorId === before.vendorId && port.productId === before.productId);
  const match = (key: 'serialNumber' | 'usbPath'): PortInfo[] =>
    before[key] === null ? [] : alike.filter((port) => port[key] === before[key]);
  const bySerial = match('serialNumber');
  // Cheap adapters all carry the same number, such as 0001.
  const candidates = bySerial.length === 1 ? bySerial : match('usbPath');
  return candidates[0] ?? ports.find((port) => before.vendorId === null && port.path === before.path) ?? null;
}

async function otherPorts(list: ListOptions['list']): Promise<PortInfo[]> {
  const all = await (list ?? nativeList)();
  return all.map((port) => {
    const vendorId = hexId(port.vendorId);
    const productId = hexId(port.productId);
    return {
      path: port.path,
      adapter: adapterName(vendorId, productId) ?? port.manufacturer ?? null,
      vendorId,
      productId,
      serialNumber: port.serialNumber ?? null,
      holder: null,
      byId: null,
      usbPath: port.locationId ?? null,
    };
  });
}

async function nativeList(): Promise<BindingPortInfo[]> {
  const { nativeBinding } = await import('./native-binding.js');
  return await (await nativeBinding()).list();
}

async function linuxPorts(root: string): Promise<PortInfo[]> {
  const classFolder = join(root, 'sys/class/tty');
  const ids = await byIdLinks(join(root, 'dev/serial/by-id'));
  const names = await readdir(classFolder).catch(() => []);
  const ports = await Promise.all(names.map((name) => linuxPort(classFolder, name, ids)));
  return ports.filter((port) => port !== null);
}

async function linuxPort(classFolder: string, name: string, ids: Map<string, string>): Promise<PortInfo | null> {
  const device = await realpath(join(classFolder, name, 'device')).catch(() => null);
  // Consoles and pseudo-terminals have no device.
  if (device === null) return null;
  const usb = await usbParent(device);
  // A PC's UART table lists ports that are not fitted: their type is 0.
  if (usb === null && (await text(join(classFolder, name), 'type')) === '0') return null;
  const vendorId = usb && (await text(usb.folder, 'idVendor'));
  const productId = usb && (await text(usb.folder, 'idProduct'));
  return {
    path: `/dev/${name}`,
    adapter: adapterName(vendorId, productId) ?? (usb && (await usbName(usb.folder))),
    vendorId,
    productId,
    serialNumber: usb && (await text(usb.folder, 'serial')),
    holder: null,
    byId: ids.get(name) ?? null,
    usbPath: usb?.interfaceName ?? null,
  };
}

/** The nearest USB device above a tty's device; FTDI and CH340 put the tty one level lower than CDC-ACM does. */
async function usbParent(device: string): Promise<{ folder: string; interfaceName: string } | null> {
  let below = device;
  for (let folder = device; folder !== dirname(folder); folder = dirname(folder)) {
    if ((await text(folder, 'idVendor')) !== null) return { folder, interfaceName: below.slice(folder.length + 1) };
    below = folder;
  }
  return null;
}

async function usbName(folder: string): Promise<string | null> {
  const words = [await text(folder, 'manufacturer'), await text(folder, 'product')].filter((word) => word !== null);
  return words.length === 0 ? null : words.join(' ');
}

async function text(folder: string, name: string): Promise<string | null> {
  const content = await readFile(join(folder, name), 'utf8').catch(() => '');
  return content.trim() || null;
}

async function byIdLinks(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const target = await readlink(join(folder, name)).catch(() => '');
      return [target.slice(target.lastIndexOf('/') + 1), `/dev/serial/by-id/${name}`];
    }),
  );
  return new Map(links);
}

function hexId(id: string | undefined): string | null {
  return id === undefined || id === '' ? null : id.toLowerCase().replace(/^0x/, '').padStart(4, '0');
}
