// Trust anchors out of certificates.
#include "BearSSLHelpers.h"

namespace BearSSL {

namespace {

// A name or key that is read out of a certificate.
struct Bytes {
  uint8_t *data = nullptr;
  size_t length = 0;
  bool whole = true;

  void add(const void *more, size_t count) {
    uint8_t *grown = whole ? static_cast<uint8_t *>(realloc(data, length + count)) : nullptr;
    whole = grown != nullptr;
    if (!whole) return;
    memcpy(grown + length, more, count);
    data = grown;
    length += count;
  }
};

void addName(void *bytes, const void *more, size_t count) { static_cast<Bytes *>(bytes)->add(more, count); }

uint8_t *copyOf(const uint8_t *data, size_t length) {
  Bytes copy;
  copy.add(data, length);
  return copy.data;
}

bool copyKey(br_x509_pkey &to, const br_x509_pkey &from) {
  to.key_type = from.key_type;
  if (from.key_type == BR_KEYTYPE_RSA) {
    to.key.rsa = {copyOf(from.key.rsa.n, from.key.rsa.nlen), from.key.rsa.nlen,
                  copyOf(from.key.rsa.e, from.key.rsa.elen), from.key.rsa.elen};
    return to.key.rsa.n && to.key.rsa.e;
  }
  to.key.ec = {from.key.ec.curve, copyOf(from.key.ec.q, from.key.ec.qlen), from.key.ec.qlen};
  return to.key.ec.q;
}

void freeAnchor(br_x509_trust_anchor &anchor) {
  free(anchor.dn.data);
  if (anchor.pkey.key_type == BR_KEYTYPE_RSA) {
    free(anchor.pkey.key.rsa.n);
    free(anchor.pkey.key.rsa.e);
  } else if (anchor.pkey.key_type == BR_KEYTYPE_EC) {
    free(anchor.pkey.key.ec.q);
  }
}

bool makeAnchor(br_x509_trust_anchor &anchor, const uint8_t *der, size_t length) {
  memset(&anchor, 0, sizeof anchor);
  auto *decoder = static_cast<br_x509_decoder_context *>(malloc(sizeof(br_x509_decoder_context)));
  if (!decoder) return false;
  Bytes name;
  br_x509_decoder_init(decoder, addName, &name);
  br_x509_decoder_push(decoder, der, length);
  const br_x509_pkey *key = br_x509_decoder_get_pkey(decoder);
  anchor.dn = {name.data, name.length};
  if (br_x509_decoder_isCA(decoder)) anchor.flags = BR_X509_TA_CA;
  bool made = key && name.whole && copyKey(anchor.pkey, *key);
  free(decoder);
  if (!made) freeAnchor(anchor);
  return made;
}

template <typename T> bool growByOne(T *&list, size_t count) {
  T *grown = static_cast<T *>(realloc(list, (count + 1) * sizeof(T)));
  if (grown) list = grown;
  return grown;
}

} // namespace

X509List::~X509List() {
  for (size_t i = 0; i < count_; i++) {
    free(certificates_[i].data);
    freeAnchor(anchors_[i]);
  }
  free(certificates_);
  free(anchors_);
}

bool X509List::append(const uint8_t *der, size_t length) {
  if (!length || !growByOne(certificates_, count_) || !growByOne(anchors_, count_)) return false;
  uint8_t *copy = copyOf(der, length);
  if (!copy) return false;
  if (!makeAnchor(anchors_[count_], copy, length)) {
    free(copy);
    return false;
  }
  certificates_[count_++] = {copy, length};
  return true;
}

} // namespace BearSSL
