// An MQTT 3.1.1 client with the PubSubClient library's API; QoS 0 out, QoS 0 and 1 in.
#pragma once
#include <functional>

#include "Client.h"

#define MQTT_CONNECTION_TIMEOUT -4
#define MQTT_CONNECTION_LOST -3
#define MQTT_CONNECT_FAILED -2
#define MQTT_DISCONNECTED -1
#define MQTT_CONNECTED 0
#define MQTT_CONNECT_BAD_PROTOCOL 1
#define MQTT_CONNECT_BAD_CLIENT_ID 2
#define MQTT_CONNECT_UNAVAILABLE 3
#define MQTT_CONNECT_BAD_CREDENTIALS 4
#define MQTT_CONNECT_UNAUTHORIZED 5

class PubSubClient {
public:
  typedef std::function<void(char *topic, uint8_t *payload, unsigned int length)> Callback;

  explicit PubSubClient(Client &client) : client_(&client) { setBufferSize(256); }
  ~PubSubClient() { free(buffer_); }
  PubSubClient(const PubSubClient &) = delete;
  PubSubClient &operator=(const PubSubClient &) = delete;

  PubSubClient &setClient(Client &client) {
    client_ = &client;
    return *this;
  }
  PubSubClient &setServer(const char *host, uint16_t port);
  PubSubClient &setCallback(Callback callback);
  PubSubClient &setKeepAlive(uint16_t seconds);
  PubSubClient &setSocketTimeout(uint16_t seconds);
  // Largest packet, its fixed header included.
  bool setBufferSize(uint16_t size);
  uint16_t getBufferSize() const { return bufferSize_; }

  bool connect(const char *id) { return connect(id, nullptr, nullptr); }
  bool connect(const char *id, const char *user, const char *password);
  void disconnect();
  bool publish(const char *topic, const char *payload);
  bool publish(const char *topic, const uint8_t *payload, unsigned int length, bool retained = false);
  bool subscribe(const char *topic, uint8_t qos = 0);
  // False when the connection is gone.
  bool loop();
  bool connected();
  int state() const { return state_; }

private:
  struct Writer;
  enum class Incoming { None, Packet, TooLarge, Broken };

  bool sendPacket(uint8_t type, size_t bodyLength);
  bool readByte(uint8_t &value);
  Incoming readPacket(uint8_t &header, size_t &length);
  void handlePublish(uint8_t header, size_t length);
  bool waitForConnack();
  void drop(int state);

  Client *client_;
  const char *host_ = nullptr;
  uint16_t port_ = 1883;
  Callback callback_;
  uint8_t *buffer_ = nullptr;
  uint16_t bufferSize_ = 0;
  uint16_t keepAliveS_ = 15;
  uint16_t timeoutS_ = 15;
  uint16_t packetId_ = 0;
  uint32_t lastOut_ = 0;
  uint32_t lastIn_ = 0;
  bool pingPending_ = false;
  int state_ = MQTT_DISCONNECTED;
};
