// probeMaxFragmentLength: a ClientHello that asks for small records, and the server's answer.
#include "WiFiClientSecure.h"
#include "host.h"
#include "tlshello.h"

namespace {

constexpr uint8_t kClientHello = 1;
constexpr uint8_t kServerHello = 2;
constexpr uint16_t kMaxFragmentLength = 1; // the extension's number

// Reads forward; once it has run over the end it gives zeros.
struct Reader {
  const uint8_t *at;
  size_t left;
  bool whole = true;

  const uint8_t *take(size_t count) {
    if (count > left) {
      whole = false;
      left = 0;
      return nullptr;
    }
    const uint8_t *taken = at;
    at += count;
    left -= count;
    return taken;
  }
  uint32_t number(size_t bytes) {
    const uint8_t *taken = take(bytes);
    uint32_t value = 0;
    for (size_t i = 0; taken && i < bytes; i++) value = value << 8 | taken[i];
    return value;
  }
};

struct Message {
  uint8_t data[160];
  size_t length = 0;

  void number(uint32_t value, size_t bytes) {
    while (bytes--) data[length++] = uint8_t(value >> (8 * bytes));
  }
  // Room for a length that `close` fills in with what has come since.
  size_t open(size_t bytes) {
    number(0, bytes);
    return length;
  }
  void close(size_t start, size_t bytes) {
    size_t count = length - start;
    for (size_t i = 1; i <= bytes; i++, count >>= 8) data[start - i] = uint8_t(count);
  }
};

// One suite of each kind of key exchange and cipher that brokers have.
const uint16_t kSuites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,       BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,       BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,          BR_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    BR_TLS_RSA_WITH_AES_128_GCM_SHA256,               BR_TLS_RSA_WITH_AES_128_CBC_SHA256,
    BR_TLS_RSA_WITH_AES_128_CBC_SHA,
};
const uint8_t kGroups[] = {BR_EC_secp256r1, BR_EC_secp384r1, BR_EC_secp521r1, BR_EC_curve25519};
const uint8_t kHashes[] = {br_sha256_ID, br_sha384_ID, br_sha512_ID, br_sha1_ID};
const uint8_t kSignatures[] = {1, 3}; // RSA, ECDSA

void extension(Message &message, uint16_t number, const uint8_t *list, size_t count, size_t bytesEach) {
  message.number(number, 2);
  size_t body = message.open(2);
  size_t items = message.open(2);
  for (size_t i = 0; i < count; i++) message.number(list[i], bytesEach);
  message.close(items, 2);
  message.close(body, 2);
}

void writeHello(Message &message, uint8_t fragmentCode) {
  message.number(kTlsHandshake, 1);
  message.number(BR_TLS12, 2);
  size_t record = message.open(2);
  message.number(kClientHello, 1);
  size_t hello = message.open(3);
  message.number(BR_TLS12, 2);
  for (int i = 0; i < 8; i++) message.number(host_random(), 4);
  message.number(0, 1); // no session
  size_t suites = message.open(2);
  for (uint16_t suite : kSuites) message.number(suite, 2);
  message.close(suites, 2);
  message.number(0x0100, 2); // one compression method: none
  size_t extensions = message.open(2);
  uint8_t algorithms[2 * sizeof kHashes * sizeof kSignatures];
  size_t count = 0;
  for (uint8_t hash : kHashes) {
    for (uint8_t signature : kSignatures) {
      algorithms[count++] = hash;
      algorithms[count++] = signature;
    }
  }
  extension(message, 13, algorithms, count, 1);
  extension(message, 10, kGroups, sizeof kGroups, 2);
  message.number(11, 2); // point formats: one, uncompressed
  message.number(2, 2);
  message.number(0x0100, 2);
  message.number(kMaxFragmentLength, 2);
  message.number(1, 2);
  message.number(fragmentCode, 1);
  message.close(extensions, 2);
  message.close(hello, 3);
  message.close(record, 2);
}

uint8_t fragmentCodeOf(uint16_t length) {
  for (uint8_t code = 1; code <= 4; code++) {
    if (length == 256u << code) return code;
  }
  return 0;
}

// Reads one record's beginning, as far as a ServerHello reaches.
size_t readRecord(WiFiClient &client, uint8_t *record, size_t size) {
  if (client.readBytes(record, kTlsRecordHeader) != kTlsRecordHeader) return 0;
  size_t rest = size_t(record[3]) << 8 | record[4];
  if (record[0] != kTlsHandshake || rest > size - kTlsRecordHeader) return 0;
  return kTlsRecordHeader + client.readBytes(record + kTlsRecordHeader, rest);
}

void giveUp(WiFiClient &client) {
  static const uint8_t alerts[] = {kTlsAlert, 3, 3, 0, 2, 1, 90, // user_canceled
                                   kTlsAlert, 3, 3, 0, 2, 1, 0}; // close_notify
  if (client.connected()) client.write(alerts, sizeof alerts);
  client.stop();
}

} // namespace

bool helloAgreesToFragment(const uint8_t *data, size_t length) {
  Reader record{data, length};
  if (record.number(1) != kTlsHandshake || record.number(2) != BR_TLS12) return false;
  record.left = record.whole && record.number(2) == record.left ? record.left : 0;
  if (record.number(1) != kServerHello || record.number(3) != record.left) return false;
  if (record.number(2) != BR_TLS12) return false;
  record.take(32);
  record.take(record.number(1)); // session
  record.take(2);                // suite
  record.take(1);                // compression
  if (record.number(2) != record.left) return false;
  while (record.left > 0 && record.whole) {
    uint32_t number = record.number(2);
    record.take(record.number(2));
    if (number == kMaxFragmentLength) return record.whole;
  }
  return false;
}

namespace BearSSL {

bool WiFiClientSecure::probeMaxFragmentLength(IPAddress address, uint16_t port, uint16_t length) {
  return probeMaxFragmentLength(address.toString().c_str(), port, length);
}

bool WiFiClientSecure::probeMaxFragmentLength(const char *host, uint16_t port, uint16_t length) {
  uint8_t code = fragmentCodeOf(length);
  WiFiClient client;
  if (!code || !client.connect(host, port)) return false;
  Message hello;
  writeHello(hello, code);
  uint8_t answer[192];
  bool agrees = client.write(hello.data, hello.length) == hello.length &&
                helloAgreesToFragment(answer, readRecord(client, answer, sizeof answer));
  giveUp(client);
  return agrees;
}

} // namespace BearSSL
