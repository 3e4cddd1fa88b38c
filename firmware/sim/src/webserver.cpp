#include "ESP8266WebServer.h"

namespace {

constexpr uint32_t kDataWaitMs = 5000;
// With a further client waiting, a connected one that says nothing is not waited for.
constexpr uint32_t kIdleWaitMs = 30;
constexpr uint32_t kBodyWaitMs = 5000;
constexpr size_t kLineLimit = 1024;
constexpr size_t kHeaderLimit = 64;
constexpr size_t kBodyLimit = 4096;
constexpr int kArgumentLimit = 40;
constexpr int kGone = 1;

struct MethodName {
  const char *name;
  HTTPMethod method;
};

const MethodName kMethods[] = {
    {"GET", HTTP_GET},     {"HEAD", HTTP_HEAD},     {"POST", HTTP_POST},       {"PUT", HTTP_PUT},
    {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS},
};

const char *reason(int code) {
  switch (code) {
  case 200: return "OK";
  case 302: return "Found";
  case 303: return "See Other";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 413: return "Payload Too Large";
  case 414: return "URI Too Long";
  case 431: return "Request Header Fields Too Large";
  case 500: return "Internal Server Error";
  case 503: return "Service Unavailable";
  default: return "";
  }
}

String base64(const String &text) {
  static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  String out;
  for (size_t at = 0; at < text.length(); at += 3) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++) bits = bits << 8 | uint8_t(text[at + i]); // 0 behind the end
    for (size_t i = 0; i < 4; i++) out += at + i > text.length() ? '=' : kDigits[bits >> (18 - 6 * i) & 63];
  }
  return out;
}

int hexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  digit = char(tolower(digit));
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

} // namespace

ESP8266WebServer::~ESP8266WebServer() {
  while (routes_) {
    Route *next = routes_->next;
    delete routes_;
    routes_ = next;
  }
}

void ESP8266WebServer::on(const char *uri, HTTPMethod method, THandlerFunction handler) {
  Route **tail = &routes_;
  while (*tail) tail = &(*tail)->next;
  *tail = new Route{String(uri), method, handler, nullptr};
}

void ESP8266WebServer::stop() {
  client_.stop();
  busy_ = false;
  server_.stop();
}

void ESP8266WebServer::handleClient() {
  if (!busy_) {
    if (!server_.hasClient()) return;
    client_ = server_.accept();
    busy_ = true;
    since_ = millis();
  }
  if (!client_.available()) {
    uint32_t waited = millis() - since_;
    bool othersWait = server_.hasClient();
    if (client_.connected() && waited <= (othersWait ? kIdleWaitMs : kDataWaitMs)) return;
  } else {
    client_.setTimeout(kDataWaitMs);
    contentLength_ = CONTENT_LENGTH_NOT_SET;
    chunked_ = answered_ = false;
    extraHeaders_ = String();
    int refused = readRequest();
    if (refused == 0) {
      dispatch();
    } else if (refused != kGone) {
      send(refused, "text/plain", reason(refused));
    }
    finish();
  }
  client_.stop();
  client_ = WiFiClient();
  busy_ = false;
}

// One line without its end; 0, kGone, or the status for a line that is too long.
int ESP8266WebServer::readLine(String &line, size_t limit) {
  line = String();
  while (millis() - since_ < kDataWaitMs) {
    int value = client_.read();
    if (value < 0) {
      if (!client_.connected()) return kGone;
      yield();
      continue;
    }
    if (value == '\n') {
      if (line.endsWith("\r")) line = line.substring(0, line.length() - 1);
      return 0;
    }
    if (line.length() >= limit) return 431;
    line += char(value);
  }
  return kGone;
}

bool ESP8266WebServer::parseRequestLine(const String &line) {
  int space = line.indexOf(' ');
  if (space <= 0) return false;
  int second = line.indexOf(' ', size_t(space) + 1);
  String method = line.substring(0, size_t(space));
  String target = second < 0 ? line.substring(size_t(space) + 1)
                             : line.substring(size_t(space) + 1, size_t(second));
  http11_ = second >= 0 && line.endsWith("HTTP/1.1");
  method_ = HTTP_ANY;
  for (const MethodName &known : kMethods) {
    if (method == known.name) method_ = known.method;
  }
  if (method_ == HTTP_ANY || !target.startsWith("/")) return false;
  int query = target.indexOf('?');
  uri_ = query < 0 ? target : target.substring(0, size_t(query));
  parseArguments(query < 0 ? String() : target.substring(size_t(query) + 1));
  return true;
}

int ESP8266WebServer::readRequest() {
  method_ = HTTP_ANY;
  http11_ = true;
  since_ = millis(); // one deadline for the whole head, however slowly its bytes come
  String line;
  int refused = readLine(line, kLineLimit);
  if (refused) return refused == 431 ? 414 : refused;
  if (!parseRequestLine(line)) return 400;
  size_t bodyLength = 0;
  bool form = false;
  for (size_t count = 0;; count++) {
    refused = readLine(line, kLineLimit);
    if (refused) return refused;
    if (line.isEmpty()) break;
    if (count == kHeaderLimit) return 431;
    int colon = line.indexOf(':');
    if (colon <= 0) continue;
    String name = line.substring(0, size_t(colon));
    String value = line.substring(size_t(colon) + 1);
    value.trim();
    keepHeader(name, value);
    if (name.equalsIgnoreCase("Content-Length")) {
      long length = value.toInt();
      if (length < 0 || size_t(length) > kBodyLimit) return 413;
      bodyLength = size_t(length);
    } else if (name.equalsIgnoreCase("Content-Type")) {
      value.toLowerCase();
      form = value.startsWith("application/x-www-form-urlencoded");
    }
  }
  return bodyLength ? readBody(bodyLength, form) : 0;
}

// A form's fields join the arguments; any other body becomes the argument "plain".
int ESP8266WebServer::readBody(size_t length, bool form) {
  String body;
  if (!body.reserve(length)) return 503;
  uint32_t start = millis();
  while (body.length() < length) {
    int value = client_.read();
    if (value >= 0) {
      body += char(value);
      continue;
    }
    if (!client_.connected() || millis() - start > kBodyWaitMs) return kGone;
    yield();
  }
  if (form) {
    parseArguments(body);
  } else {
    arguments_.reset(new Argument[1]);
    arguments_[0].name = "plain";
    arguments_[0].value = body;
    argumentCount_ = 1;
  }
  return 0;
}

void ESP8266WebServer::parseArguments(const String &text) {
  arguments_.reset();
  argumentCount_ = 0;
  if (text.isEmpty()) return;
  int count = 1;
  for (size_t i = 0; i < text.length(); i++) count += text[i] == '&';
  if (count > kArgumentLimit) count = kArgumentLimit;
  arguments_.reset(new Argument[size_t(count)]);
  size_t start = 0;
  while (start < text.length() && argumentCount_ < count) {
    int found = text.indexOf('&', start);
    size_t end = found < 0 ? text.length() : size_t(found);
    int equals = text.indexOf('=', start);
    size_t nameEnd = equals < 0 || size_t(equals) > end ? end : size_t(equals);
    if (nameEnd > start) {
      Argument &argument = arguments_[size_t(argumentCount_++)];
      argument.name = urlDecode(text.substring(start, nameEnd));
      if (nameEnd < end) argument.value = urlDecode(text.substring(nameEnd + 1, end));
    }
    start = end + 1;
  }
}

String ESP8266WebServer::urlDecode(const String &text) {
  String decoded;
  decoded.reserve(text.length());
  for (size_t i = 0; i < text.length(); i++) {
    char value = text[i];
    if (value == '+') {
      value = ' ';
    } else if (value == '%' && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0) {
      value = char(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
      i += 2;
    }
    decoded += value;
  }
  return decoded;
}

bool ESP8266WebServer::hasArg(const String &name) const {
  for (int i = 0; i < argumentCount_; i++) {
    if (arguments_[size_t(i)].name == name) return true;
  }
  return false;
}

const String &ESP8266WebServer::arg(const String &name) const {
  for (int i = 0; i < argumentCount_; i++) {
    if (arguments_[size_t(i)].name == name) return arguments_[size_t(i)].value;
  }
  return emptyString;
}

const String &ESP8266WebServer::arg(int index) const {
  return index >= 0 && index < argumentCount_ ? arguments_[size_t(index)].value : emptyString;
}

const String &ESP8266WebServer::argName(int index) const {
  return index >= 0 && index < argumentCount_ ? arguments_[size_t(index)].name : emptyString;
}

void ESP8266WebServer::addHeader(const char *name) {
  if (headerCount_ < kHeadersMost) headers_[headerCount_++].name = name;
}

void ESP8266WebServer::keepHeader(const String &name, const String &value) {
  if (name.equalsIgnoreCase("Host")) host_ = value;
  for (int i = 0; i < headerCount_; i++) {
    if (headers_[i].name.equalsIgnoreCase(name)) headers_[i].value = value;
  }
}

const String &ESP8266WebServer::header(const String &name) const {
  for (int i = 0; i < headerCount_; i++) {
    if (headers_[i].name.equalsIgnoreCase(name)) return headers_[i].value;
  }
  return emptyString;
}

bool ESP8266WebServer::authenticate(const char *user, const char *password) const {
  const String &given = header("Authorization");
  return given.startsWith("Basic ") && given.substring(6) == base64(String(user) + ":" + password);
}

void ESP8266WebServer::requestAuthentication(HTTPAuthMethod, const char *realm, const String &message) {
  sendHeader("WWW-Authenticate", String("Basic realm=\"") + (realm ? realm : "Login Required") + "\"");
  send(401, "text/html", message);
}

void ESP8266WebServer::dispatch() {
  for (Route *route = routes_; route; route = route->next) {
    if (route->uri != uri_) continue;
    if (route->method != HTTP_ANY && route->method != method_) continue;
    route->handler();
    return;
  }
  if (notFound_) {
    notFound_();
  } else {
    send(404, "text/plain", String("Not found: ") + uri_);
  }
}

void ESP8266WebServer::sendHeader(const String &name, const String &value, bool first) {
  String line = name + ": " + value + "\r\n";
  extraHeaders_ = first ? line + extraHeaders_ : extraHeaders_ + line;
}

void ESP8266WebServer::sendHead(int code, const char *type, size_t length) {
  String head = "HTTP/1.";
  head += http11_ ? '1' : '0';
  head += ' ';
  head += String(code);
  head += ' ';
  head += reason(code);
  head += "\r\nContent-Type: ";
  head += type ? type : "text/html";
  head += "\r\n";
  if (contentLength_ == CONTENT_LENGTH_UNKNOWN) {
    chunked_ = http11_;
    if (chunked_) head += "Transfer-Encoding: chunked\r\n";
  } else {
    head += "Content-Length: ";
    head += String(contentLength_ == CONTENT_LENGTH_NOT_SET ? length : contentLength_);
    head += "\r\n";
  }
  head += extraHeaders_;
  head += "Connection: close\r\n\r\n";
  client_.write(head.c_str(), head.length());
  answered_ = true;
}

void ESP8266WebServer::send(int code, const char *type, const String &content) {
  send(code, type, content.c_str());
}

void ESP8266WebServer::send(int code, const char *type, const char *content) {
  size_t length = strlen(content);
  sendHead(code, type, length);
  if (length) sendContent(content, length);
}

// An empty content ends a chunked answer.
void ESP8266WebServer::sendContent(const char *content, size_t length) {
  if (method_ == HTTP_HEAD) return;
  if (!chunked_) {
    client_.write(content, length);
    return;
  }
  char size[12];
  snprintf(size, sizeof size, "%zx\r\n", length);
  client_.write(size);
  client_.write(content, length);
  client_.write("\r\n");
  if (!length) chunked_ = false;
}

void ESP8266WebServer::finish() {
  if (chunked_) sendContent("", 0);
  arguments_.reset();
  argumentCount_ = 0;
  host_ = String();
  for (int i = 0; i < headerCount_; i++) headers_[i].value = String();
}
