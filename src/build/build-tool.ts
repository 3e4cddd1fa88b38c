import type { Board } from './boards.js';
import type { ToolRun } from './tool.js';

/** The sketch's name, and of the folder that arduino-cli wants it in. */
export const SKETCH = 'tls_mqtt';

export type ToolName = 'arduino-cli' | 'platformio';

/** The versions that a build was made with; null where the tool does not say. */
export interface Versions {
  readonly tool: string | null;
  readonly core: string | null;
  readonly library: string | null;
}

/** What a tool needs of the sketch, and what it made of it. */
export interface BuildTool {
  readonly name: ToolName;
  /** Throws BUILD_VERSION for what is missing, or differs when `anyVersion` is false. */
  versions(stage: string, board: Board, anyVersion: boolean): Promise<Versions>;
  /** Lays the files out as the tool wants them, in an empty folder. */
  stage(stage: string, sources: readonly string[], board: Board): Promise<void>;
  compile(stage: string, board: Board): Promise<{ run: ToolRun; bin: string; elf: string }>;
}
