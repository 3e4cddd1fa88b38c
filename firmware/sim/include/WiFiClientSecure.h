// TLS as the core's BearSSL classes offer it: BearSSL itself, in the program, over the host's TCP.
// Contexts and buffers come from the board's heap when they do on the chip, and go when they go there.
#pragma once
#include "BearSSLHelpers.h"
#include "ESP8266WiFi.h"

namespace BearSSL {

class WiFiClientSecure : public WiFiClient {
public:
  WiFiClientSecure();
  ~WiFiClientSecure() override;
  WiFiClientSecure(const WiFiClientSecure &) = delete;
  WiFiClientSecure &operator=(const WiFiClientSecure &) = delete;

  void setTrustAnchors(const X509List *anchors);
  void setInsecure();
  // 0 = the system's clock.
  void setX509Time(time_t now) { now_ = now; }
  void setSession(Session *session) { session_ = session; }
  void setBufferSizes(int receive, int transmit);
  // Whether the server has agreed to records that fit the receive buffer.
  int getMFLNStatus() { return connected() && fragmentAgreed_; }
  // The last error as BearSSL's number (0 = none, -1000 = no memory), its text in `text`.
  int getLastSSLError(char *text = nullptr, size_t size = 0);

  // Asks a server, on a connection of its own, whether it would send records of at most `length` bytes.
  static bool probeMaxFragmentLength(IPAddress address, uint16_t port, uint16_t length);
  static bool probeMaxFragmentLength(const char *host, uint16_t port, uint16_t length);

  // Without a name to look for in the certificate.
  int connect(IPAddress address, uint16_t port) override;
  int connect(const char *host, uint16_t port) override;
  using Print::write;
  size_t write(uint8_t value) override { return write(&value, 1); }
  size_t write(const uint8_t *data, size_t length) override;
  int available() override;
  int read() override;
  int read(uint8_t *data, size_t length) override;
  int peek() override;
  void flush() override;
  void stop() override;
  uint8_t connected() override;

private:
  struct Insecure;

  bool handshake(const char *host);
  bool allocate();
  // Drives the engine until it can do one of `target` (BR_SSL_SENDAPP, BR_SSL_RECVAPP).
  bool run(unsigned target, bool blocking);
  bool sendRecord();
  bool receiveRecord();
  size_t poll();
  void releaseValidators();
  void release();

  // Settings.
  const X509List *anchors_ = nullptr;
  bool insecure_ = false;
  time_t now_ = 0;
  Session *session_ = nullptr;
  size_t receiveSize_;
  size_t transmitSize_;

  // One connection; all of it on the heap from connect() to stop().
  br_ssl_client_context *client_ = nullptr;
  br_x509_minimal_context *minimal_ = nullptr;
  Insecure *trusting_ = nullptr;
  uint8_t *receiveBuffer_ = nullptr;
  uint8_t *transmitBuffer_ = nullptr;
  uint32_t timeoutMs_;
  bool ready_ = false;
  bool greeted_ = false; // the server's first record has been seen
  bool fragmentAgreed_ = false;
  bool noMemory_ = false;
};

} // namespace BearSSL

using BearSSL::WiFiClientSecure;
