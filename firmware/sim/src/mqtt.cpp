// MQTT 3.1.1 (OASIS), the part that a client with QoS 0 out and QoS 0 or 1 in needs.
#include "PubSubClient.h"

namespace {

constexpr uint8_t kConnect = 0x10;
constexpr uint8_t kConnack = 0x20;
constexpr uint8_t kPublish = 0x30;
constexpr uint8_t kPuback = 0x40;
constexpr uint8_t kSubscribe = 0x82;
constexpr uint8_t kPingRequest = 0xC0;
constexpr uint8_t kPingResponse = 0xD0;
constexpr uint8_t kDisconnect = 0xE0;

constexpr uint8_t kCleanSession = 0x02;
constexpr uint8_t kHasPassword = 0x40;
constexpr uint8_t kHasUser = 0x80;

// Packets are built behind room for the largest fixed header: type and four length bytes.
constexpr size_t kHeaderRoom = 5;

} // namespace

// Appends to the packet body; remembers when it did not fit.
struct PubSubClient::Writer {
  uint8_t *body;
  size_t capacity;
  size_t length = 0;
  bool fits = true;

  void bytes(const void *data, size_t count) {
    if (!fits || count > capacity - length) {
      fits = false;
      return;
    }
    memcpy(body + length, data, count);
    length += count;
  }
  void byte(uint8_t value) { bytes(&value, 1); }
  void word(uint16_t value) {
    byte(uint8_t(value >> 8));
    byte(uint8_t(value));
  }
  void text(const char *value) {
    size_t count = strlen(value);
    if (count > 0xFFFF) fits = false;
    word(uint16_t(count));
    bytes(value, count);
  }
};

PubSubClient &PubSubClient::setServer(const char *host, uint16_t port) {
  host_ = host;
  port_ = port;
  return *this;
}

PubSubClient &PubSubClient::setCallback(Callback callback) {
  callback_ = callback;
  return *this;
}

PubSubClient &PubSubClient::setKeepAlive(uint16_t seconds) {
  keepAliveS_ = seconds;
  return *this;
}

PubSubClient &PubSubClient::setSocketTimeout(uint16_t seconds) {
  timeoutS_ = seconds;
  return *this;
}

bool PubSubClient::setBufferSize(uint16_t size) {
  if (size <= kHeaderRoom) return false;
  uint8_t *buffer = static_cast<uint8_t *>(realloc(buffer_, size));
  if (!buffer) return false;
  buffer_ = buffer;
  bufferSize_ = size;
  return true;
}

void PubSubClient::drop(int state) {
  client_->stop();
  state_ = state;
}

bool PubSubClient::connect(const char *id, const char *user, const char *password) {
  if (connected()) return true;
  // As the library does: a socket that is connected already is used.
  bool reached = client_->connected() || (host_ && client_->connect(host_, port_) == 1);
  if (!buffer_ || !reached) {
    state_ = MQTT_CONNECT_FAILED;
    return false;
  }
  uint8_t flags = kCleanSession;
  if (user) flags |= kHasUser;
  if (user && password) flags |= kHasPassword;
  Writer packet{buffer_ + kHeaderRoom, bufferSize_ - kHeaderRoom};
  packet.text("MQTT");
  packet.byte(4); // protocol level of 3.1.1
  packet.byte(flags);
  packet.word(keepAliveS_);
  packet.text(id);
  if (flags & kHasUser) packet.text(user);
  if (flags & kHasPassword) packet.text(password);
  pingPending_ = false;
  if (!packet.fits || !sendPacket(kConnect, packet.length)) {
    drop(MQTT_CONNECT_FAILED);
    return false;
  }
  return waitForConnack();
}

bool PubSubClient::waitForConnack() {
  uint32_t start = millis();
  while (!client_->available()) {
    if (!client_->connected()) {
      drop(MQTT_CONNECT_FAILED);
      return false;
    }
    if (millis() - start >= timeoutS_ * 1000u) {
      drop(MQTT_CONNECTION_TIMEOUT);
      return false;
    }
    delay(1);
  }
  uint8_t header;
  size_t length;
  if (readPacket(header, length) != Incoming::Packet || header != kConnack || length != 2) {
    drop(MQTT_CONNECT_FAILED);
    return false;
  }
  if (buffer_[1] != 0) {
    drop(buffer_[1]);
    return false;
  }
  lastIn_ = millis();
  state_ = MQTT_CONNECTED;
  return true;
}

// The body already stands at kHeaderRoom; its header is put right before it.
bool PubSubClient::sendPacket(uint8_t type, size_t bodyLength) {
  uint8_t lengthBytes[4];
  size_t count = 0;
  size_t rest = bodyLength;
  do {
    lengthBytes[count] = uint8_t(rest % 128);
    rest /= 128;
    if (rest) lengthBytes[count] |= 0x80;
    count++;
  } while (rest && count < sizeof lengthBytes);
  uint8_t *start = buffer_ + kHeaderRoom - count - 1;
  start[0] = type;
  memcpy(start + 1, lengthBytes, count);
  size_t total = 1 + count + bodyLength;
  if (client_->write(start, total) != total) return false;
  lastOut_ = millis();
  return true;
}

bool PubSubClient::readByte(uint8_t &value) {
  uint32_t start = millis();
  for (;;) {
    int got = client_->read();
    if (got >= 0) {
      value = uint8_t(got);
      return true;
    }
    if (!client_->connected() || millis() - start >= timeoutS_ * 1000u) return false;
    yield();
  }
}

// The body goes to the buffer's start. A packet that is larger than the buffer is read and dropped.
PubSubClient::Incoming PubSubClient::readPacket(uint8_t &header, size_t &length) {
  if (!client_->available()) return Incoming::None;
  if (!readByte(header)) return Incoming::Broken;
  length = 0;
  uint8_t digit;
  unsigned shift = 0;
  do {
    if (shift > 21 || !readByte(digit)) return Incoming::Broken;
    length |= size_t(digit & 0x7F) << shift;
    shift += 7;
  } while (digit & 0x80);
  for (size_t i = 0; i < length; i++) {
    uint8_t value;
    if (i % 256 == 255) yield(); // a long packet must not starve the watchdog
    if (!readByte(value)) return Incoming::Broken;
    if (i < bufferSize_) buffer_[i] = value;
  }
  return length + 1 + shift / 7 <= bufferSize_ ? Incoming::Packet : Incoming::TooLarge;
}

void PubSubClient::handlePublish(uint8_t header, size_t length) {
  uint8_t qos = (header >> 1) & 3;
  size_t idLength = qos ? 2 : 0;
  if (length < 2) return;
  size_t topicLength = size_t(buffer_[0]) << 8 | buffer_[1];
  if (2 + topicLength + idLength > length) return;
  uint8_t *rest = buffer_ + 2 + topicLength;
  uint8_t id[2] = {0, 0};
  if (qos) memcpy(id, rest, 2);
  // One byte to the front makes room for the topic's terminating zero.
  memmove(buffer_ + 1, buffer_ + 2, topicLength);
  buffer_[1 + topicLength] = 0;
  if (callback_) {
    callback_(reinterpret_cast<char *>(buffer_ + 1), rest + idLength,
              unsigned(length - 2 - topicLength - idLength));
  }
  if (qos == 1 && connected()) {
    Writer packet{buffer_ + kHeaderRoom, bufferSize_ - kHeaderRoom};
    packet.bytes(id, 2);
    sendPacket(kPuback, packet.length);
  }
}

bool PubSubClient::loop() {
  if (!connected()) return false;
  uint32_t now = millis();
  uint32_t keepAliveMs = keepAliveS_ * 1000u;
  if (keepAliveMs && (now - lastIn_ > keepAliveMs || now - lastOut_ > keepAliveMs)) {
    if (pingPending_) {
      drop(MQTT_CONNECTION_TIMEOUT);
      return false;
    }
    sendPacket(kPingRequest, 0);
    lastIn_ = lastOut_ = now;
    pingPending_ = true;
  }
  uint8_t header;
  size_t length;
  switch (readPacket(header, length)) {
  case Incoming::None:
    return true;
  case Incoming::Broken:
    drop(MQTT_CONNECTION_LOST);
    return false;
  case Incoming::TooLarge:
    lastIn_ = now;
    return true;
  case Incoming::Packet:
    break;
  }
  lastIn_ = now;
  if ((header & 0xF0) == kPublish) handlePublish(header, length);
  if (header == kPingResponse) pingPending_ = false;
  return connected();
}

bool PubSubClient::connected() {
  if (client_->connected()) return state_ == MQTT_CONNECTED;
  if (state_ == MQTT_CONNECTED) drop(MQTT_CONNECTION_LOST);
  return false;
}

bool PubSubClient::publish(const char *topic, const char *payload) {
  return publish(topic, reinterpret_cast<const uint8_t *>(payload), unsigned(strlen(payload)));
}

bool PubSubClient::publish(const char *topic, const uint8_t *payload, unsigned length, bool retained) {
  if (!connected()) return false;
  Writer packet{buffer_ + kHeaderRoom, bufferSize_ - kHeaderRoom};
  packet.text(topic);
  packet.bytes(payload, length);
  return packet.fits && sendPacket(kPublish | (retained ? 1 : 0), packet.length);
}

bool PubSubClient::subscribe(const char *topic, uint8_t qos) {
  if (!topic || qos > 1 || !connected()) return false;
  if (++packetId_ == 0) packetId_ = 1;
  Writer packet{buffer_ + kHeaderRoom, bufferSize_ - kHeaderRoom};
  packet.word(packetId_);
  packet.text(topic);
  packet.byte(qos);
  return packet.fits && sendPacket(kSubscribe, packet.length);
}

void PubSubClient::disconnect() {
  if (connected()) sendPacket(kDisconnect, 0);
  client_->flush();
  client_->stop();
  state_ = MQTT_DISCONNECTED;
}
