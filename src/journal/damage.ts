/** What is wrong in a run's folder, as it is found when reading; everything else in it was read. */
export interface Damage {
  /** Name in the folder. */
  readonly file: string;
  readonly kind: /** A line that is no record: cut off, or overwritten by the disk. */
    | 'torn-line'
    /** Bytes of a capture that the index does not know: kept, with the time of those before them. */
    | 'time-unknown'
    /** The index knows more bytes than there are. */
    | 'bytes-missing'
    /** A compressed file that was cut off, or a file that the disk does not give. */
    | 'cut-off'
    /** `run.json` can't be read. */
    | 'run-unreadable';
  /** Bytes concerned; 0 where that is not known. */
  readonly bytes: number;
}
