// The functions that the virtual board's host gives to the program: import module "esp1".
// Pointers are addresses in the program's own memory; the host copies through them.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define HOST_IMPORT(name) __attribute__((import_module("esp1"), import_name(name))) extern

extern "C" {

HOST_IMPORT("millis") uint32_t host_millis();
HOST_IMPORT("micros") uint32_t host_micros();
HOST_IMPORT("delay") void host_delay(uint32_t ms);
HOST_IMPORT("yield") void host_yield();
HOST_IMPORT("wdt_feed") void host_wdt_feed();
// Seconds since 1970; a small number until SNTP has answered.
HOST_IMPORT("rtc_time") double host_rtc_time();
HOST_IMPORT("sntp") void host_sntp(int32_t on);
HOST_IMPORT("random") uint32_t host_random();
HOST_IMPORT("sysinfo") uint32_t host_sysinfo(uint32_t key);

HOST_IMPORT("restart") __attribute__((noreturn)) void host_restart(int32_t reason);
// cause is an Xtensa EXCCAUSE, or -1 for an abort; message may be null.
HOST_IMPORT("panic")
__attribute__((noreturn)) void host_panic(int32_t cause, uint32_t epc1, uint32_t excvaddr, const char *message);

HOST_IMPORT("uart_begin") void host_uart_begin(uint32_t baud);
HOST_IMPORT("uart_write") void host_uart_write(const void *data, size_t length);
HOST_IMPORT("uart_avail") int32_t host_uart_avail();
HOST_IMPORT("uart_read") int32_t host_uart_read(void *data, size_t length, int32_t peek);

// 0 = done.
HOST_IMPORT("flash_read") int32_t host_flash_read(uint32_t address, void *data, size_t length);
HOST_IMPORT("flash_write") int32_t host_flash_write(uint32_t address, const void *data, size_t length);
HOST_IMPORT("flash_erase") int32_t host_flash_erase(uint32_t sector);

// The RTC's user memory, 512 bytes, by bytes; 0 = done.
HOST_IMPORT("rtc_read") int32_t host_rtc_read(uint32_t offset, void *data, size_t length);
HOST_IMPORT("rtc_write") int32_t host_rtc_write(uint32_t offset, const void *data, size_t length);

HOST_IMPORT("gpio_mode") void host_gpio_mode(uint32_t pin, uint32_t mode);
HOST_IMPORT("gpio_write") void host_gpio_write(uint32_t pin, uint32_t value);
HOST_IMPORT("gpio_read") int32_t host_gpio_read(uint32_t pin);
HOST_IMPORT("adc_read") int32_t host_adc_read(uint32_t pin);

HOST_IMPORT("wifi_ctl") int32_t host_wifi_ctl(int32_t op, const char *first, const char *second);

// TCP; `none` is a null pointer. Handle >= 0, or a negative error.
HOST_IMPORT("net_open")
int32_t host_net_open(const char *host, uint32_t port, const void *none, uint32_t timeoutMs);
HOST_IMPORT("net_err") int32_t host_net_err(char *text, size_t size);
HOST_IMPORT("net_avail") int32_t host_net_avail(int32_t handle);
// 1 while open, and while unread data remains.
HOST_IMPORT("net_state") int32_t host_net_state(int32_t handle);
HOST_IMPORT("net_close") void host_net_close(int32_t handle);
HOST_IMPORT("net_read") int32_t host_net_read(int32_t handle, void *data, size_t length, int32_t peek);
HOST_IMPORT("net_write") int32_t host_net_write(int32_t handle, const void *data, size_t length);
HOST_IMPORT("net_listen") int32_t host_net_listen(uint32_t port);
HOST_IMPORT("net_accept") int32_t host_net_accept(int32_t listener, int32_t peek);
HOST_IMPORT("net_unlisten") void host_net_unlisten(int32_t listener);

}

enum HostSysinfo : uint32_t {
  HOST_CHIP_ID = 0,
  HOST_CPU_MHZ = 1,
  HOST_FLASH_SIZE = 2,
  HOST_RESET_REASON = 3,
  HOST_IPV4 = 4,
  HOST_RSSI = 5,
  HOST_MAC_HIGH = 6,
  HOST_MAC_LOW = 7,
  HOST_EXCCAUSE = 8,
  HOST_EPC1 = 9,
  HOST_EXCVADDR = 10,
};

enum HostWifi : int32_t {
  HOST_WIFI_STATUS = 0,
  HOST_WIFI_BEGIN = 1,
  HOST_WIFI_DISCONNECT = 2,
  HOST_WIFI_SOFT_AP = 3,
  HOST_WIFI_SOFT_AP_OFF = 4,
};
