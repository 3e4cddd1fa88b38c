// TLS as the core's BearSSL classes offer it. In this version the host does the protocol; the record
// buffers that the chip would hold are really allocated, so that the heap shows them.
#pragma once
#include "ESP8266WiFi.h"

namespace BearSSL {

// Trust anchors. Holds a copy of the DER bytes.
class X509List {
public:
  X509List() = default;
  X509List(const uint8_t *der, size_t length) { append(der, length); }
  ~X509List();
  X509List(const X509List &) = delete;
  X509List &operator=(const X509List &) = delete;
  bool append(const uint8_t *der, size_t length);
  size_t getCount() const { return der_ ? 1 : 0; }
  const uint8_t *der() const { return der_; }
  size_t derLength() const { return length_; }

private:
  uint8_t *der_ = nullptr;
  size_t length_ = 0;
};

class WiFiClientSecure : public WiFiClient {
public:
  WiFiClientSecure() { setBufferSizes(16384, 512); }
  ~WiFiClientSecure() override;
  WiFiClientSecure(const WiFiClientSecure &) = delete;
  WiFiClientSecure &operator=(const WiFiClientSecure &) = delete;

  void setTrustAnchors(const X509List *anchors) { anchors_ = anchors; insecure_ = false; }
  void setInsecure() { anchors_ = nullptr; insecure_ = true; }
  void setX509Time(time_t now) { now_ = now; }
  void setBufferSizes(int receive, int transmit);
  // The last error as BearSSL's number (0 = none), its text in `text`.
  int getLastSSLError(char *text = nullptr, size_t size = 0);

  int connect(IPAddress address, uint16_t port) override;
  int connect(const char *host, uint16_t port) override;
  void stop() override;

private:
  void fail(int code, const char *text);
  void releaseBuffers();

  const X509List *anchors_ = nullptr;
  bool insecure_ = false;
  time_t now_ = 0;
  size_t receiveSize_ = 0;
  size_t transmitSize_ = 0;
  uint8_t *receiveBuffer_ = nullptr;
  uint8_t *transmitBuffer_ = nullptr;
  int error_ = 0;
  char errorText_[96] = "";
};

} // namespace BearSSL

using BearSSL::WiFiClientSecure;
