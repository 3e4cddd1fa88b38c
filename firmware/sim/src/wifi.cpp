// Wi-Fi, TCP client and server.
#include "ESP8266WiFi.h"
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

bool ESP8266WiFiClass::softAPdisconnect(bool) { return host_wifi_ctl(HOST_WIFI_SOFT_AP_OFF, nullptr, nullptr) >= 0; }

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

bool WiFiClient::open(const char *host, uint16_t port, uint32_t timeoutMs) {
  release();
  int32_t handle = host_net_open(host, port, nullptr, timeoutMs);
  if (handle >= 0) connection_ = new Connection{handle, 1};
  return handle >= 0;
}

int WiFiClient::connect(IPAddress address, uint16_t port) {
  return open(address.toString().c_str(), port, timeout_);
}

int WiFiClient::connect(const char *host, uint16_t port) { return open(host, port, timeout_); }

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
