// USB-serial bridges seen on ESP8266 boards: names by VID:PID, as in the Linux drivers ch341, cp210x, pl2303, ftdi_sio.
const ADAPTERS: ReadonlyMap<string, string> = new Map([
  ['1a86:7523', 'CH340'],
  ['1a86:7522', 'CH340K'],
  ['1a86:5523', 'CH341A'],
  ['4348:5523', 'CH341A'],
  ['1a86:55d2', 'CH342'],
  ['1a86:55d3', 'CH343'],
  ['1a86:55d4', 'CH9102'],
  ['1a86:55d7', 'CH9103'],
  ['1a86:55d8', 'CH9101'],
  ['10c4:ea60', 'CP210x'],
  ['10c4:ea70', 'CP2105'],
  ['10c4:ea71', 'CP2108'],
  ['0403:6001', 'FT232R'],
  ['0403:6010', 'FT2232'],
  ['0403:6011', 'FT4232H'],
  ['0403:6014', 'FT232H'],
  ['0403:6015', 'FT-X'],
  ['067b:2303', 'PL2303'],
  ['067b:2304', 'PL2303TB'],
  ['067b:23a3', 'PL2303GC'],
  ['067b:23b3', 'PL2303GB'],
  ['067b:23c3', 'PL2303GT'],
  ['067b:23d3', 'PL2303GL'],
  ['067b:23e3', 'PL2303GE'],
  ['067b:23f3', 'PL2303GS'],
]);

const MAKERS: ReadonlyMap<string, string> = new Map([
  ['1a86', 'WCH USB-serial'],
  ['10c4', 'Silicon Labs USB-serial'],
  ['0403', 'FTDI USB-serial'],
  ['067b', 'Prolific USB-serial'],
]);

/** The bridge's name for people; ids are four hex digits. Null for what is none of the known makers'. */
export function adapterName(vendorId: string | null, productId: string | null): string | null {
  if (vendorId === null) return null;
  const vendor = vendorId.toLowerCase();
  const product = (productId ?? '').toLowerCase();
  return ADAPTERS.get(`${vendor}:${product}`) ?? MAKERS.get(vendor) ?? null;
}
