// WiFiClientSecure: BearSSL's engine between the sketch and a TCP connection. What is allocated
// when, the timeouts, and what blocks are those of the ESP8266 core 3.1.2.
#include "WiFiClientSecure.h"
#include "host.h"
#include "tlshello.h"

// Of BearSSL's own command line tool: an error's name, or null.
extern "C" const char *find_error_name(int error, const char **comment);

namespace BearSSL {

namespace {

// What TLS adds to a record of the asked size, in each direction (BearSSL's ssl_engine.c).
constexpr int kReceiveOverhead = 325;
constexpr int kTransmitOverhead = 85;
constexpr int kSmallestRecord = 512;
constexpr int kLargestRecord = 16384;

constexpr uint32_t kHandshakeTimeoutMs = 15000;
constexpr uint32_t kTimeoutMs = 5000;
constexpr int kErrorNoMemory = -1000;
constexpr int kIdleTurns = 2;

constexpr uint32_t kSecondsADay = 86400;
constexpr uint32_t kDaysTo1970 = 719528; // from BearSSL's day 0

// On the chip BearSSL has a stack of its own, on the heap as long as there is any client. Here it
// runs on the program's stack: the block only takes its place in the heap.
constexpr size_t kSecondStack = 6200;
void *secondStack = nullptr;
unsigned secondStackUsers = 0;

template <typename T> T *allocateOne() { return static_cast<T *>(calloc(1, sizeof(T))); }

template <typename T> void drop(T *&pointer) {
  free(pointer);
  pointer = nullptr;
}

size_t bufferSize(int asked, int overhead) {
  return size_t((asked < kSmallestRecord ? kSmallestRecord : asked > kLargestRecord ? kLargestRecord : asked) +
                overhead);
}

} // namespace

// Believes the server's first certificate, whatever it is.
struct WiFiClientSecure::Insecure {
  const br_x509_class *vtable;
  unsigned certificates;
  br_x509_decoder_context decoder;

  static Insecure *self(const br_x509_class **context) { return reinterpret_cast<Insecure *>(context); }

  static void startChain(const br_x509_class **context, const char *) {
    self(context)->certificates = 0;
    br_x509_decoder_init(&self(context)->decoder, nullptr, nullptr);
  }
  static void startCertificate(const br_x509_class **, uint32_t) {}
  static void append(const br_x509_class **context, const unsigned char *data, size_t length) {
    if (self(context)->certificates == 0) br_x509_decoder_push(&self(context)->decoder, data, length);
  }
  static void endCertificate(const br_x509_class **context) { self(context)->certificates++; }
  static unsigned endChain(const br_x509_class **context) {
    return self(context)->certificates ? unsigned(br_x509_decoder_last_error(&self(context)->decoder))
                                       : unsigned(BR_ERR_X509_EMPTY_CHAIN);
  }
  static const br_x509_pkey *key(const br_x509_class *const *context, unsigned *usages) {
    if (usages) *usages = BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN;
    return &reinterpret_cast<const Insecure *>(context)->decoder.pkey;
  }

  static const br_x509_class kind;
};

const br_x509_class WiFiClientSecure::Insecure::kind = {
    sizeof(Insecure), startChain, startCertificate, append, endCertificate, endChain, key,
};

WiFiClientSecure::WiFiClientSecure() : timeoutMs_(kHandshakeTimeoutMs) {
  setBufferSizes(kLargestRecord, kSmallestRecord);
  if (secondStackUsers++ > 0) return;
  secondStack = malloc(kSecondStack);
  if (!secondStack) abort();
}

WiFiClientSecure::~WiFiClientSecure() {
  release();
  if (--secondStackUsers == 0) drop(secondStack);
}

void WiFiClientSecure::setTrustAnchors(const X509List *anchors) {
  anchors_ = anchors;
  insecure_ = false;
}

void WiFiClientSecure::setInsecure() {
  anchors_ = nullptr;
  insecure_ = true;
}

void WiFiClientSecure::setBufferSizes(int receive, int transmit) {
  receiveSize_ = bufferSize(receive, kReceiveOverhead);
  transmitSize_ = bufferSize(transmit, kTransmitOverhead);
}

int WiFiClientSecure::getLastSSLError(char *text, size_t size) {
  int error = client_ ? br_ssl_engine_last_error(&client_->eng) : 0;
  const char *fatal = "";
  if (error & BR_ERR_RECV_FATAL_ALERT) fatal = "SSL received fatal alert - ";
  if (error & BR_ERR_SEND_FATAL_ALERT) fatal = "SSL sent fatal alert - ";
  error &= ~(BR_ERR_RECV_FATAL_ALERT | BR_ERR_SEND_FATAL_ALERT);
  if (noMemory_) error = kErrorNoMemory;
  if (text && size) {
    const char *comment = "Unknown error code.";
    if (error == 0) comment = "OK";
    else if (noMemory_) comment = "Unable to allocate memory for SSL structures and buffers.";
    else find_error_name(error, &comment);
    snprintf(text, size, "%s%s", fatal, comment);
  }
  return error;
}

int WiFiClientSecure::connect(IPAddress address, uint16_t port) {
  return open(address.toString().c_str(), port, kHandshakeTimeoutMs) && handshake(nullptr);
}

int WiFiClientSecure::connect(const char *host, uint16_t port) {
  return open(host, port, kHandshakeTimeoutMs) && handshake(host);
}

bool WiFiClientSecure::allocate() {
  client_ = allocateOne<br_ssl_client_context>();
  receiveBuffer_ = static_cast<uint8_t *>(malloc(receiveSize_));
  transmitBuffer_ = static_cast<uint8_t *>(malloc(transmitSize_));
  minimal_ = allocateOne<br_x509_minimal_context>();
  if (!client_ || !receiveBuffer_ || !transmitBuffer_ || !minimal_) return false;
  br_ssl_client_init_full(client_, minimal_, anchors_ ? anchors_->getTrustAnchors() : nullptr,
                          anchors_ ? anchors_->getCount() : 0);
  br_ssl_engine_add_flags(&client_->eng, BR_OPT_NO_RENEGOTIATION);
  if (!insecure_) return true;
  drop(minimal_);
  trusting_ = allocateOne<Insecure>();
  if (!trusting_) return false;
  trusting_->vtable = &Insecure::kind;
  br_ssl_engine_set_x509(&client_->eng, &trusting_->vtable);
  return true;
}

bool WiFiClientSecure::handshake(const char *host) {
  release();
  noMemory_ = !allocate();
  if (noMemory_) {
    release();
    return false;
  }
  br_ssl_engine_context *engine = &client_->eng;
  if (minimal_ && now_) {
    uint32_t seconds = uint32_t(now_);
    br_x509_minimal_set_time(minimal_, seconds / kSecondsADay + kDaysTo1970, seconds % kSecondsADay);
  }
  br_ssl_engine_set_buffers_bidi(engine, receiveBuffer_, receiveSize_, transmitBuffer_, transmitSize_);
  uint32_t noise[8];
  for (uint32_t &word : noise) word = host_random();
  br_ssl_engine_inject_entropy(engine, noise, sizeof noise);
  if (session_) br_ssl_engine_set_session_parameters(engine, &session_->parameters_);
  if (!br_ssl_client_reset(client_, host, session_ ? 1 : 0)) {
    release();
    return false;
  }
  ready_ = run(BR_SSL_SENDAPP, true);
  releaseValidators();
  if (ready_) timeoutMs_ = kTimeoutMs;
  return ready_;
}

bool WiFiClientSecure::run(unsigned target, bool blocking) {
  if (!client_) return false;
  br_ssl_engine_context *engine = &client_->eng;
  uint32_t start = millis();
  for (int idle = 0; blocking || idle < kIdleTurns;) {
    if (millis() - start > timeoutMs_) return false;
    unsigned state = br_ssl_engine_current_state(engine);
    if (state & BR_SSL_CLOSED) return false;
    if (!WiFiClient::connected()) return state & target;
    if (state & BR_SSL_SENDREC) {
      if (!sendRecord()) return false;
      idle = 0;
      continue;
    }
    if (state & target) return true;
    // Data must be taken before anything can be sent.
    if (state & BR_SSL_RECVAPP) return false;
    if ((state & BR_SSL_RECVREC) && WiFiClient::available()) {
      if (!receiveRecord()) return false;
      idle = 0;
      continue;
    }
    br_ssl_engine_flush(engine, 0);
    idle++;
    if (blocking) yield();
  }
  return false;
}

bool WiFiClientSecure::sendRecord() {
  size_t length;
  const uint8_t *record = br_ssl_engine_sendrec_buf(&client_->eng, &length);
  size_t sent = WiFiClient::write(record, length);
  if (sent) br_ssl_engine_sendrec_ack(&client_->eng, sent);
  return sent;
}

bool WiFiClientSecure::receiveRecord() {
  size_t length;
  uint8_t *into = br_ssl_engine_recvrec_buf(&client_->eng, &length);
  int got = WiFiClient::read(into, length);
  if (got < 0) return false;
  // The engine asks for the rest of a record, so it is whole in the buffer when all of it has come.
  if (!greeted_ && size_t(got) == length && into > receiveBuffer_) {
    size_t end = size_t(into - receiveBuffer_) + length;
    greeted_ = end > kTlsRecordHeader;
    fragmentAgreed_ = helloAgreesToFragment(receiveBuffer_, end);
  }
  if (got > 0) br_ssl_engine_recvrec_ack(&client_->eng, size_t(got));
  return true;
}

size_t WiFiClientSecure::poll() {
  size_t length = 0;
  if (run(BR_SSL_RECVAPP, false)) br_ssl_engine_recvapp_buf(&client_->eng, &length);
  return length;
}

uint8_t WiFiClientSecure::connected() {
  return ready_ && WiFiClient::connected() && br_ssl_engine_current_state(&client_->eng) != BR_SSL_CLOSED;
}

size_t WiFiClientSecure::write(const uint8_t *data, size_t length) {
  size_t sent = 0;
  while (sent < length && connected() && run(BR_SSL_SENDAPP, true)) {
    size_t room;
    uint8_t *into = br_ssl_engine_sendapp_buf(&client_->eng, &room);
    size_t count = length - sent < room ? length - sent : room;
    memcpy(into, data + sent, count);
    br_ssl_engine_sendapp_ack(&client_->eng, count);
    br_ssl_engine_flush(&client_->eng, 0);
    flush();
    sent += count;
  }
  return sent;
}

int WiFiClientSecure::available() { return int(poll()); }

int WiFiClientSecure::read(uint8_t *data, size_t length) {
  if (!ready_) return -1;
  size_t waiting = poll();
  if (!waiting) return connected() ? 0 : -1;
  size_t count = waiting < length ? waiting : length;
  memcpy(data, br_ssl_engine_recvapp_buf(&client_->eng, &waiting), count);
  br_ssl_engine_recvapp_ack(&client_->eng, count);
  return int(count);
}

int WiFiClientSecure::read() {
  uint8_t value;
  return read(&value, 1) == 1 ? value : -1;
}

int WiFiClientSecure::peek() {
  size_t length = poll();
  return length ? *br_ssl_engine_recvapp_buf(&client_->eng, &length) : -1;
}

void WiFiClientSecure::flush() { run(BR_SSL_SENDAPP, true); }

void WiFiClientSecure::stop() {
  flush();
  WiFiClient::stop();
  if (ready_ && session_) br_ssl_engine_get_session_parameters(&client_->eng, &session_->parameters_);
  release();
}

void WiFiClientSecure::releaseValidators() {
  drop(minimal_);
  drop(trusting_);
}

void WiFiClientSecure::release() {
  releaseValidators();
  drop(client_);
  drop(receiveBuffer_);
  drop(transmitBuffer_);
  ready_ = greeted_ = fragmentAgreed_ = false;
  timeoutMs_ = kHandshakeTimeoutMs;
}

} // namespace BearSSL
