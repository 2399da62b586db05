// What the simulated shop sells, and the keys everybody in the sandbox uses. They guard nothing.
// Constants; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace returns::sandbox {

struct Article {
    std::string_view sku;
    std::int64_t inventory_id;  // the 3PL's number
    std::int64_t price;         // for one, tax included, in whole euros
};

inline constexpr std::array<Article, 8> kArticles = {{{"TEE-BLACK-M", 410001, 19},
                                                      {"TEE-WHITE-L", 410002, 19},
                                                      {"JEANS-32", 410003, 79},
                                                      {"SNEAKER-42", 410004, 119},
                                                      {"COAT-GREY-S", 410005, 189},
                                                      {"SCARF", 410006, 25},
                                                      {"LAMP-OAK", 410007, 64},
                                                      {"KETTLE", 410008, 45}}};

inline constexpr std::string_view kLogisticsToken = "sandbox-logistics-token";
inline constexpr std::string_view kLogisticsSecret = "whsec_c2FuZGJveC1sb2dpc3RpY3Mtc2VjcmV0IQ==";
inline constexpr std::string_view kChannel = "77001";
inline constexpr std::int64_t kFulfillmentCenter = 156;
inline constexpr std::string_view kPaymentKey = "sk_test_sandbox";
inline constexpr std::string_view kPaymentSecret = "whsec_sandbox_payment_secret";
inline constexpr std::string_view kDeskToken = "sandbox-desk-token";
inline constexpr std::string_view kOrdersToken = "sandbox-orders-token";
inline constexpr std::string_view kDeskSecret = "sandbox-desk-callback-secret";

inline constexpr std::string_view kOrdersTopic = "orders";
inline constexpr std::string_view kForeignTopic = "oms.orders";
inline constexpr std::string_view kStatusTopic = "returns.status";
inline constexpr std::string_view kRejectedTopic = "returns.rejected";

}  // namespace returns::sandbox
