import { readFile } from 'node:fs/promises';
import { EspwatchError, messageOf } from '../../errors.js';
import type { FlashReport } from '../../flash/flash.js';
import { printable } from '../../printable.js';
import { type BoardStore, readStore, writeStore } from '../../session/store.js';
import {
  applyChanges,
  changesBetween,
  changesFromJson,
  doubtsAbout,
  FIELD_NAMES,
  type FieldChanges,
  type FieldValue,
  fieldName,
  fieldsOf,
  isSecret,
  parseAssignment,
  SECRET_NAMES,
  type ShownChange,
  secretVariable,
  shownValue,
} from '../../settings/fields.js';
import { DEFAULT_SETTINGS, type Settings } from '../../settings/record.js';
import { certificateFacts, readCa } from '../certificate.js';
import { EXIT } from '../exit.js';
import { progressText } from '../flash-progress.js';
import { table } from '../output.js';
import type { Context, PortOptions } from '../program.js';
import { SecretPrompt } from '../secret-prompt.js';
import { type OpenTarget, openTarget } from '../target.js';

export interface SettingsSetOptions extends PortOptions {
  /** `key=value` each. */
  readonly assignments: readonly string[];
  readonly from?: string;
  readonly ca?: string;
  readonly removeCa?: true;
  /** Names of secrets to ask for. */
  readonly ask: readonly string[];
  readonly force?: true;
}

/** `espwatch settings get`. */
export async function settingsGet({ output, signal }: Context, options: PortOptions): Promise<number> {
  const target = await openTarget(options, output);
  try {
    const store = await read(target, options, { output, signal });
    const settings = store.settings ?? DEFAULT_SETTINGS;
    output.result(documentOf(target.name, store, settings));
    output.print(headline(target.name, store));
    for (const line of table(rowsOf(settings))) output.print(`  ${line}`);
    for (const doubt of [...damageText(store), ...doubtsAbout(settings)]) output.note(`note: ${doubt}`);
    return EXIT.ok;
  } finally {
    await target.link.close();
    await target.dispose();
  }
}

/** `espwatch settings set`. */
export async function settingsSet({ output, signal }: Context, options: SettingsSetOptions): Promise<number> {
  // All that can be wrong about the command line is found before the board is touched.
  const changes = await changesOf(options, { output, signal });
  const ca = await caOf(options);
  if (Object.keys(changes).length === 0 && ca === null) {
    throw new EspwatchError(
      'USAGE',
      'No setting was given.',
      'Such as: espwatch settings set httpPort=80 ssid=Workshop',
    );
  }
  const change = (settings: Settings, some: FieldChanges): Settings =>
    applyChanges(ca === null ? settings : { ...settings, caDer: ca }, some);
  // Whether the parts of a static address are complete depends on what is stored.
  const { ip: _ip, netmask: _netmask, gateway: _gateway, ...alone } = changes;
  change(DEFAULT_SETTINGS, alone);
  const target = await openTarget(options, output);
  try {
    const store = await read(target, options, { output, signal });
    if (store.sector === 'foreign' && store.from === null && options.force !== true) throw foreign(store);
    for (const line of damageText(store)) output.note(`note: ${line}`);
    const before = store.settings ?? DEFAULT_SETTINGS;
    const after = change(before, changes);
    const changed = changesBetween(before, after);
    const needed = changed.length > 0 || store.settings === null;
    if (!needed) output.print(`${target.name}: the board has these settings already; nothing was written.`);
    else {
      output.print(`${target.name}: ${store.settings === null ? 'new settings, from the defaults:' : 'changes:'}`);
      for (const line of table(changed.map(changeRow))) output.print(`  ${line}`);
    }
    const report = needed
      ? await writeStore(target.link, store, after, {
          signal,
          appBaud: after.serialBaud,
          onProgress: (progress) => output.progress(`settings: ${progressText(progress)}`),
        })
      : null;
    output.result({
      ...documentOf(target.name, report === null ? store : written(store, after), after),
      changes: changed,
      written: report === null ? null : writtenOf(report),
    });
    if (report !== null) {
      const { md5, offset } = writtenOf(report);
      output.print(`written at 0x${offset.toString(16)}, MD5 ${md5} verified`);
      const proof = report.bootProof.how === 'rom-banner' ? 'the ROM booted from flash' : 'the application speaks';
      output.print(`${output.style('green', 'booted')}: ${proof}`);
    }
    for (const doubt of doubtsAbout(after)) output.note(`note: ${doubt}`);
    return EXIT.ok;
  } finally {
    await target.link.close();
    await target.dispose();
  }
}

function read(target: OpenTarget, { baud }: PortOptions, { output, signal }: Context): Promise<BoardStore> {
  return readStore(target.link, {
    signal,
    appBaud: baud,
    onProgress: ({ phase }) => output.progress(`${target.name}: ${phase === 'connect' ? 'connecting' : 'reading'}`),
  });
}

/** What the file, the environment, the command line and the person say; the later outweighs the earlier. */
async function changesOf(options: SettingsSetOptions, context: Context): Promise<FieldChanges> {
  const asked = options.ask.map((name) => {
    if (isSecret(name)) return name;
    fieldName(name);
    throw new EspwatchError('USAGE', `--ask is for secrets, and ${name} is none.`, `Give it as ${name}=value.`);
  });
  const given = Object.fromEntries(options.assignments.map(parseAssignment));
  const fromFile = options.from === undefined ? {} : changesFromJson(await readJson(options.from));
  const fromEnvironment = Object.fromEntries(
    SECRET_NAMES.flatMap((name) => {
      const value = process.env[secretVariable(name)] ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
  const typed: Record<string, string> = {};
  const prompt = new SecretPrompt({
    input: process.stdin,
    write: (text) => process.stderr.write(text),
    signal: context.signal,
  });
  for (const name of asked) typed[name] = await prompt.ask(name);
  return { ...fromFile, ...fromEnvironment, ...given, ...typed };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    // A parser's message repeats what it stumbled over, which may be a secret.
    const why = error instanceof SyntaxError ? 'it is no valid JSON' : messageOf(error);
    throw new EspwatchError(
      'USAGE',
      `The file with settings can't be used: ${why}.`,
      'Check the path and its content.',
    );
  }
}

async function caOf({ ca, removeCa }: SettingsSetOptions): Promise<Uint8Array | null> {
  if (ca !== undefined && removeCa === true) {
    throw new EspwatchError('USAGE', '--ca and --remove-ca contradict each other.', 'Leave one out.');
  }
  if (removeCa === true) return new Uint8Array(0);
  return ca === undefined ? null : readCa(ca);
}

/** What the board holds once the settings were written. */
function written(store: BoardStore, settings: Settings): BoardStore {
  return { ...store, settings, from: 'A', version: 2, sequence: store.sequence + 1, damage: [], sector: 'ours' };
}

function foreign(store: BoardStore): EspwatchError {
  const newer = store.damage.some(({ what }) => what === 'unknown version');
  const why = newer
    ? 'settings of a newer version of the sketch'
    : 'something that is neither settings of our sketch nor erased flash';
  return new EspwatchError(
    'SETTINGS_FOREIGN',
    `The settings sector at 0x${store.address.toString(16)} holds ${why}.`,
    'Keep a copy if you need it, then use --force to overwrite it.',
  );
}

function damageText({ damage, settings }: BoardStore): string[] {
  const texts = damage.map(({ where, what }) => {
    const place = where === 'certificate' ? 'the CA certificate' : where === 'scratch' ? 'the copy' : `slot ${where}`;
    return `${place} can't be used: ${what}.`;
  });
  if (damage.length > 0 && settings === null) texts.push('No valid settings are stored: the sketch uses its defaults.');
  return texts;
}

function headline(port: string, store: BoardStore): string {
  const { info, address, from, version, sequence } = store;
  const where = `0x${address.toString(16)}, ${info.flashSize >> 20} MB flash`;
  if (from === null) return `${port}: no settings stored (${where}); the sketch uses its defaults:`;
  const place = from === 'scratch' ? 'from the copy of a SAVE that the power cut short' : `slot ${from}`;
  return `${port}: settings of version ${version}, ${place}, sequence ${sequence} (${where})`;
}

function rowsOf(settings: Settings): string[][] {
  const fields = fieldsOf(settings);
  const ca = certificateFacts(settings.caDer);
  const caText =
    ca === null
      ? 'not set'
      : `${ca.bytes} bytes, ${ca.subject === null ? 'no certificate' : `${ca.subject}, until ${ca.validTo}`}`;
  return [
    ...FIELD_NAMES.map((name) => [name, shown(name, shownValue(name, fields[name]))]),
    ['ca', printable(caText, 200)],
  ];
}

function changeRow({ name, from, to }: ShownChange): string[] {
  return [name, `${shown(name, from)} -> ${shown(name, to)}`];
}

/** A value without secrets, for people: the words that `set` takes, and what an empty text means. */
function shown(name: ShownChange['name'], value: FieldValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (value === null) return name === 'ip' ? 'dhcp' : '-';
  if (value !== '') return printable(String(value), 200);
  return name === 'clientId' || name.endsWith('Topic') ? '(made of the MAC)' : '-';
}

/** `espwatch.settings/1`; `settings` can be given to `settings set --from`. */
function documentOf(port: string, store: BoardStore, settings: Settings): Record<string, unknown> {
  const fields = fieldsOf(settings);
  const open = FIELD_NAMES.filter((name) => !isSecret(name));
  return {
    schema: 'espwatch.settings/1',
    port,
    mac: store.info.mac,
    flashSize: store.info.flashSize,
    address: store.address,
    stored: store.from === null ? null : { from: store.from, version: store.version, sequence: store.sequence },
    damage: store.damage,
    settings: Object.fromEntries(open.map((name) => [name, fields[name]])),
    secrets: Object.fromEntries(SECRET_NAMES.map((name) => [name, shownValue(name, fields[name])])),
    ca: certificateFacts(settings.caDer),
  };
}

function writtenOf({ parts, bootProof }: FlashReport): {
  offset: number;
  bytes: number;
  md5: string;
  bootProof: unknown;
} {
  const part = parts.find(({ name }) => name === 'settings');
  if (part === undefined) throw new Error('nothing was written');
  return { offset: part.offset, bytes: part.bytes, md5: part.md5, bootProof };
}
