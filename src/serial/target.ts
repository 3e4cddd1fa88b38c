import { EspwatchError } from '../errors.js';

/** What `--port` names. */
export type Target =
  | { readonly kind: 'native'; readonly path: string }
  | { readonly kind: 'rfc2217'; readonly host: string; readonly port: number; readonly options: Rfc2217Options }
  | { readonly kind: 'sim'; readonly name: string | null };

export interface Rfc2217Options {
  /** The server does not acknowledge line changes (`?ign_set_control`, as esp_rfc2217_server needs it). */
  readonly ignoreSetControl: boolean;
}

const SIM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads `/dev/ttyUSB0`, `COM5`, `rfc2217://host:port[?ign_set_control]`, `sim:` or `sim:NAME`.
 *
 * @throws PORT_BAD_NAME for anything else
 */
export function parseTarget(text: string): Target {
  const port = text.trim();
  if (/^sim:/i.test(port)) return simTarget(port, port.slice('sim:'.length));
  if (/^rfc2217:/i.test(port)) return rfc2217Target(port);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(port)?.[1];
  if (scheme !== undefined) throw badName(port, `"${scheme}:" is no kind of port`);
  if (port === '') throw badName(port, 'it is empty');
  if (/[\x00-\x1f]/.test(port)) throw badName(port, 'it has control characters');
  // Windows takes port names in any case; the driver wants them as COM5.
  return { kind: 'native', path: /^com\d+$/i.test(port) ? port.toUpperCase() : port };
}

function simTarget(text: string, name: string): Target {
  if (name === '') return { kind: 'sim', name: null };
  // The name becomes a file's name.
  if (!SIM_NAME.test(name)) throw badName(text, 'a name has letters, digits, ".", "_" and "-" only');
  return { kind: 'sim', name };
}

function rfc2217Target(text: string): Target {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '' || url.port === '' || url.port === '0') {
    throw badName(text, 'it must be rfc2217://host:port');
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) {
    throw badName(text, 'only a host, a port and options belong there');
  }
  let ignoreSetControl = false;
  // pyserial's options for logging and polling mean nothing here, but belong to URLs that people have.
  for (const key of url.searchParams.keys()) {
    if (key === 'ign_set_control') ignoreSetControl = true;
    else if (!['poll_modem', 'timeout', 'logging'].includes(key)) throw badName(text, `there is no option "${key}"`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { kind: 'rfc2217', host, port: Number(url.port), options: { ignoreSetControl } };
}

function badName(text: string, why: string): EspwatchError {
  return new EspwatchError(
    'PORT_BAD_NAME',
    `"${text}" is not a port: ${why}.`,
    'Use /dev/ttyUSB0, COM5, rfc2217://host:port or sim:',
  );
}
