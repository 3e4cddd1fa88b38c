// What the shim itself reads of TLS (RFC 5246, RFC 6066).
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint8_t kTlsAlert = 21;
constexpr uint8_t kTlsHandshake = 22;
constexpr size_t kTlsRecordHeader = 5;

// Whether a record holds a whole ServerHello of TLS 1.2 that agrees to a maximum fragment length.
bool helloAgreesToFragment(const uint8_t *record, size_t length);
