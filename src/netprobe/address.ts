import { isIP } from 'node:net';

/** Where an address leads. `none` = no host at all (unset, broadcast, multicast); `name` = not an IP address. */
export type AddressKind = 'loopback' | 'private' | 'link-local' | 'public' | 'none' | 'name';

/**
 * Classifies an IP address as text: RFC 1918, RFC 3927, 127/8, ::1, fc00::/7 and fe80::/10, IPv4 within
 * IPv6 by its inner address; everything else that can be a host is `public` (100.64/10 too).
 */
export function classifyAddress(text: string): AddressKind {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 4) return classify4(bare.split('.').map(Number));
  if (version === 6) return classify6(words6(bare));
  return 'name';
}

/**
 * May this address be asked? What the board announced only within the local ranges, or with leave; what
 * the user gave always, as long as it can be a host.
 */
export function mayAsk(text: string, leave: { readonly allowPublic: boolean; readonly userGiven: boolean }): boolean {
  const kind = classifyAddress(text);
  if (kind === 'none') return false;
  if (leave.userGiven) return true;
  if (kind === 'name') return false;
  return kind !== 'public' || leave.allowPublic;
}

function classify4(bytes: readonly number[]): AddressKind {
  const [a = 0, b = 0] = bytes;
  if (a === 0 || a >= 224) return 'none';
  if (a === 127) return 'loopback';
  if (a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168)) return 'private';
  if (a === 169 && b === 254) return 'link-local';
  return 'public';
}

function classify6(words: readonly number[]): AddressKind {
  const [first = 0] = words;
  const [high = 0, low = 0] = words.slice(6);
  const inner = [high >> 8, high & 0xff, low >> 8, low & 0xff];
  if (words.slice(0, 5).every((w) => w === 0)) {
    if (words[5] === 0xffff) return classify4(inner);
    if (words[5] === 0 && high === 0 && low <= 1) return low === 1 ? 'loopback' : 'none';
  }
  if (first >= 0xff00) return 'none';
  if ((first & 0xfe00) === 0xfc00) return 'private';
  if ((first & 0xffc0) === 0xfe80) return 'link-local';
  return 'public';
}

/** The eight 16-bit words of a valid IPv6 address. */
function words6(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  let text = address;
  if (dotted !== null) {
    const [, head = '', ...bytes] = dotted;
    const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
    text = `${head}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = '', right] = text.split('::');
  const parse = (part: string): number[] => (part === '' ? [] : part.split(':').map((w) => Number.parseInt(w, 16)));
  const before = parse(left);
  const after = parse(right ?? '');
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
