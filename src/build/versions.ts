/** The versions that the sketch was written for. */
export const CORE_VERSION = '3.1.2';
export const LIBRARY = 'PubSubClient';
export const LIBRARY_VERSION = '2.8';
/** The PlatformIO platform that brings core 3.1.2. */
export const PLATFORM = 'espressif8266';
export const PLATFORM_VERSION = '4.2.1';

/** Whether two versions are the same: `2.8` and `2.8.0` are. */
export function sameVersion(a: string, b: string): boolean {
  const [left, right] = [partsOf(a), partsOf(b)];
  const length = Math.max(left.length, right.length);
  return Array.from({ length }, (_, i) => (left[i] ?? 0) === (right[i] ?? 0)).every(Boolean);
}

function partsOf(version: string): (number | string)[] {
  const [release = ''] = version.split('+');
  return release.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** The core's version in PlatformIO's numbering: `3.30102.0` is 3.1.2. Null for another form. */
export function coreOfFramework(version: string): string | null {
  const packed = /^\d+\.(\d)(\d\d)(\d\d)\./.exec(version);
  return packed === null ? null : packed.slice(1).map(Number).join('.');
}

type Json = unknown;

/**
 * The installed version of a core in `arduino-cli core list --json`, which was an array before 1.0 and is an object
 * since. Null when it is not installed.
 */
export function coreInstalled(listed: Json, id: string): string | null {
  for (const platform of arrayIn(listed, 'platforms')) {
    if (!isRecord(platform) || platform['id'] !== id) continue;
    const version = platform['installed_version'] ?? platform['installed'];
    if (typeof version === 'string' && version !== '') return version;
  }
  return null;
}

/** The same for a library in `arduino-cli lib list --json`. */
export function libraryInstalled(listed: Json, name: string): string | null {
  for (const entry of arrayIn(listed, 'installed_libraries')) {
    const library = isRecord(entry) ? entry['library'] : null;
    if (!isRecord(library) || library['name'] !== name) continue;
    const { version } = library;
    if (typeof version === 'string') return version;
  }
  return null;
}

/** Names and versions in `pio pkg list`: `├── PubSubClient @ 2.8.0 (required: ...)`. */
export function packagesListed(text: string): ReadonlyMap<string, string> {
  const packages = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const found = /^[\s│├└─|`+-]*(?:Platform\s+)?([\w.-]+) @ (\S+)/.exec(line);
    if (found?.[1] !== undefined && found[2] !== undefined) packages.set(found[1], found[2]);
  }
  return packages;
}

function arrayIn(value: Json, key: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  const inside = isRecord(value) ? value[key] : null;
  return Array.isArray(inside) ? (inside as readonly Json[]) : [];
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null;
}
