/**
 * The part of the WebAssembly JavaScript interface that the board uses. TypeScript declares it only together with a
 * browser's whole DOM, which has no place here.
 */
export interface WasmModule {
  /** Opaque: only the engine makes one. */
  readonly [brand]: never;
}
declare const brand: unique symbol;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface ModuleConstructor {
  new (bytes: Uint8Array): WasmModule;
  imports(module: WasmModule): { module: string; name: string; kind: string }[];
  exports(module: WasmModule): { name: string; kind: string }[];
}

export type WasmImports = Record<string, Record<string, WasmMemory | ((...args: number[]) => number | undefined)>>;

interface WebAssemblyInterface {
  readonly Module: ModuleConstructor;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: object };
  readonly Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  readonly RuntimeError: ErrorConstructor;
  readonly LinkError: ErrorConstructor;
}

export const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };
