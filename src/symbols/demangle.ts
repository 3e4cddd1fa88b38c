/** `_ZN8MqttLink7connectEv`: names of C++ as the linker knows them (Itanium C++ ABI, 5.1). */

/**
 * `MqttLink::connect` for the mangled name of a plain function or member; the parameters are left out. Anything
 * else (templates, operators, C names) comes back as it is.
 */
export function readableName(symbol: string): string {
  const head = /^_Z(?:L|N[KVrRO]*(?:St)?)?(?=\d|L\d)/.exec(symbol)?.[0];
  if (head === undefined) return symbol;
  const parts = head.endsWith('St') ? ['std'] : [];
  let at = head.length;
  for (;;) {
    const digits = /^L?(\d{1,4})/.exec(symbol.slice(at, at + 6));
    const length = Number(digits?.[1] ?? 0);
    if (digits === null || length === 0 || at + digits[0].length + length > symbol.length) break;
    at += digits[0].length;
    const name = symbol.slice(at, at + length);
    parts.push(name.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : name);
    at += length;
    if (!head.includes('N')) return parts.join('::');
  }
  const rest = symbol.slice(at);
  const last = parts.at(-1) ?? '';
  if (/^C[123]E/.test(rest)) return [...parts, last].join('::');
  if (/^D[012]E/.test(rest)) return [...parts, `~${last}`].join('::');
  return rest.startsWith('E') ? parts.join('::') : symbol;
}
