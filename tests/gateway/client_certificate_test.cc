#include "gateway/client_certificate.h"

#include "connectors/crypto.h"

#include <gtest/gtest.h>

namespace returns::gateway {
namespace {

constexpr char kDer[] = "not really a certificate, which does not matter here: bytes are bytes";
constexpr char kSubject[] = "CN=acme,O=Acme Logistics,C=DE";

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

// As nginx escapes a certificate.
std::string Escaped(const std::string& der) {
    std::string base64 = connectors::EncodeBase64(der);
    for (std::size_t at = 64; at < base64.size(); at += 65) base64.insert(at, "\n");
    std::string pem = "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
    const std::pair<const char*, const char*> escapes[] = {
        {"\n", "%0A"}, {" ", "%20"}, {"+", "%2B"}, {"/", "%2F"}, {"=", "%3D"}};
    for (const auto& [what, by] : escapes) pem = Replaced(pem, what, by);
    return pem;
}

DoorRequest Shown() {
    DoorRequest request{.method = "POST"};
    request.via_proxy = true;
    request.headers = {{"x-client-verify", "SUCCESS"},
                       {"X-Client-Subject", kSubject},
                       {"X-Client-Cert", Escaped(kDer)}};
    return request;
}

const std::string kByDigest = "sha256:" + connectors::Sha256Hex(kDer);
const std::string kBySubject = std::string("subject:") + kSubject;

TEST(ClientCertificate, OneOfTheNamesIsEnough) {
    EXPECT_TRUE(HasCertificate({}, DoorRequest{}));
    EXPECT_TRUE(HasCertificate({kByDigest}, Shown()));
    EXPECT_TRUE(HasCertificate({kBySubject}, Shown()));
    EXPECT_TRUE(HasCertificate({"subject:CN=next", kByDigest}, Shown()));
    EXPECT_FALSE(HasCertificate({"subject:CN=next"}, Shown()));
    EXPECT_FALSE(HasCertificate({"subject:CN=acme"}, Shown())) << "a part of it is another name";
    std::string openssl = "sha256:";
    const std::string digits = kByDigest.substr(7);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        for (const char c : digits.substr(i, 2))
            openssl += c >= 'a' ? static_cast<char>(c - 32) : c;
        if (i + 2 < digits.size()) openssl += ':';
    }
    EXPECT_TRUE(CheckCertificateName(openssl).ok());
    EXPECT_TRUE(HasCertificate({openssl}, Shown()));
}

TEST(ClientCertificate, AnythingLessIsNone) {
    const std::vector<std::string> wanted = {kByDigest, kBySubject};
    const auto refused = [&](const std::function<void(DoorRequest&)>& spoil) {
        DoorRequest request = Shown();
        spoil(request);
        return !HasCertificate(wanted, request);
    };
    EXPECT_FALSE(refused([](DoorRequest&) {}));
    EXPECT_TRUE(refused([](DoorRequest& r) { r.via_proxy = false; }))
        << "anybody can write headers";
    EXPECT_TRUE(refused([](DoorRequest& r) { r.headers.clear(); }));
    EXPECT_TRUE(refused([](DoorRequest& r) { r.headers.erase(r.headers.begin()); }));
    EXPECT_TRUE(refused([](DoorRequest& r) { r.headers[0].second = "NONE"; }));
    EXPECT_TRUE(refused([](DoorRequest& r) { r.headers[0].second = "FAILED:expired"; }));
    EXPECT_TRUE(refused([](DoorRequest& r) { r.headers.push_back(r.headers[0]); }));
    EXPECT_TRUE(refused([](DoorRequest& r) {
        r.headers.emplace_back("X-Client-Subject", kSubject);
        r.headers.emplace_back("X-Client-Cert", Escaped(kDer));
    }));
}

TEST(ClientCertificate, OnlyOneWholeCertificateHasAFingerprint) {
    for (const std::string& text :
         {std::string(), std::string("%"), Escaped(""), Escaped("other"),
          Escaped(kDer) + Escaped(kDer), Escaped(kDer).substr(1), Escaped(kDer).substr(0, 90),
          connectors::EncodeBase64(kDer), Replaced(Escaped(kDer), "%0A", "%00")}) {
        DoorRequest request = Shown();
        request.headers[2].second = text;
        EXPECT_FALSE(HasCertificate({kByDigest}, request)) << text;
    }
}

TEST(ClientCertificate, NamesAreChecked) {
    EXPECT_TRUE(CheckCertificateName(kByDigest).ok());
    EXPECT_TRUE(CheckCertificateName(kBySubject).ok());
    for (const char* bad :
         {"", "acme", "sha256:", "sha256:abcd", "subject:", "subject:acme", "sha1:ab"})
        EXPECT_FALSE(CheckCertificateName(bad).ok()) << bad;
    EXPECT_FALSE(CheckCertificateName("sha256:" + std::string(64, 'g')).ok());
}

}  // namespace
}  // namespace returns::gateway
