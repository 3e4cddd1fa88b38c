import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { CodeFile } from './code-file.js';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

export const HERE: Surroundings = { env: process.env, home: homedir(), platform: process.platform };

const TOOLCHAIN = 'xtensa-lx106-elf-addr2line';
/**
 * Both read the DWARF of a linked ELF whatever machine it is for: GNU's with the generic elf32-little target, LLVM's
 * without a target at all. One that does not says so, and the next is tried.
 */
const GENERAL = ['llvm-addr2line', 'addr2line'];
/** GNU's knows no WebAssembly. */
const FOR_WASM = ['llvm-addr2line'];

/** Every addr2line that may read this format, the toolchain's own first. */
export async function findTools(format: CodeFile['format'], here: Surroundings = HERE): Promise<readonly string[]> {
  if (format === 'wasm') return onPath(FOR_WASM, here);
  const own = await onPath([TOOLCHAIN], here);
  const installed = await Promise.all(
    (await toolchainFolders(here)).map((folder) => executable(folder, TOOLCHAIN, here)),
  );
  return [...own, ...installed.filter((path) => path !== null), ...(await onPath(GENERAL, here))];
}

/** Where arduino-cli, the Arduino IDE and PlatformIO install the compiler; the newest first. */
async function toolchainFolders({ env, home, platform }: Surroundings): Promise<readonly string[]> {
  const ide =
    env['ARDUINO_DIRECTORIES_DATA'] ??
    (platform === 'darwin'
      ? join(home, 'Library', 'Arduino15')
      : platform === 'win32'
        ? join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Arduino15')
        : join(home, '.arduino15'));
  const versions = join(ide, 'packages', 'esp8266', 'tools', 'xtensa-lx106-elf-gcc');
  const packages = join(env['PLATFORMIO_CORE_DIR'] ?? join(home, '.platformio'), 'packages');
  return [
    ...(await names(versions)).map((version) => join(versions, version, 'bin')),
    ...(await names(packages))
      .filter((name) => name.startsWith('toolchain-xtensa'))
      .map((name) => join(packages, name, 'bin')),
  ];
}

async function names(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder).catch((): string[] => []);
  return found.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

async function onPath(wanted: readonly string[], here: Surroundings): Promise<readonly string[]> {
  const folders = (here.env['PATH'] ?? here.env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found: string[] = [];
  for (const name of wanted) {
    for (const folder of folders) {
      const path = await executable(folder, name, here);
      if (path === null) continue;
      found.push(path);
      break;
    }
  }
  return found;
}

async function executable(folder: string, name: string, { platform }: Surroundings): Promise<string | null> {
  const path = join(folder, platform === 'win32' ? `${name}.exe` : name);
  return access(path, constants.X_OK).then(
    () => path,
    () => null,
  );
}
