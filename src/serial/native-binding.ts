import type { BindingInterface } from './bindings.js';

/** This machine's serial ports. Loads native code, so call it only when a real port is wanted. */
export async function nativeBinding(): Promise<BindingInterface> {
  const { autoDetect } = await import('@serialport/bindings-cpp');
  return autoDetect();
}
