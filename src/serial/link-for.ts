import { type Clock, realClock } from '../clock.js';
import type { BindingInterface } from './bindings.js';
import { nativeBinding } from './native-binding.js';
import { PortLink } from './port-link.js';
import type { Target } from './target.js';

export type RealTarget = Exclude<Target, { kind: 'sim' }>;

/** A link to a port of this machine or of an RFC 2217 server; `path` is what the user typed. Nothing is opened yet. */
export function linkFor(target: RealTarget, path: string, clock: Clock = realClock): PortLink {
  if (target.kind === 'native') return new PortLink({ path, bindingPath: target.path, binding: nativeBinding, clock });
  const binding = async (): Promise<BindingInterface> => {
    const { rfc2217Binding } = await import('./rfc2217-binding.js');
    return rfc2217Binding({ clock });
  };
  // The order of the commands on the wire does what atomic lines do.
  return new PortLink({ path, binding, clock, atomicLines: true });
}
