// A TCP connection. Copies share it; the last one to go closes it.
#pragma once
#include "Client.h"

class WiFiClient : public Client {
public:
  WiFiClient();
  explicit WiFiClient(int32_t handle);
  WiFiClient(const WiFiClient &other);
  WiFiClient &operator=(const WiFiClient &other);
  ~WiFiClient() override;

  int connect(IPAddress address, uint16_t port) override;
  int connect(const char *host, uint16_t port) override;
  using Print::write;
  size_t write(uint8_t value) override;
  size_t write(const uint8_t *data, size_t length) override;
  int available() override;
  int read() override;
  int read(uint8_t *data, size_t length) override;
  int peek() override;
  void stop() override;
  uint8_t connected() override;
  operator bool() override { return connected(); }
  void setNoDelay(bool) {} // the host never delays

protected:
  bool open(const char *host, uint16_t port, uint32_t timeoutMs);

private:
  struct Connection {
    int32_t handle;
    int users;
  };
  int32_t handle() const { return connection_ ? connection_->handle : -1; }
  void release();
  Connection *connection_ = nullptr;
};
