// Public keys: what signatures of partners that sign with a key pair are checked with.
#include "connectors/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <vector>

namespace returns::connectors {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;  // beyond, one check costs milliseconds
constexpr std::size_t kP256Bytes = 32;
constexpr int kPemBytesMax = 64 << 10;

struct Release {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(ECDSA_SIG* pair) const { ECDSA_SIG_free(pair); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(OSSL_PARAM* list) const { OSSL_PARAM_free(list); }
    void operator()(OSSL_PARAM_BLD* list) const { OSSL_PARAM_BLD_free(list); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
    void operator()(STACK_OF(X509) * list) const { sk_X509_pop_free(list, X509_free); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

const unsigned char* Bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> Number(std::string_view bytes) {
    return Owned<BIGNUM>(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

Owned<BIO> Reader(std::string_view text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Null when they make no key.
EVP_PKEY* FromParts(const char* type, OSSL_PARAM_BLD* parts) {
    const Owned<OSSL_PARAM> list(OSSL_PARAM_BLD_to_param(parts));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (list == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, list.get()) != 1) {
        return nullptr;
    }
    return key;
}

// OpenSSL wants DER; JOSE writes r and s as 32 bytes each.
std::string DerOf(std::string_view pair) {
    const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
    Owned<BIGNUM> r = Number(pair.substr(0, kP256Bytes));
    Owned<BIGNUM> s = Number(pair.substr(kP256Bytes));
    if (signature == nullptr || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
    (void)r.release();
    (void)s.release();
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &out);
    if (size <= 0) return {};
    std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    return der;
}

const EVP_MD* DigestFor(const EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
}

}  // namespace

void PublicKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

PublicKey::PublicKey(const PublicKey& other) : key_(other.key_.get()) {
    EVP_PKEY_up_ref(key_.get());  // counted by OpenSSL, on any thread
}

// Takes the key over, and refuses what is too weak, too slow or of a kind not asked for.
Result<PublicKey> PublicKey::Checked(evp_pkey_st* raw) {
    if (raw == nullptr) return Invalid("it is not a key");
    PublicKey key(raw);
    if (EVP_PKEY_is_a(raw, "RSA") == 1) {
        const int bits = EVP_PKEY_get_bits(raw);
        if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
            return Invalid("an RSA key must have 2048 to 8192 bits, not " + std::to_string(bits));
        }
        return key;
    }
    if (EVP_PKEY_is_a(raw, "ED25519") == 1) return key;
    char group[32] = {};
    std::size_t size = 0;
    const bool named = EVP_PKEY_is_a(raw, "EC") == 1 &&
                       EVP_PKEY_get_group_name(raw, group, sizeof group, &size) == 1;
    const std::string_view name(group, named ? size : 0);
    const bool p256 = name == "prime256v1" || name == "P-256";
    if (!p256) return Invalid("only keys of RSA, Ed25519 and P-256 are known here");
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, raw, nullptr));
    if (context == nullptr || EVP_PKEY_public_check(context.get()) != 1) {
        return Invalid("it is not a point of P-256");
    }
    return key;
}

Result<PublicKey> PublicKey::Rsa(std::string_view modulus, std::string_view exponent) {
    if (modulus.size() > kRsaBitsMax / 8 || exponent.empty() || exponent.size() > 8 ||
        (exponent.back() & 1) == 0) {
        return Invalid("an RSA key needs a modulus of at most 8192 bits and an odd exponent");
    }
    const Owned<BIGNUM> n = Number(modulus);
    const Owned<BIGNUM> e = Number(exponent);
    const Owned<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new());
    if (n == nullptr || e == nullptr || parts == nullptr || BN_is_one(e.get()) == 1 ||
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return Invalid("it is not an RSA key");
    }
    return Checked(FromParts("RSA", parts.get()));
}

Result<PublicKey> PublicKey::Ed25519(std::string_view raw) {
    return Checked(
        EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, Bytes(raw), raw.size()));
}

Result<PublicKey> PublicKey::P256(std::string_view x, std::string_view y) {
    if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
        return Invalid("the coordinates of P-256 have 32 bytes each");
    }
    const std::string point = "\x04" + std::string(x) + std::string(y);
    const Owned<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new());
    if (parts == nullptr ||
        OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
            1 ||
        OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1) {
        return Invalid("it is not a key of P-256");
    }
    return Checked(FromParts("EC", parts.get()));
}

Result<PublicKey> PublicKey::Pem(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(kPemBytesMax)) return Invalid("it is too long");
    if (text.find("-----BEGIN CERTIFICATE-----") != text.npos) {
        const Owned<BIO> bio = Reader(text);
        const Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        return Checked(certificate == nullptr ? nullptr : X509_get_pubkey(certificate.get()));
    }
    const Owned<BIO> bio = Reader(text);
    return Checked(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

namespace {

constexpr int kChainMax = 8;
constexpr int kTrustedMax = 1024;

// At most so many certificates as stand in the text.
Owned<STACK_OF(X509)> ReadCertificates(std::string_view text, int most) {
    Owned<STACK_OF(X509)> list(sk_X509_new_null());
    const Owned<BIO> bio = Reader(text);
    while (list != nullptr && sk_X509_num(list.get()) < most) {
        X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
        if (next == nullptr) break;
        if (sk_X509_push(list.get(), next) == 0) X509_free(next);
    }
    ERR_clear_error();  // the end of the text is one
    return list;
}

}  // namespace

Result<PublicKey> PublicKey::Certified(std::string_view chain, std::string_view trusted,
                                       const std::string& name, Instant now) {
    if (chain.size() > static_cast<std::size_t>(kPemBytesMax)) return Invalid("it is too long");
    const auto certificates = ReadCertificates(chain, kChainMax);
    if (certificates == nullptr || sk_X509_num(certificates.get()) == 0)
        return Invalid("it is no certificate");
    const Owned<X509_STORE> store(X509_STORE_new());
    const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
    const auto roots = ReadCertificates(trusted, kTrustedMax);
    if (store == nullptr || context == nullptr || roots == nullptr) return Invalid("no memory");
    for (int i = 0; i < sk_X509_num(roots.get()); ++i)
        X509_STORE_add_cert(store.get(), sk_X509_value(roots.get(), i));
    X509* leaf = sk_X509_value(certificates.get(), 0);
    if (X509_STORE_CTX_init(context.get(), store.get(), leaf, certificates.get()) != 1)
        return Invalid("it cannot be checked");
    X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(
        wanted, std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    X509_VERIFY_PARAM_set1_host(wanted, name.data(), name.size());
    if (X509_verify_cert(context.get()) != 1) {
        const int why = X509_STORE_CTX_get_error(context.get());
        return Invalid("the certificate is not to be trusted: " +
                       std::string(X509_verify_cert_error_string(why)));
    }
    return Checked(X509_get_pubkey(leaf));
}

PublicKey::Kind PublicKey::kind() const {
    if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) return Kind::kRsa;
    return EVP_PKEY_is_a(key_.get(), "EC") == 1 ? Kind::kP256 : Kind::kEd25519;
}

bool PublicKey::Verify(std::string_view signature, std::string_view message) const {
    std::string der;
    if (kind() == Kind::kP256 && signature.size() == 2 * kP256Bytes) {
        der = DerOf(signature);
        signature = der;
    }
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    return context != nullptr &&
           EVP_DigestVerifyInit(context.get(), nullptr, DigestFor(key_.get()), nullptr,
                                key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                            message.size()) == 1;
}

Result<std::string> SignWithPem(std::string_view private_key, std::string_view message) {
    const Owned<BIO> bio = Reader(private_key);
    const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (key == nullptr || context == nullptr ||
        EVP_DigestSignInit(context.get(), nullptr, DigestFor(key.get()), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, Bytes(message), message.size()) != 1) {
        return Invalid("signing: that is no private key in PEM");
    }
    std::string out(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       Bytes(message), message.size()) != 1) {
        return Invalid("signing: the key cannot sign");
    }
    out.resize(size);
    return out;
}

}  // namespace returns::connectors
