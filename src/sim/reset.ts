/** `rst_info.reason` of the NONOS SDK (user_interface.h): not the numbers that the ROM prints. */
export const SDK_RESET_REASON = {
  powerOn: 0,
  hardwareWatchdog: 1,
  exception: 2,
  softwareWatchdog: 3,
  softRestart: 4,
  deepSleepWake: 5,
  external: 6,
} as const;

export type SdkResetReason = (typeof SDK_RESET_REASON)[keyof typeof SDK_RESET_REASON];
