// The MQTT client: over TLS with the stored CA as the only trust anchor, or plain.
#pragma once
#include <PubSubClient.h>
#include <WiFiClientSecure.h>

#include <memory>

#include "requests.h"

const uint32_t kBackOffFirstMs = 1000;
const uint32_t kBackOffMostMs = 30000;
const uint32_t kTlsTimeoutMs = 10000;
const uint32_t kPlainTimeoutMs = 3000; // the web server waits meanwhile
const uint32_t kClockWaitMs = 15000;
const uint32_t kConfirmWaitMs = 5000;
const uint16_t kPacketSize = 512;

class MqttLink {
public:
  explicit MqttLink(bool tls) {
    setName(clientId_, sizeof clientId_, settings.clientId, PSTR("esp8266_"));
    setName(rxTopic_, sizeof rxTopic_, settings.rxTopic, PSTR("mqtt_rx_"));
    setName(txTopic_, sizeof txTopic_, settings.txTopic, PSTR("mqtt_tx_"));
    if (tls) {
      secure_ = new BearSSL::WiFiClientSecure();
      socket_.reset(secure_);
      loadAnchor();
      secure_->setTrustAnchors(anchors_.get());
      configTime(0, 0, "pool.ntp.org", "time.nist.gov");
    } else {
      socket_.reset(new WiFiClient());
    }
    uint32_t timeoutMs = tls ? kTlsTimeoutMs : kPlainTimeoutMs;
    socket_->setTimeout(timeoutMs);
    client_.reset(new PubSubClient(*socket_));
    client_->setBufferSize(kPacketSize);
    client_->setSocketTimeout(uint16_t(timeoutMs / 1000));
    client_->setServer(settings.brokerHost, settings.mqttPort);
    client_->setCallback([this](char *, uint8_t *payload, unsigned int length) { receive(payload, length); });
    started_ = millis();
  }

  void poll() {
    if (client_->connected()) {
      client_->loop();
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
    if (WiFi.status() != WL_CONNECTED || int32_t(millis() - nextTry_) < 0 || !clockReady()) return;
    tryToConnect();
  }

  void close() {
    client_->disconnect();
    socket_->stop();
  }

private:
  static void setName(char *out, size_t size, const char *stored, PGM_P prefix) {
    if (stored[0]) {
      strncpy(out, stored, size - 1);
    } else {
      strncpy_P(out, prefix, size - 1);
      strncat(out, mac12, size - 1 - strlen(out));
    }
  }

  void loadAnchor() {
    EEPROM.begin(kSectorSize);
    anchors_.reset(new BearSSL::X509List(EEPROM.getConstDataPtr() + kCaOffset, settings.caLength));
    EEPROM.end();
    if (!anchors_->getCount()) Serial.println(F("ESP8266 Settings: the CA certificate cannot be read"));
  }

  // A certificate cannot be judged without the date; after the wait the attempt is made all the
  // same, so that its error says so.
  bool clockReady() {
    if (!secure_ || clockDone_) return true;
    if (!clockIsSet() && millis() - started_ < kClockWaitMs) return false;
    clockDone_ = true;
    if (clockIsSet()) {
      char text[32];
      timeText(text, sizeof text);
      Serial.printf_P(PSTR("ESP8266 Time: %s\r\n"), text);
    } else {
      Serial.println(F("ESP8266 Time: no answer from NTP, certificates cannot be checked"));
    }
    return true;
  }

  void tryToConnect() {
    if (secure_ && clockIsSet()) secure_->setX509Time(time(nullptr));
    const char *user = settings.mqttUser[0] ? settings.mqttUser : nullptr;
    const char *password = settings.mqttPassword[0] ? settings.mqttPassword : nullptr;
    if (!client_->connect(clientId_, user, password) || !client_->subscribe(rxTopic_)) {
      reportFailure();
      client_->disconnect();
      wait();
      return;
    }
    online_ = true;
    connectedAt_ = millis();
    backOff_ = kBackOffFirstMs;
    Serial.printf_P(PSTR("ESP8266 MQTT: connected to %s:%u, free heap %lu\r\n"), settings.brokerHost,
                    settings.mqttPort, static_cast<unsigned long>(ESP.getFreeHeap()));
    // The library does not tell of the broker's SUBACK: a message to ourselves that comes back does.
    char note[sizeof clientId_ + kNoteLength];
    client_->publish(rxTopic_, subscribedNote(note, sizeof note));
  }

  static const size_t kNoteLength = 11; // of "subscribed "

  const char *subscribedNote(char *out, size_t size) {
    snprintf_P(out, size, PSTR("subscribed %s"), clientId_);
    return out;
  }

  void reportFailure() {
    Serial.printf_P(PSTR("ESP8266 MQTT: connect failed, state %d"), client_->state());
    char text[96] = "";
    if (secure_ && secure_->getLastSSLError(text, sizeof text) != 0) {
      Serial.printf_P(PSTR(", TLS: %s"), text);
    }
    Serial.printf_P(PSTR(", next try in %lu s\r\n"), static_cast<unsigned long>(backOff_ / 1000));
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
    char query[96];
    size_t kept = length < sizeof query ? length : 0;
    memcpy(query, payload, kept);
    query[kept] = 0;
    Reply reply;
    answerRequest(parseRequest(query), reply);
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

  // Order matters: the client uses the socket, the socket the anchors.
  std::unique_ptr<BearSSL::X509List> anchors_;
  std::unique_ptr<WiFiClient> socket_;
  std::unique_ptr<PubSubClient> client_;
  BearSSL::WiFiClientSecure *secure_ = nullptr; // socket_, when it is TLS
  char clientId_[33] = "";
  char rxTopic_[65] = "";
  char txTopic_[65] = "";
  uint32_t started_ = 0;
  uint32_t connectedAt_ = 0;
  uint32_t nextTry_ = 0;
  uint32_t backOff_ = kBackOffFirstMs;
  bool clockDone_ = false;
  bool online_ = false;
  bool subscribed_ = false;
  bool announced_ = false;
};
