// Flash strings: on the virtual board flash data sits in ordinary memory.
#pragma once
#include <stdio.h>
#include <string.h>

#define PROGMEM
#define PGM_P const char *
#define PGM_VOID_P const void *
#define PSTR(text) (text)
#define pgm_read_byte(address) (*reinterpret_cast<const unsigned char *>(address))
#define strlen_P strlen
#define strcmp_P strcmp
#define strncmp_P strncmp
#define memcmp_P memcmp
#define strcpy_P strcpy
#define strncpy_P strncpy
#define memcpy_P memcpy
#define snprintf_P snprintf
#define vsnprintf_P vsnprintf
