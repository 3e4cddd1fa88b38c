// Wi-Fi, TCP client and server, TLS client.
#include "ESP8266WiFi.h"
#include "WiFiClientSecure.h"
#include "host.h"

ESP8266WiFiClass WiFi;

bool ESP8266WiFiClass::mode(WiFiMode_t mode) {
  mode_ = mode;
  return true;
}

wl_status_t ESP8266WiFiClass::begin() {
  host_wifi_ctl(HOST_WIFI_BEGIN, nullptr, nullptr);
  return status();
}

wl_status_t ESP8266WiFiClass::begin(const char *ssid, const char *password) {
  host_wifi_ctl(HOST_WIFI_BEGIN, ssid, password ? password : "");
  return status();
}

bool ESP8266WiFiClass::disconnect(bool wifiOff) {
  if (wifiOff) mode_ = WIFI_OFF;
  host_wifi_ctl(HOST_WIFI_DISCONNECT, nullptr, nullptr);
  return true;
}

wl_status_t ESP8266WiFiClass::status() {
  return static_cast<wl_status_t>(host_wifi_ctl(HOST_WIFI_STATUS, nullptr, nullptr));
}

IPAddress ESP8266WiFiClass::localIP() { return IPAddress(host_sysinfo(HOST_IPV4)); }
int8_t ESP8266WiFiClass::RSSI() { return int8_t(host_sysinfo(HOST_RSSI)); }

uint8_t *ESP8266WiFiClass::macAddress(uint8_t *mac) {
  uint32_t high = host_sysinfo(HOST_MAC_HIGH);
  uint32_t low = host_sysinfo(HOST_MAC_LOW);
  for (int i = 0; i < 2; i++) mac[i] = uint8_t(high >> (8 - 8 * i));
  for (int i = 0; i < 4; i++) mac[2 + i] = uint8_t(low >> (24 - 8 * i));
  return mac;
}

String ESP8266WiFiClass::macAddress() {
  uint8_t mac[6];
  macAddress(mac);
  char text[18];
  snprintf(text, sizeof text, "%02X:%02X:%02X:%02X:%02X:%02X", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  return String(text);
}

bool ESP8266WiFiClass::softAP(const char *ssid, const char *password) {
  return host_wifi_ctl(HOST_WIFI_SOFT_AP, ssid, password ? password : "") >= 0;
}

WiFiClient::WiFiClient() { timeout_ = 5000; }

WiFiClient::WiFiClient(int32_t handle) : WiFiClient() {
  if (handle >= 0) connection_ = new Connection{handle, 1};
}

WiFiClient::WiFiClient(const WiFiClient &other) : Client(other), connection_(other.connection_) {
  if (connection_) connection_->users++;
}

WiFiClient &WiFiClient::operator=(const WiFiClient &other) {
  if (other.connection_) other.connection_->users++;
  release();
  connection_ = other.connection_;
  timeout_ = other.timeout_;
  return *this;
}

WiFiClient::~WiFiClient() { release(); }

void WiFiClient::release() {
  if (connection_ && --connection_->users == 0) {
    if (connection_->handle >= 0) host_net_close(connection_->handle);
    delete connection_;
  }
  connection_ = nullptr;
}

int32_t WiFiClient::open(const char *host, uint16_t port, const HostTls *tls) {
  release();
  int32_t handle = host_net_open(host, port, tls, timeout_);
  if (handle < 0) return -handle;
  connection_ = new Connection{handle, 1};
  return 0;
}

int WiFiClient::connect(IPAddress address, uint16_t port) {
  return open(address.toString().c_str(), port, nullptr) == 0;
}

int WiFiClient::connect(const char *host, uint16_t port) { return open(host, port, nullptr) == 0; }

size_t WiFiClient::write(uint8_t value) { return write(&value, 1); }

size_t WiFiClient::write(const uint8_t *data, size_t length) {
  if (handle() < 0 || !length) return 0;
  int32_t written = host_net_write(handle(), data, length);
  return written > 0 ? size_t(written) : 0;
}

int WiFiClient::available() {
  if (handle() < 0) return 0;
  int32_t count = host_net_avail(handle());
  return count > 0 ? count : 0;
}

int WiFiClient::read() {
  uint8_t value;
  return read(&value, 1) == 1 ? value : -1;
}

int WiFiClient::read(uint8_t *data, size_t length) {
  return handle() >= 0 ? host_net_read(handle(), data, length, 0) : -1;
}

int WiFiClient::peek() {
  uint8_t value;
  return handle() >= 0 && host_net_read(handle(), &value, 1, 1) == 1 ? value : -1;
}

// Copies of this client see the connection closed too, as on the chip.
void WiFiClient::stop() {
  if (handle() >= 0) {
    host_net_close(handle());
    connection_->handle = -1;
  }
  release();
}

uint8_t WiFiClient::connected() {
  return handle() >= 0 && host_net_state(handle()) == 1;
}

void WiFiServer::begin() {
  stop();
  listener_ = host_net_listen(port_);
}

void WiFiServer::begin(uint16_t port) {
  port_ = port;
  begin();
}

bool WiFiServer::hasClient() { return listener_ >= 0 && host_net_accept(listener_, 1) >= 0; }

WiFiClient WiFiServer::accept() {
  return WiFiClient(listener_ >= 0 ? host_net_accept(listener_, 0) : -1);
}

void WiFiServer::stop() {
  if (listener_ >= 0) host_net_unlisten(listener_);
  listener_ = -1;
}

namespace BearSSL {

namespace {

// BearSSL's numbers and texts for the two cases that are decided here, before the host is asked.
constexpr int kErrorNotValidNow = 54;
constexpr int kErrorNotTrusted = 62;
constexpr int kErrorNoMemory = -1000;
// The host's errors: BearSSL's numbers from here on, its own for TCP below.
constexpr int32_t kFirstTlsError = 16;

// What TLS adds to a record of the asked size, in each direction.
constexpr size_t kReceiveOverhead = 325;
constexpr size_t kTransmitOverhead = 85;

constexpr time_t kClockIsSet = 1000000000;

} // namespace

X509List::~X509List() { free(der_); }

bool X509List::append(const uint8_t *der, size_t length) {
  if (der_ || !length) return false;
  der_ = static_cast<uint8_t *>(malloc(length));
  if (!der_) return false;
  memcpy(der_, der, length);
  length_ = length;
  return true;
}

WiFiClientSecure::~WiFiClientSecure() { releaseBuffers(); }

void WiFiClientSecure::setBufferSizes(int receive, int transmit) {
  auto clamp = [](int size) { return size_t(size < 512 ? 512 : size > 16384 ? 16384 : size); };
  receiveSize_ = clamp(receive) + kReceiveOverhead;
  transmitSize_ = clamp(transmit) + kTransmitOverhead;
}

int WiFiClientSecure::getLastSSLError(char *text, size_t size) {
  if (text && size) snprintf(text, size, "%s", errorText_);
  return error_;
}

void WiFiClientSecure::fail(int code, const char *text) {
  releaseBuffers();
  error_ = code;
  snprintf(errorText_, sizeof errorText_, "%s", text);
}

void WiFiClientSecure::releaseBuffers() {
  free(receiveBuffer_);
  free(transmitBuffer_);
  receiveBuffer_ = transmitBuffer_ = nullptr;
}

int WiFiClientSecure::connect(IPAddress address, uint16_t port) {
  return connect(address.toString().c_str(), port);
}

int WiFiClientSecure::connect(const char *host, uint16_t port) {
  stop();
  error_ = 0;
  errorText_[0] = 0;
  HostTls tls = {insecure_ ? 1u : 0u, nullptr, 0};
  if (!insecure_) {
    if (!anchors_ || !anchors_->getCount()) {
      fail(kErrorNotTrusted, "Chain could not be linked to a trust anchor.");
      return 0;
    }
    if ((now_ ? now_ : time(nullptr)) < kClockIsSet) {
      fail(kErrorNotValidNow, "Certificate is expired or not yet valid.");
      return 0;
    }
    tls.ca = anchors_->der();
    tls.caLength = uint32_t(anchors_->derLength());
  }
  receiveBuffer_ = static_cast<uint8_t *>(malloc(receiveSize_));
  transmitBuffer_ = static_cast<uint8_t *>(malloc(transmitSize_));
  if (!receiveBuffer_ || !transmitBuffer_) {
    fail(kErrorNoMemory, "Unable to allocate memory for SSL structures and buffers.");
    return 0;
  }
  int32_t failure = open(host, port, &tls);
  if (failure == 0) return 1;
  char text[sizeof errorText_] = "";
  // BearSSL says nothing of a TCP connection that did not come about.
  if (failure >= kFirstTlsError) host_net_err(text, sizeof text - 1);
  fail(failure >= kFirstTlsError ? failure : 0, text);
  return 0;
}

void WiFiClientSecure::stop() {
  WiFiClient::stop();
  releaseBuffers();
}

} // namespace BearSSL
