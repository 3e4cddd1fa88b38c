// The core's web server: one client at a time, one request a connection.
#pragma once
#include <functional>
#include <memory>

#include "ESP8266WiFi.h"

enum HTTPMethod { HTTP_ANY, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS };

enum HTTPAuthMethod { BASIC_AUTH, DIGEST_AUTH };

#define CONTENT_LENGTH_UNKNOWN ((size_t)-1)
#define CONTENT_LENGTH_NOT_SET ((size_t)-2)

class ESP8266WebServer {
public:
  typedef std::function<void(void)> THandlerFunction;

  explicit ESP8266WebServer(int port = 80) : server_(uint16_t(port)) { addHeader("Authorization"); }
  ~ESP8266WebServer();
  ESP8266WebServer(const ESP8266WebServer &) = delete;
  ESP8266WebServer &operator=(const ESP8266WebServer &) = delete;

  void on(const char *uri, THandlerFunction handler) { on(uri, HTTP_ANY, handler); }
  void on(const char *uri, HTTPMethod method, THandlerFunction handler);
  void onNotFound(THandlerFunction handler) { notFound_ = handler; }
  void begin() { server_.begin(); }
  void handleClient();
  void stop();
  void close() { stop(); }

  const String &uri() const { return uri_; }
  HTTPMethod method() const { return method_; }
  WiFiClient &client() { return client_; }
  int args() const { return argumentCount_; }
  bool hasArg(const String &name) const;
  const String &arg(const String &name) const;
  const String &arg(int index) const;
  const String &argName(int index) const;

  // Beside Authorization, which is always kept.
  template <typename... Names> void collectHeaders(const Names &...names) {
    headerCount_ = 1;
    (addHeader(names), ...);
  }
  const String &header(const String &name) const;
  const String &hostHeader() const { return host_; }
  bool authenticate(const char *user, const char *password) const;
  // Basic, whatever `mode` says.
  void requestAuthentication(HTTPAuthMethod mode = BASIC_AUTH, const char *realm = nullptr,
                             const String &message = emptyString);

  void setContentLength(size_t length) { contentLength_ = length; }
  void sendHeader(const String &name, const String &value, bool first = false);
  void send(int code, const char *type = nullptr, const String &content = emptyString);
  void send(int code, const char *type, const char *content);
  void send_P(int code, PGM_P type, PGM_P content) { send(code, type, content); }
  void sendContent(const String &content) { sendContent(content.c_str(), content.length()); }
  void sendContent(const char *content) { sendContent(content, strlen(content)); }
  void sendContent(const char *content, size_t length);
  void sendContent_P(PGM_P content) { sendContent(content); }

  static String urlDecode(const String &text);

private:
  struct Route {
    String uri;
    HTTPMethod method;
    THandlerFunction handler;
    Route *next;
  };
  struct Argument {
    String name;
    String value;
  };

  // 0 = read whole, 1 = the client has gone or is too slow, else the HTTP status to refuse it with.
  int readRequest();
  int readLine(String &line, size_t limit);
  int readBody(size_t length, bool form);
  bool parseRequestLine(const String &line);
  void parseArguments(const String &text);
  void addHeader(const char *name);
  void keepHeader(const String &name, const String &value);
  void dispatch();
  void finish();
  void sendHead(int code, const char *type, size_t length);

  WiFiServer server_;
  WiFiClient client_;
  bool busy_ = false;
  uint32_t since_ = 0;
  Route *routes_ = nullptr;
  THandlerFunction notFound_;

  HTTPMethod method_ = HTTP_ANY;
  String uri_;
  bool http11_ = false;
  std::unique_ptr<Argument[]> arguments_;
  int argumentCount_ = 0;
  static const int kHeadersMost = 4;
  Argument headers_[kHeadersMost];
  int headerCount_ = 0;
  String host_;
  String extraHeaders_;
  size_t contentLength_ = CONTENT_LENGTH_NOT_SET;
  bool chunked_ = false;
  bool answered_ = false;
};
