// The MQTT client: over TLS, or plain.
#pragma once
#include <PubSubClient.h>

#include <memory>

#include "requests.h"
#include "tlssocket.h"

const uint32_t kBackOffFirstMs = 1000;
const uint32_t kBackOffMostMs = 30000;
const uint32_t kStableMs = 10000; // a connection that held this long was a good one
const uint32_t kPlainTimeoutMs = 3000; // the web server waits meanwhile
const uint32_t kConfirmWaitMs = 5000;
const uint16_t kPacketSize = 512;

class MqttLink {
public:
  explicit MqttLink(bool tls) {
    setName(clientId_, sizeof clientId_, settings.clientId, PSTR("esp8266_"));
    setName(rxTopic_, sizeof rxTopic_, settings.rxTopic, PSTR("mqtt_rx_"));
    setName(txTopic_, sizeof txTopic_, settings.txTopic, PSTR("mqtt_tx_"));
    if (tls) {
      tls_.reset(new TlsSocket());
    } else {
      plain_.reset(new WiFiClient());
      plain_->setTimeout(kPlainTimeoutMs);
    }
    client_.reset(new PubSubClient(socket()));
    client_->setBufferSize(kPacketSize);
    client_->setSocketTimeout(uint16_t((tls ? kTlsTimeoutMs : kPlainTimeoutMs) / 1000));
    // The library keeps the pointer, and a SAVE takes effect only after a restart.
    strncpy(host_, settings.brokerHost, sizeof host_ - 1);
    port_ = settings.mqttPort;
    client_->setServer(host_, port_);
    client_->setCallback([this](char *, uint8_t *payload, unsigned int length) { receive(payload, length); });
  }
  ~MqttLink() { close(); }

  void poll() {
    if (client_->connected()) {
      client_->loop();
      if (!stable_ && millis() - connectedAt_ >= kStableMs) {
        stable_ = true;
        backOff_ = kBackOffFirstMs;
      }
      if (!subscribed_ && millis() - connectedAt_ > kConfirmWaitMs) {
        Serial.println(F("ESP8266 MQTT: own message did not come back on the Rx topic"));
        announce();
      }
      return;
    }
    if (online_) {
      online_ = subscribed_ = false;
      Serial.printf_P(PSTR("ESP8266 MQTT: connection lost, state %d\r\n"), client_->state());
      wait();
    }
    if (WiFi.status() != WL_CONNECTED || int32_t(millis() - nextTry_) < 0) return;
    if (tls_ && !tls_->clockReady()) return;
    tryToConnect();
  }

  void close() {
    client_->disconnect();
    socket().stop();
  }

private:
  WiFiClient &socket() { return tls_ ? tls_->client() : *plain_; }

  static void setName(char *out, size_t size, const char *stored, PGM_P prefix) {
    if (stored[0]) {
      strncpy(out, stored, size - 1);
    } else {
      strncpy_P(out, prefix, size - 1);
      strncat(out, mac12, size - 1 - strlen(out));
    }
  }

  void tryToConnect() {
    // The client takes a socket that is connected already: so the handshake is seen by itself.
    if (tls_ && !tls_->connect(host_, port_)) {
      report(MQTT_CONNECT_FAILED);
      tls_->renew();
      client_->setClient(socket());
      wait();
      return;
    }
    const char *user = settings.mqttUser[0] ? settings.mqttUser : nullptr;
    const char *password = settings.mqttPassword[0] ? settings.mqttPassword : nullptr;
    if (!client_->connect(clientId_, user, password) || !client_->subscribe(rxTopic_)) {
      fail(client_->state());
      return;
    }
    if (wasOnline_) reconnects.mqtt++;
    online_ = wasOnline_ = true;
    stable_ = false;
    connectedAt_ = millis();
    Serial.printf_P(PSTR("ESP8266 MQTT: connected to %s:%u, free heap %lu\r\n"), host_, port_,
                    static_cast<unsigned long>(ESP.getFreeHeap()));
    // The library does not tell of the broker's SUBACK: a message to ourselves that comes back does.
    char note[sizeof clientId_ + kNoteLength];
    client_->publish(rxTopic_, subscribedNote(note, sizeof note));
  }

  static const size_t kNoteLength = 11; // of "subscribed "

  const char *subscribedNote(char *out, size_t size) {
    snprintf_P(out, size, PSTR("subscribed %s"), clientId_);
    return out;
  }

  void report(int state) {
    Serial.printf_P(PSTR("ESP8266 MQTT: connect failed, state %d"), state);
    char text[96] = "";
    if (tls_) tls_->errorText(text, sizeof text);
    if (text[0]) Serial.printf_P(PSTR(", TLS: %s"), text);
    Serial.printf_P(PSTR(", next try in %lu s\r\n"), static_cast<unsigned long>(backOff_ / 1000));
  }

  void fail(int state) {
    report(state);
    client_->disconnect();
    socket().stop();
    wait();
  }

  void wait() {
    nextTry_ = millis() + backOff_;
    backOff_ = backOff_ * 2 > kBackOffMostMs ? kBackOffMostMs : backOff_ * 2;
  }

  void receive(const uint8_t *payload, size_t length) {
    char note[sizeof clientId_ + kNoteLength];
    subscribedNote(note, sizeof note);
    if (length > kNoteLength && memcmp(payload, note, kNoteLength) == 0) {
      // Another board's note, on a shared topic, is no request either.
      bool own = length == strlen(note) && memcmp(payload, note, length) == 0;
      if (own && !subscribed_) announce();
      return;
    }
    // A board that is told to listen where it speaks would answer itself for ever.
    if (strcmp(rxTopic_, txTopic_) == 0) return;
    char query[256]; // a name, a count, and a password in escapes
    size_t kept = length < sizeof query ? length : 0;
    memcpy(query, payload, kept);
    query[kept] = 0;
    Reply reply;
    answerRequest(parseRequest(query), false, reply);
    client_->publish(txTopic_, reply.text);
  }

  void announce() {
    subscribed_ = true;
    if (announced_) {
      Serial.println(F("ESP8266 MQTT: subscribed again"));
      return;
    }
    announced_ = true;
    Serial.printf_P(PSTR("MQTT Rx Topic: %s\r\nMQTT Tx Topic: %s\r\n"), rxTopic_, txTopic_);
    Serial.println(F("ESP8266 Mode: MQTT Client Running"));
  }

  // Order matters: the client uses one of the sockets.
  std::unique_ptr<TlsSocket> tls_;
  std::unique_ptr<WiFiClient> plain_;
  std::unique_ptr<PubSubClient> client_;
  char host_[65] = "";
  uint16_t port_ = 0;
  char clientId_[33] = "";
  char rxTopic_[65] = "";
  char txTopic_[65] = "";
  uint32_t connectedAt_ = 0;
  uint32_t nextTry_ = millis();
  uint32_t backOff_ = kBackOffFirstMs;
  bool online_ = false;
  bool wasOnline_ = false;
  bool stable_ = true;
  bool subscribed_ = false;
  bool announced_ = false;
};
