import { stripVTControlCharacters } from 'node:util';

/**
 * Text from a device, made safe to show: no control character, escape sequence or direction override reaches
 * the terminal; what was taken out shows as a visible stand-in.
 */
export function printable(text: string, limit = 4096): string {
  const visible = stripVTControlCharacters(text).replace(
    // C0 and C1 controls, line and paragraph separators, bidirectional overrides and isolates, zero-width characters, the byte order mark.
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => (c === '\t' ? '  ' : c.charCodeAt(0) < 0x20 ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : '\ufffd'),
  );
  return visible.length > limit ? `${visible.slice(0, limit)}…` : visible;
}

/** As a sentence begins. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
