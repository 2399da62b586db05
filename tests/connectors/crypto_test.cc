#include "connectors/crypto.h"

#include <gtest/gtest.h>

namespace returns::connectors {
namespace {

std::string Hex(const std::string& text) { return DecodeHex(text).value(); }

TEST(Crypto, HashesAsPublished) {
    EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(EncodeHex(Hash(Digest::kSha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(EncodeHex(Sha256("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231, cases 1, 2 and 6 (a key longer than a block).
TEST(Crypto, AuthenticatesAsPublished) {
    EXPECT_EQ(EncodeHex(HmacSha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(EncodeHex(HmacSha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(EncodeHex(HmacSha256(std::string(131, '\xaa'),
                                   "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(
        EncodeHex(Hmac(Digest::kSha512, "Jefe", "what do ya want for nothing?")).substr(0, 32),
        "164b7a7bfcf819e2e395fbe73b56e0a3");
    EXPECT_EQ(EncodeHex(Hmac(Digest::kSha1, "Jefe", "what do ya want for nothing?")),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

// RFC 8032, 7.1, test 2.
TEST(Crypto, ChecksEd25519) {
    const std::string secret =
        Hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    const std::string open =
        Hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const std::string signature =
        Hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    EXPECT_EQ(SignEd25519(secret, "\x72"), signature);
    EXPECT_TRUE(VerifyEd25519(open, signature, "\x72"));
    EXPECT_FALSE(VerifyEd25519(open, signature, "\x73"));
    EXPECT_FALSE(VerifyEd25519(open, signature.substr(1), "\x72"));
}

// RFC 4648, section 10.
TEST(Crypto, WritesBytesAsText) {
    EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(EncodeBase64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(EncodeBase64("foob"), "Zm9vYg==");
    EXPECT_EQ(EncodeBase32("foobar"), "MZXW6YTBOI");
    EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
    EXPECT_EQ(EncodeHex(std::string_view("\x00\xff", 2)), "00ff");
}

TEST(Crypto, ReadsTextStrictly) {
    for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
        EXPECT_EQ(DecodeBase64(EncodeBase64(text)), text);
        EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(text)), text);
        EXPECT_EQ(DecodeBase32(EncodeBase32(text)), text);
        EXPECT_EQ(DecodeHex(EncodeHex(text)), text);
    }
    EXPECT_EQ(DecodeBase64("Zm9vYg"), "foob");
    for (const char* wrong :
         {"Zm9vY", "Zm9vYg=", "Zm9vYg===", "Zm9v=", "Zm9vYh==", "Zm9 ", "=", "Z==="}) {
        EXPECT_FALSE(DecodeBase64(wrong)) << wrong;
    }
    EXPECT_FALSE(DecodeHex("abc"));
    EXPECT_FALSE(DecodeHex("0g"));
}

TEST(Crypto, ComparesWholeTexts) {
    EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
    EXPECT_TRUE(EqualInConstantTime("", ""));
    EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
    EXPECT_FALSE(EqualInConstantTime("abc", "ab"));
}

}  // namespace
}  // namespace returns::connectors
