// The TLS connection to the broker: trust, time, buffers, session, and what it costs of the heap.
#pragma once
#include <WiFiClientSecure.h>

#include <memory>

#include "heapwatch.h"
#include "report.h"

const uint32_t kTlsTimeoutMs = 10000; // for the MQTT answers; the handshake has the core's own limits
const uint32_t kClockWaitMs = 15000;
const int kSmallRecord = 512; // bytes that the broker is asked to send at most in one record
const int kLargeRecord = 16384; // what it may send otherwise
const int kSentRecord = 512;

class TlsSocket {
public:
  TlsSocket() {
    if (!(settings.flags & kFlagInsecure)) loadAnchor();
    renew();
    configTime(0, 0, "pool.ntp.org", "time.nist.gov");
    started_ = millis();
  }

  WiFiClient &client() { return *socket_; }

  // After a handshake that got no answer: stopping the old socket would wait for it again, deleting it does not.
  void renew() {
    socket_.reset();
    socket_.reset(new BearSSL::WiFiClientSecure());
    if (anchors_) {
      socket_->setTrustAnchors(anchors_.get());
    } else {
      socket_->setInsecure();
    }
    socket_->setSession(&session_);
  }

  // Certificates cannot be judged without the date; after a wait the fallback has to do.
  bool clockReady() {
    if (clockIsSet()) {
      if (!clockSeen_) {
        clockSeen_ = clockWaited_ = true;
        rememberTime();
        printTime(F("ESP8266 Time: "), F(""));
      } else if (millis() - remembered_ >= kRememberMs) {
        rememberTime();
      }
      return true;
    }
    if (!clockWaited_ && millis() - started_ >= kClockWaitMs) {
      clockWaited_ = true;
      printTime(F("ESP8266 Time: no answer from NTP, certificates are judged at "),
                rtcMemory.time > kSourceDate ? F(", the last time known") : F(", the date of this program"));
    }
    return clockWaited_;
  }

  bool connect(const char *host, uint16_t port) {
    socket_->setX509Time(timeForCertificates());
    chooseBuffers(host, port);
    bool first = !reported_;
    uint32_t start = millis();
    HeapWatch heap;
    bool done = socket_->connect(host, port);
    if (done && first) {
      reported_ = true;
      Serial.printf_P(PSTR("ESP8266 TLS Heap: before=%lu during=%lu after=%lu block=%lu record=%d ms=%lu\r\n"),
                      asLong(heap.before()), asLong(heap.least()), asLong(ESP.getFreeHeap()),
                      asLong(ESP.getMaxFreeBlockSize()), small_ ? kSmallRecord : kLargeRecord,
                      asLong(millis() - start));
    }
    // A broker that was restarted may be another one: it is asked again.
    if (!done) probed_ = false;
    return done;
  }

  // The reason of the last failure; empty when it was not TLS that failed.
  void errorText(char *text, size_t size) {
    text[0] = 0;
    if (socket_->getLastSSLError(text, int(size)) == 0) text[0] = 0;
  }

private:
  static const uint32_t kRememberMs = 600000;

  void loadAnchor() {
    std::unique_ptr<uint32_t[]> der(new uint32_t[settings.caLength / 4 + 1]);
    anchors_.reset(new BearSSL::X509List());
    if (!settingsStore.readCertificate(der.get(), settings.caLength) ||
        !anchors_->append(reinterpret_cast<const uint8_t *>(der.get()), settings.caLength)) {
      Serial.println(F("ESP8266 Settings: the CA certificate cannot be read"));
    }
  }

  void rememberTime() {
    remembered_ = millis();
    rtcMemory.remember(time(nullptr));
  }

  static void printTime(const __FlashStringHelper *before, const __FlashStringHelper *behind) {
    char text[24];
    dateText(timeForCertificates(), text, sizeof text);
    Serial.print(before);
    Serial.print(text);
    Serial.println(behind);
  }

  void chooseBuffers(const char *host, uint16_t port) {
    if (!probed_) small_ = BearSSL::WiFiClientSecure::probeMaxFragmentLength(host, port, kSmallRecord);
    probed_ = true;
    socket_->setBufferSizes(small_ ? kSmallRecord : kLargeRecord, kSentRecord);
  }

  // Order matters: the socket uses the others.
  std::unique_ptr<BearSSL::X509List> anchors_;
  BearSSL::Session session_;
  std::unique_ptr<BearSSL::WiFiClientSecure> socket_;
  uint32_t started_;
  uint32_t remembered_ = 0;
  bool clockSeen_ = false;
  bool clockWaited_ = false;
  bool probed_ = false;
  bool small_ = false;
  bool reported_ = false;
};
