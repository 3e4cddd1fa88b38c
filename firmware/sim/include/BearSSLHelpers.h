// Trust anchors and sessions for WiFiClientSecure, as the core's BearSSL helpers.
#pragma once
#include <bearssl/bearssl.h>

#include "Arduino.h"

namespace BearSSL {

// Certificates with the trust anchors made of them; holds copies, as on the chip.
class X509List {
public:
  X509List() = default;
  X509List(const uint8_t *der, size_t length) { append(der, length); }
  ~X509List();
  X509List(const X509List &) = delete;
  X509List &operator=(const X509List &) = delete;
  // false: not a certificate, or no memory.
  bool append(const uint8_t *der, size_t length);
  size_t getCount() const { return count_; }
  const br_x509_certificate *getX509Certs() const { return certificates_; }
  const br_x509_trust_anchor *getTrustAnchors() const { return anchors_; }

private:
  br_x509_certificate *certificates_ = nullptr;
  br_x509_trust_anchor *anchors_ = nullptr;
  size_t count_ = 0;
};

// What a server lets a client resume, kept from one connection to the next.
class Session {
public:
  Session() { memset(&parameters_, 0, sizeof parameters_); }

private:
  friend class WiFiClientSecure;
  br_ssl_session_parameters parameters_;
};

} // namespace BearSSL
